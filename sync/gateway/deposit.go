package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// maxWord bounds a title, a name and an identifier, in characters.
const maxWord = 150

// word keeps a text from outside on one line, and short.
func word(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return string(runes[:min(len(runes), maxWord)])
}

// fileName keeps the last part of a name, as one that any system takes.
func fileName(name, otherwise string) string {
	name = word(path.Base(strings.ReplaceAll(name, `\`, "/")))
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"/|?*`, r) {
			return '-'
		}
		return r
	}, name)
	if name = strings.Trim(name, ". "); name == "" {
		return otherwise
	}
	return name
}

// extensions are those of the documents whose name lacks one.
var extensions = map[string]string{"application/pdf": ".pdf", "text/xml": ".xml", "application/xml": ".xml", "text/plain": ".txt", "application/zip": ".zip"}

func named(name, contentType, otherwise string) string {
	name = fileName(name, otherwise)
	media, _, _ := strings.Cut(contentType, ";")
	if path.Ext(name) == "" {
		name += extensions[strings.ToLower(strings.TrimSpace(media))]
	}
	return name
}

// deposit is the folder that a creation asks for. Errors: errMalformed, a refusal.
func (c *creation) deposit(types []parapheur.FolderType, parts map[string][]byte) (d Deposit, err error) {
	kind, known := typeOf(types, c.Type, c.SubType)
	if !known {
		return d, &rule.Refusal{Why: fmt.Sprintf("Le type « %s / %s » n’existe pas.", word(c.Type), word(c.SubType)), Cure: "Choisissez-en un parmi ceux que donnent GetListeTypes et GetListeSousTypes."}
	}
	d = Deposit{ID: word(c.ID), Type: kind, Title: word(c.Title)}
	if d.Files, err = c.files(parts); err != nil {
		return d, err
	}
	if text := strings.TrimSpace(c.Deadline); text != "" {
		if d.Deadline, err = authority.ParseDay(text); err != nil {
			return d, &rule.Refusal{Why: "La date limite « " + word(text) + " » n’en est pas une.", Cure: "Écrivez-la sous la forme AAAA-MM-JJ."}
		}
	}
	if d.Title == "" {
		if d.Title = d.ID; d.Title == "" {
			d.Title = strings.TrimSuffix(d.Files[0].Name, path.Ext(d.Files[0].Name))
		}
	}
	for _, n := range []parapheur.Note{{Text: c.PublicNote}, {Text: c.PrivateNote, Private: true}} {
		if n.Text = strings.TrimSpace(n.Text); n.Text != "" {
			d.Notes = append(d.Notes, n)
		}
	}
	return d, nil
}

func (c *creation) files(parts map[string][]byte) (files []File, err error) {
	main := c.Main
	if main.empty() {
		main = c.Flow
	}
	if main.empty() {
		return nil, &rule.Refusal{Why: "Le dossier n’a pas de document principal.", Cure: "Joignez-le."}
	}
	add := func(b *binary, name, contentType string, annex bool) {
		if err != nil || b.empty() {
			return
		}
		if contentType == "" {
			contentType = b.ContentType
		}
		var content []byte
		if content, err = b.content(parts); err == nil {
			files = append(files, File{Name: unique(files, named(name, contentType, "document")), Content: content, Annex: annex})
		}
	}
	add(main, c.MainName, "", false)
	for _, a := range c.More.All {
		add(a.File, a.Name, a.Type, false)
	}
	for _, a := range c.Annexes.All {
		add(a.File, a.Name, a.Type, true)
	}
	add(c.Signature, "signature d’origine", "", true)
	add(c.Visual, "visuel", "application/pdf", true)
	if err == nil && len(files) > maxFiles {
		err = &rule.Refusal{Why: fmt.Sprintf("Ce dossier compte %d documents, pour %d au plus.", len(files), maxFiles), Cure: "Envoyez-le en plusieurs dossiers."}
	}
	return files, err
}

// unique gives a name that no file has yet.
func unique(files []File, name string) string {
	extension, out := path.Ext(name), name
	for n := 2; slices.ContainsFunc(files, func(f File) bool { return strings.EqualFold(f.Name, out) }); n++ {
		out = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, extension), n, extension)
	}
	return out
}

// identifier is that of a folder whose sender gives none: the same as long as what is sent is.
func (d Deposit) identifier() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", d.Type, d.Title)
	for _, f := range d.Files {
		fmt.Fprintf(h, "%q %t %s\n", f.Name, f.Annex, store.DigestOf(f.Content))
	}
	id := hex.EncodeToString(h.Sum(nil))
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:32]
}

// same tells whether a folder was made of these documents.
func (d Deposit) same(f *parapheur.Folder) bool {
	if len(f.Documents) < len(d.Files) {
		return false
	}
	for i, file := range d.Files {
		if f.Documents[i].Original != store.DigestOf(file.Content) || f.Documents[i].Annex != file.Annex {
			return false
		}
	}
	return true
}

// create takes a folder, once however often it is sent, and gives its identifier.
func (s *Server) create(ctx context.Context, d Deposit) (id string, err error) {
	drawn := d.ID == ""
	if drawn {
		d.ID = d.identifier()
	}
	there, err := s.o.Office.Named(ctx, d.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return d.ID, s.o.Office.Deposit(ctx, d)
	case err != nil:
		return "", err
	case drawn && there.State != parapheur.Running:
		// The same letter again, after the first has come to its end.
		d.ID = s.o.NewID()
		return d.ID, s.o.Office.Deposit(ctx, d)
	case d.same(there):
		return d.ID, nil
	}
	return "", &rule.Refusal{Why: "Le nom de dossier est déjà présent dans le Parapheur: dossierID = " + d.ID, Cure: "Donnez-lui un autre identifiant."}
}
