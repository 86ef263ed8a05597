package parapheur

import (
	"context"
	"path"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// legalityPage is where what is transmitted to the legality review is said.
const legalityPage shell.PageName = "legality"

// goToReview opens the act of the folder shown on the page of the legality review.
func (p *page) goToReview() { p.h.Go(shell.Route{Page: legalityPage, Arg: p.shown.review.ID}) }

// doReview has the act of the folder shown transmitted; where nobody has said what is to be, it
// leads there.
func (p *page) doReview() {
	v := p.shown
	if !v.review.Prepared {
		p.goToReview()
		return
	}
	p.act("handover", func(ctx context.Context, _ string) error { return p.o.SendPrepared(ctx, v.folder.ID) })
}

// review tells whether what is to be transmitted of the act is known, and leads there.
func (p *page) review(v *view) (out []fyne.CanvasObject) {
	if v.review == nil {
		return nil
	}
	m, key := widgets.Waiting, "parapheur.review.unprepared"
	if v.review.Prepared {
		m, key = widgets.Plain, "parapheur.review.prepared"
	}
	return []fyne.CanvasObject{widgets.NewNote(m, p.h.Text(key)), container.NewHBox(widgets.NewButton(p.h.Text("parapheur.review.open"), theme.Icon("legality"), p.goToReview))}
}

// received says that the State's representative received the act, and gives its receipt.
func (p *page) received(folder string, h parapheur.Handover) []fyne.CanvasObject {
	if h.Proof == nil {
		return nil
	}
	return []fyne.CanvasObject{
		widgets.Caption(p.h.Text("parapheur.review.received", "day", lang.Day(h.Received.Time()), "id", h.Receipt)),
		container.NewVBox(widgets.NewButton(p.h.Text("parapheur.review.save"), base.DocumentSaveIcon(), func() {
			p.h.Save(shell.Made(h.Proof.Name, func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, h.Proof.Digest) }))
		}), widgets.NewButton(p.h.Text("parapheur.review.copy"), base.ContentCopyIcon(), func() {
			name := p.h.Text("legality.stamped.file", "name", strings.TrimSuffix(h.Document, path.Ext(h.Document)))
			p.h.Save(shell.Made(name, func(ctx context.Context) ([]byte, error) { return p.o.StampedCopy(ctx, folder) }))
		})),
	}
}
