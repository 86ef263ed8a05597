package training

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// The reasons for which a module is not opened, for errors.Is.
var (
	// ErrModule: it cannot be read, or holds nothing that is known.
	ErrModule = errors.New("the training module cannot be read")
	// ErrEscapes: a file of the package has a name that leaves its folder.
	ErrEscapes = errors.New("the training package leaves its folder")
	// ErrTooLarge: it holds more than what is read.
	ErrTooLarge = errors.New("the training package is too large")
)

// Limits of a package.
const (
	maxFiles = 5000
	maxTotal = 128 << 20
	maxText  = 200 << 10
	maxPages = 200
)

// Kind is what a module is made of.
type Kind string

// The kinds.
const (
	Pages Kind = "pages"
	SCORM Kind = "scorm" // 1.2
	CMI5  Kind = "cmi5"
)

// Content is a module that was read.
type Content struct {
	Kind  Kind
	Pages []Page
	Quiz  []Question
	// Pass is how many right answers of a hundred complete the module.
	Pass int
	// Files and Launch are those of a package: what to serve, and what the browser opens first.
	Files  map[string][]byte
	Launch string
	// ID is the package's activity, Title its name.
	ID, Title string
	// Mastery is the score of 0 to 1 that passes a package; 0 when it does not say.
	Mastery float64
}

// Page is one to read.
type Page struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Question is one of a quiz. Right are the ranks of the right options.
type Question struct {
	Text    string   `json:"text"`
	Options []string `json:"options"`
	Right   []int    `json:"right"`
	Why     string   `json:"why,omitempty"`
}

type moduleFile struct {
	Title string     `json:"title"`
	Pages []Page     `json:"pages"`
	Quiz  []Question `json:"quiz"`
	Pass  int        `json:"pass"`
}

// Read reads the files of a module's parcel. Errors: ErrModule, ErrEscapes, ErrTooLarge.
func Read(files map[string][]byte) (*Content, error) {
	if raw := files["package.zip"]; raw != nil {
		return ReadPackage(raw)
	}
	var m moduleFile
	if err := json.Unmarshal(files["module.json"], &m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	c := &Content{Kind: Pages, Title: m.Title, Pages: m.Pages, Quiz: m.Quiz, Pass: m.Pass}
	if c.Pass <= 0 || c.Pass > 100 {
		c.Pass = usualPass
	}
	if len(c.Pages) == 0 || len(c.Pages) > maxPages || len(c.Quiz) > maxPages {
		return nil, fmt.Errorf("%w: %d pages, %d questions", ErrModule, len(c.Pages), len(c.Quiz))
	}
	for _, p := range c.Pages {
		if len(p.Text) > maxText {
			return nil, fmt.Errorf("a page of %d bytes: %w", len(p.Text), ErrTooLarge)
		}
	}
	for i, q := range c.Quiz {
		if len(q.Options) < 2 || len(q.Right) == 0 {
			return nil, fmt.Errorf("%w: question %d has nothing to choose", ErrModule, i+1)
		}
		for _, r := range q.Right {
			if r < 0 || r >= len(q.Options) {
				return nil, fmt.Errorf("%w: question %d has no such answer", ErrModule, i+1)
			}
		}
	}
	return c, nil
}

const usualPass = 70

// ReadPackage reads a SCORM 1.2 or cmi5 package. Errors: ErrModule, ErrEscapes, ErrTooLarge.
func ReadPackage(raw []byte) (*Content, error) {
	files, err := unzip(raw)
	if err != nil {
		return nil, err
	}
	switch {
	case files["cmi5.xml"] != nil:
		return readCMI5(files)
	case files["imsmanifest.xml"] != nil:
		return readSCORM(files)
	}
	return nil, fmt.Errorf("%w: neither imsmanifest.xml nor cmi5.xml", ErrModule)
}

// unzip reads a ZIP within limits; one name that leaves the folder refuses all of it.
func unzip(raw []byte) (map[string][]byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	if len(archive.File) > maxFiles {
		return nil, fmt.Errorf("%d files: %w", len(archive.File), ErrTooLarge)
	}
	files, rest := map[string][]byte{}, int64(maxTotal)
	for _, f := range archive.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if strings.HasSuffix(name, "/") {
			name = strings.TrimSuffix(name, "/")
			if name == "" || path.Clean("/" + name)[1:] != name {
				return nil, fmt.Errorf("%.200q: %w", f.Name, ErrEscapes)
			}
			continue
		}
		if path.Clean("/" + name)[1:] != name || strings.Contains(name, ":") || f.Mode()&^0o777 != 0 && !f.Mode().IsRegular() {
			return nil, fmt.Errorf("%.200q: %w", f.Name, ErrEscapes)
		}
		in, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%.200q: %w: %w", f.Name, ErrModule, err)
		}
		content, err := io.ReadAll(io.LimitReader(in, rest+1))
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, fmt.Errorf("%.200q: %w: %w", f.Name, ErrModule, err)
		}
		if rest -= int64(len(content)); rest < 0 {
			return nil, fmt.Errorf("more than %d bytes: %w", maxTotal, ErrTooLarge)
		}
		files[name] = content
	}
	return files, nil
}

