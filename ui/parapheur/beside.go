package parapheur

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// What stands beside a folder: remarks, opinions, annexes added on the way.

// beside are the remarks and opinions of a folder, for the facts' pane.
func (p *page) beside(v *view) (out []fyne.CanvasObject) {
	f := v.folder
	for _, o := range f.Opinions {
		m, text := widgets.Waiting, p.h.Text("parapheur.opinion.asked", "who", v.town.Name(o.Asker), "of", v.town.Name(o.Of), "question", o.Question)
		if !o.Answered.IsZero() {
			m = widgets.Refused
			key := "parapheur.opinion.against"
			if o.For {
				m, key = widgets.Done, "parapheur.opinion.for"
			}
			text += " " + p.h.Text(key, "answer", o.Answer)
		}
		out = append(out, widgets.NewNote(m, text))
		if o.Of == v.person && o.Answered.IsZero() && f.State == parapheur.Running {
			out = append(out, container.NewHBox(widgets.NewPrimary(p.h.Text("parapheur.opinion.give"), base.MailReplyIcon(), func() { p.giveOpinion(o) })))
		}
	}
	if len(f.Remarks) > 0 {
		out = append(out, widgets.Heading(p.h.Text("parapheur.remarks")))
	}
	for _, r := range f.Remarks {
		key := "parapheur.remark.line"
		if r.Private {
			key = "parapheur.remark.private.line"
		}
		note := widgets.NewNote(widgets.Plain, p.h.Text(key, "who", v.town.Name(r.Person), "when", lang.DayHour(r.At), "text", r.Text))
		if r.Spot == nil {
			out = append(out, note)
			continue
		}
		show := widgets.NewButton(p.h.Text("parapheur.remark.page", "n", r.Spot.Page), base.VisibilityIcon(), func() { p.showSpot(*r.Spot) })
		out = append(out, note, container.NewHBox(show))
	}
	return out
}

// The size of the frame that shows a spot, in shares of a page.
const spotWidth, spotHeight = 0.18, 0.03

// showSpot turns to the place on a page to which a remark belongs.
func (p *page) showSpot(s parapheur.Spot) {
	if p.shown == nil {
		return
	}
	at := slices.IndexFunc(p.shown.folder.Documents, func(d parapheur.Document) bool { return d.Name == s.Document })
	if at < 0 {
		return
	}
	mark := func() {
		p.preview.Turn(s.Page - 1 - p.preview.Page())
		p.preview.Mark(s.Page-1, max(0, s.X-spotWidth/2), max(0, s.Y-spotHeight/2), spotWidth, spotHeight)
	}
	if at == p.document {
		mark()
		return
	}
	p.document = at
	digest := p.shown.folder.Documents[at].Digest
	shell.Load(p.h, "pages", func(ctx context.Context) (widgets.Pages, error) { return p.o.Pages(ctx, digest) }, func(pages widgets.Pages) {
		p.preview.SetDocument(pages)
		mark()
	})
}

// fill puts a form where the facts are; cancelling goes back to the folder.
func (p *page) fill(title string, yes fyne.CanvasObject, parts ...fyne.CanvasObject) {
	p.form = true
	p.facts.Objects = append(append([]fyne.CanvasObject{wrapped(widgets.Heading(title))}, parts...),
		container.NewHBox(widgets.NewButton(p.h.Text("parapheur.import.cancel"), nil, func() { p.unfill(); p.load() }), yes))
	p.enable()
	shell.LayOut(p.h, p.facts)
}

func (p *page) unfill() {
	p.form, p.preview.OnPoint = false, nil
	p.preview.Mark(0, 0, 0, 0, 0)
}

func (p *page) words(hint string) *widget.Entry {
	e := widget.NewMultiLineEntry()
	e.Wrapping = fyne.TextWrapWord
	e.PlaceHolder = p.h.Text(hint)
	e.SetMinRowsVisible(4)
	return e
}

