package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Pull is how far, in units, a press moves before it drags what it lies on out of the window: a hand that trembles does not.
const Pull = 8

// pull is a press that moves.
type pull struct {
	moved fyne.Delta
	last  fyne.Position // in what is dragged
	begun bool
}

// further takes a move; begins tells that it has just gone far enough.
func (p *pull) further(e *fyne.DragEvent) (begins bool) {
	p.moved.DX += e.Dragged.DX
	p.moved.DY += e.Dragged.DY
	p.last = e.Position
	if p.begun || p.moved.DX*p.moved.DX+p.moved.DY*p.moved.DY < Pull*Pull {
		return false
	}
	p.begun = true
	return true
}

// end lets it go; pressed tells that it moved too little to be anything but a press, which Fyne tells nobody of.
func (p *pull) end() (pressed bool) {
	pressed = !p.begun && p.moved != fyne.Delta{}
	*p = pull{}
	return pressed
}

// Carrier is something that the mouse drags out of the window, the name of a file for instance.
type Carrier struct {
	widget.BaseWidget
	content fyne.CanvasObject
	begin   func()
	pull    pull
}

// NewCarrier has begin called once the mouse drags content, while the button is still held.
func NewCarrier(content fyne.CanvasObject, begin func()) *Carrier {
	c := &Carrier{content: content, begin: begin}
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer is Fyne's.
func (c *Carrier) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.content) }

// Cursor is a hand: it can be taken.
func (c *Carrier) Cursor() desktop.Cursor { return desktop.PointerCursor }

// Dragged begins once it is far enough.
func (c *Carrier) Dragged(e *fyne.DragEvent) {
	if c.pull.further(e) {
		c.begin()
	}
}

// DragEnd lets it go.
func (c *Carrier) DragEnd() { c.pull.end() }
