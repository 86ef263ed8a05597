package widgets

import (
	"context"
	"image"
	"image/color"
	"maps"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/theme"
)

// Pages is a document the preview can draw; pageimage.Document is one. Render runs off the window's thread.
type Pages interface {
	Pages() int
	Render(ctx context.Context, page, width int) (image.Image, error)
}

// Preview shows the pages of a document, one at a time on a grey desk: a rough image at once, the sharp one after. The pages
// beside the one in view are drawn before they are asked for, so that turning to them waits for nothing.
// Keys: Space and PageDown the next page (OnEnd after the last), PageUp the former, Home, End, + and - zoom, 0 whole width;
// of scans (Adjustable) r turns, c strengthens the contrast.
type Preview struct {
	widget.BaseWidget
	OnEnd   func()             // Space on the last page
	OnPage  func(page int)     // a page, from 0, is shown
	OnError func(error) string // the sentence shown instead of the page
	// OnPoint is told where on a page, from its top left corner and as shares of it, a person clicks.
	OnPoint func(page int, x, y float32)
	// OnCarry is told once the mouse drags a page out of the preview, while the button is still held.
	OnCarry func()
	pull    pull
	label   func(page, n int) string
	do      func(func())
	doc     Pages
	page    int
	zoom    float32
	cancel  context.CancelFunc
	image   *canvas.Image
	mark    *canvas.Rectangle // see Mark
	marked  struct {
		page       int
		x, y, w, h float32
	}
	sheet   *fyne.Container
	desk    *canvas.Rectangle
	ring    *canvas.Rectangle
	scroll  *container.Scroll
	counter *Label
	message *Label
	middle  *fyne.Container // of the message
	bar     *fyne.Container // pages and zoom, when there are pages
	frame   *fyne.Container // the pages above their bar
	box     fyne.CanvasObject
	drawn   int // width of the last image asked for, in pixels
	near    near

	adjustable bool // it shows scans
	quarters   int  // clockwise turns, of a quarter
	contrast   bool
}

// NewPreview makes an empty preview. do brings a function to the window's thread; label writes «Page 2 sur 7».
func NewPreview(do func(func()), label func(page, n int) string) *Preview {
	p := &Preview{do: do, label: label, zoom: 1, cancel: func() {}, image: canvas.NewImageFromImage(nil),
		desk: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent), counter: NewLabel(""), message: NewLabel("")}
	p.image.FillMode, p.image.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleSmooth
	p.ring.StrokeWidth = 2
	p.ring.Hide()
	p.message.Alignment, p.message.Wrapping = fyne.TextAlignCenter, fyne.TextWrapWord
	p.mark = canvas.NewRectangle(color.Transparent)
	p.mark.StrokeWidth = 2
	p.mark.Hide()
	p.sheet = container.NewWithoutLayout(p.image, p.mark)
	p.scroll = container.NewScroll(container.New(&sheetLayout{p}, p.sheet))
	p.bar = container.New(&barLayout{},
		NewButton("", base.NavigateBackIcon(), func() { p.Turn(-1) }), p.counter, NewButton("", base.NavigateNextIcon(), func() { p.Turn(1) }),
		NewButton("", base.ZoomOutIcon(), func() { p.Zoom(0.8) }), NewButton("", base.ZoomInIcon(), func() { p.Zoom(1.25) }))
	p.middle = container.New(middleLayout{}, p.message)
	p.frame = container.NewBorder(nil, p.bar, nil, nil, p.scroll, p.middle)
	p.box = container.NewStack(p.desk, p.frame, p.ring)
	p.bar.Hide()
	p.ExtendBaseWidget(p)
	p.paint()
	return p
}

// SetDocument shows another document from its first page; nil shows nothing.
func (p *Preview) SetDocument(d Pages) {
	p.doc, p.page, p.zoom, p.drawn, p.quarters, p.near = d, 0, 1, 0, 0, near{}
	p.image.Image = nil
	p.show()
}

// Say shows a sentence instead of pages.
func (p *Preview) Say(text string) {
	p.SetDocument(nil)
	p.say(text)
}

func (p *Preview) say(text string) {
	p.message.SetText(text)
	p.middle.Refresh()
}

