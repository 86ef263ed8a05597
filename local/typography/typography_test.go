package typography_test

import (
	"strings"
	"testing"
	"unicode"

	"alpi40.fr/airial/local/typography"
)

// show makes the no-break spaces visible: ~ for U+00A0 and _ for U+202F.
func show(s string) string {
	return strings.NewReplacer("\u00a0", "~", "\u202f", "_").Replace(s)
}

func TestCorrect(t *testing.T) {
	for _, c := range []struct {
		rule        typography.Rule
		typed, want string
	}{
		{typography.Number, "la loi nº2000-321", "la loi n°~2000-321"},
		{typography.Number, "la loi n °  2000-321", "la loi n°~2000-321"},
		{typography.Number, "le lot no 12", "le lot n°~12"},
		{typography.Number, "la parcelle n°AB12", "la parcelle n°~AB12"},
		{typography.Ordinal, "à compter du 1 janvier 2027", "à compter du 1er~janvier 2027"},
		{typography.Ordinal, "le 1 er mars", "le 1er~mars"},
		{typography.Ordinal, "1ère adjointe, 2ème et 3eme adjoints", "1re adjointe, 2e et 3e adjoints"},
		{typography.Article, "article L2121-29 du code", "article L.~2121-29 du code"},
		{typography.Article, "articles L.2122-22 et R 2131-1", "articles L.~2122-22 et R.~2131-1"},
		{typography.Hour, "à 14h30, puis à 20H00", "à 14_h_30, puis à 20_h_00"},
		{typography.Amount, "une subvention de 1200€", "une subvention de 1_200_€"},
		{typography.Amount, "un total de 1250000,50 euros", "un total de 1_250_000,50_euros"},
		{typography.Amount, "le repas à 3.50 €", "le repas à 3,50_€"},
		{typography.Civility, "Mr FICTIF", "M.~FICTIF"},
		{typography.Ligature, "maître d'oeuvre, voeux, OEUVRE", "maître d’œuvre, vœux, ŒUVRE"},
		{typography.Capital, "les services de l'Etat", "les services de l’État"},
		{typography.Capital, "A compter du 2 mai", "À compter du 2~mai"},
		{typography.Mark, `la "salle des fêtes"...`, "la «_salle des fêtes_»…"},
		{typography.Spaces, "pour : ceci ; cela", "pour_: ceci_; cela"},
	} {
		got := typography.Correct(c.typed)
		if show(got) != c.want {
			t.Errorf("%q: %q, want %q", c.typed, show(got), c.want)
		}
		told := typography.Changes(c.typed)
		if len(told) == 0 || told[0].Rule != c.rule && told[0].Rule != typography.Spaces {
			t.Errorf("%q: told %v", c.typed, told)
		}
	}
}

// What looks like one of these and is not.
func TestLeftAsItIs(t *testing.T) {
	for _, s := range []string{
		"en 2026 et en 1998", "la parcelle AB 1234", "le chapitre 011", "la poésie et le poème", "Est et Ouest", "E. Exemple",
		"moelle", "www.exemple.fr/L2121-29?n=1ere", "mairie@exemple.fr", "il y en a 1 ou 2",
	} {
		if got := typography.Correct(s); got != s {
			t.Errorf("%q became %q", s, show(got))
		}
		if told := typography.Changes(s); len(told) > 0 {
			t.Errorf("%q: told %v", s, told)
		}
	}
}

// Correcting twice changes nothing more; no figure is lost or added but those of «le 01 mars».
func FuzzCorrect(f *testing.F) {
	for _, s := range []string{"", "n ° 12", "le 1 1 er mars", "L2121-29-1", "12.50€12€", "A la A l'", "oeoeuvre", "1200 1200 euros", "20h30h40", "http://a n°1", "«\"»", "2ème3ème", "Mr Mr A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		once := typography.Correct(s)
		if twice := typography.Correct(once); twice != once {
			t.Errorf("%q: once %q, twice %q", s, once, twice)
		}
		if len(typography.Changes(once)) > 0 {
			t.Errorf("%q: still tells %v", once, typography.Changes(once))
		}
		digits := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsDigit(r) && r != '0' {
					return r
				}
				return -1
			}, strings.ToValidUTF8(s, ""))
		}
		if digits(s) != digits(once) {
			t.Errorf("%q: figures changed: %q", s, once)
		}
	})
}
