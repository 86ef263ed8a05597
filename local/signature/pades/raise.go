package pades

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/evidence"
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

func (s Sources) network() evidence.Sources {
	return evidence.Sources{Timestamper: s.Timestamper, Revocation: s.Revocation, Certificates: s.Certificates}
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
		return nil, signature.LevelB, err
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
	return evidence.Sources{Timestamper: t}.Stamp(ctx, digest, crypto.SHA256)
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

func addSecurityStore(ctx context.Context, data []byte, items []*item, s Sources) ([]byte, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	old := &validator{doc: d}
	old.securityStore()
	leaves, pool := signers(items)
	if old.hasDSS && allProven(leaves, old.evidence.Certificates) {
		return data, nil
	}
	known := evidence.Proofs{OCSPs: old.evidence.OCSPs, CRLs: old.evidence.CRLs}
	for _, c := range old.evidence.Certificates {
		known.Certificates = append(known.Certificates, c.Raw)
	}
	proofs, err := evidence.Gather(ctx, leaves, pool, known, s.network())
	if err != nil {
		return nil, err
	}
	return writeStore(d, data, proofs)
}

// allProven tells whether the store knows every signer's certificate already.
func allProven(leaves, known []*x509.Certificate) bool {
	return !slices.ContainsFunc(leaves, func(c *x509.Certificate) bool { return !slices.ContainsFunc(known, c.Equal) })
}

// signers gives the certificates that signed and stamped, and all those at hand.
func signers(items []*item) (leaves, pool []*x509.Certificate) {
	take := func(sd *cms.SignedData) {
		pool = append(pool, sd.Certificates...)
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
	return leaves, pool
}

// writeStore appends the DSS by incremental update (EN 319 142-1 §5.4.2.2).
func writeStore(d *pdf.Document, data []byte, proofs evidence.Proofs) ([]byte, error) {
	u := d.NewUpdate()
	dss := pdf.Dict{{Key: "Type", Value: pdf.Name("DSS")}}
	for _, part := range []struct {
		key  pdf.Name
		ders [][]byte
	}{{"Certs", proofs.Certificates}, {"OCSPs", proofs.OCSPs}, {"CRLs", proofs.CRLs}} {
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
