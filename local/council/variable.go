package council

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"alpi40.fr/airial/local/typeset/french"
)

// VariableKind is what a variable holds, hence how it is typed and printed.
type VariableKind string

// The kinds. Texts of before there were kinds have none: they are VariableText.
const (
	VariableText   VariableKind = ""
	VariableAmount VariableKind = "amount"
	VariableDate   VariableKind = "date"
	VariableYear   VariableKind = "year"
	VariableNumber VariableKind = "number"
	VariableRate   VariableKind = "rate"
	VariableParty  VariableKind = "party" // a third party
	VariableChoice VariableKind = "choice"
)

// VariableKinds gives all of them.
func VariableKinds() []VariableKind {
	return []VariableKind{VariableText, VariableAmount, VariableDate, VariableYear, VariableNumber, VariableRate, VariableParty, VariableChoice}
}

// Variable is a value that stands at several places of a text.
type Variable struct {
	Name    string       `json:"name"`  // «montant», as in «{montant}»
	Label   string       `json:"label"` // «Montant en euros»
	Value   string       `json:"value,omitempty"`
	Kind    VariableKind `json:"kind,omitempty"`
	Choices []string     `json:"choices,omitempty"` // of VariableChoice
	// Check says that the value comes from a former deliberation, and that nobody
	// has looked at it since.
	Check bool `json:"check,omitempty"`
}

// Printed is the value as it is printed; what cannot be read as its kind is
// printed as typed.
func (v Variable) Printed() string {
	value := strings.TrimSpace(v.Value)
	switch v.Kind {
	case VariableAmount:
		if cents, ok := centsOf(value); ok {
			return strings.Replace(french.Amount(cents), ",00", "", 1)
		}
	case VariableDate:
		if t, ok := dateOf(value); ok {
			return french.Date(t)
		}
	case VariableNumber:
		if n, err := strconv.ParseInt(squeeze(value), 10, 64); err == nil {
			return french.Number(n)
		}
	case VariableRate:
		if _, ok := hundredths(strings.TrimSuffix(value, "%")); ok {
			return strings.Replace(strings.TrimSpace(strings.TrimSuffix(value, "%")), ".", ",", 1) + french.NarrowSpace + "%"
		}
	}
	return value
}

// Readable tells whether the value is one of its kind; none is.
func (v Variable) Readable() bool {
	value := strings.TrimSpace(v.Value)
	if value == "" {
		return true
	}
	ok := true
	switch v.Kind {
	case VariableAmount:
		_, ok = centsOf(value)
	case VariableDate:
		_, ok = dateOf(value)
	case VariableYear:
		n, err := strconv.Atoi(value)
		ok = err == nil && 1900 <= n && n <= 2999
	case VariableNumber:
		_, err := strconv.ParseInt(squeeze(value), 10, 64)
		ok = err == nil
	case VariableRate:
		_, ok = hundredths(strings.TrimSuffix(value, "%"))
	case VariableChoice:
		ok = slices.Contains(v.Choices, value)
	}
	return ok
}

// squeeze takes the spaces out of a number.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// centsOf reads «1 234,5», «1234.50 €», «1 234 euros».
func centsOf(s string) (cents int64, ok bool) {
	s = strings.TrimSpace(s)
	for _, unit := range []string{"€", "euros", "euro"} {
		s = strings.TrimSuffix(s, unit)
	}
	return hundredths(s)
}

// hundredths reads a decimal number of at most two decimals, below a thousand billions.
func hundredths(s string) (n int64, ok bool) {
	whole, decimals, comma := strings.Cut(strings.Replace(squeeze(s), ".", ",", 1), ",")
	if whole == "" || comma && (len(decimals) == 0 || len(decimals) > 2) {
		return 0, false
	}
	for len(decimals) < 2 {
		decimals += "0"
	}
	n, err := strconv.ParseInt(whole+decimals, 10, 64)
	return n, err == nil && -1e14 < n && n < 1e14 && isDigits(decimals)
}

func isDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// dateOf reads «15/12/2026», «1/3/2027», «2026-12-15».
func dateOf(s string) (time.Time, bool) {
	for _, layout := range []string{"2/1/2006", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
