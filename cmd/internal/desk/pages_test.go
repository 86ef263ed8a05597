package desk

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// monitor is one that people have, in pixels, with the scale that their system is set to.
type monitor struct {
	width, height int
	percent       int
}

func (s monitor) String() string { return fmt.Sprintf("%dx%d@%d", s.width, s.height, s.percent) }

// units are what the window has of it.
func (s monitor) units() fyne.Size {
	return fyne.NewSize(float32(s.width*100)/float32(s.percent), float32(s.height*100)/float32(s.percent))
}

// The campaign's screens, and those that every run looks at.
var (
	allScreens = []monitor{{1366, 768, 100}, {1366, 768, 125}, {1366, 768, 150}, {1366, 768, 200}, {1920, 1080, 100}, {1920, 1080, 125}, {1920, 1080, 150}, {1920, 1080, 200}, {800, 600, 100}}
	fewScreens = []monitor{{1366, 768, 150}, {800, 600, 100}}
	modes      = []theme.Mode{theme.Light, theme.Dark, theme.Contrast}
)

// narrowest is the width, in units, under which a pane may hide the end of what it shows: a person widens it. The picture is
// held all the same.
const narrowest = 760

// goldenPages are held to their pictures in every run; the campaign holds all.
var goldenPages = []shell.PageName{"home", "help", "settings"}

// TestPages looks at the pages of the demonstration commune as they are drawn on the screens that people have: nothing that is
// said may go past the edge of what shows it, and the pictures are those that somebody looked at and found good
// (testdata/pages; AIRIAL_PAGES_KEEP=1 keeps new ones). AIRIAL_PAGES=DIR draws every page, on every screen, in every
// palette (AIRIAL_PAGES_LANGUAGE=en: in English; of AIRIAL_PAGES_OF=PAGE,PAGE alone, if given), and leaves the pictures there.
func TestPages(t *testing.T) {
	dir, keep := os.Getenv("AIRIAL_PAGES"), os.Getenv("AIRIAL_PAGES_KEEP") != ""
	p := atDemonstration(t)
	pages, shown, palettes := goldenPages, fewScreens, modes[:1]
	if dir != "" {
		pages, shown, palettes = nil, allScreens, modes
		for _, e := range p.d.shell.Entries() {
			if of := os.Getenv("AIRIAL_PAGES_OF"); of == "" || slices.Contains(strings.Split(of, ","), string(e.Route.Page)) {
				pages = append(pages, e.Route.Page)
			}
		}
	}
	p.focuses()
	for _, page := range pages {
		golden := readGolden(t, page)
		for _, s := range shown {
			p.on(s)
			for _, mode := range palettes {
				p.d.look.Apply(string(mode), string(theme.Normal))
				p.show(shell.Route{Page: page})
				name := fmt.Sprintf("%s %s %s", page, s, mode)
				if s.units().Width >= narrowest {
					for _, fault := range p.overflow() {
						t.Errorf("%s: %s", name, fault)
					}
				}
				picture := p.d.w.Canvas().Capture()
				if dir != "" {
					writePNG(t, filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".png"), picture)
				}
				key := fmt.Sprintf("%s %s", s, mode)
				now := digest(picture)
				if os.Getenv("AIRIAL_PAGES_LANGUAGE") != "" {
					continue // the pictures kept are of the French window
				}
				if before, ok := golden[key]; keep {
					golden[key] = now
				} else if !ok {
					t.Errorf("%s: no picture was kept", name)
				} else if share := differs(before, now); share > 0.04 {
					t.Errorf("%s: %.0f %% of the picture is not what was looked at; look at it (AIRIAL_PAGES=DIR), then keep it (AIRIAL_PAGES_KEEP=1)", name, 100*share)
				}
			}
		}
		if keep {
			writeGolden(t, page, golden)
		}
	}
	if keys := p.d.text.Unknown(); len(keys) > 0 {
		t.Errorf("no text for %s", strings.Join(keys, ", "))
	}
}

// sight is the desk drawn without a screen, on the goroutine of its test.
type sight struct {
	t *testing.T
	d *desk
}

