package settings

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "settings"

// Entry places the page at the foot of the rail.
func Entry(office Office, look Look) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: base.SettingsIcon(), TitleKey: "shell.page.settings", Foot: true,
		New: func(h shell.Host) shell.Page { return newPage(h, office, look) }}
}

type page struct {
	h      shell.Host
	office Office
	look   Look
	scroll *widgets.Scroll

	enrolled     *widgets.Badge
	devices      *fyne.Container
	timestamp    *widgets.Entry
	watched      *widgets.Entry
	packaged     *widgets.CaptionText
	trusted      *widgets.CaptionText
	tdt          *thirdPartyForm
	mail         *mailForm
	server, code *widgets.Entry
	module       *widgets.Entry
	token        *widgets.Label
	renewal      *fyne.Container
	certificates *widget.RadioGroup
	found        []Certificate
	door         *door
	backup       *widgets.Label
	about        *widgets.Label
	news         *news
	sections     map[string]fyne.CanvasObject
	wanted       string // the section to show once all is here
}

func newPage(h shell.Host, office Office, look Look) *page {
	p := &page{h: h, office: office, look: look, enrolled: widgets.NewBadge(widgets.Plain, ""), token: widgets.NewLabel(""),
		backup: widgets.NewLabel(""), about: widgets.NewLabel(""), sections: map[string]fyne.CanvasObject{}}
	p.about.Selectable, p.about.Wrapping = true, fyne.TextWrapWord
	title := widgets.Heading(h.Text("settings.title"))
	title.SizeName = base.SizeNameHeadingText
	column := container.New(layout.NewCustomPaddedVBoxLayout(10), title,
		p.enrolment(), p.signing(), p.services(), p.thirdParty(), p.mailbox(), p.drops(), p.gateway(), p.backups(), p.appearance(), p.recovery(), p.versions(), p.section("about", p.about))
	p.scroll = widgets.NewScroll(container.New(columnLayout{}, column))
	h.Changes([]string{"request/"}, p.load)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name} }
func (p *page) Title() string              { return p.h.Text("settings.title") }
func (p *page) Content() fyne.CanvasObject { return p.scroll }
func (p *page) Hide()                      { p.door.forget() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.server} }

// Show goes to the section that the route names, if it names one.
func (p *page) Show(r shell.Route) {
	p.wanted = r.Arg
	p.load()
}

func (p *page) load() {
	shell.Load(p.h, "state", p.office.State, p.show)
	p.door.load()
	p.news.load()
}

func (p *page) show(s State) {
	if s.Enrolled {
		p.enrolled.Set(widgets.Done, p.h.Text("settings.enrol.done", "server", s.Server, "device", s.Device))
	} else {
		p.enrolled.Set(widgets.Waiting, p.h.Text("settings.enrol.todo"))
	}
	if p.server.Text == "" {
		p.server.SetText(s.Server)
	}
	p.devices.RemoveAll()
	for _, d := range s.Devices {
		key, m := "settings.device", widgets.Plain
		switch {
		case d.Revoked:
			key, m = "settings.device.revoked", widgets.Refused
		case d.Here:
			key, m = "settings.device.here", widgets.Done
		}
		p.devices.Add(widgets.NewNote(m, p.h.Text(key, "name", d.Name, "day", lang.Day(d.Enrolled))))
	}
	p.timestamp.SetText(s.Timestamp)
	p.watched.SetText(s.Watched)
	p.tdt.show(s.ThirdParty)
	p.mail.show(s.Mails)
	p.mail.showRemind(s.RemindByMail)
	switch {
	case s.TrustVersion == 0:
		p.packaged.SetText(p.h.Text("settings.package.none"))
	case s.TrustOld:
		p.packaged.SetText(p.h.Text("settings.package.old", "n", s.TrustVersion, "day", lang.Day(s.TrustMade)))
	default:
		p.packaged.SetText(p.h.Text("settings.package", "n", s.TrustVersion, "day", lang.Day(s.TrustMade)))
	}
	p.trusted.SetText(p.h.Text("settings.trust.none"))
	if len(s.Trusted) > 0 {
		p.trusted.SetText(p.h.Text("settings.trust.list", "names", strings.Join(s.Trusted, ", ")))
	}
	if p.module.Text == "" {
		p.module.SetText(s.Module)
	}
	p.token.SetText(p.h.Text("settings.token.none"))
	if s.Certificate.Holder != "" {
		line := p.describe(s.Certificate)
		if s.Certificate.Serial != "" {
			line = p.h.Text("settings.token.serial", "line", line, "serial", s.Certificate.Serial)
		}
		p.token.SetText(line)
	}
	p.renewal.Objects = shell.Renew(p.h, s.Certificate.Renewal, p.office.AskRenewal, p.load)
	p.renewal.Refresh()
	p.backup.SetText(p.h.Text("settings.backup.never"))
	if !s.LastBackup.IsZero() {
		p.backup.SetText(p.h.Text("settings.backup.last", "when", lang.Recent(s.LastBackup, p.h.Now())))
	}
	schemas := p.h.Text("settings.schemas.none")
	if s.FlowSchemas != "" {
		schemas = p.h.Text("settings.schemas", "folder", s.FlowSchemas)
	}
	p.about.SetText(p.h.Text("settings.about.text", "version", s.Version, "folder", s.DataDir) + "\n" + schemas)
	if section := p.sections[p.wanted]; section != nil {
		p.h.Schedule(func() { p.scroll.ScrollTo(section.Position().Y) })
	}
	p.wanted = ""
}

