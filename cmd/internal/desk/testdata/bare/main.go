// bare is the least that Fyne can show: what the desk's window is measured against.
package main

import (
	"fmt"
	"image"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

func main() {
	w := app.NewWithID("fr.alpi40.bare").NewWindow("bare")
	told := false
	drawn := canvas.NewRaster(func(w, h int) image.Image {
		if !told {
			told = true
			fmt.Println("drawn")
		}
		return image.NewRGBA(image.Rect(0, 0, w, h))
	})
	w.SetContent(container.NewStack(widget.NewLabel("Bonjour"), container.NewWithoutLayout(drawn)))
	drawn.Resize(fyne.NewSize(1, 1))
	w.Resize(fyne.NewSize(1180, 700))
	go func() {
		var b [1]byte
		_, _ = os.Stdin.Read(b[:]) // until whoever measures lets go
		fyne.Do(w.Close)
	}()
	w.ShowAndRun()
}
