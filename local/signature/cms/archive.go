package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Object identifiers of EN 319 122-1 and of the CAdES before it (TS 101 733).
var (
	OIDCertificateValues  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 23}
	OIDRevocationValues   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 24}
	OIDArchiveTimestampV3 = asn1.ObjectIdentifier{0, 4, 0, 1733, 2, 4}
	OIDArchiveTimestampV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 48}
	oidHashIndexV3        = asn1.ObjectIdentifier{0, 4, 0, 19122, 1, 5}
	oidOCSPBasic          = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
)

// oidHashIndexes are the indexes of an archive timestamp; the last version takes each value
// of an attribute with its type, those before it each attribute whole.
var oidHashIndexes = []asn1.ObjectIdentifier{{0, 4, 0, 1733, 2, 5}, {0, 4, 0, 19122, 1, 4}, oidHashIndexV3}

// ErrIndex: an archive timestamp has no index of what it stamps, or one that names what the
// signature does not hold.
var ErrIndex = errors.New("the index of the archive timestamp does not fit the signature")

// Values gives the certificates and proofs that unsigned attributes hold: certificate-values
// and revocation-values (EN 319 122-1 §A.1.1.2, §A.1.2.2).
func Values(attrs []Attribute) (certificates []*x509.Certificate, crls, ocsps [][]byte) {
	for _, v := range Attributes(attrs, OIDCertificateValues) {
		in, one, all := cryptobyte.String(v), cryptobyte.String{}, cryptobyte.String{}
		if !in.ReadASN1(&all, cryptobyte_asn1.SEQUENCE) {
			continue
		}
		for len(certificates) < maxCertificates && all.ReadASN1Element(&one, cryptobyte_asn1.SEQUENCE) {
			if c, err := x509.ParseCertificate(one); err == nil {
				certificates = append(certificates, c)
			}
		}
	}
	for _, v := range Attributes(attrs, OIDRevocationValues) {
		in, all := cryptobyte.String(v), cryptobyte.String{}
		if !in.ReadASN1(&all, cryptobyte_asn1.SEQUENCE) {
			continue
		}
		crls = append(crls, listUnder(&all, 0)...)
		for _, basic := range listUnder(&all, 1) {
			ocsps = append(ocsps, responseOf(basic))
		}
	}
	return certificates, crls, ocsps
}

// responseOf wraps a BasicOCSPResponse as a successful OCSPResponse (RFC 6960 §4.2.1).
func responseOf(basic []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(0)
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
			b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidOCSPBasic)
				b.AddASN1OctetString(basic)
			})
		})
	})
	return b.BytesOrPanic() // what was read stands in memory: its length can be written
}

// Imprint gives what an archive timestamp (v3) of a signer must stamp, for a content of this
// digest made with the token's hash, and which values of the unsigned attributes it covers
// (EN 319 122-1 §5.5.3). Errors: ErrIndex, ErrAlgorithm.
func (sd *SignedData) Imprint(si *SignerInfo, t *Timestamp, content []byte) (imprint []byte, covers func(value []byte) bool, err error) {
	for _, oid := range oidHashIndexes {
		for _, index := range Attributes(t.Signers[0].Unsigned, oid) {
			hash, covered, err := sd.check(si, index, !oid.Equal(oidHashIndexV3))
			if err != nil {
				return nil, nil, err
			}
			if !t.Hash.Available() || !hash.Available() {
				return nil, nil, fmt.Errorf("the archive timestamp's: %w", ErrAlgorithm)
			}
			imprint, err := sd.imprint(si, t.Hash, content, index)
			return imprint, func(value []byte) bool { return covered[string(value)] }, err
		}
	}
	return nil, nil, fmt.Errorf("none: %w", ErrIndex)
}

// imprint digests the signature with the index of its other parts.
func (sd *SignedData) imprint(si *SignerInfo, hash crypto.Hash, content, index []byte) ([]byte, error) {
	kind, err := asn1.Marshal(sd.ContentType)
	if err != nil {
		return nil, fmt.Errorf("the content type: %w", err)
	}
	h := hash.New()
	for _, part := range [][]byte{kind, content, si.core, index} {
		h.Write(part)
	}
	return h.Sum(nil), nil
}

