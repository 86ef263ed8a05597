package help

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/ui/lang"
)

//go:embed guide/*.md guide/pictures/*.png
var files embed.FS

// contents is the page that lists the others, in their order.
const contents = "sommaire"

// kind is what a paragraph is.
type kind int

const (
	paragraph kind = iota
	heading
	item     // of a list
	numbered // of a list
	note     // what is safe, what the law says
	link
)

// block is one paragraph of a page. to is where a link leads: a page's name, or «page:» and one of the program's.
type block struct {
	kind   kind
	number int
	spans  []span
	to     string
}

// span is a piece of text; a key, or what is typed, is key.
type span struct {
	text      string
	bold, key bool
}

func (b block) text() string {
	var s strings.Builder
	for _, p := range b.spans {
		s.WriteString(p.text)
	}
	return s.String()
}

// topic is one page of the guide.
type topic struct {
	id, title, group string
	blocks           []block
}

// guide is the whole of the help; read-only.
type guide struct {
	topics []topic // the contents first, then in their order
}

// errGuide: the guide's own files are not what they should be.
var errGuide = errors.New("the guide is broken")

// readGuide reads the guide that stands in the program.
func readGuide() (*guide, error) { return load(files) }

func load(fsys fs.FS) (*guide, error) {
	first, err := readTopic(fsys, contents)
	if err != nil {
		return nil, err
	}
	g := &guide{topics: []topic{first}}
	group := ""
	for _, b := range first.blocks {
		switch b.kind {
		case heading:
			group = b.text()
		case link:
			t, err := readTopic(fsys, b.to)
			if err != nil {
				return nil, err
			}
			t.group = group
			g.topics = append(g.topics, t)
		}
	}
	return g, nil
}

// picture is what a page of the guide shows of the window, as a PNG; nil where it shows nothing. The window's own tests take it.
func picture(id string) []byte {
	content, err := files.ReadFile(path.Join("guide", "pictures", id+".png"))
	if err != nil {
		return nil
	}
	return content
}

func readTopic(fsys fs.FS, id string) (topic, error) {
	raw, err := fs.ReadFile(fsys, path.Join("guide", id+".md"))
	if err != nil {
		return topic{}, fmt.Errorf("reading the guide's page %q: %w", id, err)
	}
	t := topic{id: id, blocks: parse(raw)}
	if len(t.blocks) == 0 || t.blocks[0].kind != heading {
		return topic{}, fmt.Errorf("%w: %q does not begin with its title", errGuide, id)
	}
	t.title, t.blocks = t.blocks[0].text(), t.blocks[1:]
	return t, nil
}

// topic finds a page by its name; the contents where there is none.
func (g *guide) topic(id string) topic {
	if i := g.index(id); i >= 0 {
		return g.topics[i]
	}
	return g.topics[0]
}

func (g *guide) index(id string) int {
	return slices.IndexFunc(g.topics, func(t topic) bool { return t.id == id })
}

// parse reads the Markdown that the guide uses: titles, paragraphs, lists, quotations, bold, code and links.
func parse(raw []byte) []block {
	var blocks []block
	root := goldmark.DefaultParser().Parse(text.NewReader(raw))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			blocks = append(blocks, block{kind: heading, number: n.Level, spans: spans(n, raw)})
		case *ast.List:
			number := n.Start
			for i := n.FirstChild(); i != nil; i = i.NextSibling() {
				b := listed(i, raw)
				if n.IsOrdered() && b.kind == item {
					b.kind, b.number = numbered, number
					number++
				}
				blocks = append(blocks, b)
			}
		case *ast.Blockquote:
			for p := n.FirstChild(); p != nil; p = p.NextSibling() {
				blocks = append(blocks, block{kind: note, spans: spans(p, raw)})
			}
		default:
			blocks = append(blocks, block{spans: spans(n, raw)})
		}
	}
	return blocks
}

// listed is an item of a list, or the link that it is made of.
func listed(i ast.Node, raw []byte) block {
	b := block{kind: item, spans: spans(i, raw)}
	if p := i.FirstChild(); p != nil && p.ChildCount() == 1 {
		if l, ok := p.FirstChild().(*ast.Link); ok {
			b.kind, b.to = link, string(l.Destination)
		}
	}
	return b
}

// tied are words that a line must not part: an article and its number, thousands.
var tied = regexp.MustCompile(`(\bart\.|\d) ([LRD]?\d)`)

// spans gathers the text under a node, with the typography of French.
func spans(n ast.Node, raw []byte) []span {
	var out []span
	add := func(s span) {
		if last := len(out) - 1; last >= 0 && out[last].bold == s.bold && out[last].key == s.key {
			out[last].text += s.text
			return
		}
		out = append(out, s)
	}
	var walk func(n ast.Node, bold, key bool)
	walk = func(n ast.Node, bold, key bool) {
		switch n := n.(type) {
		case *ast.Text:
			s := string(n.Segment.Value(raw))
			if n.SoftLineBreak() || n.HardLineBreak() {
				s += " "
			}
			add(span{text: s, bold: bold, key: key})
		case *ast.Emphasis:
			bold = true
		case *ast.CodeSpan:
			key = true
		}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			walk(c, bold, key)
		}
	}
	walk(n, false, false)
	for i := range out {
		if !out[i].key {
			out[i].text = tied.ReplaceAllString(lang.Typography(out[i].text), "$1\u00a0$2")
		}
	}
	return out
}

// hit is a page that answers a search, and where.
type hit struct {
	topic   int
	snippet string
	score   int
}

// What a word counts for by where it stands.
const (
	inTitle   = 100
	inHeading = 10
	inText    = 1
)

// search finds the pages that have a word beginning with each of those asked, the best first.
func (g *guide) search(asked string) []hit {
	wanted := words(asked)
	if len(wanted) == 0 {
		return nil
	}
	var hits []hit
	for i, t := range g.topics {
		if t.id == contents {
			continue
		}
		if h, ok := t.match(wanted); ok {
			h.topic = i
			hits = append(hits, h)
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	return hits
}

func (t topic) match(wanted []string) (h hit, ok bool) {
	met := map[string]bool{}
	count := func(text string, weight int) (here int) {
		have := words(text)
		for _, w := range wanted {
			for _, x := range have {
				if strings.HasPrefix(x, w) {
					met[w] = true
					here++
					h.score += weight
				}
			}
		}
		return here
	}
	count(t.title, inTitle)
	best := 0
	for _, b := range t.blocks {
		if b.kind == heading {
			count(b.text(), inHeading)
			continue
		}
		if here := count(b.text(), inText); here > best && b.kind != link {
			best, h.snippet = here, snippet(b.text(), wanted)
		}
	}
	return h, len(met) == len(wanted)
}

// words are those of a text without accents nor capitals, each once.
func words(s string) []string {
	s = strings.NewReplacer("œ", "oe", "æ", "ae").Replace(strings.ToLower(french.Unaccented(s)))
	out := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(out)
	return slices.Compact(out)
}

// around is how many words a snippet has before and after the one found.
const around = 9

// snippet cuts a text around the first word asked.
func snippet(s string, wanted []string) string {
	all := strings.Split(s, " ")
	at := slices.IndexFunc(all, func(w string) bool {
		return slices.ContainsFunc(words(w), func(x string) bool {
			return slices.ContainsFunc(wanted, func(y string) bool { return strings.HasPrefix(x, y) })
		})
	})
	from, to := max(at-around, 0), min(max(at, 0)+around, len(all))
	out := strings.Join(all[from:to], " ")
	if from > 0 {
		out = "… " + out
	}
	if to < len(all) {
		out += " …"
	}
	return out
}
