//go:build !windows

package dragout_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"alpi40.fr/airial/ui/shell/dragout"
	"alpi40.fr/airial/ui/shell/dragout/dragtest"
)

// screen is a virtual screen with a window on it that the drag begins in, and a hand on the mouse.
type screen struct {
	t    *testing.T
	x    *xgb.Conn
	root xproto.Window
	from xproto.Window
}

var (
	home  = image.Rect(0, 0, 300, 300)
	other = image.Rect(400, 100, 700, 400)
)

func onScreen(t *testing.T) *screen {
	t.Helper()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("Xvfb is not installed")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "Xvfb", "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp")
	c.ExtraFiles = []*os.File{w}
	if err := errors.Join(c.Start(), w.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	var number int
	if _, err := fmt.Fscan(r, &number); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DISPLAY", fmt.Sprintf(":%d", number))
	s := &screen{t: t}
	if s.x, err = xgb.NewConn(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.x.Close)
	s.root = xproto.Setup(s.x).DefaultScreen(s.x).Root
	s.from, err = dragtest.Window(s.x, s.root, home, 0x88aa88)
	if err := errors.Join(err, xtest.Init(s.x)); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *screen) fake(kind, detail byte, x, y int) {
	s.t.Helper()
	if err := xtest.FakeInputChecked(s.x, kind, detail, 0, s.root, int16(x), int16(y), 0).Check(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *screen) move(x, y int) { s.fake(xproto.MotionNotify, 0, x, y) }
func (s *screen) press()        { s.fake(xproto.ButtonPress, 1, 0, 0) }
func (s *screen) let()          { s.fake(xproto.ButtonRelease, 1, 0, 0) }

// drag is one that goes on.
type drag struct {
	s       *screen
	paths   []string
	ready   chan error
	outcome chan dragout.Outcome
	err     chan error
	stop    context.CancelFunc
}

// begin presses the mouse in the window, and drags files that hold their own names.
func (s *screen) begin(names ...string) *drag {
	s.t.Helper()
	s.move(50, 50)
	s.press()
	return s.carry(names...)
}

// carry drags files, whatever the mouse does.
func (s *screen) carry(names ...string) *drag {
	s.t.Helper()
	dir := s.t.TempDir()
	d := &drag{s: s, ready: make(chan error, 1), outcome: make(chan dragout.Outcome, 1), err: make(chan error, 1)}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			s.t.Fatal(err)
		}
		d.paths = append(d.paths, path)
	}
	var ctx context.Context
	ctx, d.stop = context.WithCancel(s.t.Context())
	s.t.Cleanup(d.stop)
	go func() {
		outcome, err := dragout.Carry(ctx, dragout.Cargo{Window: uintptr(s.from), Paths: d.paths, Loose: plate(color.White), Welcome: plate(color.Black),
			Ready: func(ctx context.Context) error {
				select {
				case err := <-d.ready:
					return err
				case <-ctx.Done():
					return ctx.Err()
				}
			}})
		d.outcome <- outcome
		d.err <- err
	}()
	return d
}

func plate(c color.Color) image.Image {
	pic := image.NewRGBA(image.Rect(0, 0, 90, 30))
	draw.Draw(pic, pic.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return pic
}

// ends holds the drag to what became of it.
func (d *drag) ends(outcome dragout.Outcome, want error) {
	d.s.t.Helper()
	got, err := <-d.outcome, <-d.err
	if got != outcome || !errors.Is(err, want) {
		d.s.t.Fatalf("outcome %d, %v; wanted %d, %v", got, err, outcome, want)
	}
}

func (s *screen) target(m dragtest.Manners, proxied bool) *dragtest.Target {
	s.t.Helper()
	o, err := dragtest.Open(other, m, proxied)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(o.Close)
	return o
}

// over takes the pointer to the other program, until it is told.
func (s *screen) over(o *dragtest.Target) {
	s.t.Helper()
	s.move(500, 200)
	s.until(func() bool { return strings.Contains(o.Heard(), "XdndPosition") })
}

func (s *screen) until(holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatal("waited in vain")
		}
	}
}

// Files with names that only people give reach another program, whoever hears for its window.
func TestFilesArriveElsewhere(t *testing.T) {
	for _, proxied := range []bool{false, true} {
		s := onScreen(t)
		o := s.target(dragtest.Takes, proxied)
		d := s.begin("Délibération n° 12 à 100 %.pdf", "plan #2.txt")
		d.ready <- nil
		s.over(o)
		s.let()
		got := <-o.Came()
		if !slices.Equal(got, d.paths) {
			t.Errorf("proxied %v: %q, wanted %q", proxied, got, d.paths)
		}
		d.ends(dragout.Taken, nil)
		if heard := o.Heard(); heard != "XdndEnter XdndPosition XdndDrop" {
			t.Errorf("proxied %v: %s", proxied, heard)
		}
	}
}

// Many names are more than one request to the server holds.
func TestManyFilesArrive(t *testing.T) {
	s := onScreen(t)
	o := s.target(dragtest.Takes, false)
	var names []string
	for i := range 3000 {
		names = append(names, fmt.Sprintf("pièce justificative du mandat n° %04d de l’exercice.pdf", i))
	}
	d := s.begin(names...)
	d.ready <- nil
	s.over(o)
	s.let()
	if got := <-o.Came(); !slices.Equal(got, d.paths) {
		t.Errorf("%d came", len(got))
	}
	d.ends(dragout.Taken, nil)
}

