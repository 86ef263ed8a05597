package pageimage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Limits on what comes from outside.
const (
	Instances = 2         // PDFium instances at the same time
	MaxBytes  = 384 << 20 // of one PDF
	MaxPages  = 20_000    // of one PDF
	MaxWidth  = 4_000     // pixels of one image
	MaxPixels = 24 << 20  // of one image; a larger page is drawn smaller

	memoryPages = 12_288 // of 64 KiB: 768 MiB an instance, room for decoded images; the PDF itself stays outside
	callTime    = 20 * time.Second
	loadTime    = 90 * time.Second // the first call waits for the compilation on a slow laptop
	cacheBytes  = 96 << 20
)

// What may be wrong with a PDF, matched with errors.Is.
var (
	ErrBroken    = errors.New("this file is not a PDF that can be shown")
	ErrEncrypted = errors.New("this PDF is protected by a password")
	ErrTooLarge  = errors.New("this PDF is too large to be shown")
	ErrTooSlow   = errors.New("this page takes too long to draw")
	ErrNoPage    = errors.New("this page does not exist")
)

// Size is a page's size in PDF points (1/72 inch), rotation applied.
type Size struct{ Width, Height float64 }

// Renderer draws pages. Its methods may be called from any goroutine; calls beyond two wait.
type Renderer struct {
	warm  sync.Once
	begin func()
	ready chan struct{} // closed once the code is compiled, or failed
	err   error
	pool  pdfium.Pool
	stop  context.CancelFunc
	slots chan *worker
	cache *imageCache
}

type worker struct {
	mu       sync.Mutex // of instance: kill reads it while a stuck call holds the rest
	instance pdfium.Pdfium
	document *Document
	ref      references.FPDF_DOCUMENT
}

// New makes a renderer, whose compiled PDFium is kept in cacheDir where it can ("" keeps nothing): Warm compiles it, or
// the first document. random feeds the sandbox. The renderer lives until Close.
func New(ctx context.Context, cacheDir string, random io.Reader) *Renderer {
	ctx, stop := context.WithCancel(ctx)
	r := &Renderer{ready: make(chan struct{}), stop: stop, slots: make(chan *worker, Instances), cache: newImageCache(cacheBytes)}
	for range Instances {
		r.slots <- &worker{}
	}
	r.begin = func() {
		defer close(r.ready)
		r.pool, r.err = compile(ctx, cacheDir, random)
		if r.err != nil && cacheDir != "" && ctx.Err() == nil {
			// A full disk or a damaged cache costs the time of compiling, not the pages.
			r.pool, r.err = compile(ctx, "", random)
		}
	}
	return r
}

// Warm returns at once and compiles PDFium in the background, once.
func (r *Renderer) Warm() { r.warm.Do(func() { go r.begin() }) }

func compile(ctx context.Context, cacheDir string, random io.Reader) (pdfium.Pool, error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(memoryPages).
		WithCloseOnContextDone(true)
	if cacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(cacheDir)
		if err != nil {
			return nil, fmt.Errorf("opening the compilation cache: %w", err)
		}
		config = config.WithCompilationCache(cache)
	}
	pool, err := webassembly.Init(webassembly.Config{
		Context: ctx, MaxTotal: Instances, MaxIdle: Instances, ReuseWorkers: false,
		RuntimeConfig: config, FSConfig: wazero.NewFSConfig(), // no file is visible from inside
		Stdout: io.Discard, Stderr: io.Discard, RandomSource: random,
	})
	if err != nil {
		return nil, fmt.Errorf("compiling PDFium: %w", err)
	}
	return pool, nil
}

// Close ends all instances. Calls under way fail.
func (r *Renderer) Close() error {
	r.stop()
	r.warm.Do(func() { // nothing was ever shown
		r.err = context.Canceled
		close(r.ready)
	})
	<-r.ready
	if r.err != nil {
		return nil
	}
	if err := r.pool.Close(); err != nil {
		return fmt.Errorf("closing PDFium: %w", err)
	}
	return nil
}

// Document is an open PDF. Its bytes are kept and must not be changed; the pages' sizes are read once.
type Document struct {
	r     *Renderer
	id    string
	pdf   []byte
	sizes sync.Map // page → Size
	count int
}

