package administration_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"alpi40.fr/airial/sync/server/administration"
)

// issuer is an OpenID provider with one person, who always agrees.
type issuer struct {
	*httptest.Server
	t        *testing.T
	key      *ecdsa.PrivateKey
	email    string
	verified bool
	nonce    string // what is said in its place
	asked    map[string]url.Values
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key, email: "agent@alpi.example", verified: true, asked: map[string]url.Values{}}
	mux := http.NewServeMux()
	give := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		give(w, map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		give(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("code_challenge_method") != "S256" || !strings.Contains(q.Get("scope"), "openid") {
			t.Errorf("what is asked is %v", q)
		}
		i.asked["le-code"] = q
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {"le-code"}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		q := i.asked[r.PostFormValue("code")]
		delete(i.asked, r.PostFormValue("code"))
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		id, secret, _ := r.BasicAuth()
		if q == nil || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") || id != "airial" || secret != "un-secret" {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
		if err != nil {
			t.Error(err)
			return
		}
		nonce := q.Get("nonce")
		if i.nonce != "" {
			nonce = i.nonce
		}
		token, err := jwt.Signed(signer).Claims(map[string]any{"iss": i.URL, "aud": "airial", "sub": "1", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(),
			"nonce": nonce, "email": i.email, "email_verified": i.verified}).Serialize()
		if err != nil {
			t.Error(err)
			return
		}
		give(w, map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token})
	})
	i.Server = httptest.NewTLSServer(mux)
	t.Cleanup(i.Close)
	return i
}

func TestOpenID(t *testing.T) {
	i := newIssuer(t)
	d := start(t, func(address string) *administration.Provider {
		p, err := administration.NewProvider(context.Background(), i.URL, "airial", "un-secret", address, []string{"Agent@alpi.example"}, i.Client())
		if err != nil {
			t.Fatal(err)
		}
		return p
	})
	browser := func() *person {
		p := d.person(t)
		// One browser trusts both: each is a test server with a certificate of its own.
		both := http.DefaultTransport.(*http.Transport).Clone()
		both.TLSClientConfig = d.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		both.TLSClientConfig.RootCAs.AddCert(i.Certificate())
		t.Cleanup(both.CloseIdleConnections)
		p.c.Transport = both
		return p
	}
	enter := func(p *person, status int) string {
		t.Helper()
		return p.get("/oidc/start", status)
	}
	p := browser()
	if text := enter(p, 200); !strings.Contains(text, ">agent@alpi.example<") || !strings.Contains(text, "Collectivités") {
		t.Fatal(text)
	}
	p.submit("/authorities/"+town, "/authorities/"+town+"/codes", 200)

	i.email = "autre@alpi.example"
	if text := enter(browser(), 403); !strings.Contains(text, "n’est pas de ceux") {
		t.Error(text)
	}
	i.email, i.verified = "agent@alpi.example", false
	enter(browser(), 403)
	i.verified, i.nonce = true, "un autre"
	enter(browser(), 403)
	i.nonce = ""
	// Who did not begin here does not end here; an old answer is not taken again.
	browser().get("/oidc/callback?code=le-code&state=x", 403)
}
