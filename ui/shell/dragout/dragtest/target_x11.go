//go:build !windows

package dragtest

import (
	"fmt"
	"image"
	"net/url"
	"strings"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Manners are how a target behaves.
type Manners int

// The manners.
const (
	Takes      Manners = iota // takes what is let go, as a file manager does
	Refuses                   // says that it takes nothing
	Mute                      // answers nothing
	DiesHeld                  // goes away once something is over it
	DiesAtDrop                // goes away once something is let go over it
	Forgets                   // fetches the names, and never says that it is done
)

// Target is a window of another program on the screen that DISPLAY names. It stands in a frame, as window managers put windows.
type Target struct {
	x        *xgb.Conn
	frame    xproto.Window
	window   xproto.Window
	manners  Manners
	atoms    map[xproto.Atom]string
	numbers  map[string]xproto.Atom
	source   xproto.Window
	came     chan []string
	finished chan struct{}

	mu    sync.Mutex
	heard []string
}

// names are those of the protocol, and of the property that the files' names are fetched into.
var names = []string{"XdndAware", "XdndProxy", "XdndEnter", "XdndPosition", "XdndStatus", "XdndLeave", "XdndDrop", "XdndFinished", "XdndSelection", "XdndActionCopy", "text/uri-list", "FETCHED"}

// Open shows a target at a place of the screen. With proxied, another window hears for it.
func Open(place image.Rectangle, m Manners, proxied bool) (*Target, error) {
	x, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("reaching the X server: %w", err)
	}
	t := &Target{x: x, manners: m, atoms: map[xproto.Atom]string{}, numbers: map[string]xproto.Atom{}, came: make(chan []string, 1), finished: make(chan struct{})}
	if err := t.show(place, proxied); err != nil {
		x.Close()
		return nil, err
	}
	go t.serve()
	return t, nil
}

func (t *Target) show(place image.Rectangle, proxied bool) error {
	for _, name := range names {
		r, err := xproto.InternAtom(t.x, false, uint16(len(name)), name).Reply()
		if err != nil {
			return fmt.Errorf("naming %s: %w", name, err)
		}
		t.atoms[r.Atom], t.numbers[name] = name, r.Atom
	}
	root := xproto.Setup(t.x).DefaultScreen(t.x).Root
	var err error
	if t.frame, err = Window(t.x, root, place, 0x446688); err != nil {
		return err
	}
	inside := image.Rect(0, 20, place.Dx(), place.Dy())
	if t.window, err = Window(t.x, t.frame, inside, 0xf4f4f4); err != nil {
		return err
	}
	hears := t.window
	if proxied {
		if hears, err = Window(t.x, root, image.Rect(-20, -20, -10, -10), 0); err != nil {
			return err
		}
		for _, w := range []xproto.Window{hears, t.window} {
			if err := t.put(w, "XdndProxy", xproto.AtomWindow, uint32(hears)); err != nil {
				return err
			}
		}
	}
	return t.put(hears, "XdndAware", xproto.AtomAtom, 5)
}

func (t *Target) put(w xproto.Window, property string, kind xproto.Atom, value uint32) error {
	data := make([]byte, 4)
	xgb.Put32(data, value)
	return xproto.ChangePropertyChecked(t.x, xproto.PropModeReplace, w, t.numbers[property], kind, 32, 1, data).Check()
}

// Window shows a window of one colour, which hears presses, as no window manager sees.
func Window(x *xgb.Conn, in xproto.Window, place image.Rectangle, colour uint32) (xproto.Window, error) {
	w, err := xproto.NewWindowId(x)
	if err != nil {
		return 0, fmt.Errorf("naming a window: %w", err)
	}
	err = xproto.CreateWindowChecked(x, 0, w, in, int16(place.Min.X), int16(place.Min.Y), uint16(place.Dx()), uint16(place.Dy()), 0, xproto.WindowClassInputOutput, 0,
		xproto.CwBackPixel|xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{colour, 1, xproto.EventMaskButtonPress | xproto.EventMaskButtonRelease | xproto.EventMaskPointerMotion}).Check()
	if err == nil {
		err = xproto.MapWindowChecked(x, w).Check()
	}
	if err != nil {
		return 0, fmt.Errorf("showing a window: %w", err)
	}
	return w, nil
}

// Close takes the window away.
func (t *Target) Close() {
	t.x.Close()
	<-t.finished
}

// Came is told the paths of what was let go, once their names were fetched.
func (t *Target) Came() <-chan []string { return t.came }

// Heard are the names of the messages that came, each followed by its like only once.
func (t *Target) Heard() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.heard, " ")
}

func (t *Target) serve() {
	defer close(t.finished)
	for {
		e, err := t.x.WaitForEvent()
		if e == nil && err == nil {
			return
		}
		switch e := e.(type) {
		case xproto.ClientMessageEvent:
			if t.message(t.atoms[e.Type], e) {
				t.x.Close()
			}
		case xproto.SelectionNotifyEvent:
			t.fetch(e)
		}
	}
}

// message answers what a source says; dies when the target is to go away.
func (t *Target) message(name string, e xproto.ClientMessageEvent) (dies bool) {
	t.mu.Lock()
	if n := len(t.heard); n == 0 || t.heard[n-1] != name {
		t.heard = append(t.heard, name)
	}
	t.mu.Unlock()
	t.source = xproto.Window(e.Data.Data32[0])
	switch {
	case name == "XdndPosition" && t.manners == DiesHeld, name == "XdndDrop" && t.manners == DiesAtDrop:
		return true
	case name == "XdndPosition" && t.manners == Refuses:
		t.say("XdndStatus", 0, 0, 0, 0)
	case name == "XdndPosition" && t.manners != Mute:
		t.say("XdndStatus", 1, 0, 0, uint32(t.numbers["XdndActionCopy"]))
	case name == "XdndDrop":
		xproto.ConvertSelection(t.x, t.window, t.numbers["XdndSelection"], t.numbers["text/uri-list"], t.numbers["FETCHED"], xproto.Timestamp(e.Data.Data32[2]))
	}
	return false
}

// fetch reads the names, and says that it is done.
func (t *Target) fetch(e xproto.SelectionNotifyEvent) {
	r, err := xproto.GetProperty(t.x, true, t.window, e.Property, 0, 0, 1<<20).Reply()
	if err != nil {
		return
	}
	var paths []string
	for line := range strings.Lines(string(r.Value)) {
		if u, err := url.Parse(strings.TrimSpace(line)); err == nil && u.Scheme == "file" {
			paths = append(paths, u.Path)
		}
	}
	t.came <- paths
	if t.manners != Forgets {
		t.say("XdndFinished", 1, uint32(t.numbers["XdndActionCopy"]), 0, 0)
	}
}

func (t *Target) say(kind string, words ...uint32) {
	m := xproto.ClientMessageEvent{Format: 32, Window: t.source, Type: t.numbers[kind], Data: xproto.ClientMessageDataUnionData32New(append([]uint32{uint32(t.window)}, words...))}
	xproto.SendEvent(t.x, false, t.source, 0, string(m.Bytes()))
}
