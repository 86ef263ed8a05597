package pades_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// TestChanges: whatever byte of a signed document is changed, anywhere, no signature that covers
// it is found good, and each verdict comes within bounds. AIRIAL_CAMPAIGN plays 10,000 changes.
func TestChanges(t *testing.T) {
	a := testpki.New(t)
	mayor, secretary := a.Person("Maïté FICTIVE", testpki.RSA(t, 2048)), a.Person("Solène BROUILLON", testpki.EC(t))
	both := sign(t, sign(t, paper{pages: 2}.bytes(), mayor, pades.Options{}), secretary, pades.Options{})
	raised, _, err := pades.Raise(t.Context(), both, pades.Sources{Timestamper: a, Revocation: a})
	if err != nil {
		t.Fatal(err)
	}
	archived, _, err := pades.Archive(t.Context(), raised, pades.Sources{Timestamper: a, Revocation: a})
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string][]byte{
		"B-B, certifying":       sign(t, paper{}.bytes(), mayor, pades.Options{Certify: 2}),
		"B-B":                   sign(t, paper{}.bytes(), mayor, pades.Options{}),
		"B-B in object streams": sign(t, paper{pages: 2, stream: true}.bytes(), secretary, pades.Options{}),
		"two signatures, B-LT":  raised,
		"two signatures, B-LTA": archived,
		"B-B, large":            sign(t, paper{pages: 3, filler: 200_000}.bytes(), mayor, pades.Options{}),
	}
	var known trust.Evidence
	for _, pair := range [][2]*testpki.Identity{{mayor, a.Issuing}, {secretary, a.Issuing}, {a.Issuing, a.Root}} {
		ocsps, crls, err := a.Revocation(t.Context(), pair[0].Cert, pair[1].Cert)
		if err != nil {
			t.Fatal(err)
		}
		known.Add(trust.Evidence{OCSPs: ocsps, CRLs: crls})
	}
	o := validation.Options{Anchors: a.Anchors(), Evidence: known, Now: testpki.Start.Add(time.Hour)}
	for name, data := range documents {
		t.Run(name, func(t *testing.T) { changes(t, data, o, testpki.Changes()/len(documents)) })
	}
}

// changes changes one byte at a time, at random places.
func changes(t *testing.T, data []byte, o validation.Options, times int) {
	t.Helper()
	covers := ranges(t, data)
	before, err := pades.Validate(t.Context(), data, o)
	if err != nil || len(before.Signatures) != len(covers) || before.Indication() != trust.Passed {
		t.Fatalf("as it was made: %s, %v", before.Indication(), err)
	}
	of := map[string]span{} // by field: a broken file may tell them in another order
	for i, s := range before.Signatures {
		of[s.Field] = covers[i]
	}
	random := rand.New(rand.NewPCG(uint64(len(data)), 2))
	noticed := 0
	for range times {
		at := random.IntN(len(data))
		changed := bytes.Clone(data)
		changed[at] ^= byte(1 << random.IntN(8))
		var r validation.Report
		var err error
		testpki.Bounded(t, func(ctx context.Context) { r, err = pades.Validate(ctx, changed, o) })
		if err != nil || r.Indication() != trust.Passed || len(r.Signatures) != len(covers) {
			noticed++
		}
		if err != nil {
			continue
		}
		for _, s := range r.Signatures {
			if cover, known := of[s.Field]; (!known || cover.has(at)) && s.Indication == trust.Passed {
				t.Fatalf("byte %d changed (%q), and %s is found good", at, data[max(0, at-30):min(len(data), at+30)], s.Field)
			}
		}
	}
	t.Logf("%d changes of %d noticed; the others are in what no signature covers, or change nothing (the case of a digit)", noticed, times)
}

// span is what a signature covers: two stretches around its own place.
type span [4]int

func (s span) has(at int) bool {
	return at >= s[0] && at < s[0]+s[1] || at >= s[2] && at < s[2]+s[3]
}

var byteRange = regexp.MustCompile(`/ByteRange ?\[(\d+) (\d+) (\d+) (\d+) *\]`)

// ranges are those of the signatures of a document, in their order.
func ranges(t *testing.T, data []byte) (all []span) {
	t.Helper()
	for _, m := range byteRange.FindAllSubmatch(data, -1) {
		var s span
		for i := range s {
			n, err := strconv.Atoi(string(m[i+1]))
			if err != nil {
				t.Fatal(err)
			}
			s[i] = n
		}
		all = append(all, s)
	}
	return all
}
