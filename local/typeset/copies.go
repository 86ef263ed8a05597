package typeset

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"image/jpeg"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// ActCopy is a copy or an extract of an act of civil status.
type ActCopy struct {
	Head
	Title string // «Copie intégrale»
	On    Act
	// Scans are the pages of the act, as JPEG, for a full copy; each keeps its proportions.
	Scans [][]byte
	// Lines are what an extract says.
	Lines []Line
	// Mentions are reproduced below, to the letter.
	Mentions []AffixedMention
	// Late: the mentions are those that the image does not show, being older.
	Late bool
	// Information: a third party's copy of an old act, which nobody signs.
	Information bool
	// Unsettled tells that the form itself is a draft to be checked.
	Unsettled string
	Officer   Signature
	Delivered time.Time
}

// Line is a heading of an extract and what it says.
type Line struct{ Label, Text string }

// AffixedMention is a mention as it stands in the margin.
type AffixedMention struct {
	Text string
	On   time.Time
}

// The size of what an image may be, in points: 20,000 by 20,000.
const maxScanSide = 20000

// Typeset sets the copy.
func (c ActCopy) Typeset(ctx context.Context) (Document, error) {
	if c.Title == "" || c.On.Kind == "" || (len(c.Scans) == 0 && len(c.Lines) == 0) {
		return Document{}, fmt.Errorf("copy of an act: %w: title, act or contents", ErrIncomplete)
	}
	a := c.Authority
	body := c.head()
	if c.Unsettled != "" {
		body = append(body, note(redTint, red, flow.Para{Spans: prose(c.Unsettled, smallStyle)}))
	}
	if c.Information {
		body = append(body, note(amberTint, amber, flow.Para{Spans: prose("Copie délivrée à titre de simple renseignement : ni datée, ni signée, elle ne fait pas foi.", smallStyle)}))
	}
	for i, jpg := range c.Scans {
		room := scanHeight
		if i == len(c.Scans)-1 {
			room = max(room-c.marginHeight(), leastScan)
		}
		block, err := scan(jpg, room)
		if err != nil {
			return Document{}, fmt.Errorf("copy of an act, image %d: %w", i+1, err)
		}
		body = append(body, block...)
	}
	if len(c.Lines) > 0 {
		var all []field
		for _, l := range c.Lines {
			all = append(all, textField(l.Label, l.Text))
		}
		body = append(body, fields(0.3, all...))
	}
	body = append(body, c.margin()...)
	body = append(body, c.closing())
	what := c.Title + " — " + c.On.name()
	return set(ctx, c.Head, part{title: what, running: what + " — " + c.On.Person, foot: a.Name + " — " + c.On.name(), body: body})
}

// head is short above an image, which needs the room.
func (c ActCopy) head() []flow.Block {
	reference, person := aligned(prose(c.On.Reference(), boldStyle)), aligned(prose(c.On.Person, bodyStyle))
	if len(c.Scans) == 0 {
		return append([]flow.Block{letterhead(c.Authority, aligned(plain("État civil", sized(bodyStyle, 9))), reference)}, title(c.Title, c.On.Person)...)
	}
	return []flow.Block{letterhead(c.Authority, flow.Para{Spans: prose(c.Title, sized(titleStyle, 11)), Align: flow.Right, Role: flow.Title, Leading: 5.6}, reference, person)}
}

// The room an image may take on its page, with the head above it and the certificate below.
const scanHeight = 160.0

// leastScan is the least room of an image: mentions that leave less go to the next page.
const leastScan = 110.0

// marginHeight is about what a warning above an image and the mentions below it take: neither they nor the certificate are to
// stand alone on another page.
func (c ActCopy) marginHeight() float64 {
	const heading, warning, line, letters = 14.0, 14.0, 5.2, 78
	height := 0.0
	if c.Information || c.Unsettled != "" {
		height += warning
	}
	if len(c.Mentions) > 0 {
		height += heading
	}
	for _, m := range c.Mentions {
		height += line * float64(1+(len([]rune(m.Text))+40)/letters)
	}
	return height
}

// scan sets an image as large as its page lets it be, at its own proportions, in a thin frame.
func scan(jpg []byte, room float64) ([]flow.Block, error) {
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(jpg))
	if err != nil || cfg.Width < 1 || cfg.Height < 1 || cfg.Width > maxScanSide || cfg.Height > maxScanSide || cfg.ColorModel == color.CMYKModel {
		return nil, fmt.Errorf("%w: the image is no usable JPEG (%dx%d): %w", ErrIncomplete, cfg.Width, cfg.Height, err)
	}
	w := flow.Measure
	h := w * float64(cfg.Height) / float64(cfg.Width)
	if h > room {
		w, h = w*room/h, room
	}
	x := (flow.Measure - w) / 2
	picture := &flow.Picture{JPEG: jpg, Width: cfg.Width, Height: cfg.Height, Gray: cfg.ColorModel == color.GrayModel}
	items := append([]flow.Item{flow.Show(picture, x, 0, w, h)}, flow.Rect(x, 0, w, h, 0.2, hair)...)
	return []flow.Block{flow.Drawing{Height: h + 1, Before: 1, Items: items}, flow.Space(3)}, nil
}

