package typeset_test

import (
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/typeset"
)

var update = flag.Bool("update", false, "writes the golden files anew; read them over before committing")

// TestGolden compares what each document says, page by page as another program
// reads it, with testdata: a word, an accent or a page that moves is seen.
func TestGolden(t *testing.T) {
	reader := pageimage.New(t.Context(), filepath.Join(os.TempDir(), "airial-pdfium-test"), rand.Reader)
	t.Cleanup(func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	})
	for name, d := range typesetAll(t) {
		if len(d.Missing) > 0 {
			t.Errorf("%s: no face has %q", name, string(d.Missing))
		}
		got := read(t, reader, name, d)
		path := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is no longer what %s says (-update writes it anew):\n%s", name, path, firstDifference(string(want), got))
		}
	}
}

func read(t *testing.T, reader *pageimage.Renderer, name string, d typeset.Document) string {
	t.Helper()
	opened, err := reader.Open(t.Context(), name, d.PDF)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if opened.Pages() != d.Pages {
		t.Errorf("%s: %d pages, said %d", name, opened.Pages(), d.Pages)
	}
	var out strings.Builder
	for page := range opened.Pages() {
		text, err := opened.Text(t.Context(), page)
		if err != nil {
			t.Fatalf("%s, page %d: %v", name, page+1, err)
		}
		fmt.Fprintf(&out, "=== page %d\n%s\n", page+1, strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n"))
	}
	for _, b := range d.Boxes {
		fmt.Fprintf(&out, "=== case %s, page %d : %.0f %.0f %.0f %.0f\n", b.Name, b.Page, b.X, b.Y, b.W, b.H)
	}
	return out.String()
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, x, y)
		}
	}
	return ""
}
