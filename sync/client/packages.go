package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// Shelf is where a package that the server publishes goes. Its methods may be called by the
// clients of several authorities at a time.
type Shelf interface {
	// Present is the version and the digest of the package that is here, zero for none.
	Present(ctx context.Context) (version int, digest store.Digest, err error)
	// Take verifies a package whole, and puts it in the place of the present one if it is
	// newer. One that it refuses changes nothing.
	Take(ctx context.Context, raw []byte) error
}

// offer is what the server may offer under a path.
type offer struct {
	path string
	most int // bytes
	to   Shelf
}

// refusal is a package that was not taken, and why: it will not be better the second time.
type refusal struct {
	digest store.Digest
	err    error
}

// FetchParcel asks the server for its parcel of a kind, now. taken: another one is on the
// shelf. A server that has none is no failure: what is on the shelf stays.
// Errors: those of Once, and of the shelf.
func (c *Client) FetchParcel(ctx context.Context, kind string, to Shelf) (taken bool, err error) {
	taken, err = c.fetchOffer(ctx, offer{protocol.PathParcels + kind, protocol.MaxParcel, to})
	return taken, classify(err)
}

// receiveParcels takes what is offered of each kind. What was exchanged before stands, and one
// kind does not keep the others from coming.
func (c *Client) receiveParcels(ctx context.Context, out *Outcome) {
	for _, kind := range slices.Sorted(maps.Keys(c.o.Parcels)) {
		taken, err := c.FetchParcel(ctx, kind, c.o.Parcels[kind])
		if err != nil && ctx.Err() == nil {
			c.o.Log.Warn("a parcel", "kind", kind, "error", err.Error())
		}
		if taken {
			out.Parcels++
		}
	}
}

// fetchOffer asks for what is offered under a path, and hands over one that says to be newer than
// that which is here. A server that has none, or knows of none, is no failure.
func (c *Client) fetchOffer(ctx context.Context, o offer) (taken bool, err error) {
	version, present, err := o.to.Present(ctx)
	if err != nil {
		return false, err
	}
	resp, err := c.ask(ctx, o.path, present)
	if resp == nil || err != nil {
		return false, err
	}
	body := &resuming{c: c, ctx: ctx, path: o.path, body: resp.Body, match: resp.Header.Get("ETag")}
	defer body.Close()
	newer, digest, err := offered(resp, int64(o.most))
	if err != nil || newer <= version {
		return false, err
	}
	c.mu.Lock()
	last, refused := c.refused[o.path]
	c.mu.Unlock()
	if refused && last.digest == digest {
		return false, last.err
	}
	raw, err := io.ReadAll(io.LimitReader(body, int64(o.most)+1))
	if err != nil {
		return false, err
	}
	if len(raw) > o.most || store.DigestOf(raw) != digest {
		return false, fmt.Errorf("a package of %d bytes that is not the one named: %w", len(raw), ErrRubbish)
	}
	if err := o.to.Take(ctx, raw); err != nil {
		c.mu.Lock()
		if c.refused == nil {
			c.refused = map[string]refusal{}
		}
		c.refused[o.path] = refusal{digest, err}
		c.mu.Unlock()
		return false, err
	}
	return true, nil
}

// ask gives the answer that offers a package; nil when there is none to take.
func (c *Client) ask(ctx context.Context, path string, present store.Digest) (*http.Response, error) {
	for again := false; ; again = true {
		resp, err := c.doGuarded(ctx, false, func(ctx context.Context, _ *guard) (*http.Request, error) {
			r, err := c.w.request(ctx, http.MethodGet, path, nil)
			if err == nil && present != (store.Digest{}) {
				r.Header.Set("If-None-Match", protocol.TrustTag(present))
			}
			return r, err
		})
		if err != nil {
			return nil, err
		}
		if resp.StatusCode == http.StatusOK {
			return resp, nil
		}
		// A server older than this path says 404 in its own words.
		none := resp.StatusCode == http.StatusNotModified || resp.StatusCode == http.StatusNotFound
		err = failure(resp)
		resp.Body.Close()
		switch {
		case none:
			return nil, nil
		case errors.Is(err, protocol.ErrUnauthorized) && !again:
			c.w.forgetToken()
		default:
			return nil, err
		}
	}
}

// offered reads what an answer says of the package that it begins to give.
func offered(resp *http.Response, most int64) (version int, digest store.Digest, err error) {
	if kind := resp.Header.Get("Content-Type"); kind != protocol.TypeTrust || resp.ContentLength > most {
		return 0, digest, fmt.Errorf("a package of %d bytes in %.80q: %w", resp.ContentLength, kind, ErrRubbish)
	}
	tag := resp.Header.Get("ETag")
	digest, err = store.ParseDigest(strings.Trim(tag, `"`))
	if err != nil || tag != protocol.TrustTag(digest) {
		return 0, digest, fmt.Errorf("a package named %.80q: %w", tag, ErrRubbish)
	}
	if version, err = strconv.Atoi(resp.Header.Get(protocol.HeaderTrust)); err != nil {
		return 0, digest, fmt.Errorf("a package of version %.80q: %w", resp.Header.Get(protocol.HeaderTrust), ErrRubbish)
	}
	return version, digest, nil
}
