package share

import (
	"context"
	"embed"
	"encoding/hex"
	"encoding/json"
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

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

//go:embed page
var page embed.FS

// Options say what links stand on.
type Options struct {
	Storage Storage
	Now     func() time.Time
	Rand    io.Reader
	Log     *slog.Logger
	// Most is how many bytes one link holds, those of files that never became whole among them; 0: protocol.MaxLink.
	Most int64
}

// Server answers for links. See ServeMember and ServePublic.
type Server struct {
	o       Options
	members *http.ServeMux
	public  *http.ServeMux
	guesses *guesses
}

// New makes a server of links.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Most == 0 {
		o.Most = protocol.MaxLink
	}
	s := &Server{o: o, members: http.NewServeMux(), public: http.NewServeMux(), guesses: &guesses{count: map[string]int{}}}
	m := func(pattern string, do func(*http.Request, *link) (any, error)) {
		s.members.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.own(w, r, do) })
	}
	s.members.HandleFunc("POST "+protocol.PathLinks+"{$}", s.create)
	s.members.HandleFunc("GET "+protocol.PathLinks+"{$}", s.list)
	m("GET "+protocol.PathLinks+"{id}", func(_ *http.Request, l *link) (any, error) { return l.shown(s.o.Now()), nil })
	m("POST "+protocol.PathLinks+"{id}/missing", s.missing)
	m("PUT "+protocol.PathLinks+"{id}/pieces/{digest}", s.putPiece)
	m("POST "+protocol.PathLinks+"{id}/files", func(r *http.Request, l *link) (any, error) {
		return s.addFile(r, l, member{Role: protocol.LinkAdds}, "")
	})
	m("POST "+protocol.PathLinks+"{id}/members", s.join)
	m("DELETE "+protocol.PathLinks+"{id}/members/{member}", s.remove)
	m("POST "+protocol.PathLinks+"{id}/close", s.close)
	s.members.HandleFunc("GET "+protocol.PathLinks+"{id}/pieces/{digest}", s.ownPiece)
	s.public.HandleFunc("GET "+protocol.PathPublic+"{id}", s.html)
	for _, name := range []string{"age.js", "app.js", "style.css"} {
		s.public.HandleFunc("GET "+protocol.PathPublic+"page/"+name, s.asset(name))
	}
	p := func(pattern string, do func(*http.Request, *link, member) (any, error)) {
		s.public.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.guest(w, r, do) })
	}
	p("GET "+protocol.PathPublic+"{id}/info", s.info)
	p("POST "+protocol.PathPublic+"{id}/begin/{file}", s.begin)
	p("POST "+protocol.PathPublic+"{id}/end/{ticket}", s.end)
	p("POST "+protocol.PathPublic+"{id}/files", func(r *http.Request, l *link, m member) (any, error) { return s.addFile(r, l, m, address(r)) })
	p("PUT "+protocol.PathPublic+"{id}/pieces/{digest}", func(r *http.Request, l *link, m member) (any, error) {
		if !m.Role.Adds() {
			return nil, errRole
		}
		return s.putPiece(r, l)
	})
	s.public.HandleFunc("GET "+protocol.PathPublic+"{id}/pieces/{digest}", s.guestPiece)
	return s
}

type authorityKey struct{}

// ServeMember answers a computer of an authority, under protocol.PathLinks.
func (s *Server) ServeMember(w http.ResponseWriter, r *http.Request, authority string) {
	s.members.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), authorityKey{}, authority)))
}

func authorityOf(r *http.Request) string {
	a, _ := r.Context().Value(authorityKey{}).(string)
	return a
}

// ServePublic answers browsers, under protocol.PathPublic.
func (s *Server) ServePublic(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
	s.public.ServeHTTP(w, r)
}

