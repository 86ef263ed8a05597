package services

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// assistance are the demands for help.
func (p *page) assistance() *section {
	return &section{key: "assistance",
		load: func(ctx context.Context) (any, []row, error) {
			return p.asked(ctx, func(r services.Request) bool { return r.What == services.Assistance })
		},
		tools: func(any) []fyne.CanvasObject {
			line := widgets.Beside(widgets.NewPrimary(p.h.Text("services.ticket.new"), base.ContentAddIcon(), p.ticket))
			out := []fyne.CanvasObject{line}
			for _, n := range p.c.Now(p.h.Now()) {
				m := widgets.Waiting
				if n.Urgent {
					m = widgets.Late
				}
				out = append(out, widgets.NewNote(m, strings.TrimSpace(n.Title+"\n"+n.Text)))
			}
			if p.c.RemoteHelp.Name != "" {
				out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("services.remote", "name", p.c.RemoteHelp.Name), base.ComputerIcon(), p.remote)))
			}
			return out
		},
		open: p.openRequest,
	}
}

// remote starts the operator's tool, once the person has said yes.
func (p *page) remote() {
	why := p.h.Text("services.remote.why", "name", p.c.RemoteHelp.Name)
	if p.c.RemoteHelp.About != "" {
		why += "\n\n" + p.c.RemoteHelp.About
	}
	p.h.Ask(shell.Question{Title: p.h.Text("services.remote", "name", p.c.RemoteHelp.Name), Why: why, Yes: p.h.Text("services.remote.yes"), Plain: true, Dangerous: true}, func(string) {
		p.h.Run(shell.Action{ID: "services.remote", Label: p.h.Text("services.doing"), Run: func(ctx context.Context, _ shell.Progress) error { return p.o.StartRemoteHelp(ctx) }, Done: func() {
			p.h.Toast(shell.Done, p.h.Text("services.done.remote"), nil)
		}})
	})
}

// newTicket is a demand being written.
type newTicket struct {
	p                 *page
	subject, text     *widgets.Entry
	category, urgency *widget.Select
	about             *fyne.Container
	problems          *fyne.Container
	shots             *fyne.Container
	files             []services.Joined
	diagnosis         string
	consent           *widget.Check
	diagnosed         *fyne.Container
}

// ticket begins a demand for assistance. The window is pictured before the form takes its place,
// and joined only when the person says so.
func (p *page) ticket() { p.ticketAbout("") }

func (p *page) ticketAbout(subject string) {
	p.writing = true
	t := &newTicket{p: p, about: widgets.Wrapped(), problems: widgets.Wrapped(), shots: widgets.Wrapped(), diagnosed: widgets.Wrapped()}
	t.subject, t.text = widgets.NewEntry(p.h.Text("services.ticket.subject.hint")), widgets.NewText(p.h.Text("services.ticket.text.hint"), 4)
	t.subject.OnChanged = func(string) { t.search() }
	t.category = widget.NewSelect(names(p.c.Ticket.Categories), nil)
	t.category.PlaceHolder = p.h.Text("services.choose")
	var urgencies []string
	for _, u := range p.c.Ticket.Urgencies {
		urgencies = append(urgencies, u.Name)
	}
	t.urgency = widget.NewSelect(urgencies, func(string) {
		t.about.Objects = []fyne.CanvasObject{widgets.Caption(p.c.Ticket.Urgencies[t.urgency.SelectedIndex()].About)}
		shell.LayOut(p.h, t.about)
	})
	t.urgency.PlaceHolder = p.h.Text("services.choose")
	shot := widgets.Picture(p.rubrics)
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.rubrics); shot == nil && c != nil {
		shot = c.Capture()
	}
	t.consent = widget.NewCheck(p.h.Text("services.diagnosis.consent"), func(on bool) { t.diagnose(on) })
	join := p.joins(p.h.Text("services.files"), "", func() []services.Joined { return t.files }, func(j services.Joined) { t.files = append(t.files, j) }, func(i int) { t.files = without(t.files, "", i) })
	out := []fyne.CanvasObject{p.formed("services.ticket.new"),
		widgets.Field(p.h.Text("services.ticket.subject"), t.subject, ""), t.problems,
		widgets.Field(p.h.Text("services.ticket.category"), t.category, ""), widgets.Field(p.h.Text("services.ticket.urgency"), t.urgency, ""), t.about,
		widgets.Field(p.h.Text("services.ticket.text"), t.text, p.h.Text("services.ticket.text.help")), join}
	if shot != nil {
		out = append(out, widget.NewCheck(p.h.Text("services.shot"), func(on bool) { t.picture(shot, on) }), t.shots)
	}
	out = append(out, t.consent, t.diagnosed,
		widgets.Beside(widgets.NewPrimary(p.h.Text("services.ticket.send"), base.MailSendIcon(), t.send), widgets.NewButton(p.h.Text("services.cancel"), nil, func() { p.reload("") })))
	p.say(out...)
	t.subject.SetText(subject)
	widgets.Focus(p.detail, t.subject)
}

