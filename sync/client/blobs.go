package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// askMissing asks which of some documents the server has not.
func askMissing(ctx context.Context, w *wire, digests []store.Digest) ([]store.Digest, error) {
	answer, err := ask[protocol.Digests](ctx, w, http.MethodPost, protocol.PathMissing, protocol.Digests{Digests: digests}, false)
	return answer.Digests, err
}

// sendDocument sends one document; who calls notes that the server keeps it (held). One that yields
// stands still while something goes before.
func (c *Client) sendDocument(ctx context.Context, d *document, yields bool) (err error) {
	end := c.begin(d.digest, true, d.size)
	defer func() { end(err) }()
	// Where the session ended on the way, what has arrived is not sent again.
	if err = c.w.inSession(func() error { return c.upload(ctx, d, yields) }); err != nil {
		return fmt.Errorf("sending document %s: %w", d.digest, err)
	}
	return nil
}

// chunk is what one PATCH carries: what is lost at most when the line drops.
const chunk = 4 << 20

// upload sends one document by tus 1.0, going on where an earlier try stopped.
func (c *Client) upload(ctx context.Context, d *document, yields bool) error {
	content, err := c.o.Journal.Store().Blobs().OpenAt(d.digest)
	if err != nil {
		return localError{err}
	}
	defer content.Close()
	offset := int64(-1)
	if d.upload != "" {
		offset, err = c.offset(ctx, d.upload)
		if err != nil && !errors.Is(err, protocol.ErrNotFound) && !errors.Is(err, ErrRubbish) {
			return err
		}
		if err != nil {
			offset = -1 // the server has let it go: it is begun anew
		}
	}
	if offset < 0 || offset > content.Size {
		// What fits into one piece goes along with the question for a place. When the line drops it is
		// begun anew: nothing is gained by knowing where.
		var piece *paced
		if content.Size <= chunk {
			piece = c.piece(ctx, d, content, 0, content.Size, yields)
		}
		if d.upload, offset, err = c.createUpload(ctx, d.digest, content.Size, piece); err != nil {
			return err
		}
		if content.Size > chunk {
			if err := c.keepUpload(ctx, d); err != nil {
				return err
			}
		}
	}
	if offset == content.Size {
		return nil
	}
	return c.sendFrom(ctx, d, content, offset, yields)
}

