package provision

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"

	"alpi40.fr/airial/sync/client"
)

// Provision is what was decided. Empty values were not.
type Provision struct {
	Server      string `json:"server,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	Authority   string `json:"authority,omitempty"`
	Code        string `json:"code,omitempty"`
	Proxy       string `json:"proxy,omitempty"`
	UpdateRing  string `json:"updateRing,omitempty"`
}

// ErrValue tells a value that cannot be used.
var ErrValue = errors.New("a value of the provisioning cannot be used")

// source reads what one place says, nothing when it says nothing.
type source func() (Provision, error)

// Read gives what was decided for this computer. Error: ErrValue, or that a source cannot be read.
func Read() (Provision, error) {
	var p Provision
	for _, read := range sources() {
		said, err := read()
		if err != nil {
			return Provision{}, err
		}
		p = p.or(said)
	}
	return p, p.check()
}

// or completes what was not decided with what another source says. A code and a certificate go with the server
// that they are for.
func (p Provision) or(other Provision) Provision {
	if p.Server == "" || p.Server == other.Server {
		p.Server = other.Server
		first(&p.Code, other.Code)
		first(&p.Certificate, other.Certificate)
	}
	first(&p.Authority, other.Authority)
	first(&p.Proxy, other.Proxy)
	first(&p.UpdateRing, other.UpdateRing)
	return p
}

func first(to *string, other string) {
	if *to == "" {
		*to = other
	}
}

var siren = regexp.MustCompile(`^[0-9]{9}$`)

func (p Provision) check() error {
	switch {
	case p.Server != "" && !isAddress(p.Server, "https"):
		return fmt.Errorf("%w: server %.200q", ErrValue, p.Server)
	case p.Authority != "" && !siren.MatchString(p.Authority):
		return fmt.Errorf("%w: authority %.200q", ErrValue, p.Authority)
	case p.Proxy != "" && !isAddress(p.Proxy, "http", "https"):
		return fmt.Errorf("%w: proxy", ErrValue)
	}
	_, err := p.certificate()
	return err
}

func isAddress(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	for _, s := range schemes {
		if u.Scheme == s {
			return true
		}
	}
	return false
}

func (p Provision) certificate() ([]byte, error) {
	if p.Certificate == "" {
		return nil, nil
	}
	block, _ := pem.Decode([]byte(p.Certificate))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%w: certificate", ErrValue)
	}
	return block.Bytes, nil
}

// Joins tells whether this computer can be joined to its authority without a question.
func (p Provision) Joins() bool { return p.Server != "" && p.Code != "" }

// Of gives the server as the client takes it.
func (p Provision) Of() client.Server {
	der, err := p.certificate()
	if err != nil {
		der = nil // check has refused it
	}
	return client.Server{URL: p.Server, Certificate: der}
}

// UseProxy makes the proxy that of this process, unless its environment names one. It is called first of all: the
// first request fixes it.
func (p Provision) UseProxy() error {
	if p.Proxy == "" {
		return nil
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if os.Getenv(name) != "" {
			return nil
		}
	}
	if err := os.Setenv("HTTPS_PROXY", p.Proxy); err != nil {
		return fmt.Errorf("using the proxy: %w", err)
	}
	return nil
}

const maxFile = 64 << 10

// readJSON reads a file of an administrator's; one that is absent says nothing.
func readJSON(path string) source {
	return func() (p Provision, err error) {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return p, nil
		case err != nil:
			return p, fmt.Errorf("reading %s: %w", path, err)
		case info.Size() > maxFile:
			return p, fmt.Errorf("%w: %s is too large", ErrValue, path)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return p, fmt.Errorf("reading %s: %w", path, err)
		}
		if err := json.Unmarshal(content, &p); err != nil {
			return Provision{}, fmt.Errorf("%w: %s: %w", ErrValue, path, err)
		}
		return p, nil
	}
}

// trimmed drops the spaces that a registry editor or a command line left around values.
func (p Provision) trimmed() Provision {
	for _, v := range []*string{&p.Server, &p.Authority, &p.Code, &p.Proxy, &p.UpdateRing} {
		*v = strings.TrimSpace(*v)
	}
	return p
}
