package server

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// AgencyName is what laptops call the agency's own computer among theirs.
const AgencyName = "ALPI, réponses aux demandes"

// The agency answers what an authority asks of it by entries, like anybody: by a device of
// its own in that authority, enrolled at its first answer and seen by every laptop. Its key
// is derived from the log key, so that nothing more is kept.

// agency gives the agency's device in an authority, enrolled.
func (s *Server) agency(ctx context.Context, authority string) (protocol.Device, ed25519.PrivateKey, error) {
	derive := func(what string) ([]byte, error) {
		return hkdf.Key(sha256.New, s.o.LogKey.Seed(), nil, "airial agency "+what+" 1\x00"+authority, 32)
	}
	seed, err := derive("signature")
	if err != nil {
		return protocol.Device{}, nil, fmt.Errorf("deriving the agency's key: %w", err)
	}
	secret, err := derive("exchange")
	if err != nil {
		return protocol.Device{}, nil, fmt.Errorf("deriving the agency's key: %w", err)
	}
	exchange, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return protocol.Device{}, nil, fmt.Errorf("deriving the agency's key: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	public := key.Public().(ed25519.PublicKey)
	digest := sha256.Sum256(public)
	id := hex.EncodeToString(digest[:16])
	d, _, err := s.o.Storage.Device(ctx, id)
	if err == nil || !errors.Is(err, ErrNotFound) {
		return d, key, err
	}
	code, err := s.NewCode(ctx, authority)
	if err != nil {
		return d, nil, err
	}
	now := s.o.Now()
	d = protocol.Device{ID: id, Name: AgencyName, Signature: public, Exchange: exchange.PublicKey().Bytes(), Enrolled: now.UTC().Truncate(time.Microsecond)}
	if _, err := s.o.Storage.Enrol(ctx, hashCode(code), now, d); err != nil {
		return d, nil, fmt.Errorf("enrolling the agency's device: %w", err)
	}
	return d, key, nil
}

// agencyActor is who answers, in the journal.
const agencyActor = "alpi"

// Answer writes an entry of the agency at the end of a stream that an authority began.
// Error: ErrNotFound when there is no such stream.
func (s *Server) Answer(ctx context.Context, authority, stream, kind string, data any) error {
	return s.write(ctx, authority, stream, kind, data, nil, false)
}

// Tell writes an entry of the agency at the end of a stream, which it begins where there is none, with the documents that it names.
func (s *Server) Tell(ctx context.Context, authority, stream, kind string, data any, documents ...[]byte) error {
	var kept []Blob
	for _, content := range documents {
		d, size := store.DigestOf(content), int64(len(content))
		if err := s.o.Blobs.Put(ctx, authority, d, size, bytes.NewReader(content)); err != nil {
			return fmt.Errorf("keeping a document: %w", err)
		}
		kept = append(kept, Blob{Digest: d, Size: size})
	}
	if err := s.note(ctx, authority, kept); err != nil {
		return fmt.Errorf("keeping a document: %w", err)
	}
	return s.write(ctx, authority, stream, kind, data, kept, true)
}

// write writes an entry of the agency. begins: the stream need not be.
func (s *Server) write(ctx context.Context, authority, stream, kind string, data any, documents []Blob, begins bool) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	id, err := uuid.NewV7FromReader(s.o.Rand)
	if err != nil {
		return fmt.Errorf("drawing an id: %w", err)
	}
	d, key, err := s.agency(ctx, authority)
	if err != nil {
		return err
	}
	err = s.o.Storage.Write(ctx, authority, func(l Log) error {
		tips, err := l.Streams([]string{stream})
		if err != nil {
			return err
		}
		tip, ok := tips[stream]
		if !ok && !begins {
			return fmt.Errorf("stream %s: %w", stream, ErrNotFound)
		}
		chain, err := l.Chain(d.ID)
		if err != nil {
			return err
		}
		e := journal.Entry{
			ID: id.String(), Authority: authority, Stream: stream, Version: int(tip.Number) + 1, Base: tip.Hash, Kind: kind, Schema: 1, Data: text,
			Actor: agencyActor, Device: d.ID, DeviceSeq: chain.Number + 1, At: s.o.Now().UTC().Truncate(time.Microsecond), Prev: chain.Hash,
		}
		for _, b := range documents {
			e.Blobs = append(e.Blobs, b.Digest)
		}
		e.Hash = e.ComputeHash()
		e.Sig = ed25519.Sign(key, e.Hash[:])
		entries := []journal.Entry{e}
		b, err := newBatch(l, entries, false)
		if err != nil {
			return err
		}
		out, err := b.place(&e, check(member{device: d, authority: authority}, entries)[0], nil)
		if err != nil {
			return err
		}
		if out.Fate != protocol.FateAccepted {
			return fmt.Errorf("the answer has no place: %s %s %s", out.Fate, out.Code, out.Detail)
		}
		return l.Append(b.placed, b.gained)
	})
	if err != nil {
		return fmt.Errorf("answering: %w", err)
	}
	s.changed(authority)
	return nil
}

// Document gives what an authority joined to a request. Errors: ErrNotFound while it has not come.
func (s *Server) Document(ctx context.Context, authority string, d store.Digest) (io.ReadSeekCloser, error) {
	return s.o.Blobs.Open(ctx, authority, d)
}
