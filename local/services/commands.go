package services

import (
	"context"
	"crypto/x509"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindAsked    = "request.asked"
	KindReceived = "request.received"
	KindClosed   = "request.closed"
)

// Prefix is what the streams of requests begin with.
const Prefix = "request/"

// Counter is where a town hall asks its agency.
type Counter struct{ j *journal.Journal }

// New gives the counter that a journal holds; the journal has Projections.
func New(j *journal.Journal) *Counter { return &Counter{j: j} }

type asked struct {
	What        What        `json:"what"`
	Certificate Certificate `json:"certificate"`
}

// Answer is the data of the agency's answer.
type Answer struct {
	Text string `json:"text,omitempty"`
}

// AskRenewal asks for a new certificate. Error: a refusal, when it was asked already.
func (c *Counter) AskRenewal(ctx context.Context, actor string, cert *x509.Certificate) error {
	data := asked{What: Renewal, Certificate: Describe(cert)}
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		known, err := renewalOf(tx, data.Certificate.Fingerprint)
		if err != nil {
			return nil, err
		}
		if err := MayAsk(known); err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: Prefix + c.j.NewID(), Kind: KindAsked, Data: data}}, nil
	})
	return err
}
