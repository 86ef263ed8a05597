package registers

import (
	"context"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

// Paper is a document made from the record of a sitting.
type Paper string

// The papers, in the order of a sitting's life.
const (
	PaperSummons     Paper = "summons" // all letters
	PaperPoster      Paper = "poster"
	PaperDecisions   Paper = "decisions"
	PaperList        Paper = "list"
	PaperMinutes     Paper = "minutes"
	PaperSheets      Paper = "sheets" // of the register
	PaperCertificate Paper = "certificate"
)

// Papers gives those that a sitting has.
func Papers(s council.Sitting) []Paper {
	all := []Paper{PaperSummons, PaperPoster, PaperDecisions}
	if len(s.Votes) > 0 || s.Closed {
		all = append(all, PaperList, PaperMinutes, PaperSheets, PaperCertificate)
	}
	return all
}

// Print sets a paper of a sitting. Errors: a refusal when what it certifies or reproduces is not there yet.
func (r *Registers) Print(ctx context.Context, sitting string, p Paper) (typeset.Document, error) {
	switch p {
	case PaperMinutes:
		m, _, err := r.Minutes(ctx, sitting)
		if err != nil {
			return typeset.Document{}, err
		}
		return r.PrintMinutes(ctx, sitting, m)
	case PaperSheets:
		s, err := r.council.Sitting(ctx, sitting)
		if err != nil {
			return typeset.Document{}, err
		}
		return r.PrintYear(ctx, Year{Year: s.At.Year(), Sitting: sitting}, nil)
	}
	var a authority.Authority
	var rec Record
	var decisions []Order
	err := r.view(ctx, func(tx *store.Tx) error {
		s, err := council.SittingByID(tx, sitting)
		if err != nil {
			return err
		}
		if a, err = authority.Current(tx); err != nil {
			return err
		}
		if rec, err = r.record(tx, *s, nil); err != nil {
			return err
		}
		decisions, err = toldTo(tx, *s)
		return err
	})
	if err != nil {
		return typeset.Document{}, err
	}
	head := typeset.Head{Authority: a.Letterhead(), Printed: r.j.Now()}
	switch p {
	case PaperSummons:
		return r.summons(head, rec).Typeset(ctx)
	case PaperPoster:
		return typeset.Poster{Head: head, Call: call(rec)}.Typeset(ctx)
	case PaperDecisions:
		return reportOf(head, rec.Sitting, decisions).Typeset(ctx)
	case PaperList:
		return listOf(head, rec).Typeset(ctx)
	case PaperCertificate:
		c, err := certificate(head, rec)
		if err != nil {
			return typeset.Document{}, err
		}
		return c.Typeset(ctx)
	}
	return typeset.Document{}, fmt.Errorf("paper %q: %w", p, store.ErrNotFound)
}

// toldTo are the decisions reported to a sitting, or those that are to be.
func toldTo(tx *store.Tx, s council.Sitting) (told []Order, err error) {
	all, err := orders(tx)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if o.Reported == s.ID {
			told = append(told, o)
		}
	}
	if len(told) == 0 && !s.Closed {
		return unreported(tx, s)
	}
	sortOrders(told)
	return told, nil
}

func mayorOf(s council.Sitting) string {
	m, _ := s.Mayor()
	return m.Name
}

func call(rec Record) typeset.Call {
	s := rec.Sitting
	c := typeset.Call{At: s.At, Venue: s.Place, Sent: s.Convened.Time(), Urgent: s.Urgent, Second: s.Second, Mayor: mayorOf(s)}
	for _, item := range s.Agenda {
		c.Agenda = append(c.Agenda, typeset.AgendaPoint{Subject: item.Subject, Reporter: reporter(s, item, rec.Deliberation[item.Deliberation])})
	}
	return c
}

// summons has the explanatory note where the law asks for it (CGCT, art. L2121-12): the presentation of each point.
func (r *Registers) summons(head typeset.Head, rec Record) typeset.Summons {
	out := typeset.Summons{Head: head, Call: call(rec)}
	if rec.Sitting.Summons.Required >= 5 || strings.Contains(rec.Sitting.Summons.Article, "L2121-12") {
		for i, item := range rec.Sitting.Agenda {
			out.Call.Agenda[i].Synthesis, _ = council.PrintedBody(rec.Deliberation[item.Deliberation].Text)
		}
	}
	for _, m := range rec.Sitting.Members {
		if !m.Mayor {
			out.To = append(out.To, typeset.Recipient{Name: m.Name, Title: m.Title})
		}
	}
	return out
}

func reportOf(head typeset.Head, s council.Sitting, decisions []Order) typeset.DecisionsReport {
	out := typeset.DecisionsReport{Head: head, At: s.At, Mayor: mayorOf(s)}
	for _, o := range decisions {
		out.Rows = append(out.Rows, typeset.Decided{Number: o.Number, Subject: o.Text.Subject(), Date: o.Date.Time(), Matter: o.Text.Matter})
	}
	return out
}

