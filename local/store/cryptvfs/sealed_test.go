package cryptvfs

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"encoding/hex"
	"reflect"
	"testing"
	"unsafe"

	stdxts "golang.org/x/crypto/xts"
	lib "modernc.org/sqlite/lib"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Vectors of IEEE Std 1619-2007, annex B: 1 to 3 (whole blocks) and 15 to 18
// (ciphertext stealing). They have 128-bit keys; the mode is the same.
func TestXTSVectors(t *testing.T) {
	for _, v := range []struct {
		name, key1, key2  string
		unit              uint64
		plain, ciphertext string
	}{
		{"1", "00000000000000000000000000000000", "00000000000000000000000000000000", 0,
			"0000000000000000000000000000000000000000000000000000000000000000", "917cf69ebd68b2ec9b9fe9a3eadda692cd43d2f59598ed858c02c2652fbf922e"},
		{"2", "11111111111111111111111111111111", "22222222222222222222222222222222", 0x3333333333,
			"4444444444444444444444444444444444444444444444444444444444444444", "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0"},
		{"3", "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "22222222222222222222222222222222", 0x3333333333,
			"4444444444444444444444444444444444444444444444444444444444444444", "af85336b597afc1a900b2eb21ec949d292df4c047e0b21532186a5971a227a89"},
		{"15", "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0", 0x123456789a,
			"000102030405060708090a0b0c0d0e0f10", "6c1625db4671522d3d7599601de7ca09ed"},
		{"16", "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0", 0x123456789a,
			"000102030405060708090a0b0c0d0e0f1011", "d069444b7a7e0cab09e24447d24deb1fedbf"},
		{"17", "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0", 0x123456789a,
			"000102030405060708090a0b0c0d0e0f101112", "e5df1351c0544ba1350b3363cd8ef4beedbf9d"},
		{"18", "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0", 0x123456789a,
			"000102030405060708090a0b0c0d0e0f10111213", "9d84c813f719aa2c7be3f66171c7c5c2edbf9dac"},
	} {
		data, err := aes.NewCipher(unhex(t, v.key1))
		if err != nil {
			t.Fatal(err)
		}
		tweak, err := aes.NewCipher(unhex(t, v.key2))
		if err != nil {
			t.Fatal(err)
		}
		x := &xts{data: data, tweak: tweak}
		plain := unhex(t, v.plain)
		got := make([]byte, len(plain))
		x.seal(got, plain, v.unit, 0)
		if hex.EncodeToString(got) != v.ciphertext {
			t.Errorf("vector %s: encrypted to %x", v.name, got)
		}
		x.open(got, v.unit, 0)
		if !bytes.Equal(got, plain) {
			t.Errorf("vector %s: decrypted to %x", v.name, got)
		}
	}
}

func testKey(n int) []byte {
	k := make([]byte, n)
	for i := range k {
		k[i] = byte(i*7 + 3)
	}
	return k
}

// A unit encrypted piece by piece, from any block, is the unit that the library
// encrypts at once.
func TestXTSFromAnyBlock(t *testing.T) {
	x, err := newXTS(testKey(xtsKeySize))
	if err != nil {
		t.Fatal(err)
	}
	std, err := stdxts.NewCipher(aes.NewCipher, testKey(xtsKeySize))
	if err != nil {
		t.Fatal(err)
	}
	plain := bytes.Repeat([]byte("Saint-Airial-des-Pins, "), 4096)[:4096]
	want := make([]byte, len(plain))
	for _, unit := range []uint64{0, 1, 4096, 1 << 40} {
		std.Encrypt(want, plain, unit)
		for _, from := range []int{0, 1, 2, 100, 255} {
			got := make([]byte, len(plain)-from*16)
			x.seal(got, plain[from*16:], unit, int64(from))
			if !bytes.Equal(got, want[from*16:]) {
				t.Fatalf("unit %d from block %d differs", unit, from)
			}
			x.open(got, unit, int64(from))
			if !bytes.Equal(got, plain[from*16:]) {
				t.Fatalf("unit %d from block %d does not decrypt", unit, from)
			}
		}
	}
}

