package office_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/rule"
)

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func soap(body string) string {
	return `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:n="http://www.adullact.org/spring-ws/iparapheur/1.0"><e:Body>` + body + `</e:Body></e:Envelope>`
}

func ask(t *testing.T, c *http.Client, url, password, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(soap(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.SetBasicAuth("compta", password)
	w, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(text)
}

func send(id, title string, content []byte) string {
	return `<n:CreerDossierRequest><n:TypeTechnique>Airial</n:TypeTechnique><n:SousType>Circuit habituel</n:SousType><n:DossierID>` + id + `</n:DossierID><n:DossierTitre>` + title +
		`</n:DossierTitre><n:DocumentPrincipal>` + base64.StdEncoding.EncodeToString(content) + `</n:DocumentPrincipal><n:NomDocPrincipal>` + title + `</n:NomDocPrincipal></n:CreerDossierRequest>`
}

// The door is shut until a password is made and somebody opens it; it follows each change of
// its setting, and opens on other computers encrypted or not at all.
func TestGateway(t *testing.T) {
	ctx := t.Context()
	s, address := serve(t)
	code, err := s.NewCode(ctx, ours)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := open(t, dir)
	h, err := o.Enrol(ctx, address, code, "secrétariat")
	if err != nil {
		t.Fatal(err)
	}
	a := authority.Authority{ID: ours, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400}
	me, err := h.People.Found(ctx, a, authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Secrétaire", Roles: []authority.Role{authority.RoleSecretary, authority.RoleMayor}, Since: "2026-01-01"})
	if err == nil {
		err = h.SetPerson(ctx, me)
	}
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); h.RunGateway(running, counted) }()
	defer func() {
		stop()
		<-ended
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}()
	until := func(what string, holds func(office.GatewayState) bool) office.GatewayState {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			g, err := h.Gateway(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if holds(g) {
				return g
			}
			if time.Now().After(end) {
				t.Fatalf("waited in vain for %s: %+v", what, g)
			}
		}
	}
	if g, err := h.Gateway(ctx); err != nil || g.On || g.URL != "" || g.Address != office.GatewayAddress {
		t.Fatalf("%+v %v", g, err)
	}
	at := free(t)
	if err := h.SetGateway(ctx, true, at, false); rule.Find(err) == nil {
		t.Errorf("opened without a password: %v", err)
	}
	password, err := h.NewGatewayPassword(ctx)
	if err != nil || len(password) < 30 {
		t.Fatal(password, err)
	}
	for _, wrong := range []string{"0.0.0.0:8186", "192.168.1.10:8186", "mairie.example:8186", "127.0.0.1", "127.0.0.1:0", ":8186", "[::]:1"} {
		if err := h.SetGateway(ctx, true, wrong, false); rule.Find(err) == nil {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if err := h.SetGateway(ctx, true, at, false); err != nil {
		t.Fatal(err)
	}
	g := until("the door", func(g office.GatewayState) bool { return g.URL != "" })
	if g.URL != "http://"+at+"/ws-iparapheur" || strings.Contains(g.Hash, password) {
		t.Errorf("%+v", g)
	}
	for range 2 {
		if code, text := ask(t, http.DefaultClient, g.URL, password, send("C-1", "lettre.pdf", demo.Letter)); code != 200 || !strings.Contains(text, "<codeRetour>OK</codeRetour>") {
			t.Fatal(code, text)
		}
	}
	flow := []byte(strings.Replace(string(pestest.Example), "00040099900014", ours+"00014", 1))
	if code, text := ask(t, http.DefaultClient, g.URL, password, send("C-2", "flux.xml", flow)); code != 200 || !strings.Contains(text, "<codeRetour>OK</codeRetour>") {
		t.Fatal(code, text)
	}
	if _, text := ask(t, http.DefaultClient, g.URL, password, send("C-3", "acquit.xml", pestest.Receipt)); !strings.Contains(text, "réponse d’Hélios") {
		t.Error(text)
	}
	if _, text := ask(t, http.DefaultClient, g.URL, password, send("C-4", "coupé.pdf", demo.Letter[:1000])); !strings.Contains(text, "<codeRetour>KO</codeRetour>") {
		t.Error(text)
	}
	rows, err := h.Folders.Find(ctx, me, parapheur.Query{}, 10)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d folders %v", len(rows), err)
	}
	f, err := h.Folders.Named(ctx, "C-2")
	if err != nil || f.Kind != parapheur.Accounting || f.State != parapheur.Running || f.Author != me {
		t.Errorf("%+v %v", f, err)
	}
	if code, text := ask(t, http.DefaultClient, g.URL, password, `<n:GetDossierRequest>C-1</n:GetDossierRequest>`); code != 200 || !strings.Contains(text, base64.StdEncoding.EncodeToString(demo.Letter)) {
		t.Error(code, text[:min(len(text), 400)])
	}
	if g := until("the calls", func(g office.GatewayState) bool { return len(g.Calls) >= 6 }); g.Calls[0].Operation != "GetDossier" || g.Calls[0].Folder != "C-1" {
		t.Errorf("%+v", g.Calls)
	}
	// Another password: the former no longer opens.
	renewed, err := h.NewGatewayPassword(ctx)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	until("the new password", func(g office.GatewayState) bool {
		if g.URL == "" {
			return false
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL, strings.NewReader(soap(`<n:echoRequest>x</n:echoRequest>`)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "text/xml")
		r.SetBasicAuth("", renewed)
		w, err := client.Do(r)
		if err != nil {
			return false
		}
		w.Body.Close()
		return w.StatusCode == 200
	})
	if code, _ := ask(t, client, g.URL, password, `<n:echoRequest>x</n:echoRequest>`); code != 401 {
		t.Errorf("the former password still opens: %d", code)
	}
	// Encrypted, with a certificate of its own.
	if err := h.SetGateway(ctx, true, at, true); err != nil {
		t.Fatal(err)
	}
	g = until("TLS", func(g office.GatewayState) bool { return strings.HasPrefix(g.URL, "https://") })
	pem, err := os.ReadFile(filepath.Join(dir, "gateway", "tls.crt"))
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatal(err)
	}
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	if code, text := ask(t, secure, g.URL, renewed, `<n:echoRequest>chiffré</n:echoRequest>`); code != 200 || !strings.Contains(text, "chiffré") {
		t.Error(code, text)
	}
	// Somebody else has the address: it is told.
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if err := h.SetGateway(ctx, true, taken.Addr().String(), false); err != nil {
		t.Fatal(err)
	}
	if g := until("the trouble", func(g office.GatewayState) bool { return g.Err != nil }); rule.Find(g.Err) == nil || g.URL != "" {
		t.Errorf("%+v", g)
	}
	if err := h.RevokeGatewayPassword(ctx); err != nil {
		t.Fatal(err)
	}
	if g := until("the end", func(g office.GatewayState) bool { return g.URL == "" && g.Err == nil }); g.On || g.Hash != "" {
		t.Errorf("%+v", g)
	}
	if err := h.OpenGateway(ctx, free(t), false, counted, func(string) {}); rule.Find(err) == nil {
		t.Errorf("opened without a password: %v", err)
	}
	if _, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", at); err == nil {
		t.Error("somebody still answers")
	} else if errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
