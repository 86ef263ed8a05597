package registers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
)

// Minutes are written by several at once, as the drafts of the council are: what is typed goes into package writing as it
// comes, and a version of them (KindMinutesDrafted) is made when somebody leaves them. What is read, printed or settled is
// what all have written until then.

var written = writing.Kind{Prefix: "minutes/", Entry: KindMinutesDrafted,
	Sheet: func(data []byte) (writing.Sheet, error) {
		t, err := read[minutesText](data)
		return sheetOf(t.Text, t.Ended), err
	},
	Last: func(tx *store.Tx, sitting string) (writing.Inclusion, error) {
		m, err := savedMinutes(tx, sitting)
		if err != nil {
			return writing.Inclusion{}, err
		}
		if m.Settled != nil {
			return m.Inclusion, writing.ErrClosed
		}
		return m.Inclusion, nil
	}}

// nameEnded is the value that the hour of the end is.
const nameEnded = "ended"

func sheetOf(text []Paragraph, ended string) writing.Sheet {
	s := writing.Sheet{Values: map[string]string{nameEnded: ended}}
	for _, p := range text {
		s.Paragraphs = append(s.Paragraphs, writing.Paragraph{Kind: p.Point, Text: p.Text})
	}
	return s
}

// textOf is what a state says of minutes.
func textOf(s writing.State) (text []Paragraph, ended string) {
	for _, p := range s.Sheet.Paragraphs {
		point := p.Kind
		if point == "" {
			point = PlaceOpening
		}
		text = append(text, Paragraph{Point: point, Text: p.Text})
	}
	return text, s.Sheet.Values[nameEnded]
}

// minutes are those of a sitting with what is being written of them. store.ErrNotFound.
func minutes(tx *store.Tx, sitting string) (*Minutes, error) {
	m, err := savedMinutes(tx, sitting)
	if err != nil || m.Settled != nil {
		return m, err
	}
	if unkept, err := written.Unkept(tx, sitting, m.Inclusion); err != nil || !unkept {
		return m, err
	}
	s, err := written.State(tx, sitting, m.Inclusion)
	if err == nil {
		m.Text, m.Ended = textOf(s)
		m.Edition = m.Inclusion.Mark(s.Seen)
	}
	return m, err
}

// including is the version of minutes that says what is written of them now; none when the last one does.
func including(tx *store.Tx, sitting string) ([]journal.Draft, error) {
	m, err := savedMinutes(tx, sitting)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil || m.Settled != nil {
		return nil, err
	}
	if unkept, err := written.Unkept(tx, sitting, m.Inclusion); err != nil || !unkept {
		return nil, err
	}
	s, err := written.State(tx, sitting, m.Inclusion)
	if err != nil {
		return nil, err
	}
	text, ended := textOf(s)
	if slices.Equal(text, m.Text) && ended == m.Ended {
		return nil, nil
	}
	return []journal.Draft{{Stream: "minutes/" + sitting, Kind: KindMinutesDrafted, Data: minutesText{text, ended, s.Included(false)}}}, CheckDraftMinutes(m, text)
}

// anew is the data of minutes saved otherwise than by writing.
func anew(tx *store.Tx, sitting string, text []Paragraph, ended string) (minutesText, error) {
	m, err := savedMinutes(tx, sitting)
	if errors.Is(err, store.ErrNotFound) {
		return minutesText{Text: text, Ended: ended}, nil
	}
	if err != nil {
		return minutesText{}, err
	}
	included, err := written.Anew(tx, sitting, m.Inclusion)
	return minutesText{text, ended, included}, err
}

// Written are minutes as those who write them have made them, until now or until somebody looked.
type Written struct {
	Minutes
	State writing.State
	// alone: nothing of them is saved yet, or they are longer than several may write at once.
	alone bool
}

