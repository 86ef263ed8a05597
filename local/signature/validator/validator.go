// Package validator judges the signatures of any document, by what its content is:
// PDF, XML, CMS, or a signature container.
package validator

import (
	"bytes"
	"context"
	"errors"
	"time"

	"alpi40.fr/airial/local/signature/asic"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/xades"
)

// ErrUnknown: the file is of no kind that can be verified.
var ErrUnknown = errors.New("the file is of no kind whose signatures can be verified")

// Format is what a file is.
type Format string

// The formats.
const (
	PDF       Format = "PAdES"
	XML       Format = "XAdES"
	CMS       Format = "CAdES"
	Container Format = "ASiC"
	Unknown   Format = ""
)

// FormatOf tells what a file is by its first bytes, whatever its name.
func FormatOf(data []byte) Format {
	head := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 1024)], []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	case len(data) > 1 && data[0] == 0x30 && data[1] >= 0x80: // a sequence of any real length; it may hold a PDF
		return CMS
	case bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		return PDF
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return Container
	case bytes.HasPrefix(head, []byte("<")):
		return XML
	case bytes.HasPrefix(head, []byte("-----BEGIN ")):
		return CMS
	}
	return Unknown
}

// ArchivedUntil is when the newest archive timestamp of a PDF or of a signature beside its
// document ends; the zero time when there is none. Errors: those of each format.
func ArchivedUntil(ctx context.Context, data []byte) (time.Time, error) {
	if FormatOf(data) == CMS {
		return cades.ArchivedUntil(data)
	}
	return pades.ArchivedUntil(ctx, data)
}

// Validate judges the signatures of a document, without network, and says what they are in law.
// Errors: ErrUnknown, and those of each format.
func Validate(ctx context.Context, data []byte, o validation.Options) (validation.Report, error) {
	report, err := validate(ctx, data, o)
	if err == nil {
		validation.Conclude(&report)
	}
	return report, err
}

func validate(ctx context.Context, data []byte, o validation.Options) (validation.Report, error) {
	switch FormatOf(data) {
	case PDF:
		return pades.Validate(ctx, data, o)
	case XML:
		return xades.Validate(ctx, data, o)
	case CMS:
		return cades.Validate(ctx, data, o)
	case Container:
		return asic.Validate(ctx, data, o)
	}
	if len(data) == 0 {
		return pades.Validate(ctx, data, o) // says that it is empty
	}
	return validation.Report{Data: data}, ErrUnknown
}
