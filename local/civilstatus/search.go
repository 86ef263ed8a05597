package civilstatus

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/civilstatus/names"
	"alpi40.fr/airial/local/store"
)

// nameTable is the index of the acts: the words of the names, how they sound, and what tells an act from others (number,
// year, kind, register). It holds no text of its own; its rows are those of act.
const nameTable = `CREATE VIRTUAL TABLE act_name USING fts5 (words, sounds, refs, content = '', contentless_delete = 1, tokenize = 'unicode61', prefix = '2 3');`

// names is what the act is looked up by: the names that it tells, and those of the spouses that its mentions tell.
func (a *Act) names() string {
	all := []string{a.LastName, a.FirstName, a.Usual}
	for i := range a.Mentions {
		if m := &a.Mentions[i]; m.live() && slices.Contains(marriages, m.Code) {
			all = append(all, m.Fields["conjoint_nom"])
		}
	}
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), " ; ")
}

func indexNames(tx *store.Tx, a *Act) error {
	var row int64
	if err := tx.Get(`SELECT rowid FROM act WHERE id = ?`, []any{a.ID}, &row); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM act_name WHERE rowid = ?`, row); err != nil {
		return err
	}
	n := names.Of(a.names())
	refs := append(names.Of(a.Number, a.Kind.Name(), a.Register).Words, strconv.Itoa(a.Year))
	_, err := tx.Exec(`INSERT INTO act_name (rowid, words, sounds, refs) VALUES (?, ?, ?, ?)`, row, strings.Join(n.Words, " "), strings.Join(n.Sounds, " "), strings.Join(refs, " "))
	return err
}

// Found is what a search gives: the acts whose words are those, by name, then those that only sound like them.
type Found struct {
	Acts []Act
	// Alike is how many of them, at the end, are only alike by ear.
	Alike int
	// More: there are others.
	More bool
}

// Search looks acts up by names, number, year, kind, register, in any order: accents, capitals, the six apostrophes, hyphens
// and particles do not count, the last word may be a beginning, and what is written otherwise is found by ear.
func (r *Registry) Search(ctx context.Context, typed string, limit int) (f Found, err error) {
	terms := names.Terms(typed)
	if len(terms) == 0 {
		return f, nil
	}
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		if f.Acts, err = matching(tx, exactly(terms), limit+1); err != nil {
			return err
		}
		byName(f.Acts)
		heard, ok := byEar(terms)
		if len(f.Acts) > limit || !ok {
			return nil
		}
		alike, err := matching(tx, heard+" NOT ("+exactly(terms)+")", limit+1-len(f.Acts))
		byName(alike)
		f.Acts, f.Alike = append(f.Acts, alike...), len(alike)
		return err
	})
	if len(f.Acts) > limit {
		f.Acts, f.Alike, f.More = f.Acts[:limit], max(f.Alike-1, 0), true
	}
	return f, err
}

// SearchQuery is the statement of a search: its first argument is an expression of FTS5, its second how many acts are wanted.
// Neither stands alone: SQLite would prepare the statement anew for each value of it, which no plan depends on.
const SearchQuery = `SELECT act.data FROM act_name JOIN act ON act.rowid = act_name.rowid WHERE act_name MATCH ? || '' LIMIT ? + 0`

func matching(tx *store.Tx, expression string, limit int) ([]Act, error) {
	return store.All(tx, SearchQuery, []any{expression, limit}, store.Decoded[Act])
}

func byName(acts []Act) {
	key := map[string]string{}
	for i := range acts {
		key[acts[i].ID] = sortKey(acts[i].LastName + " " + acts[i].FirstName)
	}
	slices.SortStableFunc(acts, func(a, b Act) int {
		return cmp.Or(cmp.Compare(key[a.ID], key[b.ID]), cmp.Compare(a.Year, b.Year), cmp.Compare(a.ID, b.ID))
	})
}

// exactly makes the FTS5 expression of terms as they are written.
func exactly(terms []names.Term) string {
	var all []string
	for i, t := range terms {
		all = append(all, written(t, i == len(terms)-1))
	}
	return strings.Join(all, " AND ")
}

// written quotes a term: no character of it is an operator, being letters and figures alone.
func written(t names.Term, last bool) string {
	star := ""
	if last {
		star = "*"
	}
	var words []string
	for i, w := range t.Words {
		if i < len(t.Words)-1 {
			words = append(words, `"`+w+`"`)
			continue
		}
		words = append(words, `"`+w+`"`+star)
	}
	text := "{words refs} : (" + strings.Join(words, " AND ")
	if t.Joined != "" {
		text = "{words refs} : ((" + strings.Join(words, " AND ") + `) OR "` + t.Joined + `"` + star
	}
	return text + ")"
}

// byEar makes the expression of terms by their sounds; ok tells that one of them has a sound.
func byEar(terms []names.Term) (expression string, ok bool) {
	var all []string
	for i, t := range terms {
		either := written(t, i == len(terms)-1)
		for _, s := range t.Sounds {
			either, ok = either+` OR {sounds} : "`+s+`"`, true
		}
		all = append(all, "("+either+")")
	}
	return strings.Join(all, " AND "), ok
}
