package pageimage

import (
	"context"
	"image"
	"image/color"

	"alpi40.fr/airial/local/pageimage/difference"
)

const (
	// comparedWidth is at what width pages are held against each other, in pixels: a letter of 6 points still differs.
	comparedWidth = 800
	// MaxCompared is how many pages are compared.
	MaxCompared = 300
)

// Comparison is two states of a document, page beside page: those that look different
// first. It is a document of its own that can be shown.
type Comparison struct {
	before, after *Document
	// Changed are the pages that differ, in order; they are the first to be shown.
	Changed []Change
	// Compared is how many pages were looked at, of Total.
	Compared, Total int
	order           []int
}

// Change is a page that looks different.
type Change struct {
	// Page counts from 0.
	Page int
	// Areas are where, in pixels of a page Width pixels wide.
	Areas []image.Rectangle
	Width int
	// Added and Removed tell a page that only one of the two has.
	Added, Removed bool
}

// Compare draws the pages of two states of a document and finds where they differ; progress
// may be nil. Errors: those of Render.
func Compare(ctx context.Context, before, after *Document, progress func(done, of int)) (*Comparison, error) {
	c := &Comparison{before: before, after: after, Total: max(before.Pages(), after.Pages())}
	c.Compared = min(c.Total, MaxCompared)
	var same []int
	for page := range c.Compared {
		if progress != nil {
			progress(page, c.Compared)
		}
		change, err := c.look(ctx, page)
		if err != nil {
			return nil, err
		}
		if change == nil {
			same = append(same, page)
			continue
		}
		c.Changed = append(c.Changed, *change)
		c.order = append(c.order, page)
	}
	c.order = append(c.order, same...)
	return c, nil
}

// look compares a page; nil when it looks the same.
func (c *Comparison) look(ctx context.Context, page int) (*Change, error) {
	was, is, err := c.both(ctx, page, comparedWidth)
	if err != nil {
		return nil, err
	}
	change := &Change{Page: page, Added: was == nil, Removed: is == nil}
	switch {
	case was == nil:
		change.Areas, change.Width = []image.Rectangle{{Max: is.Bounds().Size()}}, is.Bounds().Dx()
	case is == nil:
		change.Areas, change.Width = []image.Rectangle{{Max: was.Bounds().Size()}}, was.Bounds().Dx()
	default:
		change.Areas, change.Width = difference.Areas(was, is), is.Bounds().Dx()
	}
	if len(change.Areas) == 0 {
		return nil, nil
	}
	return change, nil
}

// both draws a page of the two states, nil where it is not.
func (c *Comparison) both(ctx context.Context, page, width int) (was, is image.Image, err error) {
	if page < c.before.Pages() {
		if was, err = c.before.Render(ctx, page, width); err != nil {
			return nil, nil, err
		}
	}
	if page < c.after.Pages() {
		is, err = c.after.Render(ctx, page, width)
	}
	return was, is, err
}

// Pages is how many pages can be shown, those that differ first.
func (c *Comparison) Pages() int { return c.Compared }

// Number is the number in the document, from 0, of a page that is shown.
func (c *Comparison) Number(shown int) int { return c.order[min(max(shown, 0), len(c.order)-1)] }

// Render draws a page of both states side by side, the first at the left, with what differs framed.
func (c *Comparison) Render(ctx context.Context, shown, width int) (image.Image, error) {
	if shown < 0 || shown >= len(c.order) {
		return nil, ErrNoPage
	}
	gap := max(width/40, 4)
	was, is, err := c.both(ctx, c.order[shown], (width-gap)/2)
	if err != nil {
		return nil, err
	}
	var areas []image.Rectangle
	if shown < len(c.Changed) {
		drawn := was
		if drawn == nil || is != nil {
			drawn = is
		}
		areas = scaled(c.Changed[shown].Areas, drawn.Bounds().Dx(), c.Changed[shown].Width)
	}
	return difference.SideBySide(was, is, areas, difference.Look{Desk: desk, Frame: frame, Gap: gap, Line: max(2, width/500)}), nil
}

// The colours are those of paper, not of the window: the images may be printed.
var (
	desk  = color.RGBA{0x9a, 0xa0, 0xa6, 0xff}
	frame = color.RGBA{0xc6, 0x28, 0x28, 0xff}
)

// scaled brings areas from a page of one width to another's.
func scaled(areas []image.Rectangle, to, from int) []image.Rectangle {
	out := make([]image.Rectangle, len(areas))
	for i, a := range areas {
		out[i] = image.Rect(a.Min.X*to/from, a.Min.Y*to/from, (a.Max.X*to+from-1)/from, (a.Max.Y*to+from-1)/from)
	}
	return out
}
