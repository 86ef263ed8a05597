package office

import (
	"context"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	agency "alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// SignOrder prints what is asked of the agency and sends it into the parapheur; once signed, it
// leaves with the next exchange (TakeSigned). It gives the folder. Error: a refusal.
func (h *Hall) SignOrder(ctx context.Context, actor string, s agency.Service, answers map[string]string, joined []agency.Joined, read Pager) (folder string, err error) {
	said, err := agency.Answers(s, answers, joined)
	if err != nil {
		return "", err
	}
	a, err := h.Authority(ctx)
	if err != nil {
		return "", err
	}
	c, err := h.office.Catalogue(ctx)
	if err != nil {
		return "", err
	}
	form := typeset.ServiceForm{Head: typeset.Head{Authority: a.Letterhead(), Printed: h.office.o.Now()}, To: c.Agency.Name, Title: s.Name, Draft: s.Draft, Text: s.Text}
	if form.Signatory, err = h.mayor(ctx); err != nil {
		return "", err
	}
	for _, x := range said {
		form.Answers = append(form.Answers, [2]string{x.Label, x.Value})
	}
	printed, err := form.Typeset(ctx)
	if err != nil {
		return "", err
	}
	file := parapheur.File{Name: FileName(s.Name) + ".pdf", Content: printed.PDF}
	if file.Pages, file.Text, err = read(ctx, printed.PDF); err != nil {
		return "", err
	}
	for _, b := range printed.Boxes {
		file.Boxes = append(file.Boxes, parapheur.Rectangle{Name: b.Name, Page: b.Page, X: b.X, Y: b.Y, Width: b.W, Height: b.H})
	}
	files := []parapheur.File{file}
	for _, j := range joined {
		f := parapheur.File{Name: j.Name, Content: j.Content, Annex: true}
		if strings.EqualFold(filepath.Ext(j.Name), ".pdf") {
			if f.Pages, f.Text, err = read(ctx, j.Content); err != nil {
				return "", err
			}
		}
		files = append(files, f)
	}
	folder, err = h.Folders.Import(ctx, actor, parapheur.Import{
		Title: s.Name, Kind: parapheur.Other, Files: files,
		Route: []parapheur.Step{{Kind: parapheur.Signature, Role: authority.RoleMayor, Title: "Signature du maire", Box: typeset.BoxMayor}},
	})
	if err != nil {
		return "", err
	}
	if _, err := h.Counter.Prepare(ctx, actor, s, answers, joined, folder); err != nil {
		return "", err
	}
	return folder, h.Folders.Send(ctx, actor, folder)
}

// mayor is who signs for the authority today; the zero value while nobody is known.
func (h *Hall) mayor(ctx context.Context) (s typeset.Signature, err error) {
	today := authority.DayOf(h.office.o.Now())
	err = h.Store.View(ctx, func(tx *store.Tx) error {
		people, err := authority.People(tx)
		for _, p := range people {
			if p.Has(authority.RoleMayor) && p.In(today) {
				s = typeset.Signature{Name: p.Name(), Quality: p.Title}
			}
		}
		return err
	})
	return s, err
}
