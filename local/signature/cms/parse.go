package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"

	"alpi40.fr/airial/local/signature"
)

// SignedData is a CMS SignedData that was read.
type SignedData struct {
	// DER is the whole ContentInfo.
	DER []byte
	// ContentType is the eContentType; Content is nil when the signature is detached.
	ContentType asn1.ObjectIdentifier
	Content     []byte
	// Certificates are those that can be read, in the order of the file.
	Certificates []*x509.Certificate
	// CRLs and OCSPs are DER CertificateLists and OCSPResponses, from the crls field.
	CRLs, OCSPs [][]byte
	Signers     []SignerInfo

	certificates, revocation [][]byte // the choices of both sets, as they stand
	head                     []byte   // the fields from encapContentInfo to before signerInfos
}

// Attribute is a signed or unsigned attribute with its DER values.
type Attribute struct {
	OID    asn1.ObjectIdentifier
	Values [][]byte
}

// SignerInfo is one signer's part.
type SignerInfo struct {
	// Issuer (DER Name) and Serial, or SubjectKeyID, name the certificate.
	Issuer       []byte
	Serial       *big.Int
	SubjectKeyID []byte
	// DigestAlgorithm is the hash of the content, 0 when unknown.
	DigestAlgorithm crypto.Hash
	Signature       []byte
	Signed          []Attribute
	Unsigned        []Attribute

	signedDER []byte // under its [0] tag; nil when there is none
	core      []byte // the fields before the unsigned attributes
	algorithm asn1.ObjectIdentifier
	params    cryptobyte.String
}

// maxCertificates bounds the sets of a SignedData.
const maxCertificates = 512

// Parse reads a ContentInfo holding a SignedData; zero bytes may follow it.
// Errors: signature.ErrCMS, signature.ErrTooLarge.
func Parse(ber []byte) (*SignedData, error) {
	der, rest, err := toDER(ber)
	if err != nil {
		return nil, fmt.Errorf("reading the CMS: %w", err)
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, badBER("something follows the CMS")
	}
	in := cryptobyte.String(der)
	var info, outer, body cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1(&info, cryptobyte_asn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&oid) ||
		!info.ReadASN1(&outer, explicit(0)) || !outer.ReadASN1(&body, cryptobyte_asn1.SEQUENCE) {
		return nil, badBER("not a ContentInfo")
	}
	if !oid.Equal(OIDSignedData) {
		return nil, badBER(fmt.Sprintf("content %v is not SignedData", oid))
	}
	sd := &SignedData{DER: der}
	if err := sd.read(body); err != nil {
		return nil, err
	}
	return sd, nil
}

func (sd *SignedData) read(body cryptobyte.String) error {
	var digests, encap, content, set cryptobyte.String
	var has bool
	if !body.SkipASN1(cryptobyte_asn1.INTEGER) || !body.ReadASN1(&digests, cryptobyte_asn1.SET) {
		return badBER("not a SignedData")
	}
	from := body
	if !body.ReadASN1(&encap, cryptobyte_asn1.SEQUENCE) || !encap.ReadASN1ObjectIdentifier(&sd.ContentType) ||
		!encap.ReadOptionalASN1(&content, &has, explicit(0)) {
		return badBER("not a SignedData")
	}
	if has {
		var octets cryptobyte.String
		if content.ReadASN1(&octets, cryptobyte_asn1.OCTET_STRING) {
			sd.Content = append([]byte{}, octets...)
		} else {
			sd.Content = append([]byte{}, content...) // PKCS#7 1.5 content other than data
		}
	}
	if !body.ReadOptionalASN1(&set, &has, explicit(0)) {
		return badBER("the certificates")
	}
	if has {
		if err := sd.readCertificates(set); err != nil {
			return err
		}
	}
	if !body.ReadOptionalASN1(&set, &has, explicit(1)) {
		return badBER("the revocation lists")
	}
	if has {
		sd.readRevocation(set)
	}
	sd.head = from[:len(from)-len(body)]
	if !body.ReadASN1(&set, cryptobyte_asn1.SET) {
		return badBER("the signers")
	}
	for !set.Empty() {
		if len(sd.Signers) >= 32 {
			return fmt.Errorf("more than 32 signers: %w", signature.ErrTooLarge)
		}
		var one cryptobyte.String
		if !set.ReadASN1(&one, cryptobyte_asn1.SEQUENCE) {
			return badBER("a signer")
		}
		si, err := readSigner(one)
		if err != nil {
			return err
		}
		sd.Signers = append(sd.Signers, si)
	}
	return nil
}

