package council

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Annex is a file joined to a deliberation. It is named by its digest, which is
// printed: what was voted is what was joined.
type Annex struct {
	Name   string       `json:"name"`
	Digest store.Digest `json:"digest"`
	Size   int64        `json:"size"`
}

const (
	maxAnnexes   = 30
	maxAnnexName = 200
	// MaxAnnex is the largest annex, in bytes: what third parties take with an act.
	MaxAnnex = 150 << 20
)

// programs are the endings of what a computer runs when it is opened, documents with macros among them.
var programs = []string{".exe", ".com", ".scr", ".bat", ".cmd", ".pif", ".js", ".jse", ".vbs", ".vbe", ".wsf", ".hta", ".msi", ".ps1", ".lnk", ".jar", ".reg",
	".iso", ".img", ".vhd", ".url", ".chm", ".sh", ".docm", ".dotm", ".xlsm", ".xltm", ".pptm"}

// CheckAnnex tells whether a file may be joined to a deliberation: it is read in a chamber, signed, sent to the State and put
// online, so that it is a document, has an honest name and a size that travels. head is its first bytes, nil before it is read.
func CheckAnnex(name string, size int64, head []byte) error {
	refuse := func(why, cure string) error { return &rule.Refusal{Why: why, Cure: cure} }
	lower := strings.ToLower(name)
	switch {
	case strings.ContainsFunc(name, misleading):
		return refuse("Le nom de ce fichier contient des caractères invisibles qui peuvent le faire prendre pour un autre.", "Renommez-le, puis joignez-le de nouveau.")
	case slices.ContainsFunc(programs, func(p string) bool { return strings.HasSuffix(lower, p) }),
		bytes.HasPrefix(head, []byte("MZ")), bytes.HasPrefix(head, []byte("\x7fELF")), bytes.HasPrefix(head, []byte("#!")):
		return refuse("« "+name+" » est un programme, ou un document avec des macros : il n’est pas joint.", "Enregistrez le document en PDF, et joignez ce PDF. S’il vous a été envoyé, méfiez-vous de l’expéditeur.")
	case strings.HasSuffix(lower, ".pdf") && len(head) > 0 && !bytes.Contains(head, []byte("%PDF-")):
		return refuse("« "+name+" » n’est pas un PDF, bien que son nom le dise.", "Demandez-le de nouveau à qui vous l’a donné, ou enregistrez-le en PDF.")
	case size > MaxAnnex:
		return refuse(fmt.Sprintf("« %s » pèse %d Mo : une annexe en compte %d au plus.", name, size>>20, MaxAnnex>>20), "Numérisez-le moins finement, ou coupez-le en plusieurs annexes.")
	}
	return nil
}

// misleading tells the characters that change how a name is read: controls, and those that turn the direction of writing,
// with which «fdp.exe» is shown as «exe.pdf».
func misleading(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200B || r == 0x200E || r == 0x200F || r == 0xFEFF || r == utf8.RuneError
}

// KeepAnnex stores a file, ready to be joined to a text; the text is saved by Save.
func (c *Council) KeepAnnex(ctx context.Context, name string, content []byte) (Annex, error) {
	name = strings.TrimSpace(path.Base(strings.ReplaceAll(name, `\`, "/")))
	if name == "" || name == "." || len(name) > maxAnnexName || len(content) == 0 {
		return Annex{}, &rule.Refusal{Why: "Cette annexe est vide ou son nom ne convient pas.", Cure: "Choisissez un autre fichier."}
	}
	if err := CheckAnnex(name, int64(len(content)), content[:min(len(content), 1024)]); err != nil {
		return Annex{}, err
	}
	d, err := c.j.Store().Blobs().PutBytes(ctx, content)
	if err != nil {
		return Annex{}, fmt.Errorf("keeping the annex %q: %w", name, err)
	}
	return Annex{Name: name, Digest: d, Size: int64(len(content))}, nil
}

// With is the text with one more annex; the same file is joined once.
func (t Text) With(a Annex) (Text, error) {
	if slices.ContainsFunc(t.Annexes, func(b Annex) bool { return b.Digest == a.Digest }) {
		return t, &rule.Refusal{Why: "Ce fichier est déjà annexé.", Cure: "Choisissez-en un autre."}
	}
	if len(t.Annexes) >= maxAnnexes {
		return t, &rule.Refusal{Why: fmt.Sprintf("Une délibération compte au plus %d annexes.", maxAnnexes), Cure: "Réunissez des documents."}
	}
	t.Annexes = append(slices.Clone(t.Annexes), a)
	return t, nil
}

// Without is the text without an annex.
func (t Text) Without(d store.Digest) Text {
	t.Annexes = slices.DeleteFunc(slices.Clone(t.Annexes), func(a Annex) bool { return a.Digest == d })
	return t
}

// blobs are the documents that a text names.
func (t Text) blobs() []store.Digest {
	var all []store.Digest
	for _, a := range t.Annexes {
		all = append(all, a.Digest)
	}
	return all
}
