package validator_test

import (
	"context"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
)

// What was signed with a bad certificate, or stamped by a service that lies, is never found good,
// and the reason is told in words.
func TestBadCertificatesInWords(t *testing.T) {
	start := testpki.Start
	for name, c := range map[string]struct {
		shape func(*x509.Certificate)
		then  func(a *testpki.Authority, who *testpki.Identity)
		after time.Duration // from the signature to its validation
		want  trust.Indication
		sub   trust.SubIndication
		words string
	}{
		"good":                  {want: trust.Passed, words: "était en cours de validité"},
		"expired":               {shape: func(c *x509.Certificate) { c.NotAfter = start.Add(-time.Hour) }, want: trust.Indeterminate, sub: trust.OutOfBoundsNoPOE, words: "n’était pas en cours de validité (du 01/03/2026 au 02/03/2026)"},
		"not yet valid":         {shape: func(c *x509.Certificate) { c.NotBefore = start.AddDate(0, 0, 2) }, want: trust.Indeterminate, sub: trust.OutOfBoundsNoPOE, words: "n’était pas en cours de validité (du 04/03/2026"},
		"made to encrypt":       {shape: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, want: trust.Indeterminate, sub: trust.ChainConstraints, words: "n’est pas prévu pour signer"},
		"revoked":               {then: func(a *testpki.Authority, who *testpki.Identity) { a.Revoke(who.Cert, start.Add(-time.Hour)) }, want: trust.Indeterminate, sub: trust.RevokedNoPOE, words: "Le certificat de Camille Lafitte a été révoqué le 02/03/2026"},
		"its authority revoked": {then: func(a *testpki.Authority, _ *testpki.Identity) { a.Revoke(a.Issuing.Cert, start.Add(-time.Hour)) }, want: trust.Indeterminate, sub: trust.RevokedCANoPOE, words: "Le certificat de Autorité d'essai a été révoqué"},
		"issuer unknown":        {then: func(a *testpki.Authority, _ *testpki.Identity) { a.Root = testpki.New(t).Root }, want: trust.Indeterminate, sub: trust.NoCertificateChain, words: "n’a pas pu être rattaché à une autorité de confiance connue"},
		"issued with SHA-1":     {shape: func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }, want: trust.Indeterminate, sub: trust.CryptoConstraintNoPOE, words: "trop faible"},
	} {
		t.Run(name, func(t *testing.T) {
			a := testpki.New(t)
			who := a.Issue(a.Issuing, testpki.EC(t), "Camille Lafitte", 2, func(x *x509.Certificate) {
				x.KeyUsage = x509.KeyUsageContentCommitment
				if c.shape != nil {
					c.shape(x)
				}
			})
			data, err := pades.Sign(t.Context(), paper(), who, pades.Options{SigningTime: start})
			if err != nil {
				t.Fatal(err)
			}
			if c.then != nil {
				c.then(a, who)
			}
			o := validation.Options{Anchors: a.Anchors(), Now: start.Add(c.after)}
			o.Evidence.Certificates = []*x509.Certificate{a.Issuing.Cert}
			if der, err := a.OCSP(who.Cert); err == nil {
				o.Evidence.OCSPs = [][]byte{der}
			}
			if der, err := a.CRL(a.Root); err == nil {
				o.Evidence.CRLs = [][]byte{der}
			}
			r, err := validator.Validate(context.Background(), data, o)
			if err != nil || len(r.Signatures) != 1 {
				t.Fatal(err, len(r.Signatures))
			}
			v := r.Signatures[0]
			said := slices.ContainsFunc(v.Findings, func(f validation.Finding) bool { return strings.Contains(f.French(), c.words) })
			if v.Indication != c.want || v.Sub != c.sub || !said {
				t.Errorf("%s %s (%s)", v.Indication, v.Sub, v.Why)
				for _, f := range v.Findings {
					t.Log(f.French())
				}
			}
		})
	}
}
