// Package vault is the page of the digital vault: spaces, their folders and files, what one file holds, its versions, who a space
// is shared with, and what was sent or asked for by a link.
//
//	┌ espaces ───────┬ Commun › Budget ─────────────┬ devis.pdf ───────────────────┐
//	│ Mes documents  │ [Chercher…]                  │ [Modifier] [Enregistrer…] …  │
//	│ Commun         │ [Ajouter…] [Nouveau dossier] │ [Aperçu] [Versions]          │
//	│ Corbeille      │ 2025            Dossier      │ ┌──────────┐                 │
//	│ Liens          │ devis.pdf                    │ │  page 1  │                 │
//	│ [Nouvel espace]│   240 ko · hier              │ └──────────┘                 │
//	└────────────────┴──────────────────────────────┴──────────────────────────────┘
//
// Keys: arrows in the lists, Enter opens a folder or a file, Ctrl+F searches. Files dropped on the window are added to
// the folder in view; a file, or the page of it that is shown, is dragged to another program. Space ticks a file, Ctrl+A all; a
// press with Ctrl or Shift does too, and the ticked ones are dragged together.
package vault

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes; the argument is «item/…».
const Name shell.PageName = "vault"

// Streams are what the page is told of.
var streams = []string{"vault", "person/"}

// Preview is what can be shown of a file: pages, or a text, or neither.
type Preview struct {
	Pages widgets.Pages
	Text  string
	// Cut: the text goes on.
	Cut bool
}

// Working is a file that is open in another program of this computer.
type Working struct {
	Item string
	// Saved is how many versions were made of it since it was opened.
	Saved int
	Err   error
}

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Vault() *vault.Vault
	People() *authority.Registry
	// OpenVault makes sure that the person has a space of her own, and that what came is open.
	OpenVault(ctx context.Context) error
	// VaultAway are the folders and files whose contents a person leaves on the server; SetVaultAway leaves one there, or has it
	// come back.
	VaultAway(ctx context.Context) ([]string, error)
	SetVaultAway(ctx context.Context, id string, away bool) error
	// AddToVault brings files and folders of the disk in.
	AddToVault(ctx context.Context, space, folder string, paths []string, progress shell.Progress) error
	// VaultContent gives a version whole to read; VaultPreview what can be shown of it.
	VaultDocument(item vault.Item, version int) shell.Document
	VaultPreview(ctx context.Context, item vault.Item, version int) (Preview, error)
	// Work opens a file in its program, and makes a version of each save; Rest ends it.
	Work(ctx context.Context, item vault.Item) error
	Rest(ctx context.Context, item string) error
	Working(item string) (Working, bool)
	// EditsOnline tells whether a file of that name can be opened in the installation's editor; EditOnline opens it there.
	EditsOnline(name string) bool
	EditOnline(ctx context.Context, item vault.Item) error
	// Drive is the folder on this computer through which other programs see the vault.
	Drive(ctx context.Context) (Drive, error)
	SetDrive(ctx context.Context, on bool) (Drive, error)
	// ShowDrive opens it in the system's file manager.
	ShowDrive(ctx context.Context) error
	Links
	Payslips
	Received
}

// Drive is how the folder on the disk stands.
type Drive struct {
	On       bool
	Address  string
	Login    string
	Password string
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: base.StorageIcon(), TitleKey: "shell.page.vault",
		New: func(h shell.Host) shell.Page { return newPage(h, o) },
		Badge: func(ctx context.Context) (int, error) {
			person, err := o.Person(ctx)
			if err != nil || person == "" {
				return 0, err
			}
			waiting, err := o.Vault().Waiting(ctx, person)
			return len(waiting), err
		},
		Commands: []shell.Command{
			{LabelKey: "vault.link.send", Run: func(p shell.Page) { p.(*page).openForm(Send) }},
			{LabelKey: "vault.received", Run: func(p shell.Page) { p.(*page).received() }},
			{LabelKey: "vault.pay", Run: func(p shell.Page) { p.(*page).payslips() }},
			{LabelKey: "vault.link.ask", Run: func(p shell.Page) { p.(*page).openForm(Deposit) }},
		}}
}

// listed is how many items are read at a time.
const listed = 200

// The places of the left list after the spaces.
type view int

