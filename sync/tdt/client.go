package tdt

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"alpi40.fr/airial/local/handover"
)

// The reasons for which the third party does not let in; match them with errors.Is. Nothing
// was sent.
var (
	// ErrDenied: it does not know the certificate, the login or the password, or does not give
	// this account the right to do so.
	ErrDenied = errors.New("the third party does not let this account in")
	// ErrUntrusted: its certificate is not one of an authority known here.
	ErrUntrusted = errors.New("the third party's certificate is not trusted")
	// ErrGarbage: what answers does not speak as a third party does.
	ErrGarbage = errors.New("not an answer of a third party")
	// ErrAddress: not an https address.
	ErrAddress = errors.New("not the address of a third party")
)

// The bounds of what comes back.
const (
	maxWords  = 1 << 20  // a status, a list
	maxAnswer = 64 << 20 // a file
)

// Options describe a third party.
type Options struct {
	// URL is its address: https, without a path.
	URL string
	// Certificate names the town hall.
	Certificate tls.Certificate
	// Login and Password tell accounts of one certificate apart; empty for none.
	Login, Password string
	// Authorities are those of its own certificate; nil: those of the system.
	Authorities *x509.CertPool
	// Wait is how long one exchange may take; zero means three minutes, the time that a flow
	// with its attachments takes on a village's line.
	Wait time.Duration
}

// Client speaks to one third party. It is safe for concurrent use.
type Client struct {
	base            string
	login, password string
	http            *http.Client
}

// New makes a client. Error: ErrAddress.
func New(o Options) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(o.URL), "/"))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%w: %q", ErrAddress, o.URL)
	}
	if o.Wait == 0 {
		o.Wait = 3 * time.Minute
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{o.Certificate}, RootCAs: o.Authorities},
		TLSHandshakeTimeout: 20 * time.Second, ResponseHeaderTimeout: o.Wait, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second,
	}
	return &Client{base: u.String(), login: o.Login, password: o.Password, http: &http.Client{
		Transport: transport, Timeout: o.Wait,
		// Who is not let in is sent to a page for people.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close ends the connections that are kept open.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Ready tells whether the third party answers and lets this account in. Errors: ErrDenied,
// ErrUntrusted, ErrGarbage, handover.ErrNotSent.
func (c *Client) Ready(ctx context.Context) error {
	var answer []byte
	var err error
	// A refused certificate may be told by an alert, or by nothing but a connection that is cut
	// before the alert is read (RFC 8446, 4.4.2.4): another try hears it.
	for range 3 {
		if answer, err = c.get(ctx, "/api/test-connexion.php", nil, maxWords); err == nil || !cut(err) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return err
	}
	_, err = okay(answer)
	var refusal *handover.Refusal
	if errors.As(err, &refusal) {
		return fmt.Errorf("%w: %s", ErrDenied, refusal.Words)
	}
	return err
}

// get asks; what fails has sent nothing.
func (c *Client) get(ctx context.Context, path string, query url.Values, limit int64) ([]byte, error) {
	address := c.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", path, err)
	}
	answer, _, err := c.do(request, limit)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", path, errors.Join(handover.ErrNotSent, err))
	}
	return answer, nil
}

// part is a field of a form, or a file of it.
type part struct {
	name, value string
	file        string // its name; "" for a field
	content     []byte
}

// post sends a form. The error tells whether it may have arrived.
func (c *Client) post(ctx context.Context, path string, parts []part) ([]byte, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		var to io.Writer
		var err error
		content := p.content
		if p.file != "" {
			to, err = form.CreateFormFile(p.name, safeName(p.file))
		} else {
			to, err = form.CreateFormField(p.name)
			content = []byte(p.value)
		}
		if err == nil {
			_, err = to.Write(content)
		}
		if err != nil {
			return nil, fmt.Errorf("making the form of %s: %w", path, err)
		}
	}
	if err := form.Close(); err != nil {
		return nil, fmt.Errorf("making the form of %s: %w", path, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("posting to %s: %w", path, err)
	}
	// net/http would otherwise send the form again by itself on another connection.
	request.GetBody = nil
	request.Header.Set("Content-Type", form.FormDataContentType())
	answer, left, err := c.do(request, maxWords)
	if err == nil {
		return answer, nil
	}
	outcome := handover.ErrNotSent
	if left {
		outcome = handover.ErrUncertain
	}
	return nil, fmt.Errorf("posting to %s: %w", path, errors.Join(outcome, err))
}

