// Package french writes French as a French town hall prints it: dates, times, amounts and numbers in figures and in
// letters, «de» before the name of a commune, lists, and the typography of running text.
//
// All functions are pure. Spaces follow the Imprimerie nationale's usage with one simplification: the narrow no-break
// space U+202F stands before ; : ! ? » and after «, between a number and its unit, and between groups of thousands;
// the ordinary no-break space U+00A0 keeps together what must not be parted («n° 12», «24 novembre», «M. FICTIF»).
package french

// The two no-break spaces.
const (
	NarrowSpace  = "\u202f"
	NoBreakSpace = "\u00a0"
)
