package asic

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/local/signature/xmltree"
)

// The reasons for which a container is not read; match them with errors.Is.
var (
	// ErrNotContainer: not a ZIP archive, or a broken one.
	ErrNotContainer = errors.New("the file is not a signature container")
	// ErrTooLarge: more files or bytes than are read.
	ErrTooLarge = errors.New("the signature container is beyond the limits")
	// ErrTwice: two files of one name, of which one could pass for the other.
	ErrTwice = errors.New("the signature container holds a file twice")
)

// Limits of what is read.
const (
	maxFiles = 2000
	maxTotal = 512 << 20
)

// File is a file of a container.
type File struct {
	Name    string
	Content []byte
}

// Open reads the files of a container, in their order.
// Errors: ErrNotContainer, ErrTooLarge, ErrTwice.
func Open(raw []byte) ([]File, error) {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotContainer, err)
	}
	if len(archive.File) > maxFiles {
		return nil, fmt.Errorf("%d files: %w", len(archive.File), ErrTooLarge)
	}
	var files []File
	seen, rest := map[string]bool{}, int64(maxTotal)
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if seen[f.Name] {
			return nil, fmt.Errorf("%q: %w", f.Name, ErrTwice)
		}
		seen[f.Name] = true
		if f.UncompressedSize64 > uint64(rest) { // and what lies about its size is cut below
			return nil, fmt.Errorf("%q is of %d bytes: %w", f.Name, f.UncompressedSize64, ErrTooLarge)
		}
		in, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%q: %w: %w", f.Name, ErrNotContainer, err)
		}
		content, err := io.ReadAll(io.LimitReader(in, rest+1))
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, fmt.Errorf("%q: %w: %w", f.Name, ErrNotContainer, err)
		}
		if rest -= int64(len(content)); rest < 0 {
			return nil, fmt.Errorf("more than %d bytes: %w", maxTotal, ErrTooLarge)
		}
		files = append(files, File{f.Name, content})
	}
	return files, nil
}

// unescape gives a name of a URI, as it is when it cannot be read.
func unescape(uri string) string {
	if name, err := url.PathUnescape(uri); err == nil {
		return name
	}
	return uri
}

// container is one that was read.
type container struct {
	files     []File
	manifests []manifest
	options   validation.Options
}

// Validate judges each signature of a container. A file that no signature covers is told
// in the report's findings. Errors: those of Open, of xades.Validate and cades.Validate.
func Validate(ctx context.Context, raw []byte, o validation.Options) (validation.Report, error) {
	report := validation.Report{Data: raw, Revisions: 1}
	files, err := Open(raw)
	if err != nil {
		return report, err
	}
	c := &container{files: files, options: o}
	c.readManifests()
	covered := map[string]bool{}
	for _, f := range files {
		var one validation.Report
		lower := strings.ToLower(f.Name)
		switch {
		case !strings.HasPrefix(lower, "meta-inf/"):
			continue
		case strings.Contains(lower, "signature") && strings.HasSuffix(lower, ".xml"):
			one, err = c.xml(ctx, f, covered)
		case strings.Contains(lower, "signature") && strings.HasSuffix(lower, ".p7s"):
			one, err = c.cms(ctx, f, covered)
		default:
			continue
		}
		if err != nil {
			return report, fmt.Errorf("%s: %w", f.Name, err)
		}
		report.Signatures = append(report.Signatures, one.Signatures...)
	}
	records := c.records(&report, covered)
	for _, f := range c.data() {
		if !covered[f.Name] {
			report.Findings = append(report.Findings, validation.Finding{Code: validation.CodeUncovered, Outcome: validation.Unchecked, Args: []string{f.Name}})
			for i := range report.Signatures {
				report.Signatures[i].Doubt(trust.SigConstraints, validation.CodeUncovered, validation.Unchecked, "a file is not covered", f.Name)
			}
		}
	}
	report.Signatures = append(report.Signatures, records...)
	return report, nil
}

// data are the files that are signed: all but the type and what is under META-INF.
func (c *container) data() []File {
	return slices.DeleteFunc(slices.Clone(c.files), func(f File) bool {
		return f.Name == "mimetype" || strings.HasPrefix(strings.ToUpper(f.Name), "META-INF/")
	})
}

