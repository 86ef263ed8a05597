package parapheur

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// folder reads a folder with what depends on other streams.
func folder(tx *store.Tx, id string) (*Folder, error) {
	f, err := stored(tx, id)
	if err != nil {
		return nil, fmt.Errorf("folder %s: %w", id, err)
	}
	var read int
	if err := tx.Get(`SELECT count(*) FROM folder_reading WHERE folder = ? AND step = ?`, []any{id, f.Step}, &read); err != nil {
		return nil, err
	}
	contested, err := journal.Unsettled(tx, stream(id))
	f.Read, f.Conflict = read > 0, len(contested) > 0
	return f, err
}

func town(tx *store.Tx) (t Town, err error) {
	if t.People, err = authority.People(tx); err != nil {
		return t, err
	}
	t.Delegations, err = authority.Delegations(tx)
	return t, err
}

func (d *Desk) folderAndTown(ctx context.Context, id string) (f *Folder, t Town, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		if f, err = folder(tx, id); err != nil {
			return err
		}
		t, err = town(tx)
		return err
	})
	return f, t, err
}

// Folder gives one folder. store.ErrNotFound.
func (d *Desk) Folder(ctx context.Context, id string) (*Folder, error) {
	f, _, err := d.folderAndTown(ctx, id)
	return f, err
}

// Town gives the people and delegations, for names.
func (d *Desk) Town(ctx context.Context) (t Town, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) (err error) { t, err = town(tx); return err })
	return t, err
}

// Name gives a person's name for the pages.
func (t Town) Name(id string) string { return t.name(id) }

// Box is one of the desk's piles.
type Box string

// The piles.
const (
	ToDo     Box = "todo"    // waits for this person
	Late     Box = "late"    // waits for this person, after its deadline
	Waiting  Box = "waiting" // waits for somebody else
	Finished Box = "finished"
	All      Box = "all"
)

// Row is a folder in a list.
type Row struct {
	ID       string
	Title    string
	Kind     Kind
	State    State
	Deadline authority.Day
	Changed  time.Time
	Author   string
	// Step is the title of the step that waits, StepKind what it asks.
	Step     string
	StepKind StepKind
	Offline  bool // a signature waits for its timestamp
	Conflict bool
	Mine     bool // it waits for the person who asks
	Late     bool
}

// List gives the folders of a pile for a person, soonest deadline first, then
// the latest changed, at most limit.
func (d *Desk) List(ctx context.Context, person string, box Box, limit int) ([]Row, error) {
	var rows []Row
	day := d.today()
	err := d.j.Store().View(ctx, func(tx *store.Tx) error {
		t, err := town(tx)
		if err != nil {
			return err
		}
		contested, err := journal.Unsettled(tx, stream(""))
		if err != nil {
			return err
		}
		where := map[Box]string{ToDo: `state = 'running'`, Late: `state = 'running'`, Waiting: `state IN ('running', 'draft')`,
			Finished: `state IN ('done', 'refused', 'withdrawn')`, All: `1 = 1`}[box]
		order := `deadline, changed DESC`
		if box == Finished {
			order = `changed DESC`
		}
		return tx.Each(`SELECT data FROM folder WHERE `+where+` ORDER BY `+order, nil, func(scan func(...any) error) error {
			if len(rows) >= limit {
				return nil
			}
			f, err := store.Decoded[Folder](scan)
			if err != nil {
				return err
			}
			f.Conflict = contested[stream(f.ID)]
			if r := rowOf(&f, t, person, day); inBox(r, box) {
				rows = append(rows, r)
			}
			return nil
		})
	})
	return rows, err
}

func inBox(r Row, box Box) bool {
	switch box {
	case ToDo:
		return r.Mine
	case Late:
		return r.Mine && r.Late
	case Waiting:
		return !r.Mine
	}
	return true
}

func rowOf(f *Folder, t Town, person string, day authority.Day) Row {
	r := Row{ID: f.ID, Title: f.Title, Kind: f.Kind, State: f.State, Deadline: f.Deadline, Changed: f.Changed, Author: f.Author, Conflict: f.Conflict}
	for _, s := range f.Signatures {
		r.Offline = r.Offline || s.Offline
	}
	if f.State == Running && f.Step < len(f.Route) {
		r.Step, r.StepKind = f.Route[f.Step].Title, f.Route[f.Step].Kind
		_, err := MayAct(f, t, person, day)
		r.Mine = err == nil
		r.Late = f.Deadline != "" && f.Deadline < day
	}
	// A conflict waits for whoever may see it: somebody must decide.
	r.Mine = r.Mine || f.Conflict
	return r
}

// Count tells how many folders wait for a person.
func (d *Desk) Count(ctx context.Context, person string) (int, error) {
	rows, err := d.List(ctx, person, ToDo, 10_000)
	return len(rows), err
}

func toRaise(tx *store.Tx, device string) ([]string, error) {
	return store.All(tx, `SELECT id FROM folder WHERE to_raise = ? ORDER BY changed`, []any{device},
		func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
}

// Conflict is what two people did in one place of a folder.
type Conflict struct {
	// Holding are the acts that stand, Contested those that are kept aside.
	Holding, Contested []Event
}

// Conflict gives what is to be decided in a folder. store.ErrNotFound when nothing is.
func (d *Desk) Conflict(ctx context.Context, id string) (Conflict, error) {
	var out Conflict
	err := d.j.Store().View(ctx, func(tx *store.Tx) error {
		c, err := journal.ConflictOf(tx, stream(id))
		out.Holding, out.Contested = eventsOf(c.Holding), eventsOf(c.Contested)
		return err
	})
	return out, err
}

func eventsOf(records []journal.Record) []Event {
	var events []Event
	for _, r := range records {
		var a acted
		// An act whose data cannot be read is shown without its note.
		_ = json.Unmarshal(r.Data, &a)
		events = append(events, Event{At: r.At, Person: r.Actor, Device: r.Device, Kind: r.Kind, Step: a.Step, Note: a.Note, Capacity: a.Capacity, For: a.For})
	}
	return events
}
