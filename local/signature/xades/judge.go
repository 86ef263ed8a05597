package xades

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/xmltree"
)

// maxReferences bounds the parts that one signature covers.
const maxReferences = 1024

// judge judges one signature: its references, its value, then all that stands on them.
func (v *validator) judge(j validation.Judge, it *item) {
	info := it.e.Child(dsNS, "SignedInfo")
	method, err := xmltree.MethodOf(info.Child(dsNS, "CanonicalizationMethod").Attr("Algorithm"))
	if err != nil || info.IsZero() {
		it.Doubt(trust.FormatFailure, validation.CodeValue, validation.Unchecked, fmt.Sprint("SignedInfo: ", err), "forme canonique inconnue")
		return
	}
	method.Prefixes = inclusive(info.Child(dsNS, "CanonicalizationMethod"))
	var hash crypto.Hash
	it.Scheme, hash = schemeOf(info.Child(dsNS, "SignatureMethod").Attr("Algorithm"))
	if it.Scheme == "" {
		it.Doubt(trust.CryptoConstraints, validation.CodeValue, validation.Unchecked, "unknown signature method", "algorithme non pris en charge")
		return
	}
	if !v.references(it, info) {
		return
	}
	v.properties(it, info)
	it.Digest = min(it.Digest, hash) // the weaker of the two is what the whole is worth
	h := hash.New()
	if err := info.Canonical(h, method); err != nil {
		it.Refute(trust.FormatFailure, validation.CodeValue, err.Error())
		return
	}
	v.value(j, it, hash, h.Sum(nil))
}

// value verifies the signature's value with the certificate that the properties name,
// else with the one of KeyInfo whose key it fits.
func (v *validator) value(j validation.Judge, it *item, hash crypto.Hash, digest []byte) {
	value := Decode(it.e.Child(dsNS, "SignatureValue").Text())
	if it.Scheme == "ECDSA" {
		value = derOf(value)
	}
	held := validation.Held{Attribute: "SigningCertificate"}
	var failure error
	for _, cert := range v.candidates(it) {
		err := cms.CheckValue(cert.PublicKey, it.Scheme, hash, digest, value)
		bound, matches := it.binding(cert)
		switch {
		case err != nil:
			failure = err
		case held.Certificate == nil || matches: // two certificates may be of one key
			held.Certificate, held.Bound, held.Matches = cert, bound, matches
		}
	}
	switch {
	case held.Certificate == nil && failure == nil:
		it.Doubt(trust.NoSigningCertificate, validation.CodeCertificate, validation.Unchecked, "no certificate in KeyInfo")
		return
	case held.Certificate == nil && errors.Is(failure, cms.ErrAlgorithm):
		it.Doubt(trust.CryptoConstraints, validation.CodeValue, validation.Unchecked, failure.Error(), "algorithme non pris en charge")
		return
	case held.Certificate == nil:
		it.Refute(trust.SigCryptoFailure, validation.CodeValue, failure.Error())
		return
	}
	it.Signer = validation.SignerOf(held.Certificate)
	it.Find(validation.CodeCertificate, validation.Checked, it.Signer.Name, it.Signer.Issuer)
	held.Baseline = it.space == versions[0]
	held.Stamped, held.Tokens = v.stamps(it)
	held.Archives = v.archives(it)
	j.Signature(&it.Verdict, held, validation.Existence{At: v.options.Now})
	for c := range it.unsigned.Children() {
		if strings.Contains(c.Local(), "EvidenceRecord") {
			it.Find(validation.CodeRecord, validation.Unchecked)
			break
		}
	}
}

// candidates are the certificates of KeyInfo, and those that the signed properties name
// wherever they are.
func (v *validator) candidates(it *item) []*x509.Certificate {
	out := slices.Clone(it.certificates)
	for _, cert := range v.evidence.Certificates {
		if _, matches := it.binding(cert); matches {
			out = append(out, cert)
		}
	}
	return out
}

