package player_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/sync/player"
)

// what was told, from the player's own goroutines.
type told struct {
	sync.Mutex
	last player.Told
	n    int
	fail error
}

func (x *told) tell(_ context.Context, t player.Told) error {
	x.Lock()
	defer x.Unlock()
	if x.fail != nil {
		return x.fail
	}
	x.last, x.n = t, x.n+1
	return nil
}

func (x *told) get() player.Told {
	x.Lock()
	defer x.Unlock()
	return x.last
}

func play(t *testing.T, c *training.Content, state map[string]string) (*player.Player, *told) {
	t.Helper()
	x := &told{}
	p, err := player.Play(t.Context(), player.Options{Content: c, State: state, Person: "EXEMPLE, Ève", ID: "eve", Rand: rand.Reader, Tell: x.tell, Title: "Module <b>", Leave: "Fermez la page"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, x
}

func ask(t *testing.T, method, url, body string, header ...string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

func scorm() *training.Content {
	return &training.Content{Kind: training.SCORM, Units: []training.Unit{{ID: "I", Launch: "sco/index.html?a=1", Mastery: 0.8}}, Files: map[string][]byte{"sco/index.html": []byte(sco), "imsmanifest.xml": nil}}
}

// sco looks for the API as packages do, goes on where it was, and ends with a score.
const sco = `<!doctype html><script>
let w = window, api = null;
while (!api && w.parent !== w) { w = w.parent; api = w.API || null; }
const log = [api.LMSInitialize(""), api.LMSGetValue("cmi.core.student_name"), api.LMSGetValue("cmi.core.entry"), api.LMSGetValue("cmi.core.lesson_location"), api.LMSSetValue("cmi.core.student_id", "x"), api.LMSGetLastError(), api.LMSSetValue("cmi.core.lesson_status", "nonsense"), api.LMSGetLastError()];
api.LMSSetValue("cmi.core.lesson_location", "page 7");
api.LMSSetValue("cmi.suspend_data", log.join("|"));
api.LMSSetValue("cmi.core.score.raw", "85");
api.LMSSetValue("cmi.core.session_time", "0000:12:30");
api.LMSSetValue("cmi.core.lesson_status", "completed");
api.LMSFinish("");
</script>`

// Who does not know the secret, who comes by another name, or asks for what is not in the package gets nothing.
func TestDoor(t *testing.T) {
	p, x := play(t, scorm(), nil)
	base := p.URL()
	for name, row := range map[string]struct {
		method, url string
		header      []string
		want        int
	}{
		"the page": {"GET", base, nil, 200}, "a file": {"GET", base + "content/sco/index.html", nil, 200}, "another secret": {"GET", strings.Replace(base, base[len(base)-9:], "aaaaaaaa/", 1), nil, 404},
		"another name": {"GET", base, []string{"Host", "voleur.example"}, 421}, "above": {"GET", base + "content/%2e%2e/%2e%2e/etc/passwd", nil, 404}, "no such file": {"GET", base + "content/x", nil, 404},
		"nonsense": {"POST", base + "commit/0", nil, 400}, "xAPI without a token": {"GET", base + "xapi/0/activities/state?stateId=x", nil, 401}, "no such unit": {"POST", base + "commit/1", nil, 404}, "no such unit of xAPI": {"POST", base + "xapi/7/fetch", nil, 404},
	} {
		code, _, _ := ask(t, row.method, row.url, "", row.header...)
		if code != row.want {
			t.Errorf("%s: %d", name, code)
		}
	}
	_, page, head := ask(t, "GET", base, "")
	if strings.Contains(page, "Module <b>") || !strings.Contains(head.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("%s\n%v", page, head)
	}
	if code, _, _ := ask(t, "POST", base+"commit/0", `{"cmi.core.lesson_status":"passed","cmi.core.student_name":"x","other":"y"}`); code != 204 || x.get().State["other"] != "" || x.get().State["cmi.core.student_name"] != "" || !x.get().Complete {
		t.Errorf("%d %+v", code, x.get())
	}
	x.fail = errors.New("disk full")
	if code, _, _ := ask(t, "POST", base+"commit/0", `{}`); code != http.StatusInsufficientStorage {
		t.Errorf("what was not kept is told as kept: %d", code)
	}
	if code, _, _ := ask(t, "POST", base+"commit/0", `{"cmi.suspend_data":"`+strings.Repeat("x", 300<<10)+`"}`); code != 400 {
		t.Errorf("too much: %d", code)
	}
}

// A score below the mastery score does not complete, whatever the package says.
func TestMastery(t *testing.T) {
	p, x := play(t, scorm(), nil)
	for body, want := range map[string]bool{
		`{"cmi.core.lesson_status":"completed","cmi.core.score.raw":"79"}`: false, `{"cmi.core.lesson_status":"completed","cmi.core.score.raw":"80"}`: true,
		`{"cmi.core.lesson_status":"failed","cmi.core.score.raw":"90"}`: false, `{"cmi.core.lesson_status":"completed"}`: true, `{"cmi.core.lesson_status":"incomplete"}`: false,
	} {
		if ask(t, "POST", p.URL()+"commit/0", body); x.get().Complete != want {
			t.Errorf("%s: %+v", body, x.get())
		}
	}
}

// A package of several units lists them, keeps each one's progress apart, and is complete once all are.
func TestSeveralUnits(t *testing.T) {
	c := &training.Content{Kind: training.SCORM, Units: []training.Unit{{ID: "A", Title: "Le <budget>", Launch: "a.html"}, {ID: "B", Title: "Les recettes", Launch: "b.html", Mastery: 0.5}}, Files: map[string][]byte{"a.html": []byte("a"), "b.html": []byte("b")}}
	p, x := play(t, c, nil)
	_, page, _ := ask(t, "GET", p.URL(), "")
	if !strings.Contains(page, `src="content/a.html"`) || !strings.Contains(page, "Le &lt;budget&gt;") || !strings.Contains(page, `href="?unit=1"`) || strings.Contains(page, "✓") {
		t.Fatalf("%s", page)
	}
	ask(t, "POST", p.URL()+"commit/0", `{"cmi.core.lesson_status":"completed","cmi.core.lesson_location":"page 9","cmi.core.score.raw":"60"}`)
	if got := x.get(); got.Complete || got.Points != 60 || got.State["unit/A/cmi.core.lesson_location"] != "page 9" {
		t.Errorf("after one: %+v", got)
	}
	// The first that is not done is opened; the other begins from nothing.
	_, page, _ = ask(t, "GET", p.URL(), "")
	if !strings.Contains(page, `src="content/b.html"`) || !strings.Contains(page, "✓ Le &lt;budget&gt;") || strings.Contains(page, "page 9") || !strings.Contains(page, "ab-initio") {
		t.Errorf("%s", page)
	}
	if _, page, _ = ask(t, "GET", p.URL()+"?unit=0", ""); !strings.Contains(page, `src="content/a.html"`) || !strings.Contains(page, "page 9") {
		t.Errorf("%s", page)
	}
	// Looking at one again takes nothing from it.
	ask(t, "POST", p.URL()+"commit/0", `{"cmi.core.lesson_status":"incomplete"}`)
	ask(t, "POST", p.URL()+"commit/1", `{"cmi.core.lesson_status":"completed","cmi.core.score.raw":"49"}`)
	if got := x.get(); got.Complete {
		t.Errorf("below the mastery score: %+v", got)
	}
	ask(t, "POST", p.URL()+"commit/1", `{"cmi.core.lesson_status":"completed","cmi.core.score.raw":"80"}`)
	got := x.get()
	if !got.Complete || got.Points != 70 || got.Of != 100 {
		t.Errorf("after both: %+v", got)
	}
	if s := c.Standings(got.State); !s[0].Done || s[0].Points != 60 || !s[1].Done {
		t.Errorf("%+v", s)
	}
	// What was kept is taken up by another play.
	q, _ := play(t, c, got.State)
	if _, page, _ := ask(t, "GET", q.URL(), ""); strings.Count(page, "✓") != 2 {
		t.Errorf("%s", page)
	}
}

// unit is a cmi5 unit: it fetches its token, reads its launch data, keeps a bookmark, and passes.
const unit = `<!doctype html><script>(async () => {
const q = new URLSearchParams(location.search), e = q.get("endpoint");
const token = (await (await fetch(q.get("fetch"), {method: "POST"})).json())["auth-token"];
const h = {"Authorization": "Basic " + token, "Content-Type": "application/json", "X-Experience-API-Version": "1.0.3"};
const who = "activityId=" + encodeURIComponent(q.get("activityId")) + "&agent=" + encodeURIComponent(q.get("actor")) + "&registration=" + q.get("registration");
const launch = await (await fetch(e + "activities/state?stateId=LMS.LaunchData&" + who, {headers: h})).json();
await fetch(e + "activities/state?stateId=bookmark&" + who, {method: "PUT", headers: h, body: JSON.stringify({page: 4, mode: launch.launchMode})});
let outside = "blocked"; try { await fetch("https://voleur.example/"); outside = "open"; } catch (x) {}
for (const [verb, scaled] of [["initialized"], ["completed"], ["passed", 0.9], ["terminated"]]) {
  await fetch(e + "statements?statementId=" + verb, {method: "PUT", headers: h, body: JSON.stringify({id: verb, verb: {id: "http://adlnet.gov/expapi/verbs/" + verb}, result: scaled ? {score: {scaled}} : {}})});
}
document.title = outside;
})();</script>`

// A real browser plays both kinds.
func TestInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	open := func(url string) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
		defer stop()
		out, err := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
			"--user-data-dir="+t.TempDir(), "--virtual-time-budget=20000", "--dump-dom", url).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	p, x := play(t, scorm(), map[string]string{"cmi.core.lesson_location": "page 3", "cmi.core.exit": "suspend", "cmi.core.lesson_status": "incomplete"})
	open(p.URL())
	if got := x.get(); !got.Complete || got.Points != 85 || got.State["cmi.core.lesson_location"] != "page 7" || got.State["cmi.core.total_time"] != "0000:12:30" || got.State["cmi.suspend_data"] != "true|EXEMPLE, Ève|resume|page 3|false|403|false|405" {
		t.Errorf("SCORM: %+v", got)
	}
	q, y := play(t, &training.Content{Kind: training.CMI5, Units: []training.Unit{{ID: "https://agence.example/unite", Launch: "index.html", Mastery: 0.8}}, Files: map[string][]byte{"index.html": []byte(unit)}}, nil)
	open(q.URL())
	var bookmark struct {
		Page int
		Mode string
	}
	got := y.get()
	if err := json.Unmarshal([]byte(got.State["activities/state/bookmark"]), &bookmark); err != nil || bookmark.Page != 4 || bookmark.Mode != "Normal" || !got.Complete || got.Points != 90 {
		t.Errorf("cmi5: %+v %v", got, err)
	}
}
