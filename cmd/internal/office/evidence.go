package office

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/timestamp"
)

// What is known besides the documents: the issuers of the certificates that signed here, and
// the last proofs that they were not revoked. An accounting flow carries neither, since Hélios
// asks for the signer's certificate alone.
const (
	evidenceFolder = "evidence"
	maxEvidence    = 1000     // files
	maxProof       = 20 << 20 // bytes
	// fresh is how old a proof may be before another is asked for.
	fresh = 24 * time.Hour
)

func (o *Office) evidencePath(name string) string {
	return filepath.Join(o.o.Dir, evidenceFolder, name)
}

func nameOf(cert *x509.Certificate) string {
	digest := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(digest[:16])
}

// KeepCertificates keeps a signer's certificate and its issuers.
func (o *Office) KeepCertificates(certs ...*x509.Certificate) error {
	if err := os.MkdirAll(filepath.Join(o.o.Dir, evidenceFolder), 0o700); err != nil {
		return fmt.Errorf("keeping certificates: %w", err)
	}
	for _, c := range certs {
		path := o.evidencePath(nameOf(c) + ".crt")
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := durable.WriteFile(path, c.Raw); err != nil {
			return err
		}
	}
	return nil
}

// evidence reads what is kept. A file that cannot be read is left aside: without it a
// validation says less, and nothing wrong.
func (o *Office) evidence() trust.Evidence {
	var e trust.Evidence
	entries, err := os.ReadDir(filepath.Join(o.o.Dir, evidenceFolder))
	if err != nil {
		return e
	}
	for _, entry := range entries[:min(len(entries), maxEvidence)] {
		der, err := readSmall(o.evidencePath(entry.Name()), maxProof)
		if err != nil {
			continue
		}
		switch filepath.Ext(entry.Name()) {
		case ".crt":
			if c, err := x509.ParseCertificate(der); err == nil {
				e.Certificates = append(e.Certificates, c)
			}
		case ".ocsp":
			e.OCSPs = append(e.OCSPs, der)
		case ".crl":
			e.CRLs = append(e.CRLs, der)
		}
	}
	return e
}

// RefreshEvidence asks again for the proofs that have grown old. The first failure is the
// error; the rest is tried still, and a good proof is never replaced by none.
func (o *Office) RefreshEvidence(ctx context.Context) error {
	e, out := o.evidence(), o.services()
	source := &timestamp.Revocation{HTTP: out.client(), Now: o.o.Now}
	judge := trust.NewJudge(o.issuers(), e)
	var errs []error
	for _, c := range e.Certificates {
		if err := ctx.Err(); err != nil {
			return err
		}
		issuer := judge.Issuer(c)
		if issuer == nil || trust.SelfSigned(c) || o.recent(nameOf(c)) || o.o.Now().After(c.NotAfter) {
			continue
		}
		ocsps, crls, err := source.Revocation(ctx, c, issuer)
		if err != nil {
			errs = append(errs, fmt.Errorf("the state of %s: %w", c.Subject.CommonName, err))
			continue
		}
		for kind, all := range map[string][][]byte{".ocsp": ocsps, ".crl": crls} {
			for _, der := range all[:min(1, len(all))] {
				errs = append(errs, durable.WriteFile(o.evidencePath(nameOf(c)+kind), der))
			}
		}
	}
	return errors.Join(errs...)
}

// lookedUp are the certificates that were looked up lately: a lot asks for each document.
type lookedUp struct {
	sync.Mutex
	since map[string]time.Time
	at    time.Time
}

// lookAgain is how long what was found of a certificate serves.
const lookAgain = time.Minute

// revokedSince tells since when a certificate is revoked, by the proofs that are at hand: those
// kept here and those of the trust package; zero when it is not known to be. It is a
// parapheur.Revoked, and asks nothing of the network.
func (o *Office) revokedSince(cert *x509.Certificate) time.Time {
	o.looked.Lock()
	defer o.looked.Unlock()
	now, name := o.o.Now(), nameOf(cert)
	if age := now.Sub(o.looked.at); age < 0 || age > lookAgain {
		o.looked.since, o.looked.at = map[string]time.Time{}, now
	}
	since, known := o.looked.since[name]
	if !known {
		e := o.evidence()
		if p, _ := o.trust.now(); p != nil {
			e.Add(p.Evidence())
		}
		if state := trust.NewJudge(o.issuers(), e).Proof(cert, now); state.Status == trust.WasRevoked {
			since = state.RevokedAt
		}
		o.looked.since[name] = since
	}
	return since
}

// recent tells whether a certificate's proof is young enough.
func (o *Office) recent(name string) bool {
	for _, kind := range []string{".ocsp", ".crl"} {
		if info, err := os.Stat(o.evidencePath(name + kind)); err == nil && o.o.Now().Sub(info.ModTime()) < fresh {
			return true
		}
	}
	return false
}
