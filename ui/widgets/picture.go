package widgets

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
)

// Picture is the window that an object stands in, as an image, dialogs apart; nil for an object that stands in none. It is
// painted anew by the processor: what the graphics card shows cannot be read back everywhere (it comes out black on some
// screens, and under a virtual one). On the window's thread, a tenth of a second or so. nil too where the toolkit cannot paint
// something of it so: a picture is never worth the window.
func Picture(o fyne.CanvasObject) (shot image.Image) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil || c.Content() == nil {
		return nil
	}
	content := c.Content()
	size, place := content.Size(), content.Position()
	defer func() {
		content.Move(place)
		if recover() != nil {
			shot = nil
		}
	}()
	aside := software.NewCanvas()
	aside.SetPadded(false)
	aside.SetScale(c.Scale())
	aside.Resize(size) // before the content is given, which is then laid out as it is already
	aside.SetContent(content)
	return aside.Capture()
}
