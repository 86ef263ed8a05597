package office

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/local/store/durable"
)

var (
	// ErrAddress: not the address of a service on the web.
	ErrAddress = errors.New("not the address of a service")
	// ErrNotAuthority: a file without the certificate of an authority.
	ErrNotAuthority = errors.New("no authority's certificate")
)

const (
	servicesFile  = "services.json"
	anchorsFolder = "anchors"
	maxServices   = 64 << 10
)

// services is services.json.
type services struct {
	// Timestamp is the address of the RFC 3161 service.
	Timestamp string `json:"timestamp"`
	// Helios is the signature policy of accounting flows, when it is another than the
	// program's own: an installer writes it there.
	Helios *xades.Policy `json:"heliosPolicy,omitempty"`
}

// readServices adds what the installation's folder says to what the caller gave.
func (o *Office) readServices() error {
	path := filepath.Join(o.o.Dir, servicesFile)
	text, err := readSmall(path, maxServices)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var s services
	if err == nil {
		if err := json.Unmarshal(text, &s); err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
	}
	o.outside = o.o.Outside
	if o.outside.TimestampURL == "" {
		o.outside.TimestampURL = s.Timestamp
	}
	o.kept = s
	kept, err := filepath.Glob(filepath.Join(o.o.Dir, anchorsFolder, "*.pem"))
	if err != nil {
		return fmt.Errorf("listing the trusted authorities: %w", err)
	}
	for _, path := range kept {
		text, err := readSmall(path, maxServices)
		if err != nil {
			return err
		}
		all, err := authorities(text)
		if err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
		o.outside.Anchors = append(o.outside.Anchors, all...)
	}
	return nil
}

// readSmall reads a file of at most limit bytes; the rest of a longer one is not looked at.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the services: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return text, nil
}

// services gives what is set now.
func (o *Office) services() Outside {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.outside
}

// Timestamp is the address of the timestamping service; empty: none is set.
func (o *Office) Timestamp() string { return o.services().TimestampURL }

// SetTimestamp keeps the address of the timestamping service (RFC 3161); empty
// does without. Plain http will do: the answer is signed. Errors: ErrAddress.
func (o *Office) SetTimestamp(address string) error {
	if u, err := url.Parse(address); address != "" && (err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http")) {
		return fmt.Errorf("%w: %q", ErrAddress, address)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept.Timestamp = address
	text, err := json.MarshalIndent(o.kept, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the services: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(o.o.Dir, servicesFile), text); err != nil {
		return err
	}
	o.outside.TimestampURL = address
	return nil
}

// Policy is the signature policy of accounting flows.
func (o *Office) Policy() xades.Policy {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept.Helios != nil {
		return *o.kept.Helios
	}
	return pes.Policy()
}

// Anchors are the authorities whose signatures are trusted here.
func (o *Office) Anchors() []*x509.Certificate { return o.services().Anchors }

// Trust keeps the authorities' certificates of a file (PEM or DER) among the
// trusted, and gives them. Errors: ErrNotAuthority.
func (o *Office) Trust(content []byte) ([]*x509.Certificate, error) {
	all, err := authorities(content)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	folder := filepath.Join(o.o.Dir, anchorsFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the trusted authorities: %w", err)
	}
	for _, c := range all {
		if o.trusts(c) {
			continue
		}
		digest := sha256.Sum256(c.Raw)
		path := filepath.Join(folder, hex.EncodeToString(digest[:])+".pem")
		if err := durable.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})); err != nil {
			return nil, err
		}
		o.outside.Anchors = append(o.outside.Anchors[:len(o.outside.Anchors):len(o.outside.Anchors)], c)
	}
	return all, nil
}

func (o *Office) trusts(c *x509.Certificate) bool {
	for _, have := range o.outside.Anchors {
		if have.Equal(c) {
			return true
		}
	}
	return false
}

// authorities reads the certificates of a file, each of an authority.
func authorities(content []byte) ([]*x509.Certificate, error) {
	all, err := trust.ParsePEM(content)
	if err == nil && len(all) == 0 {
		all, err = x509.ParseCertificates(content)
	}
	if err != nil || len(all) == 0 {
		return nil, errors.Join(ErrNotAuthority, err)
	}
	for _, c := range all {
		if !c.IsCA {
			return nil, fmt.Errorf("%w: %s is a person's or a service's", ErrNotAuthority, c.Subject.CommonName)
		}
	}
	return all, nil
}
