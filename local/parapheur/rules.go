package parapheur

import (
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Town is what the rules ask of the town hall.
type Town struct {
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
	if f.State != Running || f.Step >= len(f.Route) {
		return authority.Capacity{}, notRunning(f)
	}
	step := f.Route[f.Step]
	if step.Person == person {
		return own(t, person, step, day)
	}
	if step.Role == authority.RoleMayor || (step.Person != "" && hasRole(t, step.Person, authority.RoleMayor)) {
		// The mayor's step may be done by delegation or in her absence.
		return authority.MayorsCapacity(t.People, t.Delegations, person, string(f.Kind), day)
	}
	if step.Role != "" && hasRole(t, person, step.Role) {
		return own(t, person, step, day)
	}
	for _, d := range t.Delegations {
		if d.To == person && d.From == step.Person && d.Covers(string(f.Kind), day) {
			return authority.Capacity{For: d.From, Words: "En remplacement de " + t.name(d.From)}, nil
		}
	}
	return authority.Capacity{}, &rule.Refusal{
		Why:  fmt.Sprintf("Ce n’est pas à vous d’agir : l’étape «%s» attend %s.", step.Title, t.waited(step)),
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

func (t Town) waited(s Step) string {
	if s.Person != "" {
		return t.name(s.Person)
	}
	for _, p := range t.People {
		if p.Has(s.Role) {
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
	}
	return nil
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
	last := lastAct(f)
	switch {
	case last == nil || last.Step != f.Step-1:
		return &rule.Refusal{Why: "Il n’y a rien à reprendre dans ce dossier.", Cure: "Le droit de remords porte sur l’étape qui vient d’être faite."}
	case last.Person != person:
		return &rule.Refusal{Why: "La dernière étape n’est pas la vôtre.", Cure: "Demandez à la personne qui l’a faite, ou refusez le dossier à votre tour."}
	case last.Kind == KindSigned:
		return &rule.Refusal{Why: "Une signature électronique ne se reprend pas.", Cure: "Demandez à la personne suivante de refuser le dossier."}
	case f.Read:
		return &rule.Refusal{Why: "La personne suivante a déjà ouvert le dossier.", Cure: "Demandez-lui de le refuser."}
	}
	return nil
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
