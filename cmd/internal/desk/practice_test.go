package desk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/practice"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/widgets"
)

// The thirty exercises are solved on their page: four of them by hand, one of which is wrong at first and corrected with its
// article, the others by what the page offers; the certificate is earned by the last, and kept where training is.
func TestExercisesInTheWindow(t *testing.T) {
	aside(t)
	inTheWindow(t, "practice")
}

// trainee answers exercises on the page.
type trainee struct {
	*hands
	course *practice.Course
}

func (h *hands) practice() error {
	tr := &trainee{hands: h}
	hall := h.seats[0].Hall
	next := func(title string) error { return errors.Join(h.click("Suivant"), h.see(title)) }
	choose := func(hint, answer string) error { return errors.Join(h.click(hint), h.click(answer)) }
	return h.play([]step{
		{"reads the first exercise", func() error {
			formulas, err := hall.Acts.Formulas(h.ctx)
			if err != nil {
				return err
			}
			if tr.course, err = practice.Read(formulas); err != nil {
				return err
			}
			return errors.Join(h.click("État civil"), h.click("S’exercer"), h.see("Un mariage célébré ailleurs"), h.see("0 exercice fait sur 30"), h.see("Répondez, puis corrigez"))
		}},
		{"is refused the certificate", func() error {
			return errors.Join(h.click("Attestation"), h.see("L’attestation demande tous les exercices et quatre points sur cinq."), h.click("Fermer"))
		}},
		{"answers right", func() error {
			return errors.Join(choose("Choisir l’acte", "MAQUETTE Jeanne — naissance n° 4 (1988), 12 février 1988"), choose("Choisir la mention", "Mariage"), h.click("Mariée à Dax le 12 septembre 2026 avec Luc CANEVAS."),
				h.click("le greffe qui tient le double"), h.click("Corriger"), h.see("4 sur 4"), h.see("Le mariage se mentionne sur l’acte de naissance de chaque époux"), h.see("1 exercice fait sur 30"))
		}},
		{"answers wrong, and is corrected with the article", func() error {
			return errors.Join(next("Accorder la mention"), choose("Choisir l’acte", "GABARIT Hugo — naissance n° 12 (1997), 8 mars 1997"), choose("Choisir la mention", "Mariage"), h.click("Mariée à Mont-de-Marsan le 5 septembre 2026 avec Ana TRAME."),
				h.click("personne"), h.click("Corriger"), h.see("2 sur 4"), h.see("Quels mots : Marié à Mont-de-Marsan le 5 septembre 2026 avec Ana TRAME."), h.see("Qui aviser : le greffe qui tient le double"), h.see("Code civil, art. 49"))
		}},
		{"puts it right", func() error {
			return errors.Join(h.click("Marié à Mont-de-Marsan le 5 septembre 2026 avec Ana TRAME."), h.click("le greffe qui tient le double"), h.click("Corriger"), h.see("4 sur 4"))
		}},
		{"goes on to the fifth", func() error { return tr.solve(3, 4) }},
		{"says whom to notify of a divorce", func() error {
			right, err := tr.course.Expected(tr.course.Exercises[4])
			return errors.Join(err, next("Un divorce, sur l’acte de mariage"), choose("Choisir l’acte", "EXEMPLE ET FICTIF — mariage n° 8 (2015)"), choose("Choisir la mention", "Divorce prononcé par le juge"), h.click(right.Words),
				h.click("le greffe qui tient le double et les communes de naissance des époux"), h.click("Corriger"), h.see("4 sur 4"), h.see("CPC, art. 1082"))
		}},
		{"goes on to the act that is elsewhere", func() error { return tr.solve(6, 25) }},
		{"refuses what is not to be affixed", func() error {
			return errors.Join(next("Une personne née ailleurs"), choose("Choisir l’acte", "Aucun : rien n’est à apposer"), h.click("Corriger"), h.see("1 sur 1"), h.see("l’avis se renvoie à la commune de naissance"))
		}},
		{"ends the thirty", func() error { return errors.Join(tr.solve(27, 30), h.see("30 exercices faits sur 30")) }},
		{"gets the certificate", func() error {
			return errors.Join(h.click("Attestation"), h.until("it is kept", func() bool { all, err := hall.Practice.Certificates(h.ctx); return err == nil && len(all) == 1 }), tr.sheet())
		}},
		{"finds it among what was learnt", func() error {
			return errors.Join(h.click("Services"), h.click("Formation"), h.click("Mentions marginales : les trente exercices"), h.see("Attestation"), h.see(fmt.Sprintf("%d", tr.points())), h.until("the school knows it", func() bool {
				person, err := hall.Person(h.ctx)
				if err != nil {
					return false
				}
				progress, err := hall.School.Progress(h.ctx, person)
				return err == nil && !progress[training.Exercises].Done.IsZero()
			}))
		}},
	})
}

