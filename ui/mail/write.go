package mail

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// settleTime is how long typing rests before what was typed is kept.
const settleTime = 800 * time.Millisecond

// form is a letter being written.
type form struct {
	p                     *page
	letter                mailbox.Letter
	from                  *widget.Select // whose mailbox it leaves from, where there are several
	to, cc, subject, text *widgets.Entry
	box                   *fyne.Container // of the files
	toOffers, ccOffers    *fyne.Container // who may be meant, under the two fields
	dirty                 bool
	turn                  int // of the last typing
}

// openLetter shows a letter: its form while it is in one's hands, else how far it has come.
func (p *page) openLetter(id string) {
	if p.form != nil && p.form.letter.ID == id {
		return
	}
	p.leaveForm()
	shell.Load(p.h, "message", func(ctx context.Context) (*mailbox.Letter, error) {
		l, err := p.box().Letter(ctx, id)
		if errors.Is(err, store.ErrNotFound) { // it has left meanwhile
			return nil, nil
		}
		return &l, err
	}, func(l *mailbox.Letter) {
		if l == nil {
			p.mute()
			return
		}
		p.showLetter(*l)
	})
}

func (p *page) showLetter(l mailbox.Letter) {
	p.message, p.shown = nil, 0
	f := &form{p: p, letter: l, to: widgets.NewEntry(p.h.Text("mail.to.hint")), cc: widgets.NewEntry(""), subject: widgets.NewEntry(""), text: widgets.NewText("", 14), box: container.NewVBox(),
		toOffers: container.NewVBox(), ccOffers: container.NewVBox()}
	f.to.SetText(l.To)
	f.cc.SetText(l.Cc)
	f.subject.SetText(l.Subject)
	f.text.SetText(l.Text)
	f.text.Wrapping = fyne.TextWrapWord
	p.form = f
	f.senders()
	f.files()
	p.lay(f.objects())
	if f.editable() {
		for _, e := range []*widgets.Entry{f.to, f.cc, f.subject, f.text} {
			e.OnChanged = func(string) { f.typed() }
		}
		f.to.OnChanged = func(string) { f.typed(); f.offer(f.to, f.toOffers) }
		f.cc.OnChanged = func(string) { f.typed(); f.offer(f.cc, f.ccOffers) }
		first := f.to
		if l.To != "" {
			first = f.text
		}
		widgets.Focus(p.content, first)
		return
	}
	for _, e := range []*widgets.Entry{f.to, f.cc, f.subject, f.text} {
		e.Disable()
	}
}

func (f *form) editable() bool {
	return f.letter.State == mailbox.Draft || f.letter.State == mailbox.Refused
}

func (f *form) objects() []fyne.CanvasObject {
	h, p := f.p.h, f.p
	heading := widgets.Heading(h.Text("mail.letter"))
	out := []fyne.CanvasObject{}
	switch f.letter.State {
	case mailbox.Draft, mailbox.Refused:
		out = append(out, container.NewHBox(widgets.NewPrimary(h.Text("mail.send"), base.MailSendIcon(), f.send), widgets.NewButton(h.Text("mail.join"), base.MailAttachmentIcon(), f.join),
			widgets.NewButton(h.Text("mail.discard"), base.DeleteIcon(), f.discard)), heading)
		if f.letter.State == mailbox.Refused {
			out = append(out, widgets.NewNote(widgets.Refused, h.Text("mail.refused", "words", lang.Typography(f.letter.Trouble))))
		}
	case mailbox.Doubtful:
		settle := func(left bool) func() {
			return func() {
				id := f.letter.ID
				p.closeForm()
				p.do(func(ctx context.Context) error { return p.box().Settle(ctx, id, left) })
			}
		}
		out = append(out, heading, widgets.NewNote(widgets.Refused, h.Text("mail.doubtful")),
			container.NewHBox(widgets.NewButton(h.Text("mail.doubtful.left"), base.ConfirmIcon(), settle(true)), widgets.NewButton(h.Text("mail.doubtful.again"), base.MailSendIcon(), settle(false))))
	default:
		out = append(out, heading, widgets.NewNote(widgets.Waiting, h.Text("mail.queued")))
		if f.letter.State == mailbox.Queued {
			out = append(out, container.NewHBox(widgets.NewButton(h.Text("mail.discard"), base.DeleteIcon(), f.discard)))
		}
	}
	if f.from != nil {
		out = append(out, widgets.Field(h.Text("mail.field.from"), f.from, ""))
	}
	return append(out, widgets.Field(h.Text("mail.field.to"), f.to, ""), f.toOffers, widgets.Field(h.Text("mail.field.cc"), f.cc, ""), f.ccOffers, widgets.Field(h.Text("mail.field.subject"), f.subject, ""), f.box, f.text)
}

