package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/share"
)

var _ share.Pieces = (*Store)(nil)

func (s *Store) pieceKey(link string, d store.Digest) string {
	return s.key("links", link, d.String())
}

// explainPiece gives the errors that package share knows.
func explainPiece(err error) error {
	err = explain(err)
	switch {
	case errors.Is(err, server.ErrNotFound):
		return fmt.Errorf("%w: %w", share.ErrNotFound, err)
	case errors.Is(err, server.ErrFull):
		return fmt.Errorf("%w: %w", share.ErrFull, err)
	}
	return err
}

// HasLinkPiece implements share.Pieces.
func (s *Store) HasLinkPiece(ctx context.Context, link string, d store.Digest) (bool, error) {
	_, err := s.c.StatObject(ctx, s.o.Bucket, s.pieceKey(link, d), minio.StatObjectOptions{})
	if err = explainPiece(err); errors.Is(err, share.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// PutLinkPiece implements share.Pieces: a store shows an object once it is whole.
func (s *Store) PutLinkPiece(ctx context.Context, link string, d store.Digest, content []byte) error {
	_, err := s.c.PutObject(ctx, s.o.Bucket, s.pieceKey(link, d), bytes.NewReader(content), int64(len(content)), minio.PutObjectOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return fmt.Errorf("keeping a piece of link %s: %w", link, explainPiece(err))
	}
	return nil
}

// OpenLinkPiece implements share.Pieces.
func (s *Store) OpenLinkPiece(ctx context.Context, link string, d store.Digest) (io.ReadSeekCloser, error) {
	o, err := s.c.GetObject(ctx, s.o.Bucket, s.pieceKey(link, d), minio.GetObjectOptions{})
	if err != nil {
		return nil, explainPiece(err)
	}
	if _, err := o.Stat(); err != nil {
		return nil, errors.Join(fmt.Errorf("a piece of link %s: %w", link, explainPiece(err)), o.Close())
	}
	return o, nil
}

// DropLinkPieces implements share.Pieces.
func (s *Store) DropLinkPieces(ctx context.Context, link string) error {
	var errs []error
	for o := range s.c.ListObjects(ctx, s.o.Bucket, minio.ListObjectsOptions{Prefix: s.key("links", link) + "/", Recursive: true}) {
		if o.Err != nil {
			return fmt.Errorf("listing the pieces of link %s: %w", link, explainPiece(o.Err))
		}
		if err := s.c.RemoveObject(ctx, s.o.Bucket, o.Key, minio.RemoveObjectOptions{}); err != nil {
			errs = append(errs, fmt.Errorf("erasing a piece of link %s: %w", link, explainPiece(err)))
		}
	}
	return errors.Join(errs...)
}
