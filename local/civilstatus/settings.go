package civilstatus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries of the settings, and their streams.
const (
	KindSettled  = "civilsettings.settled"
	KindFormulas = "civilsettings.formulas"

	settingsPrefix = "civilsettings/"
	settledStream  = settingsPrefix + "settled"
	formulaStream  = settingsPrefix + "formulas"
)

// Settings are what the authority decides for its civil status.
type Settings struct {
	// FourEyes: who prepares a mention does not verify it.
	FourEyes bool `json:"fourEyes,omitempty"`
	// Dispensed is the day from which no notice goes to the court's registry (Code civil, art. 40 al. 3); empty: none.
	Dispensed authority.Day `json:"dispensed,omitempty"`
	// ChaseAfter is how many days a receipt is waited for; 0: thirty.
	ChaseAfter int `json:"chaseAfter,omitempty"`
	// Court is the address of the court's registry.
	Court []string `json:"court,omitempty"`
}

func (s Settings) chaseAfter() int {
	if s.ChaseAfter > 0 {
		return s.ChaseAfter
	}
	return chaseDays
}

// Revision is formulas that were written by a person, or came as a version of the catalogue.
type Revision struct {
	Version  string        `json:"version,omitempty"`
	Source   string        `json:"source"`
	By       string        `json:"by"`
	On       authority.Day `json:"on"`
	Formulas []Formula     `json:"formulas"`
}

func settingsProjection() journal.Projection {
	return journal.Projection{
		Name: "civilsettings", Version: 1, Prefix: settingsPrefix, Tables: []string{"civil_setting"},
		Schema: `CREATE TABLE civil_setting (stream TEXT NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (stream, n)) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			if ev.Kind != KindSettled && ev.Kind != KindFormulas {
				return nil
			}
			_, err := tx.Exec(`INSERT INTO civil_setting (stream, n, data) SELECT ?1, coalesce(max(n), 0) + 1, ?2 FROM civil_setting WHERE stream = ?1`, ev.Stream, []byte(ev.Data))
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM civil_setting WHERE stream = ?`, stream)
			return err
		},
	}
}

func settings(tx *store.Tx) (Settings, error) {
	s, err := store.GetDecoded[Settings](tx, `SELECT data FROM civil_setting WHERE stream = ? ORDER BY n DESC LIMIT 1`, settledStream)
	if errors.Is(err, store.ErrNotFound) {
		return Settings{}, nil
	}
	return s, err
}

func revisions(tx *store.Tx) ([]Revision, error) {
	return store.All(tx, `SELECT data FROM civil_setting WHERE stream = ? ORDER BY n`, []any{formulaStream}, store.Decoded[Revision])
}

// formulas is the catalogue in use: that of the program, then each revision.
func (r *Registry) formulas(tx *store.Tx) (Catalogue, error) {
	all, err := revisions(tx)
	c := slices.Clone(r.c)
	for _, revision := range all {
		for _, f := range revision.Formulas {
			c = c.with(f)
		}
	}
	return c, err
}

// with puts a formula in the place of those of the same code on the same acts.
func (c Catalogue) with(f Formula) Catalogue {
	out, placed := Catalogue{}, false
	for _, old := range c {
		if old.Code != f.Code {
			out = append(out, old)
			continue
		}
		old.Acts = slices.DeleteFunc(slices.Clone(old.Acts), func(k ActKind) bool { return slices.Contains(f.Acts, k) })
		if !placed {
			out, placed = append(out, f), true
		}
		if len(old.Acts) > 0 {
			out = append(out, old)
		}
	}
	if !placed {
		out = append(out, f)
	}
	return out
}

// Formulas is the catalogue in use, with what the authority wrote or received.
func (r *Registry) Formulas(ctx context.Context) (c Catalogue, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { c, err = r.formulas(tx); return err })
	return c, err
}

// Revisions is the history of the catalogue, the oldest first.
func (r *Registry) Revisions(ctx context.Context) (all []Revision, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { all, err = revisions(tx); return err })
	return all, err
}

// Settings are those in force.
func (r *Registry) Settings(ctx context.Context) (s Settings, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { s, err = settings(tx); return err })
	return s, err
}

// Settle writes the settings; who administers may.
func (r *Registry) Settle(ctx context.Context, actor string, s Settings) error {
	if s.ChaseAfter < 0 || s.ChaseAfter > 366 {
		return &rule.Refusal{Why: "Le délai de relance se compte en jours, d’un an au plus.", Cure: "Corrigez-le."}
	}
	if _, err := authority.ParseDay(string(s.Dispensed)); s.Dispensed != "" && err != nil {
		return &rule.Refusal{Article: "Code civil, art. 40", Why: "La dispense d’avis au greffe se date.", Cure: "Indiquez le jour à partir duquel elle vaut."}
	}
	return r.administer(ctx, actor, journal.Draft{Stream: settledStream, Kind: KindSettled, Data: s})
}

// Write puts a formula that a person copied out or corrected in the catalogue, with where she read it.
func (r *Registry) Write(ctx context.Context, actor string, f Formula, source string) error {
	if strings.TrimSpace(source) == "" {
		return &rule.Refusal{Why: "Il manque la source du libellé.", Cure: "Citez le texte où vous l’avez lu : circulaire, tableau, page, date."}
	}
	return r.revise(ctx, actor, Revision{Source: strings.TrimSpace(source), Formulas: []Formula{f}})
}

// Take puts a version of the catalogue in use, as a file of the columns of formulas.csv. The history keeps the former wordings.
func (r *Registry) Take(ctx context.Context, actor, version string, from io.Reader) (n int, err error) {
	c, err := ReadCatalogue(from)
	if err != nil {
		return 0, errors.Join(&rule.Refusal{Why: "Ce fichier n’est pas un catalogue de formules.", Cure: "Prenez le fichier distribué par l’ALPI ; le catalogue présent n’est pas touché."}, err)
	}
	return len(c), r.revise(ctx, actor, Revision{Version: version, Source: version, Formulas: c})
}

func (r *Registry) revise(ctx context.Context, actor string, v Revision) error {
	for _, f := range v.Formulas {
		if err := f.check(); err != nil {
			return err
		}
	}
	v.By, v.On = actor, authority.DayOf(r.j.Now())
	return r.administer(ctx, actor, journal.Draft{Stream: formulaStream, Kind: KindFormulas, Data: v})
}

// administer writes what only who administers may.
func (r *Registry) administer(ctx context.Context, actor string, d journal.Draft) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		people, err := authority.People(tx)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{d}, authority.MayAdminister(people, actor, authority.DayOf(r.j.Now()))
	})
	return err
}

// WriteCatalogue writes formulas as [ReadCatalogue] reads them: what an authority corrected travels as a file.
func (c Catalogue) WriteCatalogue(to io.Writer) error {
	w := csvWriter(to)
	if err := w.Write(strings.Split(catalogueHeader, ";")); err != nil {
		return fmt.Errorf("writing the catalogue: %w", err)
	}
	for _, f := range c {
		if err := w.Write(f.row()); err != nil {
			return fmt.Errorf("writing the catalogue: %w", err)
		}
	}
	w.Flush()
	return w.Error()
}
