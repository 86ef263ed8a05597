package sitting

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// projector is the window that the public sees: the point, its text, the quorum, the ballot. What is voted in
// secret has no figures there before it is recorded.
type projector struct {
	h    shell.Host
	w    fyne.Window
	body *fyne.Container
	over *container.ThemeOverride
	last func()
}

func newProjector(h shell.Host) *projector { return &projector{h: h, last: func() {}} }

// open shows the window, or closes it when it is there.
func (p *projector) open() {
	if p.w != nil {
		p.w.Close()
		return
	}
	p.w = fyne.CurrentApp().NewWindow(p.h.Text("sitting.projector"))
	p.body = container.NewStack()
	p.over = container.NewThemeOverride(p.body, large{fyne.CurrentApp().Settings().Theme()})
	p.w.SetContent(p.over)
	p.w.SetOnClosed(func() { p.w = nil })
	p.w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch e.Name {
		case fyne.KeyEscape:
			p.w.Close()
		case fyne.KeyF11:
			p.w.SetFullScreen(!p.w.FullScreen())
		}
	})
	p.w.Resize(fyne.NewSize(1024, 700))
	p.w.Show()
	p.last()
}

// show keeps the window up to date; b is the ballot being entered, nil when there is none.
func (p *projector) show(s council.Sitting, texts map[string]council.Deliberation, b *ballot) {
	p.last = func() { p.draw(s, texts, b) }
	if p.w != nil {
		p.last()
	}
}

func (p *projector) draw(s council.Sitting, texts map[string]council.Deliberation, b *ballot) {
	strip := canvas.NewRectangle(theme.Of(base.ColorNamePrimary))
	strip.SetMinSize(fyne.NewSize(1, 10))
	foot := p.line(quorumLine(p.h, s), false)
	body := widgets.Wrapped(projected(p, s, texts, b)...)
	p.body.Objects = []fyne.CanvasObject{container.NewBorder(strip, container.NewVBox(widget.NewSeparator(), foot), nil, nil, container.NewPadded(container.NewVScroll(container.NewPadded(body))))}
	p.over.Refresh() // what is new takes the large theme
	p.h.Schedule(p.over.Refresh)
}

func (p *projector) line(text string, bold bool) *widgets.Label {
	l := widgets.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: bold})
	l.Wrapping = fyne.TextWrapWord
	return l
}

func (p *projector) head(text string) *widgets.Label {
	l := p.line(text, true)
	l.SizeName = base.SizeNameSubHeadingText
	return l
}

// projected is what the public reads at this moment of the sitting.
func projected(p *projector, s council.Sitting, texts map[string]council.Deliberation, b *ballot) []fyne.CanvasObject {
	t := p.h.Text
	name, _, _ := strings.Cut(p.h.Authority().Name, " — ") // without the desk's
	out := []fyne.CanvasObject{p.line(name+"\n"+t("sitting.title", "day", lang.LongDay(s.At)), false)}
	switch {
	case s.Closed:
		return append(out, p.head(t("sitting.projector.closed")))
	case s.Suspended():
		return append(out, p.head(t("sitting.projector.suspended")))
	case s.BehindDoors():
		out = append(out, p.line(t("sitting.projector.doors"), true))
	}
	item, ok := s.Item(s.Point)
	if !ok {
		out = append(out, p.head(t("sitting.agenda")))
		for i, item := range s.Agenda {
			out = append(out, p.line(t("sitting.point", "no", i+1, "subject", item.Subject), false))
		}
		return out
	}
	out = append(out, p.head(t("sitting.point", "no", number(s, item), "subject", item.Subject)))
	if m, ok := s.Member(item.Reporter); ok {
		out = append(out, p.line(t("sitting.reporter.is", "name", m.Name), false))
	}
	if a := s.Current(item.Deliberation); a != nil {
		out = append(out, p.line(t("sitting.amendment.is", "name", memberName(s, a.Author), "text", a.Text), false))
	} else if d, ok := texts[item.Deliberation]; ok {
		for _, article := range d.Text.Of(council.BlockArticle) {
			out = append(out, p.line(typeset.Unmarked(article), false))
		}
	}
	if v, voted := s.Vote(item.Deliberation); voted {
		return append(out, p.head(v.Why), p.line(figures(p.h, v.Figures, v.ByRight), true))
	}
	if n := rounds(s, item.Deliberation); len(n) > 0 {
		for _, r := range n {
			out = append(out, p.line(r.Why, true))
		}
		return out
	}
	if words := running(p.h, s, b); words != "" {
		out = append(out, p.head(words))
	}
	return out
}

// running is the ballot being entered as the public may see it.
func running(h shell.Host, s council.Sitting, b *ballot) string {
	if b == nil || b.point != s.Point {
		return ""
	}
	if b.manner == council.Secret {
		return h.Text("sitting.projector.secret")
	}
	v, err := council.Judge(s, b.cast(s), "")
	if err != nil {
		return ""
	}
	return figures(h, v.Figures, false)
}

func figures(h shell.Host, f council.Figures, byRight bool) string {
	if byRight {
		return ""
	}
	parts := []string{h.Text("sitting.figures", "for", f.For, "against", f.Against, "abstained", f.Abstained)}
	if f.NotVoting > 0 {
		parts = append(parts, h.Text("sitting.figures.none", "n", f.NotVoting))
	}
	return strings.Join(parts, " · ")
}

func rounds(s council.Sitting, point string) (all []council.Round) {
	for _, n := range s.Nominations {
		if n.Point == point {
			all = append(all, n.Rounds...)
		}
	}
	return all
}

func number(s council.Sitting, item council.Item) int {
	for i, x := range s.Agenda {
		if x.Deliberation == item.Deliberation {
			return i + 1
		}
	}
	return 0
}

func memberName(s council.Sitting, id string) string {
	m, _ := s.Member(id)
	return m.Name
}

func quorumLine(h shell.Host, s council.Sitting) string {
	q := s.QuorumNow()
	key := "sitting.quorum.missing"
	switch {
	case q.Second:
		key = "sitting.quorum.second"
	case q.Reached:
		key = "sitting.quorum.reached"
	}
	represented := len(s.ProxiesAmong(s.PresentAt("")))
	return h.Text(key, "present", q.Present, "required", q.Required, "inExercise", q.InExercise, "represented", represented)
}

// large is a theme whose texts are read from the back of the room.
type large struct{ fyne.Theme }

// Size makes texts and their icons larger.
func (l large) Size(n fyne.ThemeSizeName) float32 {
	s := l.Theme.Size(n)
	switch n {
	case base.SizeNameText, base.SizeNameCaptionText, base.SizeNameSubHeadingText, base.SizeNameHeadingText, base.SizeNameInlineIcon:
		return s * 2
	}
	return s
}
