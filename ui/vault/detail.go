package vault

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// put shows one object in the right pane.
func (p *page) put(o fyne.CanvasObject) {
	p.leaveNote()
	p.fill(o)
}

func (p *page) fill(o fyne.CanvasObject) {
	p.side.Objects = []fyne.CanvasObject{o}
	p.side.Refresh()
}

func (p *page) scrolled(objects ...fyne.CanvasObject) {
	box := widgets.Wrapped(objects...)
	p.put(widgets.NewScroll(box))
	shell.LayOut(p.h, box)
}

// known is what is read of a file for its pane.
type known struct {
	versions []vault.Version
	choices  []vault.Choice
	folders  []vault.Item
	work     Working
	working  bool
	online   bool   // the installation's editor opens it
	left     bool   // its contents are left on the server
	leftWith string // the folder with which they are, when it is not itself
}

// detail shows the item chosen; fresh when it was not shown yet.
func (p *page) detail(fresh bool) {
	i := *p.item
	if i.Note() && !i.Trashed {
		p.showNote(i)
		return
	}
	p.leaveNote()
	person := p.person
	shell.Load(p.h, "item", func(ctx context.Context) (k known, err error) {
		v := p.o.Vault()
		if !i.Folder && !i.Note() {
			if k.versions, err = v.Versions(ctx, person, i.ID); err != nil {
				return k, err
			}
		}
		if k.choices, err = v.Choices(ctx, person, i.ID); err != nil {
			return k, err
		}
		k.work, k.working = p.o.Working(i.ID)
		k.online = p.o.EditsOnline(i.Name)
		if k.folders, err = v.Folders(ctx, person, i.Space, 500); err != nil {
			return k, err
		}
		return k, p.leftOn(ctx, person, i, &k)
	}, func(k known) {
		if p.item != nil && p.item.ID == i.ID {
			p.lay(i, k, fresh)
		}
	})
}

func (p *page) lay(i vault.Item, k known, fresh bool) {
	h := p.h
	title := widgets.Heading(i.Name)
	title.Truncation = fyne.TextTruncateEllipsis
	top := []fyne.CanvasObject{title, widgets.Caption(p.describe(i))}
	for _, c := range k.choices {
		top = append(top, p.choice(c))
	}
	if i.Out != nil && !k.working {
		top = append(top, widgets.NewNote(widgets.Waiting, h.Text("vault.out", "who", p.who(i.Out.Person), "when", lang.DayHour(i.Out.At.Local()))))
	}
	if k.working {
		top = append(top, widgets.NewNote(widgets.Waiting, h.Text("vault.working", "n", k.work.Saved)))
		if k.work.Err != nil {
			top = append(top, widgets.NewNote(widgets.Refused, shell.What(h, k.work.Err)))
		}
	}
	top = append(top, p.actions(i, k)...)
	if i.Folder || i.Trashed {
		p.scrolled(top...)
		return
	}
	tabs := container.NewHBox(p.tabButton("preview", "vault.preview"), p.tabButton("versions", "vault.versions"))
	top = append(top, tabs)
	head := widgets.Wrapped(top...)
	if p.tab == "versions" {
		p.put(container.NewBorder(head, nil, nil, nil, widgets.NewScroll(widgets.Wrapped(p.versions(i, k.versions)...))))
		shell.LayOut(h, head)
		return
	}
	body := container.NewStack(p.preview)
	p.put(container.NewBorder(head, nil, nil, nil, body))
	shell.LayOut(h, head)
	p.look(i, body)
}

func (p *page) tabButton(tab, key string) fyne.CanvasObject {
	act := func() {
		p.tab = tab
		if p.item != nil {
			p.detail(true)
		}
	}
	if p.tab == tab {
		return widgets.NewPrimary(p.h.Text(key), nil, act)
	}
	return widgets.NewButton(p.h.Text(key), nil, act)
}

func (p *page) describe(i vault.Item) string {
	h := p.h
	if i.Note() {
		return h.Text("vault.described.note", "who", p.who(i.By), "when", lang.Recent(i.At.Local(), h.Now()))
	}
	if i.Folder {
		return h.Text("vault.described.folder", "who", p.who(i.By), "when", lang.Recent(i.At.Local(), h.Now()))
	}
	text := h.Text("vault.described", "size", size(h, i.Size), "n", i.Version, "who", p.who(i.By), "when", lang.Recent(i.At.Local(), h.Now()))
	if !i.Here {
		text += " " + h.Text("vault.away")
	}
	return text
}

