package serve_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/serve"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server/objects/s3test"
	"alpi40.fr/airial/sync/server/postgres/pgtest"
)

// TestMain is alpi-server itself when a test starts it as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("ALPI_SERVER_PROCESS") != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(serve.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
	}
	code := pgtest.Main(m)
	s3test.Stop()
	os.Exit(code)
}

// process is an alpi-server that answers.
type process struct {
	*exec.Cmd
	address string
	fault   *bytes.Buffer
	said    chan string // what it says after its address
}

// serveProcess starts alpi-server on a folder and waits until it answers.
func serveProcess(t testing.TB, dir, address string, env ...string) *process {
	t.Helper()
	return serveBy(t, os.Args[0], dir, address, env...)
}

// serveBy is serveProcess with a program that is given.
func serveBy(t testing.TB, program, dir, address string, env ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(program, "--dir", dir, "serve", address), fault: &bytes.Buffer{}, said: make(chan string, 100)}
	p.Env = append(append(os.Environ(), "ALPI_SERVER_PROCESS=1"), env...)
	p.Stderr = p.fault
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill() // it has ended already where all went well
		_ = p.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", address, p.fault)
		}
	})
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, p.fault)
	}
	go func() {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			p.said <- line
		}
	}()
	p.address = strings.TrimSpace(strings.TrimPrefix(line, "alpi-server répond sur "))
	return p
}

// end stops it as a service manager does.
func (p *process) end(t testing.TB) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("%v: %s", err, p.fault)
	}
}

// alpi runs one command of alpi-server.
func alpi(t *testing.T, want int, dir string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := serve.Main(context.Background(), append([]string{"--dir", dir}, args...), &out, &out); code != want {
		t.Fatalf("%v: exit %d\n%s", args, code, out.String())
	}
	return strings.TrimSpace(out.String())
}

func certificate(t *testing.T, dir string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "tls.crt"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	return block.Bytes
}

// join gives a laptop that joined an authority through a server.
func join(t *testing.T, dir, address, authority, name string) *office.Hall {
	t.Helper()
	return joinBy(t, dir, address, alpi(t, 0, dir, "device", "code", authority), name)
}

// joinBy is join with a code that somebody was told.
func joinBy(t *testing.T, dir, address, code, name string) *office.Hall {
	t.Helper()
	ctx := context.Background()
	o, err := office.Open(ctx, office.Options{Dir: t.TempDir(), Now: time.Now, Rand: rand.Reader,
		Passphrase: func(context.Context) ([]byte, error) { return []byte("une phrase de passe d’essai"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	h, err := o.Enrol(ctx, client.Server{URL: "https://" + address, Certificate: certificate(t, dir)}, code, name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// write adds an entry that names a document.
func write(t *testing.T, h *office.Hall, name string, content []byte) store.Digest {
	t.Helper()
	ctx := context.Background()
	d, err := h.Store.Blobs().PutBytes(ctx, content)
	if err == nil {
		_, err = h.Journal.Commit(ctx, "essai", func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: "essai/" + name, Kind: "essai.noted", Data: name, Blobs: []store.Digest{d}}}, nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func exchange(t *testing.T, h *office.Hall) client.Outcome {
	t.Helper()
	out, err := h.Sync.Once(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// settings writes the settings of a database and a store that the tests started.
func settings(t *testing.T, more map[string]any) string {
	t.Helper()
	endpoint, bucket := s3test.Bucket(t)
	dir := t.TempDir()
	for name, secret := range map[string]string{"acces": s3test.AccessKey, "secret": s3test.SecretKey + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string]any{
		"database": map[string]any{"url": pgtest.URL(t), "connections": 8},
		"objects":  map[string]any{"endpoint": endpoint, "region": "us-east-1", "bucket": bucket, "accessKeyFile": filepath.Join(dir, "acces"), "secretKeyFile": filepath.Join(dir, "secret")},
	}
	for k, v := range more {
		all[k] = v
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "reglages.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A server that answers moves from its folder to PostgreSQL and S3; its laptops notice nothing. Then two
// processes answer: what one laptop sends through the one, another receives through the other. AIRIAL_FORMER_SERVER names
// an alpi-server of a former version to be the second: both then answer side by side, as while one is upgraded.
func TestFromOneFolderToTwoProcesses(t *testing.T) {
	ctx := context.Background()
	dir, file := t.TempDir(), settings(t, nil)
	alpi(t, 0, dir, "init", "alpi", "127.0.0.1")
	for _, id := range []string{"111111111", "222222222"} {
		alpi(t, 0, dir, "authority", "add", id, "Commune d’essai")
	}
	first := serveProcess(t, dir, "127.0.0.1:0")
	secretary, other := join(t, dir, first.address, "111111111", "secrétariat"), join(t, dir, first.address, "222222222", "voisin")
	large := make([]byte, 9<<20)
	if _, err := rand.Read(large); err != nil {
		t.Fatal(err)
	}
	document := write(t, secretary, "un", large)
	write(t, other, "ailleurs", []byte("rien à voir"))
	exchange(t, secretary)
	exchange(t, other)

	if got := alpi(t, 0, dir, "migrate", file); !strings.Contains(got, "2 collectivités, 2 ordinateurs, 2 éléments, 2 documents") {
		t.Fatal(got)
	}
	// The process on the folder goes on being read, and takes nothing more.
	if out := exchange(t, secretary); out.Sent != 0 {
		t.Errorf("%+v", out)
	}
	write(t, secretary, "deux", []byte("écrit pendant le passage"))
	var told *protocol.Failure
	if _, err := secretary.Sync.Once(ctx); !errors.Is(err, protocol.ErrSlowDown) || !errors.As(err, &told) || told.Status != 503 {
		t.Errorf("a frozen server says %v", err)
	}
	alpi(t, 1, dir, "migrate", file) // it is on a database already
	address := first.address
	first.end(t)

	former := cmp.Or(os.Getenv("AIRIAL_FORMER_SERVER"), os.Args[0])
	a, b := serveProcess(t, dir, address), serveBy(t, former, dir, "127.0.0.1:0")
	if out := exchange(t, secretary); out.Sent != 1 || out.Uploaded != 1 {
		t.Errorf("%+v", out)
	}
	mayor := join(t, dir, b.address, "111111111", "maire")
	if out := exchange(t, mayor); out.Received != 2 || out.Downloaded != 2 {
		t.Errorf("%+v", out)
	}
	if err := mayor.Store.Blobs().Verify(ctx, document); err != nil {
		t.Error(err)
	}
	// Each hears of what comes through the other without asking.
	listening, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- mayor.Sync.Run(listening) }()
	changes, unsubscribe := mayor.Journal.Subscribe("essai/")
	defer unsubscribe()
	write(t, secretary, "trois", []byte("par A, vers B"))
	exchange(t, secretary)
	select {
	case <-changes:
	case <-listening.Done():
		t.Error("the other process was not told")
	}
	stop()
	<-ended
	if out := exchange(t, other); out.Received != 0 {
		t.Errorf("an authority received another's: %+v", out)
	}
	for _, h := range []*office.Hall{secretary, mayor} {
		if _, err := h.Verify(ctx); err != nil {
			t.Error(err)
		}
	}
	a.end(t)
	b.end(t)
}
