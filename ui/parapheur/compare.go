package parapheur

import (
	"context"
	"path"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Comparer shows the revisions of a signed PDF.
type Comparer interface {
	// Open opens a PDF for the preview.
	Open(ctx context.Context, pdf []byte) (widgets.Pages, error)
	// Compare holds the pages of two revisions of a PDF against each other.
	Compare(ctx context.Context, before, after []byte) (*pageimage.Comparison, error)
}

// revisions are what can be looked at of signature i of a PDF: the revision that it
// covers, and what was added after it.
func (p *page) revisions(name string, r validation.Report, i int) []fyne.CanvasObject {
	signed := r.Signed(i)
	if signed == nil {
		return nil
	}
	buttons := container.NewVBox(
		widgets.NewButton(p.h.Text("parapheur.revision.show"), base.VisibilityIcon(), func() {
			p.pages(func(ctx context.Context) (widgets.Pages, error) { return p.o.Open(ctx, signed) })
		}),
		widgets.NewButton(p.h.Text("parapheur.revision.save"), base.DocumentSaveIcon(), func() {
			file := p.h.Text("parapheur.revision.file", "name", strings.TrimSuffix(name, path.Ext(name)), "n", i+1)
			p.h.Save(shell.Made(file, func(context.Context) ([]byte, error) { return signed, nil }))
		}))
	if r.Signatures[i].Whole {
		return []fyne.CanvasObject{buttons}
	}
	found := widgets.Wrapped()
	compare := widgets.NewButton(p.h.Text("parapheur.revision.compare"), base.ViewRestoreIcon(), nil)
	compare.OnTapped = func() {
		found.Objects = []fyne.CanvasObject{widgets.Caption(p.h.Text("parapheur.revision.comparing"))}
		shell.LayOut(p.h, found)
		p.nothing(p.h.Text("parapheur.revision.comparing"))
		shell.Load(p.h, "pages", func(ctx context.Context) (o outcome, _ error) {
			o.comparison, o.err = p.o.Compare(ctx, signed, r.Data)
			return o, ctx.Err()
		}, func(o outcome) {
			if o.err != nil {
				p.preview.Say(shell.What(p.h, o.err))
				found.Objects = nil
			} else {
				p.beheld(o.comparison)
				found.Objects = p.differences(o.comparison)
			}
			shell.LayOut(p.h, found)
		})
	}
	buttons.Add(compare)
	return []fyne.CanvasObject{buttons, found}
}

// outcome is a comparison, or why there is none: it is said where the pages stand.
type outcome struct {
	comparison *pageimage.Comparison
	err        error
}

// beheld shows a comparison where the pages stand.
func (p *page) beheld(c *pageimage.Comparison) {
	p.compared = c
	p.preview.SetDocument(c)
}

// differences name the pages that look different; each leads to it.
func (p *page) differences(c *pageimage.Comparison) []fyne.CanvasObject {
	if len(c.Changed) == 0 {
		return []fyne.CanvasObject{widgets.NewNote(widgets.Done, p.h.Text("parapheur.revision.same"))}
	}
	out := []fyne.CanvasObject{widgets.NewNote(widgets.Waiting, p.h.Text("parapheur.revision.sides"))}
	for shown, change := range c.Changed {
		if shown == maxDifferences {
			out = append(out, widgets.Caption(p.h.Text("parapheur.revision.more", "n", len(c.Changed)-shown)))
			break
		}
		text := p.h.Text("parapheur.revision.areas", "n", len(change.Areas), "page", change.Page+1)
		switch {
		case change.Added:
			text = p.h.Text("parapheur.revision.added", "page", change.Page+1)
		case change.Removed:
			text = p.h.Text("parapheur.revision.removed", "page", change.Page+1)
		}
		out = append(out, widgets.NewButton(text, base.DocumentIcon(), func() {
			if p.compared == c {
				p.preview.Turn(shown - p.preview.Page())
			}
		}))
	}
	if c.Compared < c.Total {
		out = append(out, widgets.Caption(p.h.Text("parapheur.revision.first", "n", c.Compared, "of", c.Total)))
	}
	return out
}

// maxDifferences are the pages that the facts' pane lists.
const maxDifferences = 30

// pageLabel is what stands below a page: its number in the document.
func (p *page) pageLabel(page, n int) string {
	if p.compared != nil {
		return p.h.Text("parapheur.page", "page", p.compared.Number(page-1)+1, "of", p.compared.Total)
	}
	return p.h.Text("parapheur.page", "page", page, "of", n)
}