func (c *Client) keepUpload(ctx context.Context, d *document) error {
	return c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE document SET upload = ?, size = coalesce(size, ?) WHERE digest = ?`, d.upload, d.size, d.digest[:])
		return err
	})
}

func (c *Client) tus(ctx context.Context, method, place string, body io.Reader, header map[string]string) (*http.Response, error) {
	if place != protocol.PathUploads && !strings.HasPrefix(place, protocol.PathUploads) {
		return nil, fmt.Errorf("an upload at %.80q: %w", place, ErrRubbish)
	}
	var sent *sending
	piece, _ := body.(*paced)
	resp, err := c.doGuarded(ctx, piece != nil && piece.yields, func(ctx context.Context, g *guard) (*http.Request, error) {
		var content io.Reader
		if body != nil {
			// Wrapped also so that the transport does not close the document.
			sent = &sending{from: body, g: g}
			content = sent
			if piece != nil {
				piece.alive = g.alive
			}
		}
		r, err := c.w.request(ctx, method, place, content)
		if err != nil {
			return nil, err
		}
		if piece != nil {
			r.ContentLength = piece.length
		}
		r.Header.Set("Tus-Resumable", "1.0.0")
		for k, v := range header {
			r.Header.Set(k, v)
		}
		return r, nil
	})
	if sent != nil && sent.err != nil {
		return nil, errors.Join(sent.err, err)
	}
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
			return nil, protocol.ErrNotFound
		}
		return nil, failure(resp)
	}
	return resp, nil
}

// createUpload asks for a place, with the whole document when it is given (the extension
// creation-with-upload of tus), and tells how much of it the server took.
func (c *Client) createUpload(ctx context.Context, d store.Digest, size int64, whole *paced) (at string, offset int64, err error) {
	header := map[string]string{
		"Upload-Length":   strconv.FormatInt(size, 10),
		"Upload-Metadata": protocol.MetaDigest + " " + base64.StdEncoding.EncodeToString([]byte(d.String())),
	}
	var body io.Reader
	if whole != nil && size > 0 {
		body = whole
		header["Content-Type"] = "application/offset+octet-stream"
	}
	resp, err := c.tus(ctx, http.MethodPost, protocol.PathUploads, body, header)
	if err != nil {
		return "", 0, err
	}
	resp.Body.Close()
	place, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(place.Path, protocol.PathUploads) {
		return "", 0, fmt.Errorf("no place for the upload: %w", ErrRubbish)
	}
	if told := resp.Header.Get("Upload-Offset"); told != "" {
		if offset, err = strconv.ParseInt(told, 10, 64); err != nil || offset < 0 || offset > size {
			return "", 0, fmt.Errorf("an upload at %.80q of %d bytes: %w", told, size, ErrRubbish)
		}
	}
	// An empty document is complete as soon as its upload exists.
	return place.Path, offset, nil
}

func (c *Client) offset(ctx context.Context, place string) (int64, error) {
	resp, err := c.tus(ctx, http.MethodHead, place, nil, nil)
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	n, err := strconv.ParseInt(resp.Header.Get("Upload-Offset"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("no offset of the upload: %w", ErrRubbish)
	}
	return n, nil
}

func (c *Client) sendFrom(ctx context.Context, d *document, content *store.Content, offset int64, yields bool) error {
	c.advance(d.digest, offset, content.Size)
	for first := true; first || offset < content.Size; first = false {
		n := min(chunk, content.Size-offset)
		piece := c.piece(ctx, d, content, offset, n, yields)
		resp, err := c.tus(ctx, http.MethodPatch, d.upload, piece, map[string]string{
			"Content-Type": "application/offset+octet-stream", "Upload-Offset": strconv.FormatInt(offset, 10),
		})
		if err != nil {
			return err
		}
		resp.Body.Close()
		offset += n
	}
	return nil
}

func (c *Client) piece(ctx context.Context, d *document, content *store.Content, offset, n int64, yields bool) *paced {
	return &paced{c: c, ctx: ctx, from: io.NewSectionReader(content, offset, n), digest: d.digest, at: offset, of: content.Size, length: n, yields: yields}
}

// paced reads a document, tells how far it is, and stands still while something goes before.
type paced struct {
	c      *Client
	ctx    context.Context
	from   io.Reader
	digest store.Digest
	at, of int64
	length int64 // of what is read
	yields bool
	alive  func()
}

// pieceOf is how much of a large document is handed on between two looks at what goes before.
const pieceOf = 32 << 10

func (p *paced) Read(b []byte) (int, error) {
	if p.yields {
		p.c.first.yield(p.ctx, p.sign)
		b = b[:min(len(b), pieceOf)]
	}
	n, err := p.from.Read(b)
	p.at += int64(n)
	p.c.advance(p.digest, p.at, p.of)
	return n, err
}

func (p *paced) sign() {
	if p.alive != nil {
		p.alive()
	}
}

// fetch fetches one document. A line that drops is taken up by a range. Unless large ones are
// wanted too, one that shows to be large is put back; one that yields stands still while
// something goes before.
func (c *Client) fetch(ctx context.Context, d store.Digest, large, yields bool) (size int64, back bool, err error) {
	blobs := c.o.Journal.Store().Blobs()
	if n, err := c.size(d); err == nil {
		return n, false, nil
	}
	end := c.begin(d, false, -1)
	defer func() { end(err) }()
	body := &resuming{c: c, ctx: ctx, path: protocol.PathBlobs + d.String(), bulk: yields}
	defer body.Close()
	if err := body.open(); err != nil {
		return 0, false, err
	}
	if body.size > protocol.MaxBlob {
		return 0, false, fmt.Errorf("a document of %d bytes: %w", body.size, ErrRubbish)
	}
	if body.size > smallDocument && !large {
		return body.size, true, nil
	}
	piece := &paced{c: c, ctx: ctx, from: body, digest: d, of: body.size, yields: yields, alive: func() { body.alive() }}
	got, n, err := blobs.PutAs(ctx, d, piece)
	if errors.Is(err, store.ErrWrongDigest) {
		return 0, false, fmt.Errorf("the server gives %s in its place: %w", got, ErrLies)
	}
	return n, false, err
}

// size is the length of a document that is here; store.ErrNotFound when it is not.
func (c *Client) size(d store.Digest) (int64, error) {
	blobs := c.o.Journal.Store().Blobs()
	if !blobs.Has(d) {
		return 0, store.ErrNotFound
	}
	content, err := blobs.OpenAt(d)
	if err != nil {
		return 0, err
	}
	return content.Size, content.Close()
}

// resumes bounds how often one document is taken up.
const resumes = 5

// resuming reads a document, and asks for the rest when the line drops.
type resuming struct {
	c     *Client
	ctx   context.Context
	path  string
	match string // the ETag that the rest must have, if any
	body  io.ReadCloser
	at    int64
	size  int64 // of the whole; -1: not told
	bulk  bool  // over the connection of large documents
	tries int
}

// alive tells the guard of the line that standing still is meant.
func (r *resuming) alive() {
	if body, ok := r.body.(*receiving); ok {
		body.g.alive()
	}
}

func (r *resuming) Read(p []byte) (int, error) {
	for {
		if r.body == nil {
			if err := r.open(); err != nil {
				return 0, err
			}
		}
		n, err := r.body.Read(p)
		r.at += int64(n)
		if err == nil || err == io.EOF {
			return n, err
		}
		r.body.Close()
		r.body = nil
		if r.tries++; r.tries > resumes || r.ctx.Err() != nil {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

func (r *resuming) open() error {
	return r.c.w.inSession(r.ask)
}

func (r *resuming) ask() error {
	resp, err := r.c.doGuarded(r.ctx, r.bulk, func(ctx context.Context, _ *guard) (*http.Request, error) {
		req, err := r.c.w.request(ctx, http.MethodGet, r.path, nil)
		if err == nil && r.at > 0 {
			req.Header.Set("Range", fmt.Sprintf("bytes=%d-", r.at))
		}
		if err == nil && r.match != "" {
			req.Header.Set("If-Match", r.match)
		}
		return req, err
	})
	if err != nil {
		return err
	}
	want := http.StatusOK
	if r.at > 0 {
		want = http.StatusPartialContent
	}
	if resp.StatusCode != want {
		defer resp.Body.Close()
		return failure(resp)
	}
	if r.at == 0 {
		r.size = resp.ContentLength
	}
	r.body = resp.Body
	return nil
}

func (r *resuming) Close() error {
	if r.body == nil {
		return nil
	}
	return r.body.Close()
}
