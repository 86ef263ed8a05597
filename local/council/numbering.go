package council

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// KindScheme is the choice of how acts of a series are numbered from a year on, in «numbering/<series>».
const KindScheme = "numbering.chosen"

// KindRenumbered gives a deliberation another number, before it is signed.
const KindRenumbered = "deliberation.renumbered"

// Series is a run of numbers without a hole.
type Series string

// The series.
const (
	SeriesDeliberation Series = "deliberation"
	SeriesOrder        Series = "order"    // arrêtés
	SeriesDecision     Series = "decision" // by delegation (CGCT, art. L2122-22)
	SeriesStaff        Series = "staff"    // orders on staff, in a register of their own
)

// Scheme is how the acts of a series are numbered: «DEL2026-045», or «DEL20261124-03» by sitting.
type Scheme struct {
	Prefix string `json:"prefix,omitempty"`
	// BySitting numbers within each sitting rather than within the year.
	BySitting bool `json:"bySitting,omitempty"`
	Digits    int  `json:"digits"`
}

// UsualScheme is that of a series for which none was chosen.
func UsualScheme(s Series) Scheme {
	prefix := map[Series]string{SeriesDecision: "DEC", SeriesOrder: "AR", SeriesStaff: "RH"}[s]
	return Scheme{Prefix: prefix, Digits: 3}
}

// stem is what all numbers of one run begin with.
func (s Scheme) stem(at time.Time) string {
	if s.BySitting {
		return s.Prefix + at.Format("20060102") + "-"
	}
	return fmt.Sprintf("%s%d-", s.Prefix, at.Year())
}

// Next is the number that follows those given: one more than the greatest of the same run.
func (s Scheme) Next(at time.Time, given []string) string {
	stem, last := s.stem(at), 0
	for _, number := range given {
		if rest, same := strings.CutPrefix(number, stem); same {
			if n, err := strconv.Atoi(rest); err == nil {
				last = max(last, n)
			}
		}
	}
	return fmt.Sprintf("%s%0*d", stem, s.Digits, last+1)
}

// internal is the form under which an act is sent to the State's representative: 1 to 15 capital letters, figures and underscores.
var internal = regexp.MustCompile(`^[A-Z0-9_]{1,15}$`)

// CheckScheme tells whether numbers of a scheme can be sent to the State's representative as they are.
func CheckScheme(s Scheme, at time.Time) error {
	if s.Digits >= 2 && s.Digits <= 4 && internal.MatchString(strings.ReplaceAll(s.Next(at, nil), "-", "_")) {
		return nil
	}
	return &rule.Refusal{
		Article: "Cahier des charges @CTES", Why: "Un numéro d’acte compte au plus 15 caractères : majuscules sans accent, chiffres et tirets.",
		Cure: "Prenez un préfixe plus court, en majuscules, et deux à quatre chiffres.",
	}
}

type scheme struct {
	Scheme
	From int `json:"from"` // year
}

// numbering is the schemes of a series, the latest last.
func numbering() journal.Projection {
	return journal.Projection{
		Name: "council-numbering", Version: 1, Prefix: "numbering/", Tables: []string{"numbering"},
		Schema: `CREATE TABLE numbering (id TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, "numbering/")
			all, err := schemes(tx, Series(id))
			if err != nil {
				return err
			}
			var s scheme
			if err := json.Unmarshal(ev.Data, &s); err != nil {
				return err
			}
			all = append(slices.DeleteFunc(all, func(old scheme) bool { return old.From >= s.From }), s)
			data, err := json.Marshal(all)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO numbering (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, id, data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM numbering WHERE id = ?`, strings.TrimPrefix(stream, "numbering/"))
			return err
		},
	}
}

func schemes(tx *store.Tx, s Series) ([]scheme, error) {
	all, err := store.GetDecoded[[]scheme](tx, `SELECT data FROM numbering WHERE id = ?`, string(s))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return all, err
}

// SchemeOf is the scheme of a series in a year.
func SchemeOf(tx *store.Tx, s Series, year int) (Scheme, error) {
	all, err := schemes(tx, s)
	found := UsualScheme(s)
	for _, x := range all {
		if x.From <= year {
			found = x.Scheme
		}
	}
	return found, err
}

// ChooseScheme chooses how a series is numbered: from this year when none of its acts has a number yet, else from the
// next, so that the numbers of a year have one form and no hole. It gives the year. numbers gives those of the series.
func (c *Council) ChooseScheme(ctx context.Context, actor string, s Series, chosen Scheme, numbers func(*store.Tx) ([]string, error)) (from int, err error) {
	now := c.j.Now()
	if err := CheckScheme(chosen, now); err != nil {
		return 0, err
	}
	err = c.commit(ctx, actor, "numbering/"+string(s), KindScheme, nil, func(tx *store.Tx) (any, error) {
		current, err := SchemeOf(tx, s, now.Year())
		if err != nil {
			return nil, err
		}
		given, err := numbers(tx)
		from = now.Year()
		for _, n := range given {
			if strings.HasPrefix(n, current.Prefix+strconv.Itoa(from)) {
				from++
				break
			}
		}
		return scheme{chosen, from}, err
	})
	return from, err
}

