//go:build !windows

package dragout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/url"
	"strings"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// What is said in the language of the X server: connection, selection, events.

// version of XDND that is spoken (freedesktop.org, «Drag-and-Drop Protocol for the X Window System»).
const version = 5

// uriList is the one form in which files are offered: a program that takes texts alone would write where a private copy lies.
const uriList = "text/uri-list"

// atoms are the names that the server has numbers for.
type atoms struct {
	selection, aware, proxy, enter, position, status, leave, drop, finished, copying, uriList, targets xproto.Atom
}

func (a *atoms) read(x *xgb.Conn) error {
	for name, to := range map[string]*xproto.Atom{
		"XdndSelection": &a.selection, "XdndAware": &a.aware, "XdndProxy": &a.proxy, "XdndEnter": &a.enter, "XdndPosition": &a.position, "XdndStatus": &a.status,
		"XdndLeave": &a.leave, "XdndDrop": &a.drop, "XdndFinished": &a.finished, "XdndActionCopy": &a.copying, uriList: &a.uriList, "TARGETS": &a.targets,
	} {
		r, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply()
		if err != nil {
			return fmt.Errorf("naming %s: %w", name, err)
		}
		*to = r.Atom
	}
	return nil
}

// The library writes to the standard error whenever a connection ends, also those that we end.
func init() { xgb.Logger = log.New(io.Discard, "", 0) }

// open connects to the server, and makes the window that the selection will belong to.
func open(c Cargo) (s *source, err error) {
	x, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("reaching the X server: %w", err)
	}
	s = &source{c: c, x: x, events: make(chan xgb.Event, 16), over: make(chan struct{})}
	defer func() {
		if err != nil {
			x.Close()
		}
	}()
	screen := xproto.Setup(x).DefaultScreen(x)
	s.root = screen.Root
	if err := s.atoms.read(x); err != nil {
		return nil, err
	}
	if s.escape, err = keyOf(x, escapeSymbol); err != nil {
		return nil, err
	}
	if s.own, err = xproto.NewWindowId(x); err != nil {
		return nil, fmt.Errorf("naming a window: %w", err)
	}
	err = xproto.CreateWindowChecked(x, screen.RootDepth, s.own, s.root, -10, -10, 1, 1, 0, xproto.WindowClassInputOutput, screen.RootVisual,
		xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{1, xproto.EventMaskPropertyChange}).Check()
	if err != nil {
		return nil, fmt.Errorf("making a window: %w", err)
	}
	s.sign = newSign(s, screen)
	go s.listen()
	return s, nil
}

func (s *source) close() {
	close(s.over)
	s.x.Close()
}

// listen brings events to the goroutine of Carry. Errors are those of windows that went away meanwhile.
func (s *source) listen() {
	defer close(s.events)
	for {
		e, err := s.x.WaitForEvent()
		if e == nil && err == nil {
			return
		}
		if e == nil {
			continue
		}
		select {
		case s.events <- e:
		case <-s.over:
			return
		}
	}
}

// escapeSymbol is the keysym of Escape.
const escapeSymbol = 0xff1b

// keyOf gives the key that has a symbol, 0 for none.
func keyOf(x *xgb.Conn, symbol xproto.Keysym) (xproto.Keycode, error) {
	first, last := xproto.Setup(x).MinKeycode, xproto.Setup(x).MaxKeycode
	m, err := xproto.GetKeyboardMapping(x, first, byte(last-first+1)).Reply()
	if err != nil {
		return 0, fmt.Errorf("reading the keyboard: %w", err)
	}
	for i, k := range m.Keysyms {
		if k == symbol && m.KeysymsPerKeycode > 0 {
			return first + xproto.Keycode(i/int(m.KeysymsPerKeycode)), nil
		}
	}
	return 0, nil
}

// take makes the selection of what is dragged ours, at the server's own time: «now» may lose it to a drag that ended before.
func (s *source) take(ctx context.Context) error {
	if err := xproto.ChangePropertyChecked(s.x, xproto.PropModeAppend, s.own, xproto.AtomWmName, xproto.AtomString, 8, 0, nil).Check(); err != nil {
		return err
	}
	for s.time == 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, open := <-s.events:
			if !open {
				return ErrLost
			}
			if changed, ok := e.(xproto.PropertyNotifyEvent); ok {
				s.time = changed.Time
			}
		}
	}
	return xproto.SetSelectionOwnerChecked(s.x, s.own, s.atoms.selection, s.time).Check()
}

