package draftimport

import (
	"slices"
	"strings"
)

// maxStyles bounds the styles that a file describes.
const maxStyles = 5000

// emphasis is how words are set off.
type emphasis struct{ bold, italic, underline bool }

// with is what both make together.
func (e emphasis) with(o emphasis) emphasis {
	return emphasis{e.bold || o.bold, e.italic || o.italic, e.underline || o.underline}
}

// span is a piece of a paragraph.
type span struct {
	text string
	emphasis
}

// now is how what comes is set off.
func (r *reader) now() emphasis {
	if len(r.runs) == 0 {
		return emphasis{}
	}
	return r.runs[len(r.runs)-1]
}

// setRun notes a property of the run that is open; outside any, it is a paragraph's mark.
func (r *reader) setRun(name, value string) {
	if len(r.runs) == 0 || slices.Contains([]string{"0", "false", "off", "none"}, value) {
		return
	}
	last := &r.runs[len(r.runs)-1]
	last.bold, last.italic, last.underline = last.bold || name == bold, last.italic || name == italic, last.underline || name == underline
}

func (r *reader) add(text string) {
	e := r.now()
	if last := len(r.spans) - 1; last >= 0 && (r.spans[last].emphasis == e || strings.TrimSpace(text) == "") {
		r.spans[last].text += text
		return
	}
	r.spans = append(r.spans, span{text, e})
}

// marked ends a paragraph: its words, one blank between them, and marks around what is set off within it. What is all of one
// face sets nothing off.
func (r *reader) marked() string {
	all := emphasis{true, true, true}
	var plain strings.Builder
	for _, s := range r.spans {
		plain.WriteString(s.text)
		if strings.TrimSpace(s.text) != "" {
			all = emphasis{all.bold && s.bold, all.italic && s.italic, all.underline && s.underline}
		}
	}
	words := strings.Join(strings.Fields(plain.String()), " ")
	if strings.Contains(words, "**") || strings.Contains(words, "__") {
		return words
	}
	var out strings.Builder
	for _, s := range r.spans {
		mark := ""
		underlined := s.underline && !all.underline
		if s.italic && !all.italic || underlined {
			mark = "__"
		}
		if s.bold && !all.bold {
			mark += "**"
		}
		inner := strings.TrimSpace(s.text)
		if mark == "" || inner == "" || strings.ContainsAny(inner, "*_") {
			out.WriteString(s.text)
			continue
		}
		if underlined {
			r.left.Underlined++
		}
		back := mark
		if mark == "__**" {
			back = "**__"
		}
		out.WriteString(strings.Replace(s.text, inner, mark+inner+back, 1))
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
