package sqlite_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/sqlite"
)

// tree is a Merkle tree in memory.
type tree []tlog.Hash

func (t tree) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for i, p := range places {
		out[i] = t[p]
	}
	return out, nil
}

// A database of the first versions keeps its log, its chains, its streams and its devices.
func TestUpgrade(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "server.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(ctx, 3); err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(ctx, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO authority VALUES ('a', 'Commune a'), ('b', 'Commune b')`)
	exec(`INSERT INTO device VALUES ('d1', 'a', 'poste', zeroblob(32), zeroblob(32), 1, NULL)`)
	var hashes tree
	const n = 150
	for i := range n {
		e := journal.Placed{Seq: int64(i + 1), Contested: i%10 == 9, Entry: journal.Entry{ID: fmt.Sprint("e", i), Authority: "a", Stream: fmt.Sprint("x/", i%3), Version: i/3 + 1, Kind: "x.noted", Schema: 1,
			Data: []byte("{}"), Actor: "p", Device: "d1", DeviceSeq: int64(i + 1), At: time.Unix(1, 0).UTC()}}
		e.Hash = e.ComputeHash()
		body, err := json.Marshal(e.Entry)
		if err != nil {
			t.Fatal(err)
		}
		exec(`INSERT INTO entry VALUES ('a', ?, ?, ?, ?, ?, 'd1', ?, ?, ?)`, e.Seq, e.ID, e.Stream, e.Version, e.Contested, e.DeviceSeq, e.Hash[:], body)
		gained, err := tlog.StoredHashes(int64(i), e.Leaf(), hashes)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range gained {
			exec(`INSERT INTO log_hash VALUES ('a', ?, ?)`, len(hashes), h[:])
			hashes = append(hashes, h)
		}
	}
	want, err := tlog.TreeHash(n, hashes)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s, err := sqlite.Open(ctx, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Write(ctx, "a", func(l server.Log) error {
		size, root, err := server.VerifyLog(l)
		if err != nil || size != n || root != want {
			t.Errorf("%d entries, root %v, %v", size, root, err)
		}
		chain, err := l.Chain("d1")
		if err != nil || chain.Number != n {
			t.Errorf("the chain ends at %d, %v", chain.Number, err)
		}
		tips, err := l.Streams([]string{"x/0", "x/1", "x/2"})
		if err != nil || len(tips) != 3 || tips["x/1"].Number != 50 || tips["x/2"].Number != 49 { // the last of x/2 is contested
			t.Errorf("%+v, %v", tips, err)
		}
		if places, err := l.Whole([]string{"x/2"}, "", 1); err != nil || len(places["x/2"]) != 50 || places["x/2"][0] != 3 || places["x/2"][49] != n {
			t.Errorf("the places of a stream: %v, %v", places, err)
		}
		next := journal.Placed{Seq: n + 1, Entry: journal.Entry{ID: "next", Authority: "a", Stream: "x/0", Version: 51, Kind: "x.noted", Schema: 1, Data: []byte("{}"), Actor: "p", Device: "d1", DeviceSeq: n + 1, At: time.Unix(1, 0).UTC()}}
		next.Hash = next.ComputeHash()
		return server.Append(l, []journal.Placed{next})
	})
	if err != nil {
		t.Fatal(err)
	}
	if d, of, err := s.Device(ctx, "d1"); err != nil || of != "a" || d.Name != "poste" {
		t.Errorf("%+v %s %v", d, of, err)
	}
	err = s.Read(ctx, "b", func(l server.Log) error { _, _, err := server.VerifyLog(l); return err })
	if err != nil {
		t.Errorf("an empty log: %v", err)
	}
}
