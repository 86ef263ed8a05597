package civilstatus

import (
	"bytes"
	"context"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// settings shows what the authority decides, and the catalogue of formulas.
func (p *page) settings() {
	type all struct {
		s civilstatus.Settings
		c civilstatus.Catalogue
		o *civilstatus.Offer
	}
	ask(p, true, func(ctx context.Context) (a all, err error) {
		if a.s, err = p.o.Acts().Settings(ctx); err != nil {
			return a, err
		}
		if a.c, err = p.o.Acts().Formulas(ctx); err != nil {
			return a, err
		}
		a.o, err = p.o.OfferedFormulas(ctx)
		return a, err
	}, func(a all) {
		four := widget.NewCheck(p.h.Text("civilstatus.settings.four"), nil)
		four.SetChecked(a.s.FourEyes)
		dispensed, chase, court := widgets.NewEntry(p.h.Text("civilstatus.settings.dispensed.hint")), widgets.NewEntry("30"), widgets.NewText(p.h.Text("civilstatus.to.hint"), 3)
		if a.s.Dispensed != "" {
			dispensed.SetText(a.s.Dispensed.Time().Format("02/01/2006"))
		}
		if a.s.ChaseAfter > 0 {
			chase.SetText(strconv.Itoa(a.s.ChaseAfter))
		}
		court.SetText(strings.Join(a.s.Court, "\n"))
		save := widgets.NewPrimary(p.h.Text("civilstatus.settings.save"), base.DocumentSaveIcon(), func() {
			s := civilstatus.Settings{FourEyes: four.Checked}
			if text := strings.TrimSpace(dispensed.Text); text != "" {
				at, err := lang.ParseDay(text)
				if err != nil {
					p.h.Toast(shell.Waiting, p.h.Text("civilstatus.index.noday"), nil)
					return
				}
				s.Dispensed = authority.DayOf(at)
			}
			if text := strings.TrimSpace(chase.Text); text != "" {
				n, err := strconv.Atoi(text)
				if err != nil {
					n = -1 // which the rule refuses with its reason
				}
				s.ChaseAfter = n
			}
			if text := strings.TrimSpace(court.Text); text != "" {
				s.Court = strings.Split(text, "\n")
			}
			p.runThen("settle", func(ctx context.Context, person string) error { return p.o.Acts().Settle(ctx, person, s) }, p.settings)
		})
		var labels []string
		for _, f := range a.c {
			labels = append(labels, formulaLabel(f))
		}
		which := widget.NewSelect(labels, nil)
		which.PlaceHolder = p.h.Text("civilstatus.formula.choose")
		which.OnChanged = func(string) { p.formula(a.c[which.SelectedIndex()], p.settings) }
		p.shown = nil
		p.side.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("civilstatus.settings")), four,
			widgets.Field(p.h.Text("civilstatus.settings.dispensed"), dispensed, p.h.Text("civilstatus.settings.dispensed.help")),
			widgets.Field(p.h.Text("civilstatus.settings.chase"), chase, p.h.Text("civilstatus.settings.chase.help")),
			widgets.Field(p.h.Text("civilstatus.settings.court"), court, ""),
			widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.cancel"), nil, p.leaveForm), save),
			widgets.Heading(p.h.Text("civilstatus.formulas")), p.offer(a.o), which,
			widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.formulas.take"), nil, p.takeCatalogue), widgets.NewButton(p.h.Text("civilstatus.formulas.save"), base.DownloadIcon(), func() { p.saveCatalogue(a.c) })),
			widgets.Caption(p.h.Text("civilstatus.formulas.help"))}
		shell.LayOut(p.h, p.side)
	})
}

