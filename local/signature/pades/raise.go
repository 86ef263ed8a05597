package pades

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/ocsp"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/pdf"
	"alpi40.fr/airial/local/signature/validation"
)

// Sources are what raising asks of the network.
type Sources struct {
	Timestamper signature.Timestamper
	Revocation  signature.RevocationSource
	// Certificates are further issuers, where a document does not hold its whole chain.
	Certificates []*x509.Certificate
	// InPlace: the document given may be changed, and grown into the capacity after it: a
	// large one is not copied.
	InPlace bool
}

// own gives the document to be changed, with room for what is added.
func (s Sources) own(data []byte) []byte {
	if s.InPlace {
		return data
	}
	return append(make([]byte, 0, len(data)+addedRoom), data...)
}

// addedRoom is what timestamps and proofs take in nearly all documents, in bytes.
const addedRoom = 256 << 10

// Raise raises the signatures of a document to B-LT: a timestamp for those that
// have none, then the certificates and the proofs of their state in the DSS.
// It gives the level that all signatures have reached; the input is untouched, unless it is raised in place.
// A document at B-LT already comes back as it is.
//
// Errors: signature.ErrNotSigned, ErrTimestamp, ErrNoRevocation, ErrRevoked,
// ErrTooLarge, those of Inspect, and the sources' own.
func Raise(ctx context.Context, data []byte, s Sources) ([]byte, signature.Level, error) {
	items, err := signedItems(ctx, data)
	if err != nil {
		return nil, signature.LevelNone, err
	}
	data = s.own(data)
	out, err := stamp(ctx, data, items, s.Timestamper)
	if err != nil {
		return nil, signature.LevelB, fmt.Errorf("timestamping: %w", err)
	}
	if items, err = signedItems(ctx, out); err != nil {
		return nil, signature.LevelNone, err
	}
	out, err = addSecurityStore(ctx, out, items, s)
	if err != nil {
		return nil, signature.LevelT, fmt.Errorf("gathering the proofs: %w", err)
	}
	return out, signature.LevelLT, nil
}

// signedItems are the signatures of a document, oldest first.
func signedItems(ctx context.Context, data []byte) ([]*item, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	all, err := fields(d)
	if err != nil {
		return nil, err
	}
	v := &validator{ctx: ctx, doc: d}
	for _, f := range all {
		if f.kind != "Sig" || !f.signed(d) {
			continue
		}
		it := v.read(f)
		if it.cms == nil {
			return nil, fmt.Errorf("signature %q: %w", f.name, signature.ErrCMS)
		}
		v.items = append(v.items, it)
	}
	if len(v.items) == 0 {
		return nil, signature.ErrNotSigned
	}
	slices.SortStableFunc(v.items, func(a, b *item) int { return cmp.Compare(a.Length, b.Length) })
	return v.items, nil
}

func (it *item) stamped() bool {
	return it.Kind == validation.DocumentTimestamp || len(cms.Attributes(it.cms.Signers[0].Unsigned, cms.OIDSignatureTimestamp)) > 0
}

// stamp gives a timestamp to what has none. That of the newest signature goes
// into the room of its /Contents, which nothing else signs. Older ones, which
// later signatures cover, are stamped together by a document timestamp.
func stamp(ctx context.Context, data []byte, items []*item, t signature.Timestamper) ([]byte, error) {
	newest := items[len(items)-1]
	older := false
	for _, it := range items {
		switch {
		case it.Kind == validation.DocumentTimestamp:
			older = false // it covers all that is before it
		case it != newest && !it.stamped():
			older = true
		}
	}
	if older {
		return documentTimestamp(ctx, data, t)
	}
	if newest.stamped() {
		return data, nil
	}
	out, err := stampInPlace(ctx, data, newest, t)
	if errors.Is(err, signature.ErrTooLarge) {
		return documentTimestamp(ctx, data, t)
	}
	return out, err
}