// senders offers the mailboxes that the letter may leave from.
func (f *form) senders() {
	if len(f.p.accounts) < 2 {
		return
	}
	var words []string
	at := 0
	for i, a := range f.p.accounts {
		words = append(words, mailbox.Address{Name: a.Name, Address: a.Address}.String())
		if a.ID == f.letter.Account {
			at = i
		}
	}
	f.from = widget.NewSelect(words, nil)
	f.from.SetSelectedIndex(at)
	f.from.OnChanged = func(string) {
		if i := f.from.SelectedIndex(); i >= 0 && i < len(f.p.accounts) {
			f.letter.Account = f.p.accounts[i].ID
			f.typed()
		}
	}
	if !f.editable() {
		f.from.Disable()
	}
}

// files lists what is joined.
func (f *form) files() {
	f.box.Objects = nil
	for _, x := range f.letter.Files {
		name := widgets.NewLabel(f.p.h.Text("mail.file", "name", x.Name, "size", size(f.p.h, x.Size)))
		name.Truncation = fyne.TextTruncateEllipsis
		var remove fyne.CanvasObject
		if f.editable() {
			remove = widgets.NewButton("", base.DeleteIcon(), func() {
				f.change(func(ctx context.Context, id string) error { return f.p.box().Unjoin(ctx, id, x.Place) })
			})
		}
		f.box.Add(container.NewBorder(nil, nil, widget.NewIcon(base.MailAttachmentIcon()), remove, name))
	}
}

// follow shows what became of the letter elsewhere: it left, it was refused.
func (f *form) follow(all []mailbox.Letter) {
	i := slices.IndexFunc(all, func(l mailbox.Letter) bool { return l.ID == f.letter.ID })
	switch {
	case f.letter.ID == "":
	case i < 0:
		f.p.closeForm()
	case all[i].State != f.letter.State:
		id := f.letter.ID
		f.p.form = nil
		f.p.openLetter(id)
	}
}

// typed keeps what was typed once typing rests.
func (f *form) typed() {
	f.dirty = true
	f.turn++
	turn := f.turn
	time.AfterFunc(settleTime, func() {
		f.p.h.Schedule(func() {
			if turn == f.turn && f.p.form == f {
				f.p.SaveDraft()
			}
		})
	})
}

func (f *form) read() mailbox.Letter {
	l := f.letter
	l.To, l.Cc, l.Subject, l.Text = f.to.Text, f.cc.Text, f.subject.Text, f.text.Text
	return l
}

// SaveDraft keeps the letter being written.
func (p *page) SaveDraft() {
	f := p.form
	if f == nil || !f.dirty || !f.editable() {
		return
	}
	f.dirty = false
	l := f.read()
	p.h.Run(shell.Action{ID: "mail.keep." + l.ID, Label: p.h.Text("mail.keeping"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			_, err = p.box().SaveLetter(ctx, l)
			return err
		},
		Done: func() {}, Failed: func(err error) { f.dirty = true; p.h.Fail(err) }})
}

// write begins a letter: it is kept from its first moment.
func (p *page) write(l mailbox.Letter) {
	p.begin(l, func(context.Context, string) error { return nil })
}

func (p *page) begin(l mailbox.Letter, join func(ctx context.Context, id string) error) {
	p.leaveForm()
	p.h.Run(shell.Action{ID: "mail.write", Label: p.h.Text("mail.keeping"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			id, err := p.box().SaveLetter(ctx, l)
			if err == nil {
				err = join(ctx, id)
			}
			if err == nil {
				l, err = p.box().Letter(ctx, id)
			}
			return err
		},
		Done: func() { p.showLetter(l); p.load() }})
}