func (p *page) describe(c Certificate) string {
	if c.NotAfter.IsZero() {
		return p.h.Text("settings.token.file", "file", c.Holder)
	}
	line := p.h.Text("settings.token.line", "holder", c.Holder, "issuer", c.Issuer, "day", lang.Day(c.NotAfter))
	if c.Store {
		line = p.h.Text("settings.token.store", "line", line)
	}
	if c.Authenticates {
		line = p.h.Text("settings.token.other", "line", line)
	}
	return line
}

func (p *page) section(key string, parts ...fyne.CanvasObject) fyne.CanvasObject {
	box := container.NewVBox(widgets.Heading(p.h.Text("settings." + key)))
	p.sections[key] = box
	for _, o := range parts {
		box.Add(o)
	}
	line := canvas.NewRectangle(theme.Of(base.ColorNameSeparator))
	line.SetMinSize(fyne.NewSize(1, 1))
	box.Add(line)
	return box
}

func (p *page) enrolment() fyne.CanvasObject {
	p.server, p.code = widgets.NewEntry(p.h.Text("settings.enrol.server.hint")), widgets.NewEntry(p.h.Text("settings.enrol.code.hint"))
	enrol := func() {
		server, code := strings.TrimSpace(p.server.Text), strings.TrimSpace(p.code.Text)
		if server == "" || code == "" {
			p.h.Toast(shell.Waiting, p.h.Text("settings.enrol.missing"), nil)
			return
		}
		p.h.Run(shell.Action{ID: "enrol", Label: p.h.Text("settings.enrol.running"),
			Run: func(ctx context.Context, _ shell.Progress) error { return p.office.Enrol(ctx, server, code) },
			Done: func() {
				p.code.SetText("")
				p.h.Toast(shell.Done, p.h.Text("settings.enrol.ok"), nil)
				p.load()
			}})
	}
	p.code.OnSubmitted = func(string) { enrol() }
	p.devices = widgets.Wrapped()
	return p.section("enrol", p.enrolled, p.devices,
		widgets.Columns(2, widgets.Field(p.h.Text("settings.enrol.server"), p.server, ""), widgets.Field(p.h.Text("settings.enrol.code"), p.code, "")),
		widgets.Caption(p.h.Text("settings.enrol.help")),
		widgets.Beside(widgets.NewPrimary(p.h.Text("settings.enrol.do"), nil, enrol)))
}

func (p *page) signing() fyne.CanvasObject {
	p.module = widgets.NewEntry(p.h.Text("settings.token.module.hint"))
	p.certificates = widget.NewRadioGroup(nil, p.choose)
	p.certificates.Hide()
	search := func() {
		module := strings.TrimSpace(p.module.Text)
		var found []Certificate
		p.h.Run(shell.Action{ID: "tokens", Label: p.h.Text("settings.token.running"),
			Run: func(ctx context.Context, _ shell.Progress) (err error) {
				found, err = p.office.Tokens(ctx, module)
				return err
			},
			Done: func() { p.offer(found) }})
	}
	p.module.OnSubmitted = func(string) { search() }
	p.renewal = widgets.Wrapped()
	p.token.Wrapping = fyne.TextWrapWord
	return p.section("token", p.token, p.renewal,
		widgets.Field(p.h.Text("settings.token.module"), p.module, p.h.Text("settings.token.help")),
		widgets.Beside(widgets.NewButton(p.h.Text("settings.token.do"), base.SearchIcon(), search)), p.certificates)
}

