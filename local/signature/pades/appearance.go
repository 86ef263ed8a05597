package pades

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pdf"
)

// Appearance is what a signature shows on a page. When the signature field
// exists already, it is drawn in the field's own rectangle.
type Appearance struct {
	// Page counts from 0; -1 is the last page.
	Page int
	// X and Y are the top left corner, in points, from the top left corner of
	// the page as displayed (rotation and crop box applied); Width and Height too.
	X, Y, Width, Height float64
	// FromRight and FromBottom: X is between the right edges, Y between the lower ones.
	FromRight, FromBottom bool
	// Lines are paragraphs of text, wrapped to the width and shrunk to the height.
	Lines []string
	// Font is a TrueType file; nil is Go Regular, which has the French letters.
	Font []byte
	// Frame draws a thin frame around.
	Frame bool
	// PDF, when set, is a document whose first page is drawn, scaled to the
	// rectangle, instead of Lines.
	PDF []byte
}

const (
	padding   = 4.0
	leading   = 1.25
	largest   = 11.0
	smallest  = 3.0
	maxExtent = 14400 // points, ISO 32000-1 annex C
)

// draw adds the appearance and gives its rectangle in the page's own coordinates.
func (a *Appearance) draw(d *pdf.Document, u *pdf.Update, pg page) (pdf.Array, pdf.Ref, error) {
	for _, v := range []float64{a.X, a.Y, a.Width, a.Height} {
		if math.IsNaN(v) || math.Abs(v) > maxExtent {
			return nil, pdf.Ref{}, fmt.Errorf("an appearance at %v points: %w", v, signature.ErrNoPage)
		}
	}
	box, err := visibleBox(d, pg)
	if err != nil {
		return nil, pdf.Ref{}, err
	}
	turn := rotation(d, pg.rotate)
	x, y := a.X, a.Y
	width, height := box[2]-box[0], box[3]-box[1]
	if turn == 90 || turn == 270 {
		width, height = height, width
	}
	if a.FromRight {
		x = width - a.X - a.Width
	}
	if a.FromBottom {
		y = height - a.Y - a.Height
	}
	x1, y1 := toPage(box, turn, x, y)
	x2, y2 := toPage(box, turn, x+a.Width, y+a.Height)
	rect := pdf.Array{real(min(x1, x2)), real(min(y1, y2)), real(max(x1, x2)), real(max(y1, y2))}
	if turn == 90 || turn == 270 {
		form, err := a.build(u, a.Height, a.Width, turn)
		return rect, form, err
	}
	form, err := a.build(u, a.Width, a.Height, turn)
	return rect, form, err
}

// real writes a length in points.
func real(v float64) pdf.Real { return pdf.Real(strconv.FormatFloat(v, 'f', 3, 64)) }

// rectangle gives x0, y0, x1, y1 with the corners in order.
func rectangle(d *pdf.Document, o pdf.Object) ([4]float64, bool, error) {
	var r [4]float64
	list, err := d.Array(o)
	if err != nil || len(list) != 4 {
		return r, false, err
	}
	for i := range r {
		v, err := d.Resolve(list[i])
		if err != nil {
			return r, false, err
		}
		f, ok := pdf.Float(v)
		if !ok || math.Abs(f) > 1e7 {
			return r, false, nil
		}
		r[i] = f
	}
	return [4]float64{min(r[0], r[2]), min(r[1], r[3]), max(r[0], r[2]), max(r[1], r[3])}, true, nil
}

// visibleBox is the crop box within the media box (ISO 32000-1 §14.11.2); A4 when there is none.
func visibleBox(d *pdf.Document, pg page) ([4]float64, error) {
	box, ok, err := rectangle(d, pg.media)
	if err != nil {
		return box, err
	}
	if !ok {
		box = [4]float64{0, 0, 595, 842}
	}
	crop, ok, err := rectangle(d, pg.crop)
	if err != nil || !ok {
		return box, err
	}
	cut := [4]float64{max(box[0], crop[0]), max(box[1], crop[1]), min(box[2], crop[2]), min(box[3], crop[3])}
	if cut[0] >= cut[2] || cut[1] >= cut[3] {
		return box, nil
	}
	return cut, nil
}

