package flow

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Part is a run of pages that is laid out and written on its own, beside others.
type Part struct {
	// Title stands in the reader's outline; empty: the part has no entry there.
	Title string
	// Body is made when the part is set, and forgotten after. Several may be called at once.
	Body func() []Block
	// Recto: the part begins on the front of a sheet printed on both sides.
	Recto bool
	// Counted only: the part takes its pages in the count and is not written.
	Counted bool
}

// Book is a document of thousands of pages. It takes the memory of a few of its parts and of the finished file.
type Book struct {
	Title, Author, Subject string
	Printed                time.Time
	Archival               bool // see Document; a book with plates makes no claim
	Parts                  []Part
	// Back is made once the parts are set, from the page of each Anchor; Front then, from the number of pages of parts and
	// back together. Front's own pages are not counted. Both may be nil.
	Back  func(places map[Anchor]int) []Part
	Front func(pages int) []Part
	// Furniture gives what stands around the text of a page; see Document. On a Blank one it may say so.
	Furniture func(Leaf) []Item
	// Progress is told how many parts are set; it may be nil. Calls do not overlap.
	Progress func(done, of int)
}

// Leaf tells which page of a book one is.
type Leaf struct {
	Part  int // among Parts; -1 within front, len(Parts) within back
	Page  int // from 1; 0 within front
	Pages int // of parts and back
	Blank bool
}

// furnitureChunk is how many pages have their furniture written together.
const furnitureChunk = 250

// section is a part that has been set.
type section struct {
	chunk   *chunk
	pages   int
	missing []rune
	anchors map[Anchor]int // page within the part, from 1
}

// SetBook lays a book out and writes it. Its result names no boxes.
func SetBook(ctx context.Context, b Book) (Result, error) {
	all, err := loadMetrics()
	if err != nil {
		return Result{}, err
	}
	s := &binder{book: b, metrics: all}
	return s.set(ctx)
}

// binder puts parts together.
type binder struct {
	book    Book
	metrics [faceCount]*metrics

	leaves    []leaf
	about     []Leaf
	bookmarks []bookmark
	missing   []rune
	page      int // the last one counted
}

func (s *binder) set(ctx context.Context) (Result, error) {
	main, err := s.sections(ctx, s.book.Parts, s.book.Progress)
	if err != nil {
		return Result{}, err
	}
	page, places := 0, map[Anchor]int{}
	for i, m := range main {
		page = opened(page, s.book.Parts[i].Recto)
		for a, at := range m.anchors {
			places[a] = page + at
		}
		page += m.pages
	}
	var back, front []Part
	if s.book.Back != nil {
		back = s.book.Back(places)
	}
	end, err := s.sections(ctx, back, nil)
	if err != nil {
		return Result{}, err
	}
	for i, m := range end {
		page = opened(page, back[i].Recto) + m.pages
	}
	if page > MaxPages {
		return Result{}, fmt.Errorf("%w: more than %d pages", ErrTooLong, MaxPages)
	}
	if s.book.Front != nil {
		front = s.book.Front(page)
	}
	begin, err := s.sections(ctx, front, nil)
	if err != nil {
		return Result{}, err
	}
	s.bindFront(front, begin)
	s.bind(s.book.Parts, main, 0)
	s.bind(back, end, len(s.book.Parts))
	if err := s.furnish(ctx, page); err != nil {
		return Result{}, err
	}
	f := &finisher{document: Document{Title: s.book.Title, Author: s.book.Author, Subject: s.book.Subject, Printed: s.book.Printed, Archival: s.book.Archival}, leaves: s.leaves, bookmarks: s.bookmarks}
	return Result{PDF: f.bytes(), Pages: len(s.leaves), Missing: s.missing}, nil
}

// opened is the page before a part that begins after page.
func opened(page int, recto bool) int {
	if recto && page%2 == 1 {
		page++
	}
	return page
}

// sections sets parts, as many at once as there are processors.
func (s *binder) sections(ctx context.Context, parts []Part, progress func(done, of int)) ([]section, error) {
	out := make([]section, len(parts))
	var mu sync.Mutex
	done := 0
	err := each(ctx, len(parts), func(ctx context.Context, i int) (err error) {
		out[i], err = s.section(ctx, parts[i])
		if progress != nil && err == nil {
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done, len(parts))
		}
		return err
	})
	return out, err
}

