package privacy

import (
	"context"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindWritten  = "processing.written"
	KindRemoved  = "processing.removed"
	KindReceived = "subjectrequest.received"
	KindExtended = "subjectrequest.extended"
	KindAnswered = "subjectrequest.answered"
	KindDenied   = "subjectrequest.denied"
	KindNoted    = "breach.noted"
	KindNotified = "breach.notified"
	KindSpread   = "breach.spread"
	KindEnded    = "breach.ended"
)

// What the streams begin with.
const (
	ActivityPrefix = "processing/"
	RequestPrefix  = "subjectrequest/"
	BreachPrefix   = "breach/"
)

// Office is the data protection of one authority on one laptop.
type Office struct {
	j   *journal.Journal
	own []Activity
}

// New gives what a journal holds; own are the program's activities.
func New(j *journal.Journal, own []Activity) *Office { return &Office{j: j, own: own} }

type said struct {
	Text   string        `json:"text,omitempty"`
	On     authority.Day `json:"on,omitempty"`
	At     time.Time     `json:"at,omitzero"`
	Number string        `json:"number,omitempty"`
}

func (o *Office) commit(ctx context.Context, actor string, d journal.Draft, check func(tx *store.Tx) error) error {
	_, err := o.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		if err := check(tx); err != nil {
			return nil, err
		}
		return []journal.Draft{d}, nil
	})
	return err
}

// Write keeps the town hall's version of an activity; without an id it is a new one. Error: a refusal.
func (o *Office) Write(ctx context.Context, actor string, a Activity) (string, error) {
	if err := writable(a); err != nil {
		return "", err
	}
	if a.ID == "" {
		a.ID = o.j.NewID()
	}
	return a.ID, o.commit(ctx, actor, journal.Draft{Stream: ActivityPrefix + a.ID, Kind: KindWritten, Data: a}, func(*store.Tx) error { return nil })
}

// Remove takes an activity out of the register; what was written of it stays in the journal.
func (o *Office) Remove(ctx context.Context, actor, id string) error {
	return o.commit(ctx, actor, journal.Draft{Stream: ActivityPrefix + id, Kind: KindRemoved, Data: struct{}{}}, func(*store.Tx) error { return nil })
}

// Receive records a request. Who asks is sealed. Error: a refusal.
func (o *Office) Receive(ctx context.Context, actor string, a Asked) (id string, err error) {
	if err := acceptable(a, authority.DayOf(o.j.Now())); err != nil {
		return "", err
	}
	id = o.j.NewID()
	return id, o.commit(ctx, actor, journal.Draft{Stream: RequestPrefix + id, Kind: KindReceived, Data: a, Subject: RequestPrefix + id}, func(*store.Tx) error { return nil })
}

// Extend takes two more months, for a reason that is told to the person. Error: a refusal.
func (o *Office) Extend(ctx context.Context, actor, id, why string) error {
	return o.onRequest(ctx, actor, id, KindExtended, why, func(r Request) error { return MayExtend(r, why, authority.DayOf(o.j.Now())) })
}

// Answer closes a request with what was done. Error: a refusal.
func (o *Office) Answer(ctx context.Context, actor, id, text string) error {
	return o.onRequest(ctx, actor, id, KindAnswered, text, func(r Request) error { return MayClose(r, text) })
}

// Deny closes a request with the reason of the refusal. Error: a refusal.
func (o *Office) Deny(ctx context.Context, actor, id, why string) error {
	return o.onRequest(ctx, actor, id, KindDenied, why, func(r Request) error { return MayClose(r, why) })
}

func (o *Office) onRequest(ctx context.Context, actor, id, kind, text string, may func(Request) error) error {
	d := journal.Draft{Stream: RequestPrefix + id, Kind: kind, Data: said{Text: text, On: authority.DayOf(o.j.Now())}, Subject: RequestPrefix + id}
	return o.commit(ctx, actor, d, func(tx *store.Tx) error {
		r, err := store.GetDecoded[Request](tx, `SELECT data FROM subject_request WHERE id = ?`, id)
		if err != nil {
			return err
		}
		return may(r)
	})
}

// Erase has who asked forgotten, on every computer and on the server.
func (o *Office) Erase(ctx context.Context, actor, id string) error {
	return o.j.Forget(ctx, actor, RequestPrefix+id)
}

// Note writes a breach down, or completes it. Error: a refusal.
func (o *Office) Note(ctx context.Context, actor, id string, t Told) (string, error) {
	if err := complete(t, o.j.Now()); err != nil {
		return "", err
	}
	if id == "" {
		id = o.j.NewID()
	}
	return id, o.commit(ctx, actor, journal.Draft{Stream: BreachPrefix + id, Kind: KindNoted, Data: t}, func(*store.Tx) error { return nil })
}

// Notify notes that the CNIL was told, under a number. Error: a refusal.
func (o *Office) Notify(ctx context.Context, actor, id, number, reason string, at time.Time) error {
	return o.onBreach(ctx, actor, id, KindNotified, said{At: at.UTC(), Number: number, Text: reason}, func(b Breach) error { return MayNotify(b, at, reason) })
}

// Spread notes that the people concerned were told.
func (o *Office) Spread(ctx context.Context, actor, id string, at time.Time) error {
	return o.onBreach(ctx, actor, id, KindSpread, said{At: at.UTC()}, func(Breach) error { return nil })
}

// End closes a breach. Error: a refusal.
func (o *Office) End(ctx context.Context, actor, id, reason string) error {
	return o.onBreach(ctx, actor, id, KindEnded, said{Text: reason}, func(b Breach) error { return MayEnd(b, reason) })
}

func (o *Office) onBreach(ctx context.Context, actor, id, kind string, s said, may func(Breach) error) error {
	return o.commit(ctx, actor, journal.Draft{Stream: BreachPrefix + id, Kind: kind, Data: s}, func(tx *store.Tx) error {
		b, err := store.GetDecoded[Breach](tx, `SELECT data FROM breach WHERE id = ?`, id)
		if err != nil {
			return err
		}
		return may(b)
	})
}