func (sd *SignedData) readCertificates(set cryptobyte.String) error {
	for !set.Empty() {
		var one cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !set.ReadAnyASN1Element(&one, &tag) {
			return badBER("a certificate")
		}
		if len(sd.Certificates) >= maxCertificates {
			return fmt.Errorf("more than %d certificates: %w", maxCertificates, signature.ErrTooLarge)
		}
		sd.certificates = append(sd.certificates, one)
		if tag != cryptobyte_asn1.SEQUENCE {
			continue // attribute certificates are of no use here
		}
		// One that cannot be read may be of no use; if it is, it will be missed.
		if cert, err := x509.ParseCertificate(one); err == nil {
			sd.Certificates = append(sd.Certificates, cert)
		}
	}
	return nil
}

// readRevocation reads RevocationInfoChoices (RFC 5652 §10.2.1, RFC 5940 §2).
func (sd *SignedData) readRevocation(set cryptobyte.String) {
	for !set.Empty() && len(sd.CRLs)+len(sd.OCSPs) < maxCertificates {
		var one cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !set.ReadAnyASN1Element(&one, &tag) {
			return
		}
		sd.revocation = append(sd.revocation, one)
		if tag == cryptobyte_asn1.SEQUENCE {
			sd.CRLs = append(sd.CRLs, one)
			continue
		}
		var other, info cryptobyte.String
		var oid asn1.ObjectIdentifier
		if tag == explicit(1) && one.ReadASN1(&other, tag) && other.ReadASN1ObjectIdentifier(&oid) && other.ReadASN1Element(&info, cryptobyte_asn1.SEQUENCE) {
			switch {
			case oid.Equal(oidOCSPInfo):
				sd.OCSPs = append(sd.OCSPs, info)
			case oid.Equal(oidOCSPBasic):
				sd.OCSPs = append(sd.OCSPs, responseOf(info))
			}
		}
	}
}

func readSigner(in cryptobyte.String) (SignerInfo, error) {
	var si SignerInfo
	bad := badBER("a signer")
	whole := in
	var version int64
	if !in.ReadASN1Integer(&version) || !si.readIdentifier(&in) {
		return si, bad
	}
	oid, _, ok := readAlgorithm(&in)
	if !ok {
		return si, bad
	}
	si.DigestAlgorithm = HashByOID(oid)
	if in.PeekASN1Tag(explicit(0)) {
		var attrs cryptobyte.String
		if !in.ReadASN1Element(&attrs, explicit(0)) {
			return si, bad
		}
		si.signedDER = attrs
		if si.Signed, ok = readAttributes(attrs, explicit(0)); !ok {
			return si, badBER("the signed attributes")
		}
	}
	if si.algorithm, si.params, ok = readAlgorithm(&in); !ok {
		return si, bad
	}
	var value cryptobyte.String
	if !in.ReadASN1(&value, cryptobyte_asn1.OCTET_STRING) {
		return si, bad
	}
	si.Signature = value
	si.core = whole[:len(whole)-len(in)]
	if in.PeekASN1Tag(explicit(1)) {
		var attrs cryptobyte.String
		if !in.ReadASN1Element(&attrs, explicit(1)) {
			return si, bad
		}
		if si.Unsigned, ok = readAttributes(attrs, explicit(1)); !ok {
			return si, badBER("the unsigned attributes")
		}
	}
	if !in.Empty() {
		return si, bad
	}
	return si, nil
}

