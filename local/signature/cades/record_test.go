package cades_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// recorded is a signature with an evidence record (RFC 4998, appendix A) over some bytes.
func recorded(t *testing.T, a *testpki.Authority, der, over []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(over)
	token, err := a.Timestamp(t.Context(), digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	marshal := func(v any) []byte {
		t.Helper()
		out, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	type archived struct{ Token asn1.RawValue }
	record := marshal(struct {
		Version    int
		Algorithms []pkix.AlgorithmIdentifier
		Chains     [][]archived
	}{1, []pkix.AlgorithmIdentifier{{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}}, [][]archived{{{asn1.RawValue{FullBytes: token}}}}})
	attribute := marshal(struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 49}, []asn1.RawValue{{FullBytes: record}}})
	// The signer is the last of the last: the attribute is put at its end, and each length above is written again.
	var put func(raw []byte, depth int) []byte
	put = func(raw []byte, depth int) []byte {
		var whole asn1.RawValue
		if _, err := asn1.Unmarshal(raw, &whole); err != nil {
			t.Fatal(err)
		}
		inside := whole.Bytes
		if depth == 0 {
			inside = slices.Concat(inside, marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: attribute}))
		} else {
			at := 0
			for rest := inside; len(rest) > 0; {
				var one asn1.RawValue
				if rest, err = asn1.Unmarshal(rest, &one); err != nil {
					t.Fatal(err)
				}
				if len(rest) > 0 {
					at = len(inside) - len(rest)
				}
			}
			inside = slices.Concat(inside[:at], put(inside[at:], depth-1))
		}
		return marshal(asn1.RawValue{Class: whole.Class, Tag: whole.Tag, IsCompound: true, Bytes: inside})
	}
	return put(der, 4) // ContentInfo, [0], SignedData, signerInfos, SignerInfo
}

// An evidence record over a signature proves that it existed when its certificate was in force;
// one over anything else proves nothing.
func TestEvidenceRecord(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Élise Dupuy", testpki.EC(t))
	der, err := cades.Sign(t.Context(), content, who, cades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	good, other := recorded(t, a, der, der), recorded(t, a, der, content)
	o := options(t, a, who, content)
	a.Now = testpki.Start.AddDate(4, 0, 0) // the signer's certificate has ended
	later := options(t, a, who, content)
	o.Evidence.OCSPs = append(o.Evidence.OCSPs[:1], later.Evidence.OCSPs[1])
	o.Evidence.CRLs, o.Now = append(o.Evidence.CRLs, later.Evidence.CRLs...), a.Now
	for name, c := range map[string]struct {
		raw  []byte
		want trust.Indication
		said validation.Outcome
	}{
		"without": {der, trust.Indeterminate, ""}, "over the signature": {good, trust.Passed, validation.Checked}, "over the content alone": {other, trust.Indeterminate, validation.Refuted},
	} {
		r, err := cades.Validate(t.Context(), c.raw, o)
		if err != nil || len(r.Signatures) != 1 {
			t.Fatal(name, err)
		}
		v := r.Signatures[0]
		var said validation.Outcome
		for _, f := range v.Findings {
			if f.Code == validation.CodeArchive {
				said = f.Outcome
			}
		}
		if v.Indication != c.want || !v.Intact || said != c.said {
			t.Errorf("%s: %s %s %s, %q", name, v.Indication, v.Sub, v.Why, said)
		}
	}
	// A byte of what is recorded changed: what is not noticed by the signature is by the record.
	for at := range bytes.Index(good, der[len(der)-32:]) {
		changed := bytes.Clone(good)
		changed[at] ^= 1
		if r, err := cades.Validate(t.Context(), changed, o); err == nil && len(r.Signatures) == 1 && r.Signatures[0].Indication == trust.Passed {
			t.Fatalf("byte %d of a recorded signature changed unnoticed", at)
		}
	}
}

// What others recorded over their signatures fits them; changed, it does not.
func TestForeignRecords(t *testing.T) {
	folder := os.Getenv("AIRIAL_SAMPLES")
	if folder == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for _, name := range []string{"CAdEs-BpT+ER-without-reducedHashTree.p7m", "C-E-ERS-parallel-ers.p7m"} {
		raw, err := os.ReadFile(filepath.Join(folder, "cades-dss", name))
		if err != nil {
			t.Fatal(err)
		}
		outcomes := func(raw []byte) (stamped, refuted int) {
			r, err := cades.Validate(t.Context(), raw, validation.Options{Now: testpki.Start})
			if err != nil {
				t.Fatal(name, err)
			}
			for _, f := range r.Signatures[0].Findings {
				switch {
				case f.Code == validation.CodeArchive && f.Outcome == validation.Refuted:
					refuted++
				case f.Code == validation.CodeArchive:
					stamped++
				}
			}
			return stamped, refuted
		}
		if stamped, refuted := outcomes(raw); stamped == 0 || refuted != 0 {
			t.Errorf("%s: %d, %d refuted", name, stamped, refuted)
		}
	}
}
