package council

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typography"
	"alpi40.fr/airial/local/writing"
)

// The agenda of a sitting to come is prepared by several at once, before the summons that announces it (CGCT, art. L2121-10):
// points come, move, are worded and go on any laptop, with or without a line. It is written as drafts are (package writing),
// in a stream of its own, «agenda/<id>». The words of a point merge; its place, and whether it stands, are values: a point that
// two people moved stands once, at the last place that was given, and is doubted. A summons closes it.

// The kinds of entries of an agenda in preparation.
const (
	KindAgendaDrafted  = "agenda.drafted"
	KindAgendaConvened = "agenda.convened"
	KindAgendaDropped  = "agenda.dropped"
)

const agendaPrefix = "agenda/"

// maxPointWords bounds the words of one point.
const maxPointWords = 1_000

// Agenda is one in preparation.
type Agenda struct {
	ID string `json:"id"`
	// Day (day/month/year), Hour and Place are as people have typed them; they may be empty.
	Day    string     `json:"day,omitempty"`
	Hour   string     `json:"hour,omitempty"`
	Place  string     `json:"place,omitempty"`
	Points []Prepared `json:"points"`
	// Gone are the points that were taken away, and may come back.
	Gone []Prepared `json:"gone,omitempty"`
	// Doubts are those of Day, Hour and Place («day», «hour», «place») of which two were given apart.
	Doubts []string `json:"-"`
	// Convened: a summons announced it, Sitting is what it convened. Dropped: it was given up.
	Convened bool   `json:"convened,omitempty"`
	Dropped  bool   `json:"dropped,omitempty"`
	Sitting  string `json:"sitting,omitempty"`
	// Announced are the points that the summons has, by their ids.
	Announced []string  `json:"announced,omitempty"`
	Saved     time.Time `json:"saved"`
	SavedBy   string    `json:"savedBy,omitempty"` // person
	writing.Inclusion
}

// Prepared is a point of an agenda in preparation.
type Prepared struct {
	ID    string `json:"id"`
	Words string `json:"words"`
	// Deliberation is the draft that it announces; empty until there is one.
	Deliberation string `json:"deliberation,omitempty"`
	Reporter     string `json:"reporter,omitempty"` // member
	// Doubted: two people gave it a place, a draft or a reporter, each apart.
	Doubted bool `json:"-"`
}

// Open tells whether an agenda is still being prepared.
func (a Agenda) Open() bool { return !a.Convened && !a.Dropped }

// agendaSheet is the data of KindAgendaDrafted: the sheet as it is, points in the order in which they came.
type agendaSheet struct {
	Points  []Prepared        `json:"points"`
	Values  map[string]string `json:"values,omitempty"`
	Writing *writing.Included `json:"writing,omitempty"`
}

type agendaConvened struct {
	Sitting string            `json:"sitting"`
	Points  []string          `json:"points"`
	Writing *writing.Included `json:"writing,omitempty"`
}

func (s agendaSheet) sheet() writing.Sheet {
	out := writing.Sheet{Values: s.Values}
	for _, p := range s.Points {
		out.Paragraphs = append(out.Paragraphs, writing.Paragraph{Kind: p.ID, Text: p.Words})
	}
	return out
}

// agendas are what is written by several.
var agendas = writing.Kind{Prefix: agendaPrefix, Entry: KindAgendaDrafted,
	Sheet: func(data []byte) (writing.Sheet, error) {
		var s agendaSheet
		err := json.Unmarshal(data, &s)
		return s.sheet(), err
	},
	Last: func(tx *store.Tx, id string) (writing.Inclusion, error) {
		a, err := one[Agenda](tx, "agenda", id)
		if err != nil {
			return writing.Inclusion{}, err
		}
		if !a.Open() {
			return a.Inclusion, writing.ErrClosed
		}
		return a.Inclusion, nil
	}}

// The values of a sheet: three of the agenda, and four of each point, by its id.
const (
	valueDay, valueHour, valuePlace = "day", "hour", "place"

	valueAt       = "at "       // its place among the others: they are in the order of these
	valueGone     = "gone "     // the words that it had when it was taken away: worded anew since, it is back
	valueDraft    = "draft "    // deliberation
	valueReporter = "reporter " // member
)

