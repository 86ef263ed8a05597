package mailbox

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/mail"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"
)

// Address is somebody's, with the name that its writer gave.
type Address struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
}

// String is the name and the address, never the name alone.
func (a Address) String() string {
	if a.Name == "" {
		return a.Address
	}
	return a.Name + " <" + a.Address + ">"
}

// Attachment is a part that is saved rather than read.
type Attachment struct {
	// Place is its rank among the message's parts, for Part.
	Place      int
	Name, Type string
	Size       int64
}

// Parsed is what a message says.
type Parsed struct {
	Title             string
	From, Reply       Address
	To, Cc            []Address
	Sent              time.Time
	MessageID         string
	References        []string
	Text              string
	Cut               bool // the text is longer than what is shown
	Files             []Attachment
	Damaged, FromHTML bool

	report bool // it is one, or says so
	told   int  // up to here at most its text goes, where an attachment follows it
}

// ErrNoPart: the message has no such part.
var ErrNoPart = errors.New("no such attachment")

// words decodes encoded words (RFC 2047) of any charset; what is unknown stays as it came.
var words = &mime.WordDecoder{CharsetReader: charset.Reader}

// Read reads a message within limits. It always gives something: what cannot be read is left out, and Damaged is set.
func Read(raw []byte) Parsed { return read(raw, true) }

// read is Read; of a message whose beginning alone is here attachments are named and not measured.
func read(raw []byte, whole bool) Parsed {
	from := bytes.NewReader(raw)
	e, err := open(from)
	if e == nil {
		return Parsed{Damaged: true, Text: clean(string(raw[:min(len(raw), MaxText)])), Cut: len(raw) > MaxText}
	}
	p := head(e.Header)
	p.Damaged, p.report = err != nil, isReport(e.Header)
	w := walker{each: func(place int, part *message.Entity, name, kind string) {
		var n int64
		var err error
		if len(p.Files) == 0 {
			p.told = len(raw) - from.Len()
		}
		if whole {
			n, err = io.Copy(io.Discard, part.Body)
		}
		p.Files = append(p.Files, Attachment{Place: place, Name: name, Type: kind, Size: n})
		p.Damaged = p.Damaged || err != nil
	}}
	t := w.walk(e, 0)
	p.Damaged = p.Damaged || w.damaged
	p.Text, p.FromHTML = t.text, t.html
	if len(p.Text) > MaxText {
		p.Text, p.Cut = strings.ToValidUTF8(p.Text[:MaxText], ""), true
	}
	return p
}

// Part gives the content of an attachment. Error: ErrNoPart.
func Part(raw []byte, place int) (content []byte, name string, err error) {
	e, _ := open(bytes.NewReader(raw))
	if e == nil {
		return nil, "", ErrNoPart
	}
	err = ErrNoPart
	w := walker{each: func(at int, part *message.Entity, called, _ string) {
		if at == place {
			name = called
			content, err = io.ReadAll(part.Body)
		}
	}}
	w.walk(e, 0)
	return content, name, err
}

