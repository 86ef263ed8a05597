package council_test

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/council"
)

func textOf(lines ...string) council.Text {
	var t council.Text
	for _, l := range lines {
		t.Blocks = append(t.Blocks, council.Block{Kind: council.BlockArticle, Text: l})
	}
	return t
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		what          string
		before, after council.Text
		want          string
	}{
		{"nothing", textOf("a b", "c d"), textOf("a b", "c d"), "kept kept"},
		{"a word", textOf("FIXE le tarif à 80 euros.", "x"), textOf("FIXE le tarif à 90 euros.", "x"), "changed kept"},
		{"added and removed", textOf("un deux", "trois quatre"), textOf("un deux", "cinq six"), "kept added removed"},
		{"moved", textOf("un", "deux", "trois"), textOf("trois", "un", "deux"), "moved kept kept"},
		{"twice the same", textOf("un", "un"), textOf("un", "un", "un"), "kept kept added"},
		{"all gone", textOf("un"), textOf(), "removed"},
	} {
		var got []string
		for _, d := range council.Compare(c.before, c.after) {
			got = append(got, string(d.Fate))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	pieces := council.Compare(textOf("FIXE le tarif à 80 euros."), textOf("FIXE le tarif à 90 euros."))[0].Pieces
	var said []string
	for _, p := range pieces {
		said = append(said, []string{"-", "=", "+"}[p.In+1]+p.Text)
	}
	if got := strings.Join(said, "|"); got != "=FIXE le tarif à |-80|+90|= euros." {
		t.Errorf("words: %s", got)
	}
}

// Both texts can be read back from what their comparison tells, whatever they are.
func TestCompareLosesNothing(t *testing.T) {
	line := rapid.StringMatching(`[a-c ,é]{1,12}[a-c]`)
	rapid.Check(t, func(t *rapid.T) {
		before, after := rapid.SliceOfN(line, 0, 7).Draw(t, "before"), rapid.SliceOfN(line, 0, 7).Draw(t, "after")
		was, is := map[string]int{}, []string{}
		for _, d := range council.Compare(textOf(before...), textOf(after...)) {
			if d.Before != "" {
				was[d.Before]++
			}
			if d.After != "" {
				is = append(is, d.After)
			}
			var a, b string
			for _, p := range d.Pieces {
				if p.In <= 0 {
					a += p.Text
				}
				if p.In >= 0 {
					b += p.Text
				}
			}
			if d.Fate == council.Changed && (a != d.Before || b != d.After) {
				t.Fatalf("%+v", d)
			}
		}
		for _, l := range before {
			was[strings.TrimSpace(l)]--
		}
		for l, n := range was {
			if n != 0 {
				t.Fatalf("%q of the former: %+d", l, n)
			}
		}
		for i, l := range after {
			if i >= len(is) || is[i] != strings.TrimSpace(l) {
				t.Fatalf("the latter: %q", is)
			}
		}
	})
}

func TestEditions(t *testing.T) {
	ctx := context.Background()
	c, _ := open(t)
	id, err := c.Draft(ctx, "secretaire", "cantine")
	if err != nil {
		t.Fatal(err)
	}
	d, _ := c.Deliberation(ctx, id)
	second := d.Text
	second.Variables = append([]council.Variable{}, second.Variables...)
	second.Variables[0].Value = "1/9/2027"
	if err := c.Save(ctx, "maire", id, d.Edition, second); err != nil {
		t.Fatal(err)
	}
	all, err := c.Editions(ctx, id)
	if err != nil || len(all) != 2 || all[0].By != "maire" || all[1].By != "secretaire" || !all[1].Text.Equal(d.Text) {
		t.Fatalf("%+v, %v", all, err)
	}
	if d := council.Compare(all[1].Text, all[0].Text)[0]; d.Fate != council.Changed || !strings.Contains(d.After, "2027") {
		t.Errorf("a value changes the title: %+v", d)
	}
	var lost *council.NotApplied
	if err := c.Save(ctx, "autre", id, d.Edition, textOf("autre")); !asNotApplied(err, &lost) || !lost.Base.Equal(d.Text) {
		t.Errorf("what the author started from: %v", err)
	}
}

func TestWordsAccepted(t *testing.T) {
	ctx := context.Background()
	c, _ := open(t)
	if err := c.AcceptWord(ctx, "secretaire", "deux mots"); err == nil {
		t.Error("two words are one")
	}
	if err := c.AcceptWord(ctx, "secretaire", " airialou "); err != nil {
		t.Fatal(err)
	}
	if words, err := c.Lexicon(ctx); err != nil || len(words) != 1 || words[0] != "airialou" {
		t.Errorf("%q, %v", words, err)
	}
}
