// Package assistant answers «comment faire…» from what is written: the help, the law that the
// program applies, the problems that the agency knows. It ranks passages by their words (BM25) and
// gives them as they stand, each with its page; it writes nothing of its own, and says so when it
// finds nothing.
package assistant

import (
	"math"
	"slices"
	"strings"

	"alpi40.fr/airial/local/services"
)

// Passage is a piece of a page.
type Passage struct {
	// Source says where it comes from: «Aide», «Règle de droit», «Problème connu».
	Source string
	Page   string // the page's title, always cited
	Part   string // the section's; may be empty
	Text   string
	// Place is what opens the page, for whoever shows it; may be empty.
	Place string
}

// Answer is a passage that answers, with how well: 1 is the best of the answers.
type Answer struct {
	Passage
	Score float64
}

// Book is what is searched.
type Book struct {
	passages []Passage
	words    []map[string]int // of each passage, weighted: a title counts more
	lengths  []float64
	within   map[string]int // in how many passages a stem stands
	mean     float64
}

// BM25's usual settings.
const (
	k1 = 1.2
	b  = 0.75
)

// New reads passages.
func New(passages []Passage) *Book {
	x := &Book{passages: passages, within: map[string]int{}}
	total := 0.0
	for _, p := range passages {
		words, length := map[string]int{}, 0.0
		for text, weight := range map[string]int{p.Page: 4, p.Part: 3, p.Text: 1} {
			for _, w := range stems(text) {
				words[w] += weight
				length++
			}
		}
		for w := range words {
			x.within[w]++
		}
		x.words, x.lengths, total = append(x.words, words), append(x.lengths, length), total+length
	}
	x.mean = total / float64(max(len(passages), 1))
	return x
}

// Ask gives the passages that answer a question, the best first, at most n; none when too few of
// its words stand anywhere together: a person then asks the agency.
func (x *Book) Ask(question string, n int) []Answer {
	asked := stems(question)
	known := 0
	for _, w := range asked {
		if x.within[w] > 0 {
			known++
		}
	}
	// Half of what is asked must be known at all, or the answer would be about something else.
	if known == 0 || 2*known < len(asked) {
		return nil
	}
	var all []Answer
	for i, p := range x.passages {
		score, hit := 0.0, 0
		for _, w := range asked {
			f := float64(x.words[i][w])
			if f == 0 {
				continue
			}
			hit++
			idf := math.Log(1 + (float64(len(x.passages))-float64(x.within[w])+0.5)/(float64(x.within[w])+0.5))
			score += idf * f * (k1 + 1) / (f + k1*(1-b+b*x.lengths[i]/x.mean))
		}
		// A passage that shares one word among many with the question is no answer.
		if hit*2 >= known && score > 0 {
			all = append(all, Answer{p, score * float64(hit) / float64(known)})
		}
	}
	slices.SortStableFunc(all, func(p, q Answer) int {
		switch {
		case p.Score > q.Score:
			return -1
		case p.Score < q.Score:
			return 1
		}
		return 0
	})
	if len(all) == 0 {
		return nil
	}
	best := all[0].Score
	var out []Answer
	pages := map[string]int{}
	for _, a := range all {
		// Two passages of a page at the most, and none that is far behind the best.
		if key := a.Source + a.Page; len(out) < n && a.Score >= best*0.35 && pages[key] < 2 {
			pages[key]++
			a.Score /= best
			out = append(out, a)
		}
	}
	return out
}

// stems are a text's words without accents and endings, as far as a simple rule goes.
func stems(text string) (all []string) {
	for _, w := range services.Keywords(text) {
		all = append(all, stem(w))
	}
	return all
}

var endings = []string{"issements", "issement", "ements", "ations", "ateurs", "ement", "ation", "ateur", "euses", "ances", "ences", "ance", "ence", "euse", "eurs", "ites", "ives", "ees", "ant", "ent", "eur", "ite", "ive", "ifs", "aux", "ons", "ez", "er", "ir", "ee", "es", "if", "al", "e", "s", "x"}

// stem cuts the longest ending that leaves four letters.
func stem(w string) string {
	for _, e := range endings {
		if strings.HasSuffix(w, e) && len(w)-len(e) >= 4 {
			return w[:len(w)-len(e)]
		}
	}
	return w
}
