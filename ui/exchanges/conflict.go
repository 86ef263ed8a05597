package exchanges

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// disagreement shows both sides in full, who, when and on which computer, the rule, and the choices.
func (p *page) disagreement(c *Conflict) {
	t := p.h.Text
	heading := widgets.Heading(p.title(row{conflict: c}))
	heading.Wrapping = fyne.TextWrapWord
	out := []fyne.CanvasObject{heading, widgets.NewNote(widgets.Late, t("exchanges.conflict.rule"))}
	out = append(out, p.side(t("exchanges.conflict.standing"), c.Standing)...)
	out = append(out, p.side(t("exchanges.conflict.aside"), c.Aside)...)
	reason := widgets.NewEntry(t("exchanges.conflict.reason.hint"))
	out = append(out, widgets.Field(t("exchanges.conflict.reason"), reason, ""))
	decide := func(again bool) func() {
		return func() {
			note := reason.Text
			shell.Do(p.h, shell.Deed{ID: "decide", Label: t("exchanges.conflict.deciding"), Done: t("exchanges.conflict.done"), Person: p.o.Person,
				Run:  func(ctx context.Context, person string) error { return p.o.Decide(ctx, person, c.Stream, again, note) },
				Then: p.load})
		}
	}
	buttons := container.NewVBox(widgets.NewPrimary(t("exchanges.conflict.keep"), base.ConfirmIcon(), decide(false)))
	if c.Again {
		buttons.Add(widgets.NewButton(t("exchanges.conflict.again"), nil, decide(true)))
	}
	if c.Route != (shell.Route{}) {
		buttons.Add(widgets.NewButton(t("exchanges.conflict.open"), base.NavigateNextIcon(), func() { p.h.Go(c.Route) }))
	}
	if !c.Again {
		out = append(out, widgets.Caption(t("exchanges.conflict.elsewhere")))
	}
	p.detail.Objects = append(out, container.NewHBox(buttons), widgets.Caption(t("exchanges.conflict.safe")))
}

// side is one of the two, entry by entry.
func (p *page) side(title string, all []Said) []fyne.CanvasObject {
	t := p.h.Text
	out := []fyne.CanvasObject{widget.NewSeparator(), widgets.Heading(title)}
	for _, s := range all {
		what := widgets.NewLabelWithStyle(said(p.h.Lang(), s.Kind), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		out = append(out, what, widgets.Caption(t("exchanges.conflict.who", "who", s.Who, "when", lang.DayHour(s.At.In(p.h.Now().Location())), "where", s.Where)))
		if s.Sealed {
			out = append(out, widgets.Caption(t("exchanges.conflict.sealed")))
		}
		for _, l := range s.Lines {
			text := widgets.NewLabel(t("exchanges.conflict.line", "name", named(p.h.Lang(), l.Name), "value", l.Value))
			text.Wrapping, text.Selectable = fyne.TextWrapWord, true
			out = append(out, text)
		}
		if s.Documents > 0 {
			out = append(out, widgets.Caption(t("exchanges.conflict.documents", "n", s.Documents)))
		}
	}
	return out
}
