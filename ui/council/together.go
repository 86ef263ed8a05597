package council

import (
	"context"
	"errors"
	"time"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/ui/shell"
)

// A draft is written by several at once: what is typed leaves as soon as typing rests, what others type comes into the
// fields around the one that has the cursor. A version is made when the draft is left, or when somebody asks for it.

// held is a text on its way to the disk.
type held struct {
	text    council.Text
	over    council.Written // what it was typed over
	next    *council.Text   // typed since
	version bool            // next is to be a version
	failed  bool            // it is not saved: it waits to be again
}

// latest is what was typed last.
func (h *held) latest() council.Text {
	if h.next != nil {
		return *h.next
	}
	return h.text
}

// save keeps a text that was typed over another, as a version of the draft or as it is being written. Until it is on the
// disk it is what the page shows of that draft; what is typed while it is being saved is saved next.
func (p *page) save(id string, over council.Written, text council.Text, version bool) {
	if h := p.held[id]; h != nil && !h.failed {
		h.next, h.version = &text, h.version || version
		return
	}
	h := &held{text: text, over: over}
	p.held[id] = h
	var now council.Written
	p.h.Run(shell.Action{ID: "council.save." + id, Label: p.h.Text("council.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err != nil {
				return err
			}
			if version {
				now, err = p.o.Council().Keep(ctx, person, over, text)
			} else {
				now, err = p.o.Council().Write(ctx, person, over, text)
			}
			return err
		},
		Done: func() { p.saved(id, h, now, version) },
		Failed: func(err error) {
			h.text, h.next, h.failed = h.latest(), nil, true
			here := p.draft != nil && p.draft.ID == id
			var n *council.NotApplied
			if !errors.As(err, &n) || !here {
				p.dirty = p.dirty || here // still to be saved
				p.h.Fail(err)
				return
			}
			n.Mine = h.text
			p.disagree(*n, func() { p.impose(id, n.Edition, h.text) }, func() { delete(p.held, id); p.draft = nil; p.load() })
		}})
}

// saved shows what others wrote meanwhile, and saves what was typed since.
func (p *page) saved(id string, h *held, now council.Written, version bool) {
	delete(p.held, id)
	here := p.draft != nil && p.model == nil && p.draft.ID == id
	typed := h.next != nil || here && p.dirty && !p.text().Equal(h.text)
	switch {
	case here && typed:
		p.written = h.over.With(h.text, p.o.Council().Device(), now)
	case here:
		p.take(now)
	}
	if h.next != nil {
		p.save(id, h.over.With(h.text, p.o.Council().Device(), now), *h.next, h.version)
		return
	}
	if version {
		p.h.Toast(shell.Done, p.h.Text("council.done.save"), nil)
		p.load()
	}
}

// impose saves a text over an edition that it was compared with.
func (p *page) impose(id, edition string, text council.Text) {
	delete(p.held, id)
	p.draft = nil
	p.run("save", func(ctx context.Context, person string) error {
		return p.o.Council().Save(ctx, person, id, edition, text)
	})
}

// pad is a draft with the names of those who write it.
type pad struct {
	written council.Written
	others  []council.Hand
	names   map[string]string
}

// lately is how long somebody is said to be writing after she did.
const lately = time.Minute

func (p *page) pad(ctx context.Context, id string) (x pad, err error) {
	if x.written, err = p.o.Council().Written(ctx, id); err != nil {
		return x, err
	}
	if x.others = x.written.Others(p.o.Council().Device(), p.h.Now().Add(-lately)); len(x.others) > 0 {
		x.names, err = p.o.Names(ctx)
	}
	return x, err
}

// follow takes into the draft in view what came from afar, once what is typed here is kept.
func (p *page) follow() {
	if p.draft == nil || p.model != nil || p.dirty || p.held[p.draft.ID] != nil {
		return // keeping it brings the rest
	}
	id := p.draft.ID
	shell.Load(p.h, "written", func(ctx context.Context) (pad, error) { return p.pad(ctx, id) }, func(x pad) {
		if p.draft == nil || p.model != nil || p.draft.ID != id || p.dirty || p.held[id] != nil {
			return
		}
		p.take(x.written)
		p.tellHands(x)
	})
}

// take shows a draft as it has become; who types stays where she is.
func (p *page) take(w council.Written) {
	if w.Status != council.StatusDraft {
		p.edit(&w.Deliberation)
		return
	}
	was := p.text()
	p.written, p.dirty = w, false
	p.draft.Version, p.draft.Edition, p.draft.Saved, p.draft.SavedBy = w.Version, w.Edition, w.Saved, w.SavedBy
	if was.Equal(w.Text) {
		return
	}
	shape := sameValues(p.draft.Text, w.Text) && len(p.draft.Text.Annexes) == len(w.Text.Annexes)
	p.blocks.Follow(shownBlocks(w.Text), merge.Follow)
	if !shape || p.view != viewText {
		p.draft.Text = w.Text
		p.showView(p.view)
	} else {
		variables := p.draft.Text.Variables // their fields point to them
		p.draft.Text = w.Text
		p.draft.Text.Variables = variables
		for i, v := range w.Text.Variables {
			if set := p.values[v.Name]; set != nil && (variables[i].Value != v.Value || variables[i].Check != v.Check) {
				set(v)
			}
		}
	}
	d := *p.draft
	d.Text = w.Text
	p.printLive(d)
}

// sameValues tells whether two texts ask for the same values.
func sameValues(a, b council.Text) bool {
	if len(a.Variables) != len(b.Variables) {
		return false
	}
	for i := range a.Variables {
		if a.Variables[i].Name != b.Variables[i].Name {
			return false
		}
	}
	return true
}

// tellHands says who else writes the draft, and where.
func (p *page) tellHands(x pad) {
	p.writing, p.writers = nil, nil
	text := p.text()
	for _, hand := range x.others {
		who := x.names[hand.Person]
		if who == "" || hand.Block >= len(text.Blocks) {
			continue
		}
		p.writers = append(p.writers, who)
		p.writing = append(p.writing, p.h.Text("drafting.hand", "who", who, "where", p.where(text, hand.Block)))
	}
	p.sayCompany()
	if len(p.writing) > 0 {
		p.after(lately, p.follow)
	}
}

// attend says that a draft is open here, and has those shown who have it open elsewhere.
func (p *page) attend(id string) {
	shell.Attend(p.h, "deliberation/"+id, func(names []string) {
		if p.draft != nil && p.draft.ID == id {
			p.readers = names
			p.sayCompany()
		}
	})
}

// sayCompany says who else writes or reads the draft.
func (p *page) sayCompany() {
	shell.SayCompany(p.h, p.hands, p.writing, p.readers, p.writers)
	shell.LayOut(p.h, p.middle)
}
