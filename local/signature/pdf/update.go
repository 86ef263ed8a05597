package pdf

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"alpi40.fr/airial/local/signature"
)

// Append writes an object in PDF syntax after out.
func Append(out []byte, o Object) []byte {
	switch v := o.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, v)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	case Real:
		return append(out, v...)
	case Name:
		return appendName(out, v)
	case String:
		return appendString(out, v)
	case Ref:
		out = strconv.AppendInt(out, int64(v.Num), 10)
		out = append(out, ' ')
		out = strconv.AppendInt(out, int64(v.Gen), 10)
		return append(out, " R"...)
	case Array:
		out = append(out, '[')
		for i, e := range v {
			if i > 0 {
				out = append(out, ' ')
			}
			out = Append(out, e)
		}
		return append(out, ']')
	case Dict:
		out = append(out, "<<"...)
		for _, e := range v {
			out = appendName(out, e.Key)
			out = append(out, ' ')
			out = Append(out, e.Value)
		}
		return append(out, ">>"...)
	case *Stream:
		out = Append(out, v.Dict.With("Length", int64(len(v.Raw))))
		out = append(out, "\nstream\n"...)
		out = append(out, v.Raw...)
		return append(out, "\nendstream"...)
	case Raw:
		return append(out, v...)
	}
	return append(out, "null"...)
}

func appendName(out []byte, n Name) []byte {
	const digits = "0123456789ABCDEF"
	out = append(out, '/')
	for i := range len(n) {
		c := n[i]
		if c <= ' ' || c > '~' || c == '#' || isDelim(c) {
			out = append(out, '#', digits[c>>4], digits[c&15])
		} else {
			out = append(out, c)
		}
	}
	return out
}

func appendString(out []byte, s String) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range s {
		if c < ' ' || c > '~' {
			out = append(out, '<')
			for _, c := range s {
				out = append(out, digits[c>>4], digits[c&15])
			}
			return append(out, '>')
		}
	}
	out = append(out, '(')
	for _, c := range s {
		if c == '(' || c == ')' || c == '\\' {
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return append(out, ')')
}

// Update is a revision being prepared: what is set and added is written by
// Append after the bytes of the document, which stay as they are.
type Update struct {
	base    *Document
	next    int
	objects map[int]pending
}

type pending struct {
	ref    Ref
	object Object
}

// NewUpdate starts a revision of d.
func (d *Document) NewUpdate() *Update {
	next := 1
	for num := range d.places {
		next = max(next, num+1)
	}
	if size, ok := d.Trailer().Get("Size").(int64); ok && size <= maxNumber {
		next = max(next, int(size))
	}
	return &Update{base: d, next: next, objects: map[int]pending{}}
}

// Add adds an object and gives its reference.
func (u *Update) Add(o Object) Ref {
	ref := Ref{Num: u.next}
	u.next++
	u.Set(ref, o)
	return ref
}

// Set gives an object, present in the document or added, a new value.
func (u *Update) Set(ref Ref, o Object) { u.objects[ref.Num] = pending{ref, o} }

// Get gives the object as it will be.
func (u *Update) Get(ref Ref) (Object, error) {
	if p, ok := u.objects[ref.Num]; ok && p.ref == ref {
		return p.object, nil
	}
	return u.base.Get(ref)
}

// Append gives the bytes of the revision, to be written after those of the
// document, and where each of its objects begins, counted from the start of
// the file. The cross-reference is of the kind of the document's last section:
// readers disagree on mixed files. /XRefStm is never carried over.
func (u *Update) Append() (revision []byte, offsets map[Ref]int, err error) {
	base := u.base.data
	var out []byte
	if last := base[len(base)-1]; last != '\n' && last != '\r' {
		out = append(out, '\n')
	}
	numbers := slices.Sorted(maps.Keys(u.objects))
	offsets = make(map[Ref]int, len(numbers))
	for _, num := range numbers {
		p := u.objects[num]
		offsets[p.ref] = len(base) + len(out)
		out = fmt.Appendf(out, "%d %d obj\n", p.ref.Num, p.ref.Gen)
		out = Append(out, p.object)
		out = append(out, "\nendobj\n"...)
	}
	if u.next > maxNumber {
		return nil, nil, fmt.Errorf("no object number is left: %w", signature.ErrTooLarge)
	}
	start := len(base) + len(out)
	if u.base.sections[0].Kind == StreamSection {
		out = u.appendXrefStream(out, start, numbers, offsets)
	} else {
		out = u.appendTable(out, numbers, offsets)
	}
	return fmt.Appendf(out, "startxref\n%d\n%%%%EOF\n", start), offsets, nil
}

// trailer is the previous one but for what describes its own section.
func (u *Update) trailer(size int) Dict {
	out := Dict{}
	for _, e := range u.base.Trailer() {
		switch e.Key {
		case "Prev", "XRefStm", "Size", "Type", "Index", "W", "Length", "Filter", "DecodeParms", "F", "FFilter", "FDecodeParms", "DL":
		default:
			out = append(out, e)
		}
	}
	return append(out, Entry{"Size", int64(size)}, Entry{"Prev", int64(u.base.sections[0].Offset)})
}

func (u *Update) appendTable(out []byte, numbers []int, offsets map[Ref]int) []byte {
	out = append(out, "xref\n"...)
	for len(numbers) > 0 {
		n := run(numbers)
		out = fmt.Appendf(out, "%d %d\n", numbers[0], n)
		for _, num := range numbers[:n] {
			ref := u.objects[num].ref
			out = fmt.Appendf(out, "%010d %05d n\r\n", offsets[ref], ref.Gen)
		}
		numbers = numbers[n:]
	}
	out = append(out, "trailer\n"...)
	out = Append(out, u.trailer(u.next))
	return append(out, '\n')
}

func (u *Update) appendXrefStream(out []byte, start int, numbers []int, offsets map[Ref]int) []byte {
	self := Ref{Num: u.next}
	u.next++
	numbers = append(numbers, self.Num)
	width := 4
	for start>>(8*width) > 0 {
		width++
	}
	var index Array
	var rows bytes.Buffer
	for rest := numbers; len(rest) > 0; {
		n := run(rest)
		index = append(index, int64(rest[0]), int64(n))
		for _, num := range rest[:n] {
			ref, at := self, start
			if num != self.Num {
				ref = u.objects[num].ref
				at = offsets[ref]
			}
			rows.WriteByte(1)
			for i := width - 1; i >= 0; i-- {
				rows.WriteByte(byte(at >> (8 * i)))
			}
			rows.Write([]byte{byte(ref.Gen >> 8), byte(ref.Gen)})
		}
		rest = rest[n:]
	}
	dict := append(Dict{{"Type", Name("XRef")}, {"W", Array{int64(1), int64(width), int64(2)}}, {"Index", index}}, u.trailer(u.next)...)
	out = fmt.Appendf(out, "%d 0 obj\n", self.Num)
	out = Append(out, &Stream{dict, rows.Bytes()})
	return append(out, "\nendobj\n"...)
}

// run gives how many of the first numbers follow each other.
func run(numbers []int) int {
	n := 1
	for n < len(numbers) && numbers[n] == numbers[0]+n {
		n++
	}
	return n
}
