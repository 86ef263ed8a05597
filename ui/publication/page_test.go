package publication

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// What has a deadline comes first, soonest first; then what waits; then what is done.
func TestOrder(t *testing.T) {
	act := func(id string, kind publication.Kind, p publication.Publication) publication.Publication {
		p.ID, p.Kind, p.Adopted = id, kind, "2026-11-24"
		return p
	}
	done := publication.Publication{At: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	late := act("late", publication.List, publication.Publication{})
	late.Adopted = "2026-11-10"
	all := ordered([]publication.Publication{
		act("done", publication.Order, done), act("waits", publication.Order, publication.Publication{}), act("list", publication.List, publication.Publication{}), late,
	}, "2026-11-26")
	got := ""
	for _, a := range all {
		got += a.ID + " "
	}
	if got != "late list waits done " {
		t.Errorf("%s", got)
	}
	for _, c := range []struct {
		act  publication.Publication
		m    widgets.Meaning
		word string
	}{
		{all[0], widgets.Late, "publication.state.late"}, {all[1], widgets.Waiting, "publication.state.todo"}, {all[3], widgets.Done, "publication.state.public"},
	} {
		if m, word := judged(c.act, "2026-11-26"); m != c.m || word != c.word {
			t.Errorf("%s: %v, %s", c.act.ID, m, word)
		}
	}
}

// nothing is an office that only shows.
type nothing struct{ Office }

func (nothing) Pages(context.Context, string) (widgets.Pages, error) { return nil, nil }

// The receipt's number and the budget's name are being typed when the site is sent, or the act is changed elsewhere.
func TestWhatIsTypedOfAnActStays(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	h := shelltest.New(t, func() time.Time { return time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC) })
	p := newPage(h, nothing{})
	w := test.NewTempWindow(t, p.Content())
	w.Resize(fyne.NewSize(1200, 700))
	var a publication.Publication
	a.ID, a.Kind, a.Number, a.Subject, a.Adopted = "deliberation-1", publication.Deliberation, "2026-001", "Salle", "2026-11-24"
	p.open(a)
	number, budget := p.form.Entry("received.number", "", ""), p.form.Entry("details.budget", "", "")
	w.Canvas().Focus(number)
	test.Type(number, "040-21")
	test.Type(budget, "Budget annexe")
	p.website.Pending = true
	a.Matter, a.BudgetYear = "7.5", "2026"
	p.open(a)
	if got := p.form.Entry("received.number", "", ""); got != number || got.Text != "040-21" || w.Canvas().Focused() != number {
		t.Errorf("the receipt's number: %q", got.Text)
	}
	if got := p.form.Entry("details.year", "", "2026").Text; got != "2026" || budget.Text != "Budget annexe" {
		t.Errorf("what is known of the year: %q; what was typed: %q", got, budget.Text)
	}
	a.ID = "deliberation-2"
	p.open(a)
	if got := p.form.Entry("received.number", "", "").Text; got != "" {
		t.Errorf("another act has %q", got)
	}

	// The settings: one form is saved while the other is being filled in.
	p.settings()
	address := p.form.Entry(sending+"address", "", "")
	test.Type(address, "https://exemple.example/actes")
	p.showSettings()
	if got := p.form.Entry(sending+"address", "", "").Text; got != "https://exemple.example/actes" {
		t.Errorf("the address: %q", got)
	}
}
