package desk

import (
	"errors"
	"testing"
)

// A subject is looked for in the library, drafted, kept as a model, read again.
func TestDraftingInTheWindow(t *testing.T) { inTheWindow(t, "drafting") }

func (h *hands) drafting() error {
	mayor, secretary := h.seats[0], h.seats[1]
	return h.play([]step{
		{"the secretary opens the library", func() error {
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"), h.click("Conseil"),
				h.click("Nouvelle délibération"), h.see("Choisir un modèle"), h.see("Budget primitif"))
		}},
		{"looks for the canteen", func() error {
			return errors.Join(h.click("Chercher un sujet"), h.x("type", "--delay", "40", "cantine"), h.see("Tarifs de la cantine"), h.click("Tarifs de la cantine"),
				h.see("Le tarif ne peut dépasser le coût par usager."), h.see("Page 1 sur 1"))
		}},
		{"begins", func() error {
			return errors.Join(h.click("Commencer ce projet"), h.see("Coût de revient du repas"), h.see("Repas d’un adulte"))
		}},
	})
}
