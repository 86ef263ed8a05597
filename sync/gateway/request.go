package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

const (
	soap11  = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12  = "http://www.w3.org/2003/05/soap-envelope"
	service = "http://www.adullact.org/spring-ws/iparapheur/1.0"
)

// What a request may be, for errors.Is.
var (
	errMalformed = errors.New("not a request of this service")
	errUnknown   = errors.New("an operation that is not offered")
)

const (
	// maxParts bounds the attachments of a request, maxFiles the documents of a folder.
	maxParts, maxFiles = 60, 50
	// maxDepth and maxElements are far above what any request has.
	maxDepth, maxElements = 16, 5000
)

// bounded stops a document that is deeper or longer than any request, before it fills the memory.
type bounded struct {
	from            *xml.Decoder
	depth, elements int
}

// Token implements xml.TokenReader.
func (b *bounded) Token() (xml.Token, error) {
	t, err := b.from.RawToken()
	switch t.(type) {
	case xml.StartElement:
		b.depth++
		b.elements++
	case xml.EndElement:
		b.depth--
	case xml.Directive:
		return nil, fmt.Errorf("%w: it has a DOCTYPE", errMalformed)
	}
	if b.depth > maxDepth || b.elements > maxElements {
		return nil, fmt.Errorf("%w: too deep or too long", errMalformed)
	}
	return t, err
}

// binary is a document in a request: in base64, or beside it (XOP).
type binary struct {
	ContentType string `xml:"contentType,attr"`
	Text        string `xml:",chardata"`
	Include     struct {
		Href string `xml:"href,attr"`
	} `xml:"Include"`
}

func (b *binary) empty() bool {
	return b == nil || strings.TrimSpace(b.Text) == "" && b.Include.Href == ""
}

func (b *binary) content(parts map[string][]byte) ([]byte, error) {
	if b.Include.Href != "" {
		id, err := url.PathUnescape(strings.TrimPrefix(b.Include.Href, "cid:"))
		content, there := parts[id]
		if err != nil || !there {
			return nil, fmt.Errorf("%w: no attachment %.80q", errMalformed, b.Include.Href)
		}
		return content, nil
	}
	clean := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
			return -1
		}
		return r
	}, b.Text)
	content, err := base64.StdEncoding.DecodeString(clean)
	if err != nil {
		return nil, fmt.Errorf("%w: a document is not in base64", errMalformed)
	}
	return content, nil
}

type annexes struct {
	All []struct {
		Name string  `xml:"nom"`
		File *binary `xml:"fichier"`
		Type string  `xml:"mimetype"`
	} `xml:"DocAnnexe"`
}

// creation is CreerDossier and CreerDossierPES.
type creation struct {
	Type        string  `xml:"TypeTechnique"`
	SubType     string  `xml:"SousType"`
	ID          string  `xml:"DossierID"`
	Title       string  `xml:"DossierTitre"`
	Main        *binary `xml:"DocumentPrincipal"`
	Flow        *binary `xml:"FichierPES"`
	MainName    string  `xml:"NomDocPrincipal"`
	Signature   *binary `xml:"SignatureDocPrincipal"`
	Visual      *binary `xml:"VisuelPDF"`
	More        annexes `xml:"DocumentsSupplementaires"`
	Annexes     annexes `xml:"DocumentsAnnexes"`
	PublicNote  string  `xml:"AnnotationPublique"`
	PrivateNote string  `xml:"AnnotationPrivee"`
	Deadline    string  `xml:"DateLimite"`
}

type archiving struct {
	ID     string `xml:"DossierID"`
	Action string `xml:"ArchivageAction"`
}

type research struct {
	Type    string   `xml:"TypeTechnique"`
	SubType string   `xml:"SousType"`
	Status  string   `xml:"Status"`
	Count   string   `xml:"NombreDossiers"`
	IDs     []string `xml:"DossierID"`
}

// request is what was asked: one of these by the operation.
type request struct {
	operation string
	text      string // of an operation whose whole argument is one word
	creation  *creation
	archiving *archiving
	research  *research
	parts     map[string][]byte
}

