package publication

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

// Page is a deliberation as data: what its web page and its copy are made of.
type Page struct {
	Authority  Letterhead  `json:"authority"`
	Number     string      `json:"number"`
	Subject    string      `json:"subject"`
	Reporter   string      `json:"reporter,omitempty"`
	Opinions   []string    `json:"opinions,omitempty"`
	Sitting    SittingData `json:"sitting"`
	Visas      []string    `json:"visas,omitempty"`
	Grounds    []string    `json:"grounds,omitempty"`
	Statement  []Article   `json:"statement,omitempty"` // without verb
	Articles   []Article   `json:"articles,omitempty"`
	Vote       *VoteData   `json:"vote,omitempty"`
	Joined     []Joined    `json:"joined,omitempty"`
	Decides    string      `json:"decides,omitempty"`
	Remedies   string      `json:"remedies,omitempty"`
	Signatures []Signature `json:"signatures,omitempty"`
	// Items are the affairs of a list of deliberations (L2121-25).
	Items []Item `json:"items,omitempty"`
	// Masked is how many passages were masked.
	Masked int `json:"masked,omitempty"`
}

// Item is an affair of a list.
type Item struct {
	Deliberation string `json:"deliberation,omitempty"` // id
	Number       string `json:"number,omitempty"`
	Subject      string `json:"subject"`
	Outcome      string `json:"outcome"` // «adoptée (8 pour, 1 contre)», «non examinée»
}

// Letterhead is whose act it is.
type Letterhead struct {
	Name       string   `json:"name"`
	Department string   `json:"department,omitempty"`
	District   string   `json:"district,omitempty"`
	Address    []string `json:"address,omitempty"`
	Telephone  string   `json:"telephone,omitempty"`
	Email      string   `json:"email,omitempty"`
	Place      string   `json:"place,omitempty"`
	Body       string   `json:"body,omitempty"`
	Chair      string   `json:"chair,omitempty"`
}

// SittingData is who sat.
type SittingData struct {
	At         time.Time `json:"at"`
	Venue      string    `json:"venue,omitempty"`
	Summoned   time.Time `json:"summoned,omitzero"`
	Posted     time.Time `json:"posted,omitzero"`
	Chair      string    `json:"chair,omitempty"`
	Secretary  string    `json:"secretary,omitempty"`
	InExercise int       `json:"inExercise"`
	Voting     int       `json:"voting"`
	Present    []string  `json:"present,omitempty"`
	Proxies    []Pair    `json:"proxies,omitempty"`
	Excused    []string  `json:"excused,omitempty"`
	Absent     []string  `json:"absent,omitempty"`
	NotTaking  []string  `json:"notTaking,omitempty"`
}

// Pair is a power to vote.
type Pair struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Article is one decision.
type Article struct {
	Verb  string `json:"verb,omitempty"`
	Text  string `json:"text"`
	Grids []Grid `json:"grids,omitempty"`
}

// Joined is an annex, by its digest.
type Joined struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// Grid is a table below a text.
type Grid struct {
	Head   []string   `json:"head,omitempty"`
	Rows   [][]string `json:"rows,omitempty"`
	Right  []bool     `json:"right,omitempty"`
	Shares []float64  `json:"shares,omitempty"`
	Total  bool       `json:"total,omitempty"`
}

// VoteData is a ballot.
type VoteData struct {
	Manner         string   `json:"manner,omitempty"`
	For            int      `json:"for"`
	Against        int      `json:"against"`
	Abstained      int      `json:"abstained"`
	NotVoting      int      `json:"notVoting"`
	NamesFor       []string `json:"namesFor,omitempty"`
	NamesAgainst   []string `json:"namesAgainst,omitempty"`
	NamesAbstained []string `json:"namesAbstained,omitempty"`
	NamesNone      []string `json:"namesNone,omitempty"`
	// Formula is said in the place of the figures, Told under them.
	Formula string   `json:"formula,omitempty"`
	Told    []string `json:"told,omitempty"`
}

// Signature is who signed.
type Signature struct {
	Box     string `json:"box"`
	Quality string `json:"quality"`
	Name    string `json:"name"`
}

// maxPage bounds a page read back.
const maxPage = 64 << 20

