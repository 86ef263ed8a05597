package server

import (
	"io"

	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/sync/protocol"
)

// decompress opens a body sent in zstd; what comes out is bounded by its reader.
func decompress(body io.ReadCloser, encoding string) (io.ReadCloser, error) {
	switch encoding {
	case "", "identity":
		return body, nil
	case "zstd":
		d, err := zstd.NewReader(body, zstd.WithDecoderMaxMemory(protocol.MaxBody), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, protocol.Fail(protocol.CodeBadRequest, "the body is not zstd")
		}
		return d.IOReadCloser(), nil
	}
	return nil, protocol.Fail(protocol.CodeBadRequest, "unknown encoding of the body")
}
