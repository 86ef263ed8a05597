package civilstatus

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// pick asks for the scanned pages of an act, then for what its index says.
func (p *page) pick() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.pick"), Extensions: []string{".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pdf"}, Many: true}, p.index)
}

// indexAgain is the form that completes or corrects the index of an act, in front of its image.
func (p *page) indexAgain(a *civilstatus.Act) {
	p.claim(true)
	last, first, usual, date := widgets.NewEntry(""), widgets.NewEntry(""), widgets.NewEntry(p.h.Text("civilstatus.index.usual.hint")), widgets.NewEntry(p.h.Text("civilstatus.index.date.hint"))
	number, year, register := widgets.NewEntry(""), widgets.NewEntry(""), widgets.NewEntry("")
	number.SetText(a.Number)
	year.SetText(strconv.Itoa(a.Year))
	register.SetText(a.Register)
	last.SetText(a.LastName)
	usual.SetText(a.Usual)
	first.SetText(a.FirstName)
	date.SetText(a.Written)
	if a.Written == "" && a.Date != "" {
		date.SetText(a.Date.Time().Format("02/01/2006"))
	}
	genders := []string{p.h.Text("civilstatus.feminine"), p.h.Text("civilstatus.masculine")}
	gender := widget.NewRadioGroup(genders, nil)
	gender.Horizontal = true
	gender.Selected = map[civilstatus.Gender]string{civilstatus.Feminine: genders[0], civilstatus.Masculine: genders[1]}[a.Gender]
	save := func() {
		book := strings.TrimSpace(register.Text)
		in := civilstatus.Index{LastName: last.Text, FirstName: first.Text, Usual: usual.Text, Number: number.Text, Register: &book}
		switch gender.Selected {
		case genders[0]:
			in.Gender = civilstatus.Feminine
		case genders[1]:
			in.Gender = civilstatus.Masculine
		}
		var err error
		if in.Date, in.Written, err = manifest.Day(date.Text); err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("civilstatus.index.noday"), nil)
			return
		}
		if in.Year, err = strconv.Atoi(strings.TrimSpace(year.Text)); err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("civilstatus.index.noyear"), nil)
			return
		}
		p.run("index", func(ctx context.Context, person string) error { return p.o.Acts().Index(ctx, person, a.ID, in) })
	}
	last.OnSubmitted = func(string) { save() }
	for _, e := range []*widgets.Entry{first, usual, date, number, year, register} {
		e.OnSubmitted = last.OnSubmitted
	}
	field := func(key string, e *widgets.Entry) fyne.CanvasObject {
		return widgets.Field(p.h.Text("civilstatus.index."+key), e, "")
	}
	p.side.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("civilstatus.indexing")), widgets.Caption(p.reference(a)),
		field("last", last), field("first", first), field("usual", usual), field("date", date)}
	if a.Kind != civilstatus.Marriage {
		p.side.Add(gender)
	}
	p.side.Add(widgets.Columns(3, field("number", number), field("year", year), field("register", register)))
	p.side.Add(widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.back"), nil, func() { p.open(a.ID) }),
		widgets.NewPrimary(p.h.Text("civilstatus.index.save"), base.DocumentSaveIcon(), save)))
	shell.LayOut(p.h, p.side)
	widgets.Focus(p.side, last)
}

// index is the form of a new act.
func (p *page) index(paths []string) {
	kinds := []civilstatus.ActKind{civilstatus.Birth, civilstatus.Marriage, civilstatus.Death, civilstatus.Recognition}
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name())
	}
	kind := widget.NewSelect(names, nil)
	kind.SetSelectedIndex(0)
	genders := []string{p.h.Text("civilstatus.feminine"), p.h.Text("civilstatus.masculine")}
	gender := widget.NewRadioGroup(genders, nil)
	gender.Horizontal, gender.Required, gender.Selected = true, true, genders[0]
	entries := map[string]*widgets.Entry{}
	field := func(key, hint string) fyne.CanvasObject {
		entries[key] = widgets.NewEntry(hint)
		return widgets.Field(p.h.Text("civilstatus.index."+key), entries[key], "")
	}
	var files []string
	for _, path := range paths {
		files = append(files, filepath.Base(path))
	}
	value := func(key string) string { return strings.TrimSpace(entries[key].Text) }
	keep := func() {
		a := civilstatus.Act{Kind: kinds[kind.SelectedIndex()], Number: value("number"), Register: value("register"), Commune: value("commune"),
			LastName: value("last"), FirstName: value("first"), Usual: value("usual"), Gender: civilstatus.Masculine}
		if gender.Selected == genders[0] {
			a.Gender = civilstatus.Feminine
		}
		var err error
		if a.Date, a.Written, err = manifest.Day(value("date")); err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("civilstatus.index.noday"), nil)
			return
		}
		if a.Date != "" {
			a.Year = a.Date.Time().Year()
		}
		if text := value("year"); text != "" {
			if a.Year, err = strconv.Atoi(text); err != nil {
				p.h.Toast(shell.Waiting, p.h.Text("civilstatus.index.noyear"), nil)
				return
			}
		}
		var id string
		p.runThen("import", func(ctx context.Context, person string) (err error) {
			id, err = p.o.ImportAct(ctx, person, a, paths)
			return err
		}, func() {
			p.view, p.arg = "", id
			p.claim(false)
			p.showTabs()
			p.load()
		})
	}
	p.side.Objects = []fyne.CanvasObject{
		widgets.Heading(p.h.Text("civilstatus.new")), widgets.Caption(strings.Join(files, ", ")), kind,
		widgets.Columns(2, field("last", ""), field("first", ""), field("usual", p.h.Text("civilstatus.index.usual.hint")), field("date", p.h.Text("civilstatus.index.date.hint")), field("number", ""),
			field("year", p.h.Text("civilstatus.index.year.hint")), field("register", "")),
		field("commune", p.h.Text("civilstatus.index.commune.hint")), gender,
		widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.cancel"), nil, p.leaveForm), widgets.NewPrimary(p.h.Text("civilstatus.keep"), base.DocumentSaveIcon(), keep)),
	}
	shell.LayOut(p.h, p.side)
	p.claim(true)
	p.shown = nil // its picture gives way to the new one
	shell.Load(p.h, "picture", func(ctx context.Context) (widgets.Pages, error) { return p.o.Scans(ctx, paths) }, p.preview.SetDocument)
	widgets.Focus(p.side, entries["last"])
}
