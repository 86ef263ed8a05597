package attack_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

const (
	ours   = "111111111"
	theirs = "222222222"
)

// target is a server, with a laptop in each of two authorities and a revoked one.
type target struct {
	*embedded.Server
	t                     testing.TB
	dir                   string
	now                   time.Time
	member, other, gone   *laptop
	document, theirsWrote store.Digest
	link, closed, file    string // of the member's: a link with a file, one that is over, that file
	token                 string // of the link
	piece                 store.Digest
}

// laptop is whoever holds a device's key.
type laptop struct {
	protocol.Enrolled
	key   ed25519.PrivateKey
	token string
	last  *journal.Entry
}

func newTarget(t testing.TB) *target {
	t.Helper()
	s := &target{t: t, dir: t.TempDir(), now: time.Now()}
	o := embedded.Options{Dir: filepath.Join(s.dir, "server"), Now: func() time.Time { return s.now }, Rand: rand.Reader}
	s.must(embedded.Init(o, "alpi-essai", []string{"127.0.0.1"}))
	var err error
	s.Server, err = embedded.Open(context.Background(), o)
	s.must(err)
	t.Cleanup(func() { s.Server.Close() })
	for _, a := range []string{ours, theirs} {
		s.must(s.AddAuthority(context.Background(), server.Authority{ID: a, Name: a}))
	}
	s.member, s.other, s.gone = s.enrol(ours), s.enrol(theirs), s.enrol(ours)
	s.must(s.Revoke(context.Background(), ours, s.gone.Device))
	s.document = s.upload(s.member, []byte("un document à nous"))
	s.theirsWrote = s.upload(s.other, []byte("un document à eux"))
	s.link, s.closed, s.token, s.piece = s.share(), s.share(), strings.Repeat("jeton", 8), store.DigestOf([]byte("un morceau"))
	if w := s.call(http.MethodPut, protocol.PathLinks+s.link+"/pieces/"+s.piece.String(), s.member.token, []byte("un morceau")); w.Code != http.StatusNoContent {
		t.Fatalf("a piece: %d %s", w.Code, w.Body)
	}
	s.file = answerTo[protocol.MadeLink](s, s.call(http.MethodPost, protocol.PathLinks+s.link+"/files", s.member.token,
		protocol.LinkFile{Manifest: []byte("scellé"), Pieces: []store.Digest{s.piece}, Size: 10})).ID
	s.push(s.member, s.entry(s.member, "folder/1", s.document))
	s.push(s.other, s.entry(s.other, "folder/2", s.theirsWrote))
	return s
}

