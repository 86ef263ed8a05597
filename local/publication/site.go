package publication

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

//go:embed site
var siteFiles embed.FS

// File is one file of the site. Its bytes depend on the acts alone.
type File struct {
	Path   string // with slashes, without a leading one
	Digest store.Digest
	Size   int64
	read   func() ([]byte, error)
}

// Read gives its bytes.
func (f File) Read() ([]byte, error) { return f.read() }

// Site is what the town's website shows of the acts.
type Site struct {
	Files  []File // sorted by path
	Faults []Fault
	Acts   int // online
}

const recent = 20 // acts on the first page
const feedLength = 100

// Site makes the site from what is public. It is the same, byte for byte, as long as
// the acts are.
func (p *Publisher) Site(ctx context.Context) (Site, error) {
	b, err := p.Board(ctx)
	if err != nil {
		return Site{}, err
	}
	t, err := template.New("site").Funcs(words).ParseFS(siteFiles, "site/layout.html")
	if err != nil {
		return Site{}, fmt.Errorf("reading the site's pages: %w", err)
	}
	m := &maker{b: b, t: t, blobs: p.j.Store().Blobs(), slugs: map[string]string{}}
	if err := m.make(ctx); err != nil {
		return Site{}, fmt.Errorf("making the site: %w", err)
	}
	slices.SortFunc(m.out.Files, func(x, y File) int { return cmp.Compare(x.Path, y.Path) })
	return m.out, nil
}

type maker struct {
	b     Board
	t     *template.Template
	blobs *store.Blobs
	slugs map[string]string // by act
	shown []Publication     // online, and withdrawn from there; the latest first
	out   Site
}

func (m *maker) make(ctx context.Context) error {
	for _, a := range m.b.Acts {
		if a.At.IsZero() || a.Way != council.Electronic {
			continue
		}
		m.shown = append(m.shown, a)
		if a.Online() {
			m.out.Acts++
		}
	}
	taken := map[string]bool{}
	for _, a := range slices.Backward(m.latest()) { // the first that was put online keeps the plain name
		slug := a.slug()
		if taken[slug] {
			slug += "-" + short(a.ID)
		}
		taken[slug] = true
		m.slugs[a.ID] = slug
	}
	style, err := siteFiles.ReadFile("site/style.css")
	if err != nil {
		return err
	}
	m.add("style.css", style)
	for _, a := range m.shown {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := m.act(a); err != nil {
			return fmt.Errorf("act %s: %w", a.ID, err)
		}
	}
	for _, step := range []func() error{m.years, m.index, m.feed, m.data} {
		if err := step(); err != nil {
			return err
		}
	}
	csv, faults := WriteSCDL(m.b, m.pdfAddress)
	m.out.Faults = faults
	m.add("deliberations.csv", csv)
	return nil
}

func (m *maker) add(name string, content []byte) {
	m.out.Files = append(m.out.Files, File{Path: name, Digest: store.DigestOf(content), Size: int64(len(content)), read: func() ([]byte, error) { return content, nil }})
}

// document adds a PDF, which is read when it is written.
func (m *maker) document(name string, d store.Digest) (size int64, err error) {
	content, err := m.blobs.Read(d, MaxDocument)
	if err != nil {
		return 0, err
	}
	size = int64(len(content))
	m.out.Files = append(m.out.Files, File{Path: name, Digest: d, Size: size, read: func() ([]byte, error) { return m.blobs.Read(d, MaxDocument) }})
	return size, nil
}

var kindSlug = map[Kind]string{Deliberation: "deliberation", List: "liste", Minutes: "proces-verbal", Order: "arrete", Decision: "decision"}

// slug names an act's folder: it stays the same as long as the act is public.
func (p Publication) slug() string {
	name := plainName(p.Number)
	if name == "" {
		name = string(p.Adopted)
		if p.Kind != List {
			name += "-" + short(p.ID)
		}
	}
	return p.Adopted.Time().Format("2006") + "/" + kindSlug[p.Kind] + "-" + name
}

