package registers

import (
	"context"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

// Compose is the text that minutes begin with, from the sitting's record, with room for the discussions on each point.
func Compose(s council.Sitting) []Paragraph {
	add := func(point, text string) Paragraph { return Paragraph{Point: point, Text: text} }
	chair, _ := s.Member(s.Chair)
	opening := "La séance est ouverte à " + french.Time(s.At) + ", sous la présidence de " + chair.Name + ", qui procède à l’appel."
	text := []Paragraph{add(PlaceOpening, opening)}
	if m, ok := s.Member(s.Secretary); ok {
		named := " est désigné secrétaire de séance par l’assemblée."
		if the(m.Name) == "La" {
			named = " est désignée secrétaire de séance par l’assemblée."
		}
		text = append(text, add(PlaceOpening, m.Name+named))
	}
	if s.Urgent {
		text = append(text, add(PlaceOpening, "Le président rend compte de l’urgence qui a fait abréger le délai de convocation."))
	}
	for _, said := range notedOn(s, "") {
		text = append(text, add(PlaceOpening, said))
	}
	for _, item := range s.Agenda {
		said := notedOn(s, item.Deliberation)
		if len(said) == 0 {
			said = []string{""}
		}
		for _, words := range said {
			text = append(text, add(item.Deliberation, words))
		}
	}
	return append(text, add(PlaceClosing, ""))
}

// Minutes gives the minutes of a sitting as they stand, or as they begin when nobody has written any: their version is then 0.
func (r *Registers) Minutes(ctx context.Context, sitting string) (m Minutes, s council.Sitting, err error) {
	rec, err := r.Record(ctx, sitting)
	if err != nil {
		return m, s, err
	}
	if rec.Minutes == nil {
		return Minutes{Sitting: sitting, Text: Compose(rec.Sitting)}, rec.Sitting, nil
	}
	return *rec.Minutes, rec.Sitting, nil
}

// PrintMinutes sets the minutes of a sitting; they are marked PROJET until settled. m is the text shown, which may not be saved yet.
func (r *Registers) PrintMinutes(ctx context.Context, sitting string, m Minutes) (typeset.Document, error) {
	var a authority.Authority
	var rec Record
	var former []Minutes
	var known map[string]council.Sitting
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
		former, known, err = settledBy(tx, sitting)
		return err
	})
	if err != nil {
		return typeset.Document{}, err
	}
	return r.minutesOf(a, rec, m, former, known).Typeset(ctx)
}

// settledBy gives the minutes that a sitting settled, and their sittings.
func settledBy(tx *store.Tx, sitting string) (found []Minutes, known map[string]council.Sitting, err error) {
	all, err := every[Minutes](tx, "minutes")
	known = map[string]council.Sitting{}
	for _, m := range all {
		if m.Settled == nil || m.Settled.By != sitting {
			continue
		}
		s, err := council.SittingByID(tx, m.Sitting)
		if err != nil {
			return nil, nil, err
		}
		found, known[m.Sitting] = append(found, m), *s
	}
	return found, known, err
}

func (r *Registers) minutesOf(a authority.Authority, rec Record, m Minutes, former []Minutes, known map[string]council.Sitting) typeset.Minutes {
	s := rec.Sitting
	out := typeset.Minutes{
		Head:    typeset.Head{Authority: a.Letterhead(), Printed: r.j.Now(), Draft: m.Settled == nil},
		Sitting: s.Printed(), Quorum: quorumAtOpening(s), Ended: council.HourInWords(m.Ended), Signatures: signatures(a, s),
		Opening: passagesOf(m.Text, PlaceOpening), Closing: passagesOf(m.Text, PlaceClosing), Published: m.Published.Time(),
	}
	if m.Ended == "" {
		out.Ended = ""
		if s.Ended != "" {
			out.Ended = council.HourInWords(s.Ended)
		}
	}
	out.Opening = append(out.Opening, passages(beginnings(s))...)
	for _, f := range former {
		words := "Le procès-verbal de la séance du " + french.Date(known[f.Sitting].At) + " est arrêté"
		if len(f.Settled.Corrections) > 0 {
			words += ", avec les corrections suivantes:\n- " + strings.Join(f.Settled.Corrections, "\n- ")
		} else {
			words += ", sans observation."
		}
		out.Opening = append(out.Opening, typeset.Passage{Text: words})
	}
	out.Closing = append(out.Closing, passages(endings(s))...)
	for i, item := range s.Agenda {
		out.Agenda = append(out.Agenda, item.Subject)
		out.Points = append(out.Points, pointOf(s, i, item, rec.Deliberation[item.Deliberation], m.Text))
	}
	if m.Settled != nil {
		out.Settled = &typeset.Settled{At: m.Settled.At, Corrections: m.Settled.Corrections}
	}
	return out
}

