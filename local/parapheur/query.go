package parapheur

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	if f.Remarks, err = remarksIn(tx, id); err != nil {
		return nil, err
	}
	if f.Opinions, err = opinionsIn(tx, id); err != nil {
		return nil, err
	}
	if f.Receipts, err = receiptsIn(tx, id); err != nil {
		return nil, err
	}
	contested, err := journal.Unsettled(tx, stream(id))
	f.Read, f.Conflict = read > 0, len(contested) > 0
	return f, err
}

func town(tx *store.Tx) (t Town, err error) {
	if t.Authority, err = authority.Current(tx); err != nil && !errors.Is(err, store.ErrNotFound) {
		return t, err
	}
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
	ToDo     Box = "todo"     // waits for this person
	Late     Box = "late"     // waits for this person, after its deadline
	Waiting  Box = "waiting"  // waits for somebody else
	Retrieve Box = "retrieve" // hers, that has come to its end and waits to be retrieved
	Finished Box = "finished"
	All      Box = "all"
)

// Row is a folder in a list.
type Row struct {
	ID       string
	Title    string
	Kind     Kind
	Type     string // the id of the authority's own type
	State    State
	Deadline authority.Day
	Changed  time.Time
	Author   string
	Created  time.Time
	Amount   int64 // in cents
	// Step is the title of the step that waits, StepKind what it asks.
	Step     string
	StepKind StepKind
	Offline  bool // a signature waits for its timestamp
	Conflict bool
	Mine     bool // it waits for the person who asks
	Asked    bool // her opinion is waited for
	Late     bool
	Rejected bool // by Hélios, in its last answer
	// Handover is how far its transmission has come, "" for none: of several, the one that
	// is the least far.
	Handover HandoverState
}

// List gives the folders of a pile for a person, soonest deadline first, then
// the latest changed, at most limit.
func (d *Desk) List(ctx context.Context, person string, box Box, limit int) ([]Row, error) {
	var rows []Row
	day := d.today()
	err := d.j.Store().View(ctx, func(tx *store.Tx) error {
		p, err := listOf(tx, person, day)
		if err != nil {
			return err
		}
		ids, args := p.ids(box, day, limit)
		// The index alone tells which; only those that are shown are read.
		rows, err = store.All(tx, `SELECT data FROM folder WHERE id IN (SELECT id FROM (`+ids+`)) ORDER BY `+orderOf(box), args,
			func(scan func(...any) error) (Row, error) {
				f, err := store.Decoded[Folder](scan)
				if err != nil {
					return Row{}, err
				}
				return p.row(&f, day), nil
			})
		return err
	})
	return rows, err
}

// Count tells how many folders wait for a person.
func (d *Desk) Count(ctx context.Context, person string) (n int, err error) {
	day := d.today()
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		p, err := pileOf(tx, person, day)
		if err != nil {
			return err
		}
		return tx.Get(`SELECT count(*) FROM folder WHERE `+p.hers(), p.args(), &n)
	})
	return n, err
}

// turnOf is all that decides whose turn a running folder is, as MayAct reads it:
// who or what the step waits for, and the kind. A thousand folders have few turns.
func turnOf(f *Folder) string {
	if f.State != Running || f.Step >= len(f.Route) || f.HandingOver() {
		return ""
	}
	var parts []string
	for i, h := range f.Route[f.Step].holders() {
		if !slices.ContainsFunc(f.Acted, func(p Part) bool { return p.Holder == i }) {
			parts = append(parts, h.Person+turnSeparator+string(h.Role))
		}
	}
	turn := strings.Join(parts, turnSeparator) + turnSeparator + string(f.Kind)
	for _, p := range f.Acted {
		turn += turnSeparator + p.Person // it is no longer theirs
	}
	return turn + turnSeparator + strconv.Itoa(len(parts))
}

const turnSeparator = "\x1f"

// folderOf makes the folder that a turn stands for, to be asked of the rules; nil for no turn.
func folderOf(turn string) *Folder {
	parts := strings.Split(turn, turnSeparator)
	n, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil || n < 1 || len(parts) < 2*n+2 {
		return nil
	}
	f := &Folder{State: Running, Kind: Kind(parts[2*n]), Route: []Step{{}}}
	for i := range n {
		h := Holder{Person: parts[2*i], Role: authority.Role(parts[2*i+1])}
		if i == 0 {
			f.Route[0].Person, f.Route[0].Role = h.Person, h.Role
		} else {
			f.Route[0].With = append(f.Route[0].With, h)
		}
	}
	for _, person := range parts[2*n+1 : len(parts)-1] {
		f.Acted = append(f.Acted, Part{Holder: -1, Person: person})
	}
	return f
}

// pile is what tells a person's folders from the others.
type pile struct {
	person    string
	town      Town
	turns     map[string]bool // those that are hers
	contested map[string]bool // streams where somebody must decide
	asked     []string        // folders on which her opinion is waited for
	rejected  map[string]bool // folders that Hélios rejects something of; of a list alone
}

