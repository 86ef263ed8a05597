package publication

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/typeset/french"
)

// Schema is the national schema of the open data of deliberations.
const Schema = "scdl/deliberations 2.1.4"

// SCDLHeader is its header, exact and in its order.
func SCDLHeader() []string {
	return []string{
		"COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM", "DELIB_OBJET", "BUDGET_ANNEE", "BUDGET_NOM",
		"PREF_ID", "PREF_DATE", "VOTE_EFFECTIF", "VOTE_REEL", "VOTE_POUR", "VOTE_CONTRE", "VOTE_ABSTENTION", "DELIB_URL",
	}
}

const required = 7 // the first fields of the header

// Limits of a foreign file.
const (
	maxSCDL       = 64 << 20
	maxSCDLLines  = 200_000
	maxSCDLFaults = 500
	maxQuoted     = 80 // of a value repeated to a person
)

// Fault is what is wrong in a line of open data, and what cures it.
type Fault struct {
	Line  int    // 1 is the header; 0 the file as a whole
	Act   string // DELIB_ID, when it is known
	Field string
	Why   string
	Cure  string
	// Advice does not keep the line out: the schema recommends, and does not require.
	Advice bool
}

// String is one line.
func (f Fault) String() string {
	var at []string
	if f.Line > 0 {
		at = append(at, fmt.Sprintf("ligne %d", f.Line))
	}
	if f.Act != "" {
		at = append(at, f.Act)
	}
	if f.Field != "" {
		at = append(at, f.Field)
	}
	text := strings.TrimSpace(f.Why + " " + f.Cure)
	if len(at) > 0 {
		text = strings.Join(at, ", ") + "\u202f: " + text
	}
	return text
}

//go:embed nomenclature.csv
var nomenclature string

// Matter is a subject of the nomenclature of @CTES at level 2.
type Matter struct{ Code, Name string }

// Matters are those of the open data's schema: the nomenclature's first two levels, in
// the form that the schema gives them. That of the préfecture, finer, is another.
func Matters() []Matter {
	var all []Matter
	top := ""
	for _, line := range strings.Split(strings.TrimSpace(nomenclature), "\n") {
		code, name, _ := strings.Cut(line, ",")
		if !strings.Contains(code, ".") {
			top = name
			continue
		}
		all = append(all, Matter{code, top + "/" + name})
	}
	return all
}

// KnownMatter tells whether a code is one of Matters.
func KnownMatter(code string) bool {
	_, known := matter(code)
	return known
}

func matter(code string) (Matter, bool) {
	for _, m := range Matters() {
		if m.Code == code {
			return m, true
		}
	}
	return Matter{}, false
}

var (
	nic        = regexp.MustCompile(`^\d{5}$`)
	siret      = regexp.MustCompile(`^\d{14}$`)
	matterCode = regexp.MustCompile(`^\d\.\d{1,2}$`)
	budgetYear = regexp.MustCompile(`^[0-9]{4}(/[0-9]{4})?$`)
	prefecture = regexp.MustCompile(`^(PREF[0-9AB]{3}|SPREF[0-9AB]{3}[0-9]|SGAR[0-9AB]{3})$`)
	integer    = regexp.MustCompile(`^[0-9]{1,9}$`)
)

// scdlLine is the line of an act.
func scdlLine(b Board, a Publication, address string) []string {
	m, _ := matter(a.Matter)
	name := m.Name
	line := []string{b.Authority.Name, b.Authority.ID + b.Settings.NIC, a.Number, string(a.Adopted), a.Matter, name, oneLine(a.Subject), a.BudgetYear, a.BudgetName, "", "", "", "", "", "", "", address}
	if a.Received != "" {
		line[9], line[10] = b.Settings.Prefecture, string(a.Received)
	}
	if v := a.Votes; v != nil {
		for i, n := range []int{v.InExercise, v.Voters, v.For, v.Against, v.Abstained} {
			line[11+i] = strconv.Itoa(n)
		}
	}
	return line
}

func oneLine(s string) string { return strings.Join(strings.Fields(french.Tidy(s)), " ") }

