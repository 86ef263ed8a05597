package typeset

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// Deliberation is an extract of the register of deliberations, in the usual order of such a text: who sat, what about,
// on what grounds, what was voted and decided, and how one may appeal.
type Deliberation struct {
	Head
	Number     string // «2026-041»
	Sitting    Sitting
	Subject    string
	Reporter   string    // who presented it; may be empty
	Opinions   []string  // of commissions: «commission des finances : favorable»
	Visas      []string  // «Vu le code général des collectivités territoriales, …»
	Grounds    []string  // «Considérant que …»
	Statement  []Passage // the reporter's presentation
	Vote       *Vote     // nil where none took place: «prend acte»
	Decides    string    // «DÉCIDE» when empty
	Articles   []Article
	Joined     []Joined // annexes, by their digests
	Remedies   string   // see Remedies; may be empty
	Executory  Executory
	Signatures []Signature // the mayor's and the secretary's when empty
	Online     *Online     // on the copy that is put online alone
}

// Sitting is when, where and with whom the assembly met.
type Sitting struct {
	At          time.Time
	Venue       string    // «en mairie, salle du conseil»
	Summoned    time.Time // day of the summons
	Posted      time.Time // day of its posting
	Chair       string    // «M. Louis FICTIF, maire»
	Secretary   string
	InExercise  int
	Voting      int // present and represented, less those who take no part
	Present     []string
	Proxies     []Proxy
	Excused     []string
	Absent      []string
	NotTakePart []string // members who left for this point
}

// Proxy is a written power to vote.
type Proxy struct{ From, To string }

// Passage is a paragraph or several, and a table below.
type Passage struct {
	Text string
	Grid *Grid
}

// Article is one decision. Its number is its place.
type Article struct {
	Verb  string // «APPROUVE», printed before the text; may be empty
	Text  string
	Grids []Grid
}

// Joined is a file annexed to a deliberation.
type Joined struct{ Name, Digest string }

// Vote is the outcome of a ballot. The names are printed where they are given, as a public ballot wants.
type Vote struct {
	Manner                    string // «au scrutin public», «au scrutin secret»; may be empty
	For, Against, Abstained   int
	NotVoting                 int
	NamesFor, NamesAgainst    []string
	NamesAbstained, NamesNone []string
	// Formula takes the place of the figures where they are not those of the text: a nomination, whose rounds are in Told.
	Formula string
	// Told are sentences under the vote: rounds, closed doors, amendments.
	Told []string
}

// Executory is what makes an act binding. What has not happened yet is printed as room to write it.
type Executory struct {
	Sent, Received time.Time
	Receipt        string // identifier given by the State's service
	Published      time.Time
	Where          string // «sur le site internet de la commune»
}

// Signature is a place to sign.
type Signature struct {
	Box     string // name of the Box
	Quality string // «Le maire»
	Name    string
}

// Remedies is the usual paragraph on appeals: two months, before the given court (CJA, art. R421-1 and R414-6).
func Remedies(court, address string) string {
	if address != "" {
		address = " (" + address + ")"
	}
	return "La présente délibération peut faire l’objet, dans un délai de deux mois à compter de sa publication, d’un recours gracieux auprès de l’autorité qui l’a prise ou d’un recours pour excès de pouvoir devant le " +
		court + address + ", par courrier ou par l’application Télérecours citoyens accessible sur www.telerecours.fr."
}

// Typeset sets the deliberation. Its boxes are those of its signatures.
func (d Deliberation) Typeset(ctx context.Context) (Document, error) {
	// What is to be signed claims nothing: the program of the signature would have to keep to it.
	return d.typeset(ctx, d.Online != nil)
}

