package gateway

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	_ "embed"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// maxBody bounds a request: what it holds in base64 is three quarters of it.
	maxBody  = 64 << 20
	patience = 20 * time.Second
	slowest  = 2 * time.Minute
	// maxCalls is how many of the last calls are remembered.
	maxCalls = 20
)

// Options say what the door opens on.
type Options struct {
	Office Office
	// Password is the hash of what callers must show; see Hash.
	Password [sha256.Size]byte
	Now      func() time.Time
	// NewID draws the identifier of a folder.
	NewID func() string
	Log   *slog.Logger
	// Patience is how long a request waits for its turn, 20 seconds when zero: documents are read
	// one after the other, so that memory is bounded. Slowest is how long one may take to come, two
	// minutes when zero.
	Patience, Slowest time.Duration
	// Words says what an error means to a person; nil: rules alone have words.
	Words func(error) string
}

// Call is one of the last ones, for the settings.
type Call struct {
	At        time.Time
	Operation string
	Folder    string // the caller's identifier
	Outcome   string // «OK», «KO : …», or why it was not heard
}

// Server answers business software. It is an http.Handler.
type Server struct {
	o    Options
	turn chan struct{}
	v5   http.Handler

	mu    sync.Mutex
	calls []Call
}

// New makes a server.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Words == nil {
		o.Words = func(error) string {
			return "Ce dossier n’a pas pu être pris : l’un de ses documents ne se lit pas, ou la place manque."
		}
	}
	o.Patience, o.Slowest = cmp.Or(o.Patience, patience), cmp.Or(o.Slowest, slowest)
	s := &Server{o: o, turn: make(chan struct{}, 1)}
	s.v5 = s.rest()
	return s
}

// passwordBytes give 160 bits: nobody guesses them, however fast.
const passwordBytes = 20

// Draw makes a password out of randomness.
func Draw(random io.Reader) (string, error) {
	raw := make([]byte, passwordBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("drawing a password: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)), nil
}

// Hash is what is kept of a password. A plain hash is enough for one that was drawn.
func Hash(password string) [sha256.Size]byte {
	return sha256.Sum256([]byte("airial gateway password 1\x00" + password))
}

// Calls gives the last calls, the latest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.calls)
	slices.Reverse(out)
	return out
}

func (s *Server) note(operation, folder, outcome string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, Call{s.o.Now(), word(operation), word(folder), word(outcome)})
	if len(s.calls) > maxCalls {
		s.calls = s.calls[len(s.calls)-maxCalls:]
	}
}

//go:embed service.wsdl
var contract string

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	v5 := r.URL.Path == tokenPath || strings.HasPrefix(r.URL.Path, restRoot+"/")
	switch {
	case v5 && r.Header.Get("Origin") == "":
		s.v5.ServeHTTP(w, r)
	case v5:
		http.Error(w, "not for browsers", http.StatusForbidden)
	case r.URL.Path != "/ws-iparapheur" && r.URL.Path != "/ws-iparapheur-no-mtom":
		http.NotFound(w, r)
	case r.Header.Get("Origin") != "":
		// A page of the web, in this computer's browser.
		http.Error(w, "not for browsers", http.StatusForbidden)
	case r.Method == http.MethodGet && strings.EqualFold(r.URL.RawQuery, "wsdl"):
		s.describe(w, r)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "POST", http.StatusMethodNotAllowed)
	case !s.knows(r):
		s.note("", "", "mot de passe refusé")
		w.Header().Set("WWW-Authenticate", `Basic realm="Airial", charset="UTF-8"`)
		http.Error(w, "password", http.StatusUnauthorized)
	default:
		s.serve(w, r)
	}
}

// knows tells whether a caller has the password.
func (s *Server) knows(r *http.Request) bool {
	_, password, ok := r.BasicAuth()
	if token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); bearer {
		password, ok = token, true
	}
	return s.right(password) && ok
}

func (s *Server) right(password string) bool {
	got := Hash(password)
	return subtle.ConstantTimeCompare(got[:], s.o.Password[:]) == 1
}

// take waits for a request's turn.
func (s *Server) take(ctx context.Context) (release func(), ok bool) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Patience)
	defer cancel()
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, true
	case <-ctx.Done():
		return nil, false
	}
}

// describe gives the contract, at the address under which it was asked for.
func (s *Server) describe(w http.ResponseWriter, r *http.Request) {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	host := r.Host
	if strings.ContainsAny(host, `<>&"'`) {
		http.Error(w, "host", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = io.WriteString(w, strings.ReplaceAll(contract, "LOCATION", scheme+"://"+host+r.URL.Path))
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	release, ok := s.take(r.Context())
	if !ok {
		s.note("", "", "occupé")
		w.Header().Set("Retry-After", "30")
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	defer release()
	asked, err := readRequest(r.Header.Get("Content-Type"), http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.misread(w, err)
		return
	}
	out := &written{ResponseWriter: w}
	out.Header().Set("Content-Type", "text/xml; charset=utf-8")
	told, err := s.perform(r.Context(), asked, out)
	if err == nil {
		s.note(asked.operation, told.folder, told.outcome)
		return
	}
	s.o.Log.Info("a call of another software", "operation", asked.operation, "error", err.Error())
	s.note(asked.operation, told.folder, "erreur")
	if out.began {
		panic(http.ErrAbortHandler) // the answer is cut: the caller must not take it for whole
	}
	w.WriteHeader(http.StatusInternalServerError)
	who, text := "Server", "Le parapheur n’a pas pu répondre ; rien n’a été modifié."
	if errors.Is(err, errMalformed) {
		who, text = "Client", "Cette demande ne se lit pas : "+word(err.Error())
	}
	_ = fault(w, who, text) // the caller has gone: nothing to do
}

// written tells whether an answer has begun to leave.
type written struct {
	http.ResponseWriter
	began bool
}

func (w *written) Write(p []byte) (int, error) {
	w.began = true
	return w.ResponseWriter.Write(p)
}

// misread answers what is no request, as precisely as is safe.
func (s *Server) misread(w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	text := "Cette demande ne se lit pas : " + word(err.Error())
	switch {
	case errors.As(err, &large):
		text = fmt.Sprintf("Cette demande dépasse %d Mo : allégez ses documents, ou envoyez-les en plusieurs dossiers.", maxBody>>20)
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	case errors.Is(err, errUnknown):
		text = "Cette opération n’est pas offerte par Airial."
		w.WriteHeader(http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusInternalServerError) // as SOAP 1.1 asks, §6.2
	}
	s.note("", "", text)
	_ = fault(w, "Client", text) // the caller has gone: nothing to do
}

// Serve answers on a listener until ctx ends, in TLS when there is a configuration for it.
func (s *Server) Serve(ctx context.Context, listener net.Listener, secure *tls.Config) error {
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	h := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: s.o.Slowest, WriteTimeout: 2*s.o.Slowest + s.o.Patience, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	release := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err := h.Shutdown(grace)
		if err != nil {
			err = h.Close()
		}
		stopped <- err
	})
	err := h.Serve(listener)
	if release() {
		return fmt.Errorf("answering business software: %w", err)
	}
	return <-stopped
}
