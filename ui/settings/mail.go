package settings

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Mail is what a person says of a mailbox: the town hall's, or her own. Incoming and Outgoing are addresses with their port: on 143
// and 587 the line begins in the clear and is encrypted before anything is said.
type Mail struct {
	// ID names it; New: it is one more, and has none yet. Own: it is the person's, whom alone Airial shows it to.
	ID                             string
	New, Own                       bool
	Name, Address, Login, Password string
	Incoming, Outgoing             string
	// IncomingPin and OutgoingPin are fingerprints of certificates that a person has compared.
	IncomingPin, OutgoingPin string
	// SignsIn: one signs in with the browser, and there is no password.
	SignsIn bool
}

// mailForm is the section of the mailbox.
type mailForm struct {
	enter                                        *widgets.Button // signs in with the browser, for a mailbox that wants no password
	p                                            *page
	all                                          []Mail
	at                                           int // among all; len(all): one more
	which                                        *widget.Select
	remove                                       *widgets.Button
	own                                          *widget.Check
	remind                                       *widget.Check // this computer reminds people by mail
	state                                        *widgets.CaptionText
	name, address, login, password               *widgets.Entry
	incoming, outgoing, incomingPin, outgoingPin *widgets.Entry
}

func (p *page) mailbox() fyne.CanvasObject {
	h := p.h
	entry := func(key string) *widgets.Entry { return widgets.NewEntry(h.Text(key)) }
	f := &mailForm{p: p, state: widgets.Caption(""), name: entry("settings.mail.name.hint"), address: entry("settings.mail.address.hint"), login: entry("settings.mail.login.hint"),
		password: widgets.NewPassword(h.Text("settings.mail.password.hint")), incoming: entry("settings.mail.incoming.hint"), outgoing: entry("settings.mail.outgoing.hint"),
		incomingPin: entry("settings.mail.pin.hint"), outgoingPin: entry("settings.mail.pin.hint")}
	p.mail = f
	f.enter = widgets.NewButton(h.Text("settings.mail.signin"), base.LoginIcon(), f.signIn)
	f.enter.Hide()
	f.password.OnSubmitted = func(string) { f.save() }
	two := func(a, b fyne.CanvasObject) fyne.CanvasObject { return widgets.Columns(2, a, b) }
	f.which = widget.NewSelect(nil, nil)
	f.own = widget.NewCheck(h.Text("settings.mail.own"), nil)
	f.remind = widget.NewCheck(h.Text("settings.mail.remind"), nil)
	f.remove = widgets.NewButton(h.Text("settings.mail.remove"), base.DeleteIcon(), f.forget)
	return p.section("mail", f.state, widgets.Caption(h.Text("settings.mail.help")),
		container.NewBorder(nil, nil, nil, container.NewHBox(f.remove), f.which),
		two(widgets.Field(h.Text("settings.mail.address"), f.address, ""), widgets.Field(h.Text("settings.mail.name"), f.name, "")),
		two(widgets.Field(h.Text("settings.mail.incoming"), f.incoming, ""), widgets.Field(h.Text("settings.mail.outgoing"), f.outgoing, "")),
		two(widgets.Field(h.Text("settings.mail.login"), f.login, ""), widgets.Field(h.Text("settings.mail.password"), f.password, "")),
		two(widgets.Field(h.Text("settings.mail.incoming.pin"), f.incomingPin, ""), widgets.Field(h.Text("settings.mail.outgoing.pin"), f.outgoingPin, "")),
		widgets.Caption(h.Text("settings.mail.pin.help")), f.own,
		widgets.Beside(widgets.NewButton(h.Text("settings.mail.find"), base.SearchIcon(), f.find), widgets.NewButton(h.Text("settings.mail.do"), base.DocumentSaveIcon(), f.save), widgets.NewButton(h.Text("settings.mail.try"), base.ConfirmIcon(), f.try)), container.NewHBox(f.enter),
		f.remind, widgets.Caption(h.Text("settings.mail.remind.help")))
}

// showRemind tells whether this computer reminds people by mail.
func (f *mailForm) showRemind(on bool) {
	f.remind.OnChanged = nil
	f.remind.SetChecked(on)
	f.remind.OnChanged = func(on bool) {
		f.p.h.Run(shell.Action{ID: "mail.remind", Label: f.p.h.Text("settings.saving"),
			Run:  func(ctx context.Context, _ shell.Progress) error { return f.p.office.SetRemindByMail(ctx, on) },
			Done: func() {},
			Failed: func(err error) {
				f.showRemind(!on)
				f.p.h.Fail(err)
			}})
	}
}

// show offers the mailboxes, and one more; what is being typed stays.
func (f *mailForm) show(all []Mail) {
	f.all = all
	if f.at > len(all) {
		f.at = len(all)
	}
	var words []string
	for _, m := range all {
		words = append(words, m.Address)
	}
	f.which.OnChanged = nil
	f.which.SetOptions(append(words, f.p.h.Text("settings.mail.more")))
	f.which.SetSelectedIndex(f.at)
	f.which.Hidden = len(all) == 0
	f.which.Refresh()
	f.which.OnChanged = func(string) {
		if i := f.which.SelectedIndex(); i >= 0 && i != f.at {
			f.at = i
			f.fill(true)
		}
	}
	f.fill(false)
}