const (
	files view = iota
	trash
	links
	drive
)

type page struct {
	h shell.Host
	o Office

	person  string
	people  []authority.Person
	spaces  []vault.Space
	waiting []vault.Waiting
	sent    []Link
	trouble error // of asking the server about them

	view       view
	space      string
	folder     string
	above      []vault.Item // the folders above what is listed
	rows       []vault.Item
	found      map[string]vault.Found
	next       vault.After
	more       bool
	item       *vault.Item // that is shown
	wanted     string      // an item to show once it is listed
	wantedLink string
	form       *form   // the link being described
	editor     *editor // the note being written
	tab        string

	places, list *widgets.List
	ticked       *widgets.CaptionText // what is said of the files that are ticked
	marked       bool                 // some are
	search       *widgets.Entry
	crumbs       *fyne.Container
	tools        *fyne.Container
	middle       *fyne.Container // what is listed, under what may be done
	empty        *fyne.Container
	side         *fyne.Container // the right pane
	preview      *widgets.Preview
	content      fyne.CanvasObject
	keep         func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, tab: "preview", search: widgets.NewEntry(h.Text("vault.search")), crumbs: container.NewHBox(), tools: widgets.Beside(), ticked: widgets.Caption(""), empty: container.NewStack(), side: container.NewStack()}
	p.ticked.Hide()
	p.places = widgets.NewList(h.Now, p.placed, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.place)
	p.places.OnCursor = p.choose
	p.list = widgets.NewList(h.Now, p.length, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.OnCursor = p.pick
	p.list.OnOpen = p.enter
	p.list.Tickable, p.list.OnTicked = true, p.tellTicked
	p.list.OnCarry = p.dragOut
	p.list.Label = func(i int) string {
		if i < len(p.rows) {
			return p.rows[i].Name
		}
		return ""
	}
	p.preview = widgets.NewPreview(h.Schedule, func(page, n int) string { return h.Text("vault.page", "page", page, "n", n) })
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	p.preview.OnCarry = func() {
		if p.item != nil {
			h.DragOut(o.VaultDocument(*p.item, 0))
		}
	}
	p.search.OnChanged = func(string) { p.load() }
	create := widgets.NewButton(h.Text("vault.space.new"), base.ContentAddIcon(), p.newSpace)
	p.middle = widgets.Between(widgets.Wrapped(p.search, container.NewHScroll(p.crumbs), p.tools, p.ticked), container.NewStack(p.list, p.empty), nil)
	p.content, p.keep = widgets.Panes(h.Preferences(), "vault", []float64{0.18, 0.43}, container.NewBorder(nil, create, nil, nil, p.places), p.middle, p.side)
	return p
}

func (p *page) Route() shell.Route {
	if p.item != nil {
		return shell.Route{Page: Name, Arg: "item/" + p.item.ID}
	}
	return shell.Route{Page: Name}
}
func (p *page) Title() string              { return p.h.Text("shell.page.vault") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.leaveNote(); p.keep() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.places} }
func (p *page) Find()                      { widgets.Focus(p.content, p.search) }

func (p *page) Show(r shell.Route) {
	p.wanted = strings.TrimPrefix(r.Arg, "item/")
	p.h.Changes(streams, p.load)
	p.load()
}

// Drop adds files dropped on the window.
func (p *page) Drop(paths []string) bool {
	if p.view != files || p.space == "" || p.locked() {
		return false
	}
	p.bring(paths)
	return true
}

type loaded struct {
	person  string
	people  []authority.Person
	spaces  []vault.Space
	waiting []vault.Waiting
	view    view
	space   string
	folder  string
	above   []vault.Item
	rows    []vault.Item
	found   map[string]vault.Found
	next    vault.After
	more    bool
	sent    []Link
	trouble error
}

func (p *page) load() {
	a := loaded{view: p.view, space: p.space, folder: p.folder}
	words, wanted := strings.TrimSpace(p.search.Text), p.wanted
	shell.Load(p.h, "list", func(ctx context.Context) (loaded, error) { return p.read(ctx, a, words, wanted) }, func(a loaded) {
		before := map[string]bool{}
		for _, i := range p.chosen() {
			before[i.ID] = true
		}
		p.person, p.people, p.spaces, p.waiting = a.person, a.people, a.spaces, a.waiting
		p.view, p.space, p.folder, p.above = a.view, a.space, a.folder, a.above
		p.rows, p.found, p.next, p.more, p.sent, p.trouble = a.rows, a.found, a.next, a.more, a.sent, a.trouble
		p.list.TickOnly(func(row int) bool { return p.fileAt(row) && before[p.rows[row].ID] })
		p.show()
	})
}

