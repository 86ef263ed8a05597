package ers_test

import (
	"bytes"
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"testing"

	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/ers"
	"alpi40.fr/airial/local/signature/testpki"
)

// maker makes records as an archive does.
type maker struct {
	t      *testing.T
	a      *testpki.Authority
	chains [][]asn1.RawValue
}

type archiveTimestamp struct {
	Tree  [][][]byte `asn1:"optional,tag:2"`
	Token asn1.RawValue
}

func sum(hash crypto.Hash, parts ...[]byte) []byte {
	h := hash.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func root(hash crypto.Hash, lists [][][]byte) (r []byte) {
	for _, list := range lists {
		all := slices.Clone(list)
		if r != nil {
			all = append(all, r)
		}
		slices.SortFunc(all, bytes.Compare)
		r = sum(hash, all...)
	}
	return r
}

// lay adds a timestamp over a tree, in a new chain or in the last.
func (m *maker) lay(hash crypto.Hash, further bool, lists ...[][]byte) (token []byte) {
	m.t.Helper()
	token, err := m.a.Timestamp(m.t.Context(), root(hash, lists), hash)
	if err != nil {
		m.t.Fatal(err)
	}
	der, err := asn1.Marshal(archiveTimestamp{lists, asn1.RawValue{FullBytes: token}})
	if err != nil {
		m.t.Fatal(err)
	}
	if further {
		m.chains = append(m.chains, nil)
	}
	last := &m.chains[len(m.chains)-1]
	*last = append(*last, asn1.RawValue{FullBytes: der})
	return token
}

func (m *maker) sequence() []byte {
	m.t.Helper()
	der, err := asn1.Marshal(m.chains)
	if err != nil {
		m.t.Fatal(err)
	}
	return der
}

func (m *maker) record() []byte {
	m.t.Helper()
	der, err := asn1.Marshal(struct {
		Version    int
		Algorithms []pkix.AlgorithmIdentifier
		Chains     asn1.RawValue
	}{1, []pkix.AlgorithmIdentifier{{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}}, asn1.RawValue{FullBytes: m.sequence()}})
	if err != nil {
		m.t.Fatal(err)
	}
	return der
}

// renewed is a record over two files, whose timestamp was renewed, then its tree under a stronger hash.
func renewed(t *testing.T, one, two []byte) []byte {
	t.Helper()
	m := &maker{t: t, a: testpki.New(t)}
	const h, stronger = crypto.SHA256, crypto.SHA512
	first := m.lay(h, true, [][]byte{sum(h, one), sum(h, two)}, [][]byte{sum(h, []byte("another's"))})
	m.lay(h, false, [][]byte{sum(h, first), sum(h, []byte("another's"))})
	before := sum(stronger, m.sequence())
	m.lay(stronger, true, [][]byte{sum(stronger, sum(stronger, one), before), sum(stronger, sum(stronger, two), before)})
	return m.record()
}

// fits tells which timestamps of a record stamp what they must.
func fits(t *testing.T, raw []byte, objects ...[]byte) (all []bool) {
	t.Helper()
	r, err := ers.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Archives(objects) {
		stamp, err := cms.ParseTimestamp(a.Token)
		if err != nil {
			t.Fatal(err)
		}
		imprint, covers, err := a.Imprint(stamp)
		if err != nil && !errors.Is(err, cms.ErrIndex) {
			t.Fatal(err)
		}
		all = append(all, err == nil && stamp.Covers(imprint))
		if err != nil {
			continue
		}
		for i, token := range r.Tokens() {
			if older := i < len(all)-1; covers(token) != older {
				t.Errorf("timestamp %d covers token %d: %v", len(all), i+1, !older)
			}
		}
		if !covers([]byte("inside the files")) {
			t.Error("what stands in the files is not covered")
		}
	}
	return all
}

func TestRecord(t *testing.T) {
	one, two := []byte("délibération"), []byte("annexe")
	raw := renewed(t, one, two)
	for name, c := range map[string]struct {
		objects [][]byte
		want    []bool
	}{
		"whole":                {[][]byte{one, two}, []bool{true, true, true}},
		"in another order":     {[][]byte{two, one}, []bool{true, true, true}},
		"a file changed":       {[][]byte{one, []byte("Annexe")}, []bool{false, false, false}},
		"a file more":          {[][]byte{one, two, []byte("ajout")}, []bool{false, false, false}},
		"another file instead": {[][]byte{[]byte("autre")}, []bool{false, false, false}},
		"none":                 {nil, []bool{false, false, false}},
	} {
		if got := fits(t, raw, c.objects...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	// One object, without a tree; then under an algorithm's own single list.
	m := &maker{t: t, a: testpki.New(t)}
	m.lay(crypto.SHA256, true, [][]byte{sum(crypto.SHA256, one)})
	if got := fits(t, m.record(), one); !got[0] {
		t.Error("a list of one")
	}
}

// Whatever byte is changed, nothing panics, and no timestamp fits that did not: what fits still is
// of the same bytes.
func TestChangedRecord(t *testing.T) {
	one, two := []byte("délibération"), []byte("annexe")
	raw := renewed(t, one, two)
	for i := 0; i < len(raw); i += 3 {
		changed := bytes.Clone(raw)
		changed[i] ^= 0x21
		r, err := ers.Parse(changed)
		if err != nil {
			continue
		}
		for _, a := range r.Archives([][]byte{one, []byte("Annexe")}) {
			if stamp, err := cms.ParseTimestamp(a.Token); err == nil {
				if _, _, err := a.Imprint(stamp); err == nil {
					t.Fatalf("byte %d: a record of another file fits", i)
				}
			}
		}
	}
	for name, bad := range map[string][]byte{"nothing": nil, "a page": []byte("<html>"), "cut": raw[:len(raw)/2], "doubled": append(bytes.Clone(raw), raw...), "version 2": bytes.Replace(raw, []byte{2, 1, 1}, []byte{2, 1, 2}, 1)} {
		if _, err := ers.Parse(bad); !errors.Is(err, ers.ErrRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ers.Parse(raw)
		if err != nil {
			return
		}
		for _, a := range r.Archives([][]byte{[]byte("un"), []byte("deux")}) {
			if stamp, err := cms.ParseTimestamp(a.Token); err == nil {
				_, _, _ = a.Imprint(stamp)
			}
		}
	})
}
