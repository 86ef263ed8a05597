package parapheur

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// verify shows what a verification finds of the document in the preview.
func (p *page) verify() {
	d := p.shown.folder.Documents[p.document]
	p.judge(d.Name, func(ctx context.Context) (validation.Report, error) { return p.o.Validate(ctx, d) })
}

// verifyFile does the same for a file on the disk, which stays where it is.
func (p *page) verifyFile() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("parapheur.verify.pick"), Extensions: []string{".pdf", ".xml", ".p7s", ".p7m", ".asice", ".asics", ".sce"}}, func(paths []string) {
		p.shown = nil
		p.list.UnselectAll()
		p.preset(paths[0])
		p.judge(filepath.Base(paths[0]), func(ctx context.Context) (validation.Report, error) { return p.o.ValidateFile(ctx, paths[0]) })
	})
}

func (p *page) judge(name string, validate func(context.Context) (validation.Report, error)) {
	p.form = true
	p.facts.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("parapheur.verify.title")), widgets.Caption(name), widget.NewProgressBarInfinite()}
	p.enable()
	shell.LayOut(p.h, p.facts)
	shell.Load(p.h, "folder", validate, func(r validation.Report) {
		title := widgets.Heading(p.h.Text("parapheur.verify.title"))
		p.judged.heading, p.judged.again = title, func() { p.judge(name, validate) }
		out := []fyne.CanvasObject{title, widgets.Caption(name)}
		if len(r.Signatures) == 0 {
			out = append(out, widgets.NewNote(widgets.Plain, p.h.Text("parapheur.verify.none")))
		}
		for _, f := range r.Findings {
			out = append(out, widgets.NewNote(widgets.Plain, lang.Typography(f.French())))
		}
		for i, v := range r.Signatures {
			out = append(append(out, p.judgment(v, p.revisions(name, r, i))...), widget.NewSeparator())
		}
		p.facts.Objects = append(out, container.NewHBox(widgets.NewButton(p.h.Text("parapheur.verify.back"), base.NavigateBackIcon(), func() {
			p.form, p.shown = false, nil // the pages may be those of another revision
			p.load()
		})))
		shell.LayOut(p.h, p.facts)
	})
}

// judgeAgain renews the verification in view: what signatures are judged by has changed.
func (p *page) judgeAgain() {
	if o := p.facts.Objects; len(o) > 0 && p.judged.again != nil && o[0] == p.judged.heading {
		p.judged.again()
	}
}

// judgment is one signature: who, the outcome in a sentence, what can be looked at, and each check below.
func (p *page) judgment(v validation.Verdict, looks []fyne.CanvasObject) []fyne.CanvasObject {
	who := v.Signer.Name
	if who == "" {
		who = p.h.Text("parapheur.verify.nobody")
	}
	if v.Kind == validation.DocumentTimestamp {
		who = p.h.Text("parapheur.verify.stamp", "who", who)
	}
	m, key := widgets.Waiting, "parapheur.verify.unproven"
	switch v.Indication {
	case trust.Passed:
		m, key = widgets.Done, "parapheur.verify.valid"
	case trust.Failed:
		m, key = widgets.Refused, "parapheur.verify.invalid"
	}
	name := widgets.Heading(who)
	name.Wrapping = fyne.TextWrapWord
	out := append([]fyne.CanvasObject{name, widgets.NewNote(m, p.h.Text(key))}, looks...)
	// What is amiss comes first.
	for _, outcome := range []validation.Outcome{validation.Refuted, validation.Unchecked, validation.Noted, validation.Checked} {
		mark := map[validation.Outcome]widgets.Meaning{validation.Checked: widgets.Done, validation.Unchecked: widgets.Waiting, validation.Refuted: widgets.Refused}[outcome]
		for _, f := range v.Findings {
			if f.Outcome == outcome {
				out = append(out, widgets.NewNote(mark, lang.Typography(f.French())))
			}
		}
	}
	return out
}
