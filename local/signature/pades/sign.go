package pades

import (
	"bytes"
	"context"
	"crypto"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/pdf"
)

// Options says how a document is signed. SigningTime alone is required.
type Options struct {
	// SigningTime is what the laptop's clock says: it is declared, not proven.
	SigningTime time.Time
	// Name, Reason, Location and Contact are shown by readers.
	Name, Reason, Location, Contact string
	// FieldName names an empty signature field to sign, or the new field;
	// "" makes a new field "Signature1", "Signature2"…
	FieldName string
	// Certify makes a certification signature with this DocMDP permission (2:
	// forms and signatures may follow; 3: annotations too). 0: an approval
	// signature. It must then be the document's first.
	Certify int
	// PSS signs with RSA-PSS when the key is RSA.
	PSS bool
	// Appearance is what is seen on the page; nil for nothing.
	Appearance *Appearance
	// Room is how many bytes to keep for a later timestamp; 0 means 12 KiB.
	Room int
}

const (
	defaultRoom = 12 << 10
	maxRoom     = 1 << 20
)

// Sign gives the document signed at level B-B: the original bytes and a
// revision after them.
//
// Errors: those of Inspect, signature.ErrLocked, ErrNoField, ErrFieldSigned,
// ErrNoPage, ErrKey, ErrMismatch, and the signer's own.
func Sign(ctx context.Context, original []byte, signer signature.Signer, o Options) ([]byte, error) {
	revision, err := SignRevision(ctx, original, signer, o)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(original)+len(revision))
	return append(append(out, original...), revision...), nil
}

