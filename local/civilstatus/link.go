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
)

// Several acts of one person: what is alike is proposed, a person confirms it or says that they are two persons. Nothing is
// linked by itself, and a link may be undone.

// The kinds of entries of a link, and its streams: one for each two acts.
const (
	KindLinked  = "act-link.confirmed"
	KindParted  = "act-link.parted"
	linkPrefix  = "act-link/"
	leastLink   = 45  // a name and a first name alike
	oldest      = 122 // years that anybody has lived
	youngestWed = 12  // girls, before 1804; Code civil, art. 144 since asks for more
)

// Link is what a person decided of two acts.
type Link struct {
	A      string        `json:"a"`
	B      string        `json:"b"`
	Linked bool          `json:"linked"`
	By     string        `json:"by"`
	On     authority.Day `json:"on"`
	Why    string        `json:"why,omitempty"` // they are parted
}

func linkStream(a, b string) string { return linkPrefix + min(a, b) + "+" + max(a, b) }

func linkProjection() journal.Projection {
	return journal.Projection{
		Name: "civillink", Version: 1, Prefix: linkPrefix, Tables: []string{"civil_link"},
		Schema: `CREATE TABLE civil_link (a TEXT NOT NULL, b TEXT NOT NULL, linked INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (a, b)) STRICT;
			CREATE INDEX civil_link_b ON civil_link (b);`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			var l Link
			if err := json.Unmarshal(ev.Data, &l); err != nil {
				return err
			}
			linked := 0
			if l.Linked = ev.Kind == KindLinked; l.Linked {
				linked = 1
			}
			data, err := json.Marshal(l)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO civil_link (a, b, linked, data) VALUES (?, ?, ?, ?) ON CONFLICT (a, b) DO UPDATE SET linked = excluded.linked, data = excluded.data`, l.A, l.B, linked, data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			a, b, _ := strings.Cut(strings.TrimPrefix(stream, linkPrefix), "+")
			_, err := tx.Exec(`DELETE FROM civil_link WHERE a = ? AND b = ?`, a, b)
			return err
		},
	}
}

// The clues of two acts of one person, beside those of a notice.
const (
	SameSpouse   Clue = "spouse"    // the name of the other spouse is the usual name, or that of a mention
	ToldByActs   Clue = "told"      // a mention of one tells the day of the other
	LikeName     Clue = "alike"     // by ear
	OtherGender  Clue = "gender"    // against
	OtherDayTold Clue = "told-else" // a mention tells another day for such an event: against
)

var linkWeights = map[Clue]int{SameName: 30, LikeName: 18, SameFirst: 25, OneFirst: 15, SameSpouse: 20, ToldByActs: 35, OtherGender: -40, OtherDayTold: -40}

// Alike compares two acts of different kinds: the score of their being of one person, 100 being the most, and why. What the
// order of a life forbids is 0.
func Alike(a, b *Act) (score int, clues []Clue) {
	if rank[a.Kind] > rank[b.Kind] {
		a, b = b, a
	}
	if a.ID == b.ID || a.Kind == b.Kind || !inOrder(a, b) {
		return 0, nil
	}
	for _, p := range a.parties() {
		for _, q := range b.parties() {
			if s, c := likeness(a, b, p, q); s > score {
				score, clues = s, c
			}
		}
	}
	return min(score, 100), clues
}

// rank is the order of a life.
var rank = map[ActKind]int{Recognition: 0, Birth: 1, Marriage: 2, Death: 3}

// inOrder tells whether b may follow a in one life.
func inOrder(a, b *Act) bool {
	years := b.Year - a.Year
	switch {
	case a.Date != "" && b.Date != "" && b.Date < a.Date && a.Kind != Recognition:
		return false
	case a.Kind == Recognition:
		return years >= -oldest && years <= oldest
	case a.Kind == Birth && b.Kind == Marriage:
		return years >= youngestWed && years <= oldest
	}
	return years >= 0 && years <= oldest
}

func likeness(a, b *Act, p, q party) (score int, clues []Clue) {
	tell := func(c Clue) { clues, score = append(clues, c), score+linkWeights[c] }
	pk, qk := names.Key(p.last), names.Key(q.last)
	switch {
	case pk == "" || qk == "":
		return 0, nil
	case pk == qk:
		tell(SameName)
	case names.Sound(pk) == names.Sound(qk):
		tell(LikeName)
	default:
		return 0, nil
	}
	ours, theirs := words(p.first), words(q.first)
	switch {
	case len(ours) > 0 && slices.Equal(ours, theirs):
		tell(SameFirst)
	case slices.ContainsFunc(ours, func(w string) bool { return slices.Contains(theirs, w) }):
		tell(OneFirst)
	default:
		return 0, nil
	}
	if a.Kind != Marriage && b.Kind != Marriage && a.Gender != "" && b.Gender != "" && a.Gender != b.Gender {
		tell(OtherGender)
	}
	if other := spouse(a, b, p, q); other != "" && slices.Contains(spousesOf(a, b), names.Key(other)) {
		tell(SameSpouse)
	}
	if c := told(a, b); c != "" {
		tell(c)
	}
	return score, clues
}

// spouse is the other person of the marriage, when one of two acts is one.
func spouse(a, b *Act, p, q party) string {
	for _, m := range []struct {
		act *Act
		one party
	}{{a, p}, {b, q}} {
		if all := m.act.parties(); m.act.Kind == Marriage && len(all) == 2 {
			if all[0] == m.one {
				return all[1].last
			}
			return all[0].last
		}
	}
	return ""
}

// spousesOf are the names of spouses that two acts tell otherwise than as a marriage: usual names, mentions.
func spousesOf(acts ...*Act) (all []string) {
	for _, a := range acts {
		all = append(all, names.Key(a.Usual))
		for i := range a.Mentions {
			if m := &a.Mentions[i]; m.live() && slices.Contains(marriages, m.Code) {
				all = append(all, names.Key(m.Fields["conjoint_nom"]))
			}
		}
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// told tells whether a mention of the birth act tells the day of the other act, or another day for it.
func told(a, b *Act) Clue {
	codes := map[ActKind][]string{Marriage: marriages, Death: {"DECES"}}[b.Kind]
	if a.Kind != Birth || codes == nil || b.Date == "" {
		return ""
	}
	other := false
	for i := range a.Mentions {
		m := &a.Mentions[i]
		if !m.live() || m.Day == "" || !slices.Contains(codes, m.Code) {
			continue
		}
		if m.Day == b.Date {
			return ToldByActs
		}
		other = true
	}
	if other && b.Kind == Death { // one marries again, one dies once
		return OtherDayTold
	}
	return ""
}

// Linked is another act of a person, or one that may be.
type Linked struct {
	Act   Act
	Score int // of a proposal
	Clues []Clue
	Link  *Link // what a person decided; nil: nothing
}

// maxAlike bounds the acts that are compared with one.
const maxAlike = 400

// Links gives the other acts of who an act is about that were confirmed, then those that may be, the likeliest first.
func (r *Registry) Links(ctx context.Context, act string) (confirmed, proposed []Linked, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		a, err := read(tx, act)
		if err != nil {
			return err
		}
		decided, err := store.All(tx, `SELECT data FROM civil_link WHERE a = ?1 OR b = ?1`, []any{act}, store.Decoded[Link])
		if err != nil {
			return err
		}
		known := map[string]bool{act: true}
		for i := range decided {
			l := &decided[i]
			other := l.A
			if other == act {
				other = l.B
			}
			known[other] = true
			b, err := read(tx, other)
			switch {
			case errors.Is(err, store.ErrNotFound), err == nil && !l.Linked:
				continue
			case err != nil:
				return err
			}
			confirmed = append(confirmed, Linked{Act: *b, Link: l})
		}
		proposed, err = alike(tx, a, known)
		return err
	})
	slices.SortStableFunc(confirmed, func(x, y Linked) int { return cmp.Or(rank[x.Act.Kind]-rank[y.Act.Kind], x.Act.Year-y.Act.Year) })
	return confirmed, proposed, err
}

func alike(tx *store.Tx, a *Act, known map[string]bool) (out []Linked, err error) {
	for _, p := range a.parties() {
		terms := names.Terms(p.last)
		if len(terms) == 0 {
			continue
		}
		expression, ok := byEar(terms)
		if !ok {
			expression = exactly(terms)
		}
		// The whole name counts, and one first name: what begins with them would be too much.
		expression = strings.ReplaceAll(expression, "*", "")
		if first := words(p.first); len(first) > 0 {
			var either []string
			for _, w := range first {
				for _, t := range names.Terms(w) {
					either = append(either, strings.ReplaceAll(written(t, false), "*", ""))
				}
			}
			if len(either) > 0 {
				expression = "(" + expression + ") AND (" + strings.Join(either, " OR ") + ")"
			}
		}
		found, err := matching(tx, expression, maxAlike)
		if err != nil {
			return nil, err
		}
		for i := range found {
			if known[found[i].ID] {
				continue
			}
			known[found[i].ID] = true
			if score, clues := Alike(a, &found[i]); score >= leastLink {
				out = append(out, Linked{Act: found[i], Score: score, Clues: clues})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Linked) int { return cmp.Or(y.Score-x.Score, x.Act.Year-y.Act.Year) })
	return out, nil
}

// Link notes that two acts are of one person; Part that they are not, and why.
func (r *Registry) Link(ctx context.Context, actor, a, b string) error {
	return r.decideLink(ctx, actor, a, b, KindLinked, "")
}

// Part notes that two acts are of two persons: they are proposed no more, and a link between them is undone.
func (r *Registry) Part(ctx context.Context, actor, a, b, why string) error {
	if why = strings.TrimSpace(why); why == "" {
		return &rule.Refusal{Why: "Il manque le motif.", Cure: "Dites en quelques mots pourquoi ces actes sont de deux personnes."}
	}
	return r.decideLink(ctx, actor, a, b, KindParted, why)
}

func (r *Registry) decideLink(ctx context.Context, actor, a, b, kind, why string) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		x, err := read(tx, a)
		if err != nil {
			return nil, fmt.Errorf("act %s: %w", a, err)
		}
		y, err := read(tx, b)
		if err != nil {
			return nil, fmt.Errorf("act %s: %w", b, err)
		}
		if kind == KindLinked {
			if err := mayLink(x, y); err != nil {
				return nil, err
			}
		}
		l := Link{A: min(a, b), B: max(a, b), By: actor, On: authority.DayOf(r.j.Now()), Why: why}
		return []journal.Draft{{Stream: linkStream(a, b), Kind: kind, Data: l}}, nil
	})
	return err
}

// mayLink refuses two acts that no life has.
func mayLink(a, b *Act) error {
	if rank[a.Kind] > rank[b.Kind] {
		a, b = b, a
	}
	switch {
	case a.ID == b.ID:
		return &rule.Refusal{Why: "C’est le même acte.", Cure: "Choisissez-en un autre."}
	case a.Kind == b.Kind && a.Kind != Marriage && a.Kind != Recognition:
		return &rule.Refusal{Why: "Une personne n’a qu’un acte de " + a.Kind.Name() + ".", Cure: "Vérifiez les deux images ; un acte refait ou transcrit se signale par une mention de transfert."}
	case a.Kind != b.Kind && !inOrder(a, b):
		return &rule.Refusal{Why: "Les dates de ces deux actes ne peuvent pas être d’une même vie.", Cure: "Vérifiez les dates sur les images ; corrigez l’index s’il est faux."}
	}
	return nil
}
