package asic

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// archives gives the timestamps that stand over a signature file in the container
// (EN 319 162-1 §4.4.4, ASiCArchiveManifest): each stamps a manifest that names the file. What
// they carry for their own validation is added to the evidence.
func (c *container) archives(signature string, e *trust.Evidence) (all []validation.Archive) {
	for _, m := range c.manifests {
		token, found := c.file(m.of)
		if !strings.HasSuffix(strings.ToLower(m.of), ".tst") || !found || !m.names(signature) {
			continue
		}
		e.Add(validation.TokenEvidence(token))
		all = append(all, validation.Archive{Token: token, Imprint: func(t *cms.Timestamp) ([]byte, func([]byte) bool, error) {
			for _, r := range m.refs {
				content, found := c.file(r.Attr("URI"))
				if held, known := holds(r, content); !found || known && !held {
					return nil, nil, fmt.Errorf("%q: %w", r.Attr("URI"), cms.ErrIndex)
				} else if !known {
					return nil, nil, fmt.Errorf("%q: %w", r.Attr("URI"), cms.ErrAlgorithm)
				}
			}
			h := t.Hash.New()
			h.Write(m.Content)
			return h.Sum(nil), func(token []byte) bool { return c.under(m, token) }, nil
		}})
	}
	return all
}

func (m manifest) names(file string) bool {
	for _, r := range m.refs {
		if unescape(r.Attr("URI")) == file {
			return true
		}
	}
	return false
}

// under tells whether a token is covered: one that is inside the signature file is, one that
// is a file of its own must be named.
func (c *container) under(m manifest, token []byte) bool {
	i := slices.IndexFunc(c.files, func(f File) bool { return bytes.Equal(f.Content, token) })
	return i < 0 || m.names(c.files[i].Name)
}

// records says of the evidence records of a container (RFC 4998, RFC 6283) that they are not
// judged.
func (c *container) records(report *validation.Report) {
	if !slices.ContainsFunc(c.files, func(f File) bool { return strings.HasPrefix(strings.ToLower(f.Name), "meta-inf/evidencerecord") }) {
		return
	}
	report.Findings = append(report.Findings, validation.Finding{Code: validation.CodeRecord, Outcome: validation.Unchecked})
	for i := range report.Signatures {
		report.Signatures[i].Find(validation.CodeRecord, validation.Unchecked)
	}
}