// take makes of an agenda what a sheet says.
func (a *Agenda) take(s writing.Sheet, doubts []string) {
	v, doubted := s.Values, setOf(doubts)
	a.Day, a.Hour, a.Place, a.Points, a.Gone, a.Doubts = v[valueDay], v[valueHour], v[valuePlace], nil, nil, nil
	for _, name := range []string{valueDay, valueHour, valuePlace} {
		if doubted[name] {
			a.Doubts = append(a.Doubts, name)
		}
	}
	for _, p := range joined(s.Paragraphs) {
		x := Prepared{ID: p.Kind, Words: p.Text, Deliberation: v[valueDraft+p.Kind], Reporter: v[valueReporter+p.Kind],
			Doubted: doubted[valueAt+p.Kind] || doubted[valueDraft+p.Kind] || doubted[valueReporter+p.Kind]}
		if words, gone := v[valueGone+p.Kind]; gone && words == goneMark+p.Text {
			a.Gone = append(a.Gone, x)
		} else {
			a.Points = append(a.Points, x)
		}
	}
	slices.SortStableFunc(a.Points, func(x, y Prepared) int {
		return cmp.Or(cmp.Compare(v[valueAt+x.ID], v[valueAt+y.ID]), cmp.Compare(x.ID, y.ID))
	})
}

// goneMark stands before the words of a point that was taken away, which may be none.
const goneMark = "-"

// joined are the paragraphs of a sheet, one a point: what a stranger's program wrote twice, or of no point, is kept.
func joined(all []writing.Paragraph) (out []writing.Paragraph) {
	at := map[string]int{}
	for i, p := range all {
		if p.Kind == "" {
			p.Kind = "stray-" + strconv.Itoa(i)
		}
		if n, there := at[p.Kind]; there {
			out[n].Text = strings.TrimSpace(out[n].Text + " " + p.Text)
			continue
		}
		at[p.Kind] = len(out)
		out = append(out, p)
	}
	return out
}

// sheetOver is the sheet that makes of a state what an agenda says.
func (a Agenda) sheetOver(state writing.State) writing.Sheet {
	var before Agenda
	was := state.Sheet
	before.take(was, state.Doubts)
	out := writing.Sheet{Paragraphs: joined(was.Paragraphs), Values: maps.Clone(was.Values)}
	if out.Values == nil {
		out.Values = map[string]string{}
	}
	set := func(name, value string) {
		if out.Values[name] != value {
			out.Values[name] = value
		}
	}
	set(valueDay, strings.TrimSpace(a.Day))
	set(valueHour, strings.TrimSpace(a.Hour))
	set(valuePlace, strings.TrimSpace(a.Place))
	stands := map[string]bool{}
	for _, p := range a.Points {
		stands[p.ID] = true
		words := oneLine.Replace(p.Words)
		if at := slices.IndexFunc(out.Paragraphs, func(x writing.Paragraph) bool { return x.Kind == p.ID }); at < 0 {
			out.Paragraphs = append(out.Paragraphs, writing.Paragraph{Kind: p.ID, Text: words})
		} else {
			out.Paragraphs[at].Text = words
		}
		set(valueDraft+p.ID, p.Deliberation)
		set(valueReporter+p.ID, p.Reporter)
		if out.Values[valueGone+p.ID] == goneMark+words {
			set(valueGone+p.ID, "") // it is back
		}
	}
	for _, p := range before.Points {
		if !stands[p.ID] {
			set(valueGone+p.ID, goneMark+p.Words)
		}
	}
	a.placed(before, out.Values)
	return out
}

var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ")

// placed gives the points their places: those that did not move keep theirs.
func (a Agenda) placed(before Agenda, values map[string]string) {
	order := func(points []Prepared) (ids []string) {
		for _, p := range points {
			ids = append(ids, p.ID)
		}
		return ids
	}
	now, was := order(a.Points), order(before.Points)
	left := slices.DeleteFunc(slices.Clone(was), func(id string) bool { return !slices.Contains(now, id) })
	stays := map[string]bool{}
	for _, at := range merge.Common(left, now) {
		stays[left[at[0]]] = true
	}
	for _, p := range a.Points { // who says where a doubted point stands gives it its place anew
		at := slices.IndexFunc(before.Points, func(x Prepared) bool { return x.ID == p.ID })
		if at >= 0 && before.Points[at].Doubted && !p.Doubted {
			delete(stays, p.ID)
		}
	}
	last := ""
	for i, id := range now {
		key, previous := values[valueAt+id], last
		if stays[id] && key != "" && (key > last || i > 0 && key == last && stays[now[i-1]]) {
			last = key
			continue
		}
		next := ""
		for _, later := range now[i+1:] {
			if k := values[valueAt+later]; stays[later] && k > last {
				next = k
				break
			}
		}
		if last = between(last, next); last == key { // the same place, given anew
			last = between(previous, key)
		}
		values[valueAt+id] = last
	}
}

