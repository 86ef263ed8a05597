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
	"strconv"
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
	maxUnits = 200
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
	// Files are those of a package, to be served; Units what the browser opens of it, in their order: one at least.
	Files map[string][]byte
	Units []Unit
	// Title is the package's name.
	Title string
}

// Unit is one part of a package that is opened and followed by itself: an item of SCORM, an assignable unit of cmi5.
type Unit struct {
	// ID is its activity, the one name of it in the package.
	ID, Title string
	// Launch is what the browser opens, a file of the package with its parameters.
	Launch string
	// Mastery is the score of 0 to 1 that passes it; 0 when it does not say.
	Mastery float64
}

// Standing is where somebody is in a unit.
type Standing struct {
	Begun, Done bool
	// Points of 100, when it gave a score.
	Points int
	Scored bool
}

// Part gives what a unit keeps, among what its package keeps. A package of one unit keeps it under its own names.
func (c *Content) Part(state map[string]string, unit int) map[string]string {
	out := map[string]string{}
	prefix := c.prefix(unit)
	for k, v := range state {
		if rest, ok := strings.CutPrefix(k, prefix); ok {
			out[rest] = v
		}
	}
	return out
}

// Join gives what a package keeps once one of its units keeps part.
func (c *Content) Join(state map[string]string, unit int, part map[string]string) map[string]string {
	out := map[string]string{}
	prefix := c.prefix(unit)
	for k, v := range state {
		if !strings.HasPrefix(k, prefix) {
			out[k] = v
		}
	}
	for k, v := range part {
		out[prefix+k] = v
	}
	return out
}

func (c *Content) prefix(unit int) string {
	if len(c.Units) < 2 {
		return ""
	}
	return unitPrefix(c.Units[unit].ID)
}

// unitPrefix begins the names of what a unit keeps, in a package of several.
func unitPrefix(id string) string { return "unit/" + id + "/" }

// What is noted of a unit, beside what it keeps for itself.
const (
	KeyDone   = "airial.done"
	KeyPoints = "airial.points"
)

// Standings are where somebody is in each unit, by what the package keeps.
func (c *Content) Standings(state map[string]string) []Standing {
	out := make([]Standing, len(c.Units))
	for i := range c.Units {
		part := c.Part(state, i)
		points, err := strconv.Atoi(part[KeyPoints])
		out[i] = Standing{Begun: len(part) > 0, Done: part[KeyDone] != "", Points: points, Scored: err == nil && points >= 0 && points <= 100}
	}
	return out
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

// The files of a module's parcel: one or the other.
const (
	PackageFile = "package.zip"
	ModuleFile  = "module.json"
)

// Read reads the files of a module's parcel. Errors: ErrModule, ErrEscapes, ErrTooLarge.
func Read(files map[string][]byte) (*Content, error) {
	if raw := files[PackageFile]; raw != nil {
		return ReadPackage(raw)
	}
	var m moduleFile
	if err := json.Unmarshal(files[ModuleFile], &m); err != nil {
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
	ID      string  `xml:"identifier,attr"`
	Title   string  `xml:"title"`
	Hidden  string  `xml:"isvisible,attr"`
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
		c.Title = strings.TrimSpace(o.Title)
		c.Units = nil
		c.items(&m, o.Items)
	}
	return c, c.launchable()
}

// items takes what opens something, in the order in which it stands (SCORM 1.2, Content Aggregation Model, 2.3.4.2); what
// the package does not let be chosen is left out.
func (c *Content) items(m *manifest, all []item) {
	for _, i := range all {
		for _, r := range m.Resources.Resource {
			if i.Ref != "" && r.Identifier == i.Ref && r.Href != "" && i.Hidden != "false" {
				c.Units = append(c.Units, Unit{ID: i.ID, Title: strings.TrimSpace(i.Title), Launch: m.Resources.Base + r.Base + r.Href + i.Params, Mastery: i.Mastery / 100})
				break
			}
		}
		c.items(m, i.Items)
	}
}

// structure is cmi5.xml (cmi5, 13.1).
type structure struct {
	Course struct {
		ID    string `xml:"id,attr"`
		Title text   `xml:"title"`
	} `xml:"course"`
	Rest []node `xml:",any"`
}

// node is an assignable unit, or a block of them: their order in the file is that of the course.
type node struct {
	XMLName xml.Name
	ID      string  `xml:"id,attr"`
	Title   text    `xml:"title"`
	Mastery float64 `xml:"masteryScore,attr"`
	URL     string  `xml:"url"`
	Rest    []node  `xml:",any"`
}

type text struct {
	Langs []string `xml:"langstring"`
}

func readCMI5(files map[string][]byte) (*Content, error) {
	var s structure
	if err := parse(files["cmi5.xml"], &s); err != nil {
		return nil, err
	}
	c := &Content{Kind: CMI5, Files: files, Title: s.Course.Title.first()}
	c.nodes(s.Rest)
	return c, c.launchable()
}

func (c *Content) nodes(all []node) {
	for _, n := range all {
		switch n.XMLName.Local {
		case "au":
			c.Units = append(c.Units, Unit{ID: n.ID, Title: n.Title.first(), Launch: strings.TrimSpace(n.URL), Mastery: n.Mastery})
		case "block":
			c.nodes(n.Rest)
		}
	}
}

func (t text) first() string {
	if len(t.Langs) == 0 {
		return ""
	}
	return strings.TrimSpace(t.Langs[0])
}

// launchable tells whether what the browser would open is in the package, gives each unit a name of its own, and a title.
func (c *Content) launchable() error {
	if len(c.Units) == 0 || len(c.Units) > maxUnits {
		return fmt.Errorf("%w: it has %d units", ErrModule, len(c.Units))
	}
	seen := map[string]bool{}
	for i := range c.Units {
		u := &c.Units[i]
		if u.ID == "" || seen[u.ID] || strings.Contains(u.ID, "/") && c.Kind == SCORM {
			u.ID = "n" + strconv.Itoa(i+1)
		}
		seen[u.ID] = true
		if u.Title == "" {
			u.Title = c.Title
		}
		if len(u.ID) > maxName || len(u.Title) > maxName {
			return fmt.Errorf("%w: a unit with a name of %d characters", ErrModule, max(len(u.ID), len(u.Title)))
		}
		launch, err := c.launchOf(u.Launch)
		if err != nil {
			return err
		}
		u.Launch = launch
	}
	return nil
}

// maxName bounds the names of a unit.
const maxName = 1000

func (c *Content) launchOf(launch string) (string, error) {
	u, err := url.Parse(launch)
	if err != nil || launch == "" || u.IsAbs() || u.Host != "" {
		return "", fmt.Errorf("%w: it opens %.200q", ErrModule, launch)
	}
	name := path.Clean("/" + u.Path)[1:]
	if strings.Contains("/"+u.Path, "/../") {
		return "", fmt.Errorf("%.200q: %w", launch, ErrEscapes)
	}
	if c.Files[name] == nil {
		return "", fmt.Errorf("%w: %.200q is not in it", ErrModule, name)
	}
	u.Path = name
	return u.String(), nil
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
