package office

import (
	"context"

	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset"
)

// SendCopy prints a granted copy and sends it to be signed by the officer who was chosen; on paper it is signed by hand
// and nothing is sent. It gives the folder. The title names the act, never who asks.
func (h *Hall) SendCopy(ctx context.Context, actor, id string, scans copies.Scanner, read Pager) (folder string, err error) {
	printed, err := h.Copies.Print(ctx, id, scans)
	if err != nil {
		return "", err
	}
	r, err := h.Copies.Request(ctx, id)
	if err != nil {
		return "", err
	}
	if len(printed.Boxes) == 0 || r.Given == copies.Multilingual {
		return "", &rule.Refusal{Why: "Cette pièce n’est pas à signer.", Cure: "Imprimez-la."}
	}
	act, err := h.Acts.Act(ctx, r.Act)
	if err != nil {
		return "", err
	}
	file := parapheur.File{Name: "acte-" + act.Number + ".pdf", Content: printed.PDF}
	if file.Pages, file.Text, err = read(ctx, printed.PDF); err != nil {
		return "", err
	}
	for _, b := range printed.Boxes {
		file.Boxes = append(file.Boxes, parapheur.Rectangle{Name: b.Name, Page: b.Page, X: b.X, Y: b.Y, Width: b.W, Height: b.H})
	}
	return h.Folders.Import(ctx, actor, parapheur.Import{
		Title: r.Given.Title(act.Kind) + " n° " + act.Number, Kind: parapheur.Other, Files: []parapheur.File{file}, Send: true,
		Route: []parapheur.Step{{Kind: parapheur.Signature, Person: r.Officer, Title: "Signature", Box: typeset.BoxOfficer}},
	})
}
