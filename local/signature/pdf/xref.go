package pdf

import (
	"bytes"
	"fmt"

	"alpi40.fr/airial/local/signature"
)

// SectionKind is how a cross-reference section is written.
type SectionKind int

// The kinds. A Hybrid section is a table with an /XRefStm beside it.
const (
	Table SectionKind = iota
	StreamSection
	Hybrid
)

// Section is one cross-reference section; the newest is the first of a Document.
type Section struct {
	Kind    SectionKind
	Offset  int
	Trailer Dict
}

type entryKind uint8

const (
	free entryKind = iota
	plain
	compressed
)

// place is where an object is: at offset at with generation gen, or the
// gen-th of object stream at.
type place struct {
	kind entryKind
	gen  int32
	at   int64
}

const maxSections = 4096

// readSections follows the chain of sections from offset.
func (d *Document) readSections(offset int) error {
	seen := map[int]bool{}
	for at := offset; ; {
		if seen[at] {
			return fmt.Errorf("the cross-reference sections loop: %w", signature.ErrBroken)
		}
		seen[at] = true
		if len(d.sections) >= maxSections {
			return fmt.Errorf("more than %d revisions: %w", maxSections, signature.ErrTooLarge)
		}
		section, err := d.readSection(at)
		if err != nil {
			return fmt.Errorf("reading the cross-reference section at byte %d: %w", at, err)
		}
		seen[section.Offset] = true
		d.sections = append(d.sections, section)
		switch prev := section.Trailer.Get("Prev").(type) {
		case nil:
			return nil
		case int64:
			if prev <= 0 && d.linearizedRest(prev) {
				return nil
			}
			if prev < 0 || prev >= int64(len(d.data)) {
				return fmt.Errorf("a previous section at byte %d: %w", prev, signature.ErrBroken)
			}
			at = int(prev)
		default:
			return fmt.Errorf("a /Prev that is no number: %w", signature.ErrBroken)
		}
	}
}

// linearizedRest: some writers end the chain with /Prev 0.
func (d *Document) linearizedRest(prev int64) bool { return prev == 0 && len(d.places) > 0 }

// nearby is how far a cross-reference offset may be wrong, in bytes, and still be found.
const nearby = 12

// locate gives the true offset of a section announced at offset.
func (d *Document) locate(offset int) (int, bool) {
	p := parser{buf: d.data, pos: offset}
	p.skip()
	if p.word("xref") {
		return p.pos - 4, true
	}
	q := parser{buf: d.data, pos: offset}
	q.skip()
	start := q.pos
	// In the middle of a number the header would be read short.
	if start == 0 || !isDigit(d.data[start-1]) {
		if _, ok := q.header(); ok {
			return start, true
		}
	}
	from := max(offset-nearby, 0)
	window := d.data[from:min(offset+nearby+4, len(d.data))]
	for i := 0; ; {
		n := bytes.Index(window[i:], []byte("xref"))
		if n < 0 {
			return 0, false
		}
		i += n
		if from+i == 0 || !isRegular(d.data[from+i-1]) {
			d.repaired = true
			return from + i, true
		}
		i++
	}
}

func (d *Document) readSection(offset int) (Section, error) {
	at, ok := d.locate(offset)
	if !ok {
		return Section{}, fmt.Errorf("no cross-reference section there: %w", signature.ErrBroken)
	}
	if d.data[at] == 'x' {
		return d.readTable(at)
	}
	trailer, err := d.readXrefStream(at)
	return Section{StreamSection, at, trailer}, err
}

