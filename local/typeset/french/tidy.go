package french

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean makes text safe to print without changing its words: composed accents (NFC), ordinary line ends, no control,
// zero-width or direction-changing character (which can make a text read otherwise than it is stored), no soft hyphen.
// It keeps line feeds and every kind of visible space, so it suits texts that must be reproduced to the letter.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	s = norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r', r == '\u0085', r == '\u2028', r == '\u2029', r == '\v', r == '\f':
			return '\n'
		case r == '\t':
			return ' '
		case r == '\u00ad', unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Variation_Selector):
			return -1
		case r != '\u00a0' && r != '\u202f' && unicode.Is(unicode.Zs, r):
			return ' '
		default:
			return r
		}
	}, s)
	// Dropping a character can bring a letter and a combining accent together.
	return norm.NFC.String(s)
}

// isClean tells of most texts, at a glance, that Clean has nothing to do: they hold but ordinary characters, each composed.
func isClean(s string) bool {
	for _, r := range s {
		switch {
		case r >= ' ' && r < 0x7f, r == '\n', r >= 0xa0 && r <= 0xff && r != '\u00ad':
		case r == '’', r == 'œ', r == 'Œ', r == '–', r == '—', r == '…', r == '€', r == '\u202f':
		default:
			return false
		}
	}
	return true
}

