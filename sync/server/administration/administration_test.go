package administration_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/csv"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/administration"
	"alpi40.fr/airial/sync/server/sqlite"
)

const town = "111111111"

// desk is the page, and its server.
type desk struct {
	*httptest.Server
	s       *server.Server
	storage server.Storage
	now     time.Time
	account administration.Account
}

func start(t *testing.T, provider func(url string) *administration.Provider) *desk {
	t.Helper()
	ctx := context.Background()
	d := &desk{now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
	storage, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "server.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { storage.Close() })
	blobs, err := server.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := server.NewUploadFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d.storage = storage
	if d.s, err = server.New(server.Options{Storage: storage, Blobs: blobs, Uploads: uploads, Name: "alpi-essai", LogKey: key, Now: func() time.Time { return d.now }, Rand: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	if err := d.s.AddAuthority(ctx, server.Authority{ID: town, Name: "Saint-Fictif <b>"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"portable du maire", "secrétariat"} {
		device := protocol.Device{ID: strings.Repeat(name[:1], 32), Name: name, Signature: make([]byte, 32), Exchange: make([]byte, 32), Enrolled: d.now.AddDate(0, -1, 0)}
		if err := storage.PutDevice(ctx, town, device); err != nil {
			t.Fatal(err)
		}
	}
	if err := storage.NoteSeen(ctx, []server.Seen{{Device: strings.Repeat("s", 32), At: d.now.Add(-time.Hour), Protocol: 1}}); err != nil {
		t.Fatal(err)
	}
	if d.account, err = administration.NewAccount(ctx, storage, "exploitation", "Airial", d.now, rand.Reader); err != nil {
		t.Fatal(err)
	}
	d.Server = httptest.NewUnstartedServer(nil)
	d.StartTLS()
	t.Cleanup(d.Server.Close)
	o := administration.Options{Server: d.s, Storage: storage, Quota: 1 << 30, Now: func() time.Time { return d.now }, Rand: rand.Reader}
	if provider != nil {
		o.OIDC = provider(d.URL)
	}
	if d.Config.Handler, err = administration.New(o); err != nil {
		t.Fatal(err)
	}
	return d
}

// person is somebody's browser.
type person struct {
	t *testing.T
	d *desk
	c *http.Client
}

func (d *desk) person(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := *d.Client()
	c.Jar = jar
	return &person{t, d, &c}
}

func (p *person) do(r *http.Request, status int) string {
	p.t.Helper()
	resp, err := p.c.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		p.t.Fatalf("%s %s: %d for %d: %s %v", r.Method, r.URL.Path, resp.StatusCode, status, text, err)
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		p.t.Errorf("%s: the policy is %q", r.URL.Path, csp)
	}
	if strings.Contains(string(text), "<script") || strings.Contains(string(text), "style=") {
		p.t.Errorf("%s has a script or a style of its own", r.URL.Path)
	}
	return string(text)
}

func (p *person) get(path string, status int) string {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.d.URL+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.do(r, status)
}

func (p *person) post(path string, status int, form url.Values, header ...string) string {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodPost, p.d.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return p.do(r, status)
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// submit posts the form of a page.
func (p *person) submit(page, path string, status int, fields ...string) string {
	p.t.Helper()
	found := tokenField.FindStringSubmatch(p.get(page, 200))
	if found == nil {
		p.t.Fatalf("%s has no form", page)
	}
	form := url.Values{"token": {found[1]}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return p.post(path, status, form)
}

func (p *person) code() string {
	p.t.Helper()
	code, err := totp.GenerateCode(p.d.account.Secret, p.d.now)
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

func (p *person) enter() {
	p.t.Helper()
	text := p.post("/login", 200, url.Values{"name": {"exploitation"}, "password": {p.d.account.Password}, "code": {p.code()}})
	if !strings.Contains(text, "Saint-Fictif &lt;b&gt;") {
		p.t.Fatalf("the list is not shown: %s", text)
	}
}

// Who enters, and who does not.
func TestEntering(t *testing.T) {
	d := start(t, nil)
	p := d.person(t)
	if text := p.get("/", 200); !strings.Contains(text, "Entrer dans l’administration") {
		t.Error(text)
	}
	good := p.code()
	for _, row := range []struct{ name, password, code string }{
		{"exploitation", d.account.Password, "000000"}, {"exploitation", "autre", good}, {"personne", d.account.Password, good}, {"exploitation", d.account.Password, ""},
	} {
		p.post("/login", 401, url.Values{"name": {row.name}, "password": {row.password}, "code": {row.code}})
	}
	p.enter()
	// The same code does not serve twice.
	d.person(t).post("/login", 401, url.Values{"name": {"exploitation"}, "password": {d.account.Password}, "code": {good}})
	// A cookie of another page's key, or a changed one, is none.
	r, err := http.NewRequest(http.MethodGet, d.URL+"/audit", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "__Host-airial", Value: strings.Repeat("A", 120)})
	if text := d.person(t).do(r, 200); !strings.Contains(text, "Mot de passe") {
		t.Error("a made-up cookie enters")
	}
	// A session ends by itself, and with its account.
	d.now = d.now.Add(19 * time.Minute)
	p.get("/audit", 200)
	d.now = d.now.Add(19 * time.Minute)
	if text := p.get("/audit", 200); !strings.Contains(text, "Journal de l’administration") {
		t.Error("who works is thrown out")
	}
	d.now = d.now.Add(21 * time.Minute)
	if text := p.get("/audit", 200); !strings.Contains(text, "Mot de passe") {
		t.Error("a session does not end")
	}
	p.enter()
	a, err := d.storage.Administrator(context.Background(), "exploitation")
	if err != nil {
		t.Fatal(err)
	}
	a.Disabled = true
	if err := d.storage.PutAdministrator(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	if text := p.get("/audit", 200); !strings.Contains(text, "Mot de passe") {
		t.Error("a closed account works on")
	}
	// Guessing is slowed down.
	guess := d.person(t)
	for i := range 7 {
		status := 401
		if i >= 5 {
			status = 429
		}
		guess.post("/login", status, url.Values{"name": {"autre"}, "password": {"x"}, "code": {"123456"}})
	}
}

// Each act is done by its form alone, and is a line of the log.
func TestActs(t *testing.T) {
	d := start(t, nil)
	p := d.person(t)
	p.enter()
	mayor := strings.Repeat("p", 32)
	if text := p.get("/authorities/"+town, 200); !strings.Contains(text, "sans nouvelles depuis plus d’une semaine") || !strings.Contains(text, "à jour") {
		t.Error(text)
	}
	p.get("/authorities/999999999", 404)

	// Without the token, or from another site, nothing is done.
	p.post("/authorities/"+town+"/devices/"+mayor+"/revoke", 403, url.Values{})
	p.post("/authorities/"+town+"/devices/"+mayor+"/revoke", 403, url.Values{}, "Sec-Fetch-Site", "cross-site")
	other := d.person(t)
	other.post("/authorities/"+town+"/codes", 401, url.Values{})
	if v, _, err := d.storage.Device(context.Background(), mayor); err != nil || v.Revoked != nil {
		t.Fatal("it was done without its form")
	}

	code := p.submit("/authorities/"+town, "/authorities/"+town+"/codes", 200)
	found := regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`).FindString(code)
	if found == "" {
		t.Error("no code is shown")
	}
	if text := p.get("/authorities/"+town, 200); strings.Contains(text, found) || !strings.Contains(text, "Codes qui attendent un ordinateur") {
		t.Error("a code is shown twice, or not waited for")
	}
	many := p.submit("/authorities/"+town, "/authorities/"+town+"/codes", 200, "life", "month", "count", "3", "note", "Lot <b>de décembre")
	if n := len(regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`).FindAllString(many, -1)); n != 3 || !strings.Contains(many, "dans les trente jours") {
		t.Errorf("%d codes of a fleet", n)
	}
	p.submit("/authorities/"+town, "/authorities/"+town+"/codes", 400, "life", "year")
	p.submit("/authorities/"+town, "/authorities/"+town+"/codes", 400, "count", "101")
	p.submit("/authorities/"+town, "/authorities/"+town+"/codes", 400, "note", strings.Repeat("n", 101))
	waiting := p.get("/authorities/"+town, 200)
	marks := regexp.MustCompile(`codes/([0-9a-f]{16})/drop`).FindAllStringSubmatch(waiting, -1)
	if len(marks) != 4 || strings.Count(waiting, "Lot &lt;b&gt;de décembre") != 3 || !strings.Contains(waiting, "28/12/2026") {
		t.Errorf("%d codes wait:\n%s", len(marks), waiting)
	}
	other.post("/authorities/"+town+"/codes/"+marks[0][1]+"/drop", 401, url.Values{})
	if text := p.submit("/authorities/"+town, "/authorities/"+town+"/codes/"+marks[0][1]+"/drop", 200); strings.Contains(text, marks[0][1]) {
		t.Error("a code that was taken back waits still")
	}
	p.submit("/authorities/"+town, "/authorities/"+town+"/codes/"+marks[0][1]+"/drop", 404)
	p.submit("/authorities/"+town+"/devices/"+mayor+"/revoke", "/authorities/"+town+"/devices/"+mayor+"/rescue", 409)
	if text := p.submit("/authorities/"+town+"/devices/"+mayor+"/revoke", "/authorities/"+town+"/devices/"+mayor+"/revoke", 200); !strings.Contains(text, "retiré le 28/11/2026") {
		t.Error(text)
	}
	if v, _, err := d.storage.Device(context.Background(), mayor); err != nil || v.Revoked == nil {
		t.Error("the computer may still speak")
	}
	if text := p.submit("/authorities/"+town+"/devices/"+mayor+"/rescue", "/authorities/"+town+"/devices/"+mayor+"/rescue", 200); !strings.Contains(text, "class=\"secret\"") {
		t.Error("no code of rescue")
	}
	p.submit("/", "/authorities", 400, "id", "../../etc", "name", "x")
	p.submit("/", "/authorities", 200, "id", "222222222", "name", "=CMD()")
	p.submit("/", "/authorities", 409, "id", "222222222", "name", "Encore")
	if text := p.get("/?q=fictif", 200); !strings.Contains(text, "1 sur 2") {
		t.Error("the search finds something else")
	}
	p.submit("/", "/administrators/exploitation/disable", 409)

	lines, err := csv.NewReader(strings.NewReader(strings.ReplaceAll(strings.TrimPrefix(p.get("/audit.csv", 200), "\ufeff"), ";", ","))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, l := range lines[1:] {
		acts = append(acts, l[3])
		if strings.HasPrefix(l[5], "=") {
			t.Errorf("a cell is a formula: %q", l[5])
		}
	}
	if got := strings.Join(acts, " "); got != "audit.exported authority.added authority.added device.rescue device.revoked code.dropped code.dropped code.made code.made login" {
		t.Errorf("the log is %s", got)
	}
}

// A package that the server signed is offered; anything else is not, and it is said why.
func TestDistribution(t *testing.T) {
	d := start(t, nil)
	p := d.person(t)
	p.enter()
	offer := func(raw []byte, status int) string {
		t.Helper()
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		if err := m.WriteField("token", tokenField.FindStringSubmatch(p.get("/distribution", 200))[1]); err != nil {
			t.Fatal(err)
		}
		f, err := m.CreateFormFile("package", "paquet.zip")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(raw); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodPost, d.URL+"/distribution", &body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", m.FormDataContentType())
		return p.do(r, status)
	}
	trust, err := d.s.SignTrust(func(key ed25519.PrivateKey) ([]byte, error) {
		return trustpackage.Make(context.Background(), map[string][]byte{"crls/vide.crl": []byte("0")}, 3, d.now, d.now.AddDate(0, 1, 0), key)
	})
	if err != nil {
		t.Fatal(err)
	}
	parcel, err := d.s.MakeParcel("formulas", map[string][]byte{"formules.csv": []byte("a;b")}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if text := offer(trust, 200); !strings.Contains(text, "paquet de confiance") {
		t.Error(text)
	}
	if text := offer(parcel, 200); !strings.Contains(text, "formules de mentions") {
		t.Error(text)
	}
	for _, raw := range [][]byte{trust, parcel} {
		if text := offer(raw, 409); !strings.Contains(text, "numéro plus grand") {
			t.Error(text)
		}
	}
	if text := offer([]byte("<html>"), 409); !strings.Contains(text, "rien n’a changé") {
		t.Error(text)
	}
	offer(nil, 400)
}