// open reads the head; an unknown charset or encoding is no reason not to.
func open(r io.Reader) (*message.Entity, error) {
	e, err := message.ReadWithOptions(r, &message.ReadOptions{MaxHeaderBytes: MaxHead})
	if err != nil && (message.IsUnknownCharset(err) || message.IsUnknownEncoding(err)) {
		return e, nil
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

func head(h message.Header) (p Parsed) {
	p.Title = line(text(h, "Subject"))
	for field, to := range map[string]*Address{"From": &p.From, "Reply-To": &p.Reply} {
		if all := addresses(h.Get(field)); len(all) > 0 {
			*to = all[0]
		}
	}
	p.To, p.Cc = addresses(h.Get("To")), addresses(h.Get("Cc"))
	p.Sent = date(h.Get("Date"))
	p.MessageID = id(h.Get("Message-Id"))
	for _, f := range strings.Fields(h.Get("References") + " " + h.Get("In-Reply-To")) {
		if r := id(f); r != "" && len(p.References) < maxParts {
			p.References = append(p.References, r)
		}
	}
	return p
}

// date reads a date (RFC 5322 §3.3), as nearly all write it first; zero for none.
func date(s string) time.Time {
	if s == "" { // what follows would look for it in every form
		return time.Time{}
	}
	at, err := time.Parse("Mon, 2 Jan 2006 15:04:05 -0700", s)
	if err != nil {
		at, err = mail.ParseDate(s)
	}
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

func text(h message.Header, field string) string {
	raw := h.Get(field)
	if out, err := words.DecodeHeader(raw); err == nil {
		return out
	}
	return raw
}

func id(s string) string {
	s = strings.Trim(strings.TrimSpace(s), "<>")
	if len(s) > maxLine || strings.ContainsAny(s, " \t\r\n<>") {
		return ""
	}
	return s
}

// maxAddresses is how many recipients are shown.
const maxAddresses = 200

func addresses(raw string) (out []Address) {
	if raw == "" {
		return nil
	}
	parser := mail.AddressParser{WordDecoder: words}
	list, err := parser.ParseList(raw)
	if err != nil {
		decoded, fault := words.DecodeHeader(raw)
		if fault != nil {
			decoded = raw
		}
		return []Address{{Address: line(decoded)}} // shown as it came: it names nobody
	}
	for _, a := range list[:min(len(list), maxAddresses)] {
		out = append(out, Address{Name: line(a.Name), Address: line(a.Address)})
	}
	return out
}

// line makes one short line of what came.
func line(s string) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	if r := []rune(s); len(r) > maxLine {
		return string(r[:maxLine]) + "…"
	}
	return s
}

// clean takes out what is not to be seen: control characters, and those that turn the direction of writing,
// with which «fdp.exe» is shown as «exe.pdf».
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200B, r == 0x200E, r == 0x200F, r == 0xFEFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// walker goes through the parts of a message, a bounded number and depth of them.
type walker struct {
	parts   int
	damaged bool
	each    func(place int, part *message.Entity, name, kind string)
}

// said is the text of a part, and whether it was HTML.
type said struct {
	text string
	html bool
}

func (w *walker) walk(e *message.Entity, depth int) said {
	kind, params, err := e.Header.ContentType()
	if err != nil {
		kind = "text/plain"
	}
	kind = strings.ToLower(kind)
	if parts := e.MultipartReader(); parts != nil {
		if depth >= maxDepth {
			w.damaged = true
			return said{}
		}
		return w.multipart(parts, kind, depth)
	}
	place := w.parts
	w.parts++
	disposition, more, err := e.Header.ContentDisposition()
	name := more["filename"]
	if err != nil || name == "" {
		name = params["name"]
	}
	if disposition != "attachment" && name == "" && (kind == "text/plain" || kind == "text/html") {
		return w.say(e, kind == "text/html")
	}
	w.each(place, e, fileName(name, kind, place), kind)
	return said{}
}

func (w *walker) say(e *message.Entity, html bool) said {
	content, err := io.ReadAll(io.LimitReader(e.Body, 4*MaxText))
	w.damaged = w.damaged || err != nil
	if html {
		return said{FromHTML(content), true}
	}
	return said{strings.TrimSpace(clean(strings.ReplaceAll(string(content), "\r\n", "\n"))), false}
}

func (w *walker) multipart(parts message.MultipartReader, kind string, depth int) (out said) {
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return out
		}
		if p == nil || w.parts >= maxParts || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
			w.damaged = true
			return out
		}
		s := w.walk(p, depth+1)
		switch {
		case s.text == "":
		case out.text == "":
			out = s
		case kind == "multipart/alternative":
			if out.html && !s.html {
				out = s // the plain one is what was written
			}
		case len(out.text) < 4*MaxText:
			out.text += "\n\n" + s.text
			out.html = out.html || s.html
		}
	}
}

// fileName makes a name that is safe on any system of the one that came.
func fileName(name, kind string, place int) string {
	if out, err := words.DecodeHeader(name); err == nil {
		name = out
	}
	name = filepath.Base(strings.ReplaceAll(line(name), `\`, "/"))
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name), ". ")
	if r := []rune(name); len(r) > 120 {
		name = string(r[:100]) + filepath.Ext(name)
	}
	if name == "" {
		name = "piece-" + strconv.Itoa(place+1)
		switch kind {
		case "message/rfc822":
			name += ".eml"
		case "application/pdf":
			name += ".pdf"
		case "text/calendar":
			name += ".ics"
		}
	}
	return name
}
