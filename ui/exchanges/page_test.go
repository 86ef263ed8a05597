package exchanges

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// host does at once what the shell does in its time. What the page does not use is not there.
type host struct {
	*shelltest.Host
	t     *testing.T
	at    shell.Route
	fault error
}

func (h *host) Go(r shell.Route) { h.at = r }
func (h *host) Run(a shell.Action) {
	if h.fault = a.Run(context.Background(), func(int, int, string) {}); h.fault == nil && a.Done != nil {
		a.Done()
	}
}

var now = time.Date(2026, 11, 27, 14, 2, 0, 0, time.UTC)

// office is a state and what was asked of it.
type office struct {
	Office
	s       State
	decided string
	shelves []Shelf
	where   Where
	words   string
	brought []string
}

func (o *office) Person(context.Context) (string, error)   { return "secretaire", nil }
func (o *office) Exchanges(context.Context) (State, error) { return o.s, nil }
func (o *office) Synchronise(context.Context) error        { return nil }
func (o *office) Decide(_ context.Context, person, stream string, again bool, note string) error {
	o.decided = strings.Join([]string{person, stream, map[bool]string{true: "again", false: "keep"}[again], note}, " ")
	o.s.Conflicts = nil
	return nil
}

func (o *office) Shelves(_ context.Context, where Where, words string) ([]Shelf, error) {
	o.where, o.words = where, words
	return slices.Clone(o.shelves), nil
}
func (o *office) Bring(_ context.Context, stream string) (int, int, error) {
	o.brought = append(o.brought, stream)
	o.shelves[0].Here, o.shelves[0].Away = 3, 0
	o.s.Stock.Here, o.s.Stock.Away = 815, 4117
	return 3, 0, nil
}

func busy() *office {
	at := now.Add(-40 * time.Minute)
	return &office{s: State{
		Status:  shell.SyncStatus{LastSuccess: at, Out: 3, In: 2, Error: shell.SyncOffline, NextTry: now.Add(time.Minute), Conflicts: 1},
		Trouble: errors.New("the line dropped"),
		Acts:    2, Up: 1, Down: 2,
		Items: []Item{
			{Kind: Act, Stream: "folder/1", Title: "Marché de voirie", Said: "folder.signed", Who: "Maïté FICTIVE", At: at, Size: -1, Route: shell.Route{Page: "parapheur", Arg: "folder/1"}},
			{Kind: Up, Stream: "act/1", Title: "Registre des naissances 1903", At: at, Size: 300_000_000, Done: 135_000_000, Moving: true},
			{Kind: Down, Stream: "folder/2", Title: "Devis de la salle des fêtes", At: at, Size: 2_400_000, First: true},
			{Kind: Down, Stream: "folder/3", Title: "Plan du lotissement", At: at, Size: -1, Absent: true},
		},
		Conflicts: []Conflict{{
			Stream: "deliberation/9", Title: "Tarifs de la cantine 2027", Again: true, Route: shell.Route{Page: "council", Arg: "deliberation/9"},
			Standing: []Said{{Kind: "deliberation.drafted", Who: "Ève EXEMPLE", Where: "Ordinateur du secrétariat", At: at, Lines: []Line{{"title", "Tarifs de la cantine 2027"}, {"body", "Le repas est fixé à 3,40 €."}}}},
			Aside:    []Said{{Kind: "deliberation.drafted", Who: "Maïté FICTIVE", Where: "Portable du maire", At: at.Add(time.Minute), Lines: []Line{{"title", "Tarifs de la cantine 2027"}, {"body", "Le repas est fixé à 3,60 €, sauf pour les fratries."}}, Documents: 1}},
		}},
		Stock: Stock{Here: 812, Away: 4120, Bytes: 2_400_000_000, Room: 18_000_000_000, Kept: []Kept{{"folder/7", "Plan local d'urbanisme"}}},
	}}
}

func shown(t *testing.T, o *office) (*page, *host) {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	h := &host{Host: shelltest.New(t, func() time.Time { return now }), t: t}
	p := newPage(h, o)
	w := test.NewTempWindow(t, container.NewPadded(p.Content()))
	w.Resize(fyne.NewSize(1176, 690))
	p.Show(shell.Route{Page: Name})
	return p, h
}

func press(t *testing.T, o fyne.CanvasObject, label string) {
	t.Helper()
	var found *widgets.Button
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *fyne.Container:
			for _, x := range o.Objects {
				walk(x)
			}
		case *widgets.Button:
			if o.Text == label {
				found = o
			}
		}
	}
	walk(o)
	if found == nil {
		t.Fatalf("no button %q", label)
	}
	found.OnTapped()
}