// Adjustable adds to the bar what scans of old registers ask for: turning, contrast. The contrast stays from one document to
// the next. turn and contrast name the buttons for who does not see them.
func (p *Preview) Adjustable(turn, contrast string) {
	p.adjustable = true
	r, c := NewButton(turn, base.ViewRefreshIcon(), p.Rotate), NewButton(contrast, base.VisibilityIcon(), p.Contrast)
	p.bar.Objects = append(p.bar.Objects, r, c)
}

// Rotate turns the pages by a quarter, clockwise.
func (p *Preview) Rotate() {
	if p.adjustable {
		p.quarters = (p.quarters + 1) % 4
		p.show()
	}
}

// Contrast strengthens the contrast, or no more.
func (p *Preview) Contrast() {
	if p.adjustable {
		p.contrast = !p.contrast
		p.show()
	}
}

// Page returns the page in view, from 0.
func (p *Preview) Page() int { return p.page }

// Turn goes on by n pages, kept within the document. It tells whether the page changed.
func (p *Preview) Turn(n int) bool {
	if p.doc == nil {
		return false
	}
	to := min(max(p.page+n, 0), p.doc.Pages()-1)
	if to == p.page {
		return false
	}
	p.page, p.drawn = to, 0
	p.show()
	return true
}

// Zoom multiplies the zoom; the page at full width is 1.
func (p *Preview) Zoom(by float32) {
	p.zoom = min(max(p.zoom*by, 0.4), 4)
	p.show()
}

// Stop ends the drawing under way; call it when the page of the window is hidden.
func (p *Preview) Stop() { p.cancel() }

func (p *Preview) show() {
	p.cancel()
	p.message.SetText("")
	if hidden := p.doc == nil; p.bar.Hidden != hidden {
		p.bar.Hidden = hidden
		p.frame.Refresh() // its room is given or taken
	}
	if p.doc == nil {
		p.image.Image = nil
		p.counter.SetText("")
		p.image.Refresh()
		return
	}
	p.counter.SetText(p.label(p.page+1, p.doc.Pages()))
	if p.OnPage != nil {
		p.OnPage(p.page)
	}
	width := p.pixels()
	if width < 50 {
		return // not laid out yet: Resize calls again
	}
	p.drawn = width
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	doc, page, look := p.doc, p.page, adjustment{p.quarters, p.contrast}
	p.near.around(page, width)
	there := p.near.images[page]
	if there != nil && look == (adjustment{}) {
		p.apply(ctx, there, nil)
	}
	go func() {
		if there == nil && width > 600 && p.draw(ctx, doc, page, width/4, look) != nil {
			return
		}
		if (there == nil || look != (adjustment{})) && p.draw(ctx, doc, page, width, look) != nil {
			return // apply told it
		}
		p.drawNear(ctx, doc, page, width)
	}()
}

// nearWidth is how wide pages are drawn before they are asked for, at most: wider ones take too much memory.
const nearWidth = 1600

// near are pages beside the one in view.
type near struct {
	width  int
	images map[int]image.Image
}

// around forgets what is not beside a page, at a width in pixels.
func (n *near) around(page, width int) {
	if n.width != width {
		*n = near{width: width, images: map[int]image.Image{}}
	}
	maps.DeleteFunc(n.images, func(i int, _ image.Image) bool { return i < page-1 || i > page+1 })
}

// drawNear draws the pages beside one, the next first. What fails is told once it is asked for.
func (p *Preview) drawNear(ctx context.Context, doc Pages, page, width int) {
	if width > nearWidth {
		return
	}
	for _, i := range []int{page + 1, page - 1} {
		if i < 0 || i >= doc.Pages() {
			continue
		}
		img, err := doc.Render(ctx, i, width)
		if err != nil {
			return
		}
		p.do(func() {
			if ctx.Err() == nil { // else another page is in view, or another document
				p.near.images[i] = img
			}
		})
	}
}

func (p *Preview) draw(ctx context.Context, doc Pages, page, width int, look adjustment) error {
	img, err := doc.Render(ctx, page, width)
	if err == nil {
		img = look.of(img)
	}
	p.do(func() { p.apply(ctx, img, err) })
	return err
}