// stamps gives the tokens over the signature's value and what they stamp: its canonical
// form. Tokens that stamp another form are left to be refuted.
func (v *validator) stamps(it *item) (stamped []byte, tokens [][]byte) {
	for c := range it.unsigned.Children() {
		if !c.Is(it.space, "SignatureTimeStamp") {
			continue
		}
		algorithm := xmltree.Inclusive
		if m := c.Child(dsNS, "CanonicalizationMethod").Attr("Algorithm"); m != "" {
			algorithm = m
		}
		method, err := xmltree.MethodOf(algorithm)
		var form bytes.Buffer
		if err == nil {
			err = it.e.Child(dsNS, "SignatureValue").Canonical(&form, method)
		}
		if err != nil || stamped != nil && !bytes.Equal(stamped, form.Bytes()) {
			it.Find(validation.CodeTimestamp, validation.Refuted)
			continue
		}
		stamped = form.Bytes()
		for t := range c.Children() {
			if t.Is(it.space, "EncapsulatedTimeStamp") {
				tokens = append(tokens, Decode(t.Text()))
			}
		}
	}
	return stamped, tokens
}

func inclusive(e xmltree.Element) []string {
	return strings.Fields(e.Child(xmltree.Exclusive, "InclusiveNamespaces").Attr("PrefixList"))
}

// properties checks that the signed properties are those of this signature and are
// covered by it (ETSI EN 319 132-1 §4.3): else anybody could have put others.
func (v *validator) properties(it *item, info xmltree.Element) {
	if it.props.IsZero() {
		it.space = ""
		it.Find(validation.CodeProperties, validation.Noted)
		return
	}
	target := strings.TrimPrefix(it.props.Parent().Attr("Target"), "#")
	id := it.props.Attr("Id")
	covered := false
	for r := range info.Children() {
		if r.Is(dsNS, "Reference") && id != "" && r.Attr("URI") == "#"+id {
			covered = true
		}
	}
	if it.several || !covered || target == "" || target != it.e.Attr("Id") {
		it.Claimed, it.Location, it.Role, it.Policy = time.Time{}, "", "", ""
		it.Refute(trust.FormatFailure, validation.CodeProperties, "the signed properties are not covered")
	}
}

// references verifies each part that the signature covers, and tells whether all hold.
func (v *validator) references(it *item, info xmltree.Element) bool {
	count, data, parts := 0, 0, []part{}
	for r := range info.Children() {
		if !r.Is(dsNS, "Reference") {
			continue
		}
		if count++; count > maxReferences {
			it.Doubt(trust.FormatFailure, validation.CodeReference, validation.Unchecked, "too many references", "La suite du fichier", "trop de parties")
			return false
		}
		if !strings.HasSuffix(r.Attr("Type"), "#SignedProperties") {
			data++
		}
		p, ok := v.reference(it, r)
		if !ok {
			return false
		}
		parts = append(parts, p)
	}
	if data == 0 {
		it.Refute(trust.SignedDataNotFound, validation.CodeScope, "no reference to data")
		return false
	}
	v.scope(it, parts)
	return true
}

// reference verifies one part.
func (v *validator) reference(it *item, r xmltree.Element) (part, bool) {
	p, err := v.resolve(it, r)
	name := p.name
	if err != nil {
		sub, outcome := trust.SignedDataNotFound, "introuvable ou d’une forme non prise en charge"
		if errors.Is(err, xmltree.ErrID) {
			it.Refute(trust.FormatFailure, validation.CodeScope, err.Error())
			return p, false
		}
		it.Doubt(sub, validation.CodeReference, validation.Unchecked, err.Error(), name, outcome)
		return p, false
	}
	hash := digests[r.Child(dsNS, "DigestMethod").Attr("Algorithm")]
	if !hash.Available() {
		it.Doubt(trust.CryptoConstraints, validation.CodeReference, validation.Unchecked, "unknown digest", name, "algorithme non pris en charge")
		return p, false
	}
	h := hash.New()
	if err := p.write(h); err != nil {
		it.Doubt(trust.FormatFailure, validation.CodeReference, validation.Unchecked, err.Error(), name, "forme non prise en charge")
		return p, false
	}
	if !hmac.Equal(h.Sum(nil), Decode(r.Child(dsNS, "DigestValue").Text())) {
		it.Refute(trust.HashFailure, validation.CodeReference, "the digest of "+name+" differs", name)
		return p, false
	}
	if it.Digest == 0 {
		it.Digest = hash
	}
	it.Digest = min(it.Digest, hash)
	it.Find(validation.CodeReference, validation.Checked, name)
	p.properties = strings.HasSuffix(r.Attr("Type"), "#SignedProperties")
	if strings.HasSuffix(r.Attr("Type"), "#Manifest") && p.e.Is(dsNS, "Manifest") {
		for inner := range p.e.Children() {
			if !inner.Is(dsNS, "Reference") {
				continue
			}
			if _, ok := v.reference(it, inner); !ok {
				return p, false
			}
		}
	}
	return p, true
}

