package registers

import (
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

const (
	articleList    = "CGCT, art. L2121-25"
	articleMinutes = "CGCT, art. L2121-15"
	articleBook    = "CGCT, art. R2121-9"
	articleReport  = "CGCT, art. L2122-23"
)

// article is the text that asks for a formality.
var article = map[Formality]string{SummonsPosted: "CGCT, art. L2121-10", ListPosted: articleList, ListOnline: articleList, ClosingSigned: articleBook}

// CheckFormality tells whether a formality may be noted for a day: not before the sitting, but for the summons, and not in the future.
func CheckFormality(what Formality, s council.Sitting, day, today authority.Day) error {
	a, known := article[what]
	held := authority.DayOf(s.At)
	switch {
	case !known:
		return &rule.Refusal{Why: "Cette formalité n’existe pas.", Cure: "Choisissez-la dans la liste."}
	case day == "":
		return &rule.Refusal{Article: a, Why: "Le jour manque.", Cure: "Indiquez le jour où cela a été fait."}
	case day > today:
		return &rule.Refusal{Article: a, Why: "Ce jour n’est pas encore venu.", Cure: "Notez la formalité une fois faite."}
	case what == SummonsPosted && day > held:
		return &rule.Refusal{Article: a, Why: "La convocation est affichée avant la séance.", Cure: "Corrigez le jour."}
	case what != SummonsPosted && day < held:
		return &rule.Refusal{Article: a, Why: "Ce jour précède la séance du " + french.Date(held.Time()) + ".", Cure: "Corrigez le jour."}
	case what == ClosingSigned && !s.Closed:
		return &rule.Refusal{Article: a, Why: "La séance n’est pas levée : son feuillet de clôture n’est pas complet.", Cure: "Levez la séance, imprimez le feuillet, faites-le signer."}
	}
	return nil
}

// CheckDraftMinutes tells whether the text of minutes may still change: once settled, corrections alone are added (L2121-15).
func CheckDraftMinutes(m *Minutes, text []Paragraph) error {
	switch {
	case m != nil && m.Settled != nil:
		return &rule.Refusal{Article: articleMinutes, Why: "Ce procès-verbal est arrêté : son texte ne change plus.", Cure: "Faites noter une observation au procès-verbal de la prochaine séance."}
	case len(text) > maxParagraphs:
		return &rule.Refusal{Why: fmt.Sprintf("Un procès-verbal compte au plus %d paragraphes.", maxParagraphs), Cure: "Regroupez des paragraphes."}
	}
	for _, p := range text {
		if len(p.Text) > maxParagraphText {
			return &rule.Refusal{Why: "Un paragraphe est trop long.", Cure: "Coupez-le en plusieurs."}
		}
	}
	return nil
}

// CheckSettle tells whether a sitting may settle the minutes of another: drafted, of an earlier sitting that was closed,
// and not settled yet (L2121-15).
func CheckSettle(m *Minutes, of, by council.Sitting, today authority.Day) error {
	refuse := func(why, cure string) error { return &rule.Refusal{Article: articleMinutes, Why: why, Cure: cure} }
	switch {
	case m == nil:
		return refuse("Le procès-verbal n’est pas encore rédigé.", "Rédigez-le, puis faites-le arrêter.")
	case m.Settled != nil:
		return refuse("Ce procès-verbal est déjà arrêté.", "Ouvrez-le.")
	case !of.Closed:
		return refuse("La séance n’est pas levée.", "Levez-la, puis relisez le procès-verbal.")
	case by.ID == of.ID || !by.At.After(of.At):
		return refuse("Le procès-verbal est arrêté au commencement de la séance suivante.", "Choisissez une séance postérieure.")
	case authority.DayOf(by.At) > today:
		return refuse("Cette séance n’est pas encore tenue.", "Notez l’arrêt du procès-verbal quand elle a commencé.")
	}
	return nil
}

// CheckSign tells whether minutes may be noted as signed (L2121-15).
func CheckSign(m *Minutes, day, today authority.Day) error {
	refuse := func(why, cure string) error { return &rule.Refusal{Article: articleMinutes, Why: why, Cure: cure} }
	switch {
	case m == nil || m.Settled == nil:
		return refuse("Le procès-verbal est signé par le maire et le ou les secrétaires une fois arrêté.", "Faites-le arrêter au commencement de la prochaine séance.")
	case day == "" || day > today || day < authority.DayOf(m.Settled.At):
		return refuse("Le jour de la signature n’est pas possible.", "Indiquez un jour entre celui où il a été arrêté et aujourd’hui.")
	}
	return nil
}

// CheckPublishMinutes tells whether minutes may be noted as published: settled and signed first (L2121-15).
func CheckPublishMinutes(m *Minutes, day, today authority.Day) error {
	refuse := func(why, cure string) error { return &rule.Refusal{Article: articleMinutes, Why: why, Cure: cure} }
	switch {
	case m == nil || m.Settled == nil || m.Signed == "":
		return refuse("Le procès-verbal est publié une fois arrêté et signé.", "Faites-le arrêter, puis signer par le maire et le secrétaire.")
	case day == "" || day > today || day < authority.DayOf(m.Settled.At):
		return refuse("Le jour de la publication n’est pas possible.", "Indiquez un jour entre celui où il a été arrêté et aujourd’hui.")
	}
	return nil
}

// CheckNumber tells whether an order may take its number: complete, and signed by somebody.
func CheckNumber(o Order, signer authority.Person, day, today authority.Day) error {
	unset := o.Text.Unset()
	switch {
	case o.Number != "":
		return &rule.Refusal{Article: "CGCT, art. R2122-7", Why: "Cet acte a déjà son numéro " + o.Number + ".", Cure: "Ouvrez-le."}
	case o.Text.Subject() == "" || len(o.Text.Of(council.BlockArticle)) == 0:
		return &rule.Refusal{Why: "Il manque l’objet ou les articles.", Cure: "Complétez le texte."}
	case len(unset) > 0:
		return &rule.Refusal{Why: "Il manque : " + strings.Join(unset, ", ") + ".", Cure: "Complétez le texte."}
	case signer.ID == "" || !signer.In(day):
		return &rule.Refusal{Article: "CGCT, art. L2122-18", Why: "Le signataire n’est pas en fonction ce jour-là.", Cure: "Choisissez le maire, ou qui a reçu sa délégation."}
	case day < today:
		return &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "Un acte ne s’antidate pas.", Cure: "Donnez-lui la date du jour."}
	}
	return nil
}

