package flow

import (
	"fmt"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"alpi40.fr/airial/local/typeset/fonts"
)

// Face is one of the embedded faces.
type Face uint8

// The faces.
const (
	Regular Face = iota
	Bold
	Italic
	BoldItalic
	Mono
	faceCount
)

// lastRune bounds the characters looked for in the faces; beyond, only the replacement character is known.
const (
	lastRune    = 0x2800
	replacement = '\uFFFD'
)

// metrics are the advance widths of a face in thousandths of its size, and -1 where it has no glyph.
type metrics struct {
	advance     [lastRune]int16
	replacement int16
}

var loadMetrics = sync.OnceValues(func() ([faceCount]*metrics, error) {
	var all [faceCount]*metrics
	for face, ttf := range [faceCount][]byte{fonts.Regular(), fonts.Bold(), fonts.Italic(), fonts.BoldItalic(), fonts.Mono()} {
		m, err := measure(ttf)
		if err != nil {
			return all, fmt.Errorf("measuring embedded face %d: %w", face, err)
		}
		all[face] = m
	}
	return all, nil
})

func measure(ttf []byte) (*metrics, error) {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, err
	}
	var buf sfnt.Buffer
	m := &metrics{}
	for r := range rune(lastRune) {
		if m.advance[r], err = advance(f, &buf, r); err != nil {
			return nil, err
		}
	}
	m.replacement, err = advance(f, &buf, replacement)
	return m, err
}

// advance gives the width of a character, or -1 when the face lacks it.
func advance(f *sfnt.Font, buf *sfnt.Buffer, r rune) (int16, error) {
	g, err := f.GlyphIndex(buf, r)
	if err != nil || g == 0 {
		return -1, err
	}
	w, err := f.GlyphAdvance(buf, g, fixed.I(1000), font.HintingNone)
	return int16(w.Round()), err
}

// width is that of a character the face has, in thousandths of its size.
func (m *metrics) width(r rune) int16 {
	if r >= lastRune {
		return m.replacement
	}
	return m.advance[r]
}

func (m *metrics) has(r rune) bool {
	if r == replacement {
		return m.replacement >= 0
	}
	return r >= 0 && r < lastRune && m.advance[r] >= 0
}

// pt is one point in millimetres.
const pt = 25.4 / 72

// Width measures a text on one line, in millimetres.
func Width(text string, s Style) float64 {
	all, err := loadMetrics()
	if err != nil {
		return 0
	}
	w := 0
	for _, r := range text {
		if a := all[s.Face].width(r); a >= 0 {
			w += int(a)
		} else {
			w += int(all[s.Face].replacement)
		}
	}
	return float64(w) * s.Size * pt / 1000
}
