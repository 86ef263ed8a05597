package council

import (
	"context"
	"encoding/json"
	"fmt"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Undo corrects an act of a sitting that is still open: an entry says that it no longer counts. The
// act stays in the history.
type Undo struct {
	Entry string `json:"entry"`
	Why   string `json:"why,omitempty"`
}

type undone Undo

func (a Undo) decide(s *Sitting, c clerk) (string, any, error) {
	acts, err := c.acts()
	if err != nil {
		return "", nil, err
	}
	for _, n := range acts {
		if n.Entry != a.Entry {
			continue
		}
		if err := CheckUndo(*s, acts, a.Entry); err != nil {
			return "", nil, err
		}
		if of := about(n); n.Kind == KindVoted || n.Kind == KindRoundHeld {
			if numbered, err := c.numbered(of.point); err != nil || numbered {
				return "", nil, orNumbered(err)
			}
		}
		return KindUndone, undone(a), nil
	}
	return "", nil, &rule.Refusal{Why: "Cet acte n’est pas de cette séance.", Cure: "Choisissez un acte de l’historique."}
}

func orNumbered(err error) error {
	if err != nil {
		return err
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-23", Why: "La délibération a reçu son numéro d’après ce vote.", Cure: "Faites voter une délibération modificative.",
	}
}

// subject is what an act is about, to know what rests on it.
type subject struct{ point, member, holder, id string }

// about reads what an act is about; what cannot be read is about nothing.
func about(n Noted) (a subject) {
	var raw struct {
		Member, From, To, Point, Deliberation, Amendment, ID string
	}
	if json.Unmarshal(n.Data, &raw) != nil {
		return a
	}
	a = subject{point: raw.Point, member: raw.Member, id: raw.ID}
	switch n.Kind {
	case KindProxied, KindRevoked:
		a.member, a.holder = raw.From, raw.To
	case KindVoted:
		a.point = raw.Deliberation
	case KindAmendmentVoted:
		a.point, a.id = raw.Deliberation, raw.Amendment
	}
	return a
}

// roles of the kinds: what changes who may decide, and what is decided on it.
var (
	circumstance = map[string]bool{
		KindCalled: true, KindMoved: true, KindProxied: true, KindRevoked: true, KindPresided: true, KindInterest: true, KindSuspended: true, KindResumed: true,
		KindDoors: true, KindDoorsOpened: true, KindUrgency: true,
	}
	decision = map[string]bool{
		KindUrgency: true, KindOpened: true, KindVoted: true, KindAmendmentVoted: true, KindRoundHeld: true, KindDoors: true,
	}
	paired = map[string]string{KindSuspended: KindResumed, KindDoors: KindDoorsOpened}
)

// CheckUndo tells whether an act may be undone: what was decided on it must be undone first, so that no
// vote ever stands on a presence, a power or an opening that is no longer there.
func CheckUndo(s Sitting, acts []Noted, entry string) error {
	at := -1
	for i, n := range acts {
		if n.Entry == entry {
			at = i
		}
	}
	if at < 0 {
		return &rule.Refusal{Why: "Cet acte n’est pas de cette séance.", Cure: "Choisissez un acte de l’historique."}
	}
	n := acts[at]
	switch {
	case n.Undone != "":
		return &rule.Refusal{Why: "Cet acte est déjà annulé.", Cure: "Rien n’est à faire."}
	case n.Kind == KindConvened, n.Kind == KindRostered, n.Kind == KindUndone, n.Kind == KindClosed:
		return &rule.Refusal{Why: "Cet acte ne s’annule pas.", Cure: "Notez ce qui doit l’être par un nouvel acte."}
	}
	for i := len(acts) - 1; i > at; i-- {
		later := acts[i]
		if later.Undone == "" && rests(later, n) {
			return &rule.Refusal{
				Article: "CGCT, art. L2121-15", Why: fmt.Sprintf("« %s » a été noté après, et en dépend.", later.Words(s)), Cure: "Annulez d’abord cet acte, puis celui-ci.",
			}
		}
	}
	return nil
}

// rests tells whether a later act stands on a former one.
func rests(later, former Noted) bool {
	a, b := about(later), about(former)
	samePoint := a.point != "" && a.point == b.point
	switch {
	case circumstance[former.Kind] && decision[later.Kind]:
		return true
	case paired[former.Kind] == later.Kind && later.Kind != "":
		return true
	case circumstance[former.Kind] && circumstance[later.Kind]:
		return touches(a, b)
	case former.Kind == KindSecretary:
		return false
	case former.Kind == KindAmended:
		return (later.Kind == KindAmendmentVoted || later.Kind == KindAmendmentWithdrawn) && a.id == b.id
	case former.Kind == KindAmendmentVoted, former.Kind == KindAmendmentWithdrawn, former.Kind == KindRoundHeld:
		return samePoint && (later.Kind == KindVoted || later.Kind == KindRoundHeld)
	case former.Kind == KindOpened:
		return samePoint && decision[later.Kind] || later.Kind == KindMoved || later.Kind == KindSuspended
	case former.Kind == KindPointAdded, former.Kind == KindOrdered:
		return decision[later.Kind] || later.Kind == KindAside || later.Kind == KindOrdered || later.Kind == KindInterest || later.Kind == KindAmended
	case former.Kind == KindVoted:
		return samePoint && later.Kind == KindVoted
	}
	return false
}

// touches tells whether two acts are about a member in common.
func touches(a, b subject) bool {
	for _, x := range []string{a.member, a.holder} {
		if x != "" && (x == b.member || x == b.holder) {
			return true
		}
	}
	return false
}

// History gives what was noted in a sitting, act by act, those undone too.
func (c *Council) History(ctx context.Context, id string) (acts []Noted, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error { acts, err = history(tx, id); return err })
	return acts, err
}

