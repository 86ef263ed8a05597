package sitting

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// preparation is an agenda in the window, of which nothing leaves but when the test says so.
func preparation(t *testing.T) (p *page, h *town, w fyne.Window, rest func()) {
	p, h, w = seated(t)
	var waiting []func()
	p.later = func(_ time.Duration, do func()) { waiting = append(waiting, do) }
	p.live = false
	p.load()
	p.begin()
	return p, h, w, func() {
		all := waiting
		waiting = nil
		for _, do := range all {
			do()
		}
	}
}

// kept is the agenda as it is on the disk.
func kept(t *testing.T, h *town, p *page) council.PreparedAgenda {
	t.Helper()
	w, err := h.council.Agenda(t.Context(), p.agenda)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func pointsOf(a council.Agenda) string {
	var all []string
	for _, x := range a.Points {
		all = append(all, x.Words)
	}
	return strings.Join(all, " | ")
}

// She types points while somebody else prepares the same agenda: her words and her cursor stay, what the other did is there.
func TestAnAgendaIsPreparedByTwo(t *testing.T) {
	p, h, w, rest := preparation(t)
	field := func() *widgets.Entry {
		e, ok := w.Canvas().Focused().(*widgets.Entry)
		if !ok {
			t.Fatalf("no field has the cursor: %T", w.Canvas().Focused())
		}
		return e
	}
	test.Tap(button(p.prep, h.Text("sitting.prepared.add")))
	test.Type(field(), "Voirie")
	other := kept(t, h, p) // as it was before she typed
	rest()
	field().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	test.Type(field(), "Tarifs")
	want := other.Agenda
	want.Points = append(slices.Clone(want.Points), council.Prepared{ID: h.council.NewPoint(), Words: "Subventions"})
	if _, err := h.council.WriteAgenda(t.Context(), "maire", other, want); err != nil {
		t.Fatal(err)
	}
	p.load()
	if e := field(); e.Text != "Tarifs" {
		t.Fatalf("after the load: %q", e.Text)
	}
	test.Type(field(), " de l’eau")
	rest()
	if got := pointsOf(kept(t, h, p).Agenda); !strings.Contains(got, "Voirie | Tarifs de l’eau") || !strings.Contains(got, "Subventions") {
		t.Errorf("%q", got)
	}
	if e := field(); e.Text != "Tarifs de l’eau" || e.CursorColumn != len([]rune(e.Text)) {
		t.Errorf("%q, the cursor at %d", e.Text, e.CursorColumn)
	}
	if got := texts(p.prep); !strings.Contains(got, "Subventions") {
		t.Errorf("what the other did is not shown: %q", got)
	}
	// Moved by the keyboard, taken away, put back.
	at := slices.IndexFunc(p.preparing.want.Points, func(x council.Prepared) bool { return x.Words == "Tarifs de l’eau" })
	field().TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyUp, Modifier: fyne.KeyModifierAlt})
	if got := kept(t, h, p); got.Points[at-1].Words != "Tarifs de l’eau" || field().Text != "Tarifs de l’eau" {
		t.Errorf("%q", pointsOf(got.Agenda))
	}
	p.preparing.own(func(points []council.Prepared) []council.Prepared { return points[:len(points)-1] })
	p.preparing.done()
	gone := kept(t, h, p)
	if len(gone.Gone) != 1 || len(gone.Points) != 2 {
		t.Fatalf("%+v", gone.Agenda)
	}
	test.Tap(button(p.prep, h.Text("sitting.prepared.back")))
	if got := kept(t, h, p); len(got.Points) != 3 || len(got.Gone) != 0 {
		t.Errorf("%+v", got.Agenda)
	}
}

// Who has it open elsewhere is said, and the summons that announces it has its points.
func TestThePreparedAgendaIsConvened(t *testing.T) {
	p, h, w, rest := preparation(t)
	test.Tap(button(p.prep, h.Text("sitting.prepared.add")))
	test.Type(w.Canvas().Focused().(*widgets.Entry), "Voirie")
	rest()
	p.preparing.readers = []string{"Jean MODÈLE"}
	p.preparing.lay()
	if got := texts(p.prep); !strings.Contains(got, "Jean MODÈLE a aussi ce texte sous les yeux.") {
		t.Errorf("%q", got)
	}
	id := p.agenda
	test.Tap(button(p.prep, h.Text("sitting.prepared.convene")))
	if got := texts(p.prep); !strings.Contains(got, "1. Voirie") {
		t.Errorf("%q", got)
	}
	p.Show(shell.Route{Page: Name, Arg: "agenda/" + id})
	if p.preparing == nil || p.Route().Arg != "agenda/"+id {
		t.Errorf("%+v", p.Route())
	}
	if err := h.council.DropAgenda(t.Context(), "maire", id); err != nil {
		t.Fatal(err)
	}
	p.load()
	if p.preparing != nil || p.agenda != "" || p.Route().Arg == "agenda/"+id {
		t.Errorf("given up elsewhere, it is still shown: %+v", p.Route())
	}
}

// A sitting leads to the meeting at a distance that is booked for it, or to its booking; afterwards to its recording.
func TestASittingLeadsToItsConference(t *testing.T) {
	p, h, _ := seated(t)
	p.live = false
	p.arg = convened(t, h, time.Now().AddDate(0, 0, 6))
	p.load()
	test.Tap(button(p.prep, h.Text("sitting.online.book")))
	h.online = []Conference{{ID: "c", Title: "Conseil", At: time.Now().Add(48 * time.Hour), Phone: "05 58 00 00 00"}}
	if err := h.council.Record(t.Context(), "i", p.arg, council.KeepRecording{Link: "https://video.example/1"}); err != nil {
		t.Fatal(err)
	}
	p.load()
	test.Tap(button(p.prep, h.Text("sitting.online.open")))
	if len(h.went) != 2 || h.went[0].Arg != "conferences/for-"+p.arg || h.went[1].Arg != "conferences/c" {
		t.Errorf("%+v", h.went)
	}
	if got := texts(p.prep); !strings.Contains(got, "05 58 00 00 00") || !strings.Contains(got, "https://video.example/1") {
		t.Errorf("%q", got)
	}
}

// convened is one more sitting, on a day.
func convened(t *testing.T, h *town, at time.Time) string {
	t.Helper()
	today := authority.DayOf(time.Now())
	id, err := h.council.Convene(t.Context(), "i", council.Convene{At: at, Place: "mairie", Convened: today, Posted: today})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
