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
	"time"

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
}

// ErrNotInitialised: the folder holds no server; Init makes one.
var ErrNotInitialised = errors.New("no server in this folder")

// Server is a server open in its folder.
type Server struct {
	*server.Server
	Storage     server.Storage
	dir         string
	log         *slog.Logger
	Certificate tls.Certificate
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

// Open opens the server of a folder. ErrNotInitialised when there is none.
func Open(ctx context.Context, o Options) (*Server, error) {
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
	cert, err := tls.LoadX509KeyPair(filepath.Join(o.Dir, "tls.crt"), filepath.Join(o.Dir, "tls.key"))
	if err != nil {
		return nil, fmt.Errorf("reading the server's certificate: %w", err)
	}
	storage, err := sqlite.Open(ctx, filepath.Join(o.Dir, "server.db"))
	if err != nil {
		return nil, err
	}
	blobs, err := server.NewFolder(filepath.Join(o.Dir, "blobs"))
	if err != nil {
		return nil, errors.Join(err, storage.Close())
	}
	links, err := share.NewFolder(filepath.Join(o.Dir, "links"))
	if err != nil {
		return nil, errors.Join(err, storage.Close())
	}
	s, err := server.New(server.Options{
		Storage: storage, Blobs: blobs, UploadDir: filepath.Join(o.Dir, "uploads"), Name: id.Name,
		LogKey: ed25519.NewKeyFromSeed(id.LogKey), TokenKey: [32]byte(id.TokenKey), Now: o.Now, Rand: o.Rand, Log: o.Log,
		Links: share.New(share.Options{Storage: links, Now: o.Now, Rand: o.Rand, Log: o.Log}),
	})
	if err != nil {
		return nil, errors.Join(err, storage.Close())
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Server{Server: s, Storage: storage, dir: o.Dir, log: log, Certificate: cert}, nil
}

// Close closes the storage; Serve has ended before.
func (s *Server) Close() error { return s.Storage.Close() }

// Dir is the server's folder.
func (s *Server) Dir() string { return s.dir }

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
	h := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{s.Certificate}},
		// A watch ends with the server, not with its client.
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	release := context.AfterFunc(ctx, func() {
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
