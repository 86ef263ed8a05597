package parapheur

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// HandoverState is how far the transmission of one document has come.
type HandoverState string

// The states.
//
//	asked ──▶ posting ──▶ deposited ──▶ forwarded ──▶ acknowledged
//	  └──taken back   └───────┴──────────────┴──▶ bounced ──asked again──▶ …
const (
	// HandoverAsked: it leaves once there is a line.
	HandoverAsked HandoverState = "asked"
	// HandoverPosting: it is leaving, or has left without an answer.
	HandoverPosting HandoverState = "posting"
	// HandoverDeposited: the third party has it.
	HandoverDeposited HandoverState = "deposited"
	// HandoverForwarded: the third party has passed it on.
	HandoverForwarded HandoverState = "forwarded"
	// HandoverBounced: the third party, or Hélios, refused it.
	HandoverBounced HandoverState = "bounced"
	// HandoverAcknowledged: Hélios has accepted it.
	HandoverAcknowledged HandoverState = "acknowledged"
	// HandoverCancelled: its asking was taken back.
	HandoverCancelled HandoverState = "cancelled"
	// HandoverUnfiled: an act was received, and its transmission cancelled afterwards.
	HandoverUnfiled HandoverState = "unfiled"
)

// open tells whether somebody's answer is waited for.
func (s HandoverState) open() bool {
	return s == HandoverAsked || s == HandoverPosting || s == HandoverDeposited || s == HandoverForwarded
}

// Handover is the transmission of one document to the trusted third party.
type Handover struct {
	// ID is ours, kept before anything is posted.
	ID       string        `json:"id"`
	Step     int           `json:"step"`
	Document string        `json:"document"`
	Digest   store.Digest  `json:"digest"`
	State    HandoverState `json:"state"`
	// Device carries it; Person asked, At.
	Device string    `json:"device"`
	Person string    `json:"person"`
	At     time.Time `json:"at"`
	// Changed is when its state did.
	Changed time.Time `json:"changed"`
	// Transaction is the third party's number, "" while it is not known.
	Transaction string `json:"transaction,omitempty"`
	// Words are the third party's when it refused; Rejected tells that Hélios did, in its answer.
	Words    string `json:"words,omitempty"`
	Rejected bool   `json:"rejected,omitempty"`
	// Act tells that it goes to the legality review, and not to Hélios. Received is the day on
	// which the State's representative received it, Receipt the name under which, Proof the ARActe.
	Act      bool          `json:"act,omitempty"`
	Received authority.Day `json:"received,omitempty"`
	Receipt  string        `json:"receipt,omitempty"`
	Proof    *Proof        `json:"proof,omitempty"`
}

// Unnumbered tells that the third party has it under a number that it did not tell.
func (h Handover) Unnumbered() bool { return h.State == HandoverDeposited && h.Transaction == "" }

// The entries of a transmission, in the folder's own stream: each has its place among the acts.
const (
	KindHanded       = "folder.handed"
	KindHandBack     = "folder.handback"
	KindPosting      = "folder.posting"
	KindUnposted     = "folder.unposted"
	KindDeposited    = "folder.deposited"
	KindForwarded    = "folder.forwarded"
	KindBounced      = "folder.bounced"
	KindAcknowledged = "folder.acknowledged"
	KindUnfiled      = "folder.unfiled"
)

// handedData is the data of an asking.
type handedData struct {
	acted
	Flows []handedFlow `json:"flows"`
	// Act: what is handed over is an act, to the legality review.
	Act bool `json:"act,omitempty"`
}

type handedFlow struct {
	ID       string       `json:"id"`
	Document string       `json:"document"`
	Digest   store.Digest `json:"digest"`
}

