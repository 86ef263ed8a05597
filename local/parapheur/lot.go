package parapheur

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// CheckLot tells, before a PIN is asked for, which folders of a lot could not be
// signed with a certificate: by the rules, by the certificate, by their documents.
// cert is nil where it is not known before the PIN. It reads every document.
func (d *Desk) CheckLot(ctx context.Context, actor string, folders []SeenFolder, cert *x509.Certificate) ([]Result, error) {
	var failed []Result
	var memory scratch
	for _, s := range folders {
		if err := ctx.Err(); err != nil {
			return failed, err
		}
		if err := d.check(ctx, actor, s, cert, &memory); err != nil {
			failed = append(failed, Result{ID: s.ID, Err: err})
		}
	}
	return failed, nil
}

func (d *Desk) check(ctx context.Context, actor string, s SeenFolder, cert *x509.Certificate, memory *scratch) error {
	f, t, err := d.folderAndTown(ctx, s.ID)
	if err != nil {
		return err
	}
	if _, err := d.maySign(f, t, actor, s.Seen, cert); err != nil {
		return err
	}
	for _, doc := range signedDocuments(f) {
		content, err := memory.read(d, doc.Digest)
		if err != nil {
			return fmt.Errorf("reading %q: %w", doc.Name, err)
		}
		if err := d.signable(ctx, s.ID, doc, content); err != nil {
			return fmt.Errorf("reading %q: %w", doc.Name, err)
		}
	}
	return nil
}

// MaySignWith tells whether a person may sign with a certificate at a time: it is
// in force, made for signing, and hers. That of a predecessor signs for nobody.
func MaySignWith(p authority.Person, cert *x509.Certificate, at time.Time) error {
	if err := inForce(cert, at); err != nil {
		return err
	}
	if !names(cert, p) {
		return &rule.Refusal{
			Why:  fmt.Sprintf("Ce certificat est au nom de « %s », et non de %s.", cert.Subject.CommonName, p.Name()),
			Cure: "Branchez la clé de la personne qui signe, ou choisissez-la dans les réglages.",
		}
	}
	return nil
}

// inForce tells whether a certificate is in force at a time, and made for signing.
func inForce(cert *x509.Certificate, at time.Time) error {
	const signing = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch {
	case at.Before(cert.NotBefore):
		return &rule.Refusal{Why: "Ce certificat n’est valable qu’à partir du " + french.Date(cert.NotBefore) + ".", Cure: "Vérifiez la date de l’ordinateur, ou choisissez un autre certificat."}
	case at.After(cert.NotAfter):
		return &rule.Refusal{Why: "Ce certificat a expiré le " + french.Date(cert.NotAfter) + ".", Cure: "Demandez son renouvellement, puis choisissez le nouveau dans les réglages."}
	case cert.IsCA || (cert.KeyUsage != 0 && cert.KeyUsage&signing == 0) || forOtherUses(cert):
		return &rule.Refusal{Why: "Ce certificat n’est pas fait pour signer des documents.", Cure: "Choisissez votre certificat de signature dans les réglages."}
	}
	return strong(cert)
}

// others are the extended usages of certificates that are for something else than people's
// signatures.
var others = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageCodeSigning, x509.ExtKeyUsageTimeStamping, x509.ExtKeyUsageOCSPSigning}

// forOtherUses tells whether all extended usages of a certificate are for something else.
func forOtherUses(cert *x509.Certificate) bool {
	return len(cert.ExtKeyUsage) > 0 && len(cert.UnknownExtKeyUsage) == 0 &&
		!slices.ContainsFunc(cert.ExtKeyUsage, func(u x509.ExtKeyUsage) bool { return !slices.Contains(others, u) })
}

// leastRSA is the shortest RSA key that signs, in bits (ETSI TS 119 312 §6.2, RGS annexe B1).
const leastRSA = 2048

// strong refuses what nobody would take for a proof any longer: a certificate issued under SHA-1
// or MD5, a short key (ETSI TS 119 312 §5.2, §6.2).
func strong(cert *x509.Certificate) error {
	weak := false
	switch cert.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		weak = true
	}
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < leastRSA {
		weak = true
	}
	if weak {
		return &rule.Refusal{Article: "ETSI TS 119 312", Why: "Ce certificat est d’une sorte trop faible (SHA-1, ou clé RSA de moins de 2048 bits) : ce qu’il signerait ne prouverait rien.", Cure: "Demandez-en un nouveau, puis choisissez-le dans les réglages."}
	}
	return nil
}

// Revoked tells since when a certificate is revoked, by the proofs that are at hand; zero when it
// is not known to be.
type Revoked func(cert *x509.Certificate) time.Time

// Ask has certificates looked up before they sign; it is called before the desk is used.
func (d *Desk) Ask(r Revoked) { d.revoked = r }

// mayTrust refuses a certificate that is known to be revoked.
func (d *Desk) mayTrust(cert *x509.Certificate) error {
	if d.revoked == nil {
		return nil
	}
	since := d.revoked(cert)
	if since.IsZero() || since.After(d.j.Now()) {
		return nil
	}
	return &rule.Refusal{Why: "Ce certificat est révoqué depuis le " + french.Date(since) + " : ce qu’il signerait serait sans valeur.", Cure: "Choisissez un autre certificat dans les réglages ; si vous n’avez pas demandé cette révocation, prévenez l’ALPI."}
}

// MaySealWith tells whether a certificate may seal for an authority at a time: it is in
// force, made for signing, and the authority's own rather than a person's.
func MaySealWith(a authority.Authority, cert *x509.Certificate, at time.Time) error {
	if err := inForce(cert, at); err != nil {
		return err
	}
	bears := words(cert.Subject.CommonName + " " + strings.Join(cert.Subject.Organization, " "))
	for _, w := range words(a.Short) {
		if !slices.Contains(bears, w) {
			return &rule.Refusal{
				Why:  fmt.Sprintf("Ce certificat, au nom de « %s », n’est pas le cachet de %s.", cert.Subject.CommonName, a.Name),
				Cure: "Choisissez dans les réglages le certificat de cachet de la collectivité.",
			}
		}
	}
	return nil
}

// warnings are how many days before its end a certificate is spoken of.
var warnings = []int{7, 30, 60}

// ExpiresSoon gives the days that a certificate has left once they are few enough
// to ask for its renewal, which takes weeks: urgency is 2 within a week, 1 within a
// month, 0 within two months, and -1 before. An ended one has no day left.
func ExpiresSoon(notAfter, now time.Time) (days, urgency int) {
	days = max(authority.DayOf(now).Until(authority.DayOf(notAfter)), 0)
	for i, limit := range warnings {
		if days <= limit {
			return days, len(warnings) - 1 - i
		}
	}
	return days, -1
}

// names tells whether a certificate bears a person's last name, however it is
// written: «LE MODÈLE-EXEMPLE Anne» is Anne Le Modèle-Exemple's, and Anne Exemple's.
func names(cert *x509.Certificate, p authority.Person) bool {
	bears := map[string]bool{}
	for _, w := range words(cert.Subject.CommonName) {
		bears[w] = true
	}
	for _, w := range words(p.LastName) {
		if bears[w] {
			return true
		}
	}
	return false
}

func words(name string) []string {
	return strings.FieldsFunc(french.Unaccented(strings.ToUpper(name)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
