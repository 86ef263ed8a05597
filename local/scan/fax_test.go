package scan_test

import (
	"crypto/rand"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/scan"
)

// faxed makes a TIFF of 64 points by 64, in strips of 32 lines of which the middle half of the page is black, in the codes of T.4:
// a line is 64 points of one colour. align puts each line on bytes of its own; mark is what stands before each line.
func faxed(compression, t4 uint16, mark string, align, reversed bool) []byte {
	const white, black = "11011" + "00110101", "00110101" + "0000001111" + "0000110111"
	strip := func(from int) []byte {
		var text strings.Builder
		for y := from; y < from+32; y++ {
			line := white
			if y >= 16 && y < 48 {
				line = black
			}
			text.WriteString(mark + line)
			for align && text.Len()%8 != 0 {
				text.WriteByte('0')
			}
		}
		out := make([]byte, (text.Len()+7)/8)
		for i, c := range text.String() {
			if c != '1' {
				continue
			}
			shift := 7 - i%8
			if reversed {
				shift = i % 8
			}
			out[i/8] |= 1 << shift
		}
		return out
	}
	a, b := strip(0), strip(32)
	o := binary.LittleEndian
	out := append([]byte("II*\x00\x00\x00\x00\x00"), append(a, b...)...)
	for len(out)%2 != 0 {
		out = append(out, 0)
	}
	lists := len(out)
	for _, v := range []uint32{8, uint32(8 + len(a)), uint32(len(a)), uint32(len(b))} {
		out = o.AppendUint32(out, v)
	}
	o.PutUint32(out[4:], uint32(len(out)))
	fill := uint32(1)
	if reversed {
		fill = 2
	}
	fields := []struct {
		tag, kind uint16
		n, value  uint32
	}{{256, 4, 1, 64}, {257, 4, 1, 64}, {258, 3, 1, 1}, {259, 3, 1, uint32(compression)}, {262, 3, 1, 0}, {266, 3, 1, fill}, {273, 4, 2, uint32(lists)}, {277, 3, 1, 1}, {278, 4, 1, 32}, {279, 4, 2, uint32(lists + 8)}, {292, 4, 1, uint32(t4)}}
	out = o.AppendUint16(out, uint16(len(fields)))
	for _, f := range fields {
		out = o.AppendUint16(o.AppendUint16(out, f.tag), f.kind)
		out = o.AppendUint32(o.AppendUint32(out, f.n), f.value)
	}
	return o.AppendUint32(out, 0)
}

// Fax codes without marks at the ends of lines, on bytes of their own or not, of either order of bits, in two dimensions, are shown.
func TestFaxesWithoutMarks(t *testing.T) {
	const mark = "000000000001"
	r := pageimage.New(t.Context(), filepath.Join(os.TempDir(), "airial-pdfium-test"), rand.Reader)
	defer r.Close()
	for name, content := range map[string][]byte{
		"group 3 without marks": faxed(3, 0, "", false, false), "bits in the other order": faxed(3, 0, "", false, true), "modified Huffman": faxed(2, 0, "", true, false),
		"in two dimensions": faxed(3, 1, mark+"1", false, false),
	} {
		if img, err := scan.Render(content, 0, 64); err == nil {
			t.Errorf("%s: shown already, %v", name, img.Bounds())
		}
		pdf, ok := scan.Fax(content, 0)
		if !ok {
			t.Errorf("%s: no fax", name)
			continue
		}
		doc, err := r.Open(t.Context(), name, pdf)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		img, err := doc.Render(t.Context(), 0, 128)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if h := img.Bounds().Dy(); h < 126 || h > 130 || gray(t, img, 64, 16) < 200 || gray(t, img, 64, 64) > 50 || gray(t, img, 64, 112) < 200 {
			t.Errorf("%s: %d lines, %d, %d, %d", name, h, gray(t, img, 64, 16), gray(t, img, 64, 64), gray(t, img, 64, 112))
		}
	}
	if _, ok := scan.Fax(bilevel(64), 0); ok {
		t.Error("a page without compression is no fax")
	}
	if img, err := scan.Render(faxed(3, 0, mark, false, false), 0, 64); err != nil || gray(t, img, 32, 32) > 50 {
		t.Errorf("with marks: %v", err)
	}
}
