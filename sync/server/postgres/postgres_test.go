package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/postgres"
	"alpi40.fr/airial/sync/server/postgres/pgtest"
	"alpi40.fr/airial/sync/server/relational"
	"alpi40.fr/airial/sync/server/storagetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func open(t *testing.T, url string) *relational.Storage {
	t.Helper()
	s, err := postgres.Open(context.Background(), postgres.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The storage is that of all suites; and each of its statements is answered from what belongs to one authority.
func TestConformance(t *testing.T) {
	empty := pgtest.URL(t)
	if err := open(t, empty).Close(); err != nil {
		t.Fatal(err)
	}
	before := len(pgtest.Log(t))
	storagetest.Run(t, func(t *testing.T) server.Storage {
		s := open(t, pgtest.Copy(t, empty)+explained)
		t.Cleanup(func() { s.Close() })
		return s
	})
	if !t.Failed() {
		spreads(t, pgtest.Log(t)[before:])
	}
}

// Two processes on one base hear of one another's changes.
func TestChangesAreTold(t *testing.T) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	url := pgtest.URL(t)
	a := open(t, url)
	defer a.Close()
	b := open(t, url)
	defer b.Close()
	heard := make(chan string, 1)
	ended := make(chan error, 1)
	listening, end := context.WithCancel(ctx)
	go func() { ended <- a.Changes(listening, func(id string) { heard <- id }) }()
	for told := ""; told == ""; {
		if err := b.Tell(ctx, []string{"111111111"}); err != nil {
			t.Fatal(err)
		}
		select {
		case told = <-heard:
			if told != "111111111" {
				t.Errorf("heard %q", told)
			}
		case <-time.After(20 * time.Millisecond): // it was not listening yet
		}
	}
	end()
	for {
		select {
		case <-heard: // told more than once
		case <-ended:
			return
		}
	}
}

// A database whose settings lose what was acknowledged is refused.
func TestUnsafeSettings(t *testing.T) {
	url := pgtest.URL(t)
	if s, err := postgres.Open(context.Background(), postgres.Options{URL: url + "&synchronous_commit=off"}); !errors.Is(err, postgres.ErrSettings) {
		t.Error(s, err)
	}
	if _, err := postgres.Open(context.Background(), postgres.Options{URL: "postgres://u:secret@[::1/x"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

// Two versions serve side by side: the newer one has added to the schema, as each may, and the older one,
// already open or just started, works on. Processes that start together bring the schema up one at a time.
func TestTwoVersions(t *testing.T) {
	ctx := context.Background()
	url := pgtest.URL(t)
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			s, err := postgres.Open(ctx, postgres.Options{URL: url, Connections: 2})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	starting.Wait()
	old := open(t, url)
	defer old.Close()
	if err := old.AddAuthority(ctx, server.Authority{ID: "a", Name: "Commune a"}); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	var version int64
	if err := c.QueryRow(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	for _, expand := range []string{
		`ALTER TABLE entry ADD COLUMN placed BIGINT`, `ALTER TABLE device ADD COLUMN version TEXT NOT NULL DEFAULT ''`, `CREATE INDEX ON entry (authority, placed)`,
		`CREATE TABLE something_new (id TEXT PRIMARY KEY)`, fmt.Sprintf(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, true)`, version+1),
	} {
		if _, err := c.Exec(ctx, expand); err != nil {
			t.Fatalf("%s: %v", expand, err)
		}
	}
	again := open(t, url) // the older version is started again beside the newer one
	defer again.Close()
	for i, s := range []server.Storage{old, again, old} {
		err := s.Write(ctx, "a", func(l server.Log) error {
			n, err := l.Size()
			if err != nil || n != int64(i) {
				return fmt.Errorf("%d entries: %w", n, err)
			}
			p := journal.Placed{Seq: n + 1, Entry: journal.Entry{ID: fmt.Sprint(n), Authority: "a", Stream: "x/1", Version: i + 1, Kind: "x.noted", Schema: 1, Data: []byte("{}"), Actor: "p", Device: "d", DeviceSeq: n + 1}}
			p.Hash = p.ComputeHash()
			return server.Append(l, []journal.Placed{p})
		})
		if err != nil {
			t.Errorf("process %d: %v", i, err)
		}
	}
	if err := again.PutDevice(ctx, "a", protocol.Device{ID: "d", Name: "poste", Signature: make([]byte, 32), Exchange: make([]byte, 32), Enrolled: time.Now()}); err != nil {
		t.Error(err)
	}
	if d, _, err := old.Device(ctx, "d"); err != nil || d.Name != "poste" {
		t.Errorf("%+v %v", d, err)
	}
	err = old.Read(ctx, "a", func(l server.Log) error { _, _, err := server.VerifyLog(l); return err })
	if err != nil {
		t.Error(err)
	}
}