func plainName(s string) string {
	var out strings.Builder
	dash := false
	for _, r := range strings.ToLower(french.Unaccented(s)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if dash && out.Len() > 0 {
				out.WriteByte('-')
			}
			dash = false
			out.WriteRune(r)
		default:
			dash = true
		}
		if out.Len() >= 60 {
			break
		}
	}
	return out.String()
}

func short(id string) string {
	digest := sha256.Sum256([]byte(id))
	return hex.EncodeToString(digest[:4])
}

// KindWords is what an act is called.
func (p Publication) KindWords() string {
	return map[Kind]string{Deliberation: "Délibération", List: "Liste des délibérations", Minutes: "Procès-verbal", Order: "Arrêté", Decision: "Décision"}[p.Kind]
}

// Title is what an act is called in a list.
func (p Publication) Title() string {
	title := french.Tidy(p.Subject)
	if p.Number != "" {
		title = "n°\u00a0" + p.Number + " — " + title
	}
	return title
}

// common is what each page has.
type common struct {
	Title, Short, Authority, Root string
	Address                       []string
	Trail                         []link
}

type link struct{ Href, Text string }

func (m *maker) common(title, short, at string) common {
	root := strings.Repeat("../", strings.Count(at, "/"))
	return common{Title: title, Short: short, Authority: m.b.Authority.Name, Root: root, Address: append(slices.Clone(m.b.Authority.Address), nonEmpty(m.b.Authority.Telephone, m.b.Authority.Email)...)}
}

