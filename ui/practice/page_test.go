package practice

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/practice"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// desk is a host that does at once what is asked of it, and an office with the exercises.
type desk struct {
	*shelltest.Host
	t      *testing.T
	kept   map[string]string
	passed bool
}

func (d *desk) Person(context.Context) (string, error) { return "secretaire", nil }
func (d *desk) Practice(context.Context) (*practice.Course, error) {
	formulas, err := civilstatus.Standard()
	if err != nil {
		return nil, err
	}
	return practice.Read(formulas)
}
func (d *desk) PracticeCertificate(_ context.Context, c *practice.Course, done practice.Results) ([]byte, error) {
	d.passed = c.Passed(done)
	return []byte("%PDF"), nil
}
func (d *desk) Schedule(func())                          {} // the test draws nothing later
func (d *desk) Preferences() shell.Preferences           { return d }
func (d *desk) Float(_ string, fallback float64) float64 { return fallback }
func (d *desk) SetFloat(string, float64)                 {}
func (d *desk) String(key, fallback string) string {
	if v, ok := d.kept[key]; ok {
		return v
	}
	return fallback
}
func (d *desk) SetString(key, value string)       { d.kept[key] = value }
func (d *desk) Bool(_ string, fallback bool) bool { return fallback }
func (d *desk) SetBool(string, bool)              {}
func (d *desk) Fail(err error)                    { d.t.Error(err) }
func (d *desk) OpenPDF(doc shell.Document) {
	f, err := doc.Open(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	_ = f.Close()
}

func opened(t *testing.T) (*page, *desk) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	d := &desk{Host: shelltest.New(t, time.Now), t: t, kept: map[string]string{}}
	p := newPage(d, d)
	w := test.NewWindow(p.Content())
	t.Cleanup(w.Close)
	w.Resize(fyne.NewSize(1166, 700))
	p.Show(shell.Route{Page: Name})
	return p, d
}

// parts are the fields and buttons of a pane, in their order.
func parts(o fyne.CanvasObject) (selects []*widget.Select, radios []*widgets.Choice, buttons []*widgets.Button, words []string) {
	shelltest.Each(o, func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widget.Select:
			selects = append(selects, o)
		case *widgets.Choice:
			radios = append(radios, o)
		case *widgets.Button:
			buttons = append(buttons, o)
		case *widgets.Label:
			words = append(words, o.Text)
		case *widgets.CaptionText:
			words = append(words, o.Text)
		}
	})
	return selects, radios, buttons, words
}

// The thirty exercises are answered on the page, from the choices that it offers: each gets all its points, and the
// certificate is earned by the last.
func TestTheThirtyExercisesOnThePage(t *testing.T) {
	p, d := opened(t)
	for i, e := range p.course.Exercises {
		p.list.SetCursor(i)
		right, err := p.course.Expected(e)
		if err != nil {
			t.Fatal(err)
		}
		selects, radios, buttons, _ := parts(p.middle)
		if len(selects) != 2 || len(radios) != 2 || len(buttons) < 2 {
			t.Fatalf("%d: %d lists, %d choices, %d buttons", e.ID, len(selects), len(radios), len(buttons))
		}
		act, label := d.Text("practice.noact"), ""
		if a, ok := p.course.Act(right.Act); ok {
			act = p.actName(a)
		}
		if right.Code != "" {
			label = p.course.Label(right.Code)
		}
		var to []string
		for _, a := range right.Notify {
			to = append(to, d.Text("practice.to."+string(a)))
		}
		if selects[0].SetSelected(act); selects[0].Selected != act {
			t.Errorf("%d: the act «%s» is not offered", e.ID, act)
		}
		if !e.Refused {
			selects[1].SetSelected(label)
			radios[0].SetSelected(right.Words)
			radios[1].SetSelected(strings.Join(to, d.Text("practice.and")))
		}
		before := d.passed
		test.Tap(buttons[0])
		if _, _, _, words := parts(p.side); !strings.Contains(strings.Join(words, "\n"), e.Lesson) {
			t.Errorf("%d: the lesson is not told", e.ID)
		}
		if full := map[bool]int{true: 1, false: 4}[e.Refused]; p.done[e.ID] != full {
			t.Errorf("%d (%s): %d points of %d", e.ID, e.Title, p.done[e.ID], full)
		}
		p.certify()
		if last := i == len(p.course.Exercises)-1; d.passed != last || before {
			t.Errorf("%d: the certificate is earned: %t", e.ID, d.passed)
		}
	}
}

// What is chosen stays when one comes back from another page; what was done is there on the next day.
func TestWhatIsChosenStays(t *testing.T) {
	p, d := opened(t)
	selects, _, _, _ := parts(p.middle)
	selects[0].SetSelectedIndex(2)
	p.Hide()
	p.Show(shell.Route{Page: Name})
	if again, _, _, _ := parts(p.middle); again[0] != selects[0] || again[0].SelectedIndex() != 2 {
		t.Error("what was chosen is gone")
	}
	_, _, buttons, _ := parts(p.middle)
	test.Tap(buttons[0])
	q := newPage(d, d)
	q.Show(shell.Route{Page: Name})
	if _, done := q.done[1]; !done {
		t.Error("what was done is forgotten")
	}
}
