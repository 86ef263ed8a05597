package legality

import (
	"context"
	"path"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// progress says how far a transmission has come, what came back, and the terms that run.
func (p *page) progress(x Item) []fyne.CanvasObject {
	f, h := x.Filing, p.h
	out := p.heading(x)
	m, _ := badge(x)
	out = append(out, widgets.NewNote(m, h.Text("legality.state."+string(f.State), "number", f.Transaction, "when", lang.DayHour(f.Changed))))
	if f.State == actes.Posting {
		out = append(out, widgets.Caption(h.Text("legality.posting.cure")))
	}
	if f.Words != "" {
		out = append(out, widgets.NewNote(widgets.Refused, h.Text("legality.words", "words", lang.Typography(f.Words))))
	}
	if f.State != actes.Received && f.State != actes.Cancelled {
		if p.trouble != nil {
			out = append(out, widgets.NewNote(widgets.Waiting, shell.What(h, p.trouble)))
		}
		buttons := container.NewHBox(widgets.NewButton(h.Text("legality.ask.now"), base.ViewRefreshIcon(), func() {
			p.do("carry", func(ctx context.Context, _ string) error { return p.o.Carry(ctx) })
		}))
		if f.State == actes.Asked {
			buttons.Add(widgets.NewButton(h.Text("legality.back"), base.ContentUndoIcon(), func() {
				p.do("back", func(ctx context.Context, person string) error { return p.o.Legality().TakeBack(ctx, person, x.ID) })
			}))
		}
		out = append(out, buttons)
	}
	if f.Receipt == nil {
		out = append(out, p.noteReceipt(x.ID))
	}
	out = append(out, p.received(x)...)
	out = append(out, p.letters(f)...)
	out = append(out, widgets.Heading(h.Text("legality.sent")))
	for _, line := range []string{
		h.Text("legality.line.number", "number", f.Number), h.Text("legality.line.matter", "code", f.Matter, "label", p.matters.Path(f.Matter)),
		h.Text("legality.line.subject", "subject", f.Subject), h.Text("legality.line.date", "day", lang.Day(f.Date.Time())), h.Text("legality.line.file", "name", f.File.Name, "type", f.File.Type),
		h.Text("legality.line.ctes", "name", x.FileName),
	} {
		out = append(out, widgets.Caption(line))
	}
	for _, a := range f.Annexes {
		out = append(out, widgets.Caption(h.Text("legality.line.annex", "name", a.Name, "type", a.Type)))
	}
	return out
}

// received says when the State's representative received it, and what that starts.
func (p *page) received(x Item) (out []fyne.CanvasObject) {
	f, h := x.Filing, p.h
	if f.Receipt == nil {
		return nil
	}
	out = append(out, widgets.Heading(h.Text("legality.receipt")), widgets.NewNote(widgets.Done, h.Text("legality.received", "day", lang.Day(f.Receipt.Date.Time()), "id", f.Receipt.ID)))
	if f.Effective() {
		effect := x.Effect
		if effect == "" {
			effect = h.Text("legality.executory")
		}
		out = append(out, widgets.Caption(lang.Typography(effect)))
		if x.Appeal != "" {
			out = append(out, widgets.Caption(h.Text("legality.appeal", "day", lang.Day(x.Appeal.Time()))))
		}
		end, interrupted := f.ReferralEnd()
		key := "legality.referral"
		if interrupted {
			key += ".interrupted"
		}
		out = append(out, widgets.Caption(h.Text(key, "day", lang.Day(end.Time()))))
	}
	buttons := container.NewGridWithColumns(2) // in a line they would widen the pane
	if f.Proof != nil {
		buttons.Add(widgets.NewButton(h.Text("legality.proof.save"), base.DocumentSaveIcon(), func() {
			h.Save(shell.Made(f.Proof.Name, func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, f.Proof.Digest) }))
		}))
	}
	if f.Effective() && strings.EqualFold(path.Ext(f.File.Name), ".pdf") {
		buttons.Add(widgets.NewButton(h.Text("legality.stamped.save"), base.ContentCopyIcon(), func() {
			h.Save(shell.Made(h.Text("legality.stamped.file", "name", strings.TrimSuffix(f.File.Name, path.Ext(f.File.Name))), func(ctx context.Context) ([]byte, error) { return p.o.StampedAct(ctx, x.ID) }))
		}))
	}
	if actes.MayCancel(f) == nil {
		buttons.Add(widgets.NewButton(h.Text("legality.cancel"), base.CancelIcon(), func() {
			h.Ask(shell.Question{Title: h.Text("legality.cancel.title"), Why: h.Text("legality.cancel.why"), Placeholder: h.Text("legality.cancel.word"), Yes: h.Text("legality.cancel.do"), Required: true, Dangerous: true}, func(word string) {
				if word != h.Text("legality.cancel.word") {
					h.Toast(shell.Waiting, h.Text("legality.cancel.not"), nil)
					return
				}
				p.do("cancel", func(ctx context.Context, person string) error { return p.o.Legality().Cancel(ctx, person, x.ID) })
			})
		}))
	}
	return append(out, buttons)
}

// save is a button that saves a document.
func (p *page) save(words, name string, content func(context.Context) ([]byte, error)) fyne.CanvasObject {
	return container.NewHBox(widgets.NewButton(words, base.DocumentSaveIcon(), func() { p.h.Save(shell.Made(name, content)) }))
}

// letterKeys are the kinds of letters in ui/lang.
var letterKeys = map[handover.LetterKind]string{handover.Courtesy: "courtesy", handover.MorePieces: "more", handover.Observation: "observation", handover.Referral: "referral"}

// letters are what the préfecture wrote, the latest first, and what each asks for.
func (p *page) letters(f *actes.Filing) (out []fyne.CanvasObject) {
	for i := len(f.Letters) - 1; i >= 0; i-- {
		l := f.Letters[i]
		key := "legality.letter." + letterKeys[l.Kind]
		m := widgets.Late
		if l.Answered() {
			m = widgets.Plain
		}
		out = append(out, widgets.NewNote(m, p.h.Text(key, "day", lang.Day(l.At))), widgets.Caption(p.h.Text(key+".cure")))
		for _, name := range l.Files {
			out = append(out, p.save(p.h.Text("legality.letter.save", "name", name), name, func(ctx context.Context) ([]byte, error) {
				raw, err := p.o.Content(ctx, l.Digest)
				if err != nil {
					return nil, err
				}
				_, files, err := actes.OpenLetter(raw)
				return files[name], err
			}))
		}
		if len(l.Files) == 0 {
			name := p.h.Text("legality.letter.file", "id", l.ID)
			out = append(out, p.save(p.h.Text("legality.letter.save", "name", name), name, func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, l.Digest) }))
		}
		out = append(out, p.answer(f, l)...)
	}
	if len(out) > 0 {
		out = append([]fyne.CanvasObject{widgets.Heading(p.h.Text("legality.letters"))}, out...)
	}
	return out
}
