package server

import (
	"io"
	"net/http"

	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/sync/protocol"
)

// links has a computer of an authority answered about its links. What it says of a large file is long, and comes compressed.
func (s *Server) links(w http.ResponseWriter, r *http.Request) {
	body, err := decompress(r.Body, r.Header.Get("Content-Encoding"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer body.Close()
	r.Body = body
	s.o.Links.ServeMember(w, r, memberOf(r.Context()).authority)
}

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