// read runs off the window's thread.
func (p *page) read(ctx context.Context, a loaded, words, wanted string) (loaded, error) {
	var err error
	if a.person, err = p.o.Person(ctx); err != nil || a.person == "" {
		return a, err
	}
	if err := p.o.OpenVault(ctx); err != nil {
		return a, err
	}
	v := p.o.Vault()
	if a.people, _, err = p.o.People().Everyone(ctx); err != nil {
		return a, err
	}
	if a.spaces, err = v.Spaces(ctx, a.person); err != nil {
		return a, err
	}
	if a.waiting, err = v.Waiting(ctx, a.person); err != nil {
		return a, err
	}
	if wanted != "" {
		if path, err := v.Path(ctx, a.person, wanted); err == nil && len(path) > 0 {
			last := path[len(path)-1]
			a.view, a.space, a.folder = files, last.Space, last.Parent
		}
	}
	i := slices.IndexFunc(a.spaces, func(s vault.Space) bool { return s.ID == a.space })
	if i < 0 && len(a.spaces) > 0 {
		i, a.space, a.folder = 0, a.spaces[0].ID, ""
	}
	switch {
	case a.view == links:
		a.sent, a.trouble, err = p.o.VaultLinks(ctx)
	case i < 0 || a.spaces[i].Locked:
	case a.view == trash:
		a.rows, err = v.Trashed(ctx, a.person, a.space, 1000)
	case a.view == files && words != "":
		err = a.search(ctx, v, words)
	case a.view == files:
		err = a.list(ctx, v)
	}
	return a, err
}

func (a *loaded) search(ctx context.Context, v *vault.Vault, words string) error {
	found, err := v.Search(ctx, a.person, words, listed)
	a.found = map[string]vault.Found{}
	for _, f := range found {
		a.rows = append(a.rows, f.Item)
		a.found[f.ID] = f
	}
	return err
}

func (a *loaded) list(ctx context.Context, v *vault.Vault) (err error) {
	if a.folder != "" {
		a.above, err = v.Path(ctx, a.person, a.folder)
		if err != nil || len(a.above) == 0 || a.above[len(a.above)-1].Trashed {
			a.folder, a.above = "", nil // it went away meanwhile
		}
	}
	a.rows, a.next, a.more, err = v.List(ctx, a.person, a.space, a.folder, vault.After{}, listed)
	return err
}

// further reads what follows in a long folder.
func (p *page) further() {
	person, space, folder, after := p.person, p.space, p.folder, p.next
	type part struct {
		rows []vault.Item
		next vault.After
		more bool
	}
	shell.Load(p.h, "further", func(ctx context.Context) (a part, err error) {
		a.rows, a.next, a.more, err = p.o.Vault().List(ctx, person, space, folder, after, 5*listed)
		return a, err
	}, func(a part) {
		if p.space != space || p.folder != folder || p.next != after {
			return
		}
		p.rows, p.next, p.more = append(p.rows, a.rows...), a.next, a.more
		p.list.Refresh()
	})
}

func (p *page) current() (vault.Space, bool) {
	i := slices.IndexFunc(p.spaces, func(s vault.Space) bool { return s.ID == p.space })
	if i < 0 {
		return vault.Space{}, false
	}
	return p.spaces[i], true
}

func (p *page) locked() bool {
	s, there := p.current()
	return !there || s.Locked
}

// may tells whether the person has a role in the space in view.
func (p *page) may(need vault.Role) bool {
	s, there := p.current()
	return there && !s.Locked && vault.MayUse(s, p.person, need, authority.DayOf(p.h.Now())) == nil
}

func (p *page) name(s vault.Space) string {
	switch {
	case s.Kind == vault.Personal:
		return p.h.Text("vault.mine")
	case s.Name == "":
		return p.h.Text("vault.closedname")
	}
	return s.Name
}