// Both sides of a disagreement are in view, in full, with who, when and where; a person decides.
func TestADisagreementIsShownInFullAndDecided(t *testing.T) {
	o := busy()
	p, h := shown(t, o)
	got := shelltest.Words(p.detail)
	for _, want := range []string{"3,40", "3,60 €, sauf pour les fratries", "Ève EXEMPLE", "Maïté FICTIVE", "Ordinateur du secrétariat", "Portable du maire", "13", "1 document joint"} {
		if !strings.Contains(strings.ReplaceAll(got, "\u202f", " "), want) && !strings.Contains(strings.ReplaceAll(got, "\u00a0", " "), want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	press(t, p.detail, h.Text("exchanges.conflict.again"))
	if want := "secretaire deliberation/9 again "; o.decided != want {
		t.Errorf("%q, not %q", o.decided, want)
	}
	if len(p.rows) != 4 || strings.Contains(shelltest.Words(p.detail), "3,60") {
		t.Error("what was decided stays in view")
	}
}

func TestWhatWaitsIsTold(t *testing.T) {
	p, h := shown(t, busy())
	p.list.SetCursor(1) // what moves comes after the disagreement
	if got := shelltest.Words(p.detail); !strings.Contains(got, "Registre des naissances 1903") || p.bar.Value != 135_000_000 || p.bar.Hidden {
		t.Errorf("%v of %v\n%s", p.bar.Value, p.bar.Max, got)
	}
	p.list.SetCursor(2)
	press(t, p.detail, h.Text("exchanges.open"))
	if h.at != (shell.Route{Page: "parapheur", Arg: "folder/1"}) {
		t.Errorf("%+v", h.at)
	}
	if got := shelltest.Words(p.head); !strings.Contains(got, "Un choix vous attend") || !strings.Contains(got, "Documents à envoyer") {
		t.Errorf("the head says:\n%s", got)
	}
}

// Progress moves the bar and leaves what is being typed alone.
func TestProgressDrawsNothingAnew(t *testing.T) {
	o := busy()
	p, _ := shown(t, o)
	reason := p.drawn
	objects := p.detail.Objects
	o.s.Items[1].Done += 1_000_000
	p.load()
	if p.drawn != reason || len(objects) == 0 || p.detail.Objects[0] != objects[0] {
		t.Error("the disagreement was drawn anew while a person reads it")
	}
}

// What is here, and what is on the server alone, is told thing by thing; a person brings it, keeps it or leaves it there.
func TestWhereDocumentsAreIsTold(t *testing.T) {
	o := busy()
	o.shelves = []Shelf{
		{Stream: "folder/2", Title: "Devis de la salle des fêtes", Away: 3, Last: now.AddDate(0, -7, 0), Route: shell.Route{Page: "parapheur", Arg: "folder/2"}},
		{Stream: "folder/4", Title: "Marché de voirie", Here: 2, Bytes: 2_400_000, Needed: true, Last: now},
		{Stream: "folder/5", Title: "Plan du lotissement", Here: 1, Away: 1, Bytes: 900, Last: now},
	}
	p, h := shown(t, o)
	p.shelves.view.SetSelectedIndex(1)
	if got := shelltest.Words(p.detail); len(p.rows) != 3 || !strings.Contains(got, "Devis de la salle des fêtes") || !strings.Contains(got, h.Text("exchanges.badge.server")) {
		t.Fatalf("%d rows:\n%s", len(p.rows), got)
	}
	bar := p.shelves.bar
	if foot := bar.Position().Y + bar.Size().Height; bar.Size().Height < bar.MinSize().Height || p.list.Position().Y < foot {
		t.Errorf("what narrows the list, down to %v and %v high, lies over the rows at %v", foot, bar.MinSize().Height, p.list.Position().Y)
	}
	p.shelves.where.SetSelectedIndex(1)
	p.shelves.words.SetText("devis")
	if o.where != OnServer || o.words != "devis" {
		t.Errorf("%v %q", o.where, o.words)
	}
	press(t, p.detail, h.Text("exchanges.bring"))
	if got := shelltest.Words(p.detail); !slices.Equal(o.brought, []string{"folder/2"}) || !strings.Contains(got, h.Text("exchanges.shelf.here")) {
		t.Errorf("%v\n%s", o.brought, got)
	}
	p.list.SetCursor(1)
	if got := shelltest.Words(p.detail); !strings.Contains(got, h.Text("exchanges.shelf.needed")) || strings.Contains(got, h.Text("exchanges.leave")) {
		t.Errorf("what awaits somebody may leave:\n%s", got)
	}
	p.list.SetCursor(2)
	if got := shelltest.Words(p.detail); !strings.Contains(got, h.Text("exchanges.badge.part")) || !strings.Contains(got, h.Text("exchanges.leave")) {
		t.Errorf("%s", got)
	}
	p.shelves.view.SetSelectedIndex(0)
	if got := shelltest.Words(p.detail); len(p.rows) != 5 || !strings.Contains(got, "Tarifs de la cantine") {
		t.Errorf("%d rows:\n%s", len(p.rows), got)
	}
}
