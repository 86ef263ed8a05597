package mail

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Found is what a domain says of its mail servers. A person looks at it before a password is typed:
// whoever holds the domain, or the line, wrote it.
type Found struct {
	Imap, Smtp Server
	// Login is the one to give, when it is told; empty: the address.
	Login string
	// OAuth: the servers want a sign-in in the browser rather than a password.
	OAuth bool
	// From tells where it was found: «autoconfig» or «SRV».
	From string
}

// ErrNotFound: the domain says nothing of its mail servers.
var ErrNotFound = errors.New("the domain tells no mail server")

// Resolver is what of the DNS is asked.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (cname string, addrs []*net.SRV, err error)
}

// Limits of what is asked.
const (
	maxConfig = 256 << 10
	finding   = 10 * time.Second
)

// Discover looks for the servers of an address: the domain's own description over https (the
// autoconfig format that mail programs share), then its SRV records (RFC 6186, RFC 8314).
// transport may be nil, r is net.DefaultResolver. Errors: ErrAddress, ErrNotFound.
func Discover(ctx context.Context, address string, transport http.RoundTripper, r Resolver) (Found, error) {
	at := strings.LastIndexByte(address, '@')
	domain := strings.ToLower(strings.TrimSpace(address[at+1:]))
	if at <= 0 || !hostName(domain) {
		return Found{}, fmt.Errorf("%w: %q", ErrAddress, address)
	}
	c := &http.Client{Transport: transport, Timeout: finding, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Scheme != "https" || len(via) > 3 {
			return ErrAddress
		}
		return nil
	}}
	for _, page := range []string{"https://autoconfig." + domain + "/mail/config-v1.1.xml?emailaddress=" + url.QueryEscape(address), "https://" + domain + "/.well-known/autoconfig/mail/config-v1.1.xml"} {
		if f, err := autoconfig(ctx, c, page, address); err == nil {
			return f, nil
		}
		if ctx.Err() != nil {
			return Found{}, ctx.Err()
		}
	}
	return records(ctx, r, domain)
}

// hostName: letters, digits, hyphens and dots, and one dot at least (RFC 1123).
func hostName(s string) bool {
	return len(s) <= 253 && strings.Contains(s, ".") && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == "" && !strings.HasPrefix(s, ".") && !strings.HasSuffix(s, ".") && !strings.Contains(s, "..")
}

type clientConfig struct {
	Provider struct {
		Incoming []described `xml:"incomingServer"`
		Outgoing []described `xml:"outgoingServer"`
	} `xml:"emailProvider"`
}

type described struct {
	Type           string   `xml:"type,attr"`
	Host           string   `xml:"hostname"`
	Port           int      `xml:"port"`
	Socket         string   `xml:"socketType"`
	User           string   `xml:"username"`
	Authentication []string `xml:"authentication"`
}

func autoconfig(ctx context.Context, c *http.Client, page, address string) (f Found, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return f, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	resp, err := c.Do(r)
	if err != nil {
		return f, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxConfig))
	if err != nil || resp.StatusCode != http.StatusOK {
		return f, fmt.Errorf("%w: it answers %d", ErrNotFound, resp.StatusCode)
	}
	return readAutoconfig(raw, address)
}

// readAutoconfig takes the first servers that it can speak with: IMAP and SMTP, encrypted.
func readAutoconfig(raw []byte, address string) (f Found, err error) {
	var d clientConfig
	if err := xml.Unmarshal(raw, &d); err != nil {
		return f, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	local, domain, _ := strings.Cut(address, "@")
	for _, s := range d.Provider.Incoming {
		if server, ok := s.server(); ok && strings.EqualFold(s.Type, "imap") && f.Imap.Address == "" {
			f.Imap, f.OAuth = server, s.oauthOnly()
			f.Login = strings.NewReplacer("%EMAILADDRESS%", address, "%EMAILLOCALPART%", local, "%EMAILDOMAIN%", domain).Replace(strings.TrimSpace(s.User))
			if strings.ContainsAny(f.Login, "%\r\n") || len(f.Login) > 320 {
				f.Login = ""
			}
		}
	}
	for _, s := range d.Provider.Outgoing {
		if server, ok := s.server(); ok && strings.EqualFold(s.Type, "smtp") && f.Smtp.Address == "" {
			f.Smtp = server
		}
	}
	if f.Imap.Address == "" {
		return f, ErrNotFound
	}
	f.From = "autoconfig"
	return f, nil
}

func (s described) server() (Server, bool) {
	host := strings.ToLower(strings.TrimSpace(s.Host))
	if !hostName(host) || s.Port <= 0 || s.Port > 65535 {
		return Server{}, false
	}
	out := Server{Address: net.JoinHostPort(host, strconv.Itoa(s.Port))}
	switch strings.ToUpper(strings.TrimSpace(s.Socket)) {
	case "SSL":
		out.Security = TLS
	case "STARTTLS":
		out.Security = StartTLS
	default:
		return Server{}, false // there is no line in the clear
	}
	return out, true
}

func (s described) oauthOnly() bool {
	for _, a := range s.Authentication {
		if !strings.EqualFold(strings.TrimSpace(a), "OAuth2") {
			return false
		}
	}
	return len(s.Authentication) > 0
}

// records asks for the SRV records, those in TLS at once before the others (RFC 8314, 4.1).
func records(ctx context.Context, r Resolver, domain string) (f Found, err error) {
	look := func(services map[string]Security, order []string) Server {
		for _, service := range order {
			_, all, err := r.LookupSRV(ctx, service, "tcp", domain)
			if err != nil || len(all) == 0 {
				continue
			}
			host := strings.TrimSuffix(strings.ToLower(all[0].Target), ".")
			if hostName(host) && all[0].Port != 0 { // «.» says that there is no such service
				return Server{Address: net.JoinHostPort(host, strconv.Itoa(int(all[0].Port))), Security: services[service]}
			}
		}
		return Server{}
	}
	f.Imap = look(map[string]Security{"imaps": TLS, "imap": StartTLS}, []string{"imaps", "imap"})
	f.Smtp = look(map[string]Security{"submissions": TLS, "submission": StartTLS}, []string{"submissions", "submission"})
	if f.Imap.Address == "" {
		return f, fmt.Errorf("%s: %w", domain, ErrNotFound)
	}
	f.From = "SRV"
	return f, nil
}