func (d Deliberation) typeset(ctx context.Context, archival bool) (Document, error) {
	// A draft may have no sitting yet.
	if d.Subject == "" || (d.Sitting.At.IsZero() && !d.Draft) {
		return Document{}, fmt.Errorf("deliberation %q: %w: subject or date of the sitting", d.Number, ErrIncomplete)
	}
	a := d.Authority
	body := []flow.Block{letterhead(a,
		aligned(plain("Délibération", sized(bodyStyle, 9))),
		aligned(plain("n°\u00a0"+french.Tidy(or(d.Number, blank)), flow.Style{Face: flow.Bold, Size: 15, Color: ink})),
	)}
	body = append(body, title("Extrait du registre des délibérations du "+a.body(), "Séance du "+or(dated(d.Sitting.At, french.DateTime), blank))...)
	if d.Online != nil {
		body = append(body, d.Online.block())
	}
	if !d.Sitting.At.IsZero() {
		body = append(body, d.Sitting.blocks()...)
	}
	body = append(body, d.subject())
	body = append(body, clauses("Vu", d.Visas)...)
	body = append(body, clauses("Considérant", d.Grounds)...)
	if len(d.Statement) > 0 {
		body = append(body, flow.Space(1.5))
		for _, p := range d.Statement {
			body = append(body, p.blocks()...)
		}
	}
	body = append(body, d.decision()...)
	body = append(body, d.joined()...)
	body = append(body, d.closing())
	reference := "Délibération n° " + d.Number
	if d.Number == "" {
		reference = "Projet de délibération"
	}
	foot := a.Name + " — " + reference
	if !d.Sitting.At.IsZero() {
		foot += " — séance du " + french.Date(d.Sitting.At)
	}
	return set(ctx, d.Head, part{
		title:    reference + " — " + d.Subject,
		running:  reference + " — " + d.Subject,
		foot:     foot,
		body:     body,
		archival: archival,
	})
}

// blocks sets the count of members and who they are.
func (s Sitting) blocks() []flow.Block {
	figures := flow.Table{Widths: []float64{1, 1, 1, 1}, Bare: true}
	var row []flow.Cell
	for _, f := range []struct {
		n     int
		label string
	}{
		{s.InExercise, plural(s.InExercise, "membre", "membres") + " en exercice"}, {len(s.Present), plural(len(s.Present), "présent", "présents")},
		{len(s.Proxies), plural(len(s.Proxies), "représenté", "représentés")}, {s.Voting, plural(s.Voting, "votant", "votants")},
	} {
		row = append(row, flow.Cell{
			flow.Para{Spans: plain(french.Number(int64(f.n)), flow.Style{Face: flow.Bold, Size: 15, Color: accent}), Align: flow.Center, Leading: 6.4},
			flow.Para{Spans: plain(f.label, sized(noteStyle, 8.6)), Align: flow.Center},
		})
	}
	figures.Rows = [][]flow.Cell{row}
	proxies := make([]string, len(s.Proxies))
	for i, p := range s.Proxies {
		proxies[i] = p.From + " à " + p.To
	}
	return []flow.Block{
		flow.Panel{Blocks: []flow.Block{figures}, Fill: tint, After: 3},
		fields(0.24,
			textField("Convocation", dated(s.Summoned, french.LongDate)),
			textField("Affichage", dated(s.Posted, french.LongDate)),
			textField("Lieu", s.Venue),
			textField("Présidence", s.Chair),
			textField("Présents", strings.Join(s.Present, ", ")),
			textField("Pouvoirs", strings.Join(proxies, "\u00a0; ")),
			textField("Absents excusés", strings.Join(s.Excused, ", ")),
			textField("Absents", strings.Join(s.Absent, ", ")),
			textField("Ne prennent pas part", strings.Join(s.NotTakePart, ", ")),
			textField("Secrétaire de séance", s.Secretary),
		),
	}
}

func plural(n int, one, many string) string {
	if n < 2 {
		return one
	}
	return many
}

// subject is the panel that says what the deliberation is about.
func (d Deliberation) subject() flow.Block {
	blocks := []flow.Block{flow.Para{Spans: join(plain("Objet\u202f: ", sized(boldStyle, 11.5)), prose(d.Subject, sized(boldStyle, 11.5))), Role: flow.Heading, Keep: true, Whole: true}}
	if d.Reporter != "" {
		blocks = append(blocks, flow.Para{Spans: join(plain("Rapporteur\u202f: ", colored(sized(bodyStyle, 9), muted)), prose(d.Reporter, sized(bodyStyle, 9))), Before: 0.8})
	}
	for _, o := range d.Opinions {
		blocks = append(blocks, flow.Para{Spans: join(plain("Avis\u202f: ", colored(sized(bodyStyle, 9), muted)), prose(o, sized(bodyStyle, 9))), Before: 0.8})
	}
	return note(tint, accent, blocks...)
}

// clauses sets visas or grounds: the first word in bold, added where it lacks.
func clauses(word string, texts []string) []flow.Block {
	var out []flow.Block
	for _, text := range texts {
		text = french.Tidy(text)
		if text == "" {
			continue
		}
		rest, has := cutWord(text, word)
		if !has {
			rest = " " + text
		}
		p := flow.Para{Spans: join(plain(word, boldStyle), continued(rest, bodyStyle)), After: 1.3}
		out = append(out, p)
	}
	if len(out) > 0 {
		out = append([]flow.Block{flow.Space(1)}, out...)
	}
	return out
}

