package council

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
)

// A draft is written by several at once: what is typed goes into package writing as it comes, and a version of the draft
// (KindDrafted) is made of it when somebody leaves it or asks for one. What others read of a draft, print or vote is what
// all have written until then.

// drafted is the data of KindDrafted: the text, and what of the writing is in it.
type drafted struct {
	Text
	Writing *writing.Included `json:"writing,omitempty"`
}

// drafts are what is written by several.
var drafts = writing.Kind{Prefix: "deliberation/", Entry: KindDrafted,
	Sheet: func(data []byte) (writing.Sheet, error) {
		var t drafted
		err := json.Unmarshal(data, &t)
		return sheetOf(t.Text), err
	},
	Last: func(tx *store.Tx, id string) (writing.Inclusion, error) {
		d, err := deliberation(tx, id)
		if err != nil {
			return writing.Inclusion{}, err
		}
		if d.Status != StatusDraft {
			return d.Inclusion, writing.ErrClosed
		}
		return d.Inclusion, nil
	}}

// Written is a draft as those who write it have made it, until now or until somebody looked.
type Written struct {
	Deliberation
	State writing.State
	// alone: the text is longer than several may write at once; it is saved over what was read.
	alone bool
}

// nameReporter is the value that the reporter is among those of a sheet; no variable has a space in its name.
const nameReporter = "le rapporteur"

// sheetOf is what several may write of a text at once.
func sheetOf(t Text) writing.Sheet {
	s := writing.Sheet{Values: map[string]string{nameReporter: t.Reporter}}
	for _, b := range t.Blocks {
		s.Paragraphs = append(s.Paragraphs, writing.Paragraph{Kind: string(b.Kind), Text: b.Text})
	}
	for _, v := range t.Variables {
		s.Values[v.Name] = v.Value
	}
	return s
}

// written is a text with what was written of it.
func (t Text) written(s writing.State) Text {
	t.Reporter = s.Sheet.Values[nameReporter]
	t.Blocks = nil
	for _, p := range s.Sheet.Paragraphs {
		kind := BlockKind(p.Kind)
		if !slices.Contains(blockKinds, kind) {
			kind = BlockStatement
		}
		t.Blocks = append(t.Blocks, Block{Kind: kind, Text: p.Text})
	}
	t.Variables = slices.Clone(t.Variables)
	for i := range t.Variables {
		v := &t.Variables[i]
		if value, given := s.Sheet.Values[v.Name]; given && value != v.Value {
			v.Value, v.Check = value, false
		}
		v.Check = v.Check || slices.Contains(s.Doubts, v.Name)
	}
	return t
}

var blockKinds = []BlockKind{BlockTitle, BlockVisa, BlockGround, BlockStatement, BlockArticle, BlockTable}

// present makes of a draft what is written of it now. One of which nothing was written since its last edition stays as it is.
func (d *Deliberation) present(tx *store.Tx) error {
	if d.Status != StatusDraft {
		return nil
	}
	if unkept, err := drafts.Unkept(tx, d.ID, d.Inclusion); err != nil || !unkept {
		return err
	}
	s, err := drafts.State(tx, d.ID, d.Inclusion)
	if err == nil {
		d.take(s)
	}
	return err
}

// take makes of a draft what a state says.
func (d *Deliberation) take(s writing.State) {
	d.Text = d.Text.written(s)
	d.Edition = d.Inclusion.Mark(s.Seen)
	if len(s.Hands) > 0 && !d.Inclusion.Has(s.Seen) {
		d.Saved, d.SavedBy = s.Hands[0].At, s.Hands[0].Person
	}
}

// current is a deliberation as it is read by people: a draft with what is being written of it.
func current(tx *store.Tx, id string) (*Deliberation, error) {
	d, err := deliberation(tx, id)
	if err != nil {
		return nil, err
	}
	return d, d.present(tx)
}

// including is the version of a draft that says what is written of it now; none when its last edition does.
func including(tx *store.Tx, id string) ([]journal.Draft, error) {
	d, err := deliberation(tx, id)
	if err != nil || d.Status != StatusDraft {
		return nil, err
	}
	return d.including(tx, d.Text)
}

// including is that version with the frame of a text.
func (d *Deliberation) including(tx *store.Tx, frame Text) ([]journal.Draft, error) {
	s, err := drafts.State(tx, d.ID, d.Inclusion)
	if errors.Is(err, merge.ErrTooLarge) {
		s, err = writing.State{Base: writing.Base{Root: d.Inclusion.Root()}, Sheet: sheetOf(frame)}, nil // nobody wrote it with others
	}
	if err != nil {
		return nil, err
	}
	text := frame.written(s)
	if text.Equal(d.Text) {
		return nil, nil
	}
	return []journal.Draft{{Stream: "deliberation/" + d.ID, Kind: KindDrafted, Data: drafted{text, s.Included(false)}, Blobs: text.blobs()}}, text.check()
}

// anew is the data of an edition made otherwise than by writing, after all that was written of a draft until now.
func anew(tx *store.Tx, id string, text Text) (drafted, error) {
	d, err := deliberation(tx, id)
	if err != nil {
		return drafted{}, err
	}
	included, err := drafts.Anew(tx, id, d.Inclusion)
	return drafted{text, included}, err
}

