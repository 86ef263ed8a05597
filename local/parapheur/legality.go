package parapheur

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The step that hands an act over to the legality review. What is transmitted, and what comes
// back, is the legality review's own (package actes); the folder follows it, each change in the
// transaction that makes it.

// Proof is a file that proves that an act was received: the ARActe as it came.
type Proof struct {
	Name   string       `json:"name"`
	Digest store.Digest `json:"digest"`
	Size   int64        `json:"size"`
}

// AtReview tells whether the folder waits at a step of transmission to the legality review.
func (f *Folder) AtReview() bool {
	return f.State == Running && f.ReviewAt(f.Step)
}

// ReviewAt tells whether a step hands the act over to the legality review.
func (f *Folder) ReviewAt(step int) bool {
	return step < len(f.Route) && f.Route[step].Kind == LegalityReview
}

// reviewed tells whether its route goes to the legality review.
func (f *Folder) reviewed() bool { return goesToReview(f.Route) }

func goesToReview(route []Step) bool {
	return slices.ContainsFunc(route, func(s Step) bool { return s.Kind == LegalityReview })
}

// Reviewable tells whether its route goes to the legality review and nothing has left yet: what
// is to be transmitted can be said.
func (f *Folder) Reviewable() bool {
	return f.reviewed() && f.State == Running && !f.HandingOver() && slices.ContainsFunc(f.Route[f.Step:], func(s Step) bool { return s.Kind == LegalityReview })
}

// Signed tells whether it bears all its signatures: its route has some, and those that are left
// to do are none.
func (f *Folder) Signed() bool {
	signs := func(s Step) bool { return s.Kind.Signs() }
	switch f.State {
	case Done:
		return true
	case Running:
		return slices.ContainsFunc(f.Route[:min(f.Step, len(f.Route))], signs) && !slices.ContainsFunc(f.Route[min(f.Step, len(f.Route)):], signs)
	}
	return false
}

// mayGoToReview tells whether folders of a kind may go to the legality review on a route;
// documents are the main ones, nil when they are not known yet.
func mayGoToReview(kind Kind, route []Step, documents []Document) error {
	at := slices.IndexFunc(route, func(s Step) bool { return s.Kind == LegalityReview })
	if at < 0 {
		return nil
	}
	signs := func(s Step) bool { return s.Kind.Signs() }
	switch {
	case !kind.Act():
		return &rule.Refusal{Article: "CGCT, art. L2131-2", Why: "Le circuit transmet au contrôle de légalité, qui ne reçoit que des actes.", Cure: "Choisissez la nature « arrêté », « délibération » ou « marché », ou un circuit sans cette transmission."}
	case !slices.ContainsFunc(route[:at], signs):
		return &rule.Refusal{Article: "CRPA, art. L212-1", Why: "L’acte serait transmis sans avoir été signé.", Cure: "Placez une étape de signature avant la transmission."}
	case slices.ContainsFunc(route[at:], signs), goesToReview(route[at+1:]):
		return &rule.Refusal{Why: "La transmission au contrôle de légalité vient une fois, après toutes les signatures.", Cure: "Mettez-la à la fin du circuit."}
	case documents != nil && documents[0].Format == Any && strings.HasSuffix(strings.ToLower(documents[0].Name), ".pdf"):
		return &rule.Refusal{Article: "@CTES, acte", Why: fmt.Sprintf("« %s » serait signé à côté : la préfecture recevrait un acte sans signature.", documents[0].Name), Cure: "Choisissez un type de dossier dont la signature est dans le PDF."}
	case documents != nil && documents[0].Format != PDF:
		return &rule.Refusal{Article: "@CTES, acte", Why: fmt.Sprintf("Le premier document, « %s », est l’acte à transmettre, et n’est pas un PDF.", documents[0].Name), Cure: "Placez le PDF de l’acte en premier ; les autres fichiers l’accompagnent comme annexes."}
	}
	return nil
}

// MayReview tells whether a person may have the present step's act transmitted, and under which
// title.
func MayReview(f *Folder, t Town, person string, day authority.Day) (authority.Capacity, error) {
	c, err := MayAct(f, t, person, day)
	if err != nil {
		return c, err
	}
	if !f.AtReview() {
		return c, &rule.Refusal{Why: "Ce dossier n’attend pas d’être transmis au contrôle de légalité.", Cure: "Suivez son circuit."}
	}
	return c, mayReview(f)
}

// mayReview tells whether the act can leave: each main document is signed.
func mayReview(f *Folder) error {
	for _, doc := range signedDocuments(f) {
		if !slices.ContainsFunc(f.Signatures, func(s Signed) bool { return s.Document == doc.Name }) {
			return &rule.Refusal{Article: "CRPA, art. L212-1", Why: fmt.Sprintf("« %s » n’est pas signé.", doc.Name), Cure: "Refusez ce dossier en disant pourquoi, puis refaites-le avec une étape de signature."}
		}
	}
	return nil
}

// followed are the entries of a folder that follow those of its act's filing.
var followed = map[string]string{
	actes.KindAsked: KindHanded, actes.KindTakenBack: KindHandBack, actes.KindPosting: KindPosting, actes.KindUnposted: KindUnposted,
	actes.KindDeposited: KindDeposited, actes.KindForwarded: KindForwarded, actes.KindBounced: KindBounced,
	actes.KindReceived: KindAcknowledged, actes.KindNoted: KindAcknowledged, actes.KindCancelled: KindUnfiled,
}

