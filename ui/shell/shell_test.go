package shell_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/dragout"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

var now = time.Date(2026, 11, 24, 14, 12, 0, 0, time.UTC)

type memory map[string]any

func (m memory) Float(k string, f float64) float64 { return get(m, k, f) }
func (m memory) String(k, f string) string         { return get(m, k, f) }
func (m memory) Bool(k string, f bool) bool        { return get(m, k, f) }
func (m memory) SetFloat(k string, v float64)      { m[k] = v }
func (m memory) SetString(k, v string)             { m[k] = v }
func (m memory) SetBool(k string, v bool)          { m[k] = v }

func get[T any](m memory, k string, fallback T) T {
	if v, ok := m[k].(T); ok {
		return v
	}
	return fallback
}

type journal chan string

func (j journal) Subscribe(context.Context) <-chan string { return j }

// toy is a page as one writes it: one folder and one entry.
type toy struct {
	host   shell.Host
	route  shell.Route
	box    *fyne.Container
	panes  []fyne.Focusable
	shown  []shell.Route
	drafts int
	save   func()
	heard  int
}

func (p *toy) Route() shell.Route         { return p.route }
func (p *toy) Title() string              { return "Toy" }
func (p *toy) Content() fyne.CanvasObject { return p.box }
func (p *toy) Panes() []fyne.Focusable    { return p.panes }
func (p *toy) Show(r shell.Route)         { p.route = r; p.shown = append(p.shown, r) }
func (p *toy) Hide()                      {}

func (p *toy) SaveDraft() {
	if p.drafts++; p.save != nil {
		p.save()
	}
}

type rig struct {
	t     *testing.T
	s     *shell.Shell
	w     fyne.Window
	queue chan func()
	toys  map[shell.PageName]*toy
	j     journal
	at    time.Time
	drags outcomes
}

// outcomes is a system on which drags out of the window end as they are told.
type outcomes struct {
	shell.System
	dir  string
	next chan dragout.Outcome
}

func (o outcomes) TempDir() string { return o.dir }
func (o outcomes) Carry(context.Context, dragout.Cargo) (dragout.Outcome, error) {
	return <-o.next, nil
}

// boot builds a shell whose window's thread is the test itself: pump runs what was scheduled.
func boot(t *testing.T) *rig { return bootCounting(t, nil) }

// bootCounting has something that waits in the page under the toy.
func bootCounting(t *testing.T, badge func(context.Context) (int, error)) *rig {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	text, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, w: test.NewWindow(widgets.NewLabel("")), queue: make(chan func(), 64), toys: map[shell.PageName]*toy{}, j: make(journal), at: now,
		drags: outcomes{dir: t.TempDir(), next: make(chan dragout.Outcome)}}
	entry := func(name shell.PageName, title string) shell.Entry {
		return shell.Entry{Route: shell.Route{Page: name}, Icon: theme.Icon("home"), TitleKey: title, New: func(h shell.Host) shell.Page {
			p := &toy{host: h, box: container.NewStack(widgets.NewLabel(string(name)))}
			h.Changes([]string{"folder/"}, func() { p.heard++ })
			r.toys[name] = p
			return p
		}}
	}
	under := entry("under", "shell.page.circuits")
	under.Under, under.Badge = "toy", badge
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r.s = shell.New(ctx, shell.Config{Window: r.w, Text: text, Now: func() time.Time { return r.at }, Preferences: memory{}, Changes: r.j, System: r.drags,
		Schedule: func(f func()) { r.queue <- f }, Entries: []shell.Entry{entry("home", "shell.page.home"), entry("toy", "shell.page.council"), under}})
	return r
}

func (r *rig) pump() {
	r.t.Helper()
	select {
	case f := <-r.queue:
		f()
	case <-time.After(5 * time.Second):
		r.t.Fatal("nothing was scheduled")
	}
}

func (r *rig) idle() bool { return len(r.queue) == 0 }

