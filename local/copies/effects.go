package copies

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/civilstatus"
)

//go:embed mentions.csv
var embedded string

// effect is what a mention does to an extract. The list (mentions.csv) is drawn from the meaning of each mention, no
// official list having been read: what stands on none of them is left to the officer.
type effect string

const (
	reproduced effect = "reproduite" // as it reads, on any extract
	ofKinship  effect = "filiation"  // tells of filiation: seen in the parents' names, never on an extract without it
	merged     effect = "integree"   // changes a name, a first name, the sex: seen in the fields
	voiding    effect = "nulle"      // the act is held for void
)

// Effects are what mentions do, by code.
type Effects map[string]effect

var errEffects = errors.New("the list of what mentions do to extracts is not valid")

// ReadEffects reads the list that comes with the program.
func ReadEffects() (Effects, error) {
	r := csv.NewReader(strings.NewReader(embedded))
	r.Comma, r.FieldsPerRecord = ';', 2
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errEffects, err)
	}
	all := Effects{}
	for _, row := range rows[1:] {
		switch e := effect(row[1]); e {
		case reproduced, ofKinship, merged, voiding:
			all[row[0]] = e
		default:
			return nil, fmt.Errorf("%w: %q", errEffects, row)
		}
	}
	return all, nil
}

// affixed tells whether a mention stands on the register.
func affixed(m civilstatus.Mention) bool { return m.InMargin() }

// waiting tells whether a mention is to be signed on the register.
func waiting(m civilstatus.Mention) bool { return !affixed(m) && m.State != civilstatus.Withdrawn }

// shown are the affixed mentions that what is given reproduces. One that another rectified stands on a full copy alone.
func (e Effects) shown(a *civilstatus.Act, k Kind) (out []civilstatus.Mention) {
	for _, m := range a.Mentions {
		if affixed(m) && (k == Full || e[m.Code] == reproduced && m.CorrectedBy == "") {
			out = append(out, m)
		}
	}
	return out
}
