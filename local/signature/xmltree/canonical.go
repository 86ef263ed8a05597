package xmltree

import (
	"bytes"
	"fmt"
	"io"
	"slices"
)

// Method is a canonical form (Canonical XML 1.0 and 1.1, Exclusive XML Canonicalization 1.0).
type Method struct {
	Exclusive, Comments bool
	// Prefixes are treated inclusively under Exclusive; "#default" is the default namespace.
	Prefixes []string

	version11 bool
}

const xmlNamespace = "http://www.w3.org/XML/1998/namespace"

// Algorithm identifiers.
const (
	Exclusive   = "http://www.w3.org/2001/10/xml-exc-c14n#"
	Inclusive   = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	Inclusive11 = "http://www.w3.org/2006/12/xml-c14n11"
)

// MethodOf gives the form that an algorithm identifier names. Error: ErrMethod.
func MethodOf(algorithm string) (Method, error) {
	base, comments := bytes.CutSuffix([]byte(algorithm), []byte("WithComments"))
	if comments && string(base) != Exclusive {
		if base, comments = bytes.CutSuffix(base, []byte("#")); !comments {
			return Method{}, fmt.Errorf("%q: %w", algorithm, ErrMethod)
		}
	}
	switch string(base) {
	case Exclusive:
		return Method{Exclusive: true, Comments: comments}, nil
	case Inclusive:
		return Method{Comments: comments}, nil
	case Inclusive11:
		return Method{Comments: comments, version11: true}, nil
	}
	return Method{}, fmt.Errorf("%q: %w", algorithm, ErrMethod)
}

// Canonical writes an element in a canonical form, without the subtrees of omit. Errors: ErrNamespace, ErrMethod, those of w.
func (e Element) Canonical(w io.Writer, m Method, omit ...Element) error {
	c := &canon{d: e.d, m: m, out: w, omit: indexes(omit)}
	if err := c.inherit(e.i); err != nil {
		return err
	}
	return c.run(e.i, e.d.nodes[e.i].past)
}

// Canonical writes the whole document in a canonical form, as Element.Canonical.
func (d *Document) Canonical(w io.Writer, m Method, omit ...Element) error {
	c := &canon{d: d, m: m, out: w, omit: indexes(omit)}
	return c.run(0, int32(len(d.nodes)))
}

func indexes(elements []Element) map[int32]bool {
	if len(elements) == 0 {
		return nil
	}
	out := map[int32]bool{}
	for _, e := range elements {
		out[e.i] = true
	}
	return out
}

// binding is a prefix with what it stands for.
type binding struct{ prefix, uri []byte }

// frame is how many bindings are known and written where an element begins.
type frame struct {
	node           int32
	scope, written int
}

type canon struct {
	d    *Document
	m    Method
	out  io.Writer
	omit map[int32]bool

	scope   []binding // in scope, inner last
	written []binding // written by the elements around, inner last
	frames  []frame
	// inherited are the xml:* attributes of the elements around the apex.
	inherited []attribute

	attrs []attribute
	names []binding
	buf   []byte
	err   error
}

// flushed is from how many bytes on the buffer is written out.
const flushed = 32 << 10

// inherit gathers what the elements around the apex give it.
func (c *canon) inherit(apex int32) error {
	var around []int32
	for i := c.d.nodes[apex].parent; i >= 0; i = c.d.nodes[i].parent {
		around = append(around, i)
	}
	slices.Reverse(around)
	for _, i := range around {
		c.attrs = c.d.attributes(i, c.attrs[:0])
		c.declare()
		if c.m.Exclusive {
			continue
		}
		for _, a := range c.attrs {
			if string(a.prefix) != "xml" || c.m.version11 && string(a.local) == "id" {
				continue
			}
			if c.m.version11 && string(a.local) == "base" {
				return fmt.Errorf("xml:base above the apex: %w", ErrMethod)
			}
			c.inherited = slices.DeleteFunc(c.inherited, func(b attribute) bool { return bytes.Equal(a.local, b.local) })
			c.inherited = append(c.inherited, a)
		}
	}
	return nil
}

