package typeset

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// DeliberationList is the list of the deliberations examined in a sitting, which is posted and published within a week
// (CGCT, art. L2121-25).
type DeliberationList struct {
	Head
	At             time.Time // of the sitting
	Rows           []Examined
	Due            time.Time // last day to post and publish it
	Posted, Online time.Time // zero: not yet
	Mayor          string
}

// Examined is a line of the list.
type Examined struct {
	Order    int // within the sitting
	Number   string
	Subject  string
	Reporter string
	Outcome  string // «Adoptée», «Rejetée», «Ajournée»
	Votes    string // «12 pour, 1 contre, 1 abstention»
}

// Typeset sets the list.
func (l DeliberationList) Typeset(ctx context.Context) (Document, error) {
	if l.At.IsZero() {
		return Document{}, fmt.Errorf("deliberation list: %w: date of the sitting", ErrIncomplete)
	}
	body := []flow.Block{letterhead(l.Authority, sender(l.Authority)...)}
	body = append(body, title("Liste des délibérations examinées par le "+l.Authority.body(), "Séance du "+french.DateTime(l.At))...)
	if len(l.Rows) == 0 {
		body = append(body, para("Aucune délibération n’a été examinée.", bodyStyle))
	}
	body = append(body, examinedTable(l.Rows))
	body = append(body, flow.Group{flow.Space(2),
		fields(0.36,
			textField("À afficher et mettre en ligne", "au plus tard le "+dateOr(l.Due)+" (CGCT, art. L. 2121-25)"),
			textField("Affichée à la mairie le", dateOr(l.Posted)),
			textField("Mise en ligne le", dateOr(l.Online)),
		), flow.Space(4),
		halfFrame(Signature{Box: BoxMayor, Quality: the(l.Mayor) + " " + l.Authority.chair(), Name: l.Mayor})})
	what := "Liste des délibérations — séance du " + french.Date(l.At)
	return set(ctx, l.Head, part{title: what, running: what, foot: l.Authority.Name + " — liste des délibérations examinées le " + french.Date(l.At), body: body, archival: true})
}

func examinedTable(rows []Examined) flow.Block {
	small := sized(bodyStyle, 9.2)
	t := flow.Table{Widths: []float64{0.06, 0.17, 0.47, 0.30}, Rule: hair, HeadFill: &tint, Pad: 1.2, After: 3}
	for _, h := range []string{"", "Numéro", "Objet", "Décision"} {
		t.Head = append(t.Head, flow.Cell{flow.Para{Spans: plain(h, with(small, flow.Bold))}})
	}
	for _, r := range rows {
		subject := flow.Cell{flow.Para{Spans: prose(r.Subject, small)}}
		if r.Reporter != "" {
			subject = append(subject, flow.Para{Spans: prose("Rapporteur: "+r.Reporter, sized(noteStyle, 8))})
		}
		outcome := flow.Cell{flow.Para{Spans: prose(r.Outcome, with(small, flow.Bold))}}
		if r.Votes != "" {
			outcome = append(outcome, flow.Para{Spans: prose(r.Votes, sized(noteStyle, 8.4))})
		}
		t.Rows = append(t.Rows, []flow.Cell{
			{flow.Para{Spans: plain(strconv.Itoa(r.Order)+".", small)}}, {flow.Para{Spans: plain(french.Tidy(or(r.Number, "—")), small)}}, subject, outcome,
		})
	}
	return t
}

// Certificate is what the mayor certifies: a posting, a publication.
type Certificate struct {
	Head
	Title  string // «Certificat d’affichage et de publication»
	Signer string // «Mme Ève Exemple»
	// Certifies are the facts, each a sentence after «certifie que».
	Certifies []string
	Made      time.Time // zero: to be written by hand
}

// Typeset sets the certificate.
func (c Certificate) Typeset(ctx context.Context) (Document, error) {
	if c.Title == "" || len(c.Certifies) == 0 {
		return Document{}, fmt.Errorf("certificate: %w: title or facts", ErrIncomplete)
	}
	a := c.Authority
	body := append([]flow.Block{letterhead(a, sender(a)...)}, title(c.Title, "")...)
	body = append(body, flow.Space(4), para(undersigned(c.Signer)+" "+c.Signer+", "+a.office()+", certifie que:", bodyStyle), flow.Space(1))
	for i, fact := range c.Certifies {
		p := para(fact, bodyStyle)
		p.Label, p.Indent, p.After = plain(fmt.Sprintf("%d.", i+1), boldStyle), 7, 2
		if len(c.Certifies) == 1 {
			p.Label = plain("–", bodyStyle)
		}
		body = append(body, p)
	}
	body = append(body, flow.Group{flow.Space(3), para("Le présent certificat est établi pour servir et valoir ce que de droit.", bodyStyle), flow.Space(3),
		para("Fait à "+or(a.Place, a.Name)+", le "+dateOr(c.Made)+".", bodyStyle), flow.Space(4),
		halfFrame(Signature{Box: BoxMayor, Quality: the(c.Signer) + " " + a.chair(), Name: c.Signer})})
	return set(ctx, c.Head, part{title: c.Title, running: c.Title, foot: a.Name + " — " + c.Title, body: body, archival: true})
}

// Extract is a copy of a deliberation certified to be that of the register.
type Extract struct {
	Deliberation
	Certified time.Time // zero: to be written by hand
	Certifier Signature // who certifies: her quality and name
}

// Typeset sets the extract: the deliberation, whose signatures give way to that of who certifies.
func (e Extract) Typeset(ctx context.Context) (Document, error) {
	d := e.Deliberation
	c := e.Certifier
	c.Box, c.Quality = or(c.Box, BoxMayor), "Pour extrait certifié conforme au registre des délibérations, à "+or(d.Authority.Place, d.Authority.Name)+", le "+dateOr(e.Certified)+" — "+c.Quality
	d.Signatures = []Signature{c}
	return d.typeset(ctx, true)
}
