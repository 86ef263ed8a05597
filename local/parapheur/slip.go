package parapheur

import (
	"context"
	"slices"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

// Validator judges the signatures of a document, without network; signed is the document
// that a signature covers without holding it, nil when it holds it.
type Validator func(ctx context.Context, content, signed []byte) (validation.Report, error)

// Slip is the folder's signing slip (bordereau de signature), with the verdict
// of validate on each signature.
func (d *Desk) Slip(ctx context.Context, id string, validate Validator) (typeset.Document, error) {
	f, t, err := d.folderAndTown(ctx, id)
	if err != nil {
		return typeset.Document{}, err
	}
	slip := typeset.SigningSlip{Folder: f.Title, Reference: f.ID, Status: stateNames[f.State], Steps: steps(f, t), History: history(f, t)}
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		a, err := authority.Current(tx)
		if err != nil {
			return err
		}
		_, head, err := journal.Head(tx, stream(id))
		slip.Head = typeset.Head{Authority: a.Letterhead(), Printed: d.j.Now()}
		slip.JournalHead = head.String()
		return err
	})
	if err != nil {
		return typeset.Document{}, err
	}
	for _, doc := range f.Documents {
		slip.Documents = append(slip.Documents, typeset.SlipDocument{Name: doc.Name, Pages: doc.Pages, Size: doc.Size, SHA256: doc.Digest.String()})
		if doc.Annex || len(f.Signatures) == 0 {
			continue
		}
		report, err := d.Judge(ctx, doc, validate)
		if err != nil {
			return typeset.Document{}, err
		}
		slip.Signatures = append(slip.Signatures, verdicts(f, t, doc, report, d)...)
	}
	return slip.Typeset(ctx)
}

// Judge judges the signatures of a document of a folder: its own, or those beside it.
func (d *Desk) Judge(ctx context.Context, doc Document, validate Validator) (validation.Report, error) {
	content, err := d.j.Store().Blobs().Read(doc.Digest, MaxDocument)
	if err != nil {
		return validation.Report{}, err
	}
	if doc.Format != Any {
		return validate(ctx, content, nil)
	}
	all := validation.Report{Data: content}
	for _, b := range doc.Beside {
		beside, err := d.j.Store().Blobs().Read(b.Digest, MaxDocument)
		if err != nil {
			return all, err
		}
		one, err := validate(ctx, beside, content)
		if err != nil {
			return all, err
		}
		all.Signatures = append(all.Signatures, one.Signatures...)
	}
	return all, nil
}

// formatNames are the formats as the slip says them, before the level.
var formatNames = map[Format]string{PDF: "PAdES", PES: "XAdES", Any: "CAdES"}

var stateNames = map[State]string{Draft: "Brouillon", Running: "En cours", Done: "Terminé", Refused: "Refusé", Withdrawn: "Retiré"}

var stepNames = map[StepKind]string{Approval: "Visa", Signature: "Signature", Seal: "Cachet", Information: "Information", Transmission: "Transmission", LegalityReview: "Contrôle de légalité"}

func steps(f *Folder, t Town) []typeset.SlipStep {
	var out []typeset.SlipStep
	for i, s := range f.Route {
		var acted []Part
		if i == f.Step {
			acted = f.Acted
		}
		step := typeset.SlipStep{Kind: stepNames[s.Kind], Person: t.waited(s, acted), Outcome: "En attente"}
		for _, e := range f.History {
			if e.Kind == KindReturned && e.Step == i+1 {
				step.Outcome, step.Reason = "En attente", e.Note
			}
			if e.Step != i {
				continue
			}
			switch e.Kind {
			case KindApproved:
				step.Outcome = "Visé"
				if s.Kind == LegalityReview {
					step.Outcome, step.Reason = "Non transmis", e.Note
				}
			case KindSigned:
				step.Outcome = "Signé"
			case KindAcknowledged:
				step.Outcome = "Accepté par Hélios"
				if s.Kind == LegalityReview {
					step.Outcome, step.Reason = "Reçu en préfecture", f.receiptAt(i)
				}
			case KindUnfiled:
				step.Outcome = "Transmission annulée"
			case KindBounced:
				step.Outcome, step.Reason = "Non accepté", e.Note
			case KindRefused:
				step.Outcome, step.Reason = "Refusé", e.Note
			case KindReturned:
				step.Outcome, step.Reason = "Renvoyé", e.Note
			case KindTakenBack:
				step.Outcome = "En attente"
				continue
			default:
				continue
			}
			name := t.name(e.Person)
			if s.All && step.Quality != "" && (e.Kind == KindApproved || e.Kind == KindSigned) {
				name = step.Person + ", " + name // each of them has done her part
			}
			step.Person, step.Quality, step.At, step.Device = name, e.Capacity, e.At, signedOn(f, i)
		}
		out = append(out, step)
	}
	return out
}

// receiptAt is the name and the day of the receipt that ended a step, "" for none.
func (f *Folder) receiptAt(step int) string {
	for _, h := range f.Handovers {
		if h.Step == step && h.Receipt != "" {
			return h.Receipt + ", le " + french.Date(h.Received.Time())
		}
	}
	return ""
}

// signedOn is the name of the computer on which a step was signed.
func signedOn(f *Folder, step int) string {
	for _, s := range f.Signatures {
		if s.Step == step {
			return s.Device
		}
	}
	return ""
}