// Open reads a PDF. id names its content (its SHA-256 digest), so that images drawn once are found again.
// It fails with ErrBroken, ErrEncrypted, ErrTooLarge or ErrTooSlow.
func (r *Renderer) Open(ctx context.Context, id string, pdf []byte) (*Document, error) {
	if len(pdf) > MaxBytes {
		return nil, ErrTooLarge
	}
	if len(pdf) == 0 {
		return nil, fmt.Errorf("empty file: %w", ErrBroken)
	}
	d := &Document{r: r, id: id, pdf: pdf}
	err := r.with(ctx, d, func(w *worker) error {
		count, err := w.instance.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: w.ref})
		if err != nil {
			return broken("counting pages", err)
		}
		d.count = count.PageCount
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case d.count < 1:
		return nil, fmt.Errorf("no page: %w", ErrBroken)
	case d.count > MaxPages:
		return nil, ErrTooLarge
	}
	return d, nil
}

// Pages returns the number of pages, at least 1.
func (d *Document) Pages() int { return d.count }

// Size returns the size of a page, counted from 0.
func (d *Document) Size(ctx context.Context, page int) (Size, error) {
	if page < 0 || page >= d.count {
		return Size{}, ErrNoPage
	}
	if s, ok := d.sizes.Load(page); ok {
		return s.(Size), nil
	}
	var size Size
	err := d.r.with(ctx, d, func(w *worker) (err error) { size, err = w.size(page); return err })
	if err == nil {
		d.sizes.Store(page, size)
	}
	return size, err
}

// Render draws a page, counted from 0, at a width in pixels (held within MaxWidth and MaxPixels). The image is shared
// with the cache: it must not be changed.
func (d *Document) Render(ctx context.Context, page, width int) (image.Image, error) {
	if page < 0 || page >= d.count {
		return nil, ErrNoPage
	}
	width = min(max(width, 16), MaxWidth)
	key := imageKey{d.id, page, width}
	if img, ok := d.r.cache.get(key); ok {
		return img, nil
	}
	var img *image.RGBA
	err := d.r.with(ctx, d, func(w *worker) (err error) { img, err = w.render(page, width); return err })
	if err != nil {
		return nil, err
	}
	d.r.cache.put(key, img)
	return img, nil
}

// Text returns the text of a page, counted from 0, in reading order as far as the PDF tells it.
func (d *Document) Text(ctx context.Context, page int) (string, error) {
	if page < 0 || page >= d.count {
		return "", ErrNoPage
	}
	var text string
	err := d.r.with(ctx, d, func(w *worker) error {
		out, err := w.instance.GetPageText(&requests.GetPageText{Page: w.page(page)})
		if err != nil {
			return broken("reading the page's text", err)
		}
		text = out.Text
		return nil
	})
	return text, err
}

// Texts gives the text of each of the first pages, at most most of them.
func (d *Document) Texts(ctx context.Context, most int) (all []string, err error) {
	for i := range min(d.count, most) {
		text, err := d.Text(ctx, i)
		if err != nil {
			return nil, fmt.Errorf("reading page %d: %w", i+1, err)
		}
		all = append(all, text)
	}
	return all, nil
}

// Words gives the text of the first pages, at most most of them, for search.
func (d *Document) Words(ctx context.Context, most int) (string, error) {
	all, err := d.Texts(ctx, most)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return strings.Join(all, "\n") + "\n", nil
}

// with runs do on an instance that has the document loaded. An instance that outlives its time is killed.
func (r *Renderer) with(ctx context.Context, d *Document, do func(*worker) error) error {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	r.Warm()
	select {
	case <-r.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	if r.err != nil {
		return r.err
	}
	w, err := r.take(ctx, d)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		done <- func() (err error) {
			defer func() { // PDFium's Go side panics when its sandbox was closed under it
				if p := recover(); p != nil {
					err = fmt.Errorf("the sandbox stopped (%v): %w", p, ErrBroken)
				}
			}()
			if err := w.load(ctx, r.pool, d); err != nil {
				return err
			}
			return do(w)
		}()
	}()
	limit := time.NewTimer(callTime)
	defer limit.Stop()
	select {
	case err := <-done:
		if err != nil {
			w.drop()
		}
		r.slots <- w
		return err
	case <-limit.C:
		r.kill(w, done)
		return ErrTooSlow
	case <-ctx.Done():
		// The page was left: let the short call end by itself rather than pay for a new instance.
		go func() {
			select {
			case err := <-done:
				if err != nil {
					w.drop()
				}
				r.slots <- w
			case <-time.After(callTime):
				r.kill(w, done)
			}
		}()
		return ctx.Err()
	}
}

