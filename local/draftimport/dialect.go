package draftimport

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

// dialect is one of the two formats, in a few words of our own.
type dialect struct {
	space string            // that the names below belong to
	known map[string]string // local name → our word
}

// Our words for the elements of both.
const (
	paragraph = "p"
	heading   = "h"
	text      = "t"
	list      = "list"
	table     = "table"
	tableRow  = "row"
	cell      = "cell"
	blankRun  = "blank"
	image     = "image"
	note      = "note"
	comment   = "comment"
	deleted   = "deleted"
	style     = "style"
	numbered  = "numbered"
	fallback  = "fallback"
	run       = "run"
	bold      = "bold"
	italic    = "italic"
	underline = "underline"
	named     = "named" // a style that runs refer to
	face      = "face"  // what such a style is
)

var word = dialect{space: "wordprocessingml", known: map[string]string{
	"p": paragraph, "t": text, "tbl": table, "tr": tableRow, "tc": cell, "tab": blankRun, "br": blankRun, "cr": blankRun,
	"drawing": image, "pict": image, "object": image, "footnoteReference": note, "endnoteReference": note, "commentReference": comment,
	"del": deleted, "moveFrom": deleted, "pStyle": style, "numPr": numbered, "Fallback": fallback,
	"r": run, "b": bold, "i": italic, "u": underline,
}}

var open = dialect{known: map[string]string{
	"p": paragraph, "h": heading, "list": list, "table": table, "table-row": tableRow, "table-cell": cell, "s": blankRun, "tab": blankRun, "line-break": blankRun,
	"frame": image, "note": note, "annotation": comment, "tracked-changes": deleted, "object": image,
	"span": run, "style": named, "text-properties": face,
}}

// name is our word for an element; "" for one that means nothing here.
func (d dialect) name(n xml.Name) string {
	if d.space != "" && !strings.Contains(n.Space, d.space) && n.Local != "Fallback" {
		return ""
	}
	if d.space == "" && !strings.Contains(n.Space, "opendocument") {
		return ""
	}
	return d.known[n.Local]
}

// isText tells whether characters at this place are words of the text.
func (d dialect) isText(path []string) bool {
	if d.space != "" {
		return len(path) > 0 && path[len(path)-1] == text
	}
	for _, p := range path {
		if p == paragraph || p == heading {
			return true
		}
	}
	return false
}

const maxBlanks = 100

func (r *reader) start(name string, t xml.StartElement) {
	switch name {
	case heading:
		r.line.Heading = true
	case paragraph:
		r.line.Bullet = r.line.Bullet || r.lists > 0
	case list:
		r.lists++
	case table:
		if r.nested++; r.nested == 1 {
			r.tables++
		}
	case cell:
		if r.nested == 1 {
			r.cells = append(r.cells, "")
		}
	case blankRun:
		n, _ := strconv.Atoi(attribute(t, "c"))
		r.add(strings.Repeat(" ", min(max(n, 1), maxBlanks)))
	case style:
		s := strings.ToLower(attribute(t, "val"))
		r.line.Heading = r.line.Heading || strings.HasPrefix(s, "heading") || strings.HasPrefix(s, "titre") || s == "title"
	case numbered:
		r.line.Bullet = true
	case run:
		r.runs = append(r.runs, r.emphases[attribute(t, "style-name")].with(r.now()))
	case bold, italic, underline:
		r.setRun(name, attribute(t, "val"))
	case named:
		r.naming = attribute(t, "name")
	case face:
		if r.naming != "" && len(r.emphases) < maxStyles {
			r.emphases[r.naming] = emphasis{bold: strings.HasPrefix(attribute(t, "font-weight"), "bold"), italic: attribute(t, "font-style") == "italic",
				underline: !slices.Contains([]string{"", "none"}, attribute(t, "text-underline-style"))}
		}
	case image:
		r.left.Images++
		r.pass()
	case note:
		r.left.Notes++
		r.pass()
	case comment:
		r.left.Comments++
		r.pass()
	case deleted:
		r.left.Deleted++
		r.pass()
	case fallback:
		r.pass()
	}
}

func (r *reader) end(name string) {
	switch name {
	case paragraph, heading:
		r.finish()
	case list:
		r.lists--
	case run:
		if len(r.runs) > 0 {
			r.runs = r.runs[:len(r.runs)-1]
		}
	case named:
		r.naming = ""
	case tableRow:
		if r.nested == 1 {
			r.row()
		}
	case table:
		r.nested--
	}
}
