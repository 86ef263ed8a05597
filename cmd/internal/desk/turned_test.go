package desk

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/packaging/bench/pairs"
	"alpi40.fr/airial/ui/widgets"
)

// turns is how many pages are turned for one measure, whose median is taken.
const turns = 9

// viewers are Debian's programs that show PDF documents, and the key by which they turn a page.
var viewers = map[string]struct {
	key  string
	args []string
}{
	"evince": {"n", nil},
	"okular": {"Right", nil},
}

// BenchmarkPageTurned turns the pages of one document in the real window and in a viewer of Debian, in turn, each on a
// screen of its own: from the key to the last pixel that changes on the screen, the sharp page included. Seconds.
func BenchmarkPageTurned(b *testing.B) {
	for name, viewer := range viewers {
		b.Run(name, func(b *testing.B) {
			for _, tool := range []string{"Xvfb", "xdotool", "gs", "dbus-run-session", name} {
				if _, err := exec.LookPath(tool); err != nil {
					b.Skip(tool + " is not installed")
				}
			}
			dir := b.TempDir()
			pdf := filepath.Join(dir, "pages.pdf")
			if err := manyPages(b, pdf); err != nil {
				b.Fatal(err)
			}
			ours := begin(b, dir, ":98", "Next", os.Args[0], []string{"AIRIAL_TEST_WINDOW=" + pdf, "AIRIAL_TEST_JOB=turned"})
			theirs := begin(b, dir, ":99", viewer.key, "dbus-run-session", nil, append(append([]string{"--", name}, viewer.args...), pdf)...)
			pairs.Compare(b, "s", func() float64 { return ours.turn(b) }, func() float64 { return theirs.turn(b) })
		})
	}
}

// manyPages writes a document of pages that all differ, as full of words as a deliberation.
func manyPages(b *testing.B, name string) error {
	text := "/Helvetica findfont 10 scalefont setfont 1 1 120 { /page exch def 1 1 52 { /line exch def 60 800 line 14 mul sub moveto " +
		"(Page ) show page 10 string cvs show (, ligne ) show line 10 string cvs show (: le conseil municipal, qui en a connu, adopte ce point) show } for showpage } for"
	out, err := exec.CommandContext(b.Context(), "gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-o", name, "-c", text).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// reader is a program that shows a document on a screen of its own, whose memory is a file.
type reader struct {
	screen *os.File
	keys   io.Writer // of xdotool
	key    string
}

// begin starts a program on a screen of its own, and waits until it stands still.
func begin(b *testing.B, dir, display, key, program string, env []string, args ...string) *reader {
	b.Helper()
	memory := filepath.Join(dir, strings.TrimPrefix(display, ":"))
	if err := os.MkdirAll(memory, 0o700); err != nil {
		b.Fatal(err)
	}
	start := func(name string, args ...string) *exec.Cmd {
		c := exec.CommandContext(b.Context(), name, args...)
		c.Env = append(append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1", "DISPLAY="+display, "HOME="+memory, "XDG_CONFIG_HOME="+memory, "XDG_CACHE_HOME="+memory), env...)
		c.WaitDelay = time.Second
		return c
	}
	run := func(c *exec.Cmd) {
		if err := c.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	}
	run(start("Xvfb", display, "-screen", "0", "1366x768x24", "-fbdir", memory))
	screen, err := os.Open(filepath.Join(memory, "Xvfb_screen0"))
	for began := time.Now(); err != nil; screen, err = os.Open(filepath.Join(memory, "Xvfb_screen0")) {
		if time.Since(began) > time.Minute {
			b.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(time.Second) // until it listens
	b.Cleanup(func() { _ = screen.Close() })
	r := &reader{screen: screen, key: key}
	shows := start(program, args...)
	if _, err := shows.StdinPipe(); err != nil { // Airial stays as long as it is open
		b.Fatal(err)
	}
	run(shows)
	hand := start("xdotool", "-")
	if r.keys, err = hand.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	run(hand)
	empty := r.seen(b)
	for began := time.Now(); r.seen(b) == empty; time.Sleep(100 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			b.Fatal(program, " shows nothing")
		}
	}
	r.rest(b, 5*time.Second)
	fmt.Fprintln(r.keys, "mousemove 300 400 click 1")
	r.rest(b, time.Second)
	if keep := os.Getenv("AIRIAL_TEST_SHOTS"); keep != "" {
		if out, err := start("import", "-window", "root", filepath.Join(keep, "turned"+display+".png")).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	return r
}

// turn turns some pages and gives the median time from the key to the last change, in seconds.
func (r *reader) turn(b *testing.B) float64 {
	var all []float64
	for range turns {
		began := time.Now()
		if _, err := fmt.Fprintln(r.keys, "key "+r.key); err != nil {
			b.Fatal(err)
		}
		last := r.rest(b, 400*time.Millisecond)
		if last.Before(began) {
			b.Fatal("the page was not turned")
		}
		all = append(all, last.Sub(began).Seconds())
	}
	return pairs.Median(all)
}

// rest waits until nothing has changed for some time, and gives when the last change was.
func (r *reader) rest(b *testing.B, still time.Duration) (last time.Time) {
	shown := r.seen(b)
	for since := time.Now(); time.Since(since) < still; time.Sleep(500 * time.Microsecond) {
		if now := r.seen(b); now != shown {
			shown, last, since = now, time.Now(), time.Now()
		}
	}
	return last
}

// seen sums what stands on the screen, one row in eight of the page: XWD's header says where the pixels begin.
func (r *reader) seen(b *testing.B) (sum uint32) {
	const rowBytes = 1366 * 4
	var head [100]byte
	if _, err := r.screen.ReadAt(head[:], 0); err != nil {
		b.Fatal(err)
	}
	begin := int64(binary.BigEndian.Uint32(head[0:])) + 12*int64(binary.BigEndian.Uint32(head[76:]))
	row := make([]byte, rowBytes)
	for y := int64(80); y < 560; y += 8 {
		if _, err := r.screen.ReadAt(row, begin+y*rowBytes); err != nil {
			b.Fatal(err)
		}
		sum = crc32.Update(sum, crc32.IEEETable, row[:4*600])
	}
	return sum
}

// turned shows a document as any page of Airial does, until it is let go.
func (h *hands) turned() error {
	content, err := os.ReadFile(os.Getenv("AIRIAL_TEST_WINDOW"))
	if err != nil {
		return err
	}
	renderer := pageimage.New(h.ctx, filepath.Join(h.shots, "pages"), rand.Reader)
	defer renderer.Close()
	document, err := renderer.Open(h.ctx, "pages", content)
	if err != nil {
		return err
	}
	fyne.DoAndWait(func() {
		preview := widgets.NewPreview(fyne.Do, func(page, n int) string { return fmt.Sprintf("Page %d sur %d", page, n) })
		preview.Resize(fyne.NewSize(620, 610)) // a page as wide as Evince's
		h.w.SetContent(container.NewWithoutLayout(preview))
		preview.SetDocument(document)
		h.w.Canvas().Focus(preview)
	})
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return err
}
