package registers

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/compared"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/widgets"
)

// conflicts gives those of streams that wait for a decision.
func (p *page) conflicts(ctx context.Context, streams ...string) (found []registers.Conflict, err error) {
	for _, stream := range streams {
		c, err := p.o.Registers().Conflict(ctx, stream)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	return found, nil
}

// otherText is the text that was kept aside: what it changes in the one that stands, and how it is printed.
type otherText struct {
	changes []council.Difference
	print   maker
}

// disagree shows what two computers wrote at one place, and lets a person choose with both in view; other is nil where what they
// wrote is no text.
func (p *page) disagree(body *fyne.Container, c registers.Conflict, other *otherText) {
	body.Add(widgets.NewNote(widgets.Late, p.h.Text("registers.conflict")))
	tell := func(key string, all []registers.Said) {
		for _, s := range all {
			body.Add(widgets.Caption(p.h.Text(key, "what", p.h.Text("registers.said."+s.Kind), "who", p.personName(s.By), "when", lang.Recent(s.At, p.h.Now()))))
		}
	}
	tell("registers.conflict.standing", c.Standing)
	tell("registers.conflict.aside", c.SetAside)
	buttons := container.NewVBox() // side by side they would push the other panes away
	if other != nil {
		body.Add(widgets.Heading(p.h.Text("registers.conflict.changes")))
		for _, o := range compared.Differences(p.h, other.changes) {
			body.Add(o)
		}
		buttons.Add(widgets.NewButton(p.h.Text("registers.conflict.see"), nil, func() { p.see(p.h.Text("registers.file.draft")+".pdf", other.print) }))
	}
	decide := func(again bool) func() {
		return func() {
			p.run("decide", func(ctx context.Context, person string) error {
				return p.o.Registers().Decide(ctx, person, c.Stream, again, "")
			})
		}
	}
	buttons.Add(widgets.NewButton(p.h.Text("registers.conflict.keep"), nil, decide(false)))
	if c.Redoable {
		buttons.Add(widgets.NewButton(p.h.Text("registers.conflict.again"), nil, decide(true)))
	}
	body.Add(buttons)
}

func (p *page) personName(id string) string {
	for _, x := range p.people {
		if x.ID == id {
			return x.Name()
		}
	}
	return p.h.Text("registers.somebody")
}
