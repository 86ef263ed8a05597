package vault_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// zeros is a long content, cheap to make.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	z.left -= n
	return int(n), nil
}

// BenchmarkPut encrypts and stores a file of 256 MB (AIRIAL_BENCH_FILE_MB says another size), read from the disk, and has
// the age program do the same with the sync that Put makes, in turn.
func BenchmarkPut(b *testing.B) {
	if _, err := exec.LookPath("age"); err != nil {
		b.Skip("age is not installed")
	}
	h := newHall(b)
	l := h.join("a", "anne")
	h.people(l, "anne")
	space, err := l.PersonalSpace(b.Context(), "anne")
	ok(b, err)
	mb := pairs.Size("AIRIAL_BENCH_FILE_MB", 256)
	path := bigFile(b, int64(mb)<<20)
	rate := func(start time.Time) float64 { return float64(mb<<20) / 1e6 / time.Since(start).Seconds() }
	n := 0
	pairs.Compare(b, "MB/s", func() float64 {
		n++
		start := time.Now()
		f, err := os.Open(path)
		ok(b, err)
		_, err = l.Put(context.Background(), "anne", vault.NewFile{Space: space, Name: fmt.Sprint(n)}, f)
		ok(b, err)
		ok(b, f.Close())
		return rate(start)
	}, func() float64 {
		start := time.Now()
		out, err := exec.Command("sh", "-c", `age -r age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p -o "$1.age" "$1" && sync "$1.age"`, "sh", path).CombinedOutput()
		if err != nil {
			b.Fatal(string(out), err)
		}
		return rate(start)
	})
}

func bigFile(b *testing.B, size int64) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "gros")
	f, err := os.Create(path)
	ok(b, err)
	_, err = io.Copy(f, &zeros{left: size})
	ok(b, err)
	ok(b, f.Close())
	return path
}

// BenchmarkHundredThousand lists the first page of a space of 100,000 files, in one folder.
func BenchmarkHundredThousand(b *testing.B) {
	h := newHall(b)
	l := h.join("a", "anne")
	h.people(l, "anne")
	ctx := b.Context()
	space, err := l.PersonalSpace(ctx, "anne")
	ok(b, err)
	ok(b, l.Fill(ctx, "anne", space, 100_000, func(n int) string { return fmt.Sprintf("Courrier %06d.pdf", n) }))
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			page, _, more, err := l.List(ctx, "anne", space, "", vault.After{}, 100)
			if err != nil || len(page) != 100 || !more {
				b.Fatal(len(page), err)
			}
		}
	})
	b.Run("opening", func(b *testing.B) { // all that the page asks before it shows the space
		for b.Loop() {
			ok(b, l.Hold(ctx, "anne"))
			_, err := l.PersonalSpace(ctx, "anne")
			ok(b, err)
			ok(b, l.Refresh(ctx))
			_, err = l.Waiting(ctx, "anne")
			ok(b, err)
			if all, err := l.Spaces(ctx, "anne"); err != nil || all[0].Files != 100_000 {
				b.Fatal(all, err)
			}
			page, _, more, err := l.List(ctx, "anne", space, "", vault.After{}, 200)
			if err != nil || len(page) != 200 || !more {
				b.Fatal(len(page), err)
			}
		}
	})
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			if found, err := l.Search(ctx, "anne", "courrier 04242", 20); err != nil || len(found) != 10 {
				b.Fatal(len(found), err)
			}
		}
	})
}

// BenchmarkGrowth lists the first page of a larger and larger space.
func BenchmarkGrowth(b *testing.B) {
	h := newHall(b)
	l := h.join("a", "anne")
	h.people(l, "anne")
	space, err := l.PersonalSpace(b.Context(), "anne")
	ok(b, err)
	kept := 0
	for _, n := range pairs.Sizes(100_000) {
		ok(b, l.Fill(b.Context(), "anne", space, n-kept, func(i int) string { return fmt.Sprintf("Courrier %07d.pdf", kept+i) }))
		kept = n
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if page, _, _, err := l.List(b.Context(), "anne", space, "", vault.After{}, 100); err != nil || len(page) != 100 {
					b.Fatal(len(page), err)
				}
			}
		})
	}
}
