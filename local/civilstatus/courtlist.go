package civilstatus

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
)

// A list of decisions, as a court or a ministry sends it: CSV, semicolons, UTF-8 or Windows-1252, one line a decision. Its
// first line names the columns, in any order; a column that is none of these is a field of the mention.
//
//	mention;type;annee;numero;nom;prenoms;naissance;reference;libelle;tribunal;date_jugement…

// LineError is a line of a list that cannot be taken, and why.
type LineError struct {
	Line int
	Err  error // a refusal
}

const (
	maxDecisions     = 4 << 20
	maxDecisionLines = 5000
)

// ReadDecisions reads a list of decisions that came from a sender on a day. A line that cannot be taken stops no other.
func ReadDecisions(list io.Reader, from string, received authority.Day) (all []Incoming, wrong []LineError, err error) {
	content, err := io.ReadAll(io.LimitReader(list, maxDecisions+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the list of decisions: %w", err)
	}
	if len(content) > maxDecisions {
		return nil, nil, &rule.Refusal{Why: "Cette liste dépasse 4 Mo.", Cure: "Partagez-la en plusieurs fichiers."}
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if !utf8.Valid(content) {
		if content, err = charmap.Windows1252.NewDecoder().Bytes(content); err != nil {
			return nil, nil, errNoList(err)
		}
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	head, err := r.Read()
	if err != nil {
		return nil, nil, errNoList(err)
	}
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(head[i]))
	}
	if !slices.Contains(head, "nom") || !slices.Contains(head, "mention") {
		return nil, nil, errNoList(nil)
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, wrong, nil
		}
		if err != nil {
			return nil, nil, errNoList(err)
		}
		line, _ := r.FieldPos(0)
		if len(all)+len(wrong) >= maxDecisionLines {
			return nil, nil, &rule.Refusal{Why: "Cette liste a plus de 5 000 décisions.", Cure: "Partagez-la en plusieurs fichiers."}
		}
		n, err := decision(head, row)
		n.From, n.Received = from, received
		if err == nil {
			err = n.check()
		}
		if err != nil {
			wrong = append(wrong, LineError{Line: line, Err: err})
			continue
		}
		all = append(all, n)
	}
}

func errNoList(err error) error {
	return errors.Join(&rule.Refusal{
		Why: "Ce fichier n’est pas une liste de décisions : la première ligne doit nommer les colonnes, dont «mention» et «nom».", Cure: "Enregistrez la liste en CSV, séparateur point-virgule. Rien n’a été gardé.",
	}, err)
}

func decision(head, row []string) (Incoming, error) {
	n := Incoming{Fields: map[string]string{}}
	for i, name := range head {
		if i >= len(row) || strings.TrimSpace(row[i]) == "" {
			continue
		}
		value := strings.TrimSpace(row[i])
		var err error
		switch name {
		case "mention":
			n.Code = strings.ToUpper(value)
		case "type":
			if n.ActKind = ActKind(strings.ToUpper(value)); n.ActKind.Name() == "" {
				err = fmt.Errorf("la nature de l’acte «%s» n’est pas NAI, MAR, DEC ou REC", value)
			}
		case "annee":
			n.Year, err = strconv.Atoi(value)
		case "numero":
			n.Number = value
		case "nom":
			n.LastName = value
		case "prenoms":
			n.FirstName = value
		case "naissance":
			if n.Born, err = readDay(value); n.Born == "" {
				err = errors.Join(fmt.Errorf("«%s» n’est pas un jour", value), err)
			}
		case "reference":
			n.Reference = value
		case "libelle":
			n.Wording = value
		default:
			n.Fields[name] = value
		}
		if err != nil {
			return n, errors.Join(&rule.Refusal{Why: fmt.Sprintf("La colonne «%s» ne se lit pas : «%s».", name, value), Cure: "Corrigez la ligne, puis reprenez la liste : ce qui est déjà gardé ne se double pas."}, err)
		}
	}
	if n.Code == "" {
		return n, &rule.Refusal{Why: "Il manque la mention demandée.", Cure: "Écrivez son code dans la colonne «mention»."}
	}
	return n, nil
}