// scope says what is covered when that is not the whole file, and refuses a signature
// that does not stand where it must.
func (v *validator) scope(it *item, parts []part) {
	if countered := v.countered(it); !countered.IsZero() {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.e == countered }) {
			it.Refute(trust.FormatFailure, validation.CodeScope, "a counter-signature covers another part")
		}
		return
	}
	if slices.ContainsFunc(parts, func(p part) bool { return p.enveloped && !p.e.IsZero() && !p.e.Contains(it.e) }) {
		// The signature says that it stands inside what it covers, and does not.
		it.Refute(trust.FormatFailure, validation.CodeScope, "an enveloped signature stands elsewhere")
		return
	}
	if slices.ContainsFunc(parts, func(p part) bool { return !p.e.IsZero() && p.e.Contains(v.doc.Root()) }) {
		return
	}
	for _, p := range parts {
		switch {
		case p.e.IsZero() || p.properties || it.e.Contains(p.e):
		case p.e.Contains(it.e):
			it.Find(validation.CodeScope, validation.Noted, lower(p.name))
		default:
			it.Doubt(trust.SigConstraints, validation.CodeScope, validation.Unchecked, "it covers a part that stands beside it", lower(p.name))
		}
	}
	for object := range it.e.Children() {
		if object.Is(dsNS, "Object") && !v.accounted(it, object, parts) {
			it.Doubt(trust.SigConstraints, validation.CodeUncovered, validation.Unchecked, "an object is not covered", object.Attr("Id"))
		}
	}
}

// lower writes a part's name within a sentence.
func lower(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// accounted tells whether an object of a signature is covered, or holds its properties alone.
func (v *validator) accounted(it *item, object xmltree.Element, parts []part) bool {
	for _, p := range parts {
		if !p.e.IsZero() && (!p.enveloped && p.e.Contains(object) || object.Contains(p.e) && !p.properties) {
			return true
		}
	}
	for c := range object.Children() {
		if c.Local() != "QualifyingProperties" {
			return false
		}
	}
	return strings.TrimSpace(object.Text()) == ""
}

// countered gives the value that a counter-signature must cover (ETSI EN 319 132-1
// §5.2.7.2), the zero Element for a signature that is none.
func (v *validator) countered(it *item) xmltree.Element {
	if up := it.e.Parent(); up.IsZero() || up.Local() != "CounterSignature" || !slices.Contains(versions, up.Space()) {
		return xmltree.Element{}
	}
	for up := it.e.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(dsNS, "Signature") {
			return up.Child(dsNS, "SignatureValue")
		}
	}
	return xmltree.Element{}
}

// part is what a reference covers.
type part struct {
	// e is the element, zero for what is not of this document.
	e    xmltree.Element
	name string // for people
	// enveloped: the signature is left out; properties: it is the signed properties.
	enveloped, properties bool
	write                 func(io.Writer) error
	// archive writes it as an archive timestamp of this canonical form takes it.
	archive func(io.Writer, xmltree.Method) error
}

var errTransform = errors.New("unknown transform")

