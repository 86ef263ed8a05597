package serve_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/sync/protocol"
)

// operator is somebody before the administration page, in a real browser.
type operator struct {
	t         *testing.T
	ctx       context.Context
	page      string
	downloads string
}

func browse(t *testing.T, page string) *operator {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: packaging/dev/install.sh installs it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute),
		chromedp.WindowSize(1280, 800), chromedp.Flag("ignore-certificate-errors", true)) // the server's is its own
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	o := &operator{t: t, ctx: ctx, page: page, downloads: t.TempDir()}
	o.do(browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(o.downloads))
	return o
}

func (o *operator) do(actions ...chromedp.Action) {
	o.t.Helper()
	if err := chromedp.Run(o.ctx, actions...); err != nil {
		o.t.Fatal(err)
	}
}

// presses clicks, and waits for the page that follows.
func (o *operator) presses(button string) {
	o.t.Helper()
	if _, err := chromedp.RunResponse(o.ctx, chromedp.Click(button, chromedp.NodeVisible)); err != nil {
		o.t.Fatalf("%s: %v", button, err)
	}
}

// sees gives the page's text, which says something; a picture of it goes into the folder that AIRIAL_TEST_SHOTS names. No
// page is wider than the window, at its width and at that of a telephone.
func (o *operator) sees(name, words string) string {
	o.t.Helper()
	var text string
	o.do(chromedp.Text("main", &text, chromedp.ByQuery))
	if !strings.Contains(text, words) {
		o.t.Errorf("%s says %q, not %q", name, text, words)
	}
	for _, width := range []int64{1280, 400} {
		var wider int
		o.do(chromedp.EmulateViewport(width, 800), chromedp.Evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`, &wider))
		if wider > 0 {
			o.t.Errorf("%s is %d pixels wider than a window of %d", name, wider, width)
		}
		o.picture(name, width)
	}
	o.do(chromedp.EmulateViewport(1280, 800))
	return text
}

func (o *operator) picture(name string, width int64) {
	o.t.Helper()
	dir := os.Getenv("AIRIAL_TEST_SHOTS")
	if dir == "" {
		return
	}
	var png []byte
	o.do(chromedp.FullScreenshot(&png, 100))
	if width < 1000 {
		name += "-narrow"
	}
	if err := os.WriteFile(filepath.Join(dir, "administration-"+name+".png"), png, 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// downloaded waits for a file that the browser keeps.
func (o *operator) downloaded(pattern string) []byte {
	o.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if found, _ := filepath.Glob(filepath.Join(o.downloads, pattern)); len(found) == 1 {
			if text, err := os.ReadFile(found[0]); err == nil && len(text) > 0 {
				return text
			}
		}
	}
	o.t.Fatalf("nothing like %s was downloaded", pattern)
	return nil
}

// An administrator's day in a real browser: from the one-time code to the log that is exported, a computer joining by
// the code that the page gave and being told that it was withdrawn.
func TestTheAdministrationInABrowser(t *testing.T) {
	dir := t.TempDir()
	alpi(t, 0, dir, "init", "alpi", "127.0.0.1")
	account := alpi(t, 0, dir, "administrator", "add", "exploitation")
	word := regexp.MustCompile(`mot de passe +(\S+)`).FindStringSubmatch(account)
	secret := regexp.MustCompile(`application +(\S+)`).FindStringSubmatch(account)
	text, err := json.Marshal(map[string]any{"administration": map[string]any{"address": "127.0.0.1:0"}})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "settings.json"), text, 0o600)
	}
	if err != nil || word == nil || secret == nil {
		t.Fatal(account, err)
	}
	catalogue := packedCatalogue(t, dir)
	p := serveProcess(t, dir, "127.0.0.1:0")
	o := browse(t, address(t, p))
	enter := func(password string) {
		code, err := totp.GenerateCode(secret[1], time.Now())
		if err != nil {
			t.Fatal(err)
		}
		o.do(chromedp.SetValue("#name", "exploitation"), chromedp.SetValue("#password", password), chromedp.SetValue("#code", code))
		o.presses("main button")
	}
	o.do(chromedp.Navigate(o.page), chromedp.WaitVisible("#code"))
	o.sees("login", "Entrer dans l’administration")
	enter("un autre mot de passe")
	o.sees("login-refused", "ne convient pas")
	enter(word[1])
	o.sees("authorities-none", "Aucune collectivité n’est encore connue")

	o.do(chromedp.SetValue("#id", "214000012"), chromedp.SetValue("#name", "Saint-Airial-des-Pins"))
	o.presses(`form[action="/authorities"] button`)
	o.sees("authority-new", "Aucun ordinateur n’est raccordé")
	o.presses("form.card button")
	code := regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`).FindString(o.sees("code", "il ne sera plus montré"))
	o.do(chromedp.Navigate(o.page + "authorities/214000012"))
	o.sees("authority-code", "Codes qui attendent un ordinateur")
	h := joinBy(t, dir, p.address, code, "Secrétariat")
	write(t, h, "un", []byte("un document"))
	exchange(t, h)
	exchange(t, h) // by which it says that it has taken what it was given
	o.do(chromedp.Navigate(o.page))
	if said := o.sees("authorities", "Saint-Airial-des-Pins"); strings.Contains(said, "rien dit") || strings.Contains(said, "sans nouvelles") {
		t.Errorf("a computer that has just joined is told to be silent: %q", said)
	}
	o.do(chromedp.Navigate(o.page + "authorities/214000012"))
	o.sees("authority", "à jour")

	o.presses(`a[href$="/revoke"]`)
	o.sees("revoke", "On ne revient pas en arrière")
	o.presses("button.bad")
	o.sees("authority-revoked", "retiré le")
	if _, err := h.Sync.Once(context.Background()); !errors.Is(err, protocol.ErrRevoked) {
		t.Errorf("the computer that was withdrawn: %v", err)
	}

	o.do(chromedp.Navigate(o.page+"distribution"), chromedp.SetUploadFiles("#package", []string{catalogue}))
	o.presses(`form[action="/distribution"] button`)
	o.sees("distribution", "catalogue des services")
	o.do(chromedp.SetUploadFiles("#package", []string{catalogue}))
	o.presses(`form[action="/distribution"] button`)
	o.sees("distribution-twice", "Rien n’a changé")

	o.do(chromedp.Navigate(o.page + "administrators"))
	o.sees("administrators", "exploitation")
	o.do(chromedp.Navigate(o.page + "audit"))
	o.sees("audit", "ordinateur retiré")
	o.do(chromedp.Click(`a[href="/audit.csv"]`))
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(o.downloaded("*.csv")), "\ufeff"))).ReadAll()
	if err != nil || len(lines) < 8 {
		t.Errorf("%d lines in the log: %v", len(lines), err)
	}
	o.presses("form.who button")
	o.sees("left", "Entrer dans l’administration")
	p.end(t)
}

// packedCatalogue makes the parcel of a catalogue of services, as an operator does.
func packedCatalogue(t *testing.T, dir string) string {
	t.Helper()
	model, err := services.Model()
	if err != nil {
		t.Fatal(err)
	}
	model.Model = false
	text, err := json.Marshal(model)
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "catalogue.zip")
	if err == nil {
		err = os.WriteFile(filepath.Join(from, services.CatalogueFile), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	alpi(t, 0, dir, "parcel", "pack", services.CatalogueKind, from, to, "1")
	return to
}