// declare adds the declarations among attrs to the scope.
func (c *canon) declare() {
	for _, a := range c.attrs {
		if prefix, ok := a.declares(); ok {
			c.scope = append(c.scope, binding{prefix, normal(a.value)})
		}
	}
}

func lookup(all []binding, prefix []byte) ([]byte, bool) {
	for i := len(all) - 1; i >= 0; i-- {
		if bytes.Equal(all[i].prefix, prefix) {
			return all[i].uri, true
		}
	}
	return nil, false
}

func (c *canon) run(from, to int32) error {
	apex := from
	for i := from; i < to; {
		for len(c.frames) > 0 && i >= c.d.nodes[c.top()].past {
			c.close()
		}
		if c.omit[i] {
			i = c.d.nodes[i].past
			continue
		}
		n := &c.d.nodes[i]
		switch n.kind {
		case element:
			c.open(i, i == apex)
		case text:
			c.text(n)
		case comment:
			if c.m.Comments {
				c.beside(n, i)
			}
		case instruction:
			c.beside(n, i)
		}
		if c.err != nil {
			return c.err
		}
		if len(c.buf) >= flushed {
			c.flush()
		}
		i++
	}
	for len(c.frames) > 0 {
		c.close()
	}
	c.flush()
	return c.err
}

func (c *canon) top() int32 { return c.frames[len(c.frames)-1].node }

func (c *canon) flush() {
	if len(c.buf) > 0 && c.err == nil {
		_, c.err = c.out.Write(c.buf)
	}
	c.buf = c.buf[:0]
}

func (c *canon) open(i int32, apex bool) {
	c.frames = append(c.frames, frame{i, len(c.scope), len(c.written)})
	c.attrs = c.d.attributes(i, c.attrs[:0])
	c.declare()
	if apex {
		for _, a := range c.inherited {
			if !slices.ContainsFunc(c.attrs, func(b attribute) bool { return string(b.prefix) == "xml" && bytes.Equal(a.local, b.local) }) {
				c.attrs = append(c.attrs, a)
			}
		}
	}
	name := c.d.qualified(i)
	c.buf = append(append(c.buf, '<'), name...)
	prefix, _ := split(name)
	c.namespaces(prefix, apex)
	c.attributes()
	c.buf = append(c.buf, '>')
}

// namespaces writes the declarations that this element must bear.
func (c *canon) namespaces(prefix []byte, apex bool) {
	c.names = c.names[:0]
	if c.m.Exclusive {
		c.use(prefix, true)
		for _, a := range c.attrs {
			if _, ok := a.declares(); !ok && a.prefix != nil {
				c.use(a.prefix, true)
			}
		}
		for _, p := range c.m.Prefixes {
			if p == "#default" {
				p = ""
			}
			c.use([]byte(p), false)
		}
	} else if apex {
		for _, b := range c.scope {
			c.use(b.prefix, false)
		}
	} else {
		for _, b := range c.scope[c.frames[len(c.frames)-1].scope:] {
			c.use(b.prefix, false)
		}
	}
	if len(c.names) == 0 {
		return
	}
	slices.SortFunc(c.names, func(a, b binding) int { return bytes.Compare(a.prefix, b.prefix) })
	for _, b := range c.names {
		if len(b.prefix) == 0 {
			c.buf = append(c.buf, ` xmlns="`...)
		} else {
			c.buf = append(append(append(c.buf, ` xmlns:`...), b.prefix...), `="`...)
		}
		c.escapeValue(b.uri)
		c.buf = append(c.buf, '"')
		c.written = append(c.written, b)
	}
}

// use adds a prefix to those to be written, unless an element around has written the same.
func (c *canon) use(prefix []byte, needed bool) {
	if string(prefix) == "xml" {
		return
	}
	uri, known := lookup(c.scope, prefix)
	if !known && len(prefix) > 0 {
		if needed && c.err == nil {
			c.err = fmt.Errorf("%q: %w", prefix, ErrNamespace)
		}
		return
	}
	if before, ok := lookup(c.written, prefix); ok && bytes.Equal(before, uri) || !ok && len(prefix) == 0 && len(uri) == 0 {
		return
	}
	if _, ok := lookup(c.names, prefix); !ok {
		c.names = append(c.names, binding{prefix, uri})
	}
}

