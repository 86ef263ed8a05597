package typeset

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// Register is the register of deliberations of a year, made to be printed, signed by hand and bound (CGCT, art. R2121-9):
// a title piece and an opening page with the number of sheets; the affairs of each sitting under a number of order, on
// numbered sheets that bear the name of the commune and the date of the sitting; the sheet that closes each sitting, with
// the numbers of order, the members present and room for the handwritten signatures; the decisions taken by delegation in
// the order of dates (art. R2122-7-1); tables by date and by subject.
type Register struct {
	Head
	Name string // «Registre des délibérations»
	Year int
	// Duplex: printed on both sides; each sitting begins on the front of a sheet, and a sheet is two pages.
	Duplex   bool
	Volumes  []RegisterItem // in the order of dates
	Mayor    string
	Progress func(done, of int)
	// Only is the place in Volumes, from 1, of what alone is printed, with the sheets that it has in the register; 0: all,
	// with title piece, opening page and tables.
	Only int
}

// RegisterItem is a sitting, or an act of the mayor between two sittings.
type RegisterItem struct {
	Sitting *RegisterSitting
	Act     *Order
}

// RegisterSitting is a sitting as the register holds it.
type RegisterSitting struct {
	Sitting     Sitting
	Affairs     []Affair
	Mayor       Signature
	Secretaries []Signature
}

// Affair is a deliberation of the register. Its number of order is its place.
type Affair struct {
	Deliberation
	Theme string // under which the table by subject lists it: «7.1 Décisions budgétaires»; may be empty
	// Annexes are reproduced after the text.
	Annexes []Annex
}

// Annex is a document joined to a deliberation: as text, or its pages as they are.
type Annex struct {
	Title    string
	Digest   string // names the file that was voted; may be empty
	Passages []Passage
	// Reproduced gives the annex as a PDF whose pages are plain forms (pageimage.Reproduce), when its part is set; several may
	// be asked for at once. nil: the annex is text. An error leaves a line that names the file by its digest.
	Reproduced func() ([]byte, error)
}

// affairsPerPart is how many affairs are laid out together: enough to embed the faces seldom, few enough to need little memory.
const affairsPerPart = 50

// registerPart is a part of the book and what the head of its pages says.
type registerPart struct {
	part flow.Part
	head string // «Séance du 24 novembre 2026»
}

// Typeset sets the register. Its Document has no boxes: it is signed by hand.
func (r Register) Typeset(ctx context.Context) (Document, error) {
	if r.Printed.IsZero() {
		return Document{}, fmt.Errorf("register: %w", ErrUndated)
	}
	if r.Year == 0 || len(r.Volumes) == 0 {
		return Document{}, fmt.Errorf("register: %w: year or content", ErrIncomplete)
	}
	parts := r.parts()
	b := flow.Book{
		Title: french.Tidy(r.Name + " " + strconv.Itoa(r.Year)), Author: french.Tidy(r.Authority.Name), Subject: french.Tidy(r.Name),
		Printed: r.Printed, Archival: true, Progress: r.Progress,
		Furniture: func(l flow.Leaf) []flow.Item { return r.furniture(l, parts) },
	}
	for _, p := range parts {
		b.Parts = append(b.Parts, p.part)
	}
	if r.Only == 0 {
		b.Back, b.Front = r.tables, r.front
	}
	set, err := flow.SetBook(ctx, b)
	if err != nil {
		return Document{}, fmt.Errorf("typesetting %s %d: %w", r.Name, r.Year, err)
	}
	return Document{PDF: set.PDF, Pages: set.Pages, Missing: set.Missing}, nil
}

// anchor is that of affair n, from 0, of item i, and that of an act.
func anchor(i, n int) flow.Anchor { return flow.Anchor(i<<16 + n + 1) }

func (r Register) parts() []registerPart {
	var all []registerPart
	for i, item := range r.Volumes {
		var own []registerPart
		switch {
		case item.Sitting != nil:
			own = r.sitting(i, item.Sitting)
		case item.Act != nil:
			own = []registerPart{{head: item.Act.Kind + " du " + french.Date(item.Act.Date), part: flow.Part{
				Title: french.Tidy(item.Act.Kind + " n° " + item.Act.Number), Body: func() []flow.Block { return r.act(i, item.Act) },
			}}}
			if i > 0 && r.Volumes[i-1].Act != nil && r.Only == 0 { // several acts in a row are laid out together
				last := &all[len(all)-1]
				former := last.part.Body
				last.part.Body = func() []flow.Block { return append(append(former(), flow.Break{}), r.act(i, item.Act)...) }
				last.part.Title, last.head = "Décisions prises par délégation", "Décisions prises par délégation"
				continue
			}
		}
		for n := range own {
			own[n].part.Recto = n == 0 && r.Duplex && (item.Act == nil || i == 0 || r.Volumes[i-1].Act == nil)
			own[n].part.Counted = r.Only != 0 && r.Only != i+1
		}
		all = append(all, own...)
	}
	return all
}

