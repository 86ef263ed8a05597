package settings

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Gateway is the door by which business software hands folders over.
type Gateway struct {
	On      bool
	Address string
	TLS     bool
	Made    time.Time // when its password was made, zero: there is none
	URL     string    // where it answers now; empty while it is shut
	Trouble string    // why it could not open
	Calls   []Call    // the last ones, the latest first
}

// Call is one that business software made.
type Call struct {
	At                         time.Time
	Operation, Folder, Outcome string
}

// door is the section of business software.
type door struct {
	p        *page
	on, tls  *widget.Check
	address  *widgets.Entry
	state    *fyne.Container
	password *widgets.Entry // shown once
	once     *fyne.Container
	revoke   *widgets.Button
	calls    *fyne.Container
}

func (p *page) gateway() fyne.CanvasObject {
	d := &door{p: p, address: widgets.NewEntry("127.0.0.1:8186"), state: widgets.Wrapped(), password: widgets.NewEntry(""), calls: widgets.Wrapped()}
	p.door = d
	d.on = widget.NewCheck(p.h.Text("settings.gateway.on"), nil)
	d.tls = widget.NewCheck(p.h.Text("settings.gateway.tls"), nil)
	save := func() {
		on, address, secure := d.on.Checked, strings.TrimSpace(d.address.Text), d.tls.Checked
		p.h.Run(shell.Action{ID: "gateway", Label: p.h.Text("settings.saving"),
			Run: func(ctx context.Context, _ shell.Progress) error {
				return p.office.SetGateway(ctx, on, address, secure)
			},
			Done: func() { p.h.Toast(shell.Done, p.h.Text("settings.gateway.ok"), nil); d.load() }})
	}
	d.address.OnSubmitted = func(string) { save() }
	create := func() {
		var password string
		p.h.Run(shell.Action{ID: "gateway.password", Label: p.h.Text("settings.saving"),
			Run: func(ctx context.Context, _ shell.Progress) (err error) {
				password, err = p.office.NewPassword(ctx)
				return err
			},
			Done: func() {
				d.password.SetText(password)
				d.once.Show()
				p.scroll.Refresh()
				d.load()
			}})
	}
	d.once = container.NewVBox(widgets.Field(p.h.Text("settings.gateway.password"), d.password, p.h.Text("settings.gateway.once")))
	d.once.Hide()
	d.revoke = widgets.NewButton(p.h.Text("settings.gateway.revoke"), base.DeleteIcon(), func() {
		p.h.Run(shell.Action{ID: "gateway.revoke", Label: p.h.Text("settings.saving"),
			Run:  func(ctx context.Context, _ shell.Progress) error { return p.office.RevokePassword(ctx) },
			Done: func() { d.forget(); p.h.Toast(shell.Done, p.h.Text("settings.gateway.revoked"), nil); d.load() }})
	})
	return p.section("gateway", widgets.Caption(p.h.Text("settings.gateway.help")), d.state,
		widgets.Beside(widgets.NewButton(p.h.Text("settings.gateway.make"), base.ContentAddIcon(), create), d.revoke), d.once,
		d.on, widgets.Field(p.h.Text("settings.gateway.address"), d.address, p.h.Text("settings.gateway.address.help")), d.tls,
		widgets.Beside(widgets.NewButton(p.h.Text("settings.gateway.do"), base.DocumentSaveIcon(), save),
			widgets.NewButton(p.h.Text("settings.gateway.look"), base.ViewRefreshIcon(), d.load)), d.calls)
}

// forget takes the password off the screen: it is shown once.
func (d *door) forget() {
	d.password.SetText("")
	d.once.Hide()
}

func (d *door) load() { shell.Load(d.p.h, "gateway", d.p.office.Gateway, d.show) }

func (d *door) show(g Gateway) {
	h := d.p.h
	d.on.SetChecked(g.On)
	d.tls.SetChecked(g.TLS)
	d.address.SetText(g.Address)
	d.revoke.Hidden = g.Made.IsZero()
	d.revoke.Refresh()
	var note fyne.CanvasObject
	switch {
	case g.Trouble != "":
		note = widgets.NewNote(widgets.Late, g.Trouble)
	case g.URL != "":
		note = widgets.NewNote(widgets.Done, h.Text("settings.gateway.open", "url", g.URL))
	case g.On:
		note = widgets.NewNote(widgets.Waiting, h.Text("settings.gateway.opening"))
	default:
		note = widgets.NewNote(widgets.Plain, h.Text("settings.gateway.shut"))
	}
	d.state.Objects = []fyne.CanvasObject{note}
	if g.Made.IsZero() {
		d.state.Add(widgets.Caption(h.Text("settings.gateway.nopassword")))
	} else {
		d.state.Add(widgets.Caption(h.Text("settings.gateway.made", "day", lang.Day(g.Made))))
	}
	shell.LayOut(h, d.state)
	d.calls.Objects = nil
	if len(g.Calls) > 0 {
		d.calls.Add(widgets.Caption(h.Text("settings.gateway.calls")))
	}
	for _, c := range g.Calls {
		m := widgets.Done
		if c.Outcome != "OK" {
			m = widgets.Late
		}
		d.calls.Add(widgets.NewNote(m, strings.Join(strings.Fields(lang.Recent(c.At, h.Now())+" · "+c.Operation+" "+c.Folder+" · "+c.Outcome), " ")))
	}
	shell.LayOut(h, d.calls)
	d.p.scroll.Refresh()
}
