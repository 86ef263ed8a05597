package help

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

func shellName(s string) shell.PageName { return shell.PageName(s) }

// Each page of the program has its help.
func TestEachPageHasItsHelp(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	named, n := regexp.MustCompile(`Name shell\.PageName = "(\w+)"`), 0
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if name := named.FindSubmatch(raw); name != nil && shell.PageName(name[1]) != Name && !strings.HasSuffix(path, "_test.go") {
			n++
			if to := For(shell.Route{Page: shell.PageName(name[1])}); to.Arg == contents {
				t.Errorf("%s: the page %q has no help", path, name[1])
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d pages were found", n)
	}
}

// F1 knows what one does on a page.
func TestHelpOfWhatOneDoes(t *testing.T) {
	g := theGuide(t)
	for from, want := range map[shell.Route]string{
		{Page: "parapheur", Arg: "folder/1"}: "parapheur",
		{Page: "sitting"}:                    "convoquer-le-conseil",
		{Page: "sitting", Arg: "live/1"}:     "tenir-la-seance",
		{Page: "registers"}:                  "registres-et-proces-verbal",
		{Page: "registers", Arg: "order/1"}:  "arretes-et-decisions",
		{Page: "help", Arg: "relire"}:        "relire",
		{Page: "unknown"}:                    contents,
	} {
		if got := For(from); got.Page != Name || got.Arg != want || g.index(got.Arg) < 0 {
			t.Errorf("the help of %v is %v", from, got)
		}
	}
}

type memory map[string]any

func (m memory) Float(_ string, f float64) float64 { return f }
func (m memory) String(_, f string) string         { return f }
func (m memory) Bool(_ string, f bool) bool        { return f }
func (m memory) SetFloat(k string, v float64)      { m[k] = v }
func (m memory) SetString(k, v string)             { m[k] = v }
func (m memory) SetBool(k string, v bool)          { m[k] = v }

// texts are the words drawn under an object.
func texts(o fyne.CanvasObject, tell func(string)) {
	if !o.Visible() {
		return
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			texts(child, tell)
		}
	case *widgets.Rich:
		tell(o.String())
	case *widgets.Label:
		tell(o.Text)
	case *widgets.CaptionText:
		tell(o.Text)
	case *widgets.Button:
		tell(o.Text)
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			texts(child, tell)
		}
	}
}

// The help is read in the shell: a page, a search, a link, the way back.
func TestReading(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	text, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := test.NewWindow(widgets.NewLabel(""))
	defer w.Close()
	var p *page
	entry := Entry()
	made := entry.New
	entry.New = func(h shell.Host) shell.Page { p = made(h).(*page); return p }
	s := shell.New(ctx, shell.Config{Window: w, Text: text, Now: time.Now, Preferences: memory{}, Schedule: func(f func()) { f() }, Entries: []shell.Entry{entry}})
	w.Resize(fyne.NewSize(1366, 740))
	see := func(words string) {
		t.Helper()
		var all strings.Builder
		texts(p.scroll, func(s string) { all.WriteString(s + "\n") })
		if !strings.Contains(all.String(), lang.Typography(words)) {
			t.Errorf("«%s» is not in:\n%s", words, all.String())
		}
	}
	see("Premiers pas")
	s.Go(shell.Route{Page: Name, Arg: "signer-un-lot"})
	see("Un seul code PIN suffit")
	if p.list.Cursor() != p.g.index("signer-un-lot") {
		t.Errorf("the list stands at %d", p.list.Cursor())
	}
	for _, o := range p.text.Objects {
		if right := o.Position().X + o.Size().Width; right > 700 {
			t.Errorf("%T is %v wide: too long to be read", o, o.Size().Width)
		}
	}
	test.Type(p.search, "francs")
	if len(p.rows) == 0 || len(p.rows) == len(p.g.topics) {
		t.Errorf("%d pages speak of it", len(p.rows))
	}
	p.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	see("Jours francs")
	test.Type(p.search, "zzz")
	if !p.none.Visible() {
		t.Error("nothing says that nothing was found")
	}
	s.Back()
	see("Un seul code PIN suffit")
	s.Go(shell.Route{Page: Name, Arg: "unknown"})
	see("Premiers pas")
}

// Each page of the guide can be drawn, and printed with all its letters.
func TestEachPageIsDrawn(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	g := theGuide(t)
	p := &page{h: shelltest.New(t, time.Now), g: g}
	for _, topic := range g.topics {
		want := 1 + len(topic.blocks)
		if picture(topic.id) != nil {
			want += 2 // the picture, and what it is
		}
		if got := len(p.draw(topic)); got != want {
			t.Errorf("%s: %d objects for %d paragraphs", topic.id, got, len(topic.blocks))
		}
		d, err := typeset.Guide{Head: typeset.Head{Printed: time.Now()}, Title: topic.title, Origin: "Aide", Parts: topic.parts()}.Typeset(t.Context())
		if err != nil || len(d.Missing) > 0 || d.Pages > 3 {
			t.Errorf("%s: %d pages, without %q: %v", topic.id, d.Pages, d.Missing, err)
		}
		if dir := os.Getenv("AIRIAL_TEST_SHOTS"); dir != "" && err == nil {
			if err := os.WriteFile(filepath.Join(dir, topic.id+".pdf"), d.PDF, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}
