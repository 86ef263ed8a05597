package civilstatus

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// outgoing shows a notice that left.
func (p *page) outgoing(a *civilstatus.Act, m *civilstatus.Mention, o *civilstatus.Outgoing) []fyne.CanvasObject {
	text := p.h.Text("civilstatus.sent", "to", o.To[0], "day", lang.Day(o.Sent.Time()))
	if n := len(o.Chased); n > 0 {
		text += " " + p.h.Text("civilstatus.chased", "day", lang.Day(o.Chased[n-1].Time()))
	}
	if o.Receipt != "" {
		text += " " + p.h.Text("civilstatus.receipt", "day", lang.Day(o.Receipt.Time()), "until", lang.Day(o.KeepUntil.Time()))
	}
	out := []fyne.CanvasObject{widgets.Caption(text)}
	if o.MessageID != "" {
		out = append(out, p.byMail(o))
	}
	today := authority.DayOf(p.h.Now())
	act, mention, notice := a.ID, m.ID, o.ID
	buttons := []fyne.CanvasObject{widgets.NewButton(p.h.Text("civilstatus.letter"), base.DocumentPrintIcon(), func() {
		sent := *o
		p.print("avis-de-mention.pdf", func(ctx context.Context) ([]byte, error) {
			d, err := p.o.Acts().Letter(ctx, act, mention, sent)
			return d.PDF, err
		})
	})}
	if o.Awaited && o.Receipt == "" {
		if o.Late(today) {
			out = append(out, widgets.NewNote(widgets.Late, p.h.Text("civilstatus.receipt.late")))
		}
		buttons = append(buttons,
			widgets.NewButton(p.h.Text("civilstatus.chase"), nil, func() {
				p.print("relance.pdf", func(ctx context.Context) ([]byte, error) {
					d, err := p.o.Acts().Reminder(ctx, act, mention, notice)
					return d.PDF, err
				})
				p.run("chase", func(ctx context.Context, person string) error {
					return p.o.Acts().Chase(ctx, person, act, mention, notice, today)
				})
			}),
			widgets.NewPrimary(p.h.Text("civilstatus.receive"), nil, func() {
				p.run("receive", func(ctx context.Context, person string) error {
					return p.o.Acts().Receive(ctx, person, act, mention, notice, today, nil)
				})
			}))
		out = append(out, widgets.Beside(buttons...), widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.receive.scan"), nil, func() {
			p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.receive.scan"), Extensions: scanned, Many: true}, func(paths []string) {
				p.run("receive", func(ctx context.Context, person string) error {
					pages, err := p.o.ReadPages(ctx, paths)
					if err != nil {
						return err
					}
					return p.o.Acts().Receive(ctx, person, act, mention, notice, today, pages)
				})
			})
		})))
		return out
	}
	return append(out, widgets.Beside(buttons...))
}

// byMail is what became of a notice that left by mail.
func (p *page) byMail(o *civilstatus.Outgoing) fyne.CanvasObject {
	box := container.NewVBox()
	shell.Load(p.h, "fate."+o.ID, func(ctx context.Context) (mailbox.Fate, error) { return p.o.LetterFate(ctx, o.MessageID) }, func(f mailbox.Fate) {
		meaning, key, words, when := widgets.Waiting, "waiting", "", f.At
		switch f.State {
		case mailbox.Gone:
			meaning, key = widgets.Done, "gone"
		case mailbox.Refused:
			meaning, key, words = widgets.Refused, "failed", f.Words
		case mailbox.Doubtful:
			meaning, key = widgets.Late, "doubtful"
		case mailbox.Dropped:
			meaning, key = widgets.Refused, "dropped"
		case "":
			meaning, key = widgets.Plain, "elsewhere"
		}
		for _, r := range f.Reports {
			switch {
			case r.Kind == mailbox.Failed:
				meaning, key, words, when = widgets.Refused, "failed", r.Words, r.At
			case r.Kind == mailbox.Displayed && key != "failed":
				meaning, key, when = widgets.Done, "read", r.At
			}
		}
		box.Objects = []fyne.CanvasObject{widgets.NewNote(meaning, p.h.Text("civilstatus.bymail."+key, "to", o.Email, "when", lang.DayHour(when.Local()), "words", lang.Typography(words)))}
		shell.LayOut(p.h, p.side)
	})
	return box
}

