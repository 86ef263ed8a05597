package typeset

import (
	"regexp"
	"strings"

	"alpi40.fr/airial/local/typeset/internal/flow"
)

// What a person sets off in a text: «**in bold**», «__in italics__», one within the other. Marks that do not go by pairs, or hold nothing, are
// printed as they are; so are the blanks of a form («____»).
var emphasis = regexp.MustCompile(`\*\*([^*\s](?:[^*]*[^*\s])?)\*\*|__([^_\s](?:[^_]*[^_\s])?)__`)

// marked spares most texts the search.
func marked(text string) bool { return strings.Contains(text, "**") || strings.Contains(text, "__") }

// Unmarked is a text without the marks of what is set off, for where there is neither bold nor italics.
func Unmarked(text string) string {
	if !marked(text) {
		return text
	}
	return emphasis.ReplaceAllStringFunc(text, func(m string) string { return Unmarked(m[2 : len(m)-2]) })
}

// Unmarked is a deliberation without the marks of what is set off in its texts.
func (d Deliberation) Unmarked() Deliberation {
	each := func(all []string) (out []string) {
		for _, s := range all {
			out = append(out, Unmarked(s))
		}
		return out
	}
	d.Visas, d.Grounds = each(d.Visas), each(d.Grounds)
	statement, articles := d.Statement, d.Articles
	d.Statement, d.Articles = nil, nil
	for _, p := range statement {
		p.Text = Unmarked(p.Text)
		d.Statement = append(d.Statement, p)
	}
	for _, a := range articles {
		a.Text = Unmarked(a.Text)
		d.Articles = append(d.Articles, a)
	}
	return d
}

// setOff sets the parts of a text that a person set off in their face, the others as they are; each sets one part.
func setOff(text string, s flow.Style, each func(text string, s flow.Style) []flow.Span) (out []flow.Span) {
	at := 0
	for _, m := range emphasis.FindAllStringSubmatchIndex(text, -1) {
		out = append(out, each(text[at:m[0]], s)...)
		switch at = m[1]; {
		case m[2] >= 0:
			out = append(out, setOff(text[m[2]:m[3]], with(s, bolder(s.Face)), each)...)
		default:
			out = append(out, setOff(text[m[4]:m[5]], with(s, slanted(s.Face)), each)...)
		}
	}
	return append(out, each(text[at:], s)...)
}

func bolder(f flow.Face) flow.Face {
	if f == flow.Italic || f == flow.BoldItalic {
		return flow.BoldItalic
	}
	return flow.Bold
}

func slanted(f flow.Face) flow.Face {
	if f == flow.Bold || f == flow.BoldItalic {
		return flow.BoldItalic
	}
	return flow.Italic
}
