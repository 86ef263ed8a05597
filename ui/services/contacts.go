package services

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// bonds are what ties the member to its agency.
type bonds struct {
	contracts []services.Contract
	contacts  []services.Contact
}

// contacts are the member's contracts, and whom to ask about what: both are read without a line.
func (p *page) contacts() *section {
	return &section{key: "contacts",
		load: func(ctx context.Context) (any, []row, error) {
			c, err := p.o.Catalogue(ctx)
			if err != nil {
				return nil, nil, err
			}
			b := bonds{contacts: c.Agency.Contacts}
			if b.contracts, err = p.o.Counter().Contracts(ctx); err != nil {
				return nil, nil, err
			}
			var rows []row
			for _, x := range b.contracts {
				m, word := p.term(x)
				rows = append(rows, row{"contract/" + x.ID, x.Title, p.h.Text("services.contract.since", "day", lang.Day(x.Since.Time())), m == widgets.Late, m, word, x.Words()})
			}
			for _, x := range b.contacts {
				of := strings.Join(x.Subjects, ", ")
				if of == "" {
					of = x.Role
				}
				rows = append(rows, row{id: "contact/" + x.Name, title: p.h.Text("services.contact.row", "name", x.Name, "phone", x.Phone), detail: of, words: x.Role + " " + x.Phone + " " + x.Mail})
			}
			return b, rows, nil
		},
		tools: func(any) []fyne.CanvasObject { return nil },
		open: func(loaded any, id string) {
			b, _ := loaded.(bonds)
			for _, x := range b.contracts {
				if "contract/"+x.ID == id {
					p.say(p.contract(x)...)
				}
			}
			for _, x := range b.contacts {
				if "contact/"+x.Name == id {
					p.say(p.contact(x)...)
				}
			}
		},
	}
}

// term says where a contract is in its time.
func (p *page) term(x services.Contract) (widgets.Meaning, string) {
	term, by := x.Term(authority.DayOf(p.h.Now()))
	switch {
	case term == services.Over:
		return widgets.Plain, p.h.Text("services.contract.over")
	case term == services.Ending && by == x.Notice:
		return widgets.Late, p.h.Text("services.contract.notice", "day", lang.Day(by.Time()))
	case term == services.Ending:
		return widgets.Late, p.h.Text("services.contract.ends", "day", lang.Day(by.Time()))
	}
	return widgets.Done, p.h.Text("services.contract.running")
}

// contract is all that the agency told of one.
func (p *page) contract(x services.Contract) []fyne.CanvasObject {
	m, word := p.term(x)
	if term, by := x.Term(authority.DayOf(p.h.Now())); term == services.Ending && by == x.Notice {
		word = p.h.Text("services.contract.notice.why", "day", lang.Day(by.Time()))
	}
	out := []fyne.CanvasObject{title(x.Title), widgets.NewNote(m, word)}
	if x.About != "" {
		out = append(out, wrapped(x.About))
	}
	field := func(key, value string) {
		if value != "" {
			out = append(out, widgets.Field(p.h.Text("services.contract."+key), wrapped(value), ""))
		}
	}
	day := func(d authority.Day) string {
		if d == "" {
			return ""
		}
		return lang.Day(d.Time())
	}
	field("number", x.Number)
	field("from", day(x.Since))
	until := day(x.Until)
	if until == "" {
		until = p.h.Text("services.contract.endless")
	}
	field("until", until)
	renewal := x.Renewal
	if renewal == "" && x.Until != "" {
		renewal = p.h.Text("services.contract.norenewal")
	}
	field("renewal", renewal)
	field("warn", day(x.Notice))
	for _, l := range x.Lines {
		out = append(out, question(l.Label, wrapped(l.Value), ""))
	}
	for _, f := range x.Files {
		out = append(out, widgets.Beside(widgets.NewButton(f.Name, base.DocumentIcon(), func() {
			p.h.OpenPDF(p.kept(f))
		})))
	}
	for _, c := range p.c.Agency.Contacts {
		if c.Name == x.Contact {
			out = append(out, p.call(c))
		}
	}
	if s, is := p.c.Service(p.c.Member); is {
		out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("services.contract.ask"), base.MailSendIcon(), func() {
			p.start("requests", func(p *page) {
				p.orderFrom(s, map[string]string{"contract": strings.TrimSpace(x.Title + " " + x.Number)})
			})
		})))
	}
	return append(out, widgets.Caption(p.h.Text("services.contract.told", "day", lang.Day(hours(x.Told, p.h.Now())))))
}

// contact is somebody of the agency.
func (p *page) contact(x services.Contact) []fyne.CanvasObject {
	out := []fyne.CanvasObject{title(x.Name)}
	if x.Role != "" {
		out = append(out, widgets.Caption(x.Role))
	}
	if len(x.Subjects) > 0 {
		out = append(out, widgets.Field(p.h.Text("services.contact.subjects"), wrapped(strings.Join(x.Subjects, "\n")), ""))
	}
	if x.Phone != "" {
		number := wrapped(x.Phone)
		number.TextStyle.Bold = true
		out = append(out, widgets.Field(p.h.Text("services.contact.phone"), number, x.Hours), widgets.Beside(widgets.NewButton(p.h.Text("services.call.copy"), base.ContentCopyIcon(), func() { p.copied(x.Phone) })))
	}
	if x.Mail != "" {
		out = append(out, widgets.Field(p.h.Text("services.contact.mail"), wrapped(x.Mail), ""))
	}
	return out
}

// copied puts a text where other programs take it.
func (p *page) copied(text string) {
	fyne.CurrentApp().Clipboard().SetContent(text)
	p.h.Toast(shell.Done, p.h.Text("services.copied", "text", text), nil)
}
