package cog

import (
	_ "embed"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"alpi40.fr/airial/local/typeset/french"
)

//go:embed communes.csv
var communesTable string

//go:embed epci.csv
var epciTable string

// Kind tells a commune from what has kept its name inside one.
type Kind string

// The kinds.
const (
	Present        Kind = ""
	Delegated      Kind = "D" // commune déléguée of a commune nouvelle
	Associated     Kind = "A"
	Arrondissement Kind = "M" // of Paris, Lyon, Marseille
)

// Commune is a line of the official geographic code.
type Commune struct {
	Code string // 5 characters: «40088», «2A004»
	Name string // with its article: «Le Vignau»
	// Article is the code TNCC (0 to 8), which tells «de Hambach» from «d’Habas».
	Article int
	Kind    Kind
	SIREN   string // 9 digits, "" where there is none
	// Population is the population municipale, 0 where none is published.
	Population int
	// Seat is the code of the commune that one belongs to, for who is not Present.
	Seat string
}

// Of is «d’Amou», «du Vignau», «de Dax».
func (c Commune) Of() string { return french.Of(c.Name, c.Article) }

// At is «à Amou», «au Vignau».
func (c Commune) At() string { return french.At(c.Name, c.Article) }

// Department is its code: «40», «2A», «974».
func (c Commune) Department() string {
	if strings.HasPrefix(c.Code, "97") || strings.HasPrefix(c.Code, "98") {
		return c.Code[:3]
	}
	return c.Code[:2]
}

// Source cites the table that the population comes from, for who prints it.
func (c Commune) Source() string {
	switch c.Department() {
	case "976":
		return "Insee, population municipale, recensement de Mayotte 2017"
	case "975", "977", "978", "986", "987", "988":
		return "Insee, populations des collectivités d’outre-mer, table de 2026"
	}
	return "Insee, populations de référence 2023 (population municipale), en vigueur au 1er janvier 2026"
}

// ByCode gives the present commune of a code, else what kept the code.
func ByCode(code string) (Commune, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if len(code) != 5 {
		return Commune{}, false
	}
	line, found := lineOf(communesTable, code)
	if !found {
		return Commune{}, false
	}
	return parsed(line), true
}

// BySIREN gives the commune of a SIREN.
func BySIREN(siren string) (Commune, bool) {
	if len(siren) != 9 || strings.Trim(siren, "0123456789") != "" {
		return Commune{}, false
	}
	at := strings.Index(communesTable, ";"+siren+";")
	if at < 0 {
		return Commune{}, false
	}
	start := strings.LastIndexByte(communesTable[:at], '\n') + 1
	return parsed(upToEnd(communesTable[start:])), true
}

// ByName gives who bears a name, accents, capitals, hyphens and «St» set aside: communes first, the most populated first.
func ByName(name string) []Commune {
	var found []Commune
	for _, line := range names()[Fold(name)] {
		found = append(found, parsed(line))
	}
	return found
}

// Prepare makes the index of the names, which takes a moment: whoever looks for names on the window's thread calls it before.
func Prepare() { names() }

// Search gives up to limit present communes for what is being typed: a code, the beginning of a name, then names that hold
// the words; the most populated first.
func Search(words string, limit int) []Commune {
	if c, found := ByCode(words); found {
		return []Commune{c}
	}
	typed := Fold(words)
	if typed == "" {
		return nil
	}
	var begin, hold []Commune
	for name, lines := range names() {
		at := strings.Index(name, typed)
		if at < 0 {
			continue
		}
		for _, line := range lines {
			switch c := parsed(line); {
			case c.Kind != Present:
			case at == 0:
				begin = append(begin, c)
			case name[at-1] == ' ':
				hold = append(hold, c)
			}
		}
	}
	byPopulation(begin)
	byPopulation(hold)
	found := append(begin, hold...)
	return found[:min(limit, len(found))]
}

