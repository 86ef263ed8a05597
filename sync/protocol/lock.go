package protocol

import (
	"encoding/base32"
	"errors"
	"strings"
)

// LockSize is the length of Enrolled.Lock, in bytes.
const LockSize = 32

// ErrBadLock: what was typed is no lock.
var ErrBadLock = errors.New("not a rescue code")

var lockText = base32.StdEncoding.WithPadding(base32.NoPadding)

// LockText writes a lock in groups of four signs.
func LockText(lock []byte) string {
	var out strings.Builder
	for i, r := range lockText.EncodeToString(lock) {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// ParseLock reads what LockText wrote, and a person typed.
func ParseLock(text string) ([]byte, error) {
	text = strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\r' || r == '\n' || r == '\t' {
			return -1
		}
		return r
	}, strings.ToUpper(text))
	lock, err := lockText.DecodeString(text)
	if err != nil || len(lock) != LockSize {
		return nil, ErrBadLock
	}
	return lock, nil
}
