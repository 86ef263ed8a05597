package widgets

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"golang.org/x/text/unicode/norm"
)

// What a field takes at once, in bytes: a long text, and a line. More is another document's, copied by mistake; a window that laid it
// out would stand still for minutes.
const (
	longestPaste = 400_000
	longestLine  = 10_000
)

// TooLong is what a field gives the window when what was pasted is too long for it: nothing of it was taken.
type TooLong struct{}

// ShortcutName names it for the window.
func (TooLong) ShortcutName() string { return "airial:too-long" }

// paste puts in what is on the clipboard, without what nobody sees; too much of it is told instead.
func (e *Entry) paste(p *fyne.ShortcutPaste) {
	content, most := p.Clipboard.Content(), longestPaste
	if !e.MultiLine {
		most = longestLine
	}
	if len(content) > most {
		passShortcut(e, TooLong{})
		return
	}
	if !e.Password {
		content = visible(content)
	}
	e.Entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: typed(content)})
}

// visible is a text without what changes its order or hides in it (marks of direction, characters without width, control characters), its
// accents as the keyboard types them. Words of another script stay.
func visible(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r), r == '\ufffd':
			return -1
		case r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f', r == '\ufeff', r == '\u00ad':
			return -1
		}
		return r
	}, s))
}
