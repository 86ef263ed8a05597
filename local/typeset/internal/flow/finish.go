package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"github.com/klauspost/compress/zlib"
)

// errShape says that maroto's writer gave something else than what finish knows how to read.
var errShape = errors.New("unexpected shape of the written PDF")

// object is an indirect object: its dictionary as text, and its stream, if any.
type object struct {
	dict   string
	stream []byte
}

// chunk is pages that maroto wrote together, read again: their contents finished, and the fonts they are drawn with.
//
// That writer puts fonts in the order of a Go map, dates the file with the present time and knows no language nor
// structure: chunks are put together in a file with the objects in a fixed order, fixed dates, language, XMP metadata, a
// file identifier made from the content, and the structure tree.
type chunk struct {
	tree    []element
	pages   []chunkPage
	fonts   []chunkFont    // in the order of their names
	objects map[int]object // what the fonts are made of
}

type chunkPage struct {
	content object
	marks   []int // structure element of each marked content
	shown   []shown
}

type chunkFont struct {
	name   string // in the page's resources
	number int    // among the chunk's objects
}

// read makes a chunk of what maroto wrote for w; its fonts are called layer1, layer2…
func read(raw []byte, w *writer, layer string) (*chunk, error) {
	objects, err := readObjects(raw)
	if err != nil {
		return nil, err
	}
	numbers, err := pageNumbers(objects)
	if err != nil {
		return nil, err
	}
	if len(numbers) != len(w.pages) {
		return nil, fmt.Errorf("%w: %d pages written, %d laid out", errShape, len(numbers), len(w.pages))
	}
	c := &chunk{tree: w.tree, objects: map[int]object{}}
	names, err := c.takeFonts(objects, layer)
	if err != nil {
		return nil, err
	}
	for i, n := range numbers {
		p, err := c.content(objects, i, n, w.marks[i], w.shown[i], names)
		if err != nil {
			return nil, err
		}
		p.shown = w.shown[i]
		c.pages = append(c.pages, p)
	}
	return c, nil
}

var objectStart = regexp.MustCompile(`^(\d+) 0 obj\n`)

// readObjects reads the objects through the cross-reference table.
func readObjects(raw []byte) (map[int]object, error) {
	end := bytes.LastIndex(raw, []byte("startxref\n"))
	if end < 0 {
		return nil, fmt.Errorf("%w: no startxref", errShape)
	}
	at, err := strconv.Atoi(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(raw[end+len("startxref\n"):]), []byte("%%EOF")))))
	if err != nil || at <= 0 || at >= end {
		return nil, fmt.Errorf("%w: bad startxref", errShape)
	}
	var offsets []int
	for _, line := range bytes.Split(raw[at:end], []byte("\n")) {
		if len(line) >= 18 && line[17] == 'n' {
			offset, err := strconv.Atoi(string(line[:10]))
			if err != nil || offset >= at {
				return nil, fmt.Errorf("%w: bad cross-reference %q", errShape, line)
			}
			offsets = append(offsets, offset)
		}
	}
	sort.Ints(offsets)
	objects := make(map[int]object, len(offsets))
	for i, offset := range offsets {
		limit := at
		if i+1 < len(offsets) {
			limit = offsets[i+1]
		}
		number, o, err := readObject(raw[offset:limit])
		if err != nil {
			return nil, err
		}
		objects[number] = o
	}
	return objects, nil
}

func readObject(b []byte) (int, object, error) {
	m := objectStart.FindSubmatch(b)
	body, ended := bytes.CutSuffix(bytes.TrimRight(b, "\n"), []byte("endobj"))
	if m == nil || !ended {
		return 0, object{}, fmt.Errorf("%w: object at %.20q", errShape, b)
	}
	number, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return 0, object{}, fmt.Errorf("%w: %v", errShape, err)
	}
	body = bytes.TrimRight(body[len(m[0]):], "\n")
	if dict, stream, found := bytes.Cut(body, []byte("\nstream\n")); found {
		return number, object{dict: string(dict), stream: bytes.TrimSuffix(stream, []byte("\nendstream"))}, nil
	}
	return number, object{dict: string(body)}, nil
}

