package parapheur

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "parapheur"

// limit is how many folders a list shows at once.
const limit = 10_000

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{
		Route: shell.Route{Page: Name}, Icon: theme.Icon("parapheur"), TitleKey: "shell.page.parapheur",
		New: func(h shell.Host) shell.Page { return newPage(h, o) },
		Badge: func(ctx context.Context) (int, error) {
			person, err := o.Person(ctx)
			if err != nil {
				return 0, err
			}
			return o.Desk().Count(ctx, person)
		},
	}
}

type page struct {
	h       shell.Host
	o       Office
	box     parapheur.Box
	arg     string
	rows    []parapheur.Row
	shown   *view
	list    *widgets.List
	empty   *fyne.Container
	preview *widgets.Preview
	facts   *fyne.Container
	buttons *fyne.Container
	content fyne.CanvasObject
	keep    func()

	approve, sign, refuse, takeBack, slip, save *widgets.Button
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, box: parapheur.ToDo, facts: widgets.Wrapped(), empty: container.NewStack()}
	p.list = widgets.NewList(h.Now, func() int { return len(p.rows) }, func() fyne.CanvasObject { return widgets.NewRow(true) }, p.row)
	p.list.Tickable = true
	p.list.Label = func(i int) string { return p.rows[i].Title }
	p.list.OnCursor = func(i int) {
		if i < len(p.rows) {
			p.open(p.rows[i].ID)
		}
	}
	p.list.OnTicked = func(int) { p.enable() }
	p.preview = widgets.NewPreview(h.Schedule, func(page, n int) string { return h.Text("parapheur.page", "page", page, "of", n) })
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	left := container.NewBorder(p.filters(), widgets.NewButton(h.Text("parapheur.import"), base.ContentAddIcon(), p.pick), nil, nil,
		container.NewStack(p.list, p.empty))
	right := container.NewBorder(nil, p.actions(), nil, nil, widgets.NewScroll(p.facts))
	p.content, p.keep = widgets.Panes(h.Preferences(), "parapheur", []float64{0.3, 0.62}, left, p.preview, right)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.parapheur") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep(); p.preview.Stop() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.preview} }

func (p *page) Show(r shell.Route) {
	if r.Arg != "" {
		p.arg = strings.TrimPrefix(r.Arg, "folder/")
	}
	p.h.Changes([]string{"folder/", "reading/"}, p.load)
	p.load()
}

// Drop imports files dropped on the window.
func (p *page) Drop(paths []string) bool {
	p.importFiles(paths)
	return true
}

func (p *page) filters() fyne.CanvasObject {
	boxes := []parapheur.Box{parapheur.ToDo, parapheur.Waiting, parapheur.Finished}
	var words []string
	for _, b := range boxes {
		words = append(words, p.h.Text("parapheur.box."+string(b)))
	}
	radio := widget.NewRadioGroup(words, nil)
	radio.Horizontal, radio.Required = true, true
	radio.SetSelected(words[0])
	radio.OnChanged = func(word string) {
		for i, w := range words {
			if w == word {
				p.box, p.arg = boxes[i], ""
			}
		}
		p.list.Reset()
		p.load()
	}
	return radio
}

func (p *page) row(i int, ticked bool, o fyne.CanvasObject) {
	if i >= len(p.rows) {
		return
	}
	r := p.rows[i]
	m, key := badge(r)
	o.(*widgets.Row).Set(r.Title, detail(r, func(day string) string { return p.h.Text("parapheur.before", "day", day) }), r.Mine, ticked, m, p.h.Text(key))
}

func (p *page) load() {
	box := p.box
	shell.Load(p.h, "list", func(ctx context.Context) ([]parapheur.Row, error) {
		person, err := p.o.Person(ctx)
		if err != nil {
			return nil, err
		}
		return p.o.Desk().List(ctx, person, box, limit)
	}, p.show)
}

