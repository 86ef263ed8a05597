package xmltree

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// The reasons for which a document is not read; match them with errors.Is.
var (
	// ErrNotXML: the content is not well-formed XML, or is something else.
	ErrNotXML = errors.New("the file is not well-formed XML")
	// ErrDoctype: there is a document type declaration, through which attacks come.
	ErrDoctype = errors.New("the XML holds a document type declaration")
	// ErrEncoding: the characters are in an encoding that is not read.
	ErrEncoding = errors.New("the XML is in an unknown encoding")
	// ErrTooLarge: the size, the depth or the count of parts is beyond the limits.
	ErrTooLarge = errors.New("the XML is beyond the limits")
	// ErrNamespace: a prefix is declared nowhere.
	ErrNamespace = errors.New("the XML uses an undeclared prefix")
	// ErrID: an identifier stands twice, or nowhere.
	ErrID = errors.New("the XML has no single element of that identifier")
	// ErrMethod: a canonical form that is not known.
	ErrMethod = errors.New("unknown canonicalisation")
)

// Limits of what is read.
const (
	MaxSize  = 512 << 20
	maxDepth = 256
	maxNodes = 30_000_000
)

type kind uint8

const (
	element kind = iota
	text
	comment
	instruction
)

// node is a part of the document, in document order. Offsets are in text.
type node struct {
	kind kind
	// parent is -1 for what stands beside the root; past is the node after the subtree.
	parent, past int32
	// open and shut are the ends of the start tag and the beginning of the end tag:
	// equal for an element without content.
	start, open, shut, end int32
}

// Document is a document that was read. It is not changed, and may be used from several goroutines.
type Document struct {
	raw  []byte // the file
	text []byte // the same in UTF-8, without byte order mark
	// skip is the length of the byte order mark; narrow: raw has one byte a character.
	skip   int
	narrow bool
	nodes  []node
	root   int32
}

// charsets are the encodings with one byte a character that French software writes.
var charsets = map[string]*charmap.Charmap{
	"iso-8859-1": charmap.ISO8859_1, "iso_8859-1": charmap.ISO8859_1, "latin1": charmap.ISO8859_1,
	"iso-8859-2": charmap.ISO8859_2, "iso-8859-15": charmap.ISO8859_15, "windows-1252": charmap.Windows1252, "cp1252": charmap.Windows1252,
}

// Charset gives the reader that encoding/xml asks for (xml.Decoder.CharsetReader),
// with the same encodings as Parse. Error: ErrEncoding.
func Charset(name string, in io.Reader) (io.Reader, error) {
	switch name = strings.ToLower(name); name {
	case "", "utf-8", "us-ascii", "ascii":
		return in, nil
	}
	if m := charsets[name]; m != nil {
		return m.NewDecoder().Reader(in), nil
	}
	return nil, fmt.Errorf("%q: %w", name, ErrEncoding)
}

// Parse reads a document whose bytes must not change afterwards.
// Errors: ErrNotXML, ErrDoctype, ErrEncoding, ErrTooLarge.
func Parse(raw []byte) (*Document, error) {
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("%d bytes: %w", len(raw), ErrTooLarge)
	}
	d := &Document{raw: raw, text: raw, root: -1}
	if rest, marked := bytes.CutPrefix(raw, []byte("\xEF\xBB\xBF")); marked {
		d.text, d.skip = rest, 3
	}
	name, err := declared(d.text)
	if err != nil {
		return nil, err
	}
	if m := charsets[name]; m != nil {
		if d.skip > 0 {
			return nil, fmt.Errorf("%s after a UTF-8 mark: %w", name, ErrEncoding)
		}
		if !ascii(raw) {
			if d.text, err = m.NewDecoder().Bytes(raw); err != nil {
				return nil, fmt.Errorf("%s: %w: %w", name, ErrEncoding, err)
			}
			d.narrow = true
		}
	}
	if err := d.read(); err != nil {
		return nil, err
	}
	return d, nil
}

// A declaration as XML 1.0 §2.8 writes it.
var (
	opening     = regexp.MustCompile(`^<\?xml[ \t\r\n?]`)
	declaration = regexp.MustCompile(`^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.0"|'1\.0')` +
		`(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*("[A-Za-z][-A-Za-z0-9._]*"|'[A-Za-z][-A-Za-z0-9._]*'))?` +
		`(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"yes"|"no"|'yes'|'no'))?[ \t\r\n]*\?>`)
)