func (p *Preview) apply(ctx context.Context, img image.Image, err error) {
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		p.image.Image = nil
		if p.OnError != nil {
			p.say(p.OnError(err))
		}
	} else {
		p.image.Image = img
	}
	p.scroll.Content.Refresh()
	p.place()
	p.image.Refresh()
}

// pixels is the width to draw: the pane's, less the margins, by zoom and the screen's scale.
func (p *Preview) pixels() int { return int((p.scroll.Size().Width - 32) * p.zoom * p.scale()) }

func (p *Preview) scale() float32 {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		return c.Scale()
	}
	return 1
}

// sheetSize is the size of the page in view. A sharp image has its own size to the pixel: anything else, and Fyne would scale all
// of it anew, which takes longer than drawing the page.
func (p *Preview) sheetSize() fyne.Size {
	if p.image.Image == nil {
		return fyne.NewSize(1, 1)
	}
	b := p.image.Image.Bounds()
	if scale := p.scale(); b.Dx() == p.pixels() {
		return fyne.NewSize(float32(b.Dx())/scale, float32(b.Dy())/scale)
	}
	w := (p.scroll.Size().Width - 32) * p.zoom
	return fyne.NewSize(w, w*float32(b.Dy())/float32(max(b.Dx(), 1)))
}

func (p *Preview) place() {
	p.scroll.Content.Resize(p.scroll.Content.MinSize().Max(p.scroll.Size()))
	p.scroll.Refresh()
}

// middleLayout sets a wrapped text halfway down, as wide as its pane: no wider, whatever it says.
type middleLayout struct{}

func (middleLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, 1) }

func (middleLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Resize(fyne.NewSize(s.Width, 0)) // its height follows from its width
	height := o[0].MinSize().Height
	o[0].Resize(fyne.NewSize(s.Width, height))
	o[0].Move(fyne.NewPos(0, max(0, (s.Height-height)/2)))
}

type sheetLayout struct{ p *Preview }

func (l *sheetLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	s := l.p.sheetSize()
	if l.p.zoom <= 1 {
		s.Width = 1
	}
	return s.AddWidthHeight(32*(l.p.zoom-0.999)/4, 32)
}

func (l *sheetLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	sheet := l.p.sheetSize()
	o[0].Resize(sheet)
	o[0].Move(fyne.NewPos(max(0, (s.Width-sheet.Width)/2), 16))
	l.p.image.Resize(sheet)
	l.p.placeMark(sheet)
}

// Mark frames a part of a page, in shares of it; a part without width takes the frame away.
func (p *Preview) Mark(page int, x, y, w, h float32) {
	p.marked.page, p.marked.x, p.marked.y, p.marked.w, p.marked.h = page, x, y, w, h
	p.placeMark(p.sheetSize())
	p.mark.Refresh()
}

func (p *Preview) placeMark(sheet fyne.Size) {
	m := p.marked
	p.mark.Hidden = m.w == 0 || m.page != p.page || p.image.Image == nil
	p.mark.Move(fyne.NewPos(m.x*sheet.Width, m.y*sheet.Height))
	p.mark.Resize(fyne.NewSize(m.w*sheet.Width, m.h*sheet.Height))
}

// Resize draws again when the width changed by more than a tenth.
func (p *Preview) Resize(s fyne.Size) {
	p.BaseWidget.Resize(s)
	if w := p.pixels(); p.doc != nil && (w > p.drawn*11/10 || w < p.drawn*9/10) {
		p.show()
	}
}

func (p *Preview) paint() {
	p.mark.StrokeColor, p.mark.FillColor = theme.Of(theme.ColorRing), theme.Of(base.ColorNameFocus)
	p.desk.FillColor, p.ring.StrokeColor = theme.Of(theme.ColorDesk), theme.Of(theme.ColorRing)
}

// Refresh follows the theme.
func (p *Preview) Refresh() {
	p.paint()
	p.desk.Refresh()
	p.BaseWidget.Refresh()
}

// FocusGained shows the ring.
func (p *Preview) FocusGained() { p.ring.Show(); p.ring.Refresh() }

