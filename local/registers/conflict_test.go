package registers_test

import (
	"testing"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
)

// Two texts that are not the same are never told to be: what is beside the paragraphs counts.
func TestTextsAreSetAgainstEachOther(t *testing.T) {
	fates := func(all []council.Difference) (out string) {
		for _, d := range all {
			out += string(d.Fate) + " "
		}
		return out
	}
	minutes := func(ended string, texts ...string) (m registers.Minutes) {
		m.Ended = ended
		for _, s := range texts {
			m.Text = append(m.Text, registers.Paragraph{Point: "a", Text: s})
		}
		return m
	}
	order := func(matter string, individual bool, article string) registers.OrderText {
		return registers.OrderText{Text: council.Text{Blocks: []council.Block{{Kind: council.BlockArticle, Text: article}}}, Matter: matter, Individual: individual}
	}
	for _, c := range []struct {
		what, want string
		got        []council.Difference
	}{
		{"the same minutes", "kept kept ", registers.CompareMinutes(minutes("22:15", "M. Essai demande le coût."), minutes("22:15", "M. Essai demande le coût."))},
		{"the end alone", "kept changed ", registers.CompareMinutes(minutes("22:15", "M. Essai demande le coût."), minutes("22:45", "M. Essai demande le coût."))},
		{"the first minutes", "added ", registers.CompareMinutes(registers.Minutes{}, minutes("", "M. Essai demande le coût."))},
		{"a paragraph taken away", "kept removed ", registers.CompareMinutes(minutes("", "Un point.", "Une réponse du maire."), minutes("", "Un point."))},
		{"the same order", "kept ", registers.CompareOrders(order("", false, "INTERDIT"), order("", false, "INTERDIT"))},
		{"what it rests on", "kept added ", registers.CompareOrders(order("", false, "INTERDIT"), order("4° marchés publics", false, "INTERDIT"))},
		{"whom it concerns", "kept added ", registers.CompareOrders(order("", false, "INTERDIT"), order("", true, "INTERDIT"))},
	} {
		if got := fates(c.got); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}
