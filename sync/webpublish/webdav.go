package webpublish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/studio-b12/gowebdav"
)

// requestTime bounds one request, a large PDF on a slow line included.
const requestTime = 5 * time.Minute

// dav is a WebDAV server. The library has no context, hides some errors, and takes a
// page to sign in for a success: the guard below it sees each answer first.
type dav struct {
	c      *gowebdav.Client
	g      *guard
	folder string
}

func dialWebDAV(ctx context.Context, t Target, s Secret) (remote, error) {
	at, err := url.Parse(strings.TrimSpace(t.Address))
	if err != nil || at.Host == "" || at.User != nil || (at.Scheme != "https" && !(at.Scheme == "http" && loopback(at.Hostname()))) {
		return nil, fmt.Errorf("address %q: %w", t.Address, ErrTarget)
	}
	below, err := folder(t)
	if err != nil {
		return nil, err
	}
	d := &dav{folder: below, c: gowebdav.NewClient(at.String(), t.User, s.Password), g: &guard{ctx: ctx, host: at.Host, base: http.DefaultTransport}}
	d.c.SetTransport(d.g)
	d.c.SetTimeout(requestTime)
	return d, nil
}

// loopback: a server of this very computer needs no TLS.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// guard stands below the library.
type guard struct {
	ctx   context.Context
	host  string
	base  http.RoundTripper
	fault error // the first of an operation
}

// RoundTrip sends a request to the given server alone, and judges the answer.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != g.host {
		return nil, g.blame(fmt.Errorf("to %s: %w", r.URL.Host, ErrNotServer))
	}
	a, err := g.base.RoundTrip(r.WithContext(g.ctx))
	if err != nil {
		if g.ctx.Err() != nil {
			return nil, g.blame(g.ctx.Err())
		}
		return nil, g.blame(errors.Join(ErrOffline, err))
	}
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	// Servers say «created» in HTML; a page on 200 is one to sign in, or of a gateway.
	page := kind == "text/html" && a.StatusCode == http.StatusOK
	if page || (a.StatusCode >= 300 && a.StatusCode < 400) {
		err = g.blame(fmt.Errorf("%s answers %s with %q: %w", r.Method, a.Status, kind, ErrNotServer))
		return nil, errors.Join(err, a.Body.Close())
	}
	a.Body = cut{a.Body, g}
	return a, nil
}

func (g *guard) blame(err error) error {
	if g.fault == nil {
		g.fault = err
	}
	return err
}

// cut tells an answer that stops before its end.
type cut struct {
	io.ReadCloser
	g *guard
}

func (c cut) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = c.g.blame(errors.Join(ErrOffline, err))
	}
	return n, err
}

// answers are what the codes of HTTP mean to a sending.
var answers = map[int]error{
	http.StatusUnauthorized: ErrDenied, http.StatusForbidden: ErrDenied, http.StatusProxyAuthRequired: ErrNotServer, http.StatusInsufficientStorage: ErrFull,
	http.StatusRequestEntityTooLarge: ErrFull, http.StatusNotFound: errors.Join(errMissing, ErrRefused), http.StatusMethodNotAllowed: ErrNotServer, http.StatusNotImplemented: ErrNotServer,
	http.StatusBadGateway: ErrOffline, http.StatusServiceUnavailable: ErrOffline, http.StatusGatewayTimeout: ErrOffline,
}

// do runs an operation of the library and says what its failure means.
func (d *dav) do(what string, op func() error) error {
	d.g.fault = nil
	err := op()
	if err == nil && d.g.fault == nil {
		return nil
	}
	if d.g.fault != nil {
		return fmt.Errorf("%s: %w", what, d.g.fault)
	}
	var status gowebdav.StatusError
	if errors.As(err, &status) {
		if kind, known := answers[status.Status]; known {
			return fmt.Errorf("%s: %w", what, errors.Join(kind, err))
		}
	}
	return fmt.Errorf("%s: %w", what, errors.Join(ErrRefused, err))
}

func (d *dav) path(name string) string { return path.Join("/", d.folder, name) }

func (d *dav) read(name string, limit int64) (content []byte, err error) {
	err = d.do("reading "+name, func() error {
		from, err := d.c.ReadStream(d.path(name))
		if err != nil {
			return err
		}
		content, err = io.ReadAll(io.LimitReader(from, limit+1))
		if err == nil && int64(len(content)) > limit {
			err = fmt.Errorf("more than %d bytes", limit)
		}
		return errors.Join(err, from.Close())
	})
	return content, err
}

func (d *dav) put(name, temporary string, content []byte) error {
	if err := d.do("making the folder", func() error { return d.c.MkdirAll(path.Dir(d.path(name)), 0o755) }); err != nil {
		return err
	}
	if err := d.do("writing", func() error { return d.c.Write(d.path(temporary), content, 0o644) }); err != nil {
		return err
	}
	if err := d.do("looking at what was written", func() error {
		there, err := d.c.Stat(d.path(temporary))
		if err == nil && there.Size() != int64(len(content)) {
			err = d.g.blame(fmt.Errorf("%d bytes of %d arrived: %w", there.Size(), len(content), ErrOffline))
		}
		return err
	}); err != nil {
		return err
	}
	return d.do("renaming", func() error { return d.c.Rename(d.path(temporary), d.path(name), true) })
}

func (d *dav) remove(name string) error {
	return d.do("removing", func() error { return d.c.Remove(d.path(name)) })
}

func (d *dav) close() error { return nil }
