package french_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/typeset/french"
)

// show makes the no-break spaces visible: ~ for U+00A0 and _ for U+202F.
func show(s string) string {
	return strings.NewReplacer("\u00a0", "~", "\u202f", "_").Replace(s)
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		n    int64
		g    french.Gender
		want string
	}{
		{0, french.Masculine, "zéro"},
		{1, french.Feminine, "une"},
		{16, french.Masculine, "seize"},
		{21, french.Masculine, "vingt et un"},
		{21, french.Feminine, "vingt et une"},
		{30, french.Masculine, "trente"},
		{70, french.Masculine, "soixante-dix"},
		{71, french.Masculine, "soixante et onze"},
		{77, french.Masculine, "soixante-dix-sept"},
		{80, french.Masculine, "quatre-vingts"},
		{81, french.Feminine, "quatre-vingt-une"},
		{90, french.Masculine, "quatre-vingt-dix"},
		{91, french.Masculine, "quatre-vingt-onze"},
		{99, french.Masculine, "quatre-vingt-dix-neuf"},
		{100, french.Masculine, "cent"},
		{200, french.Masculine, "deux cents"},
		{201, french.Masculine, "deux cent un"},
		{280, french.Masculine, "deux cent quatre-vingts"},
		{1000, french.Masculine, "mille"},
		{1999, french.Masculine, "mille neuf cent quatre-vingt-dix-neuf"},
		{2026, french.Masculine, "deux mille vingt-six"},
		{80000, french.Masculine, "quatre-vingt mille"},
		{200000, french.Masculine, "deux cent mille"},
		{200000000, french.Masculine, "deux cents millions"},
		{1000001, french.Feminine, "un million une"},
		{21000, french.Feminine, "vingt et un mille"},
		{-4, french.Masculine, "moins quatre"},
	} {
		if got := french.Words(c.n, c.g); got != c.want {
			t.Errorf("Words(%d) = %q, want %q", c.n, got, c.want)
		}
	}
	if got := french.Words(math.MinInt64, french.Masculine); !strings.HasPrefix(got, "moins neuf trillions") {
		t.Errorf("smallest number: %q", got)
	}
}

func TestNumbersInWordsAreDistinct(t *testing.T) {
	seen := map[string]int64{}
	for n := int64(0); n < 20000; n++ {
		w := french.Words(n, french.Masculine)
		if m, twice := seen[w]; twice {
			t.Fatalf("%d and %d are both %q", m, n, w)
		}
		seen[w] = n
	}
}

func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		french.Number(0):              "0",
		french.Number(999):            "999",
		french.Number(1000):           "1_000",
		french.Number(-1234567):       "−1_234_567",
		french.Amount(0):              "0,00_€",
		french.Amount(5):              "0,05_€",
		french.Amount(123450):         "1_234,50_€",
		french.Amount(-99):            "−0,99_€",
		french.Amount(math.MinInt64):  "−92_233_720_368_547_758,08_€",
		french.Ordinal(1, false):      "1er",
		french.Ordinal(1, true):       "1re",
		french.Ordinal(21, true):      "21e",
		french.Count(0, "voix", "x"):  "0~voix",
		french.Count(1, "an", "ans"):  "1~an",
		french.Count(12, "an", "ans"): "12~ans",
	} {
		if show(got) != want {
			t.Errorf("got %q, want %q", show(got), want)
		}
	}
}

func TestAmountInWords(t *testing.T) {
	for cents, want := range map[int64]string{
		0:         "zéro euro",
		1:         "un centime",
		100:       "un euro",
		199:       "un euro et quatre-vingt-dix-neuf centimes",
		123450:    "mille deux cent trente-quatre euros et cinquante centimes",
		300000000: "trois millions d’euros",
		-250:      "moins deux euros et cinquante centimes",
	} {
		if got := french.AmountInWords(cents); got != want {
			t.Errorf("AmountInWords(%d) = %q, want %q", cents, got, want)
		}
	}
}