// atDemonstration opens the demonstration commune, on a day that is always the same.
func atDemonstration(t *testing.T) *sight {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	began := time.Now()
	day := time.Date(2026, 11, 24, 10, 0, 0, 0, time.Local)
	now := func() time.Time { return day.Add(time.Since(began)) }
	o, err := openDemo(ctx, io.Discard, now)
	if err != nil {
		t.Fatal(err, o.close())
	}
	o.start(ctx)
	text, err := lang.In(lang.Language(os.Getenv("AIRIAL_PAGES_LANGUAGE")))
	if err != nil {
		t.Fatal(err)
	}
	renderer := pageimage.New(ctx, filepath.Join(t.TempDir(), "pages"), strings.NewReader(strings.Repeat("0123456789abcdef", 1<<10)))
	d := newDesk(test.NewTempApp(t), renderer, t.TempDir(), now)
	d.text = text
	d.frame()
	d.sit(ctx, o.seats)
	t.Cleanup(func() {
		stop()
		if err := renderer.Close(); err != nil {
			t.Error(err)
		}
		if err := o.close(); err != nil {
			t.Error(err)
		}
	})
	return &sight{t, d}
}

// focuses goes to each page, and through its panes by F6: what is given the focus is there, before the page has what it shows and
// once it has.
func (p *sight) focuses() {
	p.t.Helper()
	var said bytes.Buffer
	log.SetOutput(&said)
	defer log.SetOutput(os.Stderr)
	for _, e := range p.d.shell.Entries() {
		p.d.shell.Go(e.Route)
		for range 2 {
			for range 4 {
				p.d.w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF6})
			}
			p.d.thread.work(p.d.shell.Busy, patient)
		}
		if strings.Contains(said.String(), "Failed to focus") {
			p.t.Errorf("%s: the focus is given to what is not shown", e.Route.Page)
		}
		said.Reset()
	}
}

// on gives the window all of a screen.
func (p *sight) on(s monitor) {
	p.d.w.Canvas().(software.WindowlessCanvas).SetScale(float32(s.percent) / 100)
	p.d.w.Resize(s.units())
}

// show opens a page and waits for all that it loads.
func (p *sight) show(r shell.Route) {
	p.d.shell.Go(r)
	p.settle()
}

// settle waits until nothing that was asked for is still to come, and for what comes of itself after it (an image of a page).
func (p *sight) settle() {
	p.t.Helper()
	for calm := 0; calm < 3; calm++ {
		p.d.thread.work(p.d.shell.Busy, patient)
		if p.d.shell.Busy() {
			p.t.Fatalf("%v still loads", p.d.shell.Route())
		}
		p.d.thread.work(func() bool { return true }, rest)
	}
	p.lay()
}

// lay has what now asks for another room given it: a real window does so before each frame.
func (p *sight) lay() {
	size := p.d.w.Canvas().Size()
	p.d.w.Resize(size.AddWidthHeight(1, 1))
	p.d.w.Resize(size)
}

