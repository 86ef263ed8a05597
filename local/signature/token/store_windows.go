package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// HaveStore tells whether this system has a certificate store.
const HaveStore = true

// Store is the person's certificate store of Windows («MY»): keys of the system itself and of
// the cards whose driver Windows knows. It asks for the PIN in its own window.
type Store struct{}

var (
	crypt32  = windows.NewLazySystemDLL("crypt32.dll")
	ncrypt   = windows.NewLazySystemDLL("ncrypt.dll")
	advapi32 = windows.NewLazySystemDLL("advapi32.dll")

	procGetProperty    = crypt32.NewProc("CertGetCertificateContextProperty")
	procNCryptSignHash = ncrypt.NewProc("NCryptSignHash")
	procNCryptFree     = ncrypt.NewProc("NCryptFreeObject")
	procCreateHash     = advapi32.NewProc("CryptCreateHash")
	procSetHashParam   = advapi32.NewProc("CryptSetHashParam")
	procSignHash       = advapi32.NewProc("CryptSignHashW")
	procDestroyHash    = advapi32.NewProc("CryptDestroyHash")
	procReleaseContext = advapi32.NewProc("CryptReleaseContext")
)

// Constants of wincrypt.h, ncrypt.h and bcrypt.h that x/sys does not name.
const (
	keyProvInfo      = 2 // CERT_KEY_PROV_INFO_PROP_ID
	keyContext       = 5 // CERT_KEY_CONTEXT_PROP_ID
	ncryptHandle     = 78
	ncryptKeySpec    = 0xFFFFFFFF
	padPKCS1, padPSS = 2, 8
	hashValue        = 2 // HP_HASHVAL
	cacheOnly        = 4 // CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL
	exchangeKey      = 1 // AT_KEYEXCHANGE
	signatureKey     = 2 // AT_SIGNATURE
)

// Keys lists the certificates whose private key is there, those of persons and seals. No card
// is asked for.
func (Store) Keys(ctx context.Context) ([]Key, error) {
	var keys []Key
	err := each(ctx, func(c *windows.CertContext, cert *x509.Certificate) bool {
		keys = append(keys, Key{ID: thumbprint(cert), Certificate: cert, Chain: issuersOf(c, cert), Token: Info{ProtectedPath: true}})
		return true
	})
	if err == nil && len(keys) == 0 {
		err = ErrNoKey
	}
	return keys, err
}

// Open takes hold of a key. Windows asks for the PIN when it is needed; the one given is wiped.
func (Store) Open(ctx context.Context, id string, pin []byte) (Session, error) {
	Wipe(pin)
	var s *storeSession
	var failed error
	err := each(ctx, func(c *windows.CertContext, cert *x509.Certificate) bool {
		if thumbprint(cert) != id {
			return true
		}
		s, failed = acquire(c, cert)
		return false
	})
	switch {
	case err != nil:
		return nil, err
	case failed != nil:
		return nil, fmt.Errorf("taking hold of the key: %w", failed)
	case s == nil:
		return nil, ErrNoKey
	}
	return s, nil
}

func thumbprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// maxStore bounds the certificates that are looked at.
const maxStore = 10_000

// each shows the certificates with a private key that may sign, until one is enough.
func each(ctx context.Context, show func(*windows.CertContext, *x509.Certificate) bool) error {
	name, err := windows.UTF16PtrFromString("MY")
	if err != nil {
		return fmt.Errorf("naming the certificate store: %w", err)
	}
	store, err := windows.CertOpenSystemStore(0, name)
	if err != nil {
		return fmt.Errorf("opening the certificate store of Windows: %w: %w", ErrNoToken, err)
	}
	defer windows.CertCloseStore(store, 0)
	var c *windows.CertContext
	for range maxStore {
		if err := ctx.Err(); err != nil {
			break
		}
		// The enumeration frees the context it is given.
		if c, err = windows.CertEnumCertificatesInStore(store, c); err != nil {
			c = nil
			break
		}
		cert, err := x509.ParseCertificate(unsafe.Slice(c.EncodedCert, c.Length))
		if err != nil || cert.IsCA || !maySign(cert) || !hasKey(c) {
			continue
		}
		cert = clone(cert)
		if !show(c, cert) {
			break
		}
	}
	if c != nil {
		_ = windows.CertFreeCertificateContext(c) // nothing was written
	}
	return ctx.Err()
}

