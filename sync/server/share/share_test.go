package share_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server/share"
	"alpi40.fr/airial/sync/transfer"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// scene is a server of links on loopback, as an authority and browsers reach it.
type scene struct {
	t   testing.TB
	url string
	now time.Time
	as  string // authority
}

func open(t testing.TB) *scene { return openOf(t, 0) }

// openOf is open with links of at most that many bytes.
func openOf(t testing.TB, most int64) *scene {
	t.Helper()
	folder, err := share.NewFolder(t.TempDir(), nil)
	ok(t, err)
	s := &scene{t: t, now: time.Now(), as: "111111111"}
	links := share.New(share.Options{Storage: folder, Now: func() time.Time { return s.now }, Rand: rand.Reader, Most: most})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, protocol.PathLinks) {
			links.ServeMember(w, r, r.Header.Get("Test-Authority"))
			return
		}
		links.ServePublic(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// do makes one request; into may be nil.
func (s *scene) do(method, path string, body []byte, header map[string]string, into any) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, s.url+path, bytes.NewReader(body))
	ok(s.t, err)
	r.Header.Set("Test-Authority", s.as)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(r)
	ok(s.t, err)
	defer resp.Body.Close()
	if into != nil && resp.StatusCode < 300 {
		ok(s.t, json.NewDecoder(resp.Body).Decode(into))
	}
	return resp.StatusCode
}

func (s *scene) own(method, path string, message, into any) int {
	s.t.Helper()
	text, err := json.Marshal(message)
	ok(s.t, err)
	return s.do(method, protocol.PathLinks+path, text, nil, into)
}

var errStatus = errors.New("refused")

// The scene is a door for transfer.
func (s *scene) PutPiece(_ context.Context, id string, d store.Digest, piece []byte) error {
	if code := s.do(http.MethodPut, protocol.PathLinks+id+"/pieces/"+d.String(), piece, nil, nil); code != http.StatusNoContent {
		return errStatus
	}
	return nil
}

func (s *scene) AddFile(_ context.Context, id string, f protocol.LinkFile) error {
	if code := s.own(http.MethodPost, id+"/files", f, nil); code != http.StatusOK {
		return errStatus
	}
	return nil
}