// sitting parts a sitting; the closing sheet is within the last part.
func (r Register) sitting(i int, s *RegisterSitting) []registerPart {
	head := "Séance du " + french.Date(s.Sitting.At)
	var parts []registerPart
	n := max(1, (len(s.Affairs)+affairsPerPart-1)/affairsPerPart)
	for k := range n {
		from, to := k*affairsPerPart, min((k+1)*affairsPerPart, len(s.Affairs))
		p := registerPart{head: head}
		if k == 0 {
			p.part.Title = french.Tidy("Séance du " + french.LongDate(s.Sitting.At))
		}
		p.part.Body = func() []flow.Block {
			var body []flow.Block
			if k == 0 {
				body = s.opening(r.Authority)
			}
			for at := from; at < to; at++ {
				if at > from || k == 0 {
					body = append(body, flow.Break{})
				}
				body = append(body, anchor(i, at))
				body = append(body, s.Affairs[at].blocks(at+1, s.Sitting)...)
			}
			if k == n-1 {
				body = append(append(body, flow.Break{}), s.closing(r.Authority)...)
			}
			return body
		}
		parts = append(parts, p)
	}
	return parts
}

// opening is who sat and what was examined.
func (s *RegisterSitting) opening(a Authority) []flow.Block {
	body := []flow.Block{letterhead(a)}
	body = append(body, title("Séance du "+a.body(), french.DateTime(s.Sitting.At))...)
	body = append(body, s.Sitting.blocks()...)
	body = append(body, heading("Affaires examinées"))
	for i, f := range s.Affairs {
		spans := prose(f.Subject, bodyStyle)
		if f.Number != "" {
			spans = join(spans, plain(" — n°\u00a0"+french.Tidy(f.Number), colored(sized(bodyStyle, 9), muted)))
		}
		body = append(body, flow.Para{Spans: spans, Label: plain(strconv.Itoa(i+1)+".", boldStyle), Indent: 9, After: 0.8})
	}
	return body
}

// blocks sets an affair as the register holds it: without the head and the signatures of an extract.
func (f Affair) blocks(order int, s Sitting) []flow.Block {
	label := "Affaire n° " + strconv.Itoa(order)
	if f.Number != "" {
		label += " — délibération n° " + f.Number
	}
	body := []flow.Block{flow.Para{Spans: prose(label, colored(sized(boldStyle, 12), accent)), After: 1, Keep: true, Role: flow.Heading}, f.subject()}
	if here := differs(f.Sitting, s); len(here) > 0 {
		body = append(body, fields(0.24, here...))
	}
	body = append(body, clauses("Vu", f.Visas)...)
	body = append(body, clauses("Considérant", f.Grounds)...)
	if len(f.Statement) > 0 {
		body = append(body, flow.Space(1.5))
	}
	for _, p := range f.Statement {
		body = append(body, p.blocks()...)
	}
	body = append(body, f.decision()...)
	keepNot(body)
	body = append(body, f.joined()...)
	for i, annex := range f.Annexes {
		body = append(body, flow.Break{}, flow.Para{Spans: prose(fmt.Sprintf("Annexe %d à l’affaire n° %d — %s", i+1, order, annex.Title), headStyle), After: 3, Keep: true, Role: flow.Heading})
		for _, p := range annex.Passages {
			body = append(body, p.blocks()...)
		}
		if annex.Reproduced != nil {
			body = append(body, annex.pages(i+1, order)...)
		}
	}
	return body
}

// Around a page that is reproduced: room for the heading of the annex, or for the line that says which page it is.
const (
	annexHead = 24.0
	annexLine = 9.0
)

