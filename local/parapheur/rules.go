package parapheur

import (
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// Town is what the rules ask of the town hall.
type Town struct {
	Authority   authority.Authority
	People      []authority.Person
	Delegations []authority.Delegation
}

func (t Town) name(id string) string {
	if p, known := authority.Find(t.People, id); known {
		return p.Name()
	}
	return "une personne inconnue"
}

// MayAct tells whether a person may do the present step of a folder on a day,
// and under which title.
func MayAct(f *Folder, t Town, person string, day authority.Day) (authority.Capacity, error) {
	c, _, err := mayAct(f, t, person, day)
	return c, err
}

// mayAct tells besides whose part of the step the person would do.
func mayAct(f *Folder, t Town, person string, day authority.Day) (c authority.Capacity, holder int, err error) {
	if f.State != Running || f.Step >= len(f.Route) {
		return c, 0, notRunning(f)
	}
	if err := inHand(f); err != nil {
		return c, 0, err
	}
	step := f.Route[f.Step]
	if slices.ContainsFunc(f.Acted, func(p Part) bool { return p.Person == person }) {
		return c, 0, &rule.Refusal{Why: "Vous avez déjà fait votre part de cette étape.", Cure: "Elle attend les autres personnes."}
	}
	var refusal error
	for i, h := range step.holders() {
		if slices.ContainsFunc(f.Acted, func(p Part) bool { return p.Holder == i }) {
			continue
		}
		c, err := t.holds(step, h, f.Kind, person, day)
		if err == nil {
			return c, i, nil
		}
		if refusal == nil {
			refusal = err
		}
	}
	return c, 0, refusal
}

// holds tells whether a person is one holder of a step, or acts in her place.
func (t Town) holds(step Step, h Holder, kind Kind, person string, day authority.Day) (authority.Capacity, error) {
	if h.Person == person {
		return own(t, person, step, day)
	}
	if h.Role == authority.RoleMayor || (h.Person != "" && hasRole(t, h.Person, authority.RoleMayor)) {
		// The mayor's step may be done by delegation or in her absence.
		return authority.MayorsCapacity(t.People, t.Delegations, person, string(kind), day)
	}
	if h.Role != "" && hasRole(t, person, h.Role) {
		return own(t, person, step, day)
	}
	for _, d := range t.Delegations {
		if d.To == person && d.From == h.Person && d.Covers(string(kind), day) {
			return authority.Capacity{For: d.From, Words: "En remplacement de " + t.name(d.From)}, nil
		}
	}
	return authority.Capacity{}, &rule.Refusal{
		Why:  fmt.Sprintf("Ce n’est pas à vous d’agir : l’étape «%s» attend %s.", step.Title, t.waited(step, nil)),
		Cure: "Attendez votre tour, ou faites enregistrer une suppléance dans les réglages.",
	}
}

// own is the capacity of who acts in her own name; the mayor signs as such.
func own(t Town, person string, step Step, day authority.Day) (authority.Capacity, error) {
	p, known := authority.Find(t.People, person)
	switch {
	case !known:
		return authority.Capacity{}, &rule.Refusal{
			Why: fmt.Sprintf("La personne de l’étape «%s» n’est pas connue de la collectivité.", step.Title), Cure: "Ajoutez-la dans les réglages.",
		}
	case !p.In(day):
		return authority.Capacity{}, &rule.Refusal{
			Why:  fmt.Sprintf("%s n’est pas en fonction ce jour-là.", p.Name()),
			Cure: "Faites agir une personne en fonction.",
		}
	}
	return authority.Capacity{Words: p.Title}, nil
}

// waited names who a step waits for, those who have acted left out.
func (t Town) waited(s Step, acted []Part) string {
	var names []string
	for i, h := range s.holders() {
		if !slices.ContainsFunc(acted, func(p Part) bool { return p.Holder == i }) {
			names = append(names, t.holder(h))
		}
	}
	if !s.All && len(names) > 1 {
		return strings.Join(names[:len(names)-1], ", ") + " ou " + names[len(names)-1]
	}
	return french.List(names)
}

func (t Town) holder(h Holder) string {
	if h.Person != "" {
		return t.name(h.Person)
	}
	for _, p := range t.People {
		if p.Has(h.Role) {
			return p.Name()
		}
	}
	return "une autre personne"
}

func hasRole(t Town, person string, r authority.Role) bool {
	p, _ := authority.Find(t.People, person)
	return p.Has(r)
}

func notRunning(f *Folder) error {
	why := map[State]string{
		Draft:     "Ce dossier n’est pas encore envoyé.",
		Done:      "Ce dossier est terminé.",
		Refused:   "Ce dossier a été refusé.",
		Withdrawn: "Ce dossier a été retiré.",
		Running:   "Ce dossier n’a plus d’étape à faire.",
	}[f.State]
	return &rule.Refusal{Why: why, Cure: "Ouvrez un dossier qui vous attend, ou créez-en un nouveau."}
}

// MaySend tells whether a folder may leave.
func MaySend(f *Folder) error {
	switch {
	case f.State != Draft:
		return &rule.Refusal{Why: "Ce dossier est déjà parti.", Cure: "Suivez-le dans la liste."}
	case len(f.Route) == 0:
		return &rule.Refusal{Why: "Le circuit n’a aucune étape.", Cure: "Choisissez un circuit."}
	case len(signedDocuments(f)) == 0:
		return &rule.Refusal{Why: "Le dossier n’a pas de document principal.", Cure: "Ajoutez au moins un document PDF."}
	case len(flowsOf(f)) == 0 && slices.ContainsFunc(f.Route, func(s Step) bool { return s.Kind == Transmission }):
		return &rule.Refusal{Why: "Le circuit transmet à Hélios, et ce dossier n’a aucun flux comptable.", Cure: "Choisissez un circuit sans transmission, ou joignez le flux (PES_v2)."}
	}
	return mayGoToReview(f.Kind, f.Route, signedDocuments(f))
}

// MayRefuse tells whether a reason is one.
func MayRefuse(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return &rule.Refusal{Why: "Un refus doit être motivé.", Cure: "Écrivez en une phrase ce qui est à corriger."}
	}
	return nil
}

