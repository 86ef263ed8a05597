package lang

import (
	"strconv"
	"strings"
)

// ParseAmount reads an amount of euros as people type it («1 250», «1250,5», «1 250,00 €»),
// in cents, and tells whether it is one.
func ParseAmount(text string) (cents int64, ok bool) {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "").Replace(strings.TrimSpace(text))
	whole, decimals, _ := strings.Cut(strings.ReplaceAll(text, ".", ","), ",")
	if len(decimals) > 2 || len(whole) > 12 || whole == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(decimals + "00")[:2], 10, 63)
	return int64(n), err == nil
}
