package share_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/transfer"
)

// chrome opens a real browser, which writes what it downloads into a folder.
func chrome(t *testing.T) (ctx context.Context, downloads string) {
	t.Helper()
	return chromeFor(t, 3*time.Minute)
}

func chromeFor(t *testing.T, patience time.Duration) (ctx context.Context, downloads string) {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: packaging/dev/install.sh installs it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute), chromedp.WindowSize(1000, 760))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	downloads = t.TempDir()
	ok(t, chromedp.Run(ctx,
		network.Disable(), // else the browser tells us every body that it sends, slower than it sends them
		browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(downloads),
		chromedp.ActionFunc(func(ctx context.Context) error {
			// Nobody is there to answer a dialog: the browser's own store is used, as where there is none.
			_, err := page.AddScriptToEvaluateOnNewDocument("delete window.showSaveFilePicker").Do(ctx)
			return err
		})))
	return ctx, downloads
}

// says waits until the page says something.
func says(t *testing.T, ctx context.Context, where, words string) {
	t.Helper()
	saysWithin(t, ctx, 90*time.Second, where, words)
}

func saysWithin(t *testing.T, ctx context.Context, patience time.Duration, where, words string) {
	t.Helper()
	var text string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		ok(t, chromedp.Run(ctx, chromedp.Text(where, &text, chromedp.ByQuery)))
		if strings.Contains(text, words) {
			return
		}
	}
	shot(t, ctx, "failed")
	t.Fatalf("the page says %q, not %q", text, words)
}

// shot leaves a picture in the folder that AIRIAL_TEST_SHOTS names.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("AIRIAL_TEST_SHOTS")
	if dir == "" {
		return
	}
	var png []byte
	ok(t, chromedp.Run(ctx, chromedp.FullScreenshot(&png, 100)))
	ok(t, os.WriteFile(filepath.Join(dir, "link-"+name+".png"), png, 0o600))
}

