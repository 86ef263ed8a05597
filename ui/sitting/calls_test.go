package sitting

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// How each member is summoned, and the proof of it (CGCT, art. L2121-10).
func TestHowMembersAreSummoned(t *testing.T) {
	p, h, _ := seated(t)
	ctx := t.Context()
	for i, address := range []string{"", "m1@exemple.example", "m2@exemple.example", "m3@exemple.example", ""} {
		x, _ := authority.Find(p.now.people, p.now.sitting.Members[i].ID)
		x.Email, x.Paper = address, i == 3
		if _, err := h.people.Put(ctx, "i", x); err != nil {
			t.Fatal(err)
		}
	}
	h.mail = true
	p.Show(shell.Route{Page: Name, Arg: "calls/" + p.arg})
	c := p.calling
	if got := texts(p.prep); !strings.Contains(got, "Membres convoqués : 0 sur 4") || c.mail.Disabled() || p.Route().Arg != "calls/"+p.arg {
		t.Fatalf("%q", got)
	}
	for i, want := range []string{"m1@", "m2@", "par écrit", "inconnue"} {
		if _, _, detail := c.told(c.rows[i]); !strings.Contains(detail, want) {
			t.Errorf("member %d: %q", i, detail)
		}
	}
	// By mail to those who have an address and did not ask for paper.
	c.receipt.Checked = true
	c.send()
	all, err := h.council.Deliveries(ctx, p.arg)
	if err != nil || len(all) != 2 || !all[0].Asked {
		t.Fatalf("%+v, %v", all, err)
	}
	if _, word, _ := c.told(c.rows[0]); word != "Attend la ligne" {
		t.Errorf("%q", word)
	}
	// One left, the other did not; the third is handed hers.
	if err := h.council.Progress(ctx, "i", all[0].ID, council.Progress{State: council.Gone, At: h.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := h.council.Progress(ctx, "i", all[1].ID, council.Progress{State: council.Bounced, At: h.Now(), Words: "550 boîte inconnue"}); err != nil {
		t.Fatal(err)
	}
	p.load()
	if got := c.chosen(true); len(got) != 1 || got[0] != "m2" {
		t.Errorf("who did not get hers is written to again: %v", got)
	}
	if _, word, detail := c.told(c.rows[1]); word != "Non remise" || !strings.Contains(detail, "550") {
		t.Errorf("%q, %q", word, detail)
	}
	// A row has no room for the words of a server: they are read in full under the list, with what to do.
	c.list.SetCursor(1)
	if got := texts(c.whole); !strings.Contains(got, "m2@exemple.example — 550 boîte inconnue") || !strings.Contains(got, "Corrigez l’adresse") {
		t.Errorf("%q", got)
	}
	if c.list.SetCursor(0); strings.Contains(texts(c.whole), "550") {
		t.Errorf("%q", texts(c.whole))
	}
	var proof strings.Builder
	if err := widgets.WriteCSV(&proof, c.columns(), slices.Values(c.rows)); err != nil || strings.Count(proof.String(), "\n") != 5 || !strings.Contains(proof.String(), "550 boîte inconnue") {
		t.Errorf("%q, %v", proof.String(), err)
	}
	c.list.SetCursor(2)
	c.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	c.note()
	if got := texts(p.prep); !strings.Contains(got, "Membres convoqués : 2 sur 4") {
		t.Errorf("%q", got)
	}
	// The last day was six days ago less the term: what is noted today is late, and said so.
	if got := texts(p.prep); !strings.Contains(got, "après le dernier jour") {
		t.Errorf("%q", got)
	}
}

// The mouse drags a point past the others; one entry is written when it is let go, none when it came back to its place.
func TestDraggingAPoint(t *testing.T) {
	p, h, w := seated(t)
	p.Show(shell.Route{Page: Name, Arg: "sitting/" + p.arg})
	s := h.sat(p)
	before := []string{s.Agenda[0].Deliberation, s.Agenda[1].Deliberation, s.Agenda[2].Deliberation}
	list := agendaOf(p)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(list).AddXY(40, 20)
	acts := len(p.now.history)
	test.Drag(w.Canvas(), at, 0, 12)
	if got := h.sat(p).Agenda; got[0].Deliberation != before[0] || len(p.now.history) != acts {
		t.Errorf("a point that stayed in its place was moved: %+v", got)
	}
	test.Drag(w.Canvas(), at, 0, 130)
	got := h.sat(p).Agenda
	if got[0].Deliberation != before[1] || got[1].Deliberation != before[2] || got[2].Deliberation != before[0] {
		t.Errorf("%v, from %v", got, before)
	}
}
