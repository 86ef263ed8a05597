package cades

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/ers"
	"alpi40.fr/airial/local/signature/validation"
)

// The evidence records of a signature (RFC 4998, appendix A): one over the signature itself with
// the content that it holds, or one over both where the content is elsewhere, which is not judged.
var (
	oidInternalRecord = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 49}
	oidExternalRecord = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 50}
)

// recordsOf gives the records of a signer that can be judged, over the signature without any;
// whole: there are no others.
func recordsOf(raw []byte, si *cms.SignerInfo) (archives []validation.Archive, whole bool) {
	whole = len(cms.Attributes(si.Unsigned, oidExternalRecord)) == 0
	inside := cms.Attributes(si.Unsigned, oidInternalRecord)
	if len(inside) == 0 {
		return nil, whole
	}
	bare, err := withoutRecords(raw)
	if err != nil {
		return nil, false
	}
	for _, der := range inside {
		r, err := ers.Parse(der)
		if err != nil {
			whole = false
			continue
		}
		archives = append(archives, r.Archives([][]byte{bare})...)
	}
	return archives, whole
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue
}

type signedData struct {
	Version              int
	Algorithms, Enclosed asn1.RawValue
	Certificates         asn1.RawValue `asn1:"optional,tag:0"`
	CRLs                 asn1.RawValue `asn1:"optional,tag:1"`
	Signers              asn1.RawValue
}

type signerInfo struct {
	Version        int
	Signer, Digest asn1.RawValue
	Signed         asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm      asn1.RawValue
	Value          asn1.RawValue
	Unsigned       asn1.RawValue `asn1:"optional,tag:1"`
}

// withoutRecords is a signature without its evidence records, as they cover it: the attributes
// taken out, and all else as it stands. One that is not in DER cannot be written again so that
// its bytes are known. Error: signature.ErrCMS.
func withoutRecords(raw []byte) ([]byte, error) {
	same, err := rewritten(raw, func(asn1.ObjectIdentifier) bool { return true })
	if err == nil && !bytes.Equal(same, raw) {
		err = signature.ErrCMS
	}
	if err != nil {
		return nil, fmt.Errorf("a signature that is not in DER: %w", err)
	}
	return rewritten(raw, func(kind asn1.ObjectIdentifier) bool {
		return !kind.Equal(oidInternalRecord) && !kind.Equal(oidExternalRecord)
	})
}

// rewritten writes a signature with the unsigned attributes that are kept.
func rewritten(raw []byte, keep func(asn1.ObjectIdentifier) bool) ([]byte, error) {
	var outer contentInfo
	var inner signedData
	if rest, err := asn1.Unmarshal(raw, &outer); err != nil || len(rest) > 0 {
		return nil, signature.ErrCMS
	}
	if rest, err := asn1.Unmarshal(outer.Content.Bytes, &inner); err != nil || len(rest) > 0 {
		return nil, signature.ErrCMS
	}
	var signers []byte
	for rest := inner.Signers.Bytes; len(rest) > 0; {
		var one signerInfo
		var err error
		if rest, err = asn1.Unmarshal(rest, &one); err != nil {
			return nil, signature.ErrCMS
		}
		kept, err := attributes(one.Unsigned.Bytes, keep)
		if err != nil {
			return nil, err
		}
		body := slices.Concat(integer(one.Version), one.Signer.FullBytes, one.Digest.FullBytes, one.Signed.FullBytes, one.Algorithm.FullBytes, one.Value.FullBytes)
		if len(kept) > 0 {
			body = append(body, wrap(asn1.ClassContextSpecific, 1, kept)...)
		}
		signers = append(signers, wrap(asn1.ClassUniversal, asn1.TagSequence, body)...)
	}
	body := slices.Concat(integer(inner.Version), inner.Algorithms.FullBytes, inner.Enclosed.FullBytes, inner.Certificates.FullBytes, inner.CRLs.FullBytes, wrap(asn1.ClassUniversal, asn1.TagSet, signers))
	kind, err := asn1.Marshal(outer.Type)
	if err != nil {
		return nil, signature.ErrCMS
	}
	content := wrap(asn1.ClassContextSpecific, 0, wrap(asn1.ClassUniversal, asn1.TagSequence, body))
	return wrap(asn1.ClassUniversal, asn1.TagSequence, append(kind, content...)), nil
}

// attributes are those of a set that are kept.
func attributes(set []byte, keep func(asn1.ObjectIdentifier) bool) (kept []byte, err error) {
	for len(set) > 0 {
		var one struct {
			Raw    asn1.RawContent
			Type   asn1.ObjectIdentifier
			Values asn1.RawValue
		}
		if set, err = asn1.Unmarshal(set, &one); err != nil {
			return nil, signature.ErrCMS
		}
		if keep(one.Type) {
			kept = append(kept, one.Raw...)
		}
	}
	return kept, nil
}

func wrap(class, tag int, content []byte) []byte {
	der, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: content})
	if err != nil {
		panic(err) // bytes under a tag always have a form
	}
	return der
}

func integer(n int) []byte {
	der, err := asn1.Marshal(n)
	if err != nil {
		panic(err) // an integer always has a form
	}
	return der
}
