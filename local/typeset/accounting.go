package typeset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// AccountingFlow is an accounting flow (PES_v2) on paper, the way an accountant reads it:
// bordereau by bordereau, each mandat or titre with its third party, its imputations and its
// amounts. It has no legal force: the signed flow alone has. Amounts are in cents.
type AccountingFlow struct {
	Head
	Label, File  string
	Post, Budget string
	Bordereaux   []AccountingBordereau
}

// AccountingBordereau is a bordereau of mandats, or of titres.
type AccountingBordereau struct {
	Titres                 bool
	Number, Exercise, Type string
	Date                   time.Time
	Signed                 bool
	// Count, Net, VAT and Cumulative are as declared; Cumulative is 0 when it is not.
	Count                int
	Net, VAT, Cumulative int64
	Pieces               []AccountingPiece
}

// AccountingPiece is a mandat or a titre.
type AccountingPiece struct {
	Number, Type, Object string
	Third, Bank          string
	Lines                []AccountingLine
	Attachments          []string // names
}

// AccountingLine is an imputation.
type AccountingLine struct {
	Account, Function, Label, Invoice string
	// Third is another third party than the piece's.
	Third    string
	Net, VAT int64
}

// total adds the lines of a piece.
func (p AccountingPiece) total() (net, vat int64) {
	for _, l := range p.Lines {
		net, vat = net+l.Net, vat+l.VAT
	}
	return net, vat
}

func (b AccountingBordereau) total() (net, vat int64) {
	for _, p := range b.Pieces {
		n, v := p.total()
		net, vat = net+n, vat+v
	}
	return net, vat
}

func (b AccountingBordereau) name() string {
	kind := "mandats"
	if b.Titres {
		kind = "titres"
	}
	return "Bordereau de " + kind + " n° " + b.Number
}

func (b AccountingBordereau) pieces(n int) string {
	if b.Titres {
		return french.Count(n, "titre", "titres")
	}
	return french.Count(n, "mandat", "mandats")
}

var (
	cellStyle = sized(bodyStyle, 8.6)
	faint     = sized(noteStyle, 7.8)
)

// Typeset sets the flow.
func (f AccountingFlow) Typeset(ctx context.Context) (Document, error) {
	if len(f.Bordereaux) == 0 {
		return Document{}, fmt.Errorf("accounting flow: %w: bordereaux", ErrIncomplete)
	}
	body := []flow.Block{letterhead(f.Authority,
		aligned(plain("Édité le", sized(noteStyle, 8.6))), aligned(prose(french.DateTime(f.Printed), sized(bodyStyle, 8.6))))}
	body = append(body, title("Flux comptable", f.Label)...)
	exact := func(label, value string) field {
		return field{label: label, value: plain(french.Clean(value), sized(bodyStyle, 9.4))}
	}
	var known []field
	for _, one := range [][2]string{{"Fichier", f.File}, {"Poste comptable", f.Post}, {"Budget", f.Budget}} {
		if one[1] != "" {
			known = append(known, exact(one[0], one[1]))
		}
	}
	body = append(body, fields(0.22, known...), heading("Récapitulation"), f.summary())
	body = append(body, note(tint, accent, flow.Para{Spans: prose("Ce document est une édition du flux, pour la lecture. Seul le flux signé fait foi. Les montants des tableaux sont en euros.", cellStyle)}))
	for i, b := range f.Bordereaux {
		if i > 0 || len(f.Bordereaux) > 1 || len(b.Pieces) > smallGrid {
			body = append(body, flow.Break{})
		}
		body = append(body, b.blocks()...)
	}
	name := f.Authority.Name + " — flux comptable " + f.File
	return set(ctx, f.Head, part{title: "Flux comptable " + f.File, running: "Flux comptable — " + or(f.Label, f.File), foot: name, body: body})
}

