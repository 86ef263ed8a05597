package seda

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

// Format is what a file is, in the words of PRONOM, the registry of formats that archives
// share. All may be empty: a format that is not recognised is left for the archive to tell.
type Format struct {
	// ID is the PRONOM identifier: «fmt/477».
	ID, Name, MIME string
}

const mimePDF = "application/pdf"

// pdfVersions are the identifiers by the version that the header says.
var pdfVersions = map[string]string{
	"1.0": "fmt/14", "1.1": "fmt/15", "1.2": "fmt/16", "1.3": "fmt/17", "1.4": "fmt/18",
	"1.5": "fmt/19", "1.6": "fmt/20", "1.7": "fmt/276", "2.0": "fmt/1129",
}

// pdfaLevels are the identifiers of PDF/A by part and conformance.
var pdfaLevels = map[string]string{
	"1a": "fmt/95", "1b": "fmt/354", "2a": "fmt/476", "2b": "fmt/477", "2u": "fmt/478", "3a": "fmt/479", "3b": "fmt/480", "3u": "fmt/481",
}

// The claim of PDF/A stands in the XMP metadata, as elements or as attributes (ISO 19005-1, 6.7.11).
var (
	pdfHeader       = regexp.MustCompile(`%PDF-(\d\.\d)`)
	pdfaPart        = regexp.MustCompile(`pdfaid:part(?:\s*=\s*["']|>)\s*(\d)`)
	pdfaConformance = regexp.MustCompile(`pdfaid:conformance(?:\s*=\s*["']|>)\s*([A-Ua-u])`)
)

// headerWithin is how far from the start of a file readers look for the header of a PDF.
const headerWithin = 1024

// Identify tells a file's format by its content, and by its name where the content is not enough.
func Identify(name string, content []byte) Format {
	head := content[:min(len(content), headerWithin)]
	extension := strings.ToLower(path.Ext(name))
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	switch {
	case pdfHeader.Match(head):
		return pdfFormat(head, content)
	case bytes.HasPrefix(text, []byte("<?xml")):
		if bytes.Contains(text[:min(len(text), 40)], []byte("1.1")) {
			return Format{"fmt/1776", "Extensible Markup Language 1.1", "application/xml"}
		}
		return Format{"fmt/101", "Extensible Markup Language", "application/xml"}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return office[extension]
	case bytes.HasPrefix(head, []byte("II*\x00")), bytes.HasPrefix(head, []byte("MM\x00*")):
		return Format{"fmt/353", "Tagged Image File Format", "image/tiff"}
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff\xe0")) && len(head) > 13 && string(head[6:11]) == "JFIF\x00" && head[11] == 1 && head[12] >= 1 && head[12] <= 2:
		return Format{[]string{"fmt/43", "fmt/44"}[head[12]-1], "JPEG File Interchange Format", "image/jpeg"}
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return Format{MIME: "image/jpeg"}
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return Format{MIME: "image/png"}
	case (extension == ".p7s" || extension == ".p7m") && bytes.HasPrefix(head, []byte{0x30}):
		return Format{"fmt/670", "PKCS #7 Cryptographic Message File", "application/pkcs7-signature"}
	case extension == ".json":
		return Format{"fmt/817", "JSON Data Interchange Format", "application/json"}
	case extension == ".txt", extension == ".pem":
		return Format{"x-fmt/111", "Plain Text File", "text/plain"}
	}
	return Format{}
}

// office are the formats that stand in a ZIP, told by their name.
var office = map[string]Format{
	".docx": {"fmt/412", "Microsoft Word for Windows", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	".xlsx": {"fmt/214", "Microsoft Excel for Windows", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	".odt":  {MIME: "application/vnd.oasis.opendocument.text"},
	".ods":  {MIME: "application/vnd.oasis.opendocument.spreadsheet"},
	".zip":  {"x-fmt/263", "ZIP Format", "application/zip"},
}

func pdfFormat(head, content []byte) Format {
	part, level := pdfaPart.FindSubmatch(content), pdfaConformance.FindSubmatch(content)
	if part != nil && level != nil {
		claimed := string(part[1]) + strings.ToLower(string(level[1]))
		if id := pdfaLevels[claimed]; id != "" {
			return Format{id, "Acrobat PDF/A - Portable Document Format " + claimed, mimePDF}
		}
	}
	version := string(pdfHeader.FindSubmatch(head)[1])
	if id := pdfVersions[version]; id != "" {
		return Format{id, "Acrobat PDF " + version + " - Portable Document Format", mimePDF}
	}
	return Format{MIME: mimePDF}
}
