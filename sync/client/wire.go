package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/sync/protocol"
)

// Server is where the server is and how it is recognised.
type Server struct {
	// URL is https://host[:port].
	URL string `json:"url"`
	// Certificate, when set, is a certificate of the server in DER: its public key
	// alone is trusted, whatever the dates, so that a renewed certificate of the same
	// key and a wrong clock do no harm. Otherwise the system's authorities are trusted.
	Certificate []byte `json:"certificate,omitempty"`
	// Proxy chooses the proxy of a request; nil: the environment says.
	Proxy func(*http.Request) (*url.URL, error) `json:"-"`
}

const (
	dialTime    = 15 * time.Second
	requestTime = 2 * time.Minute
	// pingAfter is longer than what the server lets pass between two signs of a watch: one that
	// lives is not asked whether it does.
	pingAfter  = 45 * time.Second
	writeStall = 30 * time.Second
)

// certificate is that of a device, for servers that ask for one. What they hold it against is the key
// that was enrolled: it is signed by itself, made anew at each start, kept nowhere, and has no end
// (RFC 5280 §4.1.2.5), so that a wrong clock does no harm.
func certificate(device string, key ed25519.PrivateKey, random io.Reader) (*tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: device},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(random, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making this computer's certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// newHTTP makes the client of a server: TLS 1.3, HTTP/2, through the proxy that is chosen. own, which may
// be nil, is shown to a server that asks.
func newHTTP(s Server, own *tls.Certificate) (*http.Client, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("the server's address %.200q is not https://…", s.URL)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	if own != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	}
	if len(s.Certificate) > 0 {
		cert, err := x509.ParseCertificate(s.Certificate)
		if err != nil {
			return nil, fmt.Errorf("reading the server's certificate: %w", err)
		}
		config.InsecureSkipVerify = true // VerifyConnection does it, by the key
		config.VerifyConnection = func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 || subtle.ConstantTimeCompare(state.PeerCertificates[0].RawSubjectPublicKeyInfo, cert.RawSubjectPublicKeyInfo) != 1 {
				return errOtherKey
			}
			return nil
		}
	}
	proxy := s.Proxy
	if proxy == nil {
		proxy = http.ProxyFromEnvironment
	}
	t := &http.Transport{
		Proxy: proxy, TLSClientConfig: config, ForceAttemptHTTP2: true,
		// A line that died without a word is noticed by these, under watches too.
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: dialTime, WriteByteTimeout: writeStall},
		TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: requestTime, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
	}
	// Redirections are a captive portal's: the server has none.
	never := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: gzhttp.Transport(t, gzhttp.TransportEnableZstd(true)), CheckRedirect: never}, nil
}

// wire speaks the protocol for one device.
type wire struct {
	server Server
	http   *http.Client
	// bulk carries documents over a connection of their own: one that the other end does not
	// read holds up nothing else.
	bulk   *http.Client
	device string
	name   string // the server's, learned at enrolment
	key    ed25519.PrivateKey

	mu      sync.Mutex
	token   string
	clock   time.Duration // server's clock minus ours, at the last session
	now     func() time.Time
	encoder *zstd.Encoder
}

func (w *wire) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	target := path
	if !strings.HasPrefix(path, "https://") {
		target = strings.TrimSuffix(w.server.URL, "/") + path
	}
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set(protocol.Header, strconv.Itoa(protocol.Version))
	return r, nil
}

// ask sends one message and reads one answer, with a session unless bare.
func ask[A any](ctx context.Context, w *wire, method, path string, message any, bare bool) (answer A, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	resp, err := w.exchange(ctx, method, path, message, bare)
	if err != nil {
		return answer, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return answer, nil
	}
	return readAnswer[A](path, resp)
}

// readAnswer reads the body of a success.
func readAnswer[A any](path string, resp *http.Response) (answer A, err error) {
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return answer, fmt.Errorf("%s answered in %.80q: %w", path, kind, ErrRubbish)
	}
	answer, err = protocol.Read[A](resp.Body)
	if err != nil {
		return answer, fmt.Errorf("%s: %w: %w", path, ErrRubbish, err)
	}
	return answer, nil
}

// exchange gives a successful response; a session that ended is begun anew once.
func (w *wire) exchange(ctx context.Context, method, path string, message any, bare bool) (*http.Response, error) {
	for again := false; ; again = true {
		resp, err := w.send(ctx, method, path, message, bare)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if resp.StatusCode < 300 {
			return resp, nil
		}
		err = failure(resp)
		resp.Body.Close()
		if errors.Is(err, protocol.ErrUnauthorized) && !bare && !again {
			w.forgetToken()
			continue
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
}

func (w *wire) send(ctx context.Context, method, path string, message any, bare bool) (*http.Response, error) {
	var body io.Reader
	var packed bool
	if message != nil {
		text, err := json.Marshal(message)
		if err != nil {
			return nil, err
		}
		if len(text) > 1<<10 {
			text, packed = w.encoder.EncodeAll(text, nil), true
		}
		body = bytes.NewReader(text)
	}
	r, err := w.request(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	if message != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if packed {
		r.Header.Set("Content-Encoding", "zstd")
	}
	if bare {
		return w.http.Do(r)
	}
	return w.do(ctx, r)
}

// do begins a session if need be and sends a request in it.
func (w *wire) do(ctx context.Context, r *http.Request) (*http.Response, error) {
	if err := w.authorise(ctx, r); err != nil {
		return nil, err
	}
	return w.http.Do(r)
}

// doBulk is do for a document.
func (w *wire) doBulk(ctx context.Context, r *http.Request) (*http.Response, error) {
	if err := w.authorise(ctx, r); err != nil {
		return nil, err
	}
	return w.bulk.Do(r)
}

// inSession does what needs a session, once more when the session has ended on the way.
func (w *wire) inSession(do func() error) error {
	err := do()
	if errors.Is(err, protocol.ErrUnauthorized) {
		w.forgetToken()
		err = do()
	}
	return err
}

func (w *wire) forgetToken() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.token = ""
}

// authorise puts the session's token on a request, beginning one when needed.
func (w *wire) authorise(ctx context.Context, r *http.Request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.token == "" {
		c, err := ask[protocol.Challenge](ctx, w, http.MethodPost, protocol.PathChallenge, protocol.ChallengeRequest{Device: w.device}, true)
		if err != nil {
			return err
		}
		if c.Server != w.name || len(c.Nonce) > 1024 {
			return fmt.Errorf("the server says that it is %.80q: %w", c.Server, ErrLies)
		}
		s, err := ask[protocol.Session](ctx, w, http.MethodPost, protocol.PathSession, protocol.SessionRequest{
			Device: w.device, Nonce: c.Nonce, Signature: ed25519.Sign(w.key, protocol.SessionMessage(w.name, c.Nonce)),
		}, true)
		if err != nil {
			return err
		}
		w.token, w.clock = s.Token, s.Now.Sub(w.now())
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	return nil
}

// Fingerprint is the SHA-256 of a certificate, as people compare it.
func Fingerprint(der []byte) string { return fmt.Sprintf("%X", sha256.Sum256(der)) }