// WriteSCDL writes the deliberations that are online, those without fault alone, the
// oldest first, and tells the faults of the others.
func WriteSCDL(b Board, address func(Publication) string) ([]byte, []Fault) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true // RFC 4180
	_ = w.Write(SCDLHeader())
	var faults []Fault
	check := scdlCheck{seen: map[string]int{}}
	for i := len(b.Acts) - 1; i >= 0; i-- {
		a := b.Acts[i]
		if a.Kind != Deliberation || !a.Online() {
			continue
		}
		line := scdlLine(b, a, address(a))
		found := check.line(0, line)
		faults = append(faults, found...)
		if !blocking(found) {
			_ = w.Write(line) // a buffer takes everything
		}
	}
	w.Flush()
	return out.Bytes(), faults
}

func blocking(faults []Fault) bool {
	for _, f := range faults {
		if !f.Advice {
			return true
		}
	}
	return false
}

// SCDLReport is what a file was found to be.
type SCDLReport struct {
	Lines  int // without the header
	Good   int // without fault
	Faults []Fault
	More   int // faults not told
}

// Valid tells whether the file may be published as it is.
func (r SCDLReport) Valid() bool { return !blocking(r.Faults) && r.More == 0 && r.Lines == r.Good }

func (r *SCDLReport) tell(f ...Fault) {
	room := max(maxSCDLFaults-len(r.Faults), 0)
	r.Faults = append(r.Faults, f[:min(room, len(f))]...)
	r.More += max(len(f)-room, 0)
}

// ErrNotSCDL tells that a file is no table at all.
var ErrNotSCDL = errors.New("not a file of deliberations")

// CheckSCDL reads a file made elsewhere and tells its faults. Errors: ErrNotSCDL.
func CheckSCDL(content []byte) (r SCDLReport, err error) {
	if len(content) > maxSCDL {
		return r, fmt.Errorf("%d bytes: %w", len(content), ErrNotSCDL)
	}
	if len(bytes.TrimSpace(content)) == 0 || bytes.IndexByte(content, 0) >= 0 {
		return r, fmt.Errorf("empty, or not text: %w", ErrNotSCDL)
	}
	if rest, has := bytes.CutPrefix(content, []byte("\xef\xbb\xbf")); has {
		content = rest
		r.tell(Fault{Why: "Le fichier commence par une marque d’ordre (BOM).", Cure: "Enregistrez-le en UTF-8 sans BOM.", Advice: true})
	}
	if !utf8.Valid(content) {
		r.tell(Fault{Why: "Le fichier n’est pas en UTF-8 : ses accents seront faux.", Cure: "Enregistrez-le en UTF-8 ; il semble être en Windows-1252 (Latin-1)."})
		if content, err = charmap.Windows1252.NewDecoder().Bytes(content); err != nil {
			return r, fmt.Errorf("decoding: %w", errors.Join(ErrNotSCDL, err))
		}
	}
	first, _, _ := bytes.Cut(content, []byte("\n"))
	comma := ','
	if n := bytes.Count(first, []byte(";")); n > bytes.Count(first, []byte(",")) {
		comma = ';'
		r.tell(Fault{Why: "Les champs sont séparés par des points-virgules.", Cure: "Enregistrez le fichier avec des virgules."})
	}
	lines := csv.NewReader(bytes.NewReader(content))
	lines.Comma, lines.FieldsPerRecord, lines.ReuseRecord = comma, -1, true
	header, err := lines.Read()
	if err != nil {
		return r, fmt.Errorf("reading the header: %w", errors.Join(ErrNotSCDL, err))
	}
	places, faults := readHeader(header)
	r.tell(faults...)
	if len(places) == 0 {
		return r, fmt.Errorf("no field of the schema in the header: %w", ErrNotSCDL)
	}
	r.body(lines, places, len(header))
	return r, nil
}

