package names

import (
	"strings"

	"alpi40.fr/airial/local/typeset/french"
)

const (
	vowels     = "AEIOUY"
	consonants = "BCDFGHJKLMNPQRSTVWXZ"
	notN       = "BCDFGHJKLMPQRSTVWXZ" // a consonant that an M before it makes nasal
)

// context tells whether what stands before or after a place in a word lets a rule apply.
type context func(word string, at int) bool

// rewriting is a rule of the code: the first of from that stands between its contexts becomes to.
type rewriting struct {
	id            string // in the article
	before, after context
	from          []string
	to            string
}

func always(string, int) bool      { return true }
func start(_ string, at int) bool  { return at == 0 }
func end(word string, at int) bool { return at == len(word) }
func inside(_ string, at int) bool { return at > 0 }
func follows(set string) context {
	return func(w string, at int) bool { return at > 0 && strings.IndexByte(set, w[at-1]) >= 0 }
}
func followsNone(set string) context {
	return func(w string, at int) bool { return !follows(set)(w, at) }
}
func precedes(set string) context {
	return func(w string, at int) bool { return at < len(w) && strings.IndexByte(set, w[at]) >= 0 }
}
func precedesNone(set string) context {
	return func(w string, at int) bool { return !precedes(set)(w, at) }
}
func either(a, b context) context { return func(w string, at int) bool { return a(w, at) || b(w, at) } }
func replace(id, from, to string) rewriting {
	return rewriting{id, always, always, strings.Fields(from), to}
}

// semivowel: a vowel other than I, or an I that begins no ILL.
func semivowel(w string, at int) bool {
	return precedes("AEOU")(w, at) || precedes("I")(w, at) && !strings.HasPrefix(w[at+1:], "LL")
}

// beforeNasal: M or N, perhaps after an I.
func beforeNasal(w string, at int) bool {
	if precedes("I")(w, at) {
		at++
	}
	return precedes("MN")(w, at)
}

// single makes one of two letters.
func single(id string, before context, letters string, after context) (all []rewriting) {
	for _, l := range letters {
		all = append(all, rewriting{id, before, after, []string{string(l) + string(l)}, string(l)})
	}
	return all
}

// doubled is applied first and last: what is written twice is heard once.
func doubled() []rewriting {
	all := single("V-14", always, vowels, always)
	all = append(all, single("C-28", always, "BDFGHJKMNPQRTVWXZ", always)...)
	all = append(all, single("C-28", always, "C", either(precedes(consonants), end))...)
	all = append(all, single("C-28", either(start, follows(consonants)), "S", always)...)
	all = append(all, single("C-28", always, "S", either(precedes(consonants), end))...)
	all = append(all, single("C-28", followsNone("I"), "L", always)...)
	return append(all, rewriting{"C-28", always, end, []string{"ILE"}, "ILLE"})
}