// offer shows the version of the catalogue that the agency handed out: the wordings that it changes, and the button that
// puts it in use.
func (p *page) offer(o *civilstatus.Offer) fyne.CanvasObject {
	box := widgets.Wrapped()
	switch {
	case o == nil:
	case !o.Waits():
		box.Add(widgets.Caption(p.h.Text("civilstatus.formulas.offer.old", "name", o.Version())))
	default:
		box.Add(widgets.NewNote(widgets.Waiting, p.h.Text("civilstatus.formulas.offer", "name", o.Version(), "n", len(o.Changed), "new", o.New)))
		for _, f := range o.Changed {
			box.Add(widgets.Caption(p.h.Text("civilstatus.formulas.offer.line", "name", formulaLabel(f), "text", f.Text, "status", p.h.Text("civilstatus.status."+string(f.Status)))))
		}
		box.Add(widgets.Caption(p.h.Text("civilstatus.formulas.offer.why")))
		box.Add(widgets.Beside(widgets.NewPrimary(p.h.Text("civilstatus.formulas.offer.take"), base.ConfirmIcon(), func() {
			p.runThen("offer", func(ctx context.Context, person string) error { _, err := p.o.TakeFormulas(ctx, person); return err }, p.settings)
		})))
	}
	return box
}

func formulaLabel(f civilstatus.Formula) string {
	var acts []string
	for _, k := range f.Acts {
		acts = append(acts, k.Name())
	}
	return f.Label + " (" + strings.Join(acts, ", ") + ")"
}

func (p *page) takeCatalogue() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.formulas.take"), Extensions: []string{".csv"}}, func(paths []string) {
		p.runThen("take", func(ctx context.Context, person string) error {
			list, err := p.o.ReadPages(ctx, paths[:1])
			if err != nil {
				return err
			}
			_, err = p.o.Acts().Take(ctx, person, filepath.Base(paths[0]), bytes.NewReader(list[0].Content))
			return err
		}, p.settings)
	})
}

func (p *page) saveCatalogue(c civilstatus.Catalogue) {
	p.h.Save(shell.Made("formules.csv", func(context.Context) ([]byte, error) {
		var file bytes.Buffer
		err := c.WriteCatalogue(&file)
		return file.Bytes(), err
	}))
}

// formula shows the source and the history of a formula, and lets who may write it.
func (p *page) formula(f civilstatus.Formula, back func()) {
	ask(p, true, p.o.Acts().Revisions, func(all []civilstatus.Revision) {
		p.shown = nil
		text, source := widgets.NewText("", 4), widgets.NewEntry(p.h.Text("civilstatus.formula.source.hint"))
		text.SetText(f.Text)
		statuses := []civilstatus.Status{civilstatus.Drafted, civilstatus.Quoted, civilstatus.Official}
		var names []string
		at := 0
		for i, s := range statuses {
			names = append(names, p.h.Text("civilstatus.status."+string(s)))
			if s == f.Status {
				at = i
			}
		}
		status := widget.NewSelect(names, nil)
		status.SetSelectedIndex(at)
		title := widgets.Heading(formulaLabel(f))
		title.Wrapping = fyne.TextWrapWord
		p.side.Objects = []fyne.CanvasObject{title, widgets.Caption(p.h.Text("civilstatus.status."+string(f.Status)) + " " + f.Basis),
			widgets.Caption(p.h.Text("civilstatus.formula.fields", "fields", strings.Join(f.Fields, ", ")))}
		history := false
		for _, r := range all {
			for _, old := range r.Formulas {
				if old.Code == f.Code && overlap(old, f) {
					history = true
					p.side.Add(widgets.Caption(p.h.Text("civilstatus.formula.revision", "day", lang.Day(r.On.Time()), "source", r.Source, "text", old.Text)))
				}
			}
		}
		if !history {
			p.side.Add(widgets.Caption(p.h.Text("civilstatus.formula.shipped")))
		}
		for _, o := range []fyne.CanvasObject{widgets.Field(p.h.Text("civilstatus.formula.text"), text, p.h.Text("civilstatus.formula.text.help")), status,
			widgets.Field(p.h.Text("civilstatus.formula.source"), source, ""),
			widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.formula.back"), nil, back), widgets.NewPrimary(p.h.Text("civilstatus.formula.write"), base.DocumentSaveIcon(), func() {
				f.Text, f.Status = strings.TrimSpace(text.Text), statuses[status.SelectedIndex()]
				from := source.Text
				p.runThen("formula", func(ctx context.Context, person string) error { return p.o.Acts().Write(ctx, person, f, from) }, p.settings)
			}))} {
			p.side.Add(o)
		}
		shell.LayOut(p.h, p.side)
	})
}

func overlap(a, b civilstatus.Formula) bool {
	for _, x := range a.Acts {
		for _, y := range b.Acts {
			if x == y {
				return true
			}
		}
	}
	return false
}
