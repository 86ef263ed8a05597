package embedded

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// look is how often the certificate's files are looked at, when somebody comes.
const look = 5 * time.Second

// pair is the server's certificate and its key, read again when their files change: a renewal needs
// no stop. A pair that cannot be read leaves the former in place.
type pair struct {
	crt, key string
	clients  bool // computers are asked for a certificate of their own
	log      *slog.Logger
	now      func() time.Time

	mu      sync.Mutex
	looked  time.Time
	changed [2]time.Time // of the files, as read
	current *tls.Config
}

// load reads the pair for the first time.
func (p *pair) load() (tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.read(); err != nil {
		return tls.Certificate{}, err
	}
	return p.current.Certificates[0], nil
}

func (p *pair) read() error {
	changed, err := p.times()
	if err != nil {
		return fmt.Errorf("reading the server's certificate: %w", err)
	}
	cert, err := tls.LoadX509KeyPair(p.crt, p.key)
	if err != nil {
		return fmt.Errorf("reading the server's certificate: %w", err)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
	if p.clients {
		// Asked, not required: who joins has none yet, nor have browsers. The server holds its key
		// against the device's (server.Options.ClientCertificates).
		c.ClientAuth = tls.RequestClientCert
	}
	p.current, p.changed = c, changed
	return nil
}

func (p *pair) times() (out [2]time.Time, err error) {
	for i, file := range []string{p.crt, p.key} {
		info, err := os.Stat(file)
		if err != nil {
			return out, err
		}
		out[i] = info.ModTime()
	}
	return out, nil
}

// config gives each connection the settings of its moment.
func (p *pair) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return p.fresh(), nil },
		// http.Server wants a certificate here; the settings of the connection say which.
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &p.fresh().Certificates[0], nil }}
}

// page is config without a certificate of who comes.
func (p *pair) page() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &p.fresh().Certificates[0], nil }}
}

func (p *pair) fresh() *tls.Config {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if age := now.Sub(p.looked); age >= 0 && age < look {
		return p.current
	}
	p.looked = now
	changed, err := p.times()
	if err == nil && changed != p.changed {
		if err = p.read(); err == nil {
			p.log.Info("the certificate was renewed")
		}
	}
	if err != nil {
		p.log.Error("the certificate's files cannot be read; the former one serves", "cause", err.Error())
	}
	return p.current
}