func pileOf(tx *store.Tx, person string, day authority.Day) (pile, error) {
	p := pile{person: person, turns: map[string]bool{}}
	var err error
	if p.town, err = town(tx); err != nil {
		return p, err
	}
	// From one turn to the next in the index: DISTINCT would read all that runs.
	all, err := store.All(tx, `WITH RECURSIVE turns (turn) AS (SELECT min(turn) FROM folder WHERE state = 'running'
		UNION ALL SELECT (SELECT min(turn) FROM folder WHERE state = 'running' AND turn > turns.turn) FROM turns WHERE turns.turn IS NOT NULL)
		SELECT turn FROM turns WHERE turn IS NOT NULL`, nil,
		func(scan func(...any) error) (turn string, err error) { return turn, scan(&turn) })
	if err != nil {
		return p, err
	}
	for _, turn := range all {
		f := folderOf(turn)
		if f == nil {
			continue
		}
		_, err := MayAct(f, p.town, person, day)
		p.turns[turn] = err == nil
	}
	if p.asked, err = askedOf(tx, person); err != nil {
		return p, err
	}
	p.contested, err = journal.Unsettled(tx, stream(""))
	return p, err
}

// listOf is a pile whose rows are shown: it knows besides what the rows tell.
func listOf(tx *store.Tx, person string, day authority.Day) (pile, error) {
	p, err := pileOf(tx, person, day)
	if err != nil {
		return p, err
	}
	p.rejected, err = rejectedIn(tx)
	return p, err
}

// ids is the query of a pile's folders, the first of them at most limit.
func (p pile) ids(box Box, day authority.Day, limit int) (query string, args []any) {
	const first = `SELECT id, deadline, changed FROM folder WHERE `
	end := ` ORDER BY ` + orderOf(box) + ` LIMIT ?`
	late := authority.Day("9999-12-32") // after all days, and after those that have none
	switch box {
	case Retrieve:
		return first + `state IN ('done', 'refused') AND author = ? AND id NOT IN (SELECT folder FROM folder_retrieved)` + end, []any{p.person, limit}
	case Finished:
		return first + `state IN ('done', 'refused', 'withdrawn')` + end, []any{limit}
	case All:
		return first + `1 = 1` + end, []any{limit}
	case Waiting:
		return first + `state IN ('running', 'draft') AND NOT ` + p.hers() + end, append(p.args(), limit)
	case Late:
		late = day
	}
	// Each turn stands in the index in its order: the first of each are enough.
	var parts []string
	for _, turn := range p.own() {
		parts = append(parts, `SELECT * FROM (`+first+`state = 'running' AND turn = ? AND deadline < ?`+end+`)`)
		args = append(args, turn, string(late), limit)
	}
	parts = append(parts, first+`id IN (SELECT value FROM json_each(?)) AND deadline < ?`)
	args = append(args, p.disputes(), string(late), limit)
	return `SELECT * FROM (` + strings.Join(parts, ` UNION `) + `)` + end, args
}

func orderOf(box Box) string {
	if box == Finished || box == Retrieve {
		return `changed DESC`
	}
	return `deadline, changed DESC`
}

// hers is the condition of what waits for the person, on args.
// A conflict waits for whoever may see it: somebody must decide.
func (p pile) hers() string {
	return `((state = 'running' AND turn IN (SELECT value FROM json_each(?))) OR id IN (SELECT value FROM json_each(?)))`
}

func (p pile) args() []any { return []any{jsonOf(p.own()), p.disputes()} }

// own are the turns that are hers; «[]» and not «null», which compares with nothing, when there are none.
func (p pile) own() []string {
	turns := []string{}
	for turn, hers := range p.turns {
		if hers {
			turns = append(turns, turn)
		}
	}
	return turns
}

func (p pile) disputes() string {
	ids := append([]string{}, p.asked...)
	for s := range p.contested {
		ids = append(ids, idOf(s))
	}
	return jsonOf(ids)
}

func jsonOf(words []string) string {
	text, err := json.Marshal(words)
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return string(text)
}

// row is a folder in a list of the person's.
func (p pile) row(f *Folder, day authority.Day) Row {
	f.Conflict = p.contested[stream(f.ID)]
	r := rowOf(f, p.turns[turnOf(f)], day)
	r.Asked = slices.Contains(p.asked, f.ID)
	r.Mine, r.Rejected = r.Mine || r.Asked, p.rejected[f.ID]
	return r
}

func rowOf(f *Folder, mine bool, day authority.Day) Row {
	r := Row{ID: f.ID, Title: f.Title, Kind: f.Kind, Type: f.Type, State: f.State, Deadline: f.Deadline, Changed: f.Changed, Author: f.Author, Created: f.Created, Amount: f.Amount, Conflict: f.Conflict}
	for _, s := range f.Signatures {
		r.Offline = r.Offline || s.Offline
	}
	if f.State == Running && f.Step < len(f.Route) {
		r.Step, r.StepKind = f.Route[f.Step].Title, f.Route[f.Step].Kind
		r.Mine, r.Handover = mine, f.handoverState()
		r.Late = f.Deadline != "" && f.Deadline < day
	}
	r.Mine = r.Mine || f.Conflict
	return r
}

// toRaise gives the folders whose signatures this device is to raise, then those whose
// archive timestamp it is to renew.
func toRaise(tx *store.Tx, device string, now time.Time) ([]string, error) {
	id := func(scan func(...any) error) (id string, err error) { return id, scan(&id) }
	waiting, err := store.All(tx, `SELECT id FROM folder WHERE to_raise = ? ORDER BY changed`, []any{device}, id)
	if err != nil {
		return nil, err
	}
	ending, err := store.All(tx, `SELECT id FROM folder WHERE renew <> 0 AND (renew < ? OR renewer = ? AND renew < ?) AND to_raise <> ? ORDER BY renew`,
		[]any{now.Add(renewAnyway).UnixMicro(), device, now.Add(renewBefore).UnixMicro(), device}, id)
	return append(waiting, ending...), err
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
