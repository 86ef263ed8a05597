package journaltest

import (
	"context"
	"crypto/ed25519"
	"testing"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Server is the least one that there can be: it gives places and judges versions, where an Order is told what is contested.
type Server struct {
	Keys   map[string]ed25519.PublicKey // of the laptops
	Placed []journal.Placed
	heads  map[string]journal.Entry
	known  map[string]bool
}

// KeyOf gives a laptop's key, or nil.
func (s *Server) KeyOf(device string) ed25519.PublicKey { return s.Keys[device] }

// Meet has a laptop send what it wrote and take what others sent.
func (s *Server) Meet(t testing.TB, j *journal.Journal) {
	t.Helper()
	if s.heads == nil {
		s.heads, s.known = map[string]journal.Entry{}, map[string]bool{}
	}
	ctx := context.Background()
	var out []journal.Entry
	var cursor int64
	err := j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if out, err = j.Outgoing(tx, 0, 1000); err != nil {
			return err
		}
		cursor, err = journal.Cursor(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range out {
		if s.known[e.ID] {
			continue
		}
		s.known[e.ID] = true
		head := s.heads[e.Stream]
		p := journal.Placed{Entry: e, Seq: int64(len(s.Placed) + 1)}
		if p.Contested = e.Version != head.Version+1 || e.Base != head.Hash; !p.Contested {
			s.heads[e.Stream] = e
		}
		s.Placed = append(s.Placed, p)
	}
	if err := j.Receive(ctx, journal.Delivery{Entries: s.Placed[cursor:], KeyOf: s.KeyOf}); err != nil {
		t.Fatal(err)
	}
}
