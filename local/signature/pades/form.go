package pades

import (
	"bytes"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pdf"
)

const (
	maxFields = 100_000
	maxPages  = 200_000
	maxLevels = 64
)

// field is a terminal form field.
type field struct {
	ref  pdf.Ref
	name string
	kind pdf.Name // FT, inherited
	dict pdf.Dict
	// value is V as written, usually a reference; widgets are its annotations.
	value   pdf.Object
	widgets []pdf.Ref
}

// acroForm gives the interactive form's dictionary, nil when there is none.
func acroForm(d *pdf.Document) (pdf.Dict, error) {
	catalog, err := d.Catalog()
	if err != nil {
		return nil, err
	}
	form, err := d.Dict(catalog.Get("AcroForm"))
	if err != nil {
		return nil, fmt.Errorf("reading the form: %w", err)
	}
	return form, nil
}

// fields gives the terminal fields of the form (ISO 32000-1 §12.7.3), in order.
func fields(d *pdf.Document) ([]field, error) {
	form, err := acroForm(d)
	if err != nil || form == nil {
		return nil, err
	}
	w := fieldWalk{doc: d, seen: map[pdf.Ref]bool{}}
	if err := w.kids(form.Get("Fields"), field{}, 0); err != nil {
		return nil, fmt.Errorf("reading the form's fields: %w", err)
	}
	return w.found, nil
}

type fieldWalk struct {
	doc   *pdf.Document
	seen  map[pdf.Ref]bool
	found []field
}

func (w *fieldWalk) kids(list pdf.Object, parent field, level int) error {
	kids, err := w.doc.Array(list)
	if err != nil {
		return err
	}
	if level > maxLevels {
		return fmt.Errorf("fields nested deeper than %d: %w", maxLevels, signature.ErrTooLarge)
	}
	for _, kid := range kids {
		ref, ok := kid.(pdf.Ref)
		if !ok || w.seen[ref] {
			continue
		}
		if w.seen[ref] = true; len(w.seen) > maxFields {
			return fmt.Errorf("more than %d fields: %w", maxFields, signature.ErrTooLarge)
		}
		if err := w.one(ref, parent, level); err != nil {
			return err
		}
	}
	return nil
}

func (w *fieldWalk) one(ref pdf.Ref, parent field, level int) error {
	dict, err := w.doc.Dict(ref)
	if err != nil || dict == nil {
		return err
	}
	f := field{ref: ref, name: parent.name, kind: parent.kind, dict: dict, value: parent.value}
	partial, err := w.doc.Resolve(dict.Get("T"))
	if err != nil {
		return err
	}
	if s, ok := partial.(pdf.String); ok {
		f.name = strings.TrimPrefix(parent.name+"."+pdf.Text(s), ".")
	}
	kind, err := w.doc.Resolve(dict.Get("FT"))
	if err != nil {
		return err
	}
	if name, ok := kind.(pdf.Name); ok {
		f.kind = name
	}
	if v := dict.Get("V"); v != nil {
		f.value = v
	}
	kids, err := w.doc.Array(dict.Get("Kids"))
	if err != nil {
		return err
	}
	named := false
	for _, kid := range kids {
		k, err := w.doc.Dict(kid)
		if err != nil {
			return err
		}
		if k.Get("T") != nil {
			named = true
		} else if r, ok := kid.(pdf.Ref); ok && k != nil {
			f.widgets = append(f.widgets, r)
		}
	}
	if named {
		return w.kids(dict.Get("Kids"), f, level+1)
	}
	if len(kids) == 0 || dict.Get("Subtype") == pdf.Name("Widget") {
		f.widgets = append(f.widgets, ref)
	}
	w.found = append(w.found, f)
	return nil
}

// signed tells whether a signature field has a value that is a dictionary, and no place
// that was prepared for a signature and left empty.
func (f field) signed(d *pdf.Document) bool {
	dict, err := d.Dict(f.value)
	return err == nil && dict != nil && !empty(d, dict)
}

// reserved tells whether a signature field holds a place that nobody has filled.
func (f field) reserved(d *pdf.Document) bool {
	dict, err := d.Dict(f.value)
	return err == nil && dict != nil && empty(d, dict)
}

// empty tells whether the Contents of a signature dictionary are zeros alone: what a program
// writes before an outside service signs.
func empty(d *pdf.Document, dict pdf.Dict) bool {
	o, err := d.Resolve(dict.Get("Contents"))
	contents, ok := o.(pdf.String)
	return err == nil && ok && len(bytes.Trim(contents, "\x00")) == 0
}

// permissions is what the signatures of a document allow.
type permissions struct {
	// docMDP is the certification's P, 0 when not certified (ISO 32000-1 table 254).
	docMDP int64
	// locks are the FieldMDP restrictions in force.
	locks []fieldLock
}

// fieldLock is a FieldMDP restriction (ISO 32000-1 table 256).
type fieldLock struct {
	action pdf.Name
	names  []string
}