var (
	kids      = regexp.MustCompile(`/Kids \[([^\]]*)\]`)
	reference = regexp.MustCompile(`(\d+) 0 R\b`)
	contents  = regexp.MustCompile(`/Contents (\d+) 0 R`)
	fontEntry = regexp.MustCompile(`/F([0-9a-f]{40}) (\d+) 0 R`)
	faceName  = regexp.MustCompile(`/utf8(notosans(?:mono)?)(BI|B|I|)\b`)
)

// pageNumbers gives the object numbers of the pages, in order.
func pageNumbers(objects map[int]object) ([]int, error) {
	m := kids.FindStringSubmatch(objects[1].dict)
	if m == nil {
		return nil, fmt.Errorf("%w: no page tree", errShape)
	}
	var pages []int
	for _, r := range reference.FindAllStringSubmatch(m[1], -1) {
		n, err := strconv.Atoi(r[1])
		if err != nil {
			return nil, fmt.Errorf("%w: %v", errShape, err)
		}
		pages = append(pages, n)
	}
	return pages, nil
}

// leaf is a page of the final file: what is drawn on it, one layer over another.
type leaf []layer

type layer struct {
	chunk *chunk
	page  int
}

// bookmark is an entry of the outline: a title and the leaf it leads to.
type bookmark struct {
	title string
	leaf  int
}

// finisher builds the final file: objects are numbered in the order added.
type finisher struct {
	document  Document
	leaves    []leaf
	bookmarks []bookmark

	out   []object
	fonts map[*chunk]string // font entries of the resources
	pages []int             // object of each leaf
	// plates are the numbers of what was added of each document reproduced.
	plates map[*plates]map[int]int
}

func (f *finisher) bytes() []byte {
	catalog, info, tree := f.add(object{}), f.add(object{}), f.add(object{})
	f.fonts = map[*chunk]string{}
	chunks := f.chunks()
	for _, c := range chunks {
		var entries []string
		numbers := map[int]int{}
		for _, font := range c.fonts {
			entries = append(entries, fmt.Sprintf("/%s %d 0 R", font.name, f.copy(c.objects, numbers, font.number)))
		}
		f.fonts[c] = strings.Join(entries, " ")
	}
	for range f.leaves {
		f.pages = append(f.pages, f.add(object{}))
	}
	for i, l := range f.leaves {
		f.out[f.pages[i]-1] = f.page(i, l, tree)
	}
	f.out[tree-1] = object{dict: fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", references(f.pages), len(f.pages))}
	structure := f.structure(chunks)
	outlines := ""
	if len(f.bookmarks) > 0 {
		outlines = fmt.Sprintf(" /Outlines %d 0 R /PageMode /UseOutlines", f.outline())
	}
	archival := f.document.Archival && len(f.plates) == 0
	intent := ""
	if archival {
		intent = f.outputIntent()
	}
	metadata := f.add(object{dict: "/Type /Metadata /Subtype /XML", stream: f.xmp(archival)})
	f.out[info-1] = object{dict: f.info()}
	f.out[catalog-1] = object{dict: fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R /Lang (fr-FR) /MarkInfo << /Marked true >> /StructTreeRoot %d 0 R /Metadata %d 0 R%s%s /ViewerPreferences << /DisplayDocTitle true >> >>",
		tree, structure, metadata, outlines, intent)}
	return f.serialize(catalog, info)
}

// chunks are those of the leaves, each once, in the order met.
func (f *finisher) chunks() []*chunk {
	var all []*chunk
	seen := map[*chunk]bool{}
	for _, l := range f.leaves {
		for _, layer := range l {
			if !seen[layer.chunk] {
				seen[layer.chunk] = true
				all = append(all, layer.chunk)
			}
		}
	}
	return all
}