// LastUndoable is the latest act that may be undone at once, "" when there is none.
func LastUndoable(s Sitting, acts []Noted) string {
	for i := len(acts) - 1; i >= 0; i-- {
		if CheckUndo(s, acts, acts[i].Entry) == nil {
			return acts[i].Entry
		}
	}
	return ""
}

// Words tell an act in a sentence.
func (n Noted) Words(s Sitting) string {
	var d struct {
		Member, From, To, Point, Deliberation, Text, Hour, Why string
		In, Back, Adopted                                      bool
		Presence                                               Presence
		Title                                                  Title
		As                                                     Settling
		N                                                      int
	}
	_ = json.Unmarshal(n.Data, &d) // what cannot be read is told without its details
	who := s.name(d.Member)
	point := s.pointName(d.Point)
	if d.Point == "" {
		point = s.pointName(d.Deliberation)
	}
	switch n.Kind {
	case KindConvened:
		return "Séance convoquée"
	case KindPointAdded:
		return "Point ajouté par une convocation complémentaire : " + s.pointName(d.Deliberation)
	case KindOrdered:
		return "Ordre du jour rangé"
	case KindRostered:
		return "Liste des membres en exercice mise à jour"
	case KindCalled:
		return who + " : " + map[Presence]string{Present: "présent", Excused: "excusé", Absent: "absent", Unknown: "pas encore appelé"}[d.Presence]
	case KindMoved:
		if d.In {
			return who + " arrive à " + spoken(d.Hour)
		}
		return who + " part à " + spoken(d.Hour)
	case KindProxied:
		return s.name(d.From) + " donne pouvoir à " + s.name(d.To)
	case KindRevoked:
		return s.name(d.From) + " révoque son pouvoir"
	case KindSecretary:
		return who + " est secrétaire de séance"
	case KindAuxiliaries:
		return "Auxiliaires du secrétaire"
	case KindPresided:
		return who + " préside" + map[bool]string{true: " " + point}[d.Point != ""]
	case KindUrgency:
		return "Le conseil se prononce sur l’urgence"
	case KindOpened:
		return "Mise en discussion : " + point
	case KindInterest:
		if d.Back {
			return who + " prend part à " + point
		}
		return who + " se retire pour " + point
	case KindVoted:
		return "Vote : " + point + ", " + outcomeWord(d.Adopted)
	case KindAmended:
		return "Amendement déposé : " + point
	case KindAmendmentVoted:
		return "Vote d’un amendement : " + point + ", " + outcomeWord(d.Adopted)
	case KindAmendmentWithdrawn:
		return "Amendement retiré par son auteur"
	case KindRoundHeld:
		return fmt.Sprintf("Nomination, tour %d : %s", max(d.N, 1), d.Why)
	case KindAside:
		return "Point " + settledWords[d.As] + " : " + point
	case KindSuspended:
		return "Séance suspendue à " + spoken(d.From)
	case KindResumed:
		return "Reprise de la séance à " + spoken(d.Hour)
	case KindDoors:
		return "Vote du huis clos, " + outcomeWord(d.Adopted)
	case KindDoorsOpened:
		return "La séance redevient publique"
	case KindNoted:
		return "Note : " + d.Text
	case KindRecording:
		return "Adresse de l’enregistrement"
	case KindUndone:
		return "Annulation d’un acte"
	case KindClosed:
		return "Séance levée à " + spoken(d.Hour)
	}
	return n.Kind
}

func outcomeWord(adopted bool) string {
	if adopted {
		return "adopté"
	}
	return "rejeté"
}

func (s Sitting) pointName(id string) string {
	for i, item := range s.Agenda {
		if item.Deliberation == id {
			return fmt.Sprintf("n° %d, %s", i+1, item.Subject)
		}
	}
	return ""
}