// SignRevision is Sign without the copy: it gives only the bytes to be written
// after the original.
func SignRevision(ctx context.Context, original []byte, signer signature.Signer, o Options) ([]byte, error) {
	hash, err := cms.Hash(signer.Certificate(), cms.Options{PSS: o.PSS})
	if err != nil {
		return nil, err
	}
	size, err := cms.Room(signer, cms.Options{PSS: o.PSS})
	if err != nil {
		return nil, err
	}
	room := o.Room
	if room == 0 {
		room = defaultRoom
	}
	if room < 0 || room > maxRoom {
		return nil, fmt.Errorf("room for %d bytes: %w", room, signature.ErrTooLarge)
	}
	d, err := open(original)
	if err != nil {
		return nil, err
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	p := placing{doc: d, update: d.NewUpdate(), name: o.FieldName, appearance: o.Appearance, certify: o.Certify}
	placed, err := p.place(func(lock *fieldLock) container {
		return newContainer("ETSI.CAdES.detached", "Sig", size+room, signatureEntries(o, lock))
	})
	if err != nil {
		return nil, err
	}
	return placed.fill(ctx, func(ctx context.Context, digest []byte) ([]byte, error) {
		return cms.Sign(ctx, signer, digest, cms.Options{PSS: o.PSS})
	}, hash)
}

// signatureEntries are those that vary (ISO 32000-1 table 252).
func signatureEntries(o Options, lock *fieldLock) pdf.Dict {
	entries := pdf.Dict{{Key: "M", Value: pdf.String(date(o.SigningTime))}}
	for _, e := range []struct {
		key  pdf.Name
		text string
	}{{"Name", o.Name}, {"Reason", o.Reason}, {"Location", o.Location}, {"ContactInfo", o.Contact}} {
		if e.text != "" {
			entries = append(entries, pdf.Entry{Key: e.key, Value: pdf.TextString(e.text)})
		}
	}
	var references pdf.Array
	if o.Certify != 0 {
		references = append(references, reference("DocMDP", pdf.Dict{{Key: "P", Value: o.Certify}}))
	}
	if lock != nil {
		params := pdf.Dict{{Key: "Action", Value: lock.action}}
		if lock.action != "All" {
			var names pdf.Array
			for _, n := range lock.names {
				names = append(names, pdf.TextString(n))
			}
			params = append(params, pdf.Entry{Key: "Fields", Value: names})
		}
		references = append(references, reference("FieldMDP", params))
	}
	if references != nil {
		entries = append(entries, pdf.Entry{Key: "Reference", Value: references})
	}
	return entries
}

func reference(method pdf.Name, params pdf.Dict) pdf.Dict {
	params = append(pdf.Dict{{Key: "Type", Value: pdf.Name("TransformParams")}, {Key: "V", Value: pdf.Name("1.2")}}, params...)
	return pdf.Dict{{Key: "Type", Value: pdf.Name("SigRef")}, {Key: "TransformMethod", Value: method}, {Key: "TransformParams", Value: params}}
}

// date writes a date string (ISO 32000-1 §7.9.4).
func date(t time.Time) string {
	_, offset := t.Zone()
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("D:%s%c%02d'%02d'", t.Format("20060102150405"), sign, offset/3600, offset/60%60)
}

// container is a signature dictionary whose /ByteRange and /Contents are to be
// filled: where they begin in its text, and how many digits /Contents has.
type container struct {
	text               pdf.Raw
	byteRange, content int
	digits             int
}

// byteRangeRoom holds four numbers of ten digits.
const byteRangeRoom = 46

func newContainer(subFilter, kind pdf.Name, size int, entries pdf.Dict) container {
	c := container{digits: 2 * size}
	text := fmt.Appendf(nil, "<</Type/%s/Filter/Adobe.PPKLite/SubFilter/%s/ByteRange", kind, subFilter)
	c.byteRange = len(text)
	text = append(text, bytes.Repeat([]byte{' '}, byteRangeRoom)...)
	text = append(text, "/Contents"...)
	c.content = len(text)
	text = slices.Grow(text, c.digits+512)
	text = append(text, '<')
	text = append(text, bytes.Repeat([]byte{'0'}, c.digits)...)
	text = append(text, '>')
	c.text = append(text, pdf.Append(nil, entries)[2:]...)
	return c
}

// placed is a revision that waits for its signature.
type placed struct {
	doc       *pdf.Document
	container container
	revision  []byte
	at        int // where the container's text begins in revision
}

// fill writes the /ByteRange, has the digest signed and writes the /Contents.
func (p placed) fill(ctx context.Context, sign func(context.Context, []byte) ([]byte, error), hash crypto.Hash) ([]byte, error) {
	base := p.doc.Bytes()
	start := p.at + p.container.content
	end := start + p.container.digits + 2
	list := fmt.Sprintf("[0 %d %d %d]", len(base)+start, len(base)+end, len(p.revision)-end)
	copy(p.revision[p.at+p.container.byteRange:], list)
	h := hash.New()
	if err := write(ctx, h, base, p.revision[:start], p.revision[end:]); err != nil {
		return nil, err
	}
	der, err := sign(ctx, h.Sum(nil))
	if err != nil {
		return nil, err
	}
	if 2*len(der) > p.container.digits {
		return nil, fmt.Errorf("a signature of %d bytes in room for %d: %w", len(der), p.container.digits/2, signature.ErrTooLarge)
	}
	hex.Encode(p.revision[start+1:], der)
	return p.revision, nil
}

// write hashes in pieces, so that a large file can be given up.
func write(ctx context.Context, h interface{ Write([]byte) (int, error) }, parts ...[]byte) error {
	const piece = 16 << 20
	for _, part := range parts {
		for len(part) > 0 {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("hashing the document: %w", err)
			}
			n := min(piece, len(part))
			_, _ = h.Write(part[:n]) // a hash takes all
			part = part[n:]
		}
	}
	return ctx.Err()
}

// placing puts a signature dictionary into a document's form.
type placing struct {
	doc        *pdf.Document
	update     *pdf.Update
	name       string
	appearance *Appearance
	certify    int
	// timestamp: a document timestamp, which no certification forbids (ISO 32000-2 §12.8.4).
	timestamp bool
}

