package deceased

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"alpi40.fr/airial/local/typeset/french"
)

// The columns, in bytes from the start of a line.
const (
	sexAt, bornAt, codeAt, placeAt, countryAt, diedAt, diedCodeAt, numberAt, fullLine = 80, 81, 89, 94, 124, 154, 162, 167, 177
	// leastLine is that of a line whose end, of spaces, was trimmed after the date of death.
	leastLine = diedCodeAt
)

// ErrLine: a line is not one of the file.
var ErrLine = errors.New("the line is not one of the file of the deceased")

// Date is a date whose parts may be unknown (0).
type Date struct{ Year, Month, Day int }

// ISO is «1920-03-12», or empty when a part is unknown or it is no day of the calendar.
func (d Date) ISO() string {
	if d.Year == 0 || d.Month == 0 || d.Day == 0 || d.time().Day() != d.Day {
		return ""
	}
	return d.time().Format(time.DateOnly)
}

func (d Date) time() time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
}

// String is the date in French, as far as it is known.
func (d Date) String() string {
	switch {
	case d.ISO() != "":
		return french.Date(d.time())
	case d.Year == 0:
		return "date inconnue"
	case d.Month == 0:
		return fmt.Sprint(d.Year)
	}
	_, month, _ := strings.Cut(french.Date(time.Date(d.Year, time.Month(d.Month), 2, 0, 0, 0, 0, time.UTC)), french.NoBreakSpace)
	return month
}

// Sex of a person, as the file writes it.
type Sex byte

// The sexes.
const (
	Male   Sex = '1'
	Female Sex = '2'
)

// Record is a deceased person.
type Record struct {
	LastName, FirstNames string
	Sex                  Sex
	Born                 Date
	BornCode             string // official geographic code
	BornPlace            string
	BornCountry          string // empty for France
	Died                 Date
	DiedCode             string
	Number               string // of the death act
}

// Parse reads a line, without its end. It wraps ErrLine.
func Parse(line []byte) (r Record, err error) {
	line = columns(line)
	if len(line) < leastLine {
		return r, fmt.Errorf("%d columns: %w", len(line), ErrLine)
	}
	text := func(from, to int) string {
		return strings.TrimSpace(latin1(line[min(from, len(line)):min(to, len(line))]))
	}
	last, first, parted := strings.Cut(text(0, sexAt), "*")
	born, ok := date(line[bornAt:codeAt])
	died, alsoOK := date(line[diedAt:diedCodeAt])
	r = Record{LastName: strings.TrimSpace(last), FirstNames: strings.TrimSpace(strings.TrimSuffix(first, "/")), Sex: Sex(line[sexAt]), Born: born, Died: died,
		BornCode: text(codeAt, placeAt), BornPlace: text(placeAt, countryAt), BornCountry: text(countryAt, diedAt), DiedCode: text(diedCodeAt, numberAt), Number: text(numberAt, fullLine)}
	if !parted || !ok || !alsoOK || r.LastName == "" || r.Sex != Male && r.Sex != Female {
		return r, ErrLine
	}
	return r, nil
}

// columns makes one byte of each character of a line that was made UTF-8.
func columns(line []byte) []byte {
	if ascii(line) || !utf8.Valid(line) {
		return line
	}
	out := make([]byte, 0, len(line))
	for _, r := range string(line) {
		b, ok := charmap.ISO8859_1.EncodeRune(r)
		if !ok {
			b = '?'
		}
		out = append(out, b)
	}
	return out
}

func ascii(line []byte) bool {
	for ; len(line) >= 8; line = line[8:] {
		if binary.LittleEndian.Uint64(line)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, b := range line {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func latin1(text []byte) string {
	out, err := charmap.ISO8859_1.NewDecoder().Bytes(text)
	if err != nil {
		return "" // each byte is a character of Latin-1: this does not happen
	}
	return string(out)
}

// date reads AAAAMMJJ; ok is false for what is no figure or no month.
func date(text []byte) (d Date, ok bool) {
	n := 0
	for _, b := range text {
		if b < '0' || b > '9' {
			return d, len(bytes.TrimSpace(text)) == 0 // a blank date is unknown
		}
		n = n*10 + int(b-'0')
	}
	d = Date{n / 10000, n / 100 % 100, n % 100}
	return d, d.Month <= 12 && d.Day <= 31
}