// change keeps what is typed, changes the letter's files, and shows them.
func (f *form) change(do func(ctx context.Context, id string) error) {
	l := f.read()
	f.dirty = false
	f.p.h.Run(shell.Action{ID: "mail.files", Label: f.p.h.Text("mail.keeping"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			if _, err = f.p.box().SaveLetter(ctx, l); err == nil {
				err = do(ctx, l.ID)
			}
			if err == nil {
				l, err = f.p.box().Letter(ctx, l.ID)
			}
			return err
		},
		Done: func() {
			f.letter.Files = l.Files
			f.files()
			shell.LayOut(f.p.h, f.p.side)
		}})
}

func (f *form) join() {
	f.p.h.PickFiles(shell.Files{Title: f.p.h.Text("mail.join"), Many: true}, func(paths []string) {
		f.change(func(ctx context.Context, id string) error {
			for _, path := range paths {
				if err := f.p.o.JoinFile(ctx, id, path); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (f *form) send() {
	l, p := f.read(), f.p
	f.dirty = false
	p.h.Run(shell.Action{ID: "mail.send", Label: p.h.Text("mail.sending"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			if _, err := p.box().SaveLetter(ctx, l); err != nil {
				return err
			}
			return p.o.SendLetter(ctx, l.ID)
		},
		Done: func() {
			p.closeForm()
			p.h.Toast(shell.Done, p.h.Text("mail.sent"), nil)
			p.load()
		}})
}

func (f *form) discard() {
	id, p := f.letter.ID, f.p
	p.h.Ask(shell.Question{Title: p.h.Text("mail.discard.title"), Why: p.h.Text("mail.discard.why"), Yes: p.h.Text("mail.discard.yes"), Plain: true, Dangerous: true}, func(string) {
		f.dirty = false
		p.closeForm()
		p.do(func(ctx context.Context) error { return p.box().Discard(ctx, id) })
	})
}

// leaveForm keeps what was typed and puts the form away.
func (p *page) leaveForm() {
	p.SaveDraft()
	p.form = nil
}

func (p *page) closeForm() {
	p.form = nil
	p.mute()
}

// quoted is a text as an answer shows it.
func (p *page) quoted(m *mailbox.Message) string {
	lines := strings.Split(m.Text, "\n")
	if len(lines) > 400 {
		lines = append(lines[:400], "…")
	}
	return "\n\n" + p.h.Text("mail.quote", "who", m.From.String(), "when", lang.DayHour(m.At.Local())) + "\n> " + strings.Join(lines, "\n> ")
}

func (p *page) reply(m *mailbox.Message, all bool) {
	to := m.From
	if m.Reply.Address != "" {
		to = m.Reply
	}
	l := mailbox.Letter{To: to.Address, Subject: prefixed("Re: ", m.Title), Text: p.quoted(m), Answers: m.ID, References: references(m)}
	if all {
		var cc []string
		for _, a := range append(slices.Clone(m.To), m.Cc...) {
			if !strings.EqualFold(a.Address, p.account.Address) && a.Address != to.Address {
				cc = append(cc, a.Address)
			}
		}
		l.Cc = strings.Join(cc, ", ")
	}
	p.write(l)
}

func references(m *mailbox.Message) []string {
	if m.MessageID == "" {
		return m.References
	}
	return append(slices.Clone(m.References), m.MessageID)
}

// forward writes a message on, its files joined; one that is not whole here would leave without them.
func (p *page) forward(m *mailbox.Message) {
	if m.State != mailbox.Whole {
		p.h.Toast(shell.Refused, p.h.Text("mail.forward.part"), nil)
		return
	}
	p.begin(mailbox.Letter{Subject: prefixed("Tr: ", m.Title), Text: p.quoted(m)}, func(ctx context.Context, id string) error {
		for _, f := range m.Files {
			content, err := p.o.MailFile(ctx, m.ID, f.Place)
			if err == nil {
				err = p.box().Join(ctx, id, f.Name, content)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func prefixed(prefix, subject string) string {
	if strings.HasPrefix(strings.ToLower(subject), strings.ToLower(prefix)) {
		return subject
	}
	return prefix + subject
}
