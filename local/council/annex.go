package council

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

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
)

// KeepAnnex stores a file, ready to be joined to a text; the text is saved by Save.
func (c *Council) KeepAnnex(ctx context.Context, name string, content []byte) (Annex, error) {
	name = strings.TrimSpace(path.Base(strings.ReplaceAll(name, `\`, "/")))
	if name == "" || name == "." || len(name) > maxAnnexName || len(content) == 0 {
		return Annex{}, &rule.Refusal{Why: "Cette annexe est vide ou son nom ne convient pas.", Cure: "Choisissez un autre fichier."}
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
