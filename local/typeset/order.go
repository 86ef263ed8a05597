package typeset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// Order (arrêté, or décision by delegation of the assembly) is an act of the mayor alone.
type Order struct {
	Head
	Kind      string // «Arrêté», «Décision»
	Number    string
	Date      time.Time // zero: to be written by hand
	Subject   string
	Visas     []string
	Grounds   []string
	Statement []Passage
	Decides   string // «ARRÊTE», «DÉCIDE»
	Articles  []Article
	Remedies  string
	Signer    Signature
	Executory Executory
	// Individual acts are notified rather than published.
	Individual bool
	// Reported is the sitting to which a decision by delegation was reported (CGCT, art. L2122-23).
	Reported time.Time
}

// OrderRemedies is Remedies for an act of the mayor.
func OrderRemedies(court, address string, individual bool) string {
	text := strings.Replace(Remedies(court, address), "La présente délibération", "Le présent acte", 1)
	if individual {
		text = strings.Replace(text, "de sa publication", "de sa notification", 1)
	}
	return text
}

// Typeset sets the order.
func (o Order) Typeset(ctx context.Context) (Document, error) {
	if o.Subject == "" || o.Kind == "" {
		return Document{}, fmt.Errorf("order %q: %w: kind or subject", o.Number, ErrIncomplete)
	}
	a := o.Authority
	body := []flow.Block{letterhead(a,
		aligned(plain(o.Kind, sized(bodyStyle, 9))),
		aligned(plain("n°\u00a0"+french.Tidy(or(o.Number, blank)), flow.Style{Face: flow.Bold, Size: 15, Color: ink})),
	)}
	body = append(body, title(o.Kind+" du "+a.chair(), "")...)
	body = append(body, note(tint, accent, flow.Para{Spans: join(plain("Objet\u202f: ", sized(boldStyle, 11.5)), prose(o.Subject, sized(boldStyle, 11.5))), Role: flow.Heading, Keep: true, Whole: true}))
	body = append(body, flow.Para{Spans: prose(the(o.Signer.Name)+" "+a.office()+",", boldStyle), Before: 1.5, After: 1, Keep: true})
	body = append(body, clauses("Vu", o.Visas)...)
	body = append(body, clauses("Considérant", o.Grounds)...)
	for _, p := range o.Statement {
		body = append(body, p.blocks()...)
	}
	body = append(body, flow.Para{Spans: plain(french.Tidy(or(o.Decides, "ARRÊTE")), flow.Style{Face: flow.Bold, Size: 12, Color: accent}), Align: flow.Center, Before: 3, After: 2, Keep: true, Role: flow.Heading})
	for i, article := range o.Articles {
		body = append(body, article.blocks(i+1, len(o.Articles))...)
	}
	body = append(body, o.closing())
	reference := o.Kind + " n° " + o.Number
	if o.Number == "" {
		reference = "Projet d’acte (" + strings.ToLower(o.Kind) + ")"
	}
	return set(ctx, o.Head, part{title: reference + " — " + o.Subject, running: reference + " — " + o.Subject, foot: a.Name + " — " + reference, body: body})
}

func (o Order) closing() flow.Block {
	var out flow.Group
	if o.Remedies != "" {
		out = append(out, note(tint, accent,
			flow.Para{Spans: plain("Voies et délais de recours", with(smallStyle, flow.Bold)), Keep: true},
			flow.Para{Spans: prose(o.Remedies, smallStyle)}))
	}
	out = append(out, flow.Para{Spans: prose("Fait à "+or(o.Authority.Place, o.Authority.Name)+", le "+dateOr(o.Date)+".", bodyStyle), Before: 2, After: 3}, halfFrame(o.Signer))
	label := func(name, value string) field { return field{label: name, value: prose(value, smallStyle)} }
	received := dateOr(o.Executory.Received)
	if o.Executory.Receipt != "" {
		received += " (accusé de réception n° " + o.Executory.Receipt + ")"
	}
	mentions := []field{label("Transmis au représentant de l’État le", dateOr(o.Executory.Sent)), label("Reçu par le représentant de l’État le", received)}
	if o.Individual {
		mentions = append(mentions, label("Notifié à l’intéressé le", dateOr(o.Executory.Published)), label("Signature de l’intéressé", blank))
	} else {
		mentions = append(mentions, label("Publié le", dateOr(o.Executory.Published)))
	}
	if !o.Reported.IsZero() {
		mentions = append(mentions, label("Compte rendu au "+o.Authority.body()+" le", french.Date(o.Reported)))
	}
	return append(out, flow.Space(3), flow.Rule{Thickness: 0.2, Color: hair, After: 1.5}, fields(0.42, mentions...))
}

// DecisionsReport tells the assembly what the mayor decided by its delegation since its last sitting (CGCT, art. L2122-23).
type DecisionsReport struct {
	Head
	At    time.Time // of the sitting it is made to
	Since time.Time // zero: nothing was reported before
	Rows  []Decided
	Mayor string
}

// Decided is a decision of the report.
type Decided struct {
	Number, Subject string
	Date            time.Time
	Matter          string // «4° marchés publics», of CGCT, art. L2122-22
}

// Typeset sets the report.
func (r DecisionsReport) Typeset(ctx context.Context) (Document, error) {
	if r.At.IsZero() {
		return Document{}, fmt.Errorf("report of decisions: %w: date of the sitting", ErrIncomplete)
	}
	a := r.Authority
	body := append([]flow.Block{letterhead(a)}, title("Compte rendu des décisions prises par délégation", "Séance du "+french.DateTime(r.At))...)
	body = append(body, para("En application de l’article L. 2122-23 du code général des collectivités territoriales, "+strings.ToLower(the(r.Mayor))+" "+a.chair()+" rend compte au "+a.body()+" des décisions prises en vertu de la délégation consentie sur le fondement de l’article L. 2122-22.", bodyStyle))
	if len(r.Rows) == 0 {
		body = append(body, para("Aucune décision n’a été prise depuis le dernier compte rendu.", bodyStyle))
	} else {
		g := Grid{Head: []string{"Numéro", "Date", "Objet", "Matière"}, Shares: []float64{2, 1.8, 5, 3}}
		for _, d := range r.Rows {
			g.Rows = append(g.Rows, []string{d.Number, french.ShortDate(d.Date), d.Subject, d.Matter})
		}
		body = append(body, flow.Space(1), grid(g, sized(bodyStyle, 9.2)))
	}
	body = append(body, flow.Group{flow.Space(4), halfFrame(Signature{Box: BoxMayor, Quality: the(r.Mayor) + " " + a.chair(), Name: r.Mayor})})
	what := "Compte rendu des décisions — séance du " + french.Date(r.At)
	return set(ctx, r.Head, part{title: what, running: what, foot: a.Name + " — " + what, body: body})
}