func TestAPageIsOneFolderAndOneLine(t *testing.T) {
	r := boot(t)
	if r.toys["home"] == nil || r.toys["toy"] != nil {
		t.Fatal("pages must be made at their first visit")
	}
	to := shell.Route{Page: "toy", Arg: "sitting/1"}
	r.s.Go(to)
	r.s.Go(to)
	if got := r.toys["toy"].shown; len(got) != 1 || got[0] != to {
		t.Errorf("shown %v", got)
	}
	if r.toys["home"].drafts != 1 {
		t.Error("the page left was not asked to keep its draft")
	}
	r.w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if r.s.Route().Page != "home" {
		t.Errorf("Escape led to %v", r.s.Route())
	}
	r.s.Forward()
	if r.s.Route() != to {
		t.Errorf("forward led to %v", r.s.Route())
	}
	r.s.Go(shell.Route{Page: "nowhere"})
	if r.w.Title() == "" || !strings.HasPrefix(r.w.Title(), "Toy") {
		t.Errorf("title %q after an unknown route", r.w.Title())
	}
}

// Escape ends a drag out of the window, which sees the key by itself: told to the window before or after, it leads nowhere else.
func TestEscapeOfADragLeadsNowhere(t *testing.T) {
	for name, c := range map[string]struct {
		outcome       dragout.Outcome
		before, after int // times that the window is told of Escape
		later         time.Duration
		want          shell.PageName
	}{
		"told before":          {outcome: dragout.Escaped, before: 1, want: "toy"},
		"told before, again":   {outcome: dragout.Escaped, before: 1, after: 1, want: "home"},
		"told after":           {outcome: dragout.Escaped, after: 1, want: "toy"},
		"pressed again":        {outcome: dragout.Escaped, after: 2, want: "home"},
		"pressed much later":   {outcome: dragout.Escaped, after: 1, later: time.Minute, want: "home"},
		"after one let go":     {outcome: dragout.Nowhere, after: 1, want: "home"},
		"after one handed out": {outcome: dragout.Taken, after: 1, want: "home"},
	} {
		t.Run(name, func(t *testing.T) {
			r := boot(t)
			r.s.Go(shell.Route{Page: "toy"})
			escape := func(times int) {
				for range times {
					r.w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
				}
			}
			r.toys["toy"].host.DragOut(shell.Made("devis.pdf", func(context.Context) ([]byte, error) { return []byte("devis"), nil }))
			escape(c.before)
			r.drags.next <- c.outcome
			for r.s.Busy() {
				r.pump()
			}
			r.at = r.at.Add(c.later)
			escape(c.after)
			if got := r.s.Route().Page; got != c.want {
				t.Errorf("the window shows %s, not %s", got, c.want)
			}
		})
	}
}

func TestAPageUnderAnotherIsShownWhileOneIsThere(t *testing.T) {
	r := bootCounting(t, func(context.Context) (int, error) { return 3, nil })
	r.pump() // its number
	r.w.Resize(fyne.NewSize(1200, 700))
	rail := func() (labels []string) {
		for _, o := range test.LaidOutObjects(r.w.Content()) {
			if a, ok := o.(fyne.Accessible); ok && o.Visible() && a.AccessibilityRole() == fyne.AccessibleRoleLink {
				labels = append(labels, a.AccessibilityLabel())
			}
		}
		return labels
	}
	closed := []string{"À faire", "Conseil, 3 en attente"}
	open := []string{"À faire", "Conseil", "Circuits, 3 en attente"}
	if got := rail(); !slices.Equal(got, closed) {
		t.Errorf("elsewhere: %q", got)
	}
	for _, p := range []shell.PageName{"toy", "under"} {
		r.s.Go(shell.Route{Page: p})
		if got := rail(); !slices.Equal(got, open) {
			t.Errorf("in %s: %q", p, got)
		}
	}
	r.s.Go(shell.Route{Page: "home"})
	if got := rail(); !slices.Equal(got, closed) {
		t.Errorf("back: %q", got)
	}
}

func TestLoadAppliesOnlyTheLatestOfAPageInView(t *testing.T) {
	r := boot(t)
	h := r.toys["home"].host
	var got []int
	apply := func(n int) { got = append(got, n) }
	first := make(chan struct{})
	shell.Load(h, "list", func(context.Context) (int, error) { <-first; return 1, nil }, apply)
	shell.Load(h, "list", func(context.Context) (int, error) { return 2, nil }, apply)
	r.pump()
	close(first)
	r.pump()
	if len(got) != 1 || got[0] != 2 {
		t.Errorf("applied %v, want [2]", got)
	}
	left := make(chan struct{})
	shell.Load(h, "list", func(ctx context.Context) (int, error) { <-ctx.Done(); close(left); return 3, nil }, apply)
	r.s.Go(shell.Route{Page: "toy"})
	<-left
	r.pump()
	if len(got) != 1 {
		t.Errorf("applied %v after the page was left", got)
	}
}

