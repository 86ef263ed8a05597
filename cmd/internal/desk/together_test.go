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

// The secretary prepares the agenda of a sitting in the window while the mayor prepares it on her own laptop, with a line and
// without; the summons announces what both made of it.
func TestTwoPrepareAnAgendaInTheWindow(t *testing.T) {
	aside(t)
	inTheWindow(t, "agenda")
}

func (h *hands) agenda() error {
	mayor, secretary := h.seats[0], h.seats[1]
	id := ""
	reads := func(words string) func() bool {
		return func() bool {
			all, err := mayor.Hall.Council.Agendas(h.ctx)
			if err != nil || len(all) == 0 {
				return false
			}
			id = all[0].ID
			return slices.ContainsFunc(all[0].Points, func(x council.Prepared) bool { return x.Words == words })
		}
	}
	return h.play([]step{
		{"the secretary begins an agenda", func() error {
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"), h.click("Conseil"), h.click("Séances"), h.click("Préparer un ordre du jour"), h.see("Aucun point encore"),
				h.click("jj/mm/aaaa"), h.x("type", "--delay", "25", "18/12/2026"), h.click("20h00"), h.x("type", "--delay", "25", "19h30"),
				h.click("Ajouter un point"), h.x("type", "--delay", "25", "Tarifs de la cantine"), h.x("key", "Return"), h.x("type", "--delay", "25", "Voirie"))
		}},
		{"the mayor has it", func() error {
			return h.until("the mayor reads the points", func() bool { return reads("Tarifs de la cantine")() && reads("Voirie")() })
		}},
		{"the mayor looks at it, and words a point", func() error {
			mayor.Hall.Sync.Attend("agenda/"+id, mayor.Hall.Person)
			return errors.Join(h.see("a aussi ce texte sous les yeux"), h.prepare(mayor, id, func(a *council.Agenda) {
				a.Points = append(a.Points, council.Prepared{ID: mayor.Hall.Council.NewPoint(), Words: "Questions diverses"})
			}), h.see("Questions diverses"), h.see("écrit en ce moment"), h.x("type", "--delay", "25", " communale"), h.until("the mayor reads on", reads("Voirie communale")), h.shoot("both"))
		}},
		{"without a line", func() error {
			return errors.Join(h.leave(), h.click("Voirie communale"), h.x("key", "alt+Up"), h.see("Voirie communale"), h.prepare(mayor, id, func(a *council.Agenda) {
				a.Points[1].Words += ", chemin du moulin"
				a.Points = append(a.Points, council.Prepared{ID: mayor.Hall.Council.NewPoint(), Words: "Subventions"})
			}))
		}},
		{"what both did is one agenda", func() error {
			return errors.Join(h.comeBack(), h.see("Voirie communale, chemin du moulin"), h.see("Subventions"), h.until("the mayor has it in order", func() bool {
				all, err := mayor.Hall.Council.Agendas(h.ctx)
				return err == nil && len(all) == 1 && len(all[0].Points) == 4 && all[0].Points[0].Words == "Voirie communale, chemin du moulin" && all[0].Points[3].Words == "Subventions"
			}), h.shoot("merged"))
		}},
		{"the summons announces it", func() error {
			return errors.Join(h.click("Convoquer sur cet ordre du jour…"), h.see("4. Subventions"), h.shoot("summons"), h.click("Convoquer"), h.see("Séance du"), h.see("Tenir la séance"), h.see("Voirie communale, chemin du moulin"), h.shoot("convened"))
		}},
	})
}

// prepare does something to an agenda on somebody's laptop.
func (h *hands) prepare(seat *window.Seat, id string, do func(*council.Agenda)) error {
	hall := seat.Hall
	person, err := hall.Person(h.ctx)
	if err != nil {
		return err
	}
	had, err := hall.Council.Agenda(h.ctx, id)
	if err != nil {
		return err
	}
	want := had.Agenda
	want.Points = slices.Clone(want.Points)
	do(&want)
	_, err = hall.Council.WriteAgenda(h.ctx, person, had, want)
	return err
}
