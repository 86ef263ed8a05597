package asic

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/ers"
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
	return append(all, c.recordsOf(signature, e)...)
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

// isRecord tells the evidence records of a container: those in ASN.1 (RFC 4998) end in .ers, those
// in XML (RFC 6283) in .xml.
func isRecord(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), "meta-inf/evidencerecord")
}

// records judges the evidence records of a container over the files that their manifests name, all
// data where there is none (EN 319 162-1 §4.3.3.4, §4.4.5); one in XML is told not to be judged.
func (c *container) records(report *validation.Report, covered map[string]bool) (verdicts []validation.Verdict) {
	alone := len(report.Signatures) == 0 // what a signature does not cover is not signed for being archived
	for _, f := range c.files {
		if !isRecord(f.Name) {
			continue
		}
		r, err := ers.Parse(f.Content)
		if strings.HasSuffix(strings.ToLower(f.Name), ".xml") {
			report.Findings = append(report.Findings, validation.Finding{Code: validation.CodeRecord, Outcome: validation.Unchecked})
			for i := range report.Signatures {
				report.Signatures[i].Find(validation.CodeRecord, validation.Unchecked)
			}
			continue
		}
		names, objects, fits := c.recorded(f.Name)
		label := quotedNames(names)
		v := validation.Verdict{Indication: trust.Passed, Kind: validation.DocumentTimestamp, Whole: true}
		switch {
		case err != nil || !fits:
			v.Refute(trust.HashFailure, validation.CodeRecord, fmt.Sprintf("the evidence record cannot be held against its files: %v", err), label)
		default:
			e := c.options.Evidence
			for _, token := range r.Tokens() {
				e.Add(validation.TokenEvidence(token))
			}
			judge := validation.Judge{Trust: trust.NewJudge(c.options.Anchors, e, c.options.Services...), Certificates: e.Certificates}
			v = judge.Record(label, r.Archives(objects), validation.Existence{At: c.options.Now})
		}
		verdicts = append(verdicts, v)
		for _, name := range names {
			covered[name] = covered[name] || alone && v.Indication != trust.Failed
		}
	}
	return verdicts
}

// recorded gives the files that an evidence record covers, with their names between quotes; not
// fit: one is missing, or not as its manifest says.
func (c *container) recorded(record string) (names []string, objects [][]byte, fits bool) {
	m := c.manifest(record)
	if m.Content == nil {
		for _, f := range c.data() {
			names, objects = append(names, f.Name), append(objects, f.Content)
		}
		return names, objects, len(objects) > 0
	}
	fits = len(m.refs) > 0
	for _, r := range m.refs {
		content, found := c.file(r.Attr("URI"))
		held, _ := holds(r, content)
		fits = fits && found && held
		names, objects = append(names, unescape(r.Attr("URI"))), append(objects, content)
	}
	return names, objects, fits
}

// recordsOf gives the timestamps of the evidence records that cover a signature file.
func (c *container) recordsOf(signature string, e *trust.Evidence) (all []validation.Archive) {
	for _, m := range c.manifests {
		record, found := c.file(m.of)
		if !found || !isRecord(m.of) || !m.names(signature) {
			continue
		}
		r, err := ers.Parse(record)
		_, objects, fits := c.recorded(m.of)
		if err != nil || !fits {
			continue // told with the record itself
		}
		for _, token := range r.Tokens() {
			e.Add(validation.TokenEvidence(token))
		}
		for _, a := range r.Archives(objects) {
			imprint := a.Imprint
			a.Imprint = func(t *cms.Timestamp) ([]byte, func([]byte) bool, error) {
				stamped, covers, err := imprint(t)
				return stamped, func(token []byte) bool { return covers(token) && c.under(m, token) }, err
			}
			all = append(all, a)
		}
	}
	return all
}

func quotedNames(names []string) string { return "« " + strings.Join(names, " », « ") + " »" }
