package typeset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// Call is a sitting that is announced: what its summons and the poster at the door both say.
type Call struct {
	At     time.Time
	Venue  string
	Sent   time.Time // day of the summons
	Agenda []AgendaPoint
	// Urgent: the term was shortened (CGCT, art. L2121-11, L2121-12). Second: no quorum is asked for (art. L2121-17).
	Urgent, Second bool
	Mayor          string // «Mme Ève Exemple», who summons
}

// AgendaPoint is a question to be examined.
type AgendaPoint struct {
	Subject  string
	Reporter string
	// Synthesis is the explanatory note (CGCT, art. L2121-12); may be empty.
	Synthesis []Passage
}

// Recipient is a member who is summoned.
type Recipient struct {
	Name  string // «M. Jean Modèle»
	Title string // «1er adjoint»
}

// Summons (convocation) are the letters that call the members to a sitting, one for each, with a form of proxy, and the
// explanatory note behind them where there is one.
type Summons struct {
	Head
	Call Call
	To   []Recipient
}

// Typeset sets the letters one after the other, each beginning a page.
func (s Summons) Typeset(ctx context.Context) (Document, error) {
	if s.Call.At.IsZero() || len(s.To) == 0 {
		return Document{}, fmt.Errorf("summons: %w: date of the sitting or members", ErrIncomplete)
	}
	note := s.synthesis()
	var body []flow.Block
	for i, to := range s.To {
		if i > 0 {
			body = append(body, flow.Break{})
		}
		body = append(body, s.letter(to)...)
		body = append(body, flow.Break{})
		body = append(body, s.proxy(to)...)
		if len(note) > 0 {
			body = append(append(body, flow.Break{}), note...)
		}
	}
	what := "Convocation du " + s.Authority.body() + " — séance du " + french.Date(s.Call.At)
	return set(ctx, s.Head, part{title: what, running: what, foot: s.Authority.Name + " — convocation du " + dateOr(s.Call.Sent), body: body, uncounted: true})
}

func (s Summons) letter(to Recipient) []flow.Block {
	a, c := s.Authority, s.Call
	who := []string{to.Name}
	if to.Title != "" {
		who = append(who, to.Title)
	}
	body := []flow.Block{letterhead(a, sender(a)...), addressee(who)}
	body = append(body, aligned(prose(or(a.Place, a.Name)+", le "+dateOr(c.Sent), bodyStyle)), flow.Space(4))
	body = append(body, flow.Para{Spans: join(plain("Objet\u202f: ", boldStyle), prose("convocation du "+a.body(), boldStyle)), After: 4, Role: flow.Title})
	body = append(body, para(greeting(to.Name)+",", bodyStyle))
	body = append(body, para("J’ai l’honneur de vous convoquer à la séance du "+a.body()+" qui se tiendra le "+french.DateTime(c.At)+", "+c.Venue+".", bodyStyle))
	if c.Urgent {
		body = append(body, para("Le délai de convocation est abrégé en raison de l’urgence; il en sera rendu compte dès l’ouverture de la séance, et l’assemblée se prononcera sur l’urgence (CGCT, art. L. 2121-11 et L. 2121-12).", bodyStyle))
	}
	if c.Second {
		body = append(body, para("Le quorum n’ayant pas été atteint à la suite d’une première convocation régulière, l’assemblée délibérera sans condition de quorum (CGCT, art. L. 2121-17).", bodyStyle))
	}
	body = append(body, heading("Ordre du jour"))
	body = append(body, c.agenda(bodyStyle)...)
	end := flow.Group{flow.Space(3),
		para("Si vous ne pouvez assister à la séance, vous pouvez donner pouvoir par écrit à un autre membre de l’assemblée; chacun ne peut en porter qu’un (CGCT, art. L. 2121-20). Un modèle est joint.", bodyStyle),
		para("Je vous prie d’agréer, "+greeting(to.Name)+", l’expression de ma considération distinguée.", bodyStyle), flow.Space(4),
		halfFrame(Signature{Box: BoxMayor, Quality: the(c.Mayor) + " " + a.chair(), Name: c.Mayor}),
	}
	return append(body, end)
}

// greeting begins a letter to a person named with a title.
func greeting(name string) string {
	if the(name) == "La" {
		return "Madame"
	}
	return "Monsieur"
}

// halfFrame is one box to sign in, at the right.
func halfFrame(s Signature) flow.Block {
	return flow.Table{Widths: []float64{0.5, 0.5}, Bare: true, Rows: [][]flow.Cell{{flow.Cell{}, flow.Cell{frames([]Signature{s})}}}}
}

// agenda sets the points, numbered.
func (c Call) agenda(style flow.Style) []flow.Block {
	var out []flow.Block
	for i, p := range c.Agenda {
		spans := prose(p.Subject, style)
		if p.Reporter != "" {
			spans = join(spans, continued(" — rapporteur: "+p.Reporter, colored(sized(style, style.Size*0.88), muted)))
		}
		indent := style.Size * 0.62
		out = append(out, flow.Para{Spans: spans, Label: plain(fmt.Sprintf("%d.", i+1), with(style, flow.Bold)), Indent: indent, After: style.Size * 0.12})
	}
	return out
}

