package administration

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"alpi40.fr/airial/sync/server"
)

const (
	cookieName  = "__Host-airial"
	sessionLife = 20 * time.Minute
	maxField    = 200
)

// session is who works, until when.
type session struct {
	who     string // «local:nom» or «oidc:adresse»
	id      string // drawn at the beginning: forms are tied to it
	expires time.Time
}

type sessionKey struct{}

type sealed struct {
	Who     string `json:"w"`
	ID      string `json:"i"`
	Expires int64  `json:"e"`
}

func (p *Page) mac(purpose string, body []byte) []byte {
	h := hmac.New(sha256.New, p.key[:])
	_, _ = h.Write([]byte(purpose + "\x00"))
	_, _ = h.Write(body)
	return h.Sum(nil)
}

// seal writes a value that only this server can have written.
func (p *Page) seal(purpose string, value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(p.mac(purpose, text), text...)), nil
}

func (p *Page) unseal(purpose, text string, value any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < sha256.Size || !hmac.Equal(p.mac(purpose, raw[sha256.Size:]), raw[:sha256.Size]) {
		return false
	}
	return json.Unmarshal(raw[sha256.Size:], value) == nil
}

func (p *Page) random() (string, error) {
	raw := make([]byte, 18)
	if _, err := io.ReadFull(p.o.Rand, raw); err != nil {
		return "", fmt.Errorf("drawing a number: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// keep sets the session's cookie, good from now.
func (p *Page) keep(w http.ResponseWriter, s session) error {
	s.expires = p.o.Now().Add(sessionLife)
	text, err := p.seal("session", sealed{Who: s.who, ID: s.id, Expires: s.expires.Unix()})
	if err != nil {
		return err
	}
	// Lax: who comes back from the OpenID provider comes from another site.
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: text, Path: "/", MaxAge: int(sessionLife.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return nil
}

func (p *Page) formToken(s session) string {
	return base64.RawURLEncoding.EncodeToString(p.mac("form", []byte(s.id)))
}

// current gives the session of a request, if its account may still enter.
func (p *Page) current(r *http.Request) (session, bool, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return session{}, false, nil
	}
	var v sealed
	if !p.unseal("session", c.Value, &v) || !p.o.Now().Before(time.Unix(v.Expires, 0)) {
		return session{}, false, nil
	}
	s := session{who: v.Who, id: v.ID, expires: time.Unix(v.Expires, 0)}
	kind, name, _ := strings.Cut(v.Who, ":")
	switch kind {
	case "local":
		a, err := p.o.Storage.Administrator(r.Context(), name)
		if errors.Is(err, server.ErrNotFound) {
			return s, false, nil
		}
		return s, err == nil && !a.Disabled, err
	case "oidc":
		return s, p.o.OIDC != nil && p.o.OIDC.may(name), nil
	}
	return s, false, nil
}

// inside lets through who has entered; a form must carry the token of its session.
func (p *Page) inside(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, ok, err := p.current(r)
		if err != nil {
			p.failed(w, r, err)
			return
		}
		if !ok {
			if r.Method != http.MethodGet {
				p.fault(w, r, http.StatusUnauthorized, "Votre session est terminée ; rien n’a été fait. Entrez à nouveau, puis recommencez.")
				return
			}
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), sessionKey{}, s))
		if r.Method == http.MethodPost {
			if !hmac.Equal([]byte(formValue(r, "token")), []byte(p.formToken(s))) {
				p.fault(w, r, http.StatusForbidden, "Ce formulaire n’est pas de votre session ; rien n’a été fait. Revenez à la page et recommencez.")
				return
			}
		}
		if err := p.keep(w, s); err != nil {
			p.failed(w, r, err)
			return
		}
		next(w, r)
	}
}

// formValue reads a field of a form, also of one that carries a file.
func formValue(r *http.Request, name string) string {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		_ = r.ParseMultipartForm(1 << 20) // what cannot be read has no fields
	}
	return r.PostFormValue(name)
}

func who(r *http.Request) string {
	s, _ := r.Context().Value(sessionKey{}).(session)
	return s.who
}

func (p *Page) loginForm(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, "login", view{Title: "Entrer", Data: ""})
}

// wrong is what is told whatever was wrong.
const wrong = "Le nom, le mot de passe ou le code ne convient pas."

