// Package feed fetches feeds (Atom, RSS, JSON Feed) and the posts of accounts (ActivityPub) for the news: over https alone, within
// limits of size and time. Their pages are made into text by local/services/news.
package feed

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/mmcdole/gofeed"

	"alpi40.fr/airial/local/services/news"
)

// The reasons for which a feed is not read, for errors.Is.
var (
	// ErrOffline: nobody answers.
	ErrOffline = errors.New("the feed cannot be reached")
	// ErrAddress: not an address over https.
	ErrAddress = errors.New("not the address of a feed")
	// ErrRubbish: what came is no feed, or is too large.
	ErrRubbish = errors.New("what came is no feed")
)

// Limits of a fetch.
const (
	maxSize      = 4 << 20
	patience     = 30 * time.Second
	maxRedirects = 3
)

// Client gives an HTTP client for feeds upon a transport, nil for the usual one: it follows few
// redirections, to https alone.
func Client(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Scheme != "https" || len(via) > maxRedirects {
			return fmt.Errorf("%s: %w", r.URL.Redacted(), ErrAddress)
		}
		return nil
	}}
}

// Fetch reads a feed. title is how the catalogue calls it. Errors: ErrOffline, ErrAddress, ErrRubbish.
func Fetch(ctx context.Context, c *http.Client, address, title string, now time.Time) (news.Feed, error) {
	out := news.Feed{Address: address, Title: title, Fetched: now.UTC()}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return out, fmt.Errorf("%.200q: %w", address, ErrAddress)
	}
	raw, err := get(ctx, c, u)
	if err != nil {
		return out, err
	}
	if a, is := asActivity(raw); is {
		out.Items, err = outbox(ctx, c, u, a, title, now)
		return out, err
	}
	out.Items, err = Parse(raw, title, now)
	return out, err
}

// get brings what stands at an address, within limits.
func get(ctx context.Context, c *http.Client, u *url.URL) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	r.Header.Set("Accept", "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, application/activity+json;q=0.9, application/xml;q=0.8")
	resp, err := c.Do(r)
	if err != nil {
		if errors.Is(err, ErrAddress) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", ErrOffline, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: it answers %d", ErrOffline, resp.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOffline, err)
	}
	if len(raw) > maxSize {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrRubbish, maxSize)
	}
	return raw, nil
}

// Parse reads the items of a feed. Error: ErrRubbish.
func Parse(raw []byte, title string, now time.Time) (items []news.Item, err error) {
	if bytes.Contains(raw, []byte("<!DOCTYPE")) || bytes.Contains(raw, []byte("<!ENTITY")) {
		return nil, fmt.Errorf("%w: it declares entities", ErrRubbish)
	}
	f, err := gofeed.NewParser().Parse(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRubbish, err)
	}
	for _, i := range f.Items {
		if i == nil || len(items) == news.MaxItems {
			continue
		}
		at := now
		if d := cmp.Or(i.PublishedParsed, i.UpdatedParsed); d != nil && d.Before(now) {
			at = *d
		}
		items = append(items, news.Clean(title, i.GUID, i.Title, cmp.Or(i.Content, i.Description), i.Link, at))
	}
	return items, nil
}
