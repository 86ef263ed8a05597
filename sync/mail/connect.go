package mail

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"alpi40.fr/airial/local/bell"
)

// Security is how a line is encrypted; there is no line in the clear.
type Security string

// The two ways (RFC 8314).
const (
	TLS      Security = "tls"
	StartTLS Security = "starttls"
)

// Server is where to knock.
type Server struct {
	Address  string   `json:"address"` // host:port
	Security Security `json:"security"`
	// Pin is the SHA-256, in hexadecimal, of a certificate that a person accepted; empty: the system decides.
	Pin string `json:"pin,omitempty"`
}

// ServerAt reads an address, whose port is the usual one when it is not told; 143, 25 and 587 are the
// ports where the line is encrypted by STARTTLS (RFC 8314).
func ServerAt(address, usual string) Server {
	if address == "" {
		return Server{}
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, usual)
	}
	out := Server{Address: address, Security: TLS}
	if _, port, err := net.SplitHostPort(address); err == nil && (port == "143" || port == "587" || port == "25") {
		out.Security = StartTLS
	}
	return out
}

// Account is whose mail is carried.
type Account struct {
	Imap, Smtp      Server
	Login, Password string
	// Token is in the place of the password for an account that signs in by OAuth 2.0.
	Token string
}

// unknown is that a server does not let in by what an account gives.
func (a Account) unknown(err error) error {
	if a.Token != "" {
		return fmt.Errorf("%w: %w", ErrSignIn, err)
	}
	return fmt.Errorf("%w: %w", ErrPassword, err)
}

// Errors a person is told of.
var (
	// ErrOffline: nobody answers.
	ErrOffline = errors.New("the mail server cannot be reached")
	// ErrPassword: the server knows no such login and password.
	ErrPassword = errors.New("the mail server refuses the password")
	// ErrLies: the server says what cannot be.
	ErrLies = errors.New("the mail server answers nonsense")
	// ErrNoTLS: the server offers no encryption.
	ErrNoTLS = errors.New("the mail server offers no encryption")
	// ErrAddress: an address that is none.
	ErrAddress = errors.New("not the address of a mail server")
)

// CertificateError: the certificate is not one that the system knows, or not the pinned one.
type CertificateError struct {
	// Fingerprint is its SHA-256, to be compared and pinned.
	Fingerprint string
	Host        string
	Pinned      bool // another was expected
	Cause       error
}

func (e *CertificateError) Error() string {
	return fmt.Sprintf("the certificate of %s (%s) is not trusted: %v", e.Host, e.Fingerprint, e.Cause)
}

func (e *CertificateError) Unwrap() error { return e.Cause }

const (
	dialing = 15 * time.Second
	// silence is how long a command may last; fetching how long one that brings contents.
	silence  = 2 * time.Minute
	fetching = 15 * time.Minute
)

func (s Server) config() (*tls.Config, error) {
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil || host == "" {
		return nil, fmt.Errorf("%w: %q", ErrAddress, s.Address)
	}
	// Verified below: by the pin, or as crypto/tls would.
	return &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, VerifyConnection: func(c tls.ConnectionState) error {
		if len(c.PeerCertificates) == 0 {
			return &CertificateError{Host: host, Cause: errors.New("no certificate")}
		}
		leaf := c.PeerCertificates[0]
		sum := sha256.Sum256(leaf.Raw)
		told := &CertificateError{Host: host, Fingerprint: hex.EncodeToString(sum[:]), Pinned: s.Pin != ""}
		if s.Pin != "" {
			if strings.EqualFold(s.Pin, told.Fingerprint) {
				return nil
			}
			told.Cause = errors.New("not the pinned certificate")
			return told
		}
		others := x509.NewCertPool()
		for _, x := range c.PeerCertificates[1:] {
			others.AddCert(x)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Intermediates: others}); err != nil {
			told.Cause = err
			return told
		}
		return nil
	}}, nil
}

