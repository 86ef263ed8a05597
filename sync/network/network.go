// Package network tells what the system knows of the line: that it came or went, whether it is
// paid by what it carries, and whether the network wants one to sign in on a page first.
//
// Nothing is asked again and again: the kernel says when an address comes or goes (netlink on
// Linux, the IP helper on Windows), NetworkManager whether the line is metered (over D-Bus).
// Where a system says nothing of it, the answer is no, and a person may say otherwise.
package network

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Line implements what package client asks of the network. The zero Line is ready to use.
type Line struct {
	// Get asks a page for Portal; nil: the usual way, without a proxy.
	Get http.RoundTripper
}

// settle gathers the changes of one connection: an interface, then its addresses, then its routes.
const settle = time.Second

// Changed implements client.Network.
func (l *Line) Changed(ctx context.Context) <-chan struct{} {
	raw, out := make(chan struct{}, 1), make(chan struct{}, 1)
	go listen(ctx, raw)
	go func() {
		for {
			select {
			case <-raw:
			case <-ctx.Done():
				return
			}
			select {
			case <-time.After(settle):
			case <-ctx.Done():
				return
			}
			select {
			case <-raw: // of the same connection
			default:
			}
			select {
			case out <- struct{}{}:
			default: // told already, and not yet heard
			}
		}
	}()
	return out
}

// asking bounds a question to the system, or to a page.
const asking = 3 * time.Second

// Metered implements client.Network.
func (l *Line) Metered(ctx context.Context) bool {
	ctx, stop := context.WithTimeout(ctx, asking)
	defer stop()
	return metered(ctx)
}

// Portal implements client.Network: the system says so, or a page that is no server's of that
// name answers where nothing encrypted protects it.
func (l *Line) Portal(ctx context.Context, host string) bool {
	ctx, stop := context.WithTimeout(ctx, asking)
	defer stop()
	return portal(ctx) || l.intercepted(ctx, "http://"+host+"/")
}

// intercepted asks a page in the clear, for the sole purpose of seeing who answers: a network
// that wants one to sign in answers in the server's place, by sending elsewhere (RFC 8952) or
// by status 511 (RFC 6585 §6). Nothing is sent but the name of the server.
func (l *Line) intercepted(ctx context.Context, page string) bool {
	get := l.Get
	if get == nil {
		get = &http.Transport{DisableKeepAlives: true}
	}
	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return false
	}
	resp, err := get.RoundTrip(asked)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNetworkAuthenticationRequired {
		return true
	}
	to, err := url.Parse(resp.Header.Get("Location"))
	return resp.StatusCode >= 300 && resp.StatusCode < 400 && err == nil && to.Host != "" && !strings.EqualFold(to.Hostname(), asked.URL.Hostname())
}