// The keys of a file are a format: a change would lock people out of their data.
// The values were computed apart, with Python's hmac and openssl enc -aes-256-ecb.
func TestSubkeysAreStable(t *testing.T) {
	key := [32]byte(testKey(32))
	k, err := deriveSubkeys(&key, []byte("8 bytes."))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{"head": hex.EncodeToString(k.head[:])}
	for name, x := range map[string]*xts{"main": k.main, "wal": k.wal, "journal": k.journal} {
		b := make([]byte, 16)
		x.seal(b, b, 4096, 0)
		got[name] = hex.EncodeToString(b)
	}
	want := map[string]string{
		"head": "382062797465732eaa03fbafc9dcdcb7", "main": "b501beb8747cd3031ef46ded2adcc5b4",
		"wal": "59fce7c8c1ab88a97254b35672812f35", "journal": "5500ecb056afe774a6d3465e690906d5",
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s, was %s", name, got[name], want[name])
		}
	}
}

// The schedules are looked for in memory itself: everything reachable from the cipher
// that could give the key back is zero after wipe.
func TestWipeForgetsTheKey(t *testing.T) {
	x, err := newXTS(testKey(xtsKeySize))
	if err != nil {
		t.Fatal(err)
	}
	page := make([]byte, 64)
	x.seal(page, page, 1, 0)
	x.open(page, 1, 0)
	parts := map[string]any{"data": x.data, "tweak": x.tweak, "cbc": x.many.cbc}
	for name, c := range parts {
		if isZero(memoryOf(t, c)) {
			t.Fatalf("%s: nothing in memory to begin with: the test looks in the wrong place", name)
		}
	}
	x.wipe()
	for name, c := range parts {
		if !isZero(memoryOf(t, c)) {
			t.Errorf("%s: still in memory", name)
		}
	}
}

func memoryOf(t *testing.T, c any) []byte {
	t.Helper()
	v := reflect.ValueOf(c)
	if v.Kind() != reflect.Pointer || holdsPointer(v.Type().Elem()) {
		t.Fatalf("%T keeps its key elsewhere than in itself", c)
	}
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Type().Elem().Size())
}

// memory is a file of bytes with SQLite's semantics, also used as the plain model.
type memory struct{ b []byte }

func (m *memory) read(p []byte, off int64) int32 {
	clear(p)
	n := 0
	if off < int64(len(m.b)) {
		n = copy(p, m.b[off:])
	}
	if n < len(p) {
		return lib.SQLITE_IOERR_SHORT_READ
	}
	return lib.SQLITE_OK
}

func (m *memory) write(p []byte, off int64) int32 {
	if missing := off + int64(len(p)) - int64(len(m.b)); missing > 0 {
		m.b = append(m.b, make([]byte, missing)...)
	}
	copy(m.b[off:], p)
	return lib.SQLITE_OK
}

func (m *memory) truncate(size int64) int32 {
	if size < int64(len(m.b)) {
		m.b = m.b[:size]
	} else {
		m.b = append(m.b, make([]byte, size-int64(len(m.b)))...)
	}
	return lib.SQLITE_OK
}

func (m *memory) size() (int64, int32) { return int64(len(m.b)), lib.SQLITE_OK }

