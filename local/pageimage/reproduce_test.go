package pageimage_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/typeset"
)

// The pages that are reproduced look as they did.
func TestReproduce(t *testing.T) {
	before := twoPages()
	plain, err := renderer.Reproduce(context.Background(), before)
	if err != nil {
		t.Fatal(err)
	}
	if c := compared(t, before, plain); len(c.Changed) != 0 || c.Pages() != 2 {
		t.Errorf("they differ: %+v", c.Changed)
	}
	if bytes.Contains(plain, []byte("/JavaScript")) || bytes.Contains(plain, []byte("/OpenAction")) {
		t.Error("something active was reproduced")
	}
	for what, pdf := range map[string][]byte{"nothing": nil, "a page of a site": []byte("<html>"), "cut": before[:len(before)/3]} {
		if _, err := renderer.Reproduce(context.Background(), pdf); !errors.Is(err, pageimage.ErrBroken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	kids := "/Kids[" + strings.Repeat("3 0 R ", 401) + "]/Count 401"
	long := bytes.Replace(before, []byte("/Kids[3 0 R 4 0 R]/Count 2"), []byte(kids), 1)
	if _, err := renderer.Reproduce(context.Background(), long); err == nil {
		t.Error("401 pages were reproduced")
	}
}

// drawn has ghostscript make a PDF of pages of several sizes, the first turned, the last signed by hand as a remark would be.
func drawn(t testing.TB) []byte {
	t.Helper()
	if _, err := exec.LookPath("gs"); err != nil {
		t.Skip("gs is not installed")
	}
	path := filepath.Join(t.TempDir(), "annexe.pdf")
	page := func(w, h, turn, words string) string {
		return "<< /PageSize [" + w + " " + h + "] >> setpagedevice [/Rotate " + turn + " /PAGE pdfmark /Helvetica findfont 40 scalefont setfont 60 60 moveto (" + words + ") show 5 5 " + w + " 10 sub " + h + " 10 sub rectstroke showpage "
	}
	out, err := exec.Command("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-o", path, "-c", page("595", "842", "90", "Tournee")+page("842", "595", "0", "Paysage")+page("1191", "842", "0", "Plan en A3")+page("300", "400", "0", "Petite")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Annexes are reproduced page by page between the register's sheet numbers, with their own text; one that cannot be read is
// named by its digest. With AIRIAL_TEST_SHOTS the register is kept, to be looked at.
func TestRegisterReproducesAnnexes(t *testing.T) {
	ctx := context.Background()
	plain, err := renderer.Reproduce(ctx, drawn(t))
	if err != nil {
		t.Fatal(err)
	}
	affair := typeset.Affair{Deliberation: typeset.Deliberation{Number: "2026-001", Subject: "Plan communal", Joined: []typeset.Joined{{Name: "plan.pdf", Digest: "abcd"}, {Name: "tableur.ods", Digest: "ef01"}}}}
	r := typeset.Register{Head: typeset.Head{Authority: typeset.Authority{Name: "Commune d’essai"}, Printed: time.Date(2026, 12, 31, 9, 0, 0, 0, time.UTC)}, Name: "Registre des délibérations", Year: 2026,
		Volumes: []typeset.RegisterItem{{Sitting: &typeset.RegisterSitting{Sitting: typeset.Sitting{At: time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)}, Affairs: []typeset.Affair{affair}}}}}
	before, err := r.Typeset(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r.Volumes[0].Sitting.Affairs[0].Annexes = []typeset.Annex{
		{Title: "plan.pdf", Digest: "abcd", Reproduced: func() ([]byte, error) { return plain, nil }},
		{Title: "casse.pdf", Digest: "9f86d081", Reproduced: func() ([]byte, error) { return nil, errors.New("broken") }},
	}
	d, err := r.Typeset(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d.Pages != before.Pages+5 {
		t.Errorf("%d pages more, expected 4 of the annex and one line", d.Pages-before.Pages)
	}
	path := filepath.Join(t.TempDir(), "register.pdf")
	if dir := os.Getenv("AIRIAL_TEST_SHOTS"); dir != "" {
		path = filepath.Join(dir, "register-annexes.pdf")
	}
	if err := os.WriteFile(path, d.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tool := range [][]string{{"qpdf", "--check", path}, {"pdftotext", path, "-"}} {
		if _, err := exec.LookPath(tool[0]); err != nil {
			t.Skip(tool[0] + " is not installed")
		}
		out, err := exec.Command(tool[0], tool[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", tool[0], err, out)
		}
		if tool[0] != "pdftotext" {
			continue
		}
		text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(string(out))
		for _, words := range []string{"Tournee", "Paysage", "Plan en A3", "Petite", "page 4 sur 4", "9f86d081", "ef01"} {
			if !strings.Contains(text, words) {
				t.Errorf("the register lacks «%s»", words)
			}
		}
	}
	again, err := r.Typeset(ctx)
	if err != nil || !bytes.Equal(again.PDF, d.PDF) {
		t.Errorf("the same register has other bytes: %v", err)
	}
}

// Pages taken out of a document hold their own words and none of the others', and are the same bytes each time.
func TestExtract(t *testing.T) {
	d, err := renderer.Open(t.Context(), "", pagesOf("/MediaBox[0 0 200 400]"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.Extract(t.Context(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(second, []byte("Mairie")) || bytes.Contains(second, []byte("Helvetica")) {
		t.Error("a page holds what stands on another")
	}
	first, err := d.Extract(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.Extract(t.Context(), 0, 0)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("two extracts of one page differ: %v", err)
	}
	one, err := renderer.Open(t.Context(), "", first)
	if err != nil || one.Pages() != 1 {
		t.Fatalf("%v", err)
	}
	if text, err := one.Text(t.Context(), 0); err != nil || !strings.Contains(text, "Mairie") {
		t.Errorf("%q, %v", text, err)
	}
	for _, p := range [][2]int{{-1, 0}, {1, 0}, {0, 2}} {
		if _, err := d.Extract(t.Context(), p[0], p[1]); !errors.Is(err, pageimage.ErrNoPage) {
			t.Errorf("pages %v: %v", p, err)
		}
	}
}
