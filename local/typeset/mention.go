package typeset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// MentionSheet is the sheet of mentions to paste in the margin of an act, or to copy out. Several stand on a page, each
// within cut marks, above a rule of 100 mm that tells whether the printer kept the true size.
type MentionSheet struct {
	Head
	Mentions []Mention
	// Width is the width of a margin, hence of the texts, in millimetres: 80 when 0, from 40 to 150.
	Width float64
}

// Mention is a mention ready to be affixed.
type Mention struct {
	Kind   string // «Mariage»
	Act    Act
	Text   string // to the letter, as the catalogue of formulas gives it
	Ending string // «Saint-Airial-des-Pins, le … L’officier de l’état civil,», to the letter
	Status MentionStatus
	Source string // of the formula
	Due    time.Time
}

// MentionStatus is how sure the wording of a formula is.
type MentionStatus uint8

// The statuses: read in the official text, quoted by a public source, or drafted and to be checked.
const (
	Drafted MentionStatus = iota
	Quoted
	Official
)

// Act is an act of civil status, as one finds it.
type Act struct {
	Kind      string // «naissance», «mariage», «décès», «reconnaissance»
	Number    string
	Year      int
	Register  string // may be empty
	Page      string // may be empty
	Commune   string // where it was drawn up
	Date      time.Time
	Person    string // «Camille Marie EXEMPLE»; both spouses for a marriage
	Born      time.Time
	BornPlace string
}

// Reference is the short name of an act: «Acte de naissance n° 12 de 1987».
func (a Act) Reference() string { return "A" + a.name()[1:] }

// name is the reference within a sentence.
func (a Act) name() string {
	text := "acte de " + a.Kind
	if a.Number != "" {
		text += " n° " + a.Number
	}
	if a.Year != 0 {
		text += fmt.Sprintf(" de %d", a.Year)
	}
	return french.Tidy(text)
}

const (
	defaultMargin = 80.0
	leastMargin   = 40.0
	greatMargin   = 150.0
)

// Typeset sets the sheet.
func (m MentionSheet) Typeset(ctx context.Context) (Document, error) {
	if len(m.Mentions) == 0 {
		return Document{}, fmt.Errorf("mention sheet: %w: no mention", ErrIncomplete)
	}
	width := m.Width
	if width == 0 {
		width = defaultMargin
	}
	if width < leastMargin || width > greatMargin {
		return Document{}, fmt.Errorf("mention sheet: a width of %g mm is not between %g and %g", width, leastMargin, greatMargin)
	}
	body := []flow.Block{
		flow.Para{Spans: prose("Mentions à apposer", sized(titleStyle, 13)), Role: flow.Title, Leading: 6},
		flow.Para{Spans: prose(m.Authority.Name+" — état civil — "+french.Date(m.Printed), noteStyle)},
		flow.Para{Spans: prose("Imprimez à 100 % (« taille réelle »). Contrôlez le trait au bas de la page : il mesure exactement 100 mm. Relisez chaque texte sur l’avis reçu avant de l’apposer; l’officier de l’état civil date et signe à la main.", noteStyle), Before: 0.8, After: 2},
	}
	for _, mention := range m.Mentions {
		body = append(body, mention.block(width))
	}
	return set(ctx, m.Head, part{
		title: "Mentions à apposer", running: "Mentions à apposer — " + m.Authority.Name, foot: m.Authority.Name + " — mentions à apposer",
		body: body, extra: checkRule(),
	})
}

// checkRule is a rule of exactly 100 mm with a tick each 10 mm, in the foot of the page.
func checkRule() []flow.Item {
	const y = flow.Depth + 2.6
	x := (flow.Measure - 100) / 2
	items := []flow.Item{flow.Line(x, y, 100, 0.25, ink)}
	for i := 0; i <= 10; i++ {
		h := 1.4
		if i%5 == 0 {
			h = 2.6
		}
		items = append(items, flow.Upright(x+float64(i)*10, y-h/2, h, 0.2, ink))
	}
	return append(items,
		flow.Words(x-5, y+1, flow.Span{Text: "0", Style: noteStyle}), flow.Words(x+102, y+1, flow.Span{Text: "100 mm", Style: noteStyle}))
}