func (f *finisher) page(i int, l leaf, tree int) object {
	var streams []int
	var fonts []string
	pictures := ""
	for _, layer := range l {
		streams = append(streams, f.add(layer.chunk.pages[layer.page].content))
		fonts = append(fonts, f.fonts[layer.chunk])
		for k, s := range layer.chunk.pages[layer.page].shown {
			n := 0
			if s.plate != nil {
				n = f.plate(s.plate)
			} else {
				n = f.add(s.object())
			}
			pictures += fmt.Sprintf(" /Picture%d %d 0 R", k+1, n)
		}
	}
	if pictures != "" {
		pictures = " /XObject <<" + pictures + " >>"
	}
	contents := references(streams)
	if len(streams) != 1 {
		contents = "[" + contents + "]"
	}
	return object{dict: fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Resources << /Font << %s >>%s >> /Contents %s /StructParents %d /Tabs /S >>",
		tree, number(PageWidth/pt), number(PageHeight/pt), strings.Join(fonts, " "), pictures, contents, i)}
}

// plate adds a plate's form, and what it shares with the others of its document once.
func (f *finisher) plate(p *Plate) int {
	if f.plates == nil {
		f.plates = map[*plates]map[int]int{}
	}
	if f.plates[p.source] == nil {
		f.plates[p.source] = map[int]int{}
	}
	return f.copy(p.source.objects, f.plates[p.source], p.form)
}

// object is a picture as the file keeps it.
func (p *Picture) object() object {
	space := "/DeviceRGB"
	if p.Gray {
		space = "/DeviceGray"
	}
	return object{dict: fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s /BitsPerComponent 8 /Filter /DCTDecode", p.Width, p.Height, space), stream: p.JPEG}
}

// outline adds the bookmarks and gives the number of their root.
func (f *finisher) outline() int {
	root := f.add(object{})
	first := len(f.out) + 1
	for i, b := range f.bookmarks {
		around := ""
		if i > 0 {
			around += fmt.Sprintf(" /Prev %d 0 R", first+i-1)
		}
		if i < len(f.bookmarks)-1 {
			around += fmt.Sprintf(" /Next %d 0 R", first+i+1)
		}
		f.add(object{dict: fmt.Sprintf("<< /Title %s /Parent %d 0 R%s /Dest [%d 0 R /Fit] >>", textString(b.title), root, around, f.pages[b.leaf])})
	}
	f.out[root-1] = object{dict: fmt.Sprintf("<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>", first, len(f.out), len(f.bookmarks))}
	return root
}

func (f *finisher) add(o object) int {
	f.out = append(f.out, o)
	return len(f.out)
}

func references(numbers []int) string {
	refs := make([]string, len(numbers))
	for i, n := range numbers {
		refs[i] = fmt.Sprintf("%d 0 R", n)
	}
	return strings.Join(refs, " ")
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// takeFonts keeps the fonts, in the order of their names, and gives the new name of each.
func (c *chunk) takeFonts(objects map[int]object, layer string) (map[string]string, error) {
	type font struct {
		old, name string
		number    int
	}
	var all []font
	for _, m := range fontEntry.FindAllStringSubmatch(objects[2].dict, -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return nil, fmt.Errorf("%w: %v", errShape, err)
		}
		name := faceName.FindStringSubmatch(objects[n].dict)
		if name == nil {
			return nil, fmt.Errorf("%w: unknown font in %q", errShape, objects[n].dict)
		}
		all = append(all, font{old: m[1], name: name[1] + name[2], number: n})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: no font", errShape)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	names := map[string]string{}
	for i, font := range all {
		names[font.old] = fmt.Sprintf("%s%d", layer, i+1)
		c.fonts = append(c.fonts, chunkFont{names[font.old], font.number})
		c.keep(objects, font.number)
	}
	return names, nil
}

// keep keeps an object and all it refers to, compressed: the rest of what was written can then be forgotten.
func (c *chunk) keep(objects map[int]object, number int) {
	if _, done := c.objects[number]; done {
		return
	}
	o := objects[number]
	o.dict = faceName.ReplaceAllStringFunc(o.dict, func(s string) string {
		return "/AIRIAL+" + faces[strings.TrimPrefix(s, "/utf8")]
	})
	refs := reference.FindAllStringSubmatch(o.dict, -1)
	if o.stream != nil {
		dict := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(o.dict), "<<"), ">>")
		dict = strings.TrimSpace(length.ReplaceAllString(dict, ""))
		if strings.Contains(dict, "/Filter") {
			o = object{dict: dict, stream: bytes.Clone(o.stream)}
		} else {
			o = compressed(o.stream, dict)
		}
	}
	c.objects[number] = o
	for _, r := range refs {
		if n, err := strconv.Atoi(r[1]); err == nil {
			c.keep(objects, n)
		}
	}
}

