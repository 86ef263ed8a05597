package legality

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
)

func sheet(t *testing.T) (*page, fyne.Window, Item) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	p := newPage(shelltest.New(t, func() time.Time { return time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC) }), nil)
	w := test.NewTempWindow(t, p.Content())
	w.Resize(fyne.NewSize(1200, 700))
	p.matters = actes.Model()
	p.index = p.matters.Index()
	x := Item{ID: "1", Number: "2026-001", Subject: "Salle", Day: "2026-11-24", Deliberation: true, Signed: true, Act: actes.Act{Nature: 1, Number: "2026_001", Subject: "Salle", Date: "2026-11-24"}}
	p.open(x)
	return p, w, x
}

// The act is published, or signed, while its transmission is being filled in: what was typed stays, with the cursor.
func TestWhatIsTypedOfATransmissionStays(t *testing.T) {
	p, w, x := sheet(t)
	f := p.form
	w.Canvas().Focus(f.subject)
	f.subject.SetText("Tarifs de la salle")
	f.search.SetText("subventions")
	x.Effect = "exécutoire"
	p.open(x)
	if p.form != f || f.subject.Text != "Tarifs de la salle" || f.search.Text != "subventions" || w.Canvas().Focused() != f.subject {
		t.Fatalf("%q, %q", p.form.subject.Text, p.form.search.Text)
	}

	// A new classification without the matter chosen: it is chosen anew, by a person, never replaced.
	f.search.SetText("")
	f.propose("7.5")
	chosen := f.found[f.matter.SelectedIndex()]
	next := p.matters
	next.Date, next.Matters = "2027-01-01", nil
	for _, m := range p.matters.Matters {
		if m.Code != chosen.Code {
			next.Matters = append(next.Matters, m)
		}
	}
	p.matters, p.index = next, next.Index()
	p.open(x)
	if p.form != f || f.subject.Text != "Tarifs de la salle" || f.matter.SelectedIndex() >= 0 {
		t.Errorf("%q, matter %q", f.subject.Text, f.matter.Selected)
	}

	// Nobody typed: the sheet follows what is known.
	p, _, x = sheet(t)
	x.Effect, x.Act.Subject = "exécutoire", "Autre"
	p.open(x)
	if p.form.subject.Text != "Autre" {
		t.Errorf("%q", p.form.subject.Text)
	}
}
