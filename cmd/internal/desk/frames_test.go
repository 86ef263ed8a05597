package desk

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/packaging/bench/pairs"
	"alpi40.fr/airial/ui/widgets"
)

const (
	tick     = time.Second / 60 // what Fyne gives a frame
	overtime = tick * 5 / 4     // a frame that comes later was not ready at its turn
)

// BenchmarkFrames scrolls 100,000 rows (AIRIAL_BENCH_ROWS) in the real window, on Xvfb with Mesa's llvmpipe, a row and more each frame,
// for ten seconds: the share of frames that were not ready at their turn of a 60th of a second, and how long the median one and
// the slowest of a hundred took to come.
func BenchmarkFrames(b *testing.B) {
	dir := b.TempDir()
	playInTheWindow(b, "frames", dir)
	raw, err := os.ReadFile(filepath.Join(dir, "frames.json"))
	if err != nil {
		b.Fatal(err)
	}
	var gaps []time.Duration
	if err := json.Unmarshal(raw, &gaps); err != nil || len(gaps) < 100 {
		b.Fatalf("%d frames: %v", len(gaps), err)
	}
	late := 0
	for _, g := range gaps {
		if g > overtime {
			late++
		}
	}
	slices.Sort(gaps)
	b.ReportMetric(100*float64(late)/float64(len(gaps)), "%late")
	b.ReportMetric(float64(gaps[len(gaps)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(gaps[len(gaps)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

func (h *hands) frames() error {
	const lasts = 10 * time.Second
	rows := pairs.Size("AIRIAL_BENCH_ROWS", 100_000)
	var gaps []time.Duration
	over := make(chan struct{})
	fyne.DoAndWait(func() {
		list := widgets.NewList(time.Now, func() int { return rows }, func() fyne.CanvasObject { return widgets.NewRow(true) },
			func(i int, ticked bool, o fyne.CanvasObject) {
				o.(*widgets.Row).Set(fmt.Sprintf("Dossier de mesure n° %d", i), "Courrier · secrétariat", i%3 == 0, ticked, widgets.Waiting, "À signer")
			})
		h.w.SetContent(list)
		at, last := float32(0), time.Time{}
		scroll := fyne.NewAnimation(lasts, func(done float32) {
			now := time.Now()
			if !last.IsZero() {
				gaps = append(gaps, now.Sub(last))
			}
			last, at = now, at+53
			list.ScrollToOffset(at)
			if done == 1 {
				close(over)
			}
		})
		scroll.Curve = fyne.AnimationLinear
		scroll.Start()
	})
	select {
	case <-over:
	case <-h.ctx.Done():
		return h.ctx.Err()
	}
	raw, err := json.Marshal(gaps)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(h.shots, "frames.json"), raw, 0o600)
}
