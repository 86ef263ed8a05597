package mail

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// open reads a message, and marks it as read.
func (p *page) open(id int64) {
	if p.form != nil {
		p.leaveForm()
	}
	if p.shown == id && p.message != nil {
		return
	}
	p.shown = id
	folders := p.folders
	shell.Load(p.h, "message", func(ctx context.Context) (o opening, err error) {
		m, err := p.box().Message(ctx, id)
		if err != nil {
			return o, err
		}
		if !m.Read {
			if err := p.box().Do(ctx, id, mailbox.Seen); err != nil {
				return o, err
			}
		}
		return p.around(ctx, &m, folders)
	}, func(o opening) {
		m := o.message
		if m == nil {
			return
		}
		if i := slices.IndexFunc(p.accounts, func(a Account) bool { return a.ID == m.Account }); m.Account != p.account.ID {
			if i < 0 {
				p.mute() // of a mailbox that the person does not see
				return
			}
			p.turnTo(p.accounts[i])
			p.shown = id
		}
		p.message = m
		if !m.Read {
			m.Read = true
			p.o.WakeMail()
		}
		p.lay(p.reading(o))
	})
}

func (p *page) reading(o opening) []fyne.CanvasObject {
	h, m := p.h, o.message
	title := widgets.Heading(p.subject(m.Title))
	title.Wrapping = fyne.TextWrapWord
	out := []fyne.CanvasObject{p.actions(m), title, widgets.Caption(h.Text("mail.from", "who", m.From.String(), "when", lang.DayHour(m.At.Local())))}
	if len(m.To) > 0 {
		out = append(out, widgets.Caption(h.Text("mail.to", "who", list(m.To))))
	}
	if len(m.Cc) > 0 {
		out = append(out, widgets.Caption(h.Text("mail.cc", "who", list(m.Cc))))
	}
	for _, w := range m.Warnings {
		out = append(out, widgets.NewNote(widgets.Refused, h.Text("mail.warning."+string(w.Kind), "shown", w.Shown, "true", w.True)))
	}
	out = append(append(out, p.reported(o)...), p.seen(o)...)
	for _, f := range m.Files {
		out = append(append(out, p.file(m, f), p.uses(o, f)), p.invitation(o, f)...)
	}
	out = append(out, p.conversation(o)...)
	if m.State == mailbox.Head {
		return append(out, widgets.NewNote(widgets.Waiting, h.Text("mail.large", "size", size(h, m.Size))))
	}
	text := widgets.NewLabel(m.Text)
	text.Wrapping, text.Selectable = fyne.TextWrapWord, true
	out = append(out, widget.NewSeparator(), text)
	if m.Cut {
		out = append(out, widgets.Caption(h.Text("mail.cut")))
	}
	if m.FromHTML {
		out = append(out, widgets.Caption(h.Text("mail.html")))
	}
	if m.State == mailbox.Begun {
		out = append(out, widgets.NewNote(widgets.Waiting, h.Text("mail.begun")))
	}
	return out
}

// shownNames is how many addresses are written out.
const shownNames = 6

