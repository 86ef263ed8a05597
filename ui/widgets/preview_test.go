package widgets_test

import (
	"context"
	"image"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/widgets"
)

// A sentence in place of a page stays within its pane, on as many lines as it takes.
func TestASentenceStaysInItsPreview(t *testing.T) {
	test.NewTempApp(t)
	p := widgets.NewPreview(func(f func()) { f() }, func(int, int) string { return "" })
	w := test.NewTempWindow(t, container.NewStack(p))
	w.Resize(fyne.NewSize(300, 400))
	p.Say(strings.Repeat("Cette page ne peut pas être affichée. ", 6))
	var label *widgets.Label
	shelltest.Each(p, func(o fyne.CanvasObject) {
		if l, is := o.(*widgets.Label); is && l.Text != "" {
			label = l
		}
	})
	if label == nil {
		t.Fatal("nothing is said")
	}
	one := widgets.NewLabel("Cette").MinSize().Height
	if size := label.Size(); size.Width > 300 || size.Height < 3*one || label.Position().Y < one {
		t.Errorf("%v at %v", size, label.Position())
	}
}

// drawn are pages that tell which of them were drawn, each of a height of its own.
type drawn struct {
	mu    sync.Mutex
	pages []int
}

func (d *drawn) Pages() int { return 9 }

func (d *drawn) Render(_ context.Context, page, width int) (image.Image, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pages = append(d.pages, page)
	return image.NewRGBA(image.Rect(0, 0, width, width+page)), nil
}

func (d *drawn) times(page int) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.pages {
		if p == page {
			n++
		}
	}
	return n
}

// The page that one turns to was drawn while the former was read, and is there at once, sharp and to the pixel.
func TestTheNextPageIsThere(t *testing.T) {
	test.NewTempApp(t)
	todo := make(chan func(), 16)
	work := func(n int) {
		t.Helper()
		for range n {
			select {
			case f := <-todo:
				f()
			case <-time.After(20 * time.Second):
				t.Fatal("nothing more is drawn")
			}
		}
	}
	p := widgets.NewPreview(func(f func()) { todo <- f }, func(int, int) string { return "" })
	w := test.NewTempWindow(t, container.NewStack(p))
	w.Resize(fyne.NewSize(900, 700))
	shown := func() (found image.Image) {
		shelltest.Each(p, func(o fyne.CanvasObject) {
			if i, is := o.(*canvas.Image); is && i.Image != nil {
				found = i.Image
			}
		})
		return found
	}
	isSharp := func(page int) bool {
		img := shown()
		return img != nil && img.Bounds().Dx() > 600 && img.Bounds().Dy() == img.Bounds().Dx()+page
	}
	doc := &drawn{}
	p.SetDocument(doc)
	work(3) // the rough image, the sharp one, the next page
	if !isSharp(0) || doc.times(1) != 1 {
		t.Fatalf("the first page: sharp %v, the next drawn %d times", isSharp(0), doc.times(1))
	}
	if p.Turn(1); !isSharp(1) || doc.times(1) != 1 {
		t.Errorf("the second page: sharp %v, drawn %d times", isSharp(1), doc.times(1))
	}
	work(2) // the third, and the first again
	p.SetDocument(&drawn{})
	if p.Turn(1); isSharp(1) {
		t.Error("a page of the former document is shown")
	}
}
