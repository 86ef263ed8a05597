package registers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/council"
)

// evening is a sitting in which everything happens.
func evening() council.Sitting {
	return council.Sitting{
		ID: "s", At: time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), Chair: "a", Secretary: "b",
		Members: []council.Member{{ID: "a", Name: "Mme Ève EXEMPLE", Mayor: true}, {ID: "b", Name: "M. Jean MODÈLE"}, {ID: "c", Name: "Mme Lise ESQUISSE"}},
		Agenda:  []council.Item{{Deliberation: "un", Subject: "Budget", Reporter: "b", Opinions: []council.Opinion{{Commission: "finances", Day: "2026-11-20", Words: "favorable"}}}, {Deliberation: "deux", Subject: "Vente"}},
		Notes:   []council.Note{{Text: "Hommage à un ancien maire."}, {Point: "un", By: "c", Text: "s’étonne du montant."}},
		ClosedDoors: []council.ClosedDoors{
			{Point: "un", From: "20:40", To: "21:00", Asked: 3, For: 2, Voters: 3, Adopted: true}, {Point: "deux", From: "21:30", ByChair: true, For: 1, Voters: 3},
		},
		Suspensions: []council.Suspension{{Point: "deux", From: "21:10", To: "21:20", By: "c"}},
		Amendments:  []council.Amendment{{Point: "un", Author: "c", Text: "réduire", Vote: &council.Vote{Why: "Rejetée : 1 pour, 2 contre."}}, {Point: "un", Author: "b", Text: "reporter", Withdrawn: true}},
		Presidents:  []council.Presidency{{Member: "b", Title: council.Elected, Point: "un"}},
		Aside:       []council.Aside{{Point: "deux", As: council.Postponed, Why: "le bornage manque"}},
		Nominations: []council.Nomination{{Point: "deux", Post: "Délégué", Rounds: []council.Round{{N: 1, Voters: 3, Blank: 1, Candidates: []council.Candidate{{Name: "M. Jean MODÈLE", Votes: 2}}, Why: "M. Jean MODÈLE est élu."}}}},
		Urgency:     &council.Urgency{Accepted: true, Postponed: []string{"deux"}},
		Ended:       "22:15",
	}
}

// CGCT, art. L2121-15: what the record of the evening holds stands in the minutes.
func TestTheEveningIsTold(t *testing.T) {
	s := evening()
	for _, c := range []struct {
		in   []string
		want string
	}{
		{events(s, s.Agenda[0]), "M. Jean MODÈLE préside ce point, par élection de l’assemblée (CGCT, art. L. 2121-14)."},
		{events(s, s.Agenda[0]), "Avis: commission finances, le 20 novembre 2026: favorable"},
		{events(s, s.Agenda[0]), "À 20 h 40, le huis clos est mis aux voix sans débat, à la demande de 3 membres: 2 voix sur 3; il est décidé, et la séance redevient publique à 21 h. (CGCT, art. L. 2121-18)"},
		{events(s, s.Agenda[0]), "Amendement de Mme Lise ESQUISSE: « réduire ». Rejetée : 1 pour, 2 contre."},
		{events(s, s.Agenda[0]), "Amendement de M. Jean MODÈLE: « reporter », retiré."},
		{events(s, s.Agenda[1]), "La séance est suspendue de 21 h 10 à 21 h 20, à la demande de Mme Lise ESQUISSE."},
		{events(s, s.Agenda[1]), "À 21 h 30, le huis clos est mis aux voix sans débat, à la demande du président: 1 voix sur 3; il est rejeté. (CGCT, art. L. 2121-18)"},
		{events(s, s.Agenda[1]), "Délégué — 1er tour, 3 votants: M. Jean MODÈLE 2 voix, 1 bulletin blanc ou nul. M. Jean MODÈLE est élu."},
		{beginnings(s), "L’assemblée se prononce sur l’urgence et l’admet. Sont renvoyés à une séance ultérieure: Vente."},
		{[]string{endedWithout(s, "deux")}, "Point renvoyé à une autre séance: le bornage manque."},
		{[]string{endedWithout(s, "un")}, ""},
	} {
		if !slices.ContainsFunc(c.in, func(got string) bool { return strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(got) == c.want }) {
			t.Errorf("no «%s» in %q", c.want, c.in)
		}
	}
}

// What was noted while people spoke begins the text of its point.
func TestMinutesBeginWithWhatWasNoted(t *testing.T) {
	var got []string
	for _, p := range Compose(evening()) {
		got = append(got, p.Point+" "+p.Text)
	}
	for _, want := range []string{"opening Hommage à un ancien maire.", "un Mme Lise ESQUISSE : s’étonne du montant.", "deux ", "closing ", "opening M. Jean MODÈLE est désigné secrétaire de séance par l’assemblée."} {
		if !slices.Contains(got, want) {
			t.Errorf("no «%s» in %q", want, got)
		}
	}
}
