package shell

import (
	"context"
	"fmt"
	"image/color"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// foot is the line at the bottom: the sync sentence, and the long work under way.
type foot struct {
	s        *Shell
	box      fyne.CanvasObject
	ground   *ground
	sentence *sentenceLine
	work     *fyne.Container
	what     *widgets.Label
	bar      *widget.ProgressBar
	stop     *widgets.Button
}

func newFoot(s *Shell) *foot {
	f := &foot{s: s, ground: newGround(theme.ColorRail), what: widgets.NewLabel(""), bar: widget.NewProgressBar()}
	f.sentence = newSentenceLine(f)
	f.stop = widgets.NewButton(s.c.Text.Text("shell.stop"), nil, nil)
	f.what.SizeName = base.SizeNameCaptionText
	f.work = container.NewHBox(f.what, container.NewCenter(container.NewGridWrap(fyne.NewSize(140, 18), f.bar)), f.stop)
	f.work.Hide()
	f.bar.TextFormatter = func() string { return "" }
	f.box = container.NewStack(f.ground, container.New(layout.NewCustomPaddedLayout(1, 1, 8, 8),
		container.NewBorder(nil, nil, nil, f.work, f.sentence)))
	f.refresh()
	return f
}

func (f *foot) refresh() {
	f.ground.Refresh()
	if f.s.c.Sync == nil {
		return
	}
	st := f.s.c.Sync.Status()
	meaning, sentence := MeaningOf(st), Sentence(f.s.c.Text, st, f.s.c.Now())
	if st.Notice != "" {
		meaning, sentence = widgets.Late, f.s.c.Text.Text("shell.notice", "notice", st.Notice, "sentence", sentence)
	}
	f.sentence.set(meaning, sentence)
}

// sentenceLine is the sync sentence: read at a glance, opened by a click, Enter or Space.
type sentenceLine struct {
	widget.BaseWidget
	f    *foot
	icon *widget.Icon
	text *widgets.Label
	ring *canvas.Rectangle
}

func newSentenceLine(f *foot) *sentenceLine {
	l := &sentenceLine{f: f, icon: widget.NewIcon(nil), text: widgets.NewLabel(""), ring: canvas.NewRectangle(color.Transparent)}
	l.text.Truncation = fyne.TextTruncateEllipsis
	l.ring.StrokeWidth, l.ring.CornerRadius = 2, 6
	l.ring.Hide()
	l.ExtendBaseWidget(l)
	return l
}

func (l *sentenceLine) set(m widgets.Meaning, text string) {
	l.icon.SetResource(widgets.MeaningIcon(m))
	l.text.SetText(text)
}

func (l *sentenceLine) CreateRenderer() fyne.WidgetRenderer {
	line := container.NewBorder(nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 6, 0), l.icon), nil, l.text)
	return widget.NewSimpleRenderer(container.NewStack(line, l.ring))
}

func (l *sentenceLine) Tapped(*fyne.PointEvent)                { l.f.details() }
func (l *sentenceLine) Cursor() desktop.Cursor                 { return desktop.PointerCursor }
func (l *sentenceLine) FocusLost()                             { l.ring.Hide(); l.ring.Refresh() }
func (l *sentenceLine) TypedRune(rune)                         {}
func (l *sentenceLine) AccessibilityLabel() string             { return l.text.Text }
func (l *sentenceLine) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (l *sentenceLine) FocusGained() {
	l.ring.StrokeColor = theme.Of(theme.ColorRing)
	l.ring.Show()
	l.ring.Refresh()
}

func (l *sentenceLine) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		l.f.details()
	default:
		if f := l.f.s.c.Window.Canvas().OnTypedKey(); f != nil {
			f(e)
		}
	}
}

// MeaningOf is what the state of the exchanges means to a person.
func MeaningOf(st SyncStatus) widgets.Meaning {
	switch {
	case st.Conflicts > 0, st.Error == SyncUntrusted, st.Error == SyncRevoked, st.Error == SyncDiskFull, st.Error == SyncVersion:
		return widgets.Late
	case st.Trust.Old:
		return widgets.Waiting
	case st.Running, st.Error != SyncFine, st.Out+st.In+st.Behind > 0, st.LastSuccess.IsZero():
		return widgets.Waiting
	}
	return widgets.Done
}