func (si *SignerInfo) readIdentifier(in *cryptobyte.String) bool {
	var id cryptobyte.String
	if in.PeekASN1Tag(cryptobyte_asn1.Tag(0).ContextSpecific()) {
		if !in.ReadASN1(&id, cryptobyte_asn1.Tag(0).ContextSpecific()) {
			return false
		}
		si.SubjectKeyID = id
		return true
	}
	var issuer cryptobyte.String
	si.Serial = new(big.Int)
	if !in.ReadASN1(&id, cryptobyte_asn1.SEQUENCE) || !id.ReadASN1Element(&issuer, cryptobyte_asn1.SEQUENCE) || !id.ReadASN1Integer(si.Serial) {
		return false
	}
	si.Issuer = issuer
	return true
}

func readAttributes(in cryptobyte.String, tag cryptobyte_asn1.Tag) ([]Attribute, bool) {
	var set cryptobyte.String
	if !in.ReadASN1(&set, tag) {
		return nil, false
	}
	var out []Attribute
	for !set.Empty() {
		var one, values cryptobyte.String
		var a Attribute
		if len(out) >= 256 || !set.ReadASN1(&one, cryptobyte_asn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&a.OID) ||
			!one.ReadASN1(&values, cryptobyte_asn1.SET) {
			return nil, false
		}
		for !values.Empty() {
			var v cryptobyte.String
			var any cryptobyte_asn1.Tag
			if !values.ReadAnyASN1Element(&v, &any) {
				return nil, false
			}
			a.Values = append(a.Values, v)
		}
		out = append(out, a)
	}
	return out, true
}

// Attributes gives the values of all attributes of this kind.
func Attributes(attrs []Attribute, oid asn1.ObjectIdentifier) [][]byte {
	var out [][]byte
	for _, a := range attrs {
		if a.OID.Equal(oid) {
			out = append(out, a.Values...)
		}
	}
	return out
}

// single gives the value of an attribute that must be there once.
func single(attrs []Attribute, oid asn1.ObjectIdentifier) ([]byte, error) {
	found := 0
	for _, a := range attrs {
		if a.OID.Equal(oid) {
			found++
		}
	}
	values := Attributes(attrs, oid)
	if found != 1 || len(values) != 1 {
		return nil, fmt.Errorf("attribute %v stands %d times: %w", oid, found, ErrAttributes)
	}
	return values[0], nil
}

// HasSignedAttributes tells whether attributes, rather than the content, are signed.
func (si *SignerInfo) HasSignedAttributes() bool { return si.signedDER != nil }

// Scheme names how the signature was made: "RSA-PKCS1", "RSA-PSS", "ECDSA",
// "Ed25519" or "", and gives its hash, 0 when unknown.
func (si *SignerInfo) Scheme() (string, crypto.Hash) {
	s, err := readScheme(si.algorithm, si.params, si.DigestAlgorithm)
	if err != nil {
		return "", 0
	}
	return [...]string{"RSA-PKCS1", "RSA-PSS", "ECDSA", "Ed25519"}[s.family], s.hash
}

// Check verifies the signature with cert's key: that digest, made of the
// content with DigestAlgorithm, is the one signed (ErrDigest), the content
// type (ErrAttributes), and the value itself (ErrSignature, ErrAlgorithm).
func (si *SignerInfo) Check(cert *x509.Certificate, contentType asn1.ObjectIdentifier, digest []byte) error {
	s, err := readScheme(si.algorithm, si.params, si.DigestAlgorithm)
	if err != nil {
		return err
	}
	if si.DigestAlgorithm == 0 {
		return fmt.Errorf("the digest's: %w", ErrAlgorithm)
	}
	if si.signedDER == nil {
		if s.family == familyEd25519 || s.hash != si.DigestAlgorithm {
			return fmt.Errorf("without signed attributes: %w", ErrAlgorithm)
		}
		// Nothing tells a wrong content from a wrong key here.
		return s.verifyDigest(cert.PublicKey, digest, si.Signature)
	}
	if err := si.checkAttributes(contentType, digest); err != nil {
		return err
	}
	signed := retag(si.signedDER, cryptobyte_asn1.SET)
	err = s.verify(cert.PublicKey, signed, si.Signature)
	if err != nil && s.family != familyPSS && s.family != familyEd25519 && s.hash != si.DigestAlgorithm {
		// The attributes are digested with digestAlgorithm (RFC 5652 §5.4), whatever
		// hash the signature algorithm names besides: some software names two.
		s.hash = si.DigestAlgorithm
		err = s.verify(cert.PublicKey, signed, si.Signature)
	}
	return err
}

