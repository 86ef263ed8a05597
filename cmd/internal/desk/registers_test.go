package desk

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
)

// After a sitting: the list is noted as posted, the minutes are written, settled by the next sitting and signed, the whole
// sitting is sent to be signed, the register is laid out, an order is drafted, numbered and sent.
func TestRegistersInTheWindow(t *testing.T) {
	aside(t)
	inTheWindow(t, "follow")
}

// held is a sitting with its votes and numbers, closed.
func (h *hands) held(at time.Time, subjects ...string) (id string, err error) {
	c := h.seats[0].Hall.Council
	in := council.Convene{At: at, Place: "en mairie, salle du conseil", Convened: authority.DayOf(at).Plus(-6), Posted: authority.DayOf(at).Plus(-6)}
	for _, subject := range subjects {
		draft, err := c.Draft(h.ctx, demo.Mayor, "")
		if err != nil {
			return "", err
		}
		d, err := c.Deliberation(h.ctx, draft)
		if err != nil {
			return "", err
		}
		text := council.Text{Blocks: []council.Block{{Kind: council.BlockTitle, Text: subject}, {Kind: council.BlockStatement, Text: "Le rapporteur expose l’affaire."}, {Kind: council.BlockArticle, Text: "APPROUVE la proposition du rapporteur."}}}
		if err := c.Save(h.ctx, demo.Mayor, draft, d.Edition, text); err != nil {
			return "", err
		}
		in.Agenda = append(in.Agenda, draft)
	}
	if id, err = c.Convene(h.ctx, demo.Mayor, in); err != nil {
		return "", err
	}
	s, err := c.Sitting(h.ctx, id)
	if err != nil {
		return "", err
	}
	for _, m := range s.Members {
		if err := c.Call(h.ctx, demo.Mayor, id, m.ID, council.Attendance{Presence: council.Present}); err != nil {
			return "", err
		}
	}
	if err := c.NameSecretary(h.ctx, demo.Mayor, id, demo.Deputy); err != nil {
		return "", err
	}
	for _, d := range in.Agenda {
		if _, err := c.Vote(h.ctx, demo.Mayor, id, council.Ballot{Deliberation: d, Manner: council.Ordinary}, ""); err != nil {
			return "", err
		}
		if _, err := c.Finalise(h.ctx, demo.Mayor, d, id); err != nil {
			return "", err
		}
	}
	return id, c.Close(h.ctx, demo.Mayor, id)
}

// dayOf is a day as the page says it: without the year when it is this one.
func dayOf(day, now time.Time) string {
	return strings.TrimSuffix(lang.Day(day), " "+strconv.Itoa(now.Year()))
}