func (s *scene) Piece(_ context.Context, id string, d store.Digest) ([]byte, error) {
	resp, err := http.DefaultClient.Do(s.request(http.MethodGet, protocol.PathLinks+id+"/pieces/"+d.String()))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

func (s *scene) request(method, path string) *http.Request {
	r, err := http.NewRequestWithContext(context.Background(), method, s.url+path, nil)
	ok(s.t, err)
	r.Header.Set("Test-Authority", s.as)
	return r
}

// shared is a link and what its member has.
type shared struct {
	id       string
	key      transfer.Key
	identity *age.X25519Identity
	token    string
}

func (s *scene) link(kind protocol.LinkKind, role protocol.LinkRole, most int) shared {
	s.t.Helper()
	l := shared{}
	var err error
	l.key, err = transfer.NewKey(rand.Reader)
	ok(s.t, err)
	l.identity, err = age.GenerateX25519Identity()
	ok(s.t, err)
	m, err := l.key.Member("invité", role, l.identity, protocol.LinkWords{From: "Mairie de Saint-Airial-des-Pins", Title: "Plans de la salle des fêtes", Words: "Bonjour, voici les plans."}, time.Time{})
	ok(s.t, err)
	var made protocol.MadeLink
	n := protocol.NewLink{Kind: kind, Expires: s.now.Add(24 * time.Hour), Max: most, Recipient: l.identity.Recipient().String(), Members: []protocol.LinkMember{m}}
	if code := s.own(http.MethodPost, "", n, &made); code != http.StatusOK {
		s.t.Fatal(code)
	}
	l.id = made.ID
	l.token, err = l.key.Token()
	ok(s.t, err)
	return l
}

func (s *scene) send(l shared, name string, content []byte) {
	s.t.Helper()
	f := transfer.File{Name: name, Size: int64(len(content)), Modified: s.now, Content: bytes.NewReader(content)}
	ok(s.t, transfer.Send(s.t.Context(), s, l.id, l.identity.Recipient().String(), f, transfer.State{}, func(transfer.State) error { return nil }, func(int64) {}))
}

func (s *scene) seen(id string) (l protocol.Link) {
	s.t.Helper()
	if code := s.own(http.MethodGet, id, nil, &l); code != http.StatusOK {
		s.t.Fatal(code)
	}
	return l
}

// guest asks as a browser with a token does.
func (s *scene) guest(l shared, method, path string, into any) int {
	s.t.Helper()
	return s.do(method, protocol.PathPublic+l.id+path, nil, map[string]string{"Authorization": "Bearer " + l.token}, into)
}

// refusal gives why a browser is not told what a link is.
func (s *scene) refusal(l shared, told *protocol.Failure) int {
	s.t.Helper()
	r := s.request(http.MethodGet, protocol.PathPublic+l.id+"/info")
	r.Header.Set("Authorization", "Bearer "+l.token)
	resp, err := http.DefaultClient.Do(r)
	ok(s.t, err)
	defer resp.Body.Close()
	ok(s.t, json.NewDecoder(resp.Body).Decode(told))
	return resp.StatusCode
}

// A file is sent in pieces, taken up where it was cut, and fetched whole; its downloads are counted
// and noted.
func TestSending(t *testing.T) {
	s := open(t)
	l := s.link(protocol.LinkSend, protocol.LinkReads, 2)
	content := make([]byte, 20<<20+17)
	_, _ = rand.Read(content)
	f := transfer.File{Name: "plans.zip", Size: int64(len(content)), Modified: s.now, Content: bytes.NewReader(content)}
	recipient := l.identity.Recipient().String()
	cut := errors.New("the line dropped")
	var state transfer.State
	err := transfer.Send(t.Context(), s, l.id, recipient, f, state, func(now transfer.State) error {
		if state = now; len(now.Pieces) == 2 {
			return cut
		}
		return nil
	}, func(int64) {})
	if !errors.Is(err, cut) || len(s.seen(l.id).Files) != 0 {
		t.Fatal(err)
	}
	sent := 0
	ok(t, transfer.Send(t.Context(), s, l.id, recipient, f, state, func(transfer.State) error { sent++; return nil }, func(int64) {}))
	if sent != 1 {
		t.Fatal("pieces were sent again:", sent)
	}
	var info protocol.PublicLink
	if code := s.guest(l, http.MethodGet, "/info", &info); code != http.StatusOK || info.Left != 2 || len(info.Files) != 1 {
		t.Fatal(code, info)
	}
	m, err := transfer.Manifest(info.Files[0], l.identity)
	ok(t, err)
	got, err := io.ReadAll(transfer.Fetch(t.Context(), s, l.id, m, l.identity))
	if err != nil || !bytes.Equal(got, content) || m.Name != "plans.zip" {
		t.Fatal(len(got), err)
	}
	if code := s.guest(l, http.MethodGet, "/pieces/"+m.Pieces[0].String(), nil); code != http.StatusForbidden {
		t.Fatal("a piece without a ticket:", code)
	}
	var ticket protocol.LinkTicket
	if code := s.guest(l, http.MethodPost, "/begin/"+info.Files[0].ID, &ticket); code != http.StatusOK {
		t.Fatal(code)
	}
	header := map[string]string{"Authorization": "Bearer " + l.token, "Airial-Ticket": ticket.Ticket}
	for range 2 { // a line that drops costs no download
		if code := s.do(http.MethodGet, protocol.PathPublic+l.id+"/pieces/"+m.Pieces[0].String(), nil, header, nil); code != http.StatusOK {
			t.Fatal(code)
		}
	}
	s.guest(l, http.MethodPost, "/end/"+ticket.Ticket, nil)
	s.guest(l, http.MethodPost, "/end/"+ticket.Ticket, nil)
	s.guest(l, http.MethodPost, "/begin/"+info.Files[0].ID, nil)
	if code := s.guest(l, http.MethodPost, "/begin/"+info.Files[0].ID, nil); code != http.StatusGone {
		t.Fatal("a third download:", code)
	}
	var told []string
	for _, e := range s.seen(l.id).Log {
		told = append(told, e.What)
	}
	if strings.Join(told, " ") != "made added opened begun ended begun" {
		t.Fatal(told)
	}
	s.now = s.now.Add(25 * time.Hour)
	if code := s.guest(l, http.MethodGet, "/info", nil); code != http.StatusGone {
		t.Fatal("past its end:", code)
	}
}

// What a server or somebody on the way changes is noticed.
func TestAlteredFile(t *testing.T) {
	s := open(t)
	l := s.link(protocol.LinkSend, protocol.LinkReads, 0)
	s.send(l, "a", bytes.Repeat([]byte("a"), 9<<20))
	s.send(l, "b", []byte("b"))
	files := s.seen(l.id).Files
	m, err := transfer.Manifest(files[0], l.identity)
	ok(t, err)
	other, err := transfer.Manifest(files[1], l.identity)
	ok(t, err)
	short := m
	short.Pieces = m.Pieces[:1]
	longer := other
	longer.Pieces = append(append([]store.Digest{}, other.Pieces...), other.Pieces...)
	for name, m := range map[string]protocol.LinkManifest{"cut short": short, "longer": longer} {
		if _, err := io.ReadAll(transfer.Fetch(t.Context(), s, l.id, m, l.identity)); !errors.Is(err, transfer.ErrAltered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	forged := files[0]
	forged.Manifest = append([]byte{}, forged.Manifest...)
	forged.Manifest[len(forged.Manifest)-1] ^= 1
	if _, err := transfer.Manifest(forged, l.identity); !errors.Is(err, transfer.ErrAltered) {
		t.Error(err)
	}
}

// A link that is guessed, and a wrong token, get the same answer; who goes on guessing waits.
func TestGuessing(t *testing.T) {
	s := open(t)
	l := s.link(protocol.LinkSend, protocol.LinkReads, 0)
	wrong, unknown, hostile := l, l, l
	wrong.token = strings.Repeat("0", 64)
	unknown.id = strings.Repeat("0", 32)
	hostile.id = "..%2f..%2fserver.json"
	for name, g := range map[string]shared{"a wrong token": wrong, "an unknown link": unknown, "a path": hostile} {
		if code := s.guest(g, http.MethodGet, "/info", nil); code != http.StatusNotFound {
			t.Errorf("%s: %d", name, code)
		}
	}
	for range 20 {
		s.guest(wrong, http.MethodGet, "/info", nil)
	}
	var told protocol.Failure
	if code := s.refusal(l, &told); code != http.StatusTooManyRequests || !strings.Contains(told.Text, "dix minutes") {
		t.Error("guessing goes on, or is told to wait for another time:", code, told.Text)
	}
	s.now = s.now.Add(11 * time.Minute)
	if code := s.guest(l, http.MethodGet, "/info", nil); code != http.StatusOK {
		t.Error(code)
	}
}

// An authority sees and touches its own links alone.
func TestAnotherAuthority(t *testing.T) {
	s := open(t)
	l := s.link(protocol.LinkSend, protocol.LinkReads, 0)
	s.send(l, "a", []byte("a"))
	d := s.seen(l.id).Files[0].Pieces[0]
	s.as = "222222222"
	var all protocol.Links
	if s.own(http.MethodGet, "", nil, &all); len(all.Links) != 0 {
		t.Error(all)
	}
	for _, path := range []string{l.id, l.id + "/pieces/" + d.String()} {
		if code := s.own(http.MethodGet, path, nil, nil); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code := s.own(http.MethodPost, l.id+"/close", nil, nil); code != http.StatusNotFound {
		t.Error(code)
	}
}

// A room has members with roles and ends of their own; one that is removed is out.
func TestRoom(t *testing.T) {
	s := open(t)
	reader := s.link(protocol.LinkRoom, protocol.LinkReads, 0)
	writer := reader
	var err error
	writer.key, err = transfer.NewKey(rand.Reader)
	ok(t, err)
	writer.token, err = writer.key.Token()
	ok(t, err)
	m, err := writer.key.Member("architecte", protocol.LinkShares, reader.identity, protocol.LinkWords{}, s.now.Add(time.Hour))
	ok(t, err)
	if code := s.own(http.MethodPost, reader.id+"/members", m, nil); code != http.StatusNoContent {
		t.Fatal(code)
	}
	var info protocol.PublicLink
	if code := s.guest(writer, http.MethodGet, "/info", &info); code != http.StatusOK || !info.Expires.Equal(m.Expires) {
		t.Error("she is told of another end than her own:", code, info.Expires)
	}
	piece := []byte("age-encryption.org/v1 …")
	d := store.DigestOf(piece)
	put := func(l shared, content []byte) int {
		return s.do(http.MethodPut, protocol.PathPublic+l.id+"/pieces/"+d.String(), content, map[string]string{"Authorization": "Bearer " + l.token}, nil)
	}
	if code := put(reader, piece); code != http.StatusForbidden {
		t.Error("a reader adds:", code)
	}
	if code := put(writer, []byte("autre chose")); code != http.StatusBadRequest {
		t.Error("another content:", code)
	}
	if code := put(writer, piece); code != http.StatusNoContent {
		t.Error(code)
	}
	s.now = s.now.Add(2 * time.Hour)
	if code := s.guest(writer, http.MethodGet, "/info", nil); code != http.StatusNotFound {
		t.Error("past the member's end:", code)
	}
	if code := s.own(http.MethodDelete, reader.id+"/members/invité", nil, nil); code != http.StatusNoContent {
		t.Error(code)
	}
	if code := s.guest(reader, http.MethodGet, "/info", nil); code != http.StatusNotFound {
		t.Error("removed:", code)
	}
}

// A file whose answer was lost is told again, by the same hand: it is there once.
func TestAFileIsAddedOnce(t *testing.T) {
	s := open(t)
	l := s.link(protocol.LinkSend, protocol.LinkReads, 0)
	s.send(l, "a", []byte("a"))
	f := s.seen(l.id).Files[0]
	var again protocol.MadeLink
	if code := s.own(http.MethodPost, l.id+"/files", f, &again); code != http.StatusOK || again.ID != f.ID {
		t.Error(code, again.ID)
	}
	empty := protocol.LinkFile{Manifest: []byte("sealed")}
	for range 2 {
		s.own(http.MethodPost, l.id+"/files", empty, nil)
	}
	empty.Manifest = []byte("another")
	s.own(http.MethodPost, l.id+"/files", empty, nil)
	if seen := s.seen(l.id); len(seen.Files) != 3 || len(seen.Log) != 4 {
		t.Error(len(seen.Files), seen.Log)
	}
}

// Who has a link fills no more of the server's disk than a link holds, whole files or not.
func TestFillingTheDisk(t *testing.T) {
	s := openOf(t, 100)
	l := s.link(protocol.LinkDeposit, protocol.LinkAdds, 0)
	put := func(piece []byte) int {
		return s.do(http.MethodPut, protocol.PathPublic+l.id+"/pieces/"+store.DigestOf(piece).String(), piece, map[string]string{"Authorization": "Bearer " + l.token}, nil)
	}
	first := bytes.Repeat([]byte("a"), 60)
	for range 2 { // the same again costs nothing
		if code := put(first); code != http.StatusNoContent {
			t.Fatal(code)
		}
	}
	if code := put(bytes.Repeat([]byte("b"), 60)); code != http.StatusRequestEntityTooLarge {
		t.Fatal(code)
	}
}