// readHeader gives where each field of the schema stands; -1 for those that are missing.
func readHeader(header []string) (places map[string]int, faults []Fault) {
	places = map[string]int{}
	known := SCDLHeader()
	ordered := len(header) == len(known)
	for i, name := range header {
		clean := strings.ToUpper(strings.TrimSpace(name))
		at := -1
		for k, want := range known {
			if want == clean {
				at = k
			}
		}
		_, twice := places[clean]
		switch {
		case at < 0:
			faults = append(faults, Fault{Line: 1, Field: quoted(name), Why: "Cette colonne n’est pas du schéma.", Cure: "Retirez-la, ou corrigez son nom.", Advice: true})
			ordered = false
		case twice:
			faults = append(faults, Fault{Line: 1, Field: clean, Why: "Cette colonne figure deux fois.", Cure: "N’en gardez qu’une."})
		default:
			places[clean] = i
			if name != clean {
				faults = append(faults, Fault{Line: 1, Field: quoted(name), Why: "Le nom de la colonne n’est pas écrit exactement.", Cure: "Écrivez « " + clean + " »."})
			}
			ordered = ordered && at == i
		}
	}
	for k, want := range known {
		if _, has := places[want]; !has {
			faults = append(faults, Fault{Line: 1, Field: want, Why: "Cette colonne manque.", Cure: "Ajoutez-la ; une valeur facultative peut rester vide.", Advice: k >= required})
			ordered = false
		}
	}
	if !ordered && len(faults) == 0 {
		faults = append(faults, Fault{Line: 1, Why: "Les colonnes ne sont pas dans l’ordre du schéma.", Cure: "Remettez-les dans l’ordre : " + strings.Join(known, ", ") + ".", Advice: true})
	}
	if len(places) == 0 {
		return nil, faults
	}
	return places, faults
}

func (r *SCDLReport) body(lines *csv.Reader, places map[string]int, width int) {
	check := scdlCheck{seen: map[string]int{}}
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if r.Lines++; r.Lines > maxSCDLLines {
			r.tell(Fault{Line: r.Lines + 1, Why: "Le fichier compte trop de lignes pour être lu en entier.", Cure: "Coupez-le par année."})
			return
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			r.tell(Fault{Line: parse.StartLine, Why: "Les guillemets de cette ligne sont mal fermés.", Cure: "Doublez les guillemets qui sont à l’intérieur d’une valeur, et fermez celui qui l’entoure."})
			continue
		}
		line, _ := lines.FieldPos(0)
		values := make([]string, len(SCDLHeader()))
		for k, name := range SCDLHeader() {
			if at, has := places[name]; has && at < len(record) {
				values[k] = record[at]
			}
		}
		var found []Fault
		if len(record) != width {
			found = append(found, Fault{Line: line, Why: fmt.Sprintf("La ligne compte %d champs, l’en-tête %d.", len(record), width), Cure: "Entourez de guillemets les valeurs qui contiennent une virgule."})
		}
		found = append(found, check.line(line, values)...)
		if !blocking(found) {
			r.Good++
		}
		r.tell(found...)
	}
}

// scdlCheck holds what has been seen of a file.
type scdlCheck struct{ seen map[string]int }

// line checks one line against the schema.
func (c *scdlCheck) line(n int, v []string) (out []Fault) {
	names := SCDLHeader()
	fault := func(k int, why, cure string) {
		out = append(out, Fault{Line: n, Act: quoted(v[2]), Field: names[k], Why: why, Cure: cure})
	}
	advise := func(k int, why, cure string) {
		out = append(out, Fault{Line: n, Act: quoted(v[2]), Field: names[k], Why: why, Cure: cure, Advice: true})
	}
	cures := []string{
		"Écrivez le nom officiel de la collectivité.", "Complétez le NIC dans les réglages de la publication.", "Donnez un numéro à la délibération.", "Indiquez la date d’adoption.",
		"Choisissez la matière dans la fiche de l’acte.", "Choisissez la matière dans la fiche de l’acte.", "Écrivez l’objet.",
	}
	for k := range required {
		if strings.TrimSpace(v[k]) == "" {
			fault(k, "Cette valeur est obligatoire et manque.", cures[k])
		}
	}
	if v[1] != "" && !siret.MatchString(v[1]) {
		fault(1, "Le SIRET « "+quoted(v[1])+" » ne compte pas quatorze chiffres.", "Écrivez les neuf chiffres du SIREN et les cinq du NIC, sans espace.")
	}
	if key := v[1] + "\x00" + v[2]; v[2] != "" {
		if before, twice := c.seen[key]; twice {
			why := "Cet identifiant figure déjà."
			if before > 0 {
				why = fmt.Sprintf("Cet identifiant figure déjà à la ligne %d.", before)
			}
			fault(2, why, "Donnez à chaque délibération un identifiant à elle.")
		} else {
			c.seen[key] = n
		}
	}
	adopted := date(v[3])
	if v[3] != "" && adopted == "" {
		fault(3, "La date « "+quoted(v[3])+" » n’est pas de la forme AAAA-MM-JJ.", "Écrivez-la ainsi : 2026-11-24.")
	}
	checkMatter(v[4], v[5], fault, advise)
	if v[7] != "" && !budgetYear.MatchString(v[7]) {
		fault(7, "L’année « "+quoted(v[7])+" » n’est pas de la forme AAAA ou AAAA/AAAA.", "Corrigez-la.")
	}
	if v[9] != "" && !prefecture.MatchString(v[9]) {
		advise(9, "« "+quoted(v[9])+" » n’a pas la forme d’un identifiant de préfecture.", "Écrivez PREF040 pour la préfecture, SPREF0401 pour la sous-préfecture.")
	}
	received := date(v[10])
	switch {
	case v[10] != "" && received == "":
		fault(10, "La date « "+quoted(v[10])+" » n’est pas de la forme AAAA-MM-JJ.", "Écrivez-la ainsi : 2026-11-24.")
	case received != "" && adopted != "" && received < adopted:
		fault(10, "La réception en préfecture précède l’adoption.", "Corrigez l’une des deux dates.")
	}
	checkVotes(v, fault)
	if u, err := url.Parse(v[16]); v[16] != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		fault(16, "« "+quoted(v[16])+" » n’est pas une adresse entière.", "Écrivez-la depuis https://.")
	}
	return out
}

