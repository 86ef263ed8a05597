package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Seen is what was seen of a website.
type Seen struct {
	At time.Time `json:"at"`
	// Code is the HTTP status; 0 when nobody answered: Why then tells it to people, Words to who repairs.
	Code  int    `json:"code,omitempty"`
	Why   Why    `json:"why,omitempty"`
	Words string `json:"words,omitempty"`
	// Certificate is the end of its certificate; zero for a site that has none.
	Certificate time.Time `json:"certificate,omitzero"`
	// Final is the address that answered, when the one asked for leads to another host.
	Final string `json:"final,omitempty"`
}

// Why nobody answered.
type Why string

// The reasons that are told apart.
const (
	Unknown   Why = "unknown"   // no such name, or no line to ask for it
	Closed    Why = "closed"    // nobody takes the connection
	Late      Why = "late"      // nothing came in time
	Untrusted Why = "untrusted" // its certificate is not one that a browser takes
	Cut       Why = "cut"       // anything else
)

// Answers tells whether the site was there.
func (s Seen) Answers() bool { return s.Code >= 200 && s.Code < 400 }

// ErrSite: an address that is not that of a website.
var ErrSite = errors.New("not the address of a website")

// Site reads the address of a website as people write it; https when it does not say. Error: ErrSite.
func Site(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if !strings.Contains(typed, "://") {
		typed = "https://" + typed
	}
	u, err := url.Parse(typed)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.Contains(u.Hostname(), ".") || u.User != nil || len(typed) > 500 {
		return "", fmt.Errorf("%w: %.100q", ErrSite, typed)
	}
	return u.String(), nil
}

const (
	lookTime  = 20 * time.Second
	mostTurns = 5
)

// Look asks a website for its head, or for its page where it gives none, and tells what was seen; nothing of the page is kept.
// A site that does not answer is no error: that is what was seen.
func Look(ctx context.Context, transport http.RoundTripper, address string, now time.Time) Seen {
	ctx, stop := context.WithTimeout(ctx, lookTime)
	defer stop()
	client := &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > mostTurns || r.URL.Scheme != "https" && r.URL.Scheme != "http" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	seen := Seen{At: now}
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		r, err := http.NewRequestWithContext(ctx, method, address, nil)
		if err != nil {
			seen.Why, seen.Words = Cut, err.Error()
			return seen
		}
		resp, err := client.Do(r)
		if err != nil {
			seen.Why, seen.Words = whyOf(err), reason(err)
			return seen
		}
		resp.Body.Close()
		seen.Code = resp.StatusCode
		if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
			seen.Certificate = resp.TLS.PeerCertificates[0].NotAfter.UTC()
		}
		if asked, err := url.Parse(address); err == nil && !strings.EqualFold(asked.Hostname(), resp.Request.URL.Hostname()) {
			seen.Final = resp.Request.URL.Scheme + "://" + resp.Request.URL.Host + "/"
		}
		if seen.Code != http.StatusMethodNotAllowed && seen.Code != http.StatusNotImplemented {
			return seen
		}
	}
	return seen
}

// whyOf tells an error of the line apart.
func whyOf(err error) Why {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timed interface{ Timeout() bool }
	var dialled *net.OpError
	switch {
	case errors.As(err, &name) && !name.IsTimeout:
		return Unknown
	case errors.As(err, &certificate):
		return Untrusted
	case errors.As(err, &timed) && timed.Timeout():
		return Late
	case errors.As(err, &dialled) && dialled.Op == "dial":
		return Closed
	}
	return Cut
}

// reason is the last cause of an error of the line, without the address.
func reason(err error) string {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	text := []rune(err.Error())
	return string(text[:min(len(text), 200)])
}

// tunnels are how the systems call the lines of virtual private networks.
var tunnels = []string{"tun", "tap", "wg", "ppp", "ipsec", "vpn", "wireguard", "openvpn", "fortinet", "forticlient", "globalprotect", "pangp", "anyconnect", "cisco", "zscaler", "stormshield", "wintun"}

// Tunnel gives the name of a virtual private network that is up on this computer, as its system calls it; names are beginnings
// or words that the agency adds. Empty: none is seen, which proves nothing where the network is made by the router.
func Tunnel(names []string) (string, error) {
	all, err := net.Interfaces()
	if err != nil {
		return "", fmt.Errorf("reading the network's lines: %w", err)
	}
	return tunnelOf(all, names, func(i net.Interface) bool {
		addresses, err := i.Addrs()
		return err == nil && len(addresses) > 0
	}), nil
}

func tunnelOf(all []net.Interface, names []string, addressed func(net.Interface) bool) string {
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 || !addressed(i) {
			continue
		}
		name := strings.ToLower(i.Name)
		for _, t := range append(append([]string{}, tunnels...), names...) {
			if t = strings.ToLower(strings.TrimSpace(t)); t != "" && (strings.HasPrefix(name, t) || len(t) > 3 && strings.Contains(name, t)) {
				return i.Name
			}
		}
	}
	return ""
}