func (p *page) show(rows []parapheur.Row) {
	p.rows = rows
	p.list.Refresh()
	p.empty.Objects = nil
	if len(rows) == 0 {
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(base.ConfirmIcon(), p.h.Text("parapheur.empty."+string(p.box)), p.h.Text("parapheur.empty.text"), nil)}
	}
	p.empty.Refresh()
	if len(rows) == 0 && p.arg == "" {
		p.present(nil)
		return
	}
	at := 0
	for i, r := range rows {
		if r.ID == p.arg {
			at = i
		}
	}
	if len(rows) > 0 && (p.arg == "" || rows[at].ID == p.arg) {
		p.list.SetCursor(at)
	}
	if p.arg != "" {
		p.open(p.arg)
	}
}

func (p *page) open(id string) {
	p.arg = id
	shell.Load(p.h, "folder", func(ctx context.Context) (*view, error) { return p.read(ctx, id) }, p.present)
}

func (p *page) read(ctx context.Context, id string) (*view, error) {
	desk := p.o.Desk()
	f, err := desk.Folder(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &view{folder: f}
	if v.town, err = desk.Town(ctx); err != nil {
		return nil, err
	}
	person, err := p.o.Person(ctx)
	if err != nil {
		return nil, err
	}
	_, refused := parapheur.MayAct(f, v.town, person, dayOf(p.h.Now()))
	v.mine = refused == nil
	if f.Conflict {
		c, err := desk.Conflict(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		v.conflict = &c
	}
	if v.mine {
		return v, desk.MarkRead(ctx, person, id)
	}
	return v, nil
}

func (p *page) present(v *view) {
	same := p.shown != nil && v != nil && p.shown.folder.ID == v.folder.ID && p.shown.folder.Documents[0].Digest == v.folder.Documents[0].Digest
	p.shown = v
	p.facts.Objects = p.describe(v)
	shell.LayOut(p.h, p.facts)
	p.enable()
	if v == nil {
		p.preview.SetDocument(nil)
		return
	}
	if same {
		return
	}
	digest := v.folder.Documents[0].Digest
	shell.Load(p.h, "pages", func(ctx context.Context) (widgets.Pages, error) { return p.o.Pages(ctx, digest) }, p.preview.SetDocument)
}

func (p *page) describe(v *view) []fyne.CanvasObject {
	if v == nil {
		return nil
	}
	f := v.folder
	title := widgets.Heading(f.Title)
	title.Wrapping = fyne.TextWrapWord
	out := []fyne.CanvasObject{title, widgets.Caption(p.h.Text("parapheur.by", "who", v.town.Name(f.Author), "when", lang.DayHour(f.Created)))}
	if v.conflict != nil {
		out = append(out, p.disagreement(v)...)
	}
	if f.Refusal != "" {
		out = append(out, widgets.NewNote(widgets.Refused, p.h.Text("parapheur.refused", "why", f.Refusal)))
	}
	out = append(out, widgets.Heading(p.h.Text("parapheur.route")))
	for i, s := range f.Route {
		m, word := widgets.Plain, p.h.Text("parapheur.step.later")
		switch {
		case i < f.Step:
			m, word = widgets.Done, p.h.Text("parapheur.step.done")
		case i == f.Step && f.State == parapheur.Running:
			m, word = widgets.Waiting, p.h.Text("parapheur.step.now")
		}
		out = append(out, container.NewHBox(widgets.NewBadge(m, word), widget.NewLabel(s.Title)))
	}
	for _, s := range f.Signatures {
		m, key := widgets.Done, "parapheur.signature"
		if s.Offline {
			m, key = widgets.Waiting, "parapheur.signature.offline"
		}
		out = append(out, widgets.NewNote(m, p.h.Text(key, "who", v.town.Name(s.Person), "level", s.Level)))
	}
	out = append(out, widgets.Heading(p.h.Text("parapheur.history")))
	for i := len(f.History) - 1; i >= 0; i-- {
		out = append(out, widgets.Caption(p.line(v, f.History[i])))
	}
	return out
}

func (p *page) line(v *view, e parapheur.Event) string {
	text := p.h.Text("parapheur.event."+strings.TrimPrefix(e.Kind, "folder."), "who", v.town.Name(e.Person), "when", lang.DayHour(e.At))
	if e.Note != "" {
		text += p.h.Text("parapheur.note", "note", e.Note)
	}
	return text
}

// disagreement shows both acts of a conflict, and lets one person decide.
func (p *page) disagreement(v *view) []fyne.CanvasObject {
	out := []fyne.CanvasObject{widgets.NewNote(widgets.Late, p.h.Text("parapheur.conflict"))}
	for _, e := range v.conflict.Holding {
		out = append(out, widgets.Caption(p.h.Text("parapheur.conflict.holding")+p.line(v, e)))
	}
	for _, e := range v.conflict.Contested {
		out = append(out, widgets.Caption(p.h.Text("parapheur.conflict.contested")+p.line(v, e)))
	}
	settle := func(redo bool) func() {
		return func() {
			id := v.folder.ID
			p.h.Ask(shell.Question{Title: p.h.Text("parapheur.conflict.title"), Why: p.h.Text("parapheur.conflict.why"), Lines: 2, Yes: p.h.Text("parapheur.conflict.do")}, func(note string) {
				p.act("settle", func(ctx context.Context, person string) error { return p.o.Desk().Settle(ctx, person, id, note, redo) })
			})
		}
	}
	return append(out, container.NewHBox(widgets.NewButton(p.h.Text("parapheur.conflict.keep"), nil, settle(false)), widgets.NewButton(p.h.Text("parapheur.conflict.redo"), nil, settle(true))))
}

func (p *page) actions() fyne.CanvasObject {
	p.sign = widgets.NewPrimary(p.h.Text("parapheur.sign"), base.DocumentCreateIcon(), p.signLot)
	p.approve = widgets.NewPrimary(p.h.Text("parapheur.approve"), base.ConfirmIcon(), p.doApprove)
	p.refuse = widgets.NewButton(p.h.Text("parapheur.refuse"), base.CancelIcon(), p.doRefuse)
	p.takeBack = widgets.NewButton(p.h.Text("parapheur.takeback"), base.ContentUndoIcon(), func() {
		id := p.shown.folder.ID
		p.act("takeback", func(ctx context.Context, person string) error { return p.o.Desk().TakeBack(ctx, person, id) })
	})
	p.slip = widgets.NewButton(p.h.Text("parapheur.slip"), base.DocumentPrintIcon(), p.PrintPage)
	p.save = widgets.NewButton(p.h.Text("parapheur.save"), base.DocumentSaveIcon(), p.export)
	p.buttons = container.NewVBox(p.sign, p.approve, p.refuse, p.takeBack, container.NewGridWithColumns(2, p.slip, p.save))
	return p.buttons
}

func (p *page) enable() {
	approve, sign, refuse, takeBack := p.shown.may()
	lot := len(p.list.Ticked())
	p.sign.SetText(p.h.Text("parapheur.sign"))
	if lot > 1 {
		p.sign.SetText(p.h.Text("parapheur.sign.lot", "n", lot))
	}
	for b, on := range map[*widgets.Button]bool{p.approve: approve && lot < 2, p.sign: sign || lot > 1, p.refuse: refuse && lot < 2, p.takeBack: takeBack} {
		b.Hidden = !on
		b.Refresh()
	}
	for _, b := range []*widgets.Button{p.slip, p.save} {
		b.Hidden = p.shown == nil
		b.Refresh()
	}
	p.buttons.Refresh()
}

// act runs a command in the person's name and reloads.
func (p *page) act(key string, do func(ctx context.Context, person string) error) {
	p.actThen(key, do, p.load)
}

func (p *page) actThen(key string, do func(ctx context.Context, person string) error, then func()) {
	shell.Do(p.h, shell.Deed{ID: "parapheur." + key, Label: p.h.Text("parapheur.doing." + key), Done: p.h.Text("parapheur.done." + key), Person: p.o.Person, Run: do, Then: then})
}

func (p *page) doApprove() {
	f := p.shown.folder
	id, seen := f.ID, f.Seen()
	p.act("approve", func(ctx context.Context, person string) error { return p.o.Desk().Approve(ctx, person, id, "", seen) })
}

func (p *page) doRefuse() {
	id := p.shown.folder.ID
	p.h.Ask(shell.Question{Title: p.h.Text("parapheur.refuse.title"), Why: p.h.Text("parapheur.refuse.why"), Placeholder: p.h.Text("parapheur.refuse.hint"),
		Yes: p.h.Text("parapheur.refuse"), Lines: 3, Required: true, Dangerous: true}, func(reason string) {
		p.act("refuse", func(ctx context.Context, person string) error { return p.o.Desk().Refuse(ctx, person, id, reason) })
	})
}

// signLot signs what is ticked, or the folder shown, under one PIN.
func (p *page) signLot() {
	var ids []string
	for _, i := range p.list.Ticked() {
		if p.rows[i].Mine && p.rows[i].StepKind == parapheur.Signature {
			ids = append(ids, p.rows[i].ID)
		}
	}
	if len(ids) < 2 {
		ids = []string{p.shown.folder.ID}
	}
	type ask struct {
		lot   []parapheur.SeenFolder
		token string
		tries int
	}
	shell.Load(p.h, "lot", func(ctx context.Context) (a ask, err error) {
		for _, id := range ids {
			f, err := p.o.Desk().Folder(ctx, id)
			if err != nil {
				return a, err
			}
			a.lot = append(a.lot, parapheur.SeenFolder{ID: id, Seen: f.Seen()})
		}
		a.token, a.tries, err = p.o.Token(ctx)
		return a, err
	}, func(a ask) { p.askPIN(a.lot, a.token, a.tries, "") })
}

func (p *page) askPIN(lot []parapheur.SeenFolder, token string, tries int, trouble string) {
	what := p.h.Text("parapheur.pin", "n", len(lot))
	p.h.AskPIN(shell.PINRequest{Token: token, What: what, TriesLeft: tries, Err: trouble}, func(pin []byte) {
		var results []parapheur.Result
		p.h.Run(shell.Action{ID: "parapheur.sign", Label: p.h.Text("parapheur.doing.sign"),
			Run: func(ctx context.Context, progress shell.Progress) (err error) {
				results, err = p.o.Sign(ctx, lot, pin, progress)
				if err != nil {
					return err
				}
				for _, r := range results {
					if r.Err != nil {
						return fmt.Errorf("folder %s: %w", r.ID, r.Err)
					}
				}
				return nil
			},
			Done: func() {
				p.list.Reset()
				p.h.Toast(shell.Done, p.h.Text("parapheur.done.sign", "n", len(results)), nil)
				p.load()
			}})
	})
}

func (p *page) pick() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("parapheur.import"), Extensions: []string{".pdf"}, Many: true}, p.importFiles)
}

func (p *page) importFiles(paths []string) {
	if len(paths) == 0 {
		return
	}
	name := strings.TrimSuffix(filepath.Base(paths[0]), filepath.Ext(paths[0]))
	p.h.Ask(shell.Question{Title: p.h.Text("parapheur.import.title"), Why: p.h.Text("parapheur.import.why"), Placeholder: name, Yes: p.h.Text("parapheur.import.do")}, func(title string) {
		if strings.TrimSpace(title) == "" {
			title = name
		}
		var id string
		p.actThen("import", func(ctx context.Context, _ string) (err error) {
			id, err = p.o.Import(ctx, title, paths)
			return err
		}, func() { p.arg = id; p.load() })
	})
}

// PrintPage prints the signing slip.
func (p *page) PrintPage() {
	if p.shown == nil {
		return
	}
	id := p.shown.folder.ID
	p.h.OpenPDF(shell.Made(p.h.Text("parapheur.slip.file"), func(ctx context.Context) ([]byte, error) { return p.o.Slip(ctx, id) }))
}

func (p *page) export() {
	d := p.shown.folder.Documents[0]
	p.h.Save(shell.Made(d.Name, func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, d.Digest) }))
}
