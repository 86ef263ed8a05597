package server

import (
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
	var out protocol.Pushed
	err = s.o.Storage.Write(r.Context(), m.authority, func(l Log) error {
		out = protocol.Pushed{Outcomes: make([]protocol.Outcome, 0, len(q.Entries))}
		for i := range q.Entries {
			o, err := place(l, m, &q.Entries[i], lacking)
			if err != nil {
				return err
			}
			out.Outcomes = append(out.Outcomes, o)
			if o.Fate == protocol.FateRefused {
				break // what follows in the chain cannot stand without it
			}
		}
		return nil
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.hub.changed(m.authority)
	answer(w, http.StatusOK, out)
}

// lacking gives the documents that the entries name and the server has not.
func (s *Server) lacking(r *http.Request, m member, entries []journal.Entry) (map[store.Digest]bool, error) {
	lacking := map[store.Digest]bool{}
	for i := range entries {
		for _, d := range entries[i].Blobs {
			if _, asked := lacking[d]; asked {
				continue
			}
			has, err := s.o.Blobs.Has(r.Context(), m.authority, d)
			if err != nil {
				return nil, fmt.Errorf("looking for document %s: %w", d, err)
			}
			lacking[d] = !has
		}
	}
	return lacking, nil
}

// place gives an entry its place, or says why it has none.
func place(l Log, m member, e *journal.Entry, lacking map[store.Digest]bool) (protocol.Outcome, error) {
	refused := func(code protocol.Code, detail string) (protocol.Outcome, error) {
		return protocol.Outcome{ID: e.ID, Fate: protocol.FateRefused, Code: code, Detail: detail}, nil
	}
	known, err := l.Entry(e.ID)
	if err != nil {
		return protocol.Outcome{}, err
	}
	if known != nil {
		if known.Hash != e.Hash {
			return refused(protocol.CodeRewritten, "")
		}
		return protocol.Outcome{ID: e.ID, Fate: protocol.FateKnown, Seq: known.Seq}, nil
	}
	if e.Authority != m.authority || e.Device != m.device.ID {
		return refused(protocol.CodeForeign, "")
	}
	if err := e.Check(m.device.Signature); err != nil {
		if errors.Is(err, journal.ErrMalformed) {
			return refused(protocol.CodeMalformed, err.Error())
		}
		return refused(protocol.CodeSignature, err.Error())
	}
	seq, hash, err := l.Chain(e.Device)
	if err != nil {
		return protocol.Outcome{}, err
	}
	if e.DeviceSeq != seq+1 || e.Prev != hash {
		return refused(protocol.CodeChain, fmt.Sprintf("number %d after %d", e.DeviceSeq, seq))
	}
	for _, d := range e.Blobs {
		if lacking[d] {
			return refused(protocol.CodeNoBlob, d.String())
		}
	}
	version, base, err := l.Stream(e.Stream)
	if err != nil {
		return protocol.Outcome{}, err
	}
	size, err := l.Size()
	if err != nil {
		return protocol.Outcome{}, err
	}
	p := &journal.Placed{Entry: *e, Seq: size + 1, Contested: e.Version != version+1 || e.Base != base}
	hashes, err := tlog.StoredHashes(size, p.Leaf(), l)
	if err != nil {
		return protocol.Outcome{}, fmt.Errorf("growing the log: %w", err)
	}
	if err := l.Append(p, hashes); err != nil {
		return protocol.Outcome{}, err
	}
	fate := protocol.FateAccepted
	if p.Contested {
		fate = protocol.FateContested
	}
	return protocol.Outcome{ID: e.ID, Fate: fate, Seq: p.Seq}, nil
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
		out.Keys, out.KeysCursor, err = s.o.Storage.KeysAfter(r.Context(), m.authority, keysAfter, protocol.MaxSubjects)
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
	s.hub.changed(m.authority)
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
