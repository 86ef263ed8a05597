package share

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// Rows keep links in a database, for any number of processes. ErrNotFound.
type Rows interface {
	CreateLink(ctx context.Context, id, authority string, body []byte) error
	// ChangeLink changes a link, one change at a time whatever the process; an error of do leaves it as it was.
	ChangeLink(ctx context.Context, id string, do func(body []byte) ([]byte, error)) error
	Link(ctx context.Context, id string) ([]byte, error)
	LinksOf(ctx context.Context, authority string) ([][]byte, error)
	DropLink(ctx context.Context, id string) error
}

// Pieces keep the pieces of links by digest, for any number of processes. ErrNotFound, ErrFull.
type Pieces interface {
	HasLinkPiece(ctx context.Context, link string, d store.Digest) (bool, error)
	// PutLinkPiece keeps content, whose digest is d, whole or not at all.
	PutLinkPiece(ctx context.Context, link string, d store.Digest, content []byte) error
	OpenLinkPiece(ctx context.Context, link string, d store.Digest) (io.ReadSeekCloser, error)
	// DropLinkPieces removes all those of a link.
	DropLinkPieces(ctx context.Context, link string) error
}

// Shared keeps links in a database and their pieces in an object store: any process serves a link
// that another made.
type Shared struct {
	Rows   Rows
	Pieces Pieces
}

var _ Storage = (*Shared)(nil)

func readLink(text []byte) (*link, error) {
	var l link
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("reading a link: %w", err)
	}
	return &l, nil
}

// Create implements Storage.
func (s *Shared) Create(ctx context.Context, l *link) error {
	text, err := json.Marshal(l)
	if err == nil {
		err = s.Rows.CreateLink(ctx, l.ID, l.Authority, text)
	}
	if err != nil {
		return fmt.Errorf("making link %s: %w", l.ID, err)
	}
	return nil
}

// Update implements Storage.
func (s *Shared) Update(ctx context.Context, id string, do func(*link) error) error {
	if !isID(id) {
		return ErrNotFound
	}
	return s.Rows.ChangeLink(ctx, id, func(text []byte) ([]byte, error) {
		l, err := readLink(text)
		if err == nil {
			err = do(l)
		}
		if err != nil {
			return nil, err
		}
		return json.Marshal(l)
	})
}

// Read implements Storage.
func (s *Shared) Read(ctx context.Context, id string) (*link, error) {
	if !isID(id) {
		return nil, ErrNotFound
	}
	text, err := s.Rows.Link(ctx, id)
	if err != nil {
		return nil, err
	}
	return readLink(text)
}

// Of implements Storage.
func (s *Shared) Of(ctx context.Context, authority string) (out []*link, err error) {
	all, err := s.Rows.LinksOf(ctx, authority)
	for _, text := range all {
		l, err := readLink(text)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, err
}

// Erase implements Storage: the link goes first, so that nobody is led to pieces that are going.
func (s *Shared) Erase(ctx context.Context, id string) error {
	if err := s.Rows.DropLink(ctx, id); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return s.Pieces.DropLinkPieces(ctx, id)
}

// EraseContents implements Storage.
func (s *Shared) EraseContents(ctx context.Context, id string) error {
	return s.Pieces.DropLinkPieces(ctx, id)
}

// HasPiece implements Storage. A store that cannot be asked has it not: it is sent again.
func (s *Shared) HasPiece(ctx context.Context, id string, d store.Digest) bool {
	has, err := s.Pieces.HasLinkPiece(ctx, id, d)
	return err == nil && has
}

// PutPiece implements Storage.
func (s *Shared) PutPiece(ctx context.Context, id string, d store.Digest, content io.Reader) error {
	whole, err := io.ReadAll(io.LimitReader(content, protocol.MaxPiece+1))
	if err != nil {
		return fmt.Errorf("receiving a piece: %w", err)
	}
	if len(whole) > protocol.MaxPiece {
		return errTooLarge
	}
	if store.Digest(sha256.Sum256(whole)) != d {
		return store.ErrWrongDigest
	}
	return s.Pieces.PutLinkPiece(ctx, id, d, whole)
}

// OpenPiece implements Storage.
func (s *Shared) OpenPiece(ctx context.Context, id string, d store.Digest) (io.ReadSeekCloser, error) {
	return s.Pieces.OpenLinkPiece(ctx, id, d)
}

// Move copies the links of a folder, which takes nothing more, to another storage, with their pieces. What
// a former try has brought is not brought again. It tells how many links were moved.
func Move(ctx context.Context, from *Folder, to Storage) (n int, err error) {
	all, err := os.ReadDir(from.dir)
	if err != nil {
		return 0, fmt.Errorf("listing links: %w", err)
	}
	for _, e := range all {
		l, err := from.Read(ctx, e.Name())
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err == nil {
			err = moveOne(ctx, from, to, l)
		}
		if err != nil {
			return n, fmt.Errorf("moving link %s: %w", e.Name(), err)
		}
		n++
	}
	return n, nil
}

func moveOne(ctx context.Context, from *Folder, to Storage, l *link) error {
	pieces, err := from.pieces(l.ID)
	if err != nil {
		return err
	}
	for _, d := range pieces {
		if to.HasPiece(ctx, l.ID, d) {
			continue
		}
		content, err := from.OpenPiece(ctx, l.ID, d)
		if err != nil {
			return err
		}
		err = errors.Join(to.PutPiece(ctx, l.ID, d, content), content.Close())
		if err != nil {
			return err
		}
	}
	// The link last: it is there with all its pieces, or not at all.
	_, err = to.Read(ctx, l.ID)
	if errors.Is(err, ErrNotFound) {
		return to.Create(ctx, l)
	}
	if err != nil {
		return err
	}
	return to.Update(ctx, l.ID, func(there *link) error { *there = *l; return nil })
}
