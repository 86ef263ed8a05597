package scan

import (
	"bytes"
	"fmt"
	"math/bits"
)

// huffman is compression 2 of TIFF: the codes of a fax, each line on bytes of its own, without marks.
const huffman = 2

// The options of T.4 in TIFF (T4Options).
const (
	twoDimensional = 1
	uncompressedOn = 2
)

// Fax gives a page whose fax codes (CCITT T.4) Render cannot show, because their lines have no mark at their ends or follow
// the former line, as a PDF that holds the same bytes: any reader of PDF decodes them (ISO 32000-1, 7.4.6). ok is false for
// any other page.
func Fax(content []byte, page int) (pdf []byte, ok bool) {
	if !isTIFF(content) {
		return nil, false
	}
	all, err := directories(content)
	if err != nil || page < 0 || page >= len(all) {
		return nil, false
	}
	d, err := readDirectory(content, all[page])
	if err != nil || d.compression != huffman && d.compression != groupThree || d.bits != 1 || d.samples != 1 || d.tiled ||
		d.width <= 0 || d.height <= 0 || d.width > MaxPoints/d.height || d.rows <= 0 || d.t4&uncompressedOn != 0 {
		return nil, false
	}
	w := &written{}
	var images, draw bytes.Buffer
	const width = 595.0 // of an A4, in points
	height := width * float64(d.height) / float64(d.width)
	n := 0
	for y := 0; y < d.height; n++ {
		rows := min(d.rows, d.height-y)
		data, err := d.bytesOf(content, n)
		if err != nil {
			return nil, false
		}
		k, align := 0, d.compression == huffman
		if d.compression == groupThree && d.t4&twoDimensional != 0 {
			k = 1
		}
		number := 4 + n
		fmt.Fprintf(&images, "/S%d %d 0 R ", n, number)
		tall := height * float64(rows) / float64(d.height)
		fmt.Fprintf(&draw, "q %.4f 0 0 %.4f 0 %.4f cm /S%d Do Q\n", width, tall, height-height*float64(y)/float64(d.height)-tall, n)
		w.object(number, fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /CCITTFaxDecode /DecodeParms << /K %d /Columns %d /Rows %d /EncodedByteAlign %t /EndOfBlock false >>",
			d.width, rows, k, d.width, rows, align), data)
		y += rows
	}
	w.object(4+n, "", draw.Bytes())
	w.object(1, "/Type /Catalog /Pages 2 0 R", nil)
	w.object(2, "/Type /Pages /Kids [3 0 R] /Count 1", nil)
	w.object(3, fmt.Sprintf("/Type /Page /Parent 2 0 R /MediaBox [0 0 %.4f %.4f] /Contents %d 0 R /Resources << /XObject << %s >> >>", width, height, 4+n, images.String()), nil)
	return w.end(), true
}

// bytesOf gives the coded bytes of a strip, the highest bit first.
func (d directory) bytesOf(content []byte, i int) ([]byte, error) {
	from, to, err := d.place(content, i)
	if err != nil {
		return nil, err
	}
	data := bytes.Clone(content[from:to])
	if d.reversed {
		for k := range data {
			data[k] = bits.Reverse8(data[k])
		}
	}
	return data, nil
}

// written is a PDF being written.
type written struct {
	out    bytes.Buffer
	places map[int]int
}

// object writes a dictionary, and its stream when there is one.
func (w *written) object(n int, dictionary string, stream []byte) {
	if w.places == nil {
		w.places = map[int]int{}
		w.out.WriteString("%PDF-1.7\n")
	}
	w.places[n] = w.out.Len()
	if stream == nil {
		fmt.Fprintf(&w.out, "%d 0 obj\n<< %s >>\nendobj\n", n, dictionary)
		return
	}
	fmt.Fprintf(&w.out, "%d 0 obj\n<< %s /Length %d >>\nstream\n", n, dictionary, len(stream))
	w.out.Write(stream)
	w.out.WriteString("\nendstream\nendobj\n")
}

func (w *written) end() []byte {
	at := w.out.Len()
	fmt.Fprintf(&w.out, "xref\n0 %d\n0000000000 65535 f \n", len(w.places)+1)
	for n := 1; n <= len(w.places); n++ {
		fmt.Fprintf(&w.out, "%010d 00000 n \n", w.places[n])
	}
	fmt.Fprintf(&w.out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(w.places)+1, at)
	return w.out.Bytes()
}
