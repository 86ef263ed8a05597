package mailbox

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// FromHTML makes a text of a page: no picture, style or script, a link followed by where it leads unless its words
// are that.
func FromHTML(page []byte) string {
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(MaxHead)
	w := &textWriter{}
	var href, anchor string
	silent := 0 // inside what is not read
	for w.out.Len() < 4*MaxText {
		switch z.Next() {
		case html.ErrorToken:
			return w.text()
		case html.TextToken:
			if silent == 0 {
				t := string(z.Text())
				anchor += t
				w.words(t)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.DataAtom {
			case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noscript:
				if t.Type == html.StartTagToken {
					silent++
				}
			case atom.A:
				href, anchor = attribute(t, "href"), ""
			case atom.Br:
				w.newLine(1)
			case atom.Li:
				w.newLine(1)
				w.words("– ")
			case atom.Td, atom.Th:
				w.words(" ")
			case atom.Tr, atom.Div:
				w.newLine(1)
			case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.Blockquote, atom.Ul, atom.Ol, atom.Table, atom.Hr:
				w.newLine(2)
			}
		case html.EndTagToken:
			t := z.Token()
			switch t.DataAtom {
			case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noscript:
				silent = max(0, silent-1)
			case atom.A:
				if target := strings.TrimSpace(clean(href)); target != "" && !strings.HasPrefix(target, "#") && !same(anchor, target) {
					w.words(" [" + target + "]")
				}
				href = ""
			case atom.Div, atom.Tr:
				w.newLine(1)
			case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.Blockquote, atom.Ul, atom.Ol, atom.Table:
				w.newLine(2)
			}
		}
	}
	return w.text()
}

// same: the words of a link are its target.
func same(anchor, target string) bool {
	short := func(s string) string { return strings.TrimSuffix(strings.TrimSpace(s), "/") }
	a, t := short(anchor), short(target)
	return a == t || "mailto:"+a == t || "https://"+a == t
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val[:min(len(a.Val), 2000)]
		}
	}
	return ""
}

// textWriter lays words out: blanks are one, lines at most two.
type textWriter struct {
	out   strings.Builder
	lines int  // wanted before the next word
	blank bool // wanted before the next word
}

func (w *textWriter) newLine(n int) {
	if w.out.Len() > 0 {
		w.lines, w.blank = max(w.lines, n), false
	}
}

func (w *textWriter) words(s string) {
	s = clean(s)
	fields := strings.Fields(s)
	if len(fields) == 0 {
		w.blank = w.blank || s != ""
		return
	}
	if strings.TrimLeft(s, " \t\r\n\u00a0") != s {
		w.blank = true
	}
	for i, f := range fields {
		switch {
		case w.lines > 0:
			w.out.WriteString(strings.Repeat("\n", w.lines))
		case w.out.Len() > 0 && (w.blank || i > 0):
			w.out.WriteByte(' ')
		}
		w.lines, w.blank = 0, false
		w.out.WriteString(f)
	}
	w.blank = strings.TrimRight(s, " \t\r\n\u00a0") != s
}

func (w *textWriter) text() string { return strings.TrimSpace(w.out.String()) }