// pages are the annex's own, each on a page of the register, framed.
func (a Annex) pages(n, order int) []flow.Block {
	raw, err := a.Reproduced()
	var plates []*flow.Plate
	if err == nil {
		plates, err = flow.ReadPlates(raw)
	}
	if err != nil || len(plates) == 0 {
		words := "Cette annexe n’a pas pu être reproduite ici: elle est conservée en fichier"
		if a.Digest != "" {
			words += ", sous l’empreinte SHA-256 " + a.Digest
		}
		return []flow.Block{para(words+".", smallStyle)}
	}
	var body []flow.Block
	for i, p := range plates {
		room := annexHead
		if i > 0 {
			room = annexLine
			line := fmt.Sprintf("Annexe %d à l’affaire n° %d — page %d sur %d", n, order, i+1, len(plates))
			body = append(body, flow.Break{}, flow.Para{Spans: prose(line, smallStyle), After: 1, Keep: true})
		}
		height := flow.Depth - room
		body = append(body, flow.Drawing{Height: height, Items: append(flow.Rect(0, 0, flow.Measure, height, 0.15, hair), flow.Reproduce(p, 1, 1, flow.Measure-2, height-2))})
	}
	return body
}

// differs tells where those who dealt with an affair are others than those at the opening.
func differs(here, opening Sitting) []field {
	if here.At.IsZero() {
		return nil
	}
	var out []field
	if !slices.Equal(here.Present, opening.Present) {
		out = append(out, textField("Présents à ce point", strings.Join(here.Present, ", ")))
	}
	if len(here.NotTakePart) > 0 {
		out = append(out, textField("Ne prennent pas part", strings.Join(here.NotTakePart, ", ")))
	}
	if here.Chair != opening.Chair {
		out = append(out, textField("Présidence du point", here.Chair))
	}
	return out
}

// closing is the sheet that closes the sitting.
func (s *RegisterSitting) closing(a Authority) []flow.Block {
	body := title("Clôture de la séance", french.DateTime(s.Sitting.At))
	words := "Aucune délibération n’a été prise dans cette séance."
	if n := len(s.Affairs); n > 0 {
		words = french.Count(n, "affaire examinée", "affaires examinées") + " dans cette séance, sous " + plural(n, "le numéro d’ordre", "les numéros d’ordre") + " ci-dessous."
	}
	body = append(body, para(words, bodyStyle))
	small := sized(bodyStyle, 8.8)
	t := flow.Table{Widths: []float64{0.12, 0.22, 0.66}, Rule: hair, HeadFill: &tint, Pad: 0.7, After: 3}
	for _, h := range []string{"N° d’ordre", "Délibération", "Objet"} {
		t.Head = append(t.Head, flow.Cell{flow.Para{Spans: prose(h, with(small, flow.Bold))}})
	}
	for i, f := range s.Affairs {
		t.Rows = append(t.Rows, []flow.Cell{{flow.Para{Spans: plain(strconv.Itoa(i+1), small)}}, {flow.Para{Spans: plain(french.Tidy(or(f.Number, "—")), small)}}, {flow.Para{Spans: prose(f.Subject, small)}}})
	}
	if len(t.Rows) > 0 {
		body = append(body, t)
	}
	all := append([]Signature{s.Mayor}, s.Secretaries...)
	return append(body, flow.Group{
		heading("Membres présents"),
		para(strings.Join(s.Sitting.Present, ", ")+".", bodyStyle), flow.Space(3),
		flow.Para{Spans: prose("Signatures manuscrites", boldStyle), Keep: true},
		para("La tenue du registre est assurée sur papier: le "+a.chair()+" et le ou les secrétaires de séance signent ce feuillet à la main, même lorsque les délibérations ont été signées électroniquement (CGCT, art. R. 2121-9).", sized(noteStyle, 8.6)), flow.Space(2),
		frames(all),
	})
}

// act is a decision by delegation, or an order.
func (r Register) act(i int, o *Order) []flow.Block {
	label := o.Kind + " n° " + o.Number + " du " + french.Date(o.Date)
	body := []flow.Block{anchor(i, 0), flow.Para{Spans: prose(label, colored(sized(boldStyle, 12), accent)), After: 1, Keep: true, Role: flow.Heading},
		note(tint, accent, flow.Para{Spans: join(plain("Objet\u202f: ", sized(boldStyle, 11.5)), prose(o.Subject, sized(boldStyle, 11.5))), Keep: true, Whole: true})}
	body = append(body, clauses("Vu", o.Visas)...)
	body = append(body, clauses("Considérant", o.Grounds)...)
	for _, p := range o.Statement {
		body = append(body, p.blocks()...)
	}
	body = append(body, flow.Para{Spans: plain(french.Tidy(or(o.Decides, "ARRÊTE")), flow.Style{Face: flow.Bold, Size: 12, Color: accent}), Align: flow.Center, Before: 3, After: 2, Keep: true, Role: flow.Heading})
	for n, article := range o.Articles {
		body = append(body, article.blocks(n+1, len(o.Articles))...)
	}
	end := flow.Group{flow.Para{Spans: prose("Fait à "+or(r.Authority.Place, r.Authority.Name)+", le "+dateOr(o.Date)+".", bodyStyle), Before: 2, After: 3}, halfFrame(o.Signer)}
	if !o.Reported.IsZero() {
		end = append(end, flow.Space(2), para("Compte rendu en a été fait à la séance du "+french.Date(o.Reported)+" (CGCT, art. L. 2122-23).", smallStyle))
	}
	return append(body, end)
}

