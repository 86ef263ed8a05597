package pageimage

import (
	"context"
	"fmt"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/structs"
)

// The stamp, in points.
const (
	stampFont   = 8
	stampLine   = 10.5
	stampMargin = 14 // from the edges of the page
	stampInside = 6
	stampLetter = 4.3 // a letter's width, about
	maxStamp    = 8   // lines
)

// Stamped gives a copy of the document with lines of text in a frame, in the upper right corner of
// its first page as displayed. The copy is another document: forms and signatures are drawn on its
// pages and are no longer there, so that nobody takes it for the signed original, which it leaves
// as it is.
func (d *Document) Stamped(ctx context.Context, lines []string) (copied []byte, err error) {
	lines = lines[:min(len(lines), maxStamp)]
	err = d.r.with(ctx, d, func(w *worker) error {
		defer w.drop() // the pages of the instance's own document were flattened
		copied, err = w.stamped(d.count, lines)
		return err
	})
	return copied, err
}

func (w *worker) stamped(pages int, lines []string) ([]byte, error) {
	for i := range pages {
		if _, err := w.instance.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: w.page(i), Usage: requests.FPDFPage_FlattenUsageNormalDisplay}); err != nil {
			return nil, broken("flattening a page", err)
		}
	}
	made, err := w.instance.FPDF_CreateNewDocument(&requests.FPDF_CreateNewDocument{})
	if err != nil {
		return nil, broken("making the copy", err)
	}
	if _, err := w.instance.FPDF_ImportPages(&requests.FPDF_ImportPages{Source: w.ref, Destination: made.Document}); err != nil {
		return nil, broken("copying the pages", err)
	}
	first := requests.Page{ByIndex: &requests.PageByIndex{Document: made.Document}}
	if err := w.stamp(made.Document, first, lines); err != nil {
		return nil, err
	}
	saved, err := w.instance.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{Document: made.Document, Flags: requests.SaveFlagNoIncremental})
	if err != nil {
		return nil, broken("writing the copy", err)
	}
	if saved.FileBytes == nil {
		return nil, fmt.Errorf("writing the copy: %w", ErrBroken)
	}
	return *saved.FileBytes, nil
}

// stamp draws the lines in their frame.
func (w *worker) stamp(document references.FPDF_DOCUMENT, page requests.Page, lines []string) error {
	size, err := w.instance.GetPageSize(&requests.GetPageSize{Page: page})
	if err != nil {
		return broken("measuring the page", err)
	}
	turned, err := w.instance.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: page})
	if err != nil {
		return broken("measuring the page", err)
	}
	longest := 0
	for _, line := range lines {
		longest = max(longest, len([]rune(line)))
	}
	width, height := min(float64(longest)*stampLetter+2*stampInside, size.Width-2*stampMargin), float64(len(lines))*stampLine+2*stampInside-2
	left, bottom := size.Width-stampMargin-width, size.Height-stampMargin-height
	place := func(x, y float64) structs.FPDF_FS_MATRIX {
		return displayed(turned.PageRotation, size.Width, size.Height, x, y)
	}
	frame, err := w.instance.FPDFPageObj_CreateNewRect(&requests.FPDFPageObj_CreateNewRect{W: float32(width), H: float32(height)})
	if err != nil {
		return broken("drawing the stamp", err)
	}
	ink := structs.FPDF_COLOR{R: 24, G: 60, B: 140, A: 255}
	if _, err := w.instance.FPDFPath_SetDrawMode(&requests.FPDFPath_SetDrawMode{PageObject: frame.PageObject, FillMode: enums.FPDF_FILLMODE_NONE, Stroke: true}); err != nil {
		return broken("drawing the stamp", err)
	}
	if _, err := w.instance.FPDFPageObj_SetStrokeColor(&requests.FPDFPageObj_SetStrokeColor{PageObject: frame.PageObject, StrokeColor: ink}); err != nil {
		return broken("drawing the stamp", err)
	}
	if err := w.lay(page, frame.PageObject, place(left, bottom)); err != nil {
		return err
	}
	for i, line := range lines {
		text, err := w.instance.FPDFPageObj_NewTextObj(&requests.FPDFPageObj_NewTextObj{Document: document, Font: "Helvetica", FontSize: stampFont})
		if err != nil {
			return broken("drawing the stamp", err)
		}
		if _, err := w.instance.FPDFText_SetText(&requests.FPDFText_SetText{PageObject: text.PageObject, Text: line}); err != nil {
			return broken("drawing the stamp", err)
		}
		if _, err := w.instance.FPDFPageObj_SetFillColor(&requests.FPDFPageObj_SetFillColor{PageObject: text.PageObject, FillColor: ink}); err != nil {
			return broken("drawing the stamp", err)
		}
		if err := w.lay(page, text.PageObject, place(left+stampInside, bottom+height-stampInside-float64(i+1)*stampLine+4)); err != nil {
			return err
		}
	}
	if _, err := w.instance.FPDFPage_GenerateContent(&requests.FPDFPage_GenerateContent{Page: page}); err != nil {
		return broken("drawing the stamp", err)
	}
	return nil
}

// lay puts an object on a page, at a place.
func (w *worker) lay(page requests.Page, object references.FPDF_PAGEOBJECT, at structs.FPDF_FS_MATRIX) error {
	if _, err := w.instance.FPDFPageObj_Transform(&requests.FPDFPageObj_Transform{PageObject: object, Transform: at}); err != nil {
		return broken("drawing the stamp", err)
	}
	if _, err := w.instance.FPDFPage_InsertObject(&requests.FPDFPage_InsertObject{Page: page, PageObject: object}); err != nil {
		return broken("drawing the stamp", err)
	}
	return nil
}

// displayed gives the matrix that puts what is drawn at the origin upright at a point of a page of
// width × height as displayed, whatever way the page is turned.
func displayed(turned enums.FPDF_PAGE_ROTATION, width, height, x, y float64) structs.FPDF_FS_MATRIX {
	switch turned {
	case enums.FPDF_PAGE_ROTATION_90_CW:
		return structs.FPDF_FS_MATRIX{A: 0, B: 1, C: -1, D: 0, E: float32(height - y), F: float32(x)}
	case enums.FPDF_PAGE_ROTATION_180_CW:
		return structs.FPDF_FS_MATRIX{A: -1, B: 0, C: 0, D: -1, E: float32(width - x), F: float32(height - y)}
	case enums.FPDF_PAGE_ROTATION_270_CW:
		return structs.FPDF_FS_MATRIX{A: 0, B: -1, C: 1, D: 0, E: float32(y), F: float32(width - x)}
	}
	return structs.FPDF_FS_MATRIX{A: 1, B: 0, C: 0, D: 1, E: float32(x), F: float32(y)}
}
