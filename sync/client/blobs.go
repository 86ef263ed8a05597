package client

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// uploadFor sends the documents that a batch names and the server lacks.
func (c *Client) uploadFor(ctx context.Context, batch []journal.Entry, out *Outcome) error {
	var named []store.Digest
	seen := map[store.Digest]bool{}
	for i := range batch {
		for _, d := range batch[i].Blobs {
			if !seen[d] {
				seen[d] = true
				named = append(named, d)
			}
		}
	}
	for len(named) > 0 {
		n := min(len(named), protocol.MaxDigests)
		lacking, err := ask[protocol.Digests](ctx, c.w, http.MethodPost, protocol.PathMissing, protocol.Digests{Digests: named[:n]}, false)
		if err != nil {
			return err
		}
		named = named[n:]
		for _, d := range lacking.Digests {
			if !seen[d] {
				return fmt.Errorf("the server asks for a document that nothing names: %w", ErrLies)
			}
			err := c.upload(ctx, d)
			if errors.Is(err, protocol.ErrUnauthorized) {
				// The session ended on the way: what has arrived is not sent again.
				c.w.forgetToken()
				err = c.upload(ctx, d)
			}
			if err != nil {
				return fmt.Errorf("sending document %s: %w", d, err)
			}
			out.Uploaded++
		}
	}
	return nil
}

// chunk is what one PATCH carries: what is lost at most when the line drops.
const chunk = 4 << 20

// upload sends one document by tus 1.0, going on where an earlier try stopped.
func (c *Client) upload(ctx context.Context, d store.Digest) error {
	size, err := c.size(d)
	if err != nil {
		return err
	}
	setting := "upload." + d.String()
	var place string
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) { place, err = tx.Setting(setting); return err })
	if err != nil {
		return err
	}
	offset := int64(-1)
	if place != "" {
		offset, err = c.offset(ctx, place)
		if err != nil && !errors.Is(err, protocol.ErrNotFound) && !errors.Is(err, ErrRubbish) {
			return err
		}
	}
	if offset < 0 || offset > size {
		if place, err = c.createUpload(ctx, d, size); err != nil {
			return err
		}
		offset = 0
		if err := c.keep(ctx, setting, place); err != nil {
			return err
		}
	}
	// An empty document is complete as soon as its upload exists.
	if size > 0 {
		if err := c.sendFrom(ctx, d, place, offset, size); err != nil {
			return err
		}
	}
	return c.keep(ctx, setting, "")
}

func (c *Client) keep(ctx context.Context, setting, value string) error {
	return c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(setting, value) })
}

func (c *Client) size(d store.Digest) (int64, error) {
	r, err := c.o.Journal.Store().Blobs().Open(d)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.Copy(io.Discard, r)
}

