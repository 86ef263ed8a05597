package council

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

// Way is how a summons reaches a member.
type Way string

// The ways: by e-mail, or in writing to who asked for it (CGCT, art. L2121-10).
const (
	ByMail   Way = "mail"
	ByPost   Way = "post"
	ByHand   Way = "hand"
	ByVault  Way = "vault" // left in the member's folder of the vault
	ByOthers Way = "other" // by a platform of the authority's own
)

// Ways gives all of them, in the order of the forms.
func Ways() []Way { return []Way{ByMail, ByPost, ByHand, ByVault, ByOthers} }

// DeliveryState is how far a summons has come.
type DeliveryState string

// The states. Waiting: for the line; Doubted: the line was cut as it left.
const (
	Waiting   DeliveryState = "waiting"
	Doubted   DeliveryState = "doubted"
	Gone      DeliveryState = "sent"
	Bounced   DeliveryState = "failed"
	Cancelled DeliveryState = "cancelled"
)

// Delivery is a summons sent to one member: the proof that is kept of it.
type Delivery struct {
	ID      string        `json:"id"`
	Sitting string        `json:"sitting"`
	Member  string        `json:"member"`
	Way     Way           `json:"way"`
	State   DeliveryState `json:"state"`
	// On is the day on which it was sent or handed over, by what a person noted or when the mail server took it.
	On      authority.Day `json:"on,omitempty"`
	Address string        `json:"address,omitempty"`
	// MessageID is the name under which the letter left (RFC 5322 §3.6.4); Paper what was in it.
	MessageID string        `json:"messageID,omitempty"`
	Paper     *store.Digest `json:"paper,omitempty"`
	Annexes   int           `json:"annexes,omitempty"`
	// Asked: the reader's program was asked to say that it was read; it may refuse (RFC 8098).
	Asked bool      `json:"asked,omitempty"`
	By    string    `json:"by"` // person
	Noted time.Time `json:"noted"`
	// Since is when it came to its state; Words why it did not arrive; Read when its reader's program said that it was read.
	Since time.Time `json:"since"`
	Words string    `json:"words,omitempty"`
	Read  time.Time `json:"read,omitzero"`
}

// Mailing is how summons are sent by e-mail.
type Mailing struct {
	Members []string // of the sitting
	Receipt bool     // ask the reader's program to say that it was read (RFC 8098)
	Annexes bool     // join those of the texts
}

// Progress is what became of a delivery.
type Progress struct {
	State DeliveryState `json:"state,omitempty"` // empty: unchanged
	At    time.Time     `json:"at"`
	Words string        `json:"words,omitempty"`
	Read  bool          `json:"read,omitempty"`
}

// The kinds of entries of a delivery; its stream is «delivery/<id>», of its own, so that noting one never contends with
// the sitting.
const (
	KindDelivered  = "delivery.made"
	KindProgressed = "delivery.progressed"
	deliveryPrefix = "delivery/"
)

// CheckDelivery tells whether a summons may be noted as sent to a member: she is of the assembly, and no other one is on
// its way to her; what is noted by hand has its day, which is not to come and does not follow the sitting (CGCT, art. L2121-10).
func CheckDelivery(s Sitting, d Delivery, before []Delivery, today authority.Day) error {
	refuse := func(why, cure string) error {
		return &rule.Refusal{Article: "CGCT, art. L2121-10", Why: why, Cure: cure}
	}
	m, known := s.Member(d.Member)
	switch {
	case !known:
		return refuse("Cette personne n’est pas membre de l’assemblée convoquée.", "Choisissez un membre.")
	case d.Way == ByMail && !strings.Contains(d.Address, "@"):
		return refuse("L’adresse électronique de "+m.Name+" n’est pas connue.", "Complétez sa fiche, ou convoquez par écrit.")
	case s.Began() && d.Way == ByMail:
		return refuse("La séance est ouverte : on ne convoque plus.", "Rien n’est à envoyer.")
	case d.Way == ByMail:
	case d.Way != ByPost && d.Way != ByHand && d.Way != ByVault && d.Way != ByOthers:
		return refuse("La manière dont la convocation est transmise manque.", "Choisissez-la.")
	case d.On == "" || d.On > today || d.On > authority.DayOf(s.At):
		return refuse("Le jour de l’envoi manque, est à venir ou suit la séance.", "Indiquez le jour où la convocation a été remise ou postée.")
	}
	for _, b := range before {
		if b.Member == d.Member && d.Way == ByMail && (b.State == Waiting || b.State == Doubted) {
			return refuse("Une convocation est déjà en partance pour "+m.Name+".", "Attendez que la ligne revienne, ou retirez-la de la messagerie.")
		}
	}
	return nil
}

// Deliver notes a summons sent to a member. It gives its id.
func (c *Council) Deliver(ctx context.Context, actor string, d Delivery) (id string, err error) {
	id = c.j.NewID()
	var blobs []store.Digest
	if d.Paper != nil {
		blobs = []store.Digest{*d.Paper}
	}
	return id, c.commit(ctx, actor, deliveryPrefix+id, KindDelivered, blobs, func(tx *store.Tx) (any, error) {
		s, err := sitting(tx, d.Sitting)
		if err != nil {
			return nil, err
		}
		before, err := deliveries(tx, d.Sitting)
		if err != nil {
			return nil, err
		}
		if err := CheckDelivery(*s, d, before, authority.DayOf(c.j.Now())); err != nil {
			return nil, err
		}
		d.ID, d.By, d.Noted, d.Since = id, actor, c.j.Now(), c.j.Now()
		if d.State = Gone; d.Way == ByMail {
			d.State, d.On = Waiting, ""
		}
		return d, nil
	})
}