func (p *placing) place(build func(*fieldLock) container) (placed, error) {
	all, err := fields(p.doc)
	if err != nil {
		return placed{}, err
	}
	f, err := p.choose(all)
	if err != nil {
		return placed{}, err
	}
	lock, err := p.lockOf(f)
	if err != nil {
		return placed{}, err
	}
	c := build(lock)
	sig := p.update.Add(c.text)
	if f == nil {
		err = p.newField(sig)
	} else {
		err = p.existingField(*f, sig)
	}
	if err != nil {
		return placed{}, err
	}
	if p.certify != 0 {
		if err := p.certification(sig); err != nil {
			return placed{}, err
		}
	}
	revision, offsets, err := p.update.Append()
	if err != nil {
		return placed{}, err
	}
	at := offsets[sig] - len(p.doc.Bytes())
	at += bytes.Index(revision[at:], []byte("obj\n")) + 4
	return placed{p.doc, c, revision, at}, nil
}

// choose gives the field to sign, nil for a new one, and settles its name.
func (p *placing) choose(all []field) (*field, error) {
	perms, err := readPermissions(p.doc, all)
	if err != nil {
		return nil, err
	}
	if perms.docMDP == 1 && !p.timestamp {
		return nil, signature.ErrCertified
	}
	taken := map[string]bool{}
	var found *field
	signed := 0
	for i, f := range all {
		taken[f.name] = true
		if f.kind == "Sig" && f.signed(p.doc) {
			signed++
		}
		if f.name == p.name && p.name != "" {
			found = &all[i]
		}
	}
	if p.certify != 0 && (p.certify < 2 || p.certify > 3 || signed > 0) {
		return nil, fmt.Errorf("certifying a document that has %d signatures, with P=%d: %w", signed, p.certify, signature.ErrCertified)
	}
	if found != nil {
		if found.kind != "Sig" {
			return nil, fmt.Errorf("field %q: %w", p.name, signature.ErrNoField)
		}
		if found.signed(p.doc) {
			return nil, fmt.Errorf("field %q: %w", p.name, signature.ErrFieldSigned)
		}
	}
	if p.name == "" {
		p.name = freeName(all, taken)
	}
	if perms.locked(p.name) && !p.timestamp {
		return nil, fmt.Errorf("field %q: %w", p.name, signature.ErrLocked)
	}
	return found, nil
}

// freeName gives the first «SignatureN» that no field and no branch of fields has.
func freeName(all []field, taken map[string]bool) string {
	for _, f := range all {
		for i, c := range f.name {
			if c == '.' {
				taken[f.name[:i]] = true
			}
		}
	}
	for n := 1; ; n++ {
		if name := "Signature" + strconv.Itoa(n); !taken[name] {
			return name
		}
	}
}

// lockOf reads the field's /Lock (ISO 32000-1 table 233), to become a FieldMDP.
func (p *placing) lockOf(f *field) (*fieldLock, error) {
	if f == nil {
		return nil, nil
	}
	dict, err := p.doc.Dict(f.dict.Get("Lock"))
	if err != nil || dict == nil {
		return nil, err
	}
	lock, err := readLock(p.doc, dict)
	return &lock, err
}

const widgetFlags = 4 | 128 // Print, Locked

func (p *placing) newField(sig pdf.Ref) error {
	number := 0
	if p.appearance != nil {
		number = p.appearance.Page
	}
	pg, err := findPage(p.doc, number)
	if err != nil {
		return err
	}
	widget := pdf.Dict{
		{Key: "Type", Value: pdf.Name("Annot")}, {Key: "Subtype", Value: pdf.Name("Widget")}, {Key: "FT", Value: pdf.Name("Sig")},
		{Key: "T", Value: pdf.TextString(p.name)}, {Key: "F", Value: widgetFlags}, {Key: "P", Value: pg.ref}, {Key: "V", Value: sig},
	}
	rect := pdf.Array{0, 0, 0, 0}
	if p.appearance != nil {
		var form pdf.Ref
		if rect, form, err = p.appearance.draw(p.doc, p.update, pg); err != nil {
			return err
		}
		widget = append(widget, pdf.Entry{Key: "AP", Value: pdf.Dict{{Key: "N", Value: form}}})
	}
	widget = append(widget, pdf.Entry{Key: "Rect", Value: rect})
	ref := p.update.Add(widget)
	if err := p.appendTo(pg.ref, pg.dict, "Annots", ref); err != nil {
		return fmt.Errorf("adding the field to its page: %w", err)
	}
	return p.addToForm(ref)
}

