package writing

import (
	"maps"
	"slices"
	"strings"

	"alpi40.fr/airial/local/merge"
)

// Paragraph is one of a draft; Kind is its module's word.
type Paragraph struct{ Kind, Text string }

// Sheet is a draft as it stands.
type Sheet struct {
	Paragraphs []Paragraph
	Values     map[string]string
}

// Equal tells whether two say the same.
func (s Sheet) Equal(u Sheet) bool {
	return slices.Equal(s.Paragraphs, u.Paragraphs) && maps.Equal(s.Values, u.Values)
}

// In the text that is merged, a paragraph is its kind and its words between marks of the private use area.
const (
	markKind, markText, markEnd = '\uE000', '\uE001', '\uE002'
)

var unmark = strings.NewReplacer(string(markKind), "", string(markText), "", string(markEnd), "")

func (p Paragraph) coded() string {
	return string(markKind) + unmark.Replace(p.Kind) + string(markText) + unmark.Replace(p.Text) + string(markEnd)
}

func coded(all []Paragraph) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.coded())
	}
	return b.String()
}

// piece is a paragraph where it stands in the merged text; lengths are in units. One without marks (bare) is what was
// written in a paragraph that somebody else took away.
type piece struct {
	Paragraph
	bare       bool
	head, size int // of the marks before its words; of all of it
}

// read cuts a merged text into its paragraphs. Whatever the text is, each of its units stands in one piece.
func read(text string) (all []piece) {
	kind := ""
	for text != "" {
		p := piece{}
		end := strings.IndexRune(text, markKind)
		switch {
		case end == 0:
			end = len(text)
			if i := strings.IndexRune(text, markEnd); i >= 0 {
				end = i + len(string(markEnd))
			}
			if i := strings.IndexRune(text[1:], markKind); i >= 0 {
				end = min(end, i+1) // its end was lost
			}
			p.Kind, p.Text, _ = strings.Cut(strings.TrimPrefix(text[:end], string(markKind)), string(markText))
			p.head = merge.Units(p.Kind) + 2
			p.Text = strings.TrimSuffix(p.Text, string(markEnd))
			kind = p.Kind
		default:
			if end < 0 {
				end = len(text)
			}
			p.bare, p.Kind, p.Text = true, kind, unmark.Replace(text[:end])
		}
		p.size = merge.Units(text[:end])
		all = append(all, p)
		text = text[end:]
	}
	return all
}

// shown are the paragraphs that people see: what is left of one that was taken away is one when it has words.
func shown(all []piece) (out []piece) {
	for _, p := range all {
		if !p.bare || strings.TrimSpace(p.Text) != "" {
			out = append(out, p)
		}
	}
	return out
}

func paragraphs(all []piece) (out []Paragraph) {
	for _, p := range shown(all) {
		out = append(out, p.Paragraph)
	}
	return out
}

// edits gives what makes the paragraphs of a text be those wanted: whole ones come and go, and words within those that stay.
func edits(have []piece, want []Paragraph) (out []merge.Edit) {
	stays := align(shown(have), want)
	at, w, n := 0, 0, 0 // a place in the text; how far want and what is shown of have were read
	add := func(until int) {
		for ; w < until; w++ {
			words := want[w].coded()
			out = append(out, merge.Edit{At: at, Added: words})
			at += merge.Units(words)
		}
	}
	for _, p := range have {
		if p.bare && strings.TrimSpace(p.Text) == "" {
			at += p.size
			continue
		}
		to, kept := stays[n]
		n++
		if !kept {
			out = append(out, merge.Edit{At: at, Gone: p.size})
			continue
		}
		add(to)
		begin, grown := at+p.head, 0
		for _, e := range merge.Differ(p.Text, unmark.Replace(want[to].Text)) {
			out = append(out, merge.Edit{At: begin + e.At, Gone: e.Gone, Added: e.Added})
			grown += merge.Units(e.Added) - e.Gone
		}
		at += p.size + grown
		w = to + 1
	}
	add(len(want))
	return out
}

// align tells which wanted paragraph each of those that are there becomes, in order; the others go.
func align(have []piece, want []Paragraph) map[int]int {
	stays := map[int]int{}
	first, lastH, lastW := 0, len(have), len(want)
	for first < min(lastH, lastW) && have[first].Paragraph == want[first] {
		stays[first] = first
		first++
	}
	for lastH > first && lastW > first && have[lastH-1].Paragraph == want[lastW-1] {
		lastH, lastW = lastH-1, lastW-1
		stays[lastH] = lastW
	}
	h, w := first, first
	for _, same := range append(longest(have[first:lastH], want[first:lastW]), [2]int{lastH - first, lastW - first}) {
		toH, toW := first+same[0], first+same[1]
		become(stays, have, want, h, toH, w, toW)
		if toH < lastH {
			stays[toH] = toW
		}
		h, w = toH+1, toW+1
	}
	return stays
}

// become pairs paragraphs that changed between two that did not: those of a kind, in order, that have words in common, or
// all of them when they are as many.
func become(stays map[int]int, have []piece, want []Paragraph, h, toH, w, toW int) {
	even := toH-h == toW-w
	for ; h < toH; h++ {
		for k := w; k < toW; k++ {
			if have[h].Kind == want[k].Kind && (even && k == w || alike(have[h].Text, want[k].Text)) {
				stays[h] = k
				w = k + 1
				break
			}
		}
		if _, kept := stays[h]; !kept && even {
			w++
		}
	}
}

// alike tells whether one text begins or ends as another, for a third of the longer at least.
func alike(a, b string) bool {
	x, y := []rune(a), []rune(b)
	short := min(len(x), len(y))
	begin, end := 0, 0
	for begin < short && x[begin] == y[begin] {
		begin++
	}
	for end < short-begin && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	return short == len(x) && begin+end == short && short > 0 || 3*(begin+end) >= max(len(x), len(y))
}

// longest are the paragraphs that stand in both, in one order, by their places.
func longest(have []piece, want []Paragraph) [][2]int {
	if len(have)*len(want) > maxAligned {
		return nil
	}
	had := make([]Paragraph, len(have))
	for i := range have {
		had[i] = have[i].Paragraph
	}
	return merge.Common(had, want)
}

// maxAligned bounds the work of longest: beyond, what changed is taken as written anew.
const maxAligned = 4_000_000