func TestOrdinalInWords(t *testing.T) {
	for n, want := range map[int]string{
		1: "premier", 2: "deuxième", 4: "quatrième", 5: "cinquième", 9: "neuvième", 21: "vingt et unième",
		71: "soixante et onzième", 80: "quatre-vingtième", 100: "centième", 200: "deux centième", 1000: "millième", 30: "trentième",
	} {
		if got := french.OrdinalInWords(n, french.Masculine); got != want {
			t.Errorf("OrdinalInWords(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2026, 11, 24, 14, 2, 0, 0, time.UTC)
	first := time.Date(2027, 3, 1, 20, 0, 0, 0, time.UTC)
	for got, want := range map[string]string{
		french.Date(at):           "24~novembre 2026",
		french.Date(first):        "1er~mars 2027",
		french.LongDate(first):    "lundi~1er~mars 2027",
		french.ShortDate(first):   "01/03/2027",
		french.Time(first):        "20_h",
		french.DateTime(at):       "mardi~24~novembre 2026 à 14_h_02",
		french.DateInWords(at):    "vingt-quatre novembre deux mille vingt-six",
		french.DateInWords(first): "premier mars deux mille vingt-sept",
		french.TimeInWords(at):    "quatorze heures deux minutes",
		french.TimeInWords(first): "vingt heures",
		french.TimeInWords(at.Add(-13*time.Hour - time.Minute)): "une heure une minute",
	} {
		if show(got) != want {
			t.Errorf("got %q, want %q", show(got), want)
		}
	}
}

// Source of the codes: INSEE, code officiel géographique.
func TestCommunes(t *testing.T) {
	for _, c := range []struct {
		name   string
		tncc   int
		of, at string
	}{
		{"Hambach", 0, "de Hambach", "à Hambach"},
		{"Amou", 1, "d’Amou", "à Amou"},
		{"Habas", 1, "d’Habas", "à Habas"},
		{"Le Vignau", 2, "du Vignau", "au Vignau"},
		{"La Rochelle", 3, "de La Rochelle", "à La Rochelle"},
		{"Les Sables-d'Olonne", 4, "des Sables-d'Olonne", "aux Sables-d'Olonne"},
		{"L'Isle-Jourdain", 5, "de L'Isle-Jourdain", "à L'Isle-Jourdain"},
		{"Aux Marais", 6, "des Marais", "aux Marais"},
		{"Las Illas", 7, "de Las Illas", "à Las Illas"},
		{"Los Masos", 8, "de Los Masos", "à Los Masos"},
	} {
		if got := french.Of(c.name, c.tncc); got != c.of {
			t.Errorf("Of(%q) = %q, want %q", c.name, got, c.of)
		}
		if got := french.At(c.name, c.tncc); got != c.at {
			t.Errorf("At(%q) = %q, want %q", c.name, got, c.at)
		}
	}
}

func TestList(t *testing.T) {
	for want, items := range map[string][]string{
		"": nil, "Amou": {"Amou"}, "Amou et Dax": {"Amou", "Dax"}, "Amou, Dax et Habas": {"Amou", "Dax", "Habas"},
	} {
		if got := french.List(items); got != want {
			t.Errorf("List(%v) = %q, want %q", items, got, want)
		}
	}
}

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		"Vu l'article L. 2121-17 ;":          "Vu l’article L.~2121-17_;",
		"Est-ce vrai? Oui!":                  "Est-ce vrai_? Oui_!",
		"Quoi ?! Non":                        "Quoi_?! Non",
		"Objet: budget":                      "Objet_: budget",
		`dit "salle des fêtes".`:             "dit «_salle des fêtes_».",
		"dit « salle » ; puis «rue»":         "dit «_salle_»_; puis «_rue_»",
		"un seul \" reste":                   "un seul \" reste",
		"à 14:02 précises":                   "à 14:02 précises",
		"voir https://exemple.fr/a?b=c: là":  "voir https://exemple.fr/a?b=c: là",
		"mairie@exemple.fr;":                 "mairie@exemple.fr;",
		"la somme de 12 500 €":               "la somme de 12_500_€",
		"la somme de 1 234 567,89 euros":     "la somme de 1_234_567,89 euros",
		"parcelles 12 145 et 13 200":         "parcelles 12 145 et 13 200",
		"25 % des voix":                      "25_% des voix",
		"le 1er mars et le 24 novembre 2026": "le 1er~mars et le 24~novembre 2026",
		"à 14 h 02, à 20 h.":                 "à 14_h_02, à 20 h.",
		"M. FICTIF et Mme EXEMPLE":           "M.~FICTIF et Mme~EXEMPLE",
		"délibération n° 2026-041":           "délibération n°~2026-041",
		"et cetera...":                       "et cetera…",
		"Nom ...... Prénom ......":           "Nom ...... Prénom ......",
		"  deux   espaces\tet\nlignes ":      "deux espaces et lignes",
		"e\u0301cole":                        "école",
		"piège\u202e inversé\u200b\u0000":    "piège inversé",
		"(?) puis [!]":                       "(?) puis [!]",
		"article 3":                          "article~3",
	} {
		if got := french.Tidy(in); show(got) != want {
			t.Errorf("Tidy(%q) = %q, want %q", in, show(got), want)
		}
	}
}

func TestParagraphs(t *testing.T) {
	got := french.Paragraphs("un\r\n\n  deux:\n")
	if len(got) != 2 || got[0] != "un" || show(got[1]) != "deux_:" {
		t.Errorf("got %q", got)
	}
}

func prose() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			" ", "\u00a0", "\u202f", "\u2009", "«", "»", "\"", "'", "’", ";", ":", "!", "?", "…", "...", ".", ",", "(", ")",
			"n°", "M.", "1er", "12", "500", "345,50", "€", "%", "h", "02", "novembre", "L.", "article", "mot", "é", "e\u0301",
			"\n", "\r", "\t", "\u200b", "\u202e", "\u0000", "http://a", "@", "-", "euros", "🙂", "שלום",
		}),
		rapid.StringN(0, 3, -1),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 30), func(p []string) string { return strings.Join(p, "") })
}

func TestTidyTwiceIsTidyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := french.Tidy(prose().Draw(t, "text"))
		if twice := french.Tidy(once); twice != once {
			t.Fatalf("once %q, twice %q", show(once), show(twice))
		}
	})
}

func TestTidyKeepsEveryWordAndFigure(t *testing.T) {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := prose().Draw(t, "text")
		if got, want := letters(french.Tidy(text)), letters(french.Clean(text)); got != want {
			t.Fatalf("Tidy(%q) has the letters %q, want %q", text, got, want)
		}
	})
}

func TestCleanLeavesNothingHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		once := french.Clean(text)
		if twice := french.Clean(once); twice != once {
			t.Fatalf("once %q, twice %q", once, twice)
		}
		for _, r := range once {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Fatalf("%q keeps U+%04X", once, r)
			}
		}
	})
}

func TestUnaccented(t *testing.T) {
	for text, want := range map[string]string{"Éléonore Garçon": "Eleonore Garcon", "e\u0301te\u0301": "ete", "ŒUVRE n° 2": "ŒUVRE n° 2", "": ""} {
		if got := french.Unaccented(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
