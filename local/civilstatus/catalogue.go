package civilstatus

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

//go:embed formulas.csv
var embedded []byte

// ActKind is the kind of an act.
type ActKind string

// The kinds, as the catalogue writes them.
const (
	Birth       ActKind = "NAI"
	Marriage    ActKind = "MAR"
	Death       ActKind = "DEC"
	Recognition ActKind = "REC"
)

// Name is the kind as a person reads it: «naissance».
func (k ActKind) Name() string {
	return map[ActKind]string{Birth: "naissance", Marriage: "mariage", Death: "décès", Recognition: "reconnaissance"}[k]
}

// Status says how sure a wording is.
type Status string

// The statuses: read in the official text, quoted by a public source, drafted.
const (
	Official Status = "officiel"
	Quoted   Status = "cite"
	Drafted  Status = "projet"
)

func (s Status) typeset() typeset.MentionStatus {
	switch s {
	case Official:
		return typeset.Official
	case Quoted:
		return typeset.Quoted
	}
	return typeset.Drafted
}

// Formula is a kind of mention on a kind of act.
type Formula struct {
	Code   string    `json:"code"`
	Label  string    `json:"label"`
	Acts   []ActKind `json:"acts"`
	Fields []string  `json:"fields,omitempty"`
	Text   string    `json:"text,omitempty"` // with its gaps (see grammar.go): «Marié{e} à {lieu}…»; empty where no wording is known
	Status Status    `json:"status"`
	Basis  string    `json:"basis,omitempty"`
	Days   int       `json:"days,omitempty"` // within which it is to be affixed; 0 when none is set
	Origin string    `json:"origin,omitempty"`
}

// historical is the origin of the mentions that old acts bear and that no act receives any more.
const historical = "lecture seule"

// Historical tells whether such a mention is only read, on old acts.
func (f Formula) Historical() bool { return f.Origin == historical }

// Catalogue is the formulas, in the order of the file.
type Catalogue []Formula

var errCatalogue = errors.New("the catalogue of formulas is not valid")

const maxCatalogue = 4 << 20

// Standard is the catalogue that comes with the program.
func Standard() (Catalogue, error) { return ReadCatalogue(bytes.NewReader(embedded)) }

// ReadCatalogue reads a catalogue: CSV, semicolons, the columns of formulas.csv.
func ReadCatalogue(from io.Reader) (Catalogue, error) {
	r := csv.NewReader(io.LimitReader(from, maxCatalogue))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', 9, true
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 || rows[0][0] != "code" {
		return nil, fmt.Errorf("%w: %w", errCatalogue, errors.Join(err))
	}
	var c Catalogue
	for i, row := range rows[1:] {
		f, err := readFormula(row)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", errCatalogue, i+2, err)
		}
		c = append(c, f)
	}
	return c, nil
}

func readFormula(row []string) (Formula, error) {
	f := Formula{Code: row[0], Label: row[1], Text: french.Tidy(row[4]), Status: Status(row[5]), Basis: row[6], Origin: row[8]}
	for _, a := range strings.Split(row[2], ",") {
		k := ActKind(strings.TrimSpace(a))
		if k != "" && k.Name() == "" && k != "TOUS" {
			return f, fmt.Errorf("kind of act %q", a)
		}
		if k == "TOUS" {
			f.Acts = []ActKind{Birth, Marriage, Death, Recognition}
			continue
		}
		f.Acts = append(f.Acts, k)
	}
	if row[3] != "" {
		f.Fields = strings.Split(row[3], ",")
	}
	if f.Code == "" || (f.Status != Official && f.Status != Quoted && f.Status != Drafted) {
		return f, fmt.Errorf("code %q, status %q", f.Code, f.Status)
	}
	if row[7] != "" {
		var err error
		if f.Days, err = strconv.Atoi(row[7]); err != nil {
			return f, fmt.Errorf("days: %w", err)
		}
	}
	return f, nil
}

// On gives the formulas that an act may bear.
func (c Catalogue) On(kind ActKind) []Formula {
	var out []Formula
	for _, f := range c {
		if slices.Contains(f.Acts, kind) {
			out = append(out, f)
		}
	}
	return out
}

