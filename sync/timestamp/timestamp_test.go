package timestamp_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"alpi40.fr/airial/sync/timestamp"
	"alpi40.fr/airial/sync/timestamp/testauthority"
)

func start(t *testing.T) (*testauthority.Authority, *timestamp.Client, *timestamp.Revocation) {
	t.Helper()
	a, err := testauthority.Start(t.Context(), testauthority.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	client := &http.Client{Timeout: time.Second}
	return a, &timestamp.Client{URL: a.URLs().Timestamp, HTTP: client, Now: time.Now, Rand: rand.Reader, Policy: testauthority.Policy()},
		&timestamp.Revocation{HTTP: client, Now: time.Now}
}

func openssl(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl")
	}
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Errorf("openssl %v: %v\n%s", args, err, out)
	}
}

func pemFile(t *testing.T, certs ...*x509.Certificate) string {
	t.Helper()
	var text []byte
	for _, c := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return write(t, text)
}

func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTimestampVerifiesWithOpenSSL(t *testing.T) {
	a, client, _ := start(t)
	digest := sha256.Sum256([]byte("délibération"))
	token, err := client.Timestamp(t.Context(), digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	openssl(t, "ts", "-verify", "-digest", hex.EncodeToString(digest[:]), "-token_in", "-in", write(t, token),
		"-CAfile", pemFile(t, a.Root()), "-untrusted", pemFile(t, a.Issuing()))
}

func TestFaults(t *testing.T) {
	a, client, _ := start(t)
	digest := sha256.Sum256(nil)
	for fault, want := range map[testauthority.Fault]error{
		testauthority.Down: timestamp.ErrUnreachable, testauthority.Slow: timestamp.ErrUnreachable,
		testauthority.Garbage: timestamp.ErrGarbage, testauthority.WrongDigest: timestamp.ErrWrongDigest,
		testauthority.WrongNonce: timestamp.ErrWrongNonce, testauthority.OldTime: timestamp.ErrWrongTime,
		testauthority.Refusal: timestamp.ErrRefused, testauthority.None: nil,
	} {
		a.SetFault(fault)
		if _, err := client.Timestamp(t.Context(), digest[:], crypto.SHA256); !errors.Is(err, want) {
			t.Errorf("fault %d gives %v, want %v", fault, err, want)
		}
	}
}

func TestRevocation(t *testing.T) {
	a, _, revocation := start(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.Issue(key.Public(), "Maire de Saint-Airial-des-Pins")
	if err != nil {
		t.Fatal(err)
	}
	openssl(t, "verify", "-x509_strict", "-CAfile", pemFile(t, chain[2]), "-untrusted", pemFile(t, chain[1]), pemFile(t, chain[0]))
	state := func() (int, int) {
		der, err := revocation.OCSP(context.Background(), chain[0], chain[1])
		if err != nil {
			t.Fatal(err)
		}
		answer, err := ocsp.ParseResponseForCert(der, chain[0], chain[1])
		if err != nil {
			t.Fatal(err)
		}
		if der, err = revocation.CRL(context.Background(), chain[0], chain[1]); err != nil {
			t.Fatal(err)
		}
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Status, len(list.RevokedCertificateEntries)
	}
	if s, n := state(); s != ocsp.Good || n != 0 {
		t.Errorf("before: status %d, %d revoked", s, n)
	}
	a.Revoke(chain[0].SerialNumber)
	if s, n := state(); s != ocsp.Revoked || n != 1 {
		t.Errorf("after: status %d, %d revoked", s, n)
	}
	if _, err := revocation.CRL(context.Background(), chain[1], chain[2]); err != nil {
		t.Errorf("the root's list: %v", err)
	}
	a.SetFault(testauthority.Garbage)
	if _, err := revocation.OCSP(context.Background(), chain[0], chain[1]); !errors.Is(err, timestamp.ErrBadRevocation) {
		t.Errorf("garbage gives %v", err)
	}
}