func (c *Client) tus(ctx context.Context, method, place string, body io.Reader, header map[string]string) (*http.Response, error) {
	var sent *sending
	resp, err := c.doGuarded(ctx, func(ctx context.Context, g *guard) (*http.Request, error) {
		var content io.Reader
		if body != nil {
			// Wrapped also so that the transport does not close the document.
			sent = &sending{from: body, g: g}
			content = sent
		}
		r, err := c.w.request(ctx, method, place, content)
		if err != nil {
			return nil, err
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

func (c *Client) createUpload(ctx context.Context, d store.Digest, size int64) (string, error) {
	resp, err := c.tus(ctx, http.MethodPost, protocol.PathUploads, nil, map[string]string{
		"Upload-Length":   strconv.FormatInt(size, 10),
		"Upload-Metadata": protocol.MetaDigest + " " + base64.StdEncoding.EncodeToString([]byte(d.String())),
	})
	if err != nil {
		return "", err
	}
	resp.Body.Close()
	place, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(place.Path, protocol.PathUploads) {
		return "", fmt.Errorf("no place for the upload: %w", ErrRubbish)
	}
	return place.Path, nil
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

func (c *Client) sendFrom(ctx context.Context, d store.Digest, place string, offset, size int64) error {
	content, err := c.o.Journal.Store().Blobs().Open(d)
	if err != nil {
		return err
	}
	defer content.Close()
	if _, err := io.CopyN(io.Discard, content, offset); err != nil {
		return fmt.Errorf("going to byte %d: %w", offset, err)
	}
	for first := true; first || offset < size; first = false {
		n := min(chunk, size-offset)
		resp, err := c.tus(ctx, http.MethodPatch, place, io.LimitReader(content, n), map[string]string{
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

const settingWanted = "sync.wanted"

// wantedOf are the documents that received entries name and that are not here yet.
func wantedOf(tx *store.Tx) (wanted []store.Digest, err error) {
	text, err := tx.Setting(settingWanted)
	if err != nil || text == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &wanted); err != nil {
		return nil, fmt.Errorf("reading the wanted documents: %w: %w", store.ErrDamaged, err)
	}
	return wanted, nil
}

// want notes the documents of entries being received.
func (c *Client) want(tx *store.Tx, entries []journal.Placed) error {
	blobs := c.o.Journal.Store().Blobs()
	wanted, err := wantedOf(tx)
	if err != nil {
		return err
	}
	have := map[store.Digest]bool{}
	for _, d := range wanted {
		have[d] = true
	}
	before := len(wanted)
	for i := range entries {
		for _, d := range entries[i].Blobs {
			if !have[d] && !blobs.Has(d) {
				have[d] = true
				wanted = append(wanted, d)
			}
		}
	}
	if len(wanted) == before {
		return nil
	}
	return setWanted(tx, wanted)
}

func setWanted(tx *store.Tx, wanted []store.Digest) error {
	text, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	return tx.SetSetting(settingWanted, string(text))
}

// unwant strikes the wanted documents that are here.
func (c *Client) unwant(ctx context.Context) error {
	blobs := c.o.Journal.Store().Blobs()
	return c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		wanted, err := wantedOf(tx)
		if err != nil {
			return err
		}
		return setWanted(tx, slices.DeleteFunc(wanted, blobs.Has))
	})
}

// fetchWanted fetches what is wanted, small documents before large ones.
func (c *Client) fetchWanted(ctx context.Context, out *Outcome) (err error) {
	var wanted []store.Digest
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) { wanted, err = wantedOf(tx); return err })
	if err != nil || len(wanted) == 0 {
		return err
	}
	sizes := map[store.Digest]int64{}
	for _, d := range wanted {
		n, err := c.remoteSize(ctx, d)
		if errors.Is(err, protocol.ErrNotFound) {
			continue // its laptop has not sent it: it stays wanted
		}
		if err != nil {
			return err
		}
		sizes[d] = n
	}
	sort.SliceStable(wanted, func(i, j int) bool { return sizes[wanted[i]] < sizes[wanted[j]] })
	// Struck in one go: what a crash leaves on the list is found to be here.
	defer func() { err = errors.Join(err, c.unwant(context.WithoutCancel(ctx))) }()
	for _, d := range wanted {
		if _, there := sizes[d]; !there {
			continue
		}
		if err := c.fetch(ctx, d); err != nil {
			return fmt.Errorf("document %s: %w", d, err)
		}
		out.Downloaded++
		c.change(func(s *Status) { s.In-- })
	}
	return nil
}

func (c *Client) remoteSize(ctx context.Context, d store.Digest) (int64, error) {
	resp, err := c.w.exchange(ctx, http.MethodHead, protocol.PathBlobs+d.String(), nil, false)
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	if resp.ContentLength < 0 || resp.ContentLength > protocol.MaxBlob {
		return 0, fmt.Errorf("a document of %d bytes: %w", resp.ContentLength, ErrRubbish)
	}
	return resp.ContentLength, nil
}

// fetch fetches one document. A line that drops is taken up by a range.
func (c *Client) fetch(ctx context.Context, d store.Digest) error {
	blobs := c.o.Journal.Store().Blobs()
	if blobs.Has(d) {
		return nil
	}
	body := &resuming{c: c, ctx: ctx, path: protocol.PathBlobs + d.String()}
	defer body.Close()
	got, _, err := blobs.PutAs(ctx, d, body)
	if errors.Is(err, store.ErrWrongDigest) {
		return fmt.Errorf("the server gives %s in its place: %w", got, ErrLies)
	}
	return err
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
	tries int
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
	err := r.ask()
	if errors.Is(err, protocol.ErrUnauthorized) {
		r.c.w.forgetToken()
		err = r.ask()
	}
	return err
}

func (r *resuming) ask() error {
	resp, err := r.c.doGuarded(r.ctx, func(ctx context.Context, _ *guard) (*http.Request, error) {
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
	r.body = resp.Body
	return nil
}

func (r *resuming) Close() error {
	if r.body == nil {
		return nil
	}
	return r.body.Close()
}