// doRemark writes a remark, private or not, perhaps on a place of the page in view.
func (p *page) doRemark() {
	f := p.shown.folder
	text := p.words("parapheur.remark.hint")
	private := widget.NewCheck(p.h.Text("parapheur.remark.private"), nil)
	var spot *parapheur.Spot
	where := widgets.Caption(p.h.Text("parapheur.remark.why"))
	save := widgets.NewPrimary(p.h.Text("parapheur.remark.do"), base.ConfirmIcon(), func() {
		n := parapheur.Note{Text: text.Text, Private: private.Checked, Spot: spot}
		p.actThen("remark", func(ctx context.Context, person string) error { return p.o.Desk().Remark(ctx, person, f.ID, n) }, func() { p.unfill(); p.load() })
	})
	p.fill(p.h.Text("parapheur.remark.title"), save, where, text, private)
	p.preview.OnPoint = func(page int, x, y float32) {
		spot = &parapheur.Spot{Document: f.Documents[p.document].Name, Page: page + 1, X: x, Y: y}
		p.preview.Mark(page, max(0, x-spotWidth/2), max(0, y-spotHeight/2), spotWidth, spotHeight)
		where.SetText(p.h.Text("parapheur.remark.spot", "n", page+1))
	}
	widgets.Focus(p.facts, text)
}

// someone is a choice among the people in office, but for some.
func (p *page) someone(v *view, but string) (choice *widget.Select, id func() string) {
	var people []authority.Person
	var names []string
	for _, x := range v.town.People {
		if x.ID != but && x.In(dayOf(p.h.Now())) {
			people, names = append(people, x), append(names, p.h.Text("parapheur.reassign.line", "name", x.Name(), "title", x.Title))
		}
	}
	choice = widget.NewSelect(names, nil)
	choice.PlaceHolder = p.h.Text("parapheur.reassign.choose")
	return choice, func() string {
		if i := choice.SelectedIndex(); i >= 0 {
			return people[i].ID
		}
		return ""
	}
}

// doOpinion asks somebody's opinion on the folder shown.
func (p *page) doOpinion() {
	v := p.shown
	choice, of := p.someone(v, v.person)
	question := p.words("parapheur.opinion.hint")
	ask := widgets.NewPrimary(p.h.Text("parapheur.opinion.do"), base.MailSendIcon(), func() {
		to, text := of(), question.Text
		p.actThen("opinion", func(ctx context.Context, person string) error {
			return p.o.Desk().AskOpinion(ctx, person, v.folder.ID, to, text)
		}, func() { p.unfill(); p.load() })
	})
	p.fill(p.h.Text("parapheur.opinion.title"), ask, widgets.Caption(p.h.Text("parapheur.opinion.why")), choice, question)
}

// giveOpinion answers one that was asked.
func (p *page) giveOpinion(o parapheur.Opinion) {
	favour := widget.NewRadioGroup([]string{p.h.Text("parapheur.opinion.favour"), p.h.Text("parapheur.opinion.disfavour")}, nil)
	favour.Horizontal, favour.Required, favour.Selected = true, true, favour.Options[0]
	answer := p.words("parapheur.opinion.answer")
	give := widgets.NewPrimary(p.h.Text("parapheur.opinion.send"), base.MailReplyIcon(), func() {
		yes, text := favour.Selected == favour.Options[0], strings.TrimSpace(answer.Text)
		p.actThen("opinion.give", func(ctx context.Context, person string) error {
			return p.o.Desk().GiveOpinion(ctx, person, o, yes, text)
		}, func() { p.unfill(); p.next() })
	})
	p.fill(p.h.Text("parapheur.opinion.give"), give, wrapped(widgets.NewLabel(o.Question)), favour, answer)
	widgets.Focus(p.facts, answer)
}

// doAdd adds annexes to the folder shown.
func (p *page) doAdd() {
	id := p.shown.folder.ID
	p.h.PickFiles(shell.Files{Title: p.h.Text("parapheur.add"), Many: true}, func(paths []string) {
		p.actThen("add", func(ctx context.Context, _ string) error {
			for _, path := range paths {
				if err := p.o.Add(ctx, id, path); err != nil {
					return err
				}
			}
			return nil
		}, p.load)
	})
}
