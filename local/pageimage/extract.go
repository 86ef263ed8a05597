package pageimage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/klippa-app/go-pdfium/requests"
)

// Extract gives some pages of a document, from first to last counted from 0, as a document of its own: signatures of the
// whole cover it no longer. Error: ErrNoPage.
func (d *Document) Extract(ctx context.Context, first, last int) (pdf []byte, err error) {
	if first < 0 || last < first || last >= d.count {
		return nil, ErrNoPage
	}
	err = d.r.with(ctx, d, func(w *worker) error {
		pdf, err = w.extract(first, last)
		return err
	})
	return pdf, err
}

func (w *worker) extract(first, last int) ([]byte, error) {
	made, err := w.instance.FPDF_CreateNewDocument(&requests.FPDF_CreateNewDocument{})
	if err != nil {
		return nil, broken("making a document", err)
	}
	defer w.instance.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: made.Document})
	pages := fmt.Sprintf("%d-%d", first+1, last+1)
	if _, err := w.instance.FPDF_ImportPages(&requests.FPDF_ImportPages{Source: w.ref, Destination: made.Document, PageRange: &pages}); err != nil {
		return nil, broken("copying pages", err)
	}
	var out bytes.Buffer
	if _, err := w.instance.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{Document: made.Document, Flags: requests.SaveFlagNoIncremental, FileWriter: &out}); err != nil {
		return nil, broken("writing pages", err)
	}
	return steady(out.Bytes()), nil
}

// What PDFium draws or takes from the clock in a document that it writes.
var (
	identifier  = regexp.MustCompile(`/ID\s*\[\s*<[0-9A-Fa-f]*>\s*<[0-9A-Fa-f]*>\s*\]`)
	hexadecimal = regexp.MustCompile(`[0-9A-Fa-f]{4,}`)
	made        = regexp.MustCompile(`/CreationDate\s*\(D:[0-9]{14}`)
)

// steady makes the same pages the same bytes: the identifier is drawn from them, the date is one that says nothing. Lengths stay.
func steady(pdf []byte) []byte {
	if at := made.FindIndex(pdf); at != nil {
		copy(pdf[at[1]-14:at[1]], "20000101000000")
	}
	all := identifier.FindAllIndex(pdf, -1)
	if len(all) == 0 {
		return pdf
	}
	last := pdf[all[len(all)-1][0]:all[len(all)-1][1]]
	ids := hexadecimal.FindAllIndex(last, -1)
	for _, id := range ids {
		copy(last[id[0]:id[1]], bytes.Repeat([]byte("0"), id[1]-id[0]))
	}
	sum := sha256.Sum256(pdf)
	for _, id := range ids {
		copy(last[id[0]:id[1]], strings.ToUpper(hex.EncodeToString(sum[:])))
	}
	return pdf
}
