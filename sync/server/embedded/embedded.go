// Package embedded is a whole server in one folder: SQLite, documents, keys and
// certificate. alpi-server serves it; the demonstration and the tests run it
// in-process on loopback.
//
//	<dir>/server.json   name, log key, session key (private to its owner)
//	<dir>/server.db     authorities, devices, entries
//	<dir>/blobs/        documents by authority and digest
//	<dir>/uploads/      unfinished uploads
//	<dir>/links/        what is shared by links
//	<dir>/tls.crt, tls.key
//	<dir>/recovering    while it is there, the server takes back what it had given since its
//	                    last backup, and gives no new place: put there with a backup, removed
//	                    once the laptops have come by
//	<dir>/restored      when that was, by which laptops know that it was
package embedded

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/selfsigned"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/share"
	"alpi40.fr/airial/sync/server/sqlite"
)

// Options say how the folder is opened.
type Options struct {
	Dir  string
	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger

	Limits  server.Limits
	Observe server.Observer // may be nil
	// Drain is how long a process that was told to end goes on answering, not ready any more, so that
	// a balancer sends nothing to it when it stops.
	Drain time.Duration
	// ClientCertificates: see server.Options.
	ClientCertificates bool
}

// ErrNotInitialised: the folder holds no server; Init makes one.
var ErrNotInitialised = errors.New("no server in this folder")

// Server is a server open in its folder.
type Server struct {
	*server.Server
	Storage     server.Storage
	Blobs       server.Blobs
	o           Options
	log         *slog.Logger
	freeze      func(context.Context) error // nil where there is nothing to move from
	certificate *pair
	Certificate tls.Certificate // as it was when the folder was opened
}

type identity struct {
	Name     string `json:"name"`
	LogKey   []byte `json:"logKey"` // Ed25519 seed
	TokenKey []byte `json:"tokenKey"`
}

// Init makes a server in an empty folder: its keys, and a certificate of its own
// for hosts, which an operator may replace (tls.crt, tls.key).
func Init(o Options, name string, hosts []string) error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("making the server's folder: %w", err)
	}
	id := identity{Name: name, LogKey: make([]byte, ed25519.SeedSize), TokenKey: make([]byte, 32)}
	for _, key := range [][]byte{id.LogKey, id.TokenKey} {
		if _, err := io.ReadFull(o.Rand, key); err != nil {
			return fmt.Errorf("drawing the server's keys: %w", err)
		}
	}
	text, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return err
	}
	crt, key, err := selfsigned.Make(o.Rand, o.Now(), name, hosts)
	if err != nil {
		return fmt.Errorf("making the server's certificate: %w", err)
	}
	for file, content := range map[string][]byte{"tls.crt": crt, "tls.key": key, "server.json": text} {
		if err := create(filepath.Join(o.Dir, file), content); err != nil {
			return err
		}
	}
	return nil
}