func boxSize(d *pdf.Document, o pdf.Object) (width, height float64, err error) {
	r, ok, err := rectangle(d, o)
	if err != nil || !ok {
		return 0, 0, err
	}
	return r[2] - r[0], r[3] - r[1], nil
}

// rotation gives a page's clockwise rotation: 0, 90, 180 or 270.
func rotation(d *pdf.Document, o pdf.Object) int {
	o, _ = d.Resolve(o)
	f, _ := pdf.Float(o)
	turn := int(math.Mod(math.Round(f), 360))
	if turn < 0 {
		turn += 360
	}
	if turn%90 != 0 {
		return 0
	}
	return turn
}

// toPage turns a point of the page as displayed, from its top left corner,
// into the page's own coordinates.
func toPage(box [4]float64, turn int, x, y float64) (float64, float64) {
	switch turn {
	case 90:
		return box[0] + y, box[1] + x
	case 180:
		return box[2] - x, box[1] + y
	case 270:
		return box[2] - y, box[3] - x
	}
	return box[0] + x, box[3] - y
}

// build makes the form for a rectangle of that size on the page, whose content
// stands upright once the page is turned.
func (a *Appearance) build(u *pdf.Update, width, height float64, turn int) (pdf.Ref, error) {
	matrix := pdf.Array{1, 0, 0, 1, 0, 0}
	switch turn {
	case 90:
		width, height = height, width
		matrix = pdf.Array{0, 1, -1, 0, 0, 0}
	case 180:
		matrix = pdf.Array{-1, 0, 0, -1, 0, 0}
	case 270:
		width, height = height, width
		matrix = pdf.Array{0, -1, 1, 0, 0, 0}
	}
	var content strings.Builder
	resources := pdf.Dict{}
	if a.Frame {
		fmt.Fprintf(&content, "q 0.5 w 0.4 G 0.25 0.25 %.3f %.3f re S Q\n", width-0.5, height-0.5)
	}
	var err error
	if a.PDF != nil {
		resources, err = a.drawPDF(u, &content, width, height)
	} else if len(a.Lines) > 0 {
		resources, err = a.drawText(u, &content, width, height)
	}
	if err != nil {
		return pdf.Ref{}, err
	}
	dict := pdf.Dict{
		{Key: "Type", Value: pdf.Name("XObject")}, {Key: "Subtype", Value: pdf.Name("Form")},
		{Key: "BBox", Value: pdf.Array{0, 0, real(width), real(height)}}, {Key: "Matrix", Value: matrix},
		{Key: "Resources", Value: resources}, {Key: "Filter", Value: pdf.Name("FlateDecode")},
	}
	return u.Add(&pdf.Stream{Dict: dict, Raw: pdf.Deflate([]byte(content.String()))}), nil
}

func (a *Appearance) drawText(u *pdf.Update, content *strings.Builder, width, height float64) (pdf.Dict, error) {
	f, err := openFont(a.Font)
	if err != nil {
		return nil, err
	}
	size := largest
	lines := f.wrap(a.Lines, width-2*padding, size)
	for size > smallest && !f.fits(lines, width-2*padding, height-2*padding, size) {
		size -= 0.5
		lines = f.wrap(a.Lines, width-2*padding, size)
	}
	fmt.Fprintf(content, "BT /F1 %.2f Tf 0 g %.3f TL %.3f %.3f Td\n", size, size*leading, padding, height-padding-size)
	for _, line := range lines {
		fmt.Fprintf(content, "<%s> Tj T*\n", f.encode(line))
	}
	content.WriteString("ET\n")
	font, err := f.embed(u)
	if err != nil {
		return nil, err
	}
	return pdf.Dict{{Key: "Font", Value: pdf.Dict{{Key: "F1", Value: font}}}}, nil
}