// sendForm asks to whom a notice goes, prints it, and notes it as sent.
func (p *page) sendForm(a *civilstatus.Act, m *civilstatus.Mention) {
	ask(p, true, p.o.Acts().Settings, func(s civilstatus.Settings) {
		today := authority.DayOf(p.h.Now())
		recipients := []civilstatus.Recipient{civilstatus.Court, civilstatus.TownHall, civilstatus.SCEC}
		var names []string
		for _, r := range recipients {
			names = append(names, p.h.Text("civilstatus.recipient."+string(r)))
		}
		to := widgets.NewText(p.h.Text("civilstatus.to.hint"), 4)
		person, born := widgets.NewEntry(""), widgets.NewEntry(p.h.Text("civilstatus.index.date.hint"))
		text := widgets.NewText("", 3)
		text.SetText(m.Text)
		awaited := widget.NewCheck(p.h.Text("civilstatus.awaited"), nil)
		email := widgets.NewEntry(p.h.Text("civilstatus.email.hint"))
		other := container.NewVBox(widgets.Field(p.h.Text("civilstatus.other.person"), person, ""), widgets.Field(p.h.Text("civilstatus.other.born"), born, ""),
			widgets.Field(p.h.Text("civilstatus.other.text"), text, p.h.Text("civilstatus.other.help")))
		kind := widget.NewRadioGroup(names, nil)
		choose := func() civilstatus.Recipient {
			for i, n := range names {
				if n == kind.Selected {
					return recipients[i]
				}
			}
			return civilstatus.Court
		}
		kind.OnChanged = func(string) {
			switch choose() {
			case civilstatus.Court:
				to.SetText(strings.Join(s.Court, "\n"))
				if len(s.Court) == 0 {
					to.SetText(p.h.Text("civilstatus.registry"))
				}
			case civilstatus.SCEC:
				to.SetText(p.h.Text("civilstatus.scec"))
			default:
				to.SetText("")
			}
			awaited.SetChecked(choose() != civilstatus.Court)
			if other.Hidden = choose() == civilstatus.Court; other.Hidden {
				person.SetText("")
			}
			shell.LayOut(p.h, p.side)
		}
		notice := func() civilstatus.Outgoing {
			o := civilstatus.Outgoing{Kind: choose(), To: strings.Split(to.Text, "\n"), Sent: today, Awaited: awaited.Checked}
			if name := strings.TrimSpace(person.Text); name != "" {
				o.On, o.Text = &civilstatus.Target{Kind: civilstatus.Birth, Person: name}, strings.TrimSpace(text.Text)
				if at, err := lang.ParseDay(born.Text); err == nil {
					o.On.Born = authority.DayOf(at)
				}
			}
			return o
		}
		letter := widgets.NewButton(p.h.Text("civilstatus.letter"), base.DocumentPrintIcon(), func() {
			o := notice()
			p.print("avis-de-mention.pdf", func(ctx context.Context) ([]byte, error) {
				d, err := p.o.Acts().Letter(ctx, a.ID, m.ID, o)
				return d.PDF, err
			})
		})
		send := widgets.NewPrimary(p.h.Text("civilstatus.send"), base.MailSendIcon(), func() {
			o := notice()
			p.run("send", func(ctx context.Context, person string) error {
				_, err := p.o.Acts().Send(ctx, person, a.ID, m.ID, o)
				return err
			})
		})
		byMail := widgets.NewButton(p.h.Text("civilstatus.mail"), base.MailSendIcon(), func() {
			o := notice()
			o.Email = strings.TrimSpace(email.Text)
			p.run("mail", func(ctx context.Context, person string) error { return p.o.MailNotice(ctx, person, a.ID, m.ID, o) })
		})
		p.side.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("civilstatus.sending"))}
		if due := s.Due(m, today); len(due) == 0 && s.Dispensed != "" {
			p.side.Add(widgets.Caption(p.h.Text("civilstatus.dispensed", "day", lang.Day(s.Dispensed.Time()))))
		}
		for _, o := range []fyne.CanvasObject{kind, widgets.Field(p.h.Text("civilstatus.to"), to, ""), other, awaited, widgets.Beside(letter, send), widgets.Field(p.h.Text("civilstatus.email"), email, p.h.Text("civilstatus.email.why")), widgets.Beside(byMail),
			widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.back"), nil, func() { p.open(a.ID) }))} {
			p.side.Add(o)
		}
		first := names[0]
		if len(s.Due(m, today)) == 0 {
			first = names[1]
		}
		kind.SetSelected(first)
	})
}
