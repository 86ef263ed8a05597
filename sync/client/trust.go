package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// Trust is where the trust package that the server publishes goes. Its methods may be
// called by the clients of several authorities at a time.
type Trust interface {
	// Present is the version and the digest of the package that is here, zero for none.
	Present(ctx context.Context) (version int, digest store.Digest, err error)
	// Take verifies a package whole, and puts it in the place of the present one if it is
	// newer. One that it refuses changes nothing.
	Take(ctx context.Context, raw []byte) error
}

// fetchTrust asks for the server's trust package, and hands over one that says to be newer
// than that which is here. A server that has none, or knows of none, is no failure.
func (c *Client) fetchTrust(ctx context.Context) (taken bool, err error) {
	if c.o.Trust == nil {
		return false, nil
	}
	version, present, err := c.o.Trust.Present(ctx)
	if err != nil {
		return false, err
	}
	resp, err := c.askTrust(ctx, present)
	if resp == nil || err != nil {
		return false, err
	}
	body := &resuming{c: c, ctx: ctx, path: protocol.PathTrust, body: resp.Body, match: resp.Header.Get("ETag")}
	defer body.Close()
	newer, digest, err := offered(resp)
	if err != nil || newer <= version {
		return false, err
	}
	c.mu.Lock()
	refusal, refused := c.refused[digest]
	c.mu.Unlock()
	if refused {
		return false, refusal // it will not be better the second time
	}
	raw, err := io.ReadAll(io.LimitReader(body, protocol.MaxTrust+1))
	if err != nil {
		return false, err
	}
	if len(raw) > protocol.MaxTrust || store.DigestOf(raw) != digest {
		return false, fmt.Errorf("a trust package of %d bytes that is not the one named: %w", len(raw), ErrRubbish)
	}
	if err := c.o.Trust.Take(ctx, raw); err != nil {
		c.mu.Lock()
		c.refused = map[store.Digest]error{digest: err}
		c.mu.Unlock()
		return false, err
	}
	return true, nil
}

// askTrust gives the answer that offers a package; nil when there is none to take.
func (c *Client) askTrust(ctx context.Context, present store.Digest) (*http.Response, error) {
	for again := false; ; again = true {
		resp, err := c.doGuarded(ctx, func(ctx context.Context, _ *guard) (*http.Request, error) {
			r, err := c.w.request(ctx, http.MethodGet, protocol.PathTrust, nil)
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
func offered(resp *http.Response) (version int, digest store.Digest, err error) {
	if kind := resp.Header.Get("Content-Type"); kind != protocol.TypeTrust || resp.ContentLength > protocol.MaxTrust {
		return 0, digest, fmt.Errorf("a trust package of %d bytes in %.80q: %w", resp.ContentLength, kind, ErrRubbish)
	}
	tag := resp.Header.Get("ETag")
	digest, err = store.ParseDigest(strings.Trim(tag, `"`))
	if err != nil || tag != protocol.TrustTag(digest) {
		return 0, digest, fmt.Errorf("a trust package named %.80q: %w", tag, ErrRubbish)
	}
	if version, err = strconv.Atoi(resp.Header.Get(protocol.HeaderTrust)); err != nil {
		return 0, digest, fmt.Errorf("a trust package of version %.80q: %w", resp.Header.Get(protocol.HeaderTrust), ErrRubbish)
	}
	return version, digest, nil
}
