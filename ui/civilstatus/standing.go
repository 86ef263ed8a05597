package civilstatus

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// standingForm is a mention that the margin bears already, being copied from the image.
type standingForm struct {
	*page
	act      *civilstatus.Act
	formulas []civilstatus.Formula
	at       int
	s        civilstatus.Standing
	day, on  string
}

// toldFields are those by which an act is found or a mention held against another; the text says the rest.
var toldFields = []string{"conjoint_nom", "auteur"}

func (p *page) standing(a *civilstatus.Act) {
	ask(p, true, p.o.Acts().Formulas, func(all civilstatus.Catalogue) {
		if formulas := all.On(a.Kind); len(formulas) > 0 {
			(&standingForm{page: p, act: a, formulas: formulas, s: civilstatus.Standing{Fields: map[string]string{}}}).show()
		}
	})
}

func (w *standingForm) show() {
	h, f := w.h, w.formulas[w.at]
	w.claim(true)
	w.s.Code = f.Code
	var labels []string
	for _, f := range w.formulas {
		labels = append(labels, f.Label)
	}
	kind := widget.NewSelect(labels, nil)
	kind.SetSelectedIndex(w.at)
	kind.OnChanged = func(string) { w.at = kind.SelectedIndex(); w.show() }
	field := func(e *widgets.Entry, value string, keep func(string)) *widgets.Entry {
		e.SetText(value)
		e.OnChanged = keep
		return e
	}
	text := field(widgets.NewText(h.Text("civilstatus.standing.text.hint"), 4), w.s.Text, func(v string) { w.s.Text = v })
	hint := h.Text("civilstatus.index.date.hint")
	day, on := field(widgets.NewEntry(hint), w.day, func(v string) { w.day = v }), field(widgets.NewEntry(hint), w.on, func(v string) { w.on = v })
	w.side.Objects = []fyne.CanvasObject{widgets.Heading(h.Text("civilstatus.standing")), widgets.Caption(h.Text("civilstatus.standing.why")), kind,
		widgets.Field(h.Text("civilstatus.standing.text"), text, ""),
		widgets.Columns(2, widgets.Field(h.Text("civilstatus.standing.day"), day, ""), widgets.Field(h.Text("civilstatus.standing.on"), on, ""))}
	for _, name := range toldFields {
		if slices.Contains(f.Fields, name) {
			e := field(widgets.NewEntry(""), w.s.Fields[name], func(v string) { w.s.Fields[name] = v })
			w.side.Add(widgets.Field(civilstatus.FieldLabel(name), e, ""))
		}
	}
	w.side.Add(widgets.Beside(widgets.NewButton(h.Text("civilstatus.back"), nil, func() { w.open(w.act.ID) }), widgets.NewPrimary(h.Text("civilstatus.standing.keep"), base.DocumentSaveIcon(), w.keepStanding)))
	shell.LayOut(h, w.side)
	widgets.Focus(w.side, text)
}

func (w *standingForm) keepStanding() {
	s := w.s
	s.Fields = maps.Clone(s.Fields)
	var err, wrong error
	if s.Day, _, err = manifest.Day(strings.TrimSpace(w.day)); err == nil {
		s.On, _, wrong = manifest.Day(strings.TrimSpace(w.on))
	}
	if err != nil || wrong != nil {
		w.h.Toast(shell.Waiting, w.h.Text("civilstatus.index.noday"), nil)
		return
	}
	w.run("standing", func(ctx context.Context, person string) error {
		_, err := w.o.Acts().NoteStanding(ctx, person, w.act.ID, s)
		return err
	})
}