// carriedData is the data of what became of a transmission.
type carriedData struct {
	acted
	ID          string `json:"id"`
	Transaction string `json:"transaction,omitempty"`
	Words       string `json:"words,omitempty"`
	Rejected    bool   `json:"rejected,omitempty"`
	// Last: the step is done with it.
	Last bool `json:"last,omitempty"`
	// Act, Document, Received, Receipt and Proof are of an act that was received.
	Act      bool          `json:"act,omitempty"`
	Document string        `json:"document,omitempty"`
	Digest   store.Digest  `json:"digest,omitzero"`
	Received authority.Day `json:"received,omitempty"`
	Receipt  string        `json:"receipt,omitempty"`
	Proof    *Proof        `json:"proof,omitempty"`
}

// Carrier hands flows over to the trusted third party.
type Carrier interface {
	// Ready tells whether it answers and lets the town hall in; nothing is sent.
	Ready(ctx context.Context) error
	// DepositFlow posts a flow. Errors: *handover.Refusal, handover.ErrDuplicate,
	// handover.ErrNotSent, handover.ErrUncertain.
	DepositFlow(ctx context.Context, name string, content []byte) (transaction string, err error)
	// ResumeFlow finds out what became of one whose answer was lost; it never makes two of it.
	ResumeFlow(ctx context.Context, name string, content []byte) (transaction string, err error)
	// FollowFlow tells how far one has come.
	FollowFlow(ctx context.Context, transaction string) (handover.Progress, error)
}

// lostWait is how long after a post without an answer the third party is asked what became of
// it: longer than it may still be taking it in.
const lostWait = 15 * time.Minute

// HandingOver tells whether a transmission of the present step waits for the third party.
func (f *Folder) HandingOver() bool {
	return slices.ContainsFunc(f.Handovers, func(h Handover) bool { return h.Step == f.Step && h.State.open() })
}

// Rejected tells whether Hélios rejected a flow of the present step.
func (f *Folder) Rejected() bool {
	return slices.ContainsFunc(f.Handovers, func(h Handover) bool {
		return h.Step == f.Step && h.State == HandoverBounced && h.Rejected
	})
}

// AtHandover tells whether the folder waits at a step of transmission.
func (f *Folder) AtHandover() bool {
	return f.State == Running && f.Step < len(f.Route) && f.Route[f.Step].Kind == Transmission
}

// MayHandOver tells whether a person may have the present step's flows transmitted, and under
// which title.
func MayHandOver(f *Folder, t Town, person string, day authority.Day) (authority.Capacity, error) {
	c, err := MayAct(f, t, person, day)
	if err != nil {
		return c, err
	}
	if !f.AtHandover() {
		return c, &rule.Refusal{Why: "Cette étape n’est pas une transmission.", Cure: "Suivez le circuit du dossier."}
	}
	return c, mayTransmit(f)
}

// mayTransmit tells whether the documents can leave for Hélios.
func mayTransmit(f *Folder) error {
	flows := flowsOf(f)
	if f.Rejected() {
		return &rule.Refusal{Why: "Hélios a rejeté ce flux : le même fichier ne se transmet pas une seconde fois.", Cure: "Refusez ce dossier en disant pourquoi, corrigez dans le logiciel comptable, et faites signer un nouveau flux."}
	}
	if len(flows) == 0 {
		return &rule.Refusal{Why: "Ce dossier n’a aucun flux comptable : Hélios ne reçoit rien d’autre.", Cure: "Refusez-le en disant pourquoi, puis refaites-le avec un circuit sans transmission."}
	}
	for _, doc := range flows {
		if !slices.ContainsFunc(f.Signatures, func(s Signed) bool { return s.Document == doc.Name }) {
			return &rule.Refusal{Article: "CGCT, art. D1617-23", Why: fmt.Sprintf("Le flux « %s » n’est pas signé.", doc.Name), Cure: "Faites-le signer avant de le transmettre : refusez ce dossier, puis refaites-le avec une étape de signature."}
		}
	}
	return nil
}

// flowsOf are the accounting flows among the main documents.
func flowsOf(f *Folder) []Document {
	return slices.DeleteFunc(signedDocuments(f), func(d Document) bool { return d.Format != PES })
}