// points are those of the whole course.
func (t *trainee) points() (n int) {
	_, n, _ = t.course.Score(nil)
	return n
}

// sheet keeps the certificate in the job's folder.
func (t *trainee) sheet() error {
	book := t.seats[0].Hall.Practice
	all, err := book.Certificates(t.ctx)
	if err != nil || len(all) == 0 {
		return errors.Join(errors.New("no certificate"), err)
	}
	pdf, err := book.Sheet(all[0])
	return errors.Join(err, os.WriteFile(filepath.Join(t.shots, "attestation.pdf"), pdf, 0o600))
}

// solve goes through exercises by the page's own buttons and choices, and holds their marks.
func (t *trainee) solve(from, to int) error {
	for id := from; id <= to; id++ {
		e := t.course.Exercises[id-1]
		right, err := t.course.Expected(e)
		if err != nil {
			return err
		}
		var trouble error
		fyne.DoAndWait(func() {
			t.tap("Suivant")
			trouble = t.answer(e, right)
			t.tap("Corriger")
		})
		full := map[bool]string{true: "1 sur 1", false: "4 sur 4"}[e.Refused]
		if err := errors.Join(trouble, t.see(e.Title), t.see(full), t.see(e.Lesson)); err != nil {
			return fmt.Errorf("exercise %d: %w", id, err)
		}
	}
	return nil
}

// answer makes the choices of an exercise, on the window's thread.
func (t *trainee) answer(e practice.Exercise, right practice.Answer) error {
	var selects []*widget.Select
	var radios []*widgets.Choice
	shelltest.Each(t.w.Canvas().Content(), func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widget.Select:
			selects = append(selects, o)
		case *widgets.Choice:
			radios = append(radios, o)
		}
	})
	if len(selects) != 2 || len(radios) != 2 {
		return fmt.Errorf("%d lists, %d choices", len(selects), len(radios))
	}
	act := 0 // none
	if right.Act != practice.NoAct {
		a, _ := t.course.Act(right.Act)
		act = slices.IndexFunc(selects[0].Options, func(o string) bool {
			return strings.HasPrefix(o, strings.TrimSpace(strings.ToUpper(a.LastName)+" "+a.FirstName)+" — "+a.Kind.Name())
		})
	}
	selects[0].SetSelectedIndex(act)
	if e.Refused {
		return nil
	}
	selects[1].SetSelected(t.course.Label(right.Code))
	radios[0].SetSelected(right.Words)
	radios[1].SetSelected(radios[1].Options[slices.IndexFunc(practice.Addressees(), func(a []practice.Addressee) bool { return slices.Equal(a, right.Notify) })])
	return nil
}

// tap presses a button of the page, on the window's thread.
func (t *trainee) tap(label string) {
	var found *widgets.Button
	shelltest.Each(t.w.Canvas().Content(), func(o fyne.CanvasObject) {
		if b, ok := o.(*widgets.Button); ok && b.Text == label {
			found = b
		}
	})
	if found != nil { // else what follows is not seen
		test.Tap(found)
	}
}
