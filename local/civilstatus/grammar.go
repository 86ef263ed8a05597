package civilstatus

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/authority/cog"
	"alpi40.fr/airial/local/authority/country"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// The gaps of a formula:
//
//	{e}            agrees in the feminine: «Marié{e}»
//	{s}            agrees in the plural: «Séparé{e}{s}», for both spouses
//	{il|elle}      the masculine, then the feminine word; {il|elle|ils|elles} with their plurals
//	{champ}        a field as it was written; a day in figures is written with its month
//	{champ:lettres} a day wholly in letters
//	{champ:a}      a place with its preposition, after the official geographic code: «à Dax», «au Vignau»; «à {lieu}» reads the same
//	{champ:de}     «de Dax», «du Vignau», «d’Amou», «d’Habas», «de Hambach»
//	{pays:a} {pays:de}  «en Italie», «au Maroc», «aux États-Unis»; «d’Italie», «du Maroc», «des États-Unis»
var (
	gap      = regexp.MustCompile(`\{([a-z0-9_]+)(?::([a-z]+))?\}`)
	choice   = regexp.MustCompile(`\{([^{}|:]+)\|([^{}|:]+)(?:\|([^{}|:]+)\|([^{}|:]+))?\}`)
	atPlace  = regexp.MustCompile(`à \{(lieu|lieu_[a-z]+|residence|commune)\}`)
	figures  = regexp.MustCompile(`^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$`)
	writtens = regexp.MustCompile(`^(\d{1,2})(?:er)? ([a-z]+) (\d{4})$`)
)

var months = []string{"janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"}

// gapNames gives the fields that a wording has.
func gapNames(text string) (names []string) {
	for _, m := range gap.FindAllStringSubmatch(text, -1) {
		if m[1] != "e" && m[1] != "s" && !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// check refuses a formula that could not be filled.
func (f Formula) check() error {
	refuse := func(why string) error {
		return &rule.Refusal{Why: fmt.Sprintf("La formule «%s» %s.", f.Label, why), Cure: "Corrigez-la : chaque blanc entre accolades est l’un de ses champs."}
	}
	switch {
	case strings.TrimSpace(f.Code) == "" || strings.TrimSpace(f.Label) == "" || len(f.Acts) == 0:
		return refuse("n’a pas de code, de nom ou d’acte")
	case f.Status != Official && f.Status != Quoted && f.Status != Drafted:
		return refuse("n’a pas de statut")
	}
	for _, name := range gapNames(f.Text) {
		if !slices.Contains(f.Fields, name) {
			return refuse("a un blanc qui n’est pas un de ses champs : " + name)
		}
	}
	if left := gap.ReplaceAllString(choice.ReplaceAllString(f.Text, ""), ""); strings.ContainsAny(left, "{}") {
		return refuse("a une accolade qui ne se ferme pas")
	}
	return nil
}

// agreed makes the words of a wording agree.
func agreed(text string, with Agreement) string {
	e, s, word := "", "", 1
	if with.Gender == Feminine {
		e, word = "e", 2
	}
	if with.Plural {
		s = "s"
	}
	text = strings.NewReplacer("{e}", e, "{s}", s).Replace(text)
	return choice.ReplaceAllStringFunc(text, func(found string) string {
		words := choice.FindStringSubmatch(found)
		if with.Plural && words[word+2] != "" {
			return words[word+2]
		}
		return words[word]
	})
}

// fill writes the fields into a wording, each in the form that its gap asks for.
func fill(text string, fields map[string]string) string {
	text = atPlace.ReplaceAllString(text, "{$1:a}")
	return gap.ReplaceAllStringFunc(text, func(found string) string {
		m := gap.FindStringSubmatch(found)
		value, known := fields[m[1]]
		value = strings.TrimSpace(value)
		day, _ := readDay(value)
		switch {
		case !known:
			return found
		case m[2] == "a" && m[1] == "pays":
			return country.In(value)
		case m[2] == "de" && m[1] == "pays":
			return country.Of(value)
		case m[2] == "a":
			return cog.At(value)
		case m[2] == "de":
			return cog.Of(value)
		case m[2] == "lettres" && day != "":
			return french.DateInWords(day.Time())
		case isDate(m[1]) && day != "" && figured(value):
			return french.Date(day.Time())
		}
		return value
	})
}

func isDate(name string) bool { return name == "date" || strings.HasPrefix(name, "date_") }

func figured(value string) bool {
	return figures.MatchString(value) || len(value) == 10 && value[4] == '-'
}

// readDay reads «12/09/2026», «2026-09-12», «12 septembre 2026», «1er mars 2027»; other words give no day and no error,
// an impossible day an error.
func readDay(text string) (authority.Day, error) {
	bare := strings.ToLower(french.Unaccented(strings.Join(strings.Fields(text), " ")))
	var d, m, y string
	if f := figures.FindStringSubmatch(bare); f != nil {
		d, m, y = f[1], f[2], f[3]
	} else if w := writtens.FindStringSubmatch(bare); w != nil && slices.Contains(months, w[2]) {
		d, m, y = w[1], strconv.Itoa(slices.Index(months, w[2])+1), w[3]
	} else if _, err := time.Parse(time.DateOnly, bare); err == nil {
		return authority.Day(bare), nil
	} else {
		return "", nil
	}
	day, _ := strconv.Atoi(d)
	month, _ := strconv.Atoi(m)
	year, _ := strconv.Atoi(y)
	return authority.ParseDay(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
}

// eventDay is the day of the event that the fields of a mention tell.
func eventDay(f Formula, fields map[string]string) authority.Day {
	for _, name := range f.Fields {
		if !isDate(name) {
			continue
		}
		if day, err := readDay(fields[name]); err == nil && day != "" {
			return day
		}
	}
	return ""
}

const catalogueHeader = "code;libelle;actes;champs;formule;statut;fondement;delai_jours;avis_par"

func csvWriter(to io.Writer) *csv.Writer {
	w := csv.NewWriter(to)
	w.Comma = ';'
	return w
}

func (f Formula) row() []string {
	var acts []string
	for _, k := range f.Acts {
		acts = append(acts, string(k))
	}
	days := ""
	if f.Days > 0 {
		days = strconv.Itoa(f.Days)
	}
	return []string{f.Code, f.Label, strings.Join(acts, ","), strings.Join(f.Fields, ","), f.Text, string(f.Status), f.Basis, days, f.Origin}
}
