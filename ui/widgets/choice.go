package widgets

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/theme"
)

// Choice is one answer among several, whose texts wrap: Fyne's own keeps each on one line. Space or Enter takes the answer that
// has the focus, the arrows go to the others.
type Choice struct {
	widget.BaseWidget
	Options   []string
	Selected  string
	OnChanged func(string)
	items     []*choiceItem
	box       *fyne.Container
}

// NewChoice makes one; changed may be nil.
func NewChoice(options []string, changed func(string)) *Choice {
	c := &Choice{Options: options, OnChanged: changed, box: Wrapped()}
	for _, o := range options {
		i := newChoiceItem(c, o)
		c.items, c.box.Objects = append(c.items, i), append(c.box.Objects, i)
	}
	c.ExtendBaseWidget(c)
	return c
}

// SetSelected takes an answer, if it is offered.
func (c *Choice) SetSelected(option string) {
	if !slices.Contains(c.Options, option) || option == c.Selected {
		return
	}
	c.Selected = option
	for _, i := range c.items {
		i.show()
	}
	if c.OnChanged != nil {
		c.OnChanged(option)
	}
}

// CreateRenderer shows the answers under one another.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.box) }

// choiceItem is an answer.
type choiceItem struct {
	widget.BaseWidget
	of   *Choice
	text string
	icon *widget.Icon
	ring *canvas.Rectangle
	body *fyne.Container
}

func newChoiceItem(of *Choice, text string) *choiceItem {
	i := &choiceItem{of: of, text: text, icon: widget.NewIcon(base.RadioButtonIcon()), ring: canvas.NewRectangle(color.Transparent)}
	i.ring.CornerRadius, i.ring.StrokeWidth = 6, 2
	i.ring.Hide()
	label := NewLabel(text)
	label.Wrapping = fyne.TextWrapWord
	beside := layout.NewCustomPaddedLayout(base.InnerPadding(), 0, base.Padding(), 0) // its first line
	mark := container.NewVBox(container.New(beside, container.NewGridWrap(fyne.NewSquareSize(base.IconInlineSize()), i.icon)))
	i.body = container.NewStack(container.NewBorder(nil, nil, mark, nil, label), i.ring)
	i.ExtendBaseWidget(i)
	return i
}

func (i *choiceItem) show() {
	i.icon.SetResource(base.RadioButtonIcon())
	if i.of.Selected == i.text {
		i.icon.SetResource(base.RadioButtonCheckedIcon())
	}
}

// CreateRenderer shows the answer beside its mark.
func (i *choiceItem) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(i.body) }

// Tapped takes the answer.
func (i *choiceItem) Tapped(*fyne.PointEvent) {
	Focus(i, i)
	i.of.SetSelected(i.text)
}

// FocusGained shows the ring.
func (i *choiceItem) FocusGained() {
	i.ring.StrokeColor = theme.Of(theme.ColorRing)
	i.ring.Show()
	i.ring.Refresh()
}

// FocusLost hides the ring.
func (i *choiceItem) FocusLost() { i.ring.Hide(); i.ring.Refresh() }

// AccessibilityLabel is the answer.
func (i *choiceItem) AccessibilityLabel() string { return i.text }

// TypedRune has no use.
func (i *choiceItem) TypedRune(rune) {}

// TypedKey takes the answer, or goes to another.
func (i *choiceItem) TypedKey(e *fyne.KeyEvent) {
	at := slices.Index(i.of.items, i)
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		i.of.SetSelected(i.text)
	case fyne.KeyDown:
		Focus(i, i.of.items[min(at+1, len(i.of.items)-1)])
	case fyne.KeyUp:
		Focus(i, i.of.items[max(at-1, 0)])
	default:
		passKey(i, e)
	}
}
