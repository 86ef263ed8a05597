package protocol

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"alpi40.fr/airial/local/store"
)

// Several small documents in one message (PathTogether): of each its digest (32 bytes), its length (8 bytes, the
// first the heaviest) and its content. The answer is Together.
const (
	TypeTogether = "application/vnd.airial.documents"
	// TogetherHead is how many bytes stand before each content.
	TogetherHead = len(store.Digest{}) + 8
)

// announced is how much room a document is given before it comes: most are no longer.
const announced = 256 << 10

// Together is what became of the documents of one message.
type Together struct {
	// Wrong are those that were not what their digests say: they are not kept, the others are.
	Wrong []store.Digest `json:"wrong,omitempty"`
}

// HeadOf is what stands before the content of a document.
func HeadOf(d store.Digest, size int64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, TogetherHead), d[:]...), uint64(size))
}

// ReadTogether gives the documents of one message of at most MaxTogether bytes, one after the other; what is given is the
// receiver's. Errors: a Failure when the message is cut, too large or holds too many; what each answers.
func ReadTogether(body io.Reader, each func(d store.Digest, content []byte) error) error {
	room := int64(MaxTogether)
	for n := 0; ; n++ {
		var head [TogetherHead]byte
		switch _, err := io.ReadFull(body, head[:]); {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return Fail(CodeBadRequest, "the message is cut")
		case err != nil:
			return fmt.Errorf("reading documents: %w", err)
		}
		size := binary.BigEndian.Uint64(head[len(store.Digest{}):])
		room -= int64(TogetherHead)
		if n == MaxDocuments || room < 0 || size > uint64(room) {
			return Fail(CodeBadRequest, "too many documents, or too large ones, in one message")
		}
		room -= int64(size)
		// Grown as it comes: what a head announces takes little room by itself.
		var content bytes.Buffer
		content.Grow(int(min(size, announced)) + bytes.MinRead)
		if got, err := io.CopyN(&content, body, int64(size)); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return Fail(CodeBadRequest, fmt.Sprintf("a document of %d bytes is cut after %d", size, got))
			}
			return fmt.Errorf("reading documents: %w", err)
		}
		if err := each(store.Digest(head[:len(store.Digest{})]), content.Bytes()); err != nil {
			return err
		}
	}
}
