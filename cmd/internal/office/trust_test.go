package office_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/trustpackage"

	"alpi40.fr/airial/cmd/internal/demo"
)

// A package of this laptop's server makes signatures valid that were not established; a page,
// an older one or one of another server changes nothing; it is there again after a restart.
func TestTrustPackage(t *testing.T) {
	ctx := t.Context()
	s, address := serve(t)
	code, err := s.NewCode(ctx, ours)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := open(t, dir)
	if _, err := o.Enrol(ctx, address, code, "mairie"); err != nil {
		t.Fatal(err)
	}
	a := testpki.New(t)
	a.Now = time.Now()
	signed, err := pades.Sign(ctx, demo.Letter, a.Person("Maïté FICTIVE", testpki.RSA(t, 2048)), pades.Options{SigningTime: a.Now})
	if err == nil {
		signed, _, err = pades.Raise(ctx, signed, pades.Sources{Timestamper: a, Revocation: a, Certificates: a.Anchors()})
	}
	if err != nil {
		t.Fatal(err)
	}
	verdict := func() trust.Indication {
		t.Helper()
		report, err := o.Validate(ctx, signed, nil)
		if err != nil {
			t.Fatal(err)
		}
		return report.Indication()
	}
	pack := func(version int) []byte {
		t.Helper()
		raw, err := s.SignTrust(func(key ed25519.PrivateKey) ([]byte, error) {
			files := map[string][]byte{"anchors/racine.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root.Cert.Raw})}
			return trustpackage.Make(ctx, files, version, time.Now(), time.Now().AddDate(0, 1, 0), key)
		})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	if got := verdict(); got != trust.Indeterminate {
		t.Error("before:", got)
	}
	state, err := o.InstallTrust(ctx, pack(2))
	if err != nil || state.Version != 2 || state.Old || verdict() != trust.Passed {
		t.Fatalf("%+v %v %s", state, err, verdict())
	}
	if _, err := o.InstallTrust(ctx, []byte("<html></html>")); !errors.Is(err, trustpackage.ErrNotPackage) || verdict() != trust.Passed {
		t.Error(err, verdict())
	}
	if _, err := o.InstallTrust(ctx, pack(2)); !errors.Is(err, office.ErrOlderPackage) {
		t.Error(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = open(t, dir)
	if err := o.LoadTrust(ctx); err != nil || o.Trusted().Version != 2 || verdict() != trust.Passed {
		t.Errorf("%v %+v", err, o.Trusted())
	}
	if err := errors.Join(o.Close(), os.WriteFile(filepath.Join(dir, "trust.zip"), []byte("<html></html>"), 0o600)); err != nil {
		t.Fatal(err)
	}
	o = open(t, dir)
	defer o.Close()
	if err := o.LoadTrust(ctx); !errors.Is(err, trustpackage.ErrNotPackage) || verdict() != trust.Indeterminate {
		t.Errorf("%v %s", err, verdict())
	}
	if state, err := o.InstallTrust(ctx, pack(1)); err != nil || state.Version != 1 {
		t.Errorf("nothing better than a damaged one: %+v %v", state, err)
	}
}
