package desk

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/store"
)

// What binds a member to its agency is read without a line: its contracts with their terms and documents, whom to call about what.
// Social aid has a place of its own, which is data of the agency, as is a service that it offers there later: a question about a file
// is asked, talked of, and closed.
func TestMemberInTheWindow(t *testing.T) { atAgencyInTheWindow(t, "member") }

// tell has the agency make a contract known, and both computers know.
func (h *hands) tell(id string, c services.Contract, documents ...[]byte) error {
	return errors.Join(h.town.Server.Tell(h.ctx, demo.AuthorityID, services.ContractPrefix+id, services.KindContract, c, documents...), h.exchange())
}

func (h *hands) member() error {
	mayor, secretary := h.seats[0], h.seats[1]
	typed := func(text string) error { return h.x("type", "--delay", "20", text) }
	in := func(label, text string) error { return errors.Join(h.field(label), typed(text)) }
	today := authority.DayOf(h.now())
	day := func(n int) authority.Day { return today.Plus(n) }
	membership := services.Contract{Title: "Adhésion au socle de services", Number: "A-2023-118", About: "Parapheur, télétransmission, assistance et formation.", Since: "2023-01-01", Until: day(200), Notice: day(30), Renewal: "un an, par tacite reconduction",
		Lines: []services.Detail{{Label: "Cotisation de l’année", Value: "1\u202f250,00\u202f€"}, {Label: "Délibération d’adhésion", Value: "n°\u00a02022-031"}}, Contact: "Basile FICTIF",
		Files: []services.File{{Name: "Convention.pdf", Digest: store.DigestOf(demo.Letter), Size: int64(len(demo.Letter))}}}
	var file services.Request
	return h.play([]step{
		{"the agency tells two contracts", func() error {
			return errors.Join(h.browser(), h.tell("A-2023-118", membership, demo.Letter), h.tell("W-12", services.Contract{Title: "Site internet (Webpublic)", Since: "2024-06-01"}), h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"))
		}},
		{"without a line, what ends is told first, with all that it says", func() error {
			return errors.Join(h.leave(), h.click("Services"), h.click("Contrats et contacts"), h.see("préavis"), h.see("Pour qu’il ne soit pas renouvelé"), h.see("Adhésion au socle de services"), h.see("A-2023-118"), h.see("un an, par tacite reconduction"), h.see("Cotisation de l’année"), h.see("1 250,00 €"), h.shoot("contract"),
				h.click("Convention.pdf"), func() error {
					path, err := h.opened("/")
					if err != nil {
						return err
					}
					got, err := os.ReadFile(path)
					if err == nil && store.DigestOf(got) != store.DigestOf(demo.Letter) {
						err = errors.New("the convention is another document")
					}
					return err
				}(), h.click("Site internet (Webpublic)"), h.see("sans terme"), h.shoot("endless"))
		}},
		{"whom to call about what, and the number copied", func() error {
			return errors.Join(h.click("Ambre CHIMÈRE · 05 36 49 00 46"), h.see("Accompagnement des CCAS"), h.shoot("contact"), h.click("Copier le numéro"), h.until("the number is copied", func() (is bool) {
				fyne.DoAndWait(func() { is = fyne.CurrentApp().Clipboard().Content() == "05 36 49 00 46" })
				return is
			}))
		}},
		{"a contract is written about, its name being there already", func() error {
			return errors.Join(h.click("Adhésion au socle de services"), h.click("Écrire à l’agence à ce propos…"), h.see("Adhésion au socle de services A-2023-118"), h.field("À propos de (obligatoire)"), h.click("une résiliation"), in("Votre demande (obligatoire)", "Que faut-il deliberer ?"), h.shoot("about"),
				h.click("Envoyer la demande"), h.see("La demande est enregistrée."), h.see("Contrat et adhésion : question ou modification"))
		}},
		{"the contract is found by the search field of the window", func() error {
			return errors.Join(h.x("key", "ctrl+k"), typed("A-2023-118"), h.see("Contrat avec l’agence"), h.shoot("searched"), h.click("Contrat avec l’agence"), h.see("Écrire à l’agence à ce propos…"))
		}},
		{"social aid: a question about a file, without a name", func() (err error) {
			if err := errors.Join(h.click("Action sociale"), h.see("Rien n’est demandé"), h.see("Ambre CHIMÈRE : 05 36 49 00 46"), h.shoot("social"), h.click("Action sociale : question sur un dossier"), h.see("Ne nommez personne"), in("Numéro du dossier dans le logiciel (obligatoire)", "2026-0412"),
				h.field("Sujet (obligatoire)"), h.click("aides facultatives"), in("Votre question (obligatoire)", "Quelles pieces manquent ?"), h.shoot("file"), h.click("Envoyer la demande"), h.see("La demande est enregistrée."), h.see("à traiter")); err != nil {
				return err
			}
			file, err = h.asked("question sur un dossier")
			return err
		}},
		{"it is talked of and closed", func() error {
			return errors.Join(h.comeBack(), h.exchange(), h.answer(file.ID, services.KindReceived, services.Answer{Step: "Précisions demandées"}), h.answer(file.ID, services.KindReplied, services.Answer{Text: "De quel mois s’agit-il ?"}), h.see("De quel mois s’agit-il ?"), h.see("à vous"), h.shoot("asked-back"),
				h.click("Votre message à l’agence"), typed("Octobre."), h.click("Envoyer le message"), h.see("Message enregistré."), h.see("Octobre."), h.exchange(), h.answer(file.ID, services.KindClosed, services.Answer{Text: "L’attestation de ressources."}), h.see("L’attestation de ressources."), h.see("Êtes-vous satisfait ?"), h.shoot("closed"))
		}},
		{"a service and a rubric of the agency's come with its catalogue", func() error {
			return errors.Join(h.catalogue(func(c *services.Catalogue) {
				c.Themes = append(c.Themes, services.Theme{ID: "school", Name: "Écoles", About: "Tableaux, réseaux", Rubric: true})
				c.Services = append(c.Services, services.Service{ID: "aid", Theme: "social", Name: "Action sociale : reprise de données", Field: []services.Field{{ID: "from", Label: "Ancien logiciel", Type: services.Line, Required: true}}},
					services.Service{ID: "board", Theme: "school", Name: "Tableau numérique", Field: []services.Field{{ID: "room", Label: "Classe", Type: services.Line, Required: true}}})
			}), h.click("Écoles"), h.click("Tableau numérique"), in("Classe (obligatoire)", "CP"), h.click("Envoyer la demande"), h.see("La demande est enregistrée."), h.see("CP"), h.click("Action sociale"), h.see("Action sociale : reprise de données"), h.shoot("rubrics"))
		}},
		{"a contract that was ended is over, another authority sees none", func() error {
			membership.Ended = true
			seen, err := h.neighbour()
			if err != nil || len(seen) != 1 {
				return fmt.Errorf("the neighbour sees %+v: %w", seen, err)
			}
			return errors.Join(h.tell("A-2023-118", membership, demo.Letter), h.click("Contrats et contacts"), h.click("Adhésion au socle de services"), h.see("terminé"), h.unseen("préavis"), h.shoot("over"))
		}},
	})
}
