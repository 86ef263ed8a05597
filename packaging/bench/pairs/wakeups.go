package pairs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// WakeUps counts how often a second a process's threads wake up over a time (Linux: /proc).
func WakeUps(b *testing.B, pid int, during time.Duration) float64 {
	b.Helper()
	before, began := sleeps(b, pid), time.Now()
	time.Sleep(during)
	return float64(sleeps(b, pid)-before) / time.Since(began).Seconds()
}

// sleeps are how often the threads of a process have gone to sleep by themselves, each of which they woke up from.
func sleeps(b *testing.B, pid int) (n int) {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(files) == 0 {
		b.Fatal("no threads: ", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // a thread that ended
		}
		_, after, _ := strings.Cut(string(text), "\nvoluntary_ctxt_switches:")
		var k int
		fmt.Sscan(after, &k)
		n += k
	}
	return n
}