// Of writes «de» before the name of a commune as typed: «d’Habas», «de Hambach», «du Vignau». A name that the table does
// not know, or that communes bear in several ways, is read by its letters.
func Of(name string) string { return french.Of(name, articleOf(name)) }

// At writes «à» before the name of a commune as typed: «au Vignau», «à Dax».
func At(name string) string { return french.At(name, articleOf(name)) }

func articleOf(name string) int {
	known := ByName(name)
	if len(known) == 0 {
		return byLetters(name)
	}
	for _, c := range known[1:] {
		if c.Article != known[0].Article {
			return byLetters(name)
		}
	}
	return known[0].Article
}

// byLetters is the code TNCC that a name tells by itself; an H, mute or not, is read as not.
func byLetters(name string) int {
	for _, a := range []struct {
		prefix string
		tncc   int
	}{{"Le ", 2}, {"La ", 3}, {"Les ", 4}, {"L'", 5}, {"L’", 5}, {"Aux ", 6}, {"Las ", 7}, {"Los ", 8}} {
		if strings.HasPrefix(name, a.prefix) {
			return a.tncc
		}
	}
	if first := Fold(name); first != "" && strings.ContainsRune("aeiouy", rune(first[0])) {
		return 1
	}
	return 0
}

var ligatures = strings.NewReplacer("œ", "oe", "æ", "ae")

// Fold is a name as it is compared: without accents, capitals, hyphens and apostrophes, «St» and «Ste» in full.
func Fold(name string) string {
	lower := strings.ToLower(name)
	if strings.ContainsFunc(lower, func(r rune) bool { return r > unicode.MaxASCII }) {
		lower = ligatures.Replace(french.Unaccented(lower))
	}
	words := strings.FieldsFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		switch w {
		case "st":
			words[i] = "saint"
		case "ste":
			words[i] = "sainte"
		}
	}
	return strings.Join(words, " ")
}

// names gives the lines of each folded name. It is made once, when a name is first looked for.
var names = sync.OnceValue(func() map[string][]string {
	all := make(map[string][]string, 36000)
	for line := range strings.Lines(communesTable) {
		line = strings.TrimSuffix(line, "\n")
		key := Fold(strings.SplitN(line, ";", 3)[1])
		all[key] = append(all[key], line)
	}
	for _, lines := range all {
		if len(lines) > 1 {
			sort.SliceStable(lines, func(i, j int) bool { return before(parsed(lines[i]), parsed(lines[j])) })
		}
	}
	return all
})

func byPopulation(all []Commune) {
	sort.Slice(all, func(i, j int) bool { return before(all[i], all[j]) })
}

func before(a, b Commune) bool {
	switch {
	case (a.Kind == Present) != (b.Kind == Present):
		return a.Kind == Present
	case a.Population != b.Population:
		return a.Population > b.Population
	}
	return a.Code < b.Code
}

func parsed(line string) Commune {
	f := strings.Split(line, ";")
	c := Commune{Code: f[0], Name: f[1], Kind: Kind(f[3]), SIREN: f[4], Seat: f[6]}
	c.Population, _ = strconv.Atoi(f[5]) // empty where none is published
	var err error
	if c.Article, err = strconv.Atoi(f[2]); err != nil { // the table has none for the overseas collectivities
		c.Article = byLetters(c.Name)
	}
	return c
}

// lineOf finds the first line of a table sorted by its first field.
func lineOf(table, key string) (string, bool) {
	low, high := 0, len(table)
	for low < high {
		middle := strings.LastIndexByte(table[:(low+high)/2], '\n') + 1
		if middle < low {
			middle = low
		}
		line := upToEnd(table[middle:])
		if line[:strings.IndexByte(line, ';')] < key {
			low = middle + len(line) + 1
		} else {
			high = middle
		}
	}
	line := upToEnd(table[low:])
	return line, strings.HasPrefix(line, key+";")
}

func upToEnd(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
