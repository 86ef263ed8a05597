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

// Draft is a draft of deliberation that an attachment may be joined to.
type Draft struct{ ID, Title string }

// opening is a message with what stands around it.
type opening struct {
	message *mailbox.Message
	thread  []mailbox.Summary
	care    mailbox.Care
	events  map[int][]mailbox.Event // by the place of their attachment
	drafts  []Draft
	fate    mailbox.Fate
	person  string
	names   map[string]string
}

// maxInvitation is the largest calendar that is read to be shown.
const maxInvitation = 512 << 10

// around reads what stands around a message.
func (p *page) around(ctx context.Context, m *mailbox.Message, folders []mailbox.Folder) (o opening, err error) {
	o = opening{message: m, events: map[int][]mailbox.Event{}}
	if o.thread, err = p.box().Thread(ctx, m.ID); err != nil {
		return o, err
	}
	if o.care, err = p.o.Team().Of(ctx, m.MessageID); err != nil {
		return o, err
	}
	if m.Parsed.MessageID != "" && slices.ContainsFunc(folders, func(f mailbox.Folder) bool { return f.ID == m.Folder && f.Role == mailbox.Sent }) {
		if o.fate, err = p.box().Fate(ctx, m.Parsed.MessageID); err != nil {
			return o, err
		}
	}
	if o.person, err = p.o.Person(ctx); err != nil {
		return o, err
	}
	if o.names, err = p.o.Called(ctx); err != nil {
		return o, err
	}
	for _, f := range m.Files {
		if (f.Type == "text/calendar" || strings.EqualFold(filepath.Ext(f.Name), ".ics")) && f.Size <= maxInvitation {
			raw, err := p.o.MailFile(ctx, m.ID, f.Place)
			if err != nil {
				return o, err
			}
			if events, err := mailbox.Events(raw); err == nil { // what cannot be read is an attachment like others
				o.events[f.Place] = events
			}
		}
	}
	if len(m.Files) > 0 {
		o.drafts, err = p.o.Drafts(ctx)
	}
	return o, err
}

// seen is who sees to the message, and what the person can do about it.
func (p *page) seen(o opening) []fyne.CanvasObject {
	m := o.message
	if m.MessageID == "" || o.person == "" || p.account.Own { // nobody else sees one's own mailbox
		return nil
	}
	act := func(key string, do func(ctx context.Context, person, messageID string) error) *widgets.Button {
		return widgets.NewButton(p.h.Text("mail.care."+key), nil, func() {
			shell.Do(p.h, shell.Deed{ID: "mail.care", Label: p.h.Text("mail.care.doing"), Done: p.h.Text("mail.care." + key + ".done"), Person: p.o.Person,
				Run:  func(ctx context.Context, person string) error { return do(ctx, person, m.MessageID) },
				Then: p.load})
		})
	}
	name := o.names[o.care.Person]
	switch {
	case o.care.Person == "":
		return []fyne.CanvasObject{container.NewHBox(act("take", p.o.Team().Take))}
	case o.care.Done:
		return []fyne.CanvasObject{widgets.NewNote(widgets.Done, p.h.Text("mail.care.is.done", "person", name, "when", lang.DayHour(o.care.At.Local()))), container.NewHBox(act("take", p.o.Team().Take))}
	case o.care.Person == o.person:
		return []fyne.CanvasObject{widgets.NewNote(widgets.Waiting, p.h.Text("mail.care.is.mine")), container.NewHBox(act("finish", p.o.Team().Finish), act("release", p.o.Team().Release))}
	}
	return []fyne.CanvasObject{widgets.NewNote(widgets.Late, p.h.Text("mail.care.is.other", "person", name, "when", lang.DayHour(o.care.At.Local())))}
}

// reported is what others said of a letter that was sent: it came back, it is late, it was read. The message that says so says it
// in French too, where it speaks of a letter that is here: anybody can write one.
func (p *page) reported(o opening) (out []fyne.CanvasObject) {
	meanings := map[mailbox.ReportKind]widgets.Meaning{mailbox.Failed: widgets.Refused, mailbox.Delayed: widgets.Late, mailbox.Deleted: widgets.Late, mailbox.Displayed: widgets.Done, mailbox.Delivered: widgets.Done}
	reports := o.fate.Reports
	if len(o.thread) > 1 {
		reports = append(reports[:len(reports):len(reports)], o.message.Reports...)
	}
	for _, r := range reports {
		out = append(out, widgets.NewNote(meanings[r.Kind], p.h.Text("mail.report."+string(r.Kind), "who", r.Recipient, "when", lang.DayHour(r.At.Local()), "words", lang.Typography(r.Words))))
	}
	return out
}

// conversation are the other messages of the same exchange, the oldest first.
func (p *page) conversation(o opening) []fyne.CanvasObject {
	if len(o.thread) < 2 {
		return nil
	}
	box := widgets.Wrapped()
	for _, s := range o.thread {
		if s.ID == o.message.ID {
			box.Add(widgets.Caption(p.h.Text("mail.thread.here", "when", lang.DayHour(s.At.Local()))))
			continue
		}
		who := s.Sender
		if who == "" {
			who = s.Address
		}
		b := widgets.NewButton(p.h.Text("mail.thread.line", "who", who, "when", lang.DayHour(s.At.Local()), "snippet", s.Snippet), nil, func() { p.open(s.ID) })
		b.Alignment, b.Importance = widget.ButtonAlignLeading, widget.LowImportance
		box.Add(container.NewHScroll(b))
	}
	a := widget.NewAccordion(widget.NewAccordionItem(p.h.Text("mail.thread", "n", len(o.thread)), box))
	if len(o.message.Reports) > 0 { // which letter it is about is what one asks
		a.Open(0)
	}
	return []fyne.CanvasObject{a}
}

