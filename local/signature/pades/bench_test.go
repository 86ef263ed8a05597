package pades_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
)

// BenchmarkLot signs a lot of 100 two-page documents with one RSA-3072 key, one
// after the other as a token does, and takes the raw rate of crypto/rsa in the
// same run. The metric «of-raw» is the share of the raw rate; the goal is 0.8.
func BenchmarkLot(b *testing.B) {
	const n = 100
	a := testpki.New(b)
	key := testpki.RSA(b, 3072)
	signer := a.Person("Maïté FICTIVE", key)
	document := paper{pages: 2}.bytes()
	ctx := context.Background()
	for b.Loop() {
		start := time.Now()
		for range n {
			if _, err := pades.Sign(ctx, document, signer, pades.Options{SigningTime: testpki.Start}); err != nil {
				b.Fatal(err)
			}
		}
		ours := time.Since(start)
		digest := sha256.Sum256(document)
		start = time.Now()
		for range n {
			if _, err := rsa.SignPKCS1v15(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, digest[:]); err != nil {
				b.Fatal(err)
			}
		}
		raw := time.Since(start)
		b.ReportMetric(float64(raw)/float64(ours), "of-raw")
		b.ReportMetric(n/ours.Seconds(), "signatures/s")
	}
}