// faces maps maroto's names to those of the embedded faces; the six letters say that they are cut down to what is used.
var faces = map[string]string{
	"notosans": "NotoSans", "notosansB": "NotoSans-Bold", "notosansI": "NotoSans-Italic", "notosansBI": "NotoSans-BoldItalic",
	"notosansmono": "NotoSansMono",
}

// copy adds a chunk's object and all it refers to; numbers are those given already.
func (f *finisher) copy(objects map[int]object, numbers map[int]int, old int) int {
	if n, done := numbers[old]; done {
		return n
	}
	n := f.add(object{})
	numbers[old] = n
	o, there := objects[old]
	if !there {
		o.dict = "null"
	}
	o.dict = reference.ReplaceAllStringFunc(o.dict, func(s string) string {
		target, _ := strconv.Atoi(strings.TrimSuffix(s, " 0 R"))
		return fmt.Sprintf("%d 0 R", f.copy(objects, numbers, target))
	})
	f.out[n-1] = o
	return n
}

var length = regexp.MustCompile(`/Length \d+\n?`)

// compressors are used again: making one costs more than deflating a page.
var compressors = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

// compressed is a stream object deflated.
func compressed(data []byte, dict string) object {
	b := bytes.NewBuffer(make([]byte, 0, len(data)/4+64))
	z := compressors.Get().(*zlib.Writer)
	defer compressors.Put(z)
	z.Reset(b)
	// A bytes.Buffer takes all that is written to it.
	_, _ = z.Write(data)
	_ = z.Close()
	return object{dict: strings.TrimSpace(dict + " /Filter /FlateDecode"), stream: bytes.Clone(b.Bytes())}
}

// content reads a page's operators, renames its fonts, and puts each run of text in the marked content of its
// structure element and everything else among the artifacts.
func (c *chunk) content(objects map[int]object, index, old int, marks []int, pictures []shown, fontNames map[string]string) (p chunkPage, err error) {
	m := contents.FindStringSubmatch(objects[old].dict)
	if m == nil {
		return p, fmt.Errorf("%w: page %d has no content", errShape, index+1)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return p, fmt.Errorf("%w: %v", errShape, err)
	}
	stream := objects[n].stream
	out := make([]byte, 0, len(stream)+len(stream)/4)
	for k, s := range pictures {
		out = fmt.Appendf(out, "/Artifact BMC q %s cm /Picture%d Do Q EMC\n", s.matrix(), k+1)
	}
	for op := range operators(stream) {
		switch {
		case bytes.HasSuffix(op, []byte(" Tf ET")):
			name, rest, found := bytes.Cut(bytes.TrimPrefix(op, []byte("BT /F")), []byte(" "))
			if !found || fontNames[string(name)] == "" {
				return p, fmt.Errorf("%w: font in %q", errShape, op)
			}
			out = append(append(append(append(append(out, "BT /"...), fontNames[string(name)]...), ' '), rest...), '\n')
		case bytes.Contains(op, []byte(") Tj ET")):
			if len(marks) == 0 {
				return p, fmt.Errorf("%w: page %d has more text than was drawn", errShape, index+1)
			}
			out = c.mark(out, &p, op, marks[0])
			marks = marks[1:]
		case bytes.HasSuffix(op, []byte(" l S")):
			out = append(append(append(out, "/Artifact BMC "...), op...), " EMC\n"...)
		default:
			out = append(append(out, op...), '\n')
		}
	}
	if len(marks) != 0 {
		return p, fmt.Errorf("%w: page %d lacks %d runs of text", errShape, index+1, len(marks))
	}
	p.content = compressed(out, "")
	return p, nil
}