// resolve finds what a reference covers and how it is to be written (XML Signature 1.1 §4.4.3).
func (v *validator) resolve(it *item, r xmltree.Element) (p part, err error) {
	uri, given := r.Lookup("URI")
	whole := given && uri == "" || uri == "#xpointer(/)"
	var outside []byte
	switch {
	case whole:
		p.e, p.name = v.doc.Root(), "Le fichier entier"
	case strings.HasPrefix(uri, "#"):
		id := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(uri, "#"), "xpointer(id('"), "'))")
		if p.e, err = v.doc.ByID(id); err != nil {
			return p, err
		}
		p.name = "La partie « " + p.e.Local() + " » (" + id + ")"
	default:
		var found bool
		p.name = "Le fichier « " + uri + " »"
		if uri == "" {
			p.name = "Le fichier joint"
		}
		if outside, found = v.options.File(uri); !found {
			return p, fmt.Errorf("%q is not at hand", uri)
		}
	}
	f := form{whole: whole, outside: outside}
	f.method = xmltree.Method{Comments: strings.HasPrefix(uri, "#xpointer")}
	for t := range r.Child(dsNS, "Transforms").Children() {
		algorithm := t.Attr("Algorithm")
		switch m, merr := xmltree.MethodOf(algorithm); {
		case algorithm == envelop && outside == nil:
			p.enveloped, f.omit = true, append(f.omit, it.e)
		case outside == nil && leavesSignaturesOut(t) != "":
			under := leavesSignaturesOut(t)
			p.enveloped, f.omit = true, append(f.omit, v.signatures(p.e, under == "/*/")...)
		case merr == nil:
			m.Comments = m.Comments && (f.method.Comments || outside != nil)
			m.Prefixes = inclusive(t)
			f.method, f.canonical = m, true
		case algorithm == base64T:
			f.decoded = true
		default:
			return p, fmt.Errorf("%s: %w", algorithm, errTransform)
		}
	}
	if !p.enveloped && p.e.Contains(it.e) && !p.e.IsZero() {
		return p, errors.New("a signature cannot cover itself: the file that it means is not at hand")
	}
	p.write = func(w io.Writer) error { return f.write(w, v.doc, p.e) }
	p.archive = func(w io.Writer, m xmltree.Method) error {
		a := f
		if !a.canonical && !a.decoded { // what is still XML, not bytes, gets the timestamp's form
			m.Comments = m.Comments && a.method.Comments
			a.method = m
		}
		return a.write(w, v.doc, p.e)
	}
	return p, nil
}

// leavesSignaturesOut recognises the XPath expressions by which others write an
// enveloped signature that lets more signatures be added, and gives where those are:
// anywhere or right under the root. It is "" for any other, which is not evaluated.
func leavesSignaturesOut(t xmltree.Element) string {
	algorithm, x := t.Attr("Algorithm"), xmltree.Element{}
	for c := range t.Children() {
		x = c
	}
	expression := strings.Join(strings.Fields(x.Text()), "")
	switch algorithm {
	case "http://www.w3.org/TR/1999/REC-xpath-19991116":
		prefix, found := strings.CutPrefix(expression, "not(ancestor-or-self::")
		prefix, ok := strings.CutSuffix(prefix, ":Signature)")
		if found && ok && x.Binding(prefix) == dsNS {
			return "/descendant::"
		}
	case "http://www.w3.org/2002/06/xmldsig-filter2":
		for _, under := range []string{"/descendant::", "/*/"} {
			prefix, found := strings.CutPrefix(expression, under)
			prefix, ok := strings.CutSuffix(prefix, ":Signature")
			if found && ok && x.Attr("Filter") == "subtract" && x.Binding(prefix) == dsNS {
				return under
			}
		}
	}
	return ""
}

// signatures are those inside an element, or only those right under the root.
func (v *validator) signatures(e xmltree.Element, rootOnly bool) (all []xmltree.Element) {
	for _, it := range v.items {
		if e.Contains(it.e) && (!rootOnly || it.e.Parent() == v.doc.Root()) {
			all = append(all, it.e)
		}
	}
	return all
}

// form is how a part is written to be digested.
type form struct {
	method xmltree.Method
	omit   []xmltree.Element
	// whole: the document with what stands beside its root; canonical: a form was asked for.
	whole, canonical, decoded bool
	outside                   []byte
}

func (f form) write(w io.Writer, d *xmltree.Document, e xmltree.Element) (err error) {
	switch {
	case e.IsZero() && f.canonical:
		if d, err = xmltree.Parse(f.outside); err == nil {
			err = d.Canonical(w, f.method)
		}
	case e.IsZero() && f.decoded:
		_, err = w.Write(Decode(string(f.outside)))
	case e.IsZero():
		_, err = w.Write(f.outside)
	case f.decoded:
		_, err = w.Write(Decode(e.Text()))
	case f.whole:
		err = d.Canonical(w, f.method, f.omit...)
	default:
		err = e.Canonical(w, f.method, f.omit...)
	}
	return err
}
