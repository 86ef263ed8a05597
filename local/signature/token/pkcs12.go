package token

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"sync"
	"unsafe"

	"software.sslmate.com/src/go-pkcs12"
)

const maxPKCS12 = 1 << 20

// PKCS12 is a software key in a PKCS#12 file (RFC 7292), such as the
// certificate that the DGFiP gives to the ordonnateur.
type PKCS12 struct {
	data []byte
	rand io.Reader
}

// NewPKCS12 takes the bytes of a .p12 or .pfx file, of 1 MiB at most, and the
// randomness used by PSS and ECDSA.
func NewPKCS12(data []byte, rand io.Reader) (*PKCS12, error) {
	if len(data) == 0 || len(data) > maxPKCS12 {
		return nil, fmt.Errorf("PKCS#12 file of %d bytes: %w", len(data), ErrNoKey)
	}
	return &PKCS12{data: data, rand: rand}, nil
}

// Keys gives the one key of the file, whose certificate shows once opened.
func (p *PKCS12) Keys(context.Context) ([]Key, error) { return []Key{{ID: "pkcs12"}}, nil }

// Open decrypts the file. A wrong passphrase gives ErrWrongPIN.
func (p *PKCS12) Open(ctx context.Context, id string, pin []byte) (Session, error) {
	defer Wipe(pin)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if id != "pkcs12" {
		return nil, ErrNoKey
	}
	key, cert, chain, err := pkcs12.DecodeChain(p.data, unsafe.String(unsafe.SliceData(pin), len(pin)))
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		return nil, &PINError{Err: ErrWrongPIN, Remaining: -1}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the PKCS#12 file: %w: %w", ErrNoKey, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("key of type %T: %w", key, ErrAlgorithm)
	}
	if pub, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !pub.Equal(cert.PublicKey) {
		return nil, fmt.Errorf("certificate and key do not match: %w", ErrNoKey)
	}
	return &softSession{key: signer, cert: cert, chain: chain, rand: p.rand}, nil
}

type softSession struct {
	mu    sync.RWMutex
	key   crypto.Signer
	cert  *x509.Certificate
	chain []*x509.Certificate
	rand  io.Reader
}

func (s *softSession) Certificate() *x509.Certificate { return s.cert }
func (s *softSession) Chain() []*x509.Certificate     { return s.chain }

func (s *softSession) Sign(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkDigest(digest, opts); err != nil {
		return nil, err
	}
	s.mu.RLock()
	key := s.key
	s.mu.RUnlock()
	if key == nil {
		return nil, ErrClosed
	}
	return key.Sign(s.rand, digest, opts)
}

func (s *softSession) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = nil
	return nil
}
