package xmltree

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Element is an element of a document. The zero Element is none.
type Element struct {
	d *Document
	i int32
}

// Root is the document's element.
func (d *Document) Root() Element { return Element{d, d.root} }

// Raw is the file. It must not be changed.
func (d *Document) Raw() []byte { return d.raw }

// IsZero tells whether there is no element.
func (e Element) IsZero() bool { return e.d == nil }

// Local is the name without prefix.
func (e Element) Local() string {
	if e.IsZero() {
		return ""
	}
	_, local := split(e.d.qualified(e.i))
	return string(local)
}

// Space is the namespace, "" for none, even when the prefix is not declared.
func (e Element) Space() string {
	prefix, _ := split(e.d.qualified(e.i))
	return string(e.d.namespace(e.i, prefix))
}

// Is tells whether an element has a name, "" being no namespace.
func (e Element) Is(space, local string) bool {
	return !e.IsZero() && e.Local() == local && e.Space() == space
}

// namespace gives what a prefix stands for at an element.
func (d *Document) namespace(i int32, prefix []byte) []byte {
	if string(prefix) == "xml" {
		return []byte(xmlNamespace)
	}
	var attrs []attribute
	for ; i >= 0; i = d.nodes[i].parent {
		attrs = d.attributes(i, attrs[:0])
		for _, a := range attrs {
			if p, ok := a.declares(); ok && bytes.Equal(p, prefix) {
				return normal(a.value)
			}
		}
	}
	return nil
}

// Binding gives what a prefix stands for at an element, "" when it is not declared.
func (e Element) Binding(prefix string) string {
	if e.IsZero() {
		return ""
	}
	return string(e.d.namespace(e.i, []byte(prefix)))
}

// Attr gives an attribute without namespace.
func (e Element) Attr(local string) string {
	value, _ := e.Lookup(local)
	return value
}

// Lookup gives an attribute without namespace, and whether it stands there.
func (e Element) Lookup(local string) (string, bool) {
	if e.IsZero() {
		return "", false
	}
	for _, a := range e.d.attributes(e.i, nil) {
		if a.prefix == nil && string(a.local) == local {
			return string(normal(a.value)), true
		}
	}
	return "", false
}

// Parent is the element around, the zero Element for the root.
func (e Element) Parent() Element {
	if p := e.d.nodes[e.i].parent; p >= 0 {
		return Element{e.d, p}
	}
	return Element{}
}

// Children are the elements directly inside.
func (e Element) Children() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		if e.IsZero() {
			return
		}
		nodes := e.d.nodes
		for i := e.i + 1; i < nodes[e.i].past; i = nodes[i].past {
			if nodes[i].kind == element && !yield(Element{e.d, i}) {
				return
			}
		}
	}
}

// All are the element itself and all those inside, in document order.
func (e Element) All() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		if e.IsZero() {
			return
		}
		for i := e.i; i < e.d.nodes[e.i].past; i++ {
			if e.d.nodes[i].kind == element && !yield(Element{e.d, i}) {
				return
			}
		}
	}
}

// Child is the first child of that name, the zero Element when there is none.
func (e Element) Child(space, local string) Element {
	for c := range e.Children() {
		if c.Is(space, local) {
			return c
		}
	}
	return Element{}
}

// Path follows children of one namespace by their names.
func (e Element) Path(space string, locals ...string) Element {
	for _, local := range locals {
		e = e.Child(space, local)
	}
	return e
}

// Text is the characters directly inside.
func (e Element) Text() string {
	if e.IsZero() {
		return ""
	}
	var b strings.Builder
	nodes := e.d.nodes
	for i := e.i + 1; i < nodes[e.i].past; i = nodes[i].past {
		if nodes[i].kind == text {
			b.Write(e.d.content(&nodes[i]))
		}
	}
	return b.String()
}

// Contains tells whether an element is another one or stands inside it.
func (e Element) Contains(other Element) bool {
	return e.d == other.d && other.i >= e.i && other.i < e.d.nodes[e.i].past
}

// idNames are the attributes that hold an identifier, in the absence of a schema.
var idNames = []string{"Id", "ID", "id"}

// ByID gives the one element that bears an identifier. Error: ErrID, when there is
// none, or several: a second one is how signed parts are swapped.
func (d *Document) ByID(id string) (Element, error) {
	found := Element{}
	var attrs []attribute
	for i := range d.nodes {
		n := &d.nodes[i]
		if n.kind != element || !bytes.Contains(d.text[n.start:n.open], []byte(id)) {
			continue
		}
		attrs = d.attributes(int32(i), attrs[:0])
		for _, a := range attrs {
			if (a.prefix == nil || string(a.prefix) == "xml") && slices.Contains(idNames, string(a.local)) && string(normal(a.value)) == id {
				if !found.IsZero() {
					return Element{}, fmt.Errorf("%q stands twice: %w", id, ErrID)
				}
				found = Element{d, int32(i)}
			}
		}
	}
	if found.IsZero() {
		return found, fmt.Errorf("%q: %w", id, ErrID)
	}
	return found, nil
}

// Insert is text to be put into a file, in UTF-8.
type Insert struct {
	at   int32
	cut  int32
	text string
}

// Append puts text before an element's end tag. Error: ErrNotXML for an element
// written without content, which has no end tag.
func (e Element) Append(text string) (Insert, error) {
	n := &e.d.nodes[e.i]
	if n.shut == n.open && n.end == n.open {
		return Insert{}, fmt.Errorf("<%s/> has no end tag: %w", e.Local(), ErrNotXML)
	}
	return Insert{at: n.shut, text: text}, nil
}

// Before puts text before an element.
func (e Element) Before(text string) Insert { return Insert{at: e.d.nodes[e.i].start, text: text} }

// After puts text after an element.
func (e Element) After(text string) Insert { return Insert{at: e.d.nodes[e.i].end, text: text} }

// SetAttr writes an attribute without namespace, in place when it stands already.
// The value must need no escape.
func (e Element) SetAttr(local, value string) Insert {
	for _, a := range e.d.attributes(e.i, nil) {
		if a.prefix == nil && string(a.local) == local {
			start := int32(offset(e.d.text, a.value))
			return Insert{at: start, cut: int32(len(a.value)), text: value}
		}
	}
	name := e.d.qualified(e.i)
	return Insert{at: e.d.nodes[e.i].start + 1 + int32(len(name)), text: " " + local + `="` + value + `"`}
}

// offset gives where part, a slice of whole, begins.
func offset(whole, part []byte) int { return cap(whole) - cap(part) }

// Edit gives the file with the inserts put in, and every other byte as it is. Their
// text must be ASCII, which each encoding read writes alike.
func (d *Document) Edit(inserts ...Insert) []byte {
	inserts = slices.Clone(inserts)
	slices.SortStableFunc(inserts, func(a, b Insert) int { return int(a.at) - int(b.at) })
	out := make([]byte, 0, len(d.raw)+1024*len(inserts))
	done, textAt, rawAt := 0, 0, d.skip
	for _, in := range inserts {
		rawAt += d.rawLength(d.text[textAt:in.at])
		textAt = int(in.at)
		out = append(out, d.raw[done:rawAt]...)
		out = append(out, in.text...)
		cut := d.rawLength(d.text[in.at : in.at+in.cut])
		done = rawAt + cut
	}
	return append(out, d.raw[done:]...)
}

func (d *Document) rawLength(text []byte) int {
	if d.narrow {
		return utf8.RuneCount(text)
	}
	return len(text)
}
