package xades

import (
	"crypto"
	"encoding/asn1"
	"math/big"
	"strings"

	_ "crypto/sha1" // old signatures are read
	_ "crypto/sha256"
	_ "crypto/sha512"
)

const (
	dsNS    = "http://www.w3.org/2000/09/xmldsig#"
	helios  = "http://uri.etsi.org/01903/v1.1.1#"
	sha256  = "http://www.w3.org/2001/04/xmlenc#sha256"
	rsa256  = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	envelop = dsNS + "enveloped-signature"
	base64T = dsNS + "base64"
)

// versions are the namespaces of XAdES, newest first; 1.4.1 only adds to 1.3.2.
var versions = []string{"http://uri.etsi.org/01903/v1.3.2#", "http://uri.etsi.org/01903/v1.2.2#", helios}

const xades141 = "http://uri.etsi.org/01903/v1.4.1#"

var digests = map[string]crypto.Hash{
	dsNS + "sha1": crypto.SHA1,
	"http://www.w3.org/2001/04/xmldsig-more#sha224": crypto.SHA224,
	sha256: crypto.SHA256,
	"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
	"http://www.w3.org/2001/04/xmlenc#sha512":       crypto.SHA512,
}

// HashOf gives the hash of a digest algorithm of XML Signature, 0 when it is not known.
func HashOf(algorithm string) crypto.Hash { return digests[algorithm] }

// schemeOf reads a signature algorithm (RFC 9231 §2.3): its scheme, "" when unknown, and its hash.
func schemeOf(algorithm string) (string, crypto.Hash) {
	names := map[string]crypto.Hash{"sha1": crypto.SHA1, "sha224": crypto.SHA224, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}
	base, name, _ := strings.Cut(algorithm, "#")
	switch base {
	case "http://www.w3.org/2000/09/xmldsig", "http://www.w3.org/2001/04/xmldsig-more":
		if hash, found := strings.CutPrefix(name, "rsa-"); found && names[hash] != 0 {
			return "RSA-PKCS1", names[hash]
		}
		if hash, found := strings.CutPrefix(name, "ecdsa-"); found && names[hash] != 0 {
			return "ECDSA", names[hash]
		}
	case "http://www.w3.org/2007/05/xmldsig-more":
		if hash, found := strings.CutSuffix(name, "-rsa-MGF1"); found && names[hash] != 0 {
			return "RSA-PSS", names[hash]
		}
	}
	return "", 0
}

// derOf gives the DER of an ECDSA value written as two numbers end to end (XML Signature 1.1 §6.4.3).
func derOf(value []byte) []byte {
	half := len(value) / 2
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(value[:half]), new(big.Int).SetBytes(value[half:])})
	if err != nil {
		return nil
	}
	return der
}