// clone reads a certificate again from bytes of its own: those of the store go with it.
func clone(c *x509.Certificate) *x509.Certificate {
	again, err := x509.ParseCertificate(slices.Clone(c.Raw))
	if err != nil {
		return c
	}
	return again
}

// maySign: without a key usage, a certificate may serve for anything (RFC 5280 §4.2.1.3).
func maySign(c *x509.Certificate) bool {
	return c.KeyUsage == 0 || c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0
}

func hasKey(c *windows.CertContext) bool {
	for _, property := range []uintptr{keyProvInfo, keyContext, ncryptHandle} {
		var size uint32
		if ok, _, _ := procGetProperty.Call(uintptr(unsafe.Pointer(c)), property, 0, uintptr(unsafe.Pointer(&size))); ok != 0 {
			return true
		}
	}
	return false
}

// issuersOf gives the issuers that Windows knows, without the network.
func issuersOf(c *windows.CertContext, leaf *x509.Certificate) (issuers []*x509.Certificate) {
	para := windows.CertChainPara{Size: uint32(unsafe.Sizeof(windows.CertChainPara{}))}
	var built *windows.CertChainContext
	if err := windows.CertGetCertificateChain(0, c, nil, c.Store, &para, cacheOnly, 0, &built); err != nil {
		return nil
	}
	defer windows.CertFreeCertificateChain(built)
	if built.ChainCount == 0 {
		return nil
	}
	simple := unsafe.Slice(built.Chains, built.ChainCount)[0]
	for _, e := range unsafe.Slice(simple.Elements, simple.NumElements) {
		cert, err := x509.ParseCertificate(slices.Clone(unsafe.Slice(e.CertContext.EncodedCert, e.CertContext.Length)))
		if err == nil && !cert.Equal(leaf) {
			issuers = append(issuers, cert)
		}
	}
	return issuers
}

// storeSession signs with a key of the store. The handle keeps what Windows knows of the PIN:
// a lot is signed under one.
type storeSession struct {
	mu     sync.Mutex
	cert   *x509.Certificate
	issued []*x509.Certificate
	handle windows.Handle
	spec   uint32
	free   bool
	info   *provInfo // nil when there is none, or once it was followed
	closed bool
}

func acquire(c *windows.CertContext, cert *x509.Certificate) (*storeSession, error) {
	s := &storeSession{cert: cert, issued: issuersOf(c, cert), info: provInfoOf(c)}
	// The window in front is the one over which Windows puts its own.
	window := windows.GetForegroundWindow()
	flags := uint32(windows.CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG | windows.CRYPT_ACQUIRE_COMPARE_KEY_FLAG)
	var parameters unsafe.Pointer
	if window != 0 {
		flags |= windows.CRYPT_ACQUIRE_WINDOW_HANDLE_FLAG
		parameters = unsafe.Pointer(&window)
	}
	if err := windows.CryptAcquireCertificatePrivateKey(c, flags, parameters, &s.handle, &s.spec, &s.free); err != nil {
		return nil, storeError(err)
	}
	return s, nil
}

// Certificate implements Session.
func (s *storeSession) Certificate() *x509.Certificate { return s.cert }

// Chain implements Session.
func (s *storeSession) Chain() []*x509.Certificate { return s.issued }

// Sign implements Session. It lasts as long as Windows waits for a person.
func (s *storeSession) Sign(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := checkDigest(digest, opts); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sign := s.signNG
	if s.spec != ncryptKeySpec {
		sign = s.signOld
	}
	value, err := sign(digest, opts)
	if err != nil {
		return nil, fmt.Errorf("signing with the store's key: %w", err)
	}
	return value, nil
}

var hashNames = map[crypto.Hash]string{crypto.SHA256: "SHA256", crypto.SHA384: "SHA384", crypto.SHA512: "SHA512"}

