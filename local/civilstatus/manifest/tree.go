package manifest

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var (
	yearIn   = regexp.MustCompile(`(?:^|[^0-9])(1[5-9][0-9]{2}|20[0-9]{2})(?:[^0-9]|$)`)
	numberIn = regexp.MustCompile(`^0*([0-9]{1,5})((?:[ _-]?(?:bis|ter|quater))?)(?:[ _-](?:p|page|vue)?[ _-]?0*([0-9]{1,3}))?$`)
	wordIn   = regexp.MustCompile(`[a-z]+|[0-9]+`)
)

// images are the extensions of what may be a page.
var images = map[string]bool{".jpg": true, ".jpeg": true, ".png": true, ".tif": true, ".tiff": true, ".pdf": true}

// Tree makes a list from the names of folders and files: «Naissances/1952/012.jpg»,
// «1952_N_012_2.tif». What a name does not tell is left empty, for a person.
func Tree(ctx context.Context, files fs.FS) ([]Line, error) {
	var all []Line
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("looking into %q: %w", name, err)
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() || !images[strings.ToLower(path.Ext(name))] || strings.HasPrefix(path.Base(name), "."):
			return nil
		case len(all) == maxLines:
			return refuse("Ce dossier contient plus de 500 000 images.", "Choisissez le dossier d’un registre.")
		}
		all = append(all, guess(name))
		return nil
	})
	return all, err
}

// guess tells what a file's name and its folders' say of an act.
func guess(name string) Line {
	v := map[Column]string{File: name}
	stem := strings.ToLower(strings.TrimSuffix(name, path.Ext(name)))
	if m := yearIn.FindAllStringSubmatch(stem, -1); m != nil {
		v[Year] = m[len(m)-1][1]
	}
	base := path.Base(stem)
	for _, word := range wordIn.FindAllString(stem, -1) {
		if k, ok := kinds[word]; ok {
			v[Type] = string(k)
		}
	}
	// What remains of the file's own name once its year and its kind are told is the number, then the page.
	rest := base
	if v[Year] != "" {
		rest = strings.Replace(rest, v[Year], "", 1)
	}
	for _, word := range wordIn.FindAllString(rest, -1) {
		if _, ok := kinds[word]; ok {
			rest = strings.Replace(rest, word, "", 1)
			break
		}
	}
	if m := numberIn.FindStringSubmatch(strings.Trim(rest, " _-.")); m != nil {
		v[Number] = strings.TrimSpace(m[1] + " " + strings.Trim(m[2], " _-"))
		v[Page] = m[3]
	}
	return Line{Values: v}
}
