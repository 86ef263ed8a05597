package pades

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pdf"
)

// typeface is a TrueType font and the glyphs used of it.
type typeface struct {
	file []byte
	font *sfnt.Font
	buf  sfnt.Buffer
	em   int
	used map[sfnt.GlyphIndex]rune
}

func openFont(file []byte) (*typeface, error) {
	if file == nil {
		file = goregular.TTF
	}
	f, err := sfnt.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("reading the font: %w", err)
	}
	return &typeface{file: file, font: f, em: int(f.UnitsPerEm()), used: map[sfnt.GlyphIndex]rune{0: 0xFFFD}}, nil
}

// glyphs gives the glyphs of a text. A letter that the font lacks is replaced
// by its compatibility form («ᵉ» by «e»), the narrow no-break space by a space.
func (f *typeface) glyphs(text string) []sfnt.GlyphIndex {
	var out []sfnt.GlyphIndex
	for _, r := range norm.NFC.String(text) {
		if g, _ := f.font.GlyphIndex(&f.buf, r); g != 0 {
			out = append(out, g)
			f.used[g] = r
			continue
		}
		for _, r := range norm.NFKC.String(string(r)) {
			g, _ := f.font.GlyphIndex(&f.buf, r)
			out = append(out, g)
			if g != 0 {
				f.used[g] = r
			}
		}
	}
	return out
}

// advance gives the width of a glyph in font units.
func (f *typeface) advance(g sfnt.GlyphIndex) int {
	a, err := f.font.GlyphAdvance(&f.buf, g, fixed.I(f.em), font.HintingNone)
	if err != nil {
		return 0
	}
	return a.Round()
}

// width gives the width of a text in points.
func (f *typeface) width(text string, size float64) float64 {
	total := 0
	for _, g := range f.glyphs(text) {
		total += f.advance(g)
	}
	return float64(total) * size / float64(f.em)
}

// wrap cuts paragraphs at spaces so that each line is within width if it can.
func (f *typeface) wrap(paragraphs []string, width, size float64) []string {
	var out []string
	for _, p := range paragraphs {
		line := ""
		for _, word := range strings.Split(p, " ") {
			longer := strings.TrimPrefix(line+" "+word, " ")
			if line != "" && f.width(longer, size) > width {
				out = append(out, line)
				longer = word
			}
			line = longer
		}
		out = append(out, line)
	}
	return out
}

func (f *typeface) fits(lines []string, width, height, size float64) bool {
	if float64(len(lines))*size*leading > height {
		return false
	}
	for _, line := range lines {
		if f.width(line, size) > width {
			return false
		}
	}
	return true
}

// encode gives the hexadecimal glyph numbers of a text (Identity-H).
func (f *typeface) encode(text string) string {
	var b strings.Builder
	for _, g := range f.glyphs(text) {
		fmt.Fprintf(&b, "%04X", uint16(g))
	}
	return b.String()
}

// embed adds the font, with the used glyphs alone, as a composite font.
func (f *typeface) embed(u *pdf.Update) (pdf.Ref, error) {
	subset, err := f.subset()
	if err != nil {
		return pdf.Ref{}, fmt.Errorf("cutting the font: %w", err)
	}
	file := u.Add(&pdf.Stream{Raw: pdf.Deflate(subset), Dict: pdf.Dict{
		{Key: "Length1", Value: len(subset)}, {Key: "Filter", Value: pdf.Name("FlateDecode")},
	}})
	var name sfnt.Buffer
	base, err := f.font.Name(&name, sfnt.NameIDPostScript)
	if err != nil || base == "" {
		base = "Font"
	}
	base = "AIRIAL+" + base
	bounds, err := f.font.Bounds(&f.buf, fixed.I(1000), font.HintingNone)
	if err != nil {
		return pdf.Ref{}, fmt.Errorf("measuring the font: %w", err)
	}
	descriptor := u.Add(pdf.Dict{
		{Key: "Type", Value: pdf.Name("FontDescriptor")}, {Key: "FontName", Value: pdf.Name(base)}, {Key: "Flags", Value: 4},
		{Key: "FontBBox", Value: pdf.Array{bounds.Min.X.Floor(), -bounds.Max.Y.Ceil(), bounds.Max.X.Ceil(), -bounds.Min.Y.Floor()}},
		{Key: "ItalicAngle", Value: 0}, {Key: "Ascent", Value: -bounds.Min.Y.Floor()}, {Key: "Descent", Value: -bounds.Max.Y.Ceil()},
		{Key: "CapHeight", Value: 700}, {Key: "StemV", Value: 80}, {Key: "FontFile2", Value: file},
	})
	widths := pdf.Array{}
	for _, g := range slices.Sorted(maps.Keys(f.used)) {
		widths = append(widths, int(g), pdf.Array{f.advance(g) * 1000 / f.em})
	}
	cid := u.Add(pdf.Dict{
		{Key: "Type", Value: pdf.Name("Font")}, {Key: "Subtype", Value: pdf.Name("CIDFontType2")}, {Key: "BaseFont", Value: pdf.Name(base)},
		{Key: "CIDSystemInfo", Value: pdf.Dict{{Key: "Registry", Value: pdf.String("Adobe")}, {Key: "Ordering", Value: pdf.String("Identity")}, {Key: "Supplement", Value: 0}}},
		{Key: "FontDescriptor", Value: descriptor}, {Key: "CIDToGIDMap", Value: pdf.Name("Identity")}, {Key: "W", Value: widths},
	})
	toUnicode := u.Add(&pdf.Stream{Raw: pdf.Deflate(f.toUnicode()), Dict: pdf.Dict{{Key: "Filter", Value: pdf.Name("FlateDecode")}}})
	return u.Add(pdf.Dict{
		{Key: "Type", Value: pdf.Name("Font")}, {Key: "Subtype", Value: pdf.Name("Type0")}, {Key: "BaseFont", Value: pdf.Name(base)},
		{Key: "Encoding", Value: pdf.Name("Identity-H")}, {Key: "DescendantFonts", Value: pdf.Array{cid}}, {Key: "ToUnicode", Value: toUnicode},
	}), nil
}