// CheckDeliverable is CheckDelivery before anything is made of it.
func (c *Council) CheckDeliverable(ctx context.Context, d Delivery) error {
	return c.j.Store().View(ctx, func(tx *store.Tx) error {
		s, err := sitting(tx, d.Sitting)
		if err != nil {
			return err
		}
		before, err := deliveries(tx, d.Sitting)
		if err != nil {
			return err
		}
		return CheckDelivery(*s, d, before, authority.DayOf(c.j.Now()))
	})
}

// Progress notes what became of a delivery; what is known already is not written twice.
func (c *Council) Progress(ctx context.Context, actor, id string, p Progress) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := one[Delivery](tx, "delivery", id)
		if err != nil {
			return nil, err
		}
		if after := d.after(p); after == *d {
			return nil, nil
		}
		return []journal.Draft{{Stream: deliveryPrefix + id, Kind: KindProgressed, Data: p}}, nil
	})
	return err
}

func (d Delivery) after(p Progress) Delivery {
	if p.State != "" && p.State != d.State {
		d.State, d.Since, d.Words = p.State, p.At, p.Words
		if p.State == Gone && d.On == "" {
			d.On = authority.DayOf(p.At)
		}
	}
	if p.Read && d.Read.IsZero() {
		d.Read = p.At
	}
	return d
}

// Deliveries gives the summons of a sitting as they were sent, the oldest first.
func (c *Council) Deliveries(ctx context.Context, sitting string) (all []Delivery, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error { all, err = deliveries(tx, sitting); return err })
	return all, err
}

// Undelivered gives the letters of which news may still come: those that wait, and those sent since a day.
func (c *Council) Undelivered(ctx context.Context, since time.Time) (all []Delivery, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT data FROM delivery WHERE way = 'mail' AND (state IN ('waiting', 'doubted') OR state = 'sent' AND at >= ?) ORDER BY at, id`,
			[]any{since.UnixMicro()}, store.Decoded[Delivery])
		return err
	})
	return all, err
}

func deliveries(tx *store.Tx, sitting string) ([]Delivery, error) {
	return store.All(tx, `SELECT data FROM delivery WHERE sitting = ? ORDER BY at, id`, []any{sitting}, store.Decoded[Delivery])
}

// Called is a member and the proof that she was summoned.
type Called struct {
	Member Member
	// Best is the delivery that counts: the first that was sent, else the last one tried; nil: none.
	Best *Delivery
	Late bool // sent after the last day that the law leaves
	// Further: a point was added since, by a further summons that she was not sent.
	Further bool
}

// Proof tells of each member, and of each substitute, how she was summoned (CGCT, art. L2121-10 to L2121-12); the chair, who
// summons, is not summoned.
func Proof(s Sitting, all []Delivery) []Called {
	var out []Called
	var added authority.Day
	for _, item := range s.Agenda {
		added = max(added, item.Supplement)
	}
	for _, m := range append(append([]Member{}, s.Members...), s.Substitutes...) {
		if m.ID == s.Chair {
			continue
		}
		called := Called{Member: m}
		var last authority.Day
		for i, d := range all {
			if d.Member != m.ID {
				continue
			}
			if d.State == Gone {
				last = max(last, d.On)
			}
			if called.Best == nil || called.Best.State != Gone {
				called.Best = &all[i]
			}
		}
		if b := called.Best; b != nil && b.State == Gone {
			called.Late, called.Further = s.Summons.Latest != "" && b.On > s.Summons.Latest, last < added
		}
		out = append(out, called)
	}
	return out
}

func deliveriesProjection() journal.Projection {
	return journal.Projection{
		Name: "council-delivery", Version: 1, Prefix: deliveryPrefix, Tables: []string{"delivery"},
		Schema: `CREATE TABLE delivery (id TEXT PRIMARY KEY, sitting TEXT NOT NULL, way TEXT NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX delivery_by_sitting ON delivery (sitting, at);
			CREATE INDEX delivery_by_state ON delivery (way, state, at)`,
		Apply: applyDelivery,
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM delivery WHERE id = ?`, strings.TrimPrefix(stream, deliveryPrefix))
			return err
		},
	}
}

func applyDelivery(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, deliveryPrefix)
	var d Delivery
	switch ev.Kind {
	case KindDelivered:
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
	case KindProgressed:
		have, err := one[Delivery](tx, "delivery", id)
		if errors.Is(err, store.ErrNotFound) {
			return nil // of a delivery that lost its place
		}
		if err != nil {
			return err
		}
		var p Progress
		if err := json.Unmarshal(ev.Data, &p); err != nil {
			return err
		}
		d = have.after(p)
	default:
		return nil
	}
	data, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("delivery %s: %w", id, err)
	}
	_, err = tx.Exec(`INSERT INTO delivery (id, sitting, way, state, at, data) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, data = excluded.data`, id, d.Sitting, string(d.Way), string(d.State), d.Noted.UnixMicro(), data)
	return err
}
