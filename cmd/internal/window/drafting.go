package window

import (
	"context"
	"errors"
	"os"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/draftimport"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/spelling"
	"alpi40.fr/airial/local/store"
	uicouncil "alpi40.fr/airial/ui/council"
)

const maxSuggestions = 4

// Spelling implements the council page's office: the words of a text that are
// neither French, nor names of this town hall, nor words that it accepted.
func (r *Room) Spelling(ctx context.Context, t council.Text) ([]council.Finding, error) {
	d, err := r.dictionary()
	if err != nil {
		return nil, explain.Error(err)
	}
	accepted, err := r.acceptedWords(ctx)
	if err != nil {
		return nil, err
	}
	var all []council.Finding
	for i, b := range t.Blocks {
		for _, m := range d.Check(ctx, b.Text, accepted) {
			all = append(all, council.Finding{Kind: council.FindingSpelling, Block: i, Before: m.Word})
		}
	}
	return all, ctx.Err()
}

// Suggestions implements the council page's office.
func (r *Room) Suggestions(ctx context.Context, word string) ([]string, error) {
	d, err := r.dictionary()
	if err != nil {
		return nil, explain.Error(err)
	}
	return d.Suggest(ctx, word, maxSuggestions), nil
}

func (r *Room) acceptedWords(ctx context.Context) (spelling.Accepted, error) {
	h := r.seat().Hall
	texts, err := h.Council.Lexicon(ctx)
	if err != nil {
		return nil, err
	}
	err = h.Store.View(ctx, func(tx *store.Tx) error {
		a, err := authority.Current(tx)
		if err != nil {
			return err
		}
		texts = append(texts, a.Name, a.Place, a.Court, a.CourtAddress)
		people, err := authority.People(tx)
		for _, p := range people {
			texts = append(texts, p.FirstName, p.LastName, p.Title)
		}
		return err
	})
	return spelling.Accept(strings.Join(texts, "\n")), err
}

// Names implements the council page's office: people's names by their ids.
func (r *Room) Names(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	err := r.seat().Hall.Store.View(ctx, func(tx *store.Tx) error {
		people, err := authority.People(tx)
		for _, p := range people {
			names[p.ID] = p.Name()
		}
		return err
	})
	return names, err
}

// ReadDraft implements the council page's office.
func (r *Room) ReadDraft(_ context.Context, path string) (draftimport.Draft, error) {
	content, err := readFile(path)
	if err != nil {
		return draftimport.Draft{}, explain.Error(err)
	}
	d, err := draftimport.Read(content)
	return d, explain.Error(err)
}

// Conflict implements the council page's office: nil when there is none.
func (r *Room) Conflict(ctx context.Context, id string) (*council.NotApplied, error) {
	n, err := r.seat().Hall.Council.DraftConflict(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &n, err
}

// KeepAnnex implements the council page's office.
func (r *Room) KeepAnnex(ctx context.Context, name, path string) (council.Annex, error) {
	if info, err := os.Stat(path); err == nil { // too large, it is not read to be refused
		if err := council.CheckAnnex(name, info.Size(), nil); err != nil {
			return council.Annex{}, err
		}
	}
	content, err := readFile(path)
	if err != nil {
		return council.Annex{}, explain.Error(err)
	}
	a, err := r.seat().Hall.Council.KeepAnnex(ctx, name, content)
	return a, explain.Error(err)
}

// SendDraft implements the council page's office: without a route, the mayor approves.
func (r *Room) SendDraft(ctx context.Context, id, route string) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	mayor, today := "", authority.DayOf(r.now())
	if err := h.Store.View(ctx, func(tx *store.Tx) error {
		people, err := authority.People(tx)
		for _, p := range people {
			if p.Has(authority.RoleMayor) && p.In(today) {
				mayor = p.ID
			}
		}
		return err
	}); err != nil {
		return err
	}
	if mayor == "" {
		return &rule.Refusal{Why: "Aucun maire en fonction n’est inscrit dans les personnes.", Cure: "Inscrivez-le sur la page Personnes."}
	}
	_, err = h.SendDraft(ctx, person, id, route, mayor, r.read)
	return explain.Error(err)
}

// ApprovalRoutes implements the council page's office.
func (r *Room) ApprovalRoutes(ctx context.Context) (all []uicouncil.Route, err error) {
	types, err := r.seat().Hall.ApprovalRoutes(ctx)
	for _, t := range types {
		all = append(all, uicouncil.Route{ID: t.ID, Name: t.Name})
	}
	return all, explain.Error(err)
}

// Approvals implements the council page's office.
func (r *Room) Approvals(ctx context.Context, deliberation string) (all []uicouncil.Approval, err error) {
	h := r.seat().Hall
	asked, err := h.Council.Approvals(ctx, deliberation)
	if err != nil {
		return nil, explain.Error(err)
	}
	town, err := h.Folders.Town(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	seen := map[string]bool{}
	for _, a := range asked {
		if deliberation == "" && seen[a.Deliberation] {
			continue // the latest of each is what the list shows
		}
		seen[a.Deliberation] = true
		f, err := h.Folders.Folder(ctx, a.Folder)
		if errors.Is(err, store.ErrNotFound) {
			continue // not here yet
		}
		if err != nil {
			return nil, explain.Error(err)
		}
		out := uicouncil.Approval{Approval: a, State: f.State, Refusal: f.Refusal}
		if f.Step < len(f.Route) {
			out.Waits = f.Route[f.Step].Title
		}
		for _, e := range f.History {
			if e.Kind == parapheur.KindApproved || e.Kind == parapheur.KindRefused {
				out.Said = append(out.Said, uicouncil.Saying{Who: town.Name(e.Person), At: e.At, Words: e.Note, Refused: e.Kind == parapheur.KindRefused, Act: true})
			}
		}
		for _, m := range f.Remarks {
			out.Said = append(out.Said, uicouncil.Saying{Who: town.Name(m.Person), At: m.At, Words: m.Text})
		}
		all = append(all, out)
	}
	return all, nil
}