// mail is the mailbox that the form is about.
func (f *mailForm) mail() Mail {
	if f.at < len(f.all) {
		return f.all[f.at]
	}
	return Mail{New: true}
}

// fill shows a mailbox; over says that what was typed of another goes.
func (f *mailForm) fill(over bool) {
	h, m := f.p.h, f.mail()
	f.state.SetText(h.Text("settings.mail.none"))
	if len(f.all) > 0 {
		f.state.SetText(h.Text("settings.mail.one.more"))
	}
	f.enter.Hidden = !m.SignsIn
	f.enter.Refresh()
	f.remove.Hidden = m.New
	f.remove.Refresh()
	if m.Incoming != "" {
		f.state.SetText(h.Text("settings.mail.state", "address", m.Address, "server", m.Incoming))
	}
	if over {
		f.password.SetText("")
	}
	hint := "settings.mail.password.hint"
	if m.New { // there is none that could stay
		hint = "settings.mail.password.new"
	}
	f.password.SetPlaceHolder(h.Text(hint))
	if over || f.address.Text == "" {
		f.own.SetChecked(m.Own)
	}
	for e, value := range map[*widgets.Entry]string{f.name: m.Name, f.address: m.Address, f.login: m.Login, f.incoming: m.Incoming, f.outgoing: m.Outgoing, f.incomingPin: m.IncomingPin, f.outgoingPin: m.OutgoingPin} {
		if over || e.Text == "" {
			e.SetText(value)
		}
	}
}

// forget takes a mailbox off this computer, once the person has been told what goes with it.
func (f *mailForm) forget() {
	h, m := f.p.h, f.mail()
	h.Ask(shell.Question{Title: h.Text("settings.mail.remove.title", "address", m.Address), Why: h.Text("settings.mail.remove.why"), Yes: h.Text("settings.mail.remove.yes"), Plain: true, Dangerous: true}, func(string) {
		h.Run(shell.Action{ID: "mail", Label: h.Text("settings.saving"),
			Run: func(ctx context.Context, _ shell.Progress) error { return f.p.office.SetMail(ctx, Mail{ID: m.ID}) },
			Done: func() {
				f.at = 0
				f.all = nil
				f.fill(true)
				h.Toast(shell.Done, h.Text("settings.mail.removed"), nil)
				f.p.load()
			}})
	})
}

// find fills in the servers of the address, which the person then looks at.
func (f *mailForm) find() {
	h := f.p.h
	address := strings.TrimSpace(f.address.Text)
	var found Mail
	h.Run(shell.Action{ID: "mail.find", Label: h.Text("settings.mail.finding"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			found, err = f.p.office.FindMail(ctx, address)
			return err
		},
		Done: func() {
			f.incoming.SetText(found.Incoming)
			f.outgoing.SetText(found.Outgoing)
			f.login.SetText(found.Login)
			key := "settings.mail.found"
			if found.SignsIn {
				key = "settings.mail.found.signin"
			}
			h.Toast(shell.Done, h.Text(key, "server", found.Incoming), nil)
		}})
}

// signIn has the person sign in with the browser.
func (f *mailForm) signIn() {
	h, account := f.p.h, f.mail().ID
	h.Run(shell.Action{ID: "mail.signin", Label: h.Text("settings.mail.signing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			return f.p.office.SignInMail(ctx, account, func(address string) { h.Schedule(func() { h.Browse(address) }) })
		},
		Done: func() { h.Toast(shell.Done, h.Text("settings.mail.signed"), nil); f.p.load() }})
}

func (f *mailForm) save() {
	h := f.p.h
	text := func(e *widgets.Entry) string { return strings.TrimSpace(e.Text) }
	before := f.mail()
	m := Mail{ID: before.ID, New: before.New, Own: f.own.Checked, Name: text(f.name), Address: text(f.address), Login: text(f.login), Password: f.password.Text, Incoming: text(f.incoming), Outgoing: text(f.outgoing), IncomingPin: text(f.incomingPin), OutgoingPin: text(f.outgoingPin)}
	h.Run(shell.Action{ID: "mail", Label: h.Text("settings.saving"),
		Run: func(ctx context.Context, _ shell.Progress) error { return f.p.office.SetMail(ctx, m) },
		Done: func() {
			f.password.SetText("")
			h.Toast(shell.Done, h.Text("settings.mail.ok"), nil)
			f.p.load()
		}})
}

func (f *mailForm) try() {
	h, account := f.p.h, f.mail().ID
	h.Run(shell.Action{ID: "mail.try", Label: h.Text("settings.mail.trying"),
		Run:  func(ctx context.Context, _ shell.Progress) error { return f.p.office.TryMail(ctx, account) },
		Done: func() { h.Toast(shell.Done, h.Text("settings.mail.answers"), nil) }})
}
