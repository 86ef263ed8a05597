package server

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// The reasons for which a trust package is not published, beside those of trustpackage.Open.
var (
	// ErrNotNewer: laptops would not take it after the one that is published.
	ErrNotNewer = errors.New("the trust package is not newer than the one published")
	// ErrEnded: it vouches for nothing any more.
	ErrEnded = errors.New("the trust package is past its end")
	// ErrTooLarge: laptops would not read it.
	ErrTooLarge = errors.New("the trust package is too large to be sent")
)

// TrustShelf is where the documents' storage keeps the package: no authority has such an id.
const TrustShelf = "trust-package"

// Published names a package that laptops fetch.
type Published struct {
	Version int
	Digest  store.Digest
}

// SignTrust gives the key with which trust packages are made: that of the log, which every
// laptop of this server knows since it enrolled.
func (s *Server) SignTrust(make func(key ed25519.PrivateKey) ([]byte, error)) ([]byte, error) {
	return make(s.o.LogKey)
}

// PublishTrust offers a package to all laptops, in the place of the former: only a whole one
// that this server has signed, newer, and not past its end.
// Errors: those of trustpackage.Open, ErrNotNewer, ErrEnded, ErrTooLarge, ErrFull.
func (s *Server) PublishTrust(ctx context.Context, raw []byte) (trustpackage.Manifest, error) {
	if len(raw) > protocol.MaxTrust {
		return trustpackage.Manifest{}, fmt.Errorf("%d bytes for %d at most: %w", len(raw), protocol.MaxTrust, ErrTooLarge)
	}
	p, err := trustpackage.Open(ctx, raw, []ed25519.PublicKey{s.o.LogKey.Public().(ed25519.PublicKey)})
	if err != nil {
		return trustpackage.Manifest{}, err
	}
	if p.Old(s.o.Now()) {
		return p.Manifest, fmt.Errorf("it ended on %s: %w", p.Until.Format(time.DateOnly), ErrEnded)
	}
	// The content is there before its name is.
	t := Published{Version: p.Version, Digest: store.DigestOf(raw)}
	if err := s.o.Blobs.Put(ctx, TrustShelf, t.Digest, int64(len(raw)), bytes.NewReader(raw)); err != nil {
		return p.Manifest, fmt.Errorf("keeping the trust package: %w", err)
	}
	if err := s.o.Storage.SetTrust(ctx, t); err != nil {
		return p.Manifest, fmt.Errorf("publishing the trust package: %w", err)
	}
	return p.Manifest, nil
}

// PublishedTrust names the package that laptops fetch; ErrNotFound when there is none.
func (s *Server) PublishedTrust(ctx context.Context) (Published, error) {
	return s.o.Storage.Trust(ctx)
}

// trust gives the package, unless the laptop has it (If-None-Match); its ETag is its digest.
func (s *Server) trust(w http.ResponseWriter, r *http.Request) {
	t, err := s.o.Storage.Trust(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.give(w, r, TrustShelf, t)
}

// give answers with what a shelf of the documents' storage keeps.
func (s *Server) give(w http.ResponseWriter, r *http.Request, shelf string, p Published) {
	content, err := s.o.Blobs.Open(r.Context(), shelf, p.Digest)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer content.Close()
	w.Header().Set("Content-Type", protocol.TypeTrust)
	w.Header().Set("ETag", protocol.TrustTag(p.Digest))
	w.Header().Set(protocol.HeaderTrust, strconv.Itoa(p.Version))
	http.ServeContent(w, r, "", time.Time{}, content)
}