// inHand refuses an act on what the third party is answering about.
func inHand(f *Folder) error {
	if !f.HandingOver() {
		return nil
	}
	return &rule.Refusal{
		Why:  "Ce dossier est remis au tiers de télétransmission : sa réponse fera avancer le circuit.",
		Cure: "Attendez-la, ou reprenez le dossier s’il n’est pas encore parti.",
	}
}

// HandOver has the flows of the present step transmitted: at once when there is a line, else
// when it comes back. What leaves is what was seen. Errors: a refusal.
func (d *Desk) HandOver(ctx context.Context, actor, id string, seen []store.Digest) error {
	return d.decide(ctx, actor, id, func(f *Folder, t Town) (string, any, []store.Digest, error) {
		c, err := MayHandOver(f, t, actor, d.today())
		if err == nil {
			err = SawWhatIsThere(f, seen)
		}
		return KindHanded, d.handed(f, c), nil, err
	})
}

func (d *Desk) handed(f *Folder, c authority.Capacity) handedData {
	data := handedData{acted: acted{Step: f.Step, Capacity: c.Words, For: c.For}}
	for _, doc := range flowsOf(f) {
		if !f.acknowledged(doc) {
			data.Flows = append(data.Flows, handedFlow{ID: d.j.NewID(), Document: doc.Name, Digest: doc.Digest})
		}
	}
	return data
}

// acknowledged tells whether Hélios has accepted a flow.
func (f *Folder) acknowledged(doc Document) bool {
	for i := len(f.Receipts) - 1; i >= 0; i-- {
		if f.Receipts[i].Document == doc.Name {
			return f.Receipts[i].Accepted
		}
	}
	return false
}

// HandBack takes the asking back while nothing has left. Errors: a refusal.
func (d *Desk) HandBack(ctx context.Context, actor, id string) error {
	return d.decide(ctx, actor, id, func(f *Folder, t Town) (string, any, []store.Digest, error) {
		err := MayHandBack(f, t, actor, d.today())
		if err == nil && f.AtReview() { // its filing would leave all the same
			err = &rule.Refusal{Why: "Cet acte est remis au contrôle de légalité.", Cure: "Reprenez-le à la page « Légalité »."}
		}
		return KindHandBack, acted{Step: f.Step}, nil, err
	})
}

// MayHandBack tells whether a person may take the asking back: before anything has left.
func MayHandBack(f *Folder, t Town, person string, day authority.Day) error {
	if !f.HandingOver() {
		return &rule.Refusal{Why: "Aucune transmission n’est en attente.", Cure: "Il n’y a rien à reprendre."}
	}
	for _, h := range f.Handovers {
		if h.Step == f.Step && h.State.open() && h.State != HandoverAsked {
			if h.Act {
				return &rule.Refusal{Why: "L’acte est déjà parti : sa transmission ne se reprend plus.", Cure: "Attendez l’accusé de réception, puis demandez l’annulation."}
			}
			return &rule.Refusal{Why: "Le flux est déjà parti : il ne se reprend plus.", Cure: "Attendez la réponse d’Hélios ; au besoin, prévenez votre comptable public."}
		}
	}
	if f.Handovers[len(f.Handovers)-1].Person == person {
		return nil
	}
	still := *f
	still.Handovers = nil // whose step it is, the transmission set aside
	_, err := MayAct(&still, t, person, day)
	return err
}

// NumberHandover notes the number under which the third party has a flow that it told none of:
// a person reads it on its site. Errors: a refusal.
func (d *Desk) NumberHandover(ctx context.Context, actor, id, document, transaction string) error {
	transaction = strings.TrimSpace(transaction)
	if transaction == "" || len(transaction) > 20 || strings.Trim(transaction, "0123456789") != "" {
		return &rule.Refusal{Why: "Ce n’est pas un numéro de transaction.", Cure: "Recopiez les chiffres que le site du tiers affiche pour ce flux."}
	}
	return d.decide(ctx, actor, id, func(f *Folder, _ Town) (string, any, []store.Digest, error) {
		for _, h := range f.Handovers {
			if h.Document == document && h.Step == f.Step && h.Unnumbered() {
				return KindDeposited, carriedData{acted: acted{Step: f.Step}, ID: h.ID, Transaction: transaction}, nil, nil
			}
		}
		return "", nil, nil, &rule.Refusal{Why: "Ce flux n’attend pas de numéro.", Cure: "Il n’y a rien à faire."}
	})
}

