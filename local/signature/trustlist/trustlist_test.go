package trustlist_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trustlist"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/local/signature/xmltree"
)

const list = `<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="L"><SchemeInformation><TSLSequenceNumber>7</TSLSequenceNumber><SchemeTerritory>FR</SchemeTerritory>` +
	`<ListIssueDateTime>2026-01-01T00:00:00Z</ListIssueDateTime><NextUpdate><dateTime>2026-06-30T00:00:00Z</dateTime></NextUpdate></SchemeInformation><TrustServiceProviderList><TrustServiceProvider>` +
	`<TSPInformation><TSPName><Name>Prestataire</Name></TSPName></TSPInformation><TSPServices><TSPService><ServiceInformation><ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/CA/QC</ServiceTypeIdentifier>` +
	`<ServiceName><Name>AC</Name></ServiceName><ServiceDigitalIdentity><DigitalId><X509Certificate>CERT</X509Certificate></DigitalId></ServiceDigitalIdentity>` +
	`<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn</ServiceStatus><StatusStartingTime>2026-03-01T00:00:00Z</StatusStartingTime></ServiceInformation>` +
	`<ServiceHistory><ServiceHistoryInstance><ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</ServiceStatus><StatusStartingTime>2018-01-01T00:00:00Z</StatusStartingTime></ServiceHistoryInstance>` +
	`<ServiceHistoryInstance><ServiceStatus>http://uri.etsi.org/TrstSvc/Svcstatus/accredited</ServiceStatus><StatusStartingTime>2010-01-01T00:00:00Z</StatusStartingTime></ServiceHistoryInstance></ServiceHistory>` +
	`</TSPService></TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>`

func example(a *testpki.Authority) []byte {
	return bytes.Replace([]byte(list), []byte("CERT"), []byte(base64.StdEncoding.EncodeToString(a.Issuing.Cert.Raw)), 1)
}

// TestAnchors: a service counts while it is granted, and none once the list is too old.
func TestAnchors(t *testing.T) {
	a := testpki.New(t)
	l, err := trustlist.Parse(example(a))
	if err != nil || l.Territory != "FR" || l.Sequence != 7 || len(l.Services) != 1 || l.Services[0].Provider != "Prestataire" {
		t.Fatalf("%+v %v", l, err)
	}
	for day, want := range map[string]int{"2005-01-01": 0, "2015-01-01": 1, "2017-01-01": 0, "2026-02-28": 1, "2026-03-02": 0, "2026-07-01": 0} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Anchors(at); len(got) != want {
			t.Errorf("%s: %d anchors", day, len(got))
		}
	}
}

// TestCheck: the list is believed when one of those expected has signed all of it.
func TestCheck(t *testing.T) {
	a := testpki.New(t)
	who, other := a.Person("Opérateur", testpki.RSA(t, 2048)), a.Person("Autre", testpki.RSA(t, 2048))
	signed, err := xades.Sign(t.Context(), example(a), []string{"L"}, who, xades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	check := func(raw []byte, signer *testpki.Identity) error {
		return trustlist.Check(t.Context(), raw, []*x509.Certificate{signer.Cert}, testpki.Start)
	}
	if err := check(signed, who); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another signer": check(signed, other), "not signed": check(example(a), who), "changed": check(bytes.Replace(signed, []byte("withdrawn"), []byte("granted__"), 1), who),
	} {
		if !errors.Is(err, trustlist.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRefused: what a captive portal or a broken line gives is no list.
func TestRefused(t *testing.T) {
	for name, row := range map[string]struct {
		raw  string
		want error
	}{
		"a page": {"<!DOCTYPE html><html></html>", xmltree.ErrDoctype}, "another page": {"<html><body>503</body></html>", trustlist.ErrNotList},
		"cut": {list[:600], xmltree.ErrNotXML}, "empty": {"", xmltree.ErrNotXML}, "no head": {`<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"/>`, trustlist.ErrNotList},
	} {
		if _, err := trustlist.Parse([]byte(row.raw)); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestForeign: real lists are read, and their signatures hold with the certificate they carry.
func TestForeign(t *testing.T) {
	folder := os.Getenv("AIRIAL_SAMPLES")
	if folder == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for name, want := range map[string]string{"dk_tl-sn21.xml": "DK", "sk-tsl.xml": "SK"} {
		raw, err := os.ReadFile(filepath.Join(folder, "xades-dss", name))
		if err != nil {
			t.Fatal(err)
		}
		l, err := trustlist.Parse(raw)
		if err != nil || l.Territory != want || len(l.Services) == 0 {
			t.Errorf("%s: %+v %v", name, l, err)
			continue
		}
		report, err := xades.Validate(t.Context(), raw, validation.Options{Now: l.Issued})
		if err != nil || len(report.Signatures) != 1 {
			t.Fatal(name, err)
		}
		if err := trustlist.Check(t.Context(), raw, []*x509.Certificate{report.Signatures[0].Signer.Certificate}, l.Issued); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(list))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if l, err := trustlist.Parse(raw); err == nil {
			l.Anchors(testpki.Start)
		}
	})
}
