package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// svg is a drawing under way; lengths are pixels.
type svg struct{ strings.Builder }

func drawing(w, h float64) *svg {
	s := &svg{}
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%[1]g" height="%[2]g" font-family="sans-serif" font-size="12"><rect width="100%%" height="100%%" fill="#fff"/>`+"\n", w, h)
	return s
}

func (s *svg) text(x, y float64, anchor, colour, words string) {
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">`, x, y, anchor, colour)
	_ = xml.EscapeText(s, []byte(words)) // a strings.Builder takes all
	s.WriteString("</text>\n")
}

func (s *svg) line(x1, y1, x2, y2, width float64, colour string) {
	fmt.Fprintf(s, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"/>`+"\n", x1, y1, x2, y2, colour, width)
}

func (s *svg) dot(x, y, r float64, colour string) {
	fmt.Fprintf(s, `<circle cx="%.1f" cy="%.1f" r="%g" fill="%s"/>`+"\n", x, y, r, colour)
}

func (s *svg) end() string { return s.String() + "</svg>\n" }

const (
	ink, grey, pale     = "#1c2b33", "#5d6b73", "#dfe5e8"
	green, amber, brick = "#1f7a4d", "#b36b00", "#b3261e"
)

// decades are the powers of ten around some values.
func decades(low, high float64) (from, to float64) {
	from, to = math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	if from == to {
		to++
	}
	return from, to
}

// ratiosChart draws each line's ratio on a logarithmic scale: a bar from the lowest pair to the highest, a dot
// at the median, a tick at the goal. To the right of the thick line Airial does better than its peer.
func ratiosChart(all []Result) string {
	const left, right, top, row = 560.0, 340.0, 54.0, 22.0
	var shown []Result
	low, high := 0.5, 2.0
	for _, r := range all {
		if r.Note == "" && r.Ratio.Low > 0 {
			shown = append(shown, r)
			low, high = min(low, r.Ratio.Low), max(high, r.Ratio.High)
		}
	}
	from, to := decades(low, high)
	width := 1300.0
	x := func(v float64) float64 { return left + (math.Log10(v)-from)/(to-from)*(width-left-right) }
	s := drawing(width, top+row*float64(len(shown))+20)
	bottom := top + row*float64(len(shown))
	s.text(12, 22, "start", ink, "Airial et ses pairs: combien de fois mieux, médiane et étendue des paires; trait vertical court: le but")
	for d := from; d <= to; d++ {
		v := math.Pow(10, d)
		s.line(x(v), top-6, x(v), bottom, 1, pale)
		s.text(x(v), top-12, "middle", grey, "×"+number(v))
	}
	s.line(x(1), top-6, x(1), bottom, 2, grey)
	for i, r := range shown {
		y := top + row*(float64(i)+0.5)
		colour := map[string]string{Held: green, Close: amber, Missed: brick, Free: grey}[r.Verdict()]
		s.text(left-12, y+4, "end", ink, shortened(r.Group+": "+r.title(), 84))
		s.line(x(r.Ratio.Low), y, max(x(r.Ratio.High), x(r.Ratio.Low)+1), y, 5, colour)
		s.dot(x(r.Ratio.Median), y, 5, colour)
		if r.Goal.Ratio > 0 {
			s.line(x(r.Goal.Ratio), y-8, x(r.Goal.Ratio), y+8, 2, ink)
		}
		s.text(width-right+14, y+4, "start", ink, shortened("×"+number(r.Ratio.Median)+"  "+r.Peer, 52))
	}
	return s.end()
}

func shortened(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

var inks = []string{"#1f5f8b", "#b3261e", "#1f7a4d", "#b36b00", "#6b3fa0", "#00798c", "#8a4f2b", "#5d6b73", "#c2186b", "#3d5a00"}

// growthChart draws each operation's cost by its size, both on logarithmic scales, and writes its exponent.
func growthChart(all []Growth) string {
	const left, top, w, h, legend = 80.0, 40.0, 620.0, 460.0, 470.0
	s := drawing(left+w+legend, top+h+60)
	s.text(12, 22, "start", ink, "Ce que coûte la croissance: temps d’une opération selon le nombre d’éléments (échelles logarithmiques)")
	minX, maxX, minY, maxY := 100.0, 1000.0, 1e-3, 1e-2
	var shown []Growth
	for _, g := range all {
		if g.Note != "" {
			continue
		}
		shown = append(shown, g)
		for i := range g.Sizes {
			minX, maxX, minY, maxY = min(minX, g.Sizes[i]), max(maxX, g.Sizes[i]), min(minY, g.Costs[i]), max(maxY, g.Costs[i])
		}
	}
	fx, tx := decades(minX, maxX)
	fy, ty := decades(minY, maxY)
	x := func(v float64) float64 { return left + (math.Log10(v)-fx)/(tx-fx)*w }
	y := func(v float64) float64 { return top + h - (math.Log10(v)-fy)/(ty-fy)*h }
	for d := fx; d <= tx; d++ {
		v := math.Pow(10, d)
		s.line(x(v), top, x(v), top+h, 1, pale)
		s.text(x(v), top+h+18, "middle", grey, number(v))
	}
	for d := fy; d <= ty; d++ {
		v := math.Pow(10, d)
		s.line(left, y(v), left+w, y(v), 1, pale)
		s.text(left-8, y(v)+4, "end", grey, quantity(v, "s"))
	}
	s.text(left+w/2, top+h+42, "middle", grey, "éléments")
	for i, g := range shown {
		colour := inks[i%len(inks)]
		for k := range g.Sizes {
			if k > 0 {
				s.line(x(g.Sizes[k-1]), y(g.Costs[k-1]), x(g.Sizes[k]), y(g.Costs[k]), 2, colour)
			}
			s.dot(x(g.Sizes[k]), y(g.Costs[k]), 3.5, colour)
		}
		at := top + 10 + 22*float64(i)
		s.line(left+w+20, at-4, left+w+44, at-4, 3, colour)
		s.text(left+w+52, at, "start", ink, shortened(g.Name, 50)+" · exposant "+number(math.Round(g.Exponent*100)/100))
	}
	return s.end()
}
