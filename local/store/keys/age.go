package keys

import (
	"fmt"
	"strings"

	"filippo.io/age"
)

// AgeIdentity is the age identity whose X25519 scalar is secret (32 bytes, from
// Derive): the same secret always gives the same identity, so that blobs and
// backups open on any laptop that has the master key, and with any age program
// given the identity's String.
func AgeIdentity(secret []byte) (*age.X25519Identity, error) {
	if len(secret) != Size {
		return nil, fmt.Errorf("age identity from %d bytes, not %d", len(secret), Size)
	}
	// age takes a scalar only in its text form (age-encryption.org/v1, X25519).
	identity, err := age.ParseX25519Identity(strings.ToUpper(bech32("age-secret-key-", secret)))
	if err != nil {
		return nil, fmt.Errorf("making the age identity: %w", err)
	}
	return identity, nil
}

// AgeRecipient is the age recipient of an X25519 public key (32 bytes): that of a computer's
// exchange key, which every other computer of the authority knows.
func AgeRecipient(public []byte) (*age.X25519Recipient, error) {
	if len(public) != Size {
		return nil, fmt.Errorf("age recipient from %d bytes, not %d", len(public), Size)
	}
	recipient, err := age.ParseX25519Recipient(bech32("age", public))
	if err != nil {
		return nil, fmt.Errorf("making the age recipient: %w", err)
	}
	return recipient, nil
}

const bech32Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32 encodes data after the lower-case prefix, as BIP 173 says.
func bech32(prefix string, data []byte) string {
	values := regroup(data)
	var out strings.Builder
	out.WriteString(prefix + "1")
	for _, v := range append(values, bech32Checksum(prefix, values)...) {
		out.WriteByte(bech32Alphabet[v])
	}
	return out.String()
}

// regroup cuts bytes into groups of five bits, the last filled with zeros.
func regroup(data []byte) (values []byte) {
	var bits uint
	var rest uint32
	for _, b := range data {
		rest, bits = rest<<8|uint32(b), bits+8
		for ; bits >= 5; bits -= 5 {
			values = append(values, byte(rest>>(bits-5)&31))
		}
	}
	if bits > 0 {
		values = append(values, byte(rest<<(5-bits)&31))
	}
	return values
}

func bech32Checksum(prefix string, values []byte) []byte {
	sum := uint32(1)
	for _, c := range []byte(prefix) {
		sum = bech32Step(sum, c>>5)
	}
	sum = bech32Step(sum, 0)
	for _, c := range []byte(prefix) {
		sum = bech32Step(sum, c&31)
	}
	for _, v := range values {
		sum = bech32Step(sum, v)
	}
	for range 6 {
		sum = bech32Step(sum, 0)
	}
	sum ^= 1
	out := make([]byte, 6)
	for i := range out {
		out[i] = byte(sum >> (5 * (5 - i)) & 31)
	}
	return out
}

// bech32Step feeds five bits to the BCH code of BIP 173.
func bech32Step(sum uint32, v byte) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ uint32(v)
	for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= g
		}
	}
	return sum
}
