package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"math/big"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ephemeral makes a CNG key that is not kept, and gives its handle and its public half.
func ephemeral(t *testing.T, algorithm, blob string) (windows.Handle, []byte) {
	t.Helper()
	text := func(s string) uintptr {
		p, err := windows.UTF16PtrFromString(s)
		if err != nil {
			t.Fatal(err)
		}
		return uintptr(unsafe.Pointer(p))
	}
	call := func(name string, args ...uintptr) {
		t.Helper()
		proc := ncrypt.NewProc(name)
		if err := proc.Find(); err != nil {
			t.Skip("this system does not know ", name)
		}
		if status, _, _ := proc.Call(args...); status != 0 {
			t.Skipf("this system makes no key of this kind: %s gives %#x", name, uint32(status))
		}
	}
	var provider, key windows.Handle
	call("NCryptOpenStorageProvider", uintptr(unsafe.Pointer(&provider)), text("Microsoft Software Key Storage Provider"), 0)
	call("NCryptCreatePersistedKey", uintptr(provider), uintptr(unsafe.Pointer(&key)), text(algorithm), 0, 0, 0)
	call("NCryptFinalizeKey", uintptr(key), 0)
	public, size := make([]byte, 4096), uint32(0)
	call("NCryptExportKey", uintptr(key), 0, text(blob), 0, uintptr(unsafe.Pointer(&public[0])), uintptr(len(public)), uintptr(unsafe.Pointer(&size)), 0)
	return key, public[:size]
}

// TestSignNG: what CNG signs is what crypto/rsa and crypto/ecdsa verify.
func TestSignNG(t *testing.T) {
	digest := sha256.Sum256([]byte("essai"))
	t.Run("RSA", func(t *testing.T) {
		handle, blob := ephemeral(t, "RSA", "RSAPUBLICBLOB")
		word := func(i int) int { return int(binary.LittleEndian.Uint32(blob[4*i:])) }
		e, n := word(2), word(3) // after the magic number and the size in bits (BCRYPT_RSAKEY_BLOB)
		public := &rsa.PublicKey{E: int(new(big.Int).SetBytes(blob[24 : 24+e]).Int64()), N: new(big.Int).SetBytes(blob[24+e : 24+e+n])}
		s := &storeSession{cert: &x509.Certificate{PublicKey: public}, handle: handle, spec: ncryptKeySpec, free: true}
		defer s.Close()
		value, err := s.Sign(t.Context(), digest[:], crypto.SHA256)
		if err != nil || rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], value) != nil {
			t.Error("PKCS1:", err)
		}
		pss := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		value, err = s.Sign(t.Context(), digest[:], pss)
		if err != nil || rsa.VerifyPSS(public, crypto.SHA256, digest[:], value, pss) != nil {
			t.Error("PSS:", err)
		}
	})
	t.Run("ECDSA", func(t *testing.T) {
		handle, blob := ephemeral(t, "ECDSA_P256", "ECCPUBLICBLOB")
		public := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(blob[8:40]), Y: new(big.Int).SetBytes(blob[40:72])}
		s := &storeSession{cert: &x509.Certificate{PublicKey: public}, handle: handle, spec: ncryptKeySpec, free: true}
		defer s.Close()
		value, err := s.Sign(t.Context(), digest[:], crypto.SHA256)
		if err != nil || !ecdsa.VerifyASN1(public, digest[:], value) {
			t.Error("ECDSA:", err)
		}
	})
}