// places are the digits of the places of points, in their order.
const places = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// between gives a place after one and before another, which may be empty: none. It never ends in the first digit, so that
// there is always room before it.
func between(after, before string) string {
	var out []byte
	for i := 0; ; i++ {
		a, b := 0, len(places)
		if i < len(after) {
			a = max(strings.IndexByte(places, after[i]), 0)
		}
		if i < len(before) {
			b = max(strings.IndexByte(places, before[i]), 0)
		}
		switch {
		case a == b:
			out = append(out, places[a])
		case b-a > 1:
			return string(append(out, places[(a+b)/2]))
		default: // there is room only after the first
			out, before = append(out, places[a]), ""
		}
	}
}

// check holds the limits of an agenda.
func (a Agenda) check() error {
	if len(a.Points) > maxPoints {
		return errPoints()
	}
	for _, p := range a.Points {
		if len(p.Words) > maxPointWords {
			return &rule.Refusal{Why: "Un point de l’ordre du jour est trop long.", Cure: "Dites-le en une phrase ; le texte va dans le projet de délibération."}
		}
	}
	return nil
}

func errPoints() error {
	return &rule.Refusal{Why: "Cet ordre du jour compte trop de points.", Cure: "Répartissez-les sur deux séances."}
}

// PreparedAgenda is an agenda as those who prepare it have made it, until now or until somebody looked.
type PreparedAgenda struct {
	Agenda
	State writing.State
}

// PrepareAgenda begins an agenda. Its first edition is empty, and the same for all.
func (c *Council) PrepareAgenda(ctx context.Context, actor string) (id string, err error) {
	id = c.j.NewID()
	return id, c.commit(ctx, actor, agendaPrefix+id, KindAgendaDrafted, nil, func(*store.Tx) (any, error) { return agendaSheet{Points: []Prepared{}}, nil })
}

// NewPoint gives an id to a point that is not written yet.
func (c *Council) NewPoint() string { return c.j.NewID() }

// Agendas gives those in preparation, the last touched first.
func (c *Council) Agendas(ctx context.Context) (all []Agenda, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		found, err := store.All(tx, `SELECT data FROM agenda WHERE status = 'open' ORDER BY at DESC, id`, nil, store.Decoded[Agenda])
		for _, a := range found {
			w, err := preparedOf(tx, a)
			if err != nil {
				return err
			}
			all = append(all, w.Agenda)
		}
		return err
	})
	return all, err
}

func preparedOf(tx *store.Tx, a Agenda) (PreparedAgenda, error) {
	s, err := agendas.State(tx, a.ID, a.Inclusion)
	if err != nil {
		return PreparedAgenda{}, err
	}
	a.present(s)
	return PreparedAgenda{Agenda: a, State: s}, nil
}

func (a *Agenda) present(s writing.State) {
	a.take(s.Sheet, s.Doubts)
	if len(s.Hands) > 0 && s.Hands[0].At.After(a.Saved) {
		a.Saved, a.SavedBy = s.Hands[0].At, s.Hands[0].Person
	}
}

// Agenda gives one as all have prepared it until now. store.ErrNotFound.
func (c *Council) Agenda(ctx context.Context, id string) (w PreparedAgenda, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		a, err := one[Agenda](tx, "agenda", id)
		if err != nil {
			return err
		}
		if w.State, err = agendas.Read(writing.New(c.j), tx, id, a.Inclusion); err != nil {
			return err
		}
		w.Agenda = *a
		w.present(w.State)
		return nil
	})
	return w, err
}

// With is the agenda as its author has it before her eyes once what she made of it was kept by WriteAgenda, which gave now:
// what others did meanwhile is not in it.
func (w PreparedAgenda) With(want Agenda, device string, now PreparedAgenda) PreparedAgenda {
	w.State = w.State.With(want.sheetOver(w.State), device, now.State)
	w.take(w.State.Sheet, w.State.Doubts)
	return w
}

