package settings

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// ThirdParty is what a person says of the trusted third party (tiers de télétransmission).
type ThirdParty struct {
	URL, Login string
	// Certificate and Authority are paths; empty: those that were kept before.
	Certificate, Authority string
	// Passphrase opens the certificate; Password goes with Login.
	Passphrase, Password string
}

// ThirdPartyState is what is set of it.
type ThirdPartyState struct {
	URL, Login string
	// Holder is whom the certificate names, until NotAfter.
	Holder   string
	NotAfter time.Time
}

// thirdPartyForm is the section of the third party.
type thirdPartyForm struct {
	p                                *page
	state                            *widgets.CaptionText
	url, login, password, passphrase *widgets.Entry
	certificate, authority           *widgets.CaptionText
	certificatePath, authorityPath   string
}

// thirdParty is the section from which flows and acts leave.
func (p *page) thirdParty() fyne.CanvasObject {
	h := p.h
	f := &thirdPartyForm{p: p, state: widgets.Caption(""), url: widgets.NewEntry(h.Text("settings.tdt.url.hint")), login: widgets.NewEntry(h.Text("settings.tdt.optional")),
		password: widgets.NewPassword(h.Text("settings.tdt.optional")), passphrase: widgets.NewPassword(h.Text("settings.tdt.passphrase.hint")), certificate: widgets.Caption(h.Text("settings.tdt.certificate.none")), authority: widgets.Caption(h.Text("settings.tdt.authority.none"))}
	p.tdt = f
	pick := func(title string, extensions []string, path *string, shown *widgets.CaptionText) func() {
		return func() {
			h.PickFiles(shell.Files{Title: title, Extensions: extensions}, func(paths []string) {
				if len(paths) > 0 {
					*path = paths[0]
					shown.SetText(h.Text("settings.tdt.chosen", "file", filepath.Base(paths[0])))
				}
			})
		}
	}
	f.url.OnSubmitted = func(string) { f.save() }
	f.passphrase.OnSubmitted = func(string) { f.save() }
	return p.section("tdt", f.state, widgets.Caption(h.Text("settings.tdt.help")),
		widgets.Field(h.Text("settings.tdt.url"), f.url, ""),
		widgets.Columns(2, widgets.Field(h.Text("settings.tdt.login"), f.login, ""), widgets.Field(h.Text("settings.tdt.password"), f.password, "")),
		widgets.Beside(widgets.NewButton(h.Text("settings.tdt.certificate"), base.FolderOpenIcon(), pick(h.Text("settings.tdt.certificate"), []string{".p12", ".pfx"}, &f.certificatePath, f.certificate))), f.certificate,
		widgets.Field(h.Text("settings.tdt.passphrase"), f.passphrase, h.Text("settings.tdt.passphrase.help")),
		widgets.Beside(widgets.NewButton(h.Text("settings.tdt.authority"), base.FolderOpenIcon(), pick(h.Text("settings.tdt.authority"), []string{".pem", ".crt", ".cer"}, &f.authorityPath, f.authority))), f.authority,
		widgets.Beside(widgets.NewButton(h.Text("settings.tdt.do"), base.DocumentSaveIcon(), f.save), widgets.NewButton(h.Text("settings.tdt.try"), base.ConfirmIcon(), f.try)))
}

// show tells what is set.
func (f *thirdPartyForm) show(s ThirdPartyState) {
	h := f.p.h
	if s.URL == "" {
		f.state.SetText(h.Text("settings.tdt.none"))
	} else {
		f.state.SetText(h.Text("settings.tdt.state", "url", s.URL, "holder", s.Holder, "day", lang.Day(s.NotAfter)))
	}
	if f.url.Text == "" {
		f.url.SetText(s.URL)
	}
	if f.login.Text == "" {
		f.login.SetText(s.Login)
	}
}

func (f *thirdPartyForm) save() {
	h := f.p.h
	t := ThirdParty{URL: strings.TrimSpace(f.url.Text), Login: strings.TrimSpace(f.login.Text), Certificate: f.certificatePath, Authority: f.authorityPath, Passphrase: f.passphrase.Text, Password: f.password.Text}
	h.Run(shell.Action{ID: "tdt", Label: h.Text("settings.saving"),
		Run: func(ctx context.Context, _ shell.Progress) error { return f.p.office.SetThirdParty(ctx, t) },
		Done: func() {
			f.passphrase.SetText("")
			f.password.SetText("")
			f.certificatePath, f.authorityPath = "", ""
			f.certificate.SetText(h.Text("settings.tdt.certificate.none"))
			f.authority.SetText(h.Text("settings.tdt.authority.none"))
			h.Toast(shell.Done, h.Text("settings.tdt.ok"), nil)
			f.p.load()
		}})
}

func (f *thirdPartyForm) try() {
	h := f.p.h
	h.Run(shell.Action{ID: "tdt.try", Label: h.Text("settings.tdt.trying"),
		Run:  func(ctx context.Context, _ shell.Progress) error { return f.p.office.TryThirdParty(ctx) },
		Done: func() { h.Toast(shell.Done, h.Text("settings.tdt.answers"), nil) }})
}
