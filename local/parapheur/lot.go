package parapheur

import (
	"context"
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
	case cert.IsCA || (cert.KeyUsage != 0 && cert.KeyUsage&signing == 0):
		return &rule.Refusal{Why: "Ce certificat n’est pas fait pour signer des documents.", Cure: "Choisissez votre certificat de signature dans les réglages."}
	}
	return nil
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
