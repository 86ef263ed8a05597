// Package mail is the page of the town hall's mail: its folders, a message as a safe text, and the letters that one writes.
//
//	┌ dossiers ────┬ messages ─────────────┬ message ─────────────────────┐
//	│ [Mairie ▾]   │                       │                              │
//	│ Réception 3  │ [Chercher…]           │ [Répondre] [Transférer] …    │
//	│ Envoyés      │ Devis toiture         │ Devis toiture                │
//	│ Corbeille    │   Ève Exemple · hier  │ Ève Exemple <eve@…>          │
//	│ Brouillons…  │ Réunion               │ devis.pdf [Ouvrir] [Parapheur]│
//	│ [Nouveau]    │   …                   │ Bonjour, …                   │
//	└──────────────┴───────────────────────┴──────────────────────────────┘
//
// Where several mailboxes are set (the town hall's, that several read, and one's own), the first line chooses which one is shown.
//
// Keys: arrows in the lists, Ctrl+F to search, Ctrl+P to print the message.
package mail

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "mail"

// Stream is told like a stream of the journal when the mail has changed.
const Stream = "mail/"

// Account is a mailbox that the person may see, and how it stands.
type Account struct {
	ID            string // as the mailbox package names it
	Name, Address string
	// Own: it is the person's own, and nobody else's.
	Own     bool
	Unread  int
	Running bool
	Last    time.Time
	Trouble error
	// Stays: the trouble is there until a person sees to it in the settings.
	Stays bool
}

// Office is what this page asks of the program. All methods but WakeMail and ViewMail run off the window's thread.
type Office interface {
	// Mailbox is the mail of the first mailbox; Of gives another's.
	Mailbox() *mailbox.Box
	// MailAccounts are the mailboxes that the person may see, the town hall's first.
	MailAccounts(ctx context.Context) ([]Account, error)
	// Team is who answers what.
	Team() *mailbox.Team
	Person(ctx context.Context) (string, error)
	// Addresses are those of the town hall's people.
	Addresses(ctx context.Context) ([]mailbox.Address, error)
	// Called gives people's names by their ids.
	Called(ctx context.Context) (map[string]string, error)
	// Drafts gives the drafts of deliberation; MailToDraft joins an attachment to one, or to a new one.
	Drafts(ctx context.Context) ([]Draft, error)
	MailToDraft(ctx context.Context, message int64, place int, draft string) (string, error)
	// MailToNotice records an attachment as a notice of mention that came.
	MailToNotice(ctx context.Context, message int64, place int, lastName string) (string, error)
	// MailToVault keeps an attachment in the person's own space of the vault, and gives its name there.
	MailToVault(ctx context.Context, message int64, place int) (string, error)
	AnswerInvitation(ctx context.Context, message int64, place int, accepted bool) error
	// WakeMail has the server told soon of what was done here, and asked what is new. It waits for nothing.
	WakeMail()
	// ViewMail tells which folder of which mailbox is in view, beside the inbox: it is looked into at once, and followed while it is
	// in view; an empty name tells that there is none. It waits for nothing.
	ViewMail(account, folder string)
	// SendLetter has a letter leave as soon as there is a line.
	SendLetter(ctx context.Context, id string) error
	// JoinFile joins a file of the disk to a letter.
	JoinFile(ctx context.Context, letter, path string) error
	// MailFile gives an attachment.
	MailFile(ctx context.Context, message int64, place int) ([]byte, error)
	// MailToFolder makes a folder of the parapheur of an attachment, and gives its id.
	MailToFolder(ctx context.Context, message int64, place int) (string, error)
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: base.MailComposeIcon(), TitleKey: "shell.page.mail",
		New: func(h shell.Host) shell.Page { return newPage(h, o) },
		Badge: func(ctx context.Context) (n int, err error) {
			all, err := o.MailAccounts(ctx)
			for _, a := range all {
				n += a.Unread
			}
			return n, err
		}}
}

// shownAtOnce is how many messages of a folder are listed; older ones are found by searching.
const shownAtOnce = 2_000

// letters is the place, among the folders, of what one writes.
const letters = -1

