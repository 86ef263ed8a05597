package pades_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/signature/pdf"
)

// paper makes PDF files for the tests.
type paper struct {
	pages    int
	rotate   int
	stream   bool   // cross-reference stream and object streams
	catalog  string // more entries of the catalog
	page     string // more entries of each page
	objects  []string
	filler   int // incompressible bytes in a stream
	trailing string
}

// bytes writes the file: 1 catalog, 2 pages, 3 font, then a page and its
// content each, then the objects.
func (p paper) bytes() []byte {
	pages := max(p.pages, 1)
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R" + p.catalog + ">>",
		"",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
		text := fmt.Sprintf("BT /F1 18 Tf 72 720 Td (Deliberation, page %d) Tj ET\n", i+1)
		text += strings.Repeat("0.5 w 72 700 m 500 700 l S\n", 60)
		objects = append(objects,
			fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate %d/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R%s>>", p.rotate, 5+2*i, p.page),
			fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(text), text))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), pages)
	objects = append(objects, p.objects...)
	if p.filler > 0 {
		junk := make([]byte, p.filler)
		state := uint32(1)
		for i := range junk {
			state = state*1664525 + 1013904223
			junk[i] = byte(state >> 24)
		}
		objects = append(objects, fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(junk), junk))
	}
	if p.stream {
		return append(writeStreams(objects), p.trailing...)
	}
	return append(writeTable(objects), p.trailing...)
}

func writeTable(objects []string) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	var rows strings.Builder
	for i, o := range objects {
		fmt.Fprintf(&rows, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R/ID[<0011><0011>]>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, rows.String(), len(objects)+1, start)
	return out.Bytes()
}

// writeStreams puts all that is no stream into one object stream.
func writeStreams(objects []string) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	holder := len(objects) + 1
	rows := make([][3]int, len(objects)+3)
	var head, body strings.Builder
	held := 0
	for i, o := range objects {
		if strings.Contains(o, "stream") {
			rows[i+1] = [3]int{1, out.Len(), 0}
			fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
			continue
		}
		rows[i+1] = [3]int{2, holder, held}
		fmt.Fprintf(&head, "%d %d ", i+1, body.Len())
		body.WriteString(o + "\n")
		held++
	}
	rows[holder] = [3]int{1, out.Len(), 0}
	packed := pdf.Deflate([]byte(head.String() + body.String()))
	fmt.Fprintf(&out, "%d 0 obj\n<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\nendobj\n", holder, held, head.Len(), len(packed), packed)
	start := out.Len()
	rows[holder+1] = [3]int{1, start, 0}
	var table bytes.Buffer
	for _, r := range rows {
		table.Write([]byte{2, byte(r[0]), byte(r[1] >> 24), byte(r[1] >> 16), byte(r[1] >> 8), byte(r[1]), byte(r[2] >> 8), byte(r[2])})
	}
	// Each row begins with the PNG «up» filter's byte: undo it by differences.
	raw := table.Bytes()
	rowLen := 8
	for i := len(raw) - rowLen; i > 0; i -= rowLen {
		for j := 1; j < rowLen; j++ {
			raw[i+j] -= raw[i-rowLen+j]
		}
	}
	packed = pdf.Deflate(raw)
	fmt.Fprintf(&out, "%d 0 obj\n<</Type/XRef/Size %d/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 7>>/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		holder+1, len(rows), len(packed), packed, start)
	return out.Bytes()
}

// tool runs an outside program on a file holding data, and skips when the
// program is not installed. It gives what the program says.
func tool(t *testing.T, data []byte, name string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	file := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		if a == "FILE" {
			args[i] = file
		}
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}
