package transfer

import (
	"context"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// How long a line that drops is waited for: longer and longer between two tries, five minutes in all.
const (
	firstWait = time.Second
	longWait  = 30 * time.Second
	maxWait   = 5 * time.Minute
)

// patient is a door that is tried again.
type patient struct {
	Door
	passing func(error) bool
}

// Patient has a door tried again when the line drops, which passing tells: a piece is named by its digest, and a file by its pieces, so
// that one whose answer was lost is not there twice.
func Patient(door Door, passing func(error) bool) Door { return patient{door, passing} }

// PutPiece implements Door.
func (p patient) PutPiece(ctx context.Context, id string, d store.Digest, piece []byte) error {
	return patiently(ctx, p.passing, func() error { return p.Door.PutPiece(ctx, id, d, piece) })
}

// Piece implements Door.
func (p patient) Piece(ctx context.Context, id string, d store.Digest) (piece []byte, err error) {
	err = patiently(ctx, p.passing, func() (err error) {
		piece, err = p.Door.Piece(ctx, id, d)
		return err
	})
	return piece, err
}

// AddFile implements Door.
func (p patient) AddFile(ctx context.Context, id string, f protocol.LinkFile) error {
	return patiently(ctx, p.passing, func() error { return p.Door.AddFile(ctx, id, f) })
}

// patiently does something until it succeeds, fails for good, or has waited for long enough.
func patiently(ctx context.Context, passing func(error) bool, do func() error) error {
	waited := time.Duration(0)
	for wait := firstWait; ; wait = min(2*wait, longWait) {
		err := do()
		if err == nil || ctx.Err() != nil || !passing(err) || waited >= maxWait {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
			waited += wait
		}
	}
}
