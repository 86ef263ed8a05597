package office

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
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
	if err := h.Council.CheckNumber(ctx, id); err != nil {
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
	files, err := h.annexes(ctx, d.Text, read)
	if err != nil {
		return "", err
	}
	for _, b := range printed.Boxes {
		file.Boxes = append(file.Boxes, parapheur.Rectangle{Name: b.Name, Page: b.Page, X: b.X, Y: b.Y, Width: b.W, Height: b.H})
	}
	review, err := h.reviewStep(ctx, parapheur.Deliberation)
	if err != nil {
		return "", err
	}
	folder, err = h.Folders.Import(ctx, actor, parapheur.Import{
		Title: "Délibération " + d.Number + " — " + d.Text.Subject(), Kind: parapheur.Deliberation, Files: append([]parapheur.File{file}, files...),
		Route: append([]parapheur.Step{
			{Kind: parapheur.Signature, Person: d.Record.Sitting.Signatory(), Title: "Signature du maire", Box: typeset.BoxMayor},
			{Kind: parapheur.Signature, Person: d.Record.Sitting.Secretary, Title: "Signature du secrétaire de séance", Box: typeset.BoxSecretary},
		}, review...),
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

// SendDraft prints a draft and sends it round for approvals: on the route of one of the authority's types of folders, or
// to approver alone when kind is empty. It stays a draft, and can be written further. It gives the folder.
func (h *Hall) SendDraft(ctx context.Context, actor, id, kind, approver string, read Pager) (folder string, err error) {
	if err := h.Council.Version(ctx, actor, id); err != nil {
		return "", err
	}
	d, err := h.Council.Deliberation(ctx, id)
	if err != nil {
		return "", err
	}
	if err := council.CheckApproval(*d); err != nil {
		return "", err
	}
	in := parapheur.Import{Title: "Projet de délibération — " + d.Text.Subject(), Kind: parapheur.Deliberation, Send: true,
		Route: []parapheur.Step{{Kind: parapheur.Approval, Person: approver, Title: "Visa du projet de délibération"}}}
	name := ""
	if kind != "" {
		routes, err := h.ApprovalRoutes(ctx)
		if err != nil {
			return "", err
		}
		at := slices.IndexFunc(routes, func(t parapheur.FolderType) bool { return t.ID == kind })
		if at < 0 {
			return "", &rule.Refusal{Why: "Ce circuit n’existe plus, ou demande autre chose que des visas.", Cure: "Choisissez un circuit qui ne comporte que des visas."}
		}
		name, in.Route = routes[at].Name, routes[at].Route
	}
	printed, err := h.Council.Print(ctx, id)
	if err != nil {
		return "", err
	}
	file := parapheur.File{Name: "projet-de-deliberation.pdf", Content: printed.PDF}
	if file.Pages, file.Text, err = read(ctx, printed.PDF); err != nil {
		return "", err
	}
	files, err := h.annexes(ctx, d.Text, read)
	if err != nil {
		return "", err
	}
	in.Files = append([]parapheur.File{file}, files...)
	if folder, err = h.Folders.Import(ctx, actor, in); err != nil {
		return "", err
	}
	return folder, h.Council.AskApproval(ctx, actor, council.Approval{Deliberation: id, Folder: folder, Version: d.Version, Route: name})
}

// ApprovalRoutes are the authority's types of folders whose steps are approvals alone: the routes of its drafts.
func (h *Hall) ApprovalRoutes(ctx context.Context) ([]parapheur.FolderType, error) {
	all, err := h.Folders.Types(ctx)
	return slices.DeleteFunc(all, func(t parapheur.FolderType) bool {
		return t.Retired || len(t.Route) == 0 || slices.ContainsFunc(t.Route, func(s parapheur.Step) bool { return s.Kind != parapheur.Approval })
	}), err
}

// maxAnnex bounds an annex read back; older versions took larger ones.
const maxAnnex = 2 * council.MaxAnnex

// annexes are a text's, as a folder takes them.
func (h *Hall) annexes(ctx context.Context, t council.Text, read Pager) ([]parapheur.File, error) {
	var files []parapheur.File
	for _, a := range t.Annexes {
		content, err := h.Store.Blobs().Read(a.Digest, maxAnnex)
		if err != nil {
			return nil, fmt.Errorf("reading the annex %q: %w", a.Name, err)
		}
		f := parapheur.File{Name: a.Name, Content: content, Annex: true}
		if strings.EqualFold(filepath.Ext(a.Name), ".pdf") {
			if f.Pages, f.Text, err = read(ctx, content); err != nil {
				return nil, err
			}
		}
		files = append(files, f)
	}
	return files, nil
}
