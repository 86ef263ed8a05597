package typeset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// Online is what the copy of an act that is put online says besides the act: its
// author and the day it was put online, in legible letters (CGCT, art. R2131-1, I).
type Online struct {
	Author string // first name, name and quality: «Maïté FICTIVE, maire»
	At     time.Time
	Where  string // «sur le site internet de la commune»
	// Masked: words were left out of this copy, which says so.
	Masked bool
	// Original tells where the signed original is; may be empty.
	Original string
	// Signed: the original is; the copy says so below the names.
	Signed bool
}

// MaskedWords stands in the place of what was masked.
const MaskedWords = "[…]"

// block is the panel that says it.
func (o *Online) block() flow.Block {
	line := func(label, value string) flow.Block {
		return flow.Para{Spans: join(plain(label+"\u202f: ", with(smallStyle, flow.Bold)), prose(value, smallStyle))}
	}
	where := ""
	if o.Where != "" {
		where = ", " + o.Where
	}
	blocks := []flow.Block{line("Mise en ligne", french.DateTime(o.At)+where), line("Auteur de l’acte", o.Author)}
	if o.Original != "" {
		blocks = append(blocks, line("Original", o.Original))
	}
	if !o.Masked {
		return note(tint, accent, blocks...)
	}
	masked := flow.Para{Spans: join(plain("Version occultée. ", with(smallStyle, flow.Bold)),
		prose("Des mentions à caractère personnel ont été retirées de cette copie et remplacées par "+MaskedWords+". L’original signé, conservé en mairie, est inchangé.", smallStyle)), Before: 0.8}
	return note(amberTint, amber, append(blocks, masked)...)
}

// signed are the places to sign, or on a copy put online who signed.
func (o *Online) signed(signatures []Signature) flow.Block {
	if o == nil {
		return frames(signatures)
	}
	t := flow.Table{Bare: true, Pad: 1, After: 2}
	var row []flow.Cell
	for _, s := range signatures {
		t.Widths = append(t.Widths, 1)
		cell := flow.Cell{flow.Para{Spans: prose(s.Quality+",", boldStyle)}, flow.Para{Spans: prose(s.Name, bodyStyle)}}
		if o.Signed {
			cell = append(cell, flow.Para{Spans: plain("Signé électroniquement", noteStyle)})
		}
		row = append(row, cell)
	}
	t.Rows = [][]flow.Cell{row}
	return t
}

// executory prints what is known of what makes the act binding: nobody writes on a copy that is online.
func (o *Online) executory(e Executory) flow.Block {
	if o == nil {
		return e.block()
	}
	var known []field
	add := func(label string, at time.Time, more string) {
		if !at.IsZero() {
			known = append(known, field{label: label, value: prose(french.Date(at)+more, smallStyle)})
		}
	}
	receipt := ""
	if e.Receipt != "" {
		receipt = " (accusé de réception n° " + e.Receipt + ")"
	}
	add("Transmise au représentant de l’État le", e.Sent, "")
	add("Reçue par le représentant de l’État le", e.Received, receipt)
	add("Publiée le", e.Published, ", "+e.Where)
	return flow.Group{flow.Space(3), flow.Rule{Thickness: 0.2, Color: hair, After: 1.5}, fields(0.42, known...)}
}

// PostingCertificate (certificat d’affichage ou de publication) is what the mayor certifies of the publicity of acts
// (CGCT, art. L2131-1: the mayor may, under his responsibility, certify that an act binds).
type PostingCertificate struct {
	Head
	Signer string // «Mme Maïté FICTIVE»
	Way    string // «par affichage à la mairie», «sous forme électronique sur le site internet de la commune»
	Acts   []PostedAct
}

// PostedAct is a line of it.
type PostedAct struct {
	Number, Subject string
	Adopted         time.Time
	From            time.Time
	Until           time.Time // zero: still there
	Executory       time.Time // zero: not yet
}

// Typeset sets the certificate. Its box is the mayor's.
func (p PostingCertificate) Typeset(ctx context.Context) (Document, error) {
	if len(p.Acts) == 0 || p.Signer == "" {
		return Document{}, fmt.Errorf("posting certificate: %w: acts or signer", ErrIncomplete)
	}
	g := Grid{Head: []string{"Acte", "Du", "Publié depuis le", "Jusqu’au", "Exécutoire depuis le"}, Shares: []float64{3.6, 1.5, 1.7, 1.7, 1.7}}
	for _, a := range p.Acts {
		until := "toujours publié"
		if !a.Until.IsZero() {
			until = french.ShortDate(a.Until)
		}
		executory := "pas encore"
		if !a.Executory.IsZero() {
			executory = french.ShortDate(a.Executory)
		}
		g.Rows = append(g.Rows, []string{strings.TrimSpace(a.Number + " — " + a.Subject), french.ShortDate(a.Adopted), french.ShortDate(a.From), until, executory})
	}
	body := []flow.Block{letterhead(p.Authority)}
	body = append(body, title("Certificat de publication", "CGCT, art. L. 2131-1")...)
	body = append(body,
		para("Je soussigné(e) "+p.Signer+", "+p.Authority.chair()+", certifie sous ma responsabilité que les actes ci-dessous ont été publiés "+p.Way+", de manière continue, aux dates suivantes :", bodyStyle),
		grid(g, sized(bodyStyle, 9)),
		para("Fait pour servir et valoir ce que de droit, à "+or(p.Authority.Place, blank)+", le "+french.Date(p.Printed)+".", bodyStyle), flow.Space(4),
		frames([]Signature{{Box: BoxMayor, Quality: the(p.Signer) + " " + p.Authority.chair(), Name: p.Signer}}))
	return set(ctx, p.Head, part{title: "Certificat de publication", running: "Certificat de publication", foot: p.Authority.Name + " — certificat de publication", body: body})
}
