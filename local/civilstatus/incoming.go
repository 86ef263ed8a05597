package civilstatus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus/names"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// The kinds of entries of a notice that came, and its streams.
const (
	KindCame      = "incoming.came"
	KindMatched   = "incoming.matched"
	KindTreated   = "incoming.treated"
	KindHeldBack  = "incoming.held"
	KindForwarded = "incoming.forwarded"
	KindRestored  = "incoming.restored" // as it stood elsewhere

	incomingPrefix = "incoming/"
)

// IncomingState is where a notice that came stands.
type IncomingState string

// The states of a notice that came: it is matched to an act by a person, worked off into a mention; or held with a
// reason; or sent on to who keeps the act.
const (
	Came      IncomingState = "came"
	Matched   IncomingState = "matched"
	Treated   IncomingState = "treated"
	HeldBack  IncomingState = "held"
	Forwarded IncomingState = "forwarded"
)

// Incoming is a notice of mention that came (avis de mention reçu).
type Incoming struct {
	ID        string        `json:"id"`
	From      string        `json:"from"`
	Reference string        `json:"reference,omitempty"`
	Received  authority.Day `json:"received"`
	Due       authority.Day `json:"due,omitempty"`
	// What it asks for, as far as it is read: a code of the catalogue and its fields, or its wording.
	Code    string            `json:"code,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
	Wording string            `json:"wording,omitempty"`
	// Whose act, and which.
	LastName  string        `json:"lastName"`
	FirstName string        `json:"firstName,omitempty"`
	Born      authority.Day `json:"born,omitempty"` // or the day of the act
	ActKind   ActKind       `json:"actKind,omitempty"`
	Year      int           `json:"year,omitempty"`
	Number    string        `json:"number,omitempty"`
	Pages     []Image       `json:"pages,omitempty"`

	State   IncomingState `json:"state,omitempty"`
	Act     string        `json:"act,omitempty"`
	Mention string        `json:"mention,omitempty"`
	Why     string        `json:"why,omitempty"`
	To      []string      `json:"to,omitempty"` // forwarded
	On      authority.Day `json:"on,omitempty"`
}

// step is what follows the coming of a notice.
type step struct {
	Act     string        `json:"act,omitempty"`
	Mention string        `json:"mention,omitempty"`
	Why     string        `json:"why,omitempty"`
	To      []string      `json:"to,omitempty"`
	On      authority.Day `json:"on,omitempty"`
}

func incomingProjection() journal.Projection {
	return journal.Projection{
		Name: "civilincoming", Version: 1, Prefix: incomingPrefix, Tables: []string{"civil_incoming"},
		Schema: `CREATE TABLE civil_incoming (id TEXT PRIMARY KEY, open INTEGER NOT NULL, received TEXT NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX civil_incoming_open ON civil_incoming (received) WHERE open > 0;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, incomingPrefix)
			n, err := readIncoming(tx, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err := n.fold(ev); err != nil {
				return err
			}
			data, err := json.Marshal(n)
			if err != nil {
				return err
			}
			open := 1
			if n.State == Treated || n.State == Forwarded {
				open = 0
			}
			_, err = tx.Exec(`INSERT INTO civil_incoming (id, open, received, data) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET open = excluded.open, data = excluded.data`,
				id, open, string(n.Received), data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM civil_incoming WHERE id = ?`, strings.TrimPrefix(stream, incomingPrefix))
			return err
		},
	}
}

func (n *Incoming) fold(ev journal.Event) error {
	if ev.Kind == KindRestored {
		return json.Unmarshal(ev.Data, n)
	}
	if ev.Kind == KindCame {
		err := json.Unmarshal(ev.Data, n)
		n.State = Came
		return err
	}
	var s step
	if err := json.Unmarshal(ev.Data, &s); err != nil {
		return err
	}
	switch ev.Kind {
	case KindMatched:
		n.State, n.Act, n.Why = Matched, s.Act, ""
	case KindTreated:
		n.State, n.Act, n.Mention = Treated, s.Act, s.Mention
	case KindHeldBack:
		n.State, n.Act, n.Why = HeldBack, "", s.Why
	case KindForwarded:
		n.State, n.Act, n.To, n.On = Forwarded, "", s.To, s.On
	}
	return nil
}

func readIncoming(tx *store.Tx, id string) (Incoming, error) {
	return store.GetDecoded[Incoming](tx, `SELECT data FROM civil_incoming WHERE id = ?`, id)
}

func (n *Incoming) check() error {
	switch {
	case strings.TrimSpace(n.From) == "":
		return &rule.Refusal{Article: "Code civil, art. 49", Why: "Il manque l’expéditeur de l’avis.", Cure: "Écrivez quelle mairie, quel tribunal ou quel notaire l’envoie."}
	case strings.TrimSpace(n.LastName) == "":
		return &rule.Refusal{Why: "Il manque le nom de la personne.", Cure: "Lisez-le sur l’avis."}
	case n.Received == "":
		return &rule.Refusal{Article: "Code civil, art. 49", Why: "Il manque le jour de réception, dont le délai court.", Cure: "Indiquez-le."}
	}
	return nil
}

// affixDays is the term of art. 49, for who keeps the register.
const affixDays = 3

// Register keeps a notice that came, with its document.
func (r *Registry) Register(ctx context.Context, actor string, n Incoming, pages []Page) (id string, err error) {
	if len(pages) > 0 {
		if n.Pages, err = r.keepAll(ctx, pages); err != nil {
			return "", err
		}
	}
	ids, _, err := r.RegisterAll(ctx, actor, []Incoming{n})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// RegisterAll keeps a list of notices, all or none. What is there already, from the same sender with the same reference
// for the same person, is left as it is: known counts them, and ids gives theirs.
func (r *Registry) RegisterAll(ctx context.Context, actor string, all []Incoming) (ids []string, known int, err error) {
	ids = make([]string, len(all))
	_, err = r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		c, err := r.formulas(tx)
		if err != nil {
			return nil, err
		}
		there, err := store.All(tx, `SELECT data FROM civil_incoming`, nil, store.Decoded[Incoming])
		if err != nil {
			return nil, err
		}
		have := map[[4]string]string{}
		for _, n := range there {
			have[n.key()] = n.ID
		}
		var drafts []journal.Draft
		known = 0
		for i, n := range all {
			if err := n.check(); err != nil {
				return nil, err
			}
			if old := have[n.key()]; old != "" && n.Reference != "" {
				ids[i], known = old, known+1
				continue
			}
			n.ID, n.Due = r.j.NewID(), n.Received.Plus(affixDays)
			for _, f := range c {
				if f.Code == n.Code && f.Days > affixDays && (n.ActKind == "" || slices.Contains(f.Acts, n.ActKind)) {
					n.Due = n.Received.Plus(f.Days)
				}
			}
			ids[i], have[n.key()] = n.ID, n.ID
			drafts = append(drafts, journal.Draft{Stream: incomingPrefix + n.ID, Kind: KindCame, Data: n, Blobs: digests(n.Pages)})
		}
		return drafts, nil
	})
	return ids, known, err
}

func (n *Incoming) key() [4]string {
	return [4]string{names.Key(n.From), sortKey(n.Reference), names.Key(n.LastName + " " + n.FirstName), n.Code}
}

// Incoming gives one notice that came. store.ErrNotFound.
func (r *Registry) Incoming(ctx context.Context, id string) (n Incoming, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { n, err = readIncoming(tx, id); return err })
	return n, err
}

func (r *Registry) stepIncoming(ctx context.Context, actor, id, kind string, s step, may func(*store.Tx, Incoming) error) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		n, err := readIncoming(tx, id)
		if err != nil {
			return nil, fmt.Errorf("incoming notice %s: %w", id, err)
		}
		if n.State == Treated || n.State == Forwarded {
			return nil, errDealtWith()
		}
		if may != nil {
			if err := may(tx, n); err != nil {
				return nil, err
			}
		}
		return []journal.Draft{{Stream: incomingPrefix + id, Kind: kind, Data: s}}, nil
	})
	return err
}

func errDealtWith() error {
	return &rule.Refusal{Why: "Cet avis est déjà traité.", Cure: "Rouvrez la liste des avis reçus."}
}

// Match notes that a person found the act of a notice.
func (r *Registry) Match(ctx context.Context, actor, id, act string) error {
	return r.stepIncoming(ctx, actor, id, KindMatched, step{Act: act}, func(tx *store.Tx, _ Incoming) error {
		_, err := read(tx, act)
		return err
	})
}

// HoldBack keeps a notice waiting, with the reason: the act is not found, or kept elsewhere.
func (r *Registry) HoldBack(ctx context.Context, actor, id, why string) error {
	return r.stepIncoming(ctx, actor, id, KindHeldBack, step{Why: strings.TrimSpace(why)}, func(*store.Tx, Incoming) error {
		if strings.TrimSpace(why) == "" {
			return &rule.Refusal{Why: "Il manque le motif.", Cure: "Dites en quelques mots pourquoi l’avis est retenu."}
		}
		return nil
	})
}

// Forward notes that the notice was sent on to who keeps the act.
func (r *Registry) Forward(ctx context.Context, actor, id string, to []string, on authority.Day) error {
	to = slices.DeleteFunc(slices.Clone(to), func(line string) bool { return strings.TrimSpace(line) == "" })
	return r.stepIncoming(ctx, actor, id, KindForwarded, step{To: to, On: on}, func(_ *store.Tx, n Incoming) error {
		switch {
		case len(to) == 0:
			return &rule.Refusal{Article: "Code civil, art. 49", Why: "Il manque le destinataire.", Cure: "Écrivez l’adresse de la mairie qui tient l’acte, ligne par ligne."}
		case on < n.Received:
			return &rule.Refusal{Why: "La transmission précède la réception de l’avis.", Cure: "Corrigez la date."}
		}
		return nil
	})
}

// treat is the entry that closes a notice when its mention is prepared.
func (n *Incoming) treat(act, mention string) (journal.Draft, error) {
	if n.State == Treated || n.State == Forwarded {
		return journal.Draft{}, errDealtWith()
	}
	return journal.Draft{Stream: incomingPrefix + n.ID, Kind: KindTreated, Data: step{Act: act, Mention: mention}}, nil
}

// Clue is what an act and a notice agree or disagree on.
type Clue string

// The clues; what disagrees counts against.
const (
	SameName   Clue = "name"
	SameFirst  Clue = "first"
	OneFirst   Clue = "one-first"
	SameDay    Clue = "day"
	SameYear   Clue = "year"
	SameNumber Clue = "number"
	OtherDay   Clue = "other-day"
	OtherFirst Clue = "other-first"
)

var weights = map[Clue]int{SameName: 35, LikeName: 20, SameFirst: 20, OneFirst: 12, SameDay: 25, SameYear: 5, SameNumber: 20, OtherDay: -30, OtherFirst: -15}

// Proposal is an act that a notice may be about; 100 is the most.
type Proposal struct {
	Act   Act
	Score int
	Clues []Clue
}

// Compare scores an act for a notice; another kind of act is none.
func Compare(a *Act, n *Incoming) Proposal {
	p := Proposal{Act: *a}
	if n.ActKind != "" && n.ActKind != a.Kind {
		return p
	}
	tell := func(c Clue) { p.Clues, p.Score = append(p.Clues, c), p.Score+weights[c] }
	switch ours, theirs := names.Key(a.LastName), names.Key(n.LastName); {
	case ours == "" || theirs == "":
	case ours == theirs:
		tell(SameName)
	case names.Sound(ours) == names.Sound(theirs):
		tell(LikeName)
	}
	ours, theirs := words(a.FirstName), words(n.FirstName)
	switch {
	case len(ours) == 0 || len(theirs) == 0:
	case slices.Equal(ours, theirs):
		tell(SameFirst)
	case slices.ContainsFunc(ours, func(w string) bool { return slices.Contains(theirs, w) }):
		tell(OneFirst)
	default:
		tell(OtherFirst)
	}
	switch {
	case n.Born == "" || a.Date == "":
	case n.Born == a.Date:
		tell(SameDay)
	default:
		tell(OtherDay)
	}
	if n.Year != 0 && n.Year == a.Year {
		tell(SameYear)
		if n.Number != "" && strings.EqualFold(strings.TrimSpace(n.Number), strings.TrimSpace(a.Number)) {
			tell(SameNumber)
		}
	}
	p.Score = min(max(p.Score, 0), 100)
	return p
}

func words(text string) []string {
	return strings.FieldsFunc(sortKey(text), func(r rune) bool { return r == ' ' || r == ',' || r == '-' || string(r) == french.NoBreakSpace })
}

// sameName tells whether two writings are of one name: apostrophes, hyphens, particles apart do not count.
func sameName(a, b string) bool { return names.Key(a) == names.Key(b) && names.Key(a) != "" }

// leastScore is that of an act worth showing: one with the same name, or the number and the day.
const leastScore = 25

// mostCompared bounds the acts of a name that are compared with a notice.
const mostCompared = 500

// expressions look up the acts of a notice's name: with one of its first names, whatever the others, then by ear.
func (n *Incoming) expressions() (all []string) {
	last := names.Terms(n.LastName)
	if len(last) == 0 {
		return nil
	}
	var either []string
	for _, w := range words(n.FirstName) {
		for _, t := range names.Terms(w) {
			either = append(either, written(t, false))
		}
	}
	first := ""
	if len(either) > 0 {
		first = " AND (" + strings.Join(either, " OR ") + ")"
		all = append(all, "("+exactly(last)+")"+first)
	}
	all = append(all, exactly(last))
	if heard, ok := byEar(last); ok {
		all = append(all, "("+heard+")"+first)
	}
	return all
}

// Propose gives the acts that a notice may be about, the likeliest first. None is chosen: a person confirms.
func (r *Registry) Propose(ctx context.Context, id string, limit int) (out []Proposal, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		n, err := readIncoming(tx, id)
		if err != nil {
			return err
		}
		acts, err := store.All(tx, `SELECT data FROM act WHERE kind IN ('NAI', 'MAR', 'DEC', 'REC') AND year = ?1 AND number = ?2 AND ?2 <> ''`, []any{n.Year, n.Number}, store.Decoded[Act])
		if err != nil {
			return err
		}
		for _, expression := range n.expressions() {
			named, err := matching(tx, expression, mostCompared)
			if err != nil {
				return err
			}
			acts = append(acts, named...)
		}
		seen := map[string]bool{}
		for i := range acts {
			if seen[acts[i].ID] {
				continue
			}
			seen[acts[i].ID] = true
			if p := Compare(&acts[i], &n); p.Score >= leastScore {
				out = append(out, p)
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Proposal) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(limit, len(out))], err
}
