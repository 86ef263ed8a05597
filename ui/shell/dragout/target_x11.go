//go:build !windows

package dragout

import (
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// target is a window that files can be let go over; the zero value is none.
type target struct {
	window  xproto.Window // that is told of
	to      xproto.Window // that hears it: the window itself, or who stands in for it
	version uint32
}

// deepest is how far down windows stand in one another.
const deepest = 32

// find looks for the first window at a place, from the outside, that says it takes what is dragged: the frames of window managers
// say nothing. Over the drag's own window there is none.
func (s *source) find(at point) target {
	w := s.root
	for range deepest {
		r, err := xproto.TranslateCoordinates(s.x, s.root, w, at.x, at.y).Reply()
		if err != nil || r.Child == 0 || r.Child == s.own || r.Child == xproto.Window(s.c.Window) {
			break
		}
		w = r.Child
		if t, ok := s.aware(w); ok {
			return t
		}
	}
	if w == s.root { // the background, for which another window may stand in
		t, _ := s.aware(w)
		return t
	}
	return target{}
}

// aware tells whether a window takes what is dragged, and which version of the protocol it speaks.
func (s *source) aware(w xproto.Window) (target, bool) {
	t := target{window: w, to: w}
	if proxy := s.number(w, s.atoms.proxy, xproto.AtomWindow); proxy != 0 && s.number(xproto.Window(proxy), s.atoms.proxy, xproto.AtomWindow) == proxy {
		t.to = xproto.Window(proxy) // one that has gone names itself no more
	}
	if t.version = min(s.number(t.to, s.atoms.aware, xproto.AtomAtom), version); t.version == 0 {
		return target{}, false
	}
	return t, true
}

// number reads a property of one number, 0 for none.
func (s *source) number(w xproto.Window, property, kind xproto.Atom) uint32 {
	r, err := xproto.GetProperty(s.x, false, w, property, kind, 0, 1).Reply()
	if err != nil || r.Format != 32 || len(r.Value) < 4 {
		return 0
	}
	return xgb.Get32(r.Value)
}

// say sends the target a message of the protocol.
func (s *source) say(kind xproto.Atom, words ...uint32) {
	data := append([]uint32{uint32(s.own)}, words...)
	message := xproto.ClientMessageEvent{Format: 32, Window: s.target.window, Type: kind, Data: xproto.ClientMessageDataUnionData32New(append(data, make([]uint32, 5-len(data))...))}
	xproto.SendEvent(s.x, false, s.target.to, 0, string(message.Bytes()))
}

// enter begins with a target; its end is told of from now on.
func (s *source) enter(t target) {
	s.target, s.asked, s.takes = t, false, false
	if t.window == 0 {
		return
	}
	xproto.ChangeWindowAttributes(s.x, t.window, xproto.CwEventMask, []uint32{xproto.EventMaskStructureNotify})
	s.say(s.atoms.enter, t.version<<24, uint32(s.atoms.uriList))
	s.tell()
}

// tell says where the pointer is, and awaits the answer.
func (s *source) tell() {
	s.told, s.asked, s.rested = s.at, true, 0
	s.say(s.atoms.position, 0, uint32(uint16(s.at.x))<<16|uint32(uint16(s.at.y)), uint32(s.time), uint32(s.atoms.copying))
}

// leave ends with a target, if there is one.
func (s *source) leave() {
	if s.target.window == 0 {
		return
	}
	s.say(s.atoms.leave)
	xproto.ChangeWindowAttributes(s.x, s.target.window, xproto.CwEventMask, []uint32{0})
	s.target, s.asked, s.takes = target{}, false, false
	s.sign.show(false)
}

// drop lets the files go.
func (s *source) drop() {
	s.phase = dropped
	s.sign.hide()
	s.say(s.atoms.drop, 0, uint32(s.time))
}