func (h *hands) registers() error {
	now := time.Now()
	first := time.Date(now.Year(), now.Month(), now.Day()-9, 20, 0, 0, 0, now.Location())
	second := first.AddDate(0, 0, 8)
	year := strconv.Itoa(first.Year())
	return h.play([]step{
		{"two sittings are held", func() error {
			_, err := h.held(first, "Tarifs de la salle des fêtes", "Adhésion à l’agence départementale", "Convention avec l’amicale imaginaire")
			if err != nil {
				return err
			}
			_, err = h.held(second, "Décision modificative n° 1")
			return err
		}},
		{"the start page tells what is late", func() error {
			return errors.Join(h.see("Afficher et mettre en ligne la liste des délibérations — séance du "+first.Format("02/01/2006")), h.shoot("home"))
		}},
		{"opens the registers", func() error {
			return errors.Join(h.click("Conseil"), h.click("Registres"), h.click("Séance du "+lang.Day(first)), h.see("En retard depuis le "+dayOf(first.AddDate(0, 0, 7), now)), h.see("Page 1 sur 1"))
		}},
		{"notes the list as posted and online", func() error {
			return errors.Join(h.click("Noter l’affichage"), h.see("Affichée en mairie le "+lang.Day(now)), h.click("Publier la liste…"), h.see("Auteur, inscrit sur l’acte en ligne"), h.click("Publier"), h.see("L’acte est publié."), h.click("Registres"), h.see("Mise en ligne le "+lang.Day(now)))
		}},
		{"two computers write the minutes without knowing of one another", func() error {
			s, err := h.seats[0].Hall.Council.Sittings(h.ctx)
			if err != nil {
				return err
			}
			if _, err := h.seats[0].Hall.Exchange(h.ctx); err != nil {
				return err
			}
			if err := h.until("the sitting has travelled", func() bool {
				_, exchanged := h.seats[1].Hall.Exchange(h.ctx)
				_, err := h.seats[1].Hall.Council.Sitting(h.ctx, s[0].ID)
				return exchanged == nil && err == nil
			}); err != nil {
				return err
			}
			for i, seat := range h.seats[:2] {
				seat.Hall.Sync.SetOnline(false)
				m, _, err := seat.Hall.Registers.Minutes(h.ctx, s[0].ID)
				if err != nil {
					return err
				}
				m.Text[0].Text = fmt.Sprintf("Texte de l’ordinateur %d.", i+1)
				if err := seat.Hall.Registers.SaveMinutes(h.ctx, demo.Mayor, s[0].ID, "", m.Text, ""); err != nil {
					return err
				}
			}
			for _, seat := range []int{1, 0} {
				h.seats[seat].Hall.Sync.SetOnline(true)
				if _, err := h.seats[seat].Hall.Exchange(h.ctx); err != nil {
					return err
				}
			}
			if err := errors.Join(h.click("Séance du "+lang.Day(second)), h.see("Deux ordinateurs ont écrit à la même place"), h.shoot("conflict"), h.click("Voir l’autre texte"), h.click("Reprendre l’autre"), h.see("Le choix est noté.")); err != nil {
				return err
			}
			if err := h.until("the other text stands", func() bool {
				m, _, err := h.seats[0].Hall.Registers.Minutes(h.ctx, s[0].ID)
				return err == nil && m.Text[0].Text == "Texte de l’ordinateur 1."
			}); err != nil {
				return err
			}
			return h.click("Séance du " + lang.Day(first))
		}},
		{"writes the minutes", func() error {
			return errors.Join(h.click("Rédiger le procès-verbal…"), h.see("Fin de séance"), h.click("Ajouter un paragraphe"), h.x("type", "--delay", "25", "Un membre demande le cout de la remise en etat."), h.see("Page 1 sur 2"), h.shoot("minutes"),
				h.click("Enregistrer"), h.see("Le texte est enregistré."), h.see("Noter l’arrêt du procès-verbal"))
		}},
		{"has them settled and signed", func() error {
			return errors.Join(h.click("Noter l’arrêt du procès-verbal"), h.see("Le procès-verbal est arrêté."), h.see("Procès-verbal signé"), h.x("sleep", "1"), h.click("Noter la signature"), h.see("La signature est notée."), h.x("sleep", "1"), h.click("Noter la publication"), h.see("La publication est notée."))
		}},
		{"sends the whole sitting", func() error {
			return errors.Join(h.click("Envoyer toute la séance à la signature"), h.see("3 délibérations sont parties à la signature."), h.see("Elles sont dans le parapheur"))
		}},
		{"looks at the papers", func() error {
			return errors.Join(h.click("Affiche"), h.see("Page 1 sur 1"), h.shoot("poster"), h.click("Convocations"), h.shoot("summons"), h.click("Certificat"), h.shoot("certificate"), h.click("Feuillets du registre"), h.see("Page 1 sur 5"), h.x("sleep", "1.5"), h.shoot("sheets"))
		}},
		{"asks for something to be done", func() error {
			return errors.Join(h.click("Suite à donner…"), h.see("Par qui"), h.x("type", "--delay", "25", "Afficher les nouveaux tarifs"), h.below("Par qui"), h.click("M. Jean MODÈLE"), h.click("Noter"), h.see("La suite à donner est notée."), h.see("Afficher les nouveaux tarifs — M. Jean MODÈLE"))
		}},
		{"lays the register out", func() error {
			return errors.Join(h.click("Registre des délibérations 20"), h.click("Préparer le registre"), h.see("Page 1 sur "), h.see("Séance du "+lang.Day(first)+" : non"), h.x("sleep", "1.5"))
		}},
		{"begins an order", func() error {
			return errors.Join(h.click("Arrêtés "+year), h.click("Sujet libre"), h.click("Lutte contre la divagation des animaux (projet)"), h.click("Nouvel arrêté"), h.see("Donner son numéro"))
		}},
		{"is told what is missing", func() error {
			return errors.Join(h.click("Donner son numéro"), h.see("Il manque : Fourrière."), h.click("Fermer"), h.see("Donner son numéro"))
		}},
		{"numbers it and sends it", func() error {
			return errors.Join(h.below("Fourrière"), h.x("type", "--delay", "25", "de la SPA fictive"), h.shoot("order"), h.click("Donner son numéro"), h.see("L’acte a son numéro."), h.see("Arrêté AR"+strconv.Itoa(now.Year())+"-001"),
				h.click("Envoyer à la signature"), h.see("L’acte est parti à la signature."))
		}},
		{"signs it", func() error {
			return errors.Join(h.click("Parapheur"), h.click("AR"+strconv.Itoa(now.Year())+"-001 — Lutte"), h.see("Page 1 sur 1"), h.click("Signer"), h.see("Signer 1 dossier"), h.x("type", "--delay", "60", demo.PIN), h.x("key", "Return"), h.see("1 dossier signé."))
		}},
		{"notes it as published", func() error {
			return errors.Join(h.click("Conseil"), h.click("Registres"), h.click("Arrêtés "+year), h.click("AR"+strconv.Itoa(now.Year())+"-001 Lutte contre la divagation des animaux"), h.see("Signé"), h.click("Noter la publication"), h.see("Publié le "+lang.Day(now)), h.x("sleep", "1.5"))
		}},
	})
}
