package manifest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"alpi40.fr/airial/local/civilstatus"
)

// Files are the images that a list names. What is found of each is remembered.
type Files struct {
	fsys  fs.FS
	mu    sync.Mutex
	seen  map[string]found
	names map[string][]string // by lower-case path, and by lower-case name alone
}

// found is what a name leads to.
type found struct {
	name string // in the folder
	err  error  // a refusal, when it is no whole image
}

// NewFiles gives the images of a folder.
func NewFiles(fsys fs.FS) *Files { return &Files{fsys: fsys, seen: map[string]found{}} }

// find looks a name of the list up: as it is written, else whatever its capitals, else by the file's own name when one alone has it.
func (f *Files) find(written string) found {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.seen[written]; ok {
		return known
	}
	name, err := f.place(written)
	if err == nil {
		err = f.check(name)
	}
	f.seen[written] = found{name, err}
	return f.seen[written]
}

// Name is where the file of a line is, in the folder; empty when it is not found.
func (f *Files) Name(l Line) string { return f.find(l.Values[File]).name }

func (f *Files) place(written string) (string, error) {
	name := path.Clean(strings.TrimPrefix(strings.ReplaceAll(written, "\\", "/"), "./"))
	if !fs.ValidPath(name) {
		return "", refuse(fmt.Sprintf("«%s» sort du dossier des images.", written), "Écrivez le chemin depuis le dossier choisi.")
	}
	// As typed, before clean() gave it the printers' apostrophe.
	for _, try := range []string{name, strings.ReplaceAll(name, "’", "'")} {
		if info, err := fs.Stat(f.fsys, try); err == nil && !info.IsDir() {
			return try, nil
		}
	}
	if err := f.index(); err != nil {
		return "", err
	}
	for _, key := range []string{strings.ToLower(name), strings.ToLower(path.Base(name))} {
		switch all := f.names[key]; len(all) {
		case 0:
		case 1:
			return all[0], nil
		default:
			return "", refuse(fmt.Sprintf("Plusieurs fichiers s’appellent «%s».", written), "Écrivez le chemin entier, depuis le dossier choisi.")
		}
	}
	return "", refuse(fmt.Sprintf("Le fichier «%s» manque.", written), "Ajoutez-le au dossier, ou corrigez son nom.")
}

// index reads the names of the folder, once one was not found as it is written.
func (f *Files) index() error {
	if f.names != nil {
		return nil
	}
	f.names = map[string][]string{}
	err := fs.WalkDir(f.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		whole, base := strings.ToLower(name), strings.ToLower(path.Base(name))
		f.names[whole] = append(f.names[whole], name)
		if base != whole {
			f.names[base] = append(f.names[base], name)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the images' folder: %w", err)
	}
	return nil
}

// check reads the ends of a file, and tells whether it is a whole image.
func (f *Files) check(name string) error {
	file, err := f.fsys.Open(name)
	if err != nil {
		return fmt.Errorf("opening %q: %w", name, err)
	}
	kind, err := civilstatus.Media(name, file)
	if err == nil {
		err = whole(name, kind, file)
	}
	return errors.Join(err, file.Close())
}

// tail is how much of a file's end is looked at: some scanners fill it with zeros.
const tail = 4096

// whole refuses a file whose end is not that of its kind: a copy that was interrupted.
func whole(name, kind string, file fs.File) error {
	at, ok := file.(interface {
		io.ReaderAt
		fs.File
	})
	if !ok {
		return nil // it will be seen when it is shown
	}
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("looking at %q: %w", name, err)
	}
	size := info.Size()
	if size > civilstatus.MaxImage {
		return refuse(fmt.Sprintf("«%s» dépasse 512 Mo.", name), "Numérisez la page avec une résolution moindre.")
	}
	last := make([]byte, min(size, tail))
	if _, err := at.ReadAt(last, size-int64(len(last))); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the end of %q: %w", name, err)
	}
	ends := map[string]bool{
		"image/jpeg":      bytes.Contains(last, []byte{0xff, 0xd9}),
		"image/png":       bytes.Contains(last, []byte("IEND")),
		"application/pdf": bytes.Contains(last, []byte("%%EOF")),
		"image/tiff":      directory(at, size),
	}
	if complete, known := ends[kind]; known && !complete {
		return refuse(fmt.Sprintf("«%s» est incomplet : sa fin manque.", name), "Copiez le fichier de nouveau depuis le support d’origine.")
	}
	return nil
}

// directory tells whether a TIFF file's first directory, which is often its end, is in the file (TIFF 6.0, section 2).
func directory(file io.ReaderAt, size int64) bool {
	var head [8]byte
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(head[4:]))
	var count [2]byte
	if at < 8 || at+2 > size {
		return false
	}
	if _, err := file.ReadAt(count[:], at); err != nil {
		return false
	}
	return at+2+12*int64(order.Uint16(count[:]))+4 <= size
}

func (f *Files) open(name string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return f.fsys.Open(name) }
}
