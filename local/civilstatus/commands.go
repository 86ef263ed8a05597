package civilstatus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindImported = "act.imported"
	KindIndexed  = "act.indexed"
	KindRecorded = "act.mention-recorded"
	KindAffixed  = "act.mention-affixed"
	KindNotified = "act.mention-notified"
)

// Registry is the civil status of one authority on one laptop.
type Registry struct {
	j *journal.Journal
	c Catalogue
}

// New gives the registry that a journal holds, with a catalogue of formulas.
func New(j *journal.Journal, c Catalogue) *Registry { return &Registry{j: j, c: c} }

// Catalogue is the formulas in use.
func (r *Registry) Catalogue() Catalogue { return r.c }

// Page is an image to import.
type Page struct {
	Name    string
	Content []byte
}

// Import keeps an act and its pages. The id is made when empty.
func (r *Registry) Import(ctx context.Context, actor string, a Act, pages []Page) (id string, err error) {
	if strings.TrimSpace(a.LastName) == "" {
		return "", &rule.Refusal{Why: "Il manque le nom de la personne.", Cure: "Complétez l’index de l’acte."}
	}
	s := Scan{Act: a}
	for _, p := range pages {
		s.Pages = append(s.Pages, Source{Name: p.Name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p.Content)), nil }})
	}
	if s, err = r.keep(ctx, s); err != nil {
		return "", err
	}
	return s.Act.ID, r.write(ctx, actor, s.Act.ID, KindImported, s.Act.digests(), func(*Act) (any, error) { return s.Act, nil })
}

// Index is what one looks an act up by.
type Index struct {
	LastName  string        `json:"lastName"`
	FirstName string        `json:"firstName"`
	Gender    Gender        `json:"gender"`
	Date      authority.Day `json:"date"`
	Written   string        `json:"written,omitempty"`
}

// Index completes or corrects the index of an act, by its image. The act itself is not touched.
func (r *Registry) Index(ctx context.Context, actor, act string, in Index) error {
	in.LastName, in.FirstName = strings.TrimSpace(in.LastName), strings.TrimSpace(in.FirstName)
	return r.write(ctx, actor, act, KindIndexed, nil, func(a *Act) (any, error) {
		switch {
		case in.LastName == "":
			return nil, &rule.Refusal{Why: "Il manque le nom de la personne.", Cure: "Lisez-le sur l’image ; «SANS NOM» si l’acte n’en porte pas."}
		case a.Kind != Marriage && in.Gender == "":
			return nil, &rule.Refusal{Why: "Il manque le sexe, dont l’accord des mentions dépend.", Cure: "Choisissez-le d’après l’acte."}
		}
		return in, nil
	})
}

func (r *Registry) write(ctx context.Context, actor, id, kind string, blobs []store.Digest, decide func(*Act) (any, error)) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		a, err := read(tx, id)
		if err != nil && !(kind == KindImported && errors.Is(err, store.ErrNotFound)) {
			return nil, fmt.Errorf("act %s: %w", id, err)
		}
		data, err := decide(a)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: "act/" + id, Kind: kind, Data: data, Blobs: blobs}}, nil
	})
	return err
}

// Record prepares a mention on an act: to be affixed. received is the day on
// which its notice came.
func (r *Registry) Record(ctx context.Context, actor, act, code string, fields map[string]string, source string, received authority.Day) (id string, err error) {
	id = r.j.NewID()
	err = r.write(ctx, actor, act, KindRecorded, nil, func(a *Act) (any, error) {
		f, err := r.c.Find(code, a.Kind)
		if err != nil {
			return nil, err
		}
		text, err := f.Preview(a.Gender, fields)
		if err != nil {
			return nil, err
		}
		m := Mention{ID: id, Code: code, Label: f.Label, Fields: fields, Text: text, Status: f.Status, Basis: f.Basis, Source: source, State: ToAffix, Received: received}
		if f.Days > 0 && received != "" {
			m.Due = received.Plus(f.Days)
		}
		return m, mayRecord(a, m)
	})
	return id, err
}

// Affix notes that the mention was affixed and signed by hand, by an officer,
// on a day (CGCT, art. L2122-32; R2122-10).
func (r *Registry) Affix(ctx context.Context, actor, act, mention, officer string, on authority.Day) error {
	var people []authority.Person
	if err := r.j.Store().View(ctx, func(tx *store.Tx) (err error) { people, err = authority.People(tx); return err }); err != nil {
		return err
	}
	return r.write(ctx, actor, act, KindAffixed, nil, func(a *Act) (any, error) {
		m := a.find(mention)
		if err := mayAffix(m, people, officer, on); err != nil {
			return nil, err
		}
		return affixed{Mention: mention, Officer: officer, On: on}, nil
	})
}

// Notify notes that the notice has left.
func (r *Registry) Notify(ctx context.Context, actor, act, mention string, on authority.Day) error {
	return r.write(ctx, actor, act, KindNotified, nil, func(a *Act) (any, error) {
		m := a.find(mention)
		if m == nil || m.State != Affixed {
			return nil, &rule.Refusal{Article: "Code civil, art. 49", Why: "L’avis suit l’apposition.", Cure: "Apposez d’abord la mention."}
		}
		return notified{Mention: mention, On: on}, nil
	})
}
