package journal_test

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// BenchmarkAppend appends entries one transaction each, then so many in one, and the same
// rows by the sqlite3 command line with the same pragmas, in turn: entries a second. The
// goal is half of sqlite3's rate.
func BenchmarkAppend(b *testing.B) {
	n := pairs.Size("AIRIAL_BENCH_APPEND", 2000)
	for _, batch := range []int{1, 500} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) {
			pairs.Compare(b, "entries/s",
				func() float64 { return float64(n) / appendHere(b, n, batch).Seconds() },
				func() float64 { return float64(n) / appendBySqlite3(b, n, batch).Seconds() })
		})
	}
}

func appendHere(b *testing.B, n, batch int) time.Duration {
	l := newLaptop(b, "secretary")
	defer l.db.Close()
	ctx := context.Background()
	start := time.Now()
	for at := 0; at < n; at += batch {
		_, err := l.Commit(ctx, "person", func(*store.Tx) (drafts []journal.Draft, err error) {
			for i := at; i < min(at+batch, n); i++ {
				drafts = append(drafts, journal.Draft{Stream: fmt.Sprintf("other/%d", i/4), Kind: "thing.noted", Data: map[string]string{"Note": "Réfection de la salle des fêtes"}})
			}
			return drafts, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// appendBySqlite3 lets the command line run the migration's own table and
// indexes, and insert what the journal would.
func appendBySqlite3(b *testing.B, n, batch int) time.Duration {
	l := newLaptop(b, "peer")
	entry := l.note(b, "1", "Réfection de la salle des fêtes")[0]
	schema := l.schema(b)
	l.db.Close()
	var script strings.Builder
	script.WriteString("PRAGMA journal_mode=wal; PRAGMA synchronous=full; PRAGMA foreign_keys=1; PRAGMA cache_size=-8192;\n")
	script.WriteString(schema)
	for i := range n {
		if i%batch == 0 {
			script.WriteString("BEGIN IMMEDIATE;\n")
		}
		fmt.Fprintf(&script, `INSERT INTO entry (id, authority, stream, version, base, kind, schema, data, blobs, actor, device, device_seq, at, prev, hash, sig, standing, server_seq)
 VALUES ('%s%06d', '%s', 'other/%d', %d, x'%x', 'thing.noted', 1, x'%x', '[]', 'person', 'secretary', %d, %d, x'%x', x'%x', x'%x', 'pending', NULL);`+"\n",
			entry.ID, i, entry.Authority, i/4, i%4+1, entry.Base[:], entry.Data, i+1, entry.At.UnixMicro(), entry.Prev[:], fmt.Appendf(nil, "%032d", i), entry.Sig)
		if i%batch == batch-1 || i == n-1 {
			script.WriteString("COMMIT;\n")
		}
	}
	command := exec.Command("sqlite3", "-bail", filepath.Join(b.TempDir(), "peer.db"))
	command.Stdin = strings.NewReader(script.String())
	var said bytes.Buffer
	command.Stderr = &said
	start := time.Now()
	if err := command.Run(); err != nil {
		if said.Len() == 0 {
			b.Skip("sqlite3 is not installed")
		}
		b.Fatal(said.String())
	}
	return time.Since(start)
}

// schema is what makes the table of entries, and its indexes, elsewhere.
func (l *laptop) schema(b *testing.B) string {
	b.Helper()
	var schema []string
	err := l.db.View(context.Background(), func(tx *store.Tx) error {
		return tx.Each(`SELECT sql FROM sqlite_master WHERE tbl_name = 'entry' AND sql IS NOT NULL`, nil, func(scan func(...any) error) error {
			var s string
			err := scan(&s)
			schema = append(schema, s)
			return err
		})
	})
	if err != nil {
		b.Fatal(err)
	}
	return strings.Join(schema, ";\n") + ";\n"
}
