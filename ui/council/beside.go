package council

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// said is what stands beside a draft.
type said struct {
	remarks []council.Remark
	names   map[string]string
	rounds  []Approval
	routes  []Route
}

// remarksView is what people say beside the draft, and its way to be approved.
func (p *page) remarksView() fyne.CanvasObject {
	box, id := container.NewStack(widgets.Caption(p.h.Text("council.doing"))), p.draft.ID
	shell.Load(p.h, "remarks", func(ctx context.Context) (s said, err error) {
		if s.names, err = p.o.Names(ctx); err != nil {
			return s, err
		}
		if s.remarks, err = p.o.Council().Remarks(ctx, id); err != nil {
			return s, err
		}
		if s.rounds, err = p.o.Approvals(ctx, id); err != nil {
			return s, err
		}
		s.routes, err = p.o.ApprovalRoutes(ctx)
		return s, err
	}, func(s said) { p.showRemarks(box, id, s) })
	return box
}

func (p *page) showRemarks(box *fyne.Container, id string, s said) {
	body := widgets.Wrapped()
	for i, r := range s.rounds {
		p.showRound(body, r, i == 0)
	}
	body.Add(widgets.Caption(p.h.Text("drafting.remarks.why")))
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
		text := widgets.NewLabel(r.Text)
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
	route := widget.NewSelect([]string{p.h.Text("drafting.route.mayor")}, nil)
	for _, r := range s.routes {
		route.Options = append(route.Options, r.Name)
	}
	route.SetSelectedIndex(0)
	approve := widgets.NewButton(p.h.Text("drafting.approve"), base.MailSendIcon(), func() {
		chosen := ""
		if i := route.SelectedIndex(); i > 0 {
			chosen = s.routes[i-1].ID
		}
		p.approve(id, chosen)
	})
	box.Objects = []fyne.CanvasObject{container.NewBorder(nil, container.NewVBox(words, container.NewHBox(write), container.NewBorder(nil, nil, approve, nil, route)), nil, nil, widgets.NewScroll(body))}
	shell.LayOut(p.h, p.middle)
}

// round says in a word how far a draft has come that went round; version is that of its text now.
func (p *page) round(a Approval, version int) (widgets.Meaning, string) {
	switch {
	case a.State == parapheur.Refused:
		return widgets.Refused, p.h.Text("drafting.round.refused")
	case a.State == parapheur.Done && a.Version == version:
		return widgets.Done, p.h.Text("drafting.round.done")
	case a.State == parapheur.Done:
		return widgets.Late, p.h.Text("drafting.round.changed")
	case a.State == parapheur.Withdrawn:
		return widgets.Plain, p.h.Text("drafting.round.withdrawn")
	}
	return widgets.Waiting, p.h.Text("drafting.round.running")
}

// showRound tells of a draft that went round: on which route, who said what, where it waits. Of the former ones, their end.
func (p *page) showRound(body *fyne.Container, a Approval, whole bool) {
	route := a.Route
	if route == "" {
		route = p.h.Text("drafting.route.mayor")
	}
	m, word := p.round(a, p.draft.Version)
	body.Add(widgets.NewNote(m, p.h.Text("drafting.round", "when", lang.Recent(a.At, p.h.Now()), "route", route, "state", word)))
	if !whole {
		return
	}
	for _, s := range a.Said {
		key := "drafting.round.remark"
		switch {
		case s.Refused:
			key = "drafting.round.refusal"
		case s.Act && s.Words == "":
			key = "drafting.round.visa"
		case s.Act:
			key = "drafting.round.visa.words"
		}
		body.Add(widgets.Caption(p.h.Text(key, "who", s.Who, "when", lang.Recent(s.At, p.h.Now()), "words", s.Words)))
	}
	if a.State == parapheur.Running && a.Waits != "" {
		body.Add(widgets.Caption(p.h.Text("drafting.round.waits", "step", a.Waits)))
	}
	if a.Version != p.draft.Version {
		body.Add(widgets.NewNote(widgets.Late, p.h.Text("drafting.round.stale")))
	}
	folder := a.Folder
	body.Add(container.NewHBox(widgets.NewButton(p.h.Text("drafting.round.open"), theme.Icon("parapheur"), func() { p.h.Go(shell.Route{Page: "parapheur", Arg: "folder/" + folder}) })))
}

// approve sends the draft, saved, round for approvals through the parapheur.
func (p *page) approve(id, route string) {
	p.SaveDraft()
	p.run("approve", func(ctx context.Context, _ string) error { return p.o.SendDraft(ctx, id, route) })
}

// annexesView is the files joined to the draft.
func (p *page) annexesView() fyne.CanvasObject {
	body := widgets.Wrapped(widgets.Caption(p.h.Text("drafting.annexes.why")))
	if len(p.draft.Text.Annexes) == 0 {
		body.Add(widgets.NewNote(widgets.Plain, p.h.Text("drafting.annexes.none")))
	}
	for _, a := range p.draft.Text.Annexes {
		name := widgets.NewLabelWithStyle(a.Name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
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
