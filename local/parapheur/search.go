package parapheur

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Query is what folders are looked for by; empty fields hold for all.
type Query struct {
	// Words are looked for in titles and in the words of the documents themselves.
	Words string `json:"words,omitempty"`
	// Person made the folder, acted on it, or is waited for.
	Person string `json:"person,omitempty"`
	Kind   Kind   `json:"kind,omitempty"`
	Type   string `json:"type,omitempty"`
	State  State  `json:"state,omitempty"`
	// Min and Max bound the amount, in cents; 0 for none.
	Min int64 `json:"min,omitempty"`
	Max int64 `json:"max,omitempty"`
	// Since and Until bound the day of creation.
	Since authority.Day `json:"since,omitempty"`
	Until authority.Day `json:"until,omitempty"`
}

// IsZero tells whether a query asks nothing.
func (q Query) IsZero() bool { return q == Query{} }

// maxHits bounds the folders that words alone find.
const maxHits = 5000

// Find gives the folders of a query, the latest first, at most limit.
func (d *Desk) Find(ctx context.Context, person string, q Query, limit int) (rows []Row, err error) {
	day := d.today()
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		p, err := listOf(tx, person, day)
		if err != nil {
			return err
		}
		return eachFound(tx, q.Words, func(f *Folder) bool {
			if q.holds(f, p.town) {
				rows = append(rows, p.row(f, day))
			}
			return len(rows) < limit && ctx.Err() == nil
		})
	})
	return rows, err
}

// eachFound tells the folders that words find, or all of them, the latest first, until told to stop.
func eachFound(tx *store.Tx, words string, tell func(*Folder) bool) error {
	from, args := `folder`, []any(nil)
	if words != "" {
		hits, err := tx.Search(words, "folder", maxHits)
		if err != nil {
			return err
		}
		ids := []string{}
		for _, h := range hits {
			ids = append(ids, h.Ref)
		}
		from, args = `folder WHERE id IN (SELECT value FROM json_each(?))`, []any{jsonOf(ids)}
	}
	more := true
	return tx.Each(`SELECT data FROM `+from+` ORDER BY changed DESC`, args, func(scan func(...any) error) error {
		if !more {
			return nil
		}
		f, err := store.Decoded[Folder](scan)
		if err == nil {
			more = tell(&f)
		}
		return err
	})
}

// Holding gives the folder that a file was imported into already, as the original of a
// document; nil for none.
func (d *Desk) Holding(ctx context.Context, original store.Digest) (found *Folder, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		return eachFound(tx, "", func(f *Folder) bool {
			if slices.ContainsFunc(f.Documents, func(x Document) bool { return x.Original == original }) {
				found = f
			}
			return found == nil && ctx.Err() == nil
		})
	})
	return found, err
}

// Named gives the folder that another software calls by that name. store.ErrNotFound.
func (d *Desk) Named(ctx context.Context, external string) (f *Folder, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		var id string
		if err := tx.Get(`SELECT id FROM folder WHERE external = ? AND external <> '' ORDER BY id LIMIT 1`, []any{external}, &id); err != nil {
			return fmt.Errorf("folder named %q: %w", external, err)
		}
		f, err = folder(tx, id)
		return err
	})
	return f, err
}

