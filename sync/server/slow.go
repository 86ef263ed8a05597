package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"alpi40.fr/airial/sync/protocol"
)

const (
	// WholeRequest is what a server gives to a request in all: 16 MiB at 64 kbit/s take 35 minutes.
	WholeRequest = 40 * time.Minute
	// maxGuest bounds what who has no session sends.
	maxGuest = 64 << 10
)

// past is a deadline that has passed, whatever the clock.
var past = time.Unix(1, 0)

// bounded lets nobody hold the server by standing still; a whole request is bounded by the http.Server
// (WholeRequest).
func bounded(stall time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &patientBody{ReadCloser: r.Body, c: c, stall: stall}
		}
		next.ServeHTTP(&patientWriter{ResponseWriter: w, c: c, stall: stall}, r)
	})
}

// patientBody is a body whose sender may be slow, not still.
type patientBody struct {
	io.ReadCloser
	c     *http.ResponseController
	stall time.Duration
}

func (p *patientBody) Read(b []byte) (int, error) {
	// Where there is no connection below (a test), there is nobody to wait for.
	late := time.AfterFunc(p.stall, func() { _ = p.c.SetReadDeadline(past) })
	defer late.Stop()
	return p.ReadCloser.Read(b)
}

// patientWriter is an answer whose reader may be slow, not still.
type patientWriter struct {
	http.ResponseWriter
	c     *http.ResponseController
	stall time.Duration
}

// Unwrap lets http.ResponseController reach the writer below.
func (p *patientWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *patientWriter) Write(b []byte) (int, error) {
	defer p.late().Stop()
	return p.ResponseWriter.Write(b)
}

// FlushError is what http.ResponseController calls.
func (p *patientWriter) FlushError() error {
	defer p.late().Stop()
	return p.c.Flush()
}

// Flush implements http.Flusher, which the compression looks for.
func (p *patientWriter) Flush() { _ = p.FlushError() } // the laptop has gone: nothing to do

func (p *patientWriter) late() *time.Timer {
	return time.AfterFunc(p.stall, func() { _ = p.c.SetWriteDeadline(past) })
}

// guest lets through who has no session yet, and sends little. What it sends is read before it takes
// a place among those in work.
func (s *Server) guest(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxGuest))
		if err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				err = protocol.Fail(protocol.CodeBadRequest, "the message is too large")
			} else {
				err = protocol.Fail(protocol.CodeBadRequest, fmt.Sprintf("reading the message: %v", err))
			}
			s.fail(w, r, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		if f := s.gates.wait(r.Context()); f != nil {
			s.fail(w, r, f)
			return
		}
		defer func() { <-s.gates.atOnce }()
		next(w, r)
	}
}
