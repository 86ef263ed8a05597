package window_test

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
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
	"alpi40.fr/airial/ui/settings"
)

const town = "000400999"

// room opens a seat of a computer just joined, its server on loopback.
func room(t *testing.T, now func() time.Time) (*window.Room, *window.Seat) {
	t.Helper()
	_, r, seat := served(t, now)
	return r, seat
}

// served is room, with the server that its computer is joined to.
func served(t *testing.T, now func() time.Time) (*embedded.Server, *window.Room, *window.Seat) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	o := embedded.Options{Dir: t.TempDir(), Now: time.Now, Rand: rand.Reader}
	if err := embedded.Init(o, "alpi-essai", []string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	s, err := embedded.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := s.AddAuthority(ctx, server.Authority{ID: town, Name: "Commune d’essai"}); err != nil {
		t.Fatal(err)
	}
	code, err := s.NewCode(ctx, town)
	if err != nil {
		t.Fatal(err)
	}
	installation, err := office.Open(ctx, office.Options{Dir: t.TempDir(), Now: now, Rand: rand.Reader,
		Passphrase: func(context.Context) ([]byte, error) { return []byte("une phrase de passe d’essai"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := installation.Close(); err != nil {
			t.Error(err)
		}
	})
	h, err := installation.Enrol(ctx, client.Server{URL: "https://" + listener.Addr().String(), Certificate: s.Certificate.Certificate[0]}, code, "mairie")
	if err != nil {
		t.Fatal(err)
	}
	a := authority.Authority{ID: town, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400}
	me, err := h.People.Found(ctx, a, authority.Person{Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor, authority.RoleSecretary}, Since: "2026-01-01"})
	if err == nil {
		err = h.SetPerson(ctx, me)
	}
	if err != nil {
		t.Fatal(err)
	}
	seat := &window.Seat{Name: "Essai", Office: installation, Hall: h}
	return s, window.NewRoom([]*window.Seat{seat}, nil, now), seat
}

func keyFile(t *testing.T, path string, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Maïté FICTIVE"}, NotBefore: until.AddDate(-3, 0, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p12, err := pkcs12.Modern.Encode(key, cert, nil, "1234")
	if err == nil {
		err = os.WriteFile(path, p12, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The end of a .p12 file's certificate is known from the last time that it signed, without its
// code; a file that took its place is another certificate; a renewal is asked once.
func TestExpiryIsKnownWithoutTheCode(t *testing.T) {
	ctx := context.Background()
	r, _ := room(t, time.Now)
	path := filepath.Join(t.TempDir(), "maire.p12")
	keyFile(t, path, time.Now().AddDate(0, 0, 6))
	found, err := r.Settings().Tokens(ctx, path)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	if err := r.Settings().UseToken(ctx, settings.Certificate{Module: path, Slot: found[0].Slot}); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Renewal(ctx); err != nil || !got.End.IsZero() {
		t.Fatalf("known before it was opened: %+v %v", got, err)
	}
	if err := r.AskRenewal(ctx); err == nil {
		t.Error("asked for what is not known")
	}
	if _, err := r.Sign(ctx, nil, []byte("1234"), func(int, int, string) {}); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Renewal(ctx); err != nil || got.Days != 6 || !got.Urgent || got.Holder != "Maïté FICTIVE" || !got.Asked.IsZero() {
		t.Fatalf("%+v %v", got, err)
	}
	if err := r.AskRenewal(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.AskRenewal(ctx); rule.Find(err) == nil {
		t.Errorf("asked twice: %v", err)
	}
	state, err := r.Settings().State(ctx)
	if err != nil || state.Certificate.Renewal.State != "asked" || state.Certificate.Renewal.Asked.IsZero() || state.Certificate.NotAfter.IsZero() {
		t.Errorf("%+v %v", state.Certificate, err)
	}
	keyFile(t, path, time.Now().AddDate(3, 0, 0))
	if got, err := r.Renewal(ctx); err != nil || !got.End.IsZero() {
		t.Errorf("the new file is taken for the old one: %+v %v", got, err)
	}
}
