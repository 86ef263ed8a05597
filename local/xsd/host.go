package xsd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// run is the work that a sandbox does.
type run struct {
	document io.Reader
	problems []Problem
	err      error // that stopped it
}

type runKey struct{}

// What the sandbox tells: the order is that of packaging/dev/libxml2/shim.c.
const (
	kindMalformed = iota
	kindInvalid
	kindSchema
	kindDoctype
	kindLimit
)

// Some of libxml2's codes (xmlParserErrors).
const (
	outOfMemory         = 2
	unknownEncoding     = 31
	unsupportedEncoding = 32
)

// maxRead bounds what one read gives.
const maxRead = 1 << 20

// hostRead gives the sandbox the next bytes of the document.
func hostRead(ctx context.Context, m api.Module, to uint32, room int32) int32 {
	r, ok := ctx.Value(runKey{}).(*run)
	if !ok || r.document == nil || r.err != nil || room <= 0 {
		return -1
	}
	if err := ctx.Err(); err != nil {
		r.err = err
		return -1
	}
	window, ok := m.Memory().Read(to, uint32(min(room, maxRead)))
	if !ok {
		return -1
	}
	// libxml2 takes what one read gives for all that it can look ahead at: the room is filled.
	n, err := io.ReadFull(r.document, window)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		r.err = fmt.Errorf("reading the document: %w", err)
		return -1
	}
	return int32(n)
}

// hostReport takes a problem, and tells whether enough was heard.
func hostReport(ctx context.Context, m api.Module, kind, code, line int32, at uint32, length int32) int32 {
	r, ok := ctx.Value(runKey{}).(*run)
	if !ok {
		return 1
	}
	switch {
	case kind == kindDoctype:
		r.stop(ErrDoctype)
		return 1
	case kind == kindLimit, code == outOfMemory:
		r.stop(ErrTooLarge)
		return 1
	case kind == kindMalformed && (code == unknownEncoding || code == unsupportedEncoding):
		r.stop(ErrEncoding)
		return 1
	case len(r.problems) == MaxProblems, ctx.Err() != nil:
		return 1
	}
	text, ok := m.Memory().Read(at, uint32(max(0, min(length, maxMessage))))
	if !ok {
		return 1
	}
	message := strings.TrimSpace(strings.ToValidUTF8(string(text), ""))
	r.problems = append(r.problems, Problem{Malformed: kind == kindMalformed, Code: int(code), Message: message, Line: int(line)})
	return 0
}

func (r *run) stop(err error) {
	if r.err == nil {
		r.err = err
	}
}

// first is the first problem's words.
func (r *run) first() string {
	if len(r.problems) == 0 {
		return "no reason was told"
	}
	return fmt.Sprintf("line %d: %s", r.problems[0].Line, r.problems[0].Message)
}
