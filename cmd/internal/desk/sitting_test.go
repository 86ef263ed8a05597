package desk

import (
	"errors"
	"fmt"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/council"
)

// sitting is a whole evening: a summons that is late, then one in time; the agenda put in order; the call, a
// power, the secretary; the accounts under another president; a member who leaves and comes back; an amendment; a public
// ballot; closed doors; a pause; an act undone; the projector; the end.
func (h *hands) sitting() error {
	mayor := h.seats[0]
	var sitting *council.Sitting
	read := func() error {
		all, err := mayor.Hall.Council.Sittings(h.ctx)
		if err != nil || len(all) != 1 {
			return fmt.Errorf("%d sittings: %w", len(all), err)
		}
		sitting = &all[0]
		return nil
	}
	holds := func(what string, ok func(s *council.Sitting) bool) error {
		return h.until(what, func() bool { return read() == nil && ok(sitting) })
	}
	key := func(keys ...string) error {
		for _, k := range keys {
			if err := h.x("key", "--delay", "60", k, "sleep", "0.25"); err != nil {
				return err
			}
		}
		return nil
	}
	typed := func(text string) error { return h.x("type", "--delay", "25", text) }
	return h.play([]step{
		{"is told that the summons is late", func() error {
			return errors.Join(h.click("Conseil"), h.summons(h.soon(2), "20h30"), h.see("La convocation est tardive."), h.see("Convoquer en urgence"))
		}},
		{"sees the urgent term", func() error {
			return errors.Join(h.click("Convoquer en urgence"), h.see("1 jour franc, 1 exigé"))
		}},
		{"convenes in time", func() error {
			return errors.Join(h.click("Urgence : délai abrégé par le maire"), h.click("Séance ordinaire"), h.click(h.soon(2)), key("ctrl+a"), typed("11/01/2027"), h.see("3 exigés ; envoi au plus tard le 7 janvier 2027."),
				h.click("Convoquer"), h.see("La séance est convoquée."), h.see("Tenir la séance"))
		}},
		{"puts the agenda in order and names a reporter", func() error {
			first := ""
			return errors.Join(holds("it is there", func(s *council.Sitting) bool { first = s.Agenda[0].Subject; return true }), h.click("1. "+first), h.click("Descendre"),
				holds("the first went down", func(s *council.Sitting) bool { return s.Agenda[1].Subject == first }), h.see("2. "+first))
		}},
		{"sits down at the table", func() error {
			return errors.Join(h.click("Tenir la séance"), h.see("Ouverture de la séance"), h.see("il manque 8 membres."))
		}},
		{"calls by the keyboard", func() error {
			if err := h.click("Mme Maïté FICTIVE"); err != nil {
				return err
			}
			for range 9 {
				if err := key("p"); err != nil {
					return err
				}
			}
			return errors.Join(key("e"), holds("nine are present", func(s *council.Sitting) bool { return len(s.PresentAt("")) == 9 }), h.see("le quorum est atteint."))
		}},
		{"names the secretary", func() error {
			return errors.Join(h.click("À désigner parmi les présents"), h.click("M. Jean MODÈLE"), holds("she is named", func(s *council.Sitting) bool { return s.Secretary == "adjoint-2" }))
		}},
		{"notes a power", func() error {
			return errors.Join(h.click("M. Guy GABARIT"), key("v"), h.see("Écrit, un seul par porteur"))
		}},
		{"to the mayor", func() error {
			return errors.Join(h.click("Choisir un membre"), h.click("Mme Maïté FICTIVE"), h.click("jj/mm/aaaa"), typed("05/01/2027"), h.click("Noter le pouvoir"), h.see("M. Guy GABARIT donne pouvoir à Mme Maïté FICTIVE"))
		}},
		{"opens the first point", func() error {
			return errors.Join(h.click("Mettre en discussion le point 1"), h.see("Enregistrer le vote"), holds("it is open", func(s *council.Sitting) bool { return s.Point == s.Agenda[0].Deliberation }))
		}},
		{"projects it", func() error {
			return errors.Join(h.click("Projeter"), h.until("the window is there", func() bool { return len(fyne.CurrentApp().Driver().AllWindows()) == 2 }), h.x("sleep", "2"), h.shoot("projector"), h.closeProjector())
		}},
		{"a member leaves, and the quorum holds no more", func() error {
			if err := h.click("M. Luc ESSAI"); err != nil {
				return err
			}
			return errors.Join(key("a", "a"), h.see("il manque 1 membre."), h.see("Le quorum n’est pas atteint."), h.click("Enregistrer le vote"), h.shoot("refused"))
		}},
		{"undoes one departure", func() error {
			return errors.Join(h.click("Annuler l’acte"), h.see("le quorum est atteint."), holds("eight are present", func(s *council.Sitting) bool { return len(s.PresentAt("")) == 8 }))
		}},
		{"an amendment is voted first", func() error {
			return errors.Join(h.click("Amendement…"), h.click("Auteur de l’amendement"), h.click("Mme Rose MAQUETTE"), h.click("Ce que l’amendement change"), typed("75 euros au lieu de 80"), h.click("Déposer l’amendement"),
				h.see("Vote sur l’amendement, avant le texte."), h.shoot("amendment"), h.click("Enregistrer le vote de l’amendement"), holds("it is voted", func(s *council.Sitting) bool { return len(s.Amendments) == 1 && s.Amendments[0].Vote != nil }), h.see("Reportez-le dans le texte avant de numéroter."))
		}},
		{"votes by name", func() error {
			return errors.Join(h.click("Public, par appel nominal"), h.click("Contre"), h.x("sleep", "0.5"), h.click("Enregistrer le vote"), holds("it is voted", func(s *council.Sitting) bool { return len(s.Votes) == 1 }), h.see("Mettre en discussion le point 2"))
		}},
		{"the account: the rule is told", func() error {
			return errors.Join(h.click("Mettre en discussion le point 2"), h.see("Enregistrer le vote"))
		}},
		{"suspends, and resumes", func() error {
			return errors.Join(h.click("Suspendre"), h.see("La séance est suspendue depuis"), h.click("Reprendre"), holds("it goes on", func(s *council.Sitting) bool { return !s.Suspended() && len(s.Suspensions) == 1 }))
		}},
		{"closes the doors, and opens them", func() error {
			return errors.Join(h.click("Huis clos…"), h.see("Demandé par le président ou par 3 membres"), h.click("Demandé par le président"), h.click("Enregistrer le vote du huis clos"), h.x("sleep", "1"), h.shoot("doors"),
				holds("it is refused: nobody is for", func(s *council.Sitting) bool { return len(s.ClosedDoors) == 1 && !s.BehindDoors() }))
		}},
		{"writes what is said", func() error {
			return errors.Join(h.click("Débat…"), h.click("Ce qui est dit, en quelques phrases"), typed("Le montant est discute."), h.click("Noter"), holds("it is noted", func(s *council.Sitting) bool { return len(s.Notes) == 1 }))
		}},
		{"looks at the history", func() error {
			return errors.Join(h.click("Historique"), h.see("Chaque acte est gardé."), h.see("annulé"), h.shoot("history"), h.click("Revenir au point"))
		}},
		{"sets the point aside and ends", func() error {
			return errors.Join(h.click("Ajourner"), h.see("Ajourné"), h.click("Lever la séance…"), h.see("Une fois la séance levée"), h.click("Lever la séance"), h.see("Séance levée à"), holds("it has ended", func(s *council.Sitting) bool { return s.Closed }))
		}},
		{"the vote is what was shown", func() error {
			if err := read(); err != nil {
				return err
			}
			v, ok := sitting.Vote(sitting.Agenda[0].Deliberation)
			if !ok || !v.Adopted || v.Manner != council.Public || v.Figures.Against != 1 || len(v.Represented) != 1 || v.Chair != demo.Mayor {
				return fmt.Errorf("vote %+v", v)
			}
			return nil
		}},
	})
}

// summons opens the form of a summons on the council's page, and fills it.
func (h *hands) summons(day, hour string) error {
	typed := func(text string) error { return h.x("type", "--delay", "25", text) }
	return errors.Join(h.click("Convoquer une séance…"), h.see("Indiquez le jour et l’heure : le délai de convocation se calcule ici."), h.click("jj/mm/aaaa"), typed(day), h.click("20h00"), typed(hour))
}

// soon is a day so many days from now, as one types it.
func (h *hands) soon(days int) string {
	return h.seats[0].Hall.Journal.Now().AddDate(0, 0, days).Format("02/01/2006")
}

// closeProjector closes every window but the desk's.
func (h *hands) closeProjector() error {
	fyne.DoAndWait(func() {
		for _, w := range fyne.CurrentApp().Driver().AllWindows() {
			if w != h.w {
				w.Close()
			}
		}
	})
	return h.until("it is closed", func() bool { return len(fyne.CurrentApp().Driver().AllWindows()) == 1 })
}
