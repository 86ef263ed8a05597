package cryptvfs

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"reflect"
	"unsafe"
)

const (
	blockSize  = aes.BlockSize
	xtsKeySize = 64
)

// xts is AES-XTS as IEEE Std 1619-2018 defines it, with what the golang.org/x/crypto
// package lacks: it starts at any 16-byte block of a data unit, and ends a unit
// that is no multiple of 16 bytes by ciphertext stealing (5.3.2). One xts serves
// one open file; clone shares the key schedule with another.
type xts struct {
	data, tweak cipher.Block
	mask        [blockSize]byte
	many        *manyBlocks
}

// manyBlocks decrypts many blocks at a time. Of the modes that Go's library runs
// several blocks abreast, CBC decryption is the only one that applies the inverse
// cipher to blocks given by the caller: it yields D(xᵢ)⊕xᵢ₋₁, and xᵢ₋₁ is known. Three
// times as fast as block after block.
type manyBlocks struct {
	cbc cipher.BlockMode
	// last is xᵢ₋₁ of the next call: CryptBlocks chains from call to call.
	last0, last1 uint64
	masked       [unitSize]byte
}

// newXTS takes the two AES-256 keys of XTS-AES-256, one after the other.
func newXTS(key []byte) (*xts, error) {
	if len(key) != xtsKeySize {
		return nil, fmt.Errorf("XTS key of %d bytes, not %d", len(key), xtsKeySize)
	}
	data, err := aes.NewCipher(key[:len(key)/2])
	if err != nil {
		return nil, err
	}
	tweak, err := aes.NewCipher(key[len(key)/2:])
	if err != nil {
		return nil, err
	}
	return &xts{data: data, tweak: tweak}, nil
}

func (x *xts) clone() *xts { return &xts{data: x.data, tweak: x.tweak} }

// start is the tweak of the given block of a data unit.
func (x *xts) start(unit uint64, block int64) (lo, hi uint64) {
	binary.LittleEndian.PutUint64(x.mask[:8], unit)
	binary.LittleEndian.PutUint64(x.mask[8:], 0)
	x.tweak.Encrypt(x.mask[:], x.mask[:])
	lo, hi = binary.LittleEndian.Uint64(x.mask[:8]), binary.LittleEndian.Uint64(x.mask[8:])
	for ; block > 0; block-- {
		lo, hi = double(lo, hi)
	}
	return lo, hi
}

// double multiplies by the primitive element of GF(2^128).
func double(lo, hi uint64) (uint64, uint64) {
	carry := hi >> 63
	return lo<<1 ^ carry*0x87, hi<<1 | lo>>63
}

// seal encrypts src, which begins at the given block of the data unit, into dst.
// dst and src are the same memory or do not overlap. A length that is no multiple
// of 16 is at least 17 and ends the unit.
func (x *xts) seal(dst, src []byte, unit uint64, block int64) {
	lo, hi := x.start(unit, block)
	for len(src) >= blockSize {
		d := dst[:blockSize:blockSize]
		mask(d, src, lo, hi)
		x.data.Encrypt(d, d)
		mask(d, d, lo, hi)
		lo, hi = double(lo, hi)
		if rest := len(src) - blockSize; rest > 0 && rest < blockSize {
			x.steal(dst, src, lo, hi)
			return
		}
		dst, src = dst[blockSize:], src[blockSize:]
	}
}

// steal ends a unit whose last whole block is already encrypted at the start of dst.
func (x *xts) steal(dst, src []byte, lo, hi uint64) {
	var last [blockSize]byte
	rest := len(src) - blockSize
	copy(last[:], src[blockSize:])
	copy(last[rest:], dst[rest:blockSize])
	copy(dst[blockSize:], dst[:rest])
	mask(x.mask[:], last[:], lo, hi)
	x.data.Encrypt(x.mask[:], x.mask[:])
	mask(dst[:blockSize], x.mask[:], lo, hi)
}

