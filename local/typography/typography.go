package typography

import (
	"regexp"
	"strings"
	"sync"

	"alpi40.fr/airial/local/typeset/french"
)

// Rule names why something changes.
type Rule string

// The rules.
const (
	Number         Rule = "number"   // n° 12
	Ordinal        Rule = "ordinal"  // 1er, 1re, 2e
	Article        Rule = "article"  // L. 2121-29
	Hour           Rule = "hour"     // 14 h 30
	Amount         Rule = "amount"   // 1 200,50 €
	Civility       Rule = "civility" // M. Exemple
	Ligature       Rule = "ligature" // œuvre
	Capital        Rule = "capital"  // l’État
	Mark           Rule = "mark"     // apostrophes, guillemets, ellipses
	Spaces         Rule = "spaces"   // before ; : ! ? and what must not be parted
	noBreak             = french.NoBreakSpace
	anySpace            = `[ \x{00a0}\x{202f}]`
	wordStart           = `(^|[^\pL\pN])`
	wordEnd             = `($|[^\pL\pN])`
	monthWord           = `janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre`
	unitOfSum           = `€|euros?\b`
	maxChanges          = 200
	spaceChars          = " \u00a0\u202f"
	protectedHints      = `\S*(?:://|@|www\.)\S*`
)

// Change is one thing that printing changes.
type Change struct {
	Rule          Rule
	Before, After string
}

// correction rewrites what its expression finds; the template is regexp's.
type correction struct {
	rule  Rule
	found *regexp.Regexp
	write func(parts []string) string
}

// corrections are made when they are first asked for: their expressions take a while, and the window opens without them.
var corrections = sync.OnceValue(func() []correction {
	return []correction{
		{Number, regexp.MustCompile(wordStart + `([nN])` + anySpace + `?[°ºᵒ]` + anySpace + `*(\d|\p{Lu}{1,3}\d)`), func(p []string) string { return p[1] + p[2] + "°" + noBreak + p[3] }},
		{Number, regexp.MustCompile(wordStart + `(n)o` + anySpace + `+(\d)`), func(p []string) string { return p[1] + p[2] + "°" + noBreak + p[3] }},
		{Ordinal, regexp.MustCompile(wordStart + `1` + anySpace + `?(?:er|ER)` + anySpace + `+(` + monthWord + `)` + wordEnd), func(p []string) string { return p[1] + "1er" + noBreak + p[2] + p[3] }},
		{Ordinal, regexp.MustCompile(`((?:^|[^\pL\pN])(?:[Ll]e|[Dd]u|[Aa]u))` + anySpace + `+0?1` + anySpace + `+(` + monthWord + `)` + wordEnd), func(p []string) string { return p[1] + " 1er" + noBreak + p[2] + p[3] }},
		{Ordinal, regexp.MustCompile(wordStart + `1(?:ère|ere)(s?)` + wordEnd), func(p []string) string { return p[1] + "1re" + p[2] + p[3] }},
		{Ordinal, regexp.MustCompile(wordStart + `([2-9]|[1-9]\d{1,2})(?:ème|eme|ième|ieme)(s?)` + wordEnd), func(p []string) string { return p[1] + p[2] + "e" + p[3] + p[4] }},
		{Article, regexp.MustCompile(wordStart + `([LRD])\.?` + anySpace + `?\*?(\d{1,4}(?:-\d+)+)`), func(p []string) string { return p[1] + p[2] + "." + noBreak + p[3] }},
		{Hour, regexp.MustCompile(wordStart + `([01]?\d|2[0-3])` + anySpace + `?[hH]` + anySpace + `?([0-5]\d)` + wordEnd), func(p []string) string {
			return p[1] + p[2] + french.NarrowSpace + "h" + french.NarrowSpace + p[3] + p[4]
		}},
		{Amount, regexp.MustCompile(`(^|[^\pL\pN.,])(\d+)\.(\d{2})` + anySpace + `*(` + unitOfSum + `)`), func(p []string) string { return p[1] + p[2] + "," + p[3] + french.NarrowSpace + p[4] }},
		{Amount, regexp.MustCompile(`(^|[^\pL\pN.,  \x{00a0}\x{202f}]` + anySpace + `?|[^\pN]` + anySpace + `)(\d{4,12})(,\d{1,2})?` + anySpace + `*(` + unitOfSum + `)`), func(p []string) string {
			return p[1] + grouped(p[2]) + p[3] + french.NarrowSpace + p[4]
		}},
		{Amount, regexp.MustCompile(`(\d)(€)`), func(p []string) string { return p[1] + french.NarrowSpace + p[2] }},
		{Civility, regexp.MustCompile(wordStart + `Mr\.?` + anySpace + `+(\p{Lu}[\pL’'-]*)`), func(p []string) string { return p[1] + "M." + noBreak + p[2] }},
		{Ligature, regexp.MustCompile(`(?i)` + wordStart + `(man|désman|ch|c|s|n|v)?(oe)(uvr|ur|ud|u\b|ux\b|il\b|uf|urs\b)`), func(p []string) string {
			lig := "œ"
			if p[3][0] == 'O' {
				lig = "Œ"
			}
			return p[1] + p[2] + lig + p[4]
		}},
		{Capital, regexp.MustCompile(wordStart + `E(tats?|coles?|lections?|lectricité|lectrification|tablissements?|glises?|tudes?|lus?|lues?|quipements?)` + wordEnd), func(p []string) string { return p[1] + "É" + p[2] + p[3] }},
		{Capital, regexp.MustCompile(`(^|[.;:] )A( compter| partir| défaut| titre| l['’]| la )`), func(p []string) string { return p[1] + "À" + p[2] }},
	}
})

