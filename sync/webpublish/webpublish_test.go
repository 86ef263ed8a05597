package webpublish_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/net/webdav"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/sync/webpublish"
)

const (
	user     = "mairie"
	password = "phrase d’essai"
)

// town publishes orders, as many as asked.
type town struct {
	*publication.Publisher
	ids []string
}

func newTown(t testing.TB, acts int) *town {
	t.Helper()
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { return now }, rand.Reader, authority.Projections(), council.Projections(), publication.Projections())
	must(t, authority.New(j).Describe(t.Context(), "i", authority.Authority{ID: journaltest.Authority, Name: "Commune d’Essai", Kind: authority.Commune, Population: 900}))
	library, err := council.ReadLibrary()
	must(t, err)
	x := &town{Publisher: publication.New(j, council.New(j, library))}
	for i := range acts {
		id, err := x.Add(t.Context(), "s", publication.NewAct{Kind: publication.Order, Number: fmt.Sprintf("2026-%03d", i+1), Subject: "Essai", Adopted: "2026-11-20",
			Author: publication.Author{First: "Maïté", Last: "Fictive", Quality: "Maire"}, PDF: []byte("%PDF-1.7\n" + strings.Repeat(fmt.Sprint(i), 2000))})
		must(t, err)
		must(t, x.Publish(t.Context(), "s", id))
		x.ids = append(x.ids, id)
	}
	return x
}

func (x *town) site(t testing.TB) publication.Site {
	t.Helper()
	s, err := x.Site(t.Context())
	must(t, err)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// place is a server on loopback, over a real folder.
type place struct {
	target webpublish.Target
	secret webpublish.Secret
	dir    string
	// break, when set, decides what becomes of a request (WebDAV alone).
	mu    sync.Mutex
	fault func(w http.ResponseWriter, r *http.Request) bool
}

func (p *place) breakWith(f func(http.ResponseWriter, *http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

func davServer(t testing.TB) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), secret: webpublish.Secret{Password: password}}
	must(t, os.Mkdir(filepath.Join(p.dir, "www"), 0o700))
	h := &webdav.Handler{FileSystem: webdav.Dir(p.dir), LockSystem: webdav.NewMemLS()}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		fault := p.fault
		p.mu.Unlock()
		if fault != nil && fault(w, r) {
			return
		}
		if name, given, ok := r.BasicAuth(); !ok || name != user || given != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="essai"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	p.target = webpublish.Target{Protocol: webpublish.WebDAV, Address: s.URL, Folder: "www/actes", User: user}
	return p
}

// sftpServer serves until the test ends; cutAfter bytes received, the line drops (0: never).
func sftpServer(t testing.TB, clientKey ssh.PublicKey, cutAfter int) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), secret: webpublish.Secret{Password: password}}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	must(t, err)
	config := &ssh.ServerConfig{
		PasswordCallback: func(c ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) {
			if c.User() == user && string(given) == password {
				return nil, nil
			}
			return nil, errors.New("no")
		},
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if clientKey != nil && string(key.Marshal()) == string(clientKey.Marshal()) {
				return nil, nil
			}
			return nil, errors.New("no")
		},
	}
	config.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveSFTP(conn, config, p.dir, cutAfter)
		}
	}()
	p.target = webpublish.Target{Protocol: webpublish.SFTP, Address: l.Addr().String(), Folder: filepath.Join(p.dir, "www/actes"), User: user}
	h, err := webpublish.HostKey(t.Context(), p.target)
	must(t, err)
	if h.Fingerprint != ssh.FingerprintSHA256(signer.PublicKey()) {
		t.Fatalf("fingerprint %s", h.Fingerprint)
	}
	p.target.HostKey = h.Key
	return p
}

// dropping is a connection that drops.
type dropping struct {
	net.Conn
	left int
}

func (d *dropping) Read(b []byte) (int, error) {
	n, err := d.Conn.Read(b)
	if d.left -= n; d.left < 0 {
		return 0, errors.Join(io.ErrUnexpectedEOF, d.Close())
	}
	return n, err
}

func serveSFTP(conn net.Conn, config *ssh.ServerConfig, dir string, cutAfter int) {
	defer conn.Close()
	if cutAfter > 0 {
		conn = &dropping{conn, cutAfter}
	}
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				_ = r.Reply(r.Type == "subsystem", nil)
			}
		}()
		if server, err := sftp.NewServer(channel, sftp.WithServerWorkingDirectory(dir)); err == nil {
			_ = server.Serve()
		}
	}
}

