package control_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/control"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// Any entry's inclusion is proven to who has neither Airial nor the log.
func TestAudit(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	o := embedded.Options{Dir: filepath.Join(dir, "server"), Now: time.Now, Rand: rand.Reader}
	if err := embedded.Init(o, "alpi", []string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	s, err := embedded.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Serve(serving, listener) }()
	defer func() { stop(); <-done; s.Close() }()
	if err := s.AddAuthority(ctx, server.Authority{ID: "111111111", Name: "Commune d’essai"}); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(dir, "airial")
	writeEntries(t, s, "https://"+listener.Addr().String(), home, filepath.Join(dir, "phrase"))
	t.Setenv("AIRIAL_PASSPHRASE_FILE", filepath.Join(dir, "phrase"))
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(dir, "aucun"))
	run := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := control.Main(ctx, append([]string{"audit"}, args...), &out, &out); code != want {
			t.Fatalf("%v: exit %d\n%s", args, code, out.String())
		}
		return out.String()
	}
	key := base64.StdEncoding.EncodeToString(s.PublicLogKey())
	for _, i := range []int{0, 3, 6} { // the first, one within, the last, whose path is the shortest
		listed := run(0, "--dir", home, "--stream", fmt.Sprint("essai/", i))
		id := regexp.MustCompile(`^\S+`).FindString(listed)
		file := filepath.Join(dir, fmt.Sprint(i, ".json"))
		if said := run(0, "--dir", home, "--out", file, id); !strings.Contains(said, fmt.Sprintf("n° %d sur 7", i+1)) || !strings.Contains(said, key) {
			t.Error(said)
		}
		if said := run(0, "--check", file, "--key", key); !strings.Contains(said, id) {
			t.Error(said)
		}
		byHand(t, file, s.PublicLogKey())
		byScript(t, file, key)
	}
	run(1, "--dir", home, "--out", filepath.Join(dir, "x.json"), "inconnu")
	run(2, "--dir", home)

	// What is changed anywhere, or of another server, does not hold.
	file := filepath.Join(dir, "3.json")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{`"index": 3`, `"index": 2`}, {`"seq": 4`, `"seq": 3`}, {`"actor": "essai"`, `"actor": "autre"`}, {`"size": 7`, `"size": 6`}, {`"name": "portable"`, `"name": "autre"`}} {
		if !strings.Contains(string(whole), change[0]) {
			t.Fatalf("%s is not in the proof", change[0])
		}
		changed := filepath.Join(dir, "changed.json")
		if err := os.WriteFile(changed, []byte(strings.ReplaceAll(string(whole), change[0], change[1])), 0o600); err != nil {
			t.Fatal(err)
		}
		run(3, "--check", changed, "--key", key)
	}
	run(3, "--check", file, "--key", base64.StdEncoding.EncodeToString(make([]byte, 32)))
	run(2, "--check", file)
}

// writeEntries joins a laptop and sends seven entries.
func writeEntries(t *testing.T, s *embedded.Server, address, home, phrase string) {
	t.Helper()
	ctx := context.Background()
	const words = "une longue phrase de passe pour l’essai"
	if err := os.WriteFile(phrase, []byte(words+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, err := s.NewCode(ctx, "111111111")
	if err != nil {
		t.Fatal(err)
	}
	desk, err := office.Open(ctx, office.Options{Dir: home, Now: time.Now, Rand: rand.Reader, Passphrase: func(context.Context) ([]byte, error) { return []byte(words), nil }})
	if err != nil {
		t.Fatal(err)
	}
	h, err := desk.Enrol(ctx, client.Server{URL: address, Certificate: s.Certificate.Certificate[0]}, code, "portable")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		_, err := h.Journal.Commit(ctx, "essai", func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: fmt.Sprint("essai/", i), Kind: "essai.noted", Data: i}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = h.Sync.Once(ctx)
	if err := errors.Join(err, desk.Close()); err != nil {
		t.Fatal(err)
	}
}

// byHand follows the documented steps with SHA-256 and Ed25519 alone.
func byHand(t *testing.T, file string, key ed25519.PublicKey) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Leaf, Signed string
		Index, Size  int64
		Path         []string
		Entry        struct{ Hash string }
		Head         struct {
			Root      string
			Signature []byte
		}
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	bytesOf := func(text string) []byte {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	node := func(prefix byte, parts ...[]byte) []byte {
		sum := sha256.Sum256(append([]byte{prefix}, bytes.Join(parts, nil)...))
		return sum[:]
	}
	if !strings.HasPrefix(p.Leaf, p.Entry.Hash) {
		t.Error("the leaf is not the entry's")
	}
	r, fn, sn := node(0, bytesOf(p.Leaf)), p.Index, p.Size-1
	for _, step := range p.Path {
		if fn&1 == 1 || fn == sn {
			r = node(1, bytesOf(step), r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = node(1, r, bytesOf(step))
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 || hex.EncodeToString(r) != p.Head.Root || !ed25519.Verify(key, bytesOf(p.Signed), p.Head.Signature) {
		t.Errorf("%s does not hold by hand", file)
	}
}

// byScript has a program that is not ours follow them, where it is installed.
func byScript(t *testing.T, file, key string) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Log("python3 is not installed: the steps were followed by hand alone")
		return
	}
	if out, err := exec.Command("python3", "testdata/inclusion.py", file, key).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
