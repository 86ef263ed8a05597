package serve_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// An operator's day with one process: its metrics, its page, its copies, the moment given back.
func TestOperatorsDay(t *testing.T) {
	dir, copies, home := t.TempDir(), t.TempDir(), t.TempDir()
	key := filepath.Join(home, "cle.txt")
	recipient := alpi(t, 0, dir, "backup-key", key)
	alpi(t, 1, dir, "backup-key", key) // it is never replaced
	alpi(t, 0, dir, "init", "alpi", "127.0.0.1")
	alpi(t, 0, dir, "authority", "add", "111111111", "Commune d’essai")
	account := alpi(t, 0, dir, "administrator", "add", "exploitation")
	alpi(t, 1, dir, "administrator", "add", "un nom")
	text, err := json.Marshal(map[string]any{
		"operations": "127.0.0.1:0", "administration": map[string]any{"address": "127.0.0.1:0"},
		"backup": map[string]any{"folder": copies, "recipients": []string{recipient}, "every": 0.2},
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "settings.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	p := serveProcess(t, dir, "127.0.0.1:0")
	metrics, page := address(t, p), address(t, p)

	h := join(t, dir, p.address, "111111111", "mairie")
	write(t, h, "un", []byte("un document"))
	exchange(t, h)
	resp, err := http.Get(metrics)
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(said), `alpi_entries_total{fate="accepted"} 1`) || !strings.Contains(string(said), "alpi_documents_total 1") {
		t.Errorf("%s %v", said, err)
	}
	if text := visit(t, dir, page, account); !strings.Contains(text, "Commune d’essai") || !strings.Contains(text, "1 (11") {
		t.Error(text)
	}
	// What came is copied within a moment, and given back from another folder.
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if parts, err := filepath.Glob(filepath.Join(copies, "part", "*.age")); err != nil || time.Now().After(end) {
			t.Fatalf("no part is copied: %v", err)
		} else if len(parts) > 0 {
			break
		}
	}
	p.end(t)
	alpi(t, 0, dir, "backup", copies, recipient)
	back := filepath.Join(home, "rendu")
	if said := alpi(t, 0, dir, "restore", copies, key, back); !strings.Contains(said, "1 collectivités, 1 éléments vérifiés par leur chaîne, 1 documents") {
		t.Error(said)
	}
	alpi(t, 1, dir, "restore", copies, key, back) // it is not empty any more
	alpi(t, 1, dir, "restore", copies, key, filepath.Join(home, "x"), "2020-01-01T00:00:00Z")
	alpi(t, 2, dir, "restore", copies, key, filepath.Join(home, "x"), "hier")
	// The laptops have come by: it gives places again.
	if err := os.Remove(filepath.Join(back, "recovering")); err != nil {
		t.Fatal(err)
	}
	again := serveProcess(t, back, p.address)
	write(t, h, "deux", []byte("après"))
	if out := exchange(t, h); out.Sent != 1 {
		t.Errorf("%+v", out)
	}
	again.end(t)
	if said := alpi(t, 0, dir, "administrator", "list"); said != "exploitation ouvert" {
		t.Error(said)
	}
	alpi(t, 0, dir, "administrator", "disable", "exploitation")
	if said := alpi(t, 0, dir, "administrator", "list"); said != "exploitation fermé" {
		t.Error(said)
	}
}

// address waits for what a process says of another address.
func address(t *testing.T, p *process) string {
	t.Helper()
	select {
	case line := <-p.said:
		if found := regexp.MustCompile(`https?://\S+`).FindString(line); found != "" {
			return found
		}
		t.Fatalf("it says %q", line)
	case <-time.After(time.Minute):
		t.Fatalf("it says nothing: %s", p.fault)
	}
	return ""
}

// visit enters the administration page as its account's owner.
func visit(t *testing.T, dir, page, account string) string {
	t.Helper()
	crt, err := os.ReadFile(filepath.Join(dir, "tls.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(crt)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(tr.CloseIdleConnections)
	word := regexp.MustCompile(`mot de passe +(\S+)`).FindStringSubmatch(account)
	secret := regexp.MustCompile(`application +(\S+)`).FindStringSubmatch(account)
	if word == nil || secret == nil {
		t.Fatal(account)
	}
	code, err := totp.GenerateCode(secret[1], time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: tr, Jar: jar}
	resp, err := c.PostForm(page+"login", url.Values{"name": {"exploitation"}, "password": {word[1]}, "code": {code}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s %s %v", resp.Status, text, err)
	}
	return string(text)
}