// resident is the memory of a process and those that it began, in MiB: what each has of its own, so that what they share is counted
// once.
func resident(t *testing.T, pid int) (total int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	for line := range strings.Lines(string(text)) {
		var kib int
		if _, err := fmt.Sscanf(line, "Pss: %d kB", &kib); err == nil {
			total += kib >> 10
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // it ended meanwhile
		t.Fatal(err)
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	ok(t, err)
	for _, task := range tasks {
		text, _ := os.ReadFile(task) // a thread that ended has none
		for _, child := range strings.Fields(string(text)) {
			n, err := strconv.Atoi(child)
			ok(t, err)
			total += resident(t, n)
		}
	}
	return total
}

// noise is a content that does not compress, the same each time.
func noise(n int) []byte {
	out := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(out)
	return out
}

// A person who has but a browser opens a link, tells the passphrase, and has the file as it was.
func TestBrowserReceives(t *testing.T) {
	ctx, downloads := chrome(t)
	s := open(t)
	l := s.link(protocol.LinkSend, protocol.LinkReads, 1)
	content := noise(17<<20 + 5)
	s.send(l, "Plans de la salle des fêtes.zip", content)
	ok(t, chromedp.Run(ctx, chromedp.Navigate(s.url+protocol.PathPublic+l.id+"#"+l.key.Fragment()), chromedp.WaitVisible("#phrase", chromedp.ByQuery)))
	says(t, ctx, "#from", "Mairie de Saint-Airial-des-Pins")
	shot(t, ctx, "passphrase")
	ok(t, chromedp.Run(ctx, chromedp.SendKeys("#phrase", "autre-chose\r", chromedp.ByQuery)))
	says(t, ctx, "#state", "pas la bonne phrase")
	spoken := strings.ToUpper(strings.ReplaceAll(l.key.Phrase, "-", " "))
	ok(t, chromedp.Run(ctx, chromedp.Evaluate(`document.getElementById("phrase").value = ""`, nil), chromedp.SendKeys("#phrase", spoken+"\r", chromedp.ByQuery), chromedp.WaitVisible("#list button", chromedp.ByQuery)))
	says(t, ctx, "#list", "Plans de la salle des fêtes.zip")
	says(t, ctx, "#left", "restants : 1")
	shot(t, ctx, "files")
	// A piece that comes damaged ends it; the one download goes on when she asks again.
	ok(t, chromedp.Run(ctx, chromedp.Evaluate(`{ const whole = crypto.subtle.digest.bind(crypto.subtle); let n = 0; crypto.subtle.digest = async (...a) => n++ ? whole(...a) : new ArrayBuffer(32); } 0`, nil), chromedp.Click("#list button", chromedp.ByQuery)))
	says(t, ctx, "#state", "arrivé abîmé")
	ok(t, chromedp.Run(ctx, chromedp.WaitEnabled("#list button", chromedp.ByQuery), chromedp.Click("#list button", chromedp.ByQuery)))
	says(t, ctx, "#state", "est téléchargé, et vérifié")
	says(t, ctx, "#left", "nombre de téléchargements prévu est atteint")
	var got []byte
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && !bytes.Equal(got, content); time.Sleep(100 * time.Millisecond) {
		got, _ = os.ReadFile(filepath.Join(downloads, "Plans de la salle des fêtes.zip")) // not there yet
	}
	if !bytes.Equal(got, content) {
		t.Fatalf("%d bytes came, of %d", len(got), len(content))
	}
	var told []string
	for _, e := range s.seen(l.id).Log {
		told = append(told, e.What)
	}
	if got := strings.Join(told, " "); got != "made added opened begun ended" {
		t.Fatal(got)
	}
	// The one download is used; the page says so, and offers no other. Where it was open already, it says to whom to turn.
	ok(t, chromedp.Run(ctx, chromedp.Reload(), chromedp.WaitVisible("#phrase", chromedp.ByQuery), chromedp.SendKeys("#phrase", l.key.Phrase+"\r", chromedp.ByQuery), chromedp.WaitVisible("#list button", chromedp.ByQuery)))
	says(t, ctx, "#left", "nombre de téléchargements prévu est atteint")
	ok(t, chromedp.Run(ctx, chromedp.WaitReady("#list button:disabled", chromedp.ByQuery)))
	ok(t, chromedp.Run(ctx, chromedp.Evaluate(`document.querySelector("#list button").disabled = false`, nil), chromedp.Click("#list button", chromedp.ByQuery)))
	says(t, ctx, "#state", "nombre de téléchargements prévu est atteint")
	// A link cut at # says what is missing.
	ok(t, chromedp.Run(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(s.url+protocol.PathPublic+l.id)))
	says(t, ctx, "#state", "après le signe #")
	// One that is guessed says no more than that there is none.
	ok(t, chromedp.Run(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(s.url+protocol.PathPublic+strings.Repeat("0", 32)+"#"+l.key.Fragment())))
	says(t, ctx, "#state", "Ce lien n’existe pas, ou n’est plus en service.")
	shot(t, ctx, "guessed")
}

// A firm deposits files without a program or an account; only the authority reads them, and a server that would put
// its own key in the place of the authority's is found out.
func TestBrowserDeposits(t *testing.T) {
	ctx, _ := chrome(t)
	s := open(t)
	l := s.link(protocol.LinkDeposit, protocol.LinkAdds, 0)
	content := noise(9<<20 + 1)
	path := filepath.Join(t.TempDir(), "Dossier d’urbanisme.pdf")
	ok(t, os.WriteFile(path, content, 0o600))
	recipient := l.identity.Recipient().String()
	other := s.link(protocol.LinkDeposit, protocol.LinkAdds, 0).identity.Recipient().String()
	ok(t, chromedp.Run(ctx, chromedp.Navigate(s.url+protocol.PathPublic+l.id+"#"+l.key.FragmentFor(other))))
	says(t, ctx, "#state", "Ne déposez rien")
	ok(t, chromedp.Run(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(s.url+protocol.PathPublic+l.id+"#"+l.key.FragmentFor(recipient)), chromedp.WaitVisible(".choose", chromedp.ByQuery)))
	shot(t, ctx, "deposit")
	ok(t, chromedp.Run(ctx, chromedp.SetUploadFiles("#files", []string{path}, chromedp.ByQuery)))
	says(t, ctx, "#state", "est arrivé")
	shot(t, ctx, "deposited")
	files := s.seen(l.id).Files
	if len(files) != 1 || files[0].By != "invité" {
		t.Fatal(files)
	}
	m, err := transfer.Manifest(files[0], l.identity)
	ok(t, err)
	got, err := io.ReadAll(transfer.Fetch(t.Context(), s, l.id, m, l.identity))
	if err != nil || !bytes.Equal(got, content) || m.Name != "Dossier d’urbanisme.pdf" {
		t.Fatal(len(got), m.Name, err)
	}
	var nodes []*cdp.Node
	ok(t, chromedp.Run(ctx, chromedp.Nodes("#take:not([hidden])", &nodes, chromedp.ByQueryAll, chromedp.AtLeast(0))))
	if len(nodes) != 0 {
		t.Fatal("who deposits sees what others deposited")
	}
}

// Who would deposit more than a link holds is told before anything leaves, and how much she may.
func TestBrowserDepositsTooMuch(t *testing.T) {
	ctx, _ := chrome(t)
	s := openOf(t, 12<<20)
	l := s.link(protocol.LinkDeposit, protocol.LinkAdds, 0)
	large, small := filepath.Join(t.TempDir(), "Film du conseil.mp4"), filepath.Join(t.TempDir(), "Plan.pdf")
	ok(t, os.WriteFile(large, noise(13<<20), 0o600))
	ok(t, os.WriteFile(small, noise(9<<20), 0o600))
	ok(t, chromedp.Run(ctx, chromedp.Navigate(s.url+protocol.PathPublic+l.id+"#"+l.key.FragmentFor(l.identity.Recipient().String())), chromedp.WaitVisible(".choose", chromedp.ByQuery)))
	ok(t, chromedp.Run(ctx, chromedp.SetUploadFiles("#files", []string{large}, chromedp.ByQuery)))
	says(t, ctx, "#state", "« Film du conseil.mp4 » (13,6 Mo) dépasse ce que ce lien peut encore recevoir (12,6 Mo)")
	shot(t, ctx, "too-much")
	// The first took no room; what it left is counted down as files go.
	ok(t, chromedp.Run(ctx, chromedp.SetUploadFiles("#files", []string{small}, chromedp.ByQuery)))
	says(t, ctx, "#state", "« Plan.pdf » est arrivé")
	ok(t, chromedp.Run(ctx, chromedp.SetUploadFiles("#files", []string{large}, chromedp.ByQuery)))
	says(t, ctx, "#state", "peut encore recevoir (3,1 Mo)")
	if files := s.seen(l.id).Files; len(files) != 1 {
		t.Fatal(files)
	}
}

// A citizen deposits a file of some gibibytes (AIRIAL_TRANSFER_GIB) from a browser, which holds a few pieces of it at a time; it
// is fetched and read again as it was.
func TestBrowserDepositsLarge(t *testing.T) {
	gib, patience := large(t)
	ctx, _ := chromeFor(t, patience)
	s := open(t)
	l := s.link(protocol.LinkDeposit, protocol.LinkAdds, 0)
	f := sparse(t, gib)
	ok(t, chromedp.Run(ctx, chromedp.Navigate(s.url+protocol.PathPublic+l.id+"#"+l.key.FragmentFor(l.identity.Recipient().String())), chromedp.WaitVisible(".choose", chromedp.ByQuery)))
	begun := time.Now()
	ok(t, chromedp.Run(ctx, chromedp.SetUploadFiles("#files", []string{f.Name()}, chromedp.ByQuery)))
	watchTenths(t, ctx, "#sent progress")
	saysWithin(t, ctx, patience, "#state", "est arrivé")
	took := time.Since(begun)
	t.Logf("%d GiB deposited in %s (%.0f MB/s)", gib, took.Round(time.Second), float64(gib<<30)/1e6/took.Seconds())
	files := s.seen(l.id).Files
	if len(files) != 1 {
		t.Fatal(files)
	}
	m, err := transfer.Manifest(files[0], l.identity)
	ok(t, err)
	same(t, f, transfer.Fetch(t.Context(), s, l.id, m, l.identity))
}

// A citizen downloads as large a file in a browser, which holds a few pieces of it at a time, and has it as it was.
func TestBrowserReceivesLarge(t *testing.T) {
	gib, patience := large(t)
	ctx, downloads := chromeFor(t, patience)
	s := open(t)
	l := s.link(protocol.LinkSend, protocol.LinkReads, 1)
	f := sparse(t, gib)
	ok(t, transfer.Send(t.Context(), s, l.id, l.identity.Recipient().String(), transfer.File{Name: "Archives.zip", Size: gib<<30 + 7, Modified: s.now, Content: f}, transfer.State{}, func(transfer.State) error { return nil }, func(int64) {}))
	ok(t, chromedp.Run(ctx, chromedp.Navigate(s.url+protocol.PathPublic+l.id+"#"+l.key.Fragment()), chromedp.WaitVisible("#phrase", chromedp.ByQuery), chromedp.SendKeys("#phrase", l.key.Phrase+"\r", chromedp.ByQuery), chromedp.WaitVisible("#list button", chromedp.ByQuery)))
	begun := time.Now()
	ok(t, chromedp.Run(ctx, chromedp.Click("#list button", chromedp.ByQuery)))
	watchTenths(t, ctx, "#list progress")
	saysWithin(t, ctx, patience, "#state", "est téléchargé, et vérifié")
	took := time.Since(begun)
	t.Logf("%d GiB received in %s (%.0f MB/s)", gib, took.Round(time.Second), float64(gib<<30)/1e6/took.Seconds())
	path := filepath.Join(downloads, "Archives.zip")
	for end := time.Now().Add(patience); ; time.Sleep(time.Second) { // the browser moves it from its own store
		if info, err := os.Stat(path); err == nil && info.Size() == gib<<30+7 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the browser did not hand it over")
		}
	}
	got, err := os.Open(path)
	ok(t, err)
	defer got.Close()
	same(t, f, got)
}

// large tells how many gibibytes are wanted, and how long one waits for them.
func large(t *testing.T) (gib int64, patience time.Duration) {
	t.Helper()
	gib, err := strconv.ParseInt(os.Getenv("AIRIAL_TRANSFER_GIB"), 10, 64)
	if err != nil {
		t.Skip("AIRIAL_TRANSFER_GIB says of how many GiB the files are")
	}
	return gib, time.Duration(gib) * 10 * time.Minute
}

// sparse is a file of so many gibibytes and seven bytes: every mebibyte is another, and the rest takes no room.
func sparse(t *testing.T, gib int64) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "Archives numérisées.zip"))
	ok(t, err)
	t.Cleanup(func() { ok(t, f.Close()) })
	for at := int64(0); at < gib<<30; at += 1 << 20 {
		_, err := fmt.Fprintf(io.NewOffsetWriter(f, at), "%d", at)
		ok(t, err)
	}
	ok(t, f.Truncate(gib<<30+7))
	return f
}