// toUnicode gives the CMap that lets the text be copied (ISO 32000-1 §9.10.3).
func (f *typeface) toUnicode() []byte {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n" +
		"1 begincodespacerange <0000> <FFFF> endcodespacerange\n")
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(f.used)), 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(chunk))
		for _, g := range chunk {
			fmt.Fprintf(&b, "<%04X> <", uint16(g))
			for _, unit := range utf16.Encode([]rune{f.used[g]}) {
				fmt.Fprintf(&b, "%04X", unit)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict /CMap defineresource pop end end\n")
	return []byte(b.String())
}

// subset gives the font file with the outlines of the used glyphs alone, under
// their own numbers, and the tables that PDF needs (ISO 32000-1 §9.9).
func (f *typeface) subset() ([]byte, error) {
	tables, err := readTables(f.file)
	if err != nil {
		return nil, err
	}
	head, maxp, loca, glyf := tables["head"], tables["maxp"], tables["loca"], tables["glyf"]
	if len(head) < 54 || len(maxp) < 6 || len(glyf) == 0 {
		return nil, fmt.Errorf("no TrueType outlines: %w", signature.ErrKey)
	}
	o := outlines{loca: loca, glyf: glyf, long: binary.BigEndian.Uint16(head[50:]) == 1, count: int(binary.BigEndian.Uint16(maxp[4:]))}
	keep := map[int]bool{}
	for g := range f.used {
		o.close(int(g), keep, 0)
	}
	newLoca, newGlyf := make([]byte, 4*(o.count+1)), []byte{}
	for g := range o.count {
		binary.BigEndian.PutUint32(newLoca[4*g:], uint32(len(newGlyf)))
		if keep[g] {
			newGlyf = append(newGlyf, o.outline(g)...)
			for len(newGlyf)%4 != 0 {
				newGlyf = append(newGlyf, 0)
			}
		}
	}
	binary.BigEndian.PutUint32(newLoca[4*o.count:], uint32(len(newGlyf)))
	head = slices.Clone(head)
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint32(head[8:], 0)
	out := map[string][]byte{"head": head, "loca": newLoca, "glyf": newGlyf}
	for _, name := range []string{"hhea", "maxp", "hmtx", "cvt ", "fpgm", "prep"} {
		if t := tables[name]; t != nil {
			out[name] = t
		}
	}
	return writeTables(out), nil
}

func readTables(file []byte) (map[string][]byte, error) {
	if len(file) < 12 {
		return nil, fmt.Errorf("a font of %d bytes: %w", len(file), signature.ErrKey)
	}
	tables := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(file[4:])) {
		at := 12 + 16*i
		if at+16 > len(file) {
			break
		}
		off, n := int(binary.BigEndian.Uint32(file[at+8:])), int(binary.BigEndian.Uint32(file[at+12:]))
		if off <= len(file) && n <= len(file)-off {
			tables[string(file[at:at+4])] = file[off : off+n]
		}
	}
	return tables, nil
}

func writeTables(tables map[string][]byte) []byte {
	names := slices.Sorted(maps.Keys(tables))
	log := 0
	for 1<<(log+1) <= len(names) {
		log++
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []int{len(names), 16 << log, log, 16 * (len(names) - 1<<log)} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at := 12 + 16*len(names)
	var body []byte
	for _, name := range names {
		t := tables[name]
		padded := append(slices.Clone(t), make([]byte, (4-len(t)%4)%4)...)
		var sum uint32
		for i := 0; i < len(padded); i += 4 {
			sum += binary.BigEndian.Uint32(padded[i:])
		}
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, sum)
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t)))
		body = append(body, padded...)
	}
	return append(out, body...)
}

// outlines are the glyf and loca tables.
type outlines struct {
	loca, glyf []byte
	long       bool
	count      int
}

func (o outlines) outline(g int) []byte {
	at := func(i int) int {
		if o.long && 4*i+4 <= len(o.loca) {
			return int(binary.BigEndian.Uint32(o.loca[4*i:]))
		}
		if !o.long && 2*i+2 <= len(o.loca) {
			return 2 * int(binary.BigEndian.Uint16(o.loca[2*i:]))
		}
		return 0
	}
	start, end := at(g), at(g+1)
	if g < 0 || g >= o.count || start >= end || end > len(o.glyf) {
		return nil
	}
	return o.glyf[start:end]
}

// close keeps a glyph and those it is composed of.
func (o outlines) close(g int, keep map[int]bool, level int) {
	if keep[g] || level > 16 {
		return
	}
	keep[g] = true
	data := o.outline(g)
	if len(data) < 10 || int16(binary.BigEndian.Uint16(data)) >= 0 {
		return
	}
	for at := 10; at+4 <= len(data); {
		flags := binary.BigEndian.Uint16(data[at:])
		o.close(int(binary.BigEndian.Uint16(data[at+2:])), keep, level+1)
		at += 6
		if flags&1 != 0 { // words rather than bytes
			at += 2
		}
		switch {
		case flags&0x08 != 0:
			at += 2
		case flags&0x40 != 0:
			at += 4
		case flags&0x80 != 0:
			at += 8
		}
		if flags&0x20 == 0 {
			return
		}
	}
}