type page struct {
	h        shell.Host
	o        Office
	accounts []Account
	account  Account // that is shown; the zero value while none is set
	folders  []mailbox.Folder
	folder   int64 // letters, or the id of one
	rows     []mailbox.Summary
	drafts   []mailbox.Letter
	cares    mailbox.Cares // who sees to what
	names    map[string]string
	person   string
	message  *mailbox.Message // that is read
	shown    int64
	wanted   int64 // a message to show once it is listed
	form     *form // the letter being written

	which        *widget.Select  // of the mailboxes
	left         *fyne.Container // gives it its room once there are several
	places, list *widgets.List
	search       *widgets.Entry
	line         *widgets.CaptionText
	mend         *widgets.Button // leads to the settings, where there is something to see to
	empty        *fyne.Container
	side         *fyne.Container
	scroll       *widgets.Scroll
	content      fyne.CanvasObject
	keep         func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, side: widgets.Wrapped(), empty: container.NewStack(), line: widgets.Caption(""), search: widgets.NewEntry(h.Text("mail.search"))}
	p.places = widgets.NewList(h.Now, func() int { return len(p.folders) + 1 }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.place)
	p.places.OnCursor = func(i int) {
		to := int64(letters)
		if i < len(p.folders) {
			to = p.folders[i].ID
		}
		if to != p.folder {
			p.folder = to
			if p.form == nil {
				p.mute() // what is read is of another folder
			}
			p.search.SetText("")
			p.load()
		}
	}
	p.list = widgets.NewList(h.Now, func() int {
		if p.folder == letters {
			return len(p.drafts)
		}
		return len(p.rows)
	}, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.OnCursor = func(i int) {
		switch {
		case p.folder == letters && i < len(p.drafts):
			p.openLetter(p.drafts[i].ID)
		case p.folder != letters && i < len(p.rows):
			p.open(p.rows[i].ID)
		}
	}
	p.list.OnDelete = p.removeRow
	p.search.OnChanged = func(string) { p.load() }
	p.scroll = widgets.NewScroll(p.side)
	p.which = widget.NewSelect(nil, nil)
	p.which.Hide()
	write := widgets.NewPrimary(h.Text("mail.new"), base.MailComposeIcon(), func() { p.write(mailbox.Letter{}) })
	check := widgets.NewButton(h.Text("mail.check"), base.ViewRefreshIcon(), func() { p.o.WakeMail() })
	p.mend = widgets.NewButton(h.Text("mail.unset.do"), base.SettingsIcon(), p.settings)
	p.mend.Hide()
	p.left = container.NewBorder(container.NewVBox(p.which, write), container.NewVBox(p.line, p.mend, check), nil, nil, p.places)
	p.content, p.keep = widgets.Panes(h.Preferences(), "mail", []float64{0.19, 0.4},
		p.left,
		container.NewBorder(p.search, nil, nil, nil, container.NewStack(p.list, p.empty)), p.scroll)
	return p
}

func (p *page) Route() shell.Route {
	if p.shown > 0 {
		return shell.Route{Page: Name, Arg: "mail/" + strconv.FormatInt(p.shown, 10)}
	}
	return shell.Route{Page: Name}
}
func (p *page) Title() string              { return p.h.Text("shell.page.mail") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep(); p.o.ViewMail("", "") }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.places} }
func (p *page) Find()                      { widgets.Focus(p.content, p.search) }

func (p *page) Show(r shell.Route) {
	if id, err := strconv.ParseInt(strings.TrimPrefix(r.Arg, "mail/"), 10, 64); err == nil {
		p.wanted = id
	}
	p.h.Changes([]string{Stream, mailbox.CarePrefix}, p.load)
	p.load()
}

func (p *page) load() {
	type all struct {
		accounts []Account
		account  Account
		folders  []mailbox.Folder
		folder   int64
		rows     []mailbox.Summary
		drafts   []mailbox.Letter
		cares    mailbox.Cares
		names    map[string]string
		person   string
	}
	folder, words, account := p.folder, strings.TrimSpace(p.search.Text), p.account.ID
	shell.Load(p.h, "list", func(ctx context.Context) (a all, err error) {
		if a.accounts, err = p.o.MailAccounts(ctx); err != nil {
			return a, err
		}
		if i := slices.IndexFunc(a.accounts, func(x Account) bool { return x.ID == account }); i >= 0 {
			a.account = a.accounts[i]
		} else if len(a.accounts) > 0 {
			a.account = a.accounts[0]
		}
		box := p.o.Mailbox().Of(a.account.ID)
		if a.folders, err = box.Folders(ctx); err != nil {
			return a, err
		}
		if a.folder = folder; folder != letters && len(a.folders) > 0 && !slices.ContainsFunc(a.folders, func(f mailbox.Folder) bool { return f.ID == folder }) {
			a.folder = a.folders[0].ID
		}
		if a.drafts, err = box.Letters(ctx); err != nil {
			return a, err
		}
		if !a.account.Own {
			if a.cares, err = p.o.Team().All(ctx); err != nil {
				return a, err
			}
		}
		if a.names, err = p.o.Called(ctx); err != nil {
			return a, err
		}
		if a.person, err = p.o.Person(ctx); err != nil {
			return a, err
		}
		if words != "" && a.folder != letters {
			a.rows, err = box.Search(ctx, words, 200)
		} else {
			a.rows, err = box.Messages(ctx, a.folder, shownAtOnce)
		}
		return a, err
	}, func(a all) {
		if a.account.ID != p.account.ID { // the mailbox in view is the person's no more
			p.form = nil
			p.mute()
		}
		p.accounts, p.account, p.folders, p.folder, p.rows, p.drafts = a.accounts, a.account, a.folders, a.folder, a.rows, a.drafts
		taken := p.message != nil && p.cares.Of(p.message.MessageID) != a.cares.Of(p.message.MessageID)
		p.cares, p.names, p.person = a.cares, a.names, a.person
		if taken { // somebody took the message that is read, or gave it back
			p.again(p.shown)
		}
		p.choices()
		p.show()
		p.view()
	})
}

