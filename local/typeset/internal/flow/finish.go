package flow

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
)

// errShape says that maroto's writer gave something else than what finish knows how to read.
var errShape = errors.New("unexpected shape of the written PDF")

// object is an indirect object: its dictionary as text, and its stream, if any.
type object struct {
	dict   string
	stream []byte
}

// finish rewrites the PDF that maroto's writer gave. That writer puts fonts in the order of a Go map, dates the file with
// the present time and knows no language nor structure: finish orders the objects by what they refer to, sets the dates,
// adds language, XMP metadata, a file identifier made from the content, and the structure tree.
func finish(raw []byte, w *writer) ([]byte, error) {
	objects, err := readObjects(raw)
	if err != nil {
		return nil, err
	}
	pages, err := pageNumbers(objects)
	if err != nil {
		return nil, err
	}
	if len(pages) != len(w.pages) {
		return nil, fmt.Errorf("%w: %d pages written, %d laid out", errShape, len(pages), len(w.pages))
	}
	return (&finisher{objects: objects, pages: pages, writer: w}).bytes()
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

// finisher builds the final file: objects are numbered in the order added.
type finisher struct {
	*writer
	objects map[int]object
	pages   []int

	out     []object
	numbers map[int]int // of read objects in the final file
	kids    [][]string  // of each structure element
	parents [][]int     // structure element of each marked content, by page
}

func (f *finisher) bytes() ([]byte, error) {
	f.numbers = map[int]int{}
	catalog, info, tree := f.add(object{}), f.add(object{}), f.add(object{})
	resources, fontNames, err := f.resources()
	if err != nil {
		return nil, err
	}
	f.kids, f.parents = make([][]string, len(f.tree)), make([][]int, len(f.pages))
	pages := make([]int, len(f.pages))
	for i := range f.pages {
		pages[i] = f.add(object{})
	}
	for i, n := range f.pages {
		content, err := f.content(i, n, pages[i], fontNames)
		if err != nil {
			return nil, err
		}
		stream := f.add(compressed(content, ""))
		f.out[pages[i]-1] = object{dict: fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Resources %d 0 R /Contents %d 0 R /StructParents %d /Tabs /S >>",
			tree, number(PageWidth/pt), number(PageHeight/pt), resources, stream, i)}
	}
	f.out[tree-1] = object{dict: fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", references(pages), len(pages))}
	structure := f.structure()
	metadata := f.add(object{dict: "/Type /Metadata /Subtype /XML", stream: f.xmp()})
	f.out[info-1] = object{dict: f.info()}
	f.out[catalog-1] = object{dict: fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R /Lang (fr-FR) /MarkInfo << /Marked true >> /StructTreeRoot %d 0 R /Metadata %d 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
		tree, structure, metadata)}
	return f.serialize(catalog, info), nil
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

// resources adds the fonts, in the order of their names, and gives the new name of each.
func (f *finisher) resources() (int, map[string]string, error) {
	type font struct {
		old, name string
		number    int
	}
	var all []font
	for _, m := range fontEntry.FindAllStringSubmatch(f.objects[2].dict, -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return 0, nil, fmt.Errorf("%w: %v", errShape, err)
		}
		name := faceName.FindStringSubmatch(f.objects[n].dict)
		if name == nil {
			return 0, nil, fmt.Errorf("%w: unknown font in %q", errShape, f.objects[n].dict)
		}
		all = append(all, font{old: m[1], name: name[1] + name[2], number: n})
	}
	if len(all) == 0 {
		return 0, nil, fmt.Errorf("%w: no font", errShape)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	names := map[string]string{}
	var entries []string
	for i, font := range all {
		names[font.old] = fmt.Sprintf("F%d", i+1)
		entries = append(entries, fmt.Sprintf("/F%d %d 0 R", i+1, f.copy(font.number)))
	}
	return f.add(object{dict: "<< /Font << " + strings.Join(entries, " ") + " >> >>"}), names, nil
}

// faces maps maroto's names to those of the embedded faces; the six letters say that they are cut down to what is used.
var faces = map[string]string{
	"notosans": "NotoSans", "notosansB": "NotoSans-Bold", "notosansI": "NotoSans-Italic", "notosansBI": "NotoSans-BoldItalic",
	"notosansmono": "NotoSansMono",
}

// copy adds a read object and all it refers to.
func (f *finisher) copy(old int) int {
	if n, done := f.numbers[old]; done {
		return n
	}
	n := f.add(object{})
	f.numbers[old] = n
	o := f.objects[old]
	dict := faceName.ReplaceAllStringFunc(o.dict, func(s string) string {
		return "/AIRIAL+" + faces[strings.TrimPrefix(s, "/utf8")]
	})
	dict = reference.ReplaceAllStringFunc(dict, func(s string) string {
		target, _ := strconv.Atoi(strings.TrimSuffix(s, " 0 R"))
		return fmt.Sprintf("%d 0 R", f.copy(target))
	})
	if o.stream == nil {
		f.out[n-1] = object{dict: dict}
		return n
	}
	dict = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(dict), "<<"), ">>")
	dict = length.ReplaceAllString(dict, "")
	if strings.Contains(dict, "/Filter") {
		f.out[n-1] = object{dict: strings.TrimSpace(dict), stream: o.stream}
	} else {
		f.out[n-1] = compressed(o.stream, strings.TrimSpace(dict))
	}
	return n
}

var length = regexp.MustCompile(`/Length \d+\n?`)