// CheckRenumberOrder tells whether an order may take another number: it shares its own, and is not on its way to be signed.
func CheckRenumberOrder(status Status, shared bool) error {
	switch status {
	case Numbered:
		return council.CheckRenumber(council.StatusFinalised, shared)
	case Sent, Signed:
		return council.CheckRenumber(council.StatusSent, shared)
	}
	return council.CheckRenumber(council.StatusDraft, false)
}

// CheckKnown tells whether an order may be noted as published or notified: once signed (L2131-1).
func CheckKnown(o Order, day, today authority.Day) error {
	refuse := func(why, cure string) error {
		return &rule.Refusal{Article: "CGCT, art. L2131-1", Why: why, Cure: cure}
	}
	switch {
	case o.Status != Signed:
		return refuse("L’acte n’est pas encore signé.", "Faites-le signer d’abord.")
	case day == "" || day > today || day < o.Date:
		return refuse("Le jour n’est pas possible.", "Indiquez un jour entre la date de l’acte et aujourd’hui.")
	}
	return nil
}

// CheckReport tells whether a decision may be reported to a sitting: signed by then (L2122-23).
func CheckReport(o Order, s council.Sitting) error {
	refuse := func(why, cure string) error { return &rule.Refusal{Article: articleReport, Why: why, Cure: cure} }
	switch {
	case o.Series != council.SeriesDecision:
		return refuse("Seules les décisions prises par délégation font l’objet d’un compte rendu.", "Choisissez une décision.")
	case o.Status != Signed:
		return refuse("La décision "+o.Number+" n’est pas signée.", "Faites-la signer, ou rendez-en compte à la séance suivante.")
	case o.Date > authority.DayOf(s.At):
		return refuse("La décision "+o.Number+" est postérieure à la séance.", "Rendez-en compte à la séance suivante.")
	case o.Reported != "":
		return refuse("Il a déjà été rendu compte de la décision "+o.Number+".", "Ouvrez le compte rendu.")
	}
	return nil
}

// CheckFollowup tells whether something may be asked of somebody.
func CheckFollowup(f Followup) error {
	switch {
	case strings.TrimSpace(f.What) == "" || len(f.What) > 2000:
		return &rule.Refusal{Why: "Il manque ce qu’il faut faire, en quelques mots.", Cure: "Écrivez-le."}
	case f.Person == "":
		return &rule.Refusal{Why: "Il manque qui doit le faire.", Cure: "Choisissez une personne."}
	}
	return nil
}

// DueAfter tells what is due after a sitting, in order. next is the first sitting held after it, if any; unsigned is how many of
// its deliberations are not signed yet, unreported how many decisions it has not been told of.
func DueAfter(r Record, today authority.Day, unsigned int, unreported bool) []Due {
	held := authority.DayOf(r.Sitting.At)
	done := func(step Step, a string, deadline authority.Day, on authority.Day) Due {
		return Due{Step: step, Article: a, Deadline: deadline, Done: on, Finished: on != "", Late: on == "" && deadline != "" && deadline < today}
	}
	all := []Due{done(StepSummons, article[SummonsPosted], r.Sitting.Summons.Latest, r.summonsPosted())}
	if today < held && !r.Sitting.Closed {
		return all
	}
	all = append(all, done(StepList, articleList, council.ListDue(held), later(r.Formalities[ListPosted], r.Formalities[ListOnline])))
	if len(r.Affairs) > 0 {
		all = append(all, Due{Step: StepSign, Article: "CGCT, art. L2121-23", Finished: unsigned == 0})
	}
	if unreported {
		all = append(all, Due{Step: StepDecision, Article: articleReport, Deadline: held, Late: held < today})
	}
	all = append(all, done(StepClosing, articleBook, "", r.Formalities[ClosingSigned]))
	m := r.Minutes
	all = append(all, Due{Step: StepMinutes, Article: articleMinutes, Finished: m != nil})
	if m == nil || m.Settled == nil {
		return append(all, Due{Step: StepSettle, Article: articleMinutes})
	}
	settled := authority.DayOf(m.Settled.At)
	return append(all, done(StepSettle, articleMinutes, "", settled), done(StepHand, articleMinutes, "", m.Signed),
		done(StepPublish, articleMinutes, council.MinutesDue(settled), m.Published))
}

// summonsPosted is the day noted, or that of the sitting's own record.
func (r Record) summonsPosted() authority.Day {
	if day := r.Formalities[SummonsPosted]; day != "" {
		return day
	}
	return r.Sitting.Posted
}

// later is the later of two days when both are set: the list is posted and put online.
func later(a, b authority.Day) authority.Day {
	if a == "" || b == "" {
		return ""
	}
	return max(a, b)
}
