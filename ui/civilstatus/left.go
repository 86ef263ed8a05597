package civilstatus

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// The least that the list has on a low window, and what stays of the buttons below it: they scroll.
const (
	leastList = 170
	leastFoot = 56
)

// leftLayout lays the list out between the parts of the queue and the buttons, which give it room where the window is low.
// Its objects are those three; buttons are what the last one scrolls.
type leftLayout struct{ buttons fyne.CanvasObject }

func (l leftLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := max(objects[0].MinSize().Width, objects[1].MinSize().Width, l.buttons.MinSize().Width)
	return fyne.NewSize(width, objects[0].MinSize().Height+2*leastFoot)
}

func (l leftLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	above := objects[0].MinSize().Height
	room := size.Height - above - 2*base.Padding()
	below := min(l.buttons.MinSize().Height, max(room-leastList, leastFoot))
	y := float32(0)
	for i, height := range []float32{above, max(room-below, 0), below} {
		objects[i].Move(fyne.NewPos(0, y))
		objects[i].Resize(fyne.NewSize(size.Width, height))
		y += height + base.Padding()
	}
}