func (p *page) choice(c vault.Choice) fyne.CanvasObject {
	h := p.h
	settle := func(taken bool) func() {
		return func() {
			p.do(func(ctx context.Context, person string) error { return p.o.Vault().Choose(ctx, person, c, taken) })
		}
	}
	return container.NewVBox(widgets.NewNote(widgets.Refused, h.Text("vault.choice", "name", c.Item.Name, "other", c.Name, "who", p.who(c.Lost.Actor))),
		container.NewHBox(widgets.NewButton(h.Text("vault.choice.keep"), nil, settle(false)), widgets.NewButton(h.Text("vault.choice.take"), nil, settle(true))))
}

// look shows what the file holds.
func (p *page) look(i vault.Item, body *fyne.Container) {
	p.preview.SetDocument(nil)
	shell.Load(p.h, "preview", func(ctx context.Context) (v Preview, err error) {
		v, err = p.o.VaultPreview(ctx, i, 0)
		if errors.Is(err, store.ErrNotFound) {
			return Preview{}, nil
		}
		return v, err
	}, func(v Preview) {
		switch {
		case v.Pages != nil:
			body.Objects = []fyne.CanvasObject{p.preview}
			p.preview.SetDocument(v.Pages)
		case v.Text != "":
			text := widgets.NewLabel(v.Text)
			text.Wrapping, text.Selectable = fyne.TextWrapWord, true
			box := container.NewVBox(text)
			if v.Cut {
				box.Add(widgets.Caption(p.h.Text("vault.cut")))
			}
			body.Objects = []fyne.CanvasObject{widgets.NewScroll(box)}
		default:
			body.Objects = []fyne.CanvasObject{widgets.Empty(base.FileIcon(), p.h.Text("vault.nopreview"), p.h.Text("vault.nopreview.text"), nil)}
		}
		body.Refresh()
	})
}

func (p *page) versions(i vault.Item, all []vault.Version) (out []fyne.CanvasObject) {
	h := p.h
	for _, v := range all {
		one := i
		line := widgets.NewLabel(h.Text("vault.version", "n", v.Number, "when", lang.DayHour(v.At.Local()), "who", p.who(v.By), "size", size(h, v.Size)))
		line.Wrapping = fyne.TextWrapWord
		buttons := container.NewHBox(widgets.NewButton(h.Text("vault.open"), base.FileIcon(), func() { h.OpenPDF(p.o.VaultDocument(one, v.Number)) }),
			widgets.NewButton(h.Text("vault.save"), base.DocumentSaveIcon(), func() { h.Save(p.o.VaultDocument(one, v.Number)) }))
		if v.Number < len(all) && p.may(vault.Writer) {
			buttons.Add(widgets.NewButton(h.Text("vault.version.restore"), base.HistoryIcon(), func() {
				p.do(func(ctx context.Context, person string) error {
					return p.o.Vault().RestoreVersion(ctx, person, one.ID, v.Number)
				})
			}))
		}
		out = append(out, line, buttons, widget.NewSeparator())
	}
	return out
}

