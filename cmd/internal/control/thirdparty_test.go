package control_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/sync/tdt/tdttest"
)

// setsThirdParty describes a third party from the command line, and is told what is wrong.
func setsThirdParty(t *testing.T, dir, home string, run func(want int, args ...string) string) {
	t.Helper()
	s, err := tdttest.Start(context.Background(), tdttest.Options{Now: time.Now, Rand: rand.Reader, Login: "mairie", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p12, err := s.PKCS12("mot de passe")
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate, root := file("mairie.p12", p12), file("autorite.pem", s.Authority())
	right, wrong, password := file("bon", []byte("mot de passe\n")), file("faux", []byte("autre\n")), file("secret", []byte("secret\n"))
	run(2, "tdt", "--dir", home)
	if said := run(1, "tdt", "--dir", home, "--try"); !strings.Contains(said, "Aucun tiers de télétransmission") {
		t.Error(said)
	}
	if said := run(1, "tdt", "--dir", home, "--url", s.URL(), "--certificate", certificate, "--passphrase-file", wrong); !strings.Contains(said, "mot de passe de ce certificat") {
		t.Error(said)
	}
	if said := run(0, "tdt", "--dir", home, "--url", s.URL(), "--certificate", certificate, "--passphrase-file", right, "--server-authority", root); !strings.Contains(said, "Commune de démonstration") {
		t.Error(said)
	}
	if said := run(1, "tdt", "--dir", home, "--try"); !strings.Contains(said, "ne laisse pas entrer") {
		t.Error(said)
	}
	if said := run(0, "tdt", "--dir", home, "--url", s.URL(), "--login", "mairie", "--password-file", password, "--try", "--carry"); !strings.Contains(said, "reconnaît la collectivité") || !strings.Contains(said, "Flux : 0 envoyé") {
		t.Error(said)
	}
}
