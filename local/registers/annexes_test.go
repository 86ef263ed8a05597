package registers_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/typeset"
)

// plain is a PDF of one page that is one form, as PDFium writes them.
func plain() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\r\n")
	var at []int
	for i, o := range []string{"<</Pages 2 0 R /Type/Catalog>>", "<</Count 1/Kids[ 3 0 R ]/Type/Pages>>",
		"<</MediaBox[ 0 0 595 842]/Parent 2 0 R /Resources<</XObject<</FXX1 4 0 R >>>>/Type/Page>>",
		"<</BBox[ 0 0 595 842]/FormType 1/Length 9/Resources<<>>/Subtype/Form/Type/XObject>>stream\r\n0 0 9 9 re\r\nendstream"} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\r\n%s\r\nendobj\r\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\r\n0 %d\r\n0000000000 65535 f\r\n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", o)
	}
	fmt.Fprintf(&b, "trailer\r\n<</Root 1 0 R/Size %d>>\r\nstartxref\r\n%d\r\n%%%%EOF\r\n", len(at)+1, start)
	return b.Bytes()
}

// The annexes that are PDF documents stand in the register, made ready once however often it is printed, and count among the
// sheets of each sitting; the others, and those that cannot be read, are named alone.
func TestAnnexesInTheRegister(t *testing.T) {
	w, ctx := open(t), t.Context()
	join := func(name, content string) func(council.Text) council.Text {
		return func(text council.Text) council.Text {
			t.Helper()
			a, err := w.council.KeepAnnex(ctx, name, []byte(content))
			must(t, err)
			text, err = text.With(a)
			must(t, err)
			return text
		}
	}
	w.clock.at = time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)
	first := w.council
	id, err := first.Draft(ctx, "s", "")
	must(t, err)
	d, err := first.Deliberation(ctx, id)
	must(t, err)
	text := d.Text
	text.Blocks = []council.Block{{Kind: council.BlockTitle, Text: "Plan communal"}, {Kind: council.BlockArticle, Text: "APPROUVE le plan."}}
	for _, add := range []func(council.Text) council.Text{join("plan.pdf", "%PDF-1.7 plan"), join("casse.pdf", "%PDF-1.7 cassé"), join("notes.csv", "a;b\n")} {
		text = add(text)
	}
	must(t, first.Save(ctx, "s", id, d.Edition, text))
	sitting, _ := w.sitWith(t, time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), []string{id})
	later, _ := w.sit(t, time.Date(2026, 12, 15, 20, 0, 0, 0, time.UTC), 1)
	without, err := w.PrintYear(ctx, registers.Year{Year: 2026}, nil)
	must(t, err)
	made := 0
	w.ReproduceWith(func(_ context.Context, pdf []byte) ([]byte, error) {
		made++
		if bytes.Contains(pdf, []byte("cassé")) {
			return nil, errors.New("broken")
		}
		return plain(), nil
	})
	with, err := w.PrintYear(ctx, registers.Year{Year: 2026}, nil)
	must(t, err)
	if with.Pages != without.Pages+2 {
		t.Errorf("%d pages, %d without annexes: expected the plan's, and a line for what is broken", with.Pages, without.Pages)
	}
	for _, s := range []string{sitting, later} {
		if _, err := w.Print(ctx, s, registers.PaperSheets); err != nil {
			t.Error(err)
		}
	}
	if made != 4 { // the plan once, what is broken each time
		t.Errorf("made ready %d times", made)
	}
}

// processor is the processor's time that this process took, in seconds, where the system tells it.
func processor(b *testing.B) (seconds float64) {
	raw, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	var user, system float64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		b.Fatal(err)
	}
	const ticks = 100 // a second: Linux's USER_HZ
	return (user + system) / ticks
}

// A register of a thousand deliberations, each with an annex of two pages of its own, from the journal to the file (goal: 10 s, 300
// MB). AIRIAL_CAMPAIGN holds them: to vote a thousand times takes longer than to print.
func BenchmarkRegisterWithAnnexes(b *testing.B) {
	if os.Getenv("AIRIAL_CAMPAIGN") == "" {
		b.Skip("AIRIAL_CAMPAIGN is not set")
	}
	w, ctx := open(b), b.Context()
	for week := range 50 {
		at := time.Date(2026, 1, 8+7*week, 20, 0, 0, 0, time.UTC)
		w.clock.at = at.AddDate(0, 0, -6)
		var texts []string
		for n := range 20 {
			id, err := w.council.Draft(ctx, "s", "")
			must(b, err)
			d, err := w.council.Deliberation(ctx, id)
			must(b, err)
			text := d.Text
			text.Blocks = []council.Block{{Kind: council.BlockTitle, Text: fmt.Sprintf("Affaire %d", n+1)}, {Kind: council.BlockStatement, Text: strings.Repeat("Le rapporteur expose la demande, son coût et ce qui est proposé. ", 30)}, {Kind: council.BlockArticle, Text: "FIXE le tarif à 80 €."}}
			page := typeset.Guide{Head: typeset.Head{Authority: typeset.Authority{Name: "Commune d’essai"}, Printed: at}, Title: fmt.Sprintf("Rapport %d-%d", week+1, n+1), Origin: "Rapport"}
			for range 16 { // two pages
				page.Parts = append(page.Parts, typeset.GuidePart{Text: []typeset.GuideText{{Text: strings.Repeat("Le rapport expose ce qui est demandé, ce qu’il en coûte et ce que d’autres en ont fait. ", 5)}}})
			}
			pdf, err := page.Typeset(ctx)
			must(b, err)
			a, err := w.council.KeepAnnex(ctx, "rapport.pdf", pdf.PDF)
			must(b, err)
			text, err = text.With(a)
			must(b, err)
			must(b, w.council.Save(ctx, "s", id, d.Edition, text))
			texts = append(texts, id)
		}
		w.sitWith(b, at, texts)
	}
	r := pageimage.New(ctx, filepath.Join(b.TempDir(), "pdfium"), rand.Reader)
	defer r.Close()
	w.ReproduceWith(r.Reproduce)
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600) // the peak begins here, where the system can
	begun := processor(b)
	for b.Loop() {
		d, err := w.PrintYear(ctx, registers.Year{Year: 2026}, nil)
		must(b, err)
		b.ReportMetric(float64(d.Pages), "pages")
		b.ReportMetric(float64(len(d.PDF))/1e6, "MB-file")
	}
	b.ReportMetric((processor(b)-begun)/float64(b.N), "s-cpu/op")
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			var kb float64
			if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
				b.ReportMetric(kb/1000, "MB-peak")
			}
		}
	}
}