// A query may find nothing: what it gives is an interface without a value.
func TestLoadAppliesNothingToo(t *testing.T) {
	r := boot(t)
	applied := false
	shell.Load(r.toys["home"].host, "picture", func(context.Context) (fyne.Resource, error) { return nil, nil }, func(found fyne.Resource) { applied = found == nil })
	r.pump()
	if !applied {
		t.Error("nothing was not applied")
	}
}

func TestRunGuardsAgainstASecondClick(t *testing.T) {
	r := boot(t)
	h := r.toys["home"].host
	release, runs, done := make(chan struct{}), make(chan struct{}, 8), 0
	action := shell.Action{ID: "sign", Label: "x", Run: func(context.Context, shell.Progress) error { runs <- struct{}{}; <-release; return nil },
		Done: func() { done++ }}
	h.Run(action)
	h.Run(action)
	close(release)
	for done == 0 {
		r.pump()
	}
	if len(runs) != 1 || done != 1 {
		t.Errorf("%d runs, %d ends", len(runs), done)
	}
	h.Run(action)
	for done == 1 {
		r.pump()
	}
	if len(runs) != 2 {
		t.Error("the action cannot be run again after its end")
	}
}

func TestErrorsAreSaidInFrench(t *testing.T) {
	text, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	refusal := &rule.Refusal{Article: "CGCT, art. L2121-17", Why: "Il manque deux personnes.", Cure: "Convoquez à nouveau."}
	what, safe, todo := shell.Explain(text, errors.Join(errors.New("closing"), refusal))
	if what != "Il manque deux personnes. (CGCT, art. L2121-17)" || todo != refusal.Cure || safe == "" {
		t.Errorf("%q, %q, %q", what, safe, todo)
	}
	what, _, _ = shell.Explain(text, errors.New("SQLITE_BUSY (5)"))
	if strings.Contains(what, "SQLITE") {
		t.Errorf("a code comes first: %q", what)
	}
}

// A page that is laid out anew under a question has no longer the field in which one typed: the focus goes to what is there now.
func TestWhatHadTheFocusMayHaveGone(t *testing.T) {
	for _, gone := range []bool{false, true} {
		r := boot(t)
		p := r.toys["home"]
		before, after := widget.NewEntry(), widget.NewEntry()
		p.box.Objects, p.panes = []fyne.CanvasObject{before}, []fyne.Focusable{before}
		r.w.Canvas().Focus(before)
		p.host.Ask(shell.Question{Title: "Pourquoi ?"}, func(string) {})
		want := before
		if gone {
			p.box.Objects, p.panes, want = []fyne.CanvasObject{after}, []fyne.Focusable{after}, after
		}
		r.w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if got := r.w.Canvas().Focused(); got != fyne.Focusable(want) {
			t.Errorf("gone %v: the focus is at %T %p", gone, got, got)
		}
	}
}

func TestChangesReachThePageInView(t *testing.T) {
	r := boot(t)
	r.j <- "sitting/1"
	r.pump()
	r.j <- "folder/1"
	r.j <- "folder/2"
	r.pump()
	if got := r.toys["home"].heard; got != 1 {
		t.Errorf("heard %d times, want once for a burst", got)
	}
	if !r.idle() {
		t.Error("changes of one burst were told apart")
	}
}

