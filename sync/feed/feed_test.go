package feed_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"alpi40.fr/airial/sync/feed"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const atom = `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Lettre</title>
<entry><id>urn:1</id><title>L&apos;été &lt;b&gt;vient&lt;/b&gt;</title><updated>2026-11-20T08:00:00Z</updated><link href="https://agence.example/1"/>
<content type="html">&lt;p&gt;Bonjour&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src="https://pisteur.example/x.gif"&gt;&lt;/p&gt;&lt;p onclick="x()"&gt;Suite&lt;/p&gt;</content></entry>
<entry><title>Sans lien</title><link href="javascript:alert(1)"/><updated>2031-01-01T00:00:00Z</updated></entry></feed>`

func TestFetch(t *testing.T) {
	pages := map[string]string{
		"/atom": atom, "/rss": "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><rss version=\"2.0\"><channel><title>R</title><item><title>\xc9t\xe9</title><description>d\xe9but</description><pubDate>Fri, 20 Nov 2026 08:00:00 +0100</pubDate></item></channel></rss>",
		"/page": "<html><body>Connectez-vous</body></html>", "/huge": strings.Repeat("x", 5<<20),
		"/bomb": `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>`,
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch page, ok := pages[r.URL.Path]; {
		case ok:
			_, _ = w.Write([]byte(page))
		case r.URL.Path == "/elsewhere":
			http.Redirect(w, r, "http://agence.example/", http.StatusFound)
		case r.URL.Path == "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer s.Close()
	c := feed.Client(s.Client().Transport)
	f, err := feed.Fetch(t.Context(), c, s.URL+"/atom", "Lettre de l’agence", now)
	if err != nil || len(f.Items) != 2 {
		t.Fatalf("%+v %v", f, err)
	}
	if i := f.Items[0]; i.Title != "L'été vient" || i.Text != "Bonjour\n\nSuite" || i.Link != "https://agence.example/1" || i.ID != "urn:1" || i.Feed != "Lettre de l’agence" {
		t.Errorf("%+v", i)
	}
	if i := f.Items[1]; i.Link != "" || !i.At.Equal(now) || i.ID != "Sans lien" {
		t.Errorf("a link that is a script, a day to come: %+v", i)
	}
	if f, err := feed.Fetch(t.Context(), c, s.URL+"/rss", "R", now); err != nil || len(f.Items) != 1 || f.Items[0].Title != "Été" || f.Items[0].Text != "début" {
		t.Errorf("%+v %v", f, err)
	}
	for path, want := range map[string]error{"/page": feed.ErrRubbish, "/huge": feed.ErrRubbish, "/bomb": feed.ErrRubbish, "/none": feed.ErrOffline, "/elsewhere": feed.ErrAddress, "/round": feed.ErrAddress} {
		if _, err := feed.Fetch(t.Context(), c, s.URL+path, "x", now); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, address := range []string{"http://agence.example/", "file:///etc/passwd", "https://", "https://moi:secret@agence.example/", ""} {
		if _, err := feed.Fetch(t.Context(), c, address, "x", now); !errors.Is(err, feed.ErrAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// An account of the fediverse is read by its actor, its outbox and the page of that: what it published for all, as text. What leads
// to another server is not followed.
func TestActivityPub(t *testing.T) {
	const as = `"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#"}]`
	note := func(id, to, more string) string {
		return `{"type":"Create","object":{"type":"Note","id":"https://resoland.example/` + id + `","published":"2026-11-21T08:00:00Z","to":["` + to + `"],"content":"<p>Un atelier <b>jeudi</b><script>alert(1)</script></p><p>Venez nombreux.</p>"` + more + `}}`
	}
	const all = "https://www.w3.org/ns/activitystreams#Public"
	pages := map[string]string{
		"/actor":  `{` + as + `,"type":"Group","outbox":"/outbox"}`,
		"/outbox": `{` + as + `,"type":"OrderedCollection","totalItems":5,"first":"/outbox?page=1"}`,
		"/outbox?page=1": `{` + as + `,"type":"OrderedCollectionPage","orderedItems":[` + strings.Join([]string{note("1", all, `,"url":[{"type":"Link","href":"https://resoland.example/@mairie/1"}]`), note("2", "https://resoland.example/followers", ""),
			note("3", all, `,"inReplyTo":"https://ailleurs.example/9"`), `{"type":"Announce","object":"https://ailleurs.example/8"}`, note("4", "as:Public", `,"summary":"Fermeture","url":"javascript:alert(1)"`)}, ",") + `]}`,
		"/within": `{` + as + `,"type":"OrderedCollection","first":{"type":"OrderedCollectionPage","orderedItems":[` + note("5", all, "") + `]}}`,
		"/away":   `{` + as + `,"type":"Person","outbox":"https://voleur.example/outbox"}`,
		"/clear":  `{` + as + `,"type":"Person","outbox":"http://resoland.example/outbox"}`,
		"/round":  `{` + as + `,"type":"OrderedCollection","first":"/round"}`,
		"/silent": `{` + as + `,"type":"OrderedCollection"}`,
		"/broken": `{` + as + `,"type":"Person","outbox":"/page"}`,
		"/page":   "<html>",
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.RequestURI()]
		if !ok || !strings.Contains(r.Header.Get("Accept"), "application/activity+json") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(page))
	}))
	defer s.Close()
	c := feed.Client(s.Client().Transport)
	f, err := feed.Fetch(t.Context(), c, s.URL+"/actor", "Resoland", now)
	if err != nil || len(f.Items) != 2 {
		t.Fatalf("%+v %v", f, err)
	}
	if i := f.Items[0]; i.Title != "Un atelier jeudi" || i.Text != "Un atelier jeudi\n\nVenez nombreux." || i.Link != "https://resoland.example/@mairie/1" || i.At.Day() != 21 {
		t.Errorf("%+v", i)
	}
	if i := f.Items[1]; i.Title != "Fermeture" || i.Link != "" || i.ID != "https://resoland.example/4" {
		t.Errorf("%+v", i)
	}
	for path, want := range map[string]struct {
		items int
		err   error
	}{"/within": {1, nil}, "/silent": {0, nil}, "/round": {0, nil}, "/away": {0, feed.ErrAddress}, "/clear": {0, feed.ErrAddress}, "/broken": {0, feed.ErrRubbish}} {
		if f, err := feed.Fetch(t.Context(), c, s.URL+path, "x", now); !errors.Is(err, want.err) || len(f.Items) != want.items {
			t.Errorf("%s: %+v %v", path, f.Items, err)
		}
	}
}

// Whatever comes in the place of a feed is read as text, within limits, without a panic.
func FuzzParse(f *testing.F) {
	f.Add([]byte(atom))
	f.Add([]byte(`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_html":"<p>x"}]}`))
	f.Add([]byte(`<rss><channel><item><title>x</title>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		items, err := feed.Parse(raw, "t", now)
		if err != nil && !errors.Is(err, feed.ErrRubbish) {
			t.Fatal(err)
		}
		for _, i := range items {
			if len(i.Text) > 41<<10 || !utf8.ValidString(i.Text) || i.Link != "" && !strings.HasPrefix(i.Link, "https://") {
				t.Fatalf("%+v", i)
			}
		}
	})
}
