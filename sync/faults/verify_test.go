package faults_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// holds opens what the processes left: files are whole, chains and logs hold, and nothing that a
// laptop acknowledged is lost there; what the server acknowledged to it, the server has.
func (s *town) holds(wrote map[string][]string) {
	s.t.Helper()
	s.holdsAgainst(wrote, s.places())
}

// holdsBeside is holds beside a server that runs.
func (s *town) holdsBeside(wrote map[string][]string) {
	s.t.Helper()
	s.holdsAgainst(wrote, nil)
}

func (s *town) holdsAgainst(wrote map[string][]string, places map[string]int64) {
	s.t.Helper()
	ctx := context.Background()
	for folder, ids := range wrote {
		m, err := open(folder, "")
		if err != nil {
			s.t.Errorf("%s: %v", filepath.Base(folder), err)
			continue
		}
		if found, err := m.db.Check(ctx, true); err != nil {
			s.t.Error(err)
		} else {
			for _, f := range found {
				if !f.Missing { // one that has not come yet is no loss
					s.t.Errorf("%s: %+v", filepath.Base(folder), f)
				}
			}
		}
		keyOf, err := m.c.KeyOf(ctx)
		s.must(err)
		if _, err := m.j.Verify(ctx, keyOf); err != nil {
			s.t.Errorf("%s: %v", filepath.Base(folder), err)
		}
		s.must(m.db.View(ctx, func(tx *store.Tx) error {
			for _, id := range ids {
				if _, err := journal.Find(tx, id); err != nil {
					s.t.Errorf("%s had acknowledged %s: %v", filepath.Base(folder), id, err)
				}
			}
			own, err := journal.Places(tx, 0, 1<<20)
			for _, p := range own {
				if at, ok := places[p.ID]; places != nil && (!ok || at != p.Seq) {
					s.t.Errorf("the server had given %s place %d, it has %d", p.ID, p.Seq, at)
				}
			}
			return err
		}))
		s.must(m.db.Close())
	}
}

// places are those that the server has given.
func (s *town) places() map[string]int64 {
	s.t.Helper()
	ctx := context.Background()
	here, err := embedded.Open(ctx, embedded.Options{Dir: s.server, Now: time.Now, Rand: rand.Reader})
	s.must(err)
	defer here.Close()
	places := map[string]int64{}
	s.must(here.Storage.Read(ctx, authority, func(l server.Log) error {
		for after := int64(0); ; {
			entries, err := l.Entries(after, 1000)
			if err != nil || len(entries) == 0 {
				return err
			}
			for _, p := range entries {
				if p.Seq != after+1 {
					s.t.Fatalf("place %d after %d", p.Seq, after)
				}
				if _, twice := places[p.ID]; twice {
					s.t.Errorf("%s has two places", p.ID)
				}
				places[p.ID], after = p.Seq, p.Seq
			}
		}
	}))
	return places
}

// bytes is all that a laptop holds of the authority, written out: entries in their order with their
// standing, tables, documents by what they contain.
func (s *town) bytes(folder string) string {
	s.t.Helper()
	ctx := context.Background()
	m, err := open(folder, "")
	s.must(err)
	defer m.db.Close()
	var out strings.Builder
	s.must(m.db.View(ctx, func(tx *store.Tx) error {
		places, err := journal.Places(tx, 0, 1<<20)
		if err != nil {
			return err
		}
		for _, p := range places {
			text, err := json.Marshal(p)
			if err != nil {
				return err
			}
			out.Write(text)
			out.WriteByte('\n')
			for _, d := range p.Blobs {
				if err := m.db.Blobs().Verify(ctx, d); err != nil {
					return fmt.Errorf("%s: %w", filepath.Base(folder), err)
				}
			}
		}
		return tx.Each(`SELECT stream || ': ' || text FROM note ORDER BY 1`, nil, func(scan func(...any) error) error {
			var line string
			err := scan(&line)
			out.WriteString(line + "\n")
			return err
		})
	}))
	return out.String()
}