func (p *Page) login(w http.ResponseWriter, r *http.Request) {
	name, password, code := formValue(r, "name"), formValue(r, "password"), strings.ReplaceAll(formValue(r, "code"), " ", "")
	if len(name) > maxField || len(password) > maxField || len(code) > maxField {
		p.show(w, r, http.StatusBadRequest, "login", view{Title: "Entrer", Data: wrong})
		return
	}
	if !p.tries.allowed(name, r.RemoteAddr) {
		w.Header().Set("Retry-After", "900")
		p.show(w, r, http.StatusTooManyRequests, "login", view{Title: "Entrer", Data: "Trop d’essais. Attendez un quart d’heure, puis recommencez."})
		return
	}
	ok, err := p.check(r.Context(), name, password, code)
	if err != nil {
		p.failed(w, r, err)
		return
	}
	if !ok {
		p.tries.missed(name, r.RemoteAddr)
		// A name that is none may be a password typed in the wrong place: it is not written.
		if _, err := p.o.Storage.Administrator(r.Context(), name); err != nil {
			name = "?"
		}
		if err := p.note(r.Context(), "local:"+name, "login.refused", "", ""); err != nil {
			p.failed(w, r, err)
			return
		}
		p.show(w, r, http.StatusUnauthorized, "login", view{Title: "Entrer", Data: wrong})
		return
	}
	p.enter(w, r, "local:"+name)
}

// enter begins a session.
func (p *Page) enter(w http.ResponseWriter, r *http.Request, who string) {
	id, err := p.random()
	if err == nil {
		err = p.note(r.Context(), who, "login", "", "")
	}
	if err == nil {
		err = p.keep(w, session{who: who, id: id})
	}
	if err != nil {
		p.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// passwordCost is Argon2id's: 19 MiB, two passes. The passwords are drawn, and a code goes with them.
var passwordCost = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// entering is how many passwords are compared at the same time: each takes its memory.
const entering = 4

// check tells whether a name may enter. A code serves once.
func (p *Page) check(ctx context.Context, name, password, code string) (bool, error) {
	a, err := p.o.Storage.Administrator(ctx, name)
	known := err == nil && !a.Disabled
	if err != nil && !errors.Is(err, server.ErrNotFound) {
		return false, err
	}
	hash := a.Password
	if !known {
		hash = p.nobody // it takes as long
	}
	select {
	case p.entering <- struct{}{}:
		defer func() { <-p.entering }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	same, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("reading a password's hash: %w", err)
	}
	now := p.o.Now()
	timely, err := totp.ValidateCustom(code, a.TOTP, now, totp.ValidateOpts{Period: 30, Skew: 1, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil || !known || !same || !timely {
		return false, nil // a code that is no number is a wrong one
	}
	return p.o.Storage.Spend(ctx, sha256.Sum256([]byte("one-time code\x00"+name+"\x00"+code)), now, now.Add(2*time.Minute))
}

func (p *Page) logout(w http.ResponseWriter, r *http.Request) {
	if err := p.note(r.Context(), who(r), "logout", "", ""); err != nil {
		p.failed(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// Account is what a new local account's owner is given, once.
type Account struct {
	Name, Password string
	// Secret is the one-time codes', in base32; Address the same as applications read it (otpauth://).
	Secret, Address string
}

// NewAccount draws a password and a secret for an account, which it keeps; the former ones of that
// name serve no more.
func NewAccount(ctx context.Context, s server.Storage, name, issuer string, now time.Time, random io.Reader) (Account, error) {
	if name == "" || len(name) > 60 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == ':' || r == 0x7f }) {
		return Account{}, errors.New("an administrator's name is short, and has neither spaces nor colons")
	}
	raw := make([]byte, 15)
	if _, err := io.ReadFull(random, raw); err != nil {
		return Account{}, fmt.Errorf("drawing a password: %w", err)
	}
	password := base64.RawURLEncoding.EncodeToString(raw)
	hash, err := argon2id.CreateHash(password, &passwordCost)
	if err != nil {
		return Account{}, fmt.Errorf("sealing a password: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: name, Rand: random})
	if err != nil {
		return Account{}, fmt.Errorf("drawing a secret: %w", err)
	}
	err = s.PutAdministrator(ctx, server.Administrator{Name: name, Password: hash, TOTP: key.Secret(), Created: now.UTC().Truncate(time.Microsecond)})
	if err != nil {
		return Account{}, fmt.Errorf("keeping an account: %w", err)
	}
	return Account{Name: name, Password: password, Secret: key.Secret(), Address: key.URL()}, nil
}

// tries counts wrong entries, by name and by address, within a quarter of an hour, in one process.
type tries struct {
	mu    sync.Mutex
	now   func() time.Time
	since time.Time
	count map[string]int
}

const (
	triesAName    = 5
	triesAnywhere = 30
	triesTime     = 15 * time.Minute
)

func newTries(now func() time.Time) *tries { return &tries{now: now, count: map[string]int{}} }

func (t *tries) allowed(name, address string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.now(); now.Sub(t.since) > triesTime || now.Before(t.since) {
		t.since = now
		clear(t.count)
	}
	return t.count["n"+name] < triesAName && t.count["a"+host(address)] < triesAnywhere
}

func (t *tries) missed(name, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count["n"+name]++
	t.count["a"+host(address)]++
}

func host(address string) string {
	h, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return h
}

// joined is an address of this page.
func joined(base, path string) string { return strings.TrimSuffix(base, "/") + path }
