package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"image/color"

	"alpi40.fr/airial/ui/theme"
)

// Card is a panel that asks or tells something: a title, a body, and buttons with the default at right. It is not
// modal. The window calls Cancel on Escape; Enter in its one-line fields is the default.
type Card struct {
	widget.BaseWidget
	Default, Cancel *Button
	First           fyne.Focusable // what takes the focus when the card opens
	box             fyne.CanvasObject
	ground          *canvas.Rectangle
}

// NewCard makes a card. either button may be nil; more stand at left.
func NewCard(title string, m Meaning, body fyne.CanvasObject, cancel, def *Button, more ...fyne.CanvasObject) *Card {
	c := &Card{Default: def, Cancel: cancel, ground: canvas.NewRectangle(color.Transparent)}
	buttons := append([]fyne.CanvasObject{}, more...)
	buttons = append(buttons, layout.NewSpacer())
	if cancel != nil {
		buttons, c.First = append(buttons, cancel), cancel
	}
	if def != nil {
		buttons, c.First = append(buttons, def), def
	}
	head := []fyne.CanvasObject{}
	if icon := MeaningIcon(m); icon != nil {
		head = append(head, container.NewCenter(widget.NewIcon(icon)))
	}
	head = append(head, Heading(title))
	c.ground.CornerRadius, c.ground.StrokeWidth = 8, 1
	c.box = container.NewStack(c.ground, container.New(layout.NewCustomPaddedLayout(8, 10, 14, 14),
		container.NewBorder(container.NewHBox(head...), container.NewHBox(buttons...), nil, nil, body)))
	c.ExtendBaseWidget(c)
	c.paint()
	return c
}

func (c *Card) paint() {
	c.ground.FillColor, c.ground.StrokeColor = theme.Of(base.ColorNameOverlayBackground), theme.Of(base.ColorNameInputBorder)
}

// Refresh follows the theme.
func (c *Card) Refresh() {
	c.paint()
	c.ground.Refresh()
	c.BaseWidget.Refresh()
}

// CreateRenderer is Fyne's.
func (c *Card) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.box) }
