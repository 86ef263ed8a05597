// Package parcel is a set of files that the agency signs and hands out: the catalogue of its
// services, a training module, formulas. Each parcel is of a kind, has a version that only grows,
// and is signed by the operator's server (Ed25519 over a manifest of digests); it travels by the
// exchanges or on a USB key alike.
//
// A ZIP: manifest.json, manifest.sig, and the files that the kind asks for. What the files say
// is for the kind's own package to read. The package of what signatures are judged by has a
// format of its own (trustpackage), which also has an end.
package parcel

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
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
)

// The reasons for which a parcel is not taken; match them with errors.Is.
var (
	// ErrNotParcel: a page, a cut file, anything else.
	ErrNotParcel = errors.New("the file is not a parcel")
	// ErrSignature: none of the servers of this laptop has signed it.
	ErrSignature = errors.New("the parcel is not signed by a known server")
	// ErrContent: a file is not what the manifest says, or cannot be read.
	ErrContent = errors.New("the parcel is damaged")
	// ErrKind: it is of another kind than the one asked for.
	ErrKind = errors.New("the parcel is of another kind")
)

// MaxSize bounds a parcel, in bytes.
const MaxSize = 64 << 20

const (
	manifestName  = "manifest.json"
	signatureName = "manifest.sig"
	domain        = "airial parcel 1\x00"
	maxKind       = 80
)

// Manifest is the head of a parcel.
type Manifest struct {
	Kind    string            `json:"kind"`
	Version int               `json:"version"` // grows with each parcel of its kind
	Made    time.Time         `json:"made"`
	Files   map[string]string `json:"files"` // SHA-256, in hexadecimal
}

// Parcel is one that was verified.
type Parcel struct {
	Manifest
	Content map[string][]byte // by name, with slashes
}

// ValidKind tells whether a name may be a kind: lower-case letters, digits and hyphens.
func ValidKind(kind string) bool {
	return kind != "" && len(kind) <= maxKind && strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Make signs files into a parcel. What it holds is read again before it is given.
func Make(kind string, files map[string][]byte, version int, made time.Time, key ed25519.PrivateKey) ([]byte, error) {
	m := Manifest{Kind: kind, Version: version, Made: made.UTC(), Files: map[string]string{}}
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
	put(signatureName, ed25519.Sign(key, append([]byte(domain), text...)))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		put(name, files[name])
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("writing the parcel: %w", err)
	}
	_, err = Open(kind, out.Bytes(), []ed25519.PublicKey{key.Public().(ed25519.PublicKey)})
	return out.Bytes(), err
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Open verifies a parcel with the keys of the servers that may have signed it; an empty kind
// takes any. Errors: ErrNotParcel, ErrSignature, ErrContent, ErrKind.
func Open(kind string, raw []byte, keys []ed25519.PublicKey) (*Parcel, error) {
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("%d bytes for %d at most: %w", len(raw), MaxSize, ErrNotParcel)
	}
	all, err := asic.Open(raw) // a ZIP, within limits
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotParcel, err)
	}
	files := map[string][]byte{}
	for _, f := range all {
		files[f.Name] = f.Content
	}
	text, sig := files[manifestName], files[signatureName]
	if text == nil || sig == nil {
		return nil, ErrNotParcel
	}
	if !slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool {
		return len(k) == ed25519.PublicKeySize && ed25519.Verify(k, append([]byte(domain), text...), sig)
	}) {
		return nil, ErrSignature
	}
	p := &Parcel{Content: files}
	if err := json.Unmarshal(text, &p.Manifest); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContent, err)
	}
	if !ValidKind(p.Kind) || kind != "" && p.Kind != kind {
		return nil, fmt.Errorf("%.80q: %w", p.Kind, ErrKind)
	}
	delete(files, manifestName)
	delete(files, signatureName)
	if len(files) != len(p.Files) {
		return nil, fmt.Errorf("%d files for %d named: %w", len(files), len(p.Files), ErrContent)
	}
	for name, content := range files {
		if p.Files[name] != digest(content) || path.Clean("/" + name)[1:] != name || strings.ContainsAny(name, `\:`) {
			return nil, fmt.Errorf("%.80q: %w", name, ErrContent)
		}
	}
	return p, nil
}