// actions are what can be done with an item, at the same place always.
func (p *page) actions(i vault.Item, k known) (out []fyne.CanvasObject) {
	h := p.h
	if i.Trashed {
		if p.may(vault.Writer) {
			out = append(out, container.NewHBox(widgets.NewPrimary(h.Text("vault.restore"), base.ContentUndoIcon(), func() {
				p.do(func(ctx context.Context, person string) error { return p.o.Vault().Restore(ctx, person, i.ID) })
			})))
		}
		return append(out, p.erasing(i)...)
	}
	first := container.NewHBox()
	switch {
	case i.Folder:
		first.Add(widgets.NewPrimary(h.Text("vault.folder.open"), base.FolderOpenIcon(), func() { p.visit(files, i.Space, i.ID) }))
	case i.Note():
		first.Add(widgets.NewButton(h.Text("vault.save"), base.DocumentSaveIcon(), func() { h.Save(p.o.VaultDocument(i, 0)) }))
	case k.working:
		first.Add(widgets.NewPrimary(h.Text("vault.rest"), base.ConfirmIcon(), func() {
			p.do(func(ctx context.Context, _ string) error { return p.o.Rest(ctx, i.ID) })
		}))
	default:
		if p.may(vault.Writer) && i.Out == nil {
			first.Add(widgets.NewPrimary(h.Text("vault.edit"), base.DocumentCreateIcon(), func() {
				p.do(func(ctx context.Context, _ string) error { return p.o.Work(ctx, i) })
			}))
		}
		first.Add(widgets.NewButton(h.Text("vault.open"), base.FileIcon(), func() { h.OpenPDF(p.o.VaultDocument(i, 0)) }))
	}
	if !i.Folder && !i.Note() {
		first.Add(widgets.NewButton(h.Text("vault.save"), base.DocumentSaveIcon(), func() { h.Save(p.o.VaultDocument(i, 0)) }))
		first.Add(widgets.NewButton(h.Text("vault.send"), base.MailSendIcon(), func() { p.sendItem(i) }))
	}
	out = append(out, first)
	if !i.Note() {
		out = append(out, p.keeping(i, k)...)
	}
	if !p.may(vault.Writer) {
		return out
	}
	second := container.NewHBox(widgets.NewButton(h.Text("vault.rename"), nil, func() { p.rename(i) }), p.mover(i, k.folders))
	if k.online && !k.working && i.Out == nil {
		second.Add(widgets.NewButton(h.Text("vault.online"), base.ComputerIcon(), func() {
			p.do(func(ctx context.Context, _ string) error { return p.o.EditOnline(ctx, i) })
		}))
	}
	if i.Out != nil && !k.working && (i.Out.Person == p.person || p.may(vault.Manager)) {
		second.Add(widgets.NewButton(h.Text("vault.takeback"), nil, func() {
			p.do(func(ctx context.Context, person string) error { return p.o.Vault().GiveBack(ctx, person, i.ID) })
		}))
	}
	second.Add(widgets.NewButton(h.Text("vault.remove"), base.DeleteIcon(), func() { p.remove(i) }))
	return append(out, second)
}

// mover lets a folder be chosen to move an item to.
func (p *page) mover(i vault.Item, folders []vault.Item) fyne.CanvasObject {
	names, ids := []string{p.h.Text("vault.move.top")}, []string{""}
	for _, f := range folders {
		if f.ID != i.ID && f.ID != i.Parent {
			names, ids = append(names, f.Name), append(ids, f.ID)
		}
	}
	if i.Parent == "" {
		names, ids = names[1:], ids[1:]
	}
	move := widget.NewSelect(names, nil)
	move.PlaceHolder = p.h.Text("vault.move")
	move.OnChanged = func(string) {
		at := move.SelectedIndex()
		if at < 0 {
			return
		}
		p.do(func(ctx context.Context, person string) error {
			return p.o.Vault().Place(ctx, person, i.ID, ids[at], i.Name)
		})
	}
	if len(names) == 0 {
		move.Disable()
	}
	return move
}

func (p *page) rename(i vault.Item) {
	p.h.Ask(shell.Question{Title: p.h.Text("vault.rename.title", "name", i.Name), Placeholder: i.Name, Yes: p.h.Text("vault.rename"), Required: true}, func(name string) {
		p.do(func(ctx context.Context, person string) error {
			return p.o.Vault().Place(ctx, person, i.ID, i.Parent, strings.TrimSpace(name))
		})
	})
}

func (p *page) remove(i vault.Item) {
	p.act(func(ctx context.Context, person string) error { return p.o.Vault().Trash(ctx, person, i.ID) }, func() {
		p.h.Toast(shell.Done, p.h.Text("vault.removed", "name", i.Name), func() {
			p.do(func(ctx context.Context, person string) error { return p.o.Vault().Restore(ctx, person, i.ID) })
		})
	})
}

// do makes an act in the person's name and shows what became of it.
func (p *page) do(act func(ctx context.Context, person string) error) { p.act(act, func() {}) }

func (p *page) act(act func(ctx context.Context, person string) error, done func()) {
	person := p.person
	p.h.Run(shell.Action{ID: "vault", Label: p.h.Text("vault.doing"), Run: func(ctx context.Context, _ shell.Progress) error { return act(ctx, person) },
		Done: func() {
			done()
			p.load()
		}})
}

