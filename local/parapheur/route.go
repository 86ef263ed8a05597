package parapheur

import (
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/rule"
)

// holders are who may do a step, the step's own first.
func (s Step) holders() []Holder { return append([]Holder{{s.Person, s.Role}}, s.With...) }

// needed tells whether a step is needed for a folder of that amount and service.
func (s Step) needed(amount int64, service string) bool {
	if s.Over > 0 && amount <= s.Over {
		return false
	}
	return len(s.Services) == 0 || slices.ContainsFunc(s.Services, func(x string) bool { return strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(service)) })
}

// RouteFor gives the steps of a route that a folder needs, each signature with a name for
// its place on the page.
func RouteFor(route []Step, amount int64, service string) []Step {
	var out []Step
	for _, s := range route {
		if !s.needed(amount, service) {
			continue
		}
		if s.Kind.Signs() && s.Box == "" {
			s.Box = fmt.Sprintf("signature-%d", len(out)+1)
		}
		out = append(out, s)
	}
	return out
}

// done tells whether a step is done once a part of it is: by all its holders, or by one.
func (s Step) done(acted []Part) bool { return !s.All || len(acted) >= len(s.holders()) }

// checkRoute tells whether a route can be followed.
func checkRoute(route []Step) error {
	for i, s := range route {
		for _, h := range s.holders() {
			if h.Person == "" && h.Role == "" {
				return &rule.Refusal{Why: fmt.Sprintf("L’étape %d (« %s ») n’a personne pour la faire.", i+1, s.Title), Cure: "Choisissez une personne ou une fonction."}
			}
		}
		if strings.TrimSpace(s.Title) == "" {
			return &rule.Refusal{Why: fmt.Sprintf("L’étape %d n’a pas de nom.", i+1), Cure: "Nommez-la : « Visa de la secrétaire »."}
		}
	}
	if len(route) == 0 {
		return &rule.Refusal{Why: "Le circuit n’a aucune étape.", Cure: "Ajoutez-en une."}
	}
	return nil
}

// Corner is where on a page a visible signature stands.
type Corner string

// The corners, and none.
const (
	Nowhere     Corner = ""
	BottomRight Corner = "bottom-right"
	BottomLeft  Corner = "bottom-left"
	TopRight    Corner = "top-right"
	TopLeft     Corner = "top-left"
)

// Place is where the visible signatures of a document stand: one above the other from a
// corner of its first or of its last page, or from a point.
type Place struct {
	Corner Corner `json:"corner,omitempty"`
	First  bool   `json:"first,omitempty"`
	// At is a rectangle of one's own choice for the first signature, before Corner.
	At *Rectangle `json:"at,omitempty"`
}

// The size of a visible signature and what is left around it, in points.
const (
	stampWidth, stampHeight          = 190, 58
	stampMargin, stampFoot, stampGap = 36, 64, 8
)

// StampSize is the size of a visible signature, in points.
func StampSize() (width, height float64) { return stampWidth, stampHeight }

// boxes gives each signature of a route its rectangle.
func (p Place) boxes(route []Step) (out []Rectangle) {
	if p.Corner == Nowhere && p.At == nil {
		return nil
	}
	for _, s := range route {
		if !s.Kind.Signs() {
			continue
		}
		n := float64(len(out))
		r := Rectangle{Name: s.Box, Page: -1, X: stampMargin, Y: stampFoot + n*(stampHeight+stampGap), Width: stampWidth, Height: stampHeight}
		if p.First {
			r.Page = 1
		}
		r.Right, r.Top = p.Corner == BottomRight || p.Corner == TopRight, p.Corner == TopRight || p.Corner == TopLeft
		if p.At != nil {
			r.Page, r.X, r.Y, r.Right, r.Top = p.At.Page, p.At.X, p.At.Y+n*(stampHeight+stampGap), p.At.Right, p.At.Top
		}
		out = append(out, r)
	}
	return out
}