// attributes writes those that declare nothing, by namespace then name.
func (c *canon) attributes() {
	attrs := slices.DeleteFunc(c.attrs, func(a attribute) bool { _, ok := a.declares(); return ok })
	if len(attrs) > 1 {
		slices.SortFunc(attrs, func(a, b attribute) int {
			if order := bytes.Compare(c.spaceOf(a), c.spaceOf(b)); order != 0 {
				return order
			}
			return bytes.Compare(a.local, b.local)
		})
	}
	for _, a := range attrs {
		c.buf = append(c.buf, ' ')
		if a.prefix != nil {
			c.buf = append(append(c.buf, a.prefix...), ':')
		}
		c.buf = append(append(c.buf, a.local...), `="`...)
		c.escapeValue(normal(a.value))
		c.buf = append(c.buf, '"')
	}
}

func (c *canon) spaceOf(a attribute) []byte {
	switch {
	case a.prefix == nil:
		return nil
	case string(a.prefix) == "xml":
		return []byte(xmlNamespace)
	}
	uri, _ := lookup(c.scope, a.prefix)
	return uri
}

func (c *canon) close() {
	f := c.frames[len(c.frames)-1]
	c.buf = append(append(append(c.buf, "</"...), c.d.qualified(f.node)...), '>')
	c.frames, c.scope, c.written = c.frames[:len(c.frames)-1], c.scope[:f.scope], c.written[:f.written]
}

func (c *canon) text(n *node) {
	content := c.d.content(n)
	if len(content) >= flushed && bytes.IndexByte(content, '>') < 0 && bytes.IndexByte(content, '&') < 0 && bytes.IndexByte(content, '<') < 0 && bytes.IndexByte(content, '\r') < 0 {
		c.flush()
		if c.err == nil {
			_, c.err = c.out.Write(content)
		}
		return
	}
	for _, b := range content {
		switch b {
		case '&':
			c.buf = append(c.buf, "&amp;"...)
		case '<':
			c.buf = append(c.buf, "&lt;"...)
		case '>':
			c.buf = append(c.buf, "&gt;"...)
		case '\r':
			c.buf = append(c.buf, "&#xD;"...)
		default:
			c.buf = append(c.buf, b)
		}
	}
}

func (c *canon) escapeValue(value []byte) {
	for _, b := range value {
		switch b {
		case '&':
			c.buf = append(c.buf, "&amp;"...)
		case '<':
			c.buf = append(c.buf, "&lt;"...)
		case '"':
			c.buf = append(c.buf, "&quot;"...)
		case '\t':
			c.buf = append(c.buf, "&#x9;"...)
		case '\n':
			c.buf = append(c.buf, "&#xA;"...)
		case '\r':
			c.buf = append(c.buf, "&#xD;"...)
		default:
			c.buf = append(c.buf, b)
		}
	}
}

// beside writes a comment or a processing instruction, on a line of its own when it
// stands beside the root.
func (c *canon) beside(n *node, i int32) {
	outside := n.parent < 0
	if outside && i > c.d.root {
		c.buf = append(c.buf, '\n')
	}
	raw := lines(c.d.text[n.start:n.end])
	if n.kind == instruction {
		raw = tidyInstruction(raw)
	}
	c.buf = append(c.buf, raw...)
	if outside && i < c.d.root {
		c.buf = append(c.buf, '\n')
	}
}

// tidyInstruction leaves one space between a target and its data.
func tidyInstruction(raw []byte) []byte {
	inner := raw[len("<?") : len(raw)-len("?>")]
	i := bytes.IndexAny(inner, blanks)
	if i < 0 {
		return raw
	}
	data := bytes.TrimLeft(inner[i:], blanks)
	out := append([]byte("<?"), inner[:i]...)
	if len(data) > 0 {
		out = append(append(out, ' '), data...)
	}
	return append(out, "?>"...)
}
