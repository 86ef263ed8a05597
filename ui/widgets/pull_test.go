package widgets_test

import (
	"context"
	"image"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/widgets"
)

// A row is ticked by a press on its mark; a press elsewhere chooses it, however much the hand trembles; a drag carries it once,
// from where it began.
func TestListByTheMouse(t *testing.T) {
	l, w, _ := list(t)
	var carried []int
	l.OnCarry = func(row int) { carried = append(carried, row) }
	row := func(i int) fyne.Position {
		height := widgets.NewRow(true).MinSize().Height + l.Theme().Size("padding")
		return fyne.NewPos(150, height*(float32(i)+0.5))
	}
	test.TapCanvas(w.Canvas(), row(2))
	if l.Cursor() != 2 || len(l.Ticked()) != 0 {
		t.Errorf("a press: row %d, %v ticked", l.Cursor(), l.Ticked())
	}
	mark := row(3)
	mark.X = 16
	test.TapCanvas(w.Canvas(), mark)
	if !slices.Equal(l.Ticked(), []int{3}) {
		t.Errorf("a press on the mark: %v ticked", l.Ticked())
	}
	test.Drag(w.Canvas(), row(1), 3, 3)
	if l.Cursor() != 1 || carried != nil {
		t.Errorf("a hand that trembles: row %d, %v carried", l.Cursor(), carried)
	}
	test.Drag(w.Canvas(), row(2), 60, 120)
	if !slices.Equal(carried, []int{2}) || l.Cursor() != 1 {
		t.Errorf("a drag: row %d, %v carried", l.Cursor(), carried)
	}
}

// What is ticked is so elsewhere when the rows are others, and that is told once.
func TestTicksFollowTheirRows(t *testing.T) {
	l, _, _ := list(t)
	var told []int
	l.OnTicked = func(n int) { told = append(told, n) }
	l.Tick(4, true)
	for range 2 {
		l.TickOnly(func(row int) bool { return row == 7 || row == 9 })
	}
	if got := l.Ticked(); !slices.Equal(got, []int{7, 9}) || !slices.Equal(told, []int{1, 2}) {
		t.Errorf("%v ticked, told %v", got, told)
	}
}

// white is a document of one white page.
type white struct{}

func (white) Pages() int { return 1 }
func (white) Render(_ context.Context, _, width int) (image.Image, error) {
	return image.NewRGBA(image.Rect(0, 0, width, width)), nil
}

// The page of a preview is carried by a drag, and pointed at by a press of a hand that trembles; the name of a file is carried too.
func TestCarriedByTheMouse(t *testing.T) {
	inLight(t)
	carried, pointed := 0, 0
	drawn := make(chan struct{}, 9)
	todo := make(chan func(), 9)
	p := widgets.NewPreview(func(f func()) { todo <- f; drawn <- struct{}{} }, func(int, int) string { return "" })
	p.OnCarry, p.OnPoint = func() { carried++ }, func(int, float32, float32) { pointed++ }
	w := test.NewTempWindow(t, p)
	w.Resize(fyne.NewSize(400, 400))
	test.Drag(w.Canvas(), fyne.NewPos(200, 150), 40, 40)
	if carried != 0 {
		t.Error("nothing was carried")
	}
	p.SetDocument(white{})
	<-drawn
	(<-todo)()
	test.Drag(w.Canvas(), fyne.NewPos(200, 150), 40, 40)
	test.Drag(w.Canvas(), fyne.NewPos(200, 150), 3, 2)
	if carried != 1 || pointed != 1 {
		t.Errorf("carried %d times, pointed %d times", carried, pointed)
	}
	p.Stop()
	named := 0
	w.SetContent(widgets.NewCarrier(widget.NewLabel("convention.pdf"), func() { named++ }))
	test.Drag(w.Canvas(), fyne.NewPos(30, 15), 3, 3)
	test.Drag(w.Canvas(), fyne.NewPos(30, 15), 20, 3)
	if named != 1 {
		t.Errorf("the name was carried %d times", named)
	}
}
