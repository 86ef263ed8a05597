package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"alpi40.fr/airial/ui/widgets"
)

// Step is one sentence of a visit, told over the page that it is about.
type Step struct {
	Route             Route
	TitleKey, TextKey string
}

// Tour visits pages with who opens Airial for the first time: Enter goes on, Escape ends it. It changes nothing.
func (s *Shell) Tour(steps []Step) { s.visitStep(steps, 0) }

func (s *Shell) visitStep(steps []Step, i int) {
	if i >= len(steps) {
		s.closeCard()
		s.Go(steps[0].Route)
		return
	}
	t, step := s.c.Text, steps[i]
	s.Go(step.Route)
	text := widgets.NewLabel(t.Text(step.TextKey))
	text.Wrapping = fyne.TextWrapWord
	key := "tour.next"
	if i == len(steps)-1 {
		key = "tour.end"
	}
	s.openCard(widgets.NewCard(t.Text(step.TitleKey), widgets.Plain, container.NewVBox(text, widgets.Caption(t.Text("tour.step", "step", i+1, "of", len(steps)))),
		widgets.NewButton(t.Text("tour.skip"), nil, s.closeCard), widgets.NewPrimary(t.Text(key), nil, func() { s.visitStep(steps, i+1) })))
}

// News says that the program was upgraded, and offers to read what is new.
func (s *Shell) News(version string, at Route) {
	t := s.c.Text
	text := widgets.NewLabel(t.Text("tour.news.text", "version", version))
	text.Wrapping = fyne.TextWrapWord
	s.openCard(widgets.NewCard(t.Text("tour.news"), widgets.Plain, text,
		widgets.NewButton(t.Text("shell.close"), nil, s.closeCard), widgets.NewPrimary(t.Text("tour.news.read"), nil, func() { s.closeCard(); s.Go(at) })))
}
