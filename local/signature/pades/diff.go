package pades

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pdf"
	"alpi40.fr/airial/local/signature/validation"
)

const (
	maxChanges = 200
	maxVisits  = 8_000_000
)

// path is a place in the structure, written only when it must be reported.
type path struct {
	up    *path
	name  pdf.Name
	index int
}

func (p *path) key(name pdf.Name) *path { return &path{up: p, name: name, index: -1} }

func (p *path) at(i int) *path { return &path{up: p, index: i} }

// String writes the last steps of the path.
func (p *path) String() string {
	var steps []string
	for ; p != nil; p = p.up {
		if p.index >= 0 && p.name == "" {
			steps = append(steps, fmt.Sprintf("[%d]", p.index))
		} else {
			steps = append(steps, "/"+string(p.name))
		}
	}
	slices.Reverse(steps)
	if len(steps) > 24 {
		steps = append(append(slices.Clone(steps[:12]), "…"), steps[len(steps)-11:]...)
	}
	return strings.ToValidUTF8(strings.Join(steps, ""), "?")
}

// comparer holds a later revision against an earlier one. Objects with a role
// (pages, fields, their lists) are compared once, by what their role allows;
// wherever anything else is reached, it must be the same.
type comparer struct {
	ctx      context.Context
	old, new *pdf.Document
	roles    map[pdf.Ref]bool
	seen     map[pair]bool
	changes  []validation.Change
	noted    map[validation.Change]bool
	visits   int
	oldForm  map[pdf.Ref]field
	newForm  map[pdf.Ref]field
	widgets  map[pdf.Ref]string // of signature fields that are new
	err      error
}

type pair struct {
	old, new pdf.Ref
	kind     validation.ChangeKind
}

// compare gives the changes from an earlier revision to a later one, each kind
// of place once.
func compare(ctx context.Context, old, later *pdf.Document) ([]validation.Change, error) {
	c := &comparer{
		ctx: ctx, old: old, new: later, roles: map[pdf.Ref]bool{}, seen: map[pair]bool{}, noted: map[validation.Change]bool{},
		oldForm: map[pdf.Ref]field{}, newForm: map[pdf.Ref]field{}, widgets: map[pdf.Ref]string{},
	}
	if err := c.run(); err != nil {
		return nil, fmt.Errorf("comparing two revisions: %w", err)
	}
	return c.changes, c.err
}

func (c *comparer) note(kind validation.ChangeKind, p *path, field string) {
	change := validation.Change{Kind: kind, Where: p.String(), Field: field}
	if !c.noted[change] && len(c.changes) < maxChanges {
		c.noted[change] = true
		c.changes = append(c.changes, change)
	}
}

func (c *comparer) run() error {
	oldRoot, err := c.old.Catalog()
	if err != nil {
		return err
	}
	newRoot, err := c.new.Catalog()
	if err != nil {
		return err
	}
	oldFields, err := fields(c.old)
	if err != nil {
		return err
	}
	newFields, err := fields(c.new)
	if err != nil {
		return err
	}
	oldPages, err := allPages(c.old)
	if err != nil {
		return err
	}
	newPages, err := allPages(c.new)
	if err != nil {
		return err
	}
	c.assignRoles(oldRoot, oldFields, newFields, oldPages, newPages)
	c.trailers()
	c.catalogs(oldRoot, newRoot)
	c.forms(oldRoot, newRoot, oldFields, newFields)
	c.pages(oldPages, newPages)
	if tail := c.new.Tail(); len(tail) > 0 {
		c.note(validation.ChangeContent, &path{name: "after-the-end", index: -1}, "")
	}
	return c.err
}

func allPages(d *pdf.Document) ([]page, error) {
	var out []page
	err := walkPages(d, func(p page) bool { out = append(out, p); return len(out) < maxPages })
	return out, err
}

