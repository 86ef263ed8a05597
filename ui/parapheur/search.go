package parapheur

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// found is the pile of what a search gave.
const found parapheur.Box = "found"

// searchForm is a search being written.
type searchForm struct {
	p            *page
	town         parapheur.Town
	words        *widgets.Entry
	person, kind *widget.Select
	least, most  *widgets.Entry
	since, until *widgets.Entry
	kinds        []parapheur.Kind
	people       []string
	name         *widgets.Entry
	query        parapheur.Query
	statistics   *fyne.Container
	views        []SavedView
	kept         *fyne.Container
}

// search shows the form where the facts are.
func (p *page) search() {
	type known struct {
		town  parapheur.Town
		views []SavedView
	}
	shell.Load(p.h, "search", func(ctx context.Context) (k known, err error) {
		if k.town, err = p.o.Desk().Town(ctx); err == nil {
			k.views, err = p.o.Views(ctx)
		}
		return k, err
	}, func(k known) {
		f := &searchForm{p: p, town: k.town, views: k.views, kinds: append([]parapheur.Kind{""}, parapheur.Kinds()...), people: []string{""}, query: p.query,
			statistics: container.NewVBox(), kept: container.NewVBox()}
		f.show()
	})
}

func (f *searchForm) show() {
	p := f.p
	entry := func(hint, value string) *widgets.Entry {
		e := widgets.NewEntry(p.h.Text(hint))
		e.SetText(value)
		e.OnSubmitted = func(string) { f.run() }
		return e
	}
	q := f.query
	f.words = entry("parapheur.search.words.hint", q.Words)
	f.kind = p.choice(len(f.kinds), func(i int) string {
		if i == 0 {
			return p.h.Text("parapheur.search.any")
		}
		return p.h.Text("parapheur.kind." + kindKey(f.kinds[i]))
	})
	names := []string{p.h.Text("parapheur.search.anybody")}
	for _, x := range f.town.People {
		f.people, names = append(f.people, x.ID), append(names, x.Name())
	}
	f.person = p.choice(len(names), func(i int) string { return names[i] })
	for i, k := range f.kinds {
		if k == q.Kind {
			f.kind.SetSelectedIndex(i)
		}
	}
	for i, id := range f.people {
		if id == q.Person {
			f.person.SetSelectedIndex(i)
		}
	}
	f.least, f.most = entry("parapheur.search.least", parapheur.Euros(q.Min)), entry("parapheur.search.most", parapheur.Euros(q.Max))
	f.since, f.until = entry("parapheur.search.since", typed(q.Since)), entry("parapheur.search.until", typed(q.Until))
	f.name = widgets.NewEntry(p.h.Text("parapheur.search.name.hint"))
	p.form, p.shown = true, nil
	p.facts.Objects = []fyne.CanvasObject{
		widgets.Heading(p.h.Text("parapheur.search.title")), widgets.Field(p.h.Text("parapheur.search.words"), f.words, ""),
		widgets.Field(p.h.Text("parapheur.search.person"), f.person, ""), widgets.Field(p.h.Text("parapheur.import.kind"), f.kind, ""),
		widgets.Field(p.h.Text("parapheur.import.amount"), container.NewGridWithColumns(2, f.least, f.most), ""),
		widgets.Field(p.h.Text("parapheur.search.created"), container.NewGridWithColumns(2, f.since, f.until), ""),
		container.NewHBox(widgets.NewButton(p.h.Text("parapheur.search.leave"), nil, f.leave), widgets.NewPrimary(p.h.Text("parapheur.search.do"), base.SearchIcon(), f.run)),
		widget.NewSeparator(), widgets.Field(p.h.Text("parapheur.search.views"), f.kept, ""),
		container.NewBorder(nil, nil, nil, widgets.NewButton(p.h.Text("parapheur.search.keep"), base.DocumentSaveIcon(), f.keep), f.name),
		widget.NewSeparator(), widgets.NewButton(p.h.Text("parapheur.statistics"), base.HistoryIcon(), f.times), f.statistics,
	}
	f.listViews()
	p.enable()
	p.nothing("")
	shell.LayOut(p.h, p.facts)
	widgets.Focus(p.facts, f.words)
}

func typed(d authority.Day) string {
	if d == "" {
		return ""
	}
	return d.Time().Format("02/01/2006")
}

// leave goes back to the piles.
func (f *searchForm) leave() {
	f.p.form, f.p.query = false, parapheur.Query{}
	f.p.pile.SetSelectedIndex(0)
}