func nonEmpty(all ...string) (out []string) {
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (m *maker) page(name, template string, data any) error {
	var out bytes.Buffer
	if err := m.t.ExecuteTemplate(&out, template, data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	m.add(name, out.Bytes())
	return nil
}

type fact struct{ Label, Text, Datetime string }

type download struct{ Href, Text, Size string }

func (m *maker) act(a Publication) error {
	dir := m.slugs[a.ID]
	name := dir + "/index.html"
	year := path.Dir(dir)
	title := a.KindWords() + " " + a.Title()
	if a.Kind == List {
		title = a.Title()
	}
	short := strings.TrimSpace(a.KindWords() + " " + a.Number)
	if a.Hidden && !a.Withdrawn.IsZero() {
		title = short
	}
	c := m.common(title, short, name)
	c.Trail = []link{{c.Root + "index.html", "Actes"}, {"../index.html", year}}
	facts := []fact{{"Date de l’acte", french.Date(a.Adopted.Time()), string(a.Adopted)}, {"Mise en ligne", french.DateTime(a.At), a.At.Format(time.RFC3339)}, {"Auteur", a.Author.Words(), ""}}
	if a.Received != "" {
		facts = append(facts, fact{"Reçu par le représentant de l’État", french.Date(a.Received.Time()) + receiptWords(a.Receipt), string(a.Received)})
	}
	if !a.Replaced.IsZero() {
		facts = append(facts, fact{"Version occultée en ligne depuis", french.Date(a.Replaced), a.Replaced.Format(time.RFC3339)})
	}
	if !a.Withdrawn.IsZero() {
		return m.page(name, "gone", struct {
			common
			Day, DayWords, Reason string
			Facts                 []fact
		}{c, a.Withdrawn.Format(time.DateOnly), french.Date(a.Withdrawn), a.Reason, facts})
	}
	var page *Page
	if a.Page != nil {
		raw, err := m.blobs.Read(*a.Page, maxPage)
		if err != nil {
			return err
		}
		read, err := decodePage(raw)
		if err != nil {
			return err
		}
		page = &read
	}
	if a.Kind == List && page != nil {
		return m.list(name, c, a, *page, facts)
	}
	var files []download
	for _, f := range []struct {
		d    *store.Digest
		name string
		text string
	}{{a.Document, path.Base(dir) + ".pdf", "L’acte en entier"}, {a.shownOriginal(), path.Base(dir) + "-signe.pdf", "L’original signé électroniquement"}} {
		if f.d == nil {
			continue
		}
		size, err := m.document(dir+"/"+f.name, *f.d)
		if err != nil {
			return err
		}
		files = append(files, download{f.name, f.text, weight(size)})
	}
	annexes, err := m.annexes(dir, a, page)
	if err != nil {
		return err
	}
	files = append(files, annexes...)
	return m.page(name, "act", struct {
		common
		Masked bool
		Facts  []fact
		Files  []download
		Page   *Page
	}{c, a.Masked, facts, files, page})
}

// annexes are the PDFs that were voted with a deliberation; they are not shown beside a
// masked copy, since they were not masked.
func (m *maker) annexes(dir string, a Publication, page *Page) (files []download, err error) {
	if page == nil || a.Masked {
		return nil, nil
	}
	for i, x := range page.Joined {
		d, err := store.ParseDigest(x.Digest)
		if err != nil || !m.blobs.Has(d) {
			continue // not on this computer yet: the next site has it
		}
		content, err := m.blobs.Read(d, MaxDocument)
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(content, []byte("%PDF-")) {
			continue // a format that may be modified (R2131-1)
		}
		name := fmt.Sprintf("annexe-%d.pdf", i+1)
		size, err := m.document(dir+"/"+name, d)
		if err != nil {
			return nil, err
		}
		files = append(files, download{name, "Annexe " + fmt.Sprint(i+1) + "\u202f: " + french.Tidy(x.Name), weight(size)})
	}
	return files, nil
}

// shownOriginal is the signed original, where it may be shown and is another document.
func (p Publication) shownOriginal() *store.Digest {
	if p.Masked || p.Original == nil || (p.Document != nil && *p.Document == *p.Original) {
		return nil
	}
	return p.Original
}

func receiptWords(receipt string) string {
	if receipt == "" {
		return ""
	}
	return ", accusé de réception n°\u00a0" + receipt
}

type listed struct {
	Item
	Href string
}

// list is the list of a sitting; what was masked in a deliberation is masked in it.
func (m *maker) list(name string, c common, a Publication, page Page, facts []fact) error {
	var rows []listed
	for _, x := range page.Items {
		r := listed{Item: x}
		for _, d := range m.b.Acts {
			if d.Kind != Deliberation || d.Source == "" || d.Source != x.Deliberation {
				continue
			}
			if d.Masked {
				r.Subject = d.Subject
			}
			if d.Hidden && !d.Withdrawn.IsZero() {
				r.Subject = "Délibération retirée du site"
			}
			if slug, online := m.slugs[d.ID]; online {
				r.Href = c.Root + slug + "/index.html"
			}
		}
		rows = append(rows, r)
	}
	return m.page(name, "list", struct {
		common
		Masked bool
		Facts  []fact
		Items  []listed
	}{c, a.Masked, facts, rows})
}

// row is an act in a list of the site.
type actRow struct {
	Href, Title, Kind, Day, DayWords, Online, OnlineWords string
	Gone                                                  bool
}

func (m *maker) row(a Publication, from string) actRow {
	title := a.Title()
	if a.Hidden && !a.Withdrawn.IsZero() {
		title = strings.TrimSpace(a.KindWords() + " " + a.Number)
	}
	return actRow{Href: from + m.slugs[a.ID] + "/index.html", Title: title, Kind: a.KindWords(), Day: string(a.Adopted), DayWords: french.Date(a.Adopted.Time()),
		Online: a.At.Format(time.DateOnly), OnlineWords: french.Date(a.At), Gone: !a.Withdrawn.IsZero()}
}

type group struct {
	Title, List string
	Acts        []actRow
}

func (m *maker) years() error {
	byYear := map[string][]Publication{}
	for _, a := range m.shown {
		year := path.Dir(m.slugs[a.ID])
		byYear[year] = append(byYear[year], a)
	}
	for year, acts := range byYear {
		c := m.common("Actes de l’année "+year, year, year+"/index.html")
		c.Trail = []link{{"../index.html", "Actes"}}
		var groups []group
		for _, a := range acts { // the latest first: a sitting's acts follow one another
			title := "Arrêtés, décisions et autres actes"
			if a.Kind == Deliberation || a.Kind == List {
				title = "Séance du " + french.Date(a.Adopted.Time())
			}
			at := slices.IndexFunc(groups, func(g group) bool { return g.Title == title })
			if at < 0 {
				groups, at = append(groups, group{Title: title}), len(groups)
			}
			if a.Kind == List && a.Online() {
				groups[at].List = "../" + m.slugs[a.ID] + "/index.html"
				continue
			}
			groups[at].Acts = append(groups[at].Acts, m.row(a, "../"))
		}
		if err := m.page(year+"/index.html", "year", struct {
			common
			Groups []group
		}{c, groups}); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) index() error {
	c := m.common("Actes de la collectivité", "Actes", "index.html")
	var years []link
	for _, a := range m.shown {
		year := path.Dir(m.slugs[a.ID])
		if l := (link{year + "/index.html", year}); !slices.Contains(years, l) {
			years = append(years, l)
		}
	}
	var acts []actRow
	for _, a := range m.latest() {
		if len(acts) < recent {
			acts = append(acts, m.row(a, ""))
		}
	}
	return m.page("index.html", "index", struct {
		common
		Years []link
		Acts  []actRow
	}{c, years, acts})
}

// latest are the acts shown, the last put online first.
func (m *maker) latest() []Publication {
	all := slices.Clone(m.shown)
	slices.SortStableFunc(all, func(x, y Publication) int { return y.At.Compare(x.At) })
	return all
}

// changed is when what is shown of an act last changed.
func (p Publication) changed() time.Time {
	last := p.At
	for _, t := range []time.Time{p.Replaced, p.Withdrawn} {
		if t.After(last) {
			last = t
		}
	}
	return last.UTC()
}

// Atom (RFC 4287).
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Published string     `xml:"published"`
	Updated   string     `xml:"updated"`
	Links     []atomLink `xml:"link"`
	Summary   string     `xml:"summary"`
}

// stable is a name that stays an act's whatever the site's address becomes.
func (m *maker) stable(name string) string {
	return "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceOID, []byte("airial publication/"+m.b.Authority.ID+"/"+name)).String()
}

func (m *maker) feed() error {
	f := atomFeed{Lang: "fr", ID: m.stable(""), Title: "Actes publiés — " + m.b.Authority.Name, Updated: time.Unix(0, 0).UTC().Format(time.RFC3339), Author: atomAuthor{m.b.Authority.Name},
		Links: []atomLink{{"self", "application/atom+xml", m.address("actes.atom.xml")}, {"alternate", "text/html", m.address("index.html")}}}
	all := slices.Clone(m.shown)
	slices.SortStableFunc(all, func(x, y Publication) int { return y.changed().Compare(x.changed()) })
	for i, a := range all[:min(len(all), feedLength)] {
		if i == 0 {
			f.Updated = a.changed().Format(time.RFC3339)
		}
		r := m.row(a, "")
		title, summary := r.Title, a.KindWords()+" du "+r.DayWords+", "+a.Author.Words()+"."
		if r.Gone {
			title, summary = "Retiré\u202f: "+title, "Cet acte n’est plus en ligne depuis le "+french.Date(a.Withdrawn)+"."
		}
		f.Entries = append(f.Entries, atomEntry{ID: m.stable(a.ID), Title: title, Published: a.At.UTC().Format(time.RFC3339), Updated: a.changed().Format(time.RFC3339),
			Links: []atomLink{{"alternate", "text/html", m.address(m.slugs[a.ID] + "/index.html")}}, Summary: summary})
	}
	out, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	m.add("actes.atom.xml", append([]byte(xml.Header), append(out, '\n')...))
	return nil
}

// address is a whole one when the site's is known.
func (m *maker) address(name string) string {
	if m.b.Settings.URL == "" {
		return name
	}
	return m.b.Settings.URL + "/" + name
}

// pdfAddress is where the document of an act is; empty while the site's is not known.
func (m *maker) pdfAddress(a Publication) string {
	slug, shown := m.slugs[a.ID]
	if m.b.Settings.URL == "" || !shown || a.Document == nil {
		return ""
	}
	return m.address(slug + "/" + path.Base(slug) + ".pdf")
}

type jsonAct struct {
	ID        string        `json:"id"`
	Kind      string        `json:"nature"`
	Number    string        `json:"numero,omitempty"`
	Subject   string        `json:"objet,omitempty"`
	Adopted   authority.Day `json:"date"`
	Author    string        `json:"auteur"`
	Online    string        `json:"miseEnLigne"`
	Received  authority.Day `json:"receptionPrefecture,omitempty"`
	Executory authority.Day `json:"executoireDepuis,omitempty"`
	Masked    bool          `json:"occulte,omitempty"`
	Withdrawn string        `json:"retrait,omitempty"`
	Page      string        `json:"page"`
	Document  string        `json:"document,omitempty"`
}

func (m *maker) data() error {
	var acts []jsonAct
	for _, a := range m.shown {
		x := jsonAct{ID: m.stable(a.ID), Kind: a.KindWords(), Number: a.Number, Subject: a.Subject, Adopted: a.Adopted, Author: a.Author.Words(), Online: a.At.Format(time.RFC3339),
			Received: a.Received, Executory: EffectOf(a).Executory, Masked: a.Masked, Page: m.slugs[a.ID] + "/index.html"}
		if !a.Withdrawn.IsZero() {
			x.Withdrawn = a.Withdrawn.Format(time.RFC3339)
			if a.Hidden {
				x.Subject = ""
			}
		} else if a.Document != nil {
			x.Document = m.slugs[a.ID] + "/" + path.Base(m.slugs[a.ID]) + ".pdf"
		}
		acts = append(acts, x)
	}
	out, err := json.MarshalIndent(struct {
		Authority string    `json:"collectivite"`
		SIREN     string    `json:"siren"`
		Acts      []jsonAct `json:"actes"`
	}{m.b.Authority.Name, m.b.Authority.ID, acts}, "", " ")
	m.add("actes.json", append(out, '\n'))
	return err
}

// words are the functions of the pages.
var words = template.FuncMap{
	"tidy":       french.Tidy,
	"set":        set,
	"paragraphs": french.Paragraphs,
	"count":      french.Count,
	// figures tells whether a column is one of figures, which stand to the right.
	"figures": func(right []bool, column int) bool { return column < len(right) && right[column] },
	"names":   func(all []string) string { return french.Tidy(strings.Join(all, ", ")) },
	"lower": func(s string) string {
		if s == "" {
			return s
		}
		return strings.ToLower(s[:1]) + s[1:]
	},
	"pairs": func(all []Pair) string {
		var out []string
		for _, p := range all {
			out = append(out, p.From+" à "+p.To)
		}
		return french.Tidy(strings.Join(out, "; "))
	},
	"clause": func(word, text string) string {
		text = french.Tidy(text)
		if strings.HasPrefix(strings.ToLower(text), strings.ToLower(word)) {
			return text
		}
		return word + " " + text
	},
	"vote": func(v VoteData) string {
		if v.Formula != "" {
			return french.Tidy(v.Formula)
		}
		manner := ""
		if v.Manner != "" {
			manner = v.Manner + ", "
		}
		return manner + fmt.Sprintf("par %d voix pour, %d contre et %s", v.For, v.Against, french.Count(v.Abstained, "abstention", "abstentions"))
	},
}

// set writes a text with what is set off in it; all else of it is text.
func set(text string) template.HTML {
	var out strings.Builder
	for _, p := range typeset.Parts(text) {
		s := template.HTMLEscapeString(p.Text)
		if p.Italic && s != "" {
			s = "<em>" + s + "</em>"
		}
		if p.Bold && s != "" {
			s = "<strong>" + s + "</strong>"
		}
		out.WriteString(s)
	}
	return template.HTML(out.String())
}

// weight is the size of a file as people say it.
func weight(n int64) string {
	if n < 1_000_000 {
		return fmt.Sprintf("%d\u202fko", (n+999)/1000)
	}
	return strings.Replace(fmt.Sprintf("%.1f\u202fMo", float64(n)/1e6), ".", ",", 1)
}
