package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// HTTP is what reaches the server of the exchanges, by the key that is trusted, for an address of that same server; nil for
// another's.
func (c *Client) HTTP(host string) *http.Client {
	u, err := url.Parse(c.w.server.URL)
	if err != nil || "https://"+u.Host != host {
		return nil
	}
	return c.w.bulk
}

// Links gives what this authority shares by links, the last first.
func (c *Client) Links(ctx context.Context) ([]protocol.Link, error) {
	var all protocol.Links
	err := c.pausable(ctx, func(ctx context.Context) (err error) {
		all, err = ask[protocol.Links](ctx, c.w, http.MethodGet, protocol.PathLinks, nil, false)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("asking for the links: %w", classify(err))
	}
	return all.Links, nil
}

// MakeLink makes a link and gives its id.
func (c *Client) MakeLink(ctx context.Context, n protocol.NewLink) (string, error) {
	var made protocol.MadeLink
	err := c.pausable(ctx, func(ctx context.Context) (err error) {
		made, err = ask[protocol.MadeLink](ctx, c.w, http.MethodPost, protocol.PathLinks, n, false)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("making a link: %w", classify(err))
	}
	return made.ID, nil
}

// CloseLink closes a link, whose contents are erased.
func (c *Client) CloseLink(ctx context.Context, id string) error {
	return c.link(ctx, http.MethodPost, id+"/close", nil)
}

// JoinLink adds a member to a link.
func (c *Client) JoinLink(ctx context.Context, id string, m protocol.LinkMember) error {
	return c.link(ctx, http.MethodPost, id+"/members", m)
}

// LeaveLink removes a member of a link.
func (c *Client) LeaveLink(ctx context.Context, id, member string) error {
	return c.link(ctx, http.MethodDelete, id+"/members/"+member, nil)
}

// AddFile adds a file whose pieces are all there.
func (c *Client) AddFile(ctx context.Context, id string, f protocol.LinkFile) error {
	return c.link(ctx, http.MethodPost, id+"/files", f)
}

func (c *Client) link(ctx context.Context, method, path string, message any) error {
	err := c.pausable(ctx, func(ctx context.Context) error {
		_, err := ask[struct{}](ctx, c.w, method, protocol.PathLinks+path, message, false)
		return err
	})
	if err != nil {
		return fmt.Errorf("a link: %w", classify(err))
	}
	return nil
}

// PutPiece sends a piece of a link's file.
func (c *Client) PutPiece(ctx context.Context, id string, d store.Digest, piece []byte) error {
	err := c.pausable(ctx, func(ctx context.Context) error {
		resp, err := c.linkPiece(ctx, http.MethodPut, id, d, piece)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
	if err != nil {
		return fmt.Errorf("sending a piece: %w", classify(err))
	}
	return nil
}

// Piece gives a piece of a link's file, with its digest.
func (c *Client) Piece(ctx context.Context, id string, d store.Digest) ([]byte, error) {
	var content []byte
	err := c.pausable(ctx, func(ctx context.Context) error {
		resp, err := c.linkPiece(ctx, http.MethodGet, id, d, nil)
		if err != nil {
			return err
		}
		content, err = io.ReadAll(io.LimitReader(resp.Body, protocol.MaxPiece+1))
		return errors.Join(err, resp.Body.Close())
	})
	if err != nil {
		return nil, fmt.Errorf("fetching a piece: %w", classify(err))
	}
	if store.DigestOf(content) != d {
		return nil, fmt.Errorf("another piece in the place of %s: %w", d, ErrLies)
	}
	return content, nil
}

// linkPiece makes one request about a piece; a session that ended is begun anew once.
func (c *Client) linkPiece(ctx context.Context, method, id string, d store.Digest, body []byte) (*http.Response, error) {
	for again := false; ; again = true {
		resp, err := c.doGuarded(ctx, true, func(ctx context.Context, g *guard) (*http.Request, error) {
			var content io.Reader
			if body != nil {
				content = &sending{from: bytes.NewReader(body), g: g}
			}
			r, err := c.w.request(ctx, method, protocol.PathLinks+id+"/pieces/"+d.String(), content)
			if err == nil && body != nil {
				r.ContentLength = int64(len(body))
			}
			return r, err
		})
		if err != nil {
			return nil, err
		}
		if resp.StatusCode < 300 {
			return resp, nil
		}
		err = failure(resp)
		err = errors.Join(err, resp.Body.Close())
		if errors.Is(err, protocol.ErrUnauthorized) && !again {
			c.w.forgetToken()
			continue
		}
		return nil, err
	}
}
