package publication

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// protocols are how the site may be sent, in the order of the form.
var protocols = []string{"", "webdav", "sftp"}

// ofSettings is the subject of their form.
const ofSettings = "settings"

// settings shows those of the authority, then where this computer sends the site.
func (p *page) settings() {
	p.leaveAct(ofSettings)
	p.keyPath = ""
	p.preview.SetDocument(nil)
	p.showSettings()
	p.scroll.ScrollTo(0)
}

func (p *page) showSettings() {
	p.side.Objects = append(p.publishing(), p.sendingForm()...)
	shell.LayOut(p.h, p.side)
}

// The two forms of the settings are saved apart.
const (
	shared  = "shared."
	sending = "sending."
)

func (p *page) field(form, key, value, hint string) (*widgets.Entry, fyne.CanvasObject) {
	e := p.form.Entry(form+key, hint, value)
	return e, widgets.Field(p.h.Text("publication.set."+key), e, "")
}

// publishing are the settings that all computers share.
func (p *page) publishing() []fyne.CanvasObject {
	s, a := p.board.Settings, p.board.Authority
	ways := publication.Ways(a.Kind, a.Population)
	var names []string
	at := 0
	for i, w := range ways {
		names = append(names, p.h.Text("publication.way."+string(w)))
		if w == s.Way {
			at = i
		}
	}
	way := p.form.Select(shared+"way", names, names[at])
	help := "publication.set.way.free"
	if len(ways) == 1 {
		help = "publication.set.way.bound"
		way.Disable()
	}
	chosen, chosenField := p.field(shared, "chosen", s.ChosenBy, p.h.Text("publication.set.chosen.hint"))
	url, urlField := p.field(shared, "url", s.URL, "https://www.exemple.fr/actes")
	where, whereField := p.field(shared, "where", s.Where, p.h.Text("publication.set.where.hint"))
	nic, nicField := p.field(shared, "nic", s.NIC, "00015")
	pref, prefField := p.field(shared, "pref", s.Prefecture, "SPREF0401")
	save := widgets.NewPrimary(p.h.Text("publication.set.save"), base.DocumentSaveIcon(), func() {
		next := publication.Settings{Way: council.Publication(ways[way.SelectedIndex()]), ChosenBy: chosen.Text, URL: url.Text, Where: where.Text, NIC: nic.Text, Prefecture: pref.Text}
		p.give(shared, "settle", func(ctx context.Context, person string) error { return p.o.Acts().Settle(ctx, person, next) })
	})
	out := []fyne.CanvasObject{widgets.Heading(p.h.Text("publication.set.title")), widgets.Field(p.h.Text("publication.set.way"), way, p.h.Text(help))}
	if len(ways) > 1 {
		out = append(out, chosenField)
	}
	return append(out, urlField, whereField, container.NewGridWithColumns(2, nicField, prefField), container.NewHBox(save))
}

// sendingForm is where this computer sends the site.
func (p *page) sendingForm() []fyne.CanvasObject {
	w := p.website
	var names []string
	at := 0
	for i, key := range protocols {
		names = append(names, p.h.Text("publication.protocol."+key))
		if key == w.Protocol {
			at = i
		}
	}
	protocol := p.form.Select(sending+"protocol", names, names[at])
	address, addressField := p.field(sending, "address", w.Address, p.h.Text("publication.set.address.hint"))
	folder, folderField := p.field(sending, "folder", w.Folder, p.h.Text("publication.set.folder.hint"))
	user, userField := p.field(sending, "user", w.User, "")
	hint := ""
	if w.HasSecret {
		hint = p.h.Text("publication.set.password.kept")
	}
	password := p.form.Entry(sending+"password", hint, "")
	password.Password = true
	words := p.h.Text("publication.set.key")
	if p.keyPath != "" {
		words = p.h.Text("publication.set.key.chosen")
	}
	key := widgets.NewButton(words, base.FileIcon(), nil)
	key.OnTapped = func() {
		p.h.PickFiles(shell.Files{Title: p.h.Text("publication.set.key.pick")}, func(paths []string) {
			p.keyPath = paths[0]
			key.SetText(p.h.Text("publication.set.key.chosen"))
		})
	}
	save := widgets.NewPrimary(p.h.Text("publication.set.send.save"), base.DocumentSaveIcon(), func() {
		next := Website{Protocol: protocols[protocol.SelectedIndex()], Address: address.Text, Folder: folder.Text, User: user.Text}
		secret, path := []byte(password.Text), p.keyPath
		p.keyPath = ""
		password.SetText("")
		p.give(sending, "website", func(ctx context.Context, _ string) error { return p.o.SetWebsite(ctx, next, secret, path) })
	})
	form := container.NewVBox(addressField, container.NewGridWithColumns(2, folderField, userField), widgets.Field(p.h.Text("publication.set.password"), password, p.h.Text("publication.set.password.help")), container.NewHBox(key))
	show := func(string) {
		if protocols[protocol.SelectedIndex()] == "" {
			form.Hide()
		} else {
			form.Show()
		}
		shell.LayOut(p.h, p.side)
	}
	protocol.OnChanged = show
	show("")
	buttons := container.NewHBox(save)
	if w.Protocol != "" {
		buttons.Add(widgets.NewButton(p.h.Text("publication.set.try"), base.ViewRefreshIcon(), p.try))
	}
	return []fyne.CanvasObject{widgets.Heading(p.h.Text("publication.set.send")), widgets.Caption(p.h.Text("publication.set.send.help")), widgets.Field(p.h.Text("publication.set.protocol"), protocol, ""), form, buttons}
}

// try connects; a server seen for the first time shows its key, which a person compares.
func (p *page) try() {
	var ask HostKey
	p.h.Run(shell.Action{ID: "publication.try", Label: p.h.Text("publication.try.doing"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			ask, err = p.o.Try(ctx)
			return err
		},
		Done: func() {
			if ask.Key == "" {
				p.h.Toast(shell.Done, p.h.Text("publication.try.done"), nil)
				return
			}
			if !p.form.Shows(ofSettings) {
				return // she went elsewhere
			}
			p.leaveAct("host")
			p.side.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("publication.host.title")), widgets.NewNote(widgets.Waiting, p.h.Text("publication.host.why")), fingerprint(ask.Fingerprint),
				container.NewHBox(widgets.NewButton(p.h.Text("publication.host.no"), base.CancelIcon(), p.settings), widgets.NewPrimary(p.h.Text("publication.host.yes"), base.ConfirmIcon(), func() {
					p.doThen("host", func(ctx context.Context, _ string) error { return p.o.Confirm(ctx, ask.Key) }, p.settings)
				}))}
			shell.LayOut(p.h, p.side)
		}})
}

// fingerprint is shown so that it can be compared letter by letter.
func fingerprint(text string) fyne.CanvasObject {
	l := widgets.NewLabel(strings.TrimSpace(text))
	l.TextStyle.Monospace, l.Selectable, l.Wrapping = true, true, fyne.TextWrapBreak
	return l
}
