package council

import (
	"context"
	"strings"
	"time"
	"unicode"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

// Print is the deliberation as it is printed: marked PROJET until it is
// finalised; then with the places for the two signatures.
func (c *Council) Print(ctx context.Context, id string) (typeset.Document, error) {
	var d *Deliberation
	var a authority.Authority
	err := c.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if d, err = current(tx, id); err != nil {
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
		record(&p, a, d)
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
func record(p *typeset.Deliberation, a authority.Authority, d Deliberation) {
	s, v := d.Record.Sitting, d.Record.Vote
	item, _ := s.Item(d.ID)
	if p.Reporter == "" && item.Reporter != "" {
		p.Reporter = s.titled(item.Reporter)
	}
	p.Opinions = item.OpinionsInWords()
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
	p.Vote.Told = told(s, d.ID, v)
	chair := a.Letterhead().Chair
	if chair == "" {
		chair = BodyOf(s.Kind).Chair
	}
	signs := s.name(s.Signatory())
	p.Signatures = []typeset.Signature{
		{Box: typeset.BoxMayor, Quality: the(signs) + " " + chair, Name: signs},
		{Box: typeset.BoxSecretary, Quality: the(s.name(s.Secretary)) + " secrétaire de séance", Name: s.name(s.Secretary)},
	}
}

// Signatory is who signs what the sitting decided beside its secretary: the mayor or the president (CGCT, art. L2121-23),
// and while the seat is vacant who presided.
func (s Sitting) Signatory() string {
	if mayor := s.mayor(); mayor != "" {
		return mayor
	}
	return s.Chair
}

// the is the article that suits a person named with a title.
func the(name string) string {
	if strings.HasPrefix(name, "Mme") {
		return "La"
	}
	return "Le"
}

// told are the circumstances of a vote that its figures do not say.
func told(s Sitting, point string, v Vote) (out []string) {
	if v.Closed {
		out = append(out, "Ce point a été examiné à huis clos (CGCT, art. L. 2121-18).")
	}
	for _, n := range v.Nominations {
		out = append(out, n.Sentences()...)
	}
	if v.Casting {
		out = append(out, v.Why)
	}
	for _, a := range s.Amendments {
		if a.Point == point && !a.Withdrawn && a.Vote != nil && a.Vote.Adopted {
			out = append(out, "Texte amendé en séance sur la proposition de "+s.name(a.Author)+".")
		}
	}
	return out
}

// OpinionsInWords are what commissions said of a point: «commission finances, le 12 novembre 2026 : favorable».
func (i Item) OpinionsInWords() (all []string) {
	for _, o := range i.Opinions {
		words := "commission " + o.Commission
		if o.Day != "" {
			words += ", le " + french.Date(o.Day.Time())
		}
		all = append(all, words+": "+o.Words)
	}
	return all
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
	switch {
	case v.ByRight:
		out.Manner, out.Formula = "", "sans vote, une seule candidature ayant été présentée"
	case len(v.Nominations) > 0:
		if out.Formula = out.Manner; out.Formula == "" {
			out.Formula = "au scrutin ordinaire"
		}
	}
	if v.Manner == Secret || out.Formula != "" {
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
