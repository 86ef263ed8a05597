package legality

import (
	"context"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Reply is an answer to a letter: a PDF of the disk, and the pieces asked for.
type Reply struct {
	Refuse bool
	Path   string
	Pieces []string
}

// reply is an answer being made ready, in the place of the buttons of its letter.
type reply struct {
	p       *page
	id      string // of the act
	letter  actes.Letter
	box     *fyne.Container
	refuse  bool
	path    string
	pieces  []string
	opening bool // the form is open
}

// answer says what was answered to a letter, or offers to.
func (p *page) answer(f *actes.Filing, l actes.Letter) []fyne.CanvasObject {
	h := p.h
	var out []fyne.CanvasObject
	if by := l.AnswerBy(); by != "" {
		m := widgets.Waiting
		if by < p.today() {
			m = widgets.Late
		}
		out = append(out, widgets.NewNote(m, h.Text("legality.reply.by."+letterKeys[l.Kind], "day", lang.Day(by.Time()))))
	}
	if r := l.Reply; r != nil {
		m := map[actes.ReplyState]widgets.Meaning{actes.ReplyBounced: widgets.Refused, actes.ReplyPosting: widgets.Late, actes.ReplyAsked: widgets.Waiting}[r.State]
		if l.Answered() {
			m = widgets.Done
		}
		out = append(out, widgets.NewNote(m, h.Text("legality.reply.state."+string(r.State), "when", lang.DayHour(r.Changed), "words", lang.Typography(r.Words))))
		if r.File.Name != "" {
			out = append(out, p.save(h.Text("legality.letter.save", "name", r.File.Name), r.File.Name, func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, r.File.Digest) }))
		}
		switch r.State {
		case actes.ReplyAsked:
			return append(out, container.NewHBox(p.deed("reply.back", base.ContentUndoIcon(), func(ctx context.Context, person string) error {
				return p.o.Legality().ReplyBack(ctx, person, f.ID, l.ID)
			})))
		case actes.ReplyPosting:
			return append(out, container.NewHBox(p.deed("reply.arrived", base.ConfirmIcon(), func(ctx context.Context, person string) error {
				return p.o.Legality().ReplyElsewhere(ctx, person, f.ID, l.ID)
			}), p.deed("reply.lost", base.ContentUndoIcon(), func(ctx context.Context, person string) error {
				return p.o.Legality().ReplyBack(ctx, person, f.ID, l.ID)
			})))
		}
	}
	if l.Answered() || l.Kind == handover.Referral {
		return out
	}
	r := p.replies[f.ID+"/"+l.ID] // what is being made ready stays
	if r == nil {
		r = &reply{p: p, id: f.ID, box: widgets.Wrapped()}
		p.replies[f.ID+"/"+l.ID] = r
	}
	r.letter = l
	r.show()
	return append(out, r.box)
}

// deed is a button that does something about a letter.
func (p *page) deed(key string, icon fyne.Resource, run func(ctx context.Context, person string) error) fyne.CanvasObject {
	return widgets.NewButton(p.h.Text("legality."+key), icon, func() { p.do(key, run) })
}

func (r *reply) show() {
	h := r.p.h
	if !r.opening {
		r.box.Objects = []fyne.CanvasObject{container.NewHBox(
			widgets.NewPrimary(h.Text("legality.reply"), base.MailReplyIcon(), func() { r.opening = true; r.lay() }),
			widgets.NewButton(h.Text("legality.reply.elsewhere"), base.ConfirmIcon(), r.elsewhere))}
		return
	}
	var out []fyne.CanvasObject
	if r.letter.Kind != handover.Courtesy {
		key := "legality.reply.sense." + letterKeys[r.letter.Kind]
		senses := []string{h.Text(key + ".give"), h.Text(key + ".refuse")}
		sense := widget.NewRadioGroup(senses, nil)
		sense.Required = true
		sense.SetSelected(senses[0])
		if r.refuse {
			sense.SetSelected(senses[1])
		}
		sense.OnChanged = func(word string) { r.refuse = word == senses[1]; r.lay() }
		out = append(out, widgets.Field(h.Text("legality.reply.sense"), sense, ""))
	}
	file := h.Text("legality.reply.none")
	if r.path != "" {
		file = filepath.Base(r.path)
	}
	out = append(out, widgets.Field(h.Text("legality.reply.file"), container.NewVBox(widgets.NewLabel(file), container.NewHBox(widgets.NewButton(h.Text("legality.reply.pick"), base.FileIcon(), func() {
		h.PickFiles(shell.Files{Title: h.Text("legality.reply.pick"), Extensions: []string{".pdf"}}, func(paths []string) { r.path = paths[0]; r.lay() })
	}))), ""))
	if r.letter.Kind == handover.MorePieces && !r.refuse {
		pieces := container.NewVBox()
		for i, path := range r.pieces {
			pieces.Add(container.NewBorder(nil, nil, nil, widgets.NewButton("", base.DeleteIcon(), func() { r.pieces = slices.Delete(slices.Clone(r.pieces), i, i+1); r.lay() }), widgets.NewLabel(filepath.Base(path))))
		}
		pieces.Add(container.NewHBox(widgets.NewButton(h.Text("legality.reply.piece"), base.MailAttachmentIcon(), func() {
			h.PickFiles(shell.Files{Title: h.Text("legality.reply.piece"), Extensions: []string{".pdf", ".xml", ".jpg", ".jpeg", ".png"}, Many: true}, func(paths []string) {
				r.pieces = append(r.pieces, paths...)
				r.lay()
			})
		})))
		out = append(out, widgets.Field(h.Text("legality.reply.pieces"), pieces, ""))
	}
	r.box.Objects = append(out, container.NewHBox(
		widgets.NewPrimary(h.Text("legality.reply.do"), base.MailSendIcon(), r.send),
		widgets.NewButton(h.Text("shell.cancel"), nil, func() { r.opening = false; r.lay() })))
}

// elsewhere asks before noting what ends the reminders.
func (r *reply) elsewhere() {
	h := r.p.h
	h.Ask(shell.Question{Title: h.Text("legality.reply.elsewhere"), Why: h.Text("legality.reply.elsewhere.why"), Yes: h.Text("legality.reply.elsewhere.do"), Plain: true}, func(string) {
		r.p.do("reply.elsewhere", func(ctx context.Context, person string) error {
			return r.p.o.Legality().ReplyElsewhere(ctx, person, r.id, r.letter.ID)
		})
	})
}

func (r *reply) lay() {
	r.show()
	shell.LayOut(r.p.h, r.p.side)
}

func (r *reply) send() {
	if r.path == "" {
		r.p.h.Toast(shell.Waiting, r.p.h.Text("legality.reply.missing"), nil)
		return
	}
	out := Reply{Refuse: r.refuse, Path: r.path}
	if r.letter.Kind == handover.MorePieces && !r.refuse {
		out.Pieces = r.pieces
	}
	r.p.doThen("reply.do", func(ctx context.Context, _ string) error { return r.p.o.ReplyLetter(ctx, r.id, r.letter.ID, out) },
		func() { delete(r.p.replies, r.id+"/"+r.letter.ID) })
}
