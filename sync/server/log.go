package server

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

func (s *Server) push(w http.ResponseWriter, r *http.Request) {
	q, err := read[protocol.Push](w, r)
	if err == nil && len(q.Entries) > protocol.MaxEntries {
		err = protocol.Fail(protocol.CodeBadRequest, "too many entries")
	}
	if err == nil && s.o.Recovering != nil && s.o.Recovering() {
		err = protocol.Fail(protocol.CodeRecovering, "")
	}
	if err == nil && len(q.Later) > protocol.MaxDigests {
		err = protocol.Fail(protocol.CodeBadRequest, "too many digests")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	m := memberOf(r.Context())
	lacking, err := s.lacking(r, m, q.Entries)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, d := range q.Later {
		delete(lacking, d)
	}
	out, err := s.ingest(r.Context(), m, q.Entries, lacking)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range out.Outcomes {
		s.o.Observe.Placed(out.Outcomes[i].Fate)
	}
	s.changed(m.authority)
	answer(w, http.StatusOK, out)
}

// ingest gives entries their places, in one transaction.
func (s *Server) ingest(ctx context.Context, m member, entries []journal.Entry, lacking map[store.Digest]bool) (out protocol.Pushed, err error) {
	checked := check(m, entries)
	for _, fresh := range []bool{true, false} {
		err = s.o.Storage.Write(ctx, m.authority, func(l Log) error {
			b, err := newBatch(l, entries, fresh)
			if err != nil {
				return err
			}
			out = protocol.Pushed{Outcomes: make([]protocol.Outcome, 0, len(entries))}
			for i := range entries {
				o, err := b.place(&entries[i], checked[i], lacking)
				if err != nil {
					return err
				}
				out.Outcomes = append(out.Outcomes, o)
				if o.Fate == protocol.FateRefused {
					break // what follows in the chain cannot stand without it
				}
			}
			return l.Append(b.placed, b.gained)
		})
		if !errors.Is(err, ErrExists) {
			break
		}
	}
	return out, err
}

// lacking gives the documents that the entries name and the server has not.
func (s *Server) lacking(r *http.Request, m member, entries []journal.Entry) (map[store.Digest]bool, error) {
	var named []store.Digest
	seen := map[store.Digest]bool{}
	for i := range entries {
		for _, d := range entries[i].Blobs {
			if !seen[d] {
				seen[d] = true
				named = append(named, d)
			}
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	gone, err := s.lackingOf(r.Context(), m.authority, named)
	if err != nil {
		return nil, fmt.Errorf("looking for documents: %w", err)
	}
	lacking := map[store.Digest]bool{}
	for _, d := range gone {
		lacking[d] = true
	}
	return lacking, nil
}

// pullBytes bounds the entries of one answer; at least one is always given.
const pullBytes = 4 << 20

func (s *Server) pull(w http.ResponseWriter, r *http.Request) {
	after, err := queryNumber(r, "after", 0)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	limit, err := queryNumber(r, "limit", protocol.MaxEntries)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	keysAfter, err := queryNumber(r, "keysAfter", 0)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	m := memberOf(r.Context())
	s.sign(m.device.ID, after, versionOf(r))
	var out protocol.Pulled
	err = s.o.Storage.Read(r.Context(), m.authority, func(l Log) error {
		out, err = s.page(l, after, int(min(max(limit, 1), protocol.MaxEntries)))
		return err
	})
	if err == nil {
		// After the entries: each device of theirs was enrolled before it wrote.
		out.Devices, err = s.o.Storage.Devices(r.Context(), m.authority)
	}
	if err == nil {
		out.Head.Authority, out.Head.Devices = m.authority, protocol.DevicesHash(out.Devices)
		out.Head.Sign(s.o.LogKey)
		out.KeysCursor = keysAfter
		var placed []PlacedKey
		placed, err = s.o.Storage.KeysAfter(r.Context(), m.authority, keysAfter, protocol.MaxSubjects)
		for _, k := range placed {
			out.Keys, out.KeysCursor = append(out.Keys, k.SubjectKey), k.Place
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out.Sought, out.Restored = s.sought.of(m.authority), s.o.Restored
	answer(w, http.StatusOK, out)
}

// page gives the entries after a place and the head after them, not yet signed.
func (s *Server) page(l Log, after int64, limit int) (out protocol.Pulled, err error) {
	if out.Last, err = l.Size(); err != nil {
		return out, err
	}
	if after > out.Last {
		return out, protocol.Fail(protocol.CodeNotFound, "the cursor is beyond the log")
	}
	if out.Entries, err = l.Entries(after, limit); err != nil {
		return out, err
	}
	size := 0
	for i := range out.Entries {
		if size += len(out.Entries[i].Data) + 1000; size > pullBytes && i > 0 {
			out.Entries = out.Entries[:i]
			break
		}
	}
	head := protocol.Head{Size: after + int64(len(out.Entries)), At: s.o.Now().UTC()}
	root, err := tlog.TreeHash(head.Size, l)
	if err != nil {
		return out, fmt.Errorf("computing the log's root: %w", err)
	}
	head.Root = journal.Hash(root)
	out.Head = head
	return out, nil
}

func (s *Server) keys(w http.ResponseWriter, r *http.Request) {
	q, err := read[protocol.Keys](w, r)
	if err == nil && len(q.Keys) > protocol.MaxSubjects {
		err = protocol.Fail(protocol.CodeBadRequest, "too many keys")
	}
	m := memberOf(r.Context())
	if err == nil {
		err = s.o.Storage.PutKeys(r.Context(), m.authority, q.Keys)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.changed(m.authority)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) consistency(w http.ResponseWriter, r *http.Request) {
	s.prove(w, r, "from", "to", func(l Log, from, to int64) ([]tlog.Hash, error) { return tlog.ProveTree(to, from, l) })
}

func (s *Server) inclusion(w http.ResponseWriter, r *http.Request) {
	s.prove(w, r, "seq", "size", func(l Log, seq, size int64) ([]tlog.Hash, error) { return tlog.ProveRecord(size, seq-1, l) })
}

// prove answers a Merkle proof for two numbers, the first within the second.
func (s *Server) prove(w http.ResponseWriter, r *http.Request, small, large string, make func(Log, int64, int64) ([]tlog.Hash, error)) {
	a, err := queryNumber(r, small, 0)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	b, err := queryNumber(r, large, 0)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var out protocol.Proof
	err = s.o.Storage.Read(r.Context(), memberOf(r.Context()).authority, func(l Log) error {
		size, err := l.Size()
		if err != nil {
			return err
		}
		if a < 1 || a > b || b > size {
			return protocol.Fail(protocol.CodeNotFound, "no such places")
		}
		proof, err := make(l, a, b)
		for _, h := range proof {
			out.Hashes = append(out.Hashes, journal.Hash(h))
		}
		return err
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, out)
}

// PublicLogKey is what devices verify heads with.
func (s *Server) PublicLogKey() ed25519.PublicKey { return s.o.LogKey.Public().(ed25519.PublicKey) }