// look finds where the pointer stands, over what, and whether the button is still held; over tells that the drag has come to its end.
func (s *source) look() (outcome Outcome, over bool, err error) {
	p, err := xproto.QueryPointer(s.x, s.root).Reply()
	if err != nil {
		return 0, false, fmt.Errorf("looking for the pointer: %w", errors.Join(ErrLost, err))
	}
	if s.escape != 0 {
		keys, err := xproto.QueryKeymap(s.x).Reply()
		if err != nil {
			return 0, false, fmt.Errorf("looking at the keyboard: %w", errors.Join(ErrLost, err))
		}
		if keys.Keys[s.escape/8]&(1<<(s.escape%8)) != 0 {
			return Escaped, true, nil
		}
	}
	s.at = point{p.RootX, p.RootY}
	down := p.Mask&xproto.ButtonMask1 != 0
	if !down && !s.seen { // let go before there was a drag: where the pointer went since means nothing
		return Nowhere, true, nil
	}
	if s.seen = true; !down { // it was let go since the last look, where it stands now
		s.phase = letGo
	}
	s.sign.follow(s.at)
	if under := s.find(s.at); under != s.target {
		s.leave()
		s.enter(under)
	}
	s.rested++
	if s.target.window != 0 && !s.asked && (s.told != s.at || s.phase == letGo || s.rested > resting) {
		s.tell()
	}
	return 0, false, nil
}

// hear takes an event; over tells that the drag has come to its end.
func (s *source) hear(e xgb.Event) (outcome Outcome, over bool) {
	switch e := e.(type) {
	case xproto.SelectionRequestEvent:
		s.answer(e)
	case xproto.DestroyNotifyEvent:
		if e.Window != s.target.window {
			break
		}
		s.target, s.asked, s.takes = target{}, false, false
		s.sign.show(false)
		if s.phase != held {
			return s.lapse(), true
		}
	case xproto.ClientMessageEvent:
		if e.Format != 32 || xproto.Window(e.Data.Data32[0]) != s.target.window {
			break // of one that was left meanwhile
		}
		switch {
		case e.Type == s.atoms.status && s.asked:
			s.asked, s.takes = false, e.Data.Data32[1]&1 != 0
			s.sign.show(s.takes)
		case e.Type == s.atoms.finished && s.phase == dropped:
			if s.target.version >= 5 && e.Data.Data32[1]&1 == 0 {
				return Nowhere, true // it could do nothing with them
			}
			return Taken, true
		}
	}
	return 0, false
}

// answer gives the files' names to who asks for them.
func (s *source) answer(e xproto.SelectionRequestEvent) {
	property := e.Property
	if property == 0 { // a program of former times
		property = xproto.Atom(e.Target)
	}
	var err error
	switch e.Target {
	case s.atoms.targets:
		offered := make([]byte, 8)
		xgb.Put32(offered, uint32(s.atoms.targets))
		xgb.Put32(offered[4:], uint32(s.atoms.uriList))
		err = xproto.ChangePropertyChecked(s.x, xproto.PropModeReplace, e.Requestor, property, xproto.AtomAtom, 32, 2, offered).Check()
	case s.atoms.uriList:
		err = s.write(e.Requestor, property, URIs(s.c.Paths))
		s.named = s.named || err == nil && s.phase == dropped
	default:
		property = 0
	}
	if err != nil {
		property = 0
	}
	answer := xproto.SelectionNotifyEvent{Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: property}
	xproto.SendEvent(s.x, false, e.Requestor, 0, string(answer.Bytes()))
}

// write puts a text in a property of another window, in parts that a request holds.
func (s *source) write(w xproto.Window, property xproto.Atom, text string) error {
	most := int(xproto.Setup(s.x).MaximumRequestLength)*4 - 64
	mode := byte(xproto.PropModeReplace)
	for first := true; first || text != ""; first = false {
		part := text[:min(len(text), most)]
		text = text[len(part):]
		if err := xproto.ChangePropertyChecked(s.x, mode, w, property, s.atoms.uriList, 8, uint32(len(part)), []byte(part)).Check(); err != nil {
			return err
		}
		mode = xproto.PropModeAppend
	}
	return nil
}

// URIs writes paths as RFC 2483 has it, a line each.
func URIs(paths []string) string {
	var b strings.Builder
	for _, path := range paths {
		b.WriteString((&url.URL{Scheme: "file", Path: path}).String() + "\r\n")
	}
	return b.String()
}