func (p *page) who(id string) string {
	if person, known := authority.Find(p.people, id); known {
		return person.Plain()
	}
	return p.h.Text("vault.somebody")
}

func (p *page) show() {
	p.places.Refresh()
	at := len(p.spaces) + int(p.view) - 1
	if p.view == files {
		at = slices.IndexFunc(p.spaces, func(s vault.Space) bool { return s.ID == p.space })
	}
	if at >= 0 && p.places.Cursor() != at {
		p.places.SetCursor(at)
	}
	p.lead()
	p.list.Refresh()
	p.empty.Objects = nil
	if e := p.nothing(); e != nil {
		p.empty.Objects = []fyne.CanvasObject{e}
	}
	p.empty.Refresh()
	p.follow()
}

// follow keeps in view what was, or shows what was asked for.
func (p *page) follow() {
	id := p.wanted
	p.wanted = ""
	if id == "" && p.item != nil {
		id = p.item.ID
	}
	if p.view == links {
		p.followLink()
		return
	}
	if p.view == drive {
		p.aside()
		return
	}
	i := slices.IndexFunc(p.rows, func(i vault.Item) bool { return i.ID == id })
	if id == "" || i < 0 {
		p.item = nil
		p.list.UnselectAll()
		p.aside()
		return
	}
	if p.item != nil && p.item.ID == id {
		p.item = &p.rows[i]
		p.detail(false)
	}
	p.list.Select(i)
}

// followLink keeps in view the link that was, or shows the one just made.
func (p *page) followLink() {
	if p.form != nil {
		return
	}
	i := slices.IndexFunc(p.sent, func(l Link) bool { return l.ID == p.wantedLink })
	if i < 0 {
		p.list.UnselectAll()
		p.aside()
		return
	}
	p.list.Select(i)
	p.showLink(p.sent[i])
}

// placed is how many places there are: none before the spaces are known, lest the first one be taken for another.
func (p *page) placed() int {
	if len(p.spaces) == 0 {
		return 0
	}
	return len(p.spaces) + 3
}

// choose is a place of the left list.
func (p *page) choose(i int) {
	space, to := p.space, files
	if i < len(p.spaces) {
		space = p.spaces[i].ID
	} else {
		to = view(i - len(p.spaces) + 1)
	}
	if space == p.space && to == p.view {
		return
	}
	p.visit(to, space, "")
}

func (p *page) visit(to view, space, folder string) {
	p.view, p.space, p.folder, p.item, p.form = to, space, folder, nil, nil
	if p.search.Text != "" {
		p.search.SetText("") // which loads
		return
	}
	p.load()
}

func (p *page) length() int {
	switch {
	case p.view == links:
		return len(p.sent)
	case p.view == drive:
		return 0
	case p.more:
		return len(p.rows) + 1
	}
	return len(p.rows)
}

func (p *page) pick(i int) {
	switch {
	case p.view == links:
		if i < len(p.sent) {
			p.wantedLink = p.sent[i].ID
			p.showLink(p.sent[i])
		}
	case i < len(p.rows):
		if p.item == nil || p.item.ID != p.rows[i].ID {
			p.item = &p.rows[i]
			p.detail(true)
		}
		if p.more && i > len(p.rows)-listed/4 {
			p.further()
		}
	default:
		p.further()
	}
}

// enter is Enter on a row: a folder opens, a file too.
func (p *page) enter(i int) {
	if p.view != files || i >= len(p.rows) {
		return
	}
	if p.rows[i].Folder {
		p.visit(files, p.rows[i].Space, p.rows[i].ID)
		return
	}
	if !p.rows[i].Note() {
		p.h.OpenPDF(p.o.VaultDocument(p.rows[i], 0))
	}
}

// fileAt tells whether a row is a file or a note that can be given to another program.
func (p *page) fileAt(row int) bool {
	return p.view == files && row < len(p.rows) && !p.rows[row].Folder
}

// chosen are the files that are ticked.
func (p *page) chosen() (all []vault.Item) {
	for _, row := range p.list.Ticked() {
		if p.fileAt(row) {
			all = append(all, p.rows[row])
		}
	}
	return all
}