var syncKeys = map[SyncError]string{SyncOffline: "offline", SyncPaused: "paused", SyncNotEnrolled: "notenrolled", SyncRevoked: "revoked",
	SyncUntrusted: "untrusted", SyncVersion: "version", SyncServerFault: "fault", SyncDiskFull: "disk", SyncLocal: "local", SyncClock: "clock", SyncPortal: "portal"}

// Sentence says the sync state in plain French: what waits for a decision first, then why nothing goes, then what waits.
func Sentence(t *lang.Catalogue, st SyncStatus, now time.Time) string {
	var waits []string
	if st.Out > 0 {
		waits = append(waits, t.Text("shell.sync.out", "n", st.Out))
	}
	if st.In > 0 {
		waits = append(waits, t.Text("shell.sync.in", "n", st.In))
	}
	if st.Behind > 0 {
		waits = append(waits, t.Text("shell.sync.behind", "n", st.Behind))
	}
	switch {
	case st.Conflicts > 0:
		return strings.Join(append([]string{t.Text("shell.sync.conflict", "n", st.Conflicts)}, waits...), ", ")
	case st.Running && st.Behind > 0:
		return t.Text("shell.sync.past", "n", st.Behind)
	case st.Running:
		return t.Text("shell.sync.running")
	case st.Error != SyncFine:
		return strings.Join(append([]string{t.Text("shell.sync." + syncKeys[st.Error])}, waits...), ", ")
	case st.LastSuccess.IsZero():
		return t.Text("shell.sync.never")
	case st.Trust.Old:
		return strings.Join(append([]string{t.Text("shell.sync.trust")}, waits...), ", ")
	case len(waits) > 0:
		return strings.Join(append(waits, t.Text("shell.sync.last", "when", lang.Recent(st.LastSuccess, now))), ", ")
	}
	when := lang.Recent(st.LastSuccess, now)
	if when == lang.Hour(st.LastSuccess.In(now.Location())) {
		return t.Text("shell.sync.fine", "when", when)
	}
	return t.Text("shell.sync.fine.day", "when", when)
}