func (s *target) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// call makes one request; token may be empty.
func (s *target) call(method, path, token string, body any, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b)
	case io.Reader:
		content = b
	default:
		text, err := json.Marshal(b)
		s.must(err)
		content = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, path, content)
	r.Header.Set(protocol.Header, strconv.Itoa(protocol.Version))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func answerTo[A any](s *target, w *httptest.ResponseRecorder) (a A) {
	s.t.Helper()
	if w.Code != http.StatusOK {
		s.t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	s.must(json.Unmarshal(w.Body.Bytes(), &a))
	return a
}

func (s *target) enrol(authority string) *laptop {
	s.t.Helper()
	code, err := s.NewCode(context.Background(), authority)
	s.must(err)
	public, key, err := ed25519.GenerateKey(rand.Reader)
	s.must(err)
	l := &laptop{key: key}
	l.Enrolled = answerTo[protocol.Enrolled](s, s.call(http.MethodPost, protocol.PathEnrol, "", protocol.Enrol{Code: code, Name: "portable", Signature: public, Exchange: make([]byte, 32)}))
	l.token = answerTo[protocol.Session](s, s.session(l)).Token
	return l
}

func (s *target) challenge(l *laptop) protocol.SessionRequest {
	c := answerTo[protocol.Challenge](s, s.call(http.MethodPost, protocol.PathChallenge, "", protocol.ChallengeRequest{Device: l.Device}))
	return protocol.SessionRequest{Device: l.Device, Nonce: c.Nonce, Signature: ed25519.Sign(l.key, protocol.SessionMessage(c.Server, c.Nonce))}
}

func (s *target) session(l *laptop) *httptest.ResponseRecorder {
	return s.call(http.MethodPost, protocol.PathSession, "", s.challenge(l))
}

func (s *target) entry(l *laptop, stream string, blobs ...store.Digest) journal.Entry {
	e := journal.Entry{ID: uuid.NewString(), Authority: l.Authority, Stream: stream, Version: 1, Kind: "folder.imported", Schema: 1, Data: []byte(`{}`),
		Blobs: blobs, Actor: "personne", Device: l.Device, DeviceSeq: 1, At: s.now.UTC().Truncate(time.Microsecond)}
	if l.last != nil {
		e.DeviceSeq, e.Prev = l.last.DeviceSeq+1, l.last.Hash
	}
	return sign(e, l.key)
}

func sign(e journal.Entry, key ed25519.PrivateKey) journal.Entry {
	e.Hash = e.ComputeHash()
	e.Sig = ed25519.Sign(key, e.Hash[:])
	return e
}

func (s *target) push(l *laptop, e journal.Entry) protocol.Outcome {
	s.t.Helper()
	out := answerTo[protocol.Pushed](s, s.call(http.MethodPost, protocol.PathPush, l.token, protocol.Push{Entries: []journal.Entry{e}}))
	if len(out.Outcomes) != 1 {
		s.t.Fatalf("%+v", out)
	}
	if f := out.Outcomes[0].Fate; f == protocol.FateAccepted || f == protocol.FateContested {
		l.last = &e
	}
	return out.Outcomes[0]
}

func (s *target) upload(l *laptop, content []byte) store.Digest {
	s.t.Helper()
	d := store.DigestOf(content)
	place := s.begin(l, d, len(content))
	w := s.call(http.MethodPatch, place, l.token, content, "Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", "0")
	if w.Code != http.StatusNoContent {
		s.t.Fatalf("uploading: %d %s", w.Code, w.Body)
	}
	return d
}

func (s *target) begin(l *laptop, d store.Digest, size int) string {
	s.t.Helper()
	w := s.call(http.MethodPost, protocol.PathUploads, l.token, nil, "Tus-Resumable", "1.0.0", "Upload-Length", strconv.Itoa(size),
		"Upload-Metadata", protocol.MetaDigest+" "+base64.StdEncoding.EncodeToString([]byte(d.String())))
	if w.Code != http.StatusCreated {
		s.t.Fatalf("beginning an upload: %d %s", w.Code, w.Body)
	}
	at := w.Header().Get("Location")
	return at[strings.Index(at, protocol.PathUploads):]
}

// share makes a link of the member's, to be read.
func (s *target) share() string {
	s.t.Helper()
	token := sha256.Sum256([]byte(strings.Repeat("jeton", 8)))
	return answerTo[protocol.MadeLink](s, s.call(http.MethodPost, protocol.PathLinks, s.member.token, protocol.NewLink{
		Kind: protocol.LinkSend, Expires: s.now.Add(24 * time.Hour), Recipient: "age1essai",
		Members: []protocol.LinkMember{{ID: "invité", Token: hex.EncodeToString(token[:]), Role: protocol.LinkReads}},
	})).ID
}

// door is one way in. open: anybody may knock, and is judged by what is said. page: anybody is
// answered, with what is the same for all.
type door struct {
	constant, method, path string
	body                   any
	open, page             bool
}

func (s *target) doors() []door {
	upload := s.begin(s.member, store.DigestOf([]byte("x")), 1)
	return []door{
		{"PathEnrol", http.MethodPost, protocol.PathEnrol, protocol.Enrol{}, true, false},
		{"PathChallenge", http.MethodPost, protocol.PathChallenge, protocol.ChallengeRequest{}, true, false},
		{"PathSession", http.MethodPost, protocol.PathSession, protocol.SessionRequest{}, true, false},
		{"PathPush", http.MethodPost, protocol.PathPush, protocol.Push{}, false, false},
		{"PathPull", http.MethodGet, protocol.PathPull, nil, false, false},
		{"PathKeys", http.MethodPost, protocol.PathKeys, protocol.Keys{}, false, false},
		{"PathWatch", http.MethodGet, protocol.PathWatch, nil, false, false},
		{"PathMissing", http.MethodPost, protocol.PathMissing, protocol.Digests{}, false, false},
		{"PathBlobs", http.MethodGet, protocol.PathBlobs + s.document.String(), nil, false, false},
		{"PathBlobs", http.MethodHead, protocol.PathBlobs + s.document.String(), nil, false, false},
		{"PathUploads", http.MethodPost, protocol.PathUploads, nil, false, false},
		{"PathUploads", http.MethodHead, upload, nil, false, false},
		{"PathUploads", http.MethodPatch, upload, []byte("x"), false, false},
		{"PathUploads", http.MethodDelete, upload, nil, false, false},
		{"PathTogether", http.MethodPost, protocol.PathTogether, together([]byte("un"), []byte("deux")), false, false},
		{"PathConsistency", http.MethodGet, protocol.PathConsistency + "?from=1&to=1", nil, false, false},
		{"PathInclusion", http.MethodGet, protocol.PathInclusion + "?seq=1&size=1", nil, false, false},
		{"PathTrust", http.MethodGet, protocol.PathTrust, nil, false, false},
		{"PathParcels", http.MethodGet, protocol.PathParcels + "formulas", nil, false, false},
		{"PathReturn", http.MethodPost, protocol.PathReturn, protocol.Return{}, false, false},
		{"PathPresence", http.MethodPost, protocol.PathPresence, protocol.Presence{Stream: "agenda/1"}, false, false},
		{"PathAhead", http.MethodPost, protocol.PathAhead, protocol.AheadRequest{First: []string{"folder/"}}, false, false},
		{"PathLinks", http.MethodPost, protocol.PathLinks, protocol.NewLink{}, false, false},
		{"PathLinks", http.MethodGet, protocol.PathLinks, nil, false, false},
		{"PathLinks", http.MethodGet, protocol.PathLinks + s.link, nil, false, false},
		{"PathLinks", http.MethodPost, protocol.PathLinks + s.link + "/missing", protocol.Digests{Digests: []store.Digest{s.piece}}, false, false},
		{"PathLinks", http.MethodPut, protocol.PathLinks + s.link + "/pieces/" + s.piece.String(), []byte("un morceau"), false, false},
		{"PathLinks", http.MethodGet, protocol.PathLinks + s.link + "/pieces/" + s.piece.String(), nil, false, false},
		{"PathLinks", http.MethodPost, protocol.PathLinks + s.link + "/files", protocol.LinkFile{}, false, false},
		{"PathLinks", http.MethodPost, protocol.PathLinks + s.link + "/members", protocol.LinkMember{}, false, false},
		{"PathLinks", http.MethodDelete, protocol.PathLinks + s.link + "/members/personne", nil, false, false},
		{"PathLinks", http.MethodPost, protocol.PathLinks + s.closed + "/close", nil, false, false},
		{"PathPublic", http.MethodGet, protocol.PathPublic + s.link, nil, true, true},
		{"PathPublic", http.MethodGet, protocol.PathPublic + "page/age.js", nil, true, true},
		{"PathPublic", http.MethodGet, protocol.PathPublic + s.link + "/info", nil, true, false},
		{"PathPublic", http.MethodPost, protocol.PathPublic + s.link + "/begin/" + s.file, nil, true, false},
		{"PathPublic", http.MethodPost, protocol.PathPublic + s.link + "/end/00", nil, true, false},
		{"PathPublic", http.MethodPost, protocol.PathPublic + s.link + "/files", protocol.LinkFile{}, true, false},
		{"PathPublic", http.MethodPut, protocol.PathPublic + s.link + "/pieces/" + s.piece.String(), []byte("un morceau"), true, false},
		{"PathPublic", http.MethodGet, protocol.PathPublic + s.link + "/pieces/" + s.piece.String(), nil, true, false},
		{"", http.MethodGet, "/healthz", nil, true, true},
		{"", http.MethodGet, "/readyz", nil, true, true},
	}
}

// together is a message of several documents.
func together(contents ...[]byte) (message []byte) {
	for _, c := range contents {
		message = append(append(message, protocol.HeadOf(store.DigestOf(c), int64(len(c)))...), c...)
	}
	return message
}

// Every door is closed to whoever has no session of a device that may speak.
func TestDoorsAreClosed(t *testing.T) {
	s := newTarget(t)
	elsewhere := newTarget(t)
	ended := s.member.token
	for role, c := range map[string]struct {
		token string
		later time.Duration
		want  int
	}{
		"nobody":                    {"", 0, http.StatusUnauthorized},
		"a word made up":            {"AAAA", 0, http.StatusUnauthorized},
		"not even in its form":      {"é\x01", 0, http.StatusUnauthorized},
		"a token of another server": {elsewhere.member.token, 0, http.StatusUnauthorized},
		"a token that was cut":      {s.member.token[:len(s.member.token)-2], 0, http.StatusUnauthorized},
		"a revoked laptop":          {s.gone.token, 0, http.StatusForbidden},
		"a session that has ended":  {ended, 2 * time.Hour, http.StatusUnauthorized},
	} {
		before := s.now
		doors := s.doors()
		s.now = s.now.Add(c.later)
		for _, d := range doors {
			w := s.call(d.method, d.path, c.token, d.body)
			switch {
			case d.page:
				// The same for all, whoever asks.
			case d.open && w.Code >= 200 && w.Code < 300 && d.constant != "PathChallenge":
				t.Errorf("%s: %s %s let in with %d", role, d.method, d.constant, w.Code)
			case !d.open && w.Code != c.want:
				t.Errorf("%s: %s %s says %d, not %d", role, d.method, d.constant, w.Code, c.want)
			}
		}
		s.now = before
	}
}

// A method that a door does not know is no way in, whatever one is.
func TestOtherMethods(t *testing.T) {
	s := newTarget(t)
	doors := s.doors()
	for _, d := range doors {
		for _, method := range []string{http.MethodPut, "TRACE", "CONNECT", "PROPFIND"} {
			if slices.ContainsFunc(doors, func(o door) bool { return o.method == method && o.path == d.path }) {
				continue
			}
			if w := s.call(method, d.path, s.member.token, nil); w.Code < 400 {
				t.Errorf("%s %s: %d", method, d.constant, w.Code)
			}
		}
	}
}

// The things of an authority are those of nobody else, by whatever name they are asked for.
func TestOtherAuthorities(t *testing.T) {
	s := newTarget(t)
	upload := s.begin(s.member, store.DigestOf([]byte("en cours")), 8)
	closed := func(what string, w *httptest.ResponseRecorder, want ...int) {
		t.Helper()
		for _, code := range want {
			if w.Code == code {
				return
			}
		}
		t.Errorf("%s: %d %s", what, w.Code, w.Body)
	}
	for _, d := range s.doors() {
		if d.constant == "PathLinks" && d.path != protocol.PathLinks {
			closed(d.method+" their link "+d.path, s.call(d.method, d.path, s.other.token, d.body), http.StatusNotFound)
		}
	}
	if links := answerTo[protocol.Links](s, s.call(http.MethodGet, protocol.PathLinks, s.other.token, nil)); len(links.Links) != 0 {
		t.Error("their links are told")
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		closed(method+" their document", s.call(method, protocol.PathBlobs+s.document.String(), s.other.token, nil), http.StatusNotFound)
	}
	closed("their upload's length", s.call(http.MethodHead, upload, s.other.token, nil, "Tus-Resumable", "1.0.0"), http.StatusNotFound)
	closed("going on with their upload", s.call(http.MethodPatch, upload, s.other.token, []byte("autre ch"), "Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", "0"), http.StatusNotFound)
	closed("ending their upload", s.call(http.MethodDelete, upload, s.other.token, nil, "Tus-Resumable", "1.0.0"), http.StatusNotFound)
	missing := answerTo[protocol.Digests](s, s.call(http.MethodPost, protocol.PathMissing, s.other.token, protocol.Digests{Digests: []store.Digest{s.document}}))
	if len(missing.Digests) != 1 {
		t.Error("one authority is told what documents another has")
	}
	pulled := answerTo[protocol.Pulled](s, s.call(http.MethodGet, protocol.PathPull, s.other.token, nil))
	for _, e := range pulled.Entries {
		if e.Authority != theirs {
			t.Errorf("an entry of %s is given to %s", e.Authority, theirs)
		}
	}
	for _, d := range pulled.Devices {
		if d.ID == s.member.Device {
			t.Error("a laptop of another authority is named")
		}
	}
	given := answerTo[protocol.Ahead](s, s.call(http.MethodPost, protocol.PathAhead, s.other.token, protocol.AheadRequest{First: []string{"folder/"}}))
	for _, e := range given.Entries {
		if e.Authority != theirs {
			t.Errorf("an entry of %s is given to %s ahead", e.Authority, theirs)
		}
	}
	if len(given.Entries) != 1 || len(given.Devices) != 1 {
		t.Errorf("%d entries of one, %d devices", len(given.Entries), len(given.Devices))
	}
	// What one sends of several documents is one's own alone.
	both := []store.Digest{store.DigestOf([]byte("à nous")), store.DigestOf([]byte("à nous aussi"))}
	if w := s.call(http.MethodPost, protocol.PathTogether, s.other.token, together([]byte("à nous"), []byte("à nous aussi"))); w.Code != http.StatusOK {
		t.Errorf("sending two documents: %d %s", w.Code, w.Body)
	}
	for l, want := range map[*laptop]int{s.other: 0, s.member: 2} {
		if got := answerTo[protocol.Digests](s, s.call(http.MethodPost, protocol.PathMissing, l.token, protocol.Digests{Digests: both})); len(got.Digests) != want {
			t.Errorf("%d of two documents are lacking, not %d", len(got.Digests), want)
		}
	}
	// An act that says to be of the other authority, by one's own laptop and by its key.
	foreign := s.entry(s.other, "folder/9")
	foreign.Authority = ours
	if out := s.push(s.other, sign(foreign, s.other.key)); out.Fate != protocol.FateRefused {
		t.Errorf("a foreign act: %+v", out)
	}
	// The head of one's log, given back to another's.
	mine := answerTo[protocol.Pulled](s, s.call(http.MethodGet, protocol.PathPull, s.member.token, nil))
	closed("a head of another authority", s.call(http.MethodPost, protocol.PathReturn, s.other.token,
		protocol.Return{Head: mine.Head, Devices: mine.Devices, Entries: mine.Entries}), http.StatusForbidden)
	if p := answerTo[protocol.Pulled](s, s.call(http.MethodGet, protocol.PathPull, s.member.token, nil)); p.Last != 1 {
		t.Errorf("the other authority wrote: %d places", p.Last)
	}
}

// What was heard on the way serves nobody again, and a token that was taken ends with its laptop.
func TestReplay(t *testing.T) {
	s := newTarget(t)
	said := s.challenge(s.member)
	if w := s.call(http.MethodPost, protocol.PathSession, "", said); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	if w := s.call(http.MethodPost, protocol.PathSession, "", said); w.Code != http.StatusUnauthorized {
		t.Errorf("a session that was replayed: %d", w.Code)
	}
	old := s.challenge(s.member)
	s.now = s.now.Add(2 * time.Minute)
	if w := s.call(http.MethodPost, protocol.PathSession, "", old); w.Code != http.StatusUnauthorized {
		t.Errorf("an old nonce: %d", w.Code)
	}
	// Signed by another key, for another device, for another server.
	q := s.challenge(s.member)
	q.Signature = ed25519.Sign(s.other.key, protocol.SessionMessage("alpi-essai", q.Nonce))
	if w := s.call(http.MethodPost, protocol.PathSession, "", q); w.Code != http.StatusUnauthorized {
		t.Errorf("another's signature: %d", w.Code)
	}
	q = s.challenge(s.member)
	q.Signature = ed25519.Sign(s.member.key, protocol.SessionMessage("autre", q.Nonce))
	if w := s.call(http.MethodPost, protocol.PathSession, "", q); w.Code != http.StatusUnauthorized {
		t.Errorf("a signature for another server: %d", w.Code)
	}
	// The same act again is the same act.
	e := s.entry(s.member, "folder/7")
	if out := s.push(s.member, e); out.Fate != protocol.FateAccepted {
		t.Fatalf("%+v", out)
	}
	if out := s.push(s.member, e); out.Fate != protocol.FateKnown {
		t.Errorf("an act said twice: %+v", out)
	}
	// A stolen token works no longer than its laptop may speak.
	s.must(s.Revoke(context.Background(), ours, s.member.Device))
	if w := s.call(http.MethodGet, protocol.PathPull, s.member.token, nil); w.Code != http.StatusForbidden {
		t.Errorf("a stolen token after revocation: %d", w.Code)
	}
}

func TestForgedActs(t *testing.T) {
	s := newTarget(t)
	good := s.entry(s.member, "folder/5")
	for name, forge := range map[string]func(journal.Entry) journal.Entry{
		"another author after signing": func(e journal.Entry) journal.Entry { e.Actor = "maire"; return e },
		"other contents after signing": func(e journal.Entry) journal.Entry { e.Data = []byte(`{"x":1}`); return e },
		"signed by another laptop":     func(e journal.Entry) journal.Entry { return sign(e, s.other.key) },
		"in another laptop's name":     func(e journal.Entry) journal.Entry { e.Device = s.gone.Device; return sign(e, s.member.key) },
		"no signature":                 func(e journal.Entry) journal.Entry { e.Sig = nil; return e },
		"out of its chain":             func(e journal.Entry) journal.Entry { e.DeviceSeq += 5; return sign(e, s.member.key) },
		"on another chain":             func(e journal.Entry) journal.Entry { e.Prev[0] ^= 1; return sign(e, s.member.key) },
		"an older number of its chain": func(e journal.Entry) journal.Entry {
			e.DeviceSeq, e.Prev = 1, journal.Hash{}
			return sign(e, s.member.key)
		},
		"a document that nobody has": func(e journal.Entry) journal.Entry { e.Blobs = []store.Digest{{1}}; return sign(e, s.member.key) },
		"another authority's document": func(e journal.Entry) journal.Entry {
			e.Blobs = []store.Digest{s.theirsWrote}
			return sign(e, s.member.key)
		},
		"a version below one":            func(e journal.Entry) journal.Entry { e.Version = -1; return sign(e, s.member.key) },
		"a name with a line's end in it": func(e journal.Entry) journal.Entry { e.Stream = "folder/5\nx"; return sign(e, s.member.key) },
		"a name without end":             func(e journal.Entry) journal.Entry { e.Kind = strings.Repeat("k", 5000); return sign(e, s.member.key) },
		"too many documents": func(e journal.Entry) journal.Entry {
			e.Blobs = make([]store.Digest, journal.MaxBlobs+1)
			return sign(e, s.member.key)
		},
		"the id of another act": func(e journal.Entry) journal.Entry { e.ID = s.member.last.ID; return sign(e, s.member.key) },
	} {
		t.Run(name, func(t *testing.T) {
			e := forge(good)
			out := answerTo[protocol.Pushed](s, s.call(http.MethodPost, protocol.PathPush, s.member.token, protocol.Push{Entries: []journal.Entry{e}}))
			if len(out.Outcomes) != 1 || out.Outcomes[0].Fate != protocol.FateRefused {
				t.Errorf("%+v", out)
			}
		})
	}
	if out := s.push(s.member, good); out.Fate != protocol.FateAccepted {
		t.Errorf("the true one, after all: %+v", out)
	}
	// A version that is not the next one is kept aside: the author sees both.
	ahead := s.entry(s.member, "folder/5")
	ahead.Version = 40
	if out := s.push(s.member, sign(ahead, s.member.key)); out.Fate != protocol.FateContested {
		t.Errorf("a version out of order: %+v", out)
	}
}

// Paths that climb lead nowhere, and nothing is written beside the server's folders.
func TestPathsThatClimb(t *testing.T) {
	s := newTarget(t)
	for _, path := range []string{
		protocol.PathBlobs + "../../server.json", protocol.PathBlobs + "..%2f..%2fserver.json", protocol.PathBlobs + "%2e%2e/%2e%2e/server.json",
		protocol.PathBlobs + strings.Repeat("a", 63) + "/", protocol.PathBlobs + "....//server.json", protocol.PathBlobs + "%00",
		protocol.PathUploads + ours + "-..%2f..%2fserver.json", protocol.PathUploads + ours + "-/../../server.json", protocol.PathUploads + "../server.json",
		protocol.PathUploads + ours + "-x.info", protocol.PathParcels + "..%2f..%2fserver.json", "/server.json", "/../server.json", "//", "/v1/../v1/pull/../../server.json",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodDelete} {
			w := s.call(method, path, s.member.token, nil, "Tus-Resumable", "1.0.0")
			if w.Code >= 200 && w.Code < 300 || w.Code >= 500 || strings.Contains(w.Body.String(), "logKey") {
				t.Errorf("%s %s: %d %.100s", method, path, w.Code, w.Body)
			}
		}
	}
	for _, digest := range []string{"../../x", strings.Repeat("../", 30), "é", ""} {
		w := s.call(http.MethodPost, protocol.PathUploads, s.member.token, nil, "Tus-Resumable", "1.0.0", "Upload-Length", "1",
			"Upload-Metadata", protocol.MetaDigest+" "+base64.StdEncoding.EncodeToString([]byte(digest)))
		if w.Code < 400 {
			t.Errorf("an upload named %q: %d", digest, w.Code)
		}
	}
	entries, err := os.ReadDir(s.dir)
	s.must(err)
	if len(entries) != 1 {
		t.Errorf("written beside the server: %v", entries)
	}
	s.must(filepath.WalkDir(filepath.Join(s.dir, "server"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.Contains(e.Name(), "..") {
			t.Errorf("written: %s", path)
		}
		return err
	}))
}

