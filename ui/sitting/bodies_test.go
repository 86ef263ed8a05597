package sitting

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/shell"
)

// sat is the sitting in view as it is recorded.
func (h *town) sat(p *page) *council.Sitting {
	h.t.Helper()
	s, err := h.council.Sitting(h.t.Context(), p.arg)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// call calls the members in order, a letter each, and opens the first point.
func (p *page) call(letters string) {
	p.table.members.SetCursor(0)
	for _, r := range letters {
		p.table.members.TypedRune(r)
	}
	p.table.agenda.SetCursor(0)
	p.table.agenda.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

// A CCAS's board: no closed doors, no public ballot on demand, the articles of the CASF, its own words.
func TestABoardOfSocialAction(t *testing.T) {
	p, h, _ := seatedAs(t, authority.Authority{Name: "CCAS d’Essai-les-Pins", Kind: authority.CCAS}, nil)
	p.call("ppeee")
	if got := texts(p.table.notice); !strings.Contains(got, "CASF, art. R123-17") {
		t.Errorf("the quorum's article: %q", got)
	}
	p.table.members.SetCursor(2)
	p.table.members.TypedRune('p')
	p.table.members.SetCursor(1)
	p.table.members.TypedRune('s')
	p.table.agenda.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	got := texts(p.content)
	for _, not := range []string{"Huis clos…", "Demandent le scrutin public"} {
		if strings.Contains(got, not) {
			t.Errorf("«%s» at a CCAS", not)
		}
	}
	p.table.record()
	v, voted := h.sat(p).Vote(h.sat(p).Agenda[0].Deliberation)
	if !voted || !v.Adopted || v.Figures.For != 3 {
		t.Fatalf("%+v, %q", v, texts(p.table.notice))
	}
	p.live = false
	p.load()
	if got := texts(p.prep); !strings.Contains(got, "conseil d’administration") || !strings.Contains(got, "CASF") {
		t.Errorf("the rules of the body are not told: %q", got)
	}
}

// A group of communes at two places: public ballots alone.
func TestARemoteSitting(t *testing.T) {
	for _, kind := range []authority.Kind{authority.EPCI, authority.Syndicate} {
		p, h, _ := seatedAs(t, authority.Authority{Name: "Groupement d’Essai", Kind: kind, Population: 9000}, &council.Remote{Sites: []string{"siège", "annexe"}, Link: "https://exemple.invalid"})
		p.call("ppppp")
		got := texts(p.table.content)
		if strings.Contains(got, "scrutin public (quart)") {
			t.Errorf("%s: the ballot: %q", kind, got)
		}
		p.table.record()
		v, voted := h.sat(p).Vote(h.sat(p).Agenda[0].Deliberation)
		if !voted || v.Manner != council.Public || len(v.Choices) != 5 {
			t.Errorf("%s: %+v, %q", kind, v, texts(p.table.notice))
		}
	}
}

// A sitting that lost its quorum is followed by a second one, whatever their number (CGCT, art. L2121-17).
func TestASecondSummons(t *testing.T) {
	p, h, _ := seated(t)
	p.call("pppea")
	p.table.record()
	p.table.agenda.SetCursor(1)
	p.table.agenda.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	p.table.members.SetCursor(2)
	p.table.members.TypedRune('a')
	p.table.did("end", council.End{LackedQuorum: true})
	first := h.sat(p)
	if !first.LackedQuorum || len(first.Remaining()) != 2 {
		t.Fatalf("%+v", first)
	}
	if got := texts(p.table.content); !strings.Contains(got, "Préparer la seconde convocation…") || !strings.Contains(got, "2 points restent") {
		t.Fatalf("%q", got)
	}
	day := authority.DayOf(h.Now())
	in := form{kind: "second", after: first.ID, points: first.Remaining(), place: "mairie"}.convene(council.Convene{At: h.Now().AddDate(0, 0, 5)}, day)
	id, err := h.council.Convene(t.Context(), "i", in)
	if err != nil {
		t.Fatal(err)
	}
	p.Show(shell.Route{Page: Name, Arg: "live/" + id})
	p.call("pa")
	if got := texts(p.table.content); !strings.Contains(got, "sans condition de quorum") {
		t.Errorf("%q", got)
	}
	p.table.record()
	if v, voted := h.sat(p).Vote(first.Remaining()[0]); !voted || !v.Adopted || len(v.Present) != 1 {
		t.Errorf("%+v, %q", v, texts(p.table.notice))
	}
}
