package parapheur_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
)

// TestRenewal: an archive timestamp is renewed half a year before it ends, once, and the
// folder's history says so.
func TestRenewal(t *testing.T) {
	ctx := context.Background()
	now := testpki.Start
	j := journaltest.Open(t, "pc", func() time.Time { return now }, rand.Reader, authority.Projections(), parapheur.Projections())
	l := &laptop{Desk: parapheur.New(j), j: j, db: j.Store()}
	l.people(t)
	a := testpki.New(t)
	a.Now = now
	raise := func(ctx context.Context, pdf []byte, final bool) ([]byte, signature.Level, error) {
		if !final {
			t.Error("it was not final")
		}
		return pades.Archive(ctx, pdf, pades.Sources{Timestamper: a, Revocation: a, Certificates: a.Anchors()})
	}
	id := l.toSign(t, parapheur.Letter, parapheur.File{Name: "lettre.pdf", Content: paper(t)})
	if err := l.signNow(t, a.Person("Maïté FICTIVE", testpki.RSA(t, 2048)), id); err != nil {
		t.Fatal(err)
	}
	raised := func(want int) {
		t.Helper()
		if n, err := l.Raise(ctx, "maire", raise); n != want || err != nil {
			t.Fatalf("%d folders, %v", n, err)
		}
	}
	raised(1)
	until := l.folder(t, id).Documents[0].ArchivedUntil
	if !until.Equal(a.TSA.Cert.NotAfter) {
		t.Fatalf("it ends on %v, not on %v", until, a.TSA.Cert.NotAfter)
	}
	raised(0)
	now = until.Add(-200 * 24 * time.Hour)
	raised(0)
	// A new timestamping certificate, as its service has one by then.
	now = until.Add(-100 * 24 * time.Hour)
	a.Now = now
	extensions := a.TSA.Cert.Extensions
	a.TSA = a.Issue(a.Issuing, testpki.EC(t), "Horodatage suivant", 14, func(c *x509.Certificate) {
		c.KeyUsage = x509.KeyUsageDigitalSignature
		for _, e := range extensions {
			if e.Critical && e.Id.String() == "2.5.29.37" {
				c.ExtraExtensions = append(c.ExtraExtensions, e)
			}
		}
	})
	raised(1)
	if f := l.folder(t, id); !f.Documents[0].ArchivedUntil.After(until) {
		t.Errorf("it still ends on %v", f.Documents[0].ArchivedUntil)
	}
	raised(0)
	l.same(t)
}
