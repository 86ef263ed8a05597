package journal

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"testing"

	"filippo.io/edwards25519"
)

// smallOrder are the points of small order, in all the forms in which they may be written: what verifiers of
// Ed25519 disagree on.
var smallOrder = []string{
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
}

// Many signatures of a key are judged as one alone, by crypto/ed25519, be the key or the signature made to divide
// verifiers.
func TestManySignaturesAreJudgedAsOne(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	accepted, refused := 0, 0
	compare := func(what string, key, message, sig []byte) {
		t.Helper()
		want := ed25519.Verify(key, message, sig)
		if got := Verifier(key, SeveralOf)(message, sig); got != want {
			t.Errorf("%s: of many %v, of one %v (key %x, message %x, signature %x)", what, got, want, key, message, sig)
		}
		if want {
			accepted++
		} else {
			refused++
		}
	}
	scalar := func() *edwards25519.Scalar {
		var b [64]byte
		_, err := rand.Read(b[:])
		must(err)
		s, err := edwards25519.NewScalar().SetUniformBytes(b[:])
		must(err)
		return s
	}
	// sign gives the signature of (R, a) for a key written so, as who wants to divide verifiers makes it.
	sign := func(nonce, secret *edwards25519.Scalar, r, key, message []byte) []byte {
		h := sha512.Sum512(append(append(append([]byte{}, r...), key...), message...))
		k, err := edwards25519.NewScalar().SetUniformBytes(h[:])
		must(err)
		s := edwards25519.NewScalar().MultiplyAdd(k, secret, nonce)
		return append(append([]byte{}, r...), s.Bytes()...)
	}
	var torsion []*edwards25519.Point
	var written [][]byte
	for _, text := range smallOrder {
		raw, err := hex.DecodeString(text)
		must(err)
		written = append(written, raw)
		p, err := new(edwards25519.Point).SetBytes(raw)
		must(err)
		torsion = append(torsion, p)
	}
	for i := range 64 {
		message := []byte{byte(i), 'm'}
		secret, nonce := scalar(), scalar()
		key, r := new(edwards25519.Point).ScalarBaseMult(secret), new(edwards25519.Point).ScalarBaseMult(nonce)
		good := sign(nonce, secret, r.Bytes(), key.Bytes(), message)
		compare("a good one", key.Bytes(), message, good)
		compare("another message", key.Bytes(), append(message, 'x'), good)
		for bit := range 8 {
			spoilt := append([]byte{}, good...)
			spoilt[(i*8+bit*7)%64] ^= 1 << bit
			compare("a bit changed", key.Bytes(), message, spoilt)
		}
		// S of the form S+L, which is the same number written otherwise.
		order := []byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}
		more, carry := append([]byte{}, good...), 0
		for j := range 32 {
			sum := int(more[32+j]) + int(order[j]) + carry
			more[32+j], carry = byte(sum), sum>>8
		}
		compare("a number written otherwise", key.Bytes(), message, more)
		for j, p := range torsion {
			mixed := new(edwards25519.Point).Add(key, p)
			compare("a key with a part of small order", mixed.Bytes(), message, sign(nonce, secret, r.Bytes(), mixed.Bytes(), message))
			shifted := new(edwards25519.Point).Add(r, p)
			compare("an R with a part of small order", key.Bytes(), message, sign(nonce, secret, shifted.Bytes(), key.Bytes(), message))
			compare("both", mixed.Bytes(), message, sign(nonce, secret, shifted.Bytes(), mixed.Bytes(), message))
			zero := edwards25519.NewScalar()
			compare("a key of small order", written[j], message, sign(nonce, zero, r.Bytes(), written[j], message))
			compare("key and R of small order", written[j], message, append(append([]byte{}, written[i%len(written)]...), zero.Bytes()...))
			compare("an R of small order", key.Bytes(), message, sign(zero, secret, written[j], key.Bytes(), message))
		}
	}
	compare("an empty signature", make([]byte, 32), nil, nil)
	compare("a long one", make([]byte, 32), nil, make([]byte, 65))
	compare("a key that is no point", append([]byte{2}, make([]byte, 31)...), nil, make([]byte, 64))
	if accepted < 500 || refused < 500 {
		t.Errorf("%d accepted, %d refused: the cases no longer divide anything", accepted, refused)
	}
	if Verifier(make([]byte, 31), SeveralOf)(nil, make([]byte, 64)) {
		t.Error("a key that is too short")
	}
}

// Whatever is given as a key and as a signature, both say the same.
func FuzzManySignaturesAreJudgedAsOne(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, message := []byte(key.Public().(ed25519.PublicKey)), []byte("délibéré")
	f.Add(public, message, ed25519.Sign(key, message))
	f.Add(make([]byte, 32), message, make([]byte, 64))
	f.Fuzz(func(t *testing.T, public, message, sig []byte) {
		if len(public) != ed25519.PublicKeySize {
			return // crypto/ed25519 panics there
		}
		if one, many := ed25519.Verify(public, message, sig), Verifier(public, SeveralOf)(message, sig); one != many {
			t.Errorf("of one %v, of many %v (key %x, message %x, signature %x)", one, many, public, message, sig)
		}
	})
}