// mark writes a run of text as part of structure element elem.
func (c *chunk) mark(out []byte, p *chunkPage, op []byte, elem int) []byte {
	if elem == artifact {
		return append(append(append(out, "/Artifact BMC "...), op...), " EMC\n"...)
	}
	out = append(append(append(out, '/'), c.tree[elem].role...), " << /MCID "...)
	out = append(strconv.AppendInt(out, int64(len(p.marks)), 10), " >> BDC "...)
	p.marks = append(p.marks, elem)
	return append(append(out, op...), " EMC\n"...)
}

// operators parts a content stream at its line ends, but for those within a string.
func operators(stream []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		start, inString := 0, false
		for i := 0; i < len(stream); i++ {
			switch c := stream[i]; {
			case c == '\\' && inString:
				i++
			case c == '(':
				inString = true
			case c == ')':
				inString = false
			case c == '\n' && !inString:
				if i > start && !yield(stream[start:i]) {
					return
				}
				start = i + 1
			}
		}
		if start < len(stream) {
			yield(stream[start:])
		}
	}
}

// structure adds the trees of elements that hold text, under one document, and gives the number of their root.
func (f *finisher) structure(chunks []*chunk) int {
	root := f.add(object{})
	top := root
	if len(chunks) > 1 {
		top = f.add(object{})
	}
	parents := make([][]int, len(f.leaves)) // element of each marked content
	byChunk := map[*chunk][][2]int{}        // leaf and layer of each page drawn
	for i, l := range f.leaves {
		for j, layer := range l {
			byChunk[layer.chunk] = append(byChunk[layer.chunk], [2]int{i, j})
		}
	}
	var tops []int
	for _, c := range chunks {
		if n := f.elements(c, byChunk[c], parents, top, len(chunks) > 1); n > 0 {
			tops = append(tops, n)
		}
	}
	if top != root {
		f.out[top-1] = object{dict: fmt.Sprintf("<< /Type /StructElem /S /%s /P %d 0 R /K [%s] >>", document, root, references(tops))}
		tops = []int{top}
	}
	var nums strings.Builder
	for i, list := range parents {
		fmt.Fprintf(&nums, "%d [%s] ", i, references(list))
	}
	tree := f.add(object{dict: fmt.Sprintf("<< /Nums [%s] >>", strings.TrimSpace(nums.String()))})
	f.out[root-1] = object{dict: fmt.Sprintf("<< /Type /StructTreeRoot /K [%s] /ParentTree %d 0 R /ParentTreeNextKey %d >>", references(tops), tree, len(parents))}
	return root
}

