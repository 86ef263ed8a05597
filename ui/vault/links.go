package vault

import (
	"context"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// The kinds of links.
const (
	Send    = "send"
	Deposit = "deposit"
	Room    = "room"
)

// Link is a link and how it stands.
type Link struct {
	vault.Link
	// Known: the server was heard of it; the rest of this description is its word.
	Known     bool
	Over      bool
	Downloads int
	Files     []string // names
	// Waiting are the deposits that are not in the vault yet.
	Waiting int
	// Unsent are the files that this computer has still to send.
	Unsent int
	Log    []LinkEvent
}

// LinkEvent is a line of its log; What is a word of the catalogue.
type LinkEvent struct {
	At                         time.Time
	What, File, Guest, Address string
}

// NewLink is a link to make.
type NewLink struct {
	Kind, Space, Title, Words, Guest string
	Expires                          time.Time
	Max                              int
	Paths, Items                     []string
}

// Links is what the page asks about links. All run off the window's thread.
type Links interface {
	// VaultLinks gives the links; trouble is why the server could not be asked about them.
	VaultLinks(ctx context.Context) (all []Link, trouble, err error)
	// MakeLink makes a link; its files are sent by SendLink.
	MakeLink(ctx context.Context, n NewLink) (vault.Link, error)
	// SendLink sends what a link waits for, and goes on where it was stopped.
	SendLink(ctx context.Context, l vault.Link, progress shell.Progress) error
	AddToLink(ctx context.Context, l vault.Link, paths []string) error
	FetchLink(ctx context.Context, l vault.Link, progress shell.Progress) (int, error)
	CloseLink(ctx context.Context, l vault.Link) error
	AddGuest(ctx context.Context, l vault.Link, name string, reads, adds bool, end time.Time) (vault.Link, error)
	RemoveGuest(ctx context.Context, l vault.Link, guest string) (vault.Link, error)
}

func (p *page) linkRow(l Link, row *widgets.Row) {
	h := p.h
	meaning, badge := widgets.Plain, ""
	switch {
	case l.Closed || l.Over || h.Now().After(l.Expires):
		badge = h.Text("vault.link.over")
	case l.Unsent > 0:
		meaning, badge = widgets.Late, h.Text("vault.link.unsent")
	case l.Waiting > 0:
		meaning, badge = widgets.Waiting, h.Text("vault.link.waiting", "n", l.Waiting)
	case l.Downloads > 0:
		meaning, badge = widgets.Done, h.Text("vault.link.downloads", "n", l.Downloads)
	}
	row.Set(l.Title, h.Text("vault.link.row."+l.Kind, "when", lang.Day(l.Expires.Local())), l.Waiting > 0, false, meaning, badge)
}

// showLink is the pane of one link.
func (p *page) showLink(l Link) {
	h := p.h
	p.form = nil
	out := []fyne.CanvasObject{widgets.Heading(l.Title), widgets.Caption(h.Text("vault.link.described."+l.Kind, "when", lang.Day(l.Expires.Local()), "who", p.who(l.By)))}
	over := l.Closed || l.Over || h.Now().After(l.Expires)
	if over {
		out = append(out, widgets.NewNote(widgets.Waiting, h.Text("vault.link.isover")))
	}
	if p.trouble != nil {
		out = append(out, p.unasked())
	}
	out = append(out, p.linkActions(l, over)...)
	if !over {
		for _, g := range l.Guests {
			if !g.Removed {
				out = append(out, p.guest(l, g)...)
			}
		}
		if l.Kind == Room {
			out = append(out, p.newGuest(l)...)
		}
	}
	if len(l.Files) > 0 {
		out = append(out, widgets.Heading(h.Text("vault.link.files")))
		for _, f := range l.Files {
			name := widgets.NewLabel(f)
			name.Truncation = fyne.TextTruncateEllipsis
			out = append(out, name)
		}
	}
	if len(l.Log) > 0 {
		out = append(out, widgets.Heading(h.Text("vault.link.log")))
		for i := len(l.Log) - 1; i >= 0; i-- {
			e := l.Log[i]
			text := h.Text("vault.link.event."+e.What, "when", lang.DayHour(e.At.Local()), "file", e.File, "who", e.Guest)
			if e.Address != "" {
				text += " " + h.Text("vault.link.address", "address", e.Address)
			}
			out = append(out, widgets.Caption(text))
		}
	}
	p.scrolled(out...)
}

func (p *page) linkActions(l Link, over bool) (out []fyne.CanvasObject) {
	h := p.h
	row := widgets.Beside()
	if !over && l.Unsent > 0 {
		out = append(out, widgets.NewNote(widgets.Late, h.Text("vault.link.tosend", "n", l.Unsent)))
		row.Add(widgets.NewPrimary(h.Text("vault.link.resume"), base.MailSendIcon(), func() { p.sendLink(l.Link) }))
	}
	if l.Waiting > 0 {
		out = append(out, widgets.NewNote(widgets.Waiting, h.Text("vault.link.came", "n", l.Waiting)))
		row.Add(widgets.NewPrimary(h.Text("vault.link.fetch"), base.DownloadIcon(), func() { p.fetchLink(l.Link) }))
	}
	if !over && l.Kind != Deposit {
		row.Add(widgets.NewButton(h.Text("vault.link.addfiles"), base.ContentAddIcon(), func() {
			h.PickFiles(shell.Files{Title: h.Text("vault.link.addfiles"), Many: true}, func(paths []string) {
				p.act(func(ctx context.Context, _ string) error { return p.o.AddToLink(ctx, l.Link, paths) }, func() { p.sendLink(l.Link) })
			})
		}))
	}
	if !over {
		row.Add(widgets.NewButton(h.Text("vault.link.close"), base.CancelIcon(), func() {
			h.Ask(shell.Question{Title: h.Text("vault.link.close.title"), Why: h.Text("vault.link.close.why"), Yes: h.Text("vault.link.close"), Plain: true, Dangerous: true}, func(string) {
				p.do(func(ctx context.Context, _ string) error { return p.o.CloseLink(ctx, l.Link) })
			})
		}))
	}
	if len(row.Objects) > 0 {
		out = append(out, row)
	}
	return out
}

// guest shows what to give to one guest: the link and, told apart, the passphrase.
func (p *page) guest(l Link, g vault.Guest) (out []fyne.CanvasObject) {
	h := p.h
	name := g.Name
	if name == "" {
		name = h.Text("vault.link.anybody")
	}
	title := h.Text("vault.link.for."+g.Role, "who", name)
	if !g.Expires.IsZero() {
		title += " " + h.Text("vault.link.until", "when", lang.Day(g.Expires.Local()))
	}
	label := widgets.NewLabelWithStyle(title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	label.Wrapping = fyne.TextWrapWord // names of organisations are long
	out = append(out, label, p.copied(g.Address))
	if g.Phrase != "" {
		out = append(out, widgets.Field(h.Text("vault.link.phrase"), p.copied(g.Phrase), h.Text("vault.link.phrase.how")))
	}
	if l.Kind == Room && len(l.Guests) > 1 {
		out = append(out, container.NewHBox(widgets.NewButton(h.Text("vault.link.removeguest"), base.DeleteIcon(), func() {
			p.do(func(ctx context.Context, _ string) error { _, err := p.o.RemoveGuest(ctx, l.Link, g.ID); return err })
		})))
	}
	return out
}

// copied is a value to copy.
func (p *page) copied(value string) fyne.CanvasObject {
	shown := widgets.NewLabelWithStyle(value, fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	shown.Truncation = fyne.TextTruncateEllipsis
	return container.NewBorder(nil, nil, nil, widgets.NewButton(p.h.Text("vault.copy"), base.ContentCopyIcon(), func() {
		fyne.CurrentApp().Clipboard().SetContent(value)
		p.h.Toast(shell.Done, p.h.Text("vault.copied"), nil)
	}), shown)
}

// The rights of a room's guest, in the order of the choice.
var rights = []struct {
	key         string
	reads, adds bool
}{{"vault.link.right.share", true, true}, {"vault.link.right.read", true, false}}

func (p *page) newGuest(l Link) []fyne.CanvasObject {
	h := p.h
	name, end := widgets.NewEntry(h.Text("vault.link.guest.hint")), widgets.NewEntry(h.Text("vault.link.end.hint"))
	right := widget.NewSelect([]string{h.Text(rights[0].key), h.Text(rights[1].key)}, nil)
	right.SetSelectedIndex(0)
	return []fyne.CanvasObject{widgets.Heading(h.Text("vault.link.newguest")), widgets.Columns(3, name, right, end), container.NewHBox(widgets.NewButton(h.Text("vault.link.addguest"), base.ContentAddIcon(), func() {
		var until time.Time
		if text := strings.TrimSpace(end.Text); text != "" {
			day, err := lang.ParseDay(text)
			if err != nil {
				h.Toast(shell.Refused, h.Text("vault.link.day.wrong"), nil)
				return
			}
			until = endOf(day)
		}
		r := rights[right.SelectedIndex()]
		p.do(func(ctx context.Context, _ string) error {
			_, err := p.o.AddGuest(ctx, l.Link, strings.TrimSpace(name.Text), r.reads, r.adds, until)
			return err
		})
	}))}
}

// unasked says why the server could not tell how links stand.
func (p *page) unasked() fyne.CanvasObject {
	return widgets.NewNote(widgets.Waiting, p.h.Text("vault.links.offline")+" "+shell.What(p.h, p.trouble))
}

// endOf is the last moment of a day, here.
func endOf(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 59, 0, time.Local)
}

func (p *page) sendLink(l vault.Link) {
	p.h.Run(shell.Action{ID: "vault.link." + l.ID, Label: p.h.Text("vault.link.sending", "title", l.Title),
		Run: func(ctx context.Context, progress shell.Progress) error { return p.o.SendLink(ctx, l, progress) },
		Done: func() {
			p.h.Toast(shell.Done, p.h.Text("vault.link.sent"), nil)
			p.load()
		},
		Failed: func(err error) {
			p.h.Fail(err)
			p.load()
		}})
}

func (p *page) fetchLink(l vault.Link) {
	n := 0
	p.h.Run(shell.Action{ID: "vault.fetch." + l.ID, Label: p.h.Text("vault.link.fetching"),
		Run: func(ctx context.Context, progress shell.Progress) (err error) {
			n, err = p.o.FetchLink(ctx, l, progress)
			return err
		},
		Done: func() {
			p.h.Toast(shell.Done, p.h.Text("vault.link.fetched", "n", n), nil)
			p.load()
		}})
}

// form is a link being described.
type form struct {
	kind                           string
	title, words, guest, end, most *widgets.Entry
	paths                          []string
	items                          []vault.Item
	files                          *fyne.Container
}

// lasting is how long a link lasts unless one says otherwise.
const lasting = 14 * 24 * time.Hour

// openForm begins a link, in the space in view.
func (p *page) openForm(kind string) { p.describeLink(kind, nil) }

// sendItem begins a link with a file of the vault.
func (p *page) sendItem(i vault.Item) { p.describeLink(Send, []vault.Item{i}) }

func (p *page) describeLink(kind string, items []vault.Item) {
	h := p.h
	f := &form{kind: kind, items: items, title: widgets.NewEntry(h.Text("vault.link.title.hint")), words: widgets.NewText("", 4), guest: widgets.NewEntry(h.Text("vault.link.guest.hint")),
		end: widgets.NewEntry(""), most: widgets.NewEntry(h.Text("vault.link.most.hint")), files: container.NewVBox()}
	f.end.SetText(h.Now().Add(lasting).Format("02/01/2006"))
	if len(items) > 0 {
		f.title.SetText(items[0].Name)
	}
	p.form = f
	p.list.UnselectAll()
	p.listFiles(f)
	objects := []fyne.CanvasObject{widgets.Heading(h.Text("vault.link." + map[string]string{Send: "send", Deposit: "ask", Room: "room"}[kind])), widgets.Caption(h.Text("vault.link.how." + kind))}
	if kind != Deposit {
		objects = append(objects, f.files, container.NewHBox(widgets.NewButton(h.Text("vault.link.choose"), base.ContentAddIcon(), func() {
			h.PickFiles(shell.Files{Title: h.Text("vault.link.choose"), Many: true}, func(paths []string) {
				f.paths = append(f.paths, paths...)
				p.listFiles(f)
			})
		})))
	}
	objects = append(objects, widgets.Field(h.Text("vault.link.title"), f.title, ""), widgets.Field(h.Text("vault.link.guest"), f.guest, ""),
		widgets.Field(h.Text("vault.link.words"), f.words, ""), widgets.Field(h.Text("vault.link.end"), f.end, ""))
	if kind == Send {
		objects = append(objects, widgets.Field(h.Text("vault.link.most"), f.most, ""))
	}
	objects = append(objects, container.NewHBox(widgets.NewPrimary(h.Text("vault.link.make"), base.ConfirmIcon(), func() { p.makeLink(f) }),
		widgets.NewButton(h.Text("vault.link.cancel"), nil, func() { p.form = nil; p.aside() })))
	p.scrolled(objects...)
	widgets.Focus(p.content, f.title)
}

func (p *page) listFiles(f *form) {
	f.files.Objects = nil
	for _, i := range f.items {
		f.files.Add(widgets.NewLabel(i.Name))
	}
	for _, path := range f.paths {
		f.files.Add(widgets.NewLabel(path[strings.LastIndexAny(path, `/\`)+1:]))
	}
	shell.LayOut(p.h, f.files)
}

func (p *page) makeLink(f *form) {
	h := p.h
	end, err := lang.ParseDay(f.end.Text)
	if err != nil {
		h.Toast(shell.Refused, h.Text("vault.link.day.wrong"), nil)
		return
	}
	n := NewLink{Kind: f.kind, Space: p.space, Title: strings.TrimSpace(f.title.Text), Words: strings.TrimSpace(f.words.Text), Guest: strings.TrimSpace(f.guest.Text), Expires: endOf(end), Paths: f.paths}
	if most := strings.TrimSpace(f.most.Text); most != "" {
		if n.Max, err = strconv.Atoi(most); err != nil || n.Max < 1 {
			h.Toast(shell.Refused, h.Text("vault.link.most.wrong"), nil)
			return
		}
	}
	for _, i := range f.items {
		n.Items = append(n.Items, i.ID)
	}
	var made vault.Link
	p.act(func(ctx context.Context, _ string) (err error) {
		made, err = p.o.MakeLink(ctx, n)
		return err
	}, func() {
		p.form = nil
		p.view, p.item, p.wantedLink = links, nil, made.ID
		if len(n.Paths)+len(n.Items) > 0 {
			p.sendLink(made)
		}
	})
}