// answer writes a result, or an error as the wire knows it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, result any, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if result == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(result) // whoever asked has gone: nothing to do
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := &protocol.Failure{Status: http.StatusInternalServerError, Code: protocol.CodeInternal, Text: "Le serveur n’a pas pu répondre. Réessayez dans un moment."}
	set := func(status int, code protocol.Code, text string) {
		f = &protocol.Failure{Status: status, Code: code, Text: text}
	}
	switch {
	case errors.As(err, &f):
	case errors.Is(err, ErrNotFound):
		set(http.StatusNotFound, protocol.CodeNotFound, "Ce lien n’existe pas, ou n’est plus en service. Demandez-en un autre à qui vous l’a donné.")
	case errors.Is(err, errGone):
		set(http.StatusGone, protocol.CodeNotFound, "Ce lien a expiré, ou a été fermé. Demandez-en un autre à qui vous l’a donné.")
	case errors.Is(err, errUsedUp):
		set(http.StatusGone, protocol.CodeNotFound, "Le nombre de téléchargements prévu est atteint. Demandez un autre lien à qui vous l’a donné.")
	case errors.Is(err, errRole):
		set(http.StatusForbidden, protocol.CodeForeign, "Ce lien ne le permet pas.")
	case errors.Is(err, errGuessing):
		set(http.StatusTooManyRequests, protocol.CodeSlowDown, "Trop de liens inconnus ont été essayés depuis cette adresse. Attendez dix minutes, puis recommencez.")
	case errors.Is(err, errTooLarge):
		set(http.StatusRequestEntityTooLarge, protocol.CodeBadRequest, "C’est plus que ce qu’un lien peut contenir.")
	case errors.Is(err, ErrFull):
		set(http.StatusInsufficientStorage, protocol.CodeFull, "Le serveur n’a plus de place pour ce fichier. Rien n’est perdu chez vous ; réessayez plus tard.")
	case errors.Is(err, ErrFrozen):
		set(http.StatusServiceUnavailable, protocol.CodeBusy, "Le serveur change de place. Rien n’est perdu ; réessayez dans quelques minutes.")
	case errors.Is(err, store.ErrWrongDigest):
		set(http.StatusBadRequest, protocol.CodeDigest, "Un morceau du fichier est arrivé abîmé. Réessayez.")
	}
	level := slog.LevelInfo
	if f.Status >= 500 {
		level = slog.LevelError
	}
	// The path is left out: it holds a link's id.
	s.o.Log.Log(r.Context(), level, "link refused", "method", r.Method, "code", string(f.Code), "cause", err.Error())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(f)
}

func bad(detail string) error { return protocol.Fail(protocol.CodeBadRequest, detail) }

// readBody reads a JSON body.
func readBody[T any](r *http.Request) (T, error) {
	return protocol.Read[T](http.MaxBytesReader(nil, r.Body, protocol.MaxBody))
}

func (s *Server) random(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.o.Rand, b); err != nil {
		return "", fmt.Errorf("drawing an id: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// create makes a link for an authority.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	n, err := readBody[protocol.NewLink](r)
	var l *link
	if err == nil {
		l, err = s.made(r, n)
	}
	if err == nil {
		err = s.o.Storage.Create(r.Context(), l)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, protocol.MadeLink{ID: l.ID}, nil)
}

func (s *Server) made(r *http.Request, n protocol.NewLink) (*link, error) {
	now := s.o.Now()
	switch {
	case n.Kind != protocol.LinkSend && n.Kind != protocol.LinkDeposit && n.Kind != protocol.LinkRoom:
		return nil, bad("unknown kind")
	case !n.Expires.After(now) || n.Expires.After(now.Add(longest)):
		return nil, bad("the end is past, or too far")
	case n.Max < 0 || len(n.Members) > maxMembers || len(n.Recipient) > 200:
		return nil, bad("a limit is passed")
	}
	id, err := s.random(idSize / 2)
	if err != nil {
		return nil, err
	}
	l := &link{ID: id, Authority: authorityOf(r), Kind: n.Kind, Made: now, Expires: n.Expires, Max: n.Max, Recipient: n.Recipient}
	for _, m := range n.Members {
		one, err := memberOf(m)
		if err != nil {
			return nil, err
		}
		l.Members = append(l.Members, one)
	}
	l.note(protocol.LinkEvent{At: now, What: protocol.LinkMade})
	return l, nil
}

func memberOf(m protocol.LinkMember) (one member, err error) {
	token, err := hex.DecodeString(m.Token)
	if err != nil || len(token) != len(one.Token) || len(m.ID) > 64 || m.ID == "" || len(m.Sealed) > 4<<10 || len(m.Words) > 32<<10 || !m.Role.Reads() && !m.Role.Adds() {
		return one, bad("a member is not well formed")
	}
	one = member{ID: m.ID, Role: m.Role, Sealed: m.Sealed, Words: m.Words, Expires: m.Expires}
	copy(one.Token[:], token)
	return one, nil
}

// list gives an authority's links, and forgets those that ended long ago.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	now := s.o.Now()
	all, err := s.o.Storage.Of(r.Context(), authorityOf(r))
	out := protocol.Links{Links: []protocol.Link{}}
	for _, l := range all {
		if now.After(l.Expires.Add(kept)) {
			err = errors.Join(err, s.o.Storage.Erase(r.Context(), l.ID))
			continue
		}
		if l.over(now) && l.Kind != protocol.LinkDeposit {
			err = errors.Join(err, s.o.Storage.EraseContents(r.Context(), l.ID))
		}
		out.Links = append(out.Links, l.shown(now))
	}
	slices.SortFunc(out.Links, func(a, b protocol.Link) int { return b.Made.Compare(a.Made) })
	s.answer(w, r, out, err)
}

