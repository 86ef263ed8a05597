package civilstatus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"alpi40.fr/airial/local/civilstatus/names"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Scan is an act with its scanned pages, as the import of a register brings it.
type Scan struct {
	Act   Act
	Pages []Source
}

// Source is a page that is read when it is kept.
type Source struct {
	Name string
	Open func() (io.ReadCloser, error)
	// Want, when set, is the digest that the page must have.
	Want *store.Digest
}

// Outcome tells what became of a scan: its act's id, whether the act was there
// already with the same pages, or why it was not kept.
type Outcome struct {
	ID    string
	Known bool
	Err   error
}

// WrongPage is a page that is not the one that the list announces. It wraps a refusal.
type WrongPage struct {
	Name   string
	Digest store.Digest // of what is there
}

func (e *WrongPage) Error() string { return e.Unwrap().Error() }

// Unwrap gives the refusal.
func (e *WrongPage) Unwrap() error {
	return &rule.Refusal{Why: fmt.Sprintf("«%s» n’est pas le fichier que la liste annonce : son empreinte est autre.", e.Name), Cure: "Demandez le fichier de nouveau à qui a numérisé le registre ; l’acte n’est pas importé."}
}

// readers is how many pages are kept at once: while one waits for the disk, another is encrypted.
const readers = 4

// ImportRegister keeps the acts of a register, in one transaction. An act that
// is there already with the same pages is left as it is, so that an interrupted
// import is simply done again. A scan that cannot be kept has its reason in its
// outcome and stops no other; an error means that none was kept.
func (r *Registry) ImportRegister(ctx context.Context, actor string, scans []Scan) ([]Outcome, error) {
	outcomes := make([]Outcome, len(scans))
	kept := make([]Scan, len(scans))
	var work sync.WaitGroup
	slots := make(chan struct{}, readers)
	for i := range scans {
		work.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; work.Done() }()
			kept[i], outcomes[i].Err = r.keep(ctx, scans[i])
		}()
	}
	work.Wait()
	for _, o := range outcomes {
		// A disk that is full, or a person who stops: nothing is wrong with the scan.
		if o.Err != nil && rule.Find(o.Err) == nil {
			return nil, o.Err
		}
	}
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		var drafts []journal.Draft
		seen := map[reference]bool{}
		for i, s := range kept {
			if outcomes[i].Err != nil {
				continue
			}
			if seen[s.Act.reference()] {
				outcomes[i].Err = sameNumber(s.Act)
				continue
			}
			seen[s.Act.reference()] = true
			var err error
			if outcomes[i], err = standing(tx, s.Act); err != nil {
				return nil, err
			}
			if outcomes[i].ID != "" || outcomes[i].Err != nil {
				continue
			}
			outcomes[i].ID = s.Act.ID
			drafts = append(drafts, journal.Draft{Stream: "act/" + s.Act.ID, Kind: KindImported, Data: s.Act, Blobs: s.Act.digests()})
		}
		return drafts, nil
	})
	return outcomes, err
}

// standing tells whether the act is there already: with the same pages, or, which is refused, with others.
func standing(tx *store.Tx, a Act) (Outcome, error) {
	there, err := store.All(tx, `SELECT data FROM act WHERE kind = ? AND year = ? AND number = ?`, []any{string(a.Kind), a.Year, a.Number}, store.Decoded[Act])
	if err != nil {
		return Outcome{}, err
	}
	for _, have := range there {
		switch {
		case have.reference() != a.reference():
		case slices.Equal(have.digests(), a.digests()):
			return Outcome{ID: have.ID, Known: true}, nil
		default:
			return Outcome{Err: sameNumber(a)}, nil
		}
	}
	return Outcome{}, nil
}

func sameNumber(a Act) error {
	return &rule.Refusal{
		Why:  fmt.Sprintf("Un autre acte de %s porte déjà le numéro %s de %d.", a.Kind.Name(), a.Number, a.Year),
		Cure: "Vérifiez le numéro (12 bis ?) ou le registre ; l’acte déjà présent n’est pas touché.",
	}
}

// reference is what tells an act from another in the registers of a commune.
type reference struct {
	kind                      ActKind
	year                      int
	register, number, commune string
}

func (a Act) reference() reference {
	return reference{a.Kind, a.Year, strings.TrimSpace(a.Register), strings.TrimSpace(a.Number), names.Key(a.Commune)}
}

func (a Act) digests() []store.Digest { return digests(a.Images) }

func digests(images []Image) (all []store.Digest) {
	for _, i := range images {
		all = append(all, i.Digest)
	}
	return all
}

// keep puts the pages of a scan into the store, and gives the act with its id and its images.
func (r *Registry) keep(ctx context.Context, s Scan) (Scan, error) {
	if err := checkAct(s.Act, len(s.Pages)); err != nil {
		return s, err
	}
	s.Act.Images, s.Act.Mentions, s.Act.Outdated = nil, nil, false
	for _, p := range s.Pages {
		image, err := r.keepPage(ctx, p)
		if err != nil {
			return s, err
		}
		s.Act.Images = append(s.Act.Images, image)
	}
	if s.Act.ID == "" {
		s.Act.ID = r.j.NewID()
	}
	return s, nil
}

func (r *Registry) keepPage(ctx context.Context, p Source) (Image, error) {
	content, err := p.Open()
	if err != nil {
		return Image{}, fmt.Errorf("opening %q: %w", p.Name, err)
	}
	defer content.Close()
	var head bytes.Buffer // what is read to know the kind is kept too
	kind, err := Media(p.Name, io.TeeReader(content, &head))
	if err != nil {
		return Image{}, err
	}
	d, err := r.put(ctx, p, io.MultiReader(&head, content))
	return Image{Digest: d, Media: kind, Name: p.Name}, err
}

func (r *Registry) put(ctx context.Context, p Source, content io.Reader) (store.Digest, error) {
	bounded := &io.LimitedReader{R: content, N: MaxImage + 1}
	var d store.Digest
	var err error
	if p.Want != nil {
		d, _, err = r.j.Store().Blobs().PutAs(ctx, *p.Want, bounded)
	} else {
		d, _, err = r.j.Store().Blobs().Put(ctx, bounded)
	}
	switch {
	case bounded.N <= 0:
		return d, &rule.Refusal{Why: fmt.Sprintf("«%s» dépasse 512 Mo.", p.Name), Cure: "Numérisez la page avec une résolution moindre."}
	case errors.Is(err, store.ErrWrongDigest):
		return d, &WrongPage{Name: p.Name, Digest: d}
	case err != nil:
		return d, fmt.Errorf("keeping %q: %w", p.Name, err)
	}
	return d, nil
}
