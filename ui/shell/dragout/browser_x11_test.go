//go:build !windows

package dragout_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jezek/xgb/xproto"

	"alpi40.fr/airial/ui/shell/dragout"
)

// upload is a page that is one field for files, and says in its title what it was given.
const upload = `<!DOCTYPE html><meta charset="utf-8"><title>shown</title><style>*{margin:0}input{width:100vw;height:100vh;background:#cde}</style>
<input type="file" multiple><script>
addEventListener("dragover", () => { if (document.title === "shown") document.title = "over" })
document.querySelector("input").onchange = async (e) => {
  document.title = "came " + (await Promise.all([...e.target.files].map(async (f) => f.name + "=" + await f.text()))).join(";")
}
</script>`

// The upload field of a page in Chromium takes the files, and reads them.
func TestBrowserTakesFiles(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed")
	}
	s := onScreen(t)
	profile, err := os.MkdirTemp("", "airial-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(profile, "upload.html")
	if err := os.WriteFile(page, []byte(upload), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := exec.CommandContext(ctx, "chromium", "--no-sandbox", "--disable-gpu", "--no-first-run", "--user-data-dir="+profile, "--ozone-platform=x11",
		fmt.Sprintf("--window-position=%d,%d", other.Min.X, other.Min.Y), fmt.Sprintf("--window-size=%d,%d", other.Dx(), other.Dy()), "--app=file://"+page)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) } // so that it ends what it started
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = c.Wait()
		s.until(func() bool { return os.RemoveAll(profile) == nil }) // what it started ends a little later
	}()
	s.until(func() bool { return s.titled("shown") })
	d := s.begin("Délibération n° 12.pdf", "plan.txt")
	d.ready <- nil
	x := 500
	s.until(func() bool { // the page is shown a little after it is read
		x ^= 1
		s.move(x, 300)
		return s.titled("over")
	})
	s.until(func() bool { // it is welcome, as the sign says
		p, err := xproto.QueryPointer(s.x, s.root).Reply()
		return err == nil && s.colour(p.RootX+20, p.RootY+20) == 0
	})
	s.let()
	s.until(func() bool {
		return s.titled("came Délibération n° 12.pdf=Délibération n° 12.pdf;plan.txt=plan.txt")
	})
	d.ends(dragout.Taken, nil)
}

// titled tells whether a window has a title that begins so.
func (s *screen) titled(title string) bool {
	tree, err := xproto.QueryTree(s.x, s.root).Reply()
	if err != nil {
		return false
	}
	name, err := xproto.InternAtom(s.x, false, 12, "_NET_WM_NAME").Reply()
	if err != nil {
		return false
	}
	for _, w := range tree.Children {
		r, err := xproto.GetProperty(s.x, false, w, name.Atom, 0, 0, 1024).Reply()
		if err == nil && strings.HasPrefix(string(r.Value), title) {
			return true
		}
	}
	return false
}
