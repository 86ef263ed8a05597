package parapheur

import (
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/typeset/french"
)

// appearance is the visible signature: in the place that the document leaves for the step,
// or none. Where several sign at one step, they stand one above the other.
func appearance(f *Folder, doc Document, name string, c authority.Capacity, at time.Time) *pades.Appearance {
	step := f.Route[f.Step]
	for _, b := range doc.Boxes {
		if b.Name != step.Box || b.Name == "" {
			continue
		}
		word := "Signé électroniquement par "
		if step.Kind == Seal {
			word = "Cachet électronique apposé par "
		}
		a := &pades.Appearance{
			Page: b.Page, X: b.X, Y: b.Y + float64(len(f.Acted))*(b.Height+stampGap), Width: b.Width, Height: b.Height, Frame: true,
			FromRight: b.Right, FromBottom: !b.Top, Lines: []string{word + name, c.Words, "le " + french.DateTime(at)},
		}
		if a.Page > 0 {
			a.Page-- // pades counts from 0, and knows -1 too
		}
		return a
	}
	return nil
}