// OldImprint gives what an archive timestamp of before the index (v2) must stamp, and which
// values it covers (TS 101 733 §6.4.1 and annex K, which says both with and without the
// length of the unsigned attributes: the one that fits is given). outside is the content
// that is not inside, nil for none.
func (sd *SignedData) OldImprint(si *SignerInfo, t *Timestamp, outside []byte) (imprint []byte, covers func(value []byte) bool) {
	var attrs []byte
	covered := map[string]bool{}
	for _, a := range si.Unsigned {
		if (a.OID.Equal(OIDArchiveTimestampV2) || a.OID.Equal(OIDArchiveTimestampV3)) && !older(a, t) {
			continue
		}
		attrs = append(attrs, attributeRaw(a.OID, bytes.Join(a.Values, nil))...)
		for _, v := range a.Values {
			covered[string(v)] = true
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(explicit(1), func(b *cryptobyte.Builder) { b.AddBytes(attrs) })
	encap, sets := splitHead(sd.head)
	for _, last := range [][]byte{attrs, b.BytesOrPanic()} { // what was read stands in memory: its length can be written
		h := t.Hash.New()
		for _, part := range [][]byte{encap, outside, sets, si.core, last} {
			h.Write(part)
		}
		if imprint = h.Sum(nil); t.Covers(imprint) {
			break
		}
	}
	return imprint, func(value []byte) bool { return covered[string(value)] }
}

// older tells whether an archive timestamp was made before another.
func older(a Attribute, t *Timestamp) bool {
	for _, v := range a.Values {
		if other, err := ParseTimestamp(v); err != nil || !other.Time.Before(t.Time) {
			return false
		}
	}
	return true
}

// splitHead parts the content from the sets that follow it.
func splitHead(head cryptobyte.String) (encap, sets []byte) {
	var first cryptobyte.String
	if !head.ReadASN1Element(&first, cryptobyte_asn1.SEQUENCE) {
		return nil, nil
	}
	return first, head
}

// check reads an index, and gives the values of attributes that it covers. Each of its
// digests must be of something that is there.
func (sd *SignedData) check(si *SignerInfo, index cryptobyte.String, wholeAttributes bool) (crypto.Hash, map[string]bool, error) {
	var body cryptobyte.String
	if !index.ReadASN1(&body, cryptobyte_asn1.SEQUENCE) {
		return 0, nil, ErrIndex
	}
	lists := body
	hash := crypto.SHA256
	if oid, _, ok := readAlgorithm(&body); ok && HashByOID(oid) != 0 {
		hash, lists = HashByOID(oid), body
	}
	if !hash.Available() {
		return 0, nil, ErrAlgorithm
	}
	sum := func(parts ...[]byte) string {
		h := hash.New()
		for _, p := range parts {
			h.Write(p)
		}
		return string(h.Sum(nil))
	}
	there := [3]map[string]bool{{}, {}, {}}
	for _, c := range sd.certificates {
		there[0][sum(c)] = true
	}
	for _, r := range sd.revocation {
		there[1][sum(r)] = true
	}
	values := map[string][][]byte{}
	for _, a := range si.Unsigned {
		kind, err := asn1.Marshal(a.OID)
		if err != nil {
			return 0, nil, fmt.Errorf("an attribute: %w", err)
		}
		if wholeAttributes {
			d := sum(attributeRaw(a.OID, bytes.Join(a.Values, nil)))
			there[2][d], values[d] = true, a.Values
			continue
		}
		for _, v := range a.Values {
			d := sum(kind, v)
			there[2][d], values[d] = true, [][]byte{v}
		}
	}
	covered := map[string]bool{}
	for _, known := range there {
		var list cryptobyte.String
		if !lists.ReadASN1(&list, cryptobyte_asn1.SEQUENCE) {
			return 0, nil, ErrIndex
		}
		for !list.Empty() {
			var d cryptobyte.String
			if !list.ReadASN1(&d, cryptobyte_asn1.OCTET_STRING) || !known[string(d)] {
				return 0, nil, ErrIndex
			}
			for _, v := range values[string(d)] {
				covered[string(v)] = true
			}
		}
	}
	return hash, covered, nil
}

// index makes the ats-hash-index-v3 of a signer as it stands (EN 319 122-1 §5.5.2).
func (sd *SignedData) index(si *SignerInfo, hash crypto.Hash) ([]byte, error) {
	var failed error
	list := func(b *cryptobyte.Builder, parts [][]byte) {
		b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, p := range parts {
				h := hash.New()
				h.Write(p)
				b.AddASN1OctetString(h.Sum(nil))
			}
		})
	}
	var values [][]byte
	for _, a := range si.Unsigned {
		kind, err := asn1.Marshal(a.OID)
		failed = errors.Join(failed, err)
		for _, v := range a.Values {
			values = append(values, slices.Concat(kind, v))
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addHash(b, hash)
		list(b, sd.certificates)
		list(b, sd.revocation)
		list(b, values)
	})
	out, err := b.Bytes()
	return out, errors.Join(failed, err)
}

