package civilstatus

import (
	"context"
	"maps"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority/cog"
	"alpi40.fr/airial/local/authority/country"
	"alpi40.fr/airial/local/authority/court"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// Suggestion is what a field of a mention may be, by what is typed of it. Any other text is as good.
type Suggestion struct {
	Value string
	// With are other fields that stood with it before: a notary's town and the number of the office.
	With map[string]string
}

// together are fields that tell of one: an office of notaries.
var together = map[string][]string{"notaire": {"residence", "crpcen"}}

// suggestedFields are the fields that are written again from one mention to the next. None tells of a person.
var suggestedFields = []string{"tribunal", "notaire", "autorite", "residence", "crpcen", "lieu", "pays", "commune"}

// lookedAt bounds the acts and notices whose words are suggested.
const lookedAt = 500

// Suggest completes what is typed of a field: with what the mentions under way and the last notices say, then with the
// communes of the official code, the countries or the courts, where the field is one. No free list of notaries' offices and
// of their numbers is known: they are written freely, then proposed as they were written.
func (r *Registry) Suggest(ctx context.Context, field, typed string, limit int) (all []Suggestion, err error) {
	typed = strings.TrimSpace(typed)
	if len([]rune(typed)) < 2 || !slices.ContainsFunc(suggestedFields, func(s string) bool { return field == s || strings.HasPrefix(field, s+"_") }) {
		return nil, nil
	}
	add := func(s Suggestion) {
		if len(all) < limit && s.Value != typed && !slices.ContainsFunc(all, func(had Suggestion) bool { return had.Value == s.Value }) {
			all = append(all, s)
		}
	}
	before, err := r.written(ctx)
	if err != nil {
		return nil, err
	}
	for _, fields := range before {
		value := strings.TrimSpace(fields[field])
		if !holds(value, typed) {
			continue
		}
		s := Suggestion{Value: value}
		for _, other := range together[field] {
			if fields[other] != "" {
				if s.With == nil {
					s.With = map[string]string{}
				}
				s.With[other] = fields[other]
			}
		}
		add(s)
	}
	switch {
	case field == "pays":
		for _, name := range country.Search(typed, limit) {
			add(Suggestion{Value: name})
		}
	case field == "tribunal", field == "autorite", strings.HasPrefix(field, "tribunal_"):
		for _, name := range court.Search(typed, limit) {
			add(Suggestion{Value: name})
		}
	case field == "lieu", field == "commune", field == "residence", strings.HasPrefix(field, "lieu_") && field != "lieu_ou_notaire":
		for _, c := range cog.Search(typed, limit) {
			add(Suggestion{Value: c.Name})
		}
	}
	return all, nil
}

// holds tells whether a word of a text begins with what is typed, whatever its accents.
func holds(text, typed string) bool {
	text, typed = strings.ToLower(french.Unaccented(text)), strings.ToLower(french.Unaccented(typed))
	return strings.HasPrefix(text, typed) || strings.Contains(text, " "+typed)
}

// written are the fields of the mentions that are under way, and of the last notices, those first.
func (r *Registry) written(ctx context.Context) (all []map[string]string, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		notices, err := store.All(tx, `SELECT data FROM civil_incoming ORDER BY received DESC, id DESC LIMIT ?`, []any{lookedAt}, store.Decoded[Incoming])
		if err != nil {
			return err
		}
		for _, n := range notices {
			if len(n.Fields) > 0 {
				all = append(all, maps.Clone(n.Fields))
			}
		}
		acts, err := store.All(tx, `SELECT data FROM act WHERE waiting > 0 OR following > 0 LIMIT ?`, []any{lookedAt}, store.Decoded[Act])
		for i := range acts {
			for k := range acts[i].Mentions {
				all = append(all, acts[i].Mentions[k].Fields)
			}
		}
		return err
	})
	return all, err
}