func (p *page) add() {
	if p.space == "" {
		return
	}
	p.h.PickFiles(shell.Files{Title: p.h.Text("vault.add"), Many: true}, p.bring)
}

func (p *page) bring(paths []string) {
	space, folder := p.space, p.folder
	p.h.Run(shell.Action{ID: "vault.add", Label: p.h.Text("vault.adding"),
		Run: func(ctx context.Context, progress shell.Progress) error {
			return p.o.AddToVault(ctx, space, folder, paths, progress)
		},
		Done: func() {
			p.h.Toast(shell.Done, p.h.Text("vault.added", "n", len(paths)), nil)
			p.load()
		}})
}

func (p *page) newFolder() {
	space, folder := p.space, p.folder
	p.h.Ask(shell.Question{Title: p.h.Text("vault.folder.new"), Placeholder: p.h.Text("vault.folder.name"), Yes: p.h.Text("vault.folder.make"), Required: true}, func(name string) {
		p.do(func(ctx context.Context, person string) error {
			_, err := p.o.Vault().Folder(ctx, person, space, folder, strings.TrimSpace(name))
			return err
		})
	})
}

func (p *page) newNote() {
	space, folder := p.space, p.folder
	p.h.Ask(shell.Question{Title: p.h.Text("vault.note.new"), Why: p.h.Text("vault.note.why"), Placeholder: p.h.Text("vault.note.name"), Yes: p.h.Text("vault.note.make"), Required: true}, func(name string) {
		var id string
		p.act(func(ctx context.Context, person string) (err error) {
			id, err = p.o.Vault().NewNote(ctx, person, space, folder, strings.TrimSpace(name))
			return err
		}, func() { p.wanted = id })
	})
}

func (p *page) newSpace() {
	p.h.Ask(shell.Question{Title: p.h.Text("vault.space.new"), Why: p.h.Text("vault.space.why"), Placeholder: p.h.Text("vault.space.name"), Yes: p.h.Text("vault.space.make"), Required: true}, func(name string) {
		var id string
		p.act(func(ctx context.Context, person string) (err error) {
			id, err = p.o.Vault().NewSpace(ctx, person, strings.TrimSpace(name))
			return err
		}, func() { p.view, p.space, p.folder, p.item = files, id, "", nil })
	})
}

// aside is the right pane when no item is chosen: the space and its members.
func (p *page) aside() {
	switch p.view {
	case links:
		out := []fyne.CanvasObject{widgets.Caption(p.h.Text("vault.links.how"))}
		if p.trouble != nil {
			out = append(out, p.unasked())
		}
		p.scrolled(out...)
		return
	case drive:
		p.showDrive()
		return
	}
	s, there := p.current()
	if !there {
		p.put(container.NewStack())
		return
	}
	h := p.h
	out := []fyne.CanvasObject{widgets.Heading(p.name(s))}
	if s.Kind == vault.Personal {
		out = append(out, widgets.Caption(h.Text("vault.mine.how")))
	} else {
		out = append(out, widgets.Caption(h.Text("vault.space.how")))
	}
	out = append(out, p.computers(s)...)
	if s.Kind == vault.Common {
		out = append(out, p.members(s)...)
	}
	p.scrolled(out...)
}

// computers are those that wait for the key.
func (p *page) computers(s vault.Space) (out []fyne.CanvasObject) {
	for _, w := range p.waiting {
		if w.Space != s.ID {
			continue
		}
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("vault.waiting", "who", p.who(w.Person), "device", w.Device.Name)),
			container.NewHBox(widgets.NewPrimary(p.h.Text("vault.admit"), base.ConfirmIcon(), func() {
				p.do(func(ctx context.Context, person string) error { return p.o.Vault().Admit(ctx, person, w) })
			})))
	}
	return out
}

var roles = []vault.Role{vault.Reader, vault.Writer, vault.Manager}

func (p *page) roleNames() (names []string) {
	for _, r := range roles {
		names = append(names, p.h.Text("vault.role."+string(r)))
	}
	return names
}

