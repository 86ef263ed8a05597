package parapheur

import (
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/typeset/french"
)

// appearance is the visible signature: in the place that the document leaves
// for the step, or none. The page's own coordinates count from its lower left
// corner; the appearance's from the upper left, hence A4's height.
func appearance(f *Folder, doc Document, name string, c authority.Capacity, at time.Time) *pades.Appearance {
	const a4 = 841.89
	for _, b := range doc.Boxes {
		if b.Name != f.Route[f.Step].Box || b.Name == "" {
			continue
		}
		return &pades.Appearance{
			Page: b.Page - 1, X: b.X, Y: a4 - b.Y - b.Height, Width: b.Width, Height: b.Height, Frame: true,
			Lines: []string{"Signé électroniquement par " + name, c.Words, "le " + french.DateTime(at)},
		}
	}
	return nil
}