// tellTicked says what may be done with the files that are ticked.
func (p *page) tellTicked(int) {
	n := len(p.chosen())
	p.marked = n > 0
	p.ticked.SetText(p.h.Text("vault.ticked", "n", n))
	if n == 0 {
		p.ticked.Hide()
	} else {
		p.ticked.Show()
	}
	p.list.Refresh()
	shell.LayOut(p.h, p.middle)
}

// dragOut takes the file of a row to another program; one that is ticked goes with all that are.
func (p *page) dragOut(row int) {
	if !p.fileAt(row) {
		return
	}
	all := []vault.Item{p.rows[row]}
	if chosen := p.chosen(); slices.ContainsFunc(chosen, func(i vault.Item) bool { return i.ID == p.rows[row].ID }) {
		all = chosen
	}
	documents := make([]shell.Document, len(all))
	for n, i := range all {
		documents[n] = p.o.VaultDocument(i, 0)
	}
	p.h.DragOut(documents...)
}

func (p *page) place(i int, _ bool, o fyne.CanvasObject) {
	row := o.(*widgets.Row)
	if i >= len(p.spaces) {
		key := []string{"vault.trash", "vault.links", "vault.drive"}[min(i-len(p.spaces), 2)]
		row.Set(p.h.Text(key), p.h.Text(key+".caption"), false, false, widgets.Plain, "")
		return
	}
	s := p.spaces[i]
	detail, meaning, badge := p.h.Text("vault.count", "n", s.Files), widgets.Plain, ""
	if s.Locked {
		meaning, badge = widgets.Waiting, p.h.Text("vault.locked.badge")
	} else if n := p.waitingFor(s.ID); n > 0 {
		meaning, badge = widgets.Waiting, lang.Number(n)
	}
	if s.Bytes > 0 {
		detail += " · " + size(p.h, s.Bytes)
	}
	row.Set(p.name(s), detail, badge != "", false, meaning, badge)
}

func (p *page) waitingFor(space string) (n int) {
	for _, w := range p.waiting {
		if w.Space == space {
			n++
		}
	}
	return n
}

func (p *page) row(i int, ticked bool, o fyne.CanvasObject) {
	row := o.(*widgets.Row)
	row.SetTickable(p.marked && p.fileAt(i)) // the marks come with the first
	if p.view == links {
		if i < len(p.sent) {
			p.linkRow(p.sent[i], row)
		}
		return
	}
	if i >= len(p.rows) {
		row.Set(p.h.Text("vault.more"), "", false, false, widgets.Plain, "")
		return
	}
	f := p.rows[i]
	if p.view == trash {
		p.trashRow(f, row)
		return
	}
	detail := p.h.Text("vault.row", "when", lang.Recent(f.At.Local(), p.h.Now()), "who", p.who(f.By))
	if !f.Folder && !f.Note() {
		detail = size(p.h, f.Size) + " · " + detail
	}
	if found, searched := p.found[f.ID]; searched {
		detail = strings.Join(append([]string{p.spaceName(f.Space)}, found.Where...), " › ")
		if found.Snippet != "" {
			detail = strings.Join(strings.Fields(strings.NewReplacer("\u2068", "", "\u2069", "").Replace(found.Snippet)), " ")
		}
	}
	meaning, badge := widgets.Plain, ""
	switch {
	case f.Conflict:
		meaning, badge = widgets.Refused, p.h.Text("vault.conflict.badge")
	case f.Folder:
		badge = p.h.Text("vault.folder")
	case f.Note():
		badge = p.h.Text("vault.note")
	case f.Out != nil:
		meaning, badge = widgets.Waiting, p.h.Text("vault.out.badge", "who", p.who(f.Out.Person))
	case !f.Here:
		badge = p.h.Text("vault.away.badge")
	}
	row.Set(f.Name, detail, false, ticked, meaning, badge)
}

func (p *page) spaceName(id string) string {
	i := slices.IndexFunc(p.spaces, func(s vault.Space) bool { return s.ID == id })
	if i < 0 {
		return ""
	}
	return p.name(p.spaces[i])
}