// proxy is the form by which the member gives her vote to another.
func (s Summons) proxy(to Recipient) []flow.Block {
	a := s.Authority
	line := func(label string) flow.Block {
		return flow.Para{Spans: join(prose(label, bodyStyle), plain(" "+strings.Repeat("…", 40), bodyStyle)), After: 4}
	}
	body := []flow.Block{letterhead(a)}
	body = append(body, title("Pouvoir", "Séance du "+french.DateTime(s.Call.At))...)
	body = append(body,
		flow.Space(4),
		para(undersigned(to.Name)+" "+to.Name+", membre du "+a.body()+",", bodyStyle), flow.Space(2),
		line("donne pouvoir à M./Mme"),
		para("membre de la même assemblée, pour me représenter à la séance ci-dessus et voter en mon nom sur les questions à l’ordre du jour.", bodyStyle),
		flow.Space(4), line("Fait à"), line("le"), flow.Space(4),
		halfFrame(Signature{Box: "mandant", Quality: "Signature du mandant", Name: "précédée de « bon pour pouvoir »"}), flow.Space(6),
		note(tint, accent, flow.Para{Spans: prose("Un même membre ne peut porter qu’un seul pouvoir. Le pouvoir est toujours révocable; il ne peut être valable pour plus de trois séances consécutives, sauf maladie dûment constatée (CGCT, art. L. 2121-20). Il est remis au président avant le vote.", smallStyle)}),
	)
	return body
}

func undersigned(name string) string {
	if the(name) == "La" {
		return "Je soussignée,"
	}
	return "Je soussigné,"
}

// synthesis is the explanatory note on the points that have one.
func (s Summons) synthesis() []flow.Block {
	var points []flow.Block
	for i, p := range s.Call.Agenda {
		if len(p.Synthesis) == 0 {
			continue
		}
		points = append(points, heading(fmt.Sprintf("%d. %s", i+1, p.Subject)))
		for _, passage := range p.Synthesis {
			points = append(points, passage.blocks()...)
		}
	}
	if len(points) == 0 {
		return nil
	}
	body := append([]flow.Block{letterhead(s.Authority)}, title("Note explicative de synthèse", "Séance du "+french.DateTime(s.Call.At))...)
	return append(body, points...)
}

// Poster announces a sitting at the door of the town hall (CGCT, art. L2121-10), in type large enough to be read from a step away.
type Poster struct {
	Head
	Call Call
}

// Typeset sets the poster.
func (p Poster) Typeset(ctx context.Context) (Document, error) {
	if p.Call.At.IsZero() {
		return Document{}, fmt.Errorf("poster: %w: date of the sitting", ErrIncomplete)
	}
	a, c := p.Authority, p.Call
	big := flow.Style{Face: flow.Bold, Size: 24, Color: ink}
	size := 15.0
	for _, small := range []float64{13, 11.5, 10.3} { // a long agenda is set smaller, so that one sheet is enough as long as can be
		if len(c.Agenda) > int(240/size) {
			size = small
		}
	}
	body := []flow.Block{
		letterhead(a),
		flow.Para{Spans: prose("Séance du "+a.body(), big), Align: flow.Center, Role: flow.Title, Before: 6, Leading: 11},
		flow.Para{Spans: prose(french.DateTime(c.At), flow.Style{Face: flow.Bold, Size: 19, Color: accent}), Align: flow.Center, Before: 3, Leading: 9},
		flow.Para{Spans: prose(c.Venue, sized(bodyStyle, 14)), Align: flow.Center, Before: 1, After: 3},
		flow.Rule{Thickness: 0.7, Color: accent, Width: 28, Before: 2, After: 5},
		flow.Para{Spans: prose("Ordre du jour", colored(sized(boldStyle, 15), accent)), Role: flow.Heading, After: 3, Keep: true},
	}
	body = append(body, c.agenda(sized(bodyStyle, size))...)
	words := "La séance est publique, sauf si l’assemblée décide le huis clos (CGCT, art. L. 2121-18)."
	if c.Urgent {
		words += " Convocation en urgence."
	}
	if c.Second {
		words += " Seconde convocation: l’assemblée délibère sans condition de quorum (CGCT, art. L. 2121-17)."
	}
	body = append(body, flow.Group{flow.Space(6), para(words, sized(bodyStyle, 11)),
		para("Convocation adressée le "+dateOr(c.Sent)+".", sized(bodyStyle, 11)), flow.Space(4),
		halfFrame(Signature{Box: BoxMayor, Quality: the(c.Mayor) + " " + a.chair(), Name: c.Mayor})})
	what := "Affiche — séance du " + french.Date(c.At)
	return set(ctx, p.Head, part{title: what, running: what, foot: a.Name + " — affichée à la porte de la mairie le " + blank, body: body})
}
