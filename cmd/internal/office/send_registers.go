package office

import (
	"context"
	"errors"
	"fmt"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/registers"
	agency "alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// SendSitting sends all deliberations of a sitting that wait for their signatures, so that the mayor and the secretary sign
// them as one lot. It gives how many left; what one of them lacks does not keep back the others, and is told.
func (h *Hall) SendSitting(ctx context.Context, actor, sitting string, read Pager, progress func(done, of int)) (sent int, err error) {
	rec, err := h.Registers.Record(ctx, sitting)
	if err != nil {
		return 0, err
	}
	var waiting []council.Deliberation
	for _, d := range rec.Affairs {
		if d.Status == council.StatusFinalised {
			waiting = append(waiting, d)
		}
	}
	var failed []error
	for i, d := range waiting {
		if progress != nil {
			progress(i, len(waiting))
		}
		if _, err := h.SendDeliberation(ctx, actor, d.ID, read); err != nil {
			if ctx.Err() != nil {
				return sent, err
			}
			failed = append(failed, fmt.Errorf("délibération %s : %w", d.Number, err))
			continue
		}
		sent++
	}
	return sent, errors.Join(failed...)
}

// SendOrder prints a numbered order or decision and sends it to be signed by who was chosen. It gives the folder.
func (h *Hall) SendOrder(ctx context.Context, actor, id string, read Pager) (folder string, err error) {
	if err := h.Registers.CheckOrder(ctx, id); err != nil {
		return "", err
	}
	o, err := h.Registers.Order(ctx, id)
	if err != nil {
		return "", err
	}
	printed, err := h.Registers.PrintOrder(ctx, *o)
	if err != nil {
		return "", err
	}
	file := parapheur.File{Name: "acte-" + o.Number + ".pdf", Content: printed.PDF}
	if file.Pages, file.Text, err = read(ctx, printed.PDF); err != nil {
		return "", err
	}
	for _, b := range printed.Boxes {
		file.Boxes = append(file.Boxes, parapheur.Rectangle{Name: b.Name, Page: b.Page, X: b.X, Y: b.Y, Width: b.W, Height: b.H})
	}
	review, err := h.reviewStep(ctx, parapheur.Order)
	if err != nil {
		return "", err
	}
	folder, err = h.Folders.Import(ctx, actor, parapheur.Import{
		Title: o.Number + " — " + o.Text.Subject(), Kind: parapheur.Order, Files: []parapheur.File{file},
		Route: append([]parapheur.Step{{Kind: parapheur.Signature, Person: o.Signer, Title: "Signature", Box: typeset.BoxMayor}}, review...),
	})
	if err != nil {
		return "", err
	}
	f, err := h.Folders.Folder(ctx, folder)
	if err != nil {
		return "", err
	}
	if err := h.Registers.MarkOrderSent(ctx, actor, id, folder, f.Documents[0].Digest); err != nil {
		return "", err
	}
	return folder, h.Folders.Send(ctx, actor, folder)
}

// TakeSigned notes in the council, the registers and the services what a folder that bears all its signatures signed; other folders are none
// of their business. It is called on the computer of who signed last, so that no other writes the same.
func (h *Hall) TakeSigned(ctx context.Context, actor, folder string) error {
	f, err := h.Folders.Folder(ctx, folder)
	if err != nil || !f.Signed() || len(f.Documents) == 0 {
		return err
	}
	signed := f.Documents[0].Digest
	switch f.Kind {
	case parapheur.Order:
		o, err := h.Registers.OrderByFolder(ctx, folder)
		if errors.Is(err, store.ErrNotFound) || err == nil && o.Status != registers.Sent {
			return nil // imported by hand, or noted already
		}
		if err != nil {
			return err
		}
		return h.Registers.MarkOrderSigned(ctx, actor, o.ID, signed)
	case parapheur.Deliberation:
		id, err := h.Council.SentBy(ctx, folder)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return h.Council.MarkSigned(ctx, actor, id, signed)
	}
	return h.Counter.Signed(ctx, actor, folder, agency.File{Name: f.Documents[0].Name, Digest: signed, Size: f.Documents[0].Size})
}
