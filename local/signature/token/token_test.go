package token_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/signature/token/softtoken"
)

func TestMain(m *testing.M) {
	if token.RunHelperIfAsked(os.Args[1:], os.Stdin, os.Stdout) {
		return
	}
	os.Exit(m.Run())
}

const goodPIN = "135790"

func selfSigned(t *testing.T, key crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(40999), Subject: pkix.Name{CommonName: "Maire de Saint-Airial-des-Pins"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageContentCommitment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func rsaKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func soft(t *testing.T, key crypto.Signer, always bool) (*token.PKCS11, string) {
	t.Helper()
	if _, err := softtoken.Module(); err != nil {
		t.Skip("SoftHSM is not installed")
	}
	folder := t.TempDir()
	p, err := softtoken.Provision(t.Context(), softtoken.Options{
		Folder: folder, Label: "Jeton d'essai", PIN: []byte(goodPIN), SOPIN: []byte("24682468"),
		Key: key, Certificates: []*x509.Certificate{selfSigned(t, key)}, AlwaysAuthenticate: always,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, folder
}

func file(t *testing.T, key crypto.Signer) token.Provider {
	t.Helper()
	data, err := pkcs12.Modern2023.Encode(key, selfSigned(t, key), nil, goodPIN)
	if err != nil {
		t.Fatal(err)
	}
	p, err := token.NewPKCS12(data, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryProvider(t *testing.T) {
	for name, make := range map[string]func(*testing.T) token.Provider{
		"PKCS11 RSA":                     func(t *testing.T) token.Provider { p, _ := soft(t, rsaKey(t), false); return p },
		"PKCS11 RSA always authenticate": func(t *testing.T) token.Provider { p, _ := soft(t, rsaKey(t), true); return p },
		"PKCS11 ECDSA":                   func(t *testing.T) token.Provider { p, _ := soft(t, ecKey(t), false); return p },
		"PKCS12 RSA":                     func(t *testing.T) token.Provider { return file(t, rsaKey(t)) },
		"PKCS12 ECDSA":                   func(t *testing.T) token.Provider { return file(t, ecKey(t)) },
	} {
		t.Run(name, func(t *testing.T) { conforms(t, make(t), nil) })
	}
}

// conforms holds a provider to what is asked of each; mine is the certificate to sign with
// among others, nil where there is but one.
func conforms(t *testing.T, p token.Provider, mine *x509.Certificate) {
	ctx := t.Context()
	keys, err := p.Keys(ctx)
	if mine != nil {
		keys = slices.DeleteFunc(keys, func(k token.Key) bool { return !k.Certificate.Equal(mine) })
	}
	if err != nil || len(keys) != 1 {
		t.Fatalf("Keys: %d, %v", len(keys), err)
	}
	if !keys[0].Token.ProtectedPath { // else the system asks, and says by itself that it is wrong
		if _, err := p.Open(ctx, keys[0].ID, []byte("000000")); !errors.Is(err, token.ErrWrongPIN) {
			t.Errorf("wrong PIN gives %v", err)
		}
	}
	if _, err := p.Open(ctx, "absent:00", []byte(goodPIN)); err == nil {
		t.Error("an absent key opens")
	}
	pin := []byte(goodPIN)
	s, err := p.Open(ctx, keys[0].ID, pin)
	if err != nil {
		t.Fatal(err)
	}
	if string(pin) != "\x00\x00\x00\x00\x00\x00" {
		t.Error("the PIN is not wiped")
	}
	for i := range byte(5) {
		digest := sha256.Sum256([]byte{i})
		verify(t, s, digest[:], crypto.SHA256)
		if _, ok := s.Certificate().PublicKey.(*rsa.PublicKey); ok {
			pss := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
			if _, err := s.Sign(ctx, digest[:], pss); mine != nil && errors.Is(err, token.ErrAlgorithm) {
				continue // a key of the store whose driver is old
			}
			verify(t, s, digest[:], pss)
		}
	}
	if _, err := s.Sign(ctx, []byte("short"), crypto.SHA256); !errors.Is(err, token.ErrAlgorithm) {
		t.Errorf("a short digest gives %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	digest := sha256.Sum256(nil)
	if _, err := s.Sign(ctx, digest[:], crypto.SHA256); !errors.Is(err, token.ErrClosed) {
		t.Errorf("a closed session gives %v", err)
	}
}

func verify(t *testing.T, s token.Session, digest []byte, opts crypto.SignerOpts) {
	t.Helper()
	sig, err := s.Sign(t.Context(), digest, opts)
	if err != nil {
		t.Fatal(err)
	}
	switch pub := s.Certificate().PublicKey.(type) {
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			err = rsa.VerifyPSS(pub, crypto.SHA256, digest, sig, pss)
		} else {
			err = rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest, sig)
		}
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(pub, digest, sig) {
			err = errors.New("wrong ECDSA signature")
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func TestAlwaysAuthenticateIsSeen(t *testing.T) {
	p, _ := soft(t, ecKey(t), true)
	keys, err := p.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Open(t.Context(), keys[0].ID, []byte(goodPIN))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	digest := sha256.Sum256(nil)
	verify(t, s, digest[:], crypto.SHA256)
	verify(t, s, digest[:], crypto.SHA256)
}

// TestTwoKeysOnOneToken: each is found under its certificate, and signs for itself.
func TestTwoKeysOnOneToken(t *testing.T) {
	if _, err := softtoken.Module(); err != nil {
		t.Skip("SoftHSM is not installed")
	}
	folder := t.TempDir()
	var p *token.PKCS11
	for _, key := range []crypto.Signer{rsaKey(t), ecKey(t)} {
		var err error
		if p, err = softtoken.Provision(t.Context(), softtoken.Options{
			Folder: folder, Label: "Jeton d'essai", PIN: []byte(goodPIN), SOPIN: []byte("24682468"), Key: key, Certificates: []*x509.Certificate{selfSigned(t, key)},
		}); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := p.Keys(t.Context())
	if err != nil || len(keys) != 2 || keys[0].ID == keys[1].ID || keys[0].Token != keys[1].Token {
		t.Fatalf("%d keys: %v", len(keys), err)
	}
	for _, k := range keys {
		conforms(t, p, k.Certificate)
	}
}

func TestEmptyReader(t *testing.T) {
	if _, err := softtoken.Module(); err != nil {
		t.Skip("SoftHSM is not installed")
	}
	p, err := softtoken.Provider(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Keys(t.Context()); !errors.Is(err, token.ErrNoToken) {
		t.Errorf("no token gives %v", err)
	}
}

func TestBadModules(t *testing.T) {
	compile := func(t *testing.T, body string) string {
		gcc, err := exec.LookPath("gcc")
		if err != nil {
			t.Skip("no C compiler")
		}
		folder := t.TempDir()
		src, lib := filepath.Join(folder, "m.c"), filepath.Join(folder, "m.so")
		code := "#include <stdlib.h>\n#include <unistd.h>\nunsigned long C_GetFunctionList(void *p) { " + body + " }\n"
		if err := os.WriteFile(src, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(gcc, "-shared", "-fPIC", "-o", lib, src).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return lib
	}
	for name, module := range map[string]func(*testing.T) string{
		"absent":      func(t *testing.T) string { return filepath.Join(t.TempDir(), "absent.so") },
		"not library": func(*testing.T) string { return os.Args[0] },
		"crashes":     func(t *testing.T) string { return compile(t, "abort();") },
		"leaves":      func(t *testing.T) string { return compile(t, "_exit(0);") },
		"hangs":       func(t *testing.T) string { return compile(t, "for (;;) sleep(1);") },
		"prints":      func(t *testing.T) string { return compile(t, `write(1, "hello world", 11); return 5;`) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if _, err := (&token.PKCS11{Module: module(t)}).Keys(ctx); !errors.Is(err, token.ErrModule) {
				t.Errorf("gives %v", err)
			}
		})
	}
}

func TestPKCS12Garbage(t *testing.T) {
	p, err := token.NewPKCS12([]byte("not a PKCS#12 file"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(t.Context(), "pkcs12", []byte("x")); !errors.Is(err, token.ErrNoKey) {
		t.Errorf("garbage gives %v", err)
	}
}