// both runs a test on each kind of server.
func both(t *testing.T, run func(t *testing.T, p *place)) {
	t.Run("webdav", func(t *testing.T) { run(t, davServer(t)) })
	t.Run("sftp", func(t *testing.T) { run(t, sftpServer(t, nil, 0)) })
}

func (p *place) holds(t testing.TB, s publication.Site) {
	t.Helper()
	found := map[string]bool{publication.ManifestName: true}
	for _, f := range s.Files {
		want, err := f.Read()
		must(t, err)
		got, err := os.ReadFile(filepath.Join(p.dir, "www/actes", f.Path))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is not what was sent: %v", f.Path, err)
		}
		found[f.Path] = true
	}
	root := filepath.Join(p.dir, "www/actes")
	must(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if rel, _ := filepath.Rel(root, path); !found[filepath.ToSlash(rel)] {
			t.Errorf("%s is left on the server", rel)
		}
		return nil
	}))
}

func TestOnlyWhatChangedIsSent(t *testing.T) {
	both(t, func(t *testing.T, p *place) {
		x := newTown(t, 3)
		ctx := t.Context()
		must(t, webpublish.Try(ctx, p.target, p.secret))
		first, err := webpublish.Send(ctx, p.target, p.secret, x.site(t), nil)
		must(t, err)
		p.holds(t, x.site(t))
		again, err := webpublish.Send(ctx, p.target, p.secret, x.site(t), nil)
		if err != nil || again.Wrote != 0 || again.Kept != first.Wrote {
			t.Errorf("%+v then %+v, %v", first, again, err)
		}
		must(t, x.Withdraw(ctx, "s", x.ids[0], "Erreur", false))
		gone, err := webpublish.Send(ctx, p.target, p.secret, x.site(t), nil)
		if err != nil || gone.Removed != 1 || gone.Wrote == 0 || gone.Wrote > 6 {
			t.Errorf("withdrawn: %+v, %v", gone, err)
		}
		p.holds(t, x.site(t))
	})
}

func TestWrongPassword(t *testing.T) {
	both(t, func(t *testing.T, p *place) {
		p.secret.Password = "autre"
		if _, err := webpublish.Send(t.Context(), p.target, p.secret, newTown(t, 1).site(t), nil); !errors.Is(err, webpublish.ErrDenied) {
			t.Errorf("%v", err)
		}
	})
}

func TestNobodyAnswers(t *testing.T) {
	both(t, func(t *testing.T, p *place) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		p.target.Address = l.Addr().String()
		must(t, l.Close())
		if p.target.Protocol == webpublish.WebDAV {
			p.target.Address = "http://" + p.target.Address
		}
		if err := webpublish.Try(t.Context(), p.target, p.secret); !errors.Is(err, webpublish.ErrOffline) {
			t.Errorf("%v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := webpublish.Try(ctx, p.target, p.secret); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped by the person: %v", err)
		}
	})
}

// A sending that was cut goes on where it stopped, and the site is whole in the end.
func TestCutSendingGoesOn(t *testing.T) {
	x := newTown(t, 40)
	t.Run("webdav", func(t *testing.T) {
		p := davServer(t)
		puts := 0
		p.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut {
				return false
			}
			if puts++; puts < 60 {
				return false
			}
			panic(http.ErrAbortHandler) // the line drops in the middle of the answer
		})
		goesOn(t, p, x, func() { p.breakWith(nil) })
	})
	t.Run("sftp", func(t *testing.T) {
		whole := sftpServer(t, nil, 0)
		short := sftpServer(t, nil, 120_000)
		p := &place{target: short.target, secret: short.secret, dir: short.dir}
		goesOn(t, p, x, func() {
			p.target.Address, p.target.HostKey = whole.target.Address, whole.target.HostKey // the same folder, by a line that holds
		})
	})
}

func goesOn(t *testing.T, p *place, x *town, mend func()) {
	t.Helper()
	site := x.site(t)
	cut, err := webpublish.Send(t.Context(), p.target, p.secret, site, nil)
	if !errors.Is(err, webpublish.ErrOffline) || cut.Wrote == 0 || cut.Wrote == len(site.Files) {
		t.Fatalf("cut: %+v, %v", cut, err)
	}
	mend()
	rest, err := webpublish.Send(t.Context(), p.target, p.secret, site, nil)
	if err != nil || rest.Wrote+cut.Wrote > len(site.Files)+20 || rest.Kept == 0 {
		t.Errorf("%d files; cut: %+v, the rest: %+v, %v", len(site.Files), cut, rest, err)
	}
	for _, f := range site.Files {
		want, err := f.Read()
		must(t, err)
		if got, err := os.ReadFile(filepath.Join(p.dir, "www/actes", f.Path)); err != nil || string(got) != string(want) {
			t.Errorf("%s: %v", f.Path, err)
		}
	}
}

