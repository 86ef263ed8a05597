package serve_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/server/embedded"
)

// What a laptop asked is listed for the agency, without what could drive its terminal, and answered.
func TestRequests(t *testing.T) {
	dir := t.TempDir()
	main := func(want int, args ...string) string {
		t.Helper()
		return alpi(t, want, dir, args...)
	}
	main(0, "init", "alpi", "127.0.0.1")
	main(0, "authority", "add", "111111111", "Commune", "d’essai")
	if got := main(0, "requests"); !strings.Contains(got, "aucune demande") {
		t.Error(got)
	}
	ask(t, dir, strings.TrimSpace(main(0, "device", "code", "111111111")))
	got := main(0, "requests")
	found := regexp.MustCompile(`(?m)^111111111 (\S+) — Commune d’essai\n.*Jean·\[2J MODÈLE, n° 2a.*`).FindStringSubmatch(got)
	if found == nil || !strings.Contains(got, "à traiter") {
		t.Fatal(got)
	}
	main(2, "requests", "answer", "111111111", found[1], "peut-être")
	main(1, "requests", "answer", "111111111", "inconnue", "reçue")
	main(0, "requests", "answer", "111111111", found[1], "reçue")
	if got := main(1, "requests", "answer", "111111111", found[1], "reçue"); !strings.Contains(got, "déjà") {
		t.Error(got)
	}
	main(0, "requests", "answer", "111111111", found[1], "close", "Clé", "remise.")
	if got := main(0, "requests"); strings.Contains(got, "Jean") {
		t.Error(got)
	}
	if got := main(0, "requests", "all"); !strings.Contains(got, "Clé remise.") {
		t.Error(got)
	}
	// A ticket with a picture, and a request whose answers are sealed.
	got = main(0, "requests", "all")
	ticket := regexp.MustCompile(`(?m)^111111111 (\S+) — .*\n    assistance \(Bloquant, Airial\) : Rien ne va`).FindStringSubmatch(got)
	order := regexp.MustCompile(`(?m)^111111111 (\S+) — .*\n    Prêt`).FindStringSubmatch(got)
	if ticket == nil || order == nil {
		t.Fatal(got)
	}
	folder := filepath.Join(dir, "pièces")
	if got := main(0, "requests", "show", "111111111", ticket[1], folder); !strings.Contains(got, "Ce qui se passe : au\nsecours") || !strings.Contains(got, "Airial 1.0\nDisque : plein") {
		t.Error(got)
	}
	if content, err := os.ReadFile(filepath.Join(folder, "01-_.._écran.png")); err != nil || string(content) != "PNG" {
		t.Errorf("%q %v", content, err)
	}
	if got := main(0, "requests", "show", "111111111", order[1]); !strings.Contains(got, "Qui : Maïté FICTIVE") {
		t.Errorf("the agency cannot read what is sealed: %s", got)
	}
	main(0, "requests", "step", "111111111", order[1], "Prêt à retirer", "lundi")
	main(1, "requests", "step", "111111111", order[1], "Prêt à retirer")
	main(0, "requests", "reply", "111111111", order[1], "Bonjour.")
	main(1, "requests", "offer", "111111111", order[1], "demain")
	main(0, "requests", "offer", "111111111", order[1], "24/11/2030-14:30")
	if got := main(0, "requests", "show", "111111111", order[1]); !strings.Contains(got, "reçue (Prêt à retirer)") || !strings.Contains(got, "l’agence : Bonjour.") || !strings.Contains(got, "24/11/2030 14:30") {
		t.Error(got)
	}
}

// ask joins a laptop, and asks for a renewal.
func ask(t *testing.T, dir, code string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s, err := embedded.Open(ctx, embedded.Options{Dir: dir, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	defer func() {
		stop()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Error(err)
		}
	}()
	o, err := office.Open(ctx, office.Options{Dir: t.TempDir(), Now: time.Now, Rand: rand.Reader,
		Passphrase: func(context.Context) ([]byte, error) { return []byte("une phrase de passe d’essai"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	h, err := o.Enrol(ctx, client.Server{URL: "https://" + listener.Addr().String(), Certificate: s.Certificate.Certificate[0]}, code, "mairie")
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(42), Subject: pkix.Name{CommonName: "Jean\x1b[2J MODÈLE"}, NotAfter: time.Now().AddDate(0, 0, 20)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err == nil {
		err = h.Counter.AskRenewal(ctx, "maire", cert)
	}
	if err == nil {
		_, err = h.Counter.Open(ctx, "maire", services.NewTicket{Subject: "Rien ne va", Text: "au\nsecours", Category: "Airial", Urgency: "Bloquant", Diagnosis: "Airial 1.0\nDisque : plein",
			Files: []services.Joined{{Name: "/../écran.png", Content: []byte("PNG")}}})
	}
	if err == nil {
		_, err = h.Counter.Order(ctx, "maire", services.Service{ID: "loan", Name: "Prêt", Personal: true, Field: []services.Field{{ID: "who", Label: "Qui", Type: services.Line, Required: true}}}, map[string]string{"who": "Maïté FICTIVE"}, nil)
	}
	if err == nil {
		_, err = h.Sync.Once(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
}