// elements adds a chunk's elements under parent and gives the number of the first, 0 when none holds text.
func (f *finisher) elements(c *chunk, drawn [][2]int, parents [][]int, parent int, part bool) int {
	kids := make([][]string, len(c.tree))
	marked := make([]bool, len(c.tree))
	for _, at := range drawn {
		for id, elem := range c.pages[f.leaves[at[0]][at[1]].page].marks {
			kids[elem] = append(kids[elem], fmt.Sprintf("<< /Type /MCR /Pg %d 0 R /MCID %d >>", f.pages[at[0]], id))
			marked[elem] = true
		}
	}
	holds := holding(c.tree, kids)
	if part && !slices.Contains(holds[1:], true) && !marked[0] {
		return 0
	}
	numbers := make([]int, len(c.tree))
	for i := range c.tree {
		if holds[i] {
			numbers[i] = f.add(object{})
		}
	}
	for i := len(c.tree) - 1; i > 0; i-- {
		if up := c.tree[i].parent; holds[i] {
			kids[up] = append(kids[up], fmt.Sprintf("%d 0 R", numbers[i]))
		}
	}
	for i, e := range c.tree {
		if !holds[i] {
			continue
		}
		up, role := parent, e.role
		if e.parent >= 0 {
			up = numbers[e.parent]
		} else if part {
			role = partRole
		}
		if !marked[i] {
			kids[i] = reversed(kids[i])
		}
		f.out[numbers[i]-1] = object{dict: fmt.Sprintf("<< /Type /StructElem /S /%s /P %d 0 R /K [%s] >>", role, up, strings.Join(kids[i], " "))}
	}
	for _, at := range drawn {
		for _, elem := range c.pages[f.leaves[at[0]][at[1]].page].marks {
			parents[at[0]] = append(parents[at[0]], numbers[elem])
		}
	}
	return numbers[0]
}

// holding tells which elements hold text, themselves or below. The document always does.
func holding(tree []element, kids [][]string) []bool {
	holds := make([]bool, len(tree))
	holds[0] = true
	for i := len(tree) - 1; i > 0; i-- {
		if len(kids[i]) > 0 {
			holds[i] = true
		}
		if holds[i] {
			holds[tree[i].parent] = true
		}
	}
	return holds
}

func reversed(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[len(list)-1-i] = s
	}
	return out
}

const producer = "Airial (maroto, gofpdf)"

func (f *finisher) info() string {
	date := f.document.Printed.UTC().Format("(D:20060102150405Z)")
	return fmt.Sprintf("<< /Title %s /Author %s /Subject %s /Creator (Airial) /Producer (%s) /CreationDate %s /ModDate %s >>",
		textString(f.document.Title), textString(f.document.Author), textString(f.document.Subject), strings.NewReplacer("(", "\\(", ")", "\\)").Replace(producer), date, date)
}

// textString is a PDF text string in UTF-16.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteByte('>')
	return b.String()
}

func (f *finisher) xmp(archival bool) []byte {
	claimed := ""
	if archival {
		claimed = claim
	}
	date := f.document.Printed.UTC().Format("2006-01-02T15:04:05Z")
	return fmt.Appendf(nil, `<?xpacket begin="`+"\uFEFF"+`" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
%s<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>fr-FR</rdf:li></rdf:Bag></dc:language>
<dc:format>application/pdf</dc:format>
<xmp:CreatorTool>Airial</xmp:CreatorTool><xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate>
<pdf:Producer>%s</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`, claimed, escaped(f.document.Title), escaped(f.document.Author), escaped(f.document.Subject), date, date, producer)
}

func escaped(s string) string {
	var b bytes.Buffer
	// A bytes.Buffer takes all that is written to it.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// serialize writes the file with a classic cross-reference table, which every signing tool can extend.
func (f *finisher) serialize(catalog, info int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(f.out))
	for i, o := range f.out {
		offsets[i] = b.Len()
		if o.stream == nil {
			fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o.dict)
			continue
		}
		fmt.Fprintf(&b, "%d 0 obj\n<< %s /Length %d >>\nstream\n", i+1, o.dict, len(o.stream))
		b.Write(o.stream)
		b.WriteString("\nendstream\nendobj\n")
	}
	id := sha256.Sum256(b.Bytes())
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(f.out)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%X> <%X>] >>\nstartxref\n%d\n%%%%EOF\n",
		len(f.out)+1, catalog, info, id[:16], id[:16], at)
	return b.Bytes()
}