func pageOf(d typeset.Deliberation) Page {
	a, s := d.Authority, d.Sitting
	p := Page{
		Authority: Letterhead{Name: a.Name, Department: a.Department, District: a.District, Address: a.Address, Telephone: a.Telephone, Email: a.Email, Place: a.Place, Body: a.Body, Chair: a.Chair},
		Number:    d.Number, Subject: d.Subject, Reporter: d.Reporter, Opinions: d.Opinions, Visas: d.Visas, Grounds: d.Grounds, Decides: d.Decides, Remedies: d.Remedies,
		Sitting: SittingData{At: s.At, Venue: s.Venue, Summoned: s.Summoned, Posted: s.Posted, Chair: s.Chair, Secretary: s.Secretary, InExercise: s.InExercise, Voting: s.Voting,
			Present: s.Present, Excused: s.Excused, Absent: s.Absent, NotTaking: s.NotTakePart},
	}
	for _, x := range s.Proxies {
		p.Sitting.Proxies = append(p.Sitting.Proxies, Pair(x))
	}
	for _, x := range d.Statement {
		a := Article{Text: x.Text}
		if x.Grid != nil {
			a.Grids = []Grid{Grid(*x.Grid)}
		}
		p.Statement = append(p.Statement, a)
	}
	for _, x := range d.Articles {
		a := Article{Verb: x.Verb, Text: x.Text}
		for _, g := range x.Grids {
			a.Grids = append(a.Grids, Grid(g))
		}
		p.Articles = append(p.Articles, a)
	}
	for _, x := range d.Joined {
		p.Joined = append(p.Joined, Joined(x))
	}
	for _, x := range d.Signatures {
		p.Signatures = append(p.Signatures, Signature(x))
	}
	if v := d.Vote; v != nil {
		p.Vote = &VoteData{v.Manner, v.For, v.Against, v.Abstained, v.NotVoting, v.NamesFor, v.NamesAgainst, v.NamesAbstained, v.NamesNone, v.Formula, v.Told}
	}
	return p
}

// print is the page as it is set, at an instant that dates the PDF.
func (p Page) print(at time.Time, o typeset.Online, e typeset.Executory) typeset.Deliberation {
	a, s := p.Authority, p.Sitting
	d := typeset.Deliberation{
		Head: typeset.Head{Printed: at, Authority: typeset.Authority{Name: a.Name, Department: a.Department, District: a.District, Address: a.Address,
			Telephone: a.Telephone, Email: a.Email, Place: a.Place, Body: a.Body, Chair: a.Chair}},
		Number: p.Number, Subject: p.Subject, Reporter: p.Reporter, Opinions: p.Opinions, Visas: p.Visas, Grounds: p.Grounds, Decides: p.Decides, Remedies: p.Remedies, Online: &o, Executory: e,
		Sitting: typeset.Sitting{At: s.At, Venue: s.Venue, Summoned: s.Summoned, Posted: s.Posted, Chair: s.Chair, Secretary: s.Secretary, InExercise: s.InExercise, Voting: s.Voting,
			Present: s.Present, Excused: s.Excused, Absent: s.Absent, NotTakePart: s.NotTaking},
	}
	for _, x := range s.Proxies {
		d.Sitting.Proxies = append(d.Sitting.Proxies, typeset.Proxy(x))
	}
	for _, x := range p.Statement {
		out := typeset.Passage{Text: x.Text}
		if len(x.Grids) > 0 {
			out.Grid = (*typeset.Grid)(&x.Grids[0])
		}
		d.Statement = append(d.Statement, out)
	}
	for _, x := range p.Articles {
		out := typeset.Article{Verb: x.Verb, Text: x.Text}
		for _, g := range x.Grids {
			out.Grids = append(out.Grids, typeset.Grid(g))
		}
		d.Articles = append(d.Articles, out)
	}
	for _, x := range p.Joined {
		d.Joined = append(d.Joined, typeset.Joined(x))
	}
	for _, x := range p.Signatures {
		d.Signatures = append(d.Signatures, typeset.Signature(x))
	}
	if v := p.Vote; v != nil {
		d.Vote = &typeset.Vote{Manner: v.Manner, For: v.For, Against: v.Against, Abstained: v.Abstained, NotVoting: v.NotVoting,
			NamesFor: v.NamesFor, NamesAgainst: v.NamesAgainst, NamesAbstained: v.NamesAbstained, NamesNone: v.NamesNone, Formula: v.Formula, Told: v.Told}
	}
	return d
}

func (p Page) encode() ([]byte, error) { return json.Marshal(p) }

func decodePage(raw []byte) (p Page, err error) {
	if err = json.Unmarshal(raw, &p); err != nil {
		err = fmt.Errorf("reading the page of an act: %w", err)
	}
	return p, err
}