// own runs what an authority asks about a link of its own.
func (s *Server) own(w http.ResponseWriter, r *http.Request, do func(*http.Request, *link) (any, error)) {
	l, err := s.mine(r)
	var result any
	if err == nil {
		result, err = do(r, l)
	}
	s.answer(w, r, result, err)
}

func (s *Server) mine(r *http.Request) (*link, error) {
	l, err := s.o.Storage.Read(r.Context(), r.PathValue("id"))
	if err == nil && l.Authority != authorityOf(r) {
		return nil, ErrNotFound
	}
	return l, err
}

func (s *Server) missing(r *http.Request, l *link) (any, error) {
	q, err := readBody[protocol.Digests](r)
	if err != nil || len(q.Digests) > protocol.MaxPieces {
		return nil, errors.Join(err, bad("too many digests"))
	}
	out := protocol.Digests{Digests: []store.Digest{}}
	for _, d := range q.Digests {
		if !s.o.Storage.HasPiece(r.Context(), l.ID, d) {
			out.Digests = append(out.Digests, d)
		}
	}
	return out, nil
}

func (s *Server) putPiece(r *http.Request, l *link) (any, error) {
	d, err := store.ParseDigest(r.PathValue("digest"))
	if err != nil {
		return nil, bad("not a digest")
	}
	if l.over(s.o.Now()) {
		return nil, errGone
	}
	if s.o.Storage.HasPiece(r.Context(), l.ID, d) {
		return nil, nil
	}
	size := r.ContentLength
	if size < 0 {
		size = protocol.MaxPiece
	}
	// Counted before it is kept: who has a link fills no more of the disk than a link holds.
	if err := s.o.Storage.Update(r.Context(), l.ID, func(l *link) error {
		if l.Stored+size > s.o.Most {
			return errTooLarge
		}
		l.Stored += size
		return nil
	}); err != nil {
		return nil, err
	}
	err = s.o.Storage.PutPiece(r.Context(), l.ID, d, http.MaxBytesReader(nil, r.Body, protocol.MaxPiece))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		err = errTooLarge
	}
	return nil, err
}

func (s *Server) addFile(r *http.Request, l *link, m member, address string) (any, error) {
	f, err := readBody[protocol.LinkFile](r)
	if err != nil {
		return nil, err
	}
	if !m.Role.Adds() {
		return nil, errRole
	}
	if l.over(s.o.Now()) {
		return nil, errGone
	}
	for _, d := range f.Pieces {
		if !s.o.Storage.HasPiece(r.Context(), l.ID, d) {
			return nil, bad("a piece is missing")
		}
	}
	if f.Size < 0 || len(f.Manifest) == 0 {
		return nil, bad("not a file")
	}
	if f.ID, err = s.random(16); err != nil {
		return nil, err
	}
	f.By, f.At = m.ID, s.o.Now()
	err = s.o.Storage.Update(r.Context(), l.ID, func(l *link) error {
		if there, known := l.told(f); known {
			f.ID = there
			return nil
		}
		return l.add(f, address, f.At)
	})
	return protocol.MadeLink{ID: f.ID}, err
}

func (s *Server) join(r *http.Request, l *link) (any, error) {
	m, err := readBody[protocol.LinkMember](r)
	if err != nil {
		return nil, err
	}
	one, err := memberOf(m)
	if err != nil {
		return nil, err
	}
	return nil, s.o.Storage.Update(r.Context(), l.ID, func(l *link) error {
		if len(l.Members) >= maxMembers || slices.ContainsFunc(l.Members, func(o member) bool { return o.ID == one.ID }) {
			return bad("too many members, or the same twice")
		}
		l.Members = append(l.Members, one)
		l.note(protocol.LinkEvent{At: s.o.Now(), What: protocol.LinkJoined, Member: one.ID})
		return nil
	})
}

func (s *Server) remove(r *http.Request, l *link) (any, error) {
	return nil, s.o.Storage.Update(r.Context(), l.ID, func(l *link) error {
		for i := range l.Members {
			if l.Members[i].ID == r.PathValue("member") && !l.Members[i].Removed {
				l.Members[i].Removed = true
				l.note(protocol.LinkEvent{At: s.o.Now(), What: protocol.LinkRemoved, Member: l.Members[i].ID})
			}
		}
		return nil
	})
}

