package journal_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// filled is a laptop whose journal holds n entries.
func filled(b *testing.B, n int) *laptop {
	b.Helper()
	l := newLaptop(b, "secretary")
	for at := 0; at < n; at += 5000 {
		_, err := l.Commit(context.Background(), "person", func(*store.Tx) (drafts []journal.Draft, err error) {
			for i := at; i < min(at+5000, n); i++ {
				drafts = append(drafts, journal.Draft{Stream: fmt.Sprintf("other/%d", i/4), Kind: "thing.noted", Data: map[string]string{"Note": "Réfection de la salle des fêtes"}})
			}
			return drafts, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return l
}

// BenchmarkAppended appends one entry to a longer and longer journal.
func BenchmarkAppended(b *testing.B) {
	for _, n := range pairs.Sizes(100_000) {
		l := filled(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				l.note(b, "1", "Un élément de plus")
			}
		})
	}
}

// BenchmarkOpened opens a longer and longer journal.
func BenchmarkOpened(b *testing.B) {
	for _, n := range pairs.Sizes(100_000) {
		l := filled(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				l.again(b)
			}
		})
	}
}

// again closes a laptop's journal and opens it.
func (l *laptop) again(b *testing.B) {
	b.Helper()
	if err := l.db.Close(); err != nil {
		b.Fatal(err)
	}
	l.open(b)
}

// BenchmarkBatch appends more and more entries in one transaction.
func BenchmarkBatch(b *testing.B) {
	for _, n := range pairs.Sizes(10_000) {
		l := newLaptop(b, "secretary")
		at := 0
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				at++
				_, err := l.Commit(context.Background(), "person", func(*store.Tx) (drafts []journal.Draft, err error) {
					for i := range n {
						drafts = append(drafts, journal.Draft{Stream: fmt.Sprintf("other/%d/%d", at, i), Kind: "thing.noted", Data: map[string]string{"Note": "acte"}})
					}
					return drafts, nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen opens a journal of 100,000 entries (AIRIAL_BENCH_OPEN says another number, 1000000) until its last one is
// read, and sqlite3 opens the same rows in the clear, until the same.
func BenchmarkOpen(b *testing.B) {
	if _, err := exec.LookPath("sqlite3"); err != nil {
		b.Skip("sqlite3 is not installed")
	}
	n := pairs.Size("AIRIAL_BENCH_OPEN", 100_000)
	l := filled(b, n)
	plain := filepath.Join(b.TempDir(), "peer.db")
	sqlite3 := func(script string) string {
		c := exec.Command("sqlite3", "-bail", plain)
		c.Stdin = strings.NewReader(script)
		out, err := c.CombinedOutput()
		if err != nil {
			b.Fatal(err, string(out))
		}
		return string(out)
	}
	sqlite3("PRAGMA journal_mode=wal;" + l.schema(b) + fmt.Sprintf(`WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < %d - 1)
INSERT INTO entry (id, authority, stream, version, base, kind, schema, data, blobs, actor, device, device_seq, at, prev, hash, sig, standing, server_seq)
SELECT printf('%%036d', i), 'mairie', 'other/' || (i / 4), i %% 4 + 1, randomblob(32), 'thing.noted', 1, x'7b7d', '[]', 'person', 'secretary', i + 1, 1790000000000000 + i, randomblob(32), randomblob(32), randomblob(64), 'pending', NULL FROM c;`, n))
	const last = `SELECT hex(hash) FROM entry WHERE device = 'secretary' ORDER BY device_seq DESC LIMIT 1`
	pairs.Times(b, func() {
		l.again(b)
		err := l.db.View(context.Background(), func(tx *store.Tx) error {
			var hash string
			return tx.Get(last, nil, &hash)
		})
		if err != nil {
			b.Fatal(err)
		}
	}, func() {
		if out := sqlite3("PRAGMA synchronous=full; PRAGMA foreign_keys=1; PRAGMA cache_size=-8192; " + last + ";"); len(out) < 64 {
			b.Fatal(out)
		}
	})
}
