package xmltree

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

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

// Parse reads a document whose bytes must not change afterwards.
// Errors: ErrNotXML, ErrDoctype, ErrEncoding, ErrTooLarge.
func Parse(raw []byte) (*Document, error) {
	d, err := decode(raw)
	if err != nil {
		return nil, err
	}
	parent := int32(-1)
	err = d.walk(func(e event) error {
		n := node{kind: e.kind, parent: parent, past: int32(len(d.nodes)) + 1, start: e.start, open: e.end, shut: e.end, end: e.end}
		switch {
		case e.closes:
			o := &d.nodes[parent]
			o.shut, o.end, o.past = e.start, e.end, int32(len(d.nodes))
			parent = o.parent
			return nil
		case len(d.nodes) >= maxNodes:
			return fmt.Errorf("more than %d parts: %w", maxNodes, ErrTooLarge)
		case e.kind == element:
			if parent < 0 {
				d.root = int32(len(d.nodes))
			}
			parent = int32(len(d.nodes))
		}
		d.nodes = append(d.nodes, n)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Part is what Walk meets: a start tag, an end tag, or characters.
type Part struct {
	// Start and End tell a tag; neither is set for characters. Name has the prefix as its Space.
	Start, End bool
	Name       xml.Name
	Attrs      []xml.Attr
	// Text is the characters as they are written, in UTF-8; a view of the file, not to be changed.
	Text []byte
}

// Attr gives an attribute without prefix.
func (p Part) Attr(local string) string {
	for _, a := range p.Attrs {
		if a.Name.Space == "" && a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// Walk reads a document from its beginning and tells its parts one after the other, with
// the same checks as Parse and without keeping anything. visit may stop it by an error.
func Walk(raw []byte, visit func(Part) error) error {
	d, err := decode(raw)
	if err != nil {
		return err
	}
	return d.walk(func(e event) error {
		switch {
		case e.kind == element:
			return visit(Part{Start: !e.closes, End: e.closes, Name: e.name, Attrs: e.attrs})
		case e.kind == text:
			return visit(Part{Text: d.text[e.start:e.end]})
		}
		return nil
	})
}

// decode finds the encoding and brings the characters to UTF-8.
func decode(raw []byte) (*Document, error) {
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
			d.text, d.narrow = widen(raw, m), true
		}
	}
	return d, nil
}

// widen brings characters of one byte each to UTF-8, long plain runs at once.
func widen(raw []byte, m *charmap.Charmap) []byte {
	out := make([]byte, 0, len(raw)+len(raw)/16)
	for len(raw) > 0 {
		n := 0
		for n+8 <= len(raw) && ascii(raw[n:n+8]) {
			n += 8
		}
		for n < len(raw) && raw[n] < utf8.RuneSelf {
			n++
		}
		out = append(out, raw[:n]...)
		for raw = raw[n:]; len(raw) > 0 && raw[0] >= utf8.RuneSelf; raw = raw[1:] {
			out = utf8.AppendRune(out, m.DecodeByte(raw[0]))
		}
	}
	return out
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
	switch name {
	case "", "utf-8", "us-ascii", "ascii":
		return "", nil
	}
	if charsets[name] == nil {
		return "", fmt.Errorf("%q: %w", name, ErrEncoding)
	}
	return name, nil
}

// event is a part with its place in text.
type event struct {
	kind       kind
	closes     bool // an end tag
	name       xml.Name
	attrs      []xml.Attr
	start, end int32
}

// walk reads the tokens, checks what the parser leaves to its user, and tells each part.
func (d *Document) walk(visit func(event) error) error {
	short, gaps := skim(d.text)
	place := places{gaps: gaps}
	dec := xml.NewDecoder(bytes.NewReader(short))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // text is UTF-8 already
	var open []xml.Name
	rooted := false
	for {
		e := event{start: place.of(dec.InputOffset())}
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotXML, err)
		}
		e.end = place.of(dec.InputOffset())
		switch tok := tok.(type) {
		case xml.StartElement:
			if rooted && len(open) == 0 {
				return fmt.Errorf("a second root at %d: %w", e.start, ErrNotXML)
			}
			if err := checkElement(tok, len(open), e.start); err != nil {
				return err
			}
			e.kind, e.name, e.attrs, rooted = element, tok.Name, tok.Attr, true
			open = append(open, tok.Name)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != tok.Name {
				return fmt.Errorf("the tag that ends at %d closes nothing: %w", e.end, ErrNotXML)
			}
			e.kind, e.closes, e.name = element, true, tok.Name
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 {
				if len(bytes.Trim(tok, blanks)) > 0 {
					return fmt.Errorf("text outside the root: %w", ErrNotXML)
				}
				continue
			}
			e.kind = text
		case xml.Comment:
			e.kind = comment
		case xml.ProcInst:
			if strings.EqualFold(tok.Target, "xml") {
				if e.start != 0 {
					return fmt.Errorf("a second XML declaration: %w", ErrNotXML)
				}
				continue
			}
			e.kind = instruction
		case xml.Directive:
			return ErrDoctype
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	if len(open) > 0 || !rooted {
		return fmt.Errorf("the document does not end: %w", ErrNotXML)
	}
	return nil
}

func checkElement(tok xml.StartElement, depth int, start int32) error {
	switch {
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
