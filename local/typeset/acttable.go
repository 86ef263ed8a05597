package typeset

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// ActTable is an alphabetical table of the acts of one kind: of a year, or of ten (décret du 20 juillet 1807; décret n° 2017-890).
type ActTable struct {
	Head
	Kind     string // «naissance»
	From, To int    // years of the registers, both within
	Rows     []ActRow
	Acts     int // in the table; a marriage has two rows
	// Unnamed are acts without a name in the index: they are not in the table, which says so.
	Unnamed []string // «n° 12 de 1952»
	Officer Signature
}

// ActRow is a person of the table, in the order in which it is printed.
type ActRow struct {
	Initial string // without accent; a change of it parts the table
	Name    string // «EXEMPLE Camille Élise»
	With    string // the other spouse, or the usual name; may be empty
	Date    time.Time
	Written string // the date where it is no plain day
	Number  string
	Year    int
}

// Typeset sets the table.
func (t ActTable) Typeset(ctx context.Context) (Document, error) {
	if t.Kind == "" || t.From < 1 || t.To < t.From {
		return Document{}, fmt.Errorf("table of acts: %w: kind or years", ErrIncomplete)
	}
	name, of := "Table annuelle des "+kindsOf(t.Kind), strconv.Itoa(t.From)
	if t.To > t.From {
		name, of = "Table décennale des "+kindsOf(t.Kind), fmt.Sprintf("%d à %d", t.From, t.To)
	}
	body := []flow.Block{letterhead(t.Authority)}
	body = append(body, title(name, of)...)
	if len(t.Rows) == 0 {
		body = append(body, para("Aucun acte.", bodyStyle))
	} else {
		body = append(body, t.table())
	}
	body = append(body, para(french.Count(t.Acts, "acte", "actes")+" dans cette table, dressée par ordre alphabétique d’après l’index des actes numérisés.", bodyStyle))
	if len(t.Unnamed) > 0 {
		body = append(body, note(amberTint, amber, flow.Para{Spans: prose("Ne figurent pas dans cette table, faute de nom dans l’index : "+french.List(t.Unnamed)+".", smallStyle)}))
	}
	officer := t.Officer
	officer.Box, officer.Quality = or(officer.Box, BoxOfficer), or(officer.Quality, "L’officier de l’état civil")
	body = append(body, flow.Group{flow.Space(2), para("À "+or(t.Authority.Place, t.Authority.Name)+", le "+dateOr(time.Time{})+".", bodyStyle), flow.Space(2), halfFrame(officer)})
	what := name + " — " + of
	return set(ctx, t.Head, part{title: what, running: what, foot: t.Authority.Name + " — état civil", body: body})
}

func kindsOf(kind string) string {
	if kind == "décès" {
		return kind
	}
	return kind + "s"
}

func (t ActTable) table() flow.Block {
	small := sized(bodyStyle, 9.2)
	out := flow.Table{Widths: []float64{0.36, 0.34, 0.18, 0.12}, Rule: hair, HeadFill: &tint, Pad: 0.9, After: 3}
	second := "Autre nom"
	if t.Kind == "mariage" {
		second = "Avec"
	}
	for _, h := range []string{"Nom et prénoms", second, "Date", "Acte"} {
		out.Head = append(out.Head, flow.Cell{flow.Para{Spans: plain(h, with(small, flow.Bold))}})
	}
	initial := ""
	letter := colored(with(sized(small, 11), flow.Bold), accent)
	for _, r := range t.Rows {
		number := r.Number
		if t.To > t.From {
			number += " / " + strconv.Itoa(r.Year)
		}
		row := []flow.Cell{}
		for i, text := range []string{r.Name, r.With, or(r.Written, dated(r.Date, french.ShortDate)), number} {
			cell := flow.Cell{flow.Para{Spans: prose(text, small)}}
			if r.Initial != initial { // the letter stands in the row of its first name: a page does not part them
				head := "\u00a0"
				if i == 0 {
					head = r.Initial
				}
				cell = append(flow.Cell{flow.Para{Spans: plain(head, letter), Before: 1, After: 0.6}}, cell...)
			}
			row = append(row, cell)
		}
		initial = r.Initial
		out.Rows = append(out.Rows, row)
	}
	return out
}
