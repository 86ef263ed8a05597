package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// kinds are the words for the kinds of acts, as lists and folders write them.
var kinds = map[string]civilstatus.ActKind{
	"nai": civilstatus.Birth, "n": civilstatus.Birth, "naissance": civilstatus.Birth, "naissances": civilstatus.Birth,
	"mar": civilstatus.Marriage, "m": civilstatus.Marriage, "mariage": civilstatus.Marriage, "mariages": civilstatus.Marriage,
	"dec": civilstatus.Death, "d": civilstatus.Death, "deces": civilstatus.Death,
	"rec": civilstatus.Recognition, "r": civilstatus.Recognition, "reconnaissance": civilstatus.Recognition, "reconnaissances": civilstatus.Recognition,
}

var genders = map[string]civilstatus.Gender{"m": civilstatus.Masculine, "h": civilstatus.Masculine, "1": civilstatus.Masculine, "f": civilstatus.Feminine, "2": civilstatus.Feminine}

// Problem is what a person must look at.
type Problem struct {
	At     int // the line's place in the list, from 0
	Column Column
	Why    string
	Cure   string
	// Stops: the act of the line is not imported as it is.
	Stops bool
}

// Plan is what would be imported.
type Plan struct {
	Scans []civilstatus.Scan
	// Lines are the places, in the list, of each scan's lines.
	Lines    [][]int
	Problems []Problem // in the order of the lines
	Pages    int
	Held     int // acts that a problem stops
	Aside    int // lines that a person set aside
}

// Make plans the import of a list into the registers of a commune. An error is one of the disk alone.
func Make(lines []Line, files *Files, commune string) (*Plan, error) {
	m := &maker{Plan: &Plan{}, lines: lines, files: files, commune: commune, stopped: map[key]bool{}, acts: map[key][]int{}}
	m.insee = mostFrequent(lines)
	for at := range lines {
		if lines[at].Values[Aside] != "" {
			m.Plan.Aside++
			continue
		}
		if err := m.line(at); err != nil {
			return nil, err
		}
	}
	m.shared()
	for _, k := range m.order {
		m.act(k)
	}
	slices.SortStableFunc(m.Problems, func(a, b Problem) int { return a.At - b.At })
	return m.Plan, nil
}

// key is what the lines of one act have in common.
type key struct{ kind, year, register, number string }

type maker struct {
	*Plan
	lines   []Line
	files   *Files
	commune string
	insee   string
	order   []key
	acts    map[key][]int
	stopped map[key]bool
}

func mostFrequent(lines []Line) (best string) {
	count := map[string]int{}
	for _, l := range lines {
		if v := l.Values[INSEE]; v != "" {
			if count[v]++; count[v] > count[best] || best == "" {
				best = v
			}
		}
	}
	return best
}

func (m *maker) key(at int) key {
	v := m.lines[at].Values
	kind := strings.ToLower(french.Unaccented(v[Type]))
	if k, ok := kinds[kind]; ok {
		kind = string(k)
	}
	return key{kind, v[Year], v[Book], strings.ToLower(v[Number])}
}

// line checks what a line says by itself.
func (m *maker) line(at int) error {
	k, v := m.key(at), m.lines[at].Values
	if m.acts[k] == nil {
		m.order = append(m.order, k)
	}
	m.acts[k] = append(m.acts[k], at)
	stop := func(c Column, why, cure string) {
		m.Problems, m.stopped[k] = append(m.Problems, Problem{at, c, why, cure, true}), true
	}
	tell := func(c Column, why, cure string) {
		m.Problems = append(m.Problems, Problem{at, c, why, cure, false})
	}
	if civilstatus.ActKind(k.kind).Name() == "" {
		stop(Type, fmt.Sprintf("La nature «%s» n’est pas connue.", v[Type]), "Écrivez NAI, MAR, DEC ou REC.")
	}
	year, err := strconv.Atoi(v[Year])
	if err != nil || year < 1500 || year > 2200 {
		stop(Year, fmt.Sprintf("L’année «%s» n’en est pas une.", v[Year]), "Écrivez l’année du registre en quatre chiffres.")
	}
	if v[Number] == "" {
		stop(Number, "Le numéro de l’acte manque.", "Lisez-le sur l’image et écrivez-le.")
	}
	if m.insee != v[INSEE] && v[INSEE] != "" {
		stop(INSEE, fmt.Sprintf("Le code de commune %s n’est pas celui du registre (%s).", v[INSEE], m.insee), "Corrigez-le, ou importez à part le registre de l’autre commune.")
	}
	if v[LastName] == "" {
		tell(LastName, "Le nom manque : l’acte sera à indexer.", "Écrivez-le ici, ou plus tard devant l’image.")
	}
	if g := v[Gender]; g != "" && genders[strings.ToLower(g)] == "" {
		tell(Gender, fmt.Sprintf("Le sexe «%s» n’est pas compris : il reste à indiquer.", g), "Écrivez M ou F.")
	}
	day, written, err := Day(v[Date])
	switch {
	case err != nil:
		stop(Date, fmt.Sprintf("«%s» n’est pas un jour du calendrier.", v[Date]), "Corrigez la date d’après l’image, ou effacez-la.")
	case day != "" && year != 0 && (day.Time().Year() > year+1 || day.Time().Year() < year-1):
		tell(Date, fmt.Sprintf("La date (%s) n’est pas de l’année du registre (%d).", v[Date], year), "Vérifiez l’une et l’autre.")
	case day == "" && written != "":
		tell(Date, fmt.Sprintf("«%s» n’est pas un jour : la date est gardée comme elle est écrite.", written), "Complétez-la si l’image la donne.")
	}
	if sum := v[SHA256]; sum != "" {
		if _, err := store.ParseDigest(strings.ToLower(sum)); err != nil {
			stop(SHA256, "L’empreinte n’a pas 64 chiffres hexadécimaux.", "Corrigez-la, ou effacez-la : l’image ne sera alors comparée à rien.")
		}
	}
	if found := m.files.find(v[File]); found.err != nil {
		r := rule.Find(found.err)
		if r == nil {
			return found.err
		}
		stop(File, r.Why, r.Cure)
	}
	return nil
}

