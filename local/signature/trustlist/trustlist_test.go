package trustlist_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
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

// TestServices: a list is read with the history of its services, and vouches for none once it
// is too old.
func TestServices(t *testing.T) {
	a := testpki.New(t)
	l, err := trustlist.Parse(example(a))
	if err != nil || l.Territory != "FR" || l.Sequence != 7 || len(l.Services) != 1 || l.Services[0].Provider != "Prestataire" || l.Services[0].Territory != "FR" {
		t.Fatalf("%+v %v", l, err)
	}
	for day, want := range map[string]bool{"2005-01-01": false, "2015-01-01": true, "2017-01-01": false, "2026-02-28": true, "2026-03-02": false} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Services[0].GrantedAt(at); got != want {
			t.Errorf("%s: %v", day, got)
		}
	}
	if len(l.Vouching(l.NextUpdate)) != 1 || len(l.Vouching(l.NextUpdate.Add(time.Second))) != 0 {
		t.Error("the list vouches at the wrong times")
	}
}

// TestExtensions: what qualifies the certificates of a service is read (§5.5.9), and what is
// critical and not known keeps the service from being relied upon.
func TestExtensions(t *testing.T) {
	a := testpki.New(t)
	with := func(extensions string) trust.ServiceStatus {
		t.Helper()
		raw := bytes.Replace(example(a), []byte("</StatusStartingTime></ServiceInformation>"), []byte("</StatusStartingTime><ServiceInformationExtensions>"+extensions+"</ServiceInformationExtensions></ServiceInformation>"), 1)
		l, err := trustlist.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		return l.Services[0].Statuses[0]
	}
	const info = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
	got := with(`<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">` + info + `ForeSignatures</URI></AdditionalServiceInformation></Extension>` +
		`<Extension Critical="true"><q:Qualifications xmlns:q="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#" xmlns:x="http://uri.etsi.org/01903/v1.3.2#" xmlns:a="http://uri.etsi.org/02231/v2/additionaltypes#"><q:QualificationElement>` +
		`<q:Qualifiers><q:Qualifier uri="` + info + `QCWithQSCD"/><q:Qualifier uri="` + info + `QCForESig"/></q:Qualifiers><q:CriteriaList assert="all"><q:KeyUsage><q:KeyUsageBit name="nonRepudiation">true</q:KeyUsageBit></q:KeyUsage>` +
		`<q:CriteriaList assert="atLeastOne"><q:PolicySet><q:PolicyIdentifier><x:Identifier Qualifier="OIDAsURN">urn:oid:1.2.3</x:Identifier></q:PolicyIdentifier></q:PolicySet></q:CriteriaList>` +
		`<q:Description>texte</q:Description><q:otherCriteriaList><a:CertSubjectDNAttribute><a:AttributeOID><x:Identifier>2.5.4.42</x:Identifier></a:AttributeOID></a:CertSubjectDNAttribute></q:otherCriteriaList>` +
		`</q:CriteriaList></q:QualificationElement></q:Qualifications></Extension>`)
	want := []trust.Qualification{{Qualifiers: []string{"QCWithQSCD", "QCForESig"}, Criteria: trust.Criteria{Assert: "all", KeyUsages: []map[string]bool{{"nonRepudiation": true}},
		Nested: []trust.Criteria{{Assert: "atLeastOne", Policies: [][]string{{"1.2.3"}}}}, Attributes: [][]string{{"2.5.4.42"}}}}}
	if !slices.Equal(got.Purposes, []string{info + "ForeSignatures"}) || got.Unknown || !reflect.DeepEqual(got.Qualifications, want) {
		t.Errorf("%+v", got)
	}
	if got := with(`<Extension Critical="true"><Autre xmlns="urn:essai"/></Extension>`); !got.Unknown {
		t.Error("a critical extension that is not known was passed over")
	}
	if got := with(`<Extension Critical="false"><Autre xmlns="urn:essai"/></Extension>`); got.Unknown {
		t.Error("an extension that is not critical counts")
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
			l.Vouching(testpki.Start)
		}
	})
}