// signNG signs through CNG.
func (s *storeSession) signNG(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	name, err := windows.UTF16PtrFromString(hashNames[opts.HashFunc()])
	if err != nil {
		return nil, fmt.Errorf("naming the hash: %w", err)
	}
	var padding unsafe.Pointer
	var flags uintptr
	public, isRSA := s.cert.PublicKey.(*rsa.PublicKey)
	pss, isPSS := opts.(*rsa.PSSOptions)
	switch {
	case isPSS && isRSA:
		padding, flags = unsafe.Pointer(&struct {
			hash *uint16
			salt uint32
		}{name, uint32(saltOf(pss, public, digest))}), padPSS
	case isPSS:
		return nil, fmt.Errorf("PSS with a key that is not RSA: %w", ErrAlgorithm)
	case isRSA:
		padding, flags = unsafe.Pointer(&struct{ hash *uint16 }{name}), padPKCS1
	}
	value := make([]byte, 1024) // more than any key that signs here
	var size uint32
	status, _, _ := procNCryptSignHash.Call(uintptr(s.handle), uintptr(padding), uintptr(unsafe.Pointer(&digest[0])), uintptr(len(digest)),
		uintptr(unsafe.Pointer(&value[0])), uintptr(len(value)), uintptr(unsafe.Pointer(&size)), flags)
	runtime.KeepAlive(padding)
	if status != 0 {
		return nil, storeError(windows.Errno(uint32(status)))
	}
	value = value[:min(int(size), len(value))]
	if _, ok := s.cert.PublicKey.(*ecdsa.PublicKey); ok {
		return derOf(value)
	}
	return value, nil
}

// saltOf gives the length of a PSS salt.
func saltOf(o *rsa.PSSOptions, public *rsa.PublicKey, digest []byte) int {
	switch o.SaltLength {
	case rsa.PSSSaltLengthAuto:
		return (public.N.BitLen()-1+7)/8 - 2 - len(digest)
	case rsa.PSSSaltLengthEqualsHash:
		return len(digest)
	}
	return o.SaltLength
}

// derOf gives the DER of an ECDSA value that is two numbers end to end.
func derOf(value []byte) ([]byte, error) {
	if len(value) == 0 || len(value)%2 != 0 {
		return nil, fmt.Errorf("an ECDSA value of %d bytes: %w", len(value), ErrModule)
	}
	half := len(value) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(value[:half]), new(big.Int).SetBytes(value[half:])})
}

// hashIDs are the ALG_ID of the hashes.
var hashIDs = map[crypto.Hash]uintptr{crypto.SHA256: 0x800c, crypto.SHA384: 0x800d, crypto.SHA512: 0x800e}

// signOld signs through CryptoAPI, for the drivers of before CNG: RSA PKCS#1 v1.5 alone.
func (s *storeSession) signOld(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, isRSA := s.cert.PublicKey.(*rsa.PublicKey); !isRSA {
		return nil, fmt.Errorf("an old driver with a key of type %T: %w", s.cert.PublicKey, ErrAlgorithm)
	}
	if _, isPSS := opts.(*rsa.PSSOptions); isPSS {
		return nil, fmt.Errorf("PSS with an old driver: %w", ErrAlgorithm)
	}
	hash, err := s.createHash(opts.HashFunc())
	if errors.Is(err, ErrAlgorithm) && s.reopen() == nil {
		hash, err = s.createHash(opts.HashFunc())
	}
	if err != nil {
		return nil, err
	}
	defer procDestroyHash.Call(uintptr(hash))
	if ok, _, err := procSetHashParam.Call(uintptr(hash), hashValue, uintptr(unsafe.Pointer(&digest[0])), 0); ok == 0 {
		return nil, storeError(err)
	}
	value := make([]byte, 1024)
	size := uint32(len(value))
	spec := s.spec
	if spec == exchangeKey|signatureKey { // both keys of a container are named: an imported one is the first
		spec = exchangeKey
	}
	if ok, _, err := procSignHash.Call(uintptr(hash), uintptr(spec), 0, 0, uintptr(unsafe.Pointer(&value[0])), uintptr(unsafe.Pointer(&size))); ok == 0 {
		return nil, storeError(err)
	}
	value = value[:size]
	slices.Reverse(value) // CryptoAPI writes the least byte first
	return value, nil
}

