package civilstatus

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// The tables of the registers (décret du 20 juillet 1807; décret n° 2017-890): each year, and every ten years, from a year
// in 3 to a year in 2, as the archives have them.

// Decade gives the years of the ten-year table that a year is in: 2013 to 2022, 2023 to 2032.
func Decade(year int) (from, to int) {
	from = year - (year+7)%10
	return from, from + 9
}

// party is a person of an act.
type party struct{ last, first string }

// spouses parts the names of a marriage, which an index joins by a dash: «Exemple – Modèle».
const spouses = " – "

// parties are the persons whom an act is about: two for a marriage, else one.
func (a *Act) parties() []party {
	lasts, firsts := strings.Split(a.LastName, spouses), strings.Split(a.FirstName, spouses)
	if a.Kind != Marriage || len(lasts) != 2 || len(firsts) > 2 {
		return []party{{a.LastName, a.FirstName}}
	}
	if len(firsts) < 2 {
		firsts = append(firsts, "")
	}
	return []party{{lasts[0], firsts[0]}, {lasts[1], firsts[1]}}
}

// Person is who an act is about.
type Person struct{ LastName, FirstNames string }

// Persons are the spouses of a marriage, else one.
func (a *Act) Persons() (all []Person) {
	for _, p := range a.parties() {
		all = append(all, Person{p.last, p.first})
	}
	return all
}

func (p party) String() string {
	return strings.TrimSpace(strings.ToUpper(strings.TrimSpace(p.last)) + " " + strings.TrimSpace(p.first))
}

// Table gives the alphabetical table of a kind of acts, of the registers of some years: a year, or ten.
func (r *Registry) Table(ctx context.Context, kind ActKind, from, to int) (typeset.Document, error) {
	if kind.Name() == "" || from < 1500 || to < from || to > from+9 {
		return typeset.Document{}, &rule.Refusal{Article: "Décret du 20 juillet 1807", Why: "Une table porte sur les actes d’une nature et d’une année, ou de dix.", Cure: "Choisissez la nature et l’année."}
	}
	var acts []Act
	var who authority.Authority
	if err := r.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if acts, err = store.All(tx, `SELECT data FROM act WHERE kind = ? AND year BETWEEN ? AND ?`, []any{string(kind), from, to}, store.Decoded[Act]); err != nil {
			return err
		}
		who, err = authority.Current(tx)
		return err
	}); err != nil {
		return typeset.Document{}, err
	}
	t := tabulate(acts)
	t.Head, t.Kind, t.From, t.To = typeset.Head{Authority: who.Letterhead(), Printed: r.j.Now()}, kind.Name(), from, to
	return t.Typeset(ctx)
}

// tabulate puts the persons of acts in the order of the dictionary: accents, capitals, apostrophes and hyphens come after
// letters (CLDR, French), the particle with the name as the register writes it.
func tabulate(acts []Act) (t typeset.ActTable) {
	type row struct {
		typeset.ActRow
		last, first, id string
	}
	var rows []row
	for i := range acts {
		a := &acts[i]
		if strings.TrimSpace(a.LastName) == "" {
			t.Unnamed = append(t.Unnamed, fmt.Sprintf("n° %s de %d", a.Number, a.Year))
			continue
		}
		t.Acts++
		all := a.parties()
		for k, p := range all {
			one := typeset.ActRow{Initial: initial(p.last), Name: p.String(), With: a.Usual, Date: a.Date.Time(), Written: a.Written, Number: a.Number, Year: a.Year}
			if len(all) == 2 {
				one.With = all[1-k].String()
			}
			rows = append(rows, row{one, p.last, p.first, a.ID})
		}
	}
	slices.Sort(t.Unnamed)
	order := collate.New(language.French, collate.IgnoreCase)
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(order.CompareString(plainName(a.last), plainName(b.last)), order.CompareString(plainName(a.first), plainName(b.first)), a.Date.Compare(b.Date), cmp.Compare(a.Year, b.Year), cmp.Compare(a.id, b.id))
	})
	for _, r := range rows {
		t.Rows = append(t.Rows, r.ActRow)
	}
	return t
}

// plainName is a name whose hyphens and apostrophes do not part it from its neighbours.
func plainName(name string) string {
	return strings.NewReplacer("-", " ", "’", "", "'", "").Replace(name)
}

func initial(name string) string {
	for _, r := range sortKey(name) {
		if r >= 'A' && r <= 'Z' {
			return string(r)
		}
	}
	return "·"
}