// amount is a cell with an amount, against the right; the page says that all are in euros.
func amount(cents int64, s flow.Style) flow.Cell {
	text := strings.TrimRight(strings.TrimSuffix(french.Amount(cents), "€"), french.NoBreakSpace+"\u202f ")
	return flow.Cell{flow.Para{Spans: plain(text, s), Align: flow.Right}}
}

func words(text string, s flow.Style) flow.Cell { return flow.Cell{flow.Para{Spans: prose(text, s)}} }

// amountsHead is the head of a table whose last columns are amounts.
func amountsHead(names ...string) []flow.Cell {
	var out []flow.Cell
	for i, n := range names {
		p := flow.Para{Spans: prose(n, with(cellStyle, flow.Bold))}
		if i >= len(names)-3 {
			p.Align = flow.Right
		}
		out = append(out, flow.Cell{p})
	}
	return out
}

// summary is a line for each bordereau, and the totals of spending and receipts.
func (f AccountingFlow) summary() flow.Block {
	t := flow.Table{Widths: []float64{0.39, 0.17, 0.15, 0.14, 0.15}, Rule: hair, HeadFill: &tint, Pad: 1, After: 3,
		Head: amountsHead("Bordereau", "Pièces", "Hors taxes", "TVA", "Total")}
	bold := with(cellStyle, flow.Bold)
	for _, titres := range []bool{false, true} {
		var net, vat int64
		n := 0
		for _, b := range f.Bordereaux {
			if b.Titres != titres {
				continue
			}
			n++
			bordereauNet, bordereauVAT := b.total()
			net, vat = net+bordereauNet, vat+bordereauVAT
			t.Rows = append(t.Rows, []flow.Cell{words(b.name(), cellStyle), words(b.pieces(len(b.Pieces)), cellStyle), amount(bordereauNet, cellStyle), amount(bordereauVAT, cellStyle), amount(bordereauNet+bordereauVAT, cellStyle)})
		}
		if n > 0 {
			label := "Total des dépenses"
			if titres {
				label = "Total des recettes"
			}
			t.Rows = append(t.Rows, []flow.Cell{words(label, bold), words("", bold), amount(net, bold), amount(vat, bold), amount(net+vat, bold)})
		}
	}
	return t
}

func (b AccountingBordereau) blocks() []flow.Block {
	facts := []string{}
	for _, fact := range []string{b.Type, "exercice " + b.Exercise, dated(b.Date, french.Date), b.pieces(len(b.Pieces))} {
		if strings.TrimSpace(fact) != "" && fact != "exercice " {
			facts = append(facts, fact)
		}
	}
	signed := "Ce bordereau n’est pas signé."
	if b.Signed {
		signed = "Ce bordereau est signé électroniquement dans le flux."
	}
	out := []flow.Block{heading(b.name()), flow.Para{Spans: prose(strings.Join(facts, " — "), sized(bodyStyle, 9.4)), Keep: true},
		flow.Para{Spans: prose(signed, noteStyle), After: 1.5, Keep: true}, b.table()}
	out = append(out, b.doubts()...)
	if b.Cumulative != 0 {
		out = append(out, flow.Para{Spans: join(plain("Cumul depuis le début de l’exercice\u202f: ", cellStyle), plain(french.Amount(b.Cumulative), with(cellStyle, flow.Bold))), Align: flow.Right})
	}
	return out
}

// doubts are what the bordereau declares otherwise than its lines say.
func (b AccountingBordereau) doubts() []flow.Block {
	net, vat := b.total()
	var texts []string
	if b.Net != net || b.VAT != vat {
		texts = append(texts, fmt.Sprintf("Le bordereau déclare %s hors taxes et %s de TVA, ce que ses lignes ne donnent pas.", french.Amount(b.Net), french.Amount(b.VAT)))
	}
	if b.Count != len(b.Pieces) {
		texts = append(texts, fmt.Sprintf("Le bordereau déclare %s ; il en contient %d.", b.pieces(b.Count), len(b.Pieces)))
	}
	var out []flow.Block
	for _, text := range texts {
		out = append(out, note(amberTint, amber, flow.Para{Spans: prose(text, cellStyle)}))
	}
	return out
}