// assignRoles names the objects that have a comparison of their own.
func (c *comparer) assignRoles(oldRoot pdf.Dict, oldFields, newFields []field, oldPages, newPages []page) {
	c.roles[c.old.Root()] = true
	if ref, ok := oldRoot.Get("AcroForm").(pdf.Ref); ok {
		c.roles[ref] = true
		form, _ := c.old.Dict(ref)
		if list, ok := form.Get("Fields").(pdf.Ref); ok {
			c.roles[list] = true
		}
	}
	for _, f := range newFields {
		c.newForm[f.ref] = f
	}
	for _, f := range oldFields {
		c.oldForm[f.ref] = f
		c.roles[f.ref] = true
		for _, w := range f.widgets {
			c.roles[w] = true
		}
	}
	for _, f := range newFields {
		if _, known := c.oldForm[f.ref]; !known && f.kind == "Sig" {
			for _, w := range f.widgets {
				c.widgets[w] = f.name
			}
		}
	}
	for i, p := range oldPages {
		if i < len(newPages) && newPages[i].ref == p.ref {
			c.roles[p.ref] = true
			if list, ok := p.dict.Get("Annots").(pdf.Ref); ok {
				c.roles[list] = true
			}
		}
	}
	delete(c.roles, pdf.Ref{})
}

// trailers: what describes the file's own structure may differ; the document
// information may too, as long as it holds texts.
func (c *comparer) trailers() {
	was, is := c.old.Trailer(), c.new.Trailer()
	p := &path{name: "trailer", index: -1}
	for _, e := range was {
		switch e.Key {
		case "Size", "Prev", "XRefStm", "Type", "Index", "W", "Length", "Filter", "DecodeParms", "Root":
		case "Info":
			c.information(p.key("Info"), e.Value, is.Get("Info"))
		case "ID":
			a, _ := c.old.Array(e.Value)
			b, _ := c.new.Array(is.Get("ID"))
			if len(a) > 0 && len(b) > 0 {
				c.equal(p.key("ID"), a[0], b[0], validation.ChangeContent)
			}
		default:
			if v := is.Get(e.Key); v != nil {
				c.equal(p.key(e.Key), e.Value, v, validation.ChangeContent)
			}
		}
	}
}

func (c *comparer) information(p *path, was, is pdf.Object) {
	if is == nil || c.quietly(was, is) {
		return
	}
	kind := validation.ChangeMetadata
	dict, _ := c.new.Resolve(is)
	entries, ok := dict.(pdf.Dict)
	if !ok {
		kind = validation.ChangeContent
	}
	for _, e := range entries {
		switch v, _ := c.new.Resolve(e.Value); v.(type) {
		case pdf.String, pdf.Name, bool, int64, nil:
		default:
			kind = validation.ChangeContent
		}
	}
	c.note(kind, p, "")
}

// quietly compares without reporting.
func (c *comparer) quietly(was, is pdf.Object) bool {
	q := &comparer{ctx: c.ctx, old: c.old, new: c.new, roles: c.roles, seen: map[pair]bool{}, noted: map[validation.Change]bool{}, visits: c.visits}
	q.equal(&path{index: -1}, was, is, validation.ChangeContent)
	c.visits = q.visits
	if q.err != nil {
		c.err = q.err
	}
	return len(q.changes) == 0
}

func (c *comparer) catalogs(was, is pdf.Dict) {
	p := &path{name: "Catalog", index: -1}
	for _, key := range keys(was, is) {
		a, b := was.Get(key), is.Get(key)
		switch key {
		case "AcroForm":
		case "DSS", "Extensions":
			if !c.quietly(a, b) {
				c.note(validation.ChangeValidation, p.key(key), "")
			}
		case "Metadata":
			if !c.quietly(a, b) {
				c.metadata(p.key(key), b)
			}
		case "StructTreeRoot":
			c.equal(p.key(key), a, b, validation.ChangeStructure)
		case "Version":
			if a != b {
				c.note(validation.ChangeMetadata, p.key(key), "")
			}
		default:
			c.equal(p.key(key), a, b, validation.ChangeContent)
		}
	}
}

