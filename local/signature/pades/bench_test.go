package pades_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// BenchmarkLot signs lots of two-page documents with one key, one after the other as a token does, and
// takes the key's raw rate in turn: nobody signs faster than the key. Their ratio is the share of the raw
// rate; the goal is 0.8 with RSA-3072.
func BenchmarkLot(b *testing.B) {
	a := testpki.New(b)
	document := paper{pages: 2}.bytes()
	digest := sha256.Sum256(document)
	ctx := context.Background()
	for _, key := range []struct {
		name string
		key  crypto.Signer
	}{{"RSA-3072", testpki.RSA(b, 3072)}, {"ECDSA-P256", testpki.EC(b)}} {
		signer := a.Person("Maïté FICTIVE", key.key)
		for _, n := range []int{100, 500} {
			rate := func(one func() error) float64 {
				start := time.Now()
				for range n {
					if err := one(); err != nil {
						b.Fatal(err)
					}
				}
				return float64(n) / time.Since(start).Seconds()
			}
			b.Run(fmt.Sprintf("%s/%d", key.name, n), func(b *testing.B) {
				pairs.Compare(b, "signatures/s", func() float64 {
					return rate(func() error {
						_, err := pades.Sign(ctx, document, signer, pades.Options{SigningTime: testpki.Start})
						return err
					})
				}, func() float64 {
					return rate(func() error {
						_, err := key.key.Sign(rand.Reader, digest[:], crypto.SHA256)
						return err
					})
				})
			})
		}
	}
}