func (s *binder) section(ctx context.Context, p Part) (out section, err error) {
	c := s.composer(ctx)
	strips := c.all(p.Body(), Measure, 0)
	if err := c.failure(); err != nil {
		return out, err
	}
	pages, err := paginate(ctx, strips)
	if err != nil {
		return out, err
	}
	out.pages, out.missing, out.anchors = len(pages), c.missing, map[Anchor]int{}
	for i, page := range pages {
		for _, strip := range page {
			if strip.anchor != 0 {
				out.anchors[strip.anchor] = i + 1
			}
		}
	}
	if p.Counted {
		return out, nil
	}
	w := &writer{composer: c, printed: s.book.Printed, pages: pages}
	out.chunk, err = w.chunk(ctx, "F")
	return out, err
}

func (s *binder) composer(ctx context.Context) *composer {
	return &composer{ctx: ctx, metrics: s.metrics, tree: []element{{role: document, parent: -1}}}
}

// bindFront adds the leaves before page 1, which stands on the front of a sheet when the first part does.
func (s *binder) bindFront(parts []Part, sections []section) {
	recto := len(s.book.Parts) > 0 && s.book.Parts[0].Recto
	for i, m := range sections {
		if parts[i].Recto && len(s.leaves)%2 == 1 {
			s.blank(Leaf{Part: -1, Blank: true})
		}
		s.leaf(parts[i].Title, m, func() Leaf { return Leaf{Part: -1} })
	}
	if recto && len(s.leaves)%2 == 1 {
		s.blank(Leaf{Part: -1, Blank: true})
	}
}

// bind adds the leaves of sections, the first of which is part number at; what is after the book's parts is its back.
func (s *binder) bind(parts []Part, sections []section, at int) {
	for i, m := range sections {
		number := min(at+i, len(s.book.Parts))
		if n := opened(s.page, parts[i].Recto); n > s.page {
			s.page = n
			if last := len(s.about) - 1; m.chunk != nil && last >= 0 {
				s.blank(Leaf{Part: s.about[last].Part, Page: n, Blank: true})
			}
		}
		if m.chunk == nil {
			s.page += m.pages
			continue
		}
		s.leaf(parts[i].Title, m, func() Leaf { s.page++; return Leaf{Part: number, Page: s.page} })
	}
}

// leaf adds the pages of a section.
func (s *binder) leaf(title string, m section, about func() Leaf) {
	if title != "" {
		s.bookmarks = append(s.bookmarks, bookmark{title, len(s.leaves)})
	}
	for p := range m.pages {
		s.leaves, s.about = append(s.leaves, leaf{{m.chunk, p}}), append(s.about, about())
	}
	for _, r := range m.missing {
		if len(s.missing) < 1000 && !slices.Contains(s.missing, r) {
			s.missing = append(s.missing, r)
		}
	}
}

func (s *binder) blank(l Leaf) { s.leaves, s.about = append(s.leaves, nil), append(s.about, l) }

// furnish draws what stands around the text of all leaves.
func (s *binder) furnish(ctx context.Context, pages int) error {
	if s.book.Furniture == nil {
		return nil
	}
	n := (len(s.leaves) + furnitureChunk - 1) / furnitureChunk
	return each(ctx, n, func(ctx context.Context, i int) error {
		from, to := i*furnitureChunk, min((i+1)*furnitureChunk, len(s.leaves))
		w := &writer{composer: s.composer(ctx), printed: s.book.Printed, pages: make([]sheet, to-from)}
		for at := from; at < to; at++ {
			about := s.about[at]
			about.Pages = pages
			w.furniture = append(w.furniture, s.book.Furniture(about))
		}
		c, err := w.chunk(ctx, "G")
		if err != nil {
			return err
		}
		for at := from; at < to; at++ {
			s.leaves[at] = append(s.leaves[at], layer{c, at - from})
		}
		return nil
	})
}

// each does n things, as many at once as there are processors, and stops at the first that fails.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		work.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	work.Wait()
	return context.Cause(ctx)
}