func TestWhatWebServersAnswer(t *testing.T) {
	page := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Connexion</title><form>")
	}
	for _, c := range []struct {
		what   string
		fault  func(http.ResponseWriter, *http.Request) bool
		want   error
		target func(*webpublish.Target)
	}{
		{"a page to sign in, to everything", func(w http.ResponseWriter, _ *http.Request) bool { page(w); return true }, webpublish.ErrNotServer, nil},
		{"a page to sign in, to what is sent", func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut {
				page(w)
			}
			return r.Method == http.MethodPut
		}, webpublish.ErrNotServer, nil},
		{"no room", func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut {
				w.WriteHeader(http.StatusInsufficientStorage)
			}
			return r.Method == http.MethodPut
		}, webpublish.ErrFull, nil},
		{"not there", func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut {
				w.WriteHeader(http.StatusForbidden)
			}
			return r.Method == http.MethodPut
		}, webpublish.ErrDenied, nil},
		{"elsewhere", func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "https://ailleurs.example/", http.StatusFound)
			return true
		}, webpublish.ErrNotServer, nil},
		{"half of it arrives", func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut {
				r.Body = io.NopCloser(io.LimitReader(r.Body, 10))
			}
			return false
		}, webpublish.ErrOffline, nil},
		{"plain http to another computer", nil, webpublish.ErrTarget, func(t *webpublish.Target) { t.Address = "http://serveur.example/" }},
		{"a password in the address", nil, webpublish.ErrTarget, func(t *webpublish.Target) { t.Address = "https://a:b@serveur.example/" }},
	} {
		p := davServer(t)
		p.breakWith(c.fault)
		if c.target != nil {
			c.target(&p.target)
		}
		if _, err := webpublish.Send(t.Context(), p.target, p.secret, newTown(t, 1).site(t), nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

func TestHostKeyIsPinned(t *testing.T) {
	p, other := sftpServer(t, nil, 0), sftpServer(t, nil, 0)
	asked := p.target
	asked.HostKey = ""
	if err := webpublish.Try(t.Context(), asked, p.secret); !errors.Is(err, webpublish.ErrUnknownHost) {
		t.Errorf("never confirmed: %v", err)
	}
	asked.HostKey = other.target.HostKey
	if err := webpublish.Try(t.Context(), asked, p.secret); !errors.Is(err, webpublish.ErrOtherHost) {
		t.Errorf("another server: %v", err)
	}
}

func TestPrivateKey(t *testing.T) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	signerKey, err := ssh.NewPublicKey(public)
	must(t, err)
	p := sftpServer(t, signerKey, 0)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("phrase"))
	must(t, err)
	text := string(pem.EncodeToMemory(block))
	must(t, webpublish.Try(t.Context(), p.target, webpublish.Secret{Key: text, Password: "phrase"}))
	for _, s := range []webpublish.Secret{{Key: text, Password: "autre"}, {Key: "-----BEGIN"}} {
		if err := webpublish.Try(t.Context(), p.target, s); !errors.Is(err, webpublish.ErrKey) {
			t.Errorf("%v", err)
		}
	}
}

// What a server that is no manifest says in its place stops everything: nothing is removed.
func TestForeignManifest(t *testing.T) {
	both(t, func(t *testing.T, p *place) {
		dir := filepath.Join(p.dir, "www/actes")
		must(t, os.MkdirAll(dir, 0o700))
		must(t, os.WriteFile(filepath.Join(dir, publication.ManifestName), []byte("[1,2"), 0o600))
		if _, err := webpublish.Send(t.Context(), p.target, p.secret, newTown(t, 1).site(t), nil); !errors.Is(err, webpublish.ErrNotServer) {
			t.Errorf("%v", err)
		}
		left, err := os.ReadDir(dir)
		must(t, err)
		if names := len(left); !reflect.DeepEqual(names, 1) {
			t.Errorf("%d files", names)
		}
	})
}
