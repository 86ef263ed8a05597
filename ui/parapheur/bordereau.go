package parapheur

import (
	"context"
	"path"
	"strings"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/shell"
)

// FlowPrinter prints accounting flows.
type FlowPrinter interface {
	// PrintFlow sets an accounting flow of a folder on paper.
	PrintFlow(ctx context.Context, folder string, d store.Digest) ([]byte, error)
}

// printFlow opens the flow shown as an accountant's paper.
func (p *page) printFlow() {
	f, d := p.shown.folder, p.shown.folder.Documents[p.document]
	name := p.h.Text("parapheur.flow.print.file", "name", strings.TrimSuffix(d.Name, path.Ext(d.Name)))
	p.h.OpenPDF(shell.Made(name, func(ctx context.Context) ([]byte, error) { return p.o.PrintFlow(ctx, f.ID, d.Digest) }))
}
