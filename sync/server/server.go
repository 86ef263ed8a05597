package server

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"alpi40.fr/airial/sync/protocol"
)

// Options say what a server stands on.
type Options struct {
	Storage Storage
	Blobs   Blobs
	// Uploads keeps unfinished uploads.
	Uploads Uploads
	// Name is what devices sign sessions for; it never changes.
	Name string
	// LogKey signs the heads of the logs; it never changes.
	LogKey ed25519.PrivateKey
	// TokenKey seals sessions and nonces; a new one ends all sessions.
	TokenKey [32]byte
	Now      func() time.Time
	Rand     io.Reader
	Log      *slog.Logger
	// ClientCertificates: a computer must show, in TLS, a certificate of its own key, the one that it
	// enrolled; who joins, and the browsers of links, show none.
	ClientCertificates bool
	// Recovering tells whether the server was put back from a backup, and first takes back what it
	// had given since: no new entry gets a place meanwhile, so that none is given twice. nil: never.
	Recovering func() bool
	// Restored names the last time that this was so; empty: never.
	Restored string
	Limits   Limits
	// Observe hears of what happens, for metrics; it may be nil.
	Observe Observer
	// Links, when set, answers for what is shared by links.
	Links Links
}

// Links answers for what is shared by links: the authority's computers, and browsers (package share).
type Links interface {
	ServeMember(w http.ResponseWriter, r *http.Request, authority string)
	ServePublic(w http.ResponseWriter, r *http.Request)
}

// Observer hears of what a server does.
type Observer interface {
	Placed(fate protocol.Fate)  // an entry
	Refused(code protocol.Code) // a request
	Kept(bytes int64)           // a document
	Watching(change int)        // computers that listen
}

// nobody is the observer of a server that has none.
type nobody struct{}

func (nobody) Placed(protocol.Fate)  {}
func (nobody) Refused(protocol.Code) {}
func (nobody) Kept(int64)            {}
func (nobody) Watching(int)          {}

// Server answers laptops. It is an http.Handler.
type Server struct {
	o       Options
	handler http.Handler
	tries   *tries
	hub     *hub
	sought  *sought
	gates   *gates
	notes   *notes
	stocks  *stocks
	ending  chan struct{} // closed once the process is to end
	once    sync.Once

	tell   chan struct{} // something is in untold
	mu     sync.Mutex
	untold map[string]bool // authorities of which the other processes have not heard
	seen   map[string]Seen // devices whose sign of life is not kept yet

	attendance attendance
}

