package pes

import (
	_ "embed"
	"encoding/csv"
	"strings"
	"sync"
)

//go:embed codes.csv
var codesCSV string

// labels has the label of each code, by domain, element and code.
var labels = sync.OnceValue(func() map[[3]string]string {
	out := map[[3]string]string{}
	rows, err := csv.NewReader(strings.NewReader(codesCSV)).ReadAll()
	if err != nil {
		panic(err) // the table is part of the program
	}
	for _, r := range rows[1:] {
		out[[3]string{r[0], r[1], r[2]}] = r[3]
	}
	return out
})

// label gives a code's label, else the code itself.
func label(domain, element, code string) string {
	if l, known := labels()[[3]string{domain, element, code}]; known {
		return l
	}
	return code
}

// TypeLabel is the kind of bordereau.
func (b *Bordereau) TypeLabel() string { return label(string(b.Side), "TypBord", b.Type) }

// TypeLabel is the kind of piece: «Mandat ordinaire».
func (p *Piece) TypeLabel(side Side) string { return label(string(side), "TypPce", p.Type) }

// NatureLabel is the nature of a piece: «Fonctionnement».
func (p *Piece) NatureLabel(side Side) string { return label(string(side), "NatPce", p.Nature) }

// PaymentLabel is how a line is paid, "" when nothing says it.
func (l *Line) PaymentLabel() string {
	if l.Payment == "" {
		return ""
	}
	return label(string(Spending), "ModRegl", l.Payment)
}

// CategoryLabel is what sort of third party it is.
func (t Third) CategoryLabel() string { return label("commun", "CatTiers", t.Category) }

// LegalLabel is its legal nature.
func (t Third) LegalLabel() string { return label("commun", "NatJur", t.Legal) }

// TypeLabel is what sort of attachment it is.
func (a Attachment) TypeLabel() string {
	if a.Type == "" {
		return ""
	}
	return label("commun", "TypePJ", a.Type)
}