// dial opens the line, in TLS at once when the server is of that kind.
func (s Server) dial(ctx context.Context) (net.Conn, *tls.Config, error) {
	config, err := s.config()
	if err != nil {
		return nil, nil, err
	}
	conn, err := (&net.Dialer{Timeout: dialing}).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrOffline, err)
	}
	if s.Security == StartTLS {
		return conn, config, nil
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, nil, handshake(err)
	}
	return secure, config, nil
}

func handshake(err error) error {
	if c := (*CertificateError)(nil); errors.As(err, &c) {
		return err
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fmt.Errorf("%w: %w", ErrNoTLS, err)
	}
	return fmt.Errorf("%w: %w", ErrOffline, err)
}

// Session is an open line to the IMAP server.
type Session struct {
	c     *imapclient.Client
	caps  imap.CapSet
	conn  net.Conn
	stop  func() bool
	moved chan struct{} // the server spoke by itself
	// next is the inbox's UIDNEXT when the folders were last listed; hurried the one for which Wait did not wait.
	next, hurried imap.UID
}

// Connect opens a session. Errors: ErrOffline, ErrPassword or ErrSignIn, ErrNoTLS, ErrAddress, ErrLies, *CertificateError.
func Connect(ctx context.Context, a Account) (*Session, error) {
	conn, config, err := a.Imap.dial(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{conn: conn, moved: make(chan struct{}, 1)}
	tell := func() { bell.Wake(s.moved) }
	o := &imapclient.Options{TLSConfig: config, UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Expunge: func(uint32) { tell() },
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				tell()
			}
		},
		Fetch: func(m *imapclient.FetchMessageData) {
			for m.Next() != nil { // what is not read would block the line
			}
			tell()
		},
	}}
	// A cancelled context cuts the line, whatever is being waited for.
	s.stop = context.AfterFunc(ctx, func() { conn.Close() })
	if a.Imap.Security == StartTLS {
		defer s.guard(silence)()
		if s.c, err = imapclient.NewStartTLS(conn, o); err != nil {
			return nil, errors.Join(startTLS(err), ignoreClosed(conn.Close()))
		}
	} else {
		s.c = imapclient.New(conn, o)
	}
	if err := s.enter(a); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func startTLS(err error) error {
	if refused := (*imap.Error)(nil); errors.As(err, &refused) {
		return fmt.Errorf("%w: %w", ErrNoTLS, err)
	}
	return handshake(err)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// guard cuts the line when a command lasts too long; what it gives ends the watch.
func (s *Session) guard(d time.Duration) (end func() bool) {
	return time.AfterFunc(d, func() { s.conn.Close() }).Stop
}

func (s *Session) enter(a Account) error {
	defer s.guard(silence)()
	if err := s.c.WaitGreeting(); err != nil {
		return fmt.Errorf("%w: %w", ErrOffline, err)
	}
	enter := func() error {
		if a.Token != "" {
			return s.c.Authenticate(bearer(a, func(m string) bool { return s.c.Caps().Has(imap.AuthCap(m)) }))
		}
		return s.c.Login(a.Login, a.Password).Wait()
	}
	if err := enter(); err != nil {
		if refused := (*imap.Error)(nil); denied(err) || errors.As(err, &refused) && refused.Type == imap.StatusResponseTypeNo && refused.Code != imap.ResponseCodeUnavailable {
			return a.unknown(err)
		}
		return fmt.Errorf("%w: %w", ErrOffline, err)
	}
	s.caps = s.c.Caps()
	return nil
}

// Close ends the session.
func (s *Session) Close() {
	s.stop()
	s.c.Close()
}

// trouble tells a cut line from a server that refuses or answers nonsense.
func trouble(err error) error {
	if err == nil {
		return nil
	}
	if refused := (*imap.Error)(nil); errors.As(err, &refused) {
		return fmt.Errorf("%w: %w", ErrLies, err)
	}
	return fmt.Errorf("%w: %w", ErrOffline, err)
}