// compressed is a stream object deflated.
func compressed(data []byte, dict string) object {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	// A bytes.Buffer takes all that is written to it.
	_, _ = z.Write(data)
	_ = z.Close()
	return object{dict: strings.TrimSpace(dict + " /Filter /FlateDecode"), stream: b.Bytes()}
}

// content reads a page's operators, renames its fonts, and puts each run of text in the marked content of its
// structure element and everything else among the artifacts.
func (f *finisher) content(index, old, page int, fontNames map[string]string) ([]byte, error) {
	m := contents.FindStringSubmatch(f.objects[old].dict)
	if m == nil {
		return nil, fmt.Errorf("%w: page %d has no content", errShape, index+1)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return nil, fmt.Errorf("%w: %v", errShape, err)
	}
	marks := f.marks[index]
	var out bytes.Buffer
	for _, op := range operators(f.objects[n].stream) {
		switch {
		case bytes.HasSuffix(op, []byte(" Tf ET")):
			name, rest, found := bytes.Cut(bytes.TrimPrefix(op, []byte("BT /F")), []byte(" "))
			if !found || fontNames[string(name)] == "" {
				return nil, fmt.Errorf("%w: font in %q", errShape, op)
			}
			fmt.Fprintf(&out, "BT /%s %s\n", fontNames[string(name)], rest)
		case bytes.Contains(op, []byte(") Tj ET")):
			if len(marks) == 0 {
				return nil, fmt.Errorf("%w: page %d has more text than was drawn", errShape, index+1)
			}
			f.mark(&out, op, index, page, marks[0])
			marks = marks[1:]
		case bytes.HasSuffix(op, []byte(" l S")):
			fmt.Fprintf(&out, "/Artifact BMC %s EMC\n", op)
		default:
			out.Write(op)
			out.WriteByte('\n')
		}
	}
	if len(marks) != 0 {
		return nil, fmt.Errorf("%w: page %d lacks %d runs of text", errShape, index+1, len(marks))
	}
	return out.Bytes(), nil
}

// mark writes a run of text as part of structure element elem.
func (f *finisher) mark(out *bytes.Buffer, op []byte, index, page, elem int) {
	if elem == artifact {
		fmt.Fprintf(out, "/Artifact BMC %s EMC\n", op)
		return
	}
	id := len(f.parents[index])
	f.parents[index] = append(f.parents[index], elem)
	f.kids[elem] = append(f.kids[elem], fmt.Sprintf("<< /Type /MCR /Pg %d 0 R /MCID %d >>", page, id))
	fmt.Fprintf(out, "/%s << /MCID %d >> BDC %s EMC\n", f.tree[elem].role, id, op)
}

// operators parts a content stream at its line ends, but for those within a string.
func operators(stream []byte) [][]byte {
	var out [][]byte
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
			if i > start {
				out = append(out, stream[start:i])
			}
			start = i + 1
		}
	}
	if start < len(stream) {
		out = append(out, stream[start:])
	}
	return out
}

// structure adds the tree of elements that hold text, and gives the number of its root.
func (f *finisher) structure() int {
	root := f.add(object{})
	holds := f.holding()
	numbers := make([]int, len(f.tree))
	for i := range f.tree {
		if holds[i] {
			numbers[i] = f.add(object{})
		}
	}
	for i := len(f.tree) - 1; i > 0; i-- {
		if parent := f.tree[i].parent; holds[i] {
			f.kids[parent] = append(f.kids[parent], fmt.Sprintf("%d 0 R", numbers[i]))
		}
	}
	for i, e := range f.tree {
		if !holds[i] {
			continue
		}
		parent := root
		if e.parent >= 0 {
			parent = numbers[e.parent]
		}
		children := f.kids[i]
		if len(children) > 0 && !strings.HasPrefix(children[0], "<<") {
			children = reversed(children)
		}
		f.out[numbers[i]-1] = object{dict: fmt.Sprintf("<< /Type /StructElem /S /%s /P %d 0 R /K [%s] >>", e.role, parent, strings.Join(children, " "))}
	}
	var nums strings.Builder
	for i, elems := range f.parents {
		list := make([]int, len(elems))
		for j, e := range elems {
			list[j] = numbers[e]
		}
		fmt.Fprintf(&nums, "%d [%s] ", i, references(list))
	}
	parents := f.add(object{dict: fmt.Sprintf("<< /Nums [%s] >>", strings.TrimSpace(nums.String()))})
	f.out[root-1] = object{dict: fmt.Sprintf("<< /Type /StructTreeRoot /K [%d 0 R] /ParentTree %d 0 R /ParentTreeNextKey %d >>", numbers[0], parents, len(f.parents))}
	return root
}

// holding tells which elements hold text, themselves or below. The document always does.
func (f *finisher) holding() []bool {
	holds := make([]bool, len(f.tree))
	holds[0] = true
	for i := len(f.tree) - 1; i > 0; i-- {
		if len(f.kids[i]) > 0 {
			holds[i] = true
		}
		if holds[i] {
			holds[f.tree[i].parent] = true
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

func (f *finisher) xmp() []byte {
	date := f.document.Printed.UTC().Format("2006-01-02T15:04:05Z")
	return fmt.Appendf(nil, `<?xpacket begin="`+"\uFEFF"+`" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>fr-FR</rdf:li></rdf:Bag></dc:language>
<dc:format>application/pdf</dc:format>
<xmp:CreatorTool>Airial</xmp:CreatorTool><xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate>
<pdf:Producer>%s</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`, escaped(f.document.Title), escaped(f.document.Author), escaped(f.document.Subject), date, date, producer)
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
