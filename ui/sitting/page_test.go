package sitting

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// town is a council of five on a real journal, and a host that does at once what is asked of it.
type town struct {
	*shelltest.Host
	t       *testing.T
	council *council.Council
	people  *authority.Registry
	kept    map[string]float64
	mail    bool // a mailbox is set
	online  []Conference
	went    []shell.Route
}

func (h *town) Person(context.Context) (string, error)                      { return "secretaire", nil }
func (h *town) Council() *council.Council                                   { return h.council }
func (h *town) People() *authority.Registry                                 { return h.people }
func (h *town) MailReady(context.Context) (bool, error)                     { return h.mail, nil }
func (h *town) ConferencesOf(context.Context, string) ([]Conference, error) { return h.online, nil }
func (h *town) MailSummons(ctx context.Context, sitting string, m council.Mailing, _ func(done, of int)) (int, error) {
	for _, id := range m.Members {
		if _, err := h.council.Deliver(ctx, "secretaire", council.Delivery{Sitting: sitting, Member: id, Way: council.ByMail, Address: id + "@exemple.example", Asked: m.Receipt}); err != nil {
			return 0, err
		}
	}
	return len(m.Members), nil
}
func (h *town) PrintSummons(context.Context, string, string) ([]byte, error) {
	return nil, errors.New("not printed here")
}
func (h *town) Authority() shell.Authority {
	return shell.Authority{Name: "Essai-les-Pins — secrétariat"}
}
func (h *town) Preferences() shell.Preferences             { return h }
func (h *town) Float(key string, fallback float64) float64 { return fallback }
func (h *town) SetFloat(key string, value float64)         { h.kept[key] = value }
func (h *town) String(_, fallback string) string           { return fallback }
func (h *town) SetString(string, string)                   {}
func (h *town) Bool(_ string, fallback bool) bool          { return fallback }
func (h *town) SetBool(string, bool)                       {}

func (h *town) Go(r shell.Route) { h.went = append(h.went, r) }

func (h *town) Run(a shell.Action) {
	err := a.Run(h.t.Context(), func(int, int, string) {})
	switch {
	case err == nil:
		a.Done()
	case a.Failed != nil:
		a.Failed(err)
	default:
		h.t.Fatal(err)
	}
}

// seated is a sitting of three points, in the window, before it begins.
func seated(t *testing.T) (*page, *town, fyne.Window) {
	return seatedAs(t, authority.Authority{Name: "Commune d’Essai-les-Pins", Kind: authority.Commune, Population: 850}, nil)
}

// seatedAs is the same for another authority; remote is nil for a sitting in one room.
func seatedAs(t *testing.T, who authority.Authority, remote *council.Remote) (*page, *town, fyne.Window) {
	ctx := t.Context()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	library, err := council.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), council.Projections())
	h := &town{Host: shelltest.New(t, time.Now), t: t, council: council.New(j, library), people: authority.New(j), kept: map[string]float64{}}
	who.ID = journaltest.Authority
	if err := h.people.Describe(ctx, "i", who); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		p := authority.Person{ID: fmt.Sprintf("m%d", i), Civility: "Mme", FirstName: "Prénom", LastName: fmt.Sprintf("Modèle%d", i), Title: "Conseillère", Rank: i + 1}
		if i == 0 {
			p.Roles = []authority.Role{authority.RoleMayor}
		}
		if _, err := h.people.Put(ctx, "i", p); err != nil {
			t.Fatal(err)
		}
	}
	today := authority.DayOf(time.Now())
	in := council.Convene{At: time.Now(), Place: "mairie", Convened: today.Plus(-6), Posted: today.Plus(-6), Remote: remote}
	for range 3 {
		id, err := h.council.Draft(ctx, "i", "")
		if err != nil {
			t.Fatal(err)
		}
		in.Agenda = append(in.Agenda, id)
	}
	id, err := h.council.Convene(ctx, "i", in)
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(h, h)
	w := test.NewWindow(p.Content())
	t.Cleanup(w.Close)
	w.Resize(fyne.NewSize(1366, 768))
	p.Show(shell.Route{Page: Name, Arg: "live/" + id})
	return p, h, w
}