func TestSyncSentence(t *testing.T) {
	text, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	last := now.Add(-10 * time.Minute)
	for want, st := range map[string]shell.SyncStatus{
		"À jour. Dernière synchronisation à 14 h 02":                                                                        {LastSuccess: last},
		"3 éléments à envoyer, dernière synchronisation : 14 h 02":                                                          {LastSuccess: last, Out: 3},
		"Hors connexion : votre travail est enregistré sur cet ordinateur, 1 élément à envoyer":                             {LastSuccess: last, Out: 1, Error: shell.SyncOffline},
		"Échanges suspendus : votre travail est enregistré sur cet ordinateur, 2 éléments à envoyer":                        {LastSuccess: last, Out: 2, Error: shell.SyncPaused},
		"Le paquet de confiance est trop ancien : la validité de signatures ne peut plus être établie, 1 élément à envoyer": {LastSuccess: last, Out: 1, Trust: shell.TrustStatus{Version: 3, Old: true}},
		"Les actes récents sont là ; encore 1 200 plus anciens à recevoir":                                                  {Running: true, Behind: 1200},
		"Un choix vous attend": {LastSuccess: last, Conflicts: 1, Error: shell.SyncOffline},
		"Pas encore synchronisé : votre travail est enregistré sur cet ordinateur": {},
	} {
		got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(shell.Sentence(text, st, now))
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for kind := shell.SyncFine + 1; kind <= shell.SyncClock; kind++ {
		if got := shell.Sentence(text, shell.SyncStatus{Error: kind}, now); strings.HasPrefix(got, "[") {
			t.Errorf("no sentence for trouble %d", kind)
		}
	}
}

func TestClosingWaitsForTheDraft(t *testing.T) {
	r := boot(t)
	p := r.toys["home"]
	closed, saved := false, false
	r.w.SetOnClosed(func() { closed = true })
	release := make(chan struct{})
	p.save = func() {
		p.host.Run(shell.Action{ID: "draft", Label: "x", Run: func(ctx context.Context, _ shell.Progress) error {
			<-release
			return ctx.Err()
		}, Done: func() { saved = true }})
	}
	r.s.Close()
	if closed {
		t.Fatal("closed before the draft was kept")
	}
	close(release)
	for !closed {
		r.pump()
	}
	if !saved {
		t.Error("the draft was cut off by the closing window")
	}
}

// The tour goes over its pages by Enter, ends where it began, and is left by Escape; what is new leads to where it is told.
func TestTourByKeyboard(t *testing.T) {
	r := boot(t)
	steps := []shell.Step{{Route: shell.Route{Page: "toy"}, TitleKey: "tour.home", TextKey: "tour.home.text"}, {Route: shell.Route{Page: "under"}, TitleKey: "tour.help", TextKey: "tour.help.text"}}
	press := func(k fyne.KeyName) {
		t.Helper()
		f := r.w.Canvas().Focused()
		if f == nil {
			t.Fatal("nothing has the focus")
		}
		f.TypedKey(&fyne.KeyEvent{Name: k})
	}
	r.s.Tour(steps)
	press(fyne.KeyReturn)
	if got := r.s.Route().Page; got != "under" {
		t.Errorf("the second step is on %q", got)
	}
	press(fyne.KeyReturn)
	if got := r.s.Route().Page; got != "toy" {
		t.Errorf("the tour ends on %q", got)
	}
	r.s.Tour(steps)
	press(fyne.KeyEscape)
	if got := r.s.Route().Page; got != "toy" {
		t.Errorf("left on %q", got)
	}
	r.s.News("2.0", shell.Route{Page: "under"})
	press(fyne.KeyReturn)
	if got := r.s.Route().Page; got != "under" {
		t.Errorf("what is new is told on %q", got)
	}
}

// A notice waits until what was done for the person has been told, and gives its place to it.
func TestNoticesWaitForWhatWasDone(t *testing.T) {
	r := boot(t)
	told := func(words string) bool {
		found := false
		var look func(fyne.CanvasObject)
		look = func(o fyne.CanvasObject) {
			switch o := o.(type) {
			case *widgets.Label:
				found = found || o.Text == words && o.Visible()
			case *fyne.Container:
				for _, child := range o.Objects {
					look(child)
				}
			}
		}
		look(r.w.Content())
		return found
	}
	done := func(words string) { r.toys["home"].host.Toast(shell.Done, words, nil) }
	r.s.Notice(shell.Waiting, "un rappel")
	if !told("un rappel") {
		t.Fatal("the notice is not told")
	}
	done("enregistré")
	if !told("enregistré") || told("un rappel") {
		t.Error("the notice stands where what was done is told")
	}
	r.s.Notice(shell.Waiting, "un autre rappel")
	if !told("enregistré") || told("un autre rappel") {
		t.Error("a notice took the place of what was done")
	}
	for end := time.After(time.Minute); !told("un rappel"); { // put off, it comes again
		select {
		case f := <-r.queue:
			f()
		case <-end:
			t.Fatal("the notice that was put off did not come again")
		}
	}
	if told("enregistré") || told("un autre rappel") {
		t.Error("more than one is told at once")
	}
}