// A document that is not what its name says is thrown away.
func TestADocumentUnderAnothersName(t *testing.T) {
	s := newTarget(t)
	d := store.DigestOf([]byte("le vrai"))
	place := s.begin(s.member, d, 7)
	w := s.call(http.MethodPatch, place, s.member.token, []byte("le faux"), "Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", "0")
	if w.Code < 400 {
		t.Errorf("a false document: %d", w.Code)
	}
	if w := s.call(http.MethodGet, protocol.PathBlobs+d.String(), s.member.token, nil); w.Code != http.StatusNotFound {
		t.Errorf("it is given: %d", w.Code)
	}
}

// Of several documents, the one that is not what its name says is thrown away, and told; the others are kept.
func TestOneOfSeveralUnderAnothersName(t *testing.T) {
	s := newTarget(t)
	good, false_ := store.DigestOf([]byte("le bon")), store.DigestOf([]byte("le vrai"))
	message := append(together([]byte("le bon")), append(protocol.HeadOf(false_, 7), "le faux"...)...)
	answer := answerTo[protocol.Together](s, s.call(http.MethodPost, protocol.PathTogether, s.member.token, message))
	if len(answer.Wrong) != 1 || answer.Wrong[0] != false_ {
		t.Errorf("%+v", answer)
	}
	for d, want := range map[store.Digest]int{good: http.StatusOK, false_: http.StatusNotFound} {
		if w := s.call(http.MethodGet, protocol.PathBlobs+d.String(), s.member.token, nil); w.Code != want {
			t.Errorf("%s: %d, not %d", d, w.Code, want)
		}
	}
	for name, body := range map[string]any{
		"a length that is not told": struct{ io.Reader }{bytes.NewReader(together([]byte("un")))}, "too long": make([]byte, protocol.MaxTogether+1),
		"cut": together([]byte("un"), []byte("deux"))[:60], "a length that nothing has": protocol.HeadOf(good, 1<<62),
	} {
		if w := s.call(http.MethodPost, protocol.PathTogether, s.member.token, body); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// Bodies that burst: what is small on the line and huge within, what never ends, what digs.
func TestBodiesThatBurst(t *testing.T) {
	s := newTarget(t)
	bomb := func(n int64) []byte {
		var packed bytes.Buffer
		z, err := zstd.NewWriter(&packed)
		s.must(err)
		_, err = io.CopyN(z, zeros{}, n)
		s.must(err)
		s.must(z.Close())
		return packed.Bytes()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, c := range map[string]struct {
		body   io.Reader
		header []string
	}{
		"a gigabyte of nothing in zstd": {bytes.NewReader(bomb(1 << 30)), []string{"Content-Encoding", "zstd"}},
		"ten gigabytes":                 {io.LimitReader(zeros{}, 10<<30), nil},
		"an encoding that nobody knows": {strings.NewReader("x"), []string{"Content-Encoding", "br"}},
		"half of a frame":               {bytes.NewReader(bomb(1 << 20)[:20]), []string{"Content-Encoding", "zstd"}},
		"a deep nest":                   {strings.NewReader(`{"entries":` + strings.Repeat("[", 100_000)), nil},
		"a long string":                 {io.MultiReader(strings.NewReader(`{"entries":"`), io.LimitReader(letters{}, 1<<30)), nil},
		"two messages":                  {strings.NewReader(`{"entries":[]}{"entries":[]}`), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if w := s.call(http.MethodPost, protocol.PathPush, s.member.token, c.body, c.header...); w.Code < 400 || w.Code >= 500 {
				t.Errorf("%d %.200s", w.Code, w.Body)
			}
		})
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 256<<20 {
		t.Errorf("the memory grew by %d bytes", grown)
	}
	w := s.call(http.MethodPost, protocol.PathUploads, s.member.token, nil, "Tus-Resumable", "1.0.0", "Upload-Length", fmt.Sprint(int64(protocol.MaxBlob)+1),
		"Upload-Metadata", protocol.MetaDigest+" "+base64.StdEncoding.EncodeToString([]byte(s.document.String())))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("an upload of more than a document may be: %d", w.Code)
	}
	many := protocol.Digests{Digests: make([]store.Digest, protocol.MaxDigests+1)}
	if w := s.call(http.MethodPost, protocol.PathMissing, s.member.token, many); w.Code != http.StatusBadRequest {
		t.Errorf("too many digests: %d", w.Code)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

type letters struct{}

func (letters) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

// A rush of wrong codes is slowed down, and the right one is not guessed meanwhile.
func TestCodesAreNotGuessed(t *testing.T) {
	s := newTarget(t)
	slowed := false
	for range 50 {
		w := s.call(http.MethodPost, protocol.PathEnrol, "", protocol.Enrol{Code: "AAAA-BBBB-CCCC-DDDD", Name: "x", Signature: make([]byte, 32), Exchange: make([]byte, 32)})
		switch w.Code {
		case http.StatusTooManyRequests:
			slowed = true
		case http.StatusForbidden:
		default:
			t.Fatalf("%d", w.Code)
		}
	}
	if !slowed {
		t.Error("fifty codes were tried at leisure")
	}
}

// Lines that never say what they want are dropped, and others are served meanwhile.
func TestSlowLines(t *testing.T) {
	t.Parallel() // it waits more than it works
	s := newTarget(t)
	ctx, stop := context.WithCancel(context.Background())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	defer func() { stop(); <-ended }()
	var slow []net.Conn
	for range 50 {
		c, err := net.Dial("tcp", listener.Addr().String())
		s.must(err)
		defer c.Close()
		if _, err := c.Write([]byte{0x16}); err != nil { // the first byte of a handshake, and no more
			t.Fatal(err)
		}
		slow = append(slow, c)
	}
	roots, err := s.Roots()
	s.must(err)
	transport := &http.Transport{}
	transport.TLSClientConfig = tlsTo(roots)
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: 20 * time.Second}).Get("https://" + listener.Addr().String() + "/healthz")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("who speaks is not served: %v", err)
	}
	resp.Body.Close()
	for _, c := range slow {
		s.must(c.SetReadDeadline(time.Now().Add(40 * time.Second)))
		if _, err := bufio.NewReader(c).ReadByte(); err == nil {
			t.Error("a line that says nothing is answered")
		} else if e, ok := err.(net.Error); ok && e.Timeout() {
			t.Fatal("a line that says nothing is kept for ever")
		}
	}
}

// FuzzWire says anything at any door: never a fault of the server's own, never a panic.
func FuzzWire(f *testing.F) {
	s := newTarget(f)
	doors := s.doors()
	for i := range doors {
		f.Add(byte(i), []byte(`{"entries":[{"id":"x","blobs":["00"]}],"head":{"size":9},"digests":["zz"]}`), "zstd")
		f.Add(byte(i), []byte(`{}`), "")
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte, encoding string) {
		s.t = t
		d := doors[int(which)%len(doors)]
		if d.constant == "PathWatch" {
			return // it answers for as long as one listens
		}
		header := []string{"Content-Encoding", encoding, "Tus-Resumable", "1.0.0", "Upload-Length", string(body), "Upload-Metadata", string(body), "Upload-Offset", encoding, "Range", encoding}
		for i := range header {
			header[i] = strings.Map(func(r rune) rune {
				if r < ' ' || r > '~' {
					return -1
				}
				return r
			}, header[i])
		}
		if w := s.call(d.method, d.path, s.member.token, body, header...); w.Code >= 500 {
			t.Errorf("%s %s: %d %s", d.method, d.constant, w.Code, w.Body)
		}
	})
}
