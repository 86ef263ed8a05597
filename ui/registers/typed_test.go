package registers

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// town is a town hall on a real journal.
type town struct {
	Office
	council   *council.Council
	registers *registers.Registers
	people    *authority.Registry
}

func (o *town) Person(context.Context) (string, error)              { return "secretaire", nil }
func (o *town) Council() *council.Council                           { return o.council }
func (o *town) Registers() *registers.Registers                     { return o.registers }
func (o *town) People() *authority.Registry                         { return o.people }
func (o *town) Open(context.Context, []byte) (widgets.Pages, error) { return nil, nil }

func atDesk(t *testing.T) (*page, *shelltest.Host, *town) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	subjects, err := council.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	orders, err := registers.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), council.Projections(), registers.Projections())
	o := &town{council: council.New(j, subjects), people: authority.New(j)}
	o.registers = registers.New(j, o.council, orders, nil, nil)
	if err := o.people.Describe(t.Context(), "i", authority.Authority{ID: journaltest.Authority, Name: "Commune d’Essai-les-Pins", Kind: authority.Commune, Population: 850}); err != nil {
		t.Fatal(err)
	}
	h := shelltest.New(t, time.Now)
	p := newPage(h, o)
	p.after = func(time.Duration, func()) {} // nobody's typing rests
	w := test.NewTempWindow(t, p.Content())
	w.Resize(p.Content().MinSize())
	p.Show(shell.Route{Page: Name})
	return p, h, o
}

// An order is typed on while it is being saved: nothing of it goes, and the next save holds it.
func TestWhatIsTypedOfAnOrderWhileItIsSavedStays(t *testing.T) {
	p, h, o := atDesk(t)
	id, err := o.registers.DraftOrder(t.Context(), "secretaire", council.SeriesOrder, "")
	if err != nil {
		t.Fatal(err)
	}
	p.draft(id)
	w := p.writes.(*orderText)
	write := func(words string) {
		w.blocks.Set([]widgets.Block{{Kind: string(council.BlockTitle), Text: words}})
		w.blocks.OnChanged(nil)
	}
	h.Hold = true
	write("Circulation")
	w.save()
	write("Circulation interdite")
	h.Finish()
	h.Tell()
	if p.writes != writer(w) || w.now().Text.Subject() != "Circulation interdite" {
		t.Fatalf("the screen says %q", w.now().Text.Subject())
	}
	p.stop()
	h.Finish()
	saved, err := o.registers.Order(t.Context(), id)
	if err != nil || saved.Text.Subject() != "Circulation interdite" || len(h.Failed) > 0 {
		t.Errorf("%v, %q, told %v", err, saved.Text.Subject(), h.Failed)
	}
}

// An order that is read stays when one comes back to the page or something changes; a click on the row that it came from goes back to
// its list.
func TestAnOrderThatIsReadStays(t *testing.T) {
	p, h, o := atDesk(t)
	id, err := o.registers.DraftOrder(t.Context(), "secretaire", council.SeriesOrder, "")
	if err != nil {
		t.Fatal(err)
	}
	h.Tell()
	row := -1
	for i, l := range p.lines {
		if l.series == council.SeriesOrder {
			row = i
		}
	}
	p.list.SetCursor(row)
	list := p.middle.Objects[0]
	p.draft(id)
	if p.middle.Objects[0] == list || p.writes == nil {
		t.Fatal("the order is not shown")
	}
	order := p.writes
	h.Tell()
	if p.writes != order {
		t.Error("the order went when something changed")
	}
	p.list.SetCursor(row)
	if p.writes != nil || p.arg != p.lines[row].id() {
		t.Errorf("a click on its row shows %v of %s", p.writes, p.arg)
	}
}

// The text of an order that was changed elsewhere comes back to the screen when it cannot be saved.
func TestAnOrderThatCannotBeSavedComesBack(t *testing.T) {
	p, h, o := atDesk(t)
	id, err := o.registers.DraftOrder(t.Context(), "secretaire", council.SeriesOrder, "")
	if err != nil {
		t.Fatal(err)
	}
	p.draft(id)
	w := p.writes.(*orderText)
	other := w.now().Text
	other.Individual = true
	if err := o.registers.SaveOrder(t.Context(), "autre", id, w.order.Edition, other); err != nil {
		t.Fatal(err)
	}
	w.blocks.Set([]widgets.Block{{Kind: string(council.BlockTitle), Text: "Circulation interdite"}})
	p.stop()
	if p.writes != writer(w) || w.now().Text.Subject() != "Circulation interdite" || len(h.Failed) != 1 {
		t.Errorf("%v, told %v", p.writes, h.Failed)
	}
}

// What an act asks to be done is being typed, or how acts are numbered, when something else changes.
func TestFormsOfTheRegistersStay(t *testing.T) {
	p, h, o := atDesk(t)
	prefix := func() *widgets.Entry {
		return p.form.Entry("numbers.prefix", "", "")
	}
	before := prefix()
	test.Type(before, "DEL-")
	if _, err := o.registers.DraftOrder(t.Context(), "secretaire", council.SeriesOrder, ""); err != nil {
		t.Fatal(err)
	}
	h.Tell()
	if got := prefix(); got != before || got.Text != "DEL-" {
		t.Errorf("the prefix: %q", got.Text)
	}
	p.ask("acte", "2026-001")
	shown := p.middle.Objects[0]
	h.Tell()
	if p.middle.Objects[0] != shown {
		t.Error("the form of what is asked was taken away")
	}
}

// Two computers wrote an order: what the other text would change is shown in words before anybody chooses.
func TestWhatTheOtherOrderSaysIsShown(t *testing.T) {
	p, _, o := atDesk(t)
	id, err := o.registers.DraftOrder(t.Context(), "secretaire", council.SeriesOrder, "")
	if err != nil {
		t.Fatal(err)
	}
	standing, err := o.registers.Order(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	standing.Text.Blocks = []council.Block{{Kind: council.BlockArticle, Text: "INTERDIT la circulation le 14 juillet."}}
	other := *standing
	other.Text.Blocks = []council.Block{{Kind: council.BlockArticle, Text: "INTERDIT la circulation le 15 juillet."}}
	p.editOrder(&orderText{p: p, order: *standing}, nil, false, []registers.Conflict{{Stream: "order/" + id, Order: &other, Redoable: true}})
	read := shelltest.Words(p.Content())
	for _, words := range []string{"[14]", "15", "Modifié", "Ce que l'autre texte changerait", "Garder ce qui est en place", "Reprendre l'autre"} {
		if !strings.Contains(strings.ReplaceAll(read, "’", "'"), words) {
			t.Errorf("%q is not shown:\n%s", words, read)
		}
	}
}