func (b AccountingBordereau) table() flow.Block {
	number, who := "Mandat", "Créancier et objet"
	if b.Titres {
		number, who = "Titre", "Débiteur et objet"
	}
	t := flow.Table{Widths: []float64{0.1, 0.36, 0.125, 0.14, 0.13, 0.145}, Rule: hair, HeadFill: &tint, Pad: 1, After: 2,
		Head: amountsHead(number, who, "Compte", "Hors taxes", "TVA", "Total")}
	bold := with(cellStyle, flow.Bold)
	for _, p := range b.Pieces {
		t.Rows = append(t.Rows, p.rows()...)
	}
	net, vat := b.total()
	t.Rows = append(t.Rows, []flow.Cell{words("", bold), words("Total du bordereau", bold), words("", bold), amount(net, bold), amount(vat, bold), amount(net+vat, bold)})
	return t
}

// rows are those of a piece: who and what with its first imputation, then the others, then
// its total where there are several.
func (p AccountingPiece) rows() [][]flow.Cell {
	bold := with(cellStyle, flow.Bold)
	lines := p.Lines
	if len(lines) == 0 {
		lines = []AccountingLine{{}}
	}
	var rows [][]flow.Cell
	for i, l := range lines {
		row := []flow.Cell{words("", cellStyle), l.about(), l.imputation(), amount(l.Net, cellStyle), amount(l.VAT, cellStyle), amount(l.Net+l.VAT, cellStyle)}
		if i == 0 {
			row[0], row[1] = words(p.Number, bold), p.about(l)
		}
		rows = append(rows, row)
	}
	if len(lines) > 1 {
		net, vat := p.total()
		rows = append(rows, []flow.Cell{words("", bold), words("Total "+p.Number, with(cellStyle, flow.Italic)), words("", bold), amount(net, bold), amount(vat, bold), amount(net+vat, bold)})
	}
	return rows
}

// about is who a piece is for, why, and where it is paid, with what its first imputation is for.
func (p AccountingPiece) about(first AccountingLine) flow.Cell {
	var out flow.Cell
	for _, one := range []struct {
		text  string
		style flow.Style
	}{{p.Third, with(cellStyle, flow.Bold)}, {p.Object, cellStyle}, {first.purpose(), faint}, {p.Type, faint}} {
		if one.text != "" {
			out = append(out, flow.Para{Spans: prose(one.text, one.style)})
		}
	}
	if p.Bank != "" {
		out = append(out, flow.Para{Spans: plain(french.Clean(p.Bank), sized(codeStyle, 7.4))})
	}
	if n := len(p.Attachments); n > 0 {
		text := plural(n, "Pièce jointe", "Pièces jointes") + " : " + strings.Join(p.Attachments, ", ")
		out = append(out, flow.Para{Spans: prose(text, faint)})
	}
	if len(out) == 0 {
		return words("", cellStyle)
	}
	return out
}

// purpose is what an imputation is for.
func (l AccountingLine) purpose() string {
	if l.Invoice == "" {
		return l.Label
	}
	return strings.TrimPrefix(l.Label+" — facture "+l.Invoice, " — ")
}

func (l AccountingLine) about() flow.Cell {
	if l.Third == "" {
		return words(l.purpose(), faint)
	}
	return flow.Cell{flow.Para{Spans: prose(l.Third, with(cellStyle, flow.Bold))}, flow.Para{Spans: prose(l.purpose(), faint)}}
}

func (l AccountingLine) imputation() flow.Cell {
	out := flow.Cell{flow.Para{Spans: plain(french.Clean(l.Account), cellStyle)}}
	if l.Function != "" {
		out = append(out, flow.Para{Spans: prose("fonction "+l.Function, faint)})
	}
	return out
}
