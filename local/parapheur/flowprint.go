package parapheur

import (
	"context"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// PrintFlow is an accounting flow of a folder on paper, bordereau by bordereau. Errors: a
// refusal, for a document of another kind; those of pes.Read; store.ErrNotFound.
func (d *Desk) PrintFlow(ctx context.Context, id string, digest store.Digest) (typeset.Document, error) {
	f, t, err := d.folderAndTown(ctx, id)
	if err != nil {
		return typeset.Document{}, err
	}
	for _, doc := range f.Documents {
		if doc.Format != PES || doc.Digest != digest {
			continue
		}
		content, err := d.j.Store().Blobs().Read(digest, MaxDocument)
		if err != nil {
			return typeset.Document{}, err
		}
		flow, err := pes.Read(content, nil)
		if err != nil {
			return typeset.Document{}, err
		}
		return printed(flow, t.Authority, d.j.Now()).Typeset(ctx)
	}
	return typeset.Document{}, &rule.Refusal{Why: "Ce document n’est pas un flux comptable.", Cure: "Choisissez un flux, puis imprimez-le."}
}

func printed(f *pes.Flow, a authority.Authority, at time.Time) typeset.AccountingFlow {
	out := typeset.AccountingFlow{Head: typeset.Head{Authority: a.Letterhead(), Printed: at}, Label: f.Label, File: f.Name, Budget: f.Budget, Post: strings.TrimSpace(f.Post + " " + f.PostLabel)}
	for _, b := range f.Bordereaux {
		one := typeset.AccountingBordereau{
			Titres: b.Side == pes.Receipts, Number: b.Number, Exercise: b.Exercise, Type: b.TypeLabel(), Signed: b.Signed || f.Signed,
			Count: b.Count, Net: int64(b.Net), VAT: int64(b.VAT), Cumulative: int64(b.Cumulative),
		}
		one.Date, _ = time.Parse(time.DateOnly, b.Date) // one that is none is left out
		for _, p := range b.Pieces {
			one.Pieces = append(one.Pieces, printedPiece(p, b.Side))
		}
		out.Bordereaux = append(out.Bordereaux, one)
	}
	return out
}

func printedPiece(p *pes.Piece, side pes.Side) typeset.AccountingPiece {
	third := p.Third()
	out := typeset.AccountingPiece{
		Number: p.Number, Type: strings.Trim(p.TypeLabel(side)+" — "+p.NatureLabel(side), " —"), Object: p.Object, Third: third.FullName(), Bank: third.Account.String(),
	}
	references := append([]pes.Reference{}, p.References...)
	for _, l := range p.Lines {
		line := typeset.AccountingLine{Account: l.Account, Function: l.Function, Label: l.Label, Invoice: l.Invoice, Net: int64(l.Net), VAT: int64(l.VAT)}
		for _, t := range l.Thirds {
			if t.Key() != third.Key() || t.Account != third.Account {
				line.Third = strings.TrimSpace(t.FullName() + " " + t.Account.String())
			}
		}
		out.Lines = append(out.Lines, line)
		references = append(references, l.References...)
	}
	for _, r := range references {
		name := r.Name
		if name == "" {
			name = r.ID
		}
		out.Attachments = append(out.Attachments, name)
	}
	return out
}
