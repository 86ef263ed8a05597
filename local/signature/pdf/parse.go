package pdf

import (
	"bytes"
	"fmt"
	"strconv"

	"alpi40.fr/airial/local/signature"
)

// Limits on what a file may ask for.
const (
	maxDepth  = 96       // nesting of arrays and dictionaries
	maxNumber = 8388607  // object numbers, ISO 32000-1 annex C
	maxItems  = 1 << 22  // objects inside one indirect object
	maxStream = 64 << 20 // decoded size of a structural stream
	maxTotal  = 192 << 20
)

type parser struct {
	buf   []byte
	pos   int
	items int
}

func (p *parser) fail(what string) error {
	return fmt.Errorf("%s at byte %d: %w", what, p.pos, signature.ErrBroken)
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelim(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func isRegular(c byte) bool { return !isSpace(c) && !isDelim(c) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// skip passes white space and comments.
func (p *parser) skip() {
	for p.pos < len(p.buf) {
		c := p.buf[p.pos]
		if c == '%' {
			for p.pos < len(p.buf) && p.buf[p.pos] != '\n' && p.buf[p.pos] != '\r' {
				p.pos++
			}
		} else if isSpace(c) {
			p.pos++
		} else {
			return
		}
	}
}

// word passes a keyword when it is the next token.
func (p *parser) word(w string) bool {
	p.skip()
	end := p.pos + len(w)
	if end > len(p.buf) || string(p.buf[p.pos:end]) != w {
		return false
	}
	if end < len(p.buf) && isRegular(p.buf[end]) {
		return false
	}
	p.pos = end
	return true
}

// natural reads a non-negative integer of at most 19 digits.
func (p *parser) natural() (int64, bool) {
	p.skip()
	start := p.pos
	var n int64
	for p.pos < len(p.buf) && isDigit(p.buf[p.pos]) {
		if p.pos-start >= 18 {
			p.pos = start
			return 0, false
		}
		n = n*10 + int64(p.buf[p.pos]-'0')
		p.pos++
	}
	if p.pos == start {
		return 0, false
	}
	return n, true
}

// object reads one direct object or reference.
func (p *parser) object(depth int) (Object, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("objects nested deeper than %d: %w", maxDepth, signature.ErrTooLarge)
	}
	if p.items++; p.items > maxItems {
		return nil, fmt.Errorf("more than %d items in one object: %w", maxItems, signature.ErrTooLarge)
	}
	p.skip()
	if p.pos >= len(p.buf) {
		return nil, p.fail("an object is missing")
	}
	switch c := p.buf[p.pos]; {
	case c == '/':
		return p.name(), nil
	case c == '(':
		return p.literal()
	case c == '[':
		return p.array(depth)
	case c == '<':
		if p.pos+1 < len(p.buf) && p.buf[p.pos+1] == '<' {
			return p.dict(depth, nil)
		}
		return p.hex()
	case isDigit(c) || c == '+' || c == '-' || c == '.':
		return p.number()
	case p.word("null"):
		return nil, nil
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	}
	return nil, p.fail("not an object")
}

// number reads a number, or a reference when two integers and R follow.
func (p *parser) number() (Object, error) {
	start := p.pos
	integer := true
	for p.pos < len(p.buf) && isRegular(p.buf[p.pos]) {
		c := p.buf[p.pos]
		if !isDigit(c) && (p.pos != start || c != '-' && c != '+') {
			integer = false
			if c != '.' && c != '-' && c != '+' {
				return nil, p.fail("not a number")
			}
		}
		p.pos++
	}
	text := p.buf[start:p.pos]
	if !integer {
		return Real(text), nil
	}
	if len(text) > 18 {
		return Real(text), nil
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return nil, p.fail("not a number")
	}
	if isDigit(text[0]) && n <= maxNumber {
		if ref, ok := p.reference(int(n)); ok {
			return ref, nil
		}
	}
	return n, nil
}

func (p *parser) reference(num int) (Ref, bool) {
	// Most integers are not references: look before parsing.
	if p.pos >= len(p.buf) || !isSpace(p.buf[p.pos]) {
		return Ref{}, false
	}
	mark := p.pos
	if gen, ok := p.natural(); ok && gen <= 65535 && p.word("R") {
		return Ref{num, int(gen)}, true
	}
	p.pos = mark
	return Ref{}, false
}

func (p *parser) name() Name {
	p.pos++
	start := p.pos
	escaped := false
	for p.pos < len(p.buf) && isRegular(p.buf[p.pos]) {
		escaped = escaped || p.buf[p.pos] == '#'
		p.pos++
	}
	raw := p.buf[start:p.pos]
	if !escaped {
		return Name(raw)
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			hi, ok1 := nibble(raw[i+1])
			lo, ok2 := nibble(raw[i+2])
			if ok1 && ok2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		out = append(out, raw[i])
	}
	return Name(out)
}

func nibble(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func (p *parser) hex() (Object, error) {
	end := bytes.IndexByte(p.buf[p.pos:], '>')
	if end < 0 {
		return nil, p.fail("a hexadecimal string does not end")
	}
	body := p.buf[p.pos+1 : p.pos+end]
	out := make(String, 0, (len(body)+1)/2)
	var hi byte
	odd := false
	for _, c := range body {
		v, ok := nibble(c)
		if !ok {
			if isSpace(c) {
				continue
			}
			return nil, p.fail("a hexadecimal string has a foreign character")
		}
		if odd {
			out = append(out, hi<<4|v)
		} else {
			hi = v
		}
		odd = !odd
	}
	if odd {
		out = append(out, hi<<4)
	}
	p.pos += end + 1
	return out, nil
}

func (p *parser) literal() (Object, error) {
	out := String{}
	level := 0
	for i := p.pos; i < len(p.buf); i++ {
		c := p.buf[i]
		switch c {
		case '(':
			if level++; level == 1 {
				continue
			}
		case ')':
			if level--; level == 0 {
				p.pos = i + 1
				return out, nil
			}
		case '\\':
			var n int
			out, n = unescape(out, p.buf[i+1:])
			i += n
			continue
		case '\r':
			if i+1 < len(p.buf) && p.buf[i+1] == '\n' {
				i++
			}
			c = '\n'
		}
		out = append(out, c)
	}
	return nil, p.fail("a string does not end")
}

// unescape appends what a backslash before rest means, and gives how many
// bytes of rest it took (ISO 32000-1 table 3).
func unescape(out String, rest []byte) (String, int) {
	if len(rest) == 0 {
		return out, 0
	}
	switch c := rest[0]; c {
	case 'n':
		return append(out, '\n'), 1
	case 'r':
		return append(out, '\r'), 1
	case 't':
		return append(out, '\t'), 1
	case 'b':
		return append(out, '\b'), 1
	case 'f':
		return append(out, '\f'), 1
	case '\n':
		return out, 1
	case '\r':
		if len(rest) > 1 && rest[1] == '\n' {
			return out, 2
		}
		return out, 1
	default:
		n, v := 0, 0
		for n < 3 && n < len(rest) && rest[n] >= '0' && rest[n] <= '7' {
			v = v*8 + int(rest[n]-'0')
			n++
		}
		if n > 0 {
			return append(out, byte(v)), n
		}
		return append(out, c), 1
	}
}

func (p *parser) array(depth int) (Object, error) {
	p.pos++
	out := Array{}
	for {
		p.skip()
		if p.pos < len(p.buf) && p.buf[p.pos] == ']' {
			p.pos++
			return out, nil
		}
		o, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
}

// Span is the place of a value in the file: bytes Start to End excluded.
type Span struct{ Start, End int }

// dict reads a dictionary; spans, when not nil, receives the place of each value.
func (p *parser) dict(depth int, spans map[Name][]Span) (Object, error) {
	p.pos += 2
	out := Dict{}
	for {
		p.skip()
		if p.pos+1 < len(p.buf) && p.buf[p.pos] == '>' && p.buf[p.pos+1] == '>' {
			p.pos += 2
			return out, nil
		}
		if p.pos >= len(p.buf) || p.buf[p.pos] != '/' {
			return nil, p.fail("a dictionary's key is missing")
		}
		key := p.name()
		p.skip()
		start := p.pos
		value, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		if spans != nil {
			spans[key] = append(spans[key], Span{start, p.pos})
		}
		out = append(out, Entry{key, value})
	}
}

// header reads "num gen obj".
func (p *parser) header() (Ref, bool) {
	num, ok := p.natural()
	if !ok || num > maxNumber {
		return Ref{}, false
	}
	gen, ok := p.natural()
	if !ok || gen > 65535 || !p.keyword("obj") {
		return Ref{}, false
	}
	return Ref{int(num), int(gen)}, true
}

// keyword passes w even when a regular character follows ("obj1").
func (p *parser) keyword(w string) bool {
	p.skip()
	if !bytes.HasPrefix(p.buf[p.pos:], []byte(w)) {
		return false
	}
	p.pos += len(w)
	return true
}
