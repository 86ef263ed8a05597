package window

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/copies"
)

// Copies implements the page of copies' office.
func (r *Room) Copies() *copies.Window { return r.seat().Hall.Copies }

// PrintCopy implements the page of copies' office.
func (r *Room) PrintCopy(ctx context.Context, id string) ([]byte, error) {
	d, err := r.Copies().Print(ctx, id, r.scans)
	return d.PDF, explain.Error(err)
}

// SendCopy implements the page of copies' office.
func (r *Room) SendCopy(ctx context.Context, person, id string) error {
	_, err := r.seat().Hall.SendCopy(ctx, person, id, r.scans, r.read)
	return explain.Error(err)
}

// copyWidth is how many points wide an image stands in a copy: about 300 dots an inch.
const copyWidth = 1900

// scans are the pages of an act for its copy, as JPEG.
func (r *Room) scans(ctx context.Context, a *civilstatus.Act) (all [][]byte, err error) {
	pages, err := r.Pictures(ctx, a)
	if err != nil {
		return nil, err
	}
	for i := range pages.Pages() {
		img, err := pages.Render(ctx, i, copyWidth)
		if err != nil {
			return nil, err
		}
		jpg, err := toJPEG(img)
		if err != nil {
			return nil, fmt.Errorf("page %d of a copy: %w", i+1, err)
		}
		all = append(all, jpg)
	}
	return all, nil
}

// toJPEG makes an image as wide as a copy needs, on white, at its own proportions.
func toJPEG(img image.Image) ([]byte, error) {
	size := img.Bounds()
	to := image.Rect(0, 0, size.Dx(), size.Dy())
	if size.Dx() > copyWidth {
		to = image.Rect(0, 0, copyWidth, max(size.Dy()*copyWidth/size.Dx(), 1))
	}
	page := image.NewRGBA(to)
	draw.Draw(page, to, image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(page, to, img, size, draw.Over, nil)
	var b bytes.Buffer
	err := jpeg.Encode(&b, page, &jpeg.Options{Quality: 82})
	return b.Bytes(), err
}