// MayTakeBack tells whether the last act may be taken back (droit de remords).
func MayTakeBack(f *Folder, person string) error {
	if f.State != Running || f.Step == 0 {
		return &rule.Refusal{Why: "Il n’y a rien à reprendre dans ce dossier.", Cure: "Le droit de remords porte sur l’étape qui vient d’être faite."}
	}
	if err := inHand(f); err != nil {
		return err
	}
	last := lastAct(f)
	switch {
	case last == nil || last.Step != f.Step-1:
		return &rule.Refusal{Why: "Il n’y a rien à reprendre dans ce dossier.", Cure: "Le droit de remords porte sur l’étape qui vient d’être faite."}
	case last.Person != person:
		return &rule.Refusal{Why: "La dernière étape n’est pas la vôtre.", Cure: "Demandez à la personne qui l’a faite, ou refusez le dossier à votre tour."}
	case len(f.Route[last.Step].With) > 0:
		return &rule.Refusal{Why: "Cette étape a été faite à plusieurs.", Cure: "Demandez à la personne suivante de renvoyer le dossier."}
	case last.Kind == KindSigned:
		return &rule.Refusal{Why: "Une signature électronique ne se reprend pas.", Cure: "Demandez à la personne suivante de refuser le dossier."}
	case f.Read:
		return &rule.Refusal{Why: "La personne suivante a déjà ouvert le dossier.", Cure: "Demandez-lui de le refuser."}
	}
	return nil
}

// MayWithdraw tells whether a person may take a folder off its route: who made it, while it is
// under way.
func MayWithdraw(f *Folder, person string) error {
	if f.Author != person || (f.State != Running && f.State != Draft) {
		return &rule.Refusal{Why: "Seule la personne qui a créé un dossier en cours peut le retirer.", Cure: "Demandez-le-lui."}
	}
	return inHand(f)
}

func lastAct(f *Folder) *Event {
	for i := len(f.History) - 1; i >= 0; i-- {
		switch f.History[i].Kind {
		case KindApproved, KindSigned:
			return &f.History[i]
		}
	}
	return nil
}

// SawWhatIsThere refuses an act on documents other than those that were shown.
func SawWhatIsThere(f *Folder, seen []store.Digest) error {
	there := signedDocuments(f)
	same := len(there) == len(seen)
	for i := 0; same && i < len(there); i++ {
		same = there[i].Digest == seen[i]
	}
	if !same {
		return &rule.Refusal{
			Why:  "Le dossier a changé depuis que vous l’avez lu : ce qui serait signé n’est pas ce que vous avez vu.",
			Cure: "Relisez le document affiché maintenant, puis recommencez.",
		}
	}
	return nil
}

// signedDocuments are the main documents, in order.
func signedDocuments(f *Folder) []Document {
	var main []Document
	for _, d := range f.Documents {
		if !d.Annex {
			main = append(main, d)
		}
	}
	return main
}

// Seen gives the digests that a person who reads the folder now sees.
func (f *Folder) Seen() []store.Digest {
	var seen []store.Digest
	for _, d := range signedDocuments(f) {
		seen = append(seen, d.Digest)
	}
	return seen
}
