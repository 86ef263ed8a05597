package pdf

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// Object is a PDF object: nil (null), bool, int64, Real, Name, String, Array,
// Dict, Ref, *Stream, or Raw when writing.
type Object any

// Real is a number with a fraction, or beyond 64 bits, as written in the file.
type Real string

// Name is a name without its slash, its escapes undone.
type Name string

// String is the content of a string, its escapes undone.
type String []byte

// Array is an array.
type Array []Object

// Ref names an indirect object.
type Ref struct{ Num, Gen int }

// Entry is one entry of a Dict.
type Entry struct {
	Key   Name
	Value Object
}

// Dict is a dictionary in the order of the file. Of two entries with the same
// key the last one counts.
type Dict []Entry

// Stream is a stream with its still encoded content.
type Stream struct {
	Dict Dict
	Raw  []byte
}

// Raw is written as it is, by Update only.
type Raw []byte

// Get gives the value of a key, nil when absent.
func (d Dict) Get(key Name) Object {
	for i := len(d) - 1; i >= 0; i-- {
		if d[i].Key == key {
			return d[i].Value
		}
	}
	return nil
}

// With gives a copy of the dictionary where key has this value; a nil value removes it.
func (d Dict) With(key Name, value Object) Dict {
	out := make(Dict, 0, len(d)+1)
	placed := value == nil
	for _, e := range d {
		if e.Key != key {
			out = append(out, e)
		} else if !placed {
			out, placed = append(out, Entry{key, value}), true
		}
	}
	if !placed {
		out = append(out, Entry{key, value})
	}
	return out
}

// Float gives the value of a number, int64 or Real.
func Float(o Object) (float64, bool) {
	switch v := o.(type) {
	case int64:
		return float64(v), true
	case Real:
		f, err := strconv.ParseFloat(string(v), 64)
		return f, err == nil
	}
	return 0, false
}

// Text gives a text string (ISO 32000-1 §7.9.2.2) in UTF-8: UTF-16 or UTF-8
// with their marks, PDFDocEncoding read as Latin-1 otherwise.
func Text(s String) string {
	switch {
	case len(s) >= 2 && s[0] == 0xFE && s[1] == 0xFF:
		units := make([]uint16, 0, len(s)/2)
		for i := 2; i+1 < len(s); i += 2 {
			units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
		}
		return string(utf16.Decode(units))
	case len(s) >= 3 && s[0] == 0xEF && s[1] == 0xBB && s[2] == 0xBF:
		return strings.ToValidUTF8(string(s[3:]), "\uFFFD")
	}
	var b strings.Builder
	for _, c := range s {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// TextString encodes a text as a text string: ASCII as it is, else UTF-16.
func TextString(text string) String {
	for _, r := range text {
		if r < 0x20 || r > 0x7E {
			out := String{0xFE, 0xFF}
			for _, u := range utf16.Encode([]rune(text)) {
				out = append(out, byte(u>>8), byte(u))
			}
			return out
		}
	}
	return String(text)
}