func (c *container) file(name string) ([]byte, bool) {
	name = strings.TrimPrefix(path.Clean("/"+unescape(name)), "/")
	for _, f := range c.files {
		if f.Name == name {
			return f.Content, true
		}
	}
	return nil, false
}

// xml judges XAdES signatures, which name the files that they cover.
func (c *container) xml(ctx context.Context, f File, covered map[string]bool) (validation.Report, error) {
	o := c.options
	o.Beside = func(name string) ([]byte, bool) {
		content, found := c.file(name)
		if found {
			covered[unescape(name)] = true
		}
		return content, found
	}
	return xades.Validate(ctx, f.Content, o)
}

// cms judges a CAdES signature: of the one file of an ASiC-S, or of a manifest that says
// what files it stands for (EN 319 162-1 §4.3 and §4.4).
func (c *container) cms(ctx context.Context, f File, covered map[string]bool) (validation.Report, error) {
	o := c.options
	m := c.manifest(f.Name)
	signed := m.File
	if data := c.data(); m.Content == nil && len(data) == 1 {
		signed = data[0]
		covered[signed.Name] = true
	}
	o.Beside = func(string) ([]byte, bool) { return signed.Content, signed.Content != nil }
	o.Archives = c.archives(f.Name, &o.Evidence)
	report, err := cades.Validate(ctx, f.Content, o)
	for i := range report.Signatures {
		for _, r := range m.refs {
			c.reference(&report.Signatures[i], r, covered)
		}
	}
	return report, err
}

// manifest is a list of files with their digests, of which SigReference names the signature
// or the timestamp (EN 319 162-1 §A.4).
type manifest struct {
	File
	of   string
	refs []xmltree.Element
}

func (c *container) readManifests() {
	for _, f := range c.files {
		lower := strings.ToLower(f.Name)
		if !strings.HasPrefix(lower, "meta-inf/") || !strings.Contains(lower, "manifest") || !strings.HasSuffix(lower, ".xml") {
			continue
		}
		d, err := xmltree.Parse(f.Content)
		if err != nil || d.Root().Local() != "ASiCManifest" {
			continue
		}
		m := manifest{File: f}
		for e := range d.Root().Children() {
			switch e.Local() {
			case "SigReference":
				m.of = unescape(e.Attr("URI"))
			case "DataObjectReference":
				m.refs = append(m.refs, e)
			}
		}
		c.manifests = append(c.manifests, m)
	}
}

// manifest gives the manifest of a signature, empty for none.
func (c *container) manifest(signature string) manifest {
	for _, m := range c.manifests {
		if m.of == signature {
			return m
		}
	}
	return manifest{}
}

// reference holds a file against what the manifest says of it.
func (c *container) reference(v *validation.Verdict, r xmltree.Element, covered map[string]bool) {
	name := unescape(r.Attr("URI"))
	content, found := c.file(name)
	label := "Le fichier « " + name + " »"
	if !found {
		v.Doubt(trust.SignedDataNotFound, validation.CodeReference, validation.Unchecked, name+" is missing", label, "il n’est pas dans le conteneur")
		return
	}
	covered[name] = true
	switch held, known := holds(r, content); {
	case !known:
		v.Doubt(trust.CryptoConstraints, validation.CodeReference, validation.Unchecked, "unknown digest", label, "algorithme non pris en charge")
		return
	case !held:
		v.Intact = false
		v.Refute(trust.HashFailure, validation.CodeReference, "the digest of "+name+" differs", label)
		return
	}
	v.Find(validation.CodeReference, validation.Checked, label)
}

// holds tells whether a content has the digest of a reference; not known when the digest is of
// an unknown kind.
func holds(r xmltree.Element, content []byte) (held, known bool) {
	algorithm, value := "", ""
	for part := range r.Children() {
		switch part.Local() {
		case "DigestMethod":
			algorithm = part.Attr("Algorithm")
		case "DigestValue":
			value = part.Text()
		}
	}
	hash := xades.HashOf(algorithm)
	if !hash.Available() {
		return false, false
	}
	h := hash.New()
	h.Write(content)
	return hmac.Equal(h.Sum(nil), xades.Decode(value)), true
}