// cutWord parts the first word from a text, whatever its case.
func cutWord(text, word string) (string, bool) {
	if len(text) <= len(word) || !strings.EqualFold(text[:len(word)], word) {
		return text, false
	}
	rest := text[len(word):]
	if next, _ := utf8.DecodeRuneInString(rest); unicode.IsLetter(next) {
		return text, false
	}
	return rest, true
}

// continued is prose for a text that follows another span: it keeps the space it begins with.
func continued(text string, s flow.Style) []flow.Span {
	spans := prose(text, s)
	if strings.HasPrefix(text, " ") && len(spans) > 0 {
		spans[0].Text = " " + spans[0].Text
	}
	return spans
}

func (p Passage) blocks() []flow.Block {
	out := passages(p.Text, bodyStyle)
	if p.Grid != nil {
		keepLast(out)
		out = append(out, grid(*p.Grid, sized(bodyStyle, 9.2)))
	}
	return out
}

// keepLast ties the last paragraph to what follows.
func keepLast(blocks []flow.Block) {
	if n := len(blocks); n > 0 {
		if p, ok := blocks[n-1].(flow.Para); ok {
			p.Keep = true
			blocks[n-1] = p
		}
	}
}

// decision is the vote and the articles.
func (d Deliberation) decision() []flow.Block {
	formula := "Le " + d.Authority.body() + ", après en avoir délibéré,"
	if d.Vote != nil {
		formula = "Le " + d.Authority.body() + ", après en avoir délibéré, " + d.Vote.words() + ","
	}
	out := []flow.Block{flow.Para{Spans: prose(formula, boldStyle), Before: 2.5, After: 1, Keep: true, Whole: true}}
	if d.Vote != nil {
		out = append(out, d.Vote.names()...)
	}
	out = append(out, flow.Para{Spans: plain(french.Tidy(or(d.Decides, "DÉCIDE")), flow.Style{Face: flow.Bold, Size: 12, Color: accent}), Align: flow.Center, Before: 2, After: 2, Keep: true, Role: flow.Heading})
	for i, a := range d.Articles {
		out = append(out, a.blocks(i+1, len(d.Articles))...)
	}
	return out
}

// words says a vote as a deliberation does.
func (v Vote) words() string {
	if v.Formula != "" {
		return v.Formula
	}
	manner := ""
	if v.Manner != "" {
		manner = v.Manner + ", "
	}
	if v.Against == 0 && v.Abstained == 0 && v.For > 0 {
		return manner + "à l’unanimité des suffrages exprimés (" + count(v.For, "voix pour", "voix pour") + ")"
	}
	parts := []string{count(v.For, "voix pour", "voix pour"), count(v.Against, "voix contre", "voix contre")}
	if v.Abstained > 0 {
		parts = append(parts, french.Count(v.Abstained, "abstention", "abstentions"))
	}
	return manner + "par " + french.List(parts)
}

// count is a number and its noun, never parted.
func count(n int, one, many string) string {
	return strings.ReplaceAll(french.Count(n, one, many), " ", french.NoBreakSpace)
}

func (v Vote) names() []flow.Block {
	var out []flow.Block
	for _, n := range []struct {
		label string
		names []string
	}{
		{"Ont voté pour", v.NamesFor}, {"Ont voté contre", v.NamesAgainst}, {"Se sont abstenus", v.NamesAbstained}, {"N’ont pas pris part au vote", v.NamesNone},
	} {
		if len(n.names) > 0 {
			out = append(out, flow.Para{Spans: join(plain(n.label+"\u202f: ", with(sized(bodyStyle, 9.2), flow.Italic)), prose(strings.Join(n.names, ", "), sized(bodyStyle, 9.2))), After: 0.6, Keep: true})
		}
	}
	for _, t := range v.Told {
		out = append(out, flow.Para{Spans: prose(t, sized(bodyStyle, 9.2)), After: 0.6})
	}
	if len(v.NamesNone) == 0 && v.NotVoting > 0 && v.Formula == "" {
		out = append(out, flow.Para{Spans: prose(french.Count(v.NotVoting, "membre ne prend pas part au vote.", "membres ne prennent pas part au vote."), sized(bodyStyle, 9.2)), Keep: true})
	}
	return out
}

const articleIndent = 22.0

