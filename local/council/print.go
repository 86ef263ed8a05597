package council

import (
	"context"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// Print sets a deliberation as a PDF, with the boxes typeset.BoxMayor and
// typeset.BoxSecretary. What is not finalised is marked «PROJET».
func (c *Council) Print(ctx context.Context, id string) (typeset.Document, error) {
	d, err := c.Deliberation(ctx, id)
	if err != nil {
		return typeset.Document{}, err
	}
	return c.PrintText(ctx, d, d.Text)
}

// PrintText sets a deliberation with the text now being typed.
func (c *Council) PrintText(ctx context.Context, d Deliberation, t Text) (typeset.Document, error) {
	var a authority.Authority
	var s Sitting
	var planned bool
	err := c.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if a, err = authority.Current(tx); err != nil || d.Record != nil {
			return err
		}
		all, err := allSittings(tx)
		for _, one := range all {
			if _, on := one.Item(d.ID); on {
				s, planned = one, true
			}
		}
		return err
	})
	if err != nil {
		return typeset.Document{}, err
	}
	p := typeset.Deliberation{
		Head:   typeset.Head{Authority: a.Letterhead(), Printed: c.j.Now(), Draft: d.Record == nil},
		Number: d.Number, Subject: t.Subject(), Reporter: t.fill(t.Reporter),
		Visas: t.Of(BlockVisa), Grounds: t.Of(BlockGround), Remedies: remedies(a),
	}
	if p.Number == "" {
		p.Number = "……"
	}
	if strings.TrimSpace(p.Subject) == "" {
		p.Subject = "…………"
	}
	for _, text := range t.Of(BlockStatement) {
		p.Statement = append(p.Statement, typeset.Passage{Text: text})
	}
	for _, text := range t.Of(BlockArticle) {
		p.Articles = append(p.Articles, article(text))
	}
	switch {
	case d.Record != nil:
		p.Sitting, p.Vote = printed(d.Record.Sitting, &d.Record.Vote), ballot(d.Record)
		if !d.Record.Vote.Adopted {
			p.Decides = "N’ADOPTE PAS"
		}
	case planned:
		p.Sitting = printed(s, nil)
	default:
		// No sitting is convened yet: a project bears the day of printing.
		p.Sitting = typeset.Sitting{At: c.j.Now()}
	}
	return p.Typeset(ctx)
}

func remedies(a authority.Authority) string {
	if a.Court == "" {
		return ""
	}
	return typeset.Remedies(a.Court, a.CourtAddress)
}

// article parts the verb in capitals from the rest: «AUTORISE le maire à signer».
func article(text string) typeset.Article {
	words := strings.Fields(text)
	n := 0
	for n < len(words) && len([]rune(words[n])) > 1 && words[n] == strings.ToUpper(words[n]) && words[n] != strings.ToLower(words[n]) {
		n++
	}
	if n == 0 || n == len(words) {
		return typeset.Article{Text: text}
	}
	return typeset.Article{Verb: strings.Join(words[:n], " "), Text: strings.Join(words[n:], " ")}
}

// printed is the sitting as the deliberation says it; v is nil before the vote.
func printed(s Sitting, v *Vote) typeset.Sitting {
	out := typeset.Sitting{
		At: s.At, Venue: s.Place, Summoned: day(s.Convened), Posted: day(s.Posted), Secretary: s.name(s.Secretary), InExercise: len(s.Members),
	}
	chair, present, proxies := s.Chair, s.PresentAt(""), s.ProxiesAmong(s.PresentAt(""))
	var left []string
	if v != nil {
		chair, present, proxies, left = v.Chair, v.Present, v.Represented, v.Withdrawn
	}
	out.Voting = len(present) + len(proxies)
	if v != nil {
		out.Voting -= v.Figures.NotVoting
	}
	out.Chair = chairOf(s, chair)
	out.Present, out.NotTakePart = s.names(present), s.names(left)
	for _, p := range proxies {
		out.Proxies = append(out.Proxies, typeset.Proxy{From: s.name(p.From), To: s.name(p.To)})
	}
	here, represented := setOf(append(append([]string{}, present...), left...)), map[string]bool{}
	for _, p := range proxies {
		represented[p.From] = true
	}
	for _, m := range s.Members {
		switch {
		case here[m.ID]:
		case s.Calls[m.ID].Presence == Excused || represented[m.ID]:
			out.Excused = append(out.Excused, m.Name)
		case s.Calls[m.ID].Presence != Unknown:
			out.Absent = append(out.Absent, m.Name)
		}
	}
	return out
}

func chairOf(s Sitting, id string) string {
	m, known := s.Member(id)
	if !known || m.Title == "" {
		return m.Name
	}
	return m.Name + ", " + strings.ToLower(m.Title)
}

func (s Sitting) names(ids []string) (names []string) {
	for _, id := range ids {
		names = append(names, s.name(id))
	}
	return names
}

func day(d authority.Day) time.Time { return d.Time() }

var manners = map[Manner]string{Public: "au scrutin public", Secret: "au scrutin secret"}

// ballot is the vote as printed: names for a public ballot, and for those who
// did not vote for in an ordinary one.
func ballot(r *Record) *typeset.Vote {
	v := r.Vote
	out := &typeset.Vote{Manner: manners[v.Manner], For: v.Figures.For, Against: v.Figures.Against, Abstained: v.Figures.Abstained, NotVoting: v.Figures.NotVoting}
	if v.Manner == Secret {
		return out
	}
	represented := map[string]bool{}
	for _, p := range v.Represented {
		represented[p.From] = true
	}
	present := setOf(v.Present)
	for _, m := range r.Sitting.Members {
		if !present[m.ID] && !represented[m.ID] {
			continue
		}
		switch choiceOf(v.Ballot, m.ID) {
		case For:
			if v.Manner == Public {
				out.NamesFor = append(out.NamesFor, m.Name)
			}
		case Against:
			out.NamesAgainst = append(out.NamesAgainst, m.Name)
		case Abstain:
			out.NamesAbstained = append(out.NamesAbstained, m.Name)
		case NotVoting:
			out.NamesNone = append(out.NamesNone, m.Name)
		}
	}
	return out
}