func (d *Document) readTable(at int) (Section, error) {
	section := Section{Kind: Table, Offset: at}
	p := &parser{buf: d.data, pos: at + 4}
	for !p.word("trailer") {
		first, ok1 := p.natural()
		count, ok2 := p.natural()
		if !ok1 || !ok2 || first > maxNumber || count > maxNumber || first+count > maxNumber+1 {
			return section, p.fail("not a cross-reference subsection")
		}
		if err := d.readSubsection(p, int(first), int(count)); err != nil {
			return section, err
		}
	}
	p.skip()
	if !bytes.HasPrefix(p.buf[p.pos:], []byte("<<")) {
		return section, p.fail("no trailer dictionary")
	}
	o, err := p.dict(0, nil)
	if err != nil {
		return section, err
	}
	section.Trailer = o.(Dict)
	if hidden, ok := section.Trailer.Get("XRefStm").(int64); ok {
		section.Kind = Hybrid
		if hidden <= 0 || hidden >= int64(len(d.data)) {
			return section, fmt.Errorf("an /XRefStm at byte %d: %w", hidden, signature.ErrBroken)
		}
		if _, err := d.readXrefStream(int(hidden)); err != nil {
			return section, err
		}
	}
	return section, nil
}

func (d *Document) readSubsection(p *parser, first, count int) error {
	for i := range count {
		off, ok1 := p.natural()
		gen, ok2 := p.natural()
		if !ok1 || !ok2 {
			return p.fail("not a cross-reference entry")
		}
		num := first + i
		switch {
		case p.word("n"):
			d.note(num, place{plain, int32(min(gen, 65536)), off})
		case p.word("f"):
			// A known writer's fault: the list starts at 1 but holds object 0.
			if i == 0 && first == 1 && off == 0 && gen == 65535 {
				first, num = 0, 0
				d.repaired = true
			}
			d.note(num, place{kind: free})
		default:
			return p.fail("not a cross-reference entry")
		}
	}
	return nil
}

// note keeps the first, newest, place of an object.
func (d *Document) note(num int, at place) {
	if _, known := d.places[num]; !known {
		d.places[num] = at
	}
}

func (d *Document) readXrefStream(at int) (Dict, error) {
	p := &parser{buf: d.data, pos: at}
	p.skip()
	if _, ok := p.header(); !ok {
		return nil, p.fail("no cross-reference stream")
	}
	o, err := d.body(p, true)
	if err != nil {
		return nil, err
	}
	s, ok := o.(*Stream)
	if !ok || s.Dict.Get("Type") != Name("XRef") {
		return nil, p.fail("no cross-reference stream")
	}
	data, err := d.decode(s, true)
	if err != nil {
		return nil, err
	}
	return s.Dict, d.readXrefRows(s.Dict, data)
}

func (d *Document) readXrefRows(dict Dict, data []byte) error {
	broken := fmt.Errorf("a cross-reference stream: %w", signature.ErrBroken)
	widths, ok := dict.Get("W").(Array)
	if !ok || len(widths) < 3 {
		return broken
	}
	var w [3]int
	row := 0
	for i := range w {
		n, ok := widths[i].(int64)
		if !ok || n < 0 || n > 8 {
			return broken
		}
		w[i] = int(n)
		row += int(n)
	}
	if row == 0 {
		return broken
	}
	size, _ := dict.Get("Size").(int64)
	index, ok := dict.Get("Index").(Array)
	if !ok {
		index = Array{int64(0), size}
	}
	for i := 0; i+1 < len(index); i += 2 {
		first, ok1 := index[i].(int64)
		count, ok2 := index[i+1].(int64)
		if !ok1 || !ok2 || first < 0 || count < 0 || first > maxNumber || count > maxNumber || first+count > maxNumber+1 {
			return broken
		}
		for n := range int(count) {
			if len(data) < row {
				return broken
			}
			d.noteRow(int(first)+n, data[:row], w)
			data = data[row:]
		}
	}
	return nil
}

func (d *Document) noteRow(num int, row []byte, w [3]int) {
	var f [3]uint64
	for i, n := range w {
		for _, c := range row[:n] {
			f[i] = f[i]<<8 | uint64(c)
		}
		row = row[n:]
	}
	if w[0] == 0 {
		f[0] = 1
	}
	switch {
	case f[0] == 1 && f[1] < 1<<62:
		d.note(num, place{plain, int32(min(f[2], 65536)), int64(f[1])})
	case f[0] == 2 && f[1] <= maxNumber && f[2] <= maxNumber:
		d.note(num, place{compressed, int32(f[2]), int64(f[1])})
	default:
		d.note(num, place{kind: free})
	}
}
