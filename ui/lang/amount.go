package lang

import (
	"fmt"
	"strconv"
	"strings"
	"time"
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

// Lasting writes a duration as people say it: «3 jours», «2 h 05», «12 min».
func Lasting(d time.Duration) string {
	switch days := int(d / (24 * time.Hour)); {
	case days > 1:
		return strconv.Itoa(days) + "\u00a0jours"
	case days == 1:
		return "1\u00a0jour"
	case d >= time.Hour:
		return fmt.Sprintf("%d\u00a0h\u00a0%02d", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return strconv.Itoa(int(d.Minutes())) + "\u00a0min"
	}
	return "moins d’une minute"
}
