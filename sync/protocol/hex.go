package protocol

import (
	"encoding/hex"
	"fmt"
)

// HexBytes are bytes that JSON writes in hexadecimal.
type HexBytes []byte

// MarshalText writes hexadecimal characters.
func (b HexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

// UnmarshalText reads them.
func (b *HexBytes) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil {
		return fmt.Errorf("%.40q is not hexadecimal", text)
	}
	*b = raw
	return nil
}
