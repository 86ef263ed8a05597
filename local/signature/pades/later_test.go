package pades_test

import (
	"bytes"
	"testing"

	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/pdf"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// What other programs add after a signature is told by what it touches
// (ISO 32000-1 §12.8.2.2): what nothing draws does not make a signature invalid.
func TestLaterChanges(t *testing.T) {
	a := testpki.New(t)
	signed, err := pades.Sign(t.Context(), paper{}.bytes(), a.Person("Maïté FICTIVE", testpki.EC(t)), pades.Options{SigningTime: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	form := func(catalog pdf.Dict, d *pdf.Document) pdf.Dict {
		dict, err := d.Dict(catalog.Get("AcroForm"))
		if err != nil {
			t.Fatal(err)
		}
		return dict
	}
	for _, c := range []struct {
		name   string
		change func(d *pdf.Document, catalog pdf.Dict) pdf.Dict
		kind   validation.ChangeKind
		leave  validation.Leave
		failed bool
	}{
		{"a structure tree", func(_ *pdf.Document, catalog pdf.Dict) pdf.Dict {
			return catalog.With("StructTreeRoot", pdf.Dict{{Key: "Type", Value: pdf.Name("StructTreeRoot")}})
		}, validation.ChangeStructure, validation.Doubtful, false},
		{"a resource that no field draws", func(d *pdf.Document, catalog pdf.Dict) pdf.Dict {
			return catalog.With("AcroForm", form(catalog, d).With("DR", pdf.Dict{{Key: "XObject", Value: pdf.Dict{{Key: "FRM", Value: int64(1)}}}}))
		}, "", "", false},
		{"another way of opening", func(_ *pdf.Document, catalog pdf.Dict) pdf.Dict {
			return catalog.With("OpenAction", pdf.Dict{{Key: "S", Value: pdf.Name("JavaScript")}})
		}, validation.ChangeContent, validation.Forbidden, true},
	} {
		d, err := pdf.Open(signed)
		if err != nil {
			t.Fatal(err)
		}
		catalog, err := d.Catalog()
		if err != nil {
			t.Fatal(err)
		}
		u := d.NewUpdate()
		u.Set(d.Root(), c.change(d, catalog))
		revision, _, err := u.Append()
		if err != nil {
			t.Fatal(err)
		}
		report, err := pades.Validate(t.Context(), append(bytes.Clone(signed), revision...), validation.Options{Anchors: a.Anchors(), Now: testpki.Start})
		if err != nil {
			t.Fatal(err)
		}
		s := report.Signatures[0]
		if failed := s.Indication == trust.Failed; failed != c.failed || !s.Intact {
			t.Errorf("%s: %v %s", c.name, s.Indication, s.Why)
		}
		if c.kind != "" && (len(s.Changes) != 1 || s.Changes[0].Kind != c.kind || s.Changes[0].Leave != c.leave) {
			t.Errorf("%s: %+v", c.name, s.Changes)
		}
	}
}