func stampInPlace(ctx context.Context, data []byte, it *item, t signature.Timestamper) ([]byte, error) {
	token, err := timestamp(ctx, it.cms.Signers[0].Signature, t)
	if err != nil {
		return nil, err
	}
	der, err := it.cms.AddUnsigned(cms.OIDSignatureTimestamp, token)
	if err != nil {
		return nil, err
	}
	digits := it.hole.End - it.hole.Start - 2
	if 2*len(der) > digits {
		return nil, fmt.Errorf("a timestamp in room for %d bytes: %w", digits/2, signature.ErrTooLarge)
	}
	hex.Encode(data[it.hole.Start+1:], der)
	return data, nil
}

// timestamp stamps content and checks that the token is of it.
func timestamp(ctx context.Context, content []byte, t signature.Timestamper) ([]byte, error) {
	h := crypto.SHA256.New()
	h.Write(content)
	return timestampDigest(ctx, h.Sum(nil), t)
}

func timestampDigest(ctx context.Context, digest []byte, t signature.Timestamper) ([]byte, error) {
	der, err := t.Timestamp(ctx, digest, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	token, err := cms.ParseTimestamp(der)
	if err != nil {
		return nil, err
	}
	if token.Hash != crypto.SHA256 || !token.Covers(digest) {
		return nil, fmt.Errorf("the token stamps something else: %w", signature.ErrTimestamp)
	}
	if _, err := token.Verify(nil); err != nil {
		return nil, fmt.Errorf("%w: %w", signature.ErrTimestamp, err)
	}
	return der, nil
}

// stampRoom is what a token with its chain takes, in bytes.
const stampRoom = 24 << 10

// documentTimestamp appends a timestamp over the whole file (EN 319 142-1 §5.4.3).
func documentTimestamp(ctx context.Context, data []byte, t signature.Timestamper) ([]byte, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	p := placing{doc: d, update: d.NewUpdate(), timestamp: true}
	placed, err := p.place(func(*fieldLock) container {
		return newContainer("ETSI.RFC3161", "DocTimeStamp", stampRoom, pdf.Dict{})
	})
	if err != nil {
		return nil, err
	}
	revision, err := placed.fill(ctx, func(ctx context.Context, digest []byte) ([]byte, error) { return timestampDigest(ctx, digest, t) }, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return append(data, revision...), nil
}

// evidence are the proofs of a document, each once.
type evidence struct {
	sources Sources
	pool    []*x509.Certificate
	seen    map[string]bool
	done    map[string]bool // certificates whose state is proven

	certs, ocsps, crls [][]byte
}

func (e *evidence) add(list *[][]byte, der []byte) {
	if !e.seen[string(der)] {
		e.seen[string(der)] = true
		*list = append(*list, der)
	}
}

func addSecurityStore(ctx context.Context, data []byte, items []*item, s Sources) ([]byte, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	old := &validator{doc: d}
	old.securityStore()
	e := &evidence{sources: s, seen: map[string]bool{}, done: map[string]bool{}}
	if old.hasDSS && allProven(items, old.evidence.Certificates) {
		return data, nil
	}
	for _, c := range old.evidence.Certificates {
		e.add(&e.certs, c.Raw)
	}
	for _, der := range old.evidence.OCSPs {
		e.add(&e.ocsps, der)
	}
	for _, der := range old.evidence.CRLs {
		e.add(&e.crls, der)
	}
	leaves := e.gather(items)
	for _, leaf := range leaves {
		if err := e.prove(ctx, leaf); err != nil {
			return nil, err
		}
	}
	return e.write(d, data)
}

// allProven tells whether the store knows every signer's certificate already.
func allProven(items []*item, known []*x509.Certificate) bool {
	has := func(c *x509.Certificate) bool { return slices.ContainsFunc(known, c.Equal) }
	e := &evidence{}
	for _, leaf := range e.gather(items) {
		if !has(leaf) {
			return false
		}
	}
	return true
}

// gather fills the pool and gives the certificates that signed and stamped.
func (e *evidence) gather(items []*item) []*x509.Certificate {
	var leaves []*x509.Certificate
	e.pool = append(e.pool, e.sources.Certificates...)
	take := func(sd *cms.SignedData) {
		e.pool = append(e.pool, sd.Certificates...)
		if leaf := sd.Signers[0].Find(sd.Certificates); leaf != nil {
			leaves = append(leaves, leaf)
		}
	}
	for _, it := range items {
		take(it.cms)
		for _, der := range cms.Attributes(it.cms.Signers[0].Unsigned, cms.OIDSignatureTimestamp) {
			if t, err := cms.ParseTimestamp(der); err == nil {
				take(t.SignedData)
			}
		}
	}
	return leaves
}

// maxChain bounds a path.
const maxChain = 10

// prove asks for the state of a certificate and of its issuers, up to a root.
func (e *evidence) prove(ctx context.Context, cert *x509.Certificate) error {
	for depth := 0; depth < maxChain; depth++ {
		e.add(&e.certs, cert.Raw)
		if e.done[string(cert.Raw)] || bytes.Equal(cert.RawSubject, cert.RawIssuer) {
			return nil
		}
		e.done[string(cert.Raw)] = true
		issuer := e.issuer(cert)
		if issuer == nil {
			return fmt.Errorf("the issuer of %q is not known: %w", cert.Subject.CommonName, signature.ErrNoRevocation)
		}
		if err := e.state(ctx, cert, issuer); err != nil {
			return fmt.Errorf("the state of %q: %w", cert.Subject.CommonName, err)
		}
		cert = issuer
	}
	return fmt.Errorf("a chain of more than %d certificates: %w", maxChain, signature.ErrTooLarge)
}

func (e *evidence) issuer(cert *x509.Certificate) *x509.Certificate {
	for _, c := range e.pool {
		if bytes.Equal(c.RawSubject, cert.RawIssuer) && cert.CheckSignatureFrom(c) == nil {
			return c
		}
	}
	return nil
}

func (e *evidence) state(ctx context.Context, cert, issuer *x509.Certificate) error {
	ocsps, crls, err := e.sources.Revocation.Revocation(ctx, cert, issuer)
	if err != nil {
		return fmt.Errorf("%w: %w", signature.ErrNoRevocation, err)
	}
	if len(ocsps)+len(crls) == 0 {
		return signature.ErrNoRevocation
	}
	for _, der := range ocsps {
		answer, err := ocsp.ParseResponseForCert(der, cert, issuer)
		if err != nil {
			return fmt.Errorf("%w: %w", signature.ErrNoRevocation, err)
		}
		if answer.Status == ocsp.Revoked {
			return signature.ErrRevoked
		}
		if answer.Certificate != nil {
			e.add(&e.certs, answer.Certificate.Raw)
		}
		e.add(&e.ocsps, der)
	}
	for _, der := range crls {
		list, err := x509.ParseRevocationList(der)
		if err != nil || list.CheckSignatureFrom(issuer) != nil {
			return fmt.Errorf("the list is not the issuer's: %w", signature.ErrNoRevocation)
		}
		for _, r := range list.RevokedCertificateEntries {
			if r.SerialNumber.Cmp(cert.SerialNumber) == 0 {
				return signature.ErrRevoked
			}
		}
		e.add(&e.crls, der)
	}
	return nil
}

// write appends the DSS by incremental update (EN 319 142-1 §5.4.2.2).
func (e *evidence) write(d *pdf.Document, data []byte) ([]byte, error) {
	u := d.NewUpdate()
	dss := pdf.Dict{{Key: "Type", Value: pdf.Name("DSS")}}
	for _, part := range []struct {
		key  pdf.Name
		ders [][]byte
	}{{"Certs", e.certs}, {"OCSPs", e.ocsps}, {"CRLs", e.crls}} {
		var list pdf.Array
		for _, der := range part.ders {
			list = append(list, u.Add(&pdf.Stream{Raw: der}))
		}
		if list != nil {
			dss = append(dss, pdf.Entry{Key: part.key, Value: list})
		}
	}
	catalog, err := d.Catalog()
	if err != nil {
		return nil, err
	}
	u.Set(d.Root(), catalog.With("DSS", u.Add(dss)))
	revision, _, err := u.Append()
	if err != nil {
		return nil, err
	}
	return append(data, revision...), nil
}