func (s MentionStatus) words() (string, flow.Color) {
	switch s {
	case Official:
		return "Formule officielle", accent
	case Quoted:
		return "Formule citée par une source publique, à comparer au texte officiel", amber
	default:
		return "PROJET de formule : à vérifier avant toute apposition", red
	}
}

// block is a mention under the lines that say where it goes.
func (m Mention) block(width float64) flow.Block {
	words, color := m.Status.words()
	where := m.Act.Reference()
	if m.Act.Register != "" {
		where += ", registre " + m.Act.Register
	}
	if m.Act.Page != "" {
		where += ", page " + m.Act.Page
	}
	status := words
	if m.Source != "" {
		status += " — " + m.Source
	}
	heading := []flow.Block{
		flow.Para{Spans: join(prose(m.Kind, boldStyle), plain("  —  ", bodyStyle), prose(where, bodyStyle)), Before: 4, Role: flow.Heading},
		flow.Para{Spans: join(prose(m.Act.Person, with(smallStyle, flow.Bold)), due(m.Due))},
		flow.Para{Spans: prose(status, colored(smallStyle, color)), After: 1},
	}
	return flow.Group(append(heading, flow.Cut{
		Blocks: m.exact(), Width: width, Color: muted, Behind: m.behind(),
	}))
}

func due(t time.Time) []flow.Span {
	if t.IsZero() {
		return nil
	}
	return join(plain(" ", smallStyle), prose("— à apposer au plus tard le "+french.Date(t), smallStyle))
}

// exact sets the text to the letter: its own spaces and lines, no typography added.
func (m Mention) exact() []flow.Block {
	style := sized(bodyStyle, 10)
	out := []flow.Block{flow.Para{Spans: plain(french.Clean(m.Text), style)}}
	if m.Ending != "" {
		out = append(out, flow.Para{Spans: plain(french.Clean(m.Ending), style), Before: 1})
	}
	return append(out, flow.Space(14)) // to sign
}

// behind is the pale word across a formula that is only drafted.
func (m Mention) behind() *flow.Span {
	if m.Status != Drafted {
		return nil
	}
	return &flow.Span{Text: "PROJET", Style: flow.Style{Face: flow.Bold, Size: 34, Color: redFaint}}
}

// MentionNotice (avis de mention) asks another registrar to affix a mention on an act that he keeps, or informs the
// court's registry (Code civil, art. 49).
type MentionNotice struct {
	Head
	Reference string   // of the notice
	To        []string // lines of the addressee
	Basis     string   // «l’article 49 du code civil» when empty
	Event     Act      // the act that gives rise to the mention
	EventText string   // replaces Event where the event is no act: a judgment, a notary's deed
	On        Act      // the act on which the mention is to be affixed
	Kind      string   // «Mariage»
	Text      string   // of the mention, to the letter
	Status    MentionStatus
	Officer   Signature
	// Receipt adds a slip to send back. A court's registry does not affix mentions and needs none.
	Receipt bool
	Sent    time.Time
}

// BoxOfficer is the name of the officer's box in a notice.
const BoxOfficer = "officier"

