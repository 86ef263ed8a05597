package cades

import (
	"bytes"
	"context"
	"crypto"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// Options says how to sign.
type Options struct {
	// At is the declared time; it is required.
	At time.Time
	// PSS signs with RSA-PSS rather than PKCS#1 v1.5 when the key is RSA.
	PSS bool
}

// Sign gives a detached signature of content, CAdES B-B, in DER.
// Errors: signature.ErrKey, signature.ErrMismatch, those of the signer.
func Sign(ctx context.Context, content []byte, signer signature.Signer, o Options) ([]byte, error) {
	options := cms.Options{PSS: o.PSS, SigningTime: o.At}
	hash, err := cms.Hash(signer.Certificate(), options)
	if err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(content)
	return cms.Sign(ctx, signer, h.Sum(nil), options)
}

// Parse reads a CMS signature, in DER, BER or PEM. Errors: those of cms.Parse.
func Parse(raw []byte) (*cms.SignedData, error) {
	return cms.Parse(der(raw))
}

// der is a signature without its PEM armour, when it has one.
func der(raw []byte) []byte {
	if block, _ := pem.Decode(raw); block != nil {
		return block.Bytes
	}
	return raw
}

// oidOldArchive is the first archive timestamp, whose rules left the encoding open.
var oidOldArchive = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 27}

// errOldArchive: the timestamp is of a form that is not judged.
var errOldArchive = errors.New("an archive timestamp of the old form")

// archives gives the archive timestamps of a signer; outside is the content that is not inside.
func archives(sd *cms.SignedData, si *cms.SignerInfo, outside []byte, digest func(crypto.Hash) []byte) (all []validation.Archive) {
	for _, token := range cms.Attributes(si.Unsigned, cms.OIDArchiveTimestampV3) {
		all = append(all, validation.Archive{Token: token, Imprint: func(t *cms.Timestamp) ([]byte, func([]byte) bool, error) {
			return sd.Imprint(si, t, digest(t.Hash))
		}})
	}
	for _, token := range cms.Attributes(si.Unsigned, cms.OIDArchiveTimestampV2) {
		all = append(all, validation.Archive{Token: token, Imprint: func(t *cms.Timestamp) ([]byte, func([]byte) bool, error) {
			imprint, covers := sd.OldImprint(si, t, outside)
			return imprint, covers, nil
		}})
	}
	for _, token := range cms.Attributes(si.Unsigned, oidOldArchive) {
		all = append(all, validation.Archive{Token: token, Imprint: func(*cms.Timestamp) ([]byte, func([]byte) bool, error) { return nil, nil, errOldArchive }})
	}
	return all
}

// Validate judges each signer of a CMS signature. The content is the one inside, or, when
// it is detached, the file that o.Beside gives for "".
// Errors: those of Parse, validation.ErrNow, the context's.
func Validate(ctx context.Context, raw []byte, o validation.Options) (validation.Report, error) {
	report := validation.Report{Data: raw, Revisions: 1}
	if o.Now.IsZero() {
		return report, validation.ErrNow
	}
	sd, err := Parse(raw)
	if err != nil {
		return report, err
	}
	content, there := sd.Content, sd.Content != nil
	var outside []byte
	if !there {
		outside, there = o.File("")
		content = outside
	}
	evidence, inside := o.Evidence, validation.Evidence(sd)
	evidence.Add(inside)
	records := make([][]validation.Archive, len(sd.Signers))
	judged := make([]bool, len(sd.Signers))
	for i := range sd.Signers {
		records[i], judged[i] = recordsOf(der(raw), &sd.Signers[i])
		for _, a := range records[i] {
			evidence.Add(validation.TokenEvidence(a.Token))
		}
	}
	judge := validation.Judge{Trust: trust.NewJudge(o.Anchors, evidence, o.Services...), Certificates: evidence.Certificates, Kept: len(inside.OCSPs)+len(inside.CRLs) > 0}
	digests := map[crypto.Hash][]byte{}
	for i := range sd.Signers {
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("validating: %w", err)
		}
		v := validation.Verdict{Indication: trust.Passed, Kind: validation.Approval, Whole: true}
		si := &sd.Signers[i]
		if !there {
			v.Doubt(trust.SignedDataNotFound, validation.CodeReference, validation.Unchecked, "the content is not at hand", "Le fichier signé", "il n’est pas à côté de la signature")
		} else {
			digest := func(h crypto.Hash) []byte { return digestOf(digests, h, content) }
			judge.CMS(&v, si, sd.ContentType, digest, si.HasSignedAttributes(), validation.Existence{At: o.Now}, slices.Concat(archives(sd, si, outside, digest), records[i], o.Archives)...)
		}
		if !judged[i] {
			v.Find(validation.CodeRecord, validation.Unchecked)
		}
		report.Signatures = append(report.Signatures, v)
	}
	return report, nil
}

// digestOf digests the content once for each hash, nil for one that is not known.
func digestOf(known map[crypto.Hash][]byte, hash crypto.Hash, content []byte) []byte {
	if !hash.Available() {
		return nil
	}
	if known[hash] == nil {
		h := hash.New()
		h.Write(content)
		known[hash] = h.Sum(nil)
	}
	return bytes.Clone(known[hash])
}