// readRequest reads an envelope, alone or with its attachments. Errors: errMalformed,
// errUnknown; those of the reader.
func readRequest(contentType string, body io.Reader) (*request, error) {
	media, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	r := &request{}
	if media != "multipart/related" {
		return r, r.readEnvelope(body)
	}
	root, err := r.readParts(multipart.NewReader(body, parameters["boundary"]), contentID(parameters["start"]))
	if err != nil {
		return nil, err
	}
	return r, r.readEnvelope(bytes.NewReader(root))
}

func contentID(text string) string { return strings.Trim(text, "<> ") }

// readParts keeps the attachments by their names, and gives the envelope.
func (r *request) readParts(parts *multipart.Reader, start string) (root []byte, err error) {
	r.parts = map[string][]byte{}
	for n := 0; ; n++ {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, broken(err)
		}
		if n >= maxParts {
			return nil, fmt.Errorf("%w: more than %d attachments", errMalformed, maxParts)
		}
		var from io.Reader = p
		if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "base64") {
			from = base64.NewDecoder(base64.StdEncoding, p)
		}
		content, err := io.ReadAll(from)
		if err != nil {
			return nil, broken(err)
		}
		id := contentID(p.Header.Get("Content-ID"))
		if root == nil && (start == "" || id == start) {
			root = content
			continue
		}
		r.parts[id] = content
	}
	if root == nil {
		return nil, fmt.Errorf("%w: no envelope among the attachments", errMalformed)
	}
	return root, nil
}

// broken tells what is cut or false from what could not be read for other reasons.
func broken(err error) error { return fmt.Errorf("%w: %w", errMalformed, err) }

// readEnvelope finds the operation in the body of an envelope and reads its argument.
func (r *request) readEnvelope(body io.Reader) error {
	from := xml.NewDecoder(body)
	from.CharsetReader = charset
	d := xml.NewTokenDecoder(&bounded{from: from})
	var path []xml.Name
	for {
		token, err := d.Token()
		if err != nil {
			return broken(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			if path = path[:len(path)-1]; len(path) == 0 {
				return fmt.Errorf("%w: its body is empty", errMalformed)
			}
		case xml.StartElement:
			if len(path) == 2 && path[1].Local == "Body" && t.Name.Space == service {
				return r.readOperation(d, t)
			}
			path = append(path, t.Name)
			if len(path) == 1 && (t.Name.Local != "Envelope" || t.Name.Space != soap11 && t.Name.Space != soap12) {
				return fmt.Errorf("%w: no SOAP envelope", errMalformed)
			}
		}
	}
}

func (r *request) readOperation(d *xml.Decoder, start xml.StartElement) error {
	name, ok := strings.CutSuffix(start.Name.Local, "Request")
	if !ok {
		return fmt.Errorf("%w: %.80q", errUnknown, start.Name.Local)
	}
	r.operation = name
	var into any
	switch name {
	case "CreerDossier", "CreerDossierPES":
		r.creation = &creation{}
		into = r.creation
	case "ArchiverDossier":
		r.archiving = &archiving{}
		into = r.archiving
	case "RechercherDossiers":
		r.research = &research{}
		into = r.research
	case "echo", "GetListeTypes", "GetListeSousTypes", "GetDossier", "GetHistoDossier", "EffacerDossierRejete", "GetListeMetaDonnees", "GetMetaDonneesRequisesPourTypeSoustype":
		into = &r.text
	default:
		return fmt.Errorf("%w: %.80q", errUnknown, name)
	}
	if err := d.DecodeElement(into, &start); err != nil {
		return broken(err)
	}
	r.text = strings.TrimSpace(r.text)
	return nil
}

// charset reads the encodings that business software still writes.
func charset(name string, from io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "utf-8", "us-ascii", "ascii":
		return from, nil
	case "iso-8859-1", "latin1":
		return charmap.ISO8859_1.NewDecoder().Reader(from), nil
	case "iso-8859-15":
		return charmap.ISO8859_15.NewDecoder().Reader(from), nil
	case "windows-1252", "cp1252":
		return charmap.Windows1252.NewDecoder().Reader(from), nil
	}
	return nil, fmt.Errorf("%w: encoding %.40q", errMalformed, name)
}
