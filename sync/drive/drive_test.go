package drive_test

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/studio-b12/gowebdav"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/drive"
)

// scene is a vault of Anne's, shared with Benoît on the same computer, and its folder.
type scene struct {
	v     *vault.Vault
	d     *drive.Drive
	space string
	now   time.Time
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB) *scene {
	t.Helper()
	s := &scene{now: time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { s.now = s.now.Add(time.Second); return s.now }
	j := journaltest.Open(t, "portable", now, rand.Reader, authority.Projections(), vault.Projections())
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	ok(t, err)
	s.v, err = vault.New(j, vault.Options{Exchange: exchange, Rand: rand.Reader, Devices: func(*store.Tx) ([]vault.Device, error) {
		return []vault.Device{{ID: "portable", Name: "portable", Exchange: exchange.PublicKey().Bytes()}}, nil
	}})
	ok(t, err)
	ctx := t.Context()
	for _, p := range []string{"anne", "benoit"} {
		_, err := j.Commit(ctx, p, func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: "person/" + p, Kind: authority.KindPerson, Data: authority.Person{ID: p, LastName: p}}}, nil
		})
		ok(t, err)
	}
	ok(t, s.v.Hold(ctx, "benoit"))
	s.space, err = s.v.NewSpace(ctx, "anne", "Marchés publics", vault.Member{Person: "benoit", Role: vault.Writer})
	ok(t, err)
	s.d, err = drive.Open(context.Background(), drive.Options{Vault: s.v, Person: "anne", Now: now, Rand: rand.Reader, Name: func(s vault.Space) string { return s.Name }})
	ok(t, err)
	t.Cleanup(func() { ok(t, s.d.Close()) })
	return s
}

func (s *scene) client() *gowebdav.Client {
	return gowebdav.NewClient(s.d.Address(), drive.Login, s.d.Password())
}

func (s *scene) named(t testing.TB, name string) vault.Item {
	t.Helper()
	i, err := s.v.Named(t.Context(), "anne", s.space, "", name)
	ok(t, err)
	return i
}

// Another program makes folders, writes, reads, renames and removes; each write is a version.
func TestFolder(t *testing.T) {
	s := open(t)
	c := s.client()
	const top = "/Marchés publics/"
	ok(t, c.Mkdir(top+"Voirie", 0o700))
	ok(t, c.Write(top+"Voirie/devis été.txt", []byte("un"), 0o600))
	ok(t, c.Write(top+"Voirie/devis été.txt", []byte("deux"), 0o600))
	text, err := c.Read(top + "Voirie/devis été.txt")
	if err != nil || string(text) != "deux" {
		t.Fatal(string(text), err)
	}
	folder := s.named(t, "Voirie")
	i, err := s.v.Named(t.Context(), "anne", s.space, folder.ID, "devis été.txt")
	if err != nil || i.Version != 2 {
		t.Fatal(i, err)
	}
	ok(t, c.Rename(top+"Voirie/devis été.txt", top+"final.txt", false))
	if i := s.named(t, "final.txt"); i.Version != 2 {
		t.Fatal(i)
	}
	big := bytes.Repeat([]byte("0123456789"), 500_000)
	ok(t, c.Write(top+"gros.bin", big, 0o600))
	part, err := c.ReadStreamRange(top+"gros.bin", 4_000_003, 5)
	ok(t, err)
	got, err := io.ReadAll(part)
	if err != nil || string(got) != "34567" {
		t.Fatal(string(got), err)
	}
	all, err := c.ReadDir(top)
	if err != nil || len(all) != 3 || all[0].Name() != "Voirie" || !all[0].IsDir() {
		t.Fatal(all, err)
	}
	ok(t, c.Remove(top+"final.txt"))
	trash, err := s.v.Trashed(t.Context(), "anne", s.space, 10)
	if err != nil || len(trash) != 1 || trash[0].Name != "final.txt" {
		t.Fatal(trash, err)
	}
	if err := c.Remove(top); err == nil {
		t.Fatal("a space was removed")
	}
	_ = c.Mkdir("/Nouveau", 0o700) // refused, which this client does not tell
	if spaces, err := c.ReadDir("/"); err != nil || len(spaces) != 1 {
		t.Fatal("a space was made", spaces, err)
	}
}

// An editor that writes beside and renames over makes a version; its lock file never reaches the vault.
func TestEditorsWay(t *testing.T) {
	s := open(t)
	c := s.client()
	const top = "/Marchés publics/"
	ok(t, c.Write(top+"acte.odt", []byte("un"), 0o600))
	ok(t, c.Write(top+".~lock.acte.odt#", []byte("moi"), 0o600))
	ok(t, c.Write(top+"acte.tmp", []byte("deux"), 0o600))
	ok(t, c.Rename(top+"acte.tmp", top+"acte.odt", true))
	if i := s.named(t, "acte.odt"); i.Version != 2 {
		t.Fatalf("%+v", i)
	}
	page, _, _, err := s.v.List(t.Context(), "anne", s.space, "", vault.After{}, 10)
	if err != nil || len(page) != 1 {
		t.Fatal(page, err)
	}
	if text, err := c.Read(top + ".~lock.acte.odt#"); err != nil || string(text) != "moi" {
		t.Fatal(string(text), err)
	}
}