// manifest is imsmanifest.xml, as far as SCORM 1.2 (Content Aggregation Model) needs.
type manifest struct {
	Organizations struct {
		Default      string `xml:"default,attr"`
		Organization []struct {
			Identifier string `xml:"identifier,attr"`
			Title      string `xml:"title"`
			Items      []item `xml:"item"`
		} `xml:"organization"`
	} `xml:"organizations"`
	Resources struct {
		Base     string `xml:"base,attr"`
		Resource []struct {
			Identifier string `xml:"identifier,attr"`
			Base       string `xml:"base,attr"`
			Href       string `xml:"href,attr"`
		} `xml:"resource"`
	} `xml:"resources"`
}

type item struct {
	Ref     string  `xml:"identifierref,attr"`
	Params  string  `xml:"parameters,attr"`
	Mastery float64 `xml:"masteryscore"`
	Items   []item  `xml:"item"`
}

func readSCORM(files map[string][]byte) (*Content, error) {
	var m manifest
	if err := parse(files["imsmanifest.xml"], &m); err != nil {
		return nil, err
	}
	c := &Content{Kind: SCORM, Files: files}
	for i, o := range m.Organizations.Organization {
		if i > 0 && o.Identifier != m.Organizations.Default {
			continue
		}
		c.ID, c.Title = o.Identifier, strings.TrimSpace(o.Title)
		if first := firstOf(o.Items); first != nil {
			for _, r := range m.Resources.Resource {
				if r.Identifier == first.Ref {
					c.Launch, c.Mastery = m.Resources.Base+r.Base+r.Href+first.Params, first.Mastery/100
				}
			}
		}
	}
	return c, c.launchable()
}

// firstOf is the first item that opens something.
func firstOf(items []item) *item {
	for i := range items {
		if items[i].Ref != "" {
			return &items[i]
		}
		if f := firstOf(items[i].Items); f != nil {
			return f
		}
	}
	return nil
}

// structure is cmi5.xml: the first assignable unit is what is opened.
type structure struct {
	Course struct {
		ID    string `xml:"id,attr"`
		Title text   `xml:"title"`
	} `xml:"course"`
	AU     []unit `xml:"au"`
	Blocks []struct {
		AU []unit `xml:"au"`
	} `xml:"block"`
}

type unit struct {
	ID      string  `xml:"id,attr"`
	Mastery float64 `xml:"masteryScore,attr"`
	URL     string  `xml:"url"`
}

type text struct {
	Langs []string `xml:"langstring"`
}

func readCMI5(files map[string][]byte) (*Content, error) {
	var s structure
	if err := parse(files["cmi5.xml"], &s); err != nil {
		return nil, err
	}
	units := s.AU
	for _, b := range s.Blocks {
		units = append(units, b.AU...)
	}
	if len(units) == 0 {
		return nil, fmt.Errorf("%w: no assignable unit", ErrModule)
	}
	c := &Content{Kind: CMI5, Files: files, ID: units[0].ID, Launch: strings.TrimSpace(units[0].URL), Mastery: units[0].Mastery}
	if len(s.Course.Title.Langs) > 0 {
		c.Title = strings.TrimSpace(s.Course.Title.Langs[0])
	}
	return c, c.launchable()
}

// launchable tells whether what the browser would open first is in the package.
func (c *Content) launchable() error {
	u, err := url.Parse(c.Launch)
	if err != nil || c.Launch == "" || u.IsAbs() || u.Host != "" {
		return fmt.Errorf("%w: it opens %.200q", ErrModule, c.Launch)
	}
	name := path.Clean("/" + u.Path)[1:]
	if strings.Contains("/"+u.Path, "/../") {
		return fmt.Errorf("%.200q: %w", c.Launch, ErrEscapes)
	}
	if c.Files[name] == nil {
		return fmt.Errorf("%w: %.200q is not in it", ErrModule, name)
	}
	u.Path = name
	c.Launch = u.String()
	return nil
}

// parse reads a description, without entities of its own.
func parse(raw []byte, to any) error {
	if bytes.Contains(raw, []byte("<!ENTITY")) {
		return fmt.Errorf("%w: it declares entities", ErrModule)
	}
	d := xml.NewDecoder(io.LimitReader(bytes.NewReader(raw), 4<<20))
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(charset)
		if err != nil {
			return nil, err
		}
		return e.NewDecoder().Reader(in), nil
	}
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("%w: %w", ErrModule, err)
	}
	return nil
}
