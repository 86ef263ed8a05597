package trustpackage_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/local/signature/xades"
)

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// TestPackage: what was packed is trusted until its end, lists until theirs; whatever is
// changed, cut, or of another server is not taken.
func TestPackage(t *testing.T) {
	ctx := t.Context()
	a := testpki.New(t)
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	operator := a.Person("Opérateur", testpki.RSA(t, 2048))
	text := `<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="L"><SchemeInformation><TSLSequenceNumber>1</TSLSequenceNumber><SchemeTerritory>FR</SchemeTerritory><ListIssueDateTime>2026-01-01T00:00:00Z</ListIssueDateTime>` +
		`<NextUpdate><dateTime>2026-04-01T00:00:00Z</dateTime></NextUpdate></SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPServices><TSPService><ServiceInformation><ServiceTypeIdentifier>` + trust.QualifiedCA +
		`</ServiceTypeIdentifier><ServiceDigitalIdentity><DigitalId><X509Certificate>` + base64.StdEncoding.EncodeToString(a.Issuing.Cert.Raw) + `</X509Certificate></DigitalId></ServiceDigitalIdentity><ServiceStatus>` + trust.Granted +
		`</ServiceStatus><StatusStartingTime>2020-01-01T00:00:00Z</StatusStartingTime></ServiceInformation></TSPService></TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>`
	list, err := xades.Sign(ctx, []byte(text), []string{"L"}, operator, xades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	crl, err := a.CRL(a.Root)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"anchors/racine.crt": pemOf(a.Root.Cert), "lists/FR.xml": list, "lists/FR.crt": pemOf(operator.Cert), "crls/racine.crl": crl}
	until := testpki.Start.AddDate(0, 6, 0)
	raw, err := trustpackage.Make(ctx, files, 3, testpki.Start, until, key)
	if err != nil {
		t.Fatal(err)
	}
	p, err := trustpackage.Open(ctx, raw, []ed25519.PublicKey{public})
	if err != nil || p.Version != 3 || len(p.Evidence().CRLs) != 1 {
		t.Fatalf("%+v %v", p, err)
	}
	for at, want := range map[time.Time]int{testpki.Start: 2, time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC): 1, until.Add(time.Hour): 0} {
		if got := len(p.Anchors(at)) + len(p.Services(at)); got != want {
			t.Errorf("%v: %d anchors and services, not %d", at, got, want)
		}
	}
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		raw  []byte
		key  ed25519.PublicKey
		want error
	}{
		"another server": {raw, other, trustpackage.ErrSignature},
		"a page":         {[]byte("<html><body>503 Service Unavailable</body></html>"), public, trustpackage.ErrNotPackage},
		"cut":            {raw[:len(raw)/2], public, trustpackage.ErrNotPackage},
		"empty":          {nil, public, trustpackage.ErrNotPackage},
		"a file changed": {rezip(t, raw, "crls/racine.crl", []byte("x")), public, trustpackage.ErrContent},
		"a file added":   {rezip(t, raw, "anchors/autre.crt", pemOf(operator.Cert)), public, trustpackage.ErrContent},
		"later end":      {rezip(t, raw, "manifest.json", []byte(`{"version":9}`)), public, trustpackage.ErrSignature},
	} {
		if _, err := trustpackage.Open(ctx, row.raw, []ed25519.PublicKey{row.key}); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A list that its signers did not sign is not packed at all.
	files["lists/FR.crt"] = pemOf(a.Root.Cert)
	if _, err := trustpackage.Make(ctx, files, 4, testpki.Start, until, key); !errors.Is(err, trustpackage.ErrContent) {
		t.Error(err)
	}
}

// rezip gives the archive with a file changed or added.
func rezip(t *testing.T, raw []byte, name string, content []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	put := func(name string, content []byte) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range r.File {
		if f.Name == name {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		put(f.Name, text)
	}
	put(name, content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