// Carried is what a pass of Carry did.
type Carried struct {
	// Left were posted, Answered have come to their end, Waiting are still on their way.
	Left, Answered, Waiting int
}

// Due tells whether the third party is to be asked again about a transmission that is on its way.
type Due func(h Handover) bool

// Carry does what this laptop has to do with the third party: it has the automatic steps
// transmitted, posts what is asked, and notes the answers. carrier is only asked for when there
// is something to do. The first failure of each folder is in the error; the others are tried still.
func (d *Desk) Carry(ctx context.Context, actor string, carrier func(context.Context) (Carrier, error), due Due) (done Carried, err error) {
	ids, err := d.toCarry(ctx)
	if err != nil || len(ids) == 0 {
		return done, err
	}
	var c Carrier
	var errs []error
	for _, id := range ids {
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		if err := d.handAutomatic(ctx, id); err != nil {
			errs = append(errs, fmt.Errorf("folder %s: %w", id, err))
			continue
		}
		f, _, err := d.folderAndTown(ctx, id)
		if err != nil {
			return done, err
		}
		if f.Conflict {
			done.Waiting++ // people decide first
			continue
		}
		if f.AtReview() {
			continue // acts are carried by the legality review
		}
		for _, h := range f.Handovers {
			if h.Device != d.j.Device() || h.Step != f.Step || !h.State.open() || h.Unnumbered() || !d.ripe(h, due) {
				if h.State.open() {
					done.Waiting++
				}
				continue
			}
			if c == nil {
				if c, err = carrier(ctx); err != nil {
					return done, err
				}
				if err := c.Ready(ctx); err != nil {
					return done, fmt.Errorf("asking the third party: %w", err)
				}
			}
			if err := d.carry(ctx, actor, f, h, c, &done); err != nil {
				errs = append(errs, fmt.Errorf("transmitting %q: %w", h.Document, err))
			}
		}
	}
	return done, errors.Join(errs...)
}

// ripe tells whether something is to be done now about a transmission.
func (d *Desk) ripe(h Handover, due Due) bool {
	switch h.State {
	case HandoverAsked:
		// One that could not be posted waits longer each time: each attempt is an entry.
		return h.Changed.Equal(h.At) || d.j.Now().Sub(h.Changed) >= max(lostWait, h.Changed.Sub(h.At))
	case HandoverPosting:
		return d.j.Now().Sub(h.Changed) >= lostWait && (due == nil || due(h))
	}
	return due == nil || due(h)
}

func (d *Desk) toCarry(ctx context.Context) (ids []string, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		ids, err = store.All(tx, `SELECT id FROM folder WHERE carrier = ? ORDER BY changed`, []any{d.j.Device()}, func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
		return err
	})
	return ids, err
}

// handAutomatic asks for the transmission of a step that needs nobody's click, in the name of
// whoever did the step before.
func (d *Desk) handAutomatic(ctx context.Context, id string) error {
	f, _, err := d.folderAndTown(ctx, id)
	if err != nil || f.AtReview() || !f.handsItself() {
		return err
	}
	last := lastAct(f)
	return d.decide(ctx, last.Person, id, func(f *Folder, t Town) (string, any, []store.Digest, error) {
		if !f.handsItself() {
			return "", nil, nil, &rule.Refusal{Why: "Le dossier a changé entre-temps.", Cure: "La transmission sera reprise d’elle-même."}
		}
		return KindHanded, d.handed(f, authority.Capacity{}), nil, mayTransmit(f)
	})
}

