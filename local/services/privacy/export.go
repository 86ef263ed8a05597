package privacy

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/typeset/french"
)

// Columns are those of a sheet of the register, in the order of the model that the CNIL offers to
// small bodies (fiche de registre): the same definition serves the file, the print and the window.
// The order and the words are those of its base model (registre de base), with the legal basis added: they were held against
// what others write of that model, not against the file itself.
func Columns() []Column {
	return []Column{
		{"Nom de l’activité", func(a Activity) string { return a.Name }},
		{"Date de création de la fiche", func(a Activity) string { return day(a.Created) }},
		{"Date de dernière mise à jour de la fiche", func(a Activity) string { return day(a.Updated) }},
		{"Nom du responsable conjoint du traitement", func(a Activity) string { return a.Joint }},
		{"Nom du logiciel ou de l’application", func(a Activity) string { return a.Software }},
		{"Objectifs poursuivis", func(a Activity) string { return a.Purposes }},
		{"Base légale", func(a Activity) string { return a.Basis }},
		{"Catégories de personnes concernées", func(a Activity) string { return a.People }},
		{"Catégories de données collectées", func(a Activity) string { return a.Data }},
		{"Des données sensibles sont-elles traitées ?", func(a Activity) string { return or(a.Sensitive, "Non") }},
		{"Durées de conservation des catégories de données", func(a Activity) string { return a.Retention }},
		{"Catégories de destinataires internes", func(a Activity) string { return a.Internal }},
		{"Organismes externes", func(a Activity) string { return a.External }},
		{"Sous-traitants", func(a Activity) string { return a.Processors }},
		{"Transferts des données hors UE", func(a Activity) string { return or(a.Transfers, "Non") }},
		{"Mesures de sécurité", func(a Activity) string { return a.Security }},
	}
}

// Column is one of them.
type Column struct {
	Title string
	Text  func(Activity) string
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func day(d authority.Day) string {
	if d == "" {
		return ""
	}
	return french.ShortDate(d.Time())
}

// WriteCSV writes the register for a spreadsheet: semicolons, and a byte order mark so that accents are read.
func WriteCSV(w io.Writer, all []Activity) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("writing the register: %w", err)
	}
	out := csv.NewWriter(w)
	out.Comma = ';'
	var head []string
	for _, c := range Columns() {
		head = append(head, c.Title)
	}
	err := out.Write(head)
	for _, a := range all {
		var line []string
		for _, c := range Columns() {
			line = append(line, guard(c.Text(a)))
		}
		if err == nil {
			err = out.Write(line)
		}
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil {
		return fmt.Errorf("writing the register: %w", err)
	}
	return nil
}

// guard keeps a spreadsheet from running a text as a formula.
func guard(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
