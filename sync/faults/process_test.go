package faults_test

import (
	"bufio"
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// The test's own program is the laptop and the server that are ill-treated.
func TestMain(m *testing.M) {
	if call := os.Getenv("AIRIAL_FAULTS_CALL"); call != "" {
		if err := giveWatch(call); err != nil {
			fmt.Println("broken", err)
			os.Exit(1)
		}
	}
	switch os.Getenv("AIRIAL_FAULTS_ROLE") {
	case "laptop":
		playLaptop(os.Getenv("AIRIAL_FAULTS_DIR"), os.Getenv("AIRIAL_FAULTS_ADDRESS"))
	case "server":
		playServer(os.Getenv("AIRIAL_FAULTS_DIR"), os.Getenv("AIRIAL_FAULTS_ADDRESS"))
	default:
		os.Exit(m.Run())
	}
}

const authority = "111111111"

func notes() journal.Projection {
	return journal.Projection{
		Name: "note", Version: 1, Prefix: "thing/", Tables: []string{"note"},
		Schema: `CREATE TABLE note (stream TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			d := struct{ Note string }{}
			if err := json.Unmarshal(ev.Data, &d); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO note VALUES (?1, ?2) ON CONFLICT (stream) DO UPDATE SET text = text || ' ' || ?2`, ev.Stream, d.Note)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM note WHERE stream = ?`, stream)
			return err
		},
	}
}

// machine is an open laptop.
type machine struct {
	db *store.DB
	j  *journal.Journal
	c  *client.Client
}

// enrolled is laptop.json: what a laptop is.
type enrolled struct {
	Key       []byte
	Enrolment client.Enrolment
}

func open(dir, address string) (*machine, error) {
	ctx := context.Background()
	text, err := os.ReadFile(filepath.Join(dir, "laptop.json"))
	if err != nil {
		return nil, err
	}
	var e enrolled
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, err
	}
	if address != "" {
		e.Enrolment.Server.URL = "https://" + address
	}
	key := ed25519.NewKeyFromSeed(e.Key)
	m := &machine{}
	m.db, err = store.Open(ctx, store.Options{Dir: filepath.Join(dir, "data"), Secrets: store.Secrets{Database: [32]byte{1}, Documents: [32]byte{2}}, Now: time.Now})
	if err != nil {
		return nil, err
	}
	m.j, err = journal.Open(ctx, m.db, journal.Options{
		Authority: authority, Device: journal.Device{ID: e.Enrolment.Device, Key: key}, Projections: []journal.Projection{notes()},
		Now: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Rand: rand.Reader,
	})
	if err != nil {
		return nil, errors.Join(err, m.db.Close())
	}
	m.c, err = client.New(client.Options{Journal: m.j, Enrolment: e.Enrolment, Key: key, Now: time.Now, Rand: rand.Reader, Stall: 5 * time.Second})
	return m, err
}

// write commits one act, with a document of size bytes if it is not 0.
func (m *machine) write(stream, text string, size int) (string, error) {
	ctx := context.Background()
	draft := journal.Draft{Stream: "thing/" + stream, Kind: "thing.noted", Data: map[string]string{"Note": text}}
	if size > 0 {
		content := make([]byte, size)
		if _, err := rand.Read(content); err != nil {
			return "", err
		}
		d, err := m.db.Blobs().PutBytes(ctx, content)
		if err != nil {
			return "", err
		}
		draft.Blobs = []store.Digest{d}
	}
	entries, err := m.j.Commit(ctx, "personne", func(*store.Tx) ([]journal.Draft, error) { return []journal.Draft{draft}, nil })
	if err != nil {
		return "", err
	}
	return entries[0].ID, nil
}

// playLaptop does what it is told, line by line: «write <stream> <bytes>», «sync», «run», «quit».
// It says each act that it has acknowledged.
func playLaptop(dir, address string) {
	m, err := open(dir, address)
	if err != nil {
		fmt.Println("broken", err)
		os.Exit(1)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	fmt.Println("ready")
	n := 0
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch words[0] {
		case "write":
			n++
			size, _ := strconv.Atoi(words[2])
			id, err := m.write(words[1], filepath.Base(dir)+fmt.Sprint(n), size)
			if err != nil {
				fmt.Println("failed", err)
				continue
			}
			fmt.Println("wrote", id)
		case "sync":
			out, err := m.c.Once(ctx)
			fmt.Println("synced", out.Sent, out.Received, errors.Is(err, client.ErrOffline), errors.Is(err, client.ErrUntrusted), err)
		case "run":
			running.Go(func() { _ = m.c.Run(ctx) })
			fmt.Println("runs")
		case "quit":
			stop()
			running.Wait()
			if err := m.db.Close(); err != nil {
				fmt.Println("broken", err)
				os.Exit(1)
			}
			fmt.Println("closed")
			os.Exit(0)
		}
	}
	os.Exit(0)
}

// playServer serves until it is killed, or told to end.
func playServer(dir, address string) {
	ctx, stop := context.WithCancel(context.Background())
	s, err := embedded.Open(ctx, embedded.Options{Dir: dir, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		fmt.Println("broken", err)
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println("broken", err)
		os.Exit(1)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	fmt.Println("ready", listener.Addr())
	io.Copy(io.Discard, os.Stdin)
	stop()
	if err := errors.Join(<-ended, s.Close()); err != nil {
		fmt.Println("broken", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// town is a server's folder, and the laptops that have joined it.
type town struct {
	t       testing.TB
	dir     string
	server  string // its folder
	laptops []string
}

func newTown(t testing.TB, laptops ...string) *town {
	t.Helper()
	dir := t.TempDir()
	if memory, err := os.MkdirTemp("/dev/shm", "faults-"); err == nil {
		// What a process had written when it was killed is the system's: the disk itself plays no part here.
		dir = memory
		t.Cleanup(func() { os.RemoveAll(memory) })
	}
	s := &town{t: t, dir: dir, server: filepath.Join(dir, "server")}
	ctx := context.Background()
	o := embedded.Options{Dir: s.server, Now: time.Now, Rand: rand.Reader}
	s.must(embedded.Init(o, "alpi-essai", []string{"127.0.0.1"}))
	here, err := embedded.Open(ctx, o)
	s.must(err)
	defer here.Close()
	s.must(here.AddAuthority(ctx, server.Authority{ID: authority, Name: "Commune d’essai"}))
	serving, end := context.WithCancel(ctx)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	ended := make(chan error, 1)
	go func() { ended <- here.Serve(serving, listener) }()
	for _, name := range laptops {
		code, err := here.NewCode(ctx, authority)
		s.must(err)
		_, key, err := ed25519.GenerateKey(rand.Reader)
		s.must(err)
		exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
		s.must(err)
		e, err := client.Enrol(ctx, client.Server{URL: "https://" + listener.Addr().String(), Certificate: here.Certificate.Certificate[0]}, code, name, key, exchange)
		s.must(err)
		folder := filepath.Join(dir, name)
		s.must(os.MkdirAll(folder, 0o700))
		text, err := json.Marshal(enrolled{Key: key.Seed(), Enrolment: e})
		s.must(err)
		s.must(durable.WriteFile(filepath.Join(folder, "laptop.json"), text))
		s.laptops = append(s.laptops, folder)
	}
	end()
	s.must(<-ended)
	return s
}

func (s *town) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// process is one of them, running.
type process struct {
	t       testing.TB
	cmd     *exec.Cmd
	in      io.WriteCloser
	said    chan string
	address string // of a server
	mu      sync.Mutex
	wrote   []string
}

// start starts a role; with, if any, prepares how it ends.
func start(t testing.TB, role, dir, address string, with ...func(*exec.Cmd)) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0]), said: make(chan string, 1000)}
	p.cmd.Env = append(os.Environ(), "AIRIAL_FAULTS_ROLE="+role, "AIRIAL_FAULTS_DIR="+dir, "AIRIAL_FAULTS_ADDRESS="+address)
	for _, prepare := range with {
		prepare(p.cmd)
	}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if id, ok := strings.CutPrefix(lines.Text(), "wrote "); ok {
				p.mu.Lock()
				p.wrote = append(p.wrote, id)
				p.mu.Unlock()
			}
			p.said <- lines.Text()
		}
	}()
	t.Cleanup(func() { p.kill() })
	return p
}

// ready waits for a process to be there; false: it ended first.
func (p *process) ready() bool {
	p.t.Helper()
	line, ok := <-p.said
	if !ok {
		return false
	}
	if strings.HasPrefix(line, "broken") {
		p.t.Fatal(line)
	}
	p.address = strings.TrimPrefix(strings.TrimPrefix(line, "ready"), " ")
	return true
}

// tell gives an order and waits for its answer; false: the process is gone.
func (p *process) tell(order string) (string, bool) {
	if _, err := io.WriteString(p.in, order+"\n"); err != nil {
		return "", false
	}
	line, ok := <-p.said
	if ok && (strings.HasPrefix(line, "broken") || strings.HasPrefix(line, "failed")) {
		p.t.Error(line)
	}
	return line, ok
}

// kill ends a process without notice.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		p.cmd.Process.Kill()
		p.in.Close()
		p.wait()
	}
}

func (p *process) wait() {
	for range p.said {
	}
	p.cmd.Wait()
}

// acknowledged are the acts that it said it had written.
func (p *process) acknowledged() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.wrote...)
}
