package parapheur

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// handoverMeaning is how a transmission is looked at.
func handoverMeaning(s parapheur.HandoverState) widgets.Meaning {
	switch s {
	case parapheur.HandoverBounced:
		return widgets.Refused
	case parapheur.HandoverAcknowledged:
		return widgets.Done
	case parapheur.HandoverCancelled, parapheur.HandoverUnfiled:
		return widgets.Plain
	}
	return widgets.Waiting
}

// handovers say what became of the flows that were handed over, and what to do.
func (p *page) handovers(v *view) (out []fyne.CanvasObject) {
	f := v.folder
	open := f.HandingOver()
	for _, h := range f.Handovers {
		if h.State == parapheur.HandoverCancelled {
			continue
		}
		out = append(out, widgets.NewNote(handoverMeaning(h.State), p.h.Text(p.handoverKey(h), "document", h.Document, "number", h.Transaction, "when", lang.DayHour(h.Changed), "why", lang.Typography(h.Words))))
		out = append(out, p.received(f.ID, h)...)
		if cure := p.cure(h); cure != "" && f.State == parapheur.Running && h.Step == f.Step {
			out = append(out, widgets.Caption(cure))
		}
		if h.Unnumbered() && open {
			out = append(out, container.NewHBox(widgets.NewButton(p.h.Text("parapheur.handover.number"), base.DocumentCreateIcon(), func() { p.askNumber(f.ID, h.Document) })))
		}
	}
	if len(out) == 0 {
		return nil
	}
	if open {
		if v.trouble != nil {
			out = append(out, widgets.NewNote(widgets.Waiting, shell.What(p.h, v.trouble)))
		}
		out = append(out, container.NewHBox(widgets.NewButton(p.h.Text("parapheur.handover.ask"), base.ViewRefreshIcon(), p.askNow)))
	}
	heading := "parapheur.handovers"
	if f.Handovers[len(f.Handovers)-1].Act {
		heading += ".review"
	}
	return append([]fyne.CanvasObject{widgets.Heading(p.h.Text(heading))}, out...)
}

func (p *page) handoverKey(h parapheur.Handover) string {
	key := "parapheur.handover." + string(h.State)
	switch {
	case h.Act && reviewWords[h.State]:
		return key + ".review"
	case h.Unnumbered(), h.State == parapheur.HandoverAcknowledged && h.Transaction == "":
		return key + ".unnumbered"
	case h.Rejected:
		return key + ".rejected"
	}
	return key
}

// reviewWords are the states that are said otherwise of an act.
var reviewWords = map[parapheur.HandoverState]bool{parapheur.HandoverForwarded: true, parapheur.HandoverAcknowledged: true, parapheur.HandoverUnfiled: true}

// cure is what to do about a transmission, "" for nothing but waiting.
func (p *page) cure(h parapheur.Handover) string {
	switch {
	case h.Rejected:
		return p.h.Text("parapheur.handover.cure.rejected")
	case h.State == parapheur.HandoverBounced && h.Act:
		return p.h.Text("parapheur.handover.cure.bounced.review")
	case h.State == parapheur.HandoverBounced:
		return p.h.Text("parapheur.handover.cure.bounced")
	case h.State == parapheur.HandoverPosting:
		return p.h.Text("parapheur.handover.cure.posting")
	}
	return ""
}

// askNumber asks for the number that the third party's site shows.
func (p *page) askNumber(id, document string) {
	p.h.Ask(shell.Question{Title: p.h.Text("parapheur.handover.number.title"), Why: p.h.Text("parapheur.handover.number.why", "document", document), Yes: p.h.Text("parapheur.handover.number.do"), Required: true}, func(number string) {
		p.actThen("number", func(ctx context.Context, person string) error {
			return p.o.Desk().NumberHandover(ctx, person, id, document, strings.TrimSpace(number))
		}, p.load)
	})
}

// askNow asks the third party without waiting for the next time.
func (p *page) askNow() {
	p.actThen("carry", func(ctx context.Context, _ string) error { return p.o.Carry(ctx) }, p.load)
}
