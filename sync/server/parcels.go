package server

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"

	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// ParcelShelf is where the documents' storage keeps the parcels: no authority has such an id.
const ParcelShelf = "parcels"

// MakeParcel signs a parcel with the key of the log, which every laptop of this server knows.
func (s *Server) MakeParcel(kind string, files map[string][]byte, version int) ([]byte, error) {
	return parcel.Make(kind, files, version, s.o.Now(), s.o.LogKey)
}

// PublishParcel offers a parcel to all laptops, in the place of the former of its kind: only a
// whole one that this server has signed, and newer.
// Errors: those of parcel.Open, ErrNotNewer, ErrTooLarge, ErrFull, and check's.
func (s *Server) PublishParcel(ctx context.Context, raw []byte, check func(*parcel.Parcel) error) (*parcel.Parcel, error) {
	if len(raw) > protocol.MaxParcel {
		return nil, fmt.Errorf("%d bytes for %d at most: %w", len(raw), protocol.MaxParcel, ErrTooLarge)
	}
	p, err := parcel.Open("", raw, []ed25519.PublicKey{s.o.LogKey.Public().(ed25519.PublicKey)})
	if err != nil {
		return nil, err
	}
	if err := check(p); err != nil {
		return p, err
	}
	// The content is there before its name is.
	named := Published{Version: p.Version, Digest: store.DigestOf(raw)}
	if err := s.o.Blobs.Put(ctx, ParcelShelf, named.Digest, int64(len(raw)), bytes.NewReader(raw)); err != nil {
		return p, fmt.Errorf("keeping the parcel: %w", err)
	}
	if err := s.o.Storage.SetParcel(ctx, p.Kind, named); err != nil {
		return p, fmt.Errorf("publishing the parcel: %w", err)
	}
	return p, nil
}

// Offered reads the parcel of a kind that is offered, verified. Errors: ErrNotFound, those of parcel.Open.
func (s *Server) Offered(ctx context.Context, kind string) (*parcel.Parcel, error) {
	named, err := s.o.Storage.Parcel(ctx, kind)
	if err != nil {
		return nil, err
	}
	content, err := s.o.Blobs.Open(ctx, ParcelShelf, named.Digest)
	if err != nil {
		return nil, fmt.Errorf("opening the parcel %s: %w", kind, err)
	}
	raw, err := io.ReadAll(io.LimitReader(content, protocol.MaxParcel+1))
	if err := errors.Join(err, content.Close()); err != nil {
		return nil, fmt.Errorf("reading the parcel %s: %w", kind, err)
	}
	return parcel.Open(kind, raw, []ed25519.PublicKey{s.o.LogKey.Public().(ed25519.PublicKey)})
}

// parcel gives the one of a kind, unless the laptop has it.
func (s *Server) parcel(w http.ResponseWriter, r *http.Request) {
	p, err := s.o.Storage.Parcel(r.Context(), r.PathValue("kind"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.give(w, r, ParcelShelf, p)
}