// services are those of the network that a signature needs: what dates it, and what it is judged by.
func (p *page) services() fyne.CanvasObject {
	p.timestamp, p.trusted = widgets.NewEntry(p.h.Text("settings.timestamp.hint")), widgets.Caption("")
	keep := func() {
		address := strings.TrimSpace(p.timestamp.Text)
		p.h.Run(shell.Action{ID: "timestamp", Label: p.h.Text("settings.saving"),
			Run:  func(ctx context.Context, _ shell.Progress) error { return p.office.SetTimestamp(ctx, address) },
			Done: func() { p.h.Toast(shell.Done, p.h.Text("settings.timestamp.ok"), nil); p.load() }})
	}
	p.timestamp.OnSubmitted = func(string) { keep() }
	add := func() {
		p.h.PickFiles(shell.Files{Title: p.h.Text("settings.trust.pick"), Extensions: []string{".crt", ".cer", ".pem", ".der"}}, func(paths []string) {
			p.h.Ask(shell.Question{Title: p.h.Text("settings.trust.sure", "file", filepath.Base(paths[0])), Why: p.h.Text("settings.trust.why"),
				Placeholder: p.h.Text("settings.trust.word"), Yes: p.h.Text("settings.trust.yes"), Required: true, Dangerous: true}, func(word string) {
				if !strings.EqualFold(word, p.h.Text("settings.trust.word")) {
					p.h.Toast(shell.Waiting, p.h.Text("settings.trust.not"), nil)
					return
				}
				var names []string
				p.h.Run(shell.Action{ID: "trust", Label: p.h.Text("settings.saving"),
					Run: func(ctx context.Context, _ shell.Progress) (err error) {
						names, err = p.office.Trust(ctx, paths[0])
						return err
					},
					Done: func() {
						p.h.Toast(shell.Done, p.h.Text("settings.trust.ok", "names", strings.Join(names, ", ")), nil)
						p.load()
					}})
			})
		})
	}
	p.packaged = widgets.Caption("")
	install := func() {
		p.h.PickFiles(shell.Files{Title: p.h.Text("settings.package.do"), Extensions: []string{".zip"}}, func(paths []string) {
			p.h.Run(shell.Action{ID: "package", Label: p.h.Text("settings.saving"),
				Run:  func(ctx context.Context, _ shell.Progress) error { return p.office.InstallTrust(ctx, paths[0]) },
				Done: func() { p.h.Toast(shell.Done, p.h.Text("settings.package.ok"), nil); p.load() }})
		})
	}
	return p.section("services", widgets.Field(p.h.Text("settings.timestamp"), p.timestamp, p.h.Text("settings.timestamp.help")), p.trusted,
		widgets.Beside(widgets.NewButton(p.h.Text("settings.timestamp.do"), base.DocumentSaveIcon(), keep),
			widgets.NewButton(p.h.Text("settings.trust.do"), base.ContentAddIcon(), add)),
		p.packaged, widgets.Beside(widgets.NewButton(p.h.Text("settings.package.do"), base.FolderOpenIcon(), install)))
}

// drops is the folder from which other software hands files over.
func (p *page) drops() fyne.CanvasObject {
	p.watched = widgets.NewEntry(p.h.Text("settings.watched.hint"))
	keep := func() {
		dir := strings.TrimSpace(p.watched.Text)
		p.h.Run(shell.Action{ID: "watched", Label: p.h.Text("settings.saving"),
			Run:  func(ctx context.Context, _ shell.Progress) error { return p.office.SetWatched(ctx, dir) },
			Done: func() { p.h.Toast(shell.Done, p.h.Text("settings.watched.ok"), nil); p.load() }})
	}
	p.watched.OnSubmitted = func(string) { keep() }
	return p.section("watched", widgets.Field(p.h.Text("settings.watched.path"), p.watched, p.h.Text("settings.watched.help")),
		widgets.Beside(widgets.NewButton(p.h.Text("settings.watched.do"), base.DocumentSaveIcon(), keep)))
}

func (p *page) offer(found []Certificate) {
	p.found = found
	p.certificates.Options = nil
	for _, c := range found {
		// Two certificates of one person are told apart by their serial numbers.
		line := p.describe(c)
		if slices.ContainsFunc(found, func(o Certificate) bool { return o != c && p.describe(o) == line }) {
			line = p.h.Text("settings.token.serial", "line", line, "serial", c.Serial)
		}
		p.certificates.Options = append(p.certificates.Options, line)
	}
	p.certificates.Selected = ""
	p.certificates.Hidden = len(found) == 0
	p.certificates.Refresh()
	p.scroll.Refresh()
	if len(found) == 0 {
		p.h.Toast(shell.Waiting, p.h.Text("settings.token.nothing"), nil)
	}
}

