package pdf_test

import (
	"bytes"
	"errors"
	"testing"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pdf"
)

const small = `%PDF-1.4
1 0 obj
<</Type/Catalog/Pages 2 0 R>>
endobj
2 0 obj
<</Type/Pages/Kids[]/Count 0/Note(a\(b\)c\101)/Hex<414>/Name#20Of 1.5>>
endobj
xref
0 3
0000000000 65535 f 
0000000009 00000 n 
0000000054 00000 n 
trailer
<</Size 3/Root 1 0 R>>
startxref
142
%%EOF
`

// open reads every object of a file as the signature packages do.
func open(data []byte) error {
	d, err := pdf.Open(data)
	if err != nil {
		return err
	}
	if _, err := d.Catalog(); err != nil {
		return err
	}
	for _, n := range d.Numbers() {
		ref, ok := d.RefOf(n)
		if !ok {
			continue
		}
		o, err := d.Get(ref)
		if err != nil {
			continue
		}
		if s, ok := o.(*pdf.Stream); ok {
			_, _ = d.Decode(s)
		}
		pdf.Append(nil, o)
	}
	return d.Check()
}

func TestOpen(t *testing.T) {
	if err := open([]byte(small)); err != nil {
		t.Fatal(err)
	}
	d, err := pdf.Open([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := d.Dict(pdf.Ref{Num: 2})
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := pages.Get("Note").(pdf.String); string(s) != "a(b)cA" {
		t.Errorf("the text is %q", s)
	}
	if s, _ := pages.Get("Hex").(pdf.String); string(s) != "A@" {
		t.Errorf("the odd hexadecimal is %q", s)
	}
	if v, ok := pdf.Float(pages.Get("Name Of")); !ok || v != 1.5 {
		t.Errorf("the escaped name gives %v", v)
	}
}

// What a hostile or broken file may hold: a reason, and neither a panic nor an
// endless reading.
func TestHostileFiles(t *testing.T) {
	deep := bytes.Repeat([]byte("["), 200_000)
	for name, c := range map[string]struct {
		data string
		want []error
	}{
		"nothing":               {"", []error{signature.ErrEmpty}},
		"a text":                {"Madame, Monsieur,", []error{signature.ErrNotPDF}},
		"a header alone":        {"%PDF-1.7\n", []error{signature.ErrTruncated, signature.ErrBroken}},
		"a trailer of itself":   {"%PDF-1.4\nxref\n0 0\ntrailer\n<</Prev 9/Size 1/Root 1 0 R>>\nstartxref\n9\n%%EOF", []error{signature.ErrBroken}},
		"brackets without end":  {"%PDF-1.4\n1 0 obj\n" + string(deep) + "\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF", []error{signature.ErrBroken, signature.ErrTooLarge}},
		"a size beyond numbers": {"%PDF-1.4\nxref\n0 99999999999999999999\ntrailer\n<</Root 1 0 R>>\nstartxref\n9\n%%EOF", []error{signature.ErrBroken, signature.ErrTooLarge}},
		"a catalogue of itself": {"%PDF-1.4\n1 0 obj\n1 0 R\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R>>\nstartxref\n30\n%%EOF", []error{signature.ErrBroken}},
	} {
		t.Run(name, func(t *testing.T) {
			err := open([]byte(c.data))
			for _, want := range c.want {
				if errors.Is(err, want) {
					return
				}
			}
			t.Errorf("%v", err)
		})
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		_ = open(data)
		if !bytes.Equal(before, data) {
			t.Error("reading changed the file")
		}
	})
}
