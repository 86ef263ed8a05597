package shell

import (
	"cmp"
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/widgets"
)

// pageHost is what one page is given. Its loads and subscriptions end when the page is left.
type pageHost struct {
	s      *Shell
	ctx    context.Context
	cancel context.CancelFunc
	loads  map[string]context.CancelFunc
	subs   []subscription
	// loading counts the queries whose outcome has not come back.
	loading int
	after   func() // runs once nothing is awaited any more
	// attended is the stream that several may have before their eyes, told shows who does.
	attended string
	told     func(names []string)
}

type subscription struct {
	prefixes []string
	changed  func()
}

func newPageHost(s *Shell) *pageHost {
	h := &pageHost{s: s}
	h.enter() // so that New itself may load
	return h
}

func (h *pageHost) enter() {
	if h.ctx != nil && h.ctx.Err() == nil {
		return
	}
	h.ctx, h.cancel = context.WithCancel(h.s.ctx)
	h.loads = map[string]context.CancelFunc{}
}

func (h *pageHost) leave() {
	h.attend("", nil)
	h.cancel()
	h.after = nil
}

func (h *pageHost) attend(stream string, show func(names []string)) {
	if h.s.c.Company == nil || stream == "" && h.attended == "" {
		return
	}
	h.attended, h.told = stream, show
	h.s.c.Company.Attend(stream)
	h.company()
}

// company tells the page who else looks at what it attends to.
func (h *pageHost) company() {
	stream, show := h.attended, h.told
	if stream == "" {
		return
	}
	h.Load("shell.company", func(ctx context.Context) (any, error) {
		names, err := h.s.c.Company.With(ctx, stream)
		return names, err
	}, func(v any) {
		if names, ok := v.([]string); ok && h.attended == stream {
			show(names)
		}
	})
}

func (h *pageHost) changed(streams map[string]bool) {
	if streams[CompanyStream] {
		h.company()
	}
	for _, sub := range h.subs {
		if hasPrefix(streams, sub.prefixes) {
			sub.changed()
		}
	}
}

func (h *pageHost) Load(slot string, query func(context.Context) (any, error), apply func(any)) {
	if cancel, ok := h.loads[slot]; ok {
		cancel()
	}
	ctx, cancel := context.WithCancel(h.ctx)
	h.loads[slot] = cancel
	h.loading++
	go func() {
		v, err := query(ctx)
		h.s.c.Schedule(func() {
			h.loading--
			defer h.settle()
			if ctx.Err() != nil {
				return
			}
			cancel()
			if err != nil {
				h.s.fail(err)
				return
			}
			apply(v)
		})
	}()
}

// settled runs f once all that the page asked for has come: what comes late would cover what f shows.
func (h *pageHost) settled(f func()) {
	h.after = f
	h.settle()
}

func (h *pageHost) settle() {
	if f := h.after; f != nil && h.loading == 0 {
		h.after = nil
		f()
	}
}

// Changes may be called in New: the subscription holds for the page's life, and rests while the page is hidden.
func (h *pageHost) Changes(prefixes []string, changed func()) {
	h.subs = append(h.subs, subscription{prefixes, changed})
}

func (h *pageHost) Go(r Route)                                   { h.s.Go(r) }
func (h *pageHost) Back()                                        { h.s.Back() }
func (h *pageHost) Run(a Action)                                 { h.s.run(a) }
func (h *pageHost) Toast(m Meaning, text string, undo func())    { h.s.toast(m, text, undo) }
func (h *pageHost) Fail(err error)                               { h.s.fail(err) }
func (h *pageHost) Text(key string, args ...any) string          { return h.s.c.Text.Text(key, args...) }
func (h *pageHost) Lang() *lang.Catalogue                        { return h.s.c.Text }
func (h *pageHost) Now() time.Time                               { return h.s.c.Now() }
func (h *pageHost) Schedule(f func())                            { h.s.c.Schedule(f) }
func (h *pageHost) Preferences() Preferences                     { return h.s.c.Preferences }
func (h *pageHost) Ask(q Question, answer func(string))          { h.s.ask(q, answer) }
func (h *pageHost) AskPIN(r PINRequest, answer func(pin []byte)) { h.s.askPIN(r, answer) }
func (h *pageHost) PickFiles(f Files, picked func([]string))     { h.s.pickFiles(f, picked) }
func (h *pageHost) Save(d Document)                              { h.s.save(d) }
func (h *pageHost) OpenPDF(d Document)                           { h.s.openWith(d, "shell.opening", h.s.c.System.Open) }
func (h *pageHost) OpenPath(path string)                         { h.s.openPath(path) }
func (h *pageHost) Browse(address string)                        { h.s.browse(address) }
func (h *pageHost) Print(d Document)                             { h.s.openWith(d, "shell.printing", h.s.c.System.Print) }
func (h *pageHost) DragOut(all ...Document)                      { h.s.carry(all) }