func (p *page) choose(option string) {
	for i, o := range p.certificates.Options {
		if o != option {
			continue
		}
		chosen := p.found[i]
		p.h.Run(shell.Action{ID: "token", Label: p.h.Text("settings.token.running"),
			Run:  func(ctx context.Context, _ shell.Progress) error { return p.office.UseToken(ctx, chosen) },
			Done: func() { p.h.Toast(shell.Done, p.h.Text("settings.token.ok"), nil); p.load() }})
	}
}

func (p *page) backups() fyne.CanvasObject {
	dir := widgets.NewEntry(p.h.Text("settings.backup.dir.hint"))
	dir.SetText(p.h.Preferences().String("backup.dir", ""))
	save := func() {
		to := strings.TrimSpace(dir.Text)
		if to == "" {
			p.h.Toast(shell.Waiting, p.h.Text("settings.backup.missing"), nil)
			return
		}
		p.h.Preferences().SetString("backup.dir", to)
		var file string
		p.h.Run(shell.Action{ID: "backup", Label: p.h.Text("settings.backup.running"),
			Run: func(ctx context.Context, step shell.Progress) (err error) {
				file, err = p.office.Backup(ctx, to, step)
				return err
			},
			Done: func() {
				p.h.Toast(shell.Done, p.h.Text("settings.backup.ok", "file", filepath.Base(file)), nil)
				p.load()
			}})
	}
	dir.OnSubmitted = func(string) { save() }
	return p.section("backup", p.backup, widgets.Field(p.h.Text("settings.backup.dir"), dir, p.h.Text("settings.backup.help")),
		widgets.Beside(widgets.NewButton(p.h.Text("settings.backup.do"), base.DocumentSaveIcon(), save)), widgets.Caption(p.h.Text("settings.restore.how")))
}

func (p *page) appearance() fyne.CanvasObject {
	modes := []string{string(theme.Auto), string(theme.Light), string(theme.Dark), string(theme.Contrast)}
	sizes := []string{string(theme.Normal), string(theme.Large), string(theme.Largest)}
	languages := []string{string(lang.InFrench), string(lang.InEnglish)}
	return p.section("look",
		widgets.Field(p.h.Text("settings.look.mode"), p.choice("look.mode", modes), ""),
		widgets.Field(p.h.Text("settings.look.size"), p.choice("look.size", sizes), ""),
		widgets.Field(p.h.Text("settings.look.tray"), p.choice("look.tray", []string{"shown", "hidden"}), p.h.Text("settings.look.tray.help")),
		widgets.Field(p.h.Text("settings.look.language"), p.choice("look.language", languages), p.h.Text("settings.look.language.help")))
}

// choice is a line of options whose value is kept in the preferences and applied at once.
func (p *page) choice(key string, values []string) fyne.CanvasObject {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = p.h.Text("settings." + key + "." + v)
	}
	radio := widget.NewRadioGroup(words, nil)
	radio.Horizontal, radio.Required = true, true
	now := p.h.Preferences().String(key, values[0])
	for i, v := range values {
		if v == now {
			radio.SetSelected(words[i])
		}
	}
	radio.OnChanged = func(word string) {
		for i, w := range words {
			if w == word {
				p.h.Preferences().SetString(key, values[i])
			}
		}
		p.look.Apply(p.h.Preferences().String("look.mode", string(theme.Auto)), p.h.Preferences().String("look.size", string(theme.Normal)))
	}
	return radio
}

func (p *page) recovery() fyne.CanvasObject {
	help := widgets.NewLabel(p.h.Text("settings.recovery.help"))
	help.Wrapping = fyne.TextWrapWord
	return p.section("recovery", help, widgets.Beside(
		widgets.NewButton(p.h.Text("settings.recovery.do"), base.DocumentPrintIcon(), func() { p.h.Print(p.office.RecoverySheet()) })))
}

// columnLayout keeps the forms at a width that can be read, at the left.
type columnLayout struct{}

func (columnLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[0].MinSize()
	return fyne.NewSize(min(m.Width, 720)+32, m.Height+32)
}

func (columnLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Move(fyne.NewPos(20, 14))
	o[0].Resize(fyne.NewSize(min(s.Width-40, 720), o[0].MinSize().Height))
}