// MessageDigest gives the digest of the content that was signed, nil when it is not told
// apart from the content.
func (si *SignerInfo) MessageDigest() []byte {
	value, err := single(si.Signed, OIDMessageDigest)
	if err != nil {
		return nil
	}
	in, signed := cryptobyte.String(value), cryptobyte.String{}
	if !in.ReadASN1(&signed, cryptobyte_asn1.OCTET_STRING) {
		return nil
	}
	return signed
}

func (si *SignerInfo) checkAttributes(contentType asn1.ObjectIdentifier, digest []byte) error {
	value, err := single(si.Signed, OIDMessageDigest)
	if err != nil {
		return err
	}
	in := cryptobyte.String(value)
	var signed cryptobyte.String
	if !in.ReadASN1(&signed, cryptobyte_asn1.OCTET_STRING) {
		return fmt.Errorf("the message digest: %w", ErrAttributes)
	}
	if !bytes.Equal(signed, digest) {
		return ErrDigest
	}
	if value, err = single(si.Signed, OIDContentType); err != nil {
		return err
	}
	in = cryptobyte.String(value)
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(contentType) {
		return fmt.Errorf("the content type: %w", ErrAttributes)
	}
	return nil
}

// Names tells whether the signer names this certificate, by issuer and serial
// or by key identifier. It is not signed: see SigningCertificate.
func (si *SignerInfo) Names(cert *x509.Certificate) bool {
	if si.SubjectKeyID != nil {
		return bytes.Equal(si.SubjectKeyID, cert.SubjectKeyId)
	}
	return si.Serial.Cmp(cert.SerialNumber) == 0 && bytes.Equal(si.Issuer, cert.RawIssuer)
}

// SigningCertificate tells whether a signed attribute binds a certificate
// (signing-certificate or -v2, RFC 5035) and whether it binds this one.
func (si *SignerInfo) SigningCertificate(cert *x509.Certificate) (bound, matches bool) {
	for _, v := range Attributes(si.Signed, OIDSigningCertificateV2) {
		return true, matchesESS(v, cert, crypto.SHA256)
	}
	for _, v := range Attributes(si.Signed, OIDSigningCertificate) {
		return true, matchesESS(v, cert, crypto.SHA1)
	}
	return false, false
}

// HasSigningCertificateV2 tells whether the attribute of today's profile is there.
func (si *SignerInfo) HasSigningCertificateV2() bool {
	return len(Attributes(si.Signed, OIDSigningCertificateV2)) > 0
}

// matchesESS reads the first ESSCertID or ESSCertIDv2.
func matchesESS(value cryptobyte.String, cert *x509.Certificate, hash crypto.Hash) bool {
	var outer, certs, id, digest cryptobyte.String
	if !value.ReadASN1(&outer, cryptobyte_asn1.SEQUENCE) || !outer.ReadASN1(&certs, cryptobyte_asn1.SEQUENCE) || !certs.ReadASN1(&id, cryptobyte_asn1.SEQUENCE) {
		return false
	}
	if id.PeekASN1Tag(cryptobyte_asn1.SEQUENCE) {
		oid, _, ok := readAlgorithm(&id)
		if hash = HashByOID(oid); !ok || hash == 0 {
			return false
		}
	}
	if !id.ReadASN1(&digest, cryptobyte_asn1.OCTET_STRING) || !hash.Available() {
		return false
	}
	h := hash.New()
	h.Write(cert.Raw)
	return bytes.Equal(digest, h.Sum(nil))
}

// SigningTime gives the signed signing-time attribute, zero when absent.
func (si *SignerInfo) SigningTime() time.Time {
	for _, v := range Attributes(si.Signed, OIDSigningTime) {
		var t time.Time
		if rest, err := asn1.Unmarshal(v, &t); err == nil && len(rest) == 0 {
			return t
		}
	}
	return time.Time{}
}

