package council

import (
	"context"
	"strings"
	"time"
	"unicode"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// Print is the deliberation as it is printed: marked PROJET until it is
// finalised; then with the places for the two signatures.
func (c *Council) Print(ctx context.Context, id string) (typeset.Document, error) {
	var d *Deliberation
	var a authority.Authority
	err := c.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if d, err = deliberation(tx, id); err != nil {
			return err
		}
		a, err = authority.Current(tx)
		return err
	})
	if err != nil {
		return typeset.Document{}, err
	}
	return c.Preview(ctx, a, *d)
}

// Preview sets a deliberation that may not be saved yet.
func (c *Council) Preview(ctx context.Context, a authority.Authority, d Deliberation) (typeset.Document, error) {
	return Printed(a, d, c.j.Now()).Typeset(ctx)
}

// Printed is a deliberation as the authority prints it on a day.
func Printed(a authority.Authority, d Deliberation, now time.Time) typeset.Deliberation {
	subject := d.Text.Subject()
	if subject == "" {
		subject = "(sans titre)"
	}
	p := typeset.Deliberation{
		Head:   typeset.Head{Authority: a.Letterhead(), Printed: now, Draft: d.Status == StatusDraft},
		Number: d.Number, Subject: subject, Reporter: d.Text.Reporter, Visas: d.Text.Of(BlockVisa), Grounds: d.Text.Of(BlockGround),
		Remedies: typeset.Remedies(a.Court, a.CourtAddress),
	}
	p.Statement, p.Articles = PrintedBody(d.Text)
	for _, a := range d.Text.Annexes {
		p.Joined = append(p.Joined, typeset.Joined{Name: a.Name, Digest: a.Digest.String()})
	}
	if d.Record != nil {
		record(&p, d.Record)
	}
	return p
}

// PrintedBody is the presentation and the articles of a text, each table under
// what stands before it.
func PrintedBody(t Text) (statement []typeset.Passage, articles []typeset.Article) {
	for _, b := range t.Blocks {
		one := Text{Blocks: []Block{b}, Variables: t.Variables}
		for _, s := range one.Of(BlockStatement) {
			statement = append(statement, typeset.Passage{Text: s})
		}
		for _, s := range one.Of(BlockArticle) {
			articles = append(articles, PrintedDecision(s))
		}
		if b.Kind != BlockTable {
			continue
		}
		grid := gridOf(t.fill(b.Text))
		switch n := len(articles); {
		case grid == nil:
		case n > 0:
			articles[n-1].Grids = append(articles[n-1].Grids, *grid)
		default:
			statement = append(statement, typeset.Passage{Grid: grid})
		}
	}
	return statement, articles
}

// record prints who sat and how the vote fell.
func record(p *typeset.Deliberation, r *Record) {
	s, v := r.Sitting, r.Vote
	p.Sitting = typeset.Sitting{
		At: s.At, Venue: s.Place, Summoned: s.Convened.Time(), Posted: s.Posted.Time(), Chair: s.titled(v.Chair), Secretary: s.name(s.Secretary),
		InExercise: len(s.Members), Voting: v.Voters(),
	}
	for _, id := range v.Present {
		p.Sitting.Present = append(p.Sitting.Present, s.name(id))
	}
	represented := map[string]bool{}
	for _, x := range v.Represented {
		represented[x.From] = true
		p.Sitting.Proxies = append(p.Sitting.Proxies, typeset.Proxy{From: s.name(x.From), To: s.name(x.To)})
	}
	gone := setOf(v.Withdrawn)
	there := setOf(v.Present)
	for _, m := range s.Members {
		switch {
		case there[m.ID] || represented[m.ID]:
		case gone[m.ID]:
			p.Sitting.NotTakePart = append(p.Sitting.NotTakePart, m.Name)
		case s.Calls[m.ID].Presence == Excused:
			p.Sitting.Excused = append(p.Sitting.Excused, m.Name)
		default:
			p.Sitting.Absent = append(p.Sitting.Absent, m.Name)
		}
	}
	p.Vote = votePrinted(s, v)
	p.Signatures = []typeset.Signature{
		{Box: typeset.BoxMayor, Quality: "Le maire", Name: s.name(s.mayor())},
		{Box: typeset.BoxSecretary, Quality: "Le secrétaire de séance", Name: s.name(s.Secretary)},
	}
}

func (s Sitting) titled(id string) string {
	m, _ := s.Member(id)
	if m.Title == "" {
		return m.Name
	}
	return m.Name + ", " + strings.ToLower(m.Title)
}

func votePrinted(s Sitting, v Vote) *typeset.Vote {
	out := &typeset.Vote{
		Manner: map[Manner]string{Public: "au scrutin public", Secret: "au scrutin secret"}[v.Manner],
		For:    v.Figures.For, Against: v.Figures.Against, Abstained: v.Figures.Abstained, NotVoting: v.Figures.NotVoting,
	}
	if v.Manner == Secret {
		return out
	}
	// Names of those who did not vote for; those who did, in a public ballot alone.
	for _, m := range s.Members {
		switch v.Choices[m.ID] {
		case Against:
			out.NamesAgainst = append(out.NamesAgainst, m.Name)
		case Abstain:
			out.NamesAbstained = append(out.NamesAbstained, m.Name)
		case NotVoting:
			out.NamesNone = append(out.NamesNone, m.Name)
		case For:
			if v.Manner == Public {
				out.NamesFor = append(out.NamesFor, m.Name)
			}
		}
	}
	return out
}

// verbOf splits off the words in capitals that an article begins with.
func verbOf(s string) (verb, rest string) {
	words := strings.Fields(s)
	n := 0
	for n < len(words) && len([]rune(words[n])) > 1 && strings.ToUpper(words[n]) == words[n] && strings.IndexFunc(words[n], unicode.IsDigit) < 0 {
		n++
	}
	return strings.Join(words[:n], " "), strings.Join(words[n:], " ")
}
