package widgets_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/widgets"
)

// pasted is what a field holds once something was pasted into it.
func pasted(t *testing.T, e *widgets.Entry, content string) string {
	t.Helper()
	test.NewTempWindow(t, e)
	c := test.NewClipboard()
	c.SetContent(content)
	e.TypedShortcut(&fyne.ShortcutPaste{Clipboard: c})
	return e.Text
}

// What is pasted loses what nobody sees, and keeps the rest.
func TestPasteWithoutWhatHides(t *testing.T) {
	inLight(t)
	for name, c := range map[string]struct{ from, to string }{
		"an accent apart":            {"e\u0301te\u0301", "été"},
		"marks of direction":         {"Mme \u202eelbisivni\u202c Dupont\u200f", "Mme elbisivni Dupont"},
		"isolates":                   {"n° \u2066123\u2069", "n° 123"},
		"words from right to left":   {"Mme שלום", "Mme שלום"},
		"no width":                   {"conseil\u200b municipal\ufeff", "conseil municipal"},
		"control characters":         {"a\x00b\x07c", "abc"},
		"a soft hyphen":              {"délibéra\u00adtion", "délibération"},
		"lines of another system":    {"un\r\ndeux\rtrois\u2029quatre", "un\ndeux\ntrois\nquatre"},
		"spaces that do not break":   {"12\u202f000\u00a0€", "12\u202f000\u00a0€"},
		"a table of a spreadsheet":   {"a\tb", "a\tb"},
		"what the dead keys compose": {"ê ë ñ", "ê ë ñ"},
	} {
		if held := pasted(t, widgets.NewText("", 2), c.from); held != c.to {
			t.Errorf("%s: %q", name, held)
		}
	}
	if held := pasted(t, widgets.NewPassword(""), "e\u0301"); held != "e\u0301" {
		t.Errorf("a passphrase became %q", held)
	}
}

// A hundred megabytes on the clipboard are not taken; the field keeps what it held. (That it is told is seen in the real window.)
func TestPasteTooLong(t *testing.T) {
	inLight(t)
	for name, e := range map[string]*widgets.Entry{"a text": widgets.NewText("", 2), "a line": widgets.NewEntry(""), "a passphrase": widgets.NewPassword("")} {
		e.SetText("avant")
		if held := pasted(t, e, strings.Repeat("0123456789", 10<<20)); held != "avant" {
			t.Errorf("%s: holds %d characters", name, len(held))
		}
	}
}