// texts are all that stands in an object.
func texts(o fyne.CanvasObject) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(shelltest.Words(o))
}

// An evening by the keyboard alone: called, opened, refused for lack of a quorum, undone, voted.
func TestAnEveningByTheKeyboard(t *testing.T) {
	p, h, _ := seated(t)
	b := p.table
	sat := func() *council.Sitting {
		s, err := h.council.Sitting(t.Context(), p.arg)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	b.agenda.SetCursor(0)
	b.agenda.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if got := texts(b.notice); !strings.Contains(got, "Le quorum n’est pas atteint.") || !strings.Contains(got, "CGCT, art. L2121-17") {
		t.Errorf("the refusal is not told where it happened: %q", got)
	}
	b.members.SetCursor(0)
	for _, r := range "pppea" {
		b.members.TypedRune(r)
	}
	if s := sat(); len(s.PresentAt("")) != 3 || s.Calls["m3"].Presence != council.Excused || s.Calls["m4"].Presence != council.Absent {
		t.Fatalf("%+v", s.Calls)
	}
	b.members.SetCursor(1)
	b.members.TypedRune('s')
	b.agenda.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s := sat(); s.Secretary != "m1" || s.Point != s.Agenda[0].Deliberation || texts(b.notice) != "" {
		t.Fatalf("%s, %q", s.Point, texts(b.notice))
	}
	b.members.SetCursor(2)
	b.members.TypedRune('a')
	if s := sat(); len(s.PresentAt("")) != 2 || s.Calls["m2"].Spells[0].ToPoint != s.Point || s.Calls["m2"].Left == "" {
		t.Fatalf("a departure is stamped: %+v", s.Calls["m2"])
	}
	if got := texts(b.tally); !strings.Contains(got, "il manque 1 membre") {
		t.Errorf("the rule that acts is not told: %q", got)
	}
	b.members.TypedShortcut(&fyne.ShortcutUndo{})
	if s := sat(); len(s.PresentAt("")) != 3 {
		t.Fatal("Ctrl+Z undoes nothing")
	}
	b.voters.SetCursor(1)
	b.voters.TypedRune('c')
	b.voters.TypedRune('a')
	if got := texts(b.tally); !strings.Contains(got, "1 pour, 1 contre") || !strings.Contains(got, "prépondérante") {
		t.Errorf("the running ballot: %q", got)
	}
	b.voters.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl})
	v, voted := sat().Vote(sat().Agenda[0].Deliberation)
	if !voted || !v.Adopted || !v.Casting || v.Figures.Abstained != 1 {
		t.Fatalf("%+v", v)
	}
	if got := texts(b.middle); !strings.Contains(got, "Mettre en discussion le point 2") {
		t.Errorf("what comes next: %q", got)
	}
	b.open(b.historyPanel)
	if got := texts(b.middle); !strings.Contains(got, "part à") || !strings.Contains(got, "annulé") {
		t.Errorf("the history hides what was undone: %q", got)
	}
}

// The public's window shows the point and the running ballot, and nothing of a secret one.
func TestProjector(t *testing.T) {
	p, _, _ := seated(t)
	b := p.table
	b.members.SetCursor(0)
	for _, r := range "ppppp" {
		b.members.TypedRune(r)
	}
	b.agenda.SetCursor(0)
	b.agenda.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	p.projector.open()
	seen := func() string { return texts(p.projector.body) }
	if got := seen(); !strings.Contains(got, "Pour 5 · contre 0") || !strings.Contains(got, "Quorum atteint : 5 présents") || strings.Contains(got, "secrétariat") {
		t.Errorf("%q", got)
	}
	b.ballot.manner, b.ballot.askedSecret, b.ballot.papers, b.ballot.counted = council.Secret, 2, council.Figures{For: 3, Against: 2}, true
	b.render()
	b.count()
	if got := seen(); !strings.Contains(got, "Scrutin secret en cours") || strings.Contains(got, "Pour") {
		t.Errorf("%q", got)
	}
	b.record()
	if got := seen(); !strings.Contains(got, "Adoptée : 3 pour, 2 contre") {
		t.Errorf("%q", got)
	}
	p.projector.open()
	if p.projector.w != nil {
		t.Error("the window is not closed")
	}
}