// handsItself tells whether the present step transmits by itself and has not yet.
func (f *Folder) handsItself() bool {
	switch {
	case f.AtHandover() && mayTransmit(f) == nil, f.AtReview() && mayReview(f) == nil:
	default:
		return false
	}
	if !f.Route[f.Step].Auto {
		return false
	}
	last := lastAct(f)
	return last != nil && last.Step == f.Step-1 && !slices.ContainsFunc(f.Handovers, func(h Handover) bool { return h.Step == f.Step })
}

// carrierOf is the device that has something to do about a folder; "" for none.
func carrierOf(f *Folder) string {
	if f.State != Running {
		return ""
	}
	if f.handsItself() {
		return lastAct(f).Device
	}
	for _, h := range f.Handovers {
		if h.Step == f.Step && h.State.open() && !h.Act {
			return h.Device
		}
	}
	return ""
}

// carry does the next thing about one transmission.
func (d *Desk) carry(ctx context.Context, actor string, f *Folder, h Handover, c Carrier, done *Carried) error {
	if h.State == HandoverDeposited || h.State == HandoverForwarded {
		return d.follow(ctx, actor, f.ID, h, c, done)
	}
	content, err := d.j.Store().Blobs().Read(h.Digest, MaxDocument)
	if err != nil {
		return err
	}
	send := c.ResumeFlow
	if h.State == HandoverAsked {
		send = c.DepositFlow
		// The entry is on the disk before the first byte leaves: whatever happens next, nobody
		// posts it again without asking.
		if err := d.note(ctx, actor, f.ID, KindPosting, carriedData{ID: h.ID}); err != nil {
			return err
		}
	}
	transaction, err := send(ctx, h.Document, content)
	var refusal *handover.Refusal
	switch {
	case err == nil:
		done.Left++
		return d.note(ctx, actor, f.ID, KindDeposited, carriedData{ID: h.ID, Transaction: transaction})
	case errors.Is(err, handover.ErrDuplicate):
		done.Left++
		return d.note(ctx, actor, f.ID, KindDeposited, carriedData{ID: h.ID})
	case errors.As(err, &refusal) && !errors.Is(err, handover.ErrNotSent):
		done.Answered++
		return d.note(ctx, actor, f.ID, KindBounced, carriedData{ID: h.ID, Words: shortened(refusal.Words)})
	case errors.Is(err, handover.ErrNotSent) && h.State == HandoverAsked:
		return errors.Join(err, d.note(ctx, actor, f.ID, KindUnposted, carriedData{ID: h.ID}))
	}
	done.Waiting++
	return err // it stays as posting: it is asked about later
}

// follow asks how far a transmission has come.
func (d *Desk) follow(ctx context.Context, actor, id string, h Handover, c Carrier, done *Carried) error {
	p, err := c.FollowFlow(ctx, h.Transaction)
	if err != nil {
		done.Waiting++
		return err
	}
	switch p.Stage {
	case handover.Answered:
		if err := d.noteReceipt(ctx, actor, id, "PES_Acquit-"+h.Transaction+".xml", p.Answer, h.Document); err != nil {
			done.Waiting++
			return err
		}
		done.Answered++
		return nil
	case handover.Failed, handover.Cancelled:
		done.Answered++
		return d.note(ctx, actor, id, KindBounced, carriedData{ID: h.ID, Words: shortened(p.Words)})
	case handover.Forwarded:
		done.Waiting++
		if h.State == HandoverForwarded {
			return nil
		}
		return d.note(ctx, actor, id, KindForwarded, carriedData{ID: h.ID})
	}
	done.Waiting++
	return nil
}

// note writes what became of a transmission, if it still is one.
func (d *Desk) note(ctx context.Context, actor, id, kind string, data carriedData) error {
	return d.decide(ctx, actor, id, func(f *Folder, _ Town) (string, any, []store.Digest, error) {
		i := slices.IndexFunc(f.Handovers, func(h Handover) bool { return h.ID == data.ID && h.State.open() })
		if i < 0 || f.State != Running {
			return "", nil, nil, &rule.Refusal{Why: "Cette transmission n’est plus en cours.", Cure: "Il n’y a rien à faire."}
		}
		data.Step = f.Handovers[i].Step
		return kind, data, nil, nil
	})
}

