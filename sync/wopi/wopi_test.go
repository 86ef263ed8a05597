package wopi_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/wopi"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// editor is a fake one: it asks the host what editors ask, in their order.
type editor struct {
	t     *testing.T
	url   string
	file  string
	token string
}

func (e editor) do(method, path, override, lock, body string) *http.Response {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), method, e.url+"/wopi/files/"+e.file+path+"?access_token="+e.token, strings.NewReader(body))
	ok(e.t, err)
	for k, v := range map[string]string{"X-WOPI-Override": override, "X-WOPI-Lock": lock} {
		if v != "" {
			r.Header.Set(k, v)
		}
	}
	resp, err := http.DefaultClient.Do(r)
	ok(e.t, err)
	e.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func (e editor) wants(status int, method, path, override, lock, body string) *http.Response {
	e.t.Helper()
	resp := e.do(method, path, override, lock, body)
	if resp.StatusCode != status {
		e.t.Fatalf("%s %s %s: %s", method, path, override, resp.Status)
	}
	return resp
}

// An editor opens a file, locks it, saves it twice and frees it; what it has no right to is refused.
func TestEditor(t *testing.T) {
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(time.Second); return now }
	j := journaltest.Open(t, "portable", clock, rand.Reader, authority.Projections(), vault.Projections())
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	ok(t, err)
	v, err := vault.New(j, vault.Options{Exchange: exchange, Rand: rand.Reader, Devices: func(*store.Tx) ([]vault.Device, error) {
		return []vault.Device{{ID: "portable", Exchange: exchange.PublicKey().Bytes()}}, nil
	}})
	ok(t, err)
	ctx := t.Context()
	for _, p := range []string{"anne", "benoit"} {
		_, err := j.Commit(ctx, p, func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: "person/" + p, Kind: authority.KindPerson, Data: authority.Person{ID: p, LastName: p}}}, nil
		})
		ok(t, err)
	}
	space, err := v.NewSpace(ctx, "anne", "Commun", vault.Member{Person: "benoit", Role: vault.Writer})
	ok(t, err)
	id, err := v.Put(ctx, "anne", vault.NewFile{Space: space, Name: "budget.ods"}, strings.NewReader("un"))
	ok(t, err)
	other, err := v.Put(ctx, "anne", vault.NewFile{Space: space, Name: "autre.ods"}, strings.NewReader("secret"))
	ok(t, err)
	host := wopi.New(wopi.Options{Vault: v, Now: clock, Rand: rand.Reader})
	server := httptest.NewServer(host)
	defer server.Close()
	token, _, err := host.Grant("anne", "Anne", id, true)
	ok(t, err)
	e := editor{t: t, url: server.URL, file: id, token: token}

	var info struct {
		BaseFileName, UserFriendlyName, Version string
		Size                                    int64
		UserCanWrite, SupportsLocks             bool
	}
	ok(t, json.NewDecoder(e.wants(200, "GET", "", "", "", "").Body).Decode(&info))
	if info.BaseFileName != "budget.ods" || info.Size != 2 || info.Version != "1" || !info.UserCanWrite || !info.SupportsLocks || info.UserFriendlyName != "Anne" {
		t.Fatalf("%+v", info)
	}
	text, err := io.ReadAll(e.wants(200, "GET", "/contents", "", "", "").Body)
	if err != nil || string(text) != "un" {
		t.Fatal(string(text), err)
	}
	e.wants(409, "POST", "/contents", "PUT", "", "sans verrou")
	e.wants(200, "POST", "", "LOCK", "A", "")
	e.wants(200, "POST", "", "LOCK", "A", "") // again: it lasts longer
	if got := e.wants(409, "POST", "", "LOCK", "B", "").Header.Get("X-WOPI-Lock"); got != "A" {
		t.Fatal(got)
	}
	if i, err := v.Item(ctx, "anne", id); err != nil || i.Out == nil {
		t.Fatal("the others do not see that it is taken", err)
	}
	if err := v.AddVersion(ctx, "benoit", id, now, strings.NewReader("x")); err == nil {
		t.Fatal("written over a lock")
	}
	e.wants(409, "POST", "/contents", "PUT", "B", "autre verrou")
	e.wants(200, "POST", "/contents", "PUT", "A", "deux")
	if got := e.wants(200, "POST", "/contents", "PUT", "A", "trois").Header.Get("X-WOPI-ItemVersion"); got != "3" {
		t.Fatal(got)
	}
	e.wants(200, "POST", "", "REFRESH_LOCK", "A", "")
	e.wants(409, "POST", "", "UNLOCK", "B", "")
	e.wants(200, "POST", "", "UNLOCK", "A", "")
	if i, err := v.Item(ctx, "anne", id); err != nil || i.Out != nil || i.Version != 3 {
		t.Fatal(i, err)
	}
	// The editor is opened by a page that serves once, and tells the token in a form alone.
	path, err := host.Launch("https://editeur.exemple.fr/cool.html?lang=fr", "http://127.0.0.1:9980/", "anne", "Anne", id, true)
	ok(t, err)
	resp, err := http.Get(server.URL + path)
	ok(t, err)
	page, err := io.ReadAll(resp.Body)
	ok(t, err)
	ok(t, resp.Body.Close())
	words := `action="https://editeur.exemple.fr/cool.html?WOPISrc=http%3A%2F%2F127.0.0.1%3A9980%2Fwopi%2Ffiles%2F` + id + `&amp;lang=fr"`
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(page), words) || !strings.Contains(string(page), `name="access_token" value="`) {
		t.Fatal(resp.Status, string(page))
	}
	if resp, err := http.Get(server.URL + path); err != nil || resp.StatusCode != http.StatusGone {
		t.Fatal("it served twice", err)
	}
	// A token is for its file, its rights and its time.
	stranger := e
	stranger.file = other
	stranger.wants(401, "GET", "/contents", "", "", "")
	guess := e
	guess.token = "deviné"
	guess.wants(401, "GET", "", "", "", "")
	reads, _, err := host.Grant("anne", "Anne", id, false)
	ok(t, err)
	reader := e
	reader.token = reads
	reader.wants(501, "POST", "", "LOCK", "C", "")
	// A member who has the file in hand elsewhere is told; a lock that nobody renews ends.
	ok(t, v.TakeOut(ctx, "benoit", id))
	e.wants(409, "POST", "", "LOCK", "A", "")
	ok(t, v.GiveBack(ctx, "benoit", id))
	e.wants(200, "POST", "", "LOCK", "A", "")
	now = now.Add(31 * time.Minute)
	ok(t, host.Sweep(ctx, false))
	if i, err := v.Item(ctx, "anne", id); err != nil || i.Out != nil {
		t.Fatal("a lock outlived its term", err)
	}
	now = now.Add(11 * time.Hour)
	e.wants(401, "GET", "", "", "", "")
}
