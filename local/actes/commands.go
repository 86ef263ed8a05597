package actes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindPrepared   = "legality.prepared"
	KindAsked      = "legality.asked"
	KindTakenBack  = "legality.taken-back"
	KindPosting    = "legality.posting"
	KindUnposted   = "legality.unposted"
	KindDeposited  = "legality.deposited"
	KindForwarded  = "legality.forwarded"
	KindBounced    = "legality.bounced"
	KindReceived   = "legality.received"
	KindCancelling = "legality.cancelling"
	KindCancelled  = "legality.cancelled"
	KindLetter     = "legality.letter"
	// KindNoted: a receipt that came another way was noted by hand.
	KindNoted = "legality.noted"
	// KindMatters is the préfecture's classification, in a stream of its own.
	KindMatters = "matters.served"
)

const (
	filings = "legality/"
	matters = "matters/current"
)

// Review is the legality review of one authority on one laptop.
type Review struct {
	j         *journal.Journal
	followers []Follower
}

// Follower is told of a filing as an entry of that kind makes it, in the transaction that
// writes it, and gives what is to be written beside it. Its refusal refuses the whole.
type Follower func(tx *store.Tx, actor, kind string, f Filing) ([]journal.Draft, error)

// New gives the review that a journal holds; the journal has Projections.
func New(j *journal.Journal, followers ...Follower) *Review { return &Review{j, followers} }

// Annex is a file to join to an act: its content, or one that was kept with a former asking.
type Annex struct {
	Name, Type string
	Content    []byte
	Kept       *File
}

// progress is the data of what became of a filing; Post says of which asking.
type progress struct {
	Post         string   `json:"post,omitempty"`
	Transaction  string   `json:"transaction,omitempty"`
	Cancellation string   `json:"cancellation,omitempty"`
	Words        string   `json:"words,omitempty"`
	Receipt      *Receipt `json:"receipt,omitempty"`
	Proof        *File    `json:"proof,omitempty"`
	Letter       *Letter  `json:"letter,omitempty"`
}

type asked struct {
	Post string `json:"post"`
	Act  Act    `json:"act"`
}

func (r *Review) today() authority.Day { return authority.DayOf(r.j.Now()) }

// Ask has an act transmitted, with its annexes: at once when there is a line, else when it
// comes back. Its file is among the documents already. Errors: a refusal; store.ErrTooLarge.
func (r *Review) Ask(ctx context.Context, actor, id string, a Act, annexes []Annex) error {
	return r.put(ctx, actor, id, KindAsked, a, annexes)
}

// Prepare keeps what is to be transmitted of an act that is not signed yet; it is asked for
// once it is. Errors: a refusal; store.ErrTooLarge.
func (r *Review) Prepare(ctx context.Context, actor, id string, a Act, annexes []Annex) error {
	a.File = File{Type: a.File.Type}
	return r.put(ctx, actor, id, KindPrepared, a, annexes)
}

func (r *Review) put(ctx context.Context, actor, id, kind string, a Act, annexes []Annex) error {
	a.Subject, a.Number, a.Annexes = strings.TrimSpace(a.Subject), strings.TrimSpace(a.Number), nil
	c, err := r.Classification(ctx)
	if err != nil {
		return err
	}
	a.Classification = c.Date
	var blobs []store.Digest
	rules := CheckPrepared
	if kind == KindAsked {
		rules, blobs = Check, append(blobs, a.File.Digest)
	}
	for _, x := range annexes {
		if x.Kept != nil {
			a.Annexes, blobs = append(a.Annexes, File{Name: x.Kept.Name, Type: x.Type, Digest: x.Kept.Digest, Size: x.Kept.Size}), append(blobs, x.Kept.Digest)
			continue
		}
		digest, err := r.j.Store().Blobs().PutBytes(ctx, x.Content)
		if err != nil {
			return fmt.Errorf("keeping %q: %w", x.Name, err)
		}
		a.Annexes = append(a.Annexes, File{Name: x.Name, Type: x.Type, Digest: digest, Size: int64(len(x.Content))})
		blobs = append(blobs, digest)
	}
	if err := rules(a, c, r.today()); err != nil {
		return err
	}
	_, err = r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		before, err := filing(tx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err := MayAsk(before); err != nil {
			return nil, err
		}
		all, err := every(tx)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(all, func(f Filing) bool {
			return f.ID != id && f.Number == a.Number && f.State != TakenBack && f.State != Bounced
		}); i >= 0 {
			return nil, &rule.Refusal{Article: "@CTES, numéro interne", Why: fmt.Sprintf("Le numéro %s est celui d’un autre acte transmis (« %s »).", a.Number, all[i].Subject), Cure: "Donnez-lui un autre numéro, avec un suffixe au besoin."}
		}
		draft := journal.Draft{Stream: filings + id, Kind: kind, Data: asked{Act: a}, Blobs: blobs}
		if kind == KindAsked {
			draft.Data = asked{Post: r.j.NewID(), Act: a}
		}
		return r.followed(tx, actor, id, before, draft)
	})
	return err
}