func list(all []mailbox.Address) string {
	var names []string
	for _, a := range all[:min(len(all), shownNames)] {
		names = append(names, a.String())
	}
	if len(all) > shownNames {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

func size(h shell.Host, n int64) string {
	if n < 1<<20 {
		return h.Text("mail.size.kb", "size", lang.Number(int(n+1023)>>10))
	}
	if n < 10<<30 {
		return h.Text("mail.size.mb", "size", lang.Number(int(n>>20)))
	}
	return h.Text("mail.size.gb", "size", lang.Number(int(n>>30)))
}

// actions are those upon a message, at the same place always.
func (p *page) actions(m *mailbox.Message) fyne.CanvasObject {
	h := p.h
	mark := func(kind mailbox.DeedKind) func() {
		return func() { p.do(func(ctx context.Context) error { return p.box().Do(ctx, m.ID, kind) }) }
	}
	flagWord, flagKind := "mail.flag", mailbox.Flag
	if i := slices.IndexFunc(p.rows, func(s mailbox.Summary) bool { return s.ID == m.ID }); i >= 0 && p.rows[i].Flagged {
		flagWord, flagKind = "mail.unflag", mailbox.Unflag
	}
	var names []string
	var targets []int64
	for _, f := range p.folders {
		if f.ID != m.Folder {
			names, targets = append(names, p.folderName(f)), append(targets, f.ID)
		}
	}
	move := widget.NewSelect(names, nil)
	move.PlaceHolder = h.Text("mail.move")
	move.OnChanged = func(string) {
		if i := move.SelectedIndex(); i >= 0 {
			p.away(func(ctx context.Context) error { return p.box().Move(ctx, m.ID, targets[i]) })
		}
	}
	out := widgets.Wrapped()
	out.Add(widgets.Beside(widgets.NewPrimary(h.Text("mail.reply"), base.MailReplyIcon(), func() { p.reply(m, false) }),
		widgets.NewButton(h.Text("mail.reply.all"), base.MailReplyAllIcon(), func() { p.reply(m, true) }),
		widgets.NewButton(h.Text("mail.forward"), base.MailForwardIcon(), func() { p.forward(m) })))
	out.Add(widgets.Beside(widgets.NewButton(h.Text(flagWord), nil, func() {
		mark(flagKind)()
		p.again(m.ID)
	}), widgets.NewButton(h.Text("mail.unread"), nil, func() {
		mark(mailbox.Unread)()
		p.mute()
	}), move, widgets.NewButton(h.Text("mail.delete"), base.DeleteIcon(), func() { p.remove(m) }), widgets.NewButton(h.Text("mail.print"), base.DocumentPrintIcon(), p.PrintPage)))
	return out
}

// again shows the message anew once the list is.
func (p *page) again(id int64) { p.message, p.shown, p.wanted = nil, 0, id }

// remove puts a message into the trash, or erases one that lies there.
func (p *page) remove(m *mailbox.Message) {
	h, now := p.h, func() { p.away(func(ctx context.Context) error { return p.box().Delete(ctx, m.ID) }) }
	if i := slices.IndexFunc(p.folders, func(f mailbox.Folder) bool { return f.ID == m.Folder }); i >= 0 && p.folders[i].Role == mailbox.Trash {
		h.Ask(shell.Question{Title: h.Text("mail.erase"), Why: h.Text("mail.erase.why"), Yes: h.Text("mail.erase.yes"), Plain: true, Dangerous: true}, func(string) { now() })
		return
	}
	now()
}

// removeRow removes what the list has under its cursor, once it is shown.
func (p *page) removeRow(i int) {
	switch {
	case p.folder != letters && i < len(p.rows) && p.message != nil && p.message.ID == p.rows[i].ID:
		p.remove(p.message)
	case p.folder == letters && i < len(p.drafts) && p.form != nil && p.form.letter.ID == p.drafts[i].ID && p.form.editable():
		p.form.discard()
	}
}

// away does what takes the message out of the folder, and shows nothing in its place.
func (p *page) away(change func(ctx context.Context) error) {
	p.mute()
	p.do(change)
}

// opened are the attachments that the computer's own programs open without running anything.
var opened = []string{".pdf", ".png", ".jpg", ".jpeg", ".gif", ".txt", ".csv", ".odt", ".ods", ".odp", ".docx", ".xlsx", ".pptx"}

// signed are the attachments that may become a folder of the parapheur: pages and accounting flows.
var signed = []string{".pdf", ".xml"}

func (p *page) file(m *mailbox.Message, f mailbox.Attachment) fyne.CanvasObject {
	h := p.h
	content := shell.Made(f.Name, func(ctx context.Context) ([]byte, error) { return p.o.MailFile(ctx, m.ID, f.Place) })
	ending := strings.ToLower(filepath.Ext(f.Name))
	buttons := widgets.Beside()
	if slices.Contains(opened, ending) {
		buttons.Add(widgets.NewButton(h.Text("mail.file.open"), base.FileIcon(), func() { h.OpenPDF(content) }))
	}
	buttons.Add(widgets.NewButton(h.Text("mail.file.save"), base.DocumentSaveIcon(), func() { h.Save(content) }))
	if slices.Contains(signed, ending) {
		buttons.Add(widgets.NewButton(h.Text("mail.file.folder"), base.MailSendIcon(), func() { p.toFolder(m, f) }))
	}
	name := widgets.NewLabelWithStyle(h.Text("mail.file", "name", f.Name, "size", size(h, f.Size)), fyne.TextAlignLeading, fyne.TextStyle{})
	name.Truncation = fyne.TextTruncateEllipsis
	out := widgets.Wrapped()
	out.Add(widgets.NewCarrier(container.NewBorder(nil, nil, widget.NewIcon(base.MailAttachmentIcon()), nil, name), func() { h.DragOut(content) }))
	out.Add(buttons)
	return out
}

// toFolder makes a folder of the parapheur of an attachment, and shows it.
func (p *page) toFolder(m *mailbox.Message, f mailbox.Attachment) {
	var id string
	p.h.Run(shell.Action{ID: "mail.folder", Label: p.h.Text("mail.folder.doing"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			id, err = p.o.MailToFolder(ctx, m.ID, f.Place)
			return err
		},
		Done: func() {
			p.h.Toast(shell.Done, p.h.Text("mail.folder.done"), nil)
			p.h.Go(shell.Route{Page: "parapheur", Arg: "folder/" + id})
		}})
}