// invitation shows the events of a calendar that came, and answers them.
func (p *page) invitation(o opening, f mailbox.Attachment) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, e := range o.events[f.Place] {
		key := "mail.event"
		meaning := widgets.Waiting
		if e.Method == "CANCEL" {
			key, meaning = "mail.event.cancelled", widgets.Late
		}
		when := p.h.Text("mail.event.noday")
		if !e.Start.IsZero() {
			when = lang.DayHour(e.Start.Local())
		}
		text := p.h.Text(key, "title", e.Title, "when", when)
		for _, more := range []string{e.Where, e.Organizer} {
			if more != "" {
				text += "\n" + more
			}
		}
		out = append(out, widgets.NewNote(meaning, text))
	}
	if o.message.Answered && len(out) > 0 {
		out = append(out, widgets.Caption(p.h.Text("mail.event.already")))
	}
	if events := o.events[f.Place]; len(events) == 1 && events[0].Method == "REQUEST" && events[0].Organizer != "" {
		answer := func(accepted bool) func() {
			return func() {
				p.h.Run(shell.Action{ID: "mail.invitation", Label: p.h.Text("mail.event.answering"), Run: func(ctx context.Context, _ shell.Progress) error {
					return p.o.AnswerInvitation(ctx, o.message.ID, f.Place, accepted)
				}, Done: func() { p.h.Toast(shell.Done, p.h.Text("mail.event.answered"), nil) }})
			}
		}
		out = append(out, container.NewHBox(widgets.NewButton(p.h.Text("mail.event.accept"), base.ConfirmIcon(), answer(true)), widgets.NewButton(p.h.Text("mail.event.decline"), base.CancelIcon(), answer(false))))
	}
	return out
}

// scanned are the attachments that may be a notice's page.
var scanned = []string{".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff"}

// uses are what an attachment becomes in one gesture, beside a folder of the parapheur.
func (p *page) uses(o opening, f mailbox.Attachment) fyne.CanvasObject {
	m := o.message
	line := widgets.Beside()
	if mailbox.IsProgram(f.Name) { // nobody files one
		return line
	}
	if slices.Contains(scanned, strings.ToLower(filepath.Ext(f.Name))) {
		line.Add(widgets.NewButton(p.h.Text("mail.file.notice"), base.DocumentIcon(), func() {
			p.h.Ask(shell.Question{Title: p.h.Text("mail.file.notice"), Why: p.h.Text("mail.file.notice.why"), Placeholder: p.h.Text("mail.file.notice.hint"), Yes: p.h.Text("mail.file.notice.yes"), Required: true}, func(name string) {
				var id string
				p.h.Run(shell.Action{ID: "mail.notice", Label: p.h.Text("mail.folder.doing"), Run: func(ctx context.Context, _ shell.Progress) (err error) {
					id, err = p.o.MailToNotice(ctx, m.ID, f.Place, name)
					return err
				}, Done: func() {
					p.h.Toast(shell.Done, p.h.Text("mail.file.notice.done"), nil)
					p.h.Go(shell.Route{Page: "civilstatus", Arg: "incoming/" + id})
				}})
			})
		}))
	}
	line.Add(widgets.NewButton(p.h.Text("mail.file.vault"), base.StorageIcon(), func() {
		var name string
		p.h.Run(shell.Action{ID: "mail.vault", Label: p.h.Text("mail.folder.doing"), Run: func(ctx context.Context, _ shell.Progress) (err error) {
			name, err = p.o.MailToVault(ctx, m.ID, f.Place)
			return err
		}, Done: func() { p.h.Toast(shell.Done, p.h.Text("mail.file.vault.done", "name", name), nil) }})
	}))
	titles := []string{p.h.Text("mail.file.draft.new")}
	for _, d := range o.drafts {
		titles = append(titles, d.Title)
	}
	draft := widget.NewSelect(titles, nil)
	draft.PlaceHolder = p.h.Text("mail.file.draft")
	draft.OnChanged = func(string) {
		i := draft.SelectedIndex()
		if i < 0 {
			return
		}
		to := ""
		if i > 0 {
			to = o.drafts[i-1].ID
		}
		draft.ClearSelected() // another point may be chosen after it
		var id string
		p.h.Run(shell.Action{ID: "mail.draft", Label: p.h.Text("mail.folder.doing"), Run: func(ctx context.Context, _ shell.Progress) (err error) {
			id, err = p.o.MailToDraft(ctx, m.ID, f.Place, to)
			return err
		}, Done: func() {
			p.h.Toast(shell.Done, p.h.Text("mail.file.draft.done"), nil)
			p.h.Go(shell.Route{Page: "council", Arg: "deliberation/" + id})
		}})
	}
	line.Add(draft)
	return line
}
