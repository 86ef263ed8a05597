package drive

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/webdav"

	"alpi40.fr/airial/local/vault"
)

// Options say whose folder is shown.
type Options struct {
	Vault  *vault.Vault
	Person string
	// Name gives the name under which a space is shown.
	Name func(vault.Space) string
	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// Drive is the vault as a folder. Close it.
type Drive struct {
	o        Options
	listener net.Listener
	server   *http.Server
	password string
	locks    *locks
	done     chan struct{}
}

// Login is the name that goes with the password.
const Login = "airial"

// Open shows the vault at an address of its own on 127.0.0.1, until Close.
func Open(ctx context.Context, o Options) (*Drive, error) {
	secret := make([]byte, 20)
	if _, err := io.ReadFull(o.Rand, secret); err != nil {
		return nil, fmt.Errorf("drawing the folder's password: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the folder: %w", err)
	}
	d := &Drive{o: o, listener: listener, password: strings.ToLower(base32.StdEncoding.EncodeToString(secret)), locks: newLocks(o), done: make(chan struct{})}
	files := &tree{o: o, aside: webdav.NewMemFS()}
	d.locks.find = files.find
	handler := &webdav.Handler{FileSystem: files, LockSystem: d.locks, Logger: func(r *http.Request, err error) {
		if err != nil && o.Log != nil {
			o.Log.Info("the vault's folder", "method", r.Method, "error", err.Error())
		}
	}}
	d.server = &http.Server{Handler: d.guard(handler), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
	go func() {
		defer close(d.done)
		_ = d.server.Serve(listener) // ends by Close
	}()
	return d, nil
}

// Address is http://127.0.0.1:port/.
func (d *Drive) Address() string { return "http://" + d.listener.Addr().String() + "/" }

// Password is what Login must give.
func (d *Drive) Password() string { return d.password }

// stopping is how long a write under way may take to end.
const stopping = 5 * time.Second

// Close ends the folder, and gives back what was locked through it.
func (d *Drive) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopping)
	defer cancel()
	err := d.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, d.server.Close())
	}
	<-d.done
	return errors.Join(err, d.locks.giveBack(context.Background()))
}

// guard lets only who knows the password through.
func (d *Drive) guard(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(Login + ":" + d.password))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" || !d.here(r.Host) {
			http.Error(w, "Ce dossier n’est ouvert qu’aux programmes de cet ordinateur.", http.StatusForbidden)
			return
		}
		login, password, _ := r.BasicAuth()
		have := sha256.Sum256([]byte(login + ":" + password))
		if subtle.ConstantTimeCompare(have[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="Coffre-fort", charset="UTF-8"`)
			http.Error(w, "Le mot de passe du dossier est demandé.", http.StatusUnauthorized)
			return
		}
		d.locks.sweep(d.o.Now())
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, &request{method: r.Method, length: r.ContentLength})))
	})
}

// here tells whether a Host header names this folder: a name that leads here from elsewhere does not.
func (d *Drive) here(host string) bool {
	_, port, err := net.SplitHostPort(d.listener.Addr().String())
	return err == nil && (host == "127.0.0.1:"+port || host == "localhost:"+port)
}

// request is what the tree must know of what is asked.
type request struct {
	method string
	length int64
	// replaced is what a MOVE overwrites.
	replaced *vault.Item
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{length: -1}
}
