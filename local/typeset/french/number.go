package french

import (
	"math"
	"strconv"
	"strings"
)

// Gender agrees «un» and the ordinals with their noun.
type Gender bool

// The two genders.
const (
	Masculine Gender = false
	Feminine  Gender = true
)

var units = [...]string{
	"zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
	"quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
}

var tens = [...]string{"", "dix", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt"}

// Words writes a whole number in letters, in the traditional spelling of civil status («deux cent vingt et un»).
// Any int64 can be written; a negative one begins with «moins».
func Words(n int64, g Gender) string {
	if n < 0 {
		if n == math.MinInt64 {
			return "moins " + words(1<<63, g)
		}
		return "moins " + words(uint64(-n), g)
	}
	return words(uint64(n), g)
}

// scales are the named powers of a thousand above mille, greatest first.
var scales = [...]struct {
	value uint64
	name  string
}{
	{1e18, "trillion"}, {1e15, "billiard"}, {1e12, "billion"}, {1e9, "milliard"}, {1e6, "million"},
}

func words(n uint64, g Gender) string {
	if n == 0 {
		return units[0]
	}
	var parts []string
	for _, s := range scales {
		if k := n / s.value; k > 0 {
			name := s.name
			if k > 1 {
				name += "s"
			}
			parts = append(parts, belowThousand(k, Masculine, true), name)
			n %= s.value
		}
	}
	if k := n / 1000; k > 0 {
		if k > 1 {
			parts = append(parts, belowThousand(k, Masculine, false))
		}
		parts = append(parts, "mille")
		n %= 1000
	}
	if n > 0 {
		parts = append(parts, belowThousand(n, g, true))
	}
	return strings.Join(parts, " ")
}

// belowThousand writes 1 to 999. Plural says whether «cents» and «quatre-vingts» take their s: they do at the end of a
// number and before a noun such as millions, never before mille.
func belowThousand(n uint64, g Gender, plural bool) string {
	var parts []string
	if h := n / 100; h > 0 {
		if h > 1 {
			parts = append(parts, units[h])
		}
		cent := "cent"
		if h > 1 && n%100 == 0 && plural {
			cent = "cents"
		}
		parts = append(parts, cent)
	}
	if r := n % 100; r > 0 {
		parts = append(parts, belowHundred(r, g, plural))
	}
	return strings.Join(parts, " ")
}

func belowHundred(n uint64, g Gender, plural bool) string {
	one := "un"
	if g == Feminine {
		one = "une"
	}
	switch t, u := n/10, n%10; {
	case n == 1:
		return one
	case n < 20:
		return units[n]
	case n == 80 && plural:
		return "quatre-vingts"
	case u == 0 && t != 7 && t != 9:
		return tens[t]
	case n == 71:
		return "soixante et onze"
	case t == 7 || t == 9:
		return tens[t] + "-" + units[10+u]
	case u == 1 && t != 8:
		return tens[t] + " et " + one
	case u == 1:
		return tens[t] + "-" + one
	default:
		return tens[t] + "-" + units[u]
	}
}

// Number writes a whole number in figures, by groups of three parted by narrow no-break spaces («12 500»).
func Number(n int64) string {
	sign, digits := "", strconv.FormatInt(n, 10)
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	return sign + group(digits)
}

func group(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + NarrowSpace + digits[i:]
	}
	return digits
}

// Amount writes a sum of euros given in cents («1 234,50 €»).
func Amount(cents int64) string {
	sign, c := "", uint64(cents)
	if cents < 0 {
		sign, c = "−", -c
	}
	fraction := strconv.FormatUint(100+c%100, 10)[1:]
	return sign + group(strconv.FormatUint(c/100, 10)) + "," + fraction + NarrowSpace + "€"
}

// AmountInWords writes a sum of euros given in cents in letters («deux mille euros et cinq centimes»).
func AmountInWords(cents int64) string {
	if cents < 0 {
		return "moins " + amountInWords(-uint64(cents))
	}
	return amountInWords(uint64(cents))
}

func amountInWords(cents uint64) string {
	euros, rest := cents/100, cents%100
	var text string
	switch {
	case euros < 2:
		text = words(euros, Masculine) + " euro"
	case euros%1e6 == 0:
		text = words(euros, Masculine) + " d’euros"
	default:
		text = words(euros, Masculine) + " euros"
	}
	switch {
	case rest == 0:
		return text
	case euros == 0:
		text = ""
	default:
		text += " et "
	}
	text += words(rest, Masculine) + " centime"
	if rest > 1 {
		text += "s"
	}
	return text
}

// Ordinal abbreviates a rank («1er», «1re», «2e»). The typesetter raises the letters.
func Ordinal(n int, g Gender) string {
	switch {
	case n == 1 && g == Feminine:
		return "1re"
	case n == 1:
		return "1er"
	default:
		return strconv.Itoa(n) + "e"
	}
}

// OrdinalInWords writes a rank in letters («premier», «deuxième», «vingt et unième»). It is for ranks above zero.
func OrdinalInWords(n int, g Gender) string {
	if n == 1 {
		if g == Feminine {
			return "première"
		}
		return "premier"
	}
	w := Words(int64(n), Masculine)
	switch {
	case strings.HasSuffix(w, "cinq"):
		return w + "uième"
	case strings.HasSuffix(w, "neuf"):
		return strings.TrimSuffix(w, "f") + "vième"
	case strings.HasSuffix(w, "e"):
		return strings.TrimSuffix(w, "e") + "ième"
	case strings.HasSuffix(w, "cents"), strings.HasSuffix(w, "vingts"), strings.HasSuffix(w, "ions"), strings.HasSuffix(w, "iards"):
		return strings.TrimSuffix(w, "s") + "ième"
	default:
		return w + "ième"
	}
}

// Count writes a number before its noun («1 voix», «12 membres»). Below two, French keeps the singular.
func Count(n int, one, many string) string {
	noun := many
	if n < 2 && n > -2 {
		noun = one
	}
	return Number(int64(n)) + NoBreakSpace + noun
}
