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
