// Package country names the countries in French, with the preposition that each takes: «en Italie», «au Maroc», «aux
// États-Unis», «à Cuba»; «d’Italie», «du Maroc», «des États-Unis», «de Cuba».
//
// The list is that of ISO 3166 with the French names of the Unicode CLDR (version 32, in golang.org/x/text, Unicode
// licence), but those that changed since or that official French writes otherwise. What an act tells of a country that is no
// more (Yougoslavie) is written by hand.
package country

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"alpi40.fr/airial/local/typeset/french"
)

// renamed are those whose name changed since CLDR 32, or is another in French acts.
var renamed = map[string]string{"MK": "Macédoine du Nord", "SZ": "Eswatini", "HK": "Hong Kong", "MO": "Macao", "VA": "Cité du Vatican", "MM": "Birmanie"}

// left are regions that nobody is born in, or that are no country.
var left = strings.Fields("AC AQ BV CP DG EA EZ GS HM IC IO TA TF UM UN")

// All are the names, in the order of the dictionary.
var All = sync.OnceValue(func() []string {
	var all []string
	names := display.French.Regions()
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			r, err := language.ParseRegion(code)
			if err != nil || !r.IsCountry() || r.Canonicalize() != r || slices.Contains(left, code) {
				continue
			}
			name := names.Name(r)
			if other := renamed[code]; other != "" {
				name = other
			}
			if name != "" {
				all = append(all, name)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(key(a), key(b)) })
	return all
})

func key(name string) string {
	return strings.ToLower(french.Unaccented(strings.ReplaceAll(strings.TrimSpace(name), "'", "’")))
}

// Search gives the countries that have the words that are typed, those that begin with them first.
func Search(typed string, limit int) (found []string) {
	k := key(typed)
	if k == "" {
		return nil
	}
	for _, inside := range []bool{false, true} {
		for _, name := range All() {
			n := key(name)
			begins := strings.HasPrefix(n, k)
			if len(found) < limit && begins != inside && (begins || strings.Contains(n, " "+k) || strings.Contains(n, "-"+k)) {
				found = append(found, name)
			}
		}
	}
	return found
}

// article is what stands before a name.
type article int

const (
	feminine article = iota
	masculine
	plural
	none  // à Cuba
	alone // à la Barbade
	isle  // à l’Île de Man
)

var articles = map[article]string{
	masculine: "Belize,Cambodge,Mexique,Mozambique,Royaume-Uni,Suriname,Zimbabwe",
	feminine:  "Sierra Leone",
	plural:    "Bahamas,Bermudes,Comores,Fidji,Maldives,Palaos,Pays-Bas,Pays-Bas caribéens,Philippines,Samoa,Samoa américaines,Seychelles,Tonga,Émirats arabes unis,États-Unis,États fédérés de Micronésie,Territoires palestiniens",
	none: "Anguilla,Antigua-et-Barbuda,Aruba,Bahreïn,Chypre,Cuba,Curaçao,Djibouti,Gibraltar,Guam,Guernesey,Hong Kong,Jersey,Kiribati,La Réunion,Macao,Madagascar,Malte,Maurice,Mayotte,Monaco,Montserrat," +
		"Nauru,Niue,Oman,Porto Rico,Sao Tomé-et-Principe,Singapour,Taïwan,Tokélaou,Trinité-et-Tobago,Tuvalu,Wallis-et-Futuna",
	alone: "Barbade,Cité du Vatican,Dominique,Grenade",
}

var exceptions = sync.OnceValue(func() map[string]article {
	all := map[string]article{}
	for a, names := range articles {
		for _, name := range strings.Split(names, ",") {
			all[key(name)] = a
		}
	}
	return all
})

func articleOf(name string) article {
	k := key(name)
	if a, known := exceptions()[k]; known {
		return a
	}
	head, _, _ := strings.Cut(strings.ReplaceAll(k, "-", " "), " ")
	switch {
	case head == "iles":
		return plural
	case head == "ile":
		return isle
	case head == "saint" || head == "sainte":
		return none
	case strings.HasSuffix(head, "e"):
		return feminine
	}
	return masculine
}

func vowel(name string) bool {
	k := key(name)
	return k != "" && strings.ContainsRune("aeiou", rune(k[0])) || k == "haiti"
}

// In is «en Italie», «au Maroc».
func In(name string) string {
	switch a := articleOf(name); {
	case a == feminine, a == masculine && vowel(name):
		return "en " + name
	case a == masculine:
		return "au " + name
	case a == plural:
		return "aux " + name
	case a == alone:
		return "à la " + name
	case a == isle:
		return "à l’" + name
	}
	return "à " + name
}

// Of is «d’Italie», «du Maroc».
func Of(name string) string {
	switch a := articleOf(name); {
	case a == plural:
		return "des " + name
	case a == alone:
		return "de la " + name
	case a == isle:
		return "de l’" + name
	case vowel(name):
		return "d’" + name
	case a == masculine:
		return "du " + name
	}
	return "de " + name
}
