package parapheur

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/local/store"
)

// levelEPES is how far the signature of a flow goes: a policy and no timestamp, as Hélios wants it.
const levelEPES = "EPES"

// FormatOf tells how a document is signed, by what it holds. What calls itself a PDF and
// is none is told so rather than signed as an unknown file.
func FormatOf(name string, content []byte) Format {
	switch {
	case pes.Is(content):
		return PES
	case len(content) == 0, strings.EqualFold(name[max(0, len(name)-4):], ".pdf"), bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-")):
		return PDF
	}
	return Any
}

// prepare looks at a document that is to be signed, and makes it ready where its format
// asks for it. It gives the bytes to keep, and words for the search where it knows some.
func prepare(doc *Document, content []byte) (ready []byte, words string, err error) {
	switch doc.Format {
	case PES:
		flow, err := pes.Read(content, nil)
		if err != nil {
			return nil, "", err
		}
		doc.Flow = summary(flow)
		ready, err = pes.Prepare(content)
		return ready, flow.Words(), err
	case Any:
		return content, "", nil
	}
	_, err = pades.Inspect(content)
	return content, "", err
}

func summary(f *pes.Flow) *FlowSummary {
	s := &FlowSummary{Label: f.Label, Bordereaux: len(f.Bordereaux)}
	for _, b := range f.Bordereaux {
		if b.Side == pes.Receipts {
			s.Receipts += int64(b.Net + b.VAT)
		} else {
			s.Spending += int64(b.Net + b.VAT)
		}
	}
	return s
}

// signable tells, before a PIN is asked for, whether a document can be signed.
func (d *Desk) signable(ctx context.Context, folder string, doc Document, content []byte) error {
	switch doc.Format {
	case PES:
		flow, err := pes.Read(content, nil)
		if err != nil {
			return err
		}
		remarks, err := d.remarksOn(ctx, folder, flow, content)
		if err != nil {
			return err
		}
		return flow.MaySign(remarks)
	case Any:
		return nil
	}
	_, err := pades.Inspect(content)
	return err
}

// MayUse tells whether a certificate may sign documents of these formats: one that the
// DGFiP gives for accounting flows signs nothing else, and Hélios is only known to take
// RSA keys.
func MayUse(cert *x509.Certificate, documents []Document) error {
	_, isRSA := cert.PublicKey.(*rsa.PublicKey)
	for _, doc := range documents {
		switch {
		case doc.Format != PES && accountingOnly(cert):
			return &rule.Refusal{
				Why:  "Ce certificat de la DGFiP ne sert qu’à signer les flux comptables : il ne peut pas signer « " + doc.Name + " ».",
				Cure: "Branchez votre clé de signature, et choisissez-la dans les réglages.",
			}
		case doc.Format == PES && !isRSA:
			return &rule.Refusal{
				Why: "La clé de ce certificat n’est pas une clé RSA : Hélios pourrait rejeter le flux.", Cure: "Choisissez un certificat RSA dans les réglages, ou demandez-en un à l’ALPI.",
			}
		}
	}
	return nil
}

// accountingOnly recognises the certificate that the DGFiP delivers to the ordonnateur by
// who issued it.
func accountingOnly(cert *x509.Certificate) bool {
	for _, o := range append(cert.Issuer.Organization, cert.Issuer.CommonName) {
		name := strings.ToUpper(o)
		if strings.Contains(name, "DGFIP") || strings.Contains(name, "DIRECTION GENERALE DES FINANCES PUBLIQUES") || strings.Contains(name, "DIRECTION GÉNÉRALE DES FINANCES PUBLIQUES") {
			return true
		}
	}
	return false
}

// made is a signature that was just made and read again.
type made struct {
	// content is the document signed: as it was, for a signature that stands beside it.
	content []byte
	beside  []byte
	level   string
	// offline: a timestamp is still to come.
	offline bool
	// facts are what a flow lets later ones be checked against.
	facts *flowFacts
}