// margin sets the mentions.
func (c ActCopy) margin() []flow.Block {
	if len(c.Mentions) == 0 {
		if len(c.Lines) == 0 {
			return nil
		}
		return []flow.Block{heading("Mentions marginales"), para("Aucune mention à reproduire.", bodyStyle)}
	}
	head := "Mentions marginales"
	if c.Late {
		head = "Mentions apposées depuis la numérisation de l’acte"
	}
	out := []flow.Block{heading(head)}
	for _, m := range c.Mentions {
		spans := plain(french.Clean(m.Text), bodyStyle)
		if on := dated(m.On, french.Date); on != "" {
			spans = join(spans, plain(" ", bodyStyle), prose("(mention apposée le "+on+")", colored(sized(bodyStyle, 9), muted)))
		}
		out = append(out, flow.Para{Spans: spans, Label: plain("–", bodyStyle), Indent: bulletIndent, After: 1})
	}
	return out
}

// closing certifies the copy, with room for the seal and the signature.
func (c ActCopy) closing() flow.Block {
	if c.Information {
		return flow.Group{}
	}
	officer := c.Officer
	officer.Box, officer.Quality = or(officer.Box, BoxOfficer), or(officer.Quality, "L’officier de l’état civil")
	words := "Extrait certifié conforme aux énonciations de l’acte et de ses mentions,"
	if len(c.Scans) > 0 {
		words = "Copie certifiée conforme à l’acte porté au registre,"
	}
	return flow.Group{
		flow.Space(3),
		para(words+" délivré"+map[bool]string{true: "e", false: ""}[len(c.Scans) > 0]+" à "+or(c.Authority.Place, c.Authority.Name)+", le "+dateOr(c.Delivered)+".", bodyStyle),
		flow.Table{Widths: []float64{0.5, 0.5}, Bare: true, Before: 1, Rows: [][]flow.Cell{{
			{flow.Para{Spans: prose("Sceau de la mairie", noteStyle)}}, {frames([]Signature{officer})}}}},
	}
}

// CopyRefusal is the letter that refuses a copy.
type CopyRefusal struct {
	Head
	To       []string // lines of the addressee
	Asked    string   // «une copie intégrale»
	On       Act
	Received time.Time
	Why      string
	Article  string
	Instead  string // what may be given; may be empty
	Appeal   string
	Officer  Signature
	Decided  time.Time
}

// Typeset sets the letter.
func (r CopyRefusal) Typeset(ctx context.Context) (Document, error) {
	if r.Why == "" || r.Asked == "" || len(r.To) == 0 {
		return Document{}, fmt.Errorf("refusal of a copy: %w: reason, object or addressee", ErrIncomplete)
	}
	a := r.Authority
	body := []flow.Block{letterhead(a, sender(a)...), addressee(r.To), madeAt(a.Place, r.Decided)}
	body = append(body,
		flow.Para{Spans: join(plain("Objet\u202f: ", boldStyle), prose("votre demande relative à l’"+r.On.name(), boldStyle)), After: 4},
		para("Madame, Monsieur,", bodyStyle),
		para("Vous avez demandé "+r.Asked+", par une demande reçue le "+french.Date(r.Received)+". Il ne peut y être fait droit, pour le motif suivant :", bodyStyle),
		note(tint, accent, flow.Para{Spans: prose(r.Why, bodyStyle)}),
	)
	if r.Article != "" {
		body = append(body, para("Texte appliqué : "+r.Article+".", bodyStyle))
	}
	if r.Instead != "" {
		body = append(body, para(r.Instead, bodyStyle))
	}
	officer := r.Officer
	officer.Box, officer.Quality = or(officer.Box, BoxOfficer), or(officer.Quality, "L’officier de l’état civil")
	body = append(body, para(r.Appeal, bodyStyle), para("Je vous prie d’agréer, Madame, Monsieur, l’expression de ma considération distinguée.", bodyStyle),
		flow.Table{Widths: []float64{0.5, 0.5}, Bare: true, Before: 4, Rows: [][]flow.Cell{{{}, {frames([]Signature{officer})}}}})
	return set(ctx, r.Head, part{title: "Refus de délivrance", running: "Refus de délivrance — " + strings.TrimSpace(r.To[0]), foot: a.Name + " — état civil", body: body})
}