func shortened(words string) string {
	if len(words) <= handover.MaxWords {
		return words
	}
	cut := handover.MaxWords
	for !utf8.RuneStart(words[cut]) {
		cut--
	}
	return words[:cut]
}

// foldHandover applies an entry of a transmission.
func (f *Folder) foldHandover(ev journal.Event, line *Event) error {
	if ev.Kind == KindHanded {
		var data handedData
		if err := json.Unmarshal(ev.Data, &data); err != nil {
			return err
		}
		line.Step, line.Capacity, line.For = data.Step, data.Capacity, data.For
		for _, flow := range data.Flows {
			h := Handover{ID: flow.ID, Step: data.Step, Document: flow.Document, Digest: flow.Digest, State: HandoverAsked, Device: ev.Device, Person: ev.Actor, At: ev.At, Changed: ev.At, Act: data.Act}
			f.Handovers = append(slices.DeleteFunc(f.Handovers, func(o Handover) bool { return o.Document == flow.Document }), h)
		}
		return nil
	}
	var data carriedData
	if err := json.Unmarshal(ev.Data, &data); err != nil {
		return err
	}
	line.Step, line.Note = data.Step, data.Words
	if data.Act && data.ID == "" { // received another way than from here
		f.Handovers = append(f.Handovers, Handover{Step: data.Step, Document: data.Document, Digest: data.Digest, Act: true, Person: ev.Actor, At: ev.At})
	}
	states := map[string]HandoverState{KindHandBack: HandoverCancelled, KindPosting: HandoverPosting, KindUnposted: HandoverAsked, KindDeposited: HandoverDeposited,
		KindForwarded: HandoverForwarded, KindBounced: HandoverBounced, KindAcknowledged: HandoverAcknowledged, KindUnfiled: HandoverUnfiled}
	for i := range f.Handovers {
		h := &f.Handovers[i]
		switch {
		case data.Last && h.Step == data.Step: // all of the step's are done
		case h.ID == data.ID:
		case data.ID == "" && h.Step == data.Step && h.State.open(): // without an id, all that are open
		default:
			continue
		}
		h.State, h.Changed = states[ev.Kind], ev.At
		if data.Transaction != "" {
			h.Transaction = data.Transaction
		}
		h.Words, h.Rejected = data.Words, data.Rejected
		if data.Proof != nil {
			h.Received, h.Receipt, h.Proof = data.Received, data.Receipt, data.Proof
		}
	}
	if data.Last && f.Step == data.Step && f.State == Running {
		if f.Step, f.Acted = data.Step+1, nil; f.Step >= len(f.Route) {
			f.State = Done
		}
	}
	return nil
}

// handedBy are the drafts that an answer of Hélios brings to a folder that waits for it: the
// step is done once all its flows are accepted; one that is rejected stops it there.
func handedBy(f *Folder, document string, accepted bool) []journal.Draft {
	if !f.AtHandover() {
		return nil
	}
	var id string
	for _, h := range f.Handovers {
		if h.Document == document && h.Step == f.Step && h.State.open() {
			id = h.ID
		}
	}
	data := carriedData{acted: acted{Step: f.Step}, ID: id}
	kind := KindAcknowledged
	if accepted {
		data.Last = !slices.ContainsFunc(flowsOf(f), func(doc Document) bool { return doc.Name != document && !f.acknowledged(doc) })
	} else {
		kind, data.Rejected = KindBounced, true
	}
	if id == "" && !data.Last {
		return nil // nobody waits for it
	}
	return []journal.Draft{{Stream: stream(f.ID), Kind: kind, Data: data}}
}

// handoverState is the least far of the present step's transmissions.
func (f *Folder) handoverState() HandoverState {
	order := []HandoverState{HandoverBounced, HandoverAsked, HandoverPosting, HandoverDeposited, HandoverForwarded}
	for _, state := range order {
		if slices.ContainsFunc(f.Handovers, func(h Handover) bool { return h.Step == f.Step && h.State == state }) {
			return state
		}
	}
	return ""
}