// ordinary is the share of a register's images that may be of several acts by mistake; beyond, its pages hold several acts.
const ordinary = 0.1

// shared tells of the images that the list gives to several acts: a page may hold two, or the list be wrong.
func (m *maker) shared() {
	of := map[string][]int{} // the first line of each act, by file
	var names []string
	for _, k := range m.order {
		seen := map[string]bool{}
		for _, at := range m.acts[k] {
			name := m.files.find(m.lines[at].Values[File]).name
			if name == "" || seen[name] {
				continue
			}
			seen[name] = true
			if of[name] == nil {
				names = append(names, name)
			}
			of[name] = append(of[name], at)
		}
	}
	names, all := slices.DeleteFunc(names, func(name string) bool { return len(of[name]) < 2 }), len(names)
	const cure = "Une page peut porter plusieurs actes : regardez l’image. Si la liste se trompe, corrigez le nom du fichier."
	if len(names) > 1 && float64(len(names)) > ordinary*float64(all) {
		m.Problems = append(m.Problems, Problem{At: of[names[0]][1], Column: File, Cure: cure, Why: fmt.Sprintf("%d des %d images sont données à plusieurs actes.", len(names), all)})
		return
	}
	for _, name := range names {
		first := m.lines[of[name][0]]
		for _, at := range of[name][1:] {
			m.Problems = append(m.Problems, Problem{At: at, Column: File, Cure: cure, Why: fmt.Sprintf("L’image «%s» est aussi celle de l’acte n° %s (ligne %d).", m.lines[at].Values[File], first.Values[Number], first.N)})
		}
	}
}

// act makes a scan of the lines of one act, unless they contradict each other.
func (m *maker) act(k key) {
	lines := m.inOrder(m.acts[k])
	m.sameAct(k, lines)
	if m.stopped[k] {
		m.Held++
		return
	}
	first := m.lines[lines[0]].Values
	year, _ := strconv.Atoi(first[Year])
	a := civilstatus.Act{
		Kind: civilstatus.ActKind(k.kind), Year: year, Register: first[Book], Number: first[Number], Page: first[Page], Commune: m.commune,
		LastName: m.parties(lines, LastName), FirstName: m.parties(lines, FirstName), Usual: first[Usual], Gender: genders[strings.ToLower(first[Gender])],
	}
	a.Date, a.Written, _ = Day(first[Date])
	if a.Kind == civilstatus.Marriage {
		a.Gender = "" // two persons
	}
	s := civilstatus.Scan{Act: a}
	had := map[string]bool{}
	for _, at := range lines {
		v := m.lines[at].Values
		name := m.files.find(v[File]).name
		if had[name] {
			continue // a line for each of the spouses, on one page
		}
		had[name] = true
		p := civilstatus.Source{Name: name, Open: m.files.open(name)}
		if d, err := store.ParseDigest(strings.ToLower(v[SHA256])); err == nil {
			p.Want = &d
		}
		s.Pages = append(s.Pages, p)
	}
	m.Pages += len(s.Pages)
	m.Scans, m.Lines = append(m.Scans, s), append(m.Lines, lines)
}

// inOrder sorts the pages of an act by their numbers, when all have one.
func (m *maker) inOrder(lines []int) []int {
	page := func(at int) (int, error) { return strconv.Atoi(m.lines[at].Values[Page]) }
	for _, at := range lines {
		if _, err := page(at); err != nil {
			return lines
		}
	}
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b int) int {
		x, _ := page(a)
		y, _ := page(b)
		return x - y
	})
	return sorted
}

// sameAct holds two acts that bear one number: a marriage has two names, any other act one.
func (m *maker) sameAct(k key, lines []int) {
	allowed := 1
	if k.kind == string(civilstatus.Marriage) {
		allowed = 2
	}
	names := map[string]bool{}
	for _, at := range lines {
		v := m.lines[at].Values
		if v[LastName] != "" {
			names[strings.ToLower(french.Unaccented(v[LastName]+" "+v[FirstName]))] = true
		}
	}
	if len(names) <= allowed {
		return
	}
	m.stopped[k] = true
	for _, at := range lines {
		m.Problems = append(m.Problems, Problem{at, Number, fmt.Sprintf("Plusieurs actes portent le numéro %s.", m.lines[at].Values[Number]), "Corrigez le numéro (12 bis ?), le registre ou le nom d’après les images.", true})
	}
}

// parties joins what the lines of an act say of its persons: «Exemple – Modèle» for a marriage.
func (m *maker) parties(lines []int, c Column) string {
	var all []string
	for _, at := range lines {
		if v := m.lines[at].Values[c]; v != "" && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return strings.Join(all, " – ")
}