// take waits for an instance, preferring the one that has the document open already.
func (r *Renderer) take(ctx context.Context, d *Document) (*worker, error) {
	var first *worker
	select {
	case first = <-r.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if first.document == d {
		return first, nil
	}
	select {
	case second := <-r.slots:
		if second.document == d {
			first, second = second, first
		}
		r.slots <- second
	default:
	}
	return first, nil
}

// kill ends a stuck instance and puts a fresh slot in its place once the stuck call has returned.
func (r *Renderer) kill(w *worker, done <-chan error) {
	w.mu.Lock()
	stuck := w.instance
	w.mu.Unlock()
	if stuck != nil {
		_ = stuck.Kill() // the slot is given up in any case
	}
	go func() {
		<-done
		r.slots <- &worker{}
	}()
}

// load opens the document in the instance, making the instance if there is none.
func (w *worker) load(ctx context.Context, pool pdfium.Pool, d *Document) error {
	if w.document == d {
		return nil
	}
	w.drop() // a document may leave traces in the sandbox: a fresh one for each
	instance, err := pool.GetInstanceWithContext(ctx)
	if err != nil {
		return fmt.Errorf("starting PDFium: %w", err)
	}
	w.set(instance)
	doc, err := instance.OpenDocument(&requests.OpenDocument{FileReader: bytes.NewReader(d.pdf), FileReaderSize: int64(len(d.pdf))})
	if err != nil {
		return broken("opening the PDF", err)
	}
	w.document, w.ref = d, doc.Document
	return nil
}

func (w *worker) drop() {
	if w.instance != nil {
		_ = w.instance.Close() // its memory goes with it
	}
	w.set(nil)
	w.document, w.ref = nil, ""
}

func (w *worker) set(instance pdfium.Pdfium) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instance = instance
}

func (w *worker) page(i int) requests.Page {
	return requests.Page{ByIndex: &requests.PageByIndex{Document: w.ref, Index: i}}
}

func (w *worker) size(page int) (Size, error) {
	out, err := w.instance.GetPageSize(&requests.GetPageSize{Page: w.page(page)})
	if err != nil {
		return Size{}, broken("measuring the page", err)
	}
	if !(out.Width > 0 && out.Height > 0) {
		return Size{}, fmt.Errorf("page without size: %w", ErrBroken)
	}
	return Size{out.Width, out.Height}, nil
}

func (w *worker) render(page, width int) (*image.RGBA, error) {
	size, err := w.size(page)
	if err != nil {
		return nil, err
	}
	height := int(float64(width)*size.Height/size.Width + 0.5)
	for width > 16 && width*height > MaxPixels {
		width, height = width*3/4, height*3/4
	}
	if height < 1 || height > 4*MaxWidth {
		return nil, fmt.Errorf("page of %g × %g points: %w", size.Width, size.Height, ErrTooLarge)
	}
	out, err := w.instance.RenderPageInPixels(&requests.RenderPageInPixels{
		Page: w.page(page), Width: width, Height: height, RenderForm: true, Document: &w.ref,
	})
	if err != nil {
		return nil, broken("drawing the page", err)
	}
	defer out.Cleanup()
	img, ok := out.Result.RenderedImage.(*image.RGBA)
	if !ok {
		return nil, fmt.Errorf("drawing the page: no image: %w", ErrBroken)
	}
	kept := &image.RGBA{Pix: append([]byte(nil), img.Pix...), Stride: img.Stride, Rect: img.Rect} // theirs dies with Cleanup
	return kept, nil
}

func broken(what string, err error) error {
	if errors.Is(err, pdferrors.ErrPassword) || errors.Is(err, pdferrors.ErrSecurity) {
		return fmt.Errorf("%s: %w", what, ErrEncrypted)
	}
	return fmt.Errorf("%s: %w (%v)", what, ErrBroken, err)
}
