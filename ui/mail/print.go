package mail

import (
	"context"
	"strings"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
)

// PrintPage prints the message that is read, as the text that is shown.
func (p *page) PrintPage() {
	m := p.message
	if m == nil || m.State == mailbox.Head || m.State == mailbox.Listed {
		return
	}
	paper := p.paper(m)
	p.h.Print(shell.Made(strings.ReplaceAll(paper.Title, "/", "-")+".pdf", func(ctx context.Context) ([]byte, error) {
		d, err := paper.Typeset(ctx)
		return d.PDF, err
	}))
}

// paper is the message as it is printed.
func (p *page) paper(m *mailbox.Message) typeset.Guide {
	h := p.h
	out := typeset.Guide{Head: typeset.Head{Printed: h.Now()}, Title: p.subject(m.Title), Origin: h.Text("mail.print.from", "address", p.account.Address)}
	add := func(kind typeset.GuideKind, text string) {
		if strings.TrimSpace(text) != "" {
			out.Parts = append(out.Parts, typeset.GuidePart{Kind: kind, Text: []typeset.GuideText{{Text: text}}})
		}
	}
	add(typeset.GuideItem, h.Text("mail.from", "who", m.From.String(), "when", lang.DayHour(m.At.Local())))
	if len(m.To) > 0 {
		add(typeset.GuideItem, h.Text("mail.to", "who", list(m.To)))
	}
	if len(m.Cc) > 0 {
		add(typeset.GuideItem, h.Text("mail.cc", "who", list(m.Cc)))
	}
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	if len(names) > 0 {
		add(typeset.GuideItem, h.Text("mail.print.files", "names", strings.Join(names, ", ")))
	}
	for _, w := range m.Warnings { // on paper too
		add(typeset.GuideNote, h.Text("mail.warning."+string(w.Kind), "shown", w.Shown, "true", w.True))
	}
	for _, line := range strings.Split(strings.ReplaceAll(m.Text, "\t", "    "), "\n") {
		add(typeset.GuideParagraph, line)
	}
	if m.Cut {
		add(typeset.GuideNote, h.Text("mail.cut"))
	}
	return out
}
