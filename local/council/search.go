package council

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// Found is a deliberation that words find.
type Found struct {
	ID      string
	Title   string
	Snippet string // the words found stand between U+2068 and U+2069
	Number  string
	Status  Status
	// Sat is the day it was voted; empty for a draft.
	Sat      authority.Day
	Adopted  bool
	Decision string // its first article, once voted
}

// Search finds deliberations by what they say, the best first. Words that make a
// question rather than a subject («qu’avait-on décidé pour la salle des fêtes ?»)
// are left out.
func (c *Council) Search(ctx context.Context, words string, limit int) (found []Found, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		hits, err := tx.Search(subjectOf(words), "deliberation", limit)
		if err != nil {
			return err
		}
		for _, h := range hits {
			d, err := deliberation(tx, h.Ref)
			if errors.Is(err, store.ErrNotFound) {
				continue // the index knows it, its table not yet
			}
			if err != nil {
				return err
			}
			found = append(found, foundOf(d, h))
		}
		return nil
	})
	return found, err
}

func foundOf(d *Deliberation, h store.Hit) Found {
	f := Found{ID: d.ID, Title: d.Text.Subject(), Snippet: h.Snippet, Number: d.Number, Status: d.Status}
	if d.Record != nil {
		f.Sat, f.Adopted = authority.DayOf(d.Record.Sitting.At), d.Record.Vote.Adopted
		if articles := d.Text.Of(BlockArticle); len(articles) > 0 {
			f.Decision = typeset.Unmarked(articles[0])
		}
	}
	return f
}

// asking are the words of a question, which no deliberation is about.
var asking = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a ai as ont est sont etait avait avait-on on a-t-on avons nous il elle ils qu que qui quoi quel quelle quels quelles quand comment combien pourquoi ou
		le la les l un une des d du de au aux a en et y pour par sur dans avec ce cet cette ces se s n ne pas t c j
		decide decider decision decidions vote votee votait dit fait derniere dernier fois`) {
		m[w] = true
	}
	return m
}()

// subjectOf is what a question is about; the question itself when nothing is left.
func subjectOf(words string) string {
	var kept []string
	for _, w := range strings.FieldsFunc(words, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		if !asking[fold(w)] {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		return words
	}
	return strings.Join(kept, " ")
}

// Reuse begins a deliberation with the text of a former one. Its values are kept
// and marked to be checked; a visa of the library that is no longer in force is
// replaced by the version of the day.
func (c *Council) Reuse(ctx context.Context, actor, id string) (string, error) {
	d, err := c.Deliberation(ctx, id)
	if err != nil {
		return "", err
	}
	return c.DraftText(ctx, actor, c.reused(*d))
}

func (c *Council) reused(d Deliberation) Text {
	t := d.Text
	t.Reused, t.Reporter, t.Annexes, t.Carried = d.ID, "", nil, nil // last year’s annexes are last year’s
	t.Variables = append([]Variable(nil), t.Variables...)
	for i := range t.Variables {
		t.Variables[i].Check = t.Variables[i].Value != ""
	}
	today := authority.DayOf(c.j.Now())
	t.Blocks = append([]Block(nil), t.Blocks...)
	for i, b := range t.Blocks {
		if b.Kind == BlockVisa {
			t.Blocks[i].Text = c.library.renewed(b.Text, today)
		}
	}
	return t
}

// renewed is a visa in its version of the day, when the library knows it by an
// older one.
func (l Library) renewed(text string, day authority.Day) string {
	for _, old := range l.Visas {
		if visaBlock(old).Text != text || old.inForce(day) {
			continue
		}
		for _, v := range l.Visas {
			if v.Key == old.Key && v.inForce(day) {
				return visaBlock(v).Text
			}
		}
	}
	return text
}

// dated are the days and years that stand in a text itself, rather than in its values.
var dated = regexp.MustCompile(`\b(\d{1,2}(er)?[ \x{00a0}](janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)([ \x{00a0}]\d{4})?|\d{1,2}/\d{1,2}/\d{4}|(19|20)\d{2})\b`)

// checkReused finds in a text that was reused the days and years to look at.
// Those of the laws that the visas name are not.
func checkReused(t Text) []Finding {
	var all []Finding
	if t.Reused == "" {
		return nil
	}
	for i, b := range t.Blocks {
		if b.Kind == BlockVisa {
			continue
		}
		for _, day := range dated.FindAllString(b.Text, -1) {
			all = append(all, Finding{Kind: FindingCheck, Block: i, Before: day})
		}
	}
	return all
}
