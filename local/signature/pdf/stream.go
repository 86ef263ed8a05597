package pdf

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"alpi40.fr/airial/local/signature"
)

// Decode undoes the filters of a stream: FlateDecode with its predictors,
// ASCIIHexDecode and ASCII85Decode. The result is bounded.
func (d *Document) Decode(s *Stream) ([]byte, error) { return d.decode(s, false) }

// decode: direct allows no reference among the parameters.
func (d *Document) decode(s *Stream, direct bool) ([]byte, error) {
	resolve := func(o Object) Object {
		if !direct {
			o, _ = d.Resolve(o)
		}
		return o
	}
	filters := list(resolve(s.Dict.Get("Filter")))
	params := list(resolve(s.Dict.Get("DecodeParms")))
	if len(filters) > 8 {
		return nil, fmt.Errorf("more than 8 filters: %w", signature.ErrTooLarge)
	}
	data := s.Raw
	for i, f := range filters {
		var parms Dict
		if i < len(params) {
			parms, _ = resolve(params[i]).(Dict)
		}
		var err error
		switch name, _ := resolve(f).(Name); name {
		case "FlateDecode", "Fl":
			if data, err = d.inflate(data); err == nil {
				data, err = unpredict(data, parms)
			}
		case "ASCIIHexDecode", "AHx":
			data, err = unhex(data)
		case "ASCII85Decode", "A85":
			data, err = un85(data)
		default:
			err = fmt.Errorf("filter %q: %w", name, signature.ErrBroken)
		}
		if err != nil {
			return nil, fmt.Errorf("decoding a stream: %w", err)
		}
	}
	return data, nil
}

func list(o Object) Array {
	switch v := o.(type) {
	case nil:
		return nil
	case Array:
		return v
	}
	return Array{o}
}

func (d *Document) inflate(data []byte) ([]byte, error) {
	in := bytes.NewReader(data)
	var err error
	if d.inflater == nil {
		d.inflater, err = zlib.NewReader(in)
	} else {
		err = d.inflater.(zlib.Resetter).Reset(in, nil)
	}
	if err != nil {
		d.inflater = nil
		return nil, fmt.Errorf("%w: %w", signature.ErrBroken, err)
	}
	limit := min(maxStream, maxTotal-d.inflated)
	var out bytes.Buffer
	out.Grow(min(len(data)*3+512, 1<<20))
	n, err := io.Copy(&out, io.LimitReader(d.inflater, int64(limit)+1))
	d.inflated += int(n)
	if n > int64(limit) {
		return nil, fmt.Errorf("a stream inflates beyond %d bytes: %w", limit, signature.ErrTooLarge)
	}
	// A missing checksum does not harm; damaged data does.
	if err != nil && !errors.Is(err, zlib.ErrChecksum) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%w: %w", signature.ErrBroken, err)
	}
	return out.Bytes(), nil
}

// Deflate compresses data as FlateDecode undoes it.
func Deflate(data []byte) []byte {
	var out bytes.Buffer
	w, _ := zlib.NewWriterLevel(&out, flate.BestCompression) // the level is valid
	_, _ = w.Write(data)                                     // a Buffer takes all
	_ = w.Close()
	return out.Bytes()
}

func unhex(data []byte) ([]byte, error) {
	if n := bytes.IndexByte(data, '>'); n >= 0 {
		data = data[:n]
	}
	data = slices.DeleteFunc(bytes.Clone(data), isSpace)
	if len(data)%2 == 1 {
		data = append(data, '0')
	}
	out, err := hex.AppendDecode(nil, data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", signature.ErrBroken, err)
	}
	return out, nil
}

func un85(data []byte) ([]byte, error) {
	if n := bytes.Index(data, []byte("~>")); n >= 0 {
		data = data[:n]
	}
	out, err := io.ReadAll(io.LimitReader(ascii85.NewDecoder(bytes.NewReader(data)), maxStream))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", signature.ErrBroken, err)
	}
	return out, nil
}

