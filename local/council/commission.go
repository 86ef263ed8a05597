package council

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// Commission studies the points before the assembly (CGCT, art. L2121-22). The mayor presides by right; its members name a
// vice-president when they first meet.
type Commission struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`  // «finances», without «commission»
	Seats   int           `json:"seats"` // beside the mayor
	Members []string      `json:"members,omitempty"`
	Vice    string        `json:"vice,omitempty"` // member
	Formed  authority.Day `json:"formed,omitempty"`
	// Until is its last day; empty: it sits.
	Until authority.Day `json:"until,omitempty"`
}

// In tells whether it sits on a day.
func (c Commission) In(day authority.Day) bool {
	return (c.Formed == "" || c.Formed <= day) && (c.Until == "" || day <= c.Until)
}

// Sense is how a commission is minded.
type Sense string

// The senses.
const (
	Favourable   Sense = "favorable"
	Reserved     Sense = "réservé"
	Unfavourable Sense = "défavorable"
)

// Senses gives all of them, in order.
func Senses() []Sense { return []Sense{Favourable, Reserved, Unfavourable} }

// Advice is the opinion of a commission on a text, as its register keeps it.
type Advice struct {
	ID           string        `json:"id"`
	Commission   string        `json:"commission"` // id
	Name         string        `json:"name"`       // of the commission, then
	Deliberation string        `json:"deliberation"`
	Subject      string        `json:"subject"`
	Day          authority.Day `json:"day"`
	Sense        Sense         `json:"sense"`
	Words        string        `json:"words,omitempty"`
	By           string        `json:"by"`
}

// opinion is how a point carries it.
func (a Advice) opinion() Opinion {
	words := string(a.Sense)
	if a.Words != "" {
		words += " (" + a.Words + ")"
	}
	return Opinion{Commission: a.Name, Day: a.Day, Words: words}
}

// The kinds of entries of commissions and of their opinions, each a stream of its own.
const (
	KindCommission = "commission.described"
	KindAdvised    = "advice.given"
)

// Proportional is the population from which commissions mirror the groups of the council (CGCT, art. L2121-22).
const Proportional = 1_000

const articleCommission = "CGCT, art. L2121-22"

// Share is how many seats of a commission a group may expect.
type Share struct {
	Group   string // «» for those of no group
	Members int    // of the council
	Seats   int
	Have    int // seated now
}

// Shares parts the seats of a commission among the groups of the assembly by their numbers, at the greatest remainder, each
// group having one seat where there are enough. The law gives no method; this one is proposed (CGCT, art. L2121-22).
func Shares(members map[string]string, seats int, seated []string) []Share {
	count, have := map[string]int{}, map[string]int{}
	for _, group := range members {
		count[group]++
	}
	for _, id := range seated {
		if group, in := members[id]; in {
			have[group]++
		}
	}
	var all []Share
	for group, n := range count {
		all = append(all, Share{Group: group, Members: n, Have: have[group]})
	}
	slices.SortFunc(all, func(a, b Share) int { return cmp.Or(cmp.Compare(b.Members, a.Members), cmp.Compare(a.Group, b.Group)) })
	if len(members) == 0 {
		return all
	}
	left := seats
	for i := range all {
		all[i].Seats = seats * all[i].Members / len(members)
		left -= all[i].Seats
	}
	rest := func(s Share) int { return seats*s.Members - s.Seats*len(members) }
	for ; left > 0; left-- {
		best := 0
		for i := range all {
			if rest(all[i]) > rest(all[best]) {
				best = i
			}
		}
		all[best].Seats++
	}
	// A group without a seat takes one from the one that has most.
	for i := range all {
		if all[i].Seats > 0 || seats < len(all) {
			continue
		}
		most := 0
		for k := range all {
			if all[k].Seats >= all[most].Seats {
				most = k
			}
		}
		all[most].Seats--
		all[i].Seats++
	}
	return all
}

// CheckCommission tells whether a commission may be written so: named, its members of the assembly, each once, no more than
// its seats, its vice-president among them (CGCT, art. L2121-22).
func CheckCommission(c Commission, members []Member) error {
	refuse := func(why, cure string) error {
		return &rule.Refusal{Article: articleCommission, Why: why, Cure: cure}
	}
	known := map[string]bool{}
	for _, m := range members {
		known[m.ID] = true
	}
	seen := map[string]bool{}
	for _, id := range c.Members {
		switch {
		case !known[id]:
			return refuse("Une commission se compose de membres de l’assemblée.", "Retirez qui n’en est plus membre : son siège est à pourvoir.")
		case seen[id]:
			return refuse("Un membre figure deux fois dans la commission.", "Retirez-le une fois.")
		}
		seen[id] = true
	}
	switch {
	case strings.TrimSpace(c.Name) == "" || len(c.Name) > 200:
		return refuse("Le nom de la commission manque.", "Écrivez-le, par exemple « finances ».")
	case c.Seats < 1 || c.Seats > 100 || len(c.Members) > c.Seats:
		return refuse(fmt.Sprintf("La commission compte %s pour %s.", french.Count(len(c.Members), "membre", "membres"), french.Count(c.Seats, "siège", "sièges")), "Corrigez le nombre de sièges, ou retirez un membre.")
	case c.Vice != "" && !seen[c.Vice]:
		return refuse("Le vice-président est désigné par la commission parmi ses membres.", "Choisissez un membre de la commission.")
	case c.Until != "" && c.Until < c.Formed:
		return refuse("La commission finit avant de commencer.", "Corrigez les jours.")
	}
	return nil
}

// CheckPluralism tells whether a commission lets each group of the assembly speak: from 1,000 inhabitants on, its
// composition follows proportional representation, each tendency having a seat where there are enough
// (CGCT, art. L2121-22). Seats that wait for somebody are no fault.
func CheckPluralism(population int, shares []Share, c Commission) error {
	if population < Proportional || len(shares) < 2 || len(c.Members) < c.Seats {
		return nil
	}
	for _, s := range shares {
		if s.Have > 0 || s.Seats == 0 {
			continue
		}
		group := "Le groupe « " + s.Group + " »"
		if s.Group == "" {
			group = "La part de l’assemblée sans groupe"
		}
		return &rule.Refusal{Article: articleCommission, Why: group + " n’a pas de siège dans la commission " + c.Name + ".",
			Cure: "Respectez la représentation proportionnelle : " + SharesInWords(shares) + "."}
	}
	return nil
}

// SharesInWords is «Majorité : 5 sièges, Ensemble : 1 siège».
func SharesInWords(shares []Share) string {
	var words []string
	for _, s := range shares {
		words = append(words, cmp.Or(s.Group, "sans groupe")+" : "+french.Count(s.Seats, "siège", "sièges"))
	}
	return strings.Join(words, ", ")
}

// FirstMeeting is the last day on which the mayor calls a commission together after it was formed
// (CGCT, art. L2121-22: within eight days).
func FirstMeeting(formed authority.Day) authority.Day { return formed.Plus(8) }

// CheckAdvice tells whether an opinion may be written down: of a commission that sat on that day, on a text that is not
// voted, not of a day to come.
func CheckAdvice(c Commission, d Deliberation, a Advice, today authority.Day) error {
	refuse := func(why, cure string) error {
		return &rule.Refusal{Article: articleCommission, Why: why, Cure: cure}
	}
	switch {
	case !slices.Contains(Senses(), a.Sense):
		return refuse("Le sens de l’avis manque.", "Choisissez favorable, réservé ou défavorable.")
	case a.Day == "" || a.Day > today:
		return refuse("Le jour de l’avis manque ou est à venir.", "Indiquez le jour où la commission s’est réunie.")
	case !c.In(a.Day):
		return refuse("La commission "+c.Name+" ne siégeait pas ce jour-là.", "Corrigez le jour, ou la commission.")
	case d.Status != StatusDraft:
		return refuse("Cette délibération est votée : l’avis l’aurait précédée.", "Choisissez un projet.")
	case len(a.Words) > maxRemark:
		return refuse("L’avis est trop long.", "Résumez-le.")
	}
	return nil
}

// PutCommission writes what a commission is, new or changed. It gives its id.
func (c *Council) PutCommission(ctx context.Context, actor string, x Commission) (string, error) {
	if x.ID == "" {
		x.ID = c.j.NewID()
	}
	return x.ID, c.commit(ctx, actor, "commission/"+x.ID, KindCommission, nil, func(tx *store.Tx) (any, error) {
		all, _, err := members(tx, authority.DayOf(c.j.Now()))
		if err != nil {
			return nil, err
		}
		x.Name = strings.TrimSpace(x.Name)
		return x, CheckCommission(x, all)
	})
}

// Commissions gives all of them by name, with what they said, the latest first.
func (c *Council) Commissions(ctx context.Context) (all []Commission, said []Advice, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if all, err = every[Commission](tx, "commission"); err != nil {
			return err
		}
		said, err = store.All(tx, `SELECT data FROM advice ORDER BY day DESC, id DESC`, nil, store.Decoded[Advice])
		return err
	})
	slices.SortFunc(all, func(a, b Commission) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	return all, said, err
}

// Groups tells the group of each member of the assembly on a day, by id.
func (c *Council) Groups(ctx context.Context, day authority.Day) (groups map[string]string, err error) {
	groups = map[string]string{}
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		people, err := authority.People(tx)
		for _, p := range authority.Order(people, day) {
			groups[p.ID] = strings.TrimSpace(p.Mandate.Group)
		}
		return err
	})
	return groups, err
}

// Advise writes down what a commission says of a text; the agendas that announce it carry it at once, later ones when they
// are made.
func (c *Council) Advise(ctx context.Context, actor string, a Advice) error {
	a.ID = c.j.NewID()
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		x, err := one[Commission](tx, "commission", a.Commission)
		if err != nil {
			return nil, err
		}
		d, err := deliberation(tx, a.Deliberation)
		if err != nil {
			return nil, err
		}
		a.Name, a.Subject, a.Words, a.By = x.Name, d.Text.Subject(), strings.TrimSpace(a.Words), actor
		if err := CheckAdvice(*x, *d, a, authority.DayOf(c.j.Now())); err != nil {
			return nil, err
		}
		drafts := []journal.Draft{{Stream: "advice/" + a.ID, Kind: KindAdvised, Data: a}}
		all, err := sittings(tx)
		for _, s := range all {
			if at := slices.IndexFunc(s.Agenda, func(i Item) bool { return i.Deliberation == a.Deliberation }); at >= 0 && !s.Began() && !s.Closed {
				agenda := slices.Clone(s.Agenda)
				agenda[at].Opinions = with(agenda[at].Opinions, a)
				drafts = append(drafts, journal.Draft{Stream: "sitting/" + s.ID, Kind: KindOrdered, Data: ordered{agenda}})
			}
		}
		return drafts, err
	})
	return err
}

// with is the opinions on a point with one more; the last of each commission counts.
func with(all []Opinion, a Advice) []Opinion {
	return append(slices.DeleteFunc(slices.Clone(all), func(o Opinion) bool { return o.Commission == a.Name }), a.opinion())
}

// advised are the opinions that a point carries: the last of each commission.
func advised(tx *store.Tx, deliberation string) (out []Opinion, err error) {
	said, err := store.All(tx, `SELECT data FROM advice WHERE deliberation = ? ORDER BY day, id`, []any{deliberation}, store.Decoded[Advice])
	for _, a := range said {
		out = with(out, a)
	}
	return out, err
}

func applyCommission(tx *store.Tx, ev journal.Event) error {
	var x Commission
	if ev.Kind != KindCommission {
		return nil
	}
	if err := json.Unmarshal(ev.Data, &x); err != nil {
		return err
	}
	return put(tx, "commission", x.ID, ev.At.UnixMicro(), "", x)
}

func advices() journal.Projection {
	return journal.Projection{
		Name: "council-advice", Version: 1, Prefix: "advice/", Tables: []string{"advice"},
		Schema: `CREATE TABLE advice (id TEXT PRIMARY KEY, deliberation TEXT NOT NULL, day TEXT NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX advice_by_deliberation ON advice (deliberation, day)`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			var a Advice
			if ev.Kind != KindAdvised {
				return nil
			}
			if err := json.Unmarshal(ev.Data, &a); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO advice (id, deliberation, day, data) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, a.ID, a.Deliberation, string(a.Day), ev.Data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM advice WHERE id = ?`, strings.TrimPrefix(stream, "advice/"))
			return err
		},
	}
}

// Vacant tells, of the commissions that sit, the members who have left the assembly: their seats wait for somebody.
func Vacant(all []Commission, groups map[string]string, day authority.Day) map[string][]string {
	out := map[string][]string{}
	for _, c := range all {
		for _, id := range c.Members {
			if _, in := groups[id]; !in && c.In(day) {
				out[c.ID] = append(out[c.ID], id)
			}
		}
	}
	return out
}