// watchTenths tells the browser's memory at each tenth of what a bar shows.
func watchTenths(t *testing.T, ctx context.Context, bar string) {
	t.Helper()
	begun := time.Now()
	for tenth := 1; tenth <= 9; tenth++ {
		for done := 0.0; done < float64(tenth)/10; time.Sleep(100 * time.Millisecond) {
			ok(t, chromedp.Run(ctx, chromedp.Evaluate(fmt.Sprintf("document.querySelector(%q).position", bar), &done)))
		}
		held := resident(t, chromedp.FromContext(ctx).Browser.Process().Pid)
		t.Logf("at %d tenths, after %s, the browser's processes hold %d MiB", tenth, time.Since(begun).Round(time.Second), held)
		if held > 1500 {
			t.Errorf("the browser's processes hold %d MiB", held)
		}
	}
}

// same holds what came against what was sent.
func same(t *testing.T, f *os.File, came io.Reader) {
	t.Helper()
	sent, got := sha256.New(), sha256.New()
	_, err := f.Seek(0, io.SeekStart)
	ok(t, err)
	want, err := io.Copy(sent, f)
	ok(t, err)
	n, err := io.Copy(got, came)
	if err != nil || n != want || !bytes.Equal(sent.Sum(nil), got.Sum(nil)) {
		t.Fatal(n, err)
	}
}
