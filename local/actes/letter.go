package actes

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// ErrNotLetter: not an archive as @CTES brings letters, or one beyond the limits.
var ErrNotLetter = errors.New("not an archive of a letter")

// The bounds of a letter once it is opened.
const (
	maxLetterFiles = 100
	maxLetterSize  = 128 << 20
)

// OpenLetter gives the files of a letter of the préfecture (.tar.gz), by their names without
// folder; those of the same name are numbered. Error: ErrNotLetter.
func OpenLetter(raw []byte) (names []string, files map[string][]byte, err error) {
	pack, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, nil, fmt.Errorf("opening a letter: %w: %w", ErrNotLetter, err)
	}
	files = map[string][]byte{}
	left := int64(maxLetterSize)
	for all := tar.NewReader(pack); ; {
		h, err := all.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("opening a letter: %w: %w", ErrNotLetter, err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(all, left+1))
		if left -= int64(len(content)); err != nil || left < 0 || len(names) >= maxLetterFiles {
			return nil, nil, errors.Join(fmt.Errorf("opening a letter: %w", ErrNotLetter), err)
		}
		name := fileName(h.Name, len(names))
		for n, plain := len(names)+1, name; slices.Contains(names, name); n++ {
			name = fmt.Sprintf("%d-%s", n, plain)
		}
		names, files[name] = append(names, name), content
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("opening a letter: nothing in it: %w", ErrNotLetter)
	}
	return names, files, nil
}

// fileName is the last part of a path of an archive, bounded and without what is not a name.
func fileName(inside string, n int) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(inside, "_"), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"|?*/`, r) {
			return '_'
		}
		return r
	}, name)
	if len(name) > 120 {
		name = strings.ToValidUTF8(name[len(name)-120:], "")
	}
	if name == "" || name == "." || name == ".." {
		name = fmt.Sprintf("piece-%d", n+1)
	}
	return name
}
