package protocol_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/sync/protocol"
)

// A head says one thing: any field changed, its signature no longer holds.
func TestHeadSignsAllItSays(t *testing.T) {
	public, key, _ := ed25519.GenerateKey(nil)
	whole := protocol.Head{Authority: "111111111", Size: 3, At: time.Unix(1_700_000_000, 0)}
	whole.Sign(key)
	if !whole.Verify(public) {
		t.Fatal("it does not hold")
	}
	for name, change := range map[string]func(*protocol.Head){
		"authority": func(h *protocol.Head) { h.Authority = "222222222" },
		"size":      func(h *protocol.Head) { h.Size++ },
		"root":      func(h *protocol.Head) { h.Root[31]++ },
		"devices":   func(h *protocol.Head) { h.Devices[0]++ },
		"time":      func(h *protocol.Head) { h.At = h.At.Add(time.Second) },
		"signature": func(h *protocol.Head) { h.Signature = nil },
	} {
		h := whole
		change(&h)
		if h.Verify(public) {
			t.Errorf("%s: still holds", name)
		}
	}
	if whole.Verify(nil) {
		t.Error("holds without a key")
	}
}

// Two lists that differ in anything have two hashes, also when texts move from
// one field to the next.
func TestDevicesHash(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	seen := map[string]string{}
	for name, list := range map[string][]protocol.Device{
		"none":        nil,
		"one":         {{ID: "a", Name: "b", Enrolled: at}},
		"moved":       {{ID: "ab", Enrolled: at}},
		"revoked":     {{ID: "a", Name: "b", Enrolled: at, Revoked: &at}},
		"later":       {{ID: "a", Name: "b", Enrolled: at.Add(time.Second)}},
		"with a key":  {{ID: "a", Name: "b", Enrolled: at, Signature: []byte{1}}},
		"exchanges":   {{ID: "a", Name: "b", Enrolled: at, Exchange: []byte{1}}},
		"two":         {{ID: "a", Name: "b", Enrolled: at}, {ID: "c", Enrolled: at}},
		"in disorder": {{ID: "c", Enrolled: at}, {ID: "a", Name: "b", Enrolled: at}},
	} {
		sum := protocol.DevicesHash(list).String()
		if other, taken := seen[sum]; taken {
			t.Errorf("%s and %s have one hash", name, other)
		}
		seen[sum] = name
	}
}

func TestLockText(t *testing.T) {
	lock := bytes.Repeat([]byte{0xa5}, protocol.LockSize)
	text := protocol.LockText(lock)
	for _, typed := range []string{text, strings.ToLower(text), strings.ReplaceAll(text, "-", " "), text + "\r\n"} {
		if got, err := protocol.ParseLock(typed); err != nil || !bytes.Equal(got, lock) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, typed := range []string{"", text[:10], text + "A", strings.Replace(text, "U", "1", 1) + "1"} {
		if _, err := protocol.ParseLock(typed); !errors.Is(err, protocol.ErrBadLock) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	whole, _ := json.Marshal(protocol.Pulled{Head: protocol.Head{Authority: "111111111"}, Devices: []protocol.Device{{ID: "a"}}})
	f.Add(whole)
	f.Add([]byte(`{"entries":[{"id":"a","data":{},"blobs":["00"]}]}`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		if p, err := protocol.Read[protocol.Pulled](bytes.NewReader(body)); err == nil {
			p.Head.Verify(make([]byte, ed25519.PublicKeySize))
			protocol.DevicesHash(p.Devices)
		}
		if p, err := protocol.Read[protocol.Push](bytes.NewReader(body)); err == nil {
			for i := range p.Entries {
				_ = p.Entries[i].Check(make([]byte, ed25519.PublicKeySize))
			}
		}
	})
}