// search looks for known problems while the person writes: many a demand is answered so.
func (t *newTicket) search() {
	t.problems.Objects = nil
	found := services.FindProblems(t.p.c.Problems, t.subject.Text, 3)
	if len(found) > 0 {
		t.problems.Objects = append(t.problems.Objects, widgets.NewNote(widgets.Waiting, t.p.h.Text("services.problems")))
	}
	for _, pr := range found {
		title := pr.Title
		if pr.Open {
			title = t.p.h.Text("services.problem.open", "title", title)
		}
		t.problems.Objects = append(t.problems.Objects, widgets.Field(title, wrapped(pr.Cure), ""))
	}
	shell.LayOut(t.p.h, t.problems)
	shell.LayOut(t.p.h, t.p.detail)
}

const shotName = "fenetre.png"

// picture joins the picture of the window, which is shown first, or takes it away.
func (t *newTicket) picture(shot image.Image, on bool) {
	var rest []services.Joined
	for _, f := range t.files {
		if f.Name != shotName {
			rest = append(rest, f)
		}
	}
	t.files, t.shots.Objects = rest, nil
	if on {
		type taken struct {
			picture image.Image
			content []byte
		}
		shell.Load(t.p.h, "shot", func(context.Context) (taken, error) {
			x := taken{}
			if x.picture = opaque(shot); x.picture == nil {
				return x, nil
			}
			var b bytes.Buffer
			if err := png.Encode(&b, x.picture); err != nil {
				return x, fmt.Errorf("picturing the window: %w", err)
			}
			x.content = b.Bytes()
			return x, nil
		}, func(x taken) {
			if x.picture == nil {
				t.shots.Objects = []fyne.CanvasObject{widgets.NewNote(widgets.Waiting, t.p.h.Text("services.shot.none"))}
				shell.LayOut(t.p.h, t.shots)
				shell.LayOut(t.p.h, t.p.detail)
				return
			}
			t.files = append(t.files, services.Joined{Name: shotName, Content: x.content})
			img := canvas.NewImageFromImage(x.picture)
			img.FillMode = canvas.ImageFillContain
			img.SetMinSize(fyne.NewSize(360, 200))
			t.shots.Objects = []fyne.CanvasObject{widgets.Caption(t.p.h.Text("services.shot.why")), img}
			shell.LayOut(t.p.h, t.shots)
			shell.LayOut(t.p.h, t.p.detail)
		})
	}
	shell.LayOut(t.p.h, t.p.detail)
}

// opaque is a picture of the window as it is seen: what the screen gives has no alpha of its own.
// nil for one of a single colour: some systems do not let a program read what it has drawn.
func opaque(shot image.Image) image.Image {
	size := shot.Bounds()
	out, drawn := image.NewRGBA(size), false
	first := shot.At(size.Min.X, size.Min.Y)
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			seen := shot.At(x, y)
			drawn = drawn || seen != first
			r, g, b, _ := seen.RGBA()
			out.SetRGBA(x, y, color.RGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8), A: 255})
		}
	}
	if !drawn {
		return nil
	}
	return out
}

// diagnose shows what would be joined, before it is.
func (t *newTicket) diagnose(on bool) {
	t.diagnosis, t.diagnosed.Objects = "", nil
	if on {
		shell.Load(t.p.h, "diagnose", t.p.o.Diagnose, func(text string) {
			if !t.consent.Checked {
				return
			}
			t.diagnosis = text
			t.diagnosed.Objects = []fyne.CanvasObject{widgets.Caption(t.p.h.Text("services.diagnosis.why")), widgets.Caption(text)}
			shell.LayOut(t.p.h, t.diagnosed)
			shell.LayOut(t.p.h, t.p.detail)
		})
	}
	shell.LayOut(t.p.h, t.p.detail)
}

func (t *newTicket) send() {
	p := t.p
	n := services.NewTicket{Subject: t.subject.Text, Text: t.text.Text, Category: t.category.Selected, Urgency: t.urgency.Selected, Diagnosis: t.diagnosis, Files: t.files}
	var id string
	p.do("ticket", func(ctx context.Context, person string) (err error) {
		id, err = p.o.Counter().Open(ctx, person, n)
		return err
	}, func() { p.reload(id) })
}