// rules are those of the article, in the order in which they are applied. «#» keeps C-11, C-16 and C-17 from what follows.
var rules = func() []rewriting {
	all := doubled()
	all = append(all,
		replace("C-12", "GEAU GEO", "JO"),
		rewriting{"C-8", always, precedes("AOU"), []string{"CC"}, "K"},
		rewriting{"C-9", always, precedes("EIY"), []string{"CC"}, "X"},
		rewriting{"C-10", always, precedes("EIY"), []string{"G"}, "J"},
		rewriting{"C-16", start, precedes(consonants), []string{"MAC"}, "MA#"},
		rewriting{"C-17", start, always, []string{"MC"}, "MA#"},
		rewriting{"C-2", follows(vowels), precedes("EIY"), []string{"C"}, "SS"},
		rewriting{"C-3", follows("BDFGHJKLMNPQRSTVWZ"), precedes("EIY"), []string{"C"}, "S"},
		rewriting{"C-7", always, precedes("BDFGJKLMNPQRSTVWXZ"), []string{"C"}, "K"},
		rewriting{"V-2, V-5", always, end, strings.Fields("EAULT EAULX AULT AULX OLT OLX"), "O"},
		rewriting{"V-3, V-4", always, end, strings.Fields("EAUT EAUX AUT AUX"), "O"},
		rewriting{"V-6", always, end, strings.Fields("EAULD EAUD AULD AUD"), "O"},
		replace("V-1", "EAU AU", "O"),
		rewriting{"C-14", followsNone("PCS"), always, []string{"H"}, ""},
		rewriting{"C-31, C-33", start, always, strings.Fields("SAINTE- STE- SAINTE STE"), "STE-"},
		rewriting{"C-30, C-32", start, precedesNone("E"), strings.Fields("SAINT- SAIN- SINT- SIN- SEIN- SEIM- CINQ- CIN- ST- SAINT SAIN SINT SIN SEIN SEIM CINQ CIN ST"), "ST-"},
		rewriting{"C-11", always, beforeNasal, []string{"GA"}, "G#"},
		rewriting{"V-15", always, precedes(notN), []string{"AM", "EM"}, "EN"},
		rewriting{"V-17", always, precedes(consonants), []string{"AN"}, "EN"},
		rewriting{"V-18", always, either(precedes(consonants), end), []string{"AIM", "AIN", "EIN"}, "IN"},
		rewriting{"V-7", followsNone("G"), end, []string{"AY"}, "E"},
		rewriting{"V-8", always, end, []string{"EUX"}, "EU"},
		rewriting{"V-9", always, either(precedes(consonants), end), []string{"EY"}, "E"},
		replace("V-10", "Y", "I"),
		rewriting{"V-11", follows(vowels), precedes(vowels), []string{"I"}, "Y"},
		rewriting{"V-12", follows(vowels), always, []string{"ILL"}, "Y"},
		rewriting{"V-13", always, semivowel, []string{"OU"}, "W"},
		rewriting{"V-16", always, precedes(notN), []string{"OM"}, "ON"},
		rewriting{"V-19", always, end, strings.Fields("BOURNE BOURN BORNE BORN BURNE BURN"), "BURN"},
		rewriting{"V-20", start, always, []string{"IM"}, "IN"},
		rewriting{"V-20", follows(consonants), precedes(notN), []string{"IM"}, "IN"},
		replace("C-1", "BV", "V"),
		rewriting{"C-4", start, precedes("EIY"), []string{"C"}, "S"},
		rewriting{"C-5", start, precedes("OUA"), []string{"C"}, "K"},
		rewriting{"C-6", follows(vowels), end, []string{"C"}, "K"},
		rewriting{"C-13", always, precedes(vowels), []string{"GNI"}, "GN"},
		replace("C-15", "JEA", "JA"),
		replace("C-18", "PH", "F"),
		replace("C-19", "QU", "K"),
		rewriting{"C-20", start, precedes("EIY"), []string{"SC"}, "S"},
		rewriting{"C-21", inside, precedes("EIY"), []string{"SC"}, "SS"},
		rewriting{"C-22", inside, precedes("AOU"), []string{"SC"}, "SK"},
		replace("C-23", "SH", "CH"),
		rewriting{"C-24", always, end, []string{"TIA"}, "SSIA"},
		rewriting{"C-25", follows("AIOUY"), always, []string{"W"}, ""},
		replace("C-26", "XC XS XZ", "X"),
		rewriting{"C-27", follows(vowels), always, []string{"Z"}, "S"},
		rewriting{"C-27", follows(consonants), precedes(consonants), []string{"Z"}, "S"},
		rewriting{id: "C-29"}, // see unheard
	)
	all = append(all, doubled()...)
	return append(all, replace("C-34", "G#", "GA"), replace("C-35", "MA#", "MAC"))
}()

// Sound is the FONEM code of one word, in capitals; empty for a word without a letter of the alphabet.
func Sound(word string) string {
	word = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r == '-' {
			return r
		}
		return -1
	}, strings.ToUpper(ligatures.Replace(french.Unaccented(word))))
	for i := range rules {
		if rules[i].id == "C-29" {
			word = unheard(word)
			continue
		}
		word = rules[i].apply(word)
	}
	return word
}

var ligatures = strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE", "ß", "ss")

// apply rewrites a word from left to right; the contexts are read in the word as it was.
func (r *rewriting) apply(word string) string {
	var out strings.Builder
	last := 0
	for at := 0; at < len(word); {
		n := r.length(word, at)
		if n == 0 {
			at++
			continue
		}
		out.WriteString(word[last:at])
		out.WriteString(r.to)
		at += n
		last = at
	}
	if last == 0 {
		return word
	}
	out.WriteString(word[last:])
	return out.String()
}

// length is how much of a word the rule takes at a place.
func (r *rewriting) length(word string, at int) int {
	for _, from := range r.from {
		if strings.HasPrefix(word[at:], from) && r.before(word, at) && r.after(word, at+len(from)) {
			return len(from)
		}
	}
	return 0
}

// unheard is C-29: the last of two consonants is not heard, but in the groups that it names.
func unheard(word string) string {
	n := len(word)
	if n < 2 || strings.IndexByte(consonants, word[n-1]) < 0 || strings.IndexByte(consonants, word[n-2]) < 0 || strings.HasSuffix(word, "ILS") {
		return word
	}
	switch a, b := word[n-2], word[n-1]; {
	case b == 'H' && (a == 'C' || a == 'S'), b == 'P' && (a == 'M' || a == 'N'), a == 'R' && strings.IndexByte("CFKLNSX", b) >= 0:
		return word
	}
	return word[:n-1]
}
