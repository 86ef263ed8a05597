package privacy

import (
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
)

const (
	answerArticle = "RGPD, art. 12.3 ; règlement (CEE, Euratom) n° 1182/71, art. 3"
	breachArticle = "RGPD, art. 33.1"
)

// Deadline gives the last day to answer a request: a month after it was received, three when it
// was extended (GDPR, art. 12.3), moved to the next working day (Regulation 1182/71, art. 3.4).
func Deadline(received authority.Day, extended bool) authority.Day {
	months := 1
	if extended {
		months = 3
	}
	d := received.Months(months)
	for !working(d) {
		d = d.Plus(1)
	}
	return d
}

func working(d authority.Day) bool {
	w := d.Time().Weekday()
	return w != time.Saturday && w != time.Sunday && authority.Holiday(d) == ""
}

// MayExtend tells whether the term may still be made longer: once, and within the first month.
func MayExtend(r Request, why string, today authority.Day) error {
	switch {
	case r.State != Received:
		return &rule.Refusal{Article: answerArticle, Why: "Cette demande a déjà sa réponse.", Cure: "Il n’y a rien à faire."}
	case r.Extended:
		return &rule.Refusal{Article: answerArticle, Why: "Le délai a déjà été prolongé de deux mois.", Cure: "Répondez avant l’échéance."}
	case today > Deadline(r.Received, false):
		return &rule.Refusal{Article: answerArticle, Why: "La prolongation s’annonce à la personne dans le premier mois, qui est passé.", Cure: "Répondez sans attendre."}
	case strings.TrimSpace(why) == "":
		return &rule.Refusal{Article: answerArticle, Why: "La prolongation tient à la complexité ou au nombre des demandes : son motif est dit à la personne.", Cure: "Écrivez-le."}
	}
	return nil
}

// MayClose tells whether a request may be answered, or refused with a reason (art. 12.4).
func MayClose(r Request, text string) error {
	if r.State != Received {
		return &rule.Refusal{Article: answerArticle, Why: "Cette demande a déjà sa réponse.", Cure: "Il n’y a rien à faire."}
	}
	if strings.TrimSpace(text) == "" {
		return &rule.Refusal{Article: "RGPD, art. 12.3 et 12.4", Why: "La suite donnée, ou le motif du refus, est gardée avec la demande.", Cure: "Écrivez-la en une phrase."}
	}
	return nil
}

func acceptable(a Asked, today authority.Day) error {
	known := false
	for _, r := range Rights() {
		known = known || r == a.Right
	}
	switch {
	case strings.TrimSpace(a.Name) == "":
		return &rule.Refusal{Article: "RGPD, art. 12", Why: "Le nom de la personne manque.", Cure: "Écrivez qui demande."}
	case !known:
		return &rule.Refusal{Article: "RGPD, art. 15 à 21", Why: "Le droit exercé manque.", Cure: "Choisissez-le."}
	case a.Received == "" || a.Received > today:
		return &rule.Refusal{Article: answerArticle, Why: "Le jour de réception manque, ou n’est pas encore venu.", Cure: "Le délai d’un mois court de ce jour : écrivez-le."}
	}
	return nil
}

// NotifyBefore is until when the CNIL is told of a breach: 72 hours, which run on (art. 33.1).
func NotifyBefore(aware time.Time) time.Time { return aware.Add(72 * time.Hour) }

func complete(t Told, now time.Time) error {
	known := false
	for _, r := range Risks() {
		known = known || r == t.Risk
	}
	switch {
	case strings.TrimSpace(t.Title) == "" || strings.TrimSpace(t.Happened) == "":
		return &rule.Refusal{Article: "RGPD, art. 33.3.a", Why: "La nature de la violation manque.", Cure: "Dites ce qui s’est passé : le reste se complète ensuite."}
	case t.Aware.IsZero() || t.Aware.After(now):
		return &rule.Refusal{Article: breachArticle, Why: "Le moment où la collectivité l’a su manque, ou n’est pas encore venu.", Cure: "Le délai de 72 heures court de ce moment : écrivez-le."}
	case !known:
		return &rule.Refusal{Article: breachArticle, Why: "Le risque pour les personnes manque.", Cure: "Choisissez-le ; en cas de doute, demandez au délégué à la protection des données."}
	}
	return nil
}

// MayNotify tells whether a notification may be noted. Past the 72 hours, the reasons of the
// delay go with it (art. 33.1).
func MayNotify(b Breach, at time.Time, reason string) error {
	switch {
	case !b.Notified.IsZero():
		return &rule.Refusal{Article: breachArticle, Why: "La notification est déjà notée.", Cure: "Il n’y a rien à faire."}
	case at.Before(b.Aware):
		return &rule.Refusal{Article: breachArticle, Why: "La notification précède le moment où la violation a été connue.", Cure: "Corrigez l’heure."}
	case at.After(NotifyBefore(b.Aware)) && strings.TrimSpace(reason) == "":
		return &rule.Refusal{Article: breachArticle, Why: "Après 72 heures, les motifs du retard accompagnent la notification.", Cure: "Écrivez-les."}
	}
	return nil
}

// MayEnd tells whether a breach may be closed.
func MayEnd(b Breach, reason string) error {
	reason = strings.TrimSpace(reason + b.Reason)
	switch {
	case b.Closed:
		return &rule.Refusal{Article: "RGPD, art. 33.5", Why: "Cette violation est déjà close.", Cure: "Il n’y a rien à faire."}
	case b.Risk != NoRisk && b.Notified.IsZero():
		return &rule.Refusal{Article: breachArticle, Why: "Cette violation présente un risque et n’a pas été notifiée à la CNIL.", Cure: "Notifiez-la, puis notez-en le numéro."}
	case b.Risk == HighRisk && b.Spread.IsZero() && reason == "":
		return &rule.Refusal{Article: "RGPD, art. 34.1 et 34.3", Why: "Le risque est élevé et les personnes n’ont pas été prévenues.", Cure: "Prévenez-les, ou écrivez laquelle des exceptions de l’article 34.3 s’applique."}
	case b.Risk == NoRisk && reason == "":
		return &rule.Refusal{Article: "RGPD, art. 33.1 et 33.5", Why: "L’absence de risque se justifie : la CNIL peut vérifier ce registre.", Cure: "Écrivez pourquoi il n’y en a pas."}
	}
	return nil
}

func writable(a Activity) error {
	for _, m := range []struct{ value, what string }{{a.Name, "le nom"}, {a.Purposes, "les finalités"}, {a.People, "les catégories de personnes"}, {a.Data, "les catégories de données"}, {a.Retention, "la durée de conservation"}, {a.Security, "les mesures de sécurité"}} {
		if strings.TrimSpace(m.value) == "" {
			return &rule.Refusal{Article: "RGPD, art. 30.1", Why: "Il manque " + m.what + " à cette fiche du registre.", Cure: "Écrivez-les, même en quelques mots."}
		}
	}
	return nil
}
