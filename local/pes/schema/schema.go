package schema

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/xsd"
)

// Folder is where the schemas are looked for under a program's or an installation's folder: a folder of this name as it
// comes out of the official archive, or that archive beside it, with «.zip» after the name.
const Folder = "schemas/pes_v2"

// ErrMissing: the official schemas are not there.
var ErrMissing = errors.New("the official schemas are not there")

// roots are the schemas of the documents that are looked at, by the namespace of their root.
var roots = map[string]string{
	"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller":     "Rev0/PES_Aller.xsd",
	"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour":    "Rev0/PES_V2_Acquit_Autonome.xsd",
	"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour/v2": "Rev0/PES_V2_Acquit_Autonome_V2.xsd",
}

// Set is the schemas of a place. It may be used from any goroutine. The zero Set has none.
type Set struct {
	// From is where they were found, "" for nowhere.
	From string

	cache string
	mu    sync.Mutex
	open  func() (map[string][]byte, error)
	ready map[string]*xsd.Schema // by root
}

// Find gives the schemas of the first of these folders that has some (see Folder); nothing is read before the first
// document. cacheDir is that of xsd.Compile.
func Find(folders []string, cacheDir string) *Set {
	for _, folder := range folders {
		at := filepath.Join(folder, filepath.FromSlash(Folder))
		for _, name := range []string{at, at + ".zip"} {
			if _, err := os.Stat(name); err == nil {
				return At(name, cacheDir)
			}
		}
	}
	return &Set{}
}

// At gives the schemas of a folder or of a ZIP archive.
func At(name, cacheDir string) *Set {
	return &Set{From: name, cache: cacheDir, open: func() (map[string][]byte, error) {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			return files(os.DirFS(name))
		}
		return unzip(name)
	}}
}

func unzip(name string) (_ map[string][]byte, err error) {
	r, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("opening the schemas: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return files(&r.Reader)
}

// files reads the schemas of a file system, within xsd's limits.
func files(fsys fs.FS) (map[string][]byte, error) {
	all, total := map[string][]byte{}, 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.EqualFold(path.Ext(name), ".xsd") {
			return err
		}
		content, err := read(fsys, name, xsd.MaxBytes-total)
		if err != nil {
			return err
		}
		total += len(content)
		if all[name] = content; len(all) > xsd.MaxFiles {
			return fmt.Errorf("more than %d files: %w", xsd.MaxFiles, xsd.ErrSchema)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the schemas: %w", err)
	}
	return all, nil
}

func read(fsys fs.FS, name string, room int) (_ []byte, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	content, err := io.ReadAll(io.LimitReader(f, int64(room)+1))
	if err == nil && len(content) > room {
		err = fmt.Errorf("more than %d bytes: %w", xsd.MaxBytes, xsd.ErrSchema)
	}
	return content, err
}

// Close ends what Check began.
func (s *Set) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for root, ready := range s.ready {
		errs = append(errs, ready.Close())
		delete(s.ready, root)
	}
	return errors.Join(errs...)
}

// schema gives the schema for a namespace, compiled once.
func (s *Set) schema(ctx context.Context, namespace string) (*xsd.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, known := roots[namespace]
	if !known || s.open == nil {
		return nil, ErrMissing
	}
	if ready := s.ready[end]; ready != nil {
		return ready, nil
	}
	all, err := s.open()
	if err != nil {
		return nil, err
	}
	root := ""
	for name := range all {
		if (name == end || strings.HasSuffix(name, "/"+end)) && (root == "" || len(name) < len(root)) {
			root = name
		}
	}
	if root == "" {
		return nil, fmt.Errorf("no %s: %w", end, ErrMissing)
	}
	compiled, err := xsd.Compile(ctx, all, root, s.cache)
	if err != nil {
		return nil, err
	}
	if s.ready == nil {
		s.ready = map[string]*xsd.Schema{}
	}
	s.ready[end] = compiled
	return compiled, nil
}

// Check holds a flow, or Hélios's answer, against the schemas, and gives remarks: none when it is valid. Error: that of
// ctx alone; whatever else goes wrong is a remark that the document was not compared.
func (s *Set) Check(ctx context.Context, content []byte) ([]pes.Remark, error) {
	ready, err := s.schema(ctx, namespace(content))
	if err == nil {
		var problems []xsd.Problem
		if problems, err = ready.Validate(ctx, bytes.NewReader(content)); err == nil {
			return remarks(problems), nil
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return []pes.Remark{notCompared(err)}, nil
}

// namespace is that of a document's root, "" when it has none or is no XML.
func namespace(content []byte) string {
	d := xml.NewDecoder(bytes.NewReader(content[:min(len(content), 64<<10)]))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // names are ASCII
	for {
		t, err := d.RawToken()
		if err != nil {
			return ""
		}
		root, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range root.Attr {
			if a.Name.Space == "xmlns" && a.Name.Local == root.Name.Space || a.Name.Space == "" && a.Name.Local == "xmlns" && root.Name.Space == "" {
				return a.Value
			}
		}
		return ""
	}
}