func (h *pageHost) Authority() Authority {
	if h.s.c.Authorities == nil {
		return Authority{}
	}
	return h.s.c.Authorities.Current()
}

// run works off the thread. Progress is shown from 300 ms on; a second run of the same ID is ignored.
func (s *Shell) run(a Action) {
	if s.running[a.ID] || s.ctx.Err() != nil {
		return
	}
	s.running[a.ID] = true
	ctx, cancel := context.WithCancel(s.ctx)
	latest := make(chan [3]any, 1)
	progress := func(done, total int, what string) {
		select { // only the latest matters
		case <-latest:
		default:
		}
		select {
		case latest <- [3]any{done, total, what}:
		default:
		}
	}
	finished := make(chan error, 1)
	go func() { finished <- a.Run(ctx, progress) }()
	go s.follow(a, cancel, latest, finished)
}

func (s *Shell) follow(a Action, cancel context.CancelFunc, latest chan [3]any, finished chan error) {
	defer cancel()
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	now := [3]any{0, 0, ""}
	for {
		select {
		case err := <-finished:
			s.c.Schedule(func() { s.finish(a, err) })
			return
		case <-tick.C:
			select {
			case now = <-latest:
			default:
			}
			done, total, what := now[0].(int), now[1].(int), now[2].(string)
			s.c.Schedule(func() {
				if s.running[a.ID] {
					s.foot.progress(a.Label, done, total, what, cancel)
				}
			})
		}
	}
}

func (s *Shell) finish(a Action, err error) {
	delete(s.running, a.ID)
	if len(s.running) == 0 {
		s.foot.endProgress()
		if s.closing {
			defer s.end()
		}
	}
	switch {
	case err == nil:
		if a.Done != nil {
			a.Done()
		}
	case errors.Is(err, context.Canceled):
		if s.ctx.Err() == nil {
			s.toast(Info, s.c.Text.Text("shell.stopped", "what", a.Label), nil)
		}
	case a.Failed != nil:
		a.Failed(err)
	default:
		s.fail(err)
	}
}

// Explain turns an error into what happened, what is safe and what to do.
func Explain(t *lang.Catalogue, err error) (what, safe, todo string) {
	var e Explained
	var r *rule.Refusal
	safe = t.Text("shell.error.kept")
	switch {
	case errors.As(err, &e):
		return e.Explain()
	case errors.As(err, &r):
		if r.Article != "" {
			return r.Why + " (" + r.Article + ")", safe, r.Cure
		}
		return r.Why, safe, r.Cure
	case errors.Is(err, context.DeadlineExceeded):
		return t.Text("shell.error.timeout"), safe, t.Text("shell.error.retry")
	}
	return t.Text("shell.error.unknown"), safe, t.Text("shell.error.retry")
}

// Tell shows an error over the page in view.
func (s *Shell) Tell(err error) { s.fail(err) }

