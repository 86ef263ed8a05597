package civilstatus

import (
	"bytes"
	"context"
	"encoding/json"
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

	KindVerified  = "act.mention-verified"
	KindWithdrawn = "act.mention-withdrawn"
	KindCrossed   = "act.analysis-crossed"
	KindChased    = "act.notice-chased"
	KindReceipt   = "act.notice-receipt"
	KindClosed    = "act.notices-closed"
	KindRescanned = "act.rescanned"
	KindStanding  = "act.mention-standing"
)

// Registry is the civil status of one authority on one laptop.
type Registry struct {
	j       *journal.Journal
	c       Catalogue
	annexes []Annex
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

func (p Page) source() Source {
	return Source{Name: p.Name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p.Content)), nil }}
}

// Import keeps an act and its pages. The id is made when empty.
func (r *Registry) Import(ctx context.Context, actor string, a Act, pages []Page) (id string, err error) {
	if strings.TrimSpace(a.LastName) == "" {
		return "", &rule.Refusal{Why: "Il manque le nom de la personne.", Cure: "Complétez l’index de l’acte."}
	}
	s := Scan{Act: a}
	for _, p := range pages {
		s.Pages = append(s.Pages, p.source())
	}
	if s, err = r.keep(ctx, s); err != nil {
		return "", err
	}
	return s.Act.ID, r.writeWith(ctx, actor, s.Act.ID, KindImported, s.Act.digests(), func(tx *store.Tx, _ *Act) (any, []journal.Draft, error) {
		there, err := standing(tx, s.Act)
		if err == nil && there.Known {
			err = sameNumber(s.Act)
		}
		return s.Act, nil, errors.Join(err, there.Err)
	})
}

// Index is what one looks an act up by.
type Index struct {
	LastName  string        `json:"lastName"`
	FirstName string        `json:"firstName"`
	Usual     string        `json:"usual,omitempty"`
	Gender    Gender        `json:"gender"`
	Date      authority.Day `json:"date"`
	Written   string        `json:"written,omitempty"`
	// Number, Year and Register correct what tells the act from others; what is empty or nil is left as it is.
	Number   string  `json:"number,omitempty"`
	Year     int     `json:"year,omitempty"`
	Register *string `json:"register,omitempty"`
}

// of is the act as an index makes it.
func (in Index) of(a Act) Act {
	a.LastName, a.FirstName, a.Usual, a.Gender, a.Date, a.Written = in.LastName, in.FirstName, in.Usual, in.Gender, in.Date, in.Written
	if in.Number != "" {
		a.Number = in.Number
	}
	if in.Year != 0 {
		a.Year = in.Year
	}
	if in.Register != nil {
		a.Register = *in.Register
	}
	return a
}

// Index completes or corrects the index of an act, by its image. The act itself is not touched.
func (r *Registry) Index(ctx context.Context, actor, act string, in Index) error {
	in.LastName, in.FirstName = strings.TrimSpace(in.LastName), strings.TrimSpace(in.FirstName)
	in.Usual, in.Number = strings.TrimSpace(in.Usual), strings.TrimSpace(in.Number)
	return r.writeWith(ctx, actor, act, KindIndexed, nil, func(tx *store.Tx, a *Act) (any, []journal.Draft, error) { return in, nil, indexable(tx, a, in) })
}

// indexable tells whether an index is one that the act can have.
func indexable(tx *store.Tx, a *Act, in Index) error {
	if to := in.of(*a); to.reference() != a.reference() {
		if err := checkAct(to, len(to.Images)); err != nil {
			return err
		}
		if there, err := standing(tx, to); err != nil || there.ID != "" || there.Err != nil {
			return errors.Join(err, sameNumber(to))
		}
	}
	switch {
	case in.LastName == "":
		return &rule.Refusal{Why: "Il manque le nom de la personne.", Cure: "Lisez-le sur l’image ; «SANS NOM» si l’acte n’en porte pas."}
	case a.Kind != Marriage && in.Gender == "":
		return &rule.Refusal{Why: "Il manque le sexe, dont l’accord des mentions dépend.", Cure: "Choisissez-le d’après l’acte."}
	}
	return nil
}

// MayAgain tells whether what was kept aside of an act may take its place after what stands: an index, which says the
// whole of what was read. A mention is prepared anew on the act's page, where its rules are shown.
func MayAgain(c *journal.Conflict) bool { return c.Contested[len(c.Contested)-1].Kind == KindIndexed }

// DoAgain settles the conflict of an act: the index that was kept aside is written after what stands, in actor's name.
// Errors: journal.ErrSettled, a refusal.
func (r *Registry) DoAgain(ctx context.Context, actor, act, note string) error {
	_, err := r.j.Settle(ctx, actor, "act/"+act, note, func(tx *store.Tx) ([]journal.Draft, error) {
		c, err := journal.ConflictOf(tx, "act/"+act)
		if err != nil {
			return nil, err
		}
		if !MayAgain(&c) {
			return nil, &rule.Refusal{Why: "Ce qui a été mis de côté ne peut pas être refait tel quel.", Cure: "Gardez ce qui est en place, puis refaites le geste sur l’acte."}
		}
		a, err := read(tx, act)
		if err != nil {
			return nil, fmt.Errorf("act %s: %w", act, err)
		}
		var in Index
		if err := json.Unmarshal(c.Contested[len(c.Contested)-1].Data, &in); err != nil {
			return nil, fmt.Errorf("reading an index: %w", err)
		}
		return []journal.Draft{{Stream: "act/" + act, Kind: KindIndexed, Data: in}}, indexable(tx, a, in)
	})
	return err
}

func (r *Registry) write(ctx context.Context, actor, id, kind string, blobs []store.Digest, decide func(*Act) (any, error)) error {
	return r.writeWith(ctx, actor, id, kind, blobs, func(_ *store.Tx, a *Act) (any, []journal.Draft, error) {
		data, err := decide(a)
		return data, nil, err
	})
}

// writeWith is write where deciding needs more than the act, or writes more than it.
func (r *Registry) writeWith(ctx context.Context, actor, id, kind string, blobs []store.Digest, decide func(*store.Tx, *Act) (any, []journal.Draft, error)) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		a, err := read(tx, id)
		if err != nil && !(kind == KindImported && errors.Is(err, store.ErrNotFound)) {
			return nil, fmt.Errorf("act %s: %w", id, err)
		}
		data, more, err := decide(tx, a)
		if err != nil {
			return nil, err
		}
		return append([]journal.Draft{{Stream: "act/" + id, Kind: kind, Data: data, Blobs: blobs}}, more...), nil
	})
	return err
}
