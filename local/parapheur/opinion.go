package parapheur

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Opinion is a second opinion (avis complémentaire): asked of somebody who is not on the
// route, it stops nothing.
type Opinion struct {
	ID       string
	Folder   string
	Asker    string
	Of       string // who is asked
	Question string
	Asked    time.Time
	// Answered is when it was given, zero before; For tells a favourable one.
	Answered time.Time
	For      bool
	Answer   string
}

// The entries of an opinion, in a stream of its own: asking disputes no act.
const (
	KindOpinionAsked = "opinion.asked"
	KindOpinionGiven = "opinion.given"
)

const opinions = "opinion/"

type opinionData struct {
	Of     string `json:"of,omitempty"`
	Text   string `json:"text"`
	Favour bool   `json:"favour,omitempty"`
}

// AskOpinion asks somebody's opinion on a running folder. Errors: a refusal; store.ErrNotFound.
func (d *Desk) AskOpinion(ctx context.Context, actor, id, of, question string) error {
	if err := written(question); err != nil {
		return err
	}
	_, err := d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		f, err := stored(tx, id)
		if err != nil {
			return nil, fmt.Errorf("folder %s: %w", id, err)
		}
		t, err := town(tx)
		if err != nil {
			return nil, err
		}
		if err := mayAskOpinion(f, t, actor, of, d.today()); err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: opinions + id + "/" + d.j.NewID(), Kind: KindOpinionAsked, Data: opinionData{Of: of, Text: strings.TrimSpace(question)}}}, nil
	})
	return err
}

// mayAskOpinion: whose turn it is, or who sent the folder, asks somebody else who is in office.
func mayAskOpinion(f *Folder, t Town, actor, of string, day authority.Day) error {
	if _, err := MayAct(f, t, actor, day); err != nil && (f.State != Running || f.Author != actor) {
		return err
	}
	p, known := authority.Find(t.People, of)
	if !known || !p.In(day) || of == actor {
		return &rule.Refusal{Why: "On demande un avis à une autre personne, en fonction.", Cure: "Choisissez-en une dans la liste."}
	}
	return nil
}

// GiveOpinion answers; only who was asked may, once. Errors: a refusal; store.ErrNotFound.
func (d *Desk) GiveOpinion(ctx context.Context, actor string, o Opinion, favour bool, answer string) error {
	if err := written(answer); err != nil {
		return err
	}
	_, err := d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		kept, err := store.GetDecoded[Opinion](tx, `SELECT data FROM folder_opinion WHERE stream = ?`, opinions+o.Folder+"/"+o.ID)
		switch {
		case err != nil:
			return nil, fmt.Errorf("opinion %s: %w", o.ID, err)
		case kept.Of != actor:
			return nil, &rule.Refusal{Why: "Cet avis est demandé à une autre personne.", Cure: "Écrivez plutôt une remarque."}
		case !kept.Answered.IsZero():
			return nil, &rule.Refusal{Why: "Vous avez déjà donné cet avis.", Cure: "Écrivez une remarque pour le compléter."}
		}
		return []journal.Draft{{Stream: opinions + o.Folder + "/" + o.ID, Kind: KindOpinionGiven, Data: opinionData{Text: strings.TrimSpace(answer), Favour: favour}}}, nil
	})
	return err
}

func opinionProjection() journal.Projection {
	return journal.Projection{
		Name: "parapheur-opinions", Version: 1, Prefix: opinions, Tables: []string{"folder_opinion"},
		Schema: `CREATE TABLE folder_opinion (stream TEXT PRIMARY KEY, folder TEXT NOT NULL, waits TEXT NOT NULL, -- who is waited for, empty once answered
				at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX folder_opinion_of ON folder_opinion (folder, at);
			CREATE INDEX folder_opinion_waits ON folder_opinion (waits) WHERE waits <> '';`,
		Apply: applyOpinion,
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM folder_opinion WHERE stream = ?`, stream)
			return err
		},
	}
}

func applyOpinion(tx *store.Tx, ev journal.Event) error {
	var data opinionData
	if err := json.Unmarshal(ev.Data, &data); err != nil {
		return err
	}
	folder, id, _ := strings.Cut(strings.TrimPrefix(ev.Stream, opinions), "/")
	o, err := store.GetDecoded[Opinion](tx, `SELECT data FROM folder_opinion WHERE stream = ?`, ev.Stream)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	switch ev.Kind {
	case KindOpinionAsked:
		o = Opinion{ID: id, Folder: folder, Asker: ev.Actor, Of: data.Of, Question: data.Text, Asked: ev.At}
	case KindOpinionGiven:
		o.Answered, o.For, o.Answer = ev.At, data.Favour, data.Text
	}
	waits := o.Of
	if !o.Answered.IsZero() {
		waits = ""
	}
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO folder_opinion VALUES (?, ?, ?, ?, ?) ON CONFLICT (stream) DO UPDATE SET waits = excluded.waits, data = excluded.data`,
		ev.Stream, folder, waits, o.Asked.UnixMicro(), text)
	return err
}

func opinionsIn(tx *store.Tx, id string) ([]Opinion, error) {
	return store.All(tx, `SELECT data FROM folder_opinion WHERE folder = ? ORDER BY at, stream`, []any{id}, store.Decoded[Opinion])
}

// askedOf gives the running folders on which a person's opinion is waited for.
func askedOf(tx *store.Tx, person string) ([]string, error) {
	// From the few opinions that wait, by their own index, rather than from all folders that run.
	return store.All(tx, `SELECT DISTINCT o.folder FROM folder_opinion o CROSS JOIN folder f ON f.id = o.folder WHERE o.waits = ? AND o.waits <> '' AND f.state = 'running'`, []any{person},
		func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
}
