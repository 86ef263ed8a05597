package services

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/services/assistant"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// AssistantOffice is what the assistant asks of the program.
type AssistantOffice interface {
	// Ask gives the passages that answer a question, the best first.
	Ask(ctx context.Context, question string) ([]assistant.Answer, error)
}

// howto answers «comment faire…» with passages of what is written, each with its page.
func (p *page) howto() *section {
	return &section{key: "howto",
		load: func(ctx context.Context) (any, []row, error) {
			if p.question == "" {
				return nil, nil, nil
			}
			found, err := p.o.Ask(ctx, p.question)
			var rows []row
			for i, a := range found {
				detail := p.h.Text("services.howto.source."+a.Source) + " · " + a.Part
				if a.Part == "" {
					detail = p.h.Text("services.howto.source." + a.Source)
				}
				rows = append(rows, row{id: string(rune('0' + i)), title: a.Page, detail: detail})
			}
			return found, rows, err
		},
		tools: func(loaded any) []fyne.CanvasObject {
			q := widgets.NewEntry(p.h.Text("services.howto.hint"))
			q.SetText(p.question)
			ask := func() { p.question, p.arg, p.writing = q.Text, "", false; p.list.Reset(); p.load() }
			q.OnSubmitted = func(string) { ask() }
			out := []fyne.CanvasObject{container.NewBorder(nil, nil, nil, widgets.NewPrimary(p.h.Text("services.howto.ask"), base.SearchIcon(), ask), q), widgets.Caption(p.h.Text("services.howto.why"))}
			if found, _ := loaded.([]assistant.Answer); p.question != "" && len(found) == 0 {
				out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("services.howto.none")), widgets.Beside(widgets.NewPrimary(p.h.Text("services.howto.ticket"), base.MailSendIcon(), p.handOver)))
			}
			return out
		},
		open: func(loaded any, id string) {
			found, _ := loaded.([]assistant.Answer)
			i := int(id[0] - '0')
			if i < 0 || i >= len(found) {
				return
			}
			a := found[i]
			out := []fyne.CanvasObject{title(a.Page)}
			if a.Part != "" {
				out = append(out, widgets.Heading(a.Part))
			}
			out = append(out, wrapped(a.Text), widgets.Caption(p.h.Text("services.howto.cited", "source", p.h.Text("services.howto.source."+a.Source), "page", a.Page)))
			line := widgets.Beside()
			if a.Place != "" {
				line.Add(widgets.NewButton(p.h.Text("services.howto.open"), base.NavigateNextIcon(), func() { p.h.Go(shell.Route{Page: "help", Arg: a.Place}) }))
			}
			line.Add(widgets.NewButton(p.h.Text("services.howto.ticket"), base.MailSendIcon(), p.handOver))
			p.say(append(out, line)...)
		},
	}
}

// handOver makes a demand for assistance of the question.
func (p *page) handOver() {
	question := p.question
	p.start("assistance", func(p *page) { p.ticketAbout(question) })
}