// sheets is how many sheets so many pages take.
func (r Register) sheets(pages int) int {
	if r.Duplex {
		return (pages + 1) / 2
	}
	return pages
}

// sheet names a page: «12», «12 verso».
func (r Register) sheet(page int) string {
	if !r.Duplex {
		return strconv.Itoa(page)
	}
	side := " recto"
	if page%2 == 0 {
		side = " verso"
	}
	return strconv.Itoa((page+1)/2) + side
}

func (r Register) furniture(l flow.Leaf, parts []registerPart) []flow.Item {
	style := sized(noteStyle, 8)
	if l.Page == 0 {
		return nil
	}
	head := "Tables"
	if l.Part >= 0 && l.Part < len(parts) {
		head = parts[l.Part].head
	}
	left := flow.Span{Text: french.Tidy(r.Authority.Name), Style: with(style, flow.Bold)}
	right := flow.Span{Text: french.Tidy("Feuillet n° " + r.sheet(l.Page)), Style: colored(with(sized(style, 9), flow.Bold), ink)}
	head = french.Tidy(head)
	items := []flow.Item{
		flow.Words(0, -7, left), flow.Words((flow.Measure-flow.Width(head, style))/2, -7, flow.Span{Text: head, Style: style}),
		flow.Words(flow.Measure-flow.Width(right.Text, right.Style), -7, right), flow.Line(0, -5, flow.Measure, 0.2, hair),
	}
	const footTop = flow.Depth + 6
	foot := french.Tidy(fmt.Sprintf("%s — année %d", r.Name, r.Year))
	paraph := "Paraphe"
	items = append(items, flow.Line(0, footTop, flow.Measure, 0.2, hair), flow.Words(0, footTop+4, flow.Span{Text: foot, Style: style}),
		flow.Words(flow.Measure-34, footTop+4, flow.Span{Text: paraph, Style: style}))
	items = append(items, flow.Rect(flow.Measure-20, footTop+1.2, 20, 7, 0.15, hair)...)
	if l.Blank {
		words := "Page laissée en blanc"
		items = append(items, flow.Words((flow.Measure-flow.Width(words, style))/2, flow.Depth/2, flow.Span{Text: words, Style: style}))
	}
	return items
}

// front is the title piece and the opening page.
func (r Register) front(pages int) []flow.Part {
	a := r.Authority
	big := flow.Style{Face: flow.Bold, Size: 30, Color: ink}
	year := strconv.Itoa(r.Year)
	first, last := r.dates()
	extreme := "du " + french.Date(first) + " au " + french.Date(last)
	piece := func() []flow.Block {
		out := []flow.Block{flow.Para{Spans: prose(a.Name, colored(sized(boldStyle, 20), accent)), Align: flow.Center, Before: 0, Leading: 10}}
		if a.Department != "" {
			out = append(out, flow.Para{Spans: prose(a.Department, sized(bodyStyle, 13)), Align: flow.Center, Leading: 7})
		}
		return append(append([]flow.Block{flow.Drawing{Height: 70}}, out...), flow.Rule{Thickness: 0.7, Color: accent, Width: 40, Before: 14, After: 14},
			flow.Para{Spans: prose(r.Name, big), Align: flow.Center, Role: flow.Title, Leading: 14},
			flow.Para{Spans: plain(year, big), Align: flow.Center, Before: 6, Leading: 14},
			flow.Para{Spans: prose(extreme, sized(bodyStyle, 13)), Align: flow.Center, Before: 8})
	}
	n := r.sheets(pages)
	open := func() []flow.Block {
		body := append([]flow.Block{letterhead(a)}, title("Page d’ouverture", r.Name+" — année "+year)...)
		return append(body, flow.Space(6),
			para("Le présent registre, qui reçoit les délibérations du "+a.body()+" et les décisions du "+a.chair()+" prises par délégation pendant l’année "+year+", contient "+french.Count(n, "feuillet", "feuillets")+" ("+french.Words(int64(n), french.Masculine)+"), "+plural(n, "coté", "cotés")+" de 1 à "+strconv.Itoa(n)+" et "+plural(n, "paraphé", "paraphés")+" par nous, "+or(r.Mayor, blank)+", "+a.office()+".", sized(bodyStyle, 11.5)), flow.Space(4),
			para("Fait à "+or(a.Place, a.Name)+", le "+blank+".", sized(bodyStyle, 11.5)), flow.Space(5),
			halfFrame(Signature{Box: BoxMayor, Quality: the(r.Mayor) + " " + a.chair(), Name: r.Mayor}), flow.Space(10),
			note(tint, accent, flow.Para{Spans: prose("Ce registre est tenu sur papier (CGCT, art. R. 2121-9): papier permanent, encre stable et neutre, aucun collage. Chaque feuillet clôturant une séance est signé à la main. Les feuillets mobiles sont reliés au plus tard à la fin de l’année, ou tous les cinq ans dans les communes de moins de 1 000 habitants.", smallStyle)}))
	}
	return []flow.Part{{Title: "Pièce de titre", Body: piece, Recto: r.Duplex}, {Title: "Page d’ouverture", Body: open, Recto: r.Duplex}}
}

