package cades

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/evidence"
)

// Stamp adds a timestamp to the first signature: CAdES B-T. One that has a timestamp already
// comes back as it is. Errors: signature.ErrCMS, signature.ErrTimestamp, those of the service.
func Stamp(ctx context.Context, der []byte, s evidence.Sources) ([]byte, error) {
	sd, err := signed(der)
	if err != nil {
		return nil, err
	}
	si := &sd.Signers[0]
	if len(cms.Attributes(si.Unsigned, cms.OIDSignatureTimestamp)) > 0 {
		return der, nil
	}
	h := crypto.SHA256.New()
	h.Write(si.Signature)
	token, err := s.Stamp(ctx, h.Sum(nil), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return sd.AddUnsigned(cms.OIDSignatureTimestamp, token)
}

// Raise raises the first signature to B-LT (EN 319 122-1 §6.3): a timestamp, then the
// certificates and the proofs of their state. One at B-LT already comes back as it is.
// Beside an error it gives what was reached before, nil for nothing.
//
// Errors: those of Stamp, signature.ErrNoRevocation, ErrRevoked, ErrTooLarge.
func Raise(ctx context.Context, der []byte, s evidence.Sources) ([]byte, signature.Level, error) {
	stamped, err := Stamp(ctx, der, s)
	if err != nil {
		return nil, signature.LevelB, err
	}
	sd, err := signed(stamped)
	if err != nil {
		return nil, signature.LevelNone, err
	}
	if len(sd.OCSPs)+len(sd.CRLs) > 0 {
		return stamped, signature.LevelLT, nil
	}
	out, err := prove(ctx, sd, s)
	if err != nil {
		return stamped, signature.LevelT, err
	}
	return out, signature.LevelLT, nil
}

// Archive raises the first signature to B-LTA: to B-LT, then an archive timestamp over all of
// it (§5.5.3), and the proofs of this one. Done again, it renews. It needs no content: the
// signature holds its digest. Beside an error it gives what was reached before.
//
// Errors: those of Raise.
func Archive(ctx context.Context, der []byte, s evidence.Sources) ([]byte, signature.Level, error) {
	raised, level, err := Raise(ctx, der, s)
	if err != nil {
		return raised, level, err
	}
	sd, err := signed(raised)
	if err != nil {
		return nil, level, err
	}
	si := &sd.Signers[0]
	hash := si.DigestAlgorithm
	content := si.MessageDigest()
	if !hash.Available() || len(content) != hash.Size() {
		return raised, level, fmt.Errorf("the signature does not tell its content's digest: %w", signature.ErrCMS)
	}
	archived, err := sd.Archive(content, hash, func(digest []byte) ([]byte, error) { return s.Stamp(ctx, digest, hash) })
	if err != nil {
		return raised, level, fmt.Errorf("archive timestamp: %w", err)
	}
	if sd, err = signed(archived); err != nil {
		return raised, level, err
	}
	whole, err := prove(ctx, sd, s)
	if err != nil {
		return archived, signature.LevelLTA, fmt.Errorf("the proofs of the archive timestamp: %w", err)
	}
	return whole, signature.LevelLTA, nil
}

// ArchivedUntil is when the certificate of the newest archive timestamp ends: it is renewed
// before. The zero time: there is none.
func ArchivedUntil(der []byte) (until time.Time, err error) {
	sd, err := signed(der)
	if err != nil {
		return until, err
	}
	newest := time.Time{}
	for _, token := range cms.Attributes(sd.Signers[0].Unsigned, cms.OIDArchiveTimestampV3) {
		t, err := cms.ParseTimestamp(token)
		if err != nil {
			return until, err
		}
		leaf := t.Signers[0].Find(t.Certificates)
		if leaf == nil {
			return until, fmt.Errorf("the archive timestamp has no certificate: %w", signature.ErrTimestamp)
		}
		if !t.Time.Before(newest) {
			newest, until = t.Time, leaf.NotAfter
		}
	}
	return until, nil
}

func signed(der []byte) (*cms.SignedData, error) {
	sd, err := Parse(der)
	if err == nil && len(sd.Signers) == 0 {
		err = signature.ErrNotSigned
	}
	return sd, err
}

// prove adds the proofs of all who signed and stamped.
func prove(ctx context.Context, sd *cms.SignedData, s evidence.Sources) ([]byte, error) {
	si := &sd.Signers[0]
	pool := sd.Certificates
	var leaves []*x509.Certificate
	if leaf := si.Find(sd.Certificates); leaf != nil {
		leaves = append(leaves, leaf)
	}
	tokens := slices.Concat(cms.Attributes(si.Unsigned, cms.OIDSignatureTimestamp), cms.Attributes(si.Unsigned, cms.OIDArchiveTimestampV3))
	for _, token := range tokens {
		t, err := cms.ParseTimestamp(token)
		if err != nil {
			return nil, err
		}
		pool = slices.Concat(pool, t.Certificates)
		if leaf := t.Signers[0].Find(t.Certificates); leaf != nil {
			leaves = append(leaves, leaf)
		}
	}
	p, err := evidence.Gather(ctx, leaves, pool, evidence.Proofs{}, s)
	if err != nil {
		return nil, fmt.Errorf("gathering the proofs: %w", err)
	}
	return sd.AddProofs(p.Certificates, p.CRLs, p.OCSPs)
}