// drawPDF imports the first page of a.PDF as a form.
func (a *Appearance) drawPDF(u *pdf.Update, content *strings.Builder, width, height float64) (pdf.Dict, error) {
	src, err := open(a.PDF)
	if err != nil {
		return nil, fmt.Errorf("opening the appearance: %w", err)
	}
	pg, err := findPage(src, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the appearance: %w", err)
	}
	box, err := visibleBox(src, pg)
	if err != nil {
		return nil, err
	}
	body, err := pageContent(src, pg.dict)
	if err != nil {
		return nil, fmt.Errorf("reading the appearance: %w", err)
	}
	in := importer{from: src, into: u, done: map[pdf.Ref]pdf.Ref{}}
	resources, err := in.copy(pg.dict.Get("Resources"), 0)
	if err != nil {
		return nil, fmt.Errorf("copying the appearance: %w", err)
	}
	form := u.Add(&pdf.Stream{Raw: pdf.Deflate(body), Dict: pdf.Dict{
		{Key: "Type", Value: pdf.Name("XObject")}, {Key: "Subtype", Value: pdf.Name("Form")},
		{Key: "BBox", Value: pdf.Array{real(box[0]), real(box[1]), real(box[2]), real(box[3])}},
		{Key: "Resources", Value: resources}, {Key: "Filter", Value: pdf.Name("FlateDecode")},
	}})
	sx, sy := width/(box[2]-box[0]), height/(box[3]-box[1])
	fmt.Fprintf(content, "q %.6f 0 0 %.6f %.3f %.3f cm /P1 Do Q\n", sx, sy, -box[0]*sx, -box[1]*sy)
	return pdf.Dict{{Key: "XObject", Value: pdf.Dict{{Key: "P1", Value: form}}}}, nil
}

// pageContent joins the content streams of a page.
func pageContent(d *pdf.Document, dict pdf.Dict) ([]byte, error) {
	o, err := d.Resolve(dict.Get("Contents"))
	if err != nil {
		return nil, err
	}
	parts, ok := o.(pdf.Array)
	if !ok {
		parts = pdf.Array{o}
	}
	var out []byte
	for _, part := range parts {
		o, err := d.Resolve(part)
		if err != nil {
			return nil, err
		}
		if s, ok := o.(*pdf.Stream); ok {
			body, err := d.Decode(s)
			if err != nil {
				return nil, err
			}
			out = append(append(out, body...), '\n')
		}
	}
	return out, nil
}

// importer copies objects from one document into a revision of another.
type importer struct {
	from *pdf.Document
	into *pdf.Update
	done map[pdf.Ref]pdf.Ref
}

const maxImport = 10_000

func (in *importer) copy(o pdf.Object, level int) (pdf.Object, error) {
	if level > maxLevels || len(in.done) > maxImport {
		return nil, signature.ErrTooLarge
	}
	switch v := o.(type) {
	case pdf.Ref:
		if to, ok := in.done[v]; ok {
			return to, nil
		}
		to := in.into.Add(nil)
		in.done[v] = to
		target, err := in.from.Get(v)
		if err == nil {
			target, err = in.copy(target, level+1)
		}
		in.into.Set(to, target)
		return to, err
	case pdf.Array:
		out := make(pdf.Array, len(v))
		for i := range v {
			var err error
			if out[i], err = in.copy(v[i], level+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case pdf.Dict:
		out := make(pdf.Dict, 0, len(v))
		for _, e := range v {
			if e.Key == "Parent" || e.Key == "StructParents" || e.Key == "StructParent" {
				continue // they lead back to the whole document
			}
			value, err := in.copy(e.Value, level+1)
			if err != nil {
				return nil, err
			}
			out = append(out, pdf.Entry{Key: e.Key, Value: value})
		}
		return out, nil
	case *pdf.Stream:
		dict, err := in.copy(v.Dict, level+1)
		if err != nil {
			return nil, err
		}
		return &pdf.Stream{Dict: dict.(pdf.Dict), Raw: v.Raw}, nil
	}
	return o, nil
}