// New makes a server.
func New(o Options) (*Server, error) {
	if len(o.LogKey) != ed25519.PrivateKeySize || o.Name == "" || o.Now == nil || o.Rand == nil || o.Storage == nil || o.Blobs == nil || o.Uploads == nil {
		return nil, errors.New("the server lacks its name, its log key, its storage, its clock or its randomness")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = nobody{}
	}
	s := &Server{o: o, tries: newTries(), hub: newHub(), sought: newSought(), gates: newGates(o.Limits), notes: newNotes(o.Storage), stocks: newStocks(o.Storage), ending: make(chan struct{}), tell: make(chan struct{}, 1), untold: map[string]bool{}, seen: map[string]Seen{}}
	uploads, err := s.uploads()
	if err != nil {
		return nil, fmt.Errorf("preparing uploads: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("POST "+protocol.PathEnrol, s.guest(s.enrol))
	mux.HandleFunc("POST "+protocol.PathChallenge, s.guest(s.challenge))
	mux.HandleFunc("POST "+protocol.PathSession, s.guest(s.session))
	mux.HandleFunc("POST "+protocol.PathPush, s.message(s.push))
	mux.HandleFunc("GET "+protocol.PathPull, s.message(s.pull))
	mux.HandleFunc("POST "+protocol.PathKeys, s.message(s.keys))
	mux.HandleFunc("GET "+protocol.PathWatch, s.member(s.watch))
	mux.HandleFunc("POST "+protocol.PathPresence, s.message(s.presence))
	mux.HandleFunc("POST "+protocol.PathAhead, s.message(s.ahead))
	mux.HandleFunc("POST "+protocol.PathReturn, s.message(s.giveBack))
	mux.HandleFunc("POST "+protocol.PathMissing, s.message(s.missing))
	mux.HandleFunc("GET "+protocol.PathBlobs+"{digest}", s.working(s.blob))
	mux.HandleFunc("GET "+protocol.PathConsistency, s.message(s.consistency))
	mux.HandleFunc("GET "+protocol.PathInclusion, s.message(s.inclusion))
	mux.HandleFunc("GET "+protocol.PathTrust, s.message(s.trust))
	mux.HandleFunc("GET "+protocol.PathParcels+"{kind}", s.message(s.parcel))
	mux.Handle(protocol.PathUploads, s.working(uploads))
	mux.HandleFunc("POST "+protocol.PathTogether, s.working(s.together))
	if o.Links != nil {
		mux.HandleFunc(protocol.PathLinks, s.working(s.links))
		mux.HandleFunc(protocol.PathPublic, o.Links.ServePublic)
	}
	compress, err := gzhttp.NewWrapper(gzhttp.EnableZstd(true), gzhttp.ContentTypes([]string{"application/json"}))
	if err != nil {
		return nil, fmt.Errorf("preparing compression: %w", err)
	}
	s.handler = bounded(time.Duration(s.gates.limits.Stall*float64(time.Second)), compress(s.versioned(mux)))
	return s, nil
}

// Key derives a key for a purpose of this server's own, the same in each of its processes.
func (s *Server) Key(purpose string) (key [32]byte, err error) {
	raw, err := hkdf.Key(sha256.New, s.o.TokenKey[:], nil, "airial "+purpose, len(key))
	if err != nil {
		return key, fmt.Errorf("deriving a key: %w", err)
	}
	return [32]byte(raw), nil
}

// Limits are those in force.
func (s *Server) Limits() Limits { return s.gates.limits }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// plainPath is a request's path without what names a document or an upload.
func plainPath(r *http.Request) string {
	for _, begin := range []string{protocol.PathBlobs, protocol.PathUploads} {
		if strings.HasPrefix(r.URL.Path, begin) && r.URL.Path != protocol.PathMissing {
			return begin
		}
	}
	if len(r.URL.Path) > 60 {
		return r.URL.Path[:60]
	}
	return r.URL.Path
}

// versionOf is the version that a request speaks.
func versionOf(r *http.Request) int {
	v, err := strconv.Atoi(r.Header.Get(protocol.Header))
	if err != nil {
		return 0
	}
	return v
}

// versioned refuses a version that is no longer spoken.
func (s *Server) versioned(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(protocol.Header, strconv.Itoa(protocol.Version))
		if r.URL.Path != "/healthz" && r.URL.Path != "/readyz" && !strings.HasPrefix(r.URL.Path, protocol.PathPublic) {
			if versionOf(r) < protocol.Oldest {
				s.fail(w, r, protocol.Fail(protocol.CodeVersion, "the request's version is "+strconv.Quote(r.Header.Get(protocol.Header))))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// ready tells a balancer whether this process serves: not once it is to end.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.ending:
		s.fail(w, r, busy("this process is about to end"))
		return
	default:
	}
	if err := errors.Join(s.o.Storage.Ping(r.Context()), s.o.Blobs.Ping(r.Context())); err != nil {
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

// message lets a device's message through when neither it nor its authority asks too much.
func (s *Server) message(next http.HandlerFunc) http.HandlerFunc {
	return s.working(func(w http.ResponseWriter, r *http.Request) {
		if f := s.gates.request(memberOf(r.Context()), s.o.Now()); f != nil {
			s.fail(w, r, f)
			return
		}
		next(w, r)
	})
}

// working gives a device's request its place among those in work.
func (s *Server) working(next http.HandlerFunc) http.HandlerFunc {
	return s.member(func(w http.ResponseWriter, r *http.Request) {
		leave, f := s.gates.work(r.Context(), memberOf(r.Context()), s.o.Now())
		if f != nil {
			s.fail(w, r, f)
			return
		}
		defer leave()
		next(w, r)
	})
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var f *protocol.Failure
	switch {
	case errors.As(err, &f):
	case errors.Is(err, ErrFull):
		f = protocol.Fail(protocol.CodeFull, "")
	case errors.Is(err, ErrFrozen):
		f = protocol.Fail(protocol.CodeBusy, "the storage is being moved")
		f.RetryAfter = time.Minute
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
	s.o.Log.Log(r.Context(), level, "refused", "method", r.Method, "path", plainPath(r), "code", string(f.Code), "cause", err.Error())
	s.o.Observe.Refused(f.Code)
	retryAfter(w, f)
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
