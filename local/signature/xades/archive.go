package xades

import (
	"cmp"
	"errors"
	"io"
	"slices"

	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/xmltree"
)

// archives gives the archive timestamps of a signature: those of EN 319 132-1 §5.5.2
// (namespace 1.4.1), and of XAdES 1.3.2 before it.
func (v *validator) archives(it *item) (all []validation.Archive) {
	for stamp := range it.unsigned.Children() {
		if stamp.Local() != "ArchiveTimeStamp" && stamp.Local() != "ArchiveTimeStampV2" {
			continue
		}
		for c := range stamp.Children() {
			if c.Local() == "EncapsulatedTimeStamp" {
				all = append(all, validation.Archive{Token: Decode(c.Text()), Imprint: func(t *cms.Timestamp) ([]byte, func([]byte) bool, error) {
					return v.imprint(it, stamp, t)
				}})
			}
		}
	}
	return all
}

// errArchive: the timestamp says by itself what it stamps, or names a form that is not known.
var errArchive = errors.New("an archive timestamp of another form")

// imprint digests what an archive timestamp of a signature must stamp where both stand
// together (EN 319 132-1 §5.5.2.3): the parts that are signed, the signature, the unsigned
// properties before the timestamp, and the objects.
func (v *validator) imprint(it *item, stamp xmltree.Element, t *cms.Timestamp) ([]byte, func([]byte) bool, error) {
	algorithm := xmltree.Inclusive
	for c := range stamp.Children() {
		switch c.Local() {
		case "CanonicalizationMethod":
			algorithm = cmp.Or(c.Attr("Algorithm"), algorithm)
		case "Include", "ReferenceInfo":
			return nil, nil, errArchive
		}
	}
	method, err := xmltree.MethodOf(algorithm)
	if err != nil {
		return nil, nil, err
	}
	h := t.Hash.New()
	referenced, err := v.archiveReferences(it, method, h)
	if err != nil {
		return nil, nil, err
	}
	parts := []xmltree.Element{it.e.Child(dsNS, "SignedInfo"), it.e.Child(dsNS, "SignatureValue"), it.e.Child(dsNS, "KeyInfo")}
	var covered [][]byte
	for c := range it.unsigned.Children() {
		if c == stamp {
			break
		}
		parts = append(parts, c)
		for token := range c.All() {
			if token.Local() == "EncapsulatedTimeStamp" {
				covered = append(covered, Decode(token.Text()))
			}
		}
	}
	for object := range it.e.Children() {
		old := stamp.Space() != xades141 && slices.Contains(referenced, object.Attr("Id")) && object.Attr("Id") != ""
		if object.Is(dsNS, "Object") && object.Child(it.space, "QualifyingProperties").IsZero() && !old {
			parts = append(parts, object)
		}
	}
	for _, p := range parts {
		if p.IsZero() {
			continue // KeyInfo is optional
		}
		if err := p.Canonical(h, method); err != nil {
			return nil, nil, err
		}
	}
	covers := func(token []byte) bool {
		return slices.ContainsFunc(covered, func(c []byte) bool { return slices.Equal(c, token) })
	}
	return h.Sum(nil), covers, nil
}

// archiveReferences writes each part that the signature covers, and gives the identifiers of
// those that are of its file.
func (v *validator) archiveReferences(it *item, method xmltree.Method, w io.Writer) (ids []string, err error) {
	for r := range it.e.Child(dsNS, "SignedInfo").Children() {
		if !r.Is(dsNS, "Reference") {
			continue
		}
		p, err := v.resolve(it, r)
		if err != nil {
			return nil, err
		}
		if err := p.archive(w, method); err != nil {
			return nil, err
		}
		if !p.e.IsZero() {
			ids = append(ids, p.e.Attr("Id"))
		}
	}
	return ids, nil
}