func (s *Server) close(r *http.Request, l *link) (any, error) {
	err := s.o.Storage.Update(r.Context(), l.ID, func(l *link) error {
		if !l.Closed {
			l.Closed = true
			l.note(protocol.LinkEvent{At: s.o.Now(), What: protocol.LinkClosed})
		}
		return nil
	})
	if err == nil && l.Kind != protocol.LinkDeposit { // what was deposited is still to be fetched
		err = s.o.Storage.EraseContents(r.Context(), l.ID)
	}
	return nil, err
}

func (s *Server) ownPiece(w http.ResponseWriter, r *http.Request) {
	l, err := s.mine(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.givePiece(w, r, l)
}

func (s *Server) givePiece(w http.ResponseWriter, r *http.Request, l *link) {
	d, err := store.ParseDigest(r.PathValue("digest"))
	if err != nil {
		s.fail(w, r, bad("not a digest"))
		return
	}
	content, err := s.o.Storage.OpenPiece(r.Context(), l.ID, d)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer content.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, content)
}

// html gives the page: the same for every link, so that it tells nothing of which there are.
func (s *Server) html(w http.ResponseWriter, r *http.Request) { s.asset("index.html")(w, r) }

func (s *Server) asset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, page, "page/"+name) }
}

// nobody is whom a token is compared with when there is no such link.
var nobody = &link{Members: []member{{}}}

// known gives the link and the member of a request, or ErrNotFound, whichever is wrong.
func (s *Server) known(r *http.Request) (*link, member, error) {
	now := s.o.Now()
	if !s.guesses.allowed(address(r), now) {
		return nil, member{}, errGuessing
	}
	l, err := s.o.Storage.Read(r.Context(), r.PathValue("id"))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, member{}, err
	}
	there := err == nil
	if !there {
		l = nobody
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	m, ok := l.holder(token, now)
	if !there || !ok {
		s.guesses.missed(address(r))
		return nil, member{}, ErrNotFound
	}
	if l.over(now) {
		return nil, member{}, errGone
	}
	return l, m, nil
}

func (s *Server) guest(w http.ResponseWriter, r *http.Request, do func(*http.Request, *link, member) (any, error)) {
	l, m, err := s.known(r)
	var result any
	if err == nil {
		result, err = do(r, l, m)
	}
	s.answer(w, r, result, err)
}

func (s *Server) info(r *http.Request, l *link, m member) (any, error) {
	out := protocol.PublicLink{Kind: l.Kind, Role: m.Role, Expires: l.Expires, Left: -1, Room: max(0, s.o.Most-l.Stored), Recipient: l.Recipient, Sealed: m.Sealed, Words: m.Words, Files: []protocol.LinkFile{}}
	if !m.Expires.IsZero() && m.Expires.Before(l.Expires) {
		out.Expires = m.Expires
	}
	if l.Max > 0 {
		out.Left = max(0, l.Max-l.Downloads)
	}
	if m.Role.Reads() {
		out.Files = append(out.Files, l.Files...)
	}
	return out, s.o.Storage.Update(r.Context(), l.ID, func(l *link) error {
		l.note(protocol.LinkEvent{At: s.o.Now(), What: protocol.LinkOpened, Member: m.ID, Address: address(r)})
		return nil
	})
}

func (s *Server) begin(r *http.Request, l *link, m member) (any, error) {
	id, err := s.random(16)
	if err != nil {
		return nil, err
	}
	return protocol.LinkTicket{Ticket: id}, s.o.Storage.Update(r.Context(), l.ID, func(l *link) error {
		return l.begin(m, r.PathValue("file"), id, address(r), s.o.Now())
	})
}

func (s *Server) end(r *http.Request, l *link, m member) (any, error) {
	return nil, s.o.Storage.Update(r.Context(), l.ID, func(l *link) error { return l.end(m, r.PathValue("ticket"), address(r), s.o.Now()) })
}

func (s *Server) guestPiece(w http.ResponseWriter, r *http.Request) {
	l, m, err := s.known(r)
	if err == nil {
		d, _ := store.ParseDigest(r.PathValue("digest"))
		if !l.may(m, r.Header.Get("Airial-Ticket"), d, s.o.Now()) {
			err = errRole
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.givePiece(w, r, l)
}

func address(r *http.Request) string {
	h, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return h
}

// guesses counts the wrong links of each address within ten minutes.
type guesses struct {
	mu    sync.Mutex
	since time.Time
	count map[string]int
}

const (
	guessTime  = 10 * time.Minute
	maxGuesses = 20
)

func (g *guesses) allowed(address string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if age := now.Sub(g.since); age < 0 || age > guessTime {
		g.since = now
		clear(g.count)
	}
	return g.count[address] < maxGuesses
}

func (g *guesses) missed(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count[address]++
}
