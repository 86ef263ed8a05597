package council

import (
	"strings"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// Fate is what became of a paragraph between two texts.
type Fate string

// The fates.
const (
	Kept    Fate = "kept"
	Changed Fate = "changed"
	Added   Fate = "added"
	Removed Fate = "removed"
	Moved   Fate = "moved" // the same words, at another place
)

// Piece is a run of words that both texts have, or one of them.
type Piece struct {
	Text string
	// In says which: -1 the former alone, +1 the latter alone, 0 both.
	In int
}

// Difference is what became of one paragraph.
type Difference struct {
	Fate          Fate
	Kind          BlockKind
	Before, After string
	Pieces        []Piece // of a changed one
}

// Compare sets two texts against each other, paragraph by paragraph, in the
// order of the latter; what was removed stands where it was.
func Compare(before, after Text) []Difference {
	a, b := before.filled(), after.filled()
	match := pair(a, b)
	var out []Difference
	next := 0 // of the former, whose removed paragraphs are not told yet
	taken := map[int]bool{}
	for _, i := range match {
		taken[i] = true
	}
	tellRemoved := func(until int) {
		for ; next < until; next++ {
			if !taken[next] {
				out = append(out, Difference{Fate: Removed, Kind: a[next].Kind, Before: a[next].Text})
			}
		}
	}
	inOrder := increasing(match)
	for j, block := range b {
		i := match[j]
		switch {
		case i < 0:
			out = append(out, Difference{Fate: Added, Kind: block.Kind, After: block.Text})
			continue
		case inOrder[j]:
			tellRemoved(i)
			next = max(next, i+1)
		}
		d := Difference{Fate: Kept, Kind: block.Kind, Before: a[i].Text, After: block.Text}
		switch {
		case a[i] != block:
			d.Fate, d.Pieces = Changed, wordsDiffer(a[i].Text, block.Text)
		case !inOrder[j]:
			d.Fate = Moved
		}
		out = append(out, d)
	}
	tellRemoved(len(a))
	return out
}

// filled gives the paragraphs with their values, the empty ones left out.
func (t Text) filled() []Block {
	var all []Block
	for _, b := range t.Blocks {
		if text := strings.TrimSpace(t.fill(b.Text)); text != "" {
			all = append(all, Block{b.Kind, text})
		}
	}
	return all
}

// likeEnough is the share of common words above which two paragraphs of a kind
// are one that was changed.
const likeEnough = 0.4

// pair finds, for each paragraph of b, the one of a that it was: the same words
// first, then the most alike of those that are left; -1 for none.
func pair(a, b []Block) []int {
	match := make([]int, len(b))
	taken := make([]bool, len(a))
	for j := range b {
		match[j] = -1
		// The nearest of those that say the same.
		for _, i := range byDistance(len(a), j) {
			if !taken[i] && a[i] == b[j] {
				match[j], taken[i] = i, true
				break
			}
		}
	}
	for j := range b {
		if match[j] >= 0 {
			continue
		}
		best, found := likeEnough, -1
		for _, i := range byDistance(len(a), j) {
			if !taken[i] && a[i].Kind == b[j].Kind {
				if l := likeness(a[i].Text, b[j].Text); l > best {
					best, found = l, i
				}
			}
		}
		if found >= 0 {
			match[j], taken[found] = found, true
		}
	}
	return match
}

// byDistance gives 0…n-1, those nearest to at first.
func byDistance(n, at int) []int {
	order := make([]int, 0, n)
	for d := 0; len(order) < n; d++ {
		if i := at - d; i >= 0 && i < n {
			order = append(order, i)
		}
		if i := at + d; d > 0 && i < n {
			order = append(order, i)
		}
	}
	return order
}

// likeness is the share of words that two paragraphs have in common.
func likeness(a, b string) float64 {
	count := map[string]int{}
	wa, wb := strings.Fields(a), strings.Fields(b)
	for _, w := range wa {
		count[w]++
	}
	common := 0
	for _, w := range wb {
		if count[w] > 0 {
			count[w]--
			common++
		}
	}
	return float64(2*common) / float64(max(len(wa)+len(wb), 1))
}

// increasing marks the longest run of paragraphs that kept their order; the
// others have moved.
func increasing(match []int) []bool {
	length, from := make([]int, len(match)), make([]int, len(match))
	last := -1
	for j, i := range match {
		from[j] = -1
		if i < 0 {
			continue
		}
		length[j] = 1
		for k := range j {
			if match[k] >= 0 && match[k] < i && length[k]+1 > length[j] {
				length[j], from[j] = length[k]+1, k
			}
		}
		if last < 0 || length[j] > length[last] {
			last = j
		}
	}
	kept := make([]bool, len(match))
	for ; last >= 0; last = from[last] {
		kept[last] = true
	}
	return kept
}

// firstPrivate is where the runes begin that stand for words while comparing.
const firstPrivate = 0xF0000

// wordsDiffer compares two paragraphs word by word, spaces and marks being words.
func wordsDiffer(a, b string) []Piece {
	words, number := []string{}, map[string]rune{}
	coded := func(s string) []rune {
		var out []rune
		for _, w := range tokens(s) {
			if _, known := number[w]; !known {
				number[w] = firstPrivate + rune(len(words))
				words = append(words, w)
			}
			out = append(out, number[w])
		}
		return out
	}
	ra, rb := coded(a), coded(b)
	if len(words) > 0xFFFF { // more than there are runes to spare: nobody compares such a paragraph word by word
		return []Piece{{a, -1}, {b, 1}}
	}
	d := diffmatchpatch.New()
	var out []Piece
	for _, x := range d.DiffCleanupSemantic(d.DiffMainRunes(ra, rb, false)) {
		var text strings.Builder
		for _, r := range x.Text {
			text.WriteString(words[r-firstPrivate])
		}
		out = append(out, Piece{text.String(), int(x.Type)})
	}
	return out
}

// tokens cuts a text into words, runs of spaces, and marks.
func tokens(s string) []string {
	class := func(r rune) int {
		switch {
		case unicode.IsSpace(r):
			return 0
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r):
			return 1
		}
		return 2
	}
	var out []string
	begin, last := 0, -1
	for i, r := range s {
		c := class(r)
		if i > begin && (c != last || c == 2) {
			out = append(out, s[begin:i])
			begin = i
		}
		last = c
	}
	if begin < len(s) {
		out = append(out, s[begin:])
	}
	return out
}