func size(h shell.Host, n int64) string {
	switch {
	case n < 1000:
		return h.Text("vault.size.bytes", "n", int(n))
	case n < 1000*1000:
		return h.Text("vault.size.kb", "size", lang.Number(int(n+500)/1000))
	case n < 1000*1000*1000:
		return h.Text("vault.size.mb", "size", tenths(n, 1000*1000))
	}
	return h.Text("vault.size.gb", "size", tenths(n, 1000*1000*1000))
}

func tenths(n, unit int64) string {
	if n >= 100*unit {
		return lang.Number(int(n / unit))
	}
	return lang.Number(int(n/unit)) + "," + lang.Number(int(n%unit*10/unit))
}

// lead writes the way to the folder and what can be done in it.
func (p *page) lead() {
	p.crumbs.Objects, p.tools.Objects = nil, nil
	defer func() {
		p.crumbs.Refresh()
		shell.LayOut(p.h, p.middle)
	}()
	s, there := p.current()
	if !there || p.view == drive {
		return
	}
	if p.view == links {
		p.tools.Objects = []fyne.CanvasObject{widgets.NewPrimary(p.h.Text("vault.link.send.do"), base.MailSendIcon(), func() { p.openForm(Send) }),
			widgets.NewButton(p.h.Text("vault.link.ask.do"), base.DownloadIcon(), func() { p.openForm(Deposit) }),
			widgets.NewButton(p.h.Text("vault.link.room.do"), base.AccountIcon(), func() { p.openForm(Room) })}
		p.crumbs.Add(widgets.NewButton(p.h.Text("vault.received.open"), base.MailReplyIcon(), p.received)) // the other way round
		return
	}
	top := widgets.NewButton(p.name(s), nil, func() { p.visit(files, s.ID, "") })
	p.crumbs.Add(top)
	for _, f := range p.above {
		p.crumbs.Add(widgets.Heading("›"))
		p.crumbs.Add(widgets.NewButton(f.Name, nil, func() { p.visit(files, f.Space, f.ID) }))
	}
	if p.view == trash {
		p.crumbs.Add(widgets.Heading("› " + p.h.Text("vault.trash")))
		if p.may(vault.Manager) && len(p.rows) > 0 {
			p.tools.Objects = []fyne.CanvasObject{widgets.NewButton(p.h.Text("vault.empty"), base.DeleteIcon(), p.emptyTrash)}
		}
		return
	}
	if p.may(vault.Writer) {
		p.tools.Objects = []fyne.CanvasObject{widgets.NewPrimary(p.h.Text("vault.add.do"), base.ContentAddIcon(), p.add), widgets.NewButton(p.h.Text("vault.folder"), base.FolderNewIcon(), p.newFolder), widgets.NewButton(p.h.Text("vault.note"), base.DocumentCreateIcon(), p.newNote)}
	}
	if s.Kind == vault.Personal {
		p.tools.Add(widgets.NewButton(p.h.Text("vault.pay.do"), base.AccountIcon(), p.payslips))
	}
	if s.Kind == vault.Common {
		p.tools.Add(widgets.NewButton(p.h.Text("vault.members"), base.AccountIcon(), func() { p.item = nil; p.list.UnselectAll(); p.aside() }))
	}
}

// nothing is what an empty list says, nil when it is not.
func (p *page) nothing() fyne.CanvasObject {
	icon := base.StorageIcon()
	s, there := p.current()
	say := func(key string, action fyne.CanvasObject) fyne.CanvasObject {
		return widgets.Empty(icon, p.h.Text(key), p.h.Text(key+".text"), action)
	}
	switch {
	case p.person == "":
		return say("vault.nobody", widgets.NewPrimary(p.h.Text("vault.nobody.do"), base.SettingsIcon(), func() { p.h.Go(shell.Route{Page: "settings"}) }))
	case p.view == links && len(p.sent) == 0:
		return say("vault.links.none", nil)
	case p.view == drive || p.view == links:
		return nil
	case there && s.Locked:
		return say("vault.locked", nil)
	case len(p.rows) > 0:
		return nil
	case p.view == trash:
		return say("vault.trash.none", nil)
	case strings.TrimSpace(p.search.Text) != "":
		return say("vault.search.none", nil)
	case p.may(vault.Writer):
		return say("vault.none", widgets.NewPrimary(p.h.Text("vault.add"), base.ContentAddIcon(), p.add))
	}
	return say("vault.reader.none", nil)
}
