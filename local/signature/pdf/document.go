package pdf

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"alpi40.fr/airial/local/signature"
)

// Document is an open PDF. It keeps the bytes it was opened on and parses
// objects when they are asked for. It is not safe for concurrent use.
type Document struct {
	data     []byte
	places   map[int]place
	sections []Section
	objects  map[int]Object
	holders  map[int]*holder
	busy     map[int]bool
	inflater io.ReadCloser
	inflated int
	repaired bool
	end      int
}

// Open reads the cross-reference sections of a whole file, or of its first
// bytes when they end one of its revisions. The bytes must not change
// afterwards. An encrypted document opens: see Encrypted.
//
// Errors: signature.ErrEmpty, ErrNotPDF, ErrTruncated, ErrBroken, ErrTooLarge.
func Open(data []byte) (*Document, error) {
	if len(data) == 0 {
		return nil, signature.ErrEmpty
	}
	if !bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
		return nil, signature.ErrNotPDF
	}
	mark := bytes.LastIndex(data, []byte("startxref"))
	if mark < 0 {
		return nil, fmt.Errorf("no startxref: %w", signature.ErrTruncated)
	}
	p := &parser{buf: data, pos: mark + len("startxref")}
	offset, ok := p.natural()
	if !ok || offset >= int64(len(data)) {
		return nil, fmt.Errorf("startxref leads outside the file: %w", signature.ErrTruncated)
	}
	d := &Document{data: data, places: map[int]place{}, objects: map[int]Object{}, holders: map[int]*holder{}, busy: map[int]bool{}}
	d.end = endOfFile(data, p.pos)
	if offset == 0 && !bytes.HasPrefix(data, []byte("xref")) {
		// Only the first part of a linearized file ends so (ISO 32000-1 annex F).
		return nil, fmt.Errorf("the main part of a linearized file is missing: %w", signature.ErrTruncated)
	}
	if err := d.readSections(int(offset)); err != nil {
		return nil, err
	}
	if _, ok := d.Trailer().Get("Root").(Ref); !ok {
		return nil, fmt.Errorf("the trailer names no catalog: %w", signature.ErrBroken)
	}
	return d, nil
}

// endOfFile gives where the %%EOF after startxref's number ends, its line end
// included, or the length of the data when it is missing.
func endOfFile(data []byte, from int) int {
	n := bytes.Index(data[from:], []byte("%%EOF"))
	if n < 0 {
		return len(data)
	}
	end := from + n + 5
	if end < len(data) && data[end] == '\r' {
		end++
	}
	if end < len(data) && data[end] == '\n' {
		end++
	}
	return end
}

// Bytes gives the bytes the document was opened on; they must not be changed.
func (d *Document) Bytes() []byte { return d.data }

// End is where the last %%EOF ends, its line end included.
func (d *Document) End() int { return d.end }

// Tail gives what follows the last %%EOF, without white space.
func (d *Document) Tail() []byte { return bytes.Trim(d.data[d.end:], "\x00\t\n\f\r ") }

// Repaired tells whether a cross-reference offset was slightly wrong.
func (d *Document) Repaired() bool { return d.repaired }

// Sections gives the cross-reference sections, newest first.
func (d *Document) Sections() []Section { return d.sections }

// Trailer gives the newest trailer dictionary.
func (d *Document) Trailer() Dict { return d.sections[0].Trailer }

// Root names the catalog.
func (d *Document) Root() Ref {
	ref, _ := d.Trailer().Get("Root").(Ref)
	return ref
}

// Encrypted tells whether the document is encrypted, by password or certificate.
func (d *Document) Encrypted() bool {
	for _, s := range d.sections {
		if s.Trailer.Get("Encrypt") != nil {
			return true
		}
	}
	return false
}

// Catalog gives the catalog dictionary.
func (d *Document) Catalog() (Dict, error) {
	o, err := d.Get(d.Root())
	if err != nil {
		return nil, fmt.Errorf("reading the catalog: %w", err)
	}
	dict, ok := o.(Dict)
	if !ok {
		return nil, fmt.Errorf("the catalog is no dictionary: %w", signature.ErrBroken)
	}
	return dict, nil
}

// Get gives the indirect object, nil when there is none (ISO 32000-1 §7.3.10).
func (d *Document) Get(ref Ref) (Object, error) {
	if o, ok := d.objects[ref.Num]; ok {
		if d.Exists(ref) {
			return o, nil
		}
		return nil, nil
	}
	if !d.Exists(ref) {
		return nil, nil
	}
	if d.busy[ref.Num] || len(d.busy) > maxDepth {
		return nil, fmt.Errorf("object %d needs itself: %w", ref.Num, signature.ErrBroken)
	}
	d.busy[ref.Num] = true
	defer delete(d.busy, ref.Num)
	o, err := d.load(ref)
	if err != nil {
		return nil, fmt.Errorf("reading object %d: %w", ref.Num, err)
	}
	d.objects[ref.Num] = o
	return o, nil
}

func (d *Document) load(ref Ref) (Object, error) {
	at := d.places[ref.Num]
	if at.kind == compressed {
		return d.fromObjectStream(ref.Num, int(at.at), int(at.gen))
	}
	p, err := d.at(ref, at)
	if err != nil {
		return nil, err
	}
	return d.body(p, false)
}

// at gives a parser placed after the "num gen obj" of the object.
func (d *Document) at(ref Ref, at place) (*parser, error) {
	if at.at <= 0 || at.at >= int64(len(d.data)) {
		return nil, fmt.Errorf("it is outside the file: %w", signature.ErrBroken)
	}
	p := &parser{buf: d.data, pos: int(at.at)}
	if isDigit(d.data[at.at-1]) && isDigit(d.data[at.at]) {
		return nil, p.fail("another object")
	}
	found, ok := p.header()
	if !ok || found != ref {
		return nil, p.fail("another object")
	}
	return p, nil
}

