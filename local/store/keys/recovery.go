package keys

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// The recovery code is 14 groups of 5 signs: 4 that carry 20 bits, then one that
// checks the group. The first 13 groups are the key (its 256 bits, then 4 zeros); the
// last carries the first 20 bits of the key's SHA-256.
const (
	recoveryGroups = 14
	groupSigns     = 5
	groupBits      = 20
	// recoveryAlphabet has no I, L, O, U (Crockford's base 32): nothing that reads
	// like another sign, on paper or over the telephone.
	recoveryAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	// maxRecoveryText bounds what is read: the code ten times over.
	maxRecoveryText = 1000
)

// RecoverySigns is how many signs a recovery code has.
const RecoverySigns = recoveryGroups * groupSigns

// ErrBadRecoveryCode: what was typed is no recovery code. RecoveryFault says where.
var ErrBadRecoveryCode = errors.New("not a recovery code")

// RecoveryFault is where a recovery code is wrong.
type RecoveryFault struct {
	// Group is the first faulty group, from 1; 0 when the number of signs is wrong
	// or no single group is to blame.
	Group int
	// Signs is how many signs were read, of 70.
	Signs int
}

func (f *RecoveryFault) Error() string {
	switch {
	case f.Group > 0:
		return fmt.Sprintf("recovery code: mistake in group %d", f.Group)
	case f.Signs != RecoverySigns:
		return fmt.Sprintf("recovery code: %d signs of %d", f.Signs, RecoverySigns)
	default:
		return "recovery code: the groups do not belong together"
	}
}

// Is makes every fault an ErrBadRecoveryCode.
func (f *RecoveryFault) Is(target error) bool { return target == ErrBadRecoveryCode }

// Recovery is the code for the recovery sheet: 14 groups of 5 signs, with a space
// between two groups. Whoever has it has every key. Error: ErrWiped.
func Recovery(m *Master) (string, error) {
	var groups []string
	err := m.expose(func(key []byte) error {
		digest := sha256.Sum256(key)
		values := append(regroup(key), regroup(digest[:])[:groupSigns-1]...)
		defer clear(values)
		for i := range recoveryGroups {
			groups = append(groups, writeGroup(i, values[i*(groupSigns-1):][:groupSigns-1]))
		}
		return nil
	})
	return strings.Join(groups, " "), err
}

func writeGroup(index int, values []byte) string {
	var out [groupSigns]byte
	for i, v := range values {
		out[i] = recoveryAlphabet[v]
	}
	out[groupSigns-1] = recoveryAlphabet[groupCheck(index, values)]
	return string(out[:])
}

// groupCheck is a polynomial over GF(32) in its values and its place: it changes
// with any one sign, with any two signs exchanged, and with two neighbouring groups
// exchanged.
func groupCheck(index int, values []byte) byte {
	sum := byte(index + 1)
	for _, v := range values {
		sum = times2(sum) ^ v
	}
	return times2(sum)
}

// times2 multiplies by x in GF(2)[x]/(x⁵+x²+1).
func times2(v byte) byte {
	v <<= 1
	if v&32 != 0 {
		v ^= 0b100101
	}
	return v
}

// FromRecovery reads a recovery code as it was typed: capitals or not, with any
// spaces and dashes, O for 0, I or L for 1, U for V. Errors: RecoveryFault, which is
// an ErrBadRecoveryCode.
func FromRecovery(code string) (*Master, error) {
	if len(code) > maxRecoveryText {
		return nil, &RecoveryFault{Signs: len(code)}
	}
	values, err := readSigns(code)
	if err != nil {
		return nil, err
	}
	defer clear(values)
	data, err := checkGroups(values)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	key, spare := ungroup(data[:13*(groupSigns-1)])
	digest := sha256.Sum256(key[:])
	if spare != 0 || string(regroup(digest[:])[:groupSigns-1]) != string(data[13*(groupSigns-1):]) {
		return nil, &RecoveryFault{Signs: len(values)}
	}
	return newMaster(key), nil
}

// readSigns turns the text into numbers from 0 to 31, skipping what only separates.
func readSigns(code string) (values []byte, err error) {
	same := strings.NewReplacer("O", "0", "I", "1", "L", "1", "U", "V")
	for _, r := range same.Replace(strings.ToUpper(code)) {
		if strings.ContainsRune(" \t\r\n.,-_·–—‑\u00a0\u202f\u2009", r) {
			continue
		}
		v := strings.IndexRune(recoveryAlphabet, r)
		if v < 0 {
			return nil, &RecoveryFault{Group: min(len(values)/groupSigns+1, recoveryGroups), Signs: len(values)}
		}
		values = append(values, byte(v))
	}
	return values, nil
}

// checkGroups drops the check signs once each of them holds.
func checkGroups(values []byte) (data []byte, err error) {
	for i := 0; (i+1)*groupSigns <= len(values) && i < recoveryGroups; i++ {
		group := values[i*groupSigns:][:groupSigns]
		if groupCheck(i, group[:groupSigns-1]) != group[groupSigns-1] {
			return nil, &RecoveryFault{Group: i + 1, Signs: len(values)}
		}
		data = append(data, group[:groupSigns-1]...)
	}
	if len(values) != RecoverySigns {
		return nil, &RecoveryFault{Signs: len(values)}
	}
	return data, nil
}

// ungroup undoes regroup for a whole key; spare are the bits that filled it.
func ungroup(values []byte) (key [Size]byte, spare uint32) {
	var bits uint
	n := 0
	for _, v := range values {
		spare, bits = spare<<5|uint32(v), bits+5
		if bits >= 8 {
			bits -= 8
			key[n] = byte(spare >> bits)
			spare &= 1<<bits - 1
			n++
		}
	}
	return key, spare
}