// view tells which folder is in view. The inbox is followed anyway.
func (p *page) view() {
	folder := ""
	if i := slices.IndexFunc(p.folders, func(f mailbox.Folder) bool { return f.ID == p.folder }); i >= 0 && p.folders[i].Role != mailbox.Inbox {
		folder = p.folders[i].Name
	}
	p.o.ViewMail(p.account.ID, folder)
}

func (p *page) show() {
	p.line.SetText(p.sentence())
	if hidden := !p.account.Stays; p.mend.Hidden != hidden {
		p.mend.Hidden = hidden
		shell.LayOut(p.h, p.left)
	}
	p.places.Refresh()
	p.list.Refresh()
	at := len(p.folders)
	if p.folder != letters {
		at = slices.IndexFunc(p.folders, func(f mailbox.Folder) bool { return f.ID == p.folder })
	}
	if at >= 0 && p.places.Cursor() != at {
		p.places.SetCursor(at)
	}
	p.empty.Objects = nil
	icon := base.MailComposeIcon()
	switch {
	case len(p.accounts) == 0 && p.folder != letters:
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(icon, p.h.Text("mail.unset"), p.h.Text("mail.unset.text"),
			widgets.NewPrimary(p.h.Text("mail.unset.do"), base.SettingsIcon(), p.settings))}
	case p.folder == letters && len(p.drafts) == 0:
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(icon, p.h.Text("mail.letters.none"), p.h.Text("mail.letters.text"), nil)}
	case p.folder != letters && len(p.rows) == 0 && strings.TrimSpace(p.search.Text) != "":
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(icon, p.h.Text("mail.search.none"), p.h.Text("mail.search.text"), nil)}
	case p.folder != letters && len(p.folders) == 0: // nothing has come yet
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(icon, p.h.Text("mail.first"), p.sentence(), nil)}
	case p.folder != letters && len(p.rows) == 0:
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(icon, p.h.Text("mail.none"), p.h.Text("mail.none.text"), nil)}
	}
	p.empty.Refresh()
	if p.form != nil {
		p.form.follow(p.drafts)
		return
	}
	switch {
	case p.wanted != 0:
		id := p.wanted
		p.wanted = 0
		p.open(id)
	case p.shown == 0 || p.message != nil && p.message.State == mailbox.Listed:
		p.mute()
	case p.message != nil && p.message.State == mailbox.Begun && slices.ContainsFunc(p.rows, func(s mailbox.Summary) bool { return s.ID == p.shown && s.State == mailbox.Whole }):
		id := p.shown
		p.message, p.shown = nil, 0 // the rest of it has come
		p.open(id)
	}
	if p.folder == letters {
		return
	}
	if i := slices.IndexFunc(p.rows, func(s mailbox.Summary) bool { return s.ID == p.shown }); i >= 0 {
		p.list.Select(i)
	} else {
		p.list.Reset() // the row where the cursor stood is another message's, which a click must open
	}
}

// settings leads to where mailboxes are set.
func (p *page) settings() { p.h.Go(shell.Route{Page: "settings", Arg: "mail"}) }

// sentence says how the mail stands, under the folders.
func (p *page) sentence() string {
	switch {
	case len(p.accounts) == 0:
		return ""
	case p.account.Trouble != nil:
		return shell.What(p.h, p.account.Trouble)
	case p.account.Running:
		return p.h.Text("mail.running")
	case !p.account.Last.IsZero():
		return p.h.Text("mail.last", "when", lang.Recent(p.account.Last.Local(), p.h.Now()))
	}
	return p.h.Text("mail.waiting")
}

// box is the mail of the mailbox that is shown.
func (p *page) box() *mailbox.Box { return p.o.Mailbox().Of(p.account.ID) }

// choices shows which mailboxes there are, once there are several, with what is unread in each.
func (p *page) choices() {
	words := p.words()
	p.which.OnChanged = nil
	p.which.SetOptions(words)
	for i, a := range p.accounts {
		if a.ID == p.account.ID {
			p.which.SetSelectedIndex(i)
		}
	}
	p.which.Hidden = len(words) < 2
	p.which.OnChanged = func(string) {
		if i := p.which.SelectedIndex(); i >= 0 && i < len(p.accounts) {
			p.turnTo(p.accounts[i])
		}
	}
	p.which.Refresh()
	shell.LayOut(p.h, p.left)
}