// read makes the query; what cannot be read is told.
func (f *searchForm) read() (q parapheur.Query, ok bool) {
	p := f.p
	q.Words, q.Person, q.Kind = strings.TrimSpace(f.words.Text), f.people[f.person.SelectedIndex()], f.kinds[f.kind.SelectedIndex()]
	for text, to := range map[string]*int64{f.least.Text: &q.Min, f.most.Text: &q.Max} {
		if text = strings.TrimSpace(text); text != "" {
			if *to, ok = lang.ParseAmount(text); !ok {
				p.h.Toast(shell.Waiting, p.h.Text("parapheur.import.amount.wrong", "text", text), nil)
				return q, false
			}
		}
	}
	for text, to := range map[string]*authority.Day{f.since.Text: &q.Since, f.until.Text: &q.Until} {
		if text = strings.TrimSpace(text); text != "" {
			at, err := lang.ParseDay(text)
			if err != nil {
				p.h.Toast(shell.Waiting, p.h.Text("parapheur.import.deadline.wrong", "text", text), nil)
				return q, false
			}
			*to = authority.DayOf(at)
		}
	}
	return q, true
}

// run looks for the folders and lists them; the form stays, to be made narrower.
func (f *searchForm) run() {
	q, ok := f.read()
	if !ok {
		return
	}
	p := f.p
	p.query, p.form, p.box, p.arg = q, false, found, ""
	p.pile.ClearSelected()
	p.list.Reset()
	p.load()
}

func (f *searchForm) keep() {
	q, ok := f.read()
	name := strings.TrimSpace(f.name.Text)
	if !ok || name == "" || q.IsZero() {
		f.p.h.Toast(shell.Waiting, f.p.h.Text("parapheur.search.keep.wrong"), nil)
		return
	}
	all := slices.DeleteFunc(slices.Clone(f.views), func(v SavedView) bool { return v.Name == name })
	f.name.SetText("")
	f.keepViews(append(all, SavedView{name, q}))
}

func (f *searchForm) keepViews(all []SavedView) {
	shell.Load(f.p.h, "views", func(ctx context.Context) ([]SavedView, error) { return all, f.p.o.KeepViews(ctx, all) }, func(all []SavedView) {
		f.views = all
		f.listViews()
		shell.LayOut(f.p.h, f.p.facts)
	})
}

// listViews shows the searches that are kept, each with what forgets it.
func (f *searchForm) listViews() {
	f.kept.Objects = nil
	for i, v := range f.views {
		forget := widgets.NewButton(f.p.h.Text("parapheur.search.forget"), base.DeleteIcon(), func() {
			f.keepViews(slices.Delete(slices.Clone(f.views), i, i+1))
		})
		use := widgets.NewButton(v.Name, base.SearchIcon(), func() {
			f.query = v.Query
			f.show()
			f.run()
		})
		f.kept.Add(container.NewBorder(nil, nil, nil, forget, use))
	}
	if len(f.views) == 0 {
		f.kept.Add(widgets.Caption(f.p.h.Text("parapheur.search.noview")))
	}
}

// times shows how long each step takes.
func (f *searchForm) times() {
	q, ok := f.read()
	if !ok {
		return
	}
	p := f.p
	shell.Load(p.h, "statistics", func(ctx context.Context) ([]parapheur.StepTime, error) {
		return p.o.Desk().Statistics(ctx, q.Since, q.Until)
	}, func(all []parapheur.StepTime) {
		f.statistics.Objects = nil
		for _, s := range all {
			line := widgets.NewLabel(p.h.Text("parapheur.statistics.line", "step", s.Title, "n", s.Count, "median", lang.Lasting(s.Median), "longest", lang.Lasting(s.Longest)))
			line.Wrapping = fyne.TextWrapWord
			f.statistics.Add(line)
		}
		if len(all) == 0 {
			f.statistics.Add(widgets.Caption(p.h.Text("parapheur.statistics.none")))
		}
		shell.LayOut(p.h, p.facts)
	})
}

// exportList saves the list shown for a spreadsheet.
func (p *page) exportList() {
	rows := p.rows
	p.h.Save(shell.Made(p.h.Text("parapheur.csv.file"), func(ctx context.Context) ([]byte, error) {
		t, err := p.o.Desk().Town(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the names: %w", err)
		}
		return t.CSV(rows)
	}))
}
