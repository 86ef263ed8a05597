package pades

import (
	"bytes"
	"errors"
	"fmt"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pdf"
)

// Info is what a document is, as far as signing it goes.
type Info struct {
	// Pages is the number of pages.
	Pages int
	// Fields are the signature fields, in the order of the form.
	Fields []Field
	// Signatures counts the signed ones, document timestamps included.
	Signatures int
	// Certification is the DocMDP permission in force, 0 when there is none:
	// 1 no change, 2 forms and signatures, 3 annotations too.
	Certification int
	// XFA: the form is drawn by a technique that few readers know.
	XFA bool
}

// Field is a signature field.
type Field struct {
	Name   string
	Signed bool
	// Locked: an earlier signature forbids signing it (FieldMDP).
	Locked bool
}

// Inspect tells, before any key is asked for, whether a document can be signed.
// What it knows is given with ErrCertified too.
//
// Errors: signature.ErrEmpty, ErrNotPDF, ErrTruncated, ErrBroken, ErrTooLarge,
// ErrEncrypted, ErrCertified.
func Inspect(data []byte) (Info, error) {
	var info Info
	d, err := open(data)
	if err != nil {
		return info, err
	}
	if err := d.Check(); err != nil {
		return info, err
	}
	if err := walkPages(d, func(page) bool { info.Pages++; return info.Pages < maxPages }); err != nil {
		return info, err
	}
	if info.Pages == 0 {
		return info, fmt.Errorf("no page: %w", signature.ErrBroken)
	}
	form, err := acroForm(d)
	if err != nil {
		return info, err
	}
	info.XFA = form.Get("XFA") != nil
	all, err := fields(d)
	if err != nil {
		return info, err
	}
	perms, err := readPermissions(d, all)
	if err != nil {
		return info, err
	}
	info.Certification = int(perms.docMDP)
	for _, f := range all {
		if f.kind == "Sig" {
			one := Field{f.name, f.signed(d), perms.locked(f.name)}
			info.Fields = append(info.Fields, one)
			if one.Signed {
				info.Signatures++
			}
		}
	}
	if perms.docMDP == 1 {
		return info, signature.ErrCertified
	}
	return info, nil
}

func (p permissions) locked(name string) bool {
	for _, l := range p.locks {
		if l.covers(name) {
			return true
		}
	}
	return false
}

// open opens a document that is to be changed, and refuses what must not be.
func open(data []byte) (*pdf.Document, error) {
	d, err := pdf.Open(data)
	if err != nil {
		return nil, afterCut(data, err)
	}
	if d.Encrypted() {
		return nil, signature.ErrEncrypted
	}
	if len(d.Tail()) > 0 && bytes.Contains(d.Tail(), []byte(" obj")) {
		return nil, fmt.Errorf("a revision is unfinished: %w", signature.ErrTruncated)
	}
	return d, nil
}

// afterCut tells a file cut short from one damaged otherwise: its last line is
// not %%EOF.
func afterCut(data []byte, err error) error {
	if errors.Is(err, signature.ErrBroken) && !bytes.Contains(data[max(0, len(data)-1024):], []byte("%%EOF")) {
		return fmt.Errorf("%w (%w)", signature.ErrTruncated, err)
	}
	return err
}