// open decrypts p in place; the counterpart of seal. A block of zeros stays as it
// is: it is a hole, which nobody wrote and which reads as zeros in a plain file
// (a written block comes out as zeros once in 2^128).
func (x *xts) open(p []byte, unit uint64, block int64) {
	lo, hi := x.start(unit, block)
	whole := len(p) &^ (blockSize - 1)
	if whole != len(p) {
		if isZero(p) {
			return
		}
		whole -= blockSize
	}
	for n := 0; n < whole; n += unitSize {
		lo, hi = x.openBlocks(p[n:min(n+unitSize, whole)], lo, hi)
	}
	if whole != len(p) {
		x.unsteal(p[whole:], lo, hi)
	}
}

// openBlocks decrypts up to unitSize bytes of whole blocks and returns the tweak
// that follows.
func (x *xts) openBlocks(p []byte, lo, hi uint64) (uint64, uint64) {
	many := x.abreast()
	masked := many.masked[:len(p)]
	nextLo, nextHi := lo, hi
	for i := 0; i < len(p); i += blockSize {
		mask(masked[i:], p[i:], nextLo, nextHi)
		nextLo, nextHi = double(nextLo, nextHi)
	}
	many.cbc.CryptBlocks(p, masked)
	for i := 0; i < len(p); i += blockSize {
		b, m := p[i:i+blockSize:i+blockSize], masked[i:i+blockSize:i+blockSize]
		m0, m1 := binary.LittleEndian.Uint64(m), binary.LittleEndian.Uint64(m[8:])
		if m0 == lo && m1 == hi {
			clear(b) // the ciphertext was zero
		} else {
			mask(b, b, lo^many.last0, hi^many.last1)
		}
		many.last0, many.last1 = m0, m1
		lo, hi = double(lo, hi)
	}
	return nextLo, nextHi
}

func (x *xts) abreast() *manyBlocks {
	if x.many == nil {
		x.many = &manyBlocks{cbc: cipher.NewCBCDecrypter(x.data, make([]byte, blockSize))}
	}
	return x.many
}

func (x *xts) unsteal(p []byte, lo, hi uint64) {
	lo2, hi2 := double(lo, hi)
	rest := len(p) - blockSize
	mask(x.mask[:], p, lo2, hi2)
	x.data.Decrypt(x.mask[:], x.mask[:])
	mask(x.mask[:], x.mask[:], lo2, hi2)
	var whole [blockSize]byte
	copy(whole[:], p[blockSize:])
	copy(whole[rest:], x.mask[rest:])
	copy(p[blockSize:], x.mask[:rest])
	mask(x.mask[:], whole[:], lo, hi)
	x.data.Decrypt(x.mask[:], x.mask[:])
	mask(p[:blockSize], x.mask[:], lo, hi)
}

func mask(dst, src []byte, lo, hi uint64) {
	_, _ = dst[15], src[15]
	binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(src)^lo)
	binary.LittleEndian.PutUint64(dst[8:], binary.LittleEndian.Uint64(src[8:])^hi)
}

func isZero(p []byte) bool {
	for _, b := range p {
		if b != 0 {
			return false
		}
	}
	return true
}

// wipe overwrites the key schedules, also those of clones, which share them; forget
// is for one clone. crypto/aes offers no way to forget a key, so this clears the
// memory behind its ciphers, which hold no pointer.
func (x *xts) wipe() {
	wipeCipher(x.data)
	wipeCipher(x.tweak)
	x.forget()
}

// forget overwrites what this clone has for itself: the CBC mode copies the schedule.
func (x *xts) forget() {
	if x.many != nil {
		wipeCipher(x.many.cbc)
		*x.many = manyBlocks{}
		x.many = nil
	}
	clear(x.mask[:])
}

func wipeCipher(c any) {
	v := reflect.ValueOf(c)
	if v.Kind() != reflect.Pointer || v.IsNil() || holdsPointer(v.Type().Elem()) {
		return
	}
	clear(unsafe.Slice((*byte)(v.UnsafePointer()), v.Type().Elem().Size()))
}

func holdsPointer(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return holdsPointer(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsPointer(t.Field(i).Type) {
				return true
			}
		}
		return false
	default:
		return t.Kind() > reflect.Complex128
	}
}
