package services

import (
	"context"
	"crypto/x509"
	"errors"

	"alpi40.fr/airial/local/store"
)

// RenewalOf gives the request made for a certificate, the first when there are several; nil
// when there is none.
func (c *Counter) RenewalOf(ctx context.Context, cert *x509.Certificate) (r *Request, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		r, err = renewalOf(tx, Describe(cert).Fingerprint)
		return err
	})
	return r, err
}

func renewalOf(tx *store.Tx, fingerprint string) (*Request, error) {
	r, err := store.GetDecoded[Request](tx, `SELECT data FROM request WHERE fingerprint = ? ORDER BY at, id LIMIT 1`, fingerprint)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r, nil
}