func (s *scene) do(t testing.TB, method, path, body string, header map[string]string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.d.Address()+strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	ok(t, err)
	r.SetBasicAuth(drive.Login, s.d.Password())
	for k, v := range header {
		if k == "Host" {
			r.Host = v
			continue
		}
		r.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(r)
	ok(t, err)
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

const lockBody = `<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`

// A lock takes the file out for the other members, and is refused where one of them has it.
func TestLock(t *testing.T) {
	s := open(t)
	const path = "March%C3%A9s%20publics/a.txt"
	ok(t, s.client().Write("/Marchés publics/a.txt", []byte("un"), 0o600))
	resp := s.do(t, "LOCK", path, lockBody, map[string]string{"Timeout": "Second-60"})
	token := resp.Header.Get("Lock-Token")
	if resp.StatusCode != http.StatusOK || token == "" {
		t.Fatal(resp.Status)
	}
	i := s.named(t, "a.txt")
	if i.Out == nil || i.Out.Person != "anne" {
		t.Fatalf("%+v", i)
	}
	if err := s.v.AddVersion(t.Context(), "benoit", i.ID, s.now, strings.NewReader("x")); err == nil {
		t.Fatal("written over a lock")
	}
	if resp := s.do(t, http.MethodPut, path, "sans jeton", nil); resp.StatusCode != http.StatusLocked {
		t.Fatal(resp.Status)
	}
	if resp := s.do(t, http.MethodPut, path, "deux", map[string]string{"If": "(" + token + ")"}); resp.StatusCode != http.StatusCreated {
		t.Fatal(resp.Status)
	}
	if resp := s.do(t, "UNLOCK", path, "", map[string]string{"Lock-Token": token}); resp.StatusCode != http.StatusNoContent {
		t.Fatal(resp.Status)
	}
	if i := s.named(t, "a.txt"); i.Out != nil || i.Version != 2 {
		t.Fatalf("%+v", i)
	}
	ok(t, s.v.TakeOut(t.Context(), "benoit", i.ID))
	if resp := s.do(t, "LOCK", path, lockBody, nil); resp.StatusCode != http.StatusLocked {
		t.Fatal(resp.Status)
	}
	ok(t, s.v.GiveBack(t.Context(), "benoit", i.ID))
	// What was not unlocked ends with its term.
	s.do(t, "LOCK", path, lockBody, map[string]string{"Timeout": "Second-60"})
	s.now = s.now.Add(2 * time.Minute)
	s.do(t, "OPTIONS", path, "", nil)
	if i := s.named(t, "a.txt"); i.Out != nil {
		t.Fatal("a lock outlived its term")
	}
}

// The folder is for who knows the password, and no browser page reaches it by another name.
func TestGuard(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		header map[string]string
		want   int
	}{
		"the password":       {nil, http.StatusMultiStatus},
		"another password":   {map[string]string{"Authorization": "Basic YWlyaWFsOnjDqQ=="}, http.StatusUnauthorized},
		"none":               {map[string]string{"Authorization": ""}, http.StatusUnauthorized},
		"a page":             {map[string]string{"Origin": "https://exemple.fr"}, http.StatusForbidden},
		"a page, without it": {map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"another host":       {map[string]string{"Host": "exemple.fr"}, http.StatusForbidden},
	} {
		if got := s.do(t, "PROPFIND", "", "", c.header); got.StatusCode != c.want {
			t.Errorf("%s: %s", name, got.Status)
		}
	}
}

// cut is a body whose line drops.
type cut struct{ io.Reader }

func (c cut) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("the line dropped")
	}
	return n, err
}

// A write whose line drops makes no version.
func TestCutWrite(t *testing.T) {
	s := open(t)
	ok(t, s.client().Write("/Marchés publics/a.txt", []byte("entier"), 0o600))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.d.Address()+"March%C3%A9s%20publics/a.txt", cut{strings.NewReader("à moit")})
	ok(t, err)
	r.ContentLength = 100
	r.SetBasicAuth(drive.Login, s.d.Password())
	if resp, err := http.DefaultClient.Do(r); err == nil {
		t.Fatal(resp.Status)
	}
	for range 50 {
		time.Sleep(10 * time.Millisecond)
	}
	if i := s.named(t, "a.txt"); i.Version != 1 || i.Size != 6 {
		t.Fatalf("%+v", i)
	}
}

func BenchmarkWrite(b *testing.B) {
	s := open(b)
	content := bytes.Repeat([]byte("0123456789abcdef"), 4<<20)
	b.SetBytes(int64(len(content)))
	for n := 0; b.Loop(); n++ {
		ok(b, s.client().Write(fmt.Sprintf("/Marchés publics/%d", n), content, 0o600))
	}
}
