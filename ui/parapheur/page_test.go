package parapheur

import (
	"context"
	"crypto/rand"
	"image"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// hall is a parapheur on a real journal, and a host that does at once what is asked of it.
type hall struct {
	*shelltest.Host
	Office
	desk *parapheur.Desk
}

func (h *hall) Person(context.Context) (string, error)                     { return "maire", nil }
func (h *hall) Desk() *parapheur.Desk                                      { return h.desk }
func (h *hall) Pages(context.Context, store.Digest) (widgets.Pages, error) { return blank{}, nil }
func (h *hall) CarryTrouble(context.Context) error                         { return nil }

// Flow reads the example, whichever is asked for.
func (h *hall) Flow(ctx context.Context, folder string, _ store.Digest) (*pes.Flow, []pes.Remark, error) {
	return h.desk.Flow(ctx, folder, pestest.Example)
}

// Schedule is for the drawing of pages alone, which comes from other goroutines: none is drawn here.
func (h *hall) Schedule(func()) {}

type blank struct{}

func (blank) Pages() int { return 1 }
func (blank) Render(context.Context, int, int) (image.Image, error) {
	return image.NewGray(image.Rect(0, 0, 210, 297)), nil
}

// shown is the page of a mayor for whom these folders wait; it gives their ids.
func shown(t *testing.T, folders ...parapheur.Import) (p *page, ids []string) {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	// A day before that of the flow: to be looked at.
	now := func() time.Time { return time.Date(2026, 2, 2, 9, 0, 0, 0, time.UTC) }
	j := journaltest.Open(t, "mairie", now, rand.Reader, authority.Projections(), parapheur.Projections())
	mayor := authority.Person{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}}
	if _, err := authority.New(j).Put(t.Context(), "i", mayor); err != nil {
		t.Fatal(err)
	}
	h := &hall{Host: shelltest.New(t, now), desk: parapheur.New(j)}
	for _, f := range folders {
		f.Send, f.Route = true, []parapheur.Step{{Kind: parapheur.Signature, Person: "maire", Title: "Signature du maire"}}
		id, err := h.desk.Import(t.Context(), "maire", f)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	p = newPage(h, h)
	w := test.NewTempWindow(t, p.Content())
	w.Resize(fyne.NewSize(1366, 768))
	p.Show(shell.Route{Page: Name, Arg: ids[0]})
	return p, ids
}

var flow = parapheur.File{Name: "flux.xml", Content: pestest.Example}

// What is to be looked at in an accounting flow is said beside that flow alone, not beside the document looked at next.
func TestRemarksAreOfTheDocumentShown(t *testing.T) {
	note := parapheur.File{Name: "note.txt", Content: []byte("Une note.")}
	p, ids := shown(t, parapheur.Import{Title: "Flux de mars", Kind: parapheur.Accounting, Files: []parapheur.File{flow, {Name: note.Name, Content: note.Content, Annex: true}}},
		parapheur.Import{Title: "Courrier", Kind: parapheur.Letter, Files: []parapheur.File{note}})
	remarks := p.h.Text("parapheur.flow.remarks")
	said := func() bool { return strings.Contains(shelltest.Words(p.facts), remarks) }
	if !said() {
		t.Fatalf("the flow has no remark:\n%s", shelltest.Words(p.facts))
	}
	for _, step := range []struct {
		what string
		do   func()
		said bool
	}{
		{"its annex", func() { p.look(1) }, false},
		{"the flow again", func() { p.look(0) }, true},
		{"a letter", func() { p.open(ids[1]) }, false},
		{"the flow's folder", func() { p.open(ids[0]) }, true},
	} {
		if step.do(); said() != step.said {
			t.Errorf("%s: remarks on the flow are shown: %v\n%s", step.what, said(), shelltest.Words(p.facts))
		}
	}
}
