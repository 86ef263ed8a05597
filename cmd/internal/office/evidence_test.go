package office_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/sync/timestamp/testauthority"
)

type key struct {
	private *rsa.PrivateKey
	chain   []*x509.Certificate
}

func (k key) Certificate() *x509.Certificate { return k.chain[0] }
func (k key) Chain() []*x509.Certificate     { return k.chain[1:] }
func (k key) Sign(_ context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.private.Sign(rand.Reader, digest, opts)
}

// A flow carries its signer's certificate alone: what else its validation needs is kept from
// its signing, and asked for on the network; a later failure takes nothing away, and a
// revocation is believed.
func TestEvidenceOfFlows(t *testing.T) {
	ctx := t.Context()
	a, err := testauthority.Start(ctx, testauthority.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.Issue(private.Public(), "Maïté FICTIVE")
	if err != nil {
		t.Fatal(err)
	}
	signer := key{private, chain}
	flow, err := xades.Sign(ctx, pestest.Example, []string{"DEP12"}, signer, xades.Options{At: time.Now(), Policy: pes.Policy(), Role: "Ordonnateur"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := open(t, dir)
	defer o.Close()
	if _, err := o.Trust(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root().Raw})); err != nil {
		t.Fatal(err)
	}
	verdict := func() (trust.Indication, trust.SubIndication) {
		t.Helper()
		report, err := o.Validate(ctx, flow, nil)
		if err != nil || len(report.Signatures) != 1 {
			t.Fatal(err, len(report.Signatures))
		}
		return report.Signatures[0].Indication, report.Signatures[0].Sub
	}
	if i, s := verdict(); s != trust.NoCertificateChain {
		t.Error("before:", i, s)
	}
	if err := o.KeepCertificates(append(signer.Chain(), signer.Certificate())...); err != nil {
		t.Fatal(err)
	}
	if i, s := verdict(); i != trust.Indeterminate || s == trust.NoCertificateChain {
		t.Error("with its issuers:", i, s)
	}
	if err := o.RefreshEvidence(ctx); err != nil {
		t.Fatal(err)
	}
	if i, s := verdict(); i != trust.Passed {
		t.Error("with its proofs:", i, s)
	}
	grow := func() {
		all, err := filepath.Glob(filepath.Join(dir, "evidence", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range all {
			if err := os.Chtimes(path, time.Now().Add(-48*time.Hour), time.Now().Add(-48*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
	grow()
	a.Revoke(chain[0].SerialNumber)
	if err := o.RefreshEvidence(ctx); err != nil {
		t.Fatal(err)
	}
	if i, s := verdict(); i == trust.Passed {
		t.Error("once revoked:", i, s)
	}
	grow()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := o.RefreshEvidence(ctx); err == nil {
		t.Error("nobody noticed that the service is gone")
	}
	if i, s := verdict(); s == trust.NoCertificateChain {
		t.Error("what was kept is gone:", i, s)
	}
}

// A certificate that is known to be revoked signs nothing: that is told before its PIN, without
// network, from what is kept.
func TestRevokedCertificateSignsNothing(t *testing.T) {
	ctx := t.Context()
	a, err := testauthority.Start(ctx, testauthority.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.Issue(private.Public(), "Maïté FICTIVE")
	if err != nil {
		t.Fatal(err)
	}
	for _, revoked := range []bool{false, true} {
		o, h := townHall(t)
		if revoked {
			a.Revoke(chain[0].SerialNumber)
		}
		_, err = o.Trust(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root().Raw}))
		if err == nil {
			err = errors.Join(o.KeepCertificates(chain...), o.RefreshEvidence(ctx))
		}
		if err != nil {
			t.Fatal(err)
		}
		id, err := h.Folders.Import(ctx, demo.Secretary, parapheur.Import{Title: "Un tableau", Kind: parapheur.Letter, Route: parapheur.UsualRoute()[1:], Send: true, Files: []parapheur.File{{Name: "tableau.ods", Content: []byte("PK\x03\x04")}}})
		if err != nil {
			t.Fatal(err)
		}
		f, err := h.Folders.Folder(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		failed, err := h.Folders.CheckLot(ctx, demo.Mayor, []parapheur.SeenFolder{{ID: id, Seen: f.Seen()}}, chain[0])
		if err != nil || (len(failed) == 1 && strings.Contains(failed[0].Err.Error(), "est révoqué depuis le")) != revoked || !revoked && len(failed) != 0 {
			t.Errorf("revoked %v: %+v %v", revoked, failed, err)
		}
	}
}

// An authority that is known by the trust package alone serves as one that a person added:
// its proofs are asked for, and what it issued is established.
func TestEvidenceByTheTrustPackage(t *testing.T) {
	ctx := t.Context()
	a, err := testauthority.Start(ctx, testauthority.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.Issue(private.Public(), "Maïté FICTIVE")
	if err != nil {
		t.Fatal(err)
	}
	signer := key{private, chain}
	flow, err := xades.Sign(ctx, pestest.Example, []string{"DEP12"}, signer, xades.Options{At: time.Now(), Policy: pes.Policy(), Role: "Ordonnateur"})
	if err != nil {
		t.Fatal(err)
	}
	s, address := serve(t)
	code, err := s.NewCode(ctx, ours)
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, t.TempDir())
	defer o.Close()
	if _, err := o.Enrol(ctx, address, code, "mairie"); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"anchors/racine.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root().Raw})}
	raw, err := s.SignTrust(func(key ed25519.PrivateKey) ([]byte, error) {
		return trustpackage.Make(ctx, files, 1, time.Now(), time.Now().AddDate(0, 1, 0), key)
	})
	if err == nil {
		_, err = o.InstallTrust(ctx, raw)
	}
	if err == nil {
		err = o.KeepCertificates(signer.Certificate(), a.Issuing())
	}
	if err == nil {
		err = o.RefreshEvidence(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	report, err := o.Validate(ctx, flow, nil)
	if err != nil || report.Indication() != trust.Passed {
		t.Errorf("%s %v", report.Indication(), err)
	}
}
