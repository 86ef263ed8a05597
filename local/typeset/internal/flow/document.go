package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The page: A4, with room at the left for binding.
const (
	PageWidth    = 210.0
	PageHeight   = 297.0
	MarginLeft   = 25.0
	MarginRight  = 20.0
	MarginTop    = 20.0
	MarginBottom = 22.0
	// Measure is the width of the text.
	Measure = PageWidth - MarginLeft - MarginRight
	// Depth is the height of the text. A little is kept for rounding.
	Depth = PageHeight - MarginTop - MarginBottom - 0.5
)

// Bounds of a document. They stop what no town hall prints, long before the machine suffers.
const (
	MaxBytes = 32 << 20 // of text
	MaxPages = 10_000
)

// ErrTooLong is returned for a document beyond MaxBytes or MaxPages.
var ErrTooLong = errors.New("the document is too long to be printed")

// Document is what is to be set.
type Document struct {
	Title, Author, Subject string
	Printed                time.Time // the PDF's date
	// Archival: the document claims PDF/A-2b. One that is to be signed by another program makes no claim for what it adds.
	Archival bool
	Body     []Block
	// Furniture gives what stands around the text of a page (head, foot, banner), in the coordinates of the text:
	// above it y is negative. It may be nil.
	Furniture func(page, pages int) []Item
}

// Box is a place left empty on a page, in PDF points from the page's lower left corner.
type Box struct {
	Name       string
	Page       int // from 1
	X, Y, W, H float64
}

// Result is a document set.
type Result struct {
	PDF     []byte
	Pages   int
	Boxes   []Box
	Missing []rune // characters that no face has, printed as U+FFFD, in the order met
}

// Set lays the document out and writes it.
func Set(ctx context.Context, d Document) (Result, error) {
	all, err := loadMetrics()
	if err != nil {
		return Result{}, err
	}
	c := &composer{ctx: ctx, metrics: all, tree: []element{{role: document, parent: -1}}}
	strips := c.all(d.Body, Measure, 0)
	if err := c.failure(); err != nil {
		return Result{}, err
	}
	pages, err := paginate(ctx, strips)
	if err != nil {
		return Result{}, err
	}
	w := &writer{composer: c, printed: d.Printed, pages: pages, furniture: make([][]Item, len(pages))}
	for i := range pages {
		if d.Furniture != nil {
			w.furniture[i] = d.Furniture(i+1, len(pages))
		}
	}
	whole, err := w.chunk(ctx, "F")
	if err != nil {
		return Result{}, err
	}
	f := &finisher{document: d}
	for i := range pages {
		f.leaves = append(f.leaves, leaf{{whole, i}})
	}
	return Result{PDF: f.bytes(), Pages: len(pages), Boxes: boxes(pages), Missing: c.missing}, nil
}

// composer holds what laying out gathers.
type composer struct {
	ctx     context.Context
	metrics [faceCount]*metrics
	used    [faceCount]bool
	tree    []element
	missing []rune
	runes   int // bytes of text met
}

// element is a node of the structure tree; the first is the document.
type element struct {
	role   Role
	parent int
}

func (c *composer) element(role Role, parent int) int {
	if parent == artifact {
		return artifact
	}
	c.tree = append(c.tree, element{role, parent})
	return len(c.tree) - 1
}

func (c *composer) lacks(r rune) {
	if !slices.Contains(c.missing, r) && len(c.missing) < 1000 {
		c.missing = append(c.missing, r)
	}
}

// all sets blocks one under another. It stops early, with what it has, once the work is called off or too long:
// failure then tells why.
func (c *composer) all(blocks []Block, width float64, parent int) []strip {
	var out []strip
	for _, b := range blocks {
		if c.failure() != nil {
			return out
		}
		out = append(out, b.strips(c, width, parent)...)
	}
	return out
}

func (c *composer) failure() error {
	if c.runes > MaxBytes {
		return fmt.Errorf("%w: more than %d bytes of text", ErrTooLong, MaxBytes)
	}
	return c.ctx.Err()
}

// placed is a strip at its height on a page.
type placed struct {
	strip
	y float64
}

type sheet []placed

// paginate puts strips on pages. Strips tied together go over together, unless they fill more than a page.
func paginate(ctx context.Context, strips []strip) ([]sheet, error) {
	pages := []sheet{nil}
	y := 0.0
	turn := func() { pages, y = append(pages, nil), 0 }
	for i := 0; i < len(strips); {
		if len(pages) > MaxPages {
			return nil, fmt.Errorf("%w: more than %d pages", ErrTooLong, MaxPages)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if strips[i].newPage {
			if y > 0 {
				turn()
			}
			i++
			continue
		}
		n, height := chain(strips[i:], y)
		if y > 0 && y+height > Depth {
			turn()
			y = repeat(pages, strips[i].head)
			if n, height = chain(strips[i:], y); y+height > Depth {
				n = 1 // taller than a page: parted all the same
			}
		} else if y == 0 && height > Depth {
			n = 1
		}
		for _, s := range strips[i : i+n] {
			if y > 0 {
				y += s.before
			}
			pages[len(pages)-1] = append(pages[len(pages)-1], placed{s, y})
			y += s.height
		}
		i += n
	}
	for len(pages) > 1 && len(pages[len(pages)-1]) == 0 {
		pages = pages[:len(pages)-1]
	}
	return pages, nil
}

// chain counts the strips tied to the first, itself included, and their height when they begin at y.
func chain(strips []strip, y float64) (n int, height float64) {
	for n = range strips {
		if strips[n].newPage {
			return n, height
		}
		if y+height > 0 {
			height += strips[n].before
		}
		height += strips[n].height
		if !strips[n].keep {
			break
		}
	}
	// Room below the last strip is not needed at the foot of a page.
	return n + 1, height
}

// repeat draws a table's head again at the head of the last page and gives the height it takes.
func repeat(pages []sheet, head []strip) float64 {
	y := 0.0
	for _, s := range head {
		pages[len(pages)-1] = append(pages[len(pages)-1], placed{s, y})
		y += s.height
	}
	return y
}

// boxes tells where the boxes came to stand.
func boxes(pages []sheet) []Box {
	var out []Box
	for i, page := range pages {
		for _, p := range page {
			for _, b := range p.boxes {
				out = append(out, Box{
					Name: b.Name, Page: i + 1,
					X: (MarginLeft + b.X) / pt, Y: (PageHeight - MarginTop - furnitureHeight - p.y - b.Y - b.H) / pt,
					W: b.W / pt, H: b.H / pt,
				})
			}
		}
	}
	return out
}
