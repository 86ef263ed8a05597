package french

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Unaccented gives a text without its accents and cedillas, by which it is sorted
// and searched: «Éléonore Garçon» is «Eleonore Garcon». Ligatures stay.
func Unaccented(s string) string {
	if isPlain(s) {
		return s
	}
	out, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		return s
	}
	return out
}

// isPlain tells that a text has nothing but ASCII, as most names in capitals do.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// BareWords are the words of a text, without accents, in lower case.
func BareWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(Unaccented(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
