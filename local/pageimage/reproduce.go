package pageimage

import (
	"bytes"
	"context"
	"fmt"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// MaxReproduced is how many pages of a document are reproduced in another.
const MaxReproduced = 400

// Reproduce gives a document's pages as a plain PDF, made to be set in another: each page is one form, upright, with what was
// laid over it (signatures, remarks, fields) as part of it, and nothing active. Errors: those of Open; ErrTooLarge beyond
// MaxReproduced.
func (r *Renderer) Reproduce(ctx context.Context, pdf []byte) ([]byte, error) {
	d, err := r.Open(ctx, "", pdf)
	if err != nil {
		return nil, err
	}
	if d.count > MaxReproduced {
		return nil, fmt.Errorf("%d pages: %w", d.count, ErrTooLarge)
	}
	var out []byte
	err = r.with(ctx, d, func(w *worker) (err error) {
		defer w.drop() // its pages are no longer those of the document
		out, err = w.reproduce(d.count)
		return err
	})
	return out, err
}

func (w *worker) reproduce(pages int) ([]byte, error) {
	made, err := w.instance.FPDF_CreateNewDocument(&requests.FPDF_CreateNewDocument{})
	if err != nil {
		return nil, broken("making a document", err)
	}
	for i := range pages {
		// What cannot be flattened is left as it is drawn without it.
		_, _ = w.instance.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: w.page(i), Usage: requests.FPDFPage_FlattenUsagePrint})
		if err := w.form(made.Document, i); err != nil {
			return nil, fmt.Errorf("reproducing page %d: %w", i+1, err)
		}
	}
	var out bytes.Buffer
	if _, err := w.instance.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{Document: made.Document, Flags: requests.SaveFlagNoIncremental, FileWriter: &out}); err != nil {
		return nil, broken("writing the pages", err)
	}
	return out.Bytes(), nil
}

// form puts a page of the document into another as one form.
func (w *worker) form(into references.FPDF_DOCUMENT, i int) error {
	size, err := w.size(i)
	if err != nil {
		return err
	}
	// The library gives its Source as PDFium's destination, and its Destination as the source.
	x, err := w.instance.FPDF_NewXObjectFromPage(&requests.FPDF_NewXObjectFromPage{Source: into, Destination: w.ref, SourcePageIndex: i})
	if err != nil {
		return broken("taking the page", err)
	}
	object, err := w.instance.FPDF_NewFormObjectFromXObject(&requests.FPDF_NewFormObjectFromXObject{XObject: x.XObject})
	if err != nil {
		return broken("making a form", err)
	}
	page, err := w.instance.FPDFPage_New(&requests.FPDFPage_New{Document: into, PageIndex: i, Width: size.Width, Height: size.Height})
	if err != nil {
		return broken("adding a page", err)
	}
	at := requests.Page{ByReference: &page.Page}
	if _, err := w.instance.FPDFPage_InsertObject(&requests.FPDFPage_InsertObject{Page: at, PageObject: object.PageObject}); err != nil {
		return broken("placing the form", err)
	}
	if _, err := w.instance.FPDFPage_GenerateContent(&requests.FPDFPage_GenerateContent{Page: at}); err != nil {
		return broken("writing the page", err)
	}
	if _, err := w.instance.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: page.Page}); err != nil {
		return broken("closing the page", err)
	}
	_, err = w.instance.FPDF_CloseXObject(&requests.FPDF_CloseXObject{XObject: x.XObject})
	return err
}
