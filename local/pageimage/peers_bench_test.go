package pageimage_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// BenchmarkFlip turns the pages of a printed paper, 900 pixels wide, and has poppler, which draws in Evince and Okular, do
// the same: seconds a page. Poppler's start is taken away: what one page takes is what many take more than one.
func BenchmarkFlip(b *testing.B) {
	program, err := exec.LookPath("pdftoppm")
	if err != nil {
		b.Skip("pdftoppm is not installed")
	}
	ctx := context.Background()
	var to []typeset.Recipient
	for i := range 10 {
		to = append(to, typeset.Recipient{Name: fmt.Sprintf("Mme Jeanne EXEMPLE %d", i), Title: "Conseillère municipale"})
	}
	paper, err := typeset.Summons{Head: typeset.Head{Authority: typeset.Authority{Name: "Commune d’essai"}, Printed: time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)},
		Call: typeset.Call{At: time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), Venue: "en mairie", Agenda: []typeset.AgendaPoint{{Subject: "Tarifs de la salle des fêtes"}, {Subject: "Questions diverses"}}, Mayor: "M. Louis FICTIF"}, To: to}.Typeset(ctx)
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "paper.pdf")
	if err := os.WriteFile(path, paper.PDF, 0o600); err != nil {
		b.Fatal(err)
	}
	d, err := renderer.Open(ctx, "", paper.PDF) // no id: nothing is kept
	if err != nil {
		b.Fatal(err)
	}
	poppler := func(last int) time.Duration {
		began := time.Now()
		if out, err := exec.Command(program, "-f", "1", "-l", fmt.Sprint(last), "-scale-to-x", "900", "-scale-to-y", "-1", path, filepath.Join(b.TempDir(), "p")).CombinedOutput(); err != nil {
			b.Fatal(err, string(out))
		}
		return time.Since(began)
	}
	pairs.Compare(b, "s", func() float64 {
		began := time.Now()
		for page := range d.Pages() {
			if _, err := d.Render(ctx, page, 900); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(began).Seconds() / float64(d.Pages())
	}, func() float64 {
		one := poppler(1)
		return max(poppler(d.Pages())-one, time.Microsecond).Seconds() / float64(d.Pages()-1)
	})
}