// Find gives the formula of a code on a kind of act, or a refusal.
func (c Catalogue) Find(code string, on ActKind) (Formula, error) {
	known := ""
	for _, f := range c {
		if f.Code != code {
			continue
		}
		known = f.Label
		if slices.Contains(f.Acts, on) {
			return f, nil
		}
	}
	if code == "DECES" {
		return Formula{}, &rule.Refusal{
			Article: "Code civil, art. 79", Why: "Le décès se mentionne uniquement sur l’acte de naissance du défunt.",
			Cure: "Choisissez l’acte de naissance de la personne décédée.",
		}
	}
	if known != "" {
		return Formula{}, &rule.Refusal{Why: fmt.Sprintf("La mention «%s» ne se porte pas sur un acte de %s.", known, on.Name()), Cure: "Choisissez un autre acte ou une autre mention."}
	}
	return Formula{}, &rule.Refusal{Why: "Cette mention n’est pas au catalogue.", Cure: "Mettez le catalogue à jour par la synchronisation."}
}

// Gender of the person whom the act is about.
type Gender string

// The genders that words agree with.
const (
	Masculine Gender = "M"
	Feminine  Gender = "F"
)

// Preview gives the mention of one person exactly as it will read; see [Formula.Words].
func (f Formula) Preview(g Gender, fields map[string]string) (string, error) {
	return f.Words(Agreement{Gender: g}, fields)
}

// Agreement is what the words of a mention agree with.
type Agreement struct {
	Gender Gender
	// Plural: two persons, the spouses of a marriage. Of two women the gender is feminine, else masculine.
	Plural bool
}

// Agreement is that of the mentions of an act. A marriage is of two persons.
func (a *Act) Agreement() Agreement {
	if a.Kind != Marriage {
		return Agreement{Gender: a.Gender}
	}
	g := a.Gender
	if g == "" {
		g = Masculine
	}
	return Agreement{Gender: g, Plural: true}
}

// Words gives the mention exactly as it will read. A missing field is a
// refusal that names it; so is a formula without a known wording.
func (f Formula) Words(with Agreement, fields map[string]string) (string, error) {
	if f.Text == "" {
		return "", &rule.Refusal{
			Article: f.Basis, Why: fmt.Sprintf("Le libellé de la mention «%s» n’est pas encore connu du catalogue.", f.Label),
			Cure: "Reprenez le libellé de la circulaire du 26 août 2020 (JUSC2021489C), ou attendez la mise à jour du catalogue.",
		}
	}
	for _, name := range f.Fields {
		value := strings.TrimSpace(fields[name])
		if value == "" {
			return "", &rule.Refusal{Article: f.Basis, Why: fmt.Sprintf("Il manque «%s».", FieldLabel(name)), Cure: "Complétez la mention."}
		}
		if _, err := readDay(value); isDate(name) && err != nil {
			return "", &rule.Refusal{Why: fmt.Sprintf("«%s» n’est pas un jour du calendrier.", value), Cure: "Corrigez la date."}
		}
	}
	if with.Gender == "" && (strings.Contains(f.Text, "{e}") || choice.MatchString(f.Text)) {
		return "", &rule.Refusal{Why: "L’index de l’acte ne dit pas le sexe de la personne, dont l’accord de la mention dépend.", Cure: "Complétez l’index d’après l’image, puis préparez la mention."}
	}
	return fill(agreed(f.Text, with), fields), nil
}

// FieldLabel names a field as a form shows it.
func FieldLabel(name string) string {
	if l, ok := labels[name]; ok {
		return l
	}
	return strings.ReplaceAll(name, "_", " ")
}

var labels = map[string]string{
	"lieu": "lieu", "date": "date", "conjoint_prenoms": "prénoms du conjoint", "conjoint_nom": "nom du conjoint", "tribunal": "tribunal",
	"date_jugement": "date du jugement", "date_depot": "date du dépôt", "residence": "résidence du notaire", "crpcen": "numéro CRPCEN de l’office",
	"notaire": "nom du notaire", "lieu_transcription": "lieu de la transcription", "numero": "numéro de l’acte", "auteur": "auteur",
	"autorite": "autorité", "arrete": "arrêté", "adoptant": "adoptant",
}
