package draftimport

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The limits of a file.
const (
	MaxFile     = 25 << 20
	maxUnpacked = 40 << 20
	maxParts    = 5000
	maxDepth    = 200
	maxText     = 2 << 20 // characters of all paragraphs
	maxLines    = 5000
)

// Unreadable says why a file cannot be read, in French.
type Unreadable struct {
	Why   string
	Cause error
}

// Error is for people.
func (u *Unreadable) Error() string { return u.Why }

// Unwrap gives the cause, which may be nil.
func (u *Unreadable) Unwrap() error { return u.Cause }

// Explain tells a person what happened, what is safe and what to do.
func (u *Unreadable) Explain() (what, safe, todo string) {
	return u.Why, "Le fichier n’est pas modifié et aucun projet n’est créé.", "Ouvrez-le dans votre traitement de texte, enregistrez-le de nouveau en .docx ou en .odt, puis recommencez."
}

func refuse(why string, cause error) error { return &Unreadable{Why: why, Cause: cause} }

// Line is a paragraph or a row of a table, as the file has it.
type Line struct {
	Text    string // what is set off within it stands between marks («**in bold**», «__in italics__»)
	Heading bool
	Bullet  bool
	Cells   []string // of a row
	Table   int      // its table, from 1
}

// Left is what is not taken.
type Left struct {
	Images, Notes, Comments, Deleted int
	// Underlined is how many passages were underlined: they are printed in italics, as printers do.
	Underlined int
	Macros     bool
}

// Lines reads a file's paragraphs. The error is an *Unreadable.
func Lines(content []byte) ([]Line, Left, error) {
	if len(content) > MaxFile {
		return nil, Left{}, refuse("Ce fichier est trop lourd : 25 Mo au plus.", nil)
	}
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, Left{}, refuse("Ce fichier n’est pas un document .docx ou .odt, ou il est abîmé.", err)
	}
	if len(z.File) > maxParts {
		return nil, Left{}, refuse("Ce fichier contient trop de parties pour être un document ordinaire.", nil)
	}
	names := make([]string, len(z.File))
	for i, f := range z.File {
		names[i] = f.Name
	}
	macros := slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, "vbaProject.bin") || strings.HasPrefix(n, "Basic/") })
	for _, f := range z.File {
		var d dialect
		switch f.Name {
		case "word/document.xml":
			d = word
		case "content.xml":
			d = open
		default:
			continue
		}
		r := &reader{dialect: d, emphases: map[string]emphasis{}}
		r.left.Macros = macros
		if err := r.read(f); err != nil {
			return nil, Left{}, err
		}
		return r.lines, r.left, nil
	}
	return nil, Left{}, refuse("Ce fichier n’est pas un document .docx ou .odt.", nil)
}

// reader walks one part.
type reader struct {
	dialect
	lines  []Line
	left   Left
	size   int
	path   []string // of the open elements, as the dialect names them
	spans  []span   // of the paragraph
	line   Line
	runs   []emphasis // open
	naming string     // the style being described
	// emphases are those of the styles of runs, by name.
	emphases map[string]emphasis
	lists    int
	tables   int // met so far
	cells    []string
	nested   int // tables within a table
	skip     int // depth above which all is passed over; 0: nothing is
}

func (r *reader) read(f *zip.File) error {
	part, err := f.Open()
	if err != nil {
		return refuse("Ce document est abîmé.", err)
	}
	defer part.Close()
	limited := &io.LimitedReader{R: part, N: maxUnpacked}
	d := xml.NewDecoder(limited)
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if limited.N <= 0 {
			return refuse("Ce document est trop long une fois décompressé.", nil)
		}
		if err != nil {
			return refuse("Ce document est abîmé : son texte ne peut pas être lu.", err)
		}
		if err := r.token(t); err != nil {
			return err
		}
	}
	if len(r.path) > 0 {
		return refuse("Ce document est incomplet.", nil)
	}
	return nil
}

func (r *reader) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		return refuse("Ce document contient une déclaration qu’un document ordinaire n’a pas ; il n’est pas lu.", nil)
	case xml.StartElement:
		if len(r.path) >= maxDepth {
			return refuse("Ce document est trop emboîté pour être lu.", nil)
		}
		r.path = append(r.path, r.name(t.Name))
		if r.skip == 0 {
			r.start(r.path[len(r.path)-1], t)
		}
	case xml.EndElement:
		if r.skip == 0 {
			r.end(r.path[len(r.path)-1])
		}
		if r.skip == len(r.path) {
			r.skip = 0
		}
		r.path = r.path[:len(r.path)-1]
	case xml.CharData:
		if r.skip == 0 && r.isText(r.path) {
			return r.write(string(t))
		}
	}
	return nil
}

func (r *reader) write(s string) error {
	if r.size += len(s); r.size > maxText || len(r.lines) > maxLines {
		return refuse(fmt.Sprintf("Ce document est trop long : %d paragraphes au plus.", maxLines), nil)
	}
	r.add(s)
	return nil
}

// pass leaves out what stands in the element just opened.
func (r *reader) pass() { r.skip = len(r.path) }

// finish ends a paragraph.
func (r *reader) finish() {
	text := r.marked()
	r.spans = r.spans[:0]
	line := r.line
	r.line = Line{}
	if len(r.cells) > 0 { // within a table: the paragraphs of a cell make one
		last := &r.cells[len(r.cells)-1]
		*last = strings.TrimSpace(*last + " " + text)
		return
	}
	if text != "" {
		line.Text = text
		r.lines = append(r.lines, line)
	}
}

func (r *reader) row() {
	if slices.ContainsFunc(r.cells, func(c string) bool { return c != "" }) {
		r.lines = append(r.lines, Line{Cells: r.cells, Table: r.tables})
	}
	r.cells = nil
}

func attribute(t xml.StartElement, local string) string {
	for _, a := range t.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
