package mail

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/emersion/go-sasl"
	"golang.org/x/oauth2"

	"alpi40.fr/airial/local/bell"
)

// Provider is where people sign in for a mailbox that wants no password (OAuth 2.0, RFC 6749). It is
// the operator's to describe: a program has a client of its own with each provider.
type Provider struct {
	ClientID string   `json:"clientID"`
	Auth     string   `json:"auth"`  // https
	Token    string   `json:"token"` // https
	Scopes   []string `json:"scopes"`
}

// Set tells whether there is one.
func (p Provider) Set() bool { return p.ClientID != "" }

// ErrSignIn: the person must sign in again in the browser.
var ErrSignIn = errors.New("a sign-in in the browser is needed")

func (p Provider) config(redirect string) (*oauth2.Config, error) {
	for _, address := range []string{p.Auth, p.Token} {
		if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("%w: %q", ErrAddress, address)
		}
	}
	return &oauth2.Config{ClientID: p.ClientID, RedirectURL: redirect, Scopes: p.Scopes, Endpoint: oauth2.Endpoint{AuthURL: p.Auth, TokenURL: p.Token, AuthStyle: oauth2.AuthStyleInParams}}, nil
}

// SignIn has a person sign in with the system's browser: browse is given the page to open, and the
// answer comes back to loopback (RFC 8252) with PKCE (RFC 7636). It gives what is to be kept secret.
// Errors: ErrSignIn, ErrAddress, ErrOffline.
func SignIn(ctx context.Context, p Provider, c *http.Client, rand io.Reader, browse func(address string)) (secret string, err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listening on loopback: %w", err)
	}
	config, err := p.config("http://" + listener.Addr().String() + "/")
	if err != nil {
		return "", errors.Join(err, listener.Close())
	}
	raw := make([]byte, 64)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return "", errors.Join(fmt.Errorf("drawing a verifier: %w", err), listener.Close())
	}
	state, verifier := fmt.Sprintf("%x", raw[:16]), fmt.Sprintf("%x", raw[16:])
	type answer struct {
		code string
		err  error
	}
	got := make(chan answer, 1)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.URL.Path != "/" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1 {
			http.NotFound(w, r)
			return
		}
		a := answer{code: q.Get("code")}
		if a.code == "" {
			a.err = fmt.Errorf("%w: %.80q", ErrSignIn, q.Get("error"))
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><html lang=\"fr\"><meta charset=\"utf-8\"><title>Airial</title><p>Vous pouvez fermer cette page et revenir à Airial.</p></html>")
		bell.Tell(got, a)
	})}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer server.Close()
	browse(config.AuthCodeURL(state, oauth2.AccessTypeOffline, oauth2.S256ChallengeOption(verifier)))
	select {
	case a := <-got:
		if a.err != nil {
			return "", a.err
		}
		token, err := config.Exchange(context.WithValue(ctx, oauth2.HTTPClient, c), a.code, oauth2.VerifierOption(verifier))
		if err != nil {
			return "", refusal(err)
		}
		return keepToken(token)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func keepToken(t *oauth2.Token) (string, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("keeping a sign-in: %w", err)
	}
	return string(text), nil
}

// refusal tells a refused sign-in from a line that is cut. What the provider answers may hold a token: it is not told.
func refusal(err error) error {
	if r := (*oauth2.RetrieveError)(nil); errors.As(err, &r) {
		return fmt.Errorf("%w: %.80q", ErrSignIn, r.ErrorCode)
	}
	return ErrOffline
}

// AccessToken gives a token that is in force of what SignIn kept, renewed when it must be; keep is
// given what is then to be kept in its place. Errors: ErrSignIn, ErrOffline, ErrAddress.
func AccessToken(ctx context.Context, p Provider, c *http.Client, secret string, keep func(secret string) error) (string, error) {
	var t oauth2.Token
	if err := json.Unmarshal([]byte(secret), &t); err != nil {
		return "", ErrSignIn
	}
	config, err := p.config("")
	if err != nil {
		return "", err
	}
	now, err := config.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, c), &t).Token()
	if err != nil {
		if t.RefreshToken == "" {
			return "", ErrSignIn
		}
		return "", refusal(err)
	}
	if now.AccessToken != t.AccessToken {
		kept, err := keepToken(now)
		if err == nil {
			err = keep(kept)
		}
		if err != nil {
			return "", err
		}
	}
	return now.AccessToken, nil
}

// xoauth2 is the mechanism that servers offered before RFC 7628 and still do.
type xoauth2 struct{ login, token string }

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.login + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the error that the server describes with nothing, so that it says no.
func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

// bearer is the mechanism for an account that signs in by a token: OAUTHBEARER (RFC 7628) where the
// server has it, else XOAUTH2.
func bearer(a Account, has func(mechanism string) bool) sasl.Client {
	if has(sasl.OAuthBearer) {
		return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: a.Login, Token: a.Token})
	}
	return xoauth2{a.Login, a.Token}
}

// denied tells a token that is refused: the server says why, in place of a plain no (RFC 7628, 3.2.2).
func denied(err error) bool {
	var why *sasl.OAuthBearerError
	return errors.As(err, &why)
}
