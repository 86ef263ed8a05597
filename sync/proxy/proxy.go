// Package proxy tells through which proxy the servers of the network are reached: as the system
// says, by an automatic script (PAC), by an address that a person gives, or straight.
//
// The password of a proxy never stands in a file: whoever uses this package keeps it.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	ieproxy "github.com/mattn/go-ieproxy"
)

// Mode is the way in which the proxy is chosen.
type Mode string

// The modes.
const (
	System Mode = ""       // the environment's; on Windows, also the settings of the system, scripts included
	Script Mode = "script" // a PAC script
	Fixed  Mode = "fixed"  // one address
	None   Mode = "none"   // straight
)

// Settings say how; they hold no secret.
type Settings struct {
	Mode Mode `json:"mode,omitempty"`
	// Address is host:port of the proxy, or where the script is (https://, http:// or file://).
	Address string `json:"address,omitempty"`
	// User is who the proxy lets through; empty: it asks for nobody.
	User string `json:"user,omitempty"`
}

// ErrAddress: not the address of a proxy, or of a script.
var ErrAddress = errors.New("not the address of a proxy")

// Check tells whether settings can serve. Error: ErrAddress.
func (s Settings) Check() error {
	switch s.Mode {
	case System, None:
		return nil
	case Fixed:
		_, err := s.fixed()
		return err
	case Script:
		u, err := url.Parse(s.Address)
		if err == nil && (u.Scheme == "file" && u.Path != "" || (u.Scheme == "http" || u.Scheme == "https") && u.Host != "") {
			return nil
		}
	default:
		return fmt.Errorf("the mode %.20q: %w", s.Mode, ErrAddress)
	}
	return fmt.Errorf("%.200q: %w", s.Address, ErrAddress)
}

func (s Settings) fixed() (*url.URL, error) {
	text := s.Address
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" {
		return nil, fmt.Errorf("%.200q: %w", s.Address, ErrAddress)
	}
	return u, nil
}

// Chooser chooses the proxy of each request. It may be used from several goroutines.
type Chooser struct {
	now func() time.Time

	mu       sync.Mutex
	s        Settings
	password string
	script   *script
	read     time.Time
}

// New makes a chooser that goes as the system says until Set.
func New(now func() time.Time) *Chooser { return &Chooser{now: now} }

// Set takes other settings, with the password of their user.
func (c *Chooser) Set(s Settings, password string) error {
	if err := s.Check(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s, c.password, c.script = s, password, nil
	return nil
}

// Settings are those taken.
func (c *Chooser) Settings() Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.s
}

// renewal is how long a script serves before it is read again.
const renewal = 30 * time.Minute

// Proxy is for http.Transport: the proxy of a request, nil for none.
func (c *Chooser) Proxy(r *http.Request) (*url.URL, error) {
	c.mu.Lock()
	s, password := c.s, c.password
	c.mu.Unlock()
	var u *url.URL
	var err error
	switch s.Mode {
	case None:
		return nil, nil
	case Fixed:
		u, err = s.fixed()
	case Script:
		u, err = c.byScript(r.Context(), s.Address, r.URL)
	default:
		u, err = ieproxy.GetProxyFunc()(r)
	}
	if u == nil || err != nil {
		return nil, err
	}
	if s.User != "" && u.User == nil {
		with := *u
		with.User = url.UserPassword(s.User, password)
		u = &with
	}
	return u, nil
}

func (c *Chooser) byScript(ctx context.Context, address string, to *url.URL) (*url.URL, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); c.script == nil || now.Sub(c.read) > renewal {
		fresh, err := c.load(ctx, address)
		if err != nil && c.script == nil {
			return nil, fmt.Errorf("reading the proxy's script: %w", err)
		}
		if err == nil {
			c.script = fresh
		}
		c.read = now // one that cannot be read now is not asked for at each request
	}
	return c.script.choose(to)
}

const (
	maxScript = 1 << 20
	fetchTime = 10 * time.Second
)

func (c *Chooser) load(ctx context.Context, address string) (*script, error) {
	ctx, stop := context.WithTimeout(ctx, fetchTime)
	defer stop()
	body, err := fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxScript+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxScript {
		return nil, fmt.Errorf("a script of more than %d bytes: %w", maxScript, ErrScript)
	}
	return compile(string(text), c.now)
}