// quorumAtOpening is that of those who were there from the beginning.
func quorumAtOpening(s council.Sitting) string {
	return council.QuorumOf(len(s.Members), 0, len(s.PresentAt(s.At.Format("15:04"))), s.Second).Words
}

func passagesOf(text []Paragraph, place string) []typeset.Passage {
	var out []typeset.Passage
	for _, p := range text {
		if p.Point == place && strings.TrimSpace(p.Text) != "" {
			out = append(out, typeset.Passage{Text: p.Text})
		}
	}
	return out
}

// pointOf is a point of the agenda with what was said and voted.
func pointOf(s council.Sitting, i int, item council.Item, d council.Deliberation, text []Paragraph) typeset.MinutesPoint {
	p := typeset.MinutesPoint{Order: i + 1, Subject: subject(item, d), Reporter: reporter(s, item, d), Number: d.Number, Discussion: passagesOf(text, item.Deliberation)}
	report, articles := council.PrintedBody(d.Text)
	p.Report = report
	p.Events = events(s, item)
	v, voted := s.Vote(item.Deliberation)
	if !voted {
		p.Outcome = endedWithout(s, item.Deliberation)
		return p
	}
	p.Requests, p.Voters, p.Vote, p.Outcome = requests(v), v.Voters(), council.PrintedVote(s, v), v.Why
	for _, id := range v.Withdrawn {
		m, _ := s.Member(id)
		p.Withdrawn = append(p.Withdrawn, m.Name)
	}
	if len(v.Present) != len(s.PresentAt(s.At.Format("15:04"))) {
		for _, id := range v.Present {
			m, _ := s.Member(id)
			p.Present = append(p.Present, m.Name)
		}
	}
	if v.Adopted {
		p.Articles = articles
	}
	return p
}

// requests says who asked for a particular ballot (CGCT, art. L2121-15, L2121-21).
func requests(v council.Vote) string {
	var parts []string
	if v.At != "" {
		parts = append(parts, "Vote à "+hours(v.At)+".")
	}
	if v.AskedPublic > 0 {
		parts = append(parts, french.Count(v.AskedPublic, "membre demande", "membres demandent")+" le scrutin public.")
	}
	if v.AskedSecret > 0 {
		parts = append(parts, french.Count(v.AskedSecret, "membre demande", "membres demandent")+" le scrutin secret.")
	}
	if v.Waived {
		parts = append(parts, "L’assemblée décide à l’unanimité de ne pas voter au scrutin secret.")
	}
	switch {
	case v.ByRight:
	case v.Manner == council.Public:
		parts = append(parts, "Il est procédé au scrutin public.")
	case v.Manner == council.Secret:
		parts = append(parts, "Il est procédé au scrutin secret.")
	}
	return strings.Join(parts, " ")
}

// signatures are those of the mayor and of the secretary of a sitting.
func signatures(a authority.Authority, s council.Sitting) []typeset.Signature {
	mayor, _ := s.Mayor()
	if s.Chair != "" && mayor.ID == "" {
		mayor, _ = s.Member(s.Chair)
	}
	secretary, _ := s.Member(s.Secretary)
	return []typeset.Signature{
		{Box: typeset.BoxMayor, Quality: the(mayor.Name) + " " + chairOf(a), Name: mayor.Name},
		{Box: typeset.BoxSecretary, Quality: the(secretary.Name) + " secrétaire de séance", Name: secretary.Name},
	}
}

// chairOf is the head of the executive: «maire», «président».
func chairOf(a authority.Authority) string {
	if chair := a.Letterhead().Chair; chair != "" {
		return chair
	}
	return "maire"
}

// the is the article that suits a person named with a title.
func the(name string) string {
	if strings.HasPrefix(name, "Mme") {
		return "La"
	}
	return "Le"
}
