package services

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"
)

// What is asked.
type What string

// Renewal asks for a new certificate before the present one ends.
const Renewal What = "certificate-renewal"

// State of a request.
type State string

// The states.
const (
	Asked    State = "asked"
	Received State = "received"
	Closed   State = "closed"
)

// Certificate is the public part of a certificate that a request needs.
type Certificate struct {
	Subject string    `json:"subject"`
	Issuer  string    `json:"issuer"`
	Serial  string    `json:"serial"` // hexadecimal
	End     time.Time `json:"end"`
	// Fingerprint is the SHA-256 of the whole certificate, hexadecimal.
	Fingerprint string `json:"fingerprint"`
}

// Describe gives what a request says of a certificate.
func Describe(c *x509.Certificate) Certificate {
	digest := sha256.Sum256(c.Raw)
	return Certificate{
		Subject: c.Subject.CommonName, Issuer: c.Issuer.CommonName, Serial: c.SerialNumber.Text(16), End: c.NotAfter.UTC(),
		Fingerprint: hex.EncodeToString(digest[:]),
	}
}

// Request is something asked of the agency.
type Request struct {
	ID          string
	What        What
	Certificate Certificate
	By          string // person
	Asked       time.Time
	State       State
	// Changed is when the agency last answered, zero before; Answer is what it said.
	Changed time.Time
	Answer  string
}