func checkMatter(code, name string, fault, advise func(k int, why, cure string)) {
	if code == "" {
		return
	}
	m, known := matter(code)
	switch {
	case !matterCode.MatchString(code):
		fault(4, "Le code « "+quoted(code)+" » n’est pas du deuxième niveau de la nomenclature.", "Écrivez un chiffre, un point et le sous-domaine : 7.5.")
		return
	case !known:
		fault(4, "Le code « "+quoted(code)+" » n’existe pas dans la nomenclature Actes.", "Prenez-en un de 1.1 à 9.4.")
		return
	case name == "":
		return
	}
	top, under, _ := strings.Cut(m.Name, "/")
	gotTop, gotUnder, _ := strings.Cut(name, "/")
	switch {
	case !same(top, gotTop):
		fault(5, "Le nom de la matière ne va pas avec le code "+code+".", "Écrivez « "+m.Name+" ».")
	case !same(under, gotUnder):
		advise(5, "Le deuxième niveau du nom n’est pas celui de la nomenclature pour le code "+code+".", "Écrivez « "+m.Name+" ».")
	}
}

// same compares two names without case, accents or spaces around.
func same(a, b string) bool {
	plain := func(s string) string {
		return strings.ReplaceAll(strings.ToLower(french.Unaccented(strings.Join(strings.Fields(s), " "))), "œ", "oe")
	}
	return plain(a) == plain(b)
}

func checkVotes(v []string, fault func(k int, why, cure string)) {
	var n [5]int
	var has [5]bool
	for i := range n {
		text := v[11+i]
		if text == "" {
			continue
		}
		if !integer.MatchString(text) {
			fault(11+i, "« "+quoted(text)+" » n’est pas un nombre entier.", "Écrivez le nombre seul, ou laissez vide.")
			continue
		}
		n[i], _ = strconv.Atoi(text) // nine digits at most
		has[i] = true
	}
	if has[0] && has[1] && n[1] > n[0] {
		fault(12, fmt.Sprintf("Il y a plus de votants (%d) que de membres en exercice (%d).", n[1], n[0]), "Vérifiez les deux nombres.")
	}
	if sum := n[2] + n[3] + n[4]; has[1] && sum > n[1] {
		fault(13, fmt.Sprintf("Pour, contre et abstentions font %d voix, pour %d votants.", sum, n[1]), "Recomptez les voix.")
	}
}

func date(text string) authority.Day {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return ""
	}
	return authority.Day(text)
}

// quoted is a foreign value as it may be shown.
func quoted(s string) string {
	r := []rune(strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return '·'
		}
		return r
	}, s))
	if len(r) > maxQuoted {
		return string(r[:maxQuoted]) + "…"
	}
	return string(r)
}

func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}
