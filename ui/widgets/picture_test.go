package widgets

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// The picture of a window shows what is in it, at its size, and leaves it where it was.
func TestPicture(t *testing.T) {
	test.NewTempApp(t)
	pine := color.NRGBA{R: 20, G: 90, B: 60, A: 255}
	mark := canvas.NewRectangle(pine)
	mark.SetMinSize(fyne.NewSize(80, 40))
	w := test.NewTempWindow(t, container.NewBorder(mark, nil, nil, nil, widget.NewLabel("Assistance")))
	w.Resize(fyne.NewSize(400, 300))
	content := w.Canvas().Content()
	size, place := content.Size(), content.Position()
	shot := Picture(mark)
	if shot == nil || float32(shot.Bounds().Dx()) != size.Width || float32(shot.Bounds().Dy()) != size.Height {
		t.Fatalf("%v of %v", shot, size)
	}
	if got := color.NRGBAModel.Convert(shot.At(20, 20)); got != pine {
		t.Errorf("the mark is %v", got)
	}
	seen := map[color.Color]bool{}
	for y := range shot.Bounds().Dy() {
		for x := range shot.Bounds().Dx() {
			seen[shot.At(x, y)] = true
		}
	}
	if len(seen) < 5 { // the letters have edges
		t.Errorf("%d colours", len(seen))
	}
	if content.Size() != size || content.Position() != place || fyne.CurrentApp().Driver().CanvasForObject(mark) != w.Canvas() {
		t.Errorf("the window was moved: %v at %v", content.Size(), content.Position())
	}
}
