package publication

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
)

// ManifestName is the file that says what was put in a folder of the site, and by
// which a later export knows what it may replace or remove.
const ManifestName = "airial-manifeste.json"

// Manifest is the files of a site by path. What it does not name is not Airial's and
// is left alone.
type Manifest map[string]store.Digest

// ReadManifest reads one; what it names and cannot be a path of the site is dropped.
func ReadManifest(raw []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("reading the manifest of the site: %w", err)
	}
	for name := range m {
		if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) || name == "." || name == ManifestName {
			delete(m, name)
		}
	}
	return m, nil
}

// Encode writes it, sorted.
func (m Manifest) Encode() ([]byte, error) {
	out, err := json.MarshalIndent(m, "", " ")
	return append(out, '\n'), err
}

// Manifest is that of the site.
func (s Site) Manifest() Manifest {
	m := Manifest{}
	for _, f := range s.Files {
		m[f.Path] = f.Digest
	}
	return m
}

// Changes are what brings a place where have is to the site: files to write, acts
// before the indexes that name them, and paths to remove.
func (s Site) Changes(have Manifest) (write []File, remove []string) {
	want := s.Manifest()
	for _, f := range s.Files {
		if have[f.Path] != f.Digest {
			write = append(write, f)
		}
	}
	depth := func(f File) int {
		switch {
		case filepath.Ext(f.Path) == ".pdf" || f.Path == "style.css":
			return 0
		case strings.Count(f.Path, "/") == 2:
			return 1
		case strings.Count(f.Path, "/") == 1:
			return 2
		}
		return 3
	}
	sort.SliceStable(write, func(i, j int) bool { return depth(write[i]) < depth(write[j]) })
	for name := range have {
		if _, still := want[name]; !still {
			remove = append(remove, name)
		}
	}
	sort.Strings(remove)
	return write, remove
}

// Written says what an export did.
type Written struct{ Wrote, Removed, Kept int }

// WriteFolder brings a folder of this computer to the site: what changed alone is
// written, what is no longer of the site and came from here is removed.
func (s Site) WriteFolder(ctx context.Context, dir string, progress func(done, of int)) (w Written, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return w, fmt.Errorf("making the folder of the site: %w", err)
	}
	have := Manifest{}
	raw, err := os.ReadFile(filepath.Join(dir, ManifestName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return w, fmt.Errorf("reading the folder of the site: %w", err)
	default:
		if have, err = ReadManifest(raw); err != nil {
			return w, err
		}
	}
	for name := range have { // somebody may have removed a file by hand
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			have[name] = store.Digest{}
		}
	}
	write, remove := s.Changes(have)
	for i, f := range write {
		if err := ctx.Err(); err != nil {
			return w, err
		}
		if progress != nil {
			progress(i, len(write))
		}
		content, err := f.Read()
		if err == nil {
			err = writeFile(filepath.Join(dir, filepath.FromSlash(f.Path)), content)
		}
		if err != nil {
			return w, fmt.Errorf("writing %s: %w", f.Path, err)
		}
		w.Wrote++
	}
	for _, name := range remove {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := durable.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return w, fmt.Errorf("removing %s: %w", name, err)
		}
		_ = os.Remove(filepath.Dir(path)) // when it is empty; else it stays
		w.Removed++
	}
	w.Kept = len(s.Files) - w.Wrote
	manifest, err := s.Manifest().Encode()
	if err != nil {
		return w, err
	}
	return w, writeFile(filepath.Join(dir, ManifestName), manifest)
}

// writeFile writes a file that a web server may read, whole or not at all.
func writeFile(path string, content []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".airial-*")
	if err != nil {
		return fmt.Errorf("making a file: %w", err)
	}
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err == nil {
		err = durable.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing a file: %w", err), os.Remove(tmp.Name()))
	}
	return nil
}
