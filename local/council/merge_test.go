package council_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/store"
)

func paragraphs(lines ...string) (all []council.Block) {
	for _, l := range lines {
		all = append(all, council.Block{Kind: council.BlockStatement, Text: l})
	}
	return all
}

// What one of two people changed is as she left it; where both changed the same, a person chooses.
func TestMergeTexts(t *testing.T) {
	base := council.Text{Reporter: "Ève", Blocks: paragraphs("a", "b", "c", "d"), Variables: []council.Variable{{Name: "montant", Value: "1"}, {Name: "jour", Value: "x"}}, Annexes: []council.Annex{{Name: "plan", Digest: store.DigestOf([]byte("p"))}}}
	with := func(change func(*council.Text)) council.Text {
		u := base
		u.Blocks, u.Variables, u.Annexes = slices.Clone(base.Blocks), slices.Clone(base.Variables), slices.Clone(base.Annexes)
		change(&u)
		return u
	}
	blocks := func(lines ...string) func(*council.Text) {
		return func(u *council.Text) { u.Blocks = paragraphs(lines...) }
	}
	for name, row := range map[string]struct {
		mine, theirs func(*council.Text)
		want         func(*council.Text) // nil: a person chooses
	}{
		"two paragraphs":           {blocks("A", "b", "c", "d"), blocks("a", "b", "c", "D"), blocks("A", "b", "c", "D")},
		"neighbours":               {blocks("a", "B", "c", "d"), blocks("a", "b", "C", "d"), nil},
		"the same, differently":    {blocks("a", "B", "c", "d"), blocks("a", "β", "c", "d"), nil},
		"the same, alike":          {blocks("a", "B", "c", "d"), blocks("a", "B", "c", "d"), blocks("a", "B", "c", "d")},
		"one added, one taken out": {blocks("a", "b", "c", "d", "e"), blocks("b", "c", "d"), blocks("b", "c", "d", "e")},
		"added at two places":      {blocks("0", "a", "b", "c", "d"), blocks("a", "b", "c", "d", "e"), blocks("0", "a", "b", "c", "d", "e")},
		"added at the same place":  {blocks("a", "b", "c", "d", "e"), blocks("a", "b", "c", "d", "f"), nil},
		"changed and taken out":    {blocks("a", "B", "c", "d"), blocks("a", "c", "d"), nil},
		"a text and a value":       {blocks("A", "b", "c", "d"), func(u *council.Text) { u.Variables[0].Value = "2" }, func(u *council.Text) { u.Blocks[0].Text = "A"; u.Variables[0].Value = "2" }},
		"two values":               {func(u *council.Text) { u.Variables[1].Value = "y" }, func(u *council.Text) { u.Variables[0].Value = "2" }, func(u *council.Text) { u.Variables[0].Value = "2"; u.Variables[1].Value = "y" }},
		"one value, differently":   {func(u *council.Text) { u.Variables[0].Value = "3" }, func(u *council.Text) { u.Variables[0].Value = "2" }, nil},
		"two reporters":            {func(u *council.Text) { u.Reporter = "Léo" }, func(u *council.Text) { u.Reporter = "Inès" }, nil},
		"an annex each": {func(u *council.Text) {
			u.Annexes = append(u.Annexes, council.Annex{Name: "x", Digest: store.DigestOf([]byte("x"))})
		}, func(u *council.Text) { u.Annexes = nil }, func(u *council.Text) { u.Annexes = []council.Annex{{Name: "x", Digest: store.DigestOf([]byte("x"))}} }},
		"nothing":                     {func(*council.Text) {}, func(*council.Text) {}, func(*council.Text) {}},
		"an amendment carried, alone": {func(u *council.Text) { u.Carried = []string{"1"} }, blocks("A", "b", "c", "d"), func(u *council.Text) { u.Carried = []string{"1"}; u.Blocks[0].Text = "A" }},
	} {
		got, ok := council.MergeTexts(base, with(row.mine), with(row.theirs))
		if ok != (row.want != nil) || ok && !got.Equal(with(row.want)) {
			t.Errorf("%s: %v %+v", name, ok, got)
		}
	}
}

// Whoever is named first, the same comes; what one left alone gives what the other made; nothing of either is lost.
func TestMergingLosesNothing(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
	text := rapid.Custom(func(r *rapid.T) council.Text {
		return council.Text{Blocks: paragraphs(rapid.SliceOfN(word, 0, 6).Draw(r, "words")...)}
	})
	rapid.Check(t, func(r *rapid.T) {
		base, mine, theirs := text.Draw(r, "base"), text.Draw(r, "mine"), text.Draw(r, "theirs")
		one, ok := council.MergeTexts(base, mine, theirs)
		two, same := council.MergeTexts(base, theirs, mine)
		if ok != same || ok && !reflect.DeepEqual(one.Blocks, two.Blocks) {
			r.Fatalf("%v %v\n%v\n%v", ok, same, one.Blocks, two.Blocks)
		}
		if alone, ok := council.MergeTexts(base, mine, base); !ok || !alone.Equal(mine) {
			r.Fatalf("%v: %v", mine.Blocks, alone.Blocks)
		}
		if !ok {
			return
		}
		for _, b := range append(slices.Clone(mine.Blocks), theirs.Blocks...) {
			if !slices.Contains(base.Blocks, b) && !slices.Contains(one.Blocks, b) {
				r.Fatalf("%q is lost: %v of %v, %v and %v", b.Text, one.Blocks, base.Blocks, mine.Blocks, theirs.Blocks)
			}
		}
	})
}
