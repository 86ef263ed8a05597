package parcel_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"alpi40.fr/airial/local/parcel"
)

func TestParcel(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	raw, err := parcel.Make("services", map[string][]byte{"catalogue.json": []byte("{}"), "a/b.txt": []byte("bonjour")}, 3, day, key)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parcel.Open("services", raw, []ed25519.PublicKey{stranger, public})
	if err != nil || p.Version != 3 || string(p.Content["a/b.txt"]) != "bonjour" || len(p.Content) != 2 || !p.Made.Equal(day) {
		t.Fatalf("%+v %v", p, err)
	}
	touched := bytes.Clone(raw)
	touched[30+len("manifest.json")+9] ^= 0x55
	for name, row := range map[string]struct {
		kind string
		raw  []byte
		key  ed25519.PublicKey
		want error
	}{
		"of another kind": {"formulas", raw, public, parcel.ErrKind}, "by a stranger": {"services", raw, stranger, parcel.ErrSignature},
		"a page": {"services", []byte("<html>"), public, parcel.ErrNotParcel}, "cut": {"services", raw[:len(raw)/2], public, parcel.ErrNotParcel},
		"touched": {"services", touched, public, parcel.ErrNotParcel}, "no key": {"services", raw, nil, parcel.ErrSignature},
	} {
		if _, err := parcel.Open(row.kind, row.raw, []ed25519.PublicKey{row.key}); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"../x", "/x", "a/../../x", `a\b`, "c:x", "a//b"} {
		if _, err := parcel.Make("services", map[string][]byte{name: nil}, 1, day, key); !errors.Is(err, parcel.ErrContent) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, kind := range []string{"", "Services", "a/b", "é"} {
		if _, err := parcel.Make(kind, nil, 1, day, key); !errors.Is(err, parcel.ErrKind) {
			t.Errorf("kind %q: %v", kind, err)
		}
	}
}

// Whatever comes in the place of a parcel is refused without a panic.
func FuzzOpen(f *testing.F) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	raw, err := parcel.Make("k", map[string][]byte{"x": []byte("y")}, 1, time.Unix(0, 0), key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parcel.Open("k", raw, []ed25519.PublicKey{public})
		if err == nil && (p.Kind != "k" || string(p.Content["x"]) != "y") {
			t.Fatal("another parcel was taken")
		}
	})
}
