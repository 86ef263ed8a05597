package cms

import (
	"fmt"

	"alpi40.fr/airial/local/signature"
)

const (
	maxDepth = 48
	maxSize  = 16 << 20
)

// toDER gives the first BER element of in with definite, shortest lengths and
// whole strings, and what follows it. An element already so is not copied.
// The order of sets is left as it is.
func toDER(in []byte) (der, rest []byte, err error) {
	if len(in) > maxSize {
		return nil, nil, fmt.Errorf("more than %d bytes: %w", maxSize, signature.ErrTooLarge)
	}
	size, clean, err := measure(in, 0)
	if err != nil {
		return nil, nil, err
	}
	if clean {
		return in[:size], in[size:], nil
	}
	der, rest, err = rewrite(nil, in, 0)
	return der, rest, err
}

func badBER(what string) error { return fmt.Errorf("%s: %w", what, signature.ErrCMS) }

// element is the header of a BER element; size is -1 when it is indefinite.
type element struct {
	tag     []byte
	head    int
	size    int
	minimal bool
}

func (e element) constructed() bool { return e.tag[0]&0x20 != 0 }

// pieces: a string cut in pieces, of a universal class, to be joined.
func (e element) pieces() bool { return e.tag[0] == 0x24 }

func readHeader(in []byte) (element, error) {
	if len(in) < 2 {
		return element{}, badBER("an element is cut short")
	}
	n := 1
	if in[0]&0x1F == 0x1F {
		for {
			if n >= len(in) || n > 4 {
				return element{}, badBER("a long tag")
			}
			n++
			if in[n-1]&0x80 == 0 {
				break
			}
		}
	}
	e := element{tag: in[:n], minimal: true}
	if n >= len(in) {
		return element{}, badBER("an element is cut short")
	}
	first := in[n]
	n++
	switch {
	case first < 0x80:
		e.size = int(first)
	case first == 0x80:
		e.size = -1
		if !e.constructed() {
			return element{}, badBER("a primitive element without length")
		}
	default:
		k := int(first & 0x7F)
		if k > 4 || n+k > len(in) {
			return element{}, badBER("a length")
		}
		for _, c := range in[n : n+k] {
			e.size = e.size<<8 | int(c)
		}
		e.minimal = in[n] != 0 && e.size >= 0x80
		n += k
	}
	e.head = n
	if e.size > len(in)-n {
		return element{}, badBER("an element is cut short")
	}
	return e, nil
}

// measure gives the size of the first element and whether it is clean.
func measure(in []byte, depth int) (size int, clean bool, err error) {
	if depth > maxDepth {
		return 0, false, fmt.Errorf("elements nested deeper than %d: %w", maxDepth, signature.ErrTooLarge)
	}
	e, err := readHeader(in)
	if err != nil {
		return 0, false, err
	}
	if e.size < 0 || !e.minimal || e.pieces() {
		return 0, false, nil
	}
	end := e.head + e.size
	if e.constructed() {
		for at := e.head; at < end; {
			n, clean, err := measure(in[at:end], depth+1)
			if err != nil || !clean {
				return 0, false, err
			}
			at += n
		}
	}
	return end, true, nil
}

// rewrite appends the first element of in to out in DER.
func rewrite(out, in []byte, depth int) (der, rest []byte, err error) {
	if depth > maxDepth {
		return nil, nil, fmt.Errorf("elements nested deeper than %d: %w", maxDepth, signature.ErrTooLarge)
	}
	e, err := readHeader(in)
	if err != nil {
		return nil, nil, err
	}
	if !e.constructed() {
		return appendElement(out, e.tag, in[e.head:e.head+e.size]), in[e.head+e.size:], nil
	}
	body := in[e.head:]
	if e.size >= 0 {
		body, rest = body[:e.size], body[e.size:]
	}
	var inner []byte
	for {
		if e.size >= 0 && len(body) == 0 {
			break
		}
		if e.size < 0 && len(body) >= 2 && body[0] == 0 && body[1] == 0 {
			rest = body[2:]
			break
		}
		if e.pieces() {
			var piece []byte
			if piece, body, err = rewrite(nil, body, depth+1); err != nil {
				return nil, nil, err
			}
			p, err := readHeader(piece)
			if err != nil || p.tag[0] != 0x04 {
				return nil, nil, badBER("a string in pieces")
			}
			inner = append(inner, piece[p.head:]...)
		} else if inner, body, err = rewrite(inner, body, depth+1); err != nil {
			return nil, nil, err
		}
	}
	tag := e.tag
	if e.pieces() {
		tag = []byte{0x04}
	}
	return appendElement(out, tag, inner), rest, nil
}

func appendElement(out, tag, body []byte) []byte {
	out = append(out, tag...)
	switch n := len(body); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		if n < 1<<24 {
			out = append(out[:len(out)-5], 0x83, byte(n>>16), byte(n>>8), byte(n))
		}
	}
	return append(out, body...)
}
