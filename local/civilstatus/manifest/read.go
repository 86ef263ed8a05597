package manifest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// Column is a column of the list, as its first line names it.
type Column string

// The columns.
const (
	INSEE     Column = "insee"
	Type      Column = "type"
	Year      Column = "annee"
	Book      Column = "registre" // the register, as the commune calls it
	Number    Column = "numero"
	Page      Column = "page"
	File      Column = "fichier"
	SHA256    Column = "sha256"
	LastName  Column = "nom"
	FirstName Column = "prenoms"
	Usual     Column = "nom_usage"
	Gender    Column = "sexe"
	Date      Column = "date_evenement"
	Aside     Column = "ecarte" // «oui»: a person set the line aside
)

// Columns are all of them, in the order in which they are written.
func Columns() []Column {
	return []Column{INSEE, Type, Year, Book, Number, Page, File, SHA256, LastName, FirstName, Usual, Gender, Date, Aside}
}

// needed are those without which no act can be told from another.
var needed = []Column{Type, Year, Number, File}

// aliases are other names that the lists of digitisers use.
var aliases = map[string]Column{
	"code_insee": INSEE, "commune": INSEE, "nature": Type, "type_acte": Type, "an": Year, "num": Number, "no": Number, "numero_acte": Number, "n": Number,
	"vue": Page, "ordre": Page, "image": File, "nom_fichier": File, "chemin": File, "empreinte": SHA256, "hash": SHA256, "nom_famille": LastName,
	"prenom": FirstName, "usage": Usual, "nom_epouse": Usual, "nom_marital": Usual, "genre": Gender, "date": Date, "date_acte": Date,
}

// Line is a page of the list: what stands in each column.
type Line struct {
	N      int // in the file, its first line being 1; 0 when there is no file
	Values map[Column]string
}

// The limits of a list.
const (
	MaxSize  = 256 << 20
	maxLines = 500_000
	maxValue = 4_000 // bytes
)

// Read reads a list. A list that cannot be one is refused with its reason.
func Read(r io.Reader) ([]Line, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading the list: %w", err)
	}
	if len(raw) > MaxSize {
		return nil, refuse("La liste dépasse 256 Mo.", "Découpez-la par registre.")
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, refuse("Ce fichier n’est pas une liste (CSV).", "Enregistrez le tableau au format CSV, puis choisissez ce fichier.")
	}
	if !utf8.Valid(raw) {
		if raw, err = charmap.Windows1252.NewDecoder().Bytes(raw); err != nil {
			return nil, fmt.Errorf("reading the list: %w", err)
		}
	}
	rows := csv.NewReader(bytes.NewReader(raw))
	rows.Comma, rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = separator(raw), -1, true, true
	return lines(rows)
}

func refuse(why, cure string) error { return &rule.Refusal{Why: why, Cure: cure} }

// separator is the one that the first line has the most of.
func separator(raw []byte) rune {
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	best := ';'
	for _, r := range ",\t" {
		if bytes.Count(first, []byte(string(r))) > bytes.Count(first, []byte(string(best))) {
			best = r
		}
	}
	return best
}

func lines(rows *csv.Reader) ([]Line, error) {
	names, err := rows.Read()
	if err != nil {
		return nil, refuse("La liste est vide.", "Choisissez la liste (CSV) qui accompagne les images.")
	}
	columns := make([]Column, len(names))
	for i, name := range names {
		columns[i] = column(name)
	}
	for _, c := range needed {
		if !slices.Contains(columns, c) {
			return nil, refuse(fmt.Sprintf("La liste n’a pas de colonne «%s».", c), "Sa première ligne nomme les colonnes : type ; annee ; numero ; fichier, et si possible registre, page, nom, prenoms, date_evenement.")
		}
	}
	var all []Line
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		n, _ := rows.FieldPos(0)
		if err != nil {
			return nil, refuse(fmt.Sprintf("La ligne %d de la liste est illisible.", n), "Corrigez-la dans un tableur, puis recommencez ; rien n’est importé.")
		}
		if len(all) == maxLines {
			return nil, refuse("La liste compte plus de 500 000 lignes.", "Découpez-la par registre.")
		}
		line := Line{N: n, Values: map[Column]string{}}
		for i, value := range row {
			if i < len(columns) && columns[i] != "" {
				line.Values[columns[i]] = clean(value)
			}
		}
		if !line.blank() {
			all = append(all, line)
		}
	}
}

// column is the one of a name, whatever its capitals, accents and spaces; empty for an unknown one.
func column(name string) Column {
	name = strings.NewReplacer(" ", "_", "-", "_", "°", "").Replace(strings.ToLower(french.Unaccented(strings.TrimSpace(name))))
	if slices.Contains(Columns(), Column(name)) {
		return Column(name)
	}
	return aliases[name]
}

// clean is a value on one line, with the apostrophe of printers whichever of the six was typed.
func clean(value string) string {
	if len(value) > maxValue {
		value = strings.ToValidUTF8(value[:maxValue], "")
	}
	value = strings.Join(strings.Fields(value), " ")
	return strings.NewReplacer("'", "’", "`", "’", "´", "’", "‘", "’", "ʼ", "’", "′", "’").Replace(value)
}

// With is the line with another value.
func (l Line) With(c Column, value string) Line {
	values := map[Column]string{}
	maps.Copy(values, l.Values)
	values[c] = clean(value)
	return Line{N: l.N, Values: values}
}

func (l Line) blank() bool {
	for _, v := range l.Values {
		if v != "" {
			return false
		}
	}
	return true
}

// Write writes lines as Read reads them.
func Write(w io.Writer, lines []Line) error {
	out := csv.NewWriter(w)
	out.Comma = ';'
	var names []string
	for _, c := range Columns() {
		names = append(names, string(c))
	}
	if err := out.Write(names); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	for _, l := range lines {
		row := make([]string, len(names))
		for i, c := range Columns() {
			row[i] = l.Values[c]
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("writing the list: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}
