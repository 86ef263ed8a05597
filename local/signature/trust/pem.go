package trust

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// ParsePEM reads the certificates of a text, in their order; none when it holds no PEM block.
func ParsePEM(text []byte) (all []*x509.Certificate, err error) {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return all, nil
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("reading a certificate: %w", err)
		}
		all, text = append(all, c), rest
	}
}