func (c *comparer) metadata(p *path, is pdf.Object) {
	kind := validation.ChangeContent
	o, _ := c.new.Resolve(is)
	if s, ok := o.(*pdf.Stream); o == nil || ok && s.Dict.Get("Type") == pdf.Name("Metadata") && s.Dict.Get("Subtype") == pdf.Name("XML") {
		kind = validation.ChangeMetadata
	}
	c.note(kind, p, "")
}

// keys gives the keys of both, each once, in order.
func keys(a, b pdf.Dict) []pdf.Name {
	out := make([]pdf.Name, 0, len(a)+len(b))
	for _, d := range []pdf.Dict{a, b} {
		for _, e := range d {
			out = append(out, e.Key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// forms compares the interactive forms and their fields.
func (c *comparer) forms(oldRoot, newRoot pdf.Dict, oldFields, newFields []field) {
	p := &path{name: "AcroForm", index: -1}
	was, _ := c.old.Dict(oldRoot.Get("AcroForm"))
	is, _ := c.new.Dict(newRoot.Get("AcroForm"))
	for _, key := range keys(was, is) {
		a, b := was.Get(key), is.Get(key)
		switch key {
		case "Fields", "SigFlags":
		case "DR":
			c.grown(p.key(key), a, b, 0)
		case "NeedAppearances":
			if b == true && a != true {
				c.note(validation.ChangeForm, p.key(key), "")
			}
		case "DA", "Q":
			if a != nil {
				c.equal(p.key(key), a, b, validation.ChangeContent)
			}
		default:
			c.equal(p.key(key), a, b, validation.ChangeContent)
		}
	}
	fp := p.key("Fields")
	for _, f := range oldFields {
		g, ok := c.newForm[f.ref]
		if !ok {
			c.note(validation.ChangeContent, fp, f.name)
			continue
		}
		c.field(fp, f, g)
	}
	for _, g := range newFields {
		if _, known := c.oldForm[g.ref]; !known {
			c.newField(fp, g)
		}
	}
}

// grown: a resource dictionary may gain entries; those it had stay.
func (c *comparer) grown(p *path, was, is pdf.Object, level int) {
	if was == nil {
		return
	}
	a, errA := c.old.Resolve(was)
	b, errB := c.new.Resolve(is)
	da, okA := a.(pdf.Dict)
	db, okB := b.(pdf.Dict)
	if errA != nil || errB != nil || !okA || !okB || level >= 2 {
		c.equal(p, was, is, validation.ChangeContent)
		return
	}
	for _, e := range da {
		if level == 0 && e.Key == "XObject" {
			// No field can draw these: old programs leave the frames of signatures here.
			if !c.quietly(e.Value, db.Get(e.Key)) {
				c.note(validation.ChangeSignature, p.key(e.Key), "")
			}
			continue
		}
		c.grown(p.key(e.Key), e.Value, db.Get(e.Key), level+1)
	}
}

// field compares a field that was there before. A signature field may be
// signed once; another may be filled in.
func (c *comparer) field(p *path, was, is field) {
	sealed := was.kind == "Sig" && was.signed(c.old)
	if was.kind != is.kind || was.name != is.name {
		c.note(validation.ChangeContent, p, was.name)
	}
	filled := c.filled(p, was.ref, was, sealed)
	for _, w := range was.widgets {
		if w != was.ref {
			filled = c.filled(p, w, was, sealed) || filled
		}
	}
	if !filled {
		return
	}
	if was.kind == "Sig" {
		c.signing(p, is)
		return
	}
	c.note(validation.ChangeForm, p, was.name)
}

// filled compares a field's or widget's dictionary and tells whether what may
// change did.
func (c *comparer) filled(p *path, ref pdf.Ref, f field, sealed bool) bool {
	was, errA := c.old.Get(ref)
	is, errB := c.new.Get(ref)
	a, okA := was.(pdf.Dict)
	b, okB := is.(pdf.Dict)
	if errA != nil || errB != nil || !okA || !okB {
		c.note(validation.ChangeContent, p, f.name)
		return false
	}
	filled := false
	for _, key := range keys(a, b) {
		va, vb := a.Get(key), b.Get(key)
		kind := validation.ChangeContent
		switch key {
		case "Kids":
			c.kids(p.key(key), va, vb, f.name)
			continue
		case "V", "AP", "AS", "M", "RV", "I", "F", "MK", "DA":
			if !sealed && (key != "F" && key != "MK" && key != "DA" || f.kind == "Sig" || key == "DA" && (f.kind == "Tx" || f.kind == "Ch")) {
				filled = !c.quietly(va, vb) || filled
				continue
			}
		}
		before := len(c.changes)
		c.equal(p.key(key), va, vb, kind)
		for i := before; i < len(c.changes); i++ {
			c.changes[i].Field = f.name
		}
	}
	return filled
}

// kids: the list of a field's widgets stays; the widgets have their own comparison.
func (c *comparer) kids(p *path, was, is pdf.Object, name string) {
	a, errA := c.old.Array(was)
	b, errB := c.new.Array(is)
	if errA != nil || errB != nil || len(a) != len(b) {
		c.note(validation.ChangeContent, p, name)
		return
	}
	for i := range a {
		c.equal(p.at(i), a[i], b[i], validation.ChangeContent)
	}
}

// signing reports a signature put into a field.
func (c *comparer) signing(p *path, f field) {
	dict, _ := c.new.Dict(f.value)
	switch {
	case dict == nil, empty(c.new, dict):
		c.note(validation.ChangeForm, p, f.name)
	case isTimestamp(dict):
		c.note(validation.ChangeValidation, p, f.name)
	default:
		c.note(validation.ChangeSignature, p, f.name)
	}
}

func isTimestamp(dict pdf.Dict) bool { return dict.Get("SubFilter") == pdf.Name("ETSI.RFC3161") }

// newField: only signature fields may be added; one that hides much of a page
// is laid over it, whatever it is called.
func (c *comparer) newField(p *path, f field) {
	if f.kind != "Sig" {
		c.note(validation.ChangeContent, p, f.name)
		return
	}
	signed := f.signed(c.new)
	for _, w := range f.widgets {
		o, _ := c.new.Get(w)
		dict, ok := o.(pdf.Dict)
		if !ok {
			c.note(validation.ChangeContent, p, f.name)
			continue
		}
		width, height, err := boxSize(c.new, dict.Get("Rect"))
		if err != nil || width*height > maxSignatureArea || !signed && width*height > 0 && dict.Get("AP") != nil {
			c.note(validation.ChangeAnnotation, p, f.name)
		}
	}
	c.signing(p, f)
}

// maxSignatureArea is a quarter of an A4 page, in square points.
const maxSignatureArea = 595 * 842 / 4

// pages compares the pages one by one.
func (c *comparer) pages(was, is []page) {
	p := &path{name: "Pages", index: -1}
	if len(was) != len(is) {
		c.note(validation.ChangeContent, p, "")
		return
	}
	for i := range was {
		at := p.at(i)
		if was[i].ref != is[i].ref {
			c.note(validation.ChangeContent, at, "")
			continue
		}
		for _, key := range keys(was[i].dict, is[i].dict) {
			a, b := was[i].dict.Get(key), is[i].dict.Get(key)
			switch key {
			case "Annots":
				c.annotations(at.key(key), a, b)
			case "StructParents":
				c.equal(at.key(key), a, b, validation.ChangeStructure)
			case "Tabs": // how the keyboard walks through the fields
				if a != nil {
					c.equal(at.key(key), a, b, validation.ChangeContent)
				}
			default:
				c.equal(at.key(key), a, b, validation.ChangeContent)
			}
		}
	}
}

// annotations: those that were there stay, in order; the widgets of new
// signature fields may come.
func (c *comparer) annotations(p *path, was, is pdf.Object) {
	a, errA := c.old.Array(was)
	b, errB := c.new.Array(is)
	if errA != nil || errB != nil {
		c.note(validation.ChangeContent, p, "")
		return
	}
	next := 0
	for i, item := range b {
		ref, isRef := item.(pdf.Ref)
		if next < len(a) && (!isRef || a[next] == item) {
			c.equal(p.at(i), a[next], item, validation.ChangeContent)
			next++
			continue
		}
		if name, ok := c.widgets[ref]; isRef && ok && name != "" {
			continue // reported with its field
		}
		c.note(validation.ChangeAnnotation, p.at(i), "")
	}
	if next < len(a) {
		c.note(validation.ChangeContent, p, "")
	}
}

// equal compares two values; a difference is reported under kind.
func (c *comparer) equal(p *path, a, b pdf.Object, kind validation.ChangeKind) {
	if c.stopped() {
		return
	}
	ra, okA := a.(pdf.Ref)
	rb, okB := b.(pdf.Ref)
	if okA && okB {
		if ra == rb && c.roles[ra] {
			return
		}
		key := pair{ra, rb, kind}
		if c.seen[key] {
			return
		}
		c.seen[key] = true
	}
	va, errA := c.old.Resolve(a)
	vb, errB := c.new.Resolve(b)
	if errA != nil || errB != nil {
		// Damage that was there before is no change.
		if errA == nil || errB == nil || !okA || !okB || ra != rb || !c.old.SamePlace(c.new, ra.Num) {
			c.note(kind, p, "")
		}
		return
	}
	c.values(p, va, vb, kind)
}

func (c *comparer) stopped() bool {
	if c.err != nil {
		return true
	}
	if c.visits++; c.visits > maxVisits {
		c.err = fmt.Errorf("more than %d objects to compare: %w", maxVisits, signature.ErrTooLarge)
	} else if c.visits%4096 == 0 {
		c.err = c.ctx.Err()
	}
	return c.err != nil
}

func (c *comparer) values(p *path, a, b pdf.Object, kind validation.ChangeKind) {
	switch va := a.(type) {
	case pdf.Dict:
		vb, ok := b.(pdf.Dict)
		if !ok {
			break
		}
		c.dicts(p, va, vb, kind)
		return
	case pdf.Array:
		vb, ok := b.(pdf.Array)
		if !ok || len(va) != len(vb) {
			break
		}
		for i := range va {
			if !plainSame(va[i], vb[i]) {
				c.equal(p.at(i), va[i], vb[i], kind)
			}
		}
		return
	case *pdf.Stream:
		vb, ok := b.(*pdf.Stream)
		if !ok || !bytes.Equal(va.Raw, vb.Raw) {
			break
		}
		c.dicts(p, va.Dict, vb.Dict, kind)
		return
	default:
		if plainSame(a, b) {
			return
		}
		x, okX := pdf.Float(a)
		y, okY := pdf.Float(b)
		if okX && okY && x == y {
			return
		}
	}
	c.note(kind, p, "")
}

// dicts compares entries; those written in the same order, as nearly all are,
// without sorting.
func (c *comparer) dicts(p *path, a, b pdf.Dict, kind validation.ChangeKind) {
	if len(a) == len(b) && slices.EqualFunc(a, b, func(x, y pdf.Entry) bool { return x.Key == y.Key }) {
		for i := range a {
			if !plainSame(a[i].Value, b[i].Value) {
				c.equal(p.key(a[i].Key), a[i].Value, b[i].Value, kind)
			}
		}
		return
	}
	for _, key := range keys(a, b) {
		c.equal(p.key(key), a.Get(key), b.Get(key), kind)
	}
}

// plainSame compares values that hold no other; false means that it cannot tell.
func plainSame(a, b pdf.Object) bool {
	switch va := a.(type) {
	case pdf.String:
		vb, ok := b.(pdf.String)
		return ok && bytes.Equal(va, vb)
	case nil, bool, int64, pdf.Real, pdf.Name:
		switch b.(type) {
		case nil, bool, int64, pdf.Real, pdf.Name:
			return a == b
		}
	}
	return false
}
