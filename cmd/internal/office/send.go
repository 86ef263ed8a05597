package office

import (
	"context"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// Pager counts the pages of a PDF and takes its words.
type Pager func(ctx context.Context, pdf []byte) (pages int, text string, err error)

// searched is how many pages of a document give their words to the search.
const searched = 50

// Read counts a PDF's pages and takes its words, by r. It is a Pager.
func Read(r *pageimage.Renderer) Pager {
	return func(ctx context.Context, pdf []byte) (int, string, error) {
		d, err := r.Open(ctx, store.DigestOf(pdf).String(), pdf)
		if err != nil {
			return 0, "", err
		}
		text, err := d.Words(ctx, searched)
		return d.Pages(), text, err
	}
}

// SendDeliberation prints a finalised deliberation and sends it round for its
// two signatures (CGCT, art. L2121-23): the mayor's, then that of the secretary
// of the sitting. It gives the folder.
func (h *Hall) SendDeliberation(ctx context.Context, actor, id string, read Pager) (folder string, err error) {
	d, err := h.Council.Deliberation(ctx, id)
	if err != nil {
		return "", err
	}
	if err := council.CheckSignable(*d); err != nil {
		return "", err
	}
	printed, err := h.Council.Print(ctx, id)
	if err != nil {
		return "", err
	}
	file := parapheur.File{Name: "deliberation-" + d.Number + ".pdf", Content: printed.PDF}
	if file.Pages, file.Text, err = read(ctx, printed.PDF); err != nil {
		return "", err
	}
	for _, b := range printed.Boxes {
		file.Boxes = append(file.Boxes, parapheur.Rectangle{Name: b.Name, Page: b.Page, X: b.X, Y: b.Y, Width: b.W, Height: b.H})
	}
	folder, err = h.Folders.Import(ctx, actor, parapheur.Import{
		Title: "Délibération " + d.Number + " — " + d.Text.Subject(), Kind: parapheur.Deliberation, Files: []parapheur.File{file},
		Route: []parapheur.Step{
			{Kind: parapheur.Signature, Person: d.Record.Sitting.Chair, Title: "Signature du maire", Box: typeset.BoxMayor},
			{Kind: parapheur.Signature, Person: d.Record.Sitting.Secretary, Title: "Signature du secrétaire de séance", Box: typeset.BoxSecretary},
		},
	})
	if err != nil {
		return "", err
	}
	f, err := h.Folders.Folder(ctx, folder)
	if err != nil {
		return "", err
	}
	if err := h.Council.MarkSent(ctx, actor, id, folder, f.Documents[0].Digest); err != nil {
		return "", err
	}
	return folder, h.Folders.Send(ctx, actor, folder)
}