func (s *storeSession) createHash(hash crypto.Hash) (h windows.Handle, err error) {
	if ok, _, err := procCreateHash.Call(uintptr(s.handle), hashIDs[hash], 0, 0, uintptr(unsafe.Pointer(&h))); ok == 0 {
		return 0, storeError(err)
	}
	return h, nil
}

// provInfo is CRYPT_KEY_PROV_INFO: where Windows keeps a key.
type provInfo struct {
	container, provider *uint16
	kind, flags, params uint32
	param               unsafe.Pointer
	spec                uint32
}

// reopen opens the key through the system's provider that knows SHA-2: Windows's own first
// one, to which imported files go by default, knows SHA-1 at most, and both share their keys.
func (s *storeSession) reopen() error {
	const full, aes = 1, 24 // PROV_RSA_FULL, PROV_RSA_AES
	if s.info == nil || s.info.kind != full {
		return ErrAlgorithm
	}
	var handle windows.Handle
	if err := windows.CryptAcquireContext(&handle, s.info.container, nil, aes, s.info.flags); err != nil {
		return storeError(err)
	}
	s.release()
	s.handle, s.spec, s.free, s.info = handle, s.info.spec, true, nil
	return nil
}

// provInfoOf reads where a certificate's key is; nil when it is in no such place. It stands
// in a buffer of its own, to which its names point.
func provInfoOf(c *windows.CertContext) *provInfo {
	var size uint32
	if ok, _, _ := procGetProperty.Call(uintptr(unsafe.Pointer(c)), keyProvInfo, 0, uintptr(unsafe.Pointer(&size))); ok == 0 || size < uint32(unsafe.Sizeof(provInfo{})) {
		return nil
	}
	buffer := make([]uint64, (size+7)/8)
	if ok, _, _ := procGetProperty.Call(uintptr(unsafe.Pointer(c)), keyProvInfo, uintptr(unsafe.Pointer(&buffer[0])), uintptr(unsafe.Pointer(&size))); ok == 0 {
		return nil
	}
	return (*provInfo)(unsafe.Pointer(&buffer[0]))
}

// Close implements Session.
func (s *storeSession) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.release()
	return nil
}

func (s *storeSession) release() {
	switch {
	case !s.free:
	case s.spec == ncryptKeySpec:
		procNCryptFree.Call(uintptr(s.handle))
	default:
		procReleaseContext.Call(uintptr(s.handle), 0)
	}
}

// storeErrors are the codes of winerror.h that people are told apart.
var storeErrors = map[windows.Errno]error{
	0x8010006B: &PINError{Err: ErrWrongPIN, Remaining: -1},                       // SCARD_W_WRONG_CHV
	0x8010006C: &PINError{Err: ErrPINLocked, Locked: true, Remaining: 0},         // SCARD_W_CHV_BLOCKED
	0x80100069: ErrTokenGone, 0x80100068: ErrTokenGone, 0x80090030: ErrTokenGone, // removed, reset, device not ready
	0x8010000C: ErrNoToken, 0x8010002E: ErrNoToken, 0x80100017: ErrNoToken, // no card, no reader, reader unavailable
	0x8010006E: ErrCancelled, 0x80090036: ErrCancelled, 0x800704C7: ErrCancelled, windows.ERROR_CANCELLED: ErrCancelled,
	0x80090016: ErrNoKey, 0x8009000D: ErrNoKey, 0x8009200B: ErrNoKey, // bad keyset, no key, no key property
	0x80090008: ErrAlgorithm, 0x80090029: ErrAlgorithm, 0x80090027: ErrAlgorithm, // bad algorithm, not supported, bad parameter
}

func storeError(err error) error {
	var code windows.Errno
	if !errors.As(err, &code) {
		return fmt.Errorf("%w: %w", ErrModule, err)
	}
	if known := storeErrors[code]; known != nil {
		return fmt.Errorf("%w: %#x", known, uint32(code))
	}
	return fmt.Errorf("%w: %w (%#x)", ErrModule, err, uint32(code))
}