// Mask gives the page without the words, wherever they stand whole: case, accents and
// the kind of spaces and apostrophes do not matter. n is how many passages were masked.
func (p Page) Mask(words []string) (masked Page, n int) {
	m := newMask(words)
	one := func(s string) string {
		out, k := m.apply(s)
		n += k
		return out
	}
	all := func(list []string) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = one(s)
		}
		return out
	}
	texts := func(list []Article) []Article {
		out := make([]Article, len(list))
		for i, a := range list {
			out[i] = Article{Verb: one(a.Verb), Text: one(a.Text)}
			for _, g := range a.Grids {
				rows := make([][]string, len(g.Rows))
				for k, cells := range g.Rows {
					rows[k] = all(cells)
				}
				g.Head, g.Rows = all(g.Head), rows
				out[i].Grids = append(out[i].Grids, g)
			}
		}
		return out
	}
	p.Opinions = all(p.Opinions)
	p.Number, p.Subject, p.Reporter, p.Decides, p.Remedies = one(p.Number), one(p.Subject), one(p.Reporter), one(p.Decides), one(p.Remedies)
	p.Visas, p.Grounds, p.Statement, p.Articles = all(p.Visas), all(p.Grounds), texts(p.Statement), texts(p.Articles)
	signatures := make([]Signature, len(p.Signatures))
	for i, s := range p.Signatures {
		signatures[i] = Signature{s.Box, one(s.Quality), one(s.Name)}
	}
	items := make([]Item, len(p.Items))
	for i, x := range p.Items {
		items[i] = Item{x.Deliberation, x.Number, one(x.Subject), x.Outcome}
	}
	joined := make([]Joined, len(p.Joined))
	for i, x := range p.Joined {
		joined[i] = Joined{one(x.Name), x.Digest}
	}
	p.Signatures, p.Items, p.Joined = signatures, items, joined
	s := p.Sitting
	s.Venue, s.Chair, s.Secretary = one(s.Venue), one(s.Chair), one(s.Secretary)
	s.Present, s.Excused, s.Absent, s.NotTaking = all(s.Present), all(s.Excused), all(s.Absent), all(s.NotTaking)
	s.Proxies = nil
	for _, x := range p.Sitting.Proxies {
		s.Proxies = append(s.Proxies, Pair{one(x.From), one(x.To)})
	}
	p.Sitting = s
	if v := p.Vote; v != nil {
		w := *v
		w.Formula, w.Told = one(v.Formula), all(v.Told)
		w.Manner, w.NamesFor, w.NamesAgainst, w.NamesAbstained, w.NamesNone = one(v.Manner), all(v.NamesFor), all(v.NamesAgainst), all(v.NamesAbstained), all(v.NamesNone)
		p.Vote = &w
	}
	p.Masked += n
	return p, n
}

// mask finds words as people see them.
type mask struct{ words [][]rune }

func newMask(words []string) mask {
	var m mask
	for _, w := range words {
		if folded := fold(visible(french.Tidy(w))); len(trimmed(folded)) > 0 {
			m.words = append(m.words, trimmed(folded))
		}
	}
	return m
}

func trimmed(r []rune) []rune {
	for len(r) > 0 && r[0] == ' ' {
		r = r[1:]
	}
	for len(r) > 0 && r[len(r)-1] == ' ' {
		r = r[:len(r)-1]
	}
	return r
}

// visible is a text composed, without the signs that nobody sees (soft hyphens, joiners).
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
}

// fold gives for each letter the one by which it is compared.
func fold(s string) []rune {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u202f' || r == '\u00a0':
			r = ' '
		case r == '\'' || r == '‘':
			r = '’'
		case r == '\u2010' || r == '\u2011':
			r = '-'
		default:
			if bare := []rune(french.Unaccented(string(r))); len(bare) == 1 {
				r = bare[0]
			}
			r = unicode.ToLower(r)
		}
		out = append(out, r)
	}
	return out
}

// apply masks the words of one text.
func (m mask) apply(s string) (string, int) {
	s = visible(s)
	if bare := typeset.Unmarked(s); bare != s && m.stands(bare) {
		s = bare // what is masked may begin in one face and end in another
	}
	letters, folded := []rune(s), fold(s)
	var out []rune
	n := 0
	for i := 0; i < len(folded); {
		if end := m.at(folded, i); end > i {
			out = append(out, []rune(typeset.MaskedWords)...)
			n++
			i = end
			continue
		}
		out = append(out, letters[i])
		i++
	}
	if n == 0 {
		return s, 0
	}
	return string(out), n
}

// found tells whether a text holds one of the words, as it is written or as it is read.
func (m mask) found(s string) bool {
	s = visible(s)
	return m.stands(s) || m.stands(typeset.Unmarked(s))
}

func (m mask) stands(s string) bool {
	folded := fold(s)
	for i := range folded {
		if m.at(folded, i) > i {
			return true
		}
	}
	return false
}

// at is the end of the longest word that stands whole at a place.
func (m mask) at(folded []rune, i int) int {
	if i > 0 && wordly(folded[i-1]) && wordly(folded[i]) {
		return i
	}
	best := i
	for _, w := range m.words {
		if end := match(folded, i, w); end > best && (end == len(folded) || !wordly(folded[end-1]) || !wordly(folded[end])) {
			best = end
		}
	}
	return best
}

// match gives where a word ends, several spaces being one; i when it is not there.
func match(folded []rune, i int, word []rune) int {
	at := i
	for k := 0; k < len(word); k++ {
		if at >= len(folded) || folded[at] != word[k] {
			return i
		}
		at++
		if word[k] == ' ' {
			for at < len(folded) && folded[at] == ' ' {
				at++
			}
			for k+1 < len(word) && word[k+1] == ' ' {
				k++
			}
		}
	}
	return at
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
