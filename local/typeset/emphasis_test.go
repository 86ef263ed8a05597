package typeset

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/typeset/internal/flow"
)

func TestWhatIsSetOff(t *testing.T) {
	for _, c := range []struct {
		text, want string // faces: R, B, I, b for bold italics
	}{
		{"rien", "R:rien"},
		{"un **mot** fort", "R:un |B:mot|R: fort"},
		{"__Le Vignau__ et **la route**", "I:Le Vignau|R: et |B:la route"},
		{"à compléter : ____________", "R:à compléter : ____________"},
		{"3 ** 4 et 5 ** 6", "R:3 ** 4 et 5 ** 6"},
		{"**seul", "R:**seul"},
		{"****", "R:****"},
		{"**la __Gazette__ seule**", "B:la |b:Gazette|B: seule"},
		{"__**tout**__", "b:tout"},
		{"**1er étage**", "B:1|B:er|B: étage"},
	} {
		var got []string
		for _, s := range tidied(c.text, bodyStyle) {
			if s.Text != "" {
				got = append(got, map[flow.Face]string{flow.Regular: "R", flow.Bold: "B", flow.Italic: "I", flow.BoldItalic: "b"}[s.Style.Face]+":"+s.Text)
			}
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%q: %q, want %q", c.text, strings.Join(got, "|"), c.want)
		}
	}
	if with(boldStyle, slanted(flow.Bold)).Face != flow.BoldItalic || bolder(flow.Italic) != flow.BoldItalic {
		t.Error("bold and italics add up")
	}
}

// What is printed is what is read without the marks: no word is lost or added.
func TestNoWordIsLostBetweenMarks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"**", "__", "a", " ", "é", "_", "*", "1er"})).Draw(t, "text"), "")
		var set strings.Builder
		for _, s := range tidied(text, bodyStyle) {
			set.WriteString(s.Text)
		}
		if set.String() != Unmarked(text) {
			t.Fatalf("%q is set %q, read %q", text, set.String(), Unmarked(text))
		}
	})
}