// FollowFiling has the folder of an act follow its transmission; it is an actes.Follower. It gives
// no entry when the folder is no longer concerned, and refuses what must not leave.
func (d *Desk) FollowFiling(tx *store.Tx, actor, kind string, n actes.Filing) ([]journal.Draft, error) {
	if kind = followed[kind]; n.Folder == "" || kind == "" {
		return nil, nil
	}
	f, err := folder(tx, n.Folder)
	if err != nil {
		return nil, err
	}
	if f.Conflict {
		return nil, &rule.Refusal{Why: "Un désaccord est à trancher dans le dossier de cet acte.", Cure: "Tranchez-le dans le parapheur ; la transmission reprendra ensuite."}
	}
	t, err := town(tx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(f.Handovers, func(h Handover) bool { return h.Act && h.ID == n.Post && n.Post != "" })
	ours := at >= 0 && f.AtReview() && f.Handovers[at].Step == f.Step && f.Handovers[at].State.open()
	data := carriedData{acted: acted{Step: f.Step}, ID: n.Post, Transaction: n.Transaction, Words: shortened(n.Words), Act: true}
	switch {
	case kind == KindHanded:
		return d.handAct(f, t, actor, n)
	case kind == KindPosting && !ours:
		return nil, &rule.Refusal{Why: "Le dossier de cet acte n’attend plus sa transmission.", Cure: "Reprenez-la à la page « Légalité », ou suivez le circuit du dossier."}
	case kind == KindAcknowledged && f.AtReview() && n.Receipt != nil && n.Proof != nil:
		if !ours {
			data.ID = ""
		}
		data.Last, data.Document, data.Digest = true, n.File.Name, n.File.Digest
		data.Received, data.Receipt, data.Proof = n.Receipt.Date, n.Receipt.ID, &Proof{n.Proof.Name, n.Proof.Digest, n.Proof.Size}
		return following(f, kind, data, n.Proof.Digest), nil
	case kind == KindUnfiled && at >= 0 && f.Handovers[at].State == HandoverAcknowledged:
		data.Step = f.Handovers[at].Step
		return following(f, kind, data), nil
	case !ours, kind == KindAcknowledged, kind == KindUnfiled:
		return nil, nil
	case kind == KindHandBack:
		err = MayHandBack(f, t, actor, d.today())
	}
	return following(f, kind, data), err
}

// handAct is the asking: by whose step it is, or by itself where the step says so.
func (d *Desk) handAct(f *Folder, t Town, actor string, n actes.Filing) ([]journal.Draft, error) {
	c, err := MayReview(f, t, actor, d.today())
	if err != nil && !f.handsItself() {
		return nil, err
	}
	return following(f, KindHanded, handedData{acted: acted{Step: f.Step, Capacity: c.Words, For: c.For}, Flows: []handedFlow{{n.Post, n.File.Name, n.File.Digest}}, Act: true}), nil
}

func following(f *Folder, kind string, data any, blobs ...store.Digest) []journal.Draft {
	return []journal.Draft{{Stream: stream(f.ID), Kind: kind, Data: data, Blobs: blobs}}
}

// LeaveOut ends the step of transmission of an act that is not to be transmitted, with the
// reason. Errors: a refusal.
func (d *Desk) LeaveOut(ctx context.Context, actor, id, reason string) error {
	return d.decide(ctx, actor, id, func(f *Folder, t Town) (string, any, []store.Digest, error) {
		c, holder, err := mayAct(f, t, actor, d.today())
		switch {
		case err != nil:
		case !f.AtReview():
			err = &rule.Refusal{Why: "Ce dossier n’attend pas d’être transmis au contrôle de légalité.", Cure: "Suivez son circuit."}
		case strings.TrimSpace(reason) == "":
			err = &rule.Refusal{Why: "Il faut dire pourquoi l’acte n’est pas transmis.", Cure: "Écrivez-le en une phrase : acte non soumis à transmission, transmis sur papier le…"}
		}
		return KindApproved, acted{Step: f.Step, Note: strings.TrimSpace(reason), Capacity: c.Words, For: c.For, Holder: holder}, nil, err
	})
}

// LeftOut is why the act was not transmitted, when somebody decided so.
func (f *Folder) LeftOut() string {
	for _, e := range f.History {
		if e.Kind == KindApproved && f.ReviewAt(e.Step) {
			return e.Note
		}
	}
	return ""
}

// ToReview gives the folders whose act this laptop is to have transmitted by itself.
func (d *Desk) ToReview(ctx context.Context) (due []Folder, err error) {
	ids, err := d.toCarry(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		f, err := d.Folder(ctx, id)
		if err != nil {
			return nil, err
		}
		if !f.Conflict && f.AtReview() && f.handsItself() {
			due = append(due, *f)
		}
	}
	return due, nil
}

// LastActor is who did the last step, "" when none was.
func (f *Folder) LastActor() string {
	if last := lastAct(f); last != nil {
		return last.Person
	}
	return ""
}

// Reviewed gives the folders whose route goes to the legality review, the latest changed first;
// drafts, and those that ended without leaving, are none.
func (d *Desk) Reviewed(ctx context.Context) (all []Folder, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT data FROM folder WHERE legality = 1 AND state IN ('running', 'done') ORDER BY changed DESC`, nil, store.Decoded[Folder])
		return err
	})
	return all, err
}