// create never replaces a file: keys that devices know are not lost by mistake.
func create(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("making %s: %w", filepath.Base(path), err)
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// Open opens the server of a folder, on SQLite and the folder itself. ErrNotInitialised when there
// is none.
func Open(ctx context.Context, o Options) (*Server, error) {
	if _, err := os.Stat(filepath.Join(o.Dir, "server.json")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", o.Dir, ErrNotInitialised)
	}
	storage, err := sqlite.Open(ctx, filepath.Join(o.Dir, "server.db"), func() error {
		if frozen(o.Dir) {
			return server.ErrFrozen
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s, err := openFolder(ctx, o, storage)
	if err != nil {
		return nil, errors.Join(err, storage.Close())
	}
	s.freeze = func(ctx context.Context) error {
		if err := durable.WriteFile(filepath.Join(o.Dir, movedFile), nil); err != nil {
			return err
		}
		return storage.Settle(ctx)
	}
	return s, nil
}

// movedFile is the mark of a folder whose server has moved elsewhere.
const movedFile = "moved"

func frozen(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, movedFile))
	return err == nil
}

// OpenLinks opens the links of a folder.
func OpenLinks(dir string) (*share.Folder, error) {
	return share.NewFolder(filepath.Join(dir, "links"), func() bool { return frozen(dir) })
}

// Freeze makes the folder's database take nothing more, in whatever process, for good; it returns
// once what was being written is written.
func (s *Server) Freeze(ctx context.Context) error {
	if s.freeze == nil {
		return errors.New("this storage is not one to move from")
	}
	return s.freeze(ctx)
}

func openFolder(ctx context.Context, o Options, storage server.Storage) (*Server, error) {
	blobs, err := server.NewFolder(filepath.Join(o.Dir, "blobs"))
	if err != nil {
		return nil, err
	}
	if err := list(ctx, filepath.Join(o.Dir, "blobs", ".listed"), blobs, storage); err != nil {
		return nil, err
	}
	uploads, err := server.NewUploadFolder(filepath.Join(o.Dir, "uploads"))
	if err != nil {
		return nil, err
	}
	links, err := OpenLinks(o.Dir)
	if err != nil {
		return nil, err
	}
	return OpenOn(ctx, o, storage, blobs, uploads, links)
}

// OpenOn opens the server of a folder, whose keys and certificate alone serve, on what is given.
func OpenOn(_ context.Context, o Options, storage server.Storage, blobs server.Blobs, uploads server.Uploads, links share.Storage) (*Server, error) {
	text, err := os.ReadFile(filepath.Join(o.Dir, "server.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", o.Dir, ErrNotInitialised)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the server's keys: %w", err)
	}
	var id identity
	if err := json.Unmarshal(text, &id); err != nil || len(id.LogKey) != ed25519.SeedSize || len(id.TokenKey) != 32 {
		return nil, fmt.Errorf("server.json is damaged: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	certificate := &pair{crt: filepath.Join(o.Dir, "tls.crt"), key: filepath.Join(o.Dir, "tls.key"), clients: o.ClientCertificates, log: o.Log, now: o.Now}
	cert, err := certificate.load()
	if err != nil {
		return nil, err
	}
	restored, err := restoration(o.Dir)
	if err != nil {
		return nil, err
	}
	s, err := server.New(server.Options{
		Storage: storage, Blobs: blobs, Uploads: uploads, Name: id.Name,
		LogKey: ed25519.NewKeyFromSeed(id.LogKey), TokenKey: [32]byte(id.TokenKey), Now: o.Now, Rand: o.Rand, Log: o.Log, Limits: o.Limits, Observe: o.Observe, ClientCertificates: o.ClientCertificates,
		Recovering: func() bool { _, err := os.Stat(filepath.Join(o.Dir, RecoveringFile)); return err == nil },
		Restored:   restored,
		Links:      share.New(share.Options{Storage: links, Now: o.Now, Rand: o.Rand, Log: o.Log}),
	})
	if err != nil {
		return nil, err
	}
	return &Server{Server: s, Storage: storage, Blobs: blobs, o: o, log: o.Log, certificate: certificate, Certificate: cert}, nil
}

// list notes in the storage the documents of a folder that an older version filled, once: mark is
// the file that tells that it was done.
func list(ctx context.Context, mark string, blobs *server.Folder, storage server.Storage) error {
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	found := map[string][]server.Blob{}
	err := blobs.Each(ctx, func(authority string, b server.Blob) error {
		found[authority] = append(found[authority], b)
		return nil
	})
	for authority, some := range found {
		if err == nil {
			err = storage.NoteBlobs(ctx, authority, some)
		}
	}
	if err == nil {
		err = os.WriteFile(mark, nil, 0o600)
	}
	if err != nil {
		return fmt.Errorf("listing the documents: %w", err)
	}
	return nil
}

// RecoveringFile is the mark of a folder put back from a backup.
const RecoveringFile = "recovering"

// restoration names the last time that the folder was put back from a backup: that of the mark,
// kept when the mark goes.
func restoration(dir string) (string, error) {
	kept := filepath.Join(dir, "restored")
	mark, err := os.Stat(filepath.Join(dir, RecoveringFile))
	if errors.Is(err, fs.ErrNotExist) {
		text, err := os.ReadFile(kept)
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
		return string(text), err
	}
	if err != nil {
		return "", fmt.Errorf("looking for the mark of a restoration: %w", err)
	}
	name := mark.ModTime().UTC().Format(time.RFC3339Nano)
	return name, durable.WriteFile(kept, []byte(name))
}

// Close closes the storage; Serve has ended before.
func (s *Server) Close() error { return s.Storage.Close() }

// Dir is the server's folder.
func (s *Server) Dir() string { return s.o.Dir }

// Roots trusts the server's own certificate, for laptops on the same machine.
func (s *Server) Roots() (*x509.CertPool, error) {
	leaf, err := x509.ParseCertificate(s.Certificate.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("reading the server's certificate: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return pool, nil
}

// Serve answers on a listener, in TLS 1.3, until ctx ends; requests under way
// are given ten seconds.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	var background sync.WaitGroup
	background.Go(func() { s.Run(ctx) })
	defer background.Wait()
	return s.ServeHandler(ctx, listener, s)
}

// ServePage answers people's browsers on a listener, with the server's certificate; none is asked of them.
func (s *Server) ServePage(ctx context.Context, listener net.Listener, page http.Handler) error {
	return s.serve(ctx, listener, page, s.certificate.page())
}

// ServeHandler is Serve for what stands before the server; the caller calls Run.
func (s *Server) ServeHandler(ctx context.Context, listener net.Listener, handler http.Handler) error {
	return s.serve(ctx, listener, handler, s.certificate.config())
}

func (s *Server) serve(ctx context.Context, listener net.Listener, handler http.Handler, config *tls.Config) error {
	h := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ReadTimeout: server.WholeRequest,
		// A computer that is gone without a word is noticed, and who does not read what it asked for.
		HTTP2:     &http.HTTP2Config{MaxConcurrentStreams: 100, SendPingTimeout: time.Minute, PingTimeout: 30 * time.Second, WriteByteTimeout: time.Minute},
		TLSConfig: config,
		// What is under way is finished: Run ends the watches, nothing else is cut short.
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	release := context.AfterFunc(ctx, func() {
		time.Sleep(s.o.Drain)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err := h.Shutdown(grace)
		if err != nil {
			err = errors.Join(err, h.Close())
		}
		stopped <- err
	})
	err := h.ServeTLS(listener, "", "")
	if release() {
		return fmt.Errorf("serving: %w", err)
	}
	return <-stopped
}
