package civilstatus

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// related is what is known beside an act: other acts of the person, deaths that INSEE's file suggests.
type related struct {
	confirmed, proposed []civilstatus.Linked
	deaths              []civilstatus.Demise
}

func (p *page) related(ctx context.Context, act string) (r related, err error) {
	if r.confirmed, r.proposed, err = p.o.Acts().Links(ctx, act); err != nil {
		return r, err
	}
	r.deaths, err = p.o.Acts().DeathsOf(ctx, act)
	return r, err
}

// mostProposed is how many acts that may be of the same person are shown.
const mostProposed = 3

// describeLinks shows the other acts of the person: those confirmed, one key away, then those proposed.
func (p *page) describeLinks(a *civilstatus.Act, r related) (out []fyne.CanvasObject) {
	h := p.h
	if len(r.confirmed)+len(r.proposed) == 0 {
		return nil
	}
	out = append(out, widgets.Heading(h.Text("civilstatus.links")))
	for _, l := range r.confirmed {
		other := l.Act
		out = append(out, widgets.Beside(widgets.NewButton(p.name(&other)+" — "+p.reference(&other), nil, func() { p.open(other.ID) }),
			widgets.NewButton(h.Text("civilstatus.links.part"), nil, func() { p.part(a, &other) })))
	}
	for _, l := range r.proposed[:min(mostProposed, len(r.proposed))] {
		other := l.Act
		label := widgets.NewLabel(p.name(&other) + " — " + p.reference(&other))
		label.Wrapping = fyne.TextWrapWord
		out = append(out, label, widgets.Caption(strconv.Itoa(l.Score)+" % : "+p.clues(l.Clues)), widgets.Beside(
			widgets.NewButton(h.Text("civilstatus.links.same"), base.ConfirmIcon(), func() {
				p.run("link", func(ctx context.Context, person string) error { return p.o.Acts().Link(ctx, person, a.ID, other.ID) })
			}), widgets.NewButton(h.Text("civilstatus.links.other"), nil, func() { p.part(a, &other) }), widgets.NewButton(h.Text("civilstatus.links.see"), nil, func() { p.open(other.ID) })))
	}
	return append(out, widget.NewSeparator())
}

func (p *page) clues(all []civilstatus.Clue) string {
	var words []string
	for _, c := range all {
		words = append(words, p.h.Text("civilstatus.clue."+string(c)))
	}
	return strings.Join(words, ", ")
}

func (p *page) part(a, other *civilstatus.Act) {
	p.h.Ask(shell.Question{Title: p.h.Text("civilstatus.links.part.title"), Why: p.h.Text("civilstatus.links.part.why"), Yes: p.h.Text("civilstatus.links.part.yes"), Required: true}, func(why string) {
		p.run("part", func(ctx context.Context, person string) error {
			return p.o.Acts().Part(ctx, person, a.ID, other.ID, why)
		})
	})
}

// describeDeaths shows the deaths that INSEE's file suggests of a birth act; a person confirms, and the notice is asked for.
func (p *page) describeDeaths(a *civilstatus.Act, deaths []civilstatus.Demise) (out []fyne.CanvasObject) {
	h := p.h
	for i := range deaths {
		d := &deaths[i]
		if d.State == civilstatus.Dismissed {
			continue
		}
		var clues []string
		for _, c := range d.Clues {
			clues = append(clues, h.Text("civilstatus.clue."+string(c)))
		}
		text := widgets.NewLabel(h.Text("civilstatus.death.line", "name", d.Name, "born", d.Born, "from", d.From, "died", d.Died, "place", d.Town(), "number", d.No))
		text.Wrapping = fyne.TextWrapWord
		out = append(out, widgets.Heading(h.Text("civilstatus.death")), text, widgets.Caption(strconv.Itoa(d.Score)+" % : "+strings.Join(clues, ", ")),
			widgets.Caption(h.Text("civilstatus.death.file", "file", d.File, "line", strconv.FormatInt(d.Line, 10))))
		dismiss := widgets.NewButton(h.Text("civilstatus.death.dismiss"), nil, func() {
			h.Ask(shell.Question{Title: h.Text("civilstatus.death.dismiss.title"), Why: h.Text("civilstatus.death.dismiss.why"), Yes: h.Text("civilstatus.death.dismiss.yes"), Required: true}, func(why string) {
				p.run("dismiss", func(ctx context.Context, person string) error { return p.o.Acts().DismissDeath(ctx, person, d.ID, why) })
			})
		})
		switch d.State {
		case civilstatus.Suggested:
			out = append(out, widgets.Caption(h.Text("civilstatus.death.law")), widgets.Beside(widgets.NewPrimary(h.Text("civilstatus.death.confirm"), base.ConfirmIcon(), func() {
				p.run("confirm", func(ctx context.Context, person string) error { return p.o.Acts().ConfirmDeath(ctx, person, d.ID) })
			}), dismiss))
		case civilstatus.Confirmed:
			out = append(out, widgets.Caption(h.Text("civilstatus.death.confirmed", "day", lang.Day(d.Day.Time()))), widgets.Beside(widgets.NewPrimary(h.Text("civilstatus.death.ask"), base.MailSendIcon(), func() { p.askDeath(a, d) }), dismiss))
		case civilstatus.Asked:
			out = append(out, widgets.Caption(h.Text("civilstatus.death.asked", "day", lang.Day(d.Day.Time()))))
		}
		out = append(out, widget.NewSeparator())
	}
	return out
}

// askDeath is the form of the letter that asks for the notice of a death.
func (p *page) askDeath(a *civilstatus.Act, d *civilstatus.Demise) {
	p.claim(true)
	to := widgets.NewText(p.h.Text("civilstatus.to.hint"), 4)
	to.SetText(p.h.Text("civilstatus.death.town", "place", d.Town()))
	p.side.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("civilstatus.death.ask.title")), widgets.Caption(p.name(a) + " — " + p.reference(a)), widgets.Caption(p.h.Text("civilstatus.death.law")),
		widgets.Field(p.h.Text("civilstatus.to"), to, ""),
		widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.letter"), base.DocumentPrintIcon(), func() {
			lines := strings.Split(strings.TrimSpace(to.Text), "\n")
			p.print("demande-avis-deces.pdf", func(ctx context.Context) ([]byte, error) {
				letter, err := p.o.Acts().DeathLetter(ctx, d.ID, lines)
				return letter.PDF, err
			})
		}), widgets.NewPrimary(p.h.Text("civilstatus.death.sent"), base.MailSendIcon(), func() {
			p.run("asked", func(ctx context.Context, person string) error { return p.o.Acts().AskDeath(ctx, person, d.ID) })
		})), widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.cancel"), nil, p.leaveForm))}
	shell.LayOut(p.h, p.side)
	widgets.Focus(p.side, to)
}
