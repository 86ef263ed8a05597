package token_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
	"software.sslmate.com/src/go-pkcs12"

	"alpi40.fr/airial/local/signature/token"
)

// stored puts a key in the person's certificate store for the time of a test.
func stored(t *testing.T, key crypto.Signer) *x509.Certificate {
	t.Helper()
	cert := selfSigned(t, key)
	data, err := pkcs12.LegacyDES.Encode(key, cert, nil, goodPIN)
	if err != nil {
		t.Fatal(err)
	}
	password, err := windows.UTF16PtrFromString(goodPIN)
	if err != nil {
		t.Fatal(err)
	}
	from, err := windows.PFXImportCertStore(&windows.CryptDataBlob{Size: uint32(len(data)), Data: unsafe.SliceData(data)}, password, windows.CRYPT_USER_KEYSET)
	if err != nil {
		t.Skip("this system does not import such a key: ", err)
	}
	defer windows.CertCloseStore(from, 0)
	c, err := windows.CertEnumCertificatesInStore(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CertFreeCertificateContext(c)
	mine := func(do func(store windows.Handle) error) {
		t.Helper()
		name, err := windows.UTF16PtrFromString("MY")
		if err != nil {
			t.Fatal(err)
		}
		store, err := windows.CertOpenSystemStore(0, name)
		if err != nil {
			t.Fatal(err)
		}
		// Closed at once: some write it only then.
		if err := errors.Join(do(store), windows.CertCloseStore(store, 0)); err != nil {
			t.Fatal(err)
		}
	}
	mine(func(store windows.Handle) error {
		return windows.CertAddCertificateContextToStore(store, c, windows.CERT_STORE_ADD_REPLACE_EXISTING, nil)
	})
	t.Cleanup(func() {
		mine(func(store windows.Handle) error {
			for found, err := windows.CertEnumCertificatesInStore(store, nil); err == nil; found, err = windows.CertEnumCertificatesInStore(store, found) {
				if bytes.Equal(unsafe.Slice(found.EncodedCert, found.Length), cert.Raw) {
					return windows.CertDeleteCertificateFromStore(found) // which frees it
				}
			}
			return nil
		})
	})
	return cert
}

// TestStore holds the store of Windows to what is asked of each provider. It writes in the
// store of who runs it, and so is to be asked for.
func TestStore(t *testing.T) {
	if os.Getenv("AIRIAL_WINDOWS_STORE") == "" {
		t.Skip("AIRIAL_WINDOWS_STORE is not set")
	}
	for name, key := range map[string]crypto.Signer{"RSA": rsaKey(t), "ECDSA": ecKey(t)} {
		t.Run(name, func(t *testing.T) { conforms(t, token.Store{}, stored(t, key)) })
	}
}