// Typeset sets the notice. Its box is the officer's.
func (n MentionNotice) Typeset(ctx context.Context) (Document, error) {
	if n.Text == "" || n.On.Kind == "" {
		return Document{}, fmt.Errorf("mention notice: %w: text or act", ErrIncomplete)
	}
	a := n.Authority
	right := sender(a)
	body := []flow.Block{letterhead(a, right...)}
	body = append(body, addressee(n.To), madeAt(a.Place, or2(n.Sent, n.Printed)))
	body = append(body, title("Avis de mention", n.Kind)...)
	if n.Status == Drafted {
		body = append(body, note(redTint, red, flow.Para{Spans: prose("PROJET de formule : à vérifier avant tout envoi.", colored(boldStyle, red))}))
	}
	basis := or(n.Basis, "l’article 49 du code civil")
	body = append(body, para("En application de "+basis+", j’ai l’honneur de vous adresser le présent avis afin que la mention ci-dessous soit portée en marge de l’acte désigné.", bodyStyle))
	body = append(body, heading("Acte sur lequel la mention est à porter"), n.On.fields())
	if n.EventText != "" {
		body = append(body, heading("Événement"))
		body = append(body, passages(n.EventText, bodyStyle)...)
	} else if n.Event.Kind != "" {
		body = append(body, heading("Acte qui donne lieu à la mention"), n.Event.fields())
	}
	body = append(body, flow.Group{heading("Texte de la mention"), note(tint, accent, flow.Para{Spans: plain(french.Clean(n.Text), sized(bodyStyle, 11))})})
	officer := n.Officer
	officer.Box = or(officer.Box, BoxOfficer)
	officer.Quality = or(officer.Quality, "L’officier de l’état civil")
	body = append(body, flow.Group{
		flow.Table{Widths: []float64{0.5, 0.5}, Bare: true, Before: 3, Rows: [][]flow.Cell{{{}, {frames([]Signature{officer})}}}},
	})
	if n.Receipt {
		body = append(body, n.receipt())
	}
	name := "Avis de mention"
	if n.Reference != "" {
		name += " n° " + n.Reference
	}
	return set(ctx, n.Head, part{title: name, running: name + " — " + n.On.Person, foot: a.Name + " — " + name, body: body})
}

func or2(t, fallback time.Time) time.Time {
	if t.IsZero() {
		return fallback
	}
	return t
}

// fields sets what is known of an act.
func (a Act) fields() flow.Block {
	drawn := dated(a.Date, french.Date)
	if drawn != "" {
		drawn = "le " + drawn
	}
	if a.Commune != "" {
		if drawn != "" {
			drawn += ", à "
		}
		drawn += a.Commune
	}
	born := dated(a.Born, french.Date)
	if born != "" && a.BornPlace != "" {
		born += " à " + a.BornPlace
	}
	return fields(0.24, textField("Acte", a.Reference()), textField("Dressé", drawn), textField("Personne", a.Person), textField("Né(e) le", born))
}

// receipt is the part to cut and send back.
func (n MentionNotice) receipt() flow.Block {
	return flow.Group{
		flow.Drawing{Height: 4, Before: 6, Items: []flow.Item{flow.Dash(0, 2, flow.Measure, 0.2, muted)}},
		flow.Para{Spans: prose("Récépissé à renvoyer à : "+n.Authority.Name+", "+strings.Join(n.Authority.Address, ", "), noteStyle), After: 1.5},
		para("La mention « "+n.Kind+" » a été portée en marge de l’"+n.On.name()+" ("+n.On.Person+").", sized(bodyStyle, 9.6)),
		flow.Para{Spans: plain("À "+blank+", le "+blank+"        Signature et sceau :", sized(bodyStyle, 9.6)), Before: 2},
		flow.Space(12),
	}
}

// addressee is the address of a letter, at the place of the window of a French envelope.
func addressee(lines []string) flow.Block {
	cell := flow.Cell{}
	for i, line := range lines {
		style := bodyStyle
		if i == 0 {
			style = boldStyle
		}
		cell = append(cell, flow.Para{Spans: prose(line, style)})
	}
	return flow.Table{Widths: []float64{0.52, 0.48}, Bare: true, Rows: [][]flow.Cell{{{}, cell}}, Before: 4, After: 4}
}

// madeAt is «Saint-Airial-des-Pins, le 24 novembre 2026».
func madeAt(place string, t time.Time) flow.Block {
	text := "Le " + french.Date(t)
	if place != "" {
		text = place + ", le " + french.Date(t)
	}
	return flow.Table{Widths: []float64{0.52, 0.48}, Bare: true, Rows: [][]flow.Cell{{{}, {flow.Para{Spans: prose(text, bodyStyle)}}}}, After: 5}
}
