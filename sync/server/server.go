package server

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"alpi40.fr/airial/sync/protocol"
)

// Options say what a server stands on.
type Options struct {
	Storage Storage
	Blobs   Blobs
	// UploadDir keeps unfinished uploads.
	UploadDir string
	// Name is what devices sign sessions for; it never changes.
	Name string
	// LogKey signs the heads of the logs; it never changes.
	LogKey ed25519.PrivateKey
	// TokenKey seals sessions and nonces; a new one ends all sessions.
	TokenKey [32]byte
	Now      func() time.Time
	Rand     io.Reader
	Log      *slog.Logger
	// Links, when set, answers for what is shared by links.
	Links Links
}

// Links answers for what is shared by links: the authority's computers, and browsers (package share).
type Links interface {
	ServeMember(w http.ResponseWriter, r *http.Request, authority string)
	ServePublic(w http.ResponseWriter, r *http.Request)
}

// Server answers laptops. It is an http.Handler.
type Server struct {
	o       Options
	handler http.Handler
	nonces  *nonces
	tries   *tries
	hub     *hub
}

// New makes a server.
func New(o Options) (*Server, error) {
	if len(o.LogKey) != ed25519.PrivateKeySize || o.Name == "" || o.Now == nil || o.Rand == nil {
		return nil, errors.New("the server lacks its name, its log key, its clock or its randomness")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{o: o, nonces: newNonces(), tries: newTries(), hub: newHub()}
	uploads, err := s.uploads()
	if err != nil {
		return nil, fmt.Errorf("preparing uploads: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("POST "+protocol.PathEnrol, s.enrol)
	mux.HandleFunc("POST "+protocol.PathChallenge, s.challenge)
	mux.HandleFunc("POST "+protocol.PathSession, s.session)
	mux.HandleFunc("POST "+protocol.PathPush, s.member(s.push))
	mux.HandleFunc("GET "+protocol.PathPull, s.member(s.pull))
	mux.HandleFunc("POST "+protocol.PathKeys, s.member(s.keys))
	mux.HandleFunc("GET "+protocol.PathWatch, s.member(s.watch))
	mux.HandleFunc("POST "+protocol.PathMissing, s.member(s.missing))
	mux.HandleFunc("GET "+protocol.PathBlobs+"{digest}", s.member(s.blob))
	mux.HandleFunc("GET "+protocol.PathConsistency, s.member(s.consistency))
	mux.HandleFunc("GET "+protocol.PathInclusion, s.member(s.inclusion))
	mux.HandleFunc("GET "+protocol.PathTrust, s.member(s.trust))
	mux.HandleFunc("GET "+protocol.PathParcels+"{kind}", s.member(s.parcel))
	mux.Handle(protocol.PathUploads, s.member(uploads))
	if o.Links != nil {
		mux.HandleFunc(protocol.PathLinks, s.member(func(w http.ResponseWriter, r *http.Request) {
			o.Links.ServeMember(w, r, memberOf(r.Context()).authority)
		}))
		mux.HandleFunc(protocol.PathPublic, o.Links.ServePublic)
	}
	compress, err := gzhttp.NewWrapper(gzhttp.EnableZstd(true), gzhttp.ContentTypes([]string{"application/json"}))
	if err != nil {
		return nil, fmt.Errorf("preparing compression: %w", err)
	}
	s.handler = compress(s.versioned(mux))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// versioned refuses a version that is no longer spoken.
func (s *Server) versioned(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(protocol.Header, strconv.Itoa(protocol.Version))
		if r.URL.Path != "/healthz" && r.URL.Path != "/readyz" && !strings.HasPrefix(r.URL.Path, protocol.PathPublic) {
			if v, err := strconv.Atoi(r.Header.Get(protocol.Header)); err != nil || v < protocol.Oldest {
				s.fail(w, r, protocol.Fail(protocol.CodeVersion, "the request's version is "+strconv.Quote(r.Header.Get(protocol.Header))))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if err := s.o.Storage.Ping(r.Context()); err != nil {
		s.fail(w, r, fmt.Errorf("asking the storage: %w", err))
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

// member is who speaks: a device that is not revoked, and its authority.
type member struct {
	device    protocol.Device
	authority string
}

type memberKey struct{}

// memberOf gives the member that s.member established.
func memberOf(ctx context.Context) member {
	m, _ := ctx.Value(memberKey{}).(member)
	return m
}

// member lets only devices with a session through.
func (s *Server) member(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m, err := s.authenticate(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		next(w, r.WithContext(context.WithValue(r.Context(), memberKey{}, m)))
	}
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var f *protocol.Failure
	switch {
	case errors.As(err, &f):
	case errors.Is(err, ErrFull):
		f = protocol.Fail(protocol.CodeFull, "")
	case errors.Is(err, ErrNotFound):
		f = protocol.Fail(protocol.CodeNotFound, "")
	default:
		// The cause is for the operator; the laptop learns that it is not its fault.
		f = protocol.Fail(protocol.CodeInternal, "")
	}
	level := slog.LevelInfo
	if f.Status >= 500 {
		level = slog.LevelError
	}
	s.o.Log.Log(r.Context(), level, "refused", "method", r.Method, "path", r.URL.Path, "code", string(f.Code), "cause", err.Error())
	answer(w, f.Status, f)
}

// answer writes a JSON body.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the laptop has gone: nothing to do
}

// read reads a JSON body of at most protocol.MaxBody bytes.
func read[T any](w http.ResponseWriter, r *http.Request) (message T, err error) {
	body, err := decompress(http.MaxBytesReader(w, r.Body, protocol.MaxBody), r.Header.Get("Content-Encoding"))
	if err != nil {
		return message, err
	}
	defer body.Close()
	return protocol.Read[T](body)
}

func queryNumber(r *http.Request, name string, fallback int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, protocol.Fail(protocol.CodeBadRequest, name+" is not a number")
	}
	return n, nil
}