func listOf(head typeset.Head, rec Record) typeset.DeliberationList {
	s := rec.Sitting
	out := typeset.DeliberationList{Head: head, At: s.At, Due: council.ListDue(authority.DayOf(s.At)).Time(), Mayor: mayorOf(s)}
	if d := rec.Formalities[ListPosted]; d != "" {
		out.Posted = d.Time()
	}
	if d := rec.Formalities[ListOnline]; d != "" {
		out.Online = d.Time()
	}
	for i, item := range s.Agenda {
		d := rec.Deliberation[item.Deliberation]
		row := typeset.Examined{Order: i + 1, Number: d.Number, Subject: subject(item, d), Reporter: reporter(s, item, d)}
		row.Outcome, row.Votes = s.Fate(item.Deliberation)
		out.Rows = append(out.Rows, row)
	}
	return out
}

// certificate certifies what was noted as done, and nothing else.
func certificate(head typeset.Head, rec Record) (typeset.Certificate, error) {
	s := rec.Sitting
	held := "la séance du " + french.Date(s.At)
	c := typeset.Certificate{Head: head, Title: "Certificat des formalités de la séance", Signer: mayorOf(s)}
	online := "la liste des délibérations examinées dans " + held + " a été mise en ligne sur le site internet le %s;"
	if rec.Formalities[ListPosted] != "" {
		online = "cette liste a été mise en ligne sur le site internet le %s;"
	}
	for _, f := range []struct {
		day   authority.Day
		words string
	}{
		{rec.summonsPosted(), "la convocation à " + held + " a été affichée à la porte de la mairie le %s;"},
		{rec.Formalities[ListPosted], "la liste des délibérations examinées dans " + held + " a été affichée à la mairie le %s;"},
		{rec.Formalities[ListOnline], online},
	} {
		if f.day != "" {
			c.Certifies = append(c.Certifies, fmt.Sprintf(f.words, french.Date(f.day.Time())))
		}
	}
	if m := rec.Minutes; m != nil && m.Published != "" {
		where := ""
		if m.Where != "" {
			where = " " + m.Where
		}
		c.Certifies = append(c.Certifies, "le procès-verbal de "+held+" a été publié"+where+" le "+french.Date(m.Published.Time())+";")
	}
	if len(c.Certifies) == 0 {
		return c, &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "Rien n’est noté comme affiché ou publié : il n’y a rien à certifier.", Cure: "Notez d’abord le jour de l’affichage ou de la mise en ligne."}
	}
	last := &c.Certifies[len(c.Certifies)-1]
	*last = strings.TrimSuffix(*last, ";") + "."
	return c, nil
}

// PrintExtract sets a certified copy of a deliberation of the register.
func (r *Registers) PrintExtract(ctx context.Context, deliberation string) (typeset.Document, error) {
	d, a, err := r.numbered(ctx, deliberation)
	if err != nil {
		return typeset.Document{}, err
	}
	mayor, _ := d.Record.Sitting.Mayor()
	e := typeset.Extract{Deliberation: council.Printed(a, *d, r.j.Now()), Certified: r.j.Now(), Certifier: typeset.Signature{Quality: strings.ToLower(the(mayor.Name)) + " " + chairOf(a), Name: mayor.Name}}
	return e.Typeset(ctx)
}

func (r *Registers) numbered(ctx context.Context, id string) (d *council.Deliberation, a authority.Authority, err error) {
	err = r.view(ctx, func(tx *store.Tx) error {
		if d, err = council.DeliberationByID(tx, id); err != nil {
			return err
		}
		if d.Record == nil {
			return &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "Cette délibération n’est pas encore votée et numérotée.", Cure: "Enregistrez le vote puis numérotez-la."}
		}
		a, err = authority.Current(tx)
		return err
	})
	return d, a, err
}

// PrintOrder sets an order; it is marked PROJET until it has its number.
func (r *Registers) PrintOrder(ctx context.Context, o Order) (typeset.Document, error) {
	var a authority.Authority
	err := r.view(ctx, func(tx *store.Tx) (err error) { a, err = authority.Current(tx); return err })
	if err != nil {
		return typeset.Document{}, err
	}
	p := printedOrder(a, o, typeset.Head{Authority: a.Letterhead(), Printed: r.j.Now(), Draft: o.Status == Draft})
	if p.Subject == "" {
		p.Subject = "(sans titre)"
	}
	return p.Typeset(ctx)
}

func printedOrder(a authority.Authority, o Order, head typeset.Head) typeset.Order {
	p := typeset.Order{
		Head: head, Kind: "Arrêté", Decides: "ARRÊTE", Number: o.Number, Subject: o.Text.Subject(), Visas: o.Text.Of(council.BlockVisa), Grounds: o.Text.Of(council.BlockGround),
		Remedies: typeset.OrderRemedies(a.Court, a.CourtAddress, o.Text.Individual), Individual: o.Text.Individual,
		Signer: typeset.Signature{Box: typeset.BoxMayor, Quality: the(o.SignerName) + " " + strings.ToLower(orMayor(o.SignerTitle)), Name: o.SignerName},
	}
	if o.Series == council.SeriesDecision {
		p.Kind, p.Decides = "Décision", "DÉCIDE"
	}
	if o.Date != "" {
		p.Date = o.Date.Time()
	}
	if o.Known != "" {
		p.Executory.Published = o.Known.Time()
	}
	if o.ReportedOn != "" {
		p.Reported = o.ReportedOn.Time()
	}
	p.Statement, p.Articles = council.PrintedBody(o.Text.Text)
	return p
}

func orMayor(title string) string {
	if title == "" {
		return "maire"
	}
	return title
}
