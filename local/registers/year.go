package registers

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// Year is which register is printed.
type Year struct {
	Year int
	// Series is council.SeriesDeliberation when empty: deliberations, and decisions by delegation in the order of dates.
	Series council.Series
	// Duplex: on both sides of the sheets.
	Duplex bool
	// Sitting is the only one to be printed, with the sheets it has in the register; empty: all.
	Sitting string
}

// names of the registers.
var names = map[council.Series]string{
	council.SeriesDeliberation: "Registre des délibérations", council.SeriesOrder: "Registre des arrêtés",
	council.SeriesDecision: "Registre des décisions", council.SeriesStaff: "Registre des arrêtés du personnel",
}

// PrintYear sets the register of a year (CGCT, art. R2121-9, R2122-7, R2122-7-1).
func (r *Registers) PrintYear(ctx context.Context, y Year, progress func(done, of int)) (typeset.Document, error) {
	if y.Series == "" {
		y.Series = council.SeriesDeliberation
	}
	out := typeset.Register{Name: names[y.Series], Year: y.Year, Duplex: y.Duplex, Progress: progress}
	err := r.view(ctx, func(tx *store.Tx) error {
		a, err := authority.Current(tx)
		if err != nil {
			return err
		}
		out.Head = typeset.Head{Authority: a.Letterhead(), Printed: r.j.Now()}
		if out.Mayor, err = mayorNow(tx, r.today()); err != nil {
			return err
		}
		out.Volumes, out.Only, err = r.volumes(ctx, tx, a, y)
		return err
	})
	if err != nil {
		return typeset.Document{}, err
	}
	if len(out.Volumes) == 0 || (y.Sitting != "" && out.Only == 0) {
		return typeset.Document{}, &rule.Refusal{Article: articleBook, Why: "Le registre ne reçoit que les séances levées dont les délibérations sont numérotées, et les actes numérotés.", Cure: "Levez la séance et numérotez ses délibérations."}
	}
	return out.Typeset(ctx)
}

func mayorNow(tx *store.Tx, day authority.Day) (string, error) {
	people, err := authority.People(tx)
	for _, p := range people {
		if p.Has(authority.RoleMayor) && p.In(day) {
			return p.Name(), nil
		}
	}
	return "", err
}

// dated is what a register holds, with what puts it in order.
type dated struct {
	item typeset.RegisterItem
	at   int64
	id   string
}

func (r *Registers) volumes(ctx context.Context, tx *store.Tx, a authority.Authority, y Year) (items []typeset.RegisterItem, only int, err error) {
	var all []dated
	if y.Series == council.SeriesDeliberation {
		if all, err = r.sittingsOf(ctx, tx, a, y.Year); err != nil {
			return nil, 0, err
		}
	}
	acts, err := orders(tx)
	if err != nil {
		return nil, 0, err
	}
	for _, o := range acts {
		in := o.Series == y.Series || y.Series == council.SeriesDeliberation && o.Series == council.SeriesDecision
		if o.Number == "" || o.Year() != y.Year || !in {
			continue
		}
		p := printedOrder(a, o, typeset.Head{Authority: a.Letterhead(), Printed: r.j.Now()})
		all = append(all, dated{typeset.RegisterItem{Act: &p}, o.Date.Time().Unix(), o.Number})
	}
	slices.SortStableFunc(all, func(a, b dated) int {
		if a.at != b.at {
			if a.at < b.at {
				return -1
			}
			return 1
		}
		if a.id < b.id {
			return -1
		}
		return 1
	})
	for i, d := range all {
		items = append(items, d.item)
		if y.Sitting != "" && d.id == y.Sitting {
			only = i + 1
		}
	}
	return items, only, nil
}

func (r *Registers) sittingsOf(ctx context.Context, tx *store.Tx, a authority.Authority, year int) (all []dated, err error) {
	sittings, err := council.AllSittings(tx)
	if err != nil {
		return nil, err
	}
	deliberations, err := council.AllDeliberations(tx)
	if err != nil {
		return nil, err
	}
	known := make(map[string]council.Deliberation, len(deliberations))
	for _, d := range deliberations {
		known[d.ID] = d
	}
	themeOf, err := r.themes(tx)
	if err != nil {
		return nil, err
	}
	for _, s := range sittings {
		if s.At.Year() != year || !s.Closed {
			continue
		}
		rec, err := r.record(tx, s, known)
		if err != nil {
			return nil, err
		}
		sig := signatures(a, s)
		item := &typeset.RegisterSitting{Sitting: s.Printed(), Mayor: sig[0], Secretaries: sig[1:]}
		for _, d := range rec.Affairs {
			t, _ := r.council.Library().Template(d.Text.Template) // none: no matter is proposed
			theme, err := themeOf(d.ID, t.Matter)
			if err != nil {
				return nil, err
			}
			item.Affairs = append(item.Affairs, typeset.Affair{Deliberation: council.Printed(a, d, r.j.Now()), Theme: theme, Annexes: r.annexes(ctx, d)})
		}
		all = append(all, dated{typeset.RegisterItem{Sitting: item}, s.At.Unix(), s.ID})
	}
	return all, nil
}

// maxReproduced bounds an annex that is reproduced in the register.
const maxReproduced = 64 << 20

// annexes are those of a deliberation that are reproduced: PDF documents. The others are named by their digests with all.
func (r *Registers) annexes(ctx context.Context, d council.Deliberation) (out []typeset.Annex) {
	if r.reproduce == nil {
		return nil
	}
	for _, a := range d.Text.Annexes {
		if !strings.EqualFold(path.Ext(a.Name), ".pdf") || a.Size > maxReproduced {
			continue
		}
		out = append(out, typeset.Annex{Title: a.Name, Digest: a.Digest.String(), Reproduced: func() ([]byte, error) {
			return r.reproduce(ctx, a.Digest, func() ([]byte, error) { return r.j.Store().Blobs().Read(a.Digest, maxReproduced) })
		}})
	}
	return out
}

// maxKept bounds the annexes that are kept ready: the sheets of one sitting are numbered by counting those of all before it.
const maxKept = 64 << 20

// kept are annexes made ready, the latest made.
type kept struct {
	make Reproducer
	mu   sync.Mutex
	made map[store.Digest][]byte
	size int
}

func (k *kept) of(ctx context.Context, d store.Digest, read func() ([]byte, error)) ([]byte, error) {
	k.mu.Lock()
	ready := k.made[d]
	k.mu.Unlock()
	if ready != nil {
		return ready, nil
	}
	pdf, err := read()
	if err != nil {
		return nil, err
	}
	if ready, err = k.make(ctx, pdf); err != nil || len(ready) > maxKept/4 {
		return ready, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.made[d] != nil {
		return ready, nil
	}
	if k.size += len(ready); k.size > maxKept {
		k.made, k.size = map[store.Digest][]byte{}, len(ready)
	}
	k.made[d] = ready
	return ready, nil
}