// followed gives a draft about a filing with those that its followers write beside it; before is
// the filing as it was, nil for none.
func (r *Review) followed(tx *store.Tx, actor, id string, before *Filing, draft journal.Draft) ([]journal.Draft, error) {
	drafts := []journal.Draft{draft}
	if len(r.followers) == 0 {
		return drafts, nil
	}
	after := Filing{ID: id}
	if before != nil {
		after = *before
	}
	data, err := json.Marshal(draft.Data)
	if err == nil {
		err = after.fold(journal.Event{Entry: &journal.Entry{Stream: draft.Stream, Kind: draft.Kind, Actor: actor, Device: r.j.Device(), At: r.j.Now()}, Data: data})
	}
	if err != nil {
		return nil, err
	}
	for _, follow := range r.followers {
		beside, err := follow(tx, actor, draft.Kind, after)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, beside...)
	}
	return drafts, nil
}

// decide writes what a rule allows about a filing.
func (r *Review) decide(ctx context.Context, actor, id, kind string, data progress, blobs []store.Digest, may func(*Filing) error) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		f, err := filing(tx, id)
		if err != nil {
			return nil, err
		}
		if err := may(f); err != nil {
			return nil, err
		}
		data.Post = f.Post
		return r.followed(tx, actor, id, f, journal.Draft{Stream: filings + id, Kind: kind, Data: data, Blobs: blobs})
	})
	return err
}

// TakeBack takes an asking back while nothing has left. Errors: a refusal; store.ErrNotFound.
func (r *Review) TakeBack(ctx context.Context, actor, id string) error {
	return r.decide(ctx, actor, id, KindTakenBack, progress{}, nil, MayTakeBack)
}

// Cancel asks for the cancellation of a transmission (transaction 6). Errors: a refusal;
// store.ErrNotFound.
func (r *Review) Cancel(ctx context.Context, actor, id string) error {
	return r.decide(ctx, actor, id, KindCancelling, progress{}, nil, MayCancel)
}

// Serve keeps the préfecture's classification, when it is not the one that is kept. Errors:
// those of ReadClassification; a refusal of one that is older.
func (r *Review) Serve(ctx context.Context, actor string, raw []byte) (c Classification, err error) {
	if c, err = ReadClassification(raw); err != nil {
		return c, err
	}
	_, err = r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		before, err := classification(tx)
		if err != nil {
			return nil, err
		}
		switch {
		case before.Model, c.Date > before.Date:
			return []journal.Draft{{Stream: matters, Kind: KindMatters, Data: c}}, nil
		case c.Date == before.Date:
			return nil, nil
		}
		return nil, &rule.Refusal{Article: "@CTES, classification", Why: "Cette classification est plus ancienne que celle qui est enregistrée.", Cure: "Gardez celle que vous avez."}
	})
	return c, err
}

// noted is the data of a receipt noted by hand.
type noted struct {
	Act     Act     `json:"act"`
	Receipt Receipt `json:"receipt"`
	Proof   File    `json:"proof"`
}

// NoteReceipt keeps the ARActe of an act that was transmitted another way, on the site of a
// third party for instance, or by a computer that is no more. a is what is known of the act.
// Errors: a refusal; those of ReadReceipt.
func (r *Review) NoteReceipt(ctx context.Context, actor, id, name string, a Act, raw []byte) error {
	receipt, err := ReadReceipt(raw)
	if err != nil {
		return fmt.Errorf("reading %q: %w", name, err)
	}
	data := noted{Act: a, Receipt: receipt, Proof: File{Name: name, Size: int64(len(raw))}}
	if data.Proof.Digest, err = r.j.Store().Blobs().PutBytes(ctx, raw); err != nil {
		return fmt.Errorf("keeping %q: %w", name, err)
	}
	_, err = r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		before, err := filing(tx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err := mayNote(before, a, receipt, r.today()); err != nil {
			return nil, err
		}
		if before != nil && before.State.open() {
			data.Act = before.Act
		}
		data.Act.Number = receipt.Number
		return r.followed(tx, actor, id, before, journal.Draft{Stream: filings + id, Kind: KindNoted, Data: data, Blobs: []store.Digest{data.Proof.Digest}})
	})
	return err
}

// note writes what became of an asking, if it is still that one.
func (r *Review) note(ctx context.Context, actor string, f Filing, kind string, data progress, blobs ...store.Digest) error {
	return r.decide(ctx, actor, f.ID, kind, data, blobs, func(now *Filing) error {
		if now.Post != f.Post || kind != KindLetter && now.State != f.State && !now.State.open() {
			return &rule.Refusal{Why: "Cette transmission n’est plus en cours.", Cure: "Il n’y a rien à faire."}
		}
		return nil
	})
}

func shortened(words string) string {
	return strings.ToValidUTF8(words[:min(len(words), handover.MaxWords)], "")
}
