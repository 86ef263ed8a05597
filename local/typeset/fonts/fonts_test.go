package fonts_test

import (
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"alpi40.fr/airial/local/typeset/fonts"
)

func faces() map[string][]byte {
	return map[string][]byte{
		"regular": fonts.Regular(), "bold": fonts.Bold(), "italic": fonts.Italic(),
		"bold italic": fonts.BoldItalic(), "mono": fonts.Mono(),
	}
}

func TestFacesHaveWhatFrenchNeeds(t *testing.T) {
	const needed = "abcdefghijklmnopqrstuvwxyzàâäæçéèêëîïôöœùûüÿABCDEFGHIJKLMNOPQRSTUVWXYZÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜŸ" +
		"0123456789«»“”‘’…–—€§°²³½·•\u00a0\u202f,;:!?()[]/%&@*"
	for name, ttf := range faces() {
		t.Run(name, func(t *testing.T) {
			f, err := sfnt.Parse(ttf)
			if err != nil {
				t.Fatal(err)
			}
			var buf sfnt.Buffer
			for _, r := range needed {
				if g, err := f.GlyphIndex(&buf, r); err != nil || g == 0 {
					t.Errorf("%q (U+%04X) has no glyph: %v", r, r, err)
				}
			}
		})
	}
}

func TestFiguresAreTabular(t *testing.T) {
	for name, ttf := range faces() {
		f, err := sfnt.Parse(ttf)
		if err != nil {
			t.Fatal(err)
		}
		widths := map[fixed.Int26_6]bool{}
		var buf sfnt.Buffer
		for r := '0'; r <= '9'; r++ {
			g, _ := f.GlyphIndex(&buf, r)
			w, err := f.GlyphAdvance(&buf, g, 1000<<6, font.HintingNone)
			if err != nil {
				t.Fatal(err)
			}
			widths[w] = true
		}
		if len(widths) != 1 {
			t.Errorf("%s: figures have %d widths, want 1", name, len(widths))
		}
	}
}

func TestFacesStaySmall(t *testing.T) {
	total := 0
	for _, ttf := range faces() {
		total += len(ttf)
	}
	if total > 3<<20 {
		t.Errorf("faces weigh %d bytes, more than 3 MiB", total)
	}
}
