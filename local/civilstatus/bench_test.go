package civilstatus_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// BenchmarkImportRegister keeps 1,000 acts of one page of 400 kB (AIRIAL_BENCH_SCANS and AIRIAL_BENCH_SCAN_KB say others), and has
// cp and sha256sum do the same files, in turn. It tells the memory held at the most, and in the first tenth of the register.
func BenchmarkImportRegister(b *testing.B) {
	size := pairs.Size("AIRIAL_BENCH_SCAN_KB", 400) << 10
	acts := pairs.Size("AIRIAL_BENCH_SCANS", 1000)
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
	mb := float64(acts*size) / 1e6
	var early, peak uint64
	var m runtime.MemStats
	pairs.Compare(b, "MB/s", func() float64 {
		r, _ := open(b)
		start := time.Now()
		for at := 0; at < acts; at += 64 {
			if runtime.ReadMemStats(&m); at <= acts/10 {
				early = max(early, m.HeapInuse)
			}
			peak = max(peak, m.HeapInuse)
			outcomes, err := r.ImportRegister(context.Background(), "secretaire", scans[at:min(at+64, acts)])
			if err != nil || outcomes[0].Err != nil {
				b.Fatal(outcomes, err)
			}
		}
		return mb / time.Since(start).Seconds()
	}, func() float64 {
		start := time.Now()
		to := filepath.Join(b.TempDir(), "copie")
		if out, err := exec.Command("sh", "-c", "mkdir "+to+" && cp -R "+dir+"/. "+to+" && cd "+to+" && find . -name '*.png' -print0 | xargs -0 sha256sum > sommes && sync -f .").CombinedOutput(); err != nil {
			b.Fatal(err, string(out))
		}
		return mb / time.Since(start).Seconds()
	})
	b.ReportMetric(float64(early)/1e6, "MB-premier-dixième")
	b.ReportMetric(float64(peak)/1e6, "MB-au-plus")
}
