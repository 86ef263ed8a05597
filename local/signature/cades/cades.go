package cades

import (
	"bytes"
	"context"
	"crypto"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
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

// Raise adds a timestamp to the first signature: CAdES B-T. One that has a timestamp
// already comes back as it is. Errors: signature.ErrCMS, signature.ErrTimestamp, those of the service.
func Raise(ctx context.Context, der []byte, stamper signature.Timestamper) ([]byte, error) {
	sd, err := Parse(der)
	if err != nil {
		return nil, err
	}
	if len(sd.Signers) == 0 {
		return nil, signature.ErrNotSigned
	}
	si := &sd.Signers[0]
	if len(cms.Attributes(si.Unsigned, cms.OIDSignatureTimestamp)) > 0 {
		return der, nil
	}
	h := crypto.SHA256.New()
	h.Write(si.Signature)
	digest := h.Sum(nil)
	token, err := stamper.Timestamp(ctx, digest, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("timestamping: %w", err)
	}
	t, err := cms.ParseTimestamp(token)
	if err != nil {
		return nil, err
	}
	if !t.Covers(digest) {
		return nil, fmt.Errorf("the answer stamps something else: %w", signature.ErrTimestamp)
	}
	return sd.AddUnsigned(cms.OIDSignatureTimestamp, token)
}

// Parse reads a CMS signature, in DER, BER or PEM. Errors: those of cms.Parse.
func Parse(raw []byte) (*cms.SignedData, error) {
	if block, _ := pem.Decode(raw); block != nil {
		raw = block.Bytes
	}
	return cms.Parse(raw)
}

// oidArchive are the attributes of archive timestamps and evidence records.
var oidArchive = []asn1.ObjectIdentifier{
	{1, 2, 840, 113549, 1, 9, 16, 2, 27}, {1, 2, 840, 113549, 1, 9, 16, 2, 48}, {0, 4, 0, 1733, 2, 4}, {1, 2, 840, 113549, 1, 9, 16, 2, 49}, {1, 2, 840, 113549, 1, 9, 16, 2, 50},
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
	if !there {
		content, there = o.File("")
	}
	evidence := o.Evidence
	evidence.Add(validation.Evidence(sd))
	judge := validation.Judge{Trust: trust.NewJudge(o.Anchors, evidence, o.Services...), Certificates: evidence.Certificates, Kept: len(sd.OCSPs)+len(sd.CRLs) > 0}
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
			judge.CMS(&v, si, sd.ContentType, func(h crypto.Hash) []byte { return digestOf(digests, h, content) }, si.HasSignedAttributes(), validation.Existence{At: o.Now})
		}
		for _, oid := range oidArchive {
			if len(cms.Attributes(si.Unsigned, oid)) > 0 {
				v.Find(validation.CodeArchive, validation.Unchecked)
				break
			}
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