// Files that were let go before they are there are handed over once they are; those that cannot be had are not.
func TestFilesThatComeLate(t *testing.T) {
	missing := errors.New("the server is not reached")
	for _, late := range []error{nil, missing} {
		s := onScreen(t)
		o := s.target(dragtest.Takes, false)
		d := s.begin("gros.zip")
		s.over(o)
		s.let()
		s.until(func() bool { return !s.held() })
		if strings.Contains(o.Heard(), "XdndDrop") {
			t.Errorf("dropped before it was there: %s", o.Heard())
		}
		d.ready <- late
		if late != nil {
			d.ends(dragout.Nowhere, missing)
			s.until(func() bool { return strings.HasSuffix(o.Heard(), "XdndLeave") })
			continue
		}
		<-o.Came()
		d.ends(dragout.Taken, nil)
	}
}

func (s *screen) held() bool {
	p, err := xproto.QueryPointer(s.x, s.root).Reply()
	return err == nil && p.Mask&xproto.ButtonMask1 != 0
}

// A program that refuses, says nothing, or goes away in the middle leaves the drag at its end.
func TestRudeTargets(t *testing.T) {
	for _, c := range []struct {
		m     dragtest.Manners
		want  dragout.Outcome
		heard string
	}{
		{dragtest.Refuses, dragout.Nowhere, "XdndEnter XdndPosition XdndLeave"},
		{dragtest.Mute, dragout.Unanswered, "XdndEnter XdndPosition XdndLeave"},
		{dragtest.DiesHeld, dragout.Nowhere, "XdndEnter XdndPosition"},
		{dragtest.DiesAtDrop, dragout.Unanswered, "XdndEnter XdndPosition XdndDrop"},
		{dragtest.Forgets, dragout.Taken, "XdndEnter XdndPosition XdndDrop"},
	} {
		t.Run(fmt.Sprint(c.m), func(t *testing.T) {
			s := onScreen(t)
			o := s.target(c.m, false)
			d := s.begin("devis.pdf")
			d.ready <- nil
			s.over(o)
			s.let()
			d.ends(c.want, nil)
			s.until(func() bool { return o.Heard() == c.heard })
		})
	}
}

// Escape and the end of the program give the files up; so does letting them go where nothing is, or at home.
func TestGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		do      func(s *screen, o *dragtest.Target, d *drag)
		outcome dragout.Outcome
		want    error
		heard   string
	}{
		"escape": {func(s *screen, o *dragtest.Target, d *drag) {
			s.over(o)
			s.fake(xproto.KeyPress, 9, 0, 0) // Escape
		}, dragout.Escaped, nil, "XdndEnter XdndPosition XdndLeave"},
		"the end": {func(s *screen, o *dragtest.Target, d *drag) { s.over(o); d.stop() }, dragout.Nowhere, context.Canceled, "XdndEnter XdndPosition XdndLeave"},
		"nothing": {func(s *screen, o *dragtest.Target, d *drag) { s.over(o); s.move(750, 550); s.let() }, dragout.Nowhere, nil, "XdndEnter XdndPosition XdndLeave"},
		"home":    {func(s *screen, o *dragtest.Target, d *drag) { s.move(100, 100); s.let() }, dragout.Nowhere, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := onScreen(t)
			o := s.target(dragtest.Takes, false)
			d := s.begin("devis.pdf")
			d.ready <- nil
			c.do(s, o, d)
			d.ends(c.outcome, c.want)
			s.until(func() bool { return o.Heard() == c.heard })
		})
	}
}

// A button that was let go before the drag began gives nothing to what lies under the pointer by then.
func TestLetGoTooSoon(t *testing.T) {
	s := onScreen(t)
	o := s.target(dragtest.Takes, false)
	s.move(500, 200)
	d := s.carry("devis.pdf")
	d.ready <- nil
	d.ends(dragout.Nowhere, nil)
	if heard := o.Heard(); heard != "" {
		t.Errorf("the target heard %s", heard)
	}
}

// The sign stands beside the pointer, and says by its look whether the files would be taken.
func TestTheSignGoesWithThePointer(t *testing.T) {
	s := onScreen(t)
	o := s.target(dragtest.Takes, false)
	d := s.begin("devis.pdf")
	s.move(100, 150)
	s.until(func() bool { return s.colour(120, 170) == 0xffffff })
	s.over(o)
	s.until(func() bool { return s.colour(520, 220) == 0 })
	s.move(780, 580) // in the corner it stands on the other side
	s.until(func() bool { return s.colour(700, 550) == 0xffffff })
	s.over(o)
	d.ready <- nil
	s.let()
	d.ends(dragout.Taken, nil)
}

// colour reads a point of the screen.
func (s *screen) colour(x, y int16) uint32 {
	r, err := xproto.GetImage(s.x, xproto.ImageFormatZPixmap, xproto.Drawable(s.root), x, y, 1, 1, ^uint32(0)).Reply()
	if err != nil || len(r.Data) < 4 {
		return 1
	}
	return xgb.Get32(r.Data) & 0xffffff
}
