package parapheur

import (
	"context"
	"strings"

	"alpi40.fr/airial/ui/shell"
)

// Archiver makes archive packages.
type Archiver interface {
	// Archive makes the archive package (SEDA) of a folder that has come to its end: a ZIP.
	Archive(ctx context.Context, id string) ([]byte, error)
	// ArchiveIsDraft tells whether the profile that packages follow is still a draft.
	ArchiveIsDraft(ctx context.Context) (bool, error)
}

// doArchive saves the archive package of the folder shown; its name says that it is a draft
// until the archivist has settled the profile.
func (p *page) doArchive() {
	f := p.shown.folder
	title := strings.NewReplacer("/", "-", "\\", "-").Replace(f.Title)
	shell.Load(p.h, "archive", p.o.ArchiveIsDraft, func(draft bool) {
		key := "parapheur.archive.file"
		if draft {
			key += ".draft"
		}
		p.h.Save(shell.Made(p.h.Text(key, "title", title), func(ctx context.Context) ([]byte, error) { return p.o.Archive(ctx, f.ID) }))
	})
}
