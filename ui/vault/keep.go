package vault

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// leftOn reads whether the contents of an item are left on the server, by itself or with a folder above it.
func (p *page) leftOn(ctx context.Context, person string, i vault.Item, k *known) error {
	away, err := p.o.VaultAway(ctx)
	if err != nil || len(away) == 0 {
		return err
	}
	path, err := p.o.Vault().Path(ctx, person, i.ID)
	for _, at := range path {
		if slices.Contains(away, at.ID) {
			k.left = true
			if at.ID != i.ID {
				k.leftWith = at.Name
			}
			break
		}
	}
	return err
}

// keeping says whether the contents of a folder or file stay on this computer, and changes it.
func (p *page) keeping(i vault.Item, k known) []fyne.CanvasObject {
	h := p.h
	set := func(away bool) func() {
		return func() {
			p.act(func(ctx context.Context, _ string) error { return p.o.SetVaultAway(ctx, i.ID, away) }, func() {
				word := "vault.keep.done"
				if away {
					word = "vault.leave.away.done"
				}
				h.Toast(shell.Done, h.Text(word, "name", i.Name), nil)
				p.detail(true)
			})
		}
	}
	switch {
	case k.leftWith != "":
		return []fyne.CanvasObject{widgets.Caption(h.Text("vault.left.with", "name", k.leftWith))}
	case k.left:
		return []fyne.CanvasObject{widgets.Caption(h.Text("vault.left")), container.NewHBox(widgets.NewButton(h.Text("vault.keep"), base.DownloadIcon(), set(false)))}
	}
	return []fyne.CanvasObject{container.NewHBox(widgets.NewButton(h.Text("vault.leave.away"), base.StorageIcon(), set(true)))}
}

// due is the day from which something of the trash may be erased for good.
func due(i vault.Item) time.Time { return i.Since.Add(vault.TrashDelay).Local() }

func (p *page) trashRow(f vault.Item, row *widgets.Row) {
	key, badge := "vault.trash.row", ""
	switch {
	case f.Folder:
		badge = p.h.Text("vault.folder")
	case f.Note():
		badge = p.h.Text("vault.note")
	}
	if !due(f).After(p.h.Now()) {
		key = "vault.trash.row.due"
	}
	row.Set(f.Name, p.h.Text(key, "when", lang.Recent(f.Since.Local(), p.h.Now()), "day", lang.Day(due(f))), false, false, widgets.Plain, badge)
}

// erasing says what can be done for good with something of the trash, by whom and from when.
func (p *page) erasing(i vault.Item) []fyne.CanvasObject {
	h := p.h
	out := []fyne.CanvasObject{widgets.Caption(h.Text("vault.trash.how", "day", lang.Day(due(i))))}
	if p.may(vault.Manager) && !due(i).After(h.Now()) {
		out = append(out, container.NewHBox(widgets.NewButton(h.Text("vault.erase"), base.DeleteIcon(), func() {
			h.Ask(shell.Question{Title: h.Text("vault.erase.title", "name", i.Name), Why: h.Text("vault.erase.why"), Yes: h.Text("vault.erase.yes"), Plain: true, Dangerous: true}, func(string) {
				p.act(func(ctx context.Context, person string) error { return p.o.Vault().Erase(ctx, person, i.ID) }, func() {
					h.Toast(shell.Done, h.Text("vault.erased", "n", 1), nil)
				})
			})
		})))
	}
	return out
}

// emptyTrash erases what has lain in the trash of the space for long enough, once the person was told what that means.
func (p *page) emptyTrash() {
	h, space := p.h, p.space
	h.Ask(shell.Question{Title: h.Text("vault.empty.title"), Why: h.Text("vault.empty.why"), Yes: h.Text("vault.empty.yes"), Plain: true, Dangerous: true}, func(string) {
		var n int
		var soon time.Time
		p.act(func(ctx context.Context, person string) (err error) {
			n, soon, err = p.o.Vault().EmptyTrash(ctx, person, space)
			return err
		}, func() {
			switch {
			case n > 0:
				h.Toast(shell.Done, h.Text("vault.erased", "n", n), nil)
			case !soon.IsZero():
				h.Toast(shell.Done, h.Text("vault.empty.soon", "day", lang.Day(soon.Local())), nil)
			}
		})
	})
}