// do carries a request; left tells whether some of it may have been taken in.
func (c *Client) do(request *http.Request, limit int64) (answer []byte, left bool, err error) {
	var wrote atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }}
	request = request.WithContext(httptrace.WithClientTrace(request.Context(), trace))
	if c.login != "" {
		request.SetBasicAuth(c.login, c.password)
	}
	response, err := c.http.Do(request)
	if err != nil {
		if cause := refusedBeforehand(err); cause != nil {
			return nil, false, errors.Join(cause, err)
		}
		// What could not be written whole was not taken in: a form says its length first.
		var broken *net.OpError
		return nil, wrote.Load() && !(errors.As(err, &broken) && broken.Op == "write"), err
	}
	defer response.Body.Close()
	switch status := response.StatusCode; {
	case status >= 300 && status < 400, status == http.StatusUnauthorized, status == http.StatusForbidden:
		return nil, false, fmt.Errorf("status %d: %w", status, ErrDenied)
	case status == http.StatusRequestEntityTooLarge:
		return nil, false, &handover.Refusal{Words: "Le fichier dépasse la taille que ce tiers accepte."}
	case status != http.StatusOK:
		return nil, true, fmt.Errorf("status %d: %w", status, ErrGarbage)
	}
	if answer, err = io.ReadAll(io.LimitReader(response.Body, limit+1)); err != nil {
		return nil, true, fmt.Errorf("reading the answer: %w", err)
	}
	if int64(len(answer)) > limit {
		return nil, true, fmt.Errorf("an answer of more than %d bytes: %w", limit, ErrGarbage)
	}
	if page(answer) {
		return nil, true, fmt.Errorf("a page of HTML: %w", ErrGarbage)
	}
	return answer, true, nil
}

// refusedBeforehand recognises what ends a connection before the third party reads anything.
func refusedBeforehand(err error) error {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var check *tls.CertificateVerificationError
	if errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) || errors.As(err, &check) {
		return ErrUntrusted
	}
	// The server's alert on our certificate comes once ours has gone (RFC 8446, 4.4.2.4 and 6.2).
	var alert tls.AlertError
	var remote *net.OpError
	if errors.As(err, &alert) || errors.As(err, &remote) && remote.Op == "remote error" {
		return ErrDenied
	}
	return nil
}

// cut tells whether a connection ended without a word.
func cut(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF)
}

// page tells whether an answer is a page for people.
func page(answer []byte) bool {
	start := bytes.ToLower(bytes.TrimLeft(answer[:min(len(answer), 512)], "\ufeff \t\r\n"))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// okay reads an answer in lines: «OK» and what follows it, or «KO» and why, a
// *handover.Refusal. Error besides: ErrGarbage.
func okay(answer []byte) (rest string, err error) {
	first, rest, _ := strings.Cut(text(answer), "\n")
	switch first = strings.TrimSpace(first); {
	case first == "OK", strings.HasPrefix(first, "OK "):
		return rest, nil
	case strings.HasPrefix(first, "KO"):
		return "", &handover.Refusal{Words: Line(strings.TrimPrefix(first, "KO") + " " + rest)}
	}
	return "", fmt.Errorf("an answer that begins with neither OK nor KO: %w", ErrGarbage)
}

// text is an answer as characters: what is not UTF-8 is ISO-8859-1.
func text(answer []byte) string {
	if utf8.Valid(answer) {
		return strings.TrimPrefix(string(answer), "\ufeff")
	}
	wide, err := charmap.ISO8859_1.NewDecoder().Bytes(answer)
	if err != nil { // each byte has its character
		return strings.ToValidUTF8(string(answer), "?")
	}
	return string(wide)
}

// Line is a third party's words on one bounded line, without what is not to be read.
func Line(words string) string {
	words = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.NewReplacer("<br />", " ", "<br/>", " ", "<br>", " ", "&nbsp;", " ").Replace(words))
	words = strings.Join(strings.Fields(words), " ")
	if len(words) > handover.MaxWords {
		words = strings.ToValidUTF8(words[:handover.MaxWords-3], "") + "…"
	}
	return words
}

// safeName is a file's name as third parties take it.
func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '_'
	}, name)
}

// number checks the number of a transaction.
func number(id string) (string, error) {
	id = strings.TrimSpace(id)
	if id == "" || len(id) > 20 || strings.IndexFunc(id, func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return "", fmt.Errorf("transaction %.40q: %w", id, ErrGarbage)
	}
	return id, nil
}
