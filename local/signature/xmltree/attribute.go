package xmltree

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// attribute is one of a start tag; value is as written, between its quotes.
type attribute struct {
	prefix, local, value []byte
}

// declares tells whether an attribute is a namespace declaration, and of which prefix.
func (a attribute) declares() (prefix []byte, ok bool) {
	switch {
	case string(a.prefix) == "xmlns":
		return a.local, true
	case a.prefix == nil && string(a.local) == "xmlns":
		return nil, true
	}
	return nil, false
}

const blanks = " \t\r\n"

// attributes appends those of an element's start tag, which the parser found well-formed.
func (d *Document) attributes(i int32, to []attribute) []attribute {
	tag := d.text[d.nodes[i].start+1 : d.nodes[i].open]
	tag = tag[len(d.qualified(i)):]
	for {
		tag = bytes.TrimLeft(tag, blanks)
		equal := bytes.IndexByte(tag, '=')
		if equal < 0 {
			return to
		}
		name := bytes.TrimRight(tag[:equal], blanks)
		tag = bytes.TrimLeft(tag[equal+1:], blanks)
		end := bytes.IndexByte(tag[1:], tag[0]) + 1
		prefix, local := split(name)
		to = append(to, attribute{prefix, local, tag[1:end]})
		tag = tag[end+1:]
	}
}

// normal gives an attribute's value as XML 1.0 §3.3.3 wants it.
func normal(value []byte) []byte {
	if bytes.IndexByte(value, '&') < 0 && bytes.IndexByte(value, '\n') < 0 && bytes.IndexByte(value, '\r') < 0 && bytes.IndexByte(value, '\t') < 0 {
		return value
	}
	out := make([]byte, 0, len(value))
	for i := 0; i < len(value); {
		switch c := value[i]; c {
		case '&':
			var n int
			out, n = reference(out, value[i:])
			i += n
		case '\r':
			out = append(out, ' ')
			i++
			if i < len(value) && value[i] == '\n' {
				i++
			}
		case '\n', '\t':
			out = append(out, ' ')
			i++
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

var predefined = map[string]byte{"lt": '<', "gt": '>', "amp": '&', "apos": '\'', "quot": '"'}

// reference appends what a reference at the head of s stands for, and gives its length.
func reference(out, s []byte) ([]byte, int) {
	end := bytes.IndexByte(s, ';')
	if end < 0 {
		return append(out, s[0]), 1
	}
	name := string(s[1:end])
	if c, known := predefined[name]; known {
		return append(out, c), end + 1
	}
	base, digits := 10, ""
	if len(name) > 1 && name[0] == '#' {
		digits = name[1:]
		if digits[0] == 'x' {
			base, digits = 16, digits[1:]
		}
	}
	r, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return append(out, s[0]), 1
	}
	return utf8.AppendRune(out, rune(r)), end + 1
}

// content gives the characters of a text node.
func (d *Document) content(n *node) []byte {
	raw := d.text[n.start:n.end]
	if inner, found := bytes.CutPrefix(raw, []byte("<![CDATA[")); found {
		return lines(bytes.TrimSuffix(inner, []byte("]]>")))
	}
	if bytes.IndexByte(raw, '&') < 0 {
		return lines(raw)
	}
	raw = lines(raw)
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			return append(out, raw...)
		}
		out = append(out, raw[:i]...)
		var length int
		out, length = reference(out, raw[i:])
		raw = raw[i+length:]
	}
	return out
}

// lines normalises line ends (XML 1.0 §2.11).
func lines(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}
