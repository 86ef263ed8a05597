package token

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// helperArgument is the hidden first argument of the child process.
const helperArgument = "--airial-token-helper"

// RunHelperIfAsked serves a token module over stdin and stdout when the
// program was started as a token helper, and says whether it was: the caller
// then returns at once. args are the program's arguments without its name.
func RunHelperIfAsked(args []string, stdin io.Reader, stdout io.Writer) bool {
	if len(args) == 0 || args[0] != helperArgument {
		return false
	}
	serveHelper(stdin, stdout)
	return true
}

// PKCS11 is the tokens seen by one PKCS#11 module.
type PKCS11 struct {
	// Module is the path of the vendor's library.
	Module string
	// Env is added to the child's environment («SOFTHSM2_CONF=…»); never a secret.
	Env []string
	// Timeout bounds one exchange with the module; zero means two minutes, which
	// leaves time to type a PIN on a reader.
	Timeout time.Duration
}

// Keys lists certificates joined with their private keys by CKA_ID. Where the
// private objects are hidden before login, certificates alone are listed.
// No token at all gives ErrNoToken.
func (p *PKCS11) Keys(ctx context.Context) ([]Key, error) {
	c, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	resp, err := c.call(ctx, request{Op: "list", Module: p.Module})
	if err != nil {
		return nil, fmt.Errorf("listing the keys of the token: %w", err)
	}
	return parseKeys(resp.Keys)
}

// Open logs in and keeps the module's session for a lot. The PIN is nil for a
// token with its own keypad.
func (p *PKCS11) Open(ctx context.Context, id string, pin []byte) (Session, error) {
	defer Wipe(pin)
	c, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := c.call(ctx, request{Op: "open", Module: p.Module, KeyID: id}, pin)
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("opening the token: %w", err)
	}
	keys, err := parseKeys(resp.Keys)
	if err != nil || len(keys) != 1 {
		c.stop()
		return nil, fmt.Errorf("opening the token: %w", errors.Join(ErrNoKey, err))
	}
	return &session11{child: c, key: keys[0]}, nil
}

// Import puts a key and its certificates (leaf first) on the token of a label,
// which a blank slot becomes when there is none. pkcs8 is the private key (RFC 5208), RSA or
// ECDSA P-256; always asks for a PIN at each signature. All secrets are wiped.
// It serves demonstrations and tests: a real token is filled by its issuer.
func (p *PKCS11) Import(ctx context.Context, label string, soPIN, pin, pkcs8 []byte, certs []*x509.Certificate, always bool) error {
	defer func() { Wipe(soPIN); Wipe(pin); Wipe(pkcs8) }()
	c, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer c.stop()
	req := request{Op: "import", Module: p.Module, Label: label, Always: always}
	for _, cert := range certs {
		req.Certs = append(req.Certs, cert.Raw)
	}
	if _, err := c.call(ctx, req, soPIN, pin, pkcs8); err != nil {
		return fmt.Errorf("filling the token %q: %w", label, err)
	}
	return nil
}

func parseKeys(wire []wireKey) ([]Key, error) {
	var keys []Key
	for _, w := range wire {
		cert, err := x509.ParseCertificate(w.Cert)
		if err != nil {
			continue // a certificate we cannot read cannot sign; the others still can
		}
		k := Key{ID: w.ID, Certificate: cert, Token: w.Token, AlwaysAuthenticate: w.Always}
		for _, der := range w.Chain {
			if issuer, err := x509.ParseCertificate(der); err == nil {
				k.Chain = append(k.Chain, issuer)
			}
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	return keys, nil
}

type child struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     io.ReadCloser
	timeout time.Duration
	once    sync.Once
}

func (p *PKCS11) start(ctx context.Context) (*child, error) {
	if !haveModules {
		return nil, fmt.Errorf("PKCS#11: %w", ErrUnavailable)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	// Not CommandContext: a session outlives the context that opened it.
	cmd := exec.Command(self, helperArgument)
	cmd.Env = append(os.Environ(), p.Env...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the token's helper: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the token's helper: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the token's helper: %w", err)
	}
	c := &child{cmd: cmd, in: in, out: out, timeout: p.Timeout}
	if c.timeout <= 0 {
		c.timeout = 2 * time.Minute
	}
	return c, nil
}

// call makes one exchange; when it fails for any reason but an answer of the
// module, the child is of no more use and is ended.
func (c *child) call(ctx context.Context, req request, secrets ...[]byte) (response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	stopWatch := context.AfterFunc(ctx, func() { _ = c.cmd.Process.Kill() })
	defer stopWatch()
	err := writeRequest(c.in, req, secrets...)
	var resp response
	if err == nil {
		resp, err = readResponse(c.out)
	}
	if err != nil {
		c.stop()
		if ctx.Err() != nil {
			return response{}, fmt.Errorf("%w: no answer: %w", ErrModule, ctx.Err())
		}
		return response{}, fmt.Errorf("%w: the module ended: %w", ErrModule, err)
	}
	return resp, resp.err()
}

func (c *child) stop() {
	c.once.Do(func() {
		_ = c.in.Close()
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
}

type session11 struct {
	mu     sync.Mutex
	child  *child
	key    Key
	closed bool
}

func (s *session11) Certificate() *x509.Certificate { return s.key.Certificate }
func (s *session11) Chain() []*x509.Certificate     { return s.key.Chain }

func (s *session11) Sign(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := checkDigest(digest, opts); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	req := request{Op: "sign", Digest: digest, Hash: uint(opts.HashFunc())}
	if pss, ok := opts.(*rsa.PSSOptions); ok {
		pub, isRSA := s.key.Certificate.PublicKey.(*rsa.PublicKey)
		if !isRSA {
			return nil, fmt.Errorf("PSS with a key that is not RSA: %w", ErrAlgorithm)
		}
		req.PSS, req.Salt = true, pss.SaltLength
		switch pss.SaltLength {
		case rsa.PSSSaltLengthAuto:
			req.Salt = (pub.N.BitLen()-1+7)/8 - 2 - len(digest)
		case rsa.PSSSaltLengthEqualsHash:
			req.Salt = len(digest)
		}
	}
	resp, err := s.child.call(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("signing with the token: %w", err)
	}
	return resp.Signature, nil
}

func (s *session11) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = s.child.call(ctx, request{Op: "close"}) // logout; a dead child has nothing left to close
	s.child.stop()
	return nil
}
