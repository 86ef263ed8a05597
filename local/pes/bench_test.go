package pes_test

import (
	"bytes"
	"errors"
	"testing"

	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
)

// BenchmarkFirst reads a flow of 50 MB until its first bordereau is known, then whole.
func BenchmarkFirst(b *testing.B) {
	start, end := bytes.Index(pestest.Example, []byte("    <PJ>")), bytes.Index(pestest.Example, []byte("  </PES_PJ>"))
	attached := pestest.Example[start:end]
	head := bytes.Clone(pestest.Example[:end])
	var large bytes.Buffer
	large.Write(head)
	content := bytes.Repeat([]byte("H4sIAAAAAAAAA+y9CXwURbc2Xl3V1T2TmclkJjPJZE8g7AESCKvIEgVBQBFEQBRE2YKI"), 36<<10)
	for large.Len() < 50<<20 {
		large.Write(bytes.Replace(attached, []byte(`application/pdf">`), append([]byte(`application/pdf">`), content...), 1))
	}
	large.Write(pestest.Example[end:])
	enough := errors.New("enough")
	b.Run("bordereau", func(b *testing.B) {
		for b.Loop() {
			if _, err := pes.Read(large.Bytes(), func(*pes.Flow, *pes.Bordereau) error { return enough }); !errors.Is(err, enough) {
				b.Fatal(err)
			}
		}
	})
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			if _, err := pes.Read(large.Bytes(), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
