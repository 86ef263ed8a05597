package spelling

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/client9/gospell"
	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/local/typeset/french"
)

//go:embed dictionary/*.zst
var files embed.FS

// Dictionary is the French dictionary, opened. It may be used from any goroutine.
type Dictionary struct {
	mu    sync.Mutex
	words *gospell.GoSpell
	known map[string]bool // verdicts already given
	roots []root
	bare  map[string][]string // the roots by their letters without accents
}

// root is an entry of the dictionary, ready to be compared.
type root struct {
	word string
	bare []rune
}

const (
	maxDecompressed = 16 << 20
	maxKnown        = 50_000
	maxWord         = 60 // runes; what is longer is no word
)

// Open reads the dictionary that the program comes with.
func Open() (*Dictionary, error) {
	aff, err := unpack("dictionary/fr.aff.zst")
	if err != nil {
		return nil, err
	}
	dic, err := unpack("dictionary/fr.dic.zst")
	if err != nil {
		return nil, err
	}
	words, err := gospell.NewGoSpellReader(bytes.NewReader(aff), bytes.NewReader(dic))
	if err != nil {
		return nil, fmt.Errorf("reading the dictionary: %w", err)
	}
	return &Dictionary{words: words, known: map[string]bool{}}, nil
}

func unpack(name string) ([]byte, error) {
	packed, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDecompressed))
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", name, err)
	}
	defer d.Close()
	plain, err := d.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", name, err)
	}
	return plain, nil
}

// Mistake is a word that is not in the dictionary.
type Mistake struct {
	Word string
	At   int // its first byte in the text
}

// Accepted is a set of words that are right whatever the dictionary says: names, what people added.
type Accepted map[string]bool

// Accept makes a set of the words of some texts.
func Accept(texts ...string) Accepted {
	a := Accepted{}
	for _, t := range texts {
		for _, w := range split(t) {
			a[fold(w.Word)] = true
			for _, part := range strings.FieldsFunc(w.Word, func(r rune) bool { return r == '-' || r == '\'' }) {
				a[fold(part)] = true
			}
		}
	}
	return a
}

func fold(s string) string { return strings.ToLower(straight(s)) }

func straight(s string) string { return strings.ReplaceAll(s, "’", "'") }

// Check gives the mistakes of a text, each place of a word in order. It ends early, without error, when ctx is done.
func (d *Dictionary) Check(ctx context.Context, text string, accepted Accepted) []Mistake {
	var all []Mistake
	for _, w := range split(text) {
		if ctx.Err() != nil {
			break
		}
		if !d.right(w.Word, accepted) {
			all = append(all, w)
		}
	}
	return all
}

func (d *Dictionary) right(word string, accepted Accepted) bool {
	word = straight(word)
	if isExempt(word) || accepted[fold(word)] || townHall[fold(word)] {
		return true
	}
	if _, tail, elided := strings.Cut(word, "'"); elided && tail != "" && (isExempt(tail) || accepted[fold(tail)] || townHall[fold(tail)]) {
		return true
	}
	if d.has(word) {
		return true
	}
	parts := strings.Split(word, "-")
	if len(parts) == 1 {
		return false
	}
	for _, part := range parts {
		if part != "" && !isExempt(part) && !accepted[fold(part)] && !d.has(part) {
			return false
		}
	}
	return true
}

// isExempt tells what is not looked up: acronyms, initials, Roman figures.
func isExempt(word string) bool {
	return utf8.RuneCountInString(word) < 2 || strings.ToUpper(word) == word || utf8.RuneCountInString(word) > maxWord
}

// has asks the dictionary, under the word's own case and in small letters.
func (d *Dictionary) has(word string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ask(word)
}

func (d *Dictionary) ask(word string) bool {
	if right, told := d.known[word]; told {
		return right
	}
	right := d.words.Spell(word)
	if small := strings.ToLower(word); !right && small != word {
		right = d.words.Spell(small)
	}
	if len(d.known) >= maxKnown {
		clear(d.known)
	}
	d.known[word] = right
	return right
}

// townHall are words of the law that the dictionary lacks.
var townHall = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`sexies septies octies nonies decies undecies duodecies quinquies quater ter bis
		affouagistes affouagiste ganaderia ganaderias airial airiaux télérecours intercommunalité télétransmission
		préélémentaire périscolaire vidéoprotection recenseur recenseurs fongibilité er re ème`) {
		m[w] = true
	}
	return m
}()

// split gives the words of a text; what has figures, addresses and variables is left out.
func split(text string) []Mistake {
	var words []Mistake
	at := 0
	for _, field := range strings.FieldsFunc(text, unicode.IsSpace) {
		start := at + strings.Index(text[at:], field)
		at = start + len(field)
		if strings.Contains(field, "://") || strings.Contains(field, "@") || strings.HasPrefix(field, "www.") {
			continue
		}
		words = append(words, wordsOf(field, start)...)
	}
	return words
}

// wordsOf gives the words of what stands between two spaces.
func wordsOf(field string, start int) []Mistake {
	var words []Mistake
	begin, figures, braces := -1, false, 0
	end := func(i int) {
		if begin >= 0 {
			w := field[begin:i]
			trimmed := strings.TrimRight(w, "-'’")
			if !figures && trimmed != "" {
				words = append(words, Mistake{Word: trimmed, At: start + begin})
			}
		}
		begin, figures = -1, false
	}
	for i, r := range field {
		switch {
		case r == '{':
			end(i)
			braces++
		case r == '}':
			braces = max(braces-1, 0)
			begin, figures = -1, false
		case braces > 0:
		case unicode.IsLetter(r) || unicode.Is(unicode.Mn, r):
			if begin < 0 {
				begin = i
			}
		case unicode.IsDigit(r) || r == '_':
			if begin < 0 {
				begin = i
			}
			figures = true
		case (r == '-' || r == '\'' || r == '’') && begin >= 0:
		default:
			end(i)
		}
	}
	end(len(field))
	return words
}