var eventNames = map[string]string{
	KindImported: "Dossier créé", KindSent: "Dossier envoyé dans le circuit", KindApproved: "Visa donné", KindSigned: "Document signé",
	KindRefused: "Dossier refusé", KindReturned: "Renvoyé à l’étape précédente", KindReassigned: "Étape confiée à une autre personne", KindTakenBack: "Étape reprise (droit de remords)", KindWithdrawn: "Dossier retiré", KindAdded: "Pièce ajoutée",
	KindHanded: "Transmission demandée", KindHandBack: "Transmission reprise avant son départ", KindPosting: "Envoi au tiers de télétransmission", KindUnposted: "Envoi non parti, à refaire",
	KindDeposited: "Reçu par le tiers de télétransmission", KindForwarded: "Transmis à Hélios par le tiers", KindBounced: "Refusé par le tiers de télétransmission ou par Hélios", KindAcknowledged: "Accepté par Hélios",
	KindRaised: "Signatures horodatées et complétées", journal.KindSettled: "Désaccord tranché",
}

// reviewNames are those of the events of a step that hands an act over to the legality review.
var reviewNames = map[string]string{
	KindApproved: "Acte non transmis au contrôle de légalité", KindForwarded: "Transmis à la préfecture par le tiers", KindBounced: "Refusé par le tiers de télétransmission ou par la préfecture",
	KindAcknowledged: "Reçu par le représentant de l’État", KindUnfiled: "Transmission au contrôle de légalité annulée",
}

// eventName says what an event is, by the step at which it came.
func eventName(f *Folder, e Event) string {
	if f.ReviewAt(e.Step) && reviewNames[e.Kind] != "" {
		return reviewNames[e.Kind]
	}
	return eventNames[e.Kind]
}

func history(f *Folder, t Town) []typeset.SlipEvent {
	var out []typeset.SlipEvent
	for _, e := range f.History {
		text := eventName(f, e)
		if e.Note != "" {
			text += " : " + e.Note
		}
		out = append(out, typeset.SlipEvent{At: e.At, Actor: t.name(e.Person), Text: text})
	}
	for _, r := range f.Remarks {
		if r.Private {
			continue // read in the window alone
		}
		out = append(out, typeset.SlipEvent{At: r.At, Actor: t.name(r.Person), Text: "Remarque : " + r.Text})
	}
	for _, o := range f.Opinions {
		out = append(out, typeset.SlipEvent{At: o.Asked, Actor: t.name(o.Asker), Text: "Avis demandé à " + t.name(o.Of) + " : " + o.Question})
		if !o.Answered.IsZero() {
			word := "Avis défavorable : "
			if o.For {
				word = "Avis favorable : "
			}
			out = append(out, typeset.SlipEvent{At: o.Answered, Actor: t.name(o.Of), Text: word + o.Answer})
		}
	}
	slices.SortStableFunc(out, func(a, b typeset.SlipEvent) int { return a.At.Compare(b.At) })
	return out
}

// verdicts joins what the folder knows of a document's signatures with what
// the validation found, in their common order.
func verdicts(f *Folder, t Town, doc Document, report validation.Report, d *Desk) []typeset.SlipSignature {
	var known []Signed
	for _, s := range f.Signatures {
		if s.Document == doc.Name {
			known = append(known, s)
		}
	}
	var out []typeset.SlipSignature
	for _, v := range report.Signatures {
		if v.Kind == validation.DocumentTimestamp {
			continue
		}
		s := typeset.SlipSignature{
			Person: v.Name, Quality: v.Reason, Document: doc.Name, Level: formatNames[doc.Format] + " " + v.Level.String(), Subject: v.Signer.Name, Issuer: v.Signer.Issuer,
			Serial: v.Signer.Serial, NotBefore: v.Signer.NotBefore, NotAfter: v.Signer.NotAfter, Claimed: v.Claimed,
			Timestamp: v.Proven, TimestampAuthority: v.ProvenBy.Name, Valid: outcome(v.Indication), Verdict: sentence(v), Verified: d.j.Now(),
		}
		if doc.Format == PES {
			s.Level, s.Quality = "XAdES, politique de signature Hélios", v.Role
		}
		// A flow has a signature for each bordereau, made by the same person at the same step.
		if i := len(out); i < len(known) || doc.Format == PES && len(known) > 0 {
			i = min(i, len(known)-1)
			s.Person, s.Quality, s.Offline, s.Claimed = t.name(known[i].Person), known[i].Capacity, known[i].Offline, known[i].At
		}
		out = append(out, s)
	}
	return out
}

func outcome(i trust.Indication) typeset.Verdict {
	switch i {
	case trust.Passed:
		return typeset.Passed
	case trust.Failed:
		return typeset.Failed
	}
	return typeset.Indeterminate
}

func sentence(v validation.Verdict) string {
	switch v.Indication {
	case trust.Passed:
		return "Signature valide : le document n’a pas changé, le certificat est reconnu et n’était pas révoqué."
	case trust.Failed:
		return "Signature invalide : le document ou la signature ont été altérés."
	}
	return "Validité non établie : le document n’a pas changé, mais une vérification n’a pas pu être faite."
}