// roleChoice is as wide as the longest of its roles: Fyne's own is as wide as what stands in it while nothing is chosen.
func (p *page) roleChoice() *widget.Select {
	choice := widget.NewSelect(p.roleNames(), nil)
	choice.PlaceHolder = slices.MaxFunc(choice.Options, func(a, b string) int { return utf8.RuneCountInString(a) - utf8.RuneCountInString(b) })
	return choice
}

func (p *page) members(s vault.Space) []fyne.CanvasObject {
	h := p.h
	out := []fyne.CanvasObject{widgets.Heading(h.Text("vault.members"))}
	manages := p.may(vault.Manager)
	for _, m := range s.Members {
		name := widgets.NewLabel(p.who(m.Person))
		if !manages {
			out = append(out, container.NewHBox(name, widgets.Caption(h.Text("vault.role."+string(m.Role)))))
			continue
		}
		role := p.roleChoice()
		role.SetSelectedIndex(slices.Index(roles, m.Role))
		role.OnChanged = func(string) {
			to := m
			to.Role = roles[role.SelectedIndex()]
			p.do(func(ctx context.Context, person string) error { return p.o.Vault().Share(ctx, person, s.ID, to) })
		}
		out = append(out, container.NewBorder(nil, nil, nil, container.NewHBox(role, widgets.NewButton(h.Text("vault.withdraw"), base.DeleteIcon(), func() { p.withdraw(s, m) })), name))
	}
	if manages {
		out = append(out, p.invite(s), container.NewHBox(widgets.NewButton(h.Text("vault.space.rename"), nil, func() {
			h.Ask(shell.Question{Title: h.Text("vault.space.rename"), Placeholder: s.Name, Yes: h.Text("vault.rename"), Required: true}, func(name string) {
				p.do(func(ctx context.Context, person string) error {
					return p.o.Vault().Rename(ctx, person, s.ID, strings.TrimSpace(name))
				})
			})
		}), widgets.NewButton(h.Text("vault.space.close"), nil, func() {
			h.Ask(shell.Question{Title: h.Text("vault.space.close.title"), Why: h.Text("vault.space.close.why"), Yes: h.Text("vault.space.close"), Plain: true, Dangerous: true}, func(string) {
				p.do(func(ctx context.Context, person string) error { return p.o.Vault().Close(ctx, person, s.ID) })
			})
		})))
	} else {
		out = append(out, container.NewHBox(widgets.NewButton(h.Text("vault.leave"), nil, func() { p.withdraw(s, vault.Member{Person: p.person}) })))
	}
	return out
}

// invite lets somebody of the authority be added.
func (p *page) invite(s vault.Space) fyne.CanvasObject {
	var names, ids []string
	for _, person := range p.people {
		if s.Role(person.ID, "") == "" {
			names, ids = append(names, person.Plain()), append(ids, person.ID)
		}
	}
	if len(names) == 0 {
		return widgets.Caption(p.h.Text("vault.invite.none"))
	}
	who, role := widget.NewSelect(names, nil), p.roleChoice()
	who.PlaceHolder = p.h.Text("vault.invite.who")
	role.SetSelectedIndex(1)
	return container.NewVBox(container.NewGridWithColumns(2, who, role), container.NewHBox(widgets.NewPrimary(p.h.Text("vault.invite"), base.ContentAddIcon(), func() {
		if who.SelectedIndex() < 0 {
			return
		}
		m := vault.Member{Person: ids[who.SelectedIndex()], Role: roles[role.SelectedIndex()]}
		p.do(func(ctx context.Context, person string) error { return p.o.Vault().Share(ctx, person, s.ID, m) })
	})))
}

func (p *page) withdraw(s vault.Space, m vault.Member) {
	h := p.h
	q := shell.Question{Title: h.Text("vault.withdraw.title", "who", p.who(m.Person)), Why: h.Text("vault.withdraw.why"), Yes: h.Text("vault.withdraw"), Plain: true, Dangerous: true}
	if m.Person == p.person {
		q = shell.Question{Title: h.Text("vault.leave.title"), Why: h.Text("vault.leave.why"), Yes: h.Text("vault.leave"), Plain: true, Dangerous: true}
	}
	h.Ask(q, func(string) {
		p.do(func(ctx context.Context, person string) error {
			return p.o.Vault().Withdraw(ctx, person, s.ID, m.Person)
		})
	})
}