// AdobeRevocation gives what adbe-revocationInfoArchival holds (ISO 32000-1
// §12.8.3.3.2): DER CertificateLists and OCSPResponses.
func (si *SignerInfo) AdobeRevocation() (crls, ocsps [][]byte) {
	for _, v := range Attributes(si.Signed, oidAdobeRevocation) {
		in := cryptobyte.String(v)
		var seq cryptobyte.String
		if !in.ReadASN1(&seq, cryptobyte_asn1.SEQUENCE) {
			continue
		}
		crls = append(crls, listUnder(&seq, 0)...)
		ocsps = append(ocsps, listUnder(&seq, 1)...)
	}
	return crls, ocsps
}

func listUnder(in *cryptobyte.String, tag uint8) (out [][]byte) {
	var field, seq, one cryptobyte.String
	var has bool
	if !in.ReadOptionalASN1(&field, &has, explicit(tag)) || !has || !field.ReadASN1(&seq, cryptobyte_asn1.SEQUENCE) {
		return nil
	}
	for len(out) < maxCertificates && seq.ReadASN1Element(&one, cryptobyte_asn1.SEQUENCE) {
		out = append(out, one)
	}
	return out
}

// AddUnsigned gives the DER of the whole with one more unsigned attribute on
// the first signer, whose signature is not touched.
func (sd *SignedData) AddUnsigned(oid asn1.ObjectIdentifier, value []byte) ([]byte, error) {
	in := cryptobyte.String(sd.DER)
	return splice(in, []step{{tag: cryptobyte_asn1.SEQUENCE, skip: 1}, {tag: explicit(0)}, {tag: cryptobyte_asn1.SEQUENCE, last: true}, {tag: cryptobyte_asn1.SET}},
		func(signer cryptobyte.String) ([]byte, error) { return withUnsigned(signer, attributeRaw(oid, value)) })
}

func attributeRaw(oid asn1.ObjectIdentifier, value []byte) []byte {
	return attribute(oid, func(b *cryptobyte.Builder) { b.AddBytes(value) })
}

// step goes into an element with this tag, after skip siblings or at the last one.
type step struct {
	tag  cryptobyte_asn1.Tag
	skip int
	last bool
}

// splice rebuilds nested elements with the innermost first child replaced.
func splice(in cryptobyte.String, path []step, change func(cryptobyte.String) ([]byte, error)) ([]byte, error) {
	if len(path) == 0 {
		return change(in)
	}
	var body cryptobyte.String
	if !in.ReadASN1(&body, path[0].tag) {
		return nil, badBER("adding an attribute")
	}
	var children []cryptobyte.String
	for !body.Empty() {
		var child cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !body.ReadAnyASN1Element(&child, &tag) {
			return nil, badBER("adding an attribute")
		}
		children = append(children, child)
	}
	at := path[0].skip
	if path[0].last {
		at = len(children) - 1
	}
	if at < 0 || at >= len(children) {
		return nil, badBER("adding an attribute")
	}
	changed, err := splice(children[at], path[1:], change)
	if err != nil {
		return nil, err
	}
	children[at] = changed
	var b cryptobyte.Builder
	b.AddASN1(path[0].tag, func(b *cryptobyte.Builder) {
		for _, c := range children {
			b.AddBytes(c)
		}
	})
	return b.Bytes()
}

// withUnsigned gives a SignerInfo with one more unsigned attribute.
func withUnsigned(signer cryptobyte.String, attr []byte) ([]byte, error) {
	var body cryptobyte.String
	if !signer.ReadASN1(&body, cryptobyte_asn1.SEQUENCE) {
		return nil, badBER("adding an attribute")
	}
	var head []byte
	var attrs []byte
	for !body.Empty() {
		var child cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !body.ReadAnyASN1Element(&child, &tag) {
			return nil, badBER("adding an attribute")
		}
		// The last field; [0] before it is the signed attributes or the key identifier.
		if tag == explicit(1) {
			var inner cryptobyte.String
			if !child.ReadASN1(&inner, tag) {
				return nil, badBER("adding an attribute")
			}
			attrs = inner
			continue
		}
		head = append(head, child...)
	}
	var b cryptobyte.Builder
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(head)
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
			b.AddBytes(attrs)
			b.AddBytes(attr)
		})
	})
	return b.Bytes()
}
