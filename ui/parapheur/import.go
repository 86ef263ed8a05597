package parapheur

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
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

// NewFolder is what a person says of files before they leave.
type NewFolder struct {
	Title    string
	Kind     parapheur.Kind
	Route    []parapheur.Step
	Deadline authority.Day
	Files    []NewFile
	// Type is one of the authority's own, "" for none: then Kind and Route are chosen.
	Type    string
	Amount  int64 // in cents
	Service string
	Place   parapheur.Place
}

// NewFile is a file on the disk; an annex is read and not signed.
type NewFile struct {
	Path  string
	Annex bool
}

func (p *page) pick() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("parapheur.import"), Many: true}, p.importFiles)
}

// importFiles asks for what is known of the files. What is neither a PDF nor a flow is an
// annex, unless the person says otherwise: its signature will stand beside it.
func (p *page) importFiles(paths []string) {
	if len(paths) == 0 {
		return
	}
	shell.Load(p.h, "import", func(ctx context.Context) ([]parapheur.FolderType, error) { return p.o.Desk().Types(ctx) }, func(types []parapheur.FolderType) {
		newImport(p, paths, slices.DeleteFunc(types, func(t parapheur.FolderType) bool { return t.Retired })).show()
	})
}

// importForm is a new folder being described.
type importForm struct {
	p       *page
	paths   []string
	types   []parapheur.FolderType
	title   *widgets.Entry
	kind    *widget.Select // the authority's types, then the natures of the law
	route   *widget.Select
	place   *widget.Select
	at      *parapheur.Rectangle // chosen on the page
	amount  *widgets.Entry
	service *widgets.Entry
	until   *widgets.Entry
	annexes []*widget.Check
	// free is what a type brings by itself; conditions is what its route asks for.
	free, conditions *fyne.Container
}

// places are where the signature may be seen; the last is the one chosen on the page.
var places = []parapheur.Place{{}, {Corner: parapheur.BottomRight}, {Corner: parapheur.BottomLeft}, {Corner: parapheur.TopRight}, {Corner: parapheur.TopLeft}, {}}

func newImport(p *page, paths []string, types []parapheur.FolderType) *importForm {
	f := &importForm{p: p, paths: paths, types: types, until: widgets.NewEntry(p.h.Text("parapheur.import.deadline.hint")),
		amount: widgets.NewEntry(p.h.Text("parapheur.import.amount.hint")), service: widgets.NewEntry("")}
	f.title = widgets.NewEntry(f.name())
	f.title.SetText(f.name())
	f.title.OnSubmitted = func(string) { f.send() }
	kinds, routes := parapheur.Kinds(), parapheur.Routes()
	f.kind = p.choice(len(types)+len(kinds), func(i int) string {
		if i < len(types) {
			return types[i].Name
		}
		return p.h.Text("parapheur.kind." + kindKey(kinds[i-len(types)]))
	})
	f.route = p.choice(len(routes), func(i int) string { return p.h.Text("parapheur.route." + routes[i].Key) })
	f.place = p.choice(len(places), func(i int) string { return p.h.Text("parapheur.import.place." + strconv.Itoa(i)) })
	f.free = container.NewVBox(widgets.Field(p.h.Text("parapheur.route"), f.route, ""), widgets.Field(p.h.Text("parapheur.import.place"), f.place, p.h.Text("parapheur.import.place.help")))
	f.conditions = container.NewGridWithColumns(2, widgets.Field(p.h.Text("parapheur.import.amount"), f.amount, ""), widgets.Field(p.h.Text("parapheur.import.service"), f.service, ""))
	f.kind.OnChanged = func(string) { f.follow() }
	f.place.OnChanged = func(string) {
		if f.place.SelectedIndex() != len(places)-1 {
			f.at = nil
			p.preview.Mark(0, 0, 0, 0, 0)
		}
	}
	if strings.EqualFold(filepath.Ext(paths[0]), ".xml") && len(types) == 0 {
		f.kind.SetSelectedIndex(slices.Index(kinds, parapheur.Accounting))
	}
	return f
}

func (f *importForm) name() string {
	return strings.TrimSuffix(filepath.Base(f.paths[0]), filepath.Ext(f.paths[0]))
}

// chosen gives the type that is chosen, nil for a nature of the law.
func (f *importForm) chosen() *parapheur.FolderType {
	if i := f.kind.SelectedIndex(); i >= 0 && i < len(f.types) {
		return &f.types[i]
	}
	return nil
}

// follow shows what is to be said of the kind chosen.
func (f *importForm) follow() {
	t := f.chosen()
	f.free.Hidden = t != nil
	if i := f.kind.SelectedIndex() - len(f.types); i >= 0 && parapheur.Kinds()[i] == parapheur.Accounting && f.route.SelectedIndex() == 0 {
		// A flow is signed, then transmitted; another route may be chosen still.
		f.route.SetSelectedIndex(slices.IndexFunc(parapheur.Routes(), func(r parapheur.NamedRoute) bool { return r.Key == "accounting" }))
	}
	f.conditions.Hidden = t == nil || !slices.ContainsFunc(t.Route, func(s parapheur.Step) bool { return s.Over > 0 || len(s.Services) > 0 })
	shell.LayOut(f.p.h, f.p.facts)
}

