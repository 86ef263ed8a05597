package civilstatus_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"alpi40.fr/airial/local/civilstatus"
)

// BenchmarkImportRegister keeps 1,000 acts of one page of 400 kB, and measures cp and sha256sum on the same files
// after each; their share of our time is the rate reached.
func BenchmarkImportRegister(b *testing.B) {
	const acts, size = 1000, 400 << 10
	dir := b.TempDir()
	page := make([]byte, size)
	copy(page, picture(b))
	chacha := rand.NewChaCha8([32]byte{1})
	scans := make([]civilstatus.Scan, acts)
	for i := range scans {
		_, _ = chacha.Read(page[200:]) // ChaCha8 does not fail
		path := filepath.Join(dir, fmt.Sprintf("%05d.png", i))
		if err := os.WriteFile(path, page, 0o600); err != nil {
			b.Fatal(err)
		}
		scans[i] = scan(fmt.Sprint(i), civilstatus.Source{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	var ours, theirs time.Duration
	for b.Loop() {
		r, _ := open(b)
		start := time.Now()
		for at := 0; at < acts; at += 64 {
			outcomes, err := r.ImportRegister(context.Background(), "secretaire", scans[at:min(at+64, acts)])
			if err != nil || outcomes[0].Err != nil {
				b.Fatal(outcomes, err)
			}
		}
		ours += time.Since(start)
		start = time.Now()
		to := filepath.Join(b.TempDir(), "copie")
		if out, err := exec.Command("sh", "-c", "mkdir "+to+" && cp "+dir+"/*.png "+to+" && cd "+to+" && sha256sum *.png > sommes && sync -f .").CombinedOutput(); err != nil {
			b.Fatal(err, string(out))
		}
		theirs += time.Since(start)
	}
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "part-de-cp+sha256sum")
	b.ReportMetric(float64(acts*b.N*size)/ours.Seconds()/1e6, "Mo/s")
}