// grouped parts figures by thousands.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + french.NarrowSpace + digits[i:]
	}
	return digits
}

var address = regexp.MustCompile(protectedHints)

// Correct gives a paragraph as it is printed.
func Correct(s string) string {
	out, _ := correct(s)
	return out
}

// Changes tells what Correct changes in a paragraph: the words that it rewrites, and, in one line, the spaces.
func Changes(s string) []Change {
	_, changes := correct(s)
	return changes
}

// maxPasses bounds the search of a form that no longer changes; two are the usual.
const maxPasses = 8

func correct(typed string) (string, []Change) {
	var changes []Change
	s := strings.ReplaceAll(french.Clean(typed), "\n", " ")
	all := corrections()
	for range maxPasses {
		before := s
		for i := range all {
			s = outside(s, func(part string) string { return all[i].apply(part, &changes) })
		}
		tidy := french.Tidy(s)
		changes = append(changes, marks(s, tidy)...)
		if s = tidy; s == before {
			break
		}
	}
	if strings.TrimSpace(typed) != s && len(changes) == 0 {
		changes = []Change{{Rule: Spaces}}
	}
	if len(changes) > maxChanges {
		changes = changes[:maxChanges]
	}
	return s, changes
}

// outside applies f to what is not an address.
func outside(s string, f func(string) string) string {
	var b strings.Builder
	at := 0
	for _, m := range address.FindAllStringIndex(s, -1) {
		b.WriteString(f(s[at:m[0]]))
		b.WriteString(s[m[0]:m[1]])
		at = m[1]
	}
	b.WriteString(f(s[at:]))
	return b.String()
}

func (c *correction) apply(s string, changes *[]Change) string {
	// Two matches may share the character between them: what one pass leaves, the next one sees.
	for range 3 {
		again := c.found.ReplaceAllStringFunc(s, func(found string) string {
			written := c.write(c.found.FindStringSubmatch(found))
			if written != found && squeezed(written) != squeezed(found) {
				*changes = append(*changes, Change{c.rule, trimmed(found), trimmed(written)})
			}
			return written
		})
		if again == s {
			break
		}
		s = again
	}
	return s
}

// squeezed is a text without its spaces.
func squeezed(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(spaceChars, r) {
			return -1
		}
		return r
	}, s)
}

func trimmed(s string) string { return strings.Trim(s, spaceChars+",;:.()«»") }

// marks tells the words whose marks tidying changed.
func marks(before, after string) []Change {
	var changes []Change
	a, b := strings.Fields(strings.Map(spaceAs, before)), strings.Fields(strings.Map(spaceAs, after))
	if len(a) == len(b) {
		for i := range a {
			if a[i] != b[i] {
				changes = append(changes, Change{Mark, a[i], b[i]})
			}
		}
	} else if squeezed(before) != squeezed(after) {
		changes = append(changes, Change{Mark, trimmed(before), trimmed(after)})
	}
	return changes
}

func spaceAs(r rune) rune {
	if strings.ContainsRune(spaceChars, r) {
		return ' '
	}
	return r
}