// Written gives the minutes of a sitting as all have written them until now; those that nobody began are composed of what
// the sitting recorded.
func (r *Registers) Written(ctx context.Context, sitting string) (w Written, s council.Sitting, err error) {
	if w.Minutes, s, err = r.Minutes(ctx, sitting); err != nil || w.Edition == "" || w.Settled != nil {
		w.alone = true
		return w, s, err
	}
	err = r.view(ctx, func(tx *store.Tx) error {
		w.State, err = written.Read(writing.New(r.j), tx, sitting, w.Inclusion)
		if w.alone = errors.Is(err, merge.ErrTooLarge); w.alone {
			return nil
		}
		if err == nil {
			w.Text, w.Ended = textOf(w.State)
			w.Edition = w.Inclusion.Mark(w.State.Seen)
		}
		return err
	})
	return w, s, err
}

// With are the minutes as their author has them before her eyes once a text was kept by Write, which gave now: what others
// wrote meanwhile is not in them.
func (w Written) With(text []Paragraph, ended, device string, now Written) Written {
	if w.alone || now.alone {
		return now
	}
	w.State = w.State.With(sheetOf(text, ended), device, now.State)
	w.Text, w.Ended, w.Edition = text, ended, now.Edition
	return w
}

// Device is the id of this computer, in what Written tells of who writes.
func (r *Registers) Device() string { return r.j.Device() }

// Write keeps what somebody made of the minutes that she had before her eyes, and gives them with what others wrote
// meanwhile: the words of all. Errors: refusals; *NotApplied where nobody else could write them at once.
func (r *Registers) Write(ctx context.Context, actor string, had Written, text []Paragraph, ended string) (Written, error) {
	if !validHour(ended) {
		ended = had.Ended // it is being typed
	}
	err := merge.ErrTooLarge
	if !had.alone {
		err = written.Write(ctx, writing.New(r.j), actor, had.Sitting, had.State, sheetOf(text, ended), func(tx *store.Tx) error {
			m, err := savedMinutes(tx, had.Sitting)
			if err != nil {
				return err
			}
			return CheckDraftMinutes(m, text)
		})
	}
	if errors.Is(err, merge.ErrTooLarge) {
		err = r.SaveMinutes(ctx, actor, had.Sitting, had.Edition, text, ended)
	}
	if err != nil {
		return had, err
	}
	now, _, err := r.Written(ctx, had.Sitting)
	return now, err
}

// Keep is Write, then a version of the minutes with what all have written.
func (r *Registers) Keep(ctx context.Context, actor string, had Written, text []Paragraph, ended string) (Written, error) {
	if !validHour(ended) {
		return had, errHour()
	}
	if now, err := r.Write(ctx, actor, had, text, ended); err != nil {
		return now, err
	}
	if _, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) { return including(tx, had.Sitting) }); err != nil {
		return had, err
	}
	now, _, err := r.Written(ctx, had.Sitting)
	return now, err
}

// Reconcile puts together versions of minutes that two computers made of one writing, and brings over what this one wrote of
// a former one. It gives how many minutes it did so with; other conflicts wait for a person.
func (r *Registers) Reconcile(ctx context.Context) (n int, err error) {
	var open []string
	if err := r.view(ctx, func(tx *store.Tx) (err error) {
		open, err = store.All(tx, `SELECT id FROM `+tableOf("minutes")+` WHERE at > ?`, []any{r.j.Now().Add(-stillWritten).UnixMicro()}, func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
		return err
	}); err != nil {
		return 0, fmt.Errorf("looking for minutes: %w", err)
	}
	return written.Reconcile(ctx, writing.New(r.j), open, "Les deux textes étaient écrits ensemble : ils sont réunis.", unite)
}

// stillWritten is how long after they last changed minutes are looked at for what comes late.
const stillWritten = 400 * 24 * time.Hour

// unite gives the text of versions that two computers made of one writing.
func unite(tx *store.Tx, sitting string, c journal.Conflict) (journal.Draft, error) {
	last, err := written.Last(tx, sitting)
	if errors.Is(err, writing.ErrClosed) {
		err = writing.ErrApart // settled meanwhile: a person looks at what is left
	}
	if err != nil {
		return journal.Draft{}, err
	}
	s, ok, err := written.Together(tx, sitting, last, c)
	if err == nil && !ok {
		err = writing.ErrApart
	}
	if err != nil {
		return journal.Draft{}, err
	}
	t := minutesText{Writing: s.Included(false)}
	t.Text, t.Ended = textOf(s)
	return journal.Draft{Data: t}, nil
}