// blocks sets an article, its number hanging in the margin. A lone article has no number.
func (a Article) blocks(n, of int) []flow.Block {
	var out []flow.Block
	for i, line := range french.Paragraphs(a.Text) {
		p := para(line, bodyStyle)
		p.After = 1.8
		if i == 0 && a.Verb != "" {
			p.Spans = join(plain(french.Tidy(a.Verb)+" ", boldStyle), p.Spans)
		}
		if of > 1 {
			p.Indent = articleIndent
		}
		switch mark := bullet.FindString(line); {
		case i > 0 && mark != "":
			p.Spans, p.Label, p.LabelAt = prose(line[len(mark):], bodyStyle), plain("–", bodyStyle), p.Indent
			p.Indent, p.After = p.Indent+bulletIndent, 0.8
		case i == 0 && of > 1:
			p.Label = prose("Article "+french.Ordinal(n, french.Masculine), boldStyle)
			if n > 1 {
				p.Label = plain("Article\u00a0"+strconv.Itoa(n), boldStyle)
			}
		}
		// The last article stays with what closes the deliberation: no signature stands alone on its page.
		p.Keep = n == of && len(a.Grids) == 0
		out = append(out, p)
	}
	for i, g := range a.Grids {
		if i == 0 {
			keepLast(out)
		}
		out = append(out, grid(g, sized(bodyStyle, 9.2)))
	}
	return out
}

// joined lists the annexes; the digest tells later that a file is the one that was voted.
func (d Deliberation) joined() []flow.Block {
	if len(d.Joined) == 0 {
		return nil
	}
	out := []flow.Block{flow.Para{Spans: plain(plural(len(d.Joined), "Annexe", "Annexes"), boldStyle), Before: 2, After: 1, Keep: true}}
	for i, j := range d.Joined {
		out = append(out,
			flow.Para{Spans: prose(fmt.Sprintf("%d. %s", i+1, j.Name), sized(bodyStyle, 9.2)), Keep: true},
			flow.Para{Spans: plain("SHA-256 : "+j.Digest, smallStyle), After: 0.8})
	}
	return out
}

// closing is the ways of appeal, the date and place, the signatures, and what makes the act binding, on one page.
func (d Deliberation) closing() flow.Block {
	var out flow.Group
	if d.Remedies != "" {
		out = append(out, note(tint, accent,
			flow.Para{Spans: plain("Voies et délais de recours", with(smallStyle, flow.Bold)), Keep: true},
			flow.Para{Spans: prose(d.Remedies, smallStyle)}))
	}
	signatures := d.Signatures
	if len(signatures) == 0 {
		signatures = []Signature{
			{Box: BoxMayor, Quality: the(d.Sitting.Chair) + " " + d.Authority.chair(), Name: strings.TrimSuffix(d.Sitting.Chair, ", "+d.Authority.chair())},
			{Box: BoxSecretary, Quality: the(d.Sitting.Secretary) + " secrétaire de séance", Name: d.Sitting.Secretary},
		}
	}
	made := "Fait et délibéré en séance, les jour, mois et an susdits."
	if d.Authority.Place != "" {
		made = "Fait et délibéré à " + d.Authority.Place + ", les jour, mois et an susdits."
	}
	return append(out, flow.Para{Spans: prose(made, bodyStyle), Before: 2, After: 3}, d.Online.signed(signatures), d.Online.executory(d.Executory))
}

// the is the article that suits a person named with a title.
func the(name string) string {
	if strings.HasPrefix(name, "Mme") || strings.HasPrefix(name, "Mlle") {
		return "La"
	}
	return "Le"
}

// frames are the boxes to sign in, two or three side by side.
func frames(signatures []Signature) flow.Block {
	f := flow.Frames{Height: 30, Gap: 12, Color: hair}
	for _, s := range signatures {
		f.Frames = append(f.Frames, flow.Frame{Name: s.Box, Above: []flow.Block{
			flow.Para{Spans: prose(s.Quality+",", boldStyle)}, flow.Para{Spans: prose(s.Name, bodyStyle)},
		}})
	}
	return f
}

func (e Executory) block() flow.Block {
	received := dateOr(e.Received)
	if e.Receipt != "" {
		received += " (accusé de réception n° " + e.Receipt + ")"
	}
	published := dateOr(e.Published)
	if e.Where != "" {
		published += ", " + e.Where
	}
	style := smallStyle
	label := func(name, value string) field { return field{label: name, value: prose(value, style)} }
	return flow.Group{flow.Space(3), flow.Rule{Thickness: 0.2, Color: hair, After: 1.5}, fields(0.42,
		label("Transmise au représentant de l’État le", dateOr(e.Sent)),
		label("Reçue par le représentant de l’État le", received),
		label("Publiée le", published),
	)}
}