// covers tells whether the field of that full name is locked.
func (l fieldLock) covers(name string) bool {
	listed := false
	for _, n := range l.names {
		listed = listed || n == name || strings.HasPrefix(name, n+".")
	}
	switch l.action {
	case "All":
		return true
	case "Include":
		return listed
	case "Exclude":
		return !listed
	}
	return false
}

func readPermissions(d *pdf.Document, all []field) (permissions, error) {
	var p permissions
	catalog, err := d.Catalog()
	if err != nil {
		return p, err
	}
	perms, err := d.Dict(catalog.Get("Perms"))
	if err != nil {
		return p, err
	}
	if err := p.addSignature(d, perms.Get("DocMDP")); err != nil {
		return p, fmt.Errorf("reading the certification: %w", err)
	}
	for _, f := range all {
		if f.kind != "Sig" || !f.signed(d) {
			continue
		}
		if err := p.addSignature(d, f.value); err != nil {
			return p, fmt.Errorf("reading the signature of field %q: %w", f.name, err)
		}
		lock, err := d.Dict(f.dict.Get("Lock"))
		if err != nil {
			return p, err
		}
		// PDF 2.0 §12.7.5.5: a lock may carry DocMDP permissions of its own.
		if n, ok := lock.Get("P").(int64); ok {
			p.restrict(n)
		}
	}
	return p, nil
}

func (p *permissions) restrict(n int64) {
	if n >= 1 && n <= 3 && (p.docMDP == 0 || n < p.docMDP) {
		p.docMDP = n
	}
}

func (p *permissions) addSignature(d *pdf.Document, sig pdf.Object) error {
	dict, err := d.Dict(sig)
	if err != nil {
		return err
	}
	references, err := d.Array(dict.Get("Reference"))
	if err != nil {
		return err
	}
	for _, r := range references {
		ref, err := d.Dict(r)
		if err != nil {
			return err
		}
		params, err := d.Dict(ref.Get("TransformParams"))
		if err != nil {
			return err
		}
		switch ref.Get("TransformMethod") {
		case pdf.Name("DocMDP"):
			n, ok := params.Get("P").(int64)
			if !ok {
				n = 2
			}
			p.restrict(n)
		case pdf.Name("FieldMDP"):
			lock, err := readLock(d, params)
			if err != nil {
				return err
			}
			p.locks = append(p.locks, lock)
		}
	}
	return nil
}

func readLock(d *pdf.Document, params pdf.Dict) (fieldLock, error) {
	var lock fieldLock
	lock.action, _ = params.Get("Action").(pdf.Name)
	names, err := d.Array(params.Get("Fields"))
	for _, n := range names {
		if s, ok := n.(pdf.String); ok {
			lock.names = append(lock.names, pdf.Text(s))
		}
	}
	return lock, err
}

// page is a page with the attributes it inherits.
type page struct {
	ref    pdf.Ref
	dict   pdf.Dict
	media  pdf.Object
	crop   pdf.Object
	rotate pdf.Object
}

// walkPages calls visit for each page in order until it returns false.
func walkPages(d *pdf.Document, visit func(page) bool) error {
	catalog, err := d.Catalog()
	if err != nil {
		return err
	}
	w := pageWalk{doc: d, seen: map[pdf.Ref]bool{}, visit: visit}
	if _, err := w.node(catalog.Get("Pages"), page{}, 0); err != nil {
		return fmt.Errorf("reading the pages: %w", err)
	}
	return nil
}

type pageWalk struct {
	doc   *pdf.Document
	seen  map[pdf.Ref]bool
	visit func(page) bool
}

func (w *pageWalk) node(o pdf.Object, parent page, level int) (more bool, err error) {
	if ref, ok := o.(pdf.Ref); ok {
		if w.seen[ref] || level > maxLevels || len(w.seen) > 2*maxPages {
			return false, fmt.Errorf("the page tree loops or is too deep: %w", signature.ErrBroken)
		}
		w.seen[ref] = true
		parent.ref = ref
	} else {
		parent.ref = pdf.Ref{}
	}
	dict, err := w.doc.Dict(o)
	if err != nil {
		return false, err
	}
	if dict == nil {
		return true, nil
	}
	here := parent
	here.dict = dict
	for key, into := range map[pdf.Name]*pdf.Object{"MediaBox": &here.media, "CropBox": &here.crop, "Rotate": &here.rotate} {
		if v := dict.Get(key); v != nil {
			*into = v
		}
	}
	if dict.Get("Kids") == nil {
		return w.visit(here), nil
	}
	kids, err := w.doc.Array(dict.Get("Kids"))
	if err != nil {
		return false, err
	}
	for _, kid := range kids {
		if more, err := w.node(kid, here, level+1); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// findPage gives page number n, from 0; -1 is the last one.
func findPage(d *pdf.Document, n int) (page, error) {
	var found page
	ok := false
	at := 0
	err := walkPages(d, func(p page) bool {
		if p.ref != (pdf.Ref{}) && (n < 0 || at == n) {
			found, ok = p, true
		}
		at++
		return n < 0 || at <= n
	})
	if err != nil {
		return found, err
	}
	if !ok {
		return found, fmt.Errorf("page %d of %d: %w", n+1, at, signature.ErrNoPage)
	}
	return found, nil
}
