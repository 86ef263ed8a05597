package services

import (
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// MayAsk tells whether a renewal may be asked: once for one certificate. known is the
// request that was made for it, nil for none.
func MayAsk(known *Request) error {
	if known == nil {
		return nil
	}
	return &rule.Refusal{
		Why:  "Le renouvellement de ce certificat est déjà demandé, depuis le " + french.Date(known.Asked) + ".",
		Cure: "Attendez la réponse de l’agence, ou appelez-la si elle tarde.",
	}
}

// next tells whether an answer moves a request on: it never goes back.
func next(from, to State) bool {
	rank := map[State]int{Prepared: 0, Asked: 0, Received: 1, Closed: 2}
	return rank[to] > rank[from]
}

// MayAnswer tells whether the agency may answer a request in that way. step is the service's
// own state, empty for none: a request in hand may be told another.
func MayAnswer(r Request, to State, step string) error {
	if to != Received && to != Closed {
		return &rule.Refusal{Why: "Cette réponse n’est pas prévue.", Cure: "Répondez « reçue » ou « close »."}
	}
	if !next(r.State, to) && !(r.State == Received && to == Received && step != "" && step != r.Step) {
		return &rule.Refusal{Why: "Cette demande a déjà reçu cette réponse.", Cure: "Il n’y a rien à faire."}
	}
	return nil
}

// open tells whether a request still lives.
func open(r Request) error {
	if r.State == Closed {
		return &rule.Refusal{Why: "Cette demande est close.", Cure: "Faites-en une nouvelle."}
	}
	return nil
}

// MayWithdraw tells whether the town hall may take a request back.
func MayWithdraw(r Request) error { return open(r) }

// MayTake tells whether an appointment may be taken: one that is offered, and to come.
func MayTake(r Request, slot, now time.Time) error {
	if err := open(r); err != nil {
		return err
	}
	if !slices.ContainsFunc(r.Slots, slot.Equal) {
		return &rule.Refusal{Why: "Ce rendez-vous n’est pas, ou n’est plus, proposé.", Cure: "Choisissez-en un dans la liste."}
	}
	if !slot.After(now) {
		return &rule.Refusal{Why: "Ce rendez-vous est passé.", Cure: "Choisissez-en un autre, ou demandez-en à l’agence."}
	}
	return nil
}

// MayRate tells whether a town hall may say how content it is: once, when it is over.
func MayRate(r Request, score int) error {
	switch {
	case score < 1 || score > 5:
		return &rule.Refusal{Why: "La note va de 1 à 5.", Cure: "Choisissez une note."}
	case r.State != Closed || r.Withdrawn:
		return &rule.Refusal{Why: "Cette demande n’a pas encore reçu sa réponse.", Cure: "Donnez votre avis quand elle sera close."}
	case r.Score != 0:
		return &rule.Refusal{Why: "Votre avis est déjà donné.", Cure: "Il n’y a rien à faire."}
	}
	return nil
}

// MayDeliver tells whether a delivery may be noted: once, of what has left to be ordered.
func MayDeliver(r Request) error {
	switch {
	case r.What != Ordered || r.Withdrawn:
		return &rule.Refusal{Why: "Cette demande n’est pas une commande en cours.", Cure: "Il n’y a rien à noter."}
	case r.State == Prepared:
		return &rule.Refusal{Why: "Cette commande n’est pas encore signée : elle n’est pas partie.", Cure: "Faites-la signer dans le parapheur."}
	case !r.Delivered.IsZero():
		return &rule.Refusal{Why: "Cette livraison est déjà notée.", Cure: "Écrivez à l’agence ce qui a changé."}
	}
	return nil
}

// Asks tells whether a question is asked, given the answers before it.
func Asks(f Field, answers map[string]string) bool {
	return f.Type != Note && (f.If == "" || slices.Contains(strings.Split(answers[f.If], "\n"), f.Is))
}

// CheckAnswer tells what is wrong with one answer; nil when it may leave. files is how many are
// joined to it.
func CheckAnswer(f Field, value string, files int) error {
	value = strings.TrimSpace(value)
	refuse := func(why, cure string) error {
		return &rule.Refusal{Why: "« " + f.Label + " » : " + why, Cure: cure}
	}
	if !f.Known() {
		if f.Required {
			return refuse("cette question est d’un genre que cette version d’Airial ne connaît pas (« "+short(string(f.Type))+" »).", "Mettez Airial à jour, ou appelez l’agence : rien n’est perdu.")
		}
		return nil
	}
	if f.Type == Files {
		switch {
		case files == 0 && f.Required:
			return refuse("une pièce est demandée.", "Joignez-la.")
		case f.Most > 0 && files > f.Most:
			return refuse(fmt.Sprintf("%d pièces au plus.", f.Most), "Retirez-en.")
		}
		return nil
	}
	if value == "" || f.Type == YesNo && value != yes {
		if f.Required {
			return refuse("une réponse est demandée.", "Répondez-y.")
		}
		return nil
	}
	if f.Most > 0 && utf8.RuneCountInString(value) > f.Most && (f.Type == Line || f.Type == Text) {
		return refuse(fmt.Sprintf("%d caractères au plus.", f.Most), "Abrégez.")
	}
	if len(value) > maxWords {
		return refuse("ce texte est trop long.", "Abrégez, ou joignez un document.")
	}
	switch f.Type {
	case Number:
		if _, err := strconv.ParseInt(strings.ReplaceAll(value, " ", ""), 10, 64); err != nil {
			return refuse("un nombre entier est attendu.", "Écrivez des chiffres.")
		}
	case Amount:
		if _, ok := amount(value); !ok {
			return refuse("un montant est attendu.", "Écrivez-le comme 1 250,50.")
		}
	case Day:
		if _, err := authority.ParseDay(value); err != nil {
			return refuse("une date est attendue.", "Écrivez-la comme 24/11/2026.")
		}
	case Month:
		if _, err := time.Parse("01/2006", value); err != nil {
			return refuse("un mois est attendu.", "Écrivez-le comme 11/2026.")
		}
	case Mail:
		if a, err := mail.ParseAddress(value); err != nil || a.Address != value {
			return refuse("une adresse de courriel est attendue.", "Écrivez-la comme prenom.nom@exemple.fr.")
		}
	case Tel:
		if digits := strings.Trim(strings.TrimPrefix(value, "+"), "0123456789 .-"); digits != "" || len(value) < 4 || len(value) > 25 {
			return refuse("un numéro de téléphone est attendu.", "Écrivez des chiffres.")
		}
	case Choice, Several:
		for _, v := range strings.Split(value, "\n") {
			if !slices.ContainsFunc(f.Options, func(o Option) bool { return o.ID == v }) {
				return refuse("cette réponse n’est pas dans la liste.", "Choisissez-en une.")
			}
		}
	}
	return nil
}

const yes = "oui"

// amount reads an amount in euros, in cents.
func amount(value string) (int64, bool) {
	clean := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "", ".", ",").Replace(value)
	whole, cents, has := strings.Cut(clean, ",")
	if has && len(cents) != 2 || len(whole) > 12 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+(cents + "00")[:2], 10, 64)
	return n, err == nil && n >= 0
}

func short(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 40)])
}

// Shown is an answer as it is read by people.
func Shown(f Field, value string) string {
	value = strings.TrimSpace(value)
	switch f.Type {
	case Choice, Several:
		var names []string
		for _, v := range strings.Split(value, "\n") {
			for _, o := range f.Options {
				if o.ID == v {
					names = append(names, o.Name)
				}
			}
		}
		return strings.Join(names, ", ")
	case YesNo:
		if value != yes {
			return "non"
		}
	case Day:
		if d, err := authority.ParseDay(value); err == nil {
			return french.Date(d.Time())
		}
	case Amount:
		if n, ok := amount(value); ok {
			return french.Amount(n)
		}
	}
	return value
}
