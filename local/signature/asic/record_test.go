package asic_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/asic"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// recordOf makes an evidence record over files (RFC 4998): one timestamp over one list of digests.
func recordOf(t *testing.T, a *testpki.Authority, contents ...string) string {
	t.Helper()
	var list [][]byte
	for _, c := range contents {
		digest := sha256.Sum256([]byte(c))
		list = append(list, digest[:])
	}
	slices.SortFunc(list, bytes.Compare)
	imprint := sha256.Sum256(bytes.Join(list, nil))
	token, err := a.Timestamp(t.Context(), imprint[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	type archived struct {
		Tree  [][][]byte `asn1:"tag:2"`
		Token asn1.RawValue
	}
	der, err := asn1.Marshal(struct {
		Version    int
		Algorithms []pkix.AlgorithmIdentifier
		Chains     [][]archived
	}{1, []pkix.AlgorithmIdentifier{{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}}, [][]archived{{{[][][]byte{list}, asn1.RawValue{FullBytes: token}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(der)
}

// manifestOf names files for a signature or a record.
func manifestOf(of string, files ...entry) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><asic:SigReference URI="%s"/>`, of)
	for _, f := range files {
		digest := sha256.Sum256([]byte(f.content))
		fmt.Fprintf(&out, `<asic:DataObjectReference URI="%s"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>%s</ds:DigestValue></asic:DataObjectReference>`, f.name, base64.StdEncoding.EncodeToString(digest[:]))
	}
	return out.String() + `</asic:ASiCManifest>`
}

// A record proves that files existed, and a signature among them when its certificate has ended;
// it signs nothing, and one that does not fit is told and proves nothing.
func TestEvidenceRecords(t *testing.T) {
	const record, list, signature = "META-INF/evidencerecord001.ers", "META-INF/ASiCEvidenceRecordManifest001.xml", "META-INF/signature.p7s"
	a := testpki.New(t)
	who := a.Person("Élise Dupuy", testpki.EC(t))
	der, err := cades.Sign(t.Context(), []byte("un"), who, cades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	signed, one, two := entry{signature, string(der)}, entry{"a.txt", "un"}, entry{"b.txt", "deux"}
	both, all := recordOf(t, a, "un", "deux"), recordOf(t, a, "un", string(der))
	e := trust.Evidence{}
	keep := func() {
		for _, cert := range []*testpki.Identity{who, a.TSA} {
			der, err := a.OCSP(cert.Cert)
			if err != nil {
				t.Fatal(err)
			}
			e.OCSPs = append(e.OCSPs, der)
		}
		crl, err := a.CRL(a.Root)
		if err != nil {
			t.Fatal(err)
		}
		e.CRLs = append(e.CRLs, crl)
	}
	keep()
	a.Now = testpki.Start.AddDate(4, 0, 0) // the signer's certificate has ended, the service's has not
	e.OCSPs = e.OCSPs[:1]
	der, err = a.OCSP(a.TSA.Cert)
	if err != nil {
		t.Fatal(err)
	}
	e.OCSPs = append(e.OCSPs, der)
	if der, err = a.CRL(a.Root); err != nil {
		t.Fatal(err)
	}
	e.CRLs = append(e.CRLs, der)
	for name, c := range map[string]struct {
		files  []entry
		want   []trust.Indication // of the signatures, the record's verdict last
		proven bool               // the first
		doubts bool               // an uncovered file is told
	}{
		"files alone":                                     {files: []entry{one, two, {list, manifestOf(record, one, two)}, {record, both}}, want: []trust.Indication{trust.Passed}, proven: true},
		"files alone, without a list":                     {files: []entry{one, two, {record, both}}, want: []trust.Indication{trust.Passed}, proven: true},
		"a file changed":                                  {files: []entry{one, {"b.txt", "trois"}, {record, both}}, want: []trust.Indication{trust.Failed}, doubts: true},
		"a file and its list changed":                     {files: []entry{one, {"b.txt", "trois"}, {list, manifestOf(record, one, entry{"b.txt", "trois"})}, {record, both}}, want: []trust.Indication{trust.Failed}, doubts: true},
		"the list says otherwise":                         {files: []entry{one, two, {list, manifestOf(record, one, entry{"b.txt", "trois"})}, {record, both}}, want: []trust.Indication{trust.Failed}, doubts: true},
		"a file is missing":                               {files: []entry{one, {list, manifestOf(record, one, two)}, {record, both}}, want: []trust.Indication{trust.Failed}, doubts: true},
		"rubbish":                                         {files: []entry{one, two, {record, "rien"}}, want: []trust.Indication{trust.Failed}, doubts: true},
		"an ended signature, alone":                       {files: []entry{one, signed}, want: []trust.Indication{trust.Indeterminate}},
		"an ended signature in a record":                  {files: []entry{one, signed, {list, manifestOf(record, one, signed)}, {record, all}}, want: []trust.Indication{trust.Passed, trust.Passed}, proven: true},
		"under another's record":                          {files: []entry{one, signed, {list, manifestOf(record, one, signed)}, {record, both}}, want: []trust.Indication{trust.Indeterminate, trust.Failed}},
		"a file that is archived, and that nobody signed": {files: []entry{one, two, {"META-INF/ASiCManifest.xml", manifestOf("META-INF/other.p7s", one)}, signed, {list, manifestOf(record, one, two)}, {record, both}}, want: []trust.Indication{trust.Indeterminate, trust.Passed}, doubts: true},
	} {
		r, err := asic.Validate(t.Context(), pack(t, c.files...), validation.Options{Anchors: a.Anchors(), Now: a.Now, Evidence: e})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []trust.Indication
		for _, v := range r.Signatures {
			got = append(got, v.Indication)
		}
		doubts := slices.ContainsFunc(r.Findings, func(f validation.Finding) bool { return f.Code == validation.CodeUncovered })
		if !slices.Equal(got, c.want) || len(r.Signatures) > 0 && r.Signatures[0].Proven.Equal(testpki.Start) != c.proven || doubts != c.doubts {
			t.Errorf("%s: %v, proven %v, uncovered %v", name, got, r.Signatures[0].Proven, doubts)
			for _, v := range r.Signatures {
				t.Log(v.Sub, v.Why)
				for _, f := range v.Findings {
					t.Log("   ", f.French())
				}
			}
		}
	}
	r, err := asic.Validate(t.Context(), pack(t, one, two, entry{record, both}), validation.Options{Now: a.Now.Add(time.Hour)})
	if err != nil || r.Signatures[0].Indication != trust.Indeterminate {
		t.Errorf("without trust: %+v %v", r.Signatures, err)
	}
}
