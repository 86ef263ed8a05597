package registers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
)

// Conflict is what two laptops wrote at the same place: what stands, and what was kept aside.
type Conflict struct {
	Stream             string
	Standing, SetAside []Said
	// Minutes or Order is the text that was kept aside, when it is one.
	Minutes *Minutes
	Order   *Order
	// Redoable: what was kept aside may take its place again.
	Redoable bool
}

// Said is who wrote what, and when.
type Said struct {
	Kind string
	By   string // person
	At   time.Time
}

// Conflict gives that of «minutes/<sitting>», «formality/<sitting>» or «order/<id>». store.ErrNotFound when nothing waits
// for a decision.
func (r *Registers) Conflict(ctx context.Context, stream string) (found Conflict, err error) {
	err = r.view(ctx, func(tx *store.Tx) error {
		c, err := journal.ConflictOf(tx, stream)
		if err != nil {
			return err
		}
		if sitting, is := strings.CutPrefix(stream, written.Prefix); is {
			if _, err := unite(tx, sitting, c); err == nil { // nobody need choose
				return fmt.Errorf("conflict in %s: %w", stream, store.ErrNotFound)
			}
		}
		found, err = r.tell(tx, c)
		return err
	})
	return found, err
}

func (r *Registers) tell(tx *store.Tx, c journal.Conflict) (Conflict, error) {
	out := Conflict{Stream: c.Stream}
	for _, rec := range c.Holding {
		if rec.Kind != journal.KindSettled {
			out.Standing = append(out.Standing, Said{rec.Kind, rec.Actor, rec.At})
		}
	}
	for _, rec := range c.Contested {
		out.SetAside = append(out.SetAside, Said{rec.Kind, rec.Actor, rec.At})
	}
	last := c.Contested[len(c.Contested)-1]
	switch last.Kind {
	case KindMinutesDrafted:
		t, err := read[minutesText](last.Data)
		if err != nil {
			return out, err
		}
		out.Minutes = &Minutes{Text: t.Text, Ended: t.Ended}
	case KindOrderDrafted:
		d, err := read[orderDraft](last.Data)
		if err != nil {
			return out, err
		}
		out.Order = &Order{Series: d.Series, Text: d.Text, Status: Draft}
	}
	_, err := r.again(tx, c.Stream, last)
	out.Redoable = err == nil
	if rule.Find(err) != nil || errors.Is(err, ErrNotAgain) {
		err = nil
	}
	return out, err
}

// CompareMinutes sets two texts of minutes against each other, paragraph by paragraph.
func CompareMinutes(before, after Minutes) []council.Difference {
	text := func(m Minutes) (t council.Text) {
		for _, p := range m.Text {
			t.Blocks = append(t.Blocks, council.Block{Kind: council.BlockStatement, Text: p.Text})
		}
		if m.Ended != "" {
			t.Blocks = append(t.Blocks, council.Block{Kind: council.BlockStatement, Text: "Séance levée à " + m.Ended})
		}
		return t
	}
	return council.Compare(text(before), text(after))
}

// CompareOrders sets two texts of an order against each other, what it rests on and whom it concerns included.
func CompareOrders(before, after OrderText) []council.Difference {
	text := func(o OrderText) council.Text {
		t := o.Text
		t.Blocks = slices.Clone(t.Blocks)
		if o.Matter != "" {
			t.Blocks = append(t.Blocks, council.Block{Kind: council.BlockStatement, Text: o.Matter})
		}
		if o.Individual {
			t.Blocks = append(t.Blocks, council.Block{Kind: council.BlockStatement, Text: "Acte individuel"})
		}
		return t
	}
	return council.Compare(text(before), text(after))
}

// ErrNotAgain: what was kept aside is not of the sort that may be done again as it is.
var ErrNotAgain = errors.New("this entry is not done again")

// again gives the draft that does anew what was kept aside, judged by the rules as any other.
func (r *Registers) again(tx *store.Tx, stream string, rec journal.Record) (journal.Draft, error) {
	draft := journal.Draft{Stream: stream, Kind: rec.Kind, Data: json.RawMessage(rec.Data)}
	switch rec.Kind {
	case KindMinutesDrafted:
		m, err := minutesIfAny(tx, stream[len("minutes/"):])
		if err != nil {
			return draft, err
		}
		t, err := read[minutesText](rec.Data)
		if err != nil {
			return draft, err
		}
		if t.Writing != nil {
			t.Writing = &writing.Included{Over: t.Writing.Over, Seen: t.Writing.Seen, Anew: true} // it is one of its own from now on
			draft.Data = t
		}
		return draft, CheckDraftMinutes(m, t.Text)
	case KindOrderDrafted:
		o, err := order(tx, stream[len("order/"):])
		if err == nil && o.Status != Draft && o.Status != Numbered {
			err = ErrNotAgain
		}
		return draft, err
	case KindNoted:
		n, err := read[noted](rec.Data)
		if err != nil {
			return draft, err
		}
		s, err := council.SittingByID(tx, stream[len("formality/"):])
		if err != nil {
			return draft, err
		}
		return draft, CheckFormality(n.What, *s, n.Day, r.today())
	case KindCleared:
		return draft, nil
	}
	return draft, ErrNotAgain
}

// Decide ends a conflict: what stands is kept, or what was kept aside is done again after it. The journal keeps both.
func (r *Registers) Decide(ctx context.Context, actor, stream string, again bool, note string) error {
	if !again {
		_, err := r.j.Settle(ctx, actor, stream, note, nil)
		return err
	}
	_, err := r.j.Settle(ctx, actor, stream, note, func(tx *store.Tx) ([]journal.Draft, error) {
		c, err := journal.ConflictOf(tx, stream)
		if err != nil {
			return nil, err
		}
		d, err := r.again(tx, stream, c.Contested[len(c.Contested)-1])
		if errors.Is(err, ErrNotAgain) {
			err = &rule.Refusal{Why: "Ce qui a été mis de côté ne peut pas être refait tel quel.", Cure: "Gardez ce qui est en place, puis refaites le geste s’il le faut."}
		}
		return []journal.Draft{d}, err
	})
	return err
}
