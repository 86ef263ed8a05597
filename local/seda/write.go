package seda

import (
	"archive/zip"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"
)

// Manifest is the name of the message in a package.
const Manifest = "manifest.xml"

// Write writes a transfer as a package. Errors: ErrProfile; those of the objects and of w.
func Write(ctx context.Context, w io.Writer, p Profile, t Transfer) error {
	if err := p.check(); err != nil {
		return err
	}
	b := &builder{ctx: ctx, zip: zip.NewWriter(w), t: t, p: p, m: p.manifest(t)}
	root, err := b.unit(t.Root)
	if err != nil {
		return err
	}
	root.Management = p.management(t)
	root.Content.Description = strings.TrimSpace(t.Root.Description + "\n" + p.said(t.Kind))
	root.Content.Language = "fra"
	root.Content.Originating = &organization{token(t.Originating.ID)}
	root.Content.Submission = &organization{token(p.submission(t.Originating).ID)}
	b.m.Package.Units = []archiveUnit{root}
	text, err := xml.MarshalIndent(b.m, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	if err := b.add(Manifest, append([]byte(xml.Header), text...)); err != nil {
		return err
	}
	if err := b.zip.Close(); err != nil {
		return fmt.Errorf("writing the archive package: %w", err)
	}
	return nil
}

// builder is a package being written.
type builder struct {
	ctx context.Context
	zip *zip.Writer
	t   Transfer
	p   Profile
	m   archiveTransfer
	ids int
}

// next gives an identifier of the manifest.
func (b *builder) next() string {
	b.ids++
	return fmt.Sprintf("ID%d", b.ids)
}

func (b *builder) add(name string, content []byte) error {
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.t.Date})
	if err == nil {
		_, err = w.Write(content)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// unit writes the files of a unit and of those below, and describes them.
func (b *builder) unit(u Unit) (archiveUnit, error) {
	out := archiveUnit{ID: b.next(), Content: describe(u)}
	if u.Object != nil {
		group, err := b.object(*u.Object)
		if err != nil {
			return out, err
		}
		out.Object = &objectRef{group.ID}
		out.Content.Signatures = sign(u.Signatures, group.Object)
	}
	for _, below := range u.Units {
		one, err := b.unit(below)
		if err != nil {
			return out, err
		}
		out.Units = append(out.Units, one)
	}
	return out, nil
}

// object writes a file and adds it to the manifest.
func (b *builder) object(o Object) (dataObjectGroup, error) {
	if err := b.ctx.Err(); err != nil {
		return dataObjectGroup{}, err
	}
	content, err := o.Content(b.ctx)
	if err != nil {
		return dataObjectGroup{}, fmt.Errorf("reading %q: %w", o.Name, err)
	}
	g := dataObjectGroup{ID: b.next()}
	id, sum := b.next(), sha512.Sum512(content)
	g.Object = binaryDataObject{ID: id, Version: "BinaryMaster_1", URI: "content/" + id + extension(o.Name), Digest: messageDigest{"SHA-512", hex.EncodeToString(sum[:])}, Size: len(content)}
	g.Object.Info.Filename = o.Name
	if f := Identify(o.Name, content); f != (Format{}) {
		g.Object.Format = &formatIdentification{f.Name, f.MIME, f.ID}
	}
	if err := b.add(g.Object.URI, content); err != nil {
		return g, err
	}
	b.m.Package.Groups = append(b.m.Package.Groups, g)
	return g, nil
}

// extension is that of a name when it is a plain one: archives refuse surprising names.
func extension(name string) string {
	e := strings.ToLower(path.Ext(name))
	if len(e) < 2 || len(e) > 8 || strings.Trim(e[1:], "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return ""
	}
	return e
}

func describe(u Unit) content {
	c := content{
		Level: u.Level, Title: u.Title, Identifier: token(u.ID), Description: u.Description, DocumentType: u.Type,
		Created: stamp(u.Created), Start: stamp(u.Start), End: stamp(u.End),
	}
	for _, k := range u.Keywords {
		c.Keywords = append(c.Keywords, keyword{k.Text, k.Type})
	}
	for _, w := range u.Writers {
		c.Writers = append(c.Writers, agent{w.Name, w.Function, w.Role})
	}
	for _, e := range u.Events {
		c.Events = append(c.Events, event{token(e.Type), stamp(e.At), e.Detail, token(e.Outcome)})
	}
	return c
}

// sign writes the signatures of a file. The standard wants the moment of each: one of which
// no moment is known stands in the events alone.
func sign(all []Signature, o binaryDataObject) []signature {
	var out []signature
	for _, s := range all {
		if s.At.IsZero() {
			continue
		}
		var one signature
		one.Signer.FullName, one.Signer.SigningTime, one.Signer.Function = s.Signer.Name, stamp(s.At), s.Signer.Function
		one.Validator.Corpname, one.Validator.ValidationTime = s.Verifier, stamp(s.Verified)
		one.Referenced.ID, one.Referenced.Digest = o.ID, o.Digest
		out = append(out, one)
	}
	return out
}
