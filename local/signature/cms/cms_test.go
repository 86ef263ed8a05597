package cms_test

import (
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/testpki"
)

var oidData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}

func signed(t testing.TB, who signature.Signer, digest []byte) []byte {
	t.Helper()
	der, err := cms.Sign(t.Context(), who, digest, cms.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestSignThenCheck(t *testing.T) {
	a := testpki.New(t)
	who, other := a.Person("Camille Lafitte", testpki.EC(t)), a.Person("Dominique Sarrade", testpki.EC(t))
	digest := sha256.Sum256([]byte("délibération"))
	der := signed(t, who, digest[:])
	parsed, err := cms.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed.Signers) != 1 {
		t.Fatalf("%d signers", len(parsed.Signers))
	}
	si := &parsed.Signers[0]
	if err := si.Check(who.Cert, oidData, digest[:]); err != nil {
		t.Error(err)
	}
	if err := si.Check(other.Cert, oidData, digest[:]); err == nil {
		t.Error("another person's certificate checks it")
	}
	wrong := sha256.Sum256([]byte("délibération modifiée"))
	if err := si.Check(who.Cert, oidData, wrong[:]); err == nil {
		t.Error("another document checks")
	}
	// ETSI EN 319 122-1 §5.2.2.3: the certificate is named by its hash.
	if bound, matches := si.SigningCertificate(who.Cert); !bound || !matches {
		t.Error("the certificate is not bound")
	}
	if _, matches := si.SigningCertificate(other.Cert); matches {
		t.Error("another certificate is bound")
	}
	// EN 319 142-1 §6.3: a PAdES signature has no signing-time attribute.
	if !si.SigningTime().Equal(time.Time{}) {
		t.Error("there is a signing-time attribute")
	}
}

func TestCutStructures(t *testing.T) {
	digest := sha256.Sum256(nil)
	der := signed(t, testpki.New(t).Person("Camille Lafitte", testpki.EC(t)), digest[:])
	for n := range der {
		if _, err := cms.Parse(der[:n]); !errors.Is(err, signature.ErrCMS) {
			t.Fatalf("%d bytes of %d: %v", n, len(der), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	a := testpki.New(f)
	digest := sha256.Sum256(nil)
	f.Add(signed(f, a.Person("Camille Lafitte", testpki.EC(f)), digest[:]))
	if token, err := a.Timestamp(f.Context(), digest[:], 5); err == nil {
		f.Add(token)
	}
	f.Add([]byte{0x30, 0x80, 0x06, 0x01, 0x00, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, der []byte) {
		_, _ = cms.ParseTimestamp(der)
		parsed, err := cms.Parse(der)
		if err != nil {
			return
		}
		for i := range parsed.Signers {
			si := &parsed.Signers[i]
			cert := si.Find(parsed.Certificates)
			si.SigningTime()
			si.AdobeRevocation()
			if cert != nil {
				si.SigningCertificate(cert)
				_ = si.Check(cert, oidData, digest[:])
			}
		}
	})
}