// Scheme gives the scheme of a series this year, and that of the next year.
func (c *Council) Scheme(ctx context.Context, s Series) (now, next Scheme, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		if now, err = SchemeOf(tx, s, c.j.Now().Year()); err != nil {
			return err
		}
		next, err = SchemeOf(tx, s, c.j.Now().Year()+1)
		return err
	})
	return now, next, err
}

// given is the number of each deliberation that has one, by id; texts are not read.
func given(tx *store.Tx) (map[string]string, error) {
	all := map[string]string{}
	err := tx.Each(`SELECT id, json_extract(CAST(data AS TEXT), '$.number') FROM deliberation WHERE status <> ?`, []any{string(StatusDraft)},
		func(scan func(...any) error) error {
			var id string
			var number *string
			err := scan(&id, &number)
			if number != nil && *number != "" {
				all[id] = *number
			}
			return err
		})
	return all, err
}

// Numbers are those given to deliberations.
func Numbers(tx *store.Tx) ([]string, error) {
	all, err := given(tx)
	return slices.Collect(maps.Values(all)), err
}

// Doubles gives the numbers that several deliberations bear.
func (c *Council) Doubles(ctx context.Context) (twice map[string]bool, err error) {
	twice = map[string]bool{}
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err := given(tx)
		seen := map[string]bool{}
		for _, number := range all {
			twice[number] = twice[number] || seen[number]
			seen[number] = true
		}
		return err
	})
	maps.DeleteFunc(twice, func(_ string, double bool) bool { return !double })
	return twice, err
}

// nextNumber follows those of the run: the year, or the sitting.
func nextNumber(tx *store.Tx, at time.Time) (string, error) {
	s, err := SchemeOf(tx, SeriesDeliberation, at.Year())
	if err != nil {
		return "", err
	}
	numbers, err := Numbers(tx)
	return s.Next(at, numbers), err
}

// CheckUnique refuses to sign under a number that another act bears: two laptops that work offline may both have given it.
// Both acts are kept, and a person chooses which of them takes another number.
func CheckUnique(number string, bearers int) error {
	if bearers <= 1 {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. R2121-9", Why: "Le numéro " + number + " a été donné à deux actes, sur deux ordinateurs travaillant hors connexion.",
		Cure: "Choisissez celui des deux qui garde ce numéro, et donnez le suivant à l’autre, avant toute signature.",
	}
}

// sharing counts the deliberations that bear the number of one, itself included.
func sharing(tx *store.Tx, d *Deliberation) (n int, err error) {
	all, err := given(tx)
	for _, number := range all {
		if d.Number != "" && number == d.Number {
			n++
		}
	}
	return n, err
}

// CheckNumber refuses to sign a deliberation whose number another bears.
func (c *Council) CheckNumber(ctx context.Context, id string) error {
	return c.j.Store().View(ctx, func(tx *store.Tx) error {
		d, err := deliberation(tx, id)
		if err != nil {
			return err
		}
		n, err := sharing(tx, d)
		if err != nil {
			return err
		}
		return CheckUnique(d.Number, n)
	})
}

type renumbered struct {
	Number string `json:"number"`
}

// CheckRenumber tells whether a deliberation may take another number: it shares its own, and is not on its way to be signed.
func CheckRenumber(status Status, shared bool) error {
	refuse := func(why, cure string) error {
		return &rule.Refusal{Article: "CGCT, art. R2121-9", Why: why, Cure: cure}
	}
	switch {
	case !shared:
		return refuse("Ce numéro n’est porté que par un acte : en changer laisserait un trou.", "Gardez ce numéro.")
	case status != StatusFinalised:
		return refuse("Cet acte est signé ou à la signature : son numéro ne change plus.", "Donnez le numéro suivant à l’autre acte, ou retirez d’abord celui-ci du parapheur.")
	}
	return nil
}

// Renumber gives the next number to a deliberation whose number another bears.
func (c *Council) Renumber(ctx context.Context, actor, id string) (number string, err error) {
	err = c.commit(ctx, actor, "deliberation/"+id, KindRenumbered, nil, func(tx *store.Tx) (any, error) {
		d, err := deliberation(tx, id)
		if err != nil {
			return nil, err
		}
		n, err := sharing(tx, d)
		if err != nil {
			return nil, err
		}
		if err := CheckRenumber(d.Status, n > 1); err != nil {
			return nil, err
		}
		number, err = nextNumber(tx, d.Record.Sitting.At)
		return renumbered{number}, err
	})
	return number, err
}