// dates are the extreme ones of what the register holds.
func (r Register) dates() (first, last time.Time) {
	for _, item := range r.Volumes {
		at := item.date()
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	return first, last
}

func (i RegisterItem) date() time.Time {
	if i.Sitting != nil {
		return i.Sitting.Sitting.At
	}
	return i.Act.Date
}

// tableRow is a line of the tables.
type tableRow struct {
	date                   time.Time
	order, number, subject string
	theme                  string
	sheet                  string
}

// tables are those by date and by subject.
func (r Register) tables(places map[flow.Anchor]int) []flow.Part {
	var rows []tableRow
	for i, item := range r.Volumes {
		if item.Act != nil {
			rows = append(rows, tableRow{item.Act.Date, "—", item.Act.Number, item.Act.Kind + ": " + item.Act.Subject, "Décisions prises par délégation", r.sheet(places[anchor(i, 0)])})
			continue
		}
		for n, f := range item.Sitting.Affairs {
			rows = append(rows, tableRow{item.Sitting.Sitting.At, strconv.Itoa(n + 1), f.Number, f.Subject, f.Theme, r.sheet(places[anchor(i, n)])})
		}
	}
	byDate := func() []flow.Block {
		return append(title("Table par date", r.Name+" — année "+strconv.Itoa(r.Year)), tableOf(rows))
	}
	bySubject := func() []flow.Block {
		sorted := slices.Clone(rows)
		key := func(t tableRow) string { return strings.ToLower(french.Unaccented(t.subject)) }
		slices.SortStableFunc(sorted, func(a, b tableRow) int {
			if a.theme != b.theme { // what has no theme comes last
				return strings.Compare(or(a.theme, "\uffff"), or(b.theme, "\uffff"))
			}
			return strings.Compare(key(a), key(b))
		})
		body := title("Table par objet", r.Name+" — année "+strconv.Itoa(r.Year))
		for len(sorted) > 0 {
			n := slices.IndexFunc(sorted, func(t tableRow) bool { return t.theme != sorted[0].theme })
			if n < 0 {
				n = len(sorted)
			}
			if theme := sorted[0].theme; theme != "" {
				body = append(body, heading(theme))
			} else if len(sorted) < len(rows) {
				body = append(body, heading("Autres objets"))
			}
			body = append(body, tableOf(sorted[:n]))
			sorted = sorted[n:]
		}
		return body
	}
	return []flow.Part{{Title: "Table par date", Body: byDate, Recto: r.Duplex}, {Title: "Table par objet", Body: bySubject}}
}

func tableOf(rows []tableRow) flow.Block {
	small := sized(bodyStyle, 8.8)
	t := flow.Table{Widths: []float64{0.12, 0.08, 0.18, 0.48, 0.14}, Rule: hair, HeadFill: &tint, Pad: 0.6, After: 3}
	for i, h := range []string{"Date", "Ordre", "Numéro", "Objet", "Feuillet"} {
		p := flow.Para{Spans: plain(h, with(small, flow.Bold))}
		if i == 4 {
			p.Align = flow.Right
		}
		t.Head = append(t.Head, flow.Cell{p})
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, []flow.Cell{
			{flow.Para{Spans: plain(french.ShortDate(r.date), small)}}, {flow.Para{Spans: plain(r.order, small)}}, {flow.Para{Spans: plain(french.Tidy(r.number), small)}},
			{flow.Para{Spans: prose(r.subject, small)}}, {flow.Para{Spans: plain(r.sheet, small), Align: flow.Right}},
		})
	}
	return t
}
