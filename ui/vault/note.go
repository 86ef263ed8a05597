package vault

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// settleTime is how long typing rests before what was typed is kept, and leaves.
const settleTime = 800 * time.Millisecond

// editor is a note being read or written. What others write comes into it while one types.
type editor struct {
	p      *page
	id     string
	note   vault.Note // as it was before the last typing
	entry  *widgets.Entry
	told   *widgets.CaptionText
	others *widgets.CaptionText // who has it open elsewhere
	dirty  bool
	saving bool
	turn   int // of the last typing
}

// showNote opens a note, or takes into the one that is open what came.
func (p *page) showNote(i vault.Item) {
	if p.editor != nil && p.editor.id == i.ID {
		p.editor.follow()
		return
	}
	person := p.person
	shell.Load(p.h, "item", func(ctx context.Context) (k struct {
		known
		note vault.Note
	}, err error) {
		if k.note, err = p.o.Vault().Note(ctx, person, i.ID); err != nil {
			return k, err
		}
		if k.choices, err = p.o.Vault().Choices(ctx, person, i.ID); err != nil {
			return k, err
		}
		k.folders, err = p.o.Vault().Folders(ctx, person, i.Space, 500)
		return k, err
	}, func(k struct {
		known
		note vault.Note
	}) {
		if p.item != nil && p.item.ID == i.ID {
			p.layNote(i, k.known, k.note)
		}
	})
}

func (p *page) layNote(i vault.Item, k known, n vault.Note) {
	p.leaveNote()
	e := &editor{p: p, id: i.ID, note: n, entry: widgets.NewText(p.h.Text("vault.note.hint"), 12), told: widgets.Caption(p.h.Text("vault.note.how")), others: widgets.Caption("")}
	e.others.Hide()
	e.entry.SetText(n.Text)
	if p.may(vault.Writer) {
		e.entry.OnChanged = func(string) { e.typed() }
	} else {
		e.entry.Disable()
	}
	title := widgets.Heading(i.Name)
	title.Truncation = fyne.TextTruncateEllipsis
	top := []fyne.CanvasObject{title}
	for _, c := range k.choices {
		top = append(top, p.choice(c))
	}
	head := widgets.Wrapped(append(append(top, p.actions(i, k)...), e.told, e.others)...)
	p.fill(container.NewBorder(head, nil, nil, nil, e.entry))
	shell.LayOut(p.h, head)
	p.editor = e
	shell.Attend(p.h, vault.PrefixItem+i.ID, func(names []string) {
		if p.editor != e {
			return
		}
		words := shell.CompanyWords(p.h, names, nil)
		e.others.SetText(words)
		if words == "" {
			e.others.Hide()
		} else {
			e.others.Show()
		}
		shell.LayOut(p.h, head)
	})
}

// typed keeps what was typed once typing rests.
func (e *editor) typed() {
	if e.entry.Text == e.note.Text {
		return
	}
	e.dirty = true
	e.turn++
	turn := e.turn
	time.AfterFunc(settleTime, func() {
		e.p.h.Schedule(func() {
			if turn == e.turn && e.p.editor == e {
				e.save()
			}
		})
	})
}

// save keeps what is typed, and shows what others wrote.
func (e *editor) save() {
	if !e.dirty || e.saving {
		return
	}
	e.dirty, e.saving = false, true
	had, text, person := e.note, e.entry.Text, e.p.person
	var now vault.Note
	e.p.h.Run(shell.Action{ID: "vault.note." + e.id, Label: e.p.h.Text("vault.doing"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			now, err = e.p.o.Vault().WriteNote(ctx, person, had, text)
			return err
		},
		Done: func() {
			e.saving = false
			if e.entry.Text == text {
				e.take(now)
				return
			}
			e.note = had.With(text, e.p.o.Vault().Device(), now) // one has typed on
			e.typed()
		},
		Failed: func(err error) {
			e.saving, e.dirty = false, true
			e.p.h.Fail(err)
		}})
}

// take shows a note as it has become, the cursor staying where it was in the text.
func (e *editor) take(n vault.Note) {
	e.note = n
	if n.Text == e.entry.Text {
		return
	}
	e.entry.Follow(n.Text, merge.Follow)
}

// follow takes what came from afar, once what is typed here is kept.
func (e *editor) follow() {
	if e.dirty || e.saving {
		return // keeping it brings the rest
	}
	person := e.p.person
	shell.Load(e.p.h, "note", func(ctx context.Context) (vault.Note, error) { return e.p.o.Vault().Note(ctx, person, e.id) }, func(n vault.Note) {
		if e.p.editor == e && !e.dirty && !e.saving {
			e.take(n)
		}
	})
}

// leaveNote keeps what is typed and puts the editor away.
func (p *page) leaveNote() {
	if p.editor == nil {
		return
	}
	e := p.editor
	e.save()
	p.editor = nil
	shell.Attend(p.h, "", nil)
}

// SaveDraft keeps the note being written: the page is left, or the window closes.
func (p *page) SaveDraft() {
	if p.editor != nil {
		p.editor.save()
	}
}
