// Package trustpackage is what a laptop trusts, in one file: certification authorities,
// trusted lists with those who sign them, revocation data. It has a version and an end, is
// signed by the operator's server (Ed25519 over a manifest of digests), and travels by the
// network or on a USB key alike.
//
// A ZIP: manifest.json, manifest.sig, anchors/*.crt, lists/*.xml each with its signers in
// *.crt, crls/*.crl, ocsps/*.ocsp. Certificates are PEM.
package trustpackage

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/signature/asic"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/trustlist"
)

// The reasons for which a package is not taken; match them with errors.Is.
var (
	// ErrNotPackage: a page, a cut file, anything else.
	ErrNotPackage = errors.New("the file is not a trust package")
	// ErrSignature: none of the servers of this laptop has signed it.
	ErrSignature = errors.New("the trust package is not signed by a known server")
	// ErrContent: a file is not what the manifest says, or cannot be read.
	ErrContent = errors.New("the trust package is damaged")
)

// MaxSize bounds a package, in bytes.
const MaxSize = 64 << 20

const (
	manifestName  = "manifest.json"
	signatureName = "manifest.sig"
	context1      = "airial trust package 1\x00"
)

// Manifest is the head of a package.
type Manifest struct {
	Version int       `json:"version"` // grows with each package
	Made    time.Time `json:"made"`
	// Until is when it has become too old to vouch for anything.
	Until time.Time         `json:"until"`
	Files map[string]string `json:"files"` // SHA-256, in hexadecimal
}

// Package is one that was verified.
type Package struct {
	Manifest
	anchors  []*x509.Certificate
	lists    []*trustlist.List
	evidence trust.Evidence
}

// Make signs files into a package. What it holds is read again before it is given.
func Make(ctx context.Context, files map[string][]byte, version int, made, until time.Time, key ed25519.PrivateKey) ([]byte, error) {
	m := Manifest{Version: version, Made: made.UTC(), Until: until.UTC(), Files: map[string]string{}}
	for name, content := range files {
		m.Files[name] = digest(content)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the manifest: %w", err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	put := func(name string, content []byte) {
		if err != nil {
			return
		}
		f, failure := w.Create(name)
		if err = failure; err == nil {
			_, err = f.Write(content)
		}
	}
	put(manifestName, text)
	put(signatureName, ed25519.Sign(key, append([]byte(context1), text...)))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		put(name, files[name])
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("writing the trust package: %w", err)
	}
	_, err = Open(ctx, out.Bytes(), []ed25519.PublicKey{key.Public().(ed25519.PublicKey)})
	return out.Bytes(), err
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Open verifies a package with the keys of the servers that may have signed it: the
// signature, every digest, every list's own signature.
// Errors: ErrNotPackage, ErrSignature, ErrContent.
func Open(ctx context.Context, raw []byte, keys []ed25519.PublicKey) (*Package, error) {
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("%d bytes for %d at most: %w", len(raw), MaxSize, ErrNotPackage)
	}
	all, err := asic.Open(raw) // a ZIP, within limits
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPackage, err)
	}
	files := map[string][]byte{}
	for _, f := range all {
		files[f.Name] = f.Content
	}
	text, sig := files[manifestName], files[signatureName]
	if text == nil || sig == nil {
		return nil, ErrNotPackage
	}
	if !slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool {
		return len(k) == ed25519.PublicKeySize && ed25519.Verify(k, append([]byte(context1), text...), sig)
	}) {
		return nil, ErrSignature
	}
	p := &Package{}
	if err := json.Unmarshal(text, &p.Manifest); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContent, err)
	}
	delete(files, manifestName)
	delete(files, signatureName)
	if len(files) != len(p.Files) {
		return nil, fmt.Errorf("%d files for %d named: %w", len(files), len(p.Files), ErrContent)
	}
	for name, content := range files {
		if p.Files[name] != digest(content) {
			return nil, fmt.Errorf("%s: %w", name, ErrContent)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := p.take(ctx, name, files); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", name, ErrContent, err)
		}
	}
	return p, nil
}

func (p *Package) take(ctx context.Context, name string, files map[string][]byte) error {
	switch path.Dir(name) {
	case "anchors":
		certs, err := certificates(files[name])
		p.anchors = append(p.anchors, certs...)
		return err
	case "lists":
		stem, isList := strings.CutSuffix(name, ".xml")
		if !isList {
			return nil // the signers, read with their list
		}
		signers, err := certificates(files[stem+".crt"])
		if err != nil {
			return err
		}
		if err := trustlist.Check(ctx, files[name], signers, p.Made); err != nil {
			return err
		}
		l, err := trustlist.Parse(files[name])
		p.lists = append(p.lists, l)
		return err
	case "crls":
		p.evidence.CRLs = append(p.evidence.CRLs, files[name])
	case "ocsps":
		p.evidence.OCSPs = append(p.evidence.OCSPs, files[name])
	}
	return nil
}

// certificates reads those of a text, which holds one at least.
func certificates(text []byte) ([]*x509.Certificate, error) {
	all, err := trust.ParsePEM(text)
	if err == nil && len(all) == 0 {
		err = errors.New("no certificate")
	}
	return all, err
}

// Old tells whether a package no longer vouches for anything at a time.
func (p *Package) Old(at time.Time) bool { return at.After(p.Until) }

// Anchors gives the authorities that are trusted by themselves: none once the package is too
// old, so that what they vouched for is undecided.
func (p *Package) Anchors(now time.Time) []*x509.Certificate {
	if p.Old(now) {
		return nil
	}
	return slices.Clone(p.anchors)
}

// Services gives those of the trusted lists, with what they were at each time: none once the
// package is too old, nor those of a list that is.
func (p *Package) Services(now time.Time) (all []*trust.Service) {
	if p.Old(now) {
		return nil
	}
	for _, l := range p.lists {
		all = append(all, l.Vouching(now)...)
	}
	return all
}

// Evidence gives the revocation data.
func (p *Package) Evidence() trust.Evidence { return p.evidence }