func (s *Shell) fail(err error) {
	t := s.c.Text
	what, safe, todo := Explain(t, err)
	body := container.NewVBox()
	for _, part := range [][2]string{{"what", what}, {"safe", safe}, {"todo", todo}} {
		if part[1] == "" {
			continue
		}
		text := widgets.NewRich(&widget.TextSegment{Text: t.Text("shell.error."+part[0]) + " — ", Style: widget.RichTextStyle{Inline: true, TextStyle: fyne.TextStyle{Bold: true}}},
			&widget.TextSegment{Text: part[1]})
		text.Wrapping = fyne.TextWrapWord
		body.Add(text)
	}
	detail := widgets.NewLabel(err.Error())
	detail.Wrapping, detail.Selectable = fyne.TextWrapWord, true
	folded := widget.NewAccordion(widget.NewAccordionItem(t.Text("shell.error.details"), detail))
	body.Add(folded)
	copyButton := widgets.NewButton(t.Text("shell.error.copy"), nil, func() {
		fyne.CurrentApp().Clipboard().SetContent(report(err, s.c.Now(), s.now))
		s.toast(Done, t.Text("shell.error.copied"), nil)
	})
	closeButton := widgets.NewButton(t.Text("shell.close"), nil, s.closeCard)
	s.openCard(widgets.NewCard(t.Text("shell.error.title"), widgets.Late, body, closeButton, nil, copyButton))
}

func (s *Shell) ask(q Question, answer func(string)) {
	t := s.c.Text
	field := widgets.NewEntry(q.Placeholder)
	if q.Lines > 1 {
		field = widgets.NewText(q.Placeholder, q.Lines)
	}
	warning := widgets.Caption("")
	give := func() {
		if q.Required && len(trimmed(field.Text)) == 0 {
			warning.SetText(t.Text("shell.required"))
			s.c.Window.Canvas().Focus(field)
			return
		}
		text := trimmed(field.Text)
		s.closeCard()
		answer(text)
	}
	if q.Lines <= 1 {
		field.OnSubmitted = func(string) { give() }
	}
	yes := q.Yes
	if yes == "" {
		yes = t.Text("shell.ok")
	}
	ok := widgets.NewPrimary(yes, nil, give)
	if q.Dangerous {
		ok.Importance = widget.DangerImportance
	}
	body := container.NewVBox()
	if q.Why != "" {
		why := widgets.NewLabel(q.Why)
		why.Wrapping = fyne.TextWrapWord
		body.Add(why)
	}
	if !q.Plain {
		body.Add(field)
		body.Add(warning)
	}
	card := widgets.NewCard(q.Title, widgets.Plain, body, widgets.NewButton(t.Text("shell.cancel"), nil, s.closeCard), ok)
	card.First = field
	if q.Plain {
		card.First = ok
	}
	s.openCard(card)
}

// askPIN is the only modal dialog: nothing else may be done between the PIN and its use.
func (s *Shell) askPIN(r PINRequest, answer func(pin []byte)) {
	t := s.c.Text
	field := widgets.NewPassword(cmp.Or(r.Hint, t.Text("shell.pin.hint")))
	var pop *widget.PopUp
	before := s.c.Window.Canvas().Focused()
	end := func() {
		field.SetText("")
		pop.Hide()
		s.refocus(before)
	}
	give := func() {
		if field.Text == "" {
			return
		}
		pin := []byte(field.Text)
		end()
		answer(pin)
	}
	field.OnSubmitted = func(string) { give() }
	field.OnKey = func(k *fyne.KeyEvent) bool {
		if k.Name == fyne.KeyEscape {
			end()
			return true
		}
		return false
	}
	body := container.NewVBox()
	if r.What != "" {
		body.Add(widgets.NewLabel(r.What))
	}
	if r.Token != "" {
		body.Add(widgets.Caption(t.Text("shell.pin.token", "token", r.Token)))
	}
	body.Add(field)
	if r.Err != "" {
		body.Add(widgets.NewBadge(widgets.Refused, r.Err))
	}
	if r.TriesLeft >= 0 {
		mean := widgets.Plain
		if r.TriesLeft <= 1 {
			mean = widgets.Late
		}
		body.Add(widgets.NewBadge(mean, t.Text("shell.pin.tries", "n", r.TriesLeft)))
	}
	card := widgets.NewCard(cmp.Or(r.Title, t.Text("shell.pin.title")), widgets.Plain, body,
		widgets.NewButton(t.Text("shell.cancel"), nil, end), widgets.NewPrimary(cmp.Or(r.Yes, t.Text("shell.pin.ok")), nil, give))
	pop = widget.NewModalPopUp(card, s.c.Window.Canvas())
	pop.Resize(fyne.NewSize(400, card.MinSize().Height))
	pop.Show()
	s.c.Window.Canvas().Focus(field)
}