// WriteAgenda keeps what somebody made of the agenda that she had before her eyes, and gives it with what others made of it
// meanwhile. Error: a refusal.
func (c *Council) WriteAgenda(ctx context.Context, actor string, had PreparedAgenda, want Agenda) (PreparedAgenda, error) {
	if err := want.check(); err != nil {
		return had, err
	}
	id := had.ID
	err := agendas.Write(ctx, writing.New(c.j), actor, id, had.State, want.sheetOver(had.State), func(tx *store.Tx) error { return stillPrepared(tx, id) })
	if errors.Is(err, merge.ErrTooLarge) {
		err = errPoints()
	}
	if err != nil {
		return had, err
	}
	now, err := c.Agenda(ctx, id)
	if err != nil || now.State.Count < writing.MaxUpdates {
		return now, err
	}
	if _, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) { return editionOf(tx, id) }); err != nil {
		return now, err
	}
	return c.Agenda(ctx, id)
}

func stillPrepared(tx *store.Tx, id string) error {
	a, err := one[Agenda](tx, "agenda", id)
	switch {
	case err != nil:
		return err
	case a.Convened:
		return &rule.Refusal{Article: "CGCT, art. L2121-10", Why: "La convocation est partie : cet ordre du jour ne se prépare plus.", Cure: "Ajoutez un point à la séance par une convocation complémentaire."}
	case a.Dropped:
		return &rule.Refusal{Why: "Cet ordre du jour a été abandonné.", Cure: "Préparez-en un autre."}
	}
	return nil
}

// editionOf is the edition of an agenda that says what is written of it now; none when the last one does.
func editionOf(tx *store.Tx, id string) ([]journal.Draft, error) {
	last, err := agendas.Last(tx, id)
	if errors.Is(err, writing.ErrClosed) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := agendas.State(tx, id, last)
	if err != nil {
		return nil, err
	}
	return []journal.Draft{{Stream: agendaPrefix + id, Kind: KindAgendaDrafted, Data: sheetData(s)}}, nil
}

func sheetData(s writing.State) agendaSheet {
	out := agendaSheet{Points: []Prepared{}, Values: s.Sheet.Values, Writing: s.Included(false)}
	for _, p := range joined(s.Sheet.Paragraphs) {
		out.Points = append(out.Points, Prepared{ID: p.Kind, Words: p.Text})
	}
	return out
}

// DropAgenda gives an agenda up. Error: a refusal.
func (c *Council) DropAgenda(ctx context.Context, actor, id string) error {
	return c.commit(ctx, actor, agendaPrefix+id, KindAgendaDropped, nil, func(tx *store.Tx) (any, error) { return struct{}{}, stillPrepared(tx, id) })
}

// Editors are those who wrote the agenda from other computers since a time, the latest first; Block is the number of the
// point among Points, -1 for none of them.
func (w PreparedAgenda) Editors(device string, since time.Time) (all []Hand) {
	shown := joined(w.State.Sheet.Paragraphs)
	for _, h := range w.State.Hands {
		if h.Device == device || !h.At.After(since) || strings.TrimSpace(h.Person) == "" {
			continue
		}
		at := -1
		if h.Paragraph < len(shown) {
			at = slices.IndexFunc(w.Points, func(p Prepared) bool { return p.ID == shown[h.Paragraph].Kind })
		}
		all = append(all, Hand{h.Person, at, h.At})
	}
	return all
}

