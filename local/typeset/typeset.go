package typeset

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// Document is a document ready to print or to sign.
type Document struct {
	PDF   []byte
	Pages int
	// Boxes are the places left empty for visible signatures.
	Boxes []Box
	// Missing are the characters printed as U+FFFD because no embedded face has them, in the order met.
	Missing []rune
}

// Box is a place left empty on a page, in PDF points (1/72 inch) from the page's lower left corner. Page counts from 1.
type Box struct {
	Name       string
	Page       int
	X, Y, W, H float64
}

// The names of the boxes in documents of the council.
const (
	BoxMayor     = "maire"
	BoxSecretary = "secretaire"
)

var (
	// ErrUndated is returned when the date of printing is missing.
	ErrUndated = errors.New("the date of printing is missing")
	// ErrTooLong is returned for a text beyond 32 MiB or 10,000 pages.
	ErrTooLong = flow.ErrTooLong
	// ErrIncomplete is returned when something without which the document makes no sense is missing.
	ErrIncomplete = errors.New("the document is incomplete")
)

// Authority is whose document it is, as its letterhead says.
type Authority struct {
	Name       string   // «Commune de Saint-Airial-des-Pins»
	Department string   // «Département des Landes»
	District   string   // «Arrondissement de Dax»; may be empty
	Address    []string // lines
	Telephone  string
	Email      string
	Place      string // where documents are made: «Saint-Airial-des-Pins»
	// Body is the assembly without article, a masculine noun: «conseil municipal» when empty, «conseil d’administration»,
	// «comité syndical».
	Body string
	// Chair is the head of the executive: «maire» when empty, «président».
	Chair string
}

func (a Authority) body() string  { return or(a.Body, "conseil municipal") }
func (a Authority) chair() string { return or(a.Chair, "maire") }

// office is the chair with what she heads: «maire de la commune de Saint-Airial-des-Pins».
func (a Authority) office() string {
	first, rest, _ := strings.Cut(a.Name, " ")
	switch first {
	case "Commune", "Communauté", "Métropole":
		return a.chair() + " de la " + strings.ToLower(first) + " " + rest
	case "Syndicat":
		return a.chair() + " du " + strings.ToLower(first) + " " + rest
	case "CCAS", "SIVU", "SIVOM":
		return a.chair() + " du " + a.Name
	}
	return a.chair() + ", " + a.Name
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// Head is what every document begins with.
type Head struct {
	Authority Authority
	// Printed dates the PDF. Required: nothing here reads a clock.
	Printed time.Time
	// Draft marks each page «PROJET».
	Draft bool
}

// part is what a document hands to set.
type part struct {
	title   string // of the PDF
	running string // at the head of the pages after the first
	foot    string // at the foot of each page
	body    []flow.Block
	extra   []flow.Item // on each page
	// uncounted leaves out «Page 2 sur 6»: several letters in one document.
	uncounted bool
	// archival: the document claims PDF/A-2b, unless it is a draft.
	archival bool
}

// set lays a document out.
func set(ctx context.Context, h Head, p part) (Document, error) {
	if h.Printed.IsZero() {
		return Document{}, fmt.Errorf("%s: %w", p.title, ErrUndated)
	}
	r, err := flow.Set(ctx, flow.Document{
		Title: french.Tidy(p.title), Author: french.Tidy(h.Authority.Name), Subject: french.Tidy(p.running), Printed: h.Printed,
		Archival: p.archival && !h.Draft, Body: p.body, Furniture: furniture(h, p),
	})
	if err != nil {
		return Document{}, fmt.Errorf("typesetting %s: %w", p.title, err)
	}
	d := Document{PDF: r.PDF, Pages: r.Pages, Missing: r.Missing}
	for _, b := range r.Boxes {
		d.Boxes = append(d.Boxes, Box(b))
	}
	return d, nil
}
