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

// Part is a piece of a text in one face.
type Part struct {
	Text         string
	Bold, Italic bool
}

// Parts parts a text at the marks of what is set off, which are left out.
func Parts(text string) (out []Part) {
	at := 0
	for _, m := range emphasis.FindAllStringSubmatchIndex(text, -1) {
		out = append(out, Part{Text: text[at:m[0]]})
		at = m[1]
		bold := m[2] >= 0
		inner := text[m[0]+2 : m[1]-2]
		for _, p := range Parts(inner) {
			out = append(out, Part{p.Text, p.Bold || bold, p.Italic || !bold})
		}
	}
	return append(out, Part{Text: text[at:]})
}

// setOff sets the parts of a text that a person set off in their face, the others as they are; each sets one part.
func setOff(text string, s flow.Style, each func(text string, s flow.Style) []flow.Span) (out []flow.Span) {
	for _, p := range Parts(text) {
		face := s.Face
		if p.Bold {
			face = bolder(face)
		}
		if p.Italic {
			face = slanted(face)
		}
		out = append(out, each(p.Text, with(s, face))...)
	}
	return out
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
