package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Focus puts the focus on f in the window that shows o, if one does.
func Focus(o fyne.CanvasObject, f fyne.Focusable) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Focus(f)
	}
}

// Shown tells whether an object that has been drawn once still stands in its window: what does not has no place there, and the focus
// given to it would be nowhere.
func Shown(o fyne.CanvasObject) bool {
	return fyne.CurrentApp().Driver().AbsolutePositionForObject(o) != fyne.Position{}
}

// passKey hands a key that a focused widget has no use for to the window: Fyne gives keys to the focused widget alone.
func passKey(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}

func passShortcut(o fyne.CanvasObject, s fyne.Shortcut) {
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(o).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

func isWindowKey(k fyne.KeyName) bool {
	switch k {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8,
		fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12:
		return true
	}
	return false
}

// Button is a button that answers to Enter as well as to Space.
type Button struct{ widget.Button }

// NewButton makes a button; icon may be nil.
func NewButton(label string, icon fyne.Resource, tapped func()) *Button {
	b := &Button{}
	b.Text, b.Icon, b.OnTapped = label, icon, tapped
	b.ExtendBaseWidget(b)
	return b
}

// NewPrimary makes the one button of a page or card that does what is expected there.
func NewPrimary(label string, icon fyne.Resource, tapped func()) *Button {
	b := NewButton(label, icon, tapped)
	b.Importance = widget.HighImportance
	return b
}

// TypedKey taps on Enter and lets the window's keys through.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if !b.Disabled() && b.OnTapped != nil {
			b.OnTapped()
		}
	default:
		passKey(b, e)
	}
}

// Entry is a text field that lets the window's keys and shortcuts through. OnKey, when it returns true, has used a key
// before the field does; OnEnter is called on Enter of a one-line field.
type Entry struct {
	widget.Entry
	OnKey      func(*fyne.KeyEvent) bool
	OnShortcut func(*desktop.CustomShortcut) bool
}

// AcceptsTab leaves Tab to go to the next field, out of a text of several lines too: Fyne would write it into the text.
func (e *Entry) AcceptsTab() bool { return false }

// NewEntry makes a one-line field.
func NewEntry(placeholder string) *Entry {
	e := &Entry{}
	e.PlaceHolder = placeholder
	e.ExtendBaseWidget(e)
	return e
}

// NewPassword makes a one-line field whose text is hidden.
func NewPassword(placeholder string) *Entry {
	e := NewEntry(placeholder)
	e.Password = true
	return e
}

// NewText makes a wrapped field of several lines, at least rows high.
func NewText(placeholder string, rows int) *Entry {
	e := NewEntry(placeholder)
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapWord
	e.SetMinRowsVisible(rows)
	return e
}

// Follow takes in the text as it has become elsewhere, the cursor staying where it was in its words: place tells where a
// place of the former text, in runes, stands in the new one. OnChanged hears nothing of it.
func (e *Entry) Follow(text string, place func(from, to string, at int) int) {
	at := place(e.Text, text, e.CursorTextOffset())
	changed := e.OnChanged
	e.OnChanged = nil
	e.SetText(text)
	e.OnChanged = changed
	e.goTo(at)
}

// goTo puts the cursor at a place of the text: rows are those on the screen.
func (e *Entry) goTo(at int) {
	row, start := 0, 0
	for {
		e.CursorRow, e.CursorColumn = row+1, 0
		next := e.CursorTextOffset()
		if next <= start || next > at {
			break
		}
		row, start = row+1, next
	}
	e.CursorRow, e.CursorColumn = row, at-start
	e.Refresh()
}

// TypedKey gives OnKey the first word, the window its keys, and the field the rest.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	if e.OnKey != nil && e.OnKey(k) {
		return
	}
	if isWindowKey(k.Name) {
		passKey(e, k)
		return
	}
	e.Entry.TypedKey(k)
}

// TypedShortcut keeps the field's own shortcuts and gives the others to the window.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if p, pastes := s.(*fyne.ShortcutPaste); pastes {
		e.paste(p)
		return
	}
	c, custom := s.(*desktop.CustomShortcut)
	if !custom {
		e.Entry.TypedShortcut(s)
		return
	}
	if e.OnShortcut != nil && e.OnShortcut(c) {
		return
	}
	switch c.KeyName { // words and lines of the field itself
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyHome, fyne.KeyEnd, fyne.KeyUp, fyne.KeyDown, fyne.KeyBackspace, fyne.KeyDelete:
		if c.Modifier&fyne.KeyModifierAlt == 0 {
			e.Entry.TypedShortcut(s)
			return
		}
	}
	passShortcut(e, s)
}
