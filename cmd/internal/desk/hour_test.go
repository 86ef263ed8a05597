package desk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/ui/home"
	"alpi40.fr/airial/ui/shell"
)

// TestHourInTheWindow uses the window for a time (AIRIAL_HOUR, 20s unless it says another): every page by its name on the rail, a
// folder read to its last page, the search, an exchange; again and again. No goroutine and no memory is left by it.
// What was measured is in the job's folder (hour.txt).
func TestHourInTheWindow(t *testing.T) {
	aside(t)
	dir := inTheWindow(t, "hour")
	told, err := os.ReadFile(filepath.Join(dir, "hour.txt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", told)
}

// hourOf is how long the window is used.
func hourOf() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("AIRIAL_HOUR")); err == nil {
		return d
	}
	return 20 * time.Second
}

func (h *hands) hour() error {
	for range 2 { // pages made, what is kept filled
		if err := h.round(); err != nil {
			return err
		}
	}
	before, end, rounds := h.usage(), time.Now().Add(hourOf()), 0
	for ; rounds == 0 || time.Now().Before(end); rounds++ {
		if err := h.round(); err != nil {
			return err
		}
	}
	after := h.usage()
	told := fmt.Sprintf("%d rounds in %s: goroutines %d, then %d; memory in use %d, then %d MiB; resident %d, then %d MiB\n",
		rounds, hourOf(), before.goroutines, after.goroutines, before.heap>>20, after.heap>>20, before.resident>>20, after.resident>>20)
	err := os.WriteFile(filepath.Join(h.shots, "hour.txt"), []byte(told), 0o600)
	if after.goroutines > before.goroutines+5 {
		err = errors.Join(err, fmt.Errorf("goroutines are left: %s%s", told, after.stacks))
	}
	if after.heap > before.heap+before.heap/4+(16<<20) {
		err = errors.Join(err, fmt.Errorf("memory is left: %s", told))
	}
	return err
}

// round goes through the pages once, as a person who looks for something does.
func (h *hands) round() error {
	for _, e := range h.shell.Entries() {
		if e.Under == "" {
			if err := errors.Join(h.click(h.pageTitle(e)), h.until("the page is there", func() bool { return !h.busy() })); err != nil {
				return err
			}
		}
	}
	fyne.DoAndWait(func() { h.shell.Go(shell.Route{Page: home.Name}) })
	return errors.Join(h.click("Lettre de commande — toiture"), h.see("Page 1 sur 2"), h.x("key", "Next"), h.x("key", "Prior"), h.x("key", "alt+Left"), h.see("À faire"),
		h.x("key", "ctrl+k"), h.x("type", "--delay", "10", "toiture"), h.see("Lettre de commande — toiture"), h.x("key", "Escape"), h.x("key", "Escape"), h.x("key", "F5"),
		h.until("the exchange is over", func() bool { return !h.busy() }))
}

// pageTitle is the name of a page on the rail.
func (h *hands) pageTitle(e shell.Entry) (title string) {
	fyne.DoAndWait(func() { title = h.words(e.TitleKey) })
	return title
}

// use is what the program holds at rest.
type use struct {
	goroutines     int
	heap, resident int64
	stacks         string
}

// usage waits for the program to rest, and looks.
func (h *hands) usage() (u use) {
	time.Sleep(3 * time.Second)
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.goroutines, u.heap = runtime.NumGoroutine(), int64(m.HeapAlloc)
	stacks := make([]byte, 1<<20)
	u.stacks = string(stacks[:runtime.Stack(stacks, true)])
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			u.resident = kb << 10
		}
	}
	return u
}
