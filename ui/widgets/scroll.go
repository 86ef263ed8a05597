package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
	"image/color"
)

// Scroll is a column that the wheel moves wherever the pointer stands. Fyne gives
// the wheel to the innermost thing that scrolls, and a one-line field is one: over
// it, the wheel would do nothing.
type Scroll struct {
	widget.BaseWidget
	inner *container.Scroll
}

// NewScroll makes a column that scrolls up and down.
func NewScroll(content fyne.CanvasObject) *Scroll {
	s := &Scroll{inner: container.NewVScroll(content)}
	s.ExtendBaseWidget(s)
	return s
}

// Offset is how far down the column stands; ScrollTo takes it there.
func (s *Scroll) Offset() float32 { return s.inner.Offset.Y }

// ScrollTo takes the column to an offset, or to its end where that is nearer.
func (s *Scroll) ScrollTo(y float32) { s.inner.ScrollToOffset(fyne.NewPos(0, y)) }

// CreateRenderer is Fyne's.
func (s *Scroll) CreateRenderer() fyne.WidgetRenderer {
	w := &wheel{scroll: s.inner}
	w.ExtendBaseWidget(w)
	return widget.NewSimpleRenderer(container.NewStack(s.inner, w))
}

// wheel lies over the column and takes the wheel alone: what is pressed or typed goes through it.
type wheel struct {
	widget.BaseWidget
	scroll *container.Scroll
}

func (w *wheel) Scrolled(e *fyne.ScrollEvent) { w.scroll.Scrolled(e) }

func (w *wheel) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}
