package provision

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"
)

var today = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

func keyPair(t testing.TB) (string, minisign.PrivateKey) {
	t.Helper()
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := public.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(text), private
}

func TestStrongerSourceWins(t *testing.T) {
	installer := Provision{Server: "https://alpi.exemple.fr", Code: "CODE", Proxy: "http://proxy:3128", Certificate: "pem"}
	for _, c := range []struct {
		name         string
		policy, want Provision
	}{
		{"policy silent", Provision{}, installer},
		{"another server keeps its code and certificate to itself", Provision{Server: "https://autre.exemple.fr"},
			Provision{Server: "https://autre.exemple.fr", Proxy: "http://proxy:3128"}},
		{"the same server is completed", Provision{Server: "https://alpi.exemple.fr", Proxy: "http://autre:8080"},
			Provision{Server: "https://alpi.exemple.fr", Code: "CODE", Proxy: "http://autre:8080", Certificate: "pem"}},
	} {
		if got := c.policy.or(installer); got != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestValuesAreChecked(t *testing.T) {
	for _, c := range []struct {
		name string
		p    Provision
		good bool
	}{
		{"nothing", Provision{}, true},
		{"a server", Provision{Server: "https://alpi.exemple.fr:8443"}, true},
		{"in the clear", Provision{Server: "http://alpi.exemple.fr"}, false},
		{"no host", Provision{Server: "https://"}, false},
		{"an authority", Provision{Authority: "214000001"}, true},
		{"a SIRET", Provision{Authority: "21400000100011"}, false},
		{"a proxy", Provision{Proxy: "http://proxy.exemple.fr:3128"}, true},
		{"a proxy with a password, which everybody on the computer could read", Provision{Proxy: "http://moi:secret@proxy:3128"}, false},
		{"no certificate", Provision{Certificate: "bonjour"}, false},
	} {
		err := c.p.check()
		if (err == nil) != c.good || err != nil && !errors.Is(err, ErrValue) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the password: %v", c.name, err)
		}
	}
}

func TestAdministratorsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "airial.json")
	if p, err := readJSON(path)(); err != nil || p != (Provision{}) {
		t.Errorf("absent: %+v, %v", p, err)
	}
	write := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"server":"https://alpi.exemple.fr","updateRing":"pilote"}`)
	if p, err := readJSON(path)(); err != nil || p.Server != "https://alpi.exemple.fr" || p.UpdateRing != "pilote" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, bad := range []string{`{"server":`, strings.Repeat(" ", maxFile+1)} {
		write(bad)
		if _, err := readJSON(path)(); !errors.Is(err, ErrValue) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func TestSealedFile(t *testing.T) {
	key, private := keyPair(t)
	p := Provision{Server: "https://alpi.exemple.fr", Authority: "214000001", Code: "AB-CD", Proxy: "http://proxy:3128"}
	file, err := Seal(p, today.AddDate(0, 0, 7), private)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Open(bytes.NewReader(file), key, today); err != nil || got != p {
		t.Fatalf("%+v, %v", got, err)
	}
	other, otherPrivate := keyPair(t)
	var e envelope
	if err := json.Unmarshal(file, &e); err != nil {
		t.Fatal(err)
	}
	e.Content = bytes.Replace(e.Content, []byte("alpi.exemple"), []byte("ipla.exemple"), 1)
	changed, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := Seal(p, today, otherPrivate)
	if err != nil {
		t.Fatal(err)
	}
	newer, err := json.Marshal(map[string]any{"kind": "airial provision 2", "expires": today, "fleet": 3})
	if err != nil {
		t.Fatal(err)
	}
	newerFile, err := json.Marshal(envelope{newer, string(minisign.Sign(private, newer))})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		file []byte
		key  string
		now  time.Time
		want error
	}{
		{"another key", file, other, today, ErrSignature},
		{"no key", file, "", today, ErrNoKey},
		{"a key that is none", file, "RWbonjour", today, ErrNoKey},
		{"changed", changed, key, today, ErrSignature},
		{"signed by somebody", foreign, key, today, ErrSignature},
		{"past its day", file, key, today.AddDate(0, 0, 8), ErrExpired},
		{"of a newer kind", newerFile, key, today, ErrNotOne},
		{"empty", nil, key, today, ErrNotOne},
		{"cut", file[:len(file)/2], key, today, ErrNotOne},
		{"a page of a hotel's network", []byte("<html>"), key, today, ErrNotOne},
		{"a large one", bytes.Repeat([]byte("a"), maxFile+1), key, today, ErrNotOne},
	} {
		if got, err := Open(bytes.NewReader(c.file), c.key, c.now); !errors.Is(err, c.want) || got != (Provision{}) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	if _, err := Seal(Provision{Server: "http://clair.exemple.fr"}, today, private); !errors.Is(err, ErrValue) {
		t.Errorf("a server in the clear was sealed: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	key, private := keyPair(f)
	file, err := Seal(Provision{Server: "https://alpi.exemple.fr"}, today, private)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(`{"content":"e30=","signature":"untrusted comment: x"}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		if p, err := Open(bytes.NewReader(file), key, today); err == nil && p.Server != "https://alpi.exemple.fr" {
			t.Errorf("taken: %+v", p)
		}
	})
}

func TestProxyOfTheEnvironmentStays(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://mien:1")
	t.Setenv("https_proxy", "")
	if err := (Provision{Proxy: "http://proxy:3128"}).UseProxy(); err != nil || os.Getenv("HTTPS_PROXY") != "http://mien:1" {
		t.Error(err, os.Getenv("HTTPS_PROXY"))
	}
	t.Setenv("HTTPS_PROXY", "")
	if err := (Provision{Proxy: "http://proxy:3128"}).UseProxy(); err != nil || os.Getenv("HTTPS_PROXY") != "http://proxy:3128" {
		t.Error(err, os.Getenv("HTTPS_PROXY"))
	}
}
