package vault

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

var rank = map[Role]int{Reader: 1, Writer: 2, Manager: 3}

// MayUse tells whether a person has at least a role in a space on a day.
func MayUse(s Space, person string, need Role, day authority.Day) error {
	if s.Closed {
		return &rule.Refusal{Why: "Cet espace est fermé.", Cure: "Choisissez un autre espace, ou demandez à l’un de ses gestionnaires ce qu’il est devenu."}
	}
	have := s.Role(person, day)
	if rank[have] >= rank[need] && have != "" {
		return nil
	}
	switch {
	case have == "":
		return &rule.Refusal{Why: "Cet espace ne vous est pas ouvert.", Cure: "Demandez à l’un de ses gestionnaires de le partager avec vous."}
	case need == Writer:
		return &rule.Refusal{Why: "Cet espace vous est ouvert en lecture seule.", Cure: "Demandez à l’un de ses gestionnaires le droit d’y écrire."}
	}
	return &rule.Refusal{Why: "Seuls les gestionnaires de cet espace en changent les membres et le nom.", Cure: "Adressez-vous à l’un d’eux."}
}

// MayShare tells whether actor may give a role to a person.
func MayShare(s Space, actor string, m Member, people []authority.Person, day authority.Day) error {
	if s.Kind == Personal {
		return &rule.Refusal{Why: "Un espace personnel ne se partage pas : il n’est lu que par sa titulaire ou son titulaire.", Cure: "Créez un espace commun, et copiez-y ce que vous voulez partager."}
	}
	if err := MayUse(s, actor, Manager, day); err != nil {
		return err
	}
	p, known := authority.Find(people, m.Person)
	if !known || !p.In(day) {
		return &rule.Refusal{Why: "Cette personne n’est pas en fonction dans la collectivité.", Cure: "Ajoutez-la d’abord dans « Personnes », ou envoyez-lui un lien."}
	}
	if rank[m.Role] == 0 {
		return &rule.Refusal{Why: "Ce droit n’existe pas.", Cure: "Choisissez la lecture, l’écriture ou la gestion."}
	}
	if m.Until != "" && m.Until < day {
		return &rule.Refusal{Why: "La fin de cet accès est déjà passée.", Cure: "Choisissez un jour à venir."}
	}
	if m.Role != Manager || m.Until != "" {
		return keepsManager(s, m.Person)
	}
	return nil
}

// MayWithdraw tells whether actor may withdraw a person; anybody may leave.
func MayWithdraw(s Space, actor, person string, day authority.Day) error {
	if s.Kind == Personal {
		return &rule.Refusal{Why: "Un espace personnel garde sa titulaire ou son titulaire.", Cure: "Il n’y a rien à faire."}
	}
	if s.Role(person, "") == "" {
		return &rule.Refusal{Why: "Cette personne n’est pas membre de l’espace.", Cure: "Il n’y a rien à faire."}
	}
	need := Manager
	if actor == person {
		need = Reader
	}
	if err := MayUse(s, actor, need, day); err != nil {
		return err
	}
	return keepsManager(s, person)
}

// keepsManager holds that a space has another manager than who stops being one.
func keepsManager(s Space, leaving string) error {
	for _, m := range s.Members {
		if m.Person != leaving && m.Role == Manager && m.Until == "" {
			return nil
		}
	}
	for _, m := range s.Members {
		if m.Person == leaving && m.Role == Manager {
			return &rule.Refusal{Why: "C’est le dernier gestionnaire de l’espace : sans lui, personne ne pourrait plus le partager.", Cure: "Donnez d’abord la gestion à une autre personne."}
		}
	}
	return nil
}

// MayAdmit tells whether actor may give the key to a computer of a member.
func MayAdmit(s Space, actor string, w Waiting, day authority.Day) error {
	if s.Role(w.Person, day) == "" {
		return &rule.Refusal{Why: "La personne de cet ordinateur n’est pas membre de l’espace.", Cure: "Partagez d’abord l’espace avec elle."}
	}
	if w.Device.Revoked {
		return &rule.Refusal{Why: "Cet ordinateur a été révoqué.", Cure: "Demandez à l’administrateur pourquoi."}
	}
	need := Manager
	if actor == w.Person {
		need = Reader
	}
	return MayUse(s, actor, need, day)
}

// TrashDelay is how long what was thrown away stays in the trash before it may be erased for good: whoever threw it away by
// mistake, or its reader on leave, has a month to say so.
const TrashDelay = 30 * 24 * time.Hour

// MayErase tells whether a person may erase, for good, what lies in the trash.
func MayErase(s Space, i Item, person string, now time.Time) error {
	day := authority.DayOf(now)
	if err := MayUse(s, person, Reader, day); err != nil {
		return err
	}
	if s.Role(person, day) != Manager {
		return &rule.Refusal{Why: "Seuls les gestionnaires de cet espace vident sa corbeille.", Cure: "Adressez-vous à l’un d’eux."}
	}
	if !i.Trashed {
		return &rule.Refusal{Why: "« " + i.Name + " » n’est pas à la corbeille.", Cure: "Supprimez-le d’abord ; il pourra être effacé pour de bon après trente jours."}
	}
	if now.Sub(i.Since) < TrashDelay {
		return &rule.Refusal{Why: "« " + i.Name + " » est à la corbeille depuis moins de trente jours.", Cure: "Attendez le " + french.Date(i.Since.Add(TrashDelay)) + " : d’ici là, chacun peut le reprendre."}
	}
	return nil
}

// maxName is the longest name that file systems take, in bytes.
const maxName = 255

// CheckName tells whether a file or a folder may be called so.
func CheckName(name string) error {
	why := ""
	switch {
	case strings.TrimSpace(name) == "":
		why = "Le nom est vide."
	case len(name) > maxName || !utf8.ValidString(name):
		why = "Ce nom est trop long."
	case name == "." || name == ".." || strings.ContainsAny(name, `/\`):
		why = "Ce nom contient une barre, qui sépare les dossiers."
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }):
		why = "Ce nom contient des caractères invisibles."
	default:
		return nil
	}
	return &rule.Refusal{Why: why, Cure: "Donnez un autre nom."}
}

// mayEdit tells whether a version may be written beside what somebody has in hand.
func mayEdit(i Item, person, device string) error {
	if i.Folder {
		return &rule.Refusal{Why: "Un dossier n’a pas de versions.", Cure: "Choisissez un fichier."}
	}
	if i.Note() {
		return &rule.Refusal{Why: "Une note s’écrit dans Airial, à plusieurs.", Cure: "Ouvrez-la dans le coffre-fort."}
	}
	if i.Trashed {
		return &rule.Refusal{Why: "Ce fichier est à la corbeille.", Cure: "Restaurez-le d’abord."}
	}
	if i.Out != nil && (i.Out.Person != person || i.Out.Device != device) {
		return &rule.Refusal{Why: "Ce fichier est en cours de modification par une autre personne, ou sur un autre ordinateur.", Cure: "Attendez qu’il soit rendu, ou enregistrez votre texte sous un autre nom."}
	}
	return nil
}
