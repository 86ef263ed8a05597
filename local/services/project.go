package services

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Projections make the tables of the requests, and of what the town hall does about them.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "services-requests", Version: 2, Prefix: Prefix, Tables: []string{"request"},
		Schema: `CREATE TABLE request (id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, at INTEGER NOT NULL, folder TEXT NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX request_folder ON request (folder) WHERE folder <> '';
			CREATE INDEX request_of ON request (fingerprint, at) WHERE fingerprint <> '';
			CREATE INDEX request_at ON request (at);`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, Prefix)
			r, err := store.GetDecoded[Request](tx, `SELECT data FROM request WHERE id = ?`, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err := r.Fold(ev.Entry, ev.Data); err != nil {
				return err
			}
			text, err := json.Marshal(r)
			if err != nil {
				return err
			}
			if _, err = tx.Exec(`INSERT INTO request VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, id, r.Certificate.Fingerprint, r.Asked.UnixMicro(), r.Folder, text); err != nil || r.Forgotten {
				return err
			}
			return tx.Index(store.Document{Kind: "request", Ref: id, Stream: ev.Stream, Title: r.Title, Body: r.words(), At: r.Asked})
		},
		Forget: func(tx *store.Tx, stream string) error {
			if err := tx.Unindex(stream); err != nil {
				return err
			}
			_, err := tx.Exec(`DELETE FROM request WHERE id = ?`, strings.TrimPrefix(stream, Prefix))
			return err
		},
	}, {
		Name: "services-talk", Version: 1, Prefix: TalkPrefix, Tables: []string{"request_deed"},
		Schema: `CREATE TABLE request_deed (stream TEXT PRIMARY KEY, request TEXT NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL, data BLOB) STRICT;
			CREATE INDEX request_deed_of ON request_deed (request, at);`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			var data any // NULL once forgotten
			if !ev.Forgotten {
				data = ev.Data
			}
			_, err := tx.Exec(`INSERT INTO request_deed VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (stream) DO NOTHING`,
				ev.Stream, RequestOf(ev.Stream), ev.Kind, ev.Actor, ev.At.UnixMicro(), data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM request_deed WHERE stream = ?`, stream)
			return err
		},
	}, certificatesProjection(), contractsProjection()}
}

// RequestOf gives the id of the request that a stream is about; empty for another stream.
func RequestOf(stream string) string {
	if id, ok := strings.CutPrefix(stream, Prefix); ok {
		return id
	}
	rest, ok := strings.CutPrefix(stream, TalkPrefix)
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// words are what a request is found by.
func (r *Request) words() string {
	all := []string{r.Category, r.Answer, r.Step, r.Certificate.Subject}
	for _, a := range r.Answers {
		all = append(all, a.Value)
	}
	return strings.Join(all, "\n")
}

// Fold applies one entry of its stream, whose data is given open; nil for data that was
// forgotten. The server folds as the laptops do.
func (r *Request) Fold(e *journal.Entry, data []byte) error {
	switch e.Kind {
	case KindAsked, KindPrepared:
		*r = Request{ID: strings.TrimPrefix(e.Stream, Prefix), By: e.Actor, Asked: e.At, State: Asked}
		if e.Kind == KindPrepared {
			r.State = Prepared
		}
		if data == nil {
			r.What, r.Personal, r.Forgotten = Ordered, true, true
			return nil
		}
		var a asked
		if err := json.Unmarshal(data, &a); err != nil {
			return err
		}
		r.What, r.Service, r.Title, r.Category, r.Urgency, r.Answers, r.Diagnosis, r.Personal, r.Months = a.What, a.Service, a.Title, a.Category, a.Urgency, a.Answers, a.Diagnosis, a.Personal, a.Months
		r.Folder = a.Folder
		if a.Certificate != nil {
			r.Certificate = *a.Certificate
		}
	case KindSigned:
		var s signed
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		if r.State == Prepared {
			r.State, r.Asked = Asked, e.At
			r.Answers = append(r.Answers, Answered{Field: SignedField, Label: "Document signé", Files: []File{s.File}})
		}
	case KindReceived, KindClosed, KindReplied, KindOffered:
		var a Answer
		if err := json.Unmarshal(data, &a); err != nil {
			return err
		}
		r.answered(e, a)
	}
	return nil
}

func (r *Request) answered(e *journal.Entry, a Answer) {
	switch e.Kind {
	case KindReplied:
		r.Talk, r.Changed = append(r.Talk, Message{At: e.At, Text: a.Text}), e.At
	case KindOffered:
		r.Slots, r.Changed = a.Slots, e.At
		if a.Text != "" {
			r.Talk = append(r.Talk, Message{At: e.At, Text: a.Text})
		}
	default:
		to := Received
		if e.Kind == KindClosed {
			to = Closed
		}
		if MayAnswer(*r, to, a.Step) == nil {
			r.State, r.Changed, r.Answer = to, e.At, a.Text
			if a.Step != "" {
				r.Step = a.Step
			}
		}
	}
}

// deliveredWords is how both sides read a delivery.
func deliveredWords(reserves string) string {
	if reserves == "" {
		return "Livraison reçue, sans réserve."
	}
	return "Livraison reçue, avec des réserves : " + reserves
}

// FoldDeed applies what the town hall did about a request; nil data was forgotten.
func (r *Request) FoldDeed(kind, actor string, at time.Time, data []byte) error {
	var d deed
	if data != nil {
		if err := json.Unmarshal(data, &d); err != nil {
			return err
		}
	}
	switch kind {
	case KindSaid:
		r.Talk = append(r.Talk, Message{By: actor, At: at, Text: d.Text, Files: d.Files})
		slices.SortStableFunc(r.Talk, func(a, b Message) int { return a.At.Compare(b.At) })
	case KindWithdrawn:
		if r.State != Closed {
			r.State, r.Withdrawn, r.Changed = Closed, true, at
		}
	case KindTaken:
		r.Slot = d.Slot
	case KindDelivered:
		if r.Delivered.IsZero() {
			if r.Delivered, r.Reserves = at, d.Text; data == nil {
				return nil // what was said of it is forgotten
			}
			r.Talk = append(r.Talk, Message{By: actor, At: at, Text: deliveredWords(d.Text), Files: d.Files})
			slices.SortStableFunc(r.Talk, func(a, b Message) int { return a.At.Compare(b.At) })
		}
	case KindRated:
		if r.Score == 0 {
			r.Score, r.Comment = d.Score, d.Text
		}
	}
	return nil
}