// FocusLost hides the ring.
func (p *Preview) FocusLost() { p.ring.Hide(); p.ring.Refresh() }

// Tapped takes the focus, and tells where on the page it was.
func (p *Preview) Tapped(e *fyne.PointEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(p)
	if c == nil {
		return
	}
	c.Focus(p)
	if p.OnPoint == nil || p.image.Image == nil {
		return
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.image)
	x, y := (e.AbsolutePosition.X-at.X)/p.image.Size().Width, (e.AbsolutePosition.Y-at.Y)/p.image.Size().Height
	if x >= 0 && x <= 1 && y >= 0 && y <= 1 {
		p.OnPoint(p.page, x, y)
	}
}

// Dragged carries the document once it is far enough.
func (p *Preview) Dragged(e *fyne.DragEvent) {
	if begins := p.pull.further(e); begins && p.OnCarry != nil && p.image.Image != nil {
		p.OnCarry()
	}
}

// DragEnd lets it go. A press that moved a little is one all the same.
func (p *Preview) DragEnd() {
	if last := p.pull.last; p.pull.end() {
		p.Tapped(&fyne.PointEvent{Position: last, AbsolutePosition: fyne.CurrentApp().Driver().AbsolutePositionForObject(p).Add(last)})
	}
}

// Cursor is the default one.
func (p *Preview) Cursor() desktop.Cursor { return desktop.DefaultCursor }

// TypedRune zooms.
func (p *Preview) TypedRune(r rune) {
	switch r {
	case '+':
		p.Zoom(1.25)
	case '-':
		p.Zoom(0.8)
	case '0', 'à':
		p.zoom = 1
		p.show()
	case 'r':
		p.Rotate()
	case 'c':
		p.Contrast()
	}
}

// TypedKey turns pages and scrolls.
func (p *Preview) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyPageDown:
		if !p.Turn(1) && e.Name == fyne.KeySpace && p.OnEnd != nil {
			p.OnEnd()
		}
	case fyne.KeyPageUp:
		p.Turn(-1)
	case fyne.KeyHome:
		p.Turn(-1 << 30)
	case fyne.KeyEnd:
		p.Turn(1 << 30)
	case fyne.KeyDown:
		p.scrollBy(60)
	case fyne.KeyUp:
		p.scrollBy(-60)
	default:
		passKey(p, e)
	}
}

func (p *Preview) scrollBy(dy float32) {
	p.scroll.ScrollToOffset(fyne.NewPos(p.scroll.Offset.X, p.scroll.Offset.Y+dy))
}

// CreateRenderer is Fyne's.
func (p *Preview) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.box) }

// AccessibilityLabel tells the page in view.
func (p *Preview) AccessibilityLabel() string {
	return p.counter.Text + " " + strconv.Itoa(int(p.zoom*100)) + " %"
}

// AccessibilityRole is container.
func (p *Preview) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// barLayout has the bar of a preview at the middle: back, the page's number, forward, then what may be done without. Where there
// is no room for all, the last go first, and the number last of all.
type barLayout struct{}

func (barLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	back, on := o[0].MinSize(), o[2].MinSize()
	return fyne.NewSize(back.Width+on.Width+base.Padding(), max(back.Height, o[1].MinSize().Height))
}

func (barLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	width := func(shown []fyne.CanvasObject) (w float32) {
		for _, b := range shown {
			w += b.MinSize().Width + base.Padding()
		}
		return w - base.Padding()
	}
	shown := slices.Clone(o)
	for len(shown) > 3 && width(shown) > size.Width {
		shown = shown[:len(shown)-1]
	}
	if width(shown) > size.Width {
		shown = slices.Delete(shown, 1, 2)
	}
	x := (size.Width - width(shown)) / 2
	for _, b := range o {
		if fits := slices.Contains(shown, b); fits != b.Visible() {
			if fits {
				b.Show()
			} else {
				b.Hide()
			}
		}
	}
	for _, b := range shown {
		b.Move(fyne.NewPos(x, 0))
		b.Resize(fyne.NewSize(b.MinSize().Width, size.Height))
		x += b.MinSize().Width + base.Padding()
	}
}
