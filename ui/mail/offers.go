package mail

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// shownOffers is how many addresses are shown under a field; enoughTyped how much of one is to be typed.
const (
	shownOffers = 3
	enoughTyped = 2
)

// offer shows under a field of addresses who may be meant by what is typed of the last one: the mouse or the arrows choose, Tab passes over.
func (f *form) offer(entry *widgets.Entry, under *fyne.Container) {
	typed := entry.Text
	cut := strings.LastIndexByte(typed, ',') + 1
	before, last := typed[:cut], strings.TrimSpace(typed[cut:])
	if len([]rune(last)) < enoughTyped {
		f.offers(entry, under, "", nil)
		return
	}
	if before != "" {
		before += " "
	}
	box := f.p.box()
	shell.Load(f.p.h, "addresses", func(ctx context.Context) ([]mailbox.Address, error) {
		people, err := f.p.o.Addresses(ctx)
		if err != nil {
			return nil, err
		}
		return box.Known(ctx, last, shownOffers, people...)
	}, func(found []mailbox.Address) {
		if f.p.form != f || entry.Text != typed {
			return
		}
		for _, a := range found {
			if strings.EqualFold(a.Address, last) || a.Written() == last { // it is all there
				found = nil
				break
			}
		}
		f.offers(entry, under, before, found)
	})
}

// offers lays addresses under a field, each of which takes the place of what follows before.
func (f *form) offers(entry *widgets.Entry, under *fyne.Container, before string, found []mailbox.Address) {
	if len(found) == 0 && len(under.Objects) == 0 {
		return
	}
	under.Objects = nil
	var all []*widgets.Offer
	reach := func(i int) {
		switch {
		case i < 0:
			widgets.Focus(f.p.content, entry)
		case i < len(all):
			all[i].Reach()
		}
	}
	entry.OnKey = func(e *fyne.KeyEvent) bool {
		down := e.Name == fyne.KeyDown && len(all) > 0
		if down {
			reach(0)
		}
		return down
	}
	for i, a := range found {
		o := widgets.NewOffer(a.String(), func() {
			entry.SetText(before + a.Written())
			entry.CursorColumn = len([]rune(entry.Text))
			f.offers(entry, under, "", nil)
			widgets.Focus(f.p.content, entry)
		})
		o.Alignment = widget.ButtonAlignLeading
		o.OnArrow = func(by int) { reach(i + by) }
		all = append(all, o)
		under.Add(o)
	}
	shell.LayOut(f.p.h, f.p.side)
}
