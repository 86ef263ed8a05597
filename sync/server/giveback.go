package server

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/sync/protocol"
)

// giveBack takes back places that this server had given and lost with what came after its last
// backup. What proves them is its own signature under the head that a laptop kept: the
// places are those of that head or none, whoever brings them, and devices enrolled or revoked
// since are those that the head names.
func (s *Server) giveBack(w http.ResponseWriter, r *http.Request) {
	q, err := read[protocol.Return](w, r)
	m := memberOf(r.Context())
	if err == nil {
		err = s.proven(m, &q)
	}
	if err == nil {
		err = s.takeDevices(r, m.authority, q.Devices)
	}
	var size int64
	if err == nil {
		err = s.o.Storage.Write(r.Context(), m.authority, func(l Log) (err error) {
			size, err = restore(l, &q)
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.o.Log.Warn("places were given back", "authority", m.authority, "size", size, "had", q.Head.Size)
	s.changed(m.authority)
	answer(w, http.StatusOK, protocol.Returned{Size: size})
}

// proven tells whether the head is this server's own, of the speaker's authority, with its devices.
func (s *Server) proven(m member, q *protocol.Return) error {
	switch {
	case len(q.Entries) == 0 || len(q.Entries) > protocol.MaxEntries:
		return protocol.Fail(protocol.CodeBadRequest, "no entries, or too many")
	case q.Head.Authority != m.authority:
		return protocol.Fail(protocol.CodeForeign, "a head of another authority")
	case !q.Head.Verify(s.PublicLogKey()) || protocol.DevicesHash(q.Devices) != q.Head.Devices:
		return protocol.Fail(protocol.CodeSignature, "the head is not this server's")
	}
	return nil
}

// takeDevices enrols again the devices that the backup did not know, and revokes those that it
// did not know as revoked.
func (s *Server) takeDevices(r *http.Request, authority string, devices []protocol.Device) error {
	ctx := r.Context()
	for _, d := range devices {
		known, of, err := s.o.Storage.Device(ctx, d.ID)
		if errors.Is(err, ErrNotFound) {
			if err := s.enrolAgain(r, authority, d); err != nil {
				return err
			}
		} else if err != nil {
			return err
		} else if of != authority || !known.Signature.Equal(d.Signature) {
			return protocol.Fail(protocol.CodeForeign, "a device that is another's")
		}
		if d.Revoked != nil && known.Revoked == nil {
			if err := s.o.Storage.Revoke(ctx, authority, d.ID, *d.Revoked); err != nil {
				return fmt.Errorf("revoking device %s again: %w", d.ID, err)
			}
		}
	}
	return nil
}

func (s *Server) enrolAgain(r *http.Request, authority string, d protocol.Device) error {
	random := make([]byte, sha256.Size)
	if _, err := io.ReadFull(s.o.Rand, random); err != nil {
		return fmt.Errorf("drawing a code: %w", err)
	}
	now := s.o.Now()
	code := Code{Hash: sha256.Sum256(random), Authority: authority, Expires: now.Add(time.Minute)}
	if err := s.o.Storage.AddCode(r.Context(), code); err != nil {
		return fmt.Errorf("enrolling device %s again: %w", d.ID, err)
	}
	if _, err := s.o.Storage.Enrol(r.Context(), code.Hash, now, d); err != nil {
		return fmt.Errorf("enrolling device %s again: %w", d.ID, err)
	}
	return nil
}

// restore puts the places back after the last one, and holds the log against the head.
func restore(l Log, q *protocol.Return) (int64, error) {
	size, err := l.Size()
	if err != nil {
		return 0, err
	}
	keys := map[string]ed25519.PublicKey{}
	for _, d := range q.Devices {
		keys[d.ID] = d.Signature
	}
	for i := range q.Entries {
		p := &q.Entries[i]
		if p.Seq <= size && i == 0 {
			return size, nil // another laptop was quicker: the speaker asks where to go on
		}
		if p.Seq != size+1 || p.Seq > q.Head.Size {
			return 0, protocol.Fail(protocol.CodeBadRequest, "the places do not follow")
		}
		if p.Authority != q.Head.Authority {
			return 0, protocol.Fail(protocol.CodeForeign, "")
		}
		if err := p.Check(keys[p.Device]); err != nil {
			return 0, protocol.Fail(protocol.CodeSignature, err.Error())
		}
		size++
	}
	if err := Append(l, q.Entries); err != nil {
		return 0, fmt.Errorf("growing the log: %w", err)
	}
	root, err := tlog.TreeHash(size, l)
	if err != nil {
		return 0, fmt.Errorf("computing the log's root: %w", err)
	}
	if err := journal.CheckConsistency(size, journal.Hash(root), q.Head.Size, q.Head.Root, q.Proof); err != nil {
		return 0, protocol.Fail(protocol.CodeRewritten, "the places are not those of the head")
	}
	return size, nil
}