// ofOneWriting gives the text of versions that two computers made of one writing: it holds the words of both.
func ofOneWriting(tx *store.Tx, d *Deliberation, c journal.Conflict, n NotApplied) (t drafted, ok bool, err error) {
	frame, ok := MergeTexts(n.Base.frame(), n.Mine.frame(), d.Text.frame())
	if !ok || d.Status != StatusDraft {
		return t, false, nil
	}
	s, ok, err := drafts.Together(tx, d.ID, d.Inclusion, c)
	if !ok || err != nil {
		return t, false, err
	}
	t = drafted{frame.valued(d.Text).written(s), s.Included(false)}
	return t, t.check() == nil, nil
}

// Written gives a draft as all have written it until now. store.ErrNotFound.
func (c *Council) Written(ctx context.Context, id string) (w Written, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		d, err := deliberation(tx, id)
		if err != nil {
			return err
		}
		w.State, err = drafts.Read(writing.New(c.j), tx, id, d.Inclusion)
		if errors.Is(err, merge.ErrTooLarge) {
			w.Deliberation, w.alone = *d, true
			return nil
		}
		w.Deliberation = *d
		if d.Status == StatusDraft {
			w.take(w.State)
		}
		return err
	})
	return w, err
}

// With is the draft as its author has it before her eyes once text was kept by Write, which gave now: what others wrote
// meanwhile is not in it.
func (w Written) With(text Text, device string, now Written) Written {
	if now.alone || w.alone {
		return now
	}
	w.State = w.State.With(sheetOf(text), device, now.State)
	w.Text, w.Version, w.Edition = text, now.Version, now.Edition
	return w
}

// Device is the id of this computer, in what Written tells of who writes.
func (c *Council) Device() string { return c.j.Device() }

// Write keeps what somebody made of the draft that she had before her eyes, and gives it with what others wrote meanwhile:
// the words of all. Errors: refusals; *NotApplied for a text that is too long to be written by several.
func (c *Council) Write(ctx context.Context, actor string, had Written, text Text) (Written, error) {
	if err := text.check(); err != nil {
		return had, err
	}
	id := had.ID
	if had.alone {
		return c.writeAlone(ctx, actor, had, text)
	}
	err := drafts.Write(ctx, writing.New(c.j), actor, id, had.State, sheetOf(text), func(tx *store.Tx) error { return stillDraft(tx, id) })
	if errors.Is(err, merge.ErrTooLarge) {
		return c.writeAlone(ctx, actor, had, text)
	}
	if err != nil {
		return had, err
	}
	return c.Written(ctx, id)
}

// writeAlone saves a text that is longer than several may write at once: one after the other.
func (c *Council) writeAlone(ctx context.Context, actor string, had Written, text Text) (Written, error) {
	if err := c.Save(ctx, actor, had.ID, had.Edition, text); err != nil {
		return had, err
	}
	return c.Written(ctx, had.ID)
}

func stillDraft(tx *store.Tx, id string) error {
	d, err := deliberation(tx, id)
	if err == nil && d.Status != StatusDraft {
		err = &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "Cette délibération est votée : son texte ne change plus.", Cure: "Faites voter une délibération modificative."}
	}
	return err
}

// Keep is Write, then a version of the draft with what all have written. What is not written by several at once (annexes,
// what a text was begun from) is hers; where another changed it since, *NotApplied has both texts.
func (c *Council) Keep(ctx context.Context, actor string, had Written, text Text) (Written, error) {
	now, err := c.Write(ctx, actor, had, text)
	if err != nil || now.alone {
		return now, err
	}
	_, err = c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := deliberation(tx, had.ID)
		if err != nil {
			return nil, err
		}
		frame, ok := MergeTexts(had.Text.frame(), text.frame(), d.Text.frame())
		if !ok {
			return nil, &NotApplied{Base: had.Text, Mine: text, Theirs: d.Text, Edition: d.Edition}
		}
		return d.including(tx, frame.valued(d.Text))
	})
	if err != nil {
		return had, err
	}
	return c.Written(ctx, had.ID)
}

// frame is a text without what several write of it at once.
func (t Text) frame() Text {
	t.Reporter, t.Blocks, t.Variables = "", nil, slices.Clone(t.Variables)
	for i := range t.Variables {
		t.Variables[i].Value, t.Variables[i].Check = "", false
	}
	return t
}

// valued gives a frame the paragraphs and the values that a text has.
func (t Text) valued(from Text) Text {
	t.Reporter, t.Blocks = from.Reporter, from.Blocks
	for i := range t.Variables {
		for _, v := range from.Variables {
			if v.Name == t.Variables[i].Name {
				t.Variables[i].Value, t.Variables[i].Check = v.Value, v.Check
			}
		}
	}
	return t
}

// Version makes a version of a draft with what all have written of it until now.
func (c *Council) Version(ctx context.Context, actor, id string) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) { return including(tx, id) })
	return err
}

// Hand is somebody else who writes a draft: who, in which paragraph, since when she was last seen to.
type Hand struct {
	Person string
	Block  int
	At     time.Time
}

// Others are those who wrote the draft from other computers since a time, the latest first.
func (w Written) Others(device string, since time.Time) (all []Hand) {
	for _, h := range w.State.Hands {
		if h.Device != device && h.At.After(since) && strings.TrimSpace(h.Person) != "" {
			all = append(all, Hand{h.Person, min(h.Paragraph, max(len(w.Text.Blocks)-1, 0)), h.At})
		}
	}
	return all
}
