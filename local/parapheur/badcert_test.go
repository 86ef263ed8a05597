package parapheur_test

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/store"
)

// With a bad certificate nothing is signed: it is told why before the PIN and again at signing,
// the key is not used, no step advances and no byte changes.
func TestBadCertificatesSignNothing(t *testing.T) {
	ctx := context.Background()
	now := time.Now()
	a := testpki.New(t)
	key := testpki.RSA(t, 2048)
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.toSign(t, parapheur.Letter, parapheur.File{Name: "lettre.pdf", Content: paper(t)}, parapheur.File{Name: "prix.ods", Content: []byte("PK\x03\x04")})
	before := l.folder(t, id)
	var revoked *x509.Certificate
	l.Ask(func(cert *x509.Certificate) time.Time {
		if cert == revoked {
			return now.Add(-24 * time.Hour)
		}
		return time.Time{}
	})
	for name, c := range map[string]struct {
		shape func(*x509.Certificate)
		after func(*testpki.Identity) // what no authority would issue any longer
		want  string
	}{
		"expired":           {shape: func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.AddDate(-3, 0, 0), now.Add(-time.Hour) }, want: "a expiré le"},
		"not yet valid":     {shape: func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(48*time.Hour), now.AddDate(3, 0, 0) }, want: "n’est valable qu’à partir du"},
		"made to encrypt":   {shape: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, want: "n’est pas fait pour signer"},
		"of a server":       {shape: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, want: "n’est pas fait pour signer"},
		"of an authority":   {shape: func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }, want: "n’est pas fait pour signer"},
		"of a predecessor":  {shape: func(c *x509.Certificate) { c.Subject.CommonName = "Marc ANCIEN" }, want: "au nom de « Marc ANCIEN »"},
		"issued with SHA-1": {after: func(i *testpki.Identity) { i.Cert.SignatureAlgorithm = x509.SHA1WithRSA }, want: "trop faible"},
		"of a short key": {after: func(i *testpki.Identity) {
			i.Cert.PublicKey = &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}
		}, want: "trop faible"},
		"revoked": {after: func(i *testpki.Identity) { revoked = i.Cert }, want: "est révoqué depuis le"},
	} {
		who := a.Issue(a.Issuing, key, "Maïté FICTIVE", 3, func(x *x509.Certificate) {
			x.NotBefore, x.NotAfter, x.KeyUsage = now.Add(-time.Hour), now.AddDate(2, 0, 0), x509.KeyUsageContentCommitment
			if c.shape != nil {
				c.shape(x)
			}
		})
		if c.after != nil {
			c.after(who)
		}
		failed, err := l.CheckLot(ctx, "maire", []parapheur.SeenFolder{{ID: id, Seen: l.seen(t, id)}}, who.Cert)
		if err != nil || len(failed) != 1 || rule.Find(failed[0].Err) == nil || !strings.Contains(rule.Find(failed[0].Err).Why, c.want) {
			t.Errorf("%s, before the PIN: %+v %v", name, failed, err)
		}
		if err := l.signNow(t, who, id); rule.Find(err) == nil || !strings.Contains(rule.Find(err).Why, c.want) || who.Signed != 0 {
			t.Errorf("%s: %v, the key was used %d times", name, err, who.Signed)
		}
	}
	after := l.folder(t, id)
	if after.Step != 0 || len(after.Signatures) != 0 || len(after.History) != len(before.History) || after.Documents[0].Digest != before.Documents[0].Digest {
		t.Errorf("%+v", after)
	}
	good := a.Issue(a.Issuing, key, "Maïté FICTIVE", 3, func(x *x509.Certificate) {
		x.NotBefore, x.NotAfter, x.KeyUsage = now.Add(-time.Hour), now.AddDate(2, 0, 0), x509.KeyUsageContentCommitment
	})
	// Two main documents of two kinds: each has its signature.
	if err := l.signNow(t, good, id); err != nil || good.Signed != 2 {
		t.Errorf("with a good one: %v, %d signatures", err, good.Signed)
	}
}

// A type may have its PDF documents signed beside them: they keep their bytes.
func TestTypeThatSignsBeside(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	if _, err := l.PutType(ctx, "maire", parapheur.FolderType{Name: "Essai", Kind: parapheur.Letter, Route: parapheur.UsualRoute(), Format: "pades"}); rule.Find(err) == nil {
		t.Errorf("an unknown format: %v", err)
	}
	kind, err := l.PutType(ctx, "maire", parapheur.FolderType{Name: "Marchés › Offres", Kind: parapheur.Procurement, Route: parapheur.UsualRoute()[1:], Format: parapheur.Any, Place: parapheur.Place{Corner: parapheur.BottomRight}})
	if err != nil {
		t.Fatal(err)
	}
	content := paper(t)
	id, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "Offre", Type: kind, Send: true, Files: []parapheur.File{{Name: "offre.pdf", Content: content}}})
	if err == nil {
		err = l.signNow(t, newRSASigner(t, "AC d’essai"), id)
	}
	if err != nil {
		t.Fatal(err)
	}
	f := l.folder(t, id)
	doc := f.Documents[0]
	if doc.Format != parapheur.Any || doc.Boxes != nil || doc.Digest != store.DigestOf(content) || len(doc.Beside) != 1 || doc.Beside[0].Name != "offre.pdf.p7s" {
		t.Errorf("%+v", doc)
	}
	l.same(t)
}