// declared gives the encoding of the XML declaration, in lower case, "" for UTF-8.
func declared(b []byte) (string, error) {
	if bytes.HasPrefix(b, []byte("\xFE\xFF")) || bytes.HasPrefix(b, []byte("\xFF\xFE")) || bytes.HasPrefix(b, []byte("<\x00")) || bytes.HasPrefix(b, []byte("\x00<")) {
		return "", fmt.Errorf("UTF-16: %w", ErrEncoding)
	}
	if !opening.Match(b) {
		return "", nil
	}
	found := declaration.FindSubmatch(b[:min(len(b), 1024)])
	if found == nil {
		return "", fmt.Errorf("the XML declaration: %w", ErrNotXML)
	}
	name := strings.ToLower(strings.Trim(string(found[1]), `"'`))
	if _, err := Charset(name, nil); err != nil {
		return "", err
	}
	return name, nil
}

// read makes the tree.
func (d *Document) read() error {
	short, gaps := skim(d.text)
	place := places{gaps: gaps}
	dec := xml.NewDecoder(bytes.NewReader(short))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // text is UTF-8 already
	var open []int32
	for {
		start := place.of(dec.InputOffset())
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotXML, err)
		}
		end, parent := place.of(dec.InputOffset()), int32(-1)
		if len(open) > 0 {
			parent = open[len(open)-1]
		}
		n := node{parent: parent, past: int32(len(d.nodes)) + 1, start: start, open: end, shut: end, end: end}
		switch tok := tok.(type) {
		case xml.StartElement:
			if err := d.checkElement(tok, len(open), start); err != nil {
				return err
			}
			if parent < 0 {
				d.root = int32(len(d.nodes))
			}
			open = append(open, int32(len(d.nodes)))
		case xml.EndElement:
			if len(open) == 0 || !d.closes(open[len(open)-1], tok) {
				return fmt.Errorf("the tag that ends at %d closes nothing: %w", end, ErrNotXML)
			}
			e := &d.nodes[parent]
			e.shut, e.end, e.past = start, end, int32(len(d.nodes))
			open = open[:len(open)-1]
			continue
		case xml.CharData:
			if parent < 0 {
				if len(bytes.Trim(tok, " \t\r\n")) > 0 {
					return fmt.Errorf("text outside the root: %w", ErrNotXML)
				}
				continue
			}
			n.kind = text
		case xml.Comment:
			n.kind = comment
		case xml.ProcInst:
			if strings.EqualFold(tok.Target, "xml") {
				if start != 0 {
					return fmt.Errorf("a second XML declaration: %w", ErrNotXML)
				}
				continue
			}
			n.kind = instruction
		case xml.Directive:
			return ErrDoctype
		}
		if len(d.nodes) >= maxNodes {
			return fmt.Errorf("more than %d parts: %w", maxNodes, ErrTooLarge)
		}
		d.nodes = append(d.nodes, n)
	}
	if len(open) > 0 || d.root < 0 {
		return fmt.Errorf("the document does not end: %w", ErrNotXML)
	}
	return nil
}

func (d *Document) checkElement(tok xml.StartElement, depth int, start int32) error {
	switch {
	case depth == 0 && d.root >= 0:
		return fmt.Errorf("a second root at %d: %w", start, ErrNotXML)
	case depth >= maxDepth:
		return fmt.Errorf("deeper than %d: %w", maxDepth, ErrTooLarge)
	case strings.Contains(tok.Name.Local, ":"):
		return fmt.Errorf("a name with two colons at %d: %w", start, ErrNotXML)
	}
	for i, a := range tok.Attr {
		if strings.Contains(a.Name.Local, ":") {
			return fmt.Errorf("a name with two colons at %d: %w", start, ErrNotXML)
		}
		for _, b := range tok.Attr[:i] {
			if a.Name == b.Name {
				return fmt.Errorf("attribute %s twice at %d: %w", a.Name.Local, start, ErrNotXML)
			}
		}
	}
	return nil
}

// closes tells whether an end tag bears the name of an open element.
func (d *Document) closes(i int32, tok xml.EndElement) bool {
	prefix, local := split(d.qualified(i))
	return string(prefix) == tok.Name.Space && string(local) == tok.Name.Local
}

// qualified gives the name of an element as it is written.
func (d *Document) qualified(i int32) []byte {
	tag := d.text[d.nodes[i].start+1 : d.nodes[i].open]
	end := bytes.IndexAny(tag, " \t\r\n/>")
	return tag[:end]
}

func split(name []byte) (prefix, local []byte) {
	if before, after, found := bytes.Cut(name, []byte(":")); found {
		return before, after
	}
	return nil, name
}