// FromElsewhere gives the folders that other software sent, the latest changed first, at most limit.
func (d *Desk) FromElsewhere(ctx context.Context, limit int) (all []Folder, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT data FROM folder WHERE external <> '' ORDER BY changed DESC LIMIT ?`, []any{limit}, store.Decoded[Folder])
		return err
	})
	return all, err
}

func (q Query) holds(f *Folder, t Town) bool {
	created := authority.DayOf(f.Created)
	return (q.Kind == "" || f.Kind == q.Kind) && (q.Type == "" || f.Type == q.Type) && (q.State == "" || f.State == q.State) &&
		(q.Min == 0 || f.Amount >= q.Min) && (q.Max == 0 || f.Amount <= q.Max) &&
		(q.Since == "" || created >= q.Since) && (q.Until == "" || created <= q.Until) &&
		(q.Person == "" || f.concerns(q.Person, t))
}

// concerns tells whether a person made a folder, acted on it, or is waited for.
func (f *Folder) concerns(person string, t Town) bool {
	if f.Author == person || slices.ContainsFunc(f.History, func(e Event) bool { return e.Person == person || e.For == person }) {
		return true
	}
	if f.State != Running || f.Step >= len(f.Route) {
		return false
	}
	return slices.ContainsFunc(f.Route[f.Step].holders(), func(h Holder) bool { return h.Person == person || h.Role != "" && hasRole(t, person, h.Role) })
}

// CSV writes rows as a spreadsheet reads them in France: semicolons, decimal commas, UTF-8
// with its mark.
func (t Town) CSV(rows []Row) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = ';', true
	lines := [][]string{{"Dossier", "Nature", "État", "Étape en cours", "Montant", "Créé le", "Créé par", "Modifié le", "À faire avant le", "Identifiant"}}
	for _, r := range rows {
		amount := ""
		if r.Amount != 0 {
			amount = fmt.Sprintf("%d,%02d", r.Amount/100, r.Amount%100)
		}
		deadline := ""
		if r.Deadline != "" {
			deadline = r.Deadline.Time().Format("02/01/2006")
		}
		lines = append(lines, []string{plainCell(r.Title), string(r.Kind), stateNames[r.State], plainCell(r.Step), amount, r.Created.Format("02/01/2006"), t.name(r.Author), r.Changed.Format("02/01/2006"), deadline, r.ID})
	}
	if err := w.WriteAll(lines); err != nil {
		return nil, fmt.Errorf("writing the list: %w", err)
	}
	return out.Bytes(), nil
}

// plainCell keeps a spreadsheet from taking words for a formula.
func plainCell(text string) string {
	if text != "" && bytes.ContainsRune([]byte("=+-@\t\r"), rune(text[0])) {
		return "'" + text
	}
	return text
}

// StepTime is how long a step takes, by its title, over folders that went through it.
type StepTime struct {
	Title           string
	Count           int
	Median, Longest time.Duration
}

// Statistics tells how long each step took in the folders created from a day to another,
// the slowest first; empty days are open.
func (d *Desk) Statistics(ctx context.Context, since, until authority.Day) ([]StepTime, error) {
	times := map[string][]time.Duration{}
	err := d.j.Store().View(ctx, func(tx *store.Tx) error {
		return eachFound(tx, "", func(f *Folder) bool {
			if (Query{Since: since, Until: until}).holds(f, Town{}) {
				f.times(func(title string, took time.Duration) { times[title] = append(times[title], took) })
			}
			return ctx.Err() == nil
		})
	})
	var out []StepTime
	for title, all := range times {
		slices.Sort(all)
		out = append(out, StepTime{Title: title, Count: len(all), Median: all[len(all)/2], Longest: all[len(all)-1]})
	}
	slices.SortFunc(out, func(a, b StepTime) int {
		return cmp.Or(cmp.Compare(b.Median, a.Median), cmp.Compare(a.Title, b.Title))
	})
	return out, err
}

// times tells how long each step that was done took: from its turn to its act.
func (f *Folder) times(tell func(title string, took time.Duration)) {
	var from time.Time
	for _, e := range f.History {
		switch e.Kind {
		case KindSent, KindReturned, KindTakenBack:
			from = e.At
		case KindApproved, KindSigned, KindRefused, KindAcknowledged:
			if e.Step < len(f.Route) && !from.IsZero() && !e.At.Before(from) {
				tell(f.Route[e.Step].Title, e.At.Sub(from))
			}
			from = e.At
		case KindRaised, KindReassigned, journal.KindSettled:
		}
	}
}

// Euros writes an amount in cents for a form.
func Euros(cents int64) string {
	if cents == 0 {
		return ""
	}
	return strconv.FormatInt(cents/100, 10) + "," + fmt.Sprintf("%02d", cents%100)
}
