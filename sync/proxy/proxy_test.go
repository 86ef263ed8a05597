package proxy_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/sync/proxy"
)

// noon is a Wednesday.
var noon = time.Date(2026, 11, 25, 12, 30, 0, 0, time.UTC)

func chosen(t *testing.T, script, to string) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "proxy.pac")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	c := proxy.New(func() time.Time { return noon })
	if err := c.Set(proxy.Settings{Mode: proxy.Script, Address: "file://" + filepath.ToSlash(path)}, ""); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, to, nil)
	u, err := c.Proxy(r)
	if u == nil {
		return "", err
	}
	return u.String(), err
}

func TestScripts(t *testing.T) {
	find := func(body string) string { return "function FindProxyForURL(url, host) {" + body + "}" }
	for name, c := range map[string]struct {
		script, to, want string
	}{
		"straight":             {find(`return "DIRECT"`), "https://alpi.test/", ""},
		"nothing said":         {find(``), "https://alpi.test/", ""},
		"a proxy":              {find(`return "PROXY p.test:3128; DIRECT"`), "https://alpi.test/", "http://p.test:3128"},
		"what is not known":    {find(`return "FTP x:1; HTTPS q.test:443"`), "https://alpi.test/", "https://q.test:443"},
		"socks":                {find(`return "SOCKS s.test:1080"`), "https://alpi.test/", "socks5://s.test:1080"},
		"a plain name":         {find(`return isPlainHostName(host) ? "DIRECT" : "PROXY p:1"`), "https://mairie/", ""},
		"a domain":             {find(`return dnsDomainIs(host, ".alpi40.test") ? "DIRECT" : "PROXY p:1"`), "https://sync.alpi40.test/", ""},
		"a pattern":            {find(`return shExpMatch(url, "*://sync.*/*") ? "PROXY p:2" : "DIRECT"`), "https://sync.alpi.test/", "http://p:2"},
		"a network":            {find(`return isInNet(host, "10.40.0.0", "255.255.0.0") ? "DIRECT" : "PROXY p:1"`), "https://10.40.3.7/", ""},
		"another network":      {find(`return isInNet(host, "10.40.0.0", "255.255.0.0") ? "DIRECT" : "PROXY p:1"`), "https://10.41.3.7/", "http://p:1"},
		"days of work":         {find(`return weekdayRange("MON", "FRI", "GMT") ? "PROXY p:1" : "DIRECT"`), "https://a.test/", "http://p:1"},
		"the week's end":       {find(`return weekdayRange("SAT", "SUN", "GMT") ? "PROXY p:1" : "DIRECT"`), "https://a.test/", ""},
		"hours":                {find(`return timeRange(8, 18, "GMT") ? "PROXY p:1" : "DIRECT"`), "https://a.test/", "http://p:1"},
		"hours of the night":   {find(`return timeRange(22, 6, "GMT") ? "PROXY p:1" : "DIRECT"`), "https://a.test/", ""},
		"a month":              {find(`return dateRange("NOV", "GMT") ? "PROXY p:1" : "DIRECT"`), "https://a.test/", "http://p:1"},
		"days of a year":       {find(`return dateRange(1, "JAN", 2026, 31, "OCT", 2026, "GMT") ? "PROXY p:1" : "DIRECT"`), "https://a.test/", ""},
		"the path is not told": {find(`return shExpMatch(url, "*secret*") ? "PROXY p:1" : "DIRECT"`), "https://a.test/secret", ""},
		"levels":               {find(`return dnsDomainLevels(host) == 2 ? "PROXY p:1" : "DIRECT"`), "https://a.b.test/", "http://p:1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := chosen(t, c.script, c.to); err != nil || got != c.want {
				t.Errorf("%q, not %q: %v", got, c.want, err)
			}
		})
	}
}

func TestBadScripts(t *testing.T) {
	for name, script := range map[string]string{
		"no function":     "var x = 1",
		"not a script":    "<html>Bienvenue",
		"it throws":       "function FindProxyForURL() { throw 'x' }",
		"it never ends":   "function FindProxyForURL() { while (true) {} }",
		"it never begins": "while (true) {}",
		"it digs":         "function FindProxyForURL(u, h) { return FindProxyForURL(u, h) + 1 }",
		"nonsense":        "function FindProxyForURL() { return 'rien du tout ici' }",
		"too long":        "//" + strings.Repeat("x", 1<<20) + "\nfunction FindProxyForURL() { return 'DIRECT' }",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := chosen(t, script, "https://a.test/"); !errors.Is(err, proxy.ErrScript) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// A proxy that wants a password gets it, and the request goes through it to a server in TLS.
func TestThroughAProxyThatWantsAPassword(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "arrivé") }))
	defer server.Close()
	var asked []string
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("mairie:secret")) {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		// Said once the line is ours: the server may have read the first byte of what follows the answer.
		from, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, err = io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n")
		}
		if err != nil {
			t.Error(err)
			return
		}
		go func() { io.Copy(to, from); to.Close() }()
		io.Copy(from, to)
		from.Close()
	}))
	defer p.Close()
	c := proxy.New(time.Now)
	get := func(password string) error {
		if err := c.Set(proxy.Settings{Mode: proxy.Fixed, Address: strings.TrimPrefix(p.URL, "http://"), User: "mairie"}, password); err != nil {
			return err
		}
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.Proxy = c.Proxy
		defer transport.CloseIdleConnections()
		r, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL, nil)
		resp, err := transport.RoundTrip(r)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := get("secret"); err != nil {
		t.Error(err)
	}
	if err := get("faux"); err == nil {
		t.Error("a wrong password went through")
	}
	if len(asked) != 2 || !strings.HasPrefix(asked[0], "CONNECT ") {
		t.Error(asked)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, s := range []proxy.Settings{
		{Mode: "autre"}, {Mode: proxy.Fixed}, {Mode: proxy.Fixed, Address: "http://u:p@x:1"}, {Mode: proxy.Fixed, Address: "ftp://x"},
		{Mode: proxy.Script, Address: "x.pac"}, {Mode: proxy.Script, Address: "ftp://x/p.pac"},
	} {
		if err := s.Check(); !errors.Is(err, proxy.ErrAddress) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	c := proxy.New(time.Now)
	if err := c.Set(proxy.Settings{Mode: proxy.None}, ""); err != nil {
		t.Fatal(err)
	}
	if u, err := c.Proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: "a"}}); u != nil || err != nil {
		t.Error(u, err)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("PROXY a:1; DIRECT")
	f.Fuzz(func(t *testing.T, answer string) {
		path := filepath.Join(t.TempDir(), "p.pac")
		quoted := strings.NewReplacer("\\", "\\\\", "\"", "\\\"", "\n", " ", "\r", " ", "\u2028", " ", "\u2029", " ").Replace(answer)
		os.WriteFile(path, []byte(`function FindProxyForURL() { return "`+quoted+`" }`), 0o600)
		c := proxy.New(time.Now)
		if err := c.Set(proxy.Settings{Mode: proxy.Script, Address: "file://" + path}, ""); err != nil {
			t.Fatal(err)
		}
		u, err := c.Proxy(httptest.NewRequest(http.MethodGet, "https://a.test/", nil))
		if u != nil && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5") {
			t.Errorf("%q: %v %v", answer, u, err)
		}
	})
}
