package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Link is a choice whose words come from elsewhere and may be long: unlike a button's, they wrap where the pane is narrow. Enter
// takes it as Space does. It stands in a Wrapped.
type Link struct{ widget.Hyperlink }

// NewLink makes one that does something once it is taken.
func NewLink(words string, taken func()) *Link {
	l := &Link{}
	l.Text, l.OnTapped, l.Wrapping = words, taken, fyne.TextWrapWord
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer draws it as Fyne does, its lines cut for its width.
func (l *Link) CreateRenderer() fyne.WidgetRenderer { return cutting(l, l.Hyperlink.CreateRenderer()) }

// TypedKey takes it on Enter and lets the window's keys through.
func (l *Link) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		l.OnTapped()
	default:
		passKey(l, e)
	}
}