func (f *importForm) show() {
	p := f.p
	files := container.NewVBox()
	for _, path := range f.paths {
		annex := widget.NewCheck(p.h.Text("parapheur.import.annex"), nil)
		extension := strings.ToLower(filepath.Ext(path))
		annex.SetChecked(extension != ".pdf" && extension != ".xml")
		f.annexes = append(f.annexes, annex)
		label := widgets.NewLabel(filepath.Base(path))
		label.Truncation = fyne.TextTruncateEllipsis
		files.Add(container.NewBorder(nil, nil, nil, annex, label))
	}
	p.form, p.shown = true, nil
	p.facts.Objects = []fyne.CanvasObject{
		widgets.Heading(p.h.Text("parapheur.import.title")), widgets.Field(p.h.Text("parapheur.import.name"), f.title, ""),
		widgets.Field(p.h.Text("parapheur.import.kind"), f.kind, ""), f.free, f.conditions,
		widgets.Field(p.h.Text("parapheur.import.deadline"), f.until, ""), widgets.Field(p.h.Text("parapheur.import.files"), files, ""),
		container.NewHBox(widgets.NewButton(p.h.Text("parapheur.import.cancel"), nil, func() { f.leave(); p.load() }),
			widgets.NewPrimary(p.h.Text("parapheur.import.do"), base.MailSendIcon(), f.send)),
	}
	p.enable()
	f.follow()
	widgets.Focus(p.facts, f.title)
	p.preset(f.paths[0])
	p.preview.OnPoint = f.point
}

// leave ends the form.
func (f *importForm) leave() {
	f.p.form, f.p.preview.OnPoint = false, nil
	f.p.preview.Mark(0, 0, 0, 0, 0)
}

// point puts the signature where a person clicked on the page: there is its upper left corner.
func (f *importForm) point(page int, x, y float32) {
	p := f.p
	if f.chosen() != nil {
		return
	}
	type size struct{ width, height float64 }
	shell.Load(p.h, "point", func(ctx context.Context) (s size, err error) {
		s.width, s.height, err = p.o.PageSize(ctx, f.paths[0], page)
		return s, err
	}, func(s size) {
		w, h := parapheur.StampSize()
		left := min(float64(x)*s.width, max(s.width-w, 0))
		top := min(float64(y)*s.height, max(s.height-h, 0))
		f.at = &parapheur.Rectangle{Page: page + 1, X: left, Y: s.height - top - h, Width: w, Height: h}
		f.place.SetSelectedIndex(len(places) - 1)
		p.preview.Mark(page, float32(left/s.width), float32(top/s.height), float32(w/s.width), float32(h/s.height))
	})
}

// send makes the folder; what cannot be read is told.
func (f *importForm) send() {
	p := f.p
	n := NewFolder{Title: strings.TrimSpace(f.title.Text), Service: strings.TrimSpace(f.service.Text)}
	if n.Title == "" {
		n.Title = f.name()
	}
	if t := f.chosen(); t != nil {
		n.Type, n.Kind, n.Route = t.ID, t.Kind, t.Route
	} else {
		n.Kind, n.Route = parapheur.Kinds()[f.kind.SelectedIndex()-len(f.types)], parapheur.Routes()[f.route.SelectedIndex()].Steps
		n.Place = places[f.place.SelectedIndex()]
		n.Place.At = f.at
	}
	if text := strings.TrimSpace(f.until.Text); text != "" {
		at, err := lang.ParseDay(text)
		if err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("parapheur.import.deadline.wrong", "text", text), nil)
			return
		}
		n.Deadline = authority.DayOf(at)
	}
	if text := strings.TrimSpace(f.amount.Text); text != "" && !f.conditions.Hidden {
		cents, ok := lang.ParseAmount(text)
		if !ok {
			p.h.Toast(shell.Waiting, p.h.Text("parapheur.import.amount.wrong", "text", text), nil)
			return
		}
		n.Amount = cents
	}
	for i, path := range f.paths {
		n.Files = append(n.Files, NewFile{Path: path, Annex: f.annexes[i].Checked})
	}
	var id string
	var answer bool
	p.h.Run(shell.Action{ID: "parapheur.import", Label: p.h.Text("parapheur.doing.import"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			id, answer, err = p.o.Import(ctx, n)
			return err
		},
		Done: func() {
			key := "parapheur.done.import"
			if answer {
				key = "parapheur.done.answer"
			}
			p.h.Toast(shell.Done, p.h.Text(key), nil)
			f.leave()
			p.arg = id
			p.load()
		}})
}

// preset shows a file of the disk: its pages, when it has some.
func (p *page) preset(path string) {
	if !strings.EqualFold(filepath.Ext(path), ".pdf") {
		p.nothing(p.h.Text("parapheur.noview.yet"))
		return
	}
	p.pages(func(ctx context.Context) (widgets.Pages, error) { return p.o.File(ctx, path) })
}

func (p *page) choice(n int, word func(int) string) *widget.Select {
	var words []string
	for i := range n {
		words = append(words, word(i))
	}
	s := widget.NewSelect(words, nil)
	s.SetSelectedIndex(0)
	return s
}

// kindKey is a kind's key in ui/lang.
func kindKey(k parapheur.Kind) string {
	return map[parapheur.Kind]string{parapheur.Letter: "letter", parapheur.Order: "order", parapheur.Purchase: "purchase", parapheur.Procurement: "procurement", parapheur.Accounting: "accounting",
		parapheur.Deliberation: "deliberation", parapheur.Other: "other"}[k]
}
