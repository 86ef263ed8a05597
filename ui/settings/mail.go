package settings

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Mail is what a person says of the town hall's mailbox. Incoming and Outgoing are addresses with their port: on 143
// and 587 the line begins in the clear and is encrypted before anything is said.
type Mail struct {
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
	two := func(a, b fyne.CanvasObject) fyne.CanvasObject { return container.NewGridWithColumns(2, a, b) }
	return p.section("mail", f.state, widgets.Caption(h.Text("settings.mail.help")),
		two(widgets.Field(h.Text("settings.mail.address"), f.address, ""), widgets.Field(h.Text("settings.mail.name"), f.name, "")),
		two(widgets.Field(h.Text("settings.mail.incoming"), f.incoming, ""), widgets.Field(h.Text("settings.mail.outgoing"), f.outgoing, "")),
		two(widgets.Field(h.Text("settings.mail.login"), f.login, ""), widgets.Field(h.Text("settings.mail.password"), f.password, "")),
		two(widgets.Field(h.Text("settings.mail.incoming.pin"), f.incomingPin, ""), widgets.Field(h.Text("settings.mail.outgoing.pin"), f.outgoingPin, "")),
		widgets.Caption(h.Text("settings.mail.pin.help")),
		container.NewHBox(widgets.NewButton(h.Text("settings.mail.find"), base.SearchIcon(), f.find), widgets.NewButton(h.Text("settings.mail.do"), base.DocumentSaveIcon(), f.save), widgets.NewButton(h.Text("settings.mail.try"), base.ConfirmIcon(), f.try), f.enter))
}

func (f *mailForm) show(m Mail) {
	h := f.p.h
	f.state.SetText(h.Text("settings.mail.none"))
	f.enter.Hidden = !m.SignsIn
	f.enter.Refresh()
	if m.Incoming != "" {
		f.state.SetText(h.Text("settings.mail.state", "address", m.Address, "server", m.Incoming))
	}
	for e, value := range map[*widgets.Entry]string{f.name: m.Name, f.address: m.Address, f.login: m.Login, f.incoming: m.Incoming, f.outgoing: m.Outgoing, f.incomingPin: m.IncomingPin, f.outgoingPin: m.OutgoingPin} {
		if e.Text == "" { // what is being typed stays
			e.SetText(value)
		}
	}
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
	h := f.p.h
	h.Run(shell.Action{ID: "mail.signin", Label: h.Text("settings.mail.signing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			return f.p.office.SignInMail(ctx, func(address string) { h.Schedule(func() { h.Browse(address) }) })
		},
		Done: func() { h.Toast(shell.Done, h.Text("settings.mail.signed"), nil); f.p.load() }})
}

func (f *mailForm) save() {
	h := f.p.h
	text := func(e *widgets.Entry) string { return strings.TrimSpace(e.Text) }
	m := Mail{Name: text(f.name), Address: text(f.address), Login: text(f.login), Password: f.password.Text, Incoming: text(f.incoming), Outgoing: text(f.outgoing), IncomingPin: text(f.incomingPin), OutgoingPin: text(f.outgoingPin)}
	h.Run(shell.Action{ID: "mail", Label: h.Text("settings.saving"),
		Run: func(ctx context.Context, _ shell.Progress) error { return f.p.office.SetMail(ctx, m) },
		Done: func() {
			f.password.SetText("")
			h.Toast(shell.Done, h.Text("settings.mail.ok"), nil)
			f.p.load()
		}})
}

func (f *mailForm) try() {
	h := f.p.h
	h.Run(shell.Action{ID: "mail.try", Label: h.Text("settings.mail.trying"),
		Run:  func(ctx context.Context, _ shell.Progress) error { return f.p.office.TryMail(ctx) },
		Done: func() { h.Toast(shell.Done, h.Text("settings.mail.answers"), nil) }})
}
