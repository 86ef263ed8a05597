package mail_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"alpi40.fr/airial/sync/mail"
	"alpi40.fr/airial/sync/mail/mailtest"
)

// provider signs people in as RFC 6749 and RFC 7636 say.
type provider struct {
	*httptest.Server
	mu        sync.Mutex
	challenge string
	renewed   int
	revoked   bool
}

func startProvider() *provider {
	p := &provider{}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		refuse := func(why string) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": why})
		}
		switch r.FormValue("grant_type") {
		case "authorization_code":
			sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
			if r.FormValue("code") != "code-1" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge || r.FormValue("client_id") != "airial" {
				refuse("invalid_grant")
				return
			}
		case "refresh_token":
			if p.revoked || r.FormValue("refresh_token") != "renouveler" {
				refuse("invalid_grant")
				return
			}
			p.renewed++
		default:
			refuse("unsupported_grant_type")
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("jeton-%d", p.renewed), "refresh_token": "renouveler", "token_type": "Bearer", "expires_in": 1})
	}))
	return p
}

// enter is what the browser does: the person says yes, and is sent back.
func (p *provider) enter(t *testing.T, address, forged string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Error(err)
		return
	}
	q := u.Query()
	p.mu.Lock()
	p.challenge = q.Get("code_challenge")
	p.mu.Unlock()
	if q.Get("code_challenge_method") != "S256" {
		t.Errorf("without PKCE: %s", address)
	}
	back := func(values url.Values) {
		resp, err := http.Get(q.Get("redirect_uri") + "?" + values.Encode())
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
	}
	if forged != "" { // another page of the same browser comes first
		back(url.Values{"code": {"voleur"}, "state": {forged}})
	}
	back(url.Values{"code": {"code-1"}, "state": {q.Get("state")}})
}

func TestSignIn(t *testing.T) {
	p := startProvider()
	defer p.Close()
	where := mail.Provider{ClientID: "airial", Auth: p.URL + "/auth", Token: p.URL + "/token", Scopes: []string{"mail"}}
	secret, err := mail.SignIn(t.Context(), where, p.Client(), rand.Reader, func(address string) { go p.enter(t, address, "autre") })
	if err != nil {
		t.Fatal(err)
	}
	// A token of one second is over at once: it is renewed, and what is to be kept is told.
	kept := ""
	token, err := mail.AccessToken(t.Context(), where, p.Client(), secret, func(s string) error { kept = s; return nil })
	if err != nil || token != "jeton-1" || kept == "" || kept == secret {
		t.Errorf("%s %v", token, err)
	}
	p.revoked = true
	if _, err := mail.AccessToken(t.Context(), where, p.Client(), secret, func(string) error { return nil }); !errors.Is(err, mail.ErrSignIn) {
		t.Errorf("revoked: %v", err)
	}
	if _, err := mail.AccessToken(t.Context(), where, p.Client(), "nonsense", nil); !errors.Is(err, mail.ErrSignIn) {
		t.Errorf("nothing kept: %v", err)
	}
	clear := where
	clear.Token = "http://exemple.example/token"
	if _, err := mail.SignIn(t.Context(), clear, p.Client(), rand.Reader, func(string) { t.Error("opened") }); !errors.Is(err, mail.ErrAddress) {
		t.Errorf("in the clear: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	if _, err := mail.SignIn(ctx, where, p.Client(), rand.Reader, func(string) { stop() }); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// door is a submission server that lets in by a token, by the mechanisms that it is given.
type door struct {
	mechanisms []string
	mu         sync.Mutex
	taken      []byte
}

func (d *door) NewSession(*smtp.Conn) (smtp.Session, error) { return &visitor{d: d}, nil }

type visitor struct {
	d  *door
	in bool
}

func (v *visitor) AuthMechanisms() []string { return v.d.mechanisms }
func (v *visitor) Auth(mech string) (sasl.Server, error) {
	if mech == sasl.OAuthBearer {
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if v.in = o.Token == "jeton" && o.Username == "mairie"; !v.in {
				return &sasl.OAuthBearerError{Status: "invalid_token"}
			}
			return nil
		}), nil
	}
	return &xoauth2Server{v: v}, nil
}
func (v *visitor) Reset()        {}
func (v *visitor) Logout() error { return nil }
func (v *visitor) Mail(string, *smtp.MailOptions) error {
	if !v.in {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (v *visitor) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (v *visitor) Data(r io.Reader) (err error) {
	v.d.mu.Lock()
	defer v.d.mu.Unlock()
	v.d.taken, err = io.ReadAll(r)
	return err
}

// xoauth2Server reads what its documentation gives: user, bearer, each ended by a byte of 1.
type xoauth2Server struct {
	v      *visitor
	denied bool
}

func (x *xoauth2Server) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case x.denied:
		return nil, false, smtp.ErrAuthFailed
	case bytes.Equal(response, []byte("user=mairie\x01auth=Bearer jeton\x01\x01")):
		x.v.in = true
		return nil, true, nil
	}
	x.denied = true
	return []byte(`{"status":"400"}`), false, nil
}

func TestTokenAtTheSubmission(t *testing.T) {
	crt, key, pin, err := mailtest.Certificate(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(crt, key)
	if err != nil {
		t.Fatal(err)
	}
	for name, mechanisms := range map[string][]string{"OAUTHBEARER": {"XOAUTH2", sasl.OAuthBearer}, "XOAUTH2": {sasl.Plain, "XOAUTH2"}} {
		d := &door{mechanisms: mechanisms}
		s := smtp.NewServer(d)
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = s.Serve(listener) }() // ends with Close
		defer s.Close()
		a := mail.Account{Smtp: mail.Server{Address: listener.Addr().String(), Security: mail.TLS, Pin: pin}, Login: "mairie", Token: "jeton"}
		if err := mail.Send(t.Context(), a, "mairie@exemple.example", []string{"jean@exemple.example"}, []byte("Subject: x\r\n\r\ny\r\n"), func() error { return nil }); err != nil || !bytes.Contains(d.taken, []byte("Subject: x")) {
			t.Errorf("%s: %v", name, err)
		}
		a.Token = "autre"
		if err := mail.Send(t.Context(), a, "mairie@exemple.example", []string{"jean@exemple.example"}, []byte("x"), func() error { return nil }); !errors.Is(err, mail.ErrSignIn) {
			t.Errorf("%s, a wrong token: %v", name, err)
		}
	}
}
