package administration

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Provider is an OpenID provider and who of its people may enter.
type Provider struct {
	verifier *oidc.IDTokenVerifier
	config   oauth2.Config
	people   []string
	client   *http.Client
}

// NewProvider asks a provider what it is. url is the page's own address.
func NewProvider(ctx context.Context, issuer, clientID, secret, url string, people []string, client *http.Client) (*Provider, error) {
	if len(people) == 0 || url == "" {
		return nil, errors.New("the OpenID provider goes with the page's own address and who may enter")
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, client), issuer)
	if err != nil {
		return nil, fmt.Errorf("asking the OpenID provider: %w", err)
	}
	lower := make([]string, len(people))
	for i := range people {
		lower[i] = strings.ToLower(people[i])
	}
	return &Provider{
		verifier: p.Verifier(&oidc.Config{ClientID: clientID}), people: lower, client: client,
		config: oauth2.Config{ClientID: clientID, ClientSecret: secret, Endpoint: p.Endpoint(), RedirectURL: joined(url, "/oidc/callback"), Scopes: []string{oidc.ScopeOpenID, "email"}},
	}, nil
}

func (p *Provider) may(address string) bool {
	return slices.Contains(p.people, strings.ToLower(address))
}

const (
	oidcCookie = "__Host-airial-oidc"
	oidcLife   = 10 * time.Minute
)

// asked is what must come back from the provider.
type asked struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // PKCE, RFC 7636
	Expires  int64  `json:"e"`
}

func (p *Page) oidcStart(w http.ResponseWriter, r *http.Request) {
	if p.o.OIDC == nil {
		http.NotFound(w, r)
		return
	}
	var a asked
	var err error
	for _, field := range []*string{&a.State, &a.Nonce, &a.Verifier} {
		if *field, err = p.random(); err != nil {
			p.failed(w, r, err)
			return
		}
	}
	more, err := p.random() // a verifier has 43 signs at least
	if err != nil {
		p.failed(w, r, err)
		return
	}
	a.Verifier += more
	a.Expires = p.o.Now().Add(oidcLife).Unix()
	text, err := p.seal("oidc", a)
	if err != nil {
		p.failed(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: oidcCookie, Value: text, Path: "/", MaxAge: int(oidcLife.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, p.o.OIDC.config.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), http.StatusSeeOther)
}

func (p *Page) oidcCallback(w http.ResponseWriter, r *http.Request) {
	if p.o.OIDC == nil {
		http.NotFound(w, r)
		return
	}
	address, err := p.oidcAddress(r)
	http.SetCookie(w, &http.Cookie{Name: oidcCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	if err != nil {
		p.o.Log.Info("an entry by the OpenID provider was refused", "cause", err.Error())
		p.fault(w, r, http.StatusForbidden, "Le fournisseur d’identité ne vous a pas reconnu, ou la demande a trop attendu. Recommencez ; si cela persiste, prévenez votre administrateur.")
		return
	}
	if !p.o.OIDC.may(address) {
		if err := p.note(r.Context(), "oidc:"+address, "login.refused", "", ""); err != nil {
			p.failed(w, r, err)
			return
		}
		p.fault(w, r, http.StatusForbidden, "Votre compte n’est pas de ceux qui administrent ce serveur.")
		return
	}
	p.enter(w, r, "oidc:"+strings.ToLower(address))
}

// oidcAddress gives the verified address of who comes back from the provider.
func (p *Page) oidcAddress(r *http.Request) (string, error) {
	c, err := r.Cookie(oidcCookie)
	if err != nil {
		return "", errors.New("nothing was asked of the provider")
	}
	var a asked
	if !p.unseal("oidc", c.Value, &a) || !p.o.Now().Before(time.Unix(a.Expires, 0)) {
		return "", errors.New("what was asked is too old")
	}
	if !hmac.Equal([]byte(r.URL.Query().Get("state")), []byte(a.State)) {
		return "", errors.New("the state is another")
	}
	ctx := oidc.ClientContext(r.Context(), p.o.OIDC.client)
	token, err := p.o.OIDC.config.Exchange(ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return "", fmt.Errorf("asking for the token: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "", errors.New("no identity came")
	}
	id, err := p.o.OIDC.verifier.Verify(ctx, raw)
	if err != nil {
		return "", fmt.Errorf("verifying the identity: %w", err)
	}
	if !hmac.Equal([]byte(id.Nonce), []byte(a.Nonce)) {
		return "", errors.New("the nonce is another")
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&claims); err != nil {
		return "", fmt.Errorf("reading the identity: %w", err)
	}
	if claims.Email == "" || len(claims.Email) > maxField || !claims.Verified {
		return "", errors.New("the address is not verified")
	}
	return claims.Email, nil
}