// sign signs one document, and reads it again before anybody is told.
func (d *Desk) sign(ctx context.Context, f *Folder, doc Document, content []byte, name string, c authority.Capacity, lot Lot, at time.Time) (made, error) {
	switch doc.Format {
	case PES:
		flow, err := pes.Read(content, nil)
		if err != nil {
			return made{}, err
		}
		signed, err := xades.Sign(ctx, content, flow.Targets(), lot.Signer, xades.Options{
			At: at, Policy: lot.Policy, City: lot.Place, PostalCode: lot.PostalCode, Country: "France", Role: roleOf(c),
		})
		if err != nil {
			return made{}, err
		}
		return made{content: signed, level: levelEPES, facts: factsOf(flow)}, reread(ctx, signed, at, len(flow.Targets()))
	case Any:
		beside, err := cades.Sign(ctx, content, lot.Signer, cades.Options{At: at})
		if err != nil {
			return made{}, err
		}
		return made{content: content, beside: beside, level: signature.LevelB.String(), offline: true}, rereadBeside(ctx, content, beside, at)
	}
	revision, err := pades.SignRevision(ctx, content, lot.Signer, pades.Options{
		SigningTime: at, Name: name, Reason: c.Words, Location: lot.Place, Appearance: appearance(f, doc, name, c, at),
	})
	if err != nil {
		return made{}, err
	}
	signed := append(content, revision...) // in the room that it was read with
	return made{content: signed, level: signature.LevelB.String(), offline: true}, reread(ctx, signed, at, 1)
}

// roleOf is the role that the signature of a flow claims: that of ordonnateur, and under
// which title.
func roleOf(c authority.Capacity) string { return "Ordonnateur, " + c.Words }

// reread validates what was just signed, before anybody is told that it is: its last
// signatures hold their bytes. Who may be trusted is not asked here.
func reread(ctx context.Context, signed []byte, at time.Time, count int) error {
	report, err := validator.Validate(ctx, signed, validation.Options{Now: at})
	if err != nil {
		return fmt.Errorf("reading again what was signed: %w", err)
	}
	if len(report.Signatures) < count || count == 0 {
		return fmt.Errorf("reading again what was signed: %w", signature.ErrNotSigned)
	}
	return allHold(report.Signatures[len(report.Signatures)-count:], validator.FormatOf(signed) == validator.PDF)
}

func rereadBeside(ctx context.Context, content, beside []byte, at time.Time) error {
	report, err := cades.Validate(ctx, beside, validation.Options{Now: at, Beside: func(string) ([]byte, bool) { return content, true }})
	if err != nil {
		return fmt.Errorf("reading again what was signed: %w", err)
	}
	return allHold(report.Signatures, false)
}

func allHold(verdicts []validation.Verdict, whole bool) error {
	for _, v := range verdicts {
		if !v.Intact || whole && !v.Whole {
			return fmt.Errorf("reading again what was signed: %s: %w", v.Why, signature.ErrMismatch)
		}
	}
	return nil
}

// besideName is the name of a signature file: that of the document, numbered after the first.
func besideName(doc Document) string {
	if n := len(doc.Beside); n > 0 {
		return fmt.Sprintf("%s.%d.p7s", doc.Name, n+1)
	}
	return doc.Name + ".p7s"
}

// keep writes what was signed to the blobs.
func (d *Desk) keep(ctx context.Context, doc Document, m made) (one signedDocument, err error) {
	one.Before, one.After, one.Size, one.Facts = doc.Digest, doc.Digest, doc.Size, m.facts
	if m.beside != nil {
		digest, err := d.j.Store().Blobs().PutBytes(ctx, m.beside)
		one.Beside = &BesideSignature{Name: besideName(doc), Digest: digest, Size: int64(len(m.beside))}
		return one, err
	}
	one.After, err = d.j.Store().Blobs().PutBytes(ctx, m.content)
	one.Size = int64(len(m.content))
	return one, err
}

// blobs are what a signed document names.
func (s signedDocument) blobs() []store.Digest {
	if s.Beside != nil {
		return []store.Digest{s.Beside.Digest}
	}
	return []store.Digest{s.After}
}
