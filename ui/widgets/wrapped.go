package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Wrapped is a column whose wrapped texts have the height that their width asks
// for. Fyne's own box asks for the height before it gives the width, and cuts them.
func Wrapped(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(wrappedLayout{}, objects...)
}

// NewNote is a sentence with the icon of its meaning. Unlike a badge's word, it
// wraps where the pane is narrow.
func NewNote(m Meaning, text string) fyne.CanvasObject {
	icon := MeaningIcon(m)
	if icon == nil {
		return Caption(text)
	}
	return container.NewBorder(nil, nil, container.NewVBox(container.New(
		layout.NewCustomPaddedLayout(base.InnerPadding()/2, 0, 0, 0), container.NewGridWrap(fyne.NewSquareSize(base.IconInlineSize()), widget.NewIcon(icon)))), nil, Caption(text))
}

type wrappedLayout struct{}

func (wrappedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		size.Width = max(size.Width, m.Width)
		size.Height += m.Height + base.Padding()
	}
	return size
}

func (wrappedLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		// Now that it has its width, it knows its height.
		h := o.MinSize().Height
		o.Resize(fyne.NewSize(size.Width, h))
		o.Move(fyne.NewPos(0, y))
		y += h + base.Padding()
	}
}

// Beside sets objects beside one another, on as many lines as their width asks for: Fyne's own row is as wide as all of them, and
// goes past the edge of a narrow pane. It stands in a Wrapped.
func Beside(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&besideLayout{}, objects...)
}

type besideLayout struct{ width float32 } // the last that was given; 0: none yet

func (l *besideLayout) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	size.Height = l.place(objects, l.width, func(o fyne.CanvasObject, _ fyne.Position, m fyne.Size) { size.Width = max(size.Width, m.Width) })
	return size
}

func (l *besideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.place(objects, size.Width, func(o fyne.CanvasObject, at fyne.Position, m fyne.Size) { o.Resize(m); o.Move(at) })
}

// place gives each object its place in a width, and the height of all.
func (l *besideLayout) place(objects []fyne.CanvasObject, width float32, each func(o fyne.CanvasObject, at fyne.Position, size fyne.Size)) float32 {
	var at fyne.Position
	var line float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if at.X > 0 && width > 0 && at.X+m.Width > width {
			at, line = fyne.NewPos(0, at.Y+line+base.Padding()), 0
		}
		each(o, at, m)
		at.X, line = at.X+m.Width+base.Padding(), max(line, m.Height)
	}
	return at.Y + line
}

// Apart sets two things at the ends of a line, or the second under the first where both do not fit. It stands in a Wrapped.
func Apart(left, right fyne.CanvasObject) *fyne.Container {
	return container.New(&apartLayout{}, left, right)
}

type apartLayout struct{ width float32 } // the last that was given; 0: none yet

// whole is the width of something on one line.
func whole(o fyne.CanvasObject) (width float32) {
	c, is := o.(*fyne.Container)
	if !is {
		return o.MinSize().Width
	}
	if _, is := c.Layout.(*besideLayout); !is {
		return o.MinSize().Width
	}
	for _, x := range c.Objects {
		if x.Visible() {
			width += x.MinSize().Width + base.Padding()
		}
	}
	return width
}

func (l *apartLayout) apart(o []fyne.CanvasObject) bool {
	return l.width == 0 || whole(o[0])+whole(o[1]) <= l.width
}

func (l *apartLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	if l.apart(o) {
		return a.Max(b)
	}
	return fyne.NewSize(max(a.Width, b.Width), a.Height+base.Padding()+b.Height)
}

func (l *apartLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	place := func(x fyne.CanvasObject, at fyne.Position, width float32) float32 {
		x.Resize(fyne.NewSize(width, x.MinSize().Height))
		x.Resize(fyne.NewSize(width, x.MinSize().Height)) // now that it has its width, it knows its height
		x.Move(at)
		return x.Size().Height
	}
	if right := whole(o[1]); l.apart(o) {
		place(o[0], fyne.Position{}, size.Width-right)
		place(o[1], fyne.NewPos(size.Width-right, 0), right)
		return
	}
	below := place(o[0], fyne.Position{}, size.Width)
	place(o[1], fyne.NewPos(0, below+base.Padding()), size.Width)
}

// Columns is a grid of so many columns at most: fewer where each would be narrower than what stands in it. It stands in a Wrapped.
func Columns(most int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnsLayout{most: most}, objects...)
}

type columnsLayout struct {
	most  int
	width float32 // the last that was given; 0: none yet
}

// cell is what the largest object asks for; in is how many columns fit.
func (l *columnsLayout) cell(objects []fyne.CanvasObject) (cell fyne.Size, in, shown int) {
	for _, o := range objects {
		if o.Visible() {
			cell, shown = cell.Max(o.MinSize()), shown+1
		}
	}
	for in = l.most; in > 1 && l.width > 0 && cell.Width*float32(in)+base.Padding()*float32(in-1) > l.width; in-- {
	}
	return cell, in, shown
}

func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	cell, in, shown := l.cell(objects)
	lines := float32((shown + in - 1) / in)
	return fyne.NewSize(cell.Width, max(0, lines*(cell.Height+base.Padding())-base.Padding()))
}

func (l *columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	cell, in, _ := l.cell(objects)
	width := (size.Width - base.Padding()*float32(in-1)) / float32(in)
	at := 0
	for _, o := range objects {
		if o.Visible() {
			o.Resize(fyne.NewSize(width, cell.Height))
			o.Move(fyne.NewPos(float32(at%in)*(width+base.Padding()), float32(at/in)*(cell.Height+base.Padding())))
			at++
		}
	}
}

// Between lays something out between what is above it and below it; either may be nil. Their texts wrap: how high they are is
// known for the width that they are given, and asked then, even when their contents have just been changed.
func Between(above *fyne.Container, middle fyne.CanvasObject, below *fyne.Container) *fyne.Container {
	l := betweenLayout{above, middle, below}
	c := container.New(l)
	for _, o := range []*fyne.Container{above, below} {
		if o != nil {
			c.Add(o)
		}
	}
	c.Add(middle)
	return c
}

type betweenLayout struct {
	above  *fyne.Container
	middle fyne.CanvasObject
	below  *fyne.Container
}

func (l betweenLayout) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		m := o.MinSize()
		size.Width, size.Height = max(size.Width, m.Width), size.Height+m.Height
	}
	return size
}

func (l betweenLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	y, room := float32(0), size.Height
	if l.above != nil {
		y = fit(l.above, size.Width)
		l.above.Move(fyne.NewPos(0, 0))
	}
	room -= y
	if l.below != nil {
		h := fit(l.below, size.Width)
		room -= h
		l.below.Move(fyne.NewPos(0, size.Height-h))
	}
	l.middle.Resize(fyne.NewSize(size.Width, max(room, 0)))
	l.middle.Move(fyne.NewPos(0, y))
}

// fit gives a pane of wrapped texts its width, and the height that it needs for it.
func fit(pane *fyne.Container, width float32) (height float32) {
	// Of a size that it has already, Resize would leave new texts without theirs.
	pane.Layout.Layout(pane.Objects, fyne.NewSize(width, pane.Size().Height))
	height = pane.MinSize().Height
	pane.Resize(fyne.NewSize(width, height))
	return height
}
