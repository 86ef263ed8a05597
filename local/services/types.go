package services

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"

	"alpi40.fr/airial/local/store"
)

// What is asked.
type What string

// What a request may be.
const (
	// Renewal asks for a new certificate before the present one ends.
	Renewal What = "certificate-renewal"
	// Ordered is a service of the catalogue.
	Ordered What = "service"
	// Assistance is a ticket.
	Assistance What = "ticket"
)

// State of a request.
type State string

// The states.
const (
	// Prepared: it waits to be signed in the parapheur, and has not left.
	Prepared State = "prepared"
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

// File is a document that goes with a request.
type File struct {
	Name   string       `json:"name"`
	Digest store.Digest `json:"digest"`
	Size   int64        `json:"size"`
}

// Answered is a question as it was seen, and its answer as it is read.
type Answered struct {
	Field string `json:"field"`
	Label string `json:"label"`
	Value string `json:"value"`
	Files []File `json:"files,omitempty"`
}

// Message is something said about a request.
type Message struct {
	By    string // person; empty for the agency
	At    time.Time
	Text  string
	Files []File
}

// Request is something asked of the agency.
type Request struct {
	ID          string
	What        What
	Certificate Certificate
	By          string // person
	Asked       time.Time
	State       State
	// Changed is when the agency last answered, zero before; Answer is what it said, Step the
	// service's own state.
	Changed time.Time
	Answer  string
	Step    string

	// Folder is that of the parapheur where it is signed; empty for none.
	Folder string
	// Service is the catalogue's id, Title its name then; of a ticket, its subject.
	Service string
	Title   string
	Answers []Answered
	// Category and Urgency of a ticket, in words; Diagnosis what was attached with consent.
	Category, Urgency string
	Diagnosis         string
	Talk              []Message
	// Slots are the appointments that the agency offers, Slot the one taken.
	Slots []time.Time
	Slot  time.Time
	// Score is how content the town hall is, 1 to 5; 0 while it was not said.
	Score     int
	Comment   string
	Withdrawn bool
	// Delivered is when the town hall noted that what it ordered came, Reserves what was wrong with it.
	Delivered time.Time
	Reserves  string
	// Personal requests are forgotten Months after their end; Forgotten: it was done.
	Personal  bool
	Months    int
	Forgotten bool
}

// SignedField is the answer that holds the document of a request that was signed before it left.
const SignedField = "signed"

// Signed gives the document that was signed before the request left; false for one that was not to be.
func (r Request) Signed() (File, bool) {
	for _, a := range r.Answers {
		if a.Field == SignedField && len(a.Files) > 0 {
			return a.Files[0], true
		}
	}
	return File{}, false
}

// Due is when a personal request is to be forgotten; zero while it lives.
func (r Request) Due() time.Time {
	if !r.Personal || r.Forgotten || r.State != Closed {
		return time.Time{}
	}
	return r.Changed.AddDate(0, max(r.Months, 1), 0)
}