// words name the mailboxes, each in its own way: a name that two have is followed by the address.
func (p *page) words() (out []string) {
	for i, a := range p.accounts {
		word := a.Name
		if word == "" || slices.ContainsFunc(p.accounts, func(b Account) bool { return b.ID != a.ID && b.Name == a.Name }) {
			word = a.Address
		}
		if slices.Contains(out, word) {
			word += " (" + lang.Number(i+1) + ")"
		}
		if a.Unread > 0 {
			word = p.h.Text("mail.account.unread", "name", word, "n", a.Unread)
		}
		out = append(out, word)
	}
	return out
}

// turnTo shows another mailbox.
func (p *page) turnTo(a Account) {
	if a.ID == p.account.ID {
		return
	}
	p.leaveForm()
	p.account, p.folder = a, 0
	p.mute()
	p.search.SetText("")
	p.load()
}

// folderName is a role's word, or the folder's own.
func (p *page) folderName(f mailbox.Folder) string {
	if f.Role == "" {
		return f.Leaf
	}
	return p.h.Text("mail.role." + string(f.Role))
}

func (p *page) place(i int, _ bool, o fyne.CanvasObject) {
	row := o.(*widgets.Row)
	if i >= len(p.folders) {
		meaning, badge := widgets.Plain, ""
		if n := len(p.drafts); n > 0 {
			meaning, badge = widgets.Waiting, lang.Number(n)
		}
		row.Set(p.h.Text("mail.letters"), "", len(p.drafts) > 0, false, meaning, badge)
		return
	}
	f := p.folders[i]
	badge := ""
	if f.Unread > 0 {
		badge = lang.Number(f.Unread)
	}
	row.Set(p.folderName(f), p.h.Text("mail.count", "n", f.Total), f.Unread > 0, false, widgets.Plain, badge)
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	row := o.(*widgets.Row)
	if p.folder == letters {
		if i < len(p.drafts) {
			l := p.drafts[i]
			meaning := widgets.Plain
			switch l.State {
			case mailbox.Queued, mailbox.Sending, mailbox.Gone:
				meaning = widgets.Waiting
			case mailbox.Doubtful, mailbox.Refused:
				meaning = widgets.Refused
			}
			row.Set(p.subject(l.Subject), l.To, false, false, meaning, p.h.Text("mail.state."+string(l.State)))
		}
		return
	}
	if i >= len(p.rows) {
		return
	}
	m := p.rows[i]
	who := m.Sender
	if who == "" {
		who = m.Address
	}
	subject := p.subject(m.Subject)
	if m.State == mailbox.Listed {
		subject = p.h.Text("mail.coming")
	}
	meaning, badge := p.care(m)
	switch {
	case m.Failed:
		meaning, badge = widgets.Refused, p.h.Text("mail.failed")
	case badge != "":
	case m.Flagged:
		meaning, badge = widgets.Late, p.h.Text("mail.flagged")
	case m.Attachments:
		badge = p.h.Text("mail.attached")
	case m.Answered:
		meaning, badge = widgets.Done, p.h.Text("mail.answered")
	}
	row.Set(subject, p.h.Text("mail.row", "who", who, "when", lang.Recent(m.At.Local(), p.h.Now())), !m.Read, false, meaning, badge)
}

// care says in a row who sees to a message.
func (p *page) care(m mailbox.Summary) (widgets.Meaning, string) {
	c := p.cares.Of(m.Named)
	switch {
	case c.Person == "":
		return widgets.Plain, ""
	case c.Done:
		return widgets.Done, p.h.Text("mail.care.row.done")
	case c.Person == p.person:
		return widgets.Waiting, p.h.Text("mail.care.row.mine")
	}
	return widgets.Waiting, p.names[c.Person]
}

func (p *page) subject(s string) string {
	if s == "" {
		return p.h.Text("mail.nosubject")
	}
	return s
}

// mute shows that nothing is being read.
func (p *page) mute() {
	p.message, p.shown = nil, 0
	p.list.UnselectAll()
	p.lay(nil)
}

func (p *page) lay(objects []fyne.CanvasObject) {
	p.side.Objects = objects
	shell.LayOut(p.h, p.side)
	p.scroll.ScrollTo(0)
}

// do changes a message, here at once; the server is told when there is a line.
func (p *page) do(change func(ctx context.Context) error) {
	p.h.Run(shell.Action{ID: "mail.do", Label: p.h.Text("mail.doing"),
		Run:  func(ctx context.Context, _ shell.Progress) error { return change(ctx) },
		Done: func() { p.o.WakeMail(); p.load() }})
}
