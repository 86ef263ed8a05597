package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/sync/protocol"
)

// What can stop an exchange, for errors.Is. The work on the laptop goes on in
// each case, and nothing is lost.
var (
	// ErrOffline: the server cannot be reached.
	ErrOffline = errors.New("the server cannot be reached")
	// ErrUntrusted: the server's certificate is not one that is trusted.
	ErrUntrusted = errors.New("the server's certificate is not trusted")
	// ErrLies: what the server sends contradicts what it sent before, or its log.
	ErrLies = errors.New("the server contradicts itself")
	// ErrRubbish: the answer is no answer of such a server (a captive portal).
	ErrRubbish = errors.New("the answer makes no sense")
	// ErrStuck: the server refuses an entry of this laptop.
	ErrStuck = errors.New("the server refuses an entry")
	// ErrClock: this computer's date is outside the dates of the server's certificate.
	ErrClock = errors.New("the clock and the server's certificate disagree")
	// ErrLocal: this computer's own files cannot be read or written.
	ErrLocal = errors.New("this computer's files cannot be read or written")
	// ErrPortal: the network wants one to sign in on a page before it lets through.
	ErrPortal = errors.New("the network wants one to sign in first")
	// ErrPaused: a person asked to work offline.
	ErrPaused = errors.New("the exchange is paused")
)

// errOtherKey: the server shows another key than the one learned at enrolment.
var errOtherKey = errors.New("the server's public key is another one")

// errLine: an answer stopped before its end.
var errLine = errors.New("the line dropped")

// localError marks an error of this computer's own files, met while sending or
// receiving, so that no wrapping by the transport makes it one of the line.
type localError struct{ error }

func (e localError) Unwrap() error { return e.error }

// classify joins an error of an exchange with what it means.
func classify(err error) error {
	var local localError
	var path *fs.PathError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var verification *tls.CertificateVerificationError
	var alert tls.AlertError
	var operation *net.OpError
	var asked *url.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &local), errors.As(err, &path):
		return fmt.Errorf("%w: %w", ErrLocal, err)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Errorf("%w: %w", ErrClock, err)
	case errors.Is(err, errOtherKey), errors.As(err, &unknown), errors.As(err, &invalid), errors.As(err, &host), errors.As(err, &verification), errors.As(err, &alert):
		return fmt.Errorf("%w: %w", ErrUntrusted, err)
	case errors.Is(err, journal.ErrOrder), errors.Is(err, journal.ErrRewritten), errors.Is(err, journal.ErrLog),
		errors.Is(err, journal.ErrHash), errors.Is(err, journal.ErrSignature), errors.Is(err, journal.ErrChain),
		errors.Is(err, journal.ErrBase), errors.Is(err, journal.ErrOtherKey), errors.Is(err, journal.ErrUnknownDevice), errors.Is(err, journal.ErrMalformed):
		return fmt.Errorf("%w: %w", ErrLies, err)
	case errors.As(err, &asked), errors.As(err, &operation), errors.Is(err, errLine), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrOffline, err)
	}
	return err
}

// failure reads the answer to a request that did not succeed.
func failure(resp *http.Response) error {
	var f protocol.Failure
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&f); err != nil || f.Code == "" {
		if resp.StatusCode == http.StatusNotFound && resp.Request.Method == http.MethodHead {
			return protocol.ErrNotFound // such an answer has no body to tell why
		}
		if resp.StatusCode >= 500 {
			return fmt.Errorf("status %d: %w", resp.StatusCode, protocol.ErrServer)
		}
		return fmt.Errorf("status %d: %w", resp.StatusCode, ErrRubbish)
	}
	f.Status = resp.StatusCode
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		f.RetryAfter = min(time.Duration(n)*time.Second, waitMost)
	}
	return &f
}

// waitMost is the longest wait that a server may ask for.
const waitMost = time.Hour

// asked is how long the server asked to wait in an error, zero when it did not say.
func asked(err error) time.Duration {
	var f *protocol.Failure
	if errors.As(err, &f) {
		return f.RetryAfter
	}
	return 0
}