func (p *placing) existingField(f field, sig pdf.Ref) error {
	dict := f.dict.With("V", sig)
	p.update.Set(f.ref, dict)
	if p.appearance != nil && len(f.widgets) > 0 {
		if err := p.redraw(f.widgets[0]); err != nil {
			return err
		}
	}
	return p.addToForm(pdf.Ref{})
}

// redraw gives the widget of an existing field its appearance, in its own rectangle.
func (p *placing) redraw(widget pdf.Ref) error {
	o, err := p.update.Get(widget)
	if err != nil {
		return err
	}
	dict, ok := o.(pdf.Dict)
	if !ok {
		return fmt.Errorf("the field's widget: %w", signature.ErrBroken)
	}
	width, height, err := boxSize(p.doc, dict.Get("Rect"))
	if err != nil || width == 0 || height == 0 {
		return err
	}
	pageDict, err := p.doc.Dict(dict.Get("P"))
	if err != nil {
		return err
	}
	form, err := p.appearance.build(p.update, width, height, rotation(p.doc, pageDict.Get("Rotate")))
	if err != nil {
		return err
	}
	p.update.Set(widget, dict.With("AP", pdf.Dict{{Key: "N", Value: form}}))
	return nil
}

// addToForm lists the field in the form, when given, and sets its SigFlags.
func (p *placing) addToForm(field pdf.Ref) error {
	rootRef := p.doc.Root()
	root, err := p.dict(rootRef)
	if err != nil {
		return err
	}
	holder, into := rootRef, root
	form := pdf.Dict{{Key: "Fields", Value: pdf.Array{}}}
	ref, indirect := root.Get("AcroForm").(pdf.Ref)
	if old, err := acroForm(p.doc); err != nil {
		return err
	} else if old != nil {
		form = old
	} else {
		indirect = false
	}
	if indirect {
		holder = ref
	}
	if form.Get("SigFlags") != int64(3) {
		form = form.With("SigFlags", int64(3))
	}
	put := func(form pdf.Dict) {
		if indirect {
			p.update.Set(holder, form)
		} else {
			p.update.Set(rootRef, into.With("AcroForm", form))
		}
	}
	if field == (pdf.Ref{}) {
		put(form)
		return nil
	}
	if list, ok := form.Get("Fields").(pdf.Ref); ok {
		if old, err := p.doc.Array(list); err != nil {
			return err
		} else if old != nil {
			p.update.Set(list, append(slices.Clone(old), field))
			put(form)
			return nil
		}
	}
	old, err := p.doc.Array(form.Get("Fields"))
	if err != nil {
		return err
	}
	put(form.With("Fields", append(slices.Clone(old), field)))
	return nil
}

// dict gives a dictionary object as the update has it.
func (p *placing) dict(ref pdf.Ref) (pdf.Dict, error) {
	o, err := p.update.Get(ref)
	if err != nil {
		return nil, err
	}
	dict, ok := o.(pdf.Dict)
	if !ok {
		return nil, fmt.Errorf("object %d is no dictionary: %w", ref.Num, signature.ErrBroken)
	}
	return dict, nil
}

// appendTo adds a reference to the array under key, in place or where it is.
func (p *placing) appendTo(owner pdf.Ref, dict pdf.Dict, key pdf.Name, item pdf.Ref) error {
	old, err := p.doc.Array(dict.Get(key))
	if err != nil {
		return err
	}
	list := append(slices.Clone(old), item)
	if ref, ok := dict.Get(key).(pdf.Ref); ok && old != nil {
		p.update.Set(ref, list)
		return nil
	}
	p.update.Set(owner, dict.With(key, list))
	return nil
}

// certification names the signature in the catalog (ISO 32000-1 §12.8.4).
func (p *placing) certification(sig pdf.Ref) error {
	root, err := p.dict(p.doc.Root())
	if err != nil {
		return err
	}
	perms, err := p.doc.Dict(root.Get("Perms"))
	if err != nil {
		return err
	}
	p.update.Set(p.doc.Root(), root.With("Perms", perms.With("DocMDP", sig)))
	return nil
}
