package services

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// KindContract is the entry by which the agency tells a contract, or tells it anew; its stream is «contract/<id>».
const KindContract = "contract.told"

// ContractPrefix is what the streams of contracts begin with.
const ContractPrefix = "contract/"

// Contract is one that binds the member to its agency, as the agency tells it. What it has no name for stands in Lines.
type Contract struct {
	ID     string        `json:"-"`
	Title  string        `json:"title"`
	Number string        `json:"number,omitempty"`
	About  string        `json:"about,omitempty"`
	Since  authority.Day `json:"since"`
	// Until is its last day; empty: it has none. Renewal says how it goes on after it («un an, par tacite reconduction»);
	// empty: it ends.
	Until   authority.Day `json:"until,omitempty"`
	Renewal string        `json:"renewal,omitempty"`
	// Notice is the last day on which one may say that it will not go on.
	Notice authority.Day `json:"notice,omitempty"`
	Lines  []Detail      `json:"lines,omitempty"`
	// Contact is the name of whom to ask, among the agency's.
	Contact string `json:"contact,omitempty"`
	Files   []File `json:"files,omitempty"`
	// Ended: it is over before its last day.
	Ended bool      `json:"ended,omitempty"`
	Told  time.Time `json:"-"`
}

// Detail is something that a contract says.
type Detail struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Term is where a contract is in its time.
type Term string

// The terms.
const (
	Running Term = "running"
	Ending  Term = "ending" // it ends, or may be refused its renewal, within Warning days
	Over    Term = "over"
)

// Warning is how many days ahead a town hall is told of what ends.
const Warning = 90

// Term tells where a contract is, and by which day something is to be done or known; empty for none.
func (c Contract) Term(today authority.Day) (Term, authority.Day) {
	if c.Ended || c.Until != "" && c.Until < today && c.Renewal == "" {
		return Over, ""
	}
	next := c.Until
	if c.Notice >= today || c.Notice != "" && c.Renewal != "" {
		next = c.Notice
	}
	if next < today { // there is none, or it went on
		return Running, ""
	}
	if next > today.Plus(Warning) {
		return Running, next
	}
	return Ending, next
}

// maxLines is how many details a contract has at most, and how many documents.
const maxLines = 50

// ReadContract reads one that the agency has written (JSON). Error: a refusal.
func ReadContract(text []byte) (c Contract, err error) {
	wrong := func(why string) error {
		return &rule.Refusal{Why: "Ce contrat ne peut pas être transmis : " + why, Cure: "Corrigez le fichier."}
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("%w: %w", wrong("il n’est pas lisible."), err)
	}
	switch {
	case strings.TrimSpace(c.Title) == "":
		return c, wrong("il n’a pas d’intitulé.")
	case len(c.Lines) > maxLines || len(text) > maxWords:
		return c, wrong("il est trop long.")
	case len(c.Files) > 0:
		return c, wrong("ses documents se donnent à côté.")
	}
	for _, d := range []authority.Day{c.Since, c.Until, c.Notice} {
		if d == "" && d != c.Since {
			continue
		}
		if _, err := authority.ParseDay(string(d)); err != nil {
			return c, fmt.Errorf("%w: %w", wrong("une date ne se lit pas (2026-11-24)."), err)
		}
	}
	if c.Until != "" && (c.Until < c.Since || c.Notice > c.Until) {
		return c, wrong("ses dates se contredisent.")
	}
	return c, nil
}

// Contracts gives those of the member: what is to be seen to first, then by their titles, what is over last.
func (c *Counter) Contracts(ctx context.Context) (all []Contract, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT id, at, data FROM contract`, nil, func(scan func(...any) error) error {
			var id string
			var at int64
			var data []byte
			if err := scan(&id, &at, &data); err != nil {
				return err
			}
			var x Contract
			if err := json.Unmarshal(data, &x); err != nil {
				return fmt.Errorf("the contract %.80q: %w", id, err)
			}
			x.ID, x.Told = id, time.UnixMicro(at).UTC()
			all = append(all, x)
			return nil
		})
	})
	today := authority.DayOf(c.j.Now())
	rank := func(x Contract) int {
		t, _ := x.Term(today)
		return slices.Index([]Term{Ending, Running, Over}, t)
	}
	slices.SortFunc(all, func(a, b Contract) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

func contractsProjection() journal.Projection {
	return journal.Projection{
		Name: "services-contracts", Version: 1, Prefix: ContractPrefix, Tables: []string{"contract"},
		Schema: `CREATE TABLE contract (id TEXT PRIMARY KEY, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			var c Contract
			if ev.Kind != KindContract || json.Unmarshal(ev.Data, &c) != nil {
				return nil // a kind of a later version
			}
			id := strings.TrimPrefix(ev.Stream, ContractPrefix)
			if _, err := tx.Exec(`INSERT INTO contract VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at, data = excluded.data`, id, ev.At.UnixMicro(), ev.Data); err != nil {
				return err
			}
			return tx.Index(store.Document{Kind: "contract", Ref: id, Stream: ev.Stream, Title: c.Title, Body: c.Words(), At: ev.At})
		},
		Forget: func(tx *store.Tx, stream string) error {
			if err := tx.Unindex(stream); err != nil {
				return err
			}
			_, err := tx.Exec(`DELETE FROM contract WHERE id = ?`, strings.TrimPrefix(stream, ContractPrefix))
			return err
		},
	}
}

// Words are what a contract is found by, besides its title.
func (c Contract) Words() string {
	all := []string{c.Number, c.About, c.Renewal, c.Contact}
	for _, l := range c.Lines {
		all = append(all, l.Label, l.Value)
	}
	for _, f := range c.Files {
		all = append(all, f.Name)
	}
	return strings.Join(all, "\n")
}