// body reads an object after its header; direct demands a direct /Length.
func (d *Document) body(p *parser, direct bool) (Object, error) {
	if p.word("endobj") {
		return nil, nil
	}
	o, err := p.object(0)
	if err != nil {
		return nil, err
	}
	dict, ok := o.(Dict)
	if !ok || !p.keyword("stream") {
		return o, nil
	}
	if p.pos < len(p.buf) && p.buf[p.pos] == '\r' {
		p.pos++
	}
	if p.pos < len(p.buf) && p.buf[p.pos] == '\n' {
		p.pos++
	}
	raw, err := d.streamBytes(p, dict, direct)
	return &Stream{dict, raw}, err
}

// streamBytes delimits a stream by its /Length when endstream follows it, and
// by endstream otherwise.
func (d *Document) streamBytes(p *parser, dict Dict, direct bool) ([]byte, error) {
	length := dict.Get("Length")
	if ref, ok := length.(Ref); ok && !direct {
		// A length that cannot be read is as good as a wrong one.
		length, _ = d.Get(ref)
	}
	start := p.pos
	if n, ok := length.(int64); ok && n >= 0 && n <= int64(len(p.buf)-start) {
		p.pos = start + int(n)
		for p.pos < len(p.buf) && isSpace(p.buf[p.pos]) {
			p.pos++
		}
		if bytes.HasPrefix(p.buf[p.pos:], []byte("endstream")) {
			return p.buf[start : start+int(n)], nil
		}
	}
	n := bytes.Index(p.buf[start:], []byte("endstream"))
	if n < 0 {
		p.pos = start
		return nil, p.fail("a stream does not end")
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(p.buf[start:start+n], []byte("\n")), []byte("\r")), nil
}

// Exists tells whether a reference leads to an object in use.
func (d *Document) Exists(ref Ref) bool {
	at, ok := d.places[ref.Num]
	if !ok || at.kind == free {
		return false
	}
	if at.kind == compressed {
		return ref.Gen == 0
	}
	return int(at.gen) == ref.Gen
}

// Numbers gives the numbers of the objects in use, in order.
func (d *Document) Numbers() []int {
	out := make([]int, 0, len(d.places))
	for num, at := range d.places {
		if at.kind != free && num != 0 {
			out = append(out, num)
		}
	}
	slices.Sort(out)
	return out
}

// RefOf gives the reference of the object in use with this number.
func (d *Document) RefOf(num int) (Ref, bool) {
	at, ok := d.places[num]
	switch {
	case !ok || at.kind == free:
		return Ref{}, false
	case at.kind == compressed:
		return Ref{num, 0}, true
	}
	return Ref{num, int(at.gen)}, true
}

// SamePlace tells whether an object is the same bytes in both documents, the
// one being an earlier revision of the other.
func (d *Document) SamePlace(other *Document, num int) bool {
	a, known := d.places[num]
	b, also := other.places[num]
	if !known || !also {
		return known == also
	}
	if a.kind == free && b.kind == free {
		return true
	}
	if a != b {
		return false
	}
	return a.kind != compressed || d.SamePlace(other, int(a.at))
}

// Resolve follows references to the object they lead to.
func (d *Document) Resolve(o Object) (Object, error) {
	for range 32 {
		ref, ok := o.(Ref)
		if !ok {
			return o, nil
		}
		var err error
		if o, err = d.Get(ref); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("references lead to references: %w", signature.ErrBroken)
}

// Dict resolves o and gives its dictionary, a stream's included; nil for anything else.
func (d *Document) Dict(o Object) (Dict, error) {
	o, err := d.Resolve(o)
	switch v := o.(type) {
	case Dict:
		return v, err
	case *Stream:
		return v.Dict, err
	}
	return nil, err
}

// Array resolves o and gives its array; nil for anything else.
func (d *Document) Array(o Object) (Array, error) {
	o, err := d.Resolve(o)
	a, _ := o.(Array)
	return a, err
}

// Spans gives the place in the file of each value of an indirect dictionary
// that stands outside object streams; a key written twice has two.
func (d *Document) Spans(ref Ref) (map[Name][]Span, error) {
	at, ok := d.places[ref.Num]
	if !ok || at.kind != plain {
		return nil, fmt.Errorf("object %d is not in the open: %w", ref.Num, signature.ErrBroken)
	}
	p, err := d.at(ref, at)
	if err != nil {
		return nil, err
	}
	p.skip()
	if !bytes.HasPrefix(p.buf[p.pos:], []byte("<<")) {
		return nil, p.fail("no dictionary")
	}
	spans := map[Name][]Span{}
	_, err = p.dict(0, spans)
	return spans, err
}

// Check verifies that each object in use is where the cross-reference says,
// without parsing it. The error names the first that is not.
func (d *Document) Check() error {
	for num, at := range d.places {
		if num == 0 {
			continue
		}
		switch at.kind {
		case plain:
			if at.at == 0 { // written by some for «free»
				continue
			}
			if _, err := d.at(Ref{num, int(at.gen)}, at); err != nil {
				return fmt.Errorf("looking for object %d: %w", num, err)
			}
		case compressed:
			if holder, ok := d.places[int(at.at)]; !ok || holder.kind != plain {
				return fmt.Errorf("object %d is in a stream that is missing: %w", num, signature.ErrBroken)
			}
		}
	}
	return nil
}