// Archive gives the whole with an archive timestamp over its first signer, whose content has
// this digest (EN 319 122-1 §5.5.3); stamp gives a token over a digest made with hash.
func (sd *SignedData) Archive(content []byte, hash crypto.Hash, stamp func(digest []byte) ([]byte, error)) ([]byte, error) {
	si := &sd.Signers[0]
	index, err := sd.index(si, hash)
	if err != nil {
		return nil, fmt.Errorf("indexing the signature: %w", err)
	}
	imprint, err := sd.imprint(si, hash, content, index)
	if err != nil {
		return nil, err
	}
	token, err := stamp(imprint)
	if err != nil {
		return nil, err
	}
	t, err := Parse(token)
	if err != nil {
		return nil, err
	}
	if token, err = t.AddUnsigned(oidHashIndexV3, index); err != nil {
		return nil, err
	}
	return sd.AddUnsigned(OIDArchiveTimestampV3, token)
}

// AddProofs gives the whole with more certificates, revocation lists and OCSP responses, each
// once (EN 319 122-1 §6.3: what a signature at B-LT holds).
func (sd *SignedData) AddProofs(certificates, crls, ocsps [][]byte) ([]byte, error) {
	for _, der := range ocsps {
		var b cryptobyte.Builder
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidOCSPInfo)
			b.AddBytes(der)
		})
		other, err := b.Bytes()
		if err != nil {
			return nil, fmt.Errorf("writing an OCSP response: %w", err)
		}
		crls = append(crls[:len(crls):len(crls)], other)
	}
	certificates, crls = setOf(sd.certificates, certificates), setOf(sd.revocation, crls)
	change := func(body cryptobyte.String) ([]byte, error) {
		var signed cryptobyte.String
		if !body.ReadASN1(&signed, cryptobyte_asn1.SEQUENCE) {
			return nil, badBER("adding proofs")
		}
		var b cryptobyte.Builder
		b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for at := 0; !signed.Empty(); at++ {
				var child cryptobyte.String
				var tag cryptobyte_asn1.Tag
				if !signed.ReadAnyASN1Element(&child, &tag) {
					b.SetError(badBER("adding proofs"))
					return
				}
				if at == 0 && len(crls) > 0 {
					child = cryptobyte.String{2, 1, 5} // RFC 5652 §5.1: 5 as soon as another form of proof is there
				}
				if tag == explicit(0) || tag == explicit(1) {
					continue
				}
				b.AddBytes(child)
				if at == 2 { // after version, digests and content
					for i, set := range [][][]byte{certificates, crls} {
						if len(set) > 0 {
							b.AddASN1(explicit(uint8(i)), func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(set, nil)) })
						}
					}
				}
			}
		})
		return b.Bytes()
	}
	return splice(cryptobyte.String(sd.DER), []step{{tag: cryptobyte_asn1.SEQUENCE, skip: 1}, {tag: explicit(0)}}, change)
}

// setOf joins two sets of DER in the order of a SET OF, each once.
func setOf(a, b [][]byte) [][]byte {
	all := slices.Concat(a, b)
	slices.SortFunc(all, bytes.Compare)
	return slices.CompactFunc(all, bytes.Equal)
}
