package pades

import (
	"context"
	"encoding/asn1"
	"encoding/hex"
	"fmt"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/validation"
)

// Piece is a signature as it stands in a document: what any program verifies it with.
type Piece struct {
	Field string
	// Timestamp: it is a document timestamp, and CMS a TimeStampToken.
	Timestamp bool
	// Range are the two stretches of the file that are signed: the start and the length of each,
	// in bytes.
	Range [4]int
	// CMS is the signature without what pads its place.
	CMS []byte
}

// Pieces gives the signatures of a document, in the order in which they were laid. Errors: those
// of Inspect, signature.ErrNotSigned, signature.ErrCMS.
func Pieces(ctx context.Context, data []byte) ([]Piece, error) {
	items, err := signedItems(ctx, data)
	if err != nil {
		return nil, err
	}
	var all []Piece
	for _, it := range items {
		padded, err := hex.DecodeString(string(data[it.hole.Start+1 : it.hole.End-1]))
		if err != nil {
			return nil, fmt.Errorf("signature %q: %w", it.Field, signature.ErrCMS)
		}
		var whole asn1.RawValue
		if _, err := asn1.Unmarshal(padded, &whole); err == nil {
			padded = whole.FullBytes // else it is BER, which ends by itself
		}
		all = append(all, Piece{
			Field: it.Field, Timestamp: it.Kind == validation.DocumentTimestamp, CMS: padded,
			Range: [4]int{0, it.hole.Start, it.hole.End, it.Length - it.hole.End},
		})
	}
	return all, nil
}
