package pades

import (
	"context"
	"fmt"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/validation"
)

// Archive raises a document to B-LTA (EN 319 142-1 §6.3): to B-LT, with the proofs
// of its timestamps as well, then a document timestamp over all of it, and the
// proofs of this one, so that the file can be judged alone. Done again, it renews: a
// new document timestamp covers the former and its proofs. Beside an error it gives
// what was reached before.
//
// Errors: those of Raise.
func Archive(ctx context.Context, data []byte, s Sources) ([]byte, signature.Level, error) {
	out, level, err := Raise(ctx, data, s)
	if err != nil {
		return nil, level, err
	}
	archived, err := documentTimestamp(ctx, out, s.Timestamper)
	if err != nil {
		return out, signature.LevelLT, fmt.Errorf("archive timestamp: %w", err)
	}
	items, err := signedItems(ctx, archived)
	if err != nil {
		return out, signature.LevelLT, err
	}
	whole, err := addSecurityStore(ctx, archived, items, s)
	if err != nil {
		return archived, signature.LevelLTA, fmt.Errorf("the proofs of the archive timestamp: %w", err)
	}
	return whole, signature.LevelLTA, nil
}

// ArchivedUntil is when the certificate of a document's newest document timestamp
// ends: it is renewed before. The zero time: the document has none.
func ArchivedUntil(ctx context.Context, data []byte) (time.Time, error) {
	items, err := signedItems(ctx, data)
	if err != nil {
		return time.Time{}, err
	}
	for i := len(items) - 1; i >= 0; i-- {
		if items[i].Kind != validation.DocumentTimestamp {
			continue
		}
		signed := items[i].cms
		leaf := signed.Signers[0].Find(signed.Certificates)
		if leaf == nil {
			return time.Time{}, fmt.Errorf("the archive timestamp has no certificate: %w", signature.ErrTimestamp)
		}
		return leaf.NotAfter, nil
	}
	return time.Time{}, nil
}
