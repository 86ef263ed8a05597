package office

import (
	"context"
	"fmt"
	"os"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	agency "alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/sync/player"
)

// HasParcel tells whether a parcel of a kind is on this computer, without reading it.
func (o *Office) HasParcel(kind string) bool {
	info, err := os.Stat(o.parcelPath(kind))
	return err == nil && info.Mode().IsRegular()
}

// Module reads a module that is on this computer. Errors: ErrNoParcel, those of training.Read.
func (o *Office) Module(ctx context.Context, m agency.Module) (*training.Content, error) {
	p, err := o.Parcel(ctx, m.Parcel)
	if err != nil {
		return nil, err
	}
	return training.Read(p.Content)
}

// FetchModule brings a module onto this computer, or its newer version. One that cannot be read is
// told of, and is not kept. Errors: those of FetchParcel and training.Read.
func (h *Hall) FetchModule(ctx context.Context, m agency.Module) error {
	if _, err := h.FetchParcel(ctx, m.Parcel); err != nil {
		return fmt.Errorf("the module %s: %w", m.ID, err)
	}
	return nil
}

// PlayModule serves a package to the browser, and gives the address; what it says of the progress
// is noted for the person. One plays at a time.
func (h *Hall) PlayModule(ctx context.Context, person string, m agency.Module) (string, error) {
	c, err := h.office.Module(ctx, m)
	if err != nil {
		return "", err
	}
	if c.Kind == training.Pages {
		return "", &rule.Refusal{Why: "Ce module se lit dans Airial.", Cure: "Choisissez « Lire »."}
	}
	progress, err := h.School.Progress(ctx, person)
	if err != nil {
		return "", err
	}
	at := progress[m.ID]
	state := at.State
	if at.Over(h.office.o.Now()) {
		state = nil
	}
	name, err := h.nameOf(ctx, person)
	if err != nil {
		return "", err
	}
	life := h.life
	if life == nil {
		life = context.WithoutCancel(ctx)
	}
	p, err := player.Play(life, player.Options{Content: c, State: state, Person: name, ID: store.DigestOf([]byte(h.id + person)).String()[:16], Rand: h.office.o.Rand, Title: m.Title, Leave: "Vos progrès sont gardés par Airial.",
		Tell: func(ctx context.Context, t player.Told) error {
			return h.School.Note(ctx, training.Step{Person: person, Module: m.ID, Unit: t.Unit, Units: len(c.Units), State: t.State, Points: t.Points, Of: t.Of, Complete: t.Complete})
		}})
	if err != nil {
		return "", err
	}
	h.playing.Lock()
	before := h.player
	h.player = p
	h.playing.Unlock()
	if before != nil {
		if err := before.Close(); err != nil {
			h.office.o.Log.Info("ending a module", "error", err.Error())
		}
	}
	return p.URL(), nil
}

func (h *Hall) nameOf(ctx context.Context, person string) (name string, err error) {
	err = h.Store.View(ctx, func(tx *store.Tx) error {
		people, err := authority.People(tx)
		if p, ok := authority.Find(people, person); ok {
			name = p.Name()
		}
		return err
	})
	return name, err
}

// TrainingCertificate sets the certificate of a module that a person completed. Error: a refusal.
func (h *Hall) TrainingCertificate(ctx context.Context, person string, m agency.Module) (typeset.Document, error) {
	progress, err := h.School.Progress(ctx, person)
	if err != nil {
		return typeset.Document{}, err
	}
	p := progress[m.ID]
	if err := training.MayCertify(p); err != nil {
		return typeset.Document{}, err
	}
	a, err := h.Authority(ctx)
	if err != nil {
		return typeset.Document{}, err
	}
	name, err := h.nameOf(ctx, person)
	if err != nil {
		return typeset.Document{}, err
	}
	c, err := h.office.Catalogue(ctx)
	if err != nil {
		return typeset.Document{}, err
	}
	return typeset.TrainingCertificate{Head: typeset.Head{Authority: a.Letterhead(), Printed: p.Done}, Person: name, Module: m.Title, Minutes: m.Minutes, Points: p.Points, Of: p.Of, By: c.Agency.Name}.Typeset(ctx)
}
