package council

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// said is what stands beside a draft.
type said struct {
	remarks []council.Remark
	names   map[string]string
}

// remarksView is what people say beside the draft, and its way to be approved.
func (p *page) remarksView() fyne.CanvasObject {
	box, id := container.NewStack(widgets.Caption(p.h.Text("council.doing"))), p.draft.ID
	shell.Load(p.h, "remarks", func(ctx context.Context) (s said, err error) {
		if s.names, err = p.o.Names(ctx); err != nil {
			return s, err
		}
		s.remarks, err = p.o.Council().Remarks(ctx, id)
		return s, err
	}, func(s said) { p.showRemarks(box, id, s) })
	return box
}

func (p *page) showRemarks(box *fyne.Container, id string, s said) {
	body := widgets.Wrapped(widgets.Caption(p.h.Text("drafting.remarks.why")))
	if len(s.remarks) == 0 {
		body.Add(widgets.NewNote(widgets.Done, p.h.Text("drafting.remarks.none")))
	}
	again := func() { p.showView(viewRemarks) }
	for _, r := range s.remarks {
		m := widgets.Waiting
		if r.Answered != "" {
			m = widgets.Done
		}
		body.Add(widgets.NewNote(m, p.h.Text("drafting.remark.by", "who", s.names[r.By], "when", lang.Recent(r.At, p.h.Now()))))
		text := widget.NewLabel(r.Text)
		text.Wrapping = fyne.TextWrapWord
		body.Add(text)
		if r.Answered != "" {
			body.Add(widgets.Caption(p.h.Text("drafting.remark.answered", "who", s.names[r.Answered])))
			continue
		}
		body.Add(container.NewHBox(widgets.NewButton(p.h.Text("drafting.remark.answer"), base.ConfirmIcon(), func() {
			p.runThen("remark.answered", func(ctx context.Context, person string) error { return p.o.Council().AnswerRemark(ctx, person, r.ID) }, again)
		})))
	}
	words := widgets.NewText(p.h.Text("drafting.remark.hint"), 2)
	words.SetText(p.remark) // a remark of somebody else may come meanwhile
	words.OnChanged = func(text string) { p.remark = text }
	write := widgets.NewPrimary(p.h.Text("drafting.remark.write"), base.MailComposeIcon(), func() {
		text := words.Text
		p.runThen("remark.written", func(ctx context.Context, person string) error {
			return p.o.Council().WriteRemark(ctx, person, id, text)
		}, again)
	})
	approve := widgets.NewButton(p.h.Text("drafting.approve"), base.MailSendIcon(), func() { p.approve(id) })
	box.Objects = []fyne.CanvasObject{container.NewBorder(nil, container.NewVBox(words, container.NewHBox(write, approve)), nil, nil, widgets.NewScroll(body))}
	shell.LayOut(p.h, p.middle)
}

// approve sends the draft, saved, to the mayor's approval through the parapheur.
func (p *page) approve(id string) {
	p.SaveDraft()
	p.run("approve", func(ctx context.Context, _ string) error { return p.o.SendDraft(ctx, id) })
}

// annexesView is the files joined to the draft.
func (p *page) annexesView() fyne.CanvasObject {
	body := widgets.Wrapped(widgets.Caption(p.h.Text("drafting.annexes.why")))
	if len(p.draft.Text.Annexes) == 0 {
		body.Add(widgets.NewNote(widgets.Plain, p.h.Text("drafting.annexes.none")))
	}
	for _, a := range p.draft.Text.Annexes {
		name := widget.NewLabelWithStyle(a.Name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		name.Wrapping = fyne.TextWrapWord
		body.Add(name)
		body.Add(widgets.Caption(p.h.Text("drafting.annex", "kb", int((a.Size+1023)/1024), "digest", a.Digest.String()[:16])))
		body.Add(container.NewHBox(
			widgets.NewButton(p.h.Text("drafting.annex.save"), base.DocumentSaveIcon(), func() {
				p.h.Save(shell.Made(a.Name, func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, a.Digest) }))
			}),
			widgets.NewButton(p.h.Text("drafting.annex.remove"), base.DeleteIcon(), func() { p.setText(p.text().Without(a.Digest)) })))
	}
	add := widgets.NewPrimary(p.h.Text("drafting.annex.add"), base.ContentAddIcon(), p.joinFile)
	return container.NewBorder(nil, container.NewHBox(add), nil, nil, widgets.NewScroll(body))
}

func (p *page) joinFile() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("drafting.annex.add")}, func(paths []string) {
		if len(paths) == 0 || p.draft == nil {
			return
		}
		id := p.draft.ID
		shell.Load(p.h, "annex", func(ctx context.Context) (council.Annex, error) {
			return p.o.KeepAnnex(ctx, filepath.Base(paths[0]), paths[0])
		}, func(a council.Annex) {
			if p.draft == nil || p.draft.ID != id {
				return
			}
			t, err := p.text().With(a)
			if err != nil {
				p.h.Fail(err)
				return
			}
			p.setText(t)
			p.SaveDraft()
		})
	})
}