// Before the sitting, Alt and an arrow move a point.
func TestAgendaIsOrderedByTheKeyboard(t *testing.T) {
	p, h, _ := seated(t)
	p.live = false
	before, _ := h.council.Sitting(t.Context(), p.arg)
	p.load()
	list := agendaOf(p)
	list.SetCursor(0)
	list.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyDown, Modifier: fyne.KeyModifierAlt})
	after, _ := h.council.Sitting(t.Context(), p.arg)
	if after.Agenda[1].Deliberation != before.Agenda[0].Deliberation {
		t.Errorf("%+v", after.Agenda)
	}
}

// agendaOf is the list of the points in preparation.
func agendaOf(p *page) (list *widgets.List) {
	shelltest.Each(p.prep, func(o fyne.CanvasObject) {
		if l, ok := o.(*widgets.List); ok {
			list = l
		}
	})
	return list
}

// fieldsOf are the fields of one line that stand in an object, by what they ask for.
func fieldsOf(o fyne.CanvasObject) map[string]*widgets.Entry {
	all := map[string]*widgets.Entry{}
	shelltest.Each(o, func(o fyne.CanvasObject) {
		if e, ok := o.(*widgets.Entry); ok {
			all[e.PlaceHolder] = e
		}
	})
	return all
}

// Before the sitting she fills in a commission's opinion; a draft comes from another computer meanwhile: her words stay, with the cursor.
func TestWhatIsTypedOfAPointStays(t *testing.T) {
	p, h, w := seated(t)
	p.live = false
	p.load()
	agendaOf(p).SetCursor(1)
	field := func() *widgets.Entry { return fieldsOf(p.prep)[h.Text("sitting.opinion.hint")] }
	e := field()
	w.Canvas().Focus(e)
	test.Type(e, "Favorable")
	if _, err := h.council.Draft(t.Context(), "i", ""); err != nil {
		t.Fatal(err)
	}
	p.load()
	if got := field(); got == nil || got.Text != "Favorable" || w.Canvas().Focused() != got {
		t.Fatalf("after the load: %+v", got)
	}
	test.Type(field(), " à l’unanimité")
	test.Tap(button(p.prep, h.Text("sitting.save")))
	s, err := h.council.Sitting(t.Context(), p.arg)
	if err != nil || len(s.Agenda[1].Opinions) != 1 || s.Agenda[1].Opinions[0].Words != "Favorable à l’unanimité" {
		t.Errorf("%v, %+v", err, s.Agenda)
	}
}

// Papers of a secret ballot are being counted when somebody comes in: the figures typed stay; the next ballot begins without them.
func TestFiguresTypedOfASecretBallotStay(t *testing.T) {
	p, h, w := seated(t)
	b := p.table
	b.members.SetCursor(0)
	for _, r := range "pppp" {
		b.members.TypedRune(r)
	}
	b.agenda.SetCursor(0)
	b.agenda.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.ballot.manner = council.Secret
	b.render()
	asked := func() *widgets.Entry { return fieldsOf(b.middle)[h.Text("sitting.asked.secret")] }
	e := asked()
	w.Canvas().Focus(e)
	test.Type(e, "3")
	b.members.SetCursor(4)
	b.members.TypedRune('p')
	if got := asked(); got != e || got.Text != "3" || b.ballot.askedSecret != 3 {
		t.Fatalf("%q, %d", got.Text, b.ballot.askedSecret)
	}
	b.ballot.papers, b.ballot.counted = council.Figures{For: 3, Against: 2}, true
	b.record()
	b.members.TypedShortcut(&fyne.ShortcutUndo{})
	b.ballot.manner = council.Secret
	b.render()
	if got := asked(); got.Text != "" || b.ballot.askedSecret != 0 {
		t.Errorf("the next ballot begins with %q", got.Text)
	}
}

// button is the one of a name that stands in an object.
func button(o fyne.CanvasObject, name string) (found *widgets.Button) {
	shelltest.Each(o, func(o fyne.CanvasObject) {
		if b, ok := o.(*widgets.Button); ok && b.Text == name {
			found = b
		}
	})
	return found
}
