package council

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// town is a council on a real journal.
type town struct {
	Office
	council *council.Council
}

func (o *town) Person(context.Context) (string, error)                        { return "secretaire", nil }
func (o *town) Council() *council.Council                                     { return o.council }
func (o *town) Preview(context.Context, council.Deliberation) ([]byte, error) { return nil, nil }
func (o *town) Open(context.Context, []byte) (widgets.Pages, error)           { return nil, nil }
func (o *town) Approvals(context.Context, string) ([]Approval, error)         { return nil, nil }
func (o *town) Conflict(context.Context, string) (*council.NotApplied, error) { return nil, nil }

// atDesk is the page with two drafts, the first in view.
func atDesk(t *testing.T) (*page, *shelltest.Host, *town, [2]string) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	library, err := council.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), council.Projections())
	o := &town{council: council.New(j, library)}
	var ids [2]string
	for i, subject := range []string{"Salle des fêtes", "Voirie"} {
		if ids[i], err = o.council.Draft(t.Context(), "secretaire", ""); err != nil {
			t.Fatal(err)
		}
		d, err := o.council.Deliberation(t.Context(), ids[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := o.council.Save(t.Context(), "secretaire", ids[i], d.Edition, council.Text{Blocks: []council.Block{{Kind: council.BlockTitle, Text: subject}, {Kind: council.BlockArticle, Text: "DÉCIDE"}}}); err != nil {
			t.Fatal(err)
		}
	}
	h := shelltest.New(t, time.Now)
	p := newPage(h, o)
	p.after = func(time.Duration, func()) {} // nobody's typing rests
	w := test.NewTempWindow(t, p.Content())
	w.Resize(p.Content().MinSize())
	p.Show(shell.Route{Page: Name, Arg: "deliberation/" + ids[0]})
	return p, h, o, ids
}

// typeIn sets the words of the draft's article, as if they were typed.
func typeIn(p *page, words string) {
	blocks := p.blocks.Blocks()
	blocks[1].Text = words
	p.blocks.Set(blocks)
	p.blocks.OnChanged(blocks)
}

func (o *town) article(t *testing.T, id string) string {
	t.Helper()
	d, err := o.council.Deliberation(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d.Text.Blocks[1].Text
}

func (p *page) goTo(id string) {
	for i, l := range p.lines {
		if l.id() == id {
			p.list.SetCursor(i)
		}
	}
}

// On a slow disk, she leaves a draft and comes back before it is saved: what she typed is shown, what she adds is saved after
// it, and the other draft loses nothing either.
func TestWhatIsTypedWhileItIsSavedStays(t *testing.T) {
	p, h, o, ids := atDesk(t)
	h.Hold = true
	typeIn(p, "DÉCIDE de louer la salle")
	p.goTo(ids[1])
	typeIn(p, "DÉCIDE de refaire la route")
	p.goTo(ids[0])
	if got := p.text().Blocks[1].Text; got != "DÉCIDE de louer la salle" {
		t.Fatalf("the draft comes back as %q", got)
	}
	typeIn(p, "DÉCIDE de louer la salle 80 €")
	h.Tell() // something came from another computer
	if got := p.text().Blocks[1].Text; got != "DÉCIDE de louer la salle 80 €" {
		t.Fatalf("a late load left %q", got)
	}
	p.SaveDraft()
	typeIn(p, "DÉCIDE de louer la salle 80 € la journée")
	for range 4 {
		h.Finish()
	}
	if got := p.text().Blocks[1].Text; got != "DÉCIDE de louer la salle 80 € la journée" {
		t.Fatalf("once saved, the screen says %q", got)
	}
	p.SaveDraft()
	h.Finish()
	if a, b := o.article(t, ids[0]), o.article(t, ids[1]); a != "DÉCIDE de louer la salle 80 € la journée" || b != "DÉCIDE de refaire la route" {
		t.Errorf("saved: %q, %q", a, b)
	}
	if len(h.Failed) > 0 {
		t.Errorf("%v", h.Failed)
	}
}

// What could not be saved is shown again when she comes back, and saved then.
func TestWhatCouldNotBeSavedComesBack(t *testing.T) {
	p, h, o, ids := atDesk(t)
	full := errors.New("le disque est plein")
	h.Hold = true
	typeIn(p, "DÉCIDE de louer la salle")
	p.goTo(ids[1])
	h.Waiting[0].Failed(full)
	h.Waiting, h.Hold = nil, false
	h.Tell()
	p.goTo(ids[0])
	if got := p.text().Blocks[1].Text; got != "DÉCIDE de louer la salle" || len(h.Failed) != 1 {
		t.Fatalf("%q, told %v", got, h.Failed)
	}
	p.SaveDraft()
	if got := o.article(t, ids[0]); got != "DÉCIDE de louer la salle" {
		t.Errorf("saved: %q", got)
	}
}

// What was decided is found as one types; without a question the text in view before comes back, as it was being typed.
func TestFoundAsOneTypes(t *testing.T) {
	p, _, _, ids := atDesk(t)
	typeIn(p, "DÉCIDE de louer la salle")
	for _, asked := range []string{"v", "vo", "voir"} {
		p.searchTyped(asked)
		if searching := len([]rune(asked)) > 1; (p.asked != "") != searching || (p.draft == nil) != searching {
			t.Fatalf("%q: %q is looked for", asked, p.asked)
		}
	}
	found, err := p.o.Council().Search(t.Context(), "voir", firstFound)
	if err != nil || len(found) != 1 || found[0].ID != ids[1] {
		t.Fatalf("%+v, %v", found, err)
	}
	p.searchTyped("")
	if p.draft == nil || p.draft.ID != ids[0] || p.text().Blocks[1].Text != "DÉCIDE de louer la salle" {
		t.Errorf("the draft does not come back: %+v", p.draft)
	}
}

// Two people write one draft: what the other types comes into its field, and into the one that is being typed in, whose
// cursor stays in its words; who writes is said.
func TestADraftFollowsWhoElseWritesIt(t *testing.T) {
	p, h, o, ids := atDesk(t)
	var rest func()
	p.after = func(d time.Duration, do func()) {
		if d == writeTime {
			rest = do
		}
	}
	other := func(block int, words string) {
		t.Helper()
		w, err := o.council.Written(t.Context(), ids[0])
		if err != nil {
			t.Fatal(err)
		}
		text := w.Text
		text.Blocks = slices.Clone(text.Blocks)
		text.Blocks[block].Text = words
		if _, err := o.council.Write(t.Context(), "adjointe", w, text); err != nil {
			t.Fatal(err)
		}
	}
	typeIn(p, "DÉCIDE de louer")
	rest()
	if d, err := o.council.Deliberation(t.Context(), ids[0]); err != nil || d.Text.Blocks[1].Text != "DÉCIDE de louer" {
		t.Fatalf("what is typed does not leave when typing rests: %v, %+v", err, d.Text.Blocks)
	}
	other(0, "Salle des fêtes et préau")
	h.Tell()
	if got := p.text(); got.Blocks[0].Text != "Salle des fêtes et préau" || got.Blocks[1].Text != "DÉCIDE de louer" {
		t.Fatalf("the other's words do not come: %+v", got.Blocks)
	}
	typeIn(p, "DÉCIDE de louer la salle")
	other(1, "Le conseil DÉCIDE de louer")
	h.Tell()
	if got := p.text().Blocks[1].Text; got != "DÉCIDE de louer la salle" {
		t.Fatalf("what is being typed is taken away: %q", got)
	}
	rest()
	if got := p.text().Blocks[1].Text; got != "Le conseil DÉCIDE de louer la salle" {
		t.Fatalf("kept, it says %q", got)
	}
	p.SaveDraft()
	d, err := o.council.Deliberation(t.Context(), ids[0])
	if err != nil || d.Text.Blocks[0].Text != "Salle des fêtes et préau" || d.Text.Blocks[1].Text != "Le conseil DÉCIDE de louer la salle" {
		t.Errorf("%v, %+v", err, d.Text.Blocks)
	}
	if all, err := o.council.Editions(t.Context(), ids[0]); err != nil || len(all) != 3 {
		t.Errorf("%d versions, %v: one is made when the draft is left, not at each rest", len(all), err)
	}
	if len(h.Failed) > 0 {
		t.Errorf("%v", h.Failed)
	}
}
