package flow

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Plate is a page of another document, drawn as it is. Its size is in PDF points.
type Plate struct {
	W, H   float64
	form   int
	source *plates
}

// plates are those of one document: what they share is written once.
type plates struct{ objects map[int]object }

// ErrPlate is returned for a PDF that is not made of plain forms.
var ErrPlate = errors.New("not a PDF of plain forms")

// MaxPlateObjects bounds what a document of plates is made of.
const MaxPlateObjects = 200_000

var (
	plateObject  = regexp.MustCompile(`^(\d+) 0 obj\s`)
	plateStream  = regexp.MustCompile(`>>\s*stream\r?\n`)
	plateLength  = regexp.MustCompile(`/Length (\d+)(?: 0 R)?`)
	plateMedia   = regexp.MustCompile(`/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]`)
	plateForm    = regexp.MustCompile(`/XObject\s*<<\s*/[^\s/<>\[\]()]+ (\d+) 0 R\s*>>`)
	plateKids    = regexp.MustCompile(`/Kids\s*\[([^\]]*)\]`)
	plateRoot    = regexp.MustCompile(`/Root (\d+) 0 R`)
	platePages   = regexp.MustCompile(`/Pages (\d+) 0 R`)
	plateEntries = regexp.MustCompile(`^\d{10} \d{5} [nf]`)
)

// ReadPlates reads the pages of a PDF in which each is one form, as PDFium writes it. Error: ErrPlate.
func ReadPlates(raw []byte) ([]*Plate, error) {
	objects, root, err := plateObjects(raw)
	if err != nil {
		return nil, err
	}
	tree := number0(platePages, objects[root].dict)
	m := plateKids.FindStringSubmatch(objects[tree].dict)
	if m == nil {
		return nil, fmt.Errorf("%w: no page tree", ErrPlate)
	}
	shared := &plates{objects: objects}
	var out []*Plate
	for _, ref := range reference.FindAllStringSubmatch(m[1], -1) {
		n, err := strconv.Atoi(ref[1])
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrPlate, err)
		}
		page := objects[n].dict
		media := plateMedia.FindStringSubmatch(page)
		form := number0(plateForm, page)
		if media == nil || objects[form].stream == nil {
			return nil, fmt.Errorf("%w: page %d", ErrPlate, len(out)+1)
		}
		p := &Plate{form: form, source: shared}
		p.W, _ = strconv.ParseFloat(media[1], 64) // digits and points
		p.H, _ = strconv.ParseFloat(media[2], 64)
		if !(p.W > 0 && p.H > 0) {
			return nil, fmt.Errorf("%w: page %d has no size", ErrPlate, len(out)+1)
		}
		out = append(out, p)
	}
	return out, nil
}

func number0(find *regexp.Regexp, text string) int {
	if m := find.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n
		}
	}
	return 0
}

// plateObjects reads the objects through the cross-reference table, and gives the number of the catalog.
func plateObjects(raw []byte) (map[int]object, int, error) {
	end := bytes.LastIndex(raw, []byte("startxref"))
	if end < 0 {
		return nil, 0, fmt.Errorf("%w: no startxref", ErrPlate)
	}
	fields := bytes.Fields(raw[end:])
	if len(fields) < 2 {
		return nil, 0, fmt.Errorf("%w: no startxref", ErrPlate)
	}
	at, err := strconv.Atoi(string(fields[1]))
	if err != nil || at <= 0 || at >= end || !bytes.HasPrefix(raw[at:], []byte("xref")) {
		return nil, 0, fmt.Errorf("%w: bad startxref", ErrPlate)
	}
	var offsets []int
	for line := range bytes.Lines(raw[at:end]) {
		if !plateEntries.Match(line) || line[17] != 'n' {
			continue
		}
		offset, err := strconv.Atoi(string(line[:10]))
		if err != nil || offset <= 0 || offset >= at || len(offsets) >= MaxPlateObjects {
			return nil, 0, fmt.Errorf("%w: bad cross-reference", ErrPlate)
		}
		offsets = append(offsets, offset)
	}
	slices.Sort(offsets)
	objects := make(map[int]object, len(offsets))
	for i, offset := range offsets {
		limit := at
		if i+1 < len(offsets) {
			limit = offsets[i+1]
		}
		n, o, err := plateRead(raw[offset:limit])
		if err != nil {
			return nil, 0, err
		}
		objects[n] = o
	}
	return objects, number0(plateRoot, string(raw[at:end])), nil
}

func plateRead(b []byte) (int, object, error) {
	m := plateObject.FindSubmatch(b)
	if m == nil {
		return 0, object{}, fmt.Errorf("%w: object at %.20q", ErrPlate, b)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return 0, object{}, fmt.Errorf("%w: %v", ErrPlate, err)
	}
	body := b[len(m[0]):]
	if at := plateStream.FindIndex(body); at != nil {
		dict := string(body[:at[0]])
		size := plateLength.FindStringSubmatch(dict)
		if size == nil || strings.HasSuffix(size[0], "R") {
			return 0, object{}, fmt.Errorf("%w: stream %d without length", ErrPlate, n)
		}
		length, err := strconv.Atoi(size[1])
		if err != nil || length < 0 || at[1]+length > len(body) {
			return 0, object{}, fmt.Errorf("%w: stream %d is cut", ErrPlate, n)
		}
		dict = strings.TrimPrefix(strings.TrimSpace(plateLength.ReplaceAllString(dict, "")), "<<")
		// It is read where it stands: a register of a thousand annexes holds them once. An empty stream is a stream still.
		return n, object{dict: dict, stream: body[at[1] : at[1]+length : at[1]+length]}, nil
	}
	dict, ended := bytes.CutSuffix(bytes.TrimRight(body, "\r\n \t"), []byte("endobj"))
	if !ended {
		return 0, object{}, fmt.Errorf("%w: object %d does not end", ErrPlate, n)
	}
	return n, object{dict: strings.TrimSpace(string(dict))}, nil
}

// Reproduce is a plate fitted to a rectangle whose upper left corner stands at x, y, in its middle; one that is wider than
// tall is turned to fill a rectangle that is taller than wide.
func Reproduce(p *Plate, x, y, w, h float64) Item {
	turned := p.W > p.H && h > w
	pw, ph := p.W*pt, p.H*pt
	if turned {
		pw, ph = ph, pw
	}
	scale := min(w/pw, h/ph, 1)
	return Item{kind: pictureItem, X: x + (w-pw*scale)/2, Y: y + (h-ph*scale)/2, W: pw * scale, H: ph * scale, plate: p, turned: turned, elem: artifact}
}
