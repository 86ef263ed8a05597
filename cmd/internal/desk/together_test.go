package desk

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/council"
)

// The secretary writes a draft in the window while the mayor writes it on her own laptop: each has the words of the other,
// the secretary goes on typing where she was, and what the mayor wrote while she was offline is there when she is back.
func TestTwoWriteADraftInTheWindow(t *testing.T) { inTheWindow(t, "together") }

func (h *hands) together() error {
	mayor, secretary := h.seats[0], h.seats[1]
	id := ""
	reads := func(words string) func() bool {
		return func() bool {
			d, err := mayor.Hall.Council.Deliberation(h.ctx, id)
			return err == nil && slices.ContainsFunc(d.Text.Blocks, func(b council.Block) bool { return strings.Contains(b.Text, words) })
		}
	}
	return h.play([]step{
		{"the secretary begins a draft", func() error {
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"), h.click("Conseil"), h.click("Nouvelle délibération"), h.click("Sujet libre"), h.see("+ Considérant"),
				h.click("+ Considérant"), h.x("type", "--delay", "25", "la toiture fuit"))
		}},
		{"the mayor has what she typed", func() error {
			return h.until("the mayor reads it", func() bool {
				all, err := mayor.Hall.Council.Deliberations(h.ctx)
				for _, d := range all {
					if id = d.ID; err == nil && reads("la toiture fuit")() {
						return true
					}
				}
				return false
			})
		}},
		{"the mayor's words come around the cursor", func() error {
			return errors.Join(h.add(mayor, id, council.Block{Kind: council.BlockGround, Text: "que l’école rouvre en septembre"}, "Considérant que "), h.see("que l’école rouvre en septembre"), h.see("écrit en ce moment"),
				h.x("type", "--delay", "25", " depuis mars"), h.until("the mayor reads on", reads("Considérant que la toiture fuit depuis mars")))
		}},
		{"without a line", func() error {
			return errors.Join(h.leave(), h.see("que l’école rouvre en septembre"), h.click("+ Exposé"), h.x("type", "--delay", "25", "Le devis est de douze mille euros."),
				h.add(mayor, id, council.Block{Kind: council.BlockStatement, Text: "Le couvreur est venu."}, ""))
		}},
		{"what both wrote is one text", func() error {
			return errors.Join(h.comeBack(), h.see("Le couvreur est venu."), h.see("Le devis est de douze mille euros."), h.until("the mayor reads it all", reads("Le devis est de douze mille euros.")))
		}},
		{"a version holds it", func() error {
			return errors.Join(h.click("Versions"), h.see("Comparer la version"))
		}},
	})
}

// add writes a paragraph at the end of a draft on somebody's laptop, and words before that of the roof.
func (h *hands) add(seat *window.Seat, id string, b council.Block, before string) error {
	hall := seat.Hall
	person, err := hall.Person(h.ctx)
	if err != nil {
		return err
	}
	had, err := hall.Council.Written(h.ctx, id)
	if err != nil {
		return err
	}
	text := had.Text
	text.Blocks = append(slices.Clone(text.Blocks), b)
	for i := range text.Blocks {
		if strings.HasPrefix(text.Blocks[i].Text, "la toiture") {
			text.Blocks[i].Text = before + text.Blocks[i].Text
		}
	}
	_, err = hall.Council.Write(h.ctx, person, had, text)
	return err
}