// overflow tells what is written past the edge of what shows it, or wider than its place.
func (p *sight) overflow() (faults []string) {
	size := p.d.w.Canvas().Size()
	whole := area{size: size}
	content := p.d.w.Canvas().Content()
	if m := content.MinSize(); m.Width > size.Width+edge || m.Height > size.Height+edge {
		faults = append(faults, fmt.Sprintf("asks for %v of %v", m, size))
	}
	var walk func(o fyne.CanvasObject, at fyne.Position, x, y area)
	// x and y are what bounds what is said, across and down: a scroll moves the bound of its direction.
	walk = func(o fyne.CanvasObject, at fyne.Position, x, y area) {
		if o == nil || !o.Visible() {
			return
		}
		at = at.Add(o.Position())
		place := area{at, o.Size()}
		if f, field := o.(fyne.Focusable); field && at.X+place.size.Width > x.at.X+x.size.Width+1 {
			faults = append(faults, fmt.Sprintf("%T %s at %v goes past %v by %v", f, strings.Join(strings.Fields(shelltest.Words(o)), " "), at, x, at.X+place.size.Width-x.at.X-x.size.Width))
		}
		var under []fyne.CanvasObject
		switch o := o.(type) {
		case *fyne.Container:
			under = o.Objects
		case *canvas.Text:
			if m := o.MinSize(); o.Text != "" {
				left := at.X
				switch o.Alignment {
				case fyne.TextAlignCenter:
					left += (o.Size().Width - m.Width) / 2
				case fyne.TextAlignTrailing:
					left += o.Size().Width - m.Width
				}
				if left < x.at.X-edge || left+m.Width > x.at.X+x.size.Width+edge || at.Y < y.at.Y-m.Height || at.Y > y.bottom() {
					faults = append(faults, fmt.Sprintf("%q at %v, %v wide, within %v and %v", o.Text, at, m.Width, x, y))
				}
			}
		case *container.Scroll:
			inner := area{at, o.Content.Size()}
			inner.at = at.Add(o.Content.Position())
			if o.Direction != container.ScrollVerticalOnly {
				x = inner
			} else {
				x = x.within(area{fyne.NewPos(at.X, x.at.Y), fyne.NewSize(place.size.Width, x.size.Height)})
			}
			if o.Direction != container.ScrollHorizontalOnly {
				y = inner
			}
			under = []fyne.CanvasObject{o.Content}
		case *widgets.Button:
			if m := o.MinSize().Width; m > o.Size().Width+1 {
				faults = append(faults, fmt.Sprintf("the button %q asks for %v of %v", o.Text, m, o.Size().Width))
			}
			under = test.WidgetRenderer(o).Objects()
		case fyne.Widget:
			if _, scrolls := o.(fyne.Scrollable); scrolls {
				y = area{at.SubtractXY(0, 1e6), fyne.NewSize(place.size.Width, 2e6)}
			}
			under = test.WidgetRenderer(o).Objects()
		}
		for _, u := range under {
			walk(u, at, x, y)
		}
	}
	walk(content, fyne.Position{}, whole, whole)
	slices.Sort(faults)
	return slices.Compact(faults)
}

// The picture kept of a page is a grid of its lightness, coarse enough for letters drawn a little otherwise, fine enough for
// what moves, goes or comes.
const (
	across = 64
	down   = 36
)

func digest(picture image.Image) []byte {
	b := picture.Bounds()
	grid := make([]byte, 0, across*down)
	for row := range down {
		for column := range across {
			sum, n := 0, 0
			for y := b.Min.Y + row*b.Dy()/down; y < b.Min.Y+(row+1)*b.Dy()/down; y++ {
				for x := b.Min.X + column*b.Dx()/across; x < b.Min.X+(column+1)*b.Dx()/across; x++ {
					sum, n = sum+int(color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y), n+1
				}
			}
			grid = append(grid, byte(sum/max(n, 1)))
		}
	}
	return grid
}

// differs is the share of the grid that has changed to the eye.
func differs(a, b []byte) float64 {
	if len(a) != len(b) {
		return 1
	}
	n := 0
	for i := range a {
		if d := int(a[i]) - int(b[i]); max(d, -d) > 12 {
			n++
		}
	}
	return float64(n) / float64(len(a))
}

func goldenPath(page shell.PageName) string {
	return filepath.Join("testdata", "pages", string(page)+".txt")
}

// readGolden reads the pictures kept of a page: a line each, its screen, its palette, its grid in base64.
func readGolden(t *testing.T, page shell.PageName) map[string][]byte {
	t.Helper()
	golden := map[string][]byte{}
	raw, err := os.ReadFile(goldenPath(page))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			t.Fatalf("%s: %q", page, line)
		}
		grid, err := base64.StdEncoding.DecodeString(f[2])
		if err != nil {
			t.Fatal(err)
		}
		golden[f[0]+" "+f[1]] = grid
	}
	return golden
}

func writeGolden(t *testing.T, page shell.PageName, golden map[string][]byte) {
	t.Helper()
	var b bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(golden)) {
		fmt.Fprintln(&b, key, base64.StdEncoding.EncodeToString(golden[key]))
	}
	if err := os.MkdirAll(filepath.Dir(goldenPath(page)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenPath(page), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writePNG(t *testing.T, path string, picture image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