func newSealed(t testing.TB, r role, below storage) *sealed {
	x, err := newXTS(testKey(xtsKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return &sealed{role: r, below: below, cipher: x, head: [headSize]byte([]byte("0123456789abcdef")),
		buffer: func(n int) []byte { return bytes.Repeat([]byte{0xAA}, n) }}
}

func walHead(pageSize uint32) []byte {
	h := make([]byte, walHeader)
	binary.BigEndian.PutUint32(h, 0x377f0682)
	binary.BigEndian.PutUint32(h[8:], pageSize)
	return h
}

// FuzzSealed runs a sequence of calls on an encrypted file and on a plain one: what
// SQLite sees must be the same, also through a second handle on the same file.
// Each call is five bytes: what, where (3, with sizes that SQLite uses), how much.
func FuzzSealed(f *testing.F) {
	f.Add(byte(roleMain), []byte("w\x00\x00\x00pr\x00\x00\x00pt\x00\x00\x01pw\x01\x02\x03pr\x00\x00\x00z"))
	f.Add(byte(roleWAL), []byte("f\x00\x00\x00pf\x00\x00\x01pr\x00\x10\x00zt\x00\x12\x34pf\x00\x00\x02pr\x00\x08\x00p"))
	f.Add(byte(roleJournal), []byte("w\x00\x00\x04\x04w\x00\x00\x08\xffw\x00\x02\x08\x04r\x00\x00\x00\xff"))
	f.Add(byte(roleTemp), []byte("w\x00\x20\x04\x04r\x00\x10\x00\xffw\x00\x00\x08\xfft\x00\x20\x01\x01r\x00\x00\x00\xff"))
	f.Fuzz(func(t *testing.T, which byte, calls []byte) {
		r := role(which % 4)
		disk, model := &memory{}, &memory{}
		handles := []*sealed{newSealed(t, r, disk), newSealed(t, r, disk)}
		both := func(s *sealed, p []byte, off int64) {
			kept := bytes.Clone(p)
			if rc := s.write(p, off); rc != lib.SQLITE_OK {
				t.Fatalf("write of %d at %d: code %d", len(p), off, rc)
			}
			if !bytes.Equal(p, kept) {
				t.Fatal("the write changed SQLite's memory")
			}
			model.write(p, off)
			// The model grows by the same granules.
			if size, _ := s.size(); size > int64(len(model.b)) {
				model.truncate(size)
			}
		}
		switch r {
		case roleMain:
			both(handles[0], append([]byte(magic), make([]byte, 496)...), 0)
		case roleWAL:
			both(handles[0], walHead(512), 0)
		}
		for i := 0; len(calls) >= 5 && i < 100; i++ {
			s := handles[i%2]
			what, n := calls[0], int(calls[4])*9+1
			off := int64(calls[1]&1)<<16 | int64(calls[2])<<8 | int64(calls[3])
			calls = calls[5:]
			switch {
			case what == 't' && r != roleWAL:
				s.truncate(off)
				if off = (off + 15) &^ 15; r == roleMain {
					off = max(off, int64(headSize))
					if off == int64(headSize) && len(model.b) < headSize {
						break
					}
				}
				model.truncate(off)
			case what == 't':
				// A torn log: what is left of a cut granule is missing.
				off = max(off%int64(len(disk.b)+1), walHeader)
				s.truncate(off)
				from, _ := handles[0].granule(off)
				model.truncate(from)
				disk.truncate(from)
			case what == 'f' && r == roleWAL:
				frame := walHeader + off%64*(frameHeader+512)
				both(s, pattern(frameHeader, i), frame)
				both(s, pattern(512, i+1), frame+frameHeader)
			case what == 'r':
				got, want := make([]byte, n), make([]byte, n)
				rc, wantRC := s.read(got, off), model.read(want, off)
				if rc != wantRC || !bytes.Equal(got, want) {
					t.Fatalf("read of %d at %d: code %d, want %d; equal %t", n, off, rc, wantRC, bytes.Equal(got, want))
				}
			default:
				if r == roleMain {
					off = max(off, int64(headSize))
				}
				if r == roleWAL {
					off = max(off, walHeader)
				}
				both(s, pattern(n, i), off)
			}
			size, _ := s.size()
			want := int64(len(model.b))
			if r == roleMain && want <= int64(headSize) {
				want = 0
			}
			if size != want {
				t.Fatalf("size %d, want %d", size, want)
			}
		}
		got, want := make([]byte, len(model.b)), make([]byte, len(model.b))
		handles[1].read(got, 0)
		model.read(want, 0)
		if !bytes.Equal(got, want) {
			t.Fatal("the whole file differs in the end")
		}
	})
}

func pattern(n, seed int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*31 + seed*17 + 1)
	}
	return p
}
