package pes

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strings"

	"alpi40.fr/airial/local/typeset/french"
)

// Key names a third party from one flow to the next: its name without accents, and its
// category. References are those of each software, and change with it.
func (t Third) Key() string {
	name := strings.Fields(french.Unaccented(strings.ToUpper(t.Name + " " + t.Complement + " " + t.FirstName)))
	return strings.Join(name, " ") + "/" + t.Category
}

// Fingerprint is the first 16 hexadecimal digits of the SHA-256 of an account: enough to
// see that it has changed, without keeping it. An IBAN and the RIB that it holds have the same.
func (a Account) Fingerprint() string {
	digest := sha256.Sum256([]byte(a.national()))
	return hex.EncodeToString(digest[:8])
}

// Ending is the last four characters of an account, as people tell accounts apart.
func (a Account) Ending() string {
	n := compact(a.String())
	return n[max(0, len(n)-4):]
}

// national gives the account as its country writes it: a French IBAN is a RIB after four characters.
func (a Account) national() string {
	if iban := compact(a.IBAN); iban != "" {
		if strings.HasPrefix(iban, "FR") && len(iban) == 27 {
			return iban[4:]
		}
		return iban
	}
	return compact(a.Code + a.Branch + a.Number + a.Key)
}

func compact(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }

// Valid tells whether an account's check digits hold (ISO 13616 for an IBAN, the RIB key else).
func (a Account) Valid() bool {
	if iban := compact(a.IBAN); iban != "" {
		return len(iban) >= 15 && len(iban) <= 34 && modulo(iban[4:]+iban[:4], ibanDigits) == 1
	}
	rib := compact(a.Code + a.Branch + a.Number + a.Key)
	return len(rib) == 23 && modulo(rib, ribDigit) == 0
}

// modulo gives the rest by 97 of an account whose characters are turned into digits, -1 when one cannot be.
func modulo(account string, digits func(rune) string) int64 {
	var b strings.Builder
	for _, r := range account {
		d := digits(r)
		if d == "" {
			return -1
		}
		b.WriteString(d)
	}
	n, ok := new(big.Int).SetString(b.String(), 10)
	if !ok {
		return -1
	}
	return n.Mod(n, big.NewInt(97)).Int64()
}

func ibanDigits(r rune) string {
	switch {
	case r >= '0' && r <= '9':
		return string(r)
	case r >= 'A' && r <= 'Z':
		return big.NewInt(int64(r-'A') + 10).String()
	}
	return ""
}

// ribDigit turns a letter of a RIB into its digit: A to I are 1 to 9, J to R 1 to 9, S to Z 2 to 9.
func ribDigit(r rune) string {
	switch {
	case r >= '0' && r <= '9':
		return string(r)
	case r >= 'A' && r <= 'I':
		return string('1' + r - 'A')
	case r >= 'J' && r <= 'R':
		return string('1' + r - 'J')
	case r >= 'S' && r <= 'Z':
		return string('2' + r - 'S')
	}
	return ""
}