// unpredict undoes the PNG predictors (ISO 32000-1 §7.4.4.4).
func unpredict(data []byte, parms Dict) ([]byte, error) {
	predictor, _ := parms.Get("Predictor").(int64)
	if predictor <= 1 {
		return data, nil
	}
	number := func(key Name, otherwise int64) int64 {
		if n, ok := parms.Get(key).(int64); ok {
			return n
		}
		return otherwise
	}
	colors, bits, columns := number("Colors", 1), number("BitsPerComponent", 8), number("Columns", 1)
	if predictor < 10 || colors < 1 || colors > 32 || bits < 1 || bits > 16 || columns < 1 || columns > 1<<20 {
		return nil, fmt.Errorf("predictor %d: %w", predictor, signature.ErrBroken)
	}
	step := int((colors*bits + 7) / 8)
	width := int((colors*bits*columns + 7) / 8)
	out := make([]byte, 0, len(data))
	prev := make([]byte, width)
	for len(data) > 0 {
		kind := data[0]
		row := bytes.Clone(data[1:min(1+width, len(data))])
		data = data[1+len(row):]
		if err := unfilter(kind, row, prev, step); err != nil {
			return nil, err
		}
		out = append(out, row...)
		copy(prev, row)
	}
	return out, nil
}

// unfilter undoes one row's PNG filter in place.
func unfilter(kind byte, row, prev []byte, step int) error {
	for i := range row {
		var left, corner byte
		if i >= step {
			left, corner = row[i-step], prev[i-step]
		}
		switch up := prev[i]; kind {
		case 0:
		case 1:
			row[i] += left
		case 2:
			row[i] += up
		case 3:
			row[i] += byte((int(left) + int(up)) / 2)
		case 4:
			row[i] += paeth(left, up, corner)
		default:
			return fmt.Errorf("row filter %d: %w", kind, signature.ErrBroken)
		}
	}
	return nil
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	da, db, dc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	if da <= db && da <= dc {
		return a
	}
	if db <= dc {
		return b
	}
	return c
}

func abs(n int) int { return max(n, -n) }

// holder is an opened object stream (ISO 32000-1 §7.5.7).
type holder struct {
	data    []byte
	numbers []int
	offsets []int
}

func (d *Document) fromObjectStream(num, stream, index int) (Object, error) {
	h, err := d.holder(stream)
	if err != nil {
		return nil, fmt.Errorf("opening object stream %d: %w", stream, err)
	}
	if index >= len(h.numbers) || h.numbers[index] != num {
		index = slices.Index(h.numbers, num)
	}
	if index < 0 {
		return nil, fmt.Errorf("object stream %d does not hold it: %w", stream, signature.ErrBroken)
	}
	p := &parser{buf: h.data, pos: h.offsets[index]}
	return p.object(0)
}

func (d *Document) holder(num int) (*holder, error) {
	if h, ok := d.holders[num]; ok {
		return h, nil
	}
	at, ok := d.places[num]
	if !ok || at.kind != plain {
		return nil, fmt.Errorf("it is missing: %w", signature.ErrBroken)
	}
	o, err := d.Get(Ref{num, int(at.gen)})
	if err != nil {
		return nil, err
	}
	s, ok := o.(*Stream)
	if !ok || s.Dict.Get("Type") != Name("ObjStm") {
		return nil, fmt.Errorf("it is no object stream: %w", signature.ErrBroken)
	}
	data, err := d.decode(s, false)
	if err != nil {
		return nil, err
	}
	h, err := d.readHolder(s.Dict, data)
	if err == nil {
		d.holders[num] = h
	}
	return h, err
}

func (d *Document) readHolder(dict Dict, data []byte) (*holder, error) {
	first, err := d.Resolve(dict.Get("First"))
	if err != nil {
		return nil, err
	}
	count, err := d.Resolve(dict.Get("N"))
	if err != nil {
		return nil, err
	}
	start, ok1 := first.(int64)
	n, ok2 := count.(int64)
	if !ok1 || !ok2 || start < 0 || start > int64(len(data)) || n < 0 || n > int64(len(data)) {
		return nil, fmt.Errorf("its header: %w", signature.ErrBroken)
	}
	h := &holder{data: data}
	p := &parser{buf: data[:start]}
	for range n {
		num, ok1 := p.natural()
		off, ok2 := p.natural()
		if !ok1 || !ok2 || num > maxNumber || off > int64(len(data))-start {
			return nil, fmt.Errorf("its header: %w", signature.ErrBroken)
		}
		h.numbers = append(h.numbers, int(num))
		h.offsets = append(h.offsets, int(start+off))
	}
	return h, nil
}
