package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// writers is how many documents of one message are written at the same time: each waits for the disk.
const writers = 16

// together takes several small documents at once. Each is kept before the laptop hears of any; what is not what its digest says is
// left out, and told.
func (s *Server) together(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength < 0 || r.ContentLength > protocol.MaxTogether {
		s.fail(w, r, protocol.Fail(protocol.CodeBadRequest, "the length of the message is not told, or too large"))
		return
	}
	m := memberOf(r.Context())
	if err := s.roomFor(r.Context(), m, r.ContentLength); err != nil {
		s.fail(w, r, err)
		return
	}
	kept, wrong, err := s.keepTogether(r, m.authority)
	if noted := s.note(r.Context(), m.authority, kept); err == nil {
		err = noted
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, protocol.Together{Wrong: wrong})
}

func (s *Server) keepTogether(r *http.Request, authority string) (kept []Blob, wrong []store.Digest, err error) {
	var mu sync.Mutex
	at, ctx := errgroup.WithContext(r.Context())
	at.SetLimit(writers)
	reading := protocol.ReadTogether(r.Body, func(d store.Digest, content []byte) error {
		at.Go(func() error {
			size := int64(len(content))
			err := s.o.Blobs.Put(ctx, authority, d, size, bytes.NewReader(content))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, store.ErrWrongDigest):
				wrong = append(wrong, d)
			case err != nil:
				return err
			default:
				kept = append(kept, Blob{Digest: d, Size: size})
			}
			return nil
		})
		return ctx.Err()
	})
	// What a document says of the disk is the cause, when reading stopped for it.
	if err := at.Wait(); err != nil {
		return kept, wrong, err
	}
	return kept, wrong, reading
}

// note says that documents are kept, and looked for no longer.
func (s *Server) note(ctx context.Context, authority string, kept []Blob) error {
	if len(kept) == 0 {
		return nil
	}
	if err := s.notes.add(ctx, authority, kept...); err != nil {
		return fmt.Errorf("noting documents: %w", err)
	}
	for _, b := range kept {
		s.o.Observe.Kept(b.Size)
		s.sought.found(authority, b.Digest)
	}
	return nil
}