// Paragraphs parts a text at its line ends, tidies each part and drops the empty ones.
func Paragraphs(s string) []string {
	var out []string
	for line := range strings.SplitSeq(Clean(s), "\n") {
		if line = Tidy(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// Tidy gives one paragraph its French typography: apostrophes, ellipses, guillemets, and the no-break spaces of the
// package's description. It changes no word and no figure, and tidying twice changes nothing more.
// Line ends become spaces. Addresses of the web and of mail are left as they are.
func Tidy(s string) string {
	s = strings.ReplaceAll(Clean(s), "\n", " ")
	s = joinSpaces(s)
	s = dots(s)
	s = apostrophes(s)
	s = guillemets(s)
	s = insideGuillemets(s)
	s = beforeMarks(s)
	return glue(s)
}

func isSpace(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\u202f' }

// joinSpaces turns each run of spaces into its strongest member and trims both ends.
func joinSpaces(s string) string {
	if !hasLooseSpace(s) {
		return s
	}
	var b strings.Builder
	var pending rune
	for _, r := range s {
		if isSpace(r) {
			pending = max(pending, r) // ' ' < U+00A0 < U+202F
			continue
		}
		if pending != 0 && b.Len() > 0 {
			b.WriteRune(pending)
		}
		pending = 0
		b.WriteRune(r)
	}
	return b.String()
}

// hasLooseSpace tells whether two spaces follow one another, or one stands at an end.
func hasLooseSpace(s string) bool {
	former := true
	for _, r := range s {
		space := isSpace(r)
		if space && former {
			return true
		}
		former = space
	}
	return former && s != ""
}

// dots turns three dots, and only three, into an ellipsis: longer runs are the leaders of a form.
func dots(s string) string {
	if !strings.Contains(s, "...") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && s[i+n] == '.' {
			n++
		}
		switch {
		case n == 3:
			b.WriteString("…")
		case n > 0:
			b.WriteString(s[i : i+n])
		default:
			n = 1
			b.WriteByte(s[i])
		}
		i += n
	}
	return b.String()
}

func apostrophes(s string) string {
	if !strings.Contains(s, "'") {
		return s
	}
	rs := []rune(s)
	for i := 1; i+1 < len(rs); i++ {
		if rs[i] == '\'' && unicode.IsLetter(rs[i-1]) && (unicode.IsLetter(rs[i+1]) || rs[i+1] == '«' || rs[i+1] == '"') {
			rs[i] = '’'
		}
	}
	return string(rs)
}

// guillemets turns straight double quotes into « and » when they come in pairs.
func guillemets(s string) string {
	if n := strings.Count(s, `"`); n == 0 || n%2 == 1 {
		return s
	}
	open := true
	return strings.Map(func(r rune) rune {
		if r != '"' {
			return r
		}
		open = !open
		if !open {
			return '«'
		}
		return '»'
	}, s)
}

func insideGuillemets(s string) string {
	if !strings.ContainsAny(s, "«»") {
		return s
	}
	var b strings.Builder
	rs := []rune(s)
	for i, r := range rs {
		if isSpace(r) && (i > 0 && rs[i-1] == '«' || i+1 < len(rs) && rs[i+1] == '»') {
			continue
		}
		if r == '»' && i > 0 {
			b.WriteString(NarrowSpace)
		}
		b.WriteRune(r)
		if r == '«' && i+1 < len(rs) && !(isSpace(rs[i+1]) && i+2 < len(rs) && rs[i+2] == '»') && rs[i+1] != '»' {
			b.WriteString(NarrowSpace)
		}
	}
	return b.String()
}

// beforeMarks puts the narrow space before ; : ! ?.
func beforeMarks(s string) string {
	if !strings.ContainsAny(s, ";:!?") {
		return s
	}
	rs := []rune(s)
	out := make([]rune, 0, len(rs)+8)
	for i, r := range rs {
		if strings.ContainsRune(";:!?", r) && len(out) > 0 {
			last := out[len(out)-1]
			switch {
			case isSpace(last):
				out[len(out)-1] = '\u202f'
			case opensMark(last) && closesMark(rs, i) && !isAddress(out):
				out = append(out, '\u202f')
			}
		}
		out = append(out, r)
	}
	return string(out)
}

// opensMark tells whether a mark after this character wants a space before it.
func opensMark(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(`)]»”’%€°…."²³`, r)
}

// closesMark tells whether the mark at i ends a word, unlike those of «14:02» and of addresses.
func closesMark(rs []rune, i int) bool {
	if i+1 == len(rs) {
		return true
	}
	next := rs[i+1]
	return isSpace(next) || strings.ContainsRune(`;:!?)]»”…,."`, next)
}

// isAddress tells whether the word at the end of rs is an address of the web or of mail.
func isAddress(rs []rune) bool {
	start := len(rs)
	for start > 0 && !isSpace(rs[start-1]) {
		start--
	}
	word := string(rs[start:])
	return strings.Contains(word, "://") || strings.Contains(word, "@") || strings.HasPrefix(word, "www.")
}

// glue makes the ordinary spaces that must not end a line into no-break ones.
func glue(s string) string {
	words := strings.Split(s, " ")
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(between(words, i))
		}
		b.WriteString(w)
	}
	return b.String()
}

// between gives the space that stands before words[i].
func between(words []string, i int) string {
	left, right := lastPart(words[i-1]), firstPart(words[i])
	switch {
	case isTitle[left] && right != "":
		return NoBreakSpace
	case isCode[left] && startsWithDigit(right):
		return NoBreakSpace
	case isDay(left) && isMonth[strings.TrimRight(right, ",.;)")]:
		return NoBreakSpace
	case isFigures(left) && (right == "h" || strings.HasPrefix(right, "€") || strings.HasPrefix(right, "%") || strings.HasPrefix(right, "‰")):
		return NarrowSpace
	case left == "h" && startsWithDigit(right) && strings.HasSuffix(words[i-1], NarrowSpace+"h"):
		return NarrowSpace
	case left == "h" && startsWithDigit(right) && i >= 2 && isFigures(lastPart(words[i-2])):
		return NarrowSpace
	case isGroup(right) && thousandsBefore(words, i) && unitAfter(words, i):
		return NarrowSpace
	}
	return " "
}

var (
	isTitle = set("M.", "MM.", "Mme", "Mmes", "Mlle", "Me", "Dr", "Pr", "n°", "N°", "nos", "§", "art.")
	isCode  = set("L.", "R.", "D.", "LO.", "article", "articles", "Article", "Articles", "alinéa", "p.", "page", "pages", "no")
	isMonth = set(months[:]...)
	isUnit  = set("€", "euros", "euro", "m²", "m³", "ha", "habitants", "kWh", "km")
)

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

func parts(w string) []string { return strings.FieldsFunc(w, isSpace) }

// lastPart is what stands after the last no-break space of a word.
func lastPart(w string) string {
	w = strings.TrimRightFunc(w, isSpace)
	if i := strings.LastIndexFunc(w, isSpace); i >= 0 {
		_, size := utf8.DecodeRuneInString(w[i:])
		w = w[i+size:]
	}
	return strings.TrimLeft(w, "(«[")
}

// firstPart is what stands before the first no-break space of a word.
func firstPart(w string) string {
	w = strings.TrimLeftFunc(w, isSpace)
	if i := strings.IndexFunc(w, isSpace); i >= 0 {
		return w[:i]
	}
	return w
}

func isDay(w string) bool {
	return w == "1er" || len(w) <= 2 && isFigures(w)
}

// isFigures tells whether w is a number, with or without decimals.
func isFigures(w string) bool {
	digits := 0
	for _, r := range w {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r != ',':
			return false
		}
	}
	return digits > 0
}

func startsWithDigit(w string) bool { return w != "" && w[0] >= '0' && w[0] <= '9' }

// isGroup tells whether w is a group of thousands, which may end with decimals.
func isGroup(w string) bool {
	whole, _, _ := strings.Cut(w, ",")
	return len(whole) == 3 && isFigures(whole) && isFigures(w)
}

// thousandsBefore tells whether the words before i are the head of a number parted in groups.
func thousandsBefore(words []string, i int) bool {
	head := lastPart(words[i-1])
	return isFigures(head) && !strings.Contains(head, ",") && len(head) <= 3
}

// unitAfter tells whether the groups from i on end with a unit: only then are they surely one number, and not, say, the
// numbers of two plots of land.
func unitAfter(words []string, i int) bool {
	for ; i < len(words); i++ {
		p := parts(words[i])
		if len(p) == 0 || !isGroup(p[0]) {
			return len(p) > 0 && isUnit[strings.TrimRight(p[0], ",.;)")]
		}
		if len(p) > 1 {
			return isUnit[strings.TrimRight(p[1], ",.;)")]
		}
	}
	return false
}