// Suggest gives at most limit words close to one that is wrong, the closest first. It may take some tenths of a second.
func (d *Dictionary) Suggest(ctx context.Context, word string, limit int) []string {
	word = straight(word)
	if head, tail, elided := strings.Cut(word, "'"); elided && len(head) <= 2 && tail != "" {
		all := d.Suggest(ctx, tail, limit)
		for i := range all {
			all[i] = head + "’" + all[i]
		}
		return all
	}
	if utf8.RuneCountInString(word) > maxWord {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.index()
	small := strings.ToLower(word)
	var found []string
	add := func(s string) {
		if s = likeCase(word, s); s != word && !slices.Contains(found, s) && len(found) < limit {
			found = append(found, s)
		}
	}
	for _, w := range d.accented(small) {
		add(w)
	}
	for _, w := range near(small) {
		if ctx.Err() != nil || len(found) >= limit {
			break
		}
		if d.ask(w) {
			add(w)
		}
	}
	if len(found) < limit {
		for _, w := range d.closest(ctx, small, limit) {
			add(w)
		}
	}
	return found
}

func likeCase(like, s string) string {
	if first, _ := utf8.DecodeRuneInString(like); unicode.IsUpper(first) {
		r, n := utf8.DecodeRuneInString(s)
		return string(unicode.ToUpper(r)) + s[n:]
	}
	return s
}

// index prepares the roots, once.
func (d *Dictionary) index() {
	if d.bare != nil {
		return
	}
	d.bare = map[string][]string{}
	d.words.ForEachWord(func(w string) bool {
		if n := utf8.RuneCountInString(w); n < 2 || n > maxWord || strings.ContainsAny(w, "0123456789") || !d.words.HasWord(w) {
			return true
		}
		b := bareOf(w)
		d.roots = append(d.roots, root{w, []rune(b)})
		d.bare[b] = append(d.bare[b], w)
		return true
	})
	slices.SortFunc(d.roots, func(a, b root) int { return strings.Compare(a.word, b.word) })
	for _, same := range d.bare {
		slices.Sort(same)
	}
}

var ligatures = strings.NewReplacer("œ", "oe", "æ", "ae")

func bareOf(s string) string { return ligatures.Replace(strings.ToLower(french.Unaccented(s))) }

// accented gives the words of the same letters with other accents, plurals included.
func (d *Dictionary) accented(word string) []string {
	b := bareOf(word)
	var all []string
	for _, ending := range []string{"", "s", "x", "e", "es"} {
		if stem, has := strings.CutSuffix(b, ending); has {
			for _, w := range d.bare[stem] {
				if d.ask(w + ending) {
					all = append(all, w+ending)
				}
			}
		}
	}
	return all
}

// near gives what one slip of the fingers would have made of a word.
func near(word string) []string {
	rs := []rune(word)
	var all []string
	for i := range rs {
		all = append(all, string(rs[:i])+string(rs[i:i+1])+string(rs[i:])) // doubled
		all = append(all, string(rs[:i])+string(rs[i+1:]))                 // dropped
		if i+1 < len(rs) && rs[i] != rs[i+1] {
			all = append(all, string(rs[:i])+string(rs[i+1])+string(rs[i])+string(rs[i+2:]))
		}
		for _, other := range confused[rs[i]] {
			all = append(all, string(rs[:i])+string(other)+string(rs[i+1:]))
		}
	}
	return all
}

// confused are letters taken for one another.
var confused = map[rune][]rune{
	'e': {'é', 'è', 'ê'}, 'é': {'e', 'è'}, 'è': {'é', 'e'}, 'a': {'à', 'â'}, 'o': {'ô'}, 'u': {'ù', 'û'}, 'i': {'î'}, 'c': {'ç', 's'}, 's': {'c', 't', 'z'}, 't': {'s'}, 'z': {'s'}, 'm': {'n'}, 'n': {'m'},
}

// maxDistance is how far a suggestion may stand from what was typed.
const maxDistance = 2

// closest gives the roots that stand closest, accents set aside.
func (d *Dictionary) closest(ctx context.Context, word string, limit int) []string {
	type near struct {
		word     string
		distance int
	}
	var all []near
	typed := []rune(bareOf(word))
	row := make([]int, len(typed)+maxDistance+2)
	for i, r := range d.roots {
		if i%4096 == 0 && ctx.Err() != nil {
			break
		}
		if n := distance(typed, r.bare, row); n <= maxDistance && n < len(typed)-1 {
			all = append(all, near{r.word, n})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return a.distance - b.distance })
	var words []string
	for _, n := range all[:min(len(all), limit)] {
		words = append(words, n.word)
	}
	return words
}

// distance is Levenshtein's, given up above maxDistance. row has room for the longer of the two.
func distance(a, b []rune, row []int) int {
	if len(a)-len(b) > maxDistance || len(b)-len(a) > maxDistance {
		return maxDistance + 1
	}
	row = row[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		before := row[0]
		row[0] = i + 1
		best := row[0]
		for j, y := range b {
			cost := before
			if x != y {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
			best = min(best, row[j+1])
		}
		if best > maxDistance {
			return maxDistance + 1
		}
	}
	return row[len(b)]
}