// announce is what a summons says of the points of an agenda, and the entries that go with it: points that no draft stands
// behind get an empty one under their words.
func (c *Council) announce(tx *store.Tx, id, sitting string) (items []Item, drafts []journal.Draft, err error) {
	if err := stillPrepared(tx, id); err != nil {
		return nil, nil, err
	}
	a, err := one[Agenda](tx, "agenda", id)
	if err != nil {
		return nil, nil, err
	}
	w, err := preparedOf(tx, *a)
	if err != nil {
		return nil, nil, err
	}
	done := agendaConvened{Sitting: sitting, Points: []string{}, Writing: w.State.Included(false)}
	for _, p := range w.Points {
		words := strings.TrimSpace(p.Words)
		twice := p.Deliberation != "" && slices.ContainsFunc(items, func(i Item) bool { return i.Deliberation == p.Deliberation })
		if words == "" && p.Deliberation == "" || twice {
			continue // an empty line, or a draft that two people added
		}
		item := Item{Subject: typography.Correct(words)}
		if p.Deliberation == "" {
			item.Deliberation = c.j.NewID()
			drafts = append(drafts, journal.Draft{Stream: "deliberation/" + item.Deliberation, Kind: KindDrafted, Data: drafted{Text: entitled(words)}})
		} else if item, err = c.item(tx, p.Deliberation); err != nil {
			return nil, nil, fmt.Errorf("the draft of the point %.80q: %w", p.Words, err)
		} else if words != "" {
			item.Subject = typography.Correct(words)
		}
		item.Reporter = p.Reporter
		items, done.Points = append(items, item), append(done.Points, p.ID)
	}
	return items, append(drafts, journal.Draft{Stream: agendaPrefix + id, Kind: KindAgendaConvened, Data: done}), nil
}

// Late gives the points that were added to the agenda of a sitting on a laptop that had not heard of the summons: they are
// not announced, and may be by a further one (CGCT, art. L2121-10).
func (c *Council) Late(ctx context.Context, sitting string) (late []Prepared, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		found, err := store.All(tx, `SELECT data FROM agenda WHERE status = 'convened' AND json_extract(CAST(data AS TEXT), '$.sitting') = ?`, []any{sitting}, store.Decoded[Agenda])
		for _, a := range found {
			announced := setOf(a.Announced)
			w, err := preparedOf(tx, a)
			if err != nil {
				return err
			}
			for _, p := range w.Points {
				if !announced[p.ID] && strings.TrimSpace(p.Words) != "" {
					late = append(late, p)
				}
			}
		}
		return err
	})
	return late, err
}

// reconcileAgendas brings together what was prepared apart.
func (c *Council) reconcileAgendas(ctx context.Context) (int, error) {
	var open []string
	if err := c.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		open, err = ids(tx, `SELECT id FROM agenda WHERE status = 'open'`)
		return err
	}); err != nil {
		return 0, fmt.Errorf("looking for agendas in preparation: %w", err)
	}
	return agendas.Reconcile(ctx, writing.New(c.j), open, "L’ordre du jour était préparé à plusieurs : ce qu’en faisait chacun est réuni.", func(tx *store.Tx, id string, conflict journal.Conflict) (journal.Draft, error) {
		last, err := agendas.Last(tx, id)
		if errors.Is(err, writing.ErrClosed) {
			return journal.Draft{}, nil // the summons has what was known; Late tells of the rest
		}
		if err != nil {
			return journal.Draft{}, err
		}
		s, ok, err := agendas.Together(tx, id, last, conflict)
		if err == nil && !ok {
			err = writing.ErrApart
		}
		return journal.Draft{Data: sheetData(s)}, err
	})
}

func agendasProjection() journal.Projection {
	return table("agenda", func(tx *store.Tx, ev journal.Event) error {
		id := strings.TrimPrefix(ev.Stream, agendaPrefix)
		a, err := one[Agenda](tx, "agenda", id)
		if errors.Is(err, store.ErrNotFound) {
			a, err = &Agenda{ID: id}, nil
		}
		if err != nil {
			return err
		}
		status := "open"
		switch ev.Kind {
		case KindAgendaDrafted:
			var s agendaSheet
			if err := json.Unmarshal(ev.Data, &s); err != nil {
				return err
			}
			a.take(s.sheet(), nil)
			a.Inclusion = writing.Inclusion{Edition: ev.ID, Included: s.Writing}
		case KindAgendaConvened:
			var s agendaConvened
			if err := json.Unmarshal(ev.Data, &s); err != nil {
				return err
			}
			a.Convened, a.Sitting, a.Announced = true, s.Sitting, s.Points
		case KindAgendaDropped:
			a.Dropped = true
		}
		switch {
		case a.Convened:
			status = "convened"
		case a.Dropped:
			status = "dropped"
		}
		a.Saved, a.SavedBy = ev.At, ev.Actor
		if err := put(tx, "agenda", id, ev.At.UnixMicro(), status, a); err != nil {
			return err
		}
		return tx.Index(store.Document{Kind: "agenda", Ref: id, Stream: ev.Stream, Title: "Ordre du jour en préparation", At: ev.At})
	})
}