// details shows the page of the exchanges; where there is none, a panel.
func (f *foot) details() {
	if f.s.c.Sync == nil {
		return
	}
	if f.s.c.Exchanges != (Route{}) {
		f.s.Go(f.s.c.Exchanges)
		return
	}
	t, st, now := f.s.c.Text, f.s.c.Sync.Status(), f.s.c.Now()
	at := func(when time.Time) string {
		if when.IsZero() {
			return t.Text("shell.sync.panel.never")
		}
		return lang.Recent(when, now)
	}
	grid := container.New(layout.NewFormLayout())
	line := func(key, value string) {
		grid.Add(widgets.NewLabelWithStyle(t.Text("shell.sync.panel."+key), fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
		grid.Add(widgets.NewLabel(value))
	}
	line("out", lang.Number(st.Out))
	line("in", lang.Number(st.In))
	if st.Behind > 0 {
		line("behind", lang.Number(st.Behind))
	}
	line("last", at(st.LastSuccess))
	if !st.NextTry.IsZero() {
		line("next", at(st.NextTry))
	}
	if st.Conflicts > 0 {
		line("conflicts", lang.Number(st.Conflicts))
	}
	if v := st.Trust; v.Version > 0 {
		key := "shell.sync.panel.trust.is"
		switch {
		case v.Old:
			key += ".old"
		case v.Refused:
			key += ".refused"
		}
		line("trust", t.Text(key, "n", v.Version, "day", lang.Day(v.Made)))
	}
	body := container.NewVBox(widgets.NewLabel(Sentence(t, st, now)), grid)
	if st.Detail != "" {
		body.Add(widgets.Caption(st.Detail))
	}
	online := func(on bool) func() {
		return func() { f.s.closeCard(); f.s.c.Sync.SetOnline(on); f.refresh() }
	}
	leave := widgets.NewButton(t.Text("shell.sync.pause"), base.MediaPauseIcon(), online(false))
	do := widgets.NewPrimary(t.Text("shell.sync.now"), base.ViewRefreshIcon(), func() { f.s.closeCard(); f.s.SyncNow() })
	if st.Error == SyncPaused {
		leave = widgets.NewButton(t.Text("shell.close"), nil, f.s.closeCard)
		do = widgets.NewPrimary(t.Text("shell.sync.resume"), base.MediaPlayIcon(), online(true))
	}
	f.s.openCard(widgets.NewCard(t.Text("shell.sync.panel"), MeaningOf(st), body, leave, do))
}

// SyncNow exchanges with the server now, as F5 does.
func (s *Shell) SyncNow() {
	if s.c.Sync == nil {
		return
	}
	s.run(Action{ID: "sync", Label: s.c.Text.Text("shell.sync.running"),
		Run:    func(ctx context.Context, _ Progress) error { return s.c.Sync.SyncNow(ctx) },
		Done:   s.foot.refresh,
		Failed: func(error) { s.foot.refresh() }}) // the sentence says it: being offline is no error
}

// progress shows long work; the first call comes some time after the work began, so that short work shows nothing.
func (f *foot) progress(label string, done, total int, what string, cancel func()) {
	if what == "" {
		what = label
	}
	f.stop.OnTapped = cancel
	f.bar.Max, f.bar.Hidden = float64(max(total, 1)), total == 0
	f.bar.SetValue(float64(done))
	if total > 0 {
		what = f.s.c.Text.Text("shell.progress", "what", what, "done", done, "total", total)
	}
	f.what.SetText(what)
	f.work.Show()
	f.box.Refresh()
}

func (f *foot) endProgress() {
	f.work.Hide()
	f.box.Refresh()
}

// said is a line of a toast.
type said struct {
	meaning Meaning
	text    string
}

// Notice says in one line something that no page started. Notices come one after the other, in
// the place of a toast: over the foot, where nothing is pressed. What was done for the person is told first.
func (s *Shell) Notice(m Meaning, text string) {
	s.notices = append(s.notices, said{m, text})
	s.nextNotice()
}

// nextNotice shows the first of those that wait, once the place is free.
func (s *Shell) nextNotice() {
	if len(s.notices) == 0 || s.notice != nil || s.plain != nil {
		return
	}
	item, _ := s.line(s.notices[0])
	s.notice = item
	s.say(item, briefly, func() {
		if s.notice == item { // it was not put off by what a person did
			s.notice, s.notices = nil, s.notices[1:]
			s.nextNotice()
		}
	})
}

// briefly is how long a toast stays that offers nothing.
const briefly = 5 * time.Second

// toast shows a line for some seconds at the bottom right. One that offers nothing takes the place of the former, and
// puts a notice off, which comes again after it.
func (s *Shell) toast(m Meaning, text string, undo func()) {
	item, line := s.line(said{m, text})
	if undo != nil {
		line.Add(widgets.NewButton(s.c.Text.Text("shell.undo"), base.ContentUndoIcon(), func() { s.hide(item); undo() }))
		s.say(item, 2*briefly, func() {})
		return
	}
	for _, former := range []fyne.CanvasObject{s.plain, s.notice} {
		if former != nil {
			s.toasts.Remove(former)
		}
	}
	s.plain, s.notice = item, nil
	s.say(item, briefly, func() {
		if s.plain == item {
			s.plain = nil
			s.nextNotice()
		}
	})
}

// line is a toast, and its contents.
func (s *Shell) line(t said) (fyne.CanvasObject, *fyne.Container) {
	line := container.NewHBox()
	if icon := widgets.MeaningIcon(meanings[t.meaning]); icon != nil {
		line.Add(widget.NewIcon(icon))
	}
	line.Add(widgets.NewLabel(t.text))
	edge := canvas.NewRectangle(theme.Of(base.ColorNameOverlayBackground))
	edge.StrokeColor, edge.StrokeWidth, edge.CornerRadius = theme.Of(base.ColorNameInputBorder), 1, 8
	return container.NewStack(edge, line), line
}

// say has a toast stay for a while; then it goes, and over is called.
func (s *Shell) say(item fyne.CanvasObject, stay time.Duration, over func()) {
	s.toasts.Add(item)
	if len(s.toasts.Objects) > 3 {
		s.toasts.Remove(s.toasts.Objects[0])
	}
	s.c.Window.Content().Refresh()
	go func() {
		select {
		case <-time.After(stay):
			s.c.Schedule(func() { s.hide(item); over() })
		case <-s.ctx.Done():
		}
	}()
}

func (s *Shell) hide(item fyne.CanvasObject) {
	s.toasts.Remove(item)
	s.c.Window.Content().Refresh()
}

var meanings = map[Meaning]widgets.Meaning{Done: widgets.Done, Waiting: widgets.Waiting, Late: widgets.Late, Refused: widgets.Refused}

// report is the text copied for the assistance.
func report(err error, now time.Time, where Route) string {
	return fmt.Sprintf("Airial · %s · %s %s\n%v", now.Format(time.RFC3339), where.Page, where.Arg, err)
}
