package parapheur

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// maxAnomalies are those of an answer that the facts' pane lists.
const maxAnomalies = 12

// answers reads Hélios's answers of a folder. One that is not on this computer yet, or
// cannot be read, is nil: what was noted of it is shown still. formal is what the official
// schemas have against each.
func (p *page) answers(ctx context.Context, f *parapheur.Folder) (all []*pes.Receipt, formal [][]pes.Remark) {
	for _, r := range f.Receipts {
		var answer *pes.Receipt
		var remarks []pes.Remark
		if content, err := p.o.Content(ctx, r.Digest); err == nil {
			if read, err := pes.ReadReceipt(content); err == nil {
				answer = read
			}
			if found, err := p.o.Desk().CheckAnswer(ctx, content); err == nil {
				remarks = found
			}
		}
		all, formal = append(all, answer), append(formal, remarks)
	}
	return all, formal
}

// receipts are Hélios's answers for the facts' pane, the latest first.
func (p *page) receipts(v *view) (out []fyne.CanvasObject) {
	for i := len(v.folder.Receipts) - 1; i >= 0; i-- {
		r, answer := v.folder.Receipts[i], v.answers[i]
		noted := lang.Day(r.At)
		if answer != nil && answer.Date != "" {
			noted = day(answer.Date)
		}
		m, key := widgets.Done, "parapheur.receipt.accepted"
		if !r.Accepted {
			m, key = widgets.Refused, "parapheur.receipt.rejected"
		}
		out = append(out, widgets.NewNote(m, p.h.Text(key, "document", r.Document, "day", noted)))
		if remarks := v.formal[i]; len(remarks) > 0 && remarks[0].Severity == pes.Stops {
			out = append(out, widgets.Caption(lang.Typography(p.h.Text("parapheur.receipt.formal", "why", strings.TrimSpace(remarks[0].Where+" "+remarks[0].Why)))))
		}
		if answer != nil && !r.Accepted {
			out = append(out, p.anomalies(answer)...)
		}
		out = append(out, container.NewHBox(widgets.NewButton(p.h.Text("parapheur.receipt.save", "name", r.Name), base.DocumentSaveIcon(), func() {
			p.h.Save(shell.Made(r.Name, func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, r.Digest) }))
		})))
	}
	if len(out) > 0 {
		out = append([]fyne.CanvasObject{widgets.Heading(p.h.Text("parapheur.receipts"))}, out...)
	}
	return out
}

// anomalies say what was rejected, where and why.
func (p *page) anomalies(r *pes.Receipt) (out []fyne.CanvasObject) {
	more := 0
	say := func(text string) {
		if len(out) >= maxAnomalies {
			more++
			return
		}
		out = append(out, widgets.Caption(lang.Typography(text)))
	}
	for _, e := range r.Elements {
		if e.OK {
			continue
		}
		where := p.where(e)
		for _, a := range e.Errors {
			place := where
			if a.Piece != "" {
				place += p.h.Text("parapheur.receipt.piece", "n", a.Piece)
			}
			if a.Line != "" {
				place += p.h.Text("parapheur.receipt.line", "n", a.Line)
			}
			say(p.h.Text("parapheur.receipt.why", "where", place, "why", a.Label, "code", a.Code))
		}
		if len(e.Errors) == 0 {
			say(p.h.Text("parapheur.receipt.nowhy", "where", where))
		}
	}
	if more > 0 {
		out = append(out, widgets.Caption(p.h.Text("parapheur.receipt.more", "n", more)))
	}
	return append(out, widgets.Caption(p.h.Text("parapheur.receipt.cure")))
}

// where names a part of a flow.
func (p *page) where(e pes.Element) string {
	switch {
	case e.Bordereau != "":
		return p.h.Text("parapheur.receipt.bordereau", "n", e.Bordereau, "year", e.Exercise)
	case e.Attachment != "":
		return p.h.Text("parapheur.receipt.attachment", "n", e.Attachment)
	case e.Market != "":
		return p.h.Text("parapheur.receipt.market", "n", e.Market)
	}
	return e.Domain
}

// doReceipt asks for the file that came back.
func (p *page) doReceipt() {
	id := p.shown.folder.ID
	p.h.PickFiles(shell.Files{Title: p.h.Text("parapheur.receipt.add")}, func(paths []string) {
		if len(paths) == 0 {
			return
		}
		p.actThen("receipt", func(ctx context.Context, _ string) error { return p.o.NoteReceipt(ctx, id, paths[0]) }, p.load)
	})
}
