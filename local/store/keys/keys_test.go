package keys_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/zalando/go-keyring"
	"pgregory.net/rapid"

	"alpi40.fr/airial/local/store/keys"
)

const phrase = "résine et brûlis 40"

func options(t *testing.T, ring keys.Keyring, passphrase string) keys.Options {
	t.Helper()
	o := keys.Options{Dir: t.TempDir(), Keyring: ring, Rand: rand.Reader}
	if passphrase != "" {
		o.Passphrase = func(context.Context) ([]byte, error) { return []byte(passphrase), nil }
	}
	return o
}

// systemKeyring stands in for the operating system's part alone.
func systemKeyring(t *testing.T) keys.Keyring {
	t.Helper()
	keyring.MockInit()
	return keys.System()
}

func brokenKeyring(t *testing.T, err error) keys.Keyring {
	t.Helper()
	keyring.MockInitWithError(err)
	return keys.System()
}

func derived(t *testing.T, m *keys.Master) string {
	t.Helper()
	k, err := m.Derive(keys.Database, "a")
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(k[:])
}

func create(t *testing.T, o keys.Options) *keys.Master {
	t.Helper()
	m, err := keys.Create(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestKeptInTheKeyring(t *testing.T) {
	o := options(t, systemKeyring(t), "")
	if _, err := keys.Open(context.Background(), o); !errors.Is(err, keys.ErrNotCreated) {
		t.Errorf("before Create: %v", err)
	}
	want := derived(t, create(t, o))
	m, err := keys.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if derived(t, m) != want {
		t.Error("another key came back")
	}
	if _, err := keys.Create(context.Background(), o); !errors.Is(err, keys.ErrExists) {
		t.Errorf("a second Create: %v", err)
	}

	keyring.MockInit() // a keyring that has lost everything
	if _, err := keys.Open(context.Background(), o); !errors.Is(err, keys.ErrKeyMissing) {
		t.Errorf("an empty keyring: %v", err)
	}
}

func TestSecretIsKeptBesides(t *testing.T) {
	ctx := context.Background()
	o := options(t, systemKeyring(t), "")
	want := derived(t, create(t, o))
	if _, err := keys.Secret(ctx, o, "tiers"); !errors.Is(err, keys.ErrKeyMissing) {
		t.Errorf("before it is kept: %v", err)
	}
	if err := keys.KeepSecret(ctx, o, "tiers", "mot de passe"); err != nil {
		t.Fatal(err)
	}
	if secret, err := keys.Secret(ctx, o, "tiers"); err != nil || secret != "mot de passe" {
		t.Errorf("%q %v", secret, err)
	}
	if err := keys.KeepSecret(ctx, o, "tiers", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Secret(ctx, o, "tiers"); !errors.Is(err, keys.ErrKeyMissing) {
		t.Errorf("once taken away: %v", err)
	}
	if m, err := keys.Open(ctx, o); err != nil || derived(t, m) != want {
		t.Errorf("the master key has suffered: %v", err)
	}
	o.Keyring = nil
	if err := keys.KeepSecret(ctx, o, "tiers", "x"); !errors.Is(err, keys.ErrNoKeyring) {
		t.Errorf("without a keyring: %v", err)
	}
}

func TestKeptUnderAPassphrase(t *testing.T) {
	o := options(t, nil, phrase)
	want := derived(t, create(t, o))
	content, err := os.ReadFile(filepath.Join(o.Dir, "keys.json"))
	if err != nil || bytes.Contains(content, []byte(phrase)) {
		t.Fatalf("keys.json: %v %s", err, content)
	}
	for _, c := range []struct {
		typed string
		err   error
	}{
		{phrase, nil},
		// The same text, its accents composed otherwise (NFD).
		{"re\u0301sine et bru\u0302lis 40", nil},
		{"résine et brûlis 41", keys.ErrWrongPassphrase},
		{"", keys.ErrWrongPassphrase},
	} {
		o.Passphrase = func(context.Context) ([]byte, error) { return []byte(c.typed), nil }
		m, err := keys.Open(context.Background(), o)
		if !errors.Is(err, c.err) {
			t.Errorf("%q: %v, want %v", c.typed, err, c.err)
		}
		if err == nil && derived(t, m) != want {
			t.Errorf("%q opened another key", c.typed)
		}
	}
	o.Passphrase = nil
	if _, err := keys.Open(context.Background(), o); !errors.Is(err, keys.ErrNoPassphrase) {
		t.Errorf("nobody to ask: %v", err)
	}
	gone := errors.New("window closed")
	o.Passphrase = func(context.Context) ([]byte, error) { return nil, gone }
	if _, err := keys.Open(context.Background(), o); !errors.Is(err, gone) {
		t.Errorf("the person gave up: %v", err)
	}
}

func TestShortPassphrase(t *testing.T) {
	o := options(t, nil, "onze lettre")
	if _, err := keys.Create(context.Background(), o); !errors.Is(err, keys.ErrShortPassphrase) {
		t.Errorf("11 characters: %v", err)
	}
	if left, _ := os.ReadDir(o.Dir); len(left) > 0 {
		t.Error("a refused Create left", left)
	}
}

func TestKeyringThatFails(t *testing.T) {
	for name, c := range map[string]struct{ err, want error }{
		"unsupported": {keyring.ErrUnsupportedPlatform, keys.ErrNoKeyring},
		"unknown":     {errors.New("something new"), nil},
	} {
		o := options(t, brokenKeyring(t, c.err), "")
		_, err := keys.Create(context.Background(), o)
		if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s, nobody to ask: %v, want %v", name, err, c.want)
		}
		o = options(t, brokenKeyring(t, c.err), phrase)
		want := derived(t, create(t, o))
		m, err := keys.Open(context.Background(), o)
		if err != nil || derived(t, m) != want {
			t.Errorf("%s, by passphrase: %v", name, err)
		}
	}
}

// A key in the keyring with a second way in by passphrase.
func TestKeyringLocksLater(t *testing.T) {
	ctx := context.Background()
	o := options(t, systemKeyring(t), phrase)
	m := create(t, o)
	if err := keys.SetPassphrase(ctx, o, m); err != nil {
		t.Fatal(err)
	}
	o.Keyring = stuck{}
	o.KeyringWait = 20 * time.Millisecond
	again, err := keys.Open(ctx, o)
	if err != nil || derived(t, again) != derived(t, m) {
		t.Errorf("by passphrase: %v", err)
	}
	o.Passphrase = nil
	if _, err := keys.Open(ctx, o); !errors.Is(err, keys.ErrKeyringLocked) {
		t.Errorf("nobody to ask: %v, want ErrKeyringLocked", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	o.KeyringWait = 0
	if _, err := keys.Open(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// stuck is a Secret Service whose prompt nobody answers.
type stuck struct{}

func (stuck) Get(string, string) (string, error) { select {} }
func (stuck) Set(string, string, string) error   { select {} }
func (stuck) Delete(string, string) error        { select {} }

// What an erasing takes away is taken from the keyring too; only the recovery sheet brings it back.
func TestForget(t *testing.T) {
	ctx := context.Background()
	o := options(t, systemKeyring(t), "")
	if err := keys.Forget(ctx, o); err != nil {
		t.Errorf("nothing to forget: %v", err)
	}
	sheet, err := keys.Recovery(create(t, o))
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Forget(ctx, o); err != nil || keys.Created(o.Dir) {
		t.Errorf("forgetting: %v", err)
	}
	if _, err := keys.Open(ctx, o); !errors.Is(err, keys.ErrNotCreated) {
		t.Errorf("opening what was forgotten: %v", err)
	}
	if _, err := keys.FromRecovery(sheet); err != nil {
		t.Error(err)
	}
	// A keyring that does not answer leaves everything where it is.
	create(t, o)
	o.Keyring, o.KeyringWait = stuck{}, 20*time.Millisecond
	if err := keys.Forget(ctx, o); !errors.Is(err, keys.ErrKeyringLocked) || !keys.Created(o.Dir) {
		t.Errorf("a keyring that does not answer: %v", err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "keys.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := keys.Forget(ctx, o); err != nil || keys.Created(o.Dir) {
		t.Errorf("damaged: %v", err)
	}
}

func TestRecoveryOntoABareLaptop(t *testing.T) {
	ctx := context.Background()
	o := options(t, nil, phrase)
	m := create(t, o)
	sheet, err := keys.Recovery(m)
	if err != nil {
		t.Fatal(err)
	}
	back, err := keys.FromRecovery(sheet)
	if err != nil {
		t.Fatal(err)
	}
	bare := options(t, systemKeyring(t), "")
	if err := keys.Keep(ctx, bare, back); err != nil {
		t.Fatal(err)
	}
	opened, err := keys.Open(ctx, bare)
	if err != nil || derived(t, opened) != derived(t, m) {
		t.Errorf("on the bare laptop: %v", err)
	}

	stranger := create(t, options(t, nil, phrase))
	if err := keys.Keep(ctx, o, stranger); !errors.Is(err, keys.ErrOtherKey) {
		t.Errorf("another town hall's sheet: %v, want ErrOtherKey", err)
	}
	// The key comes back even when keys.json is lost to a bad disk.
	if err := os.WriteFile(filepath.Join(o.Dir, "keys.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Open(ctx, o); !errors.Is(err, keys.ErrDamaged) {
		t.Errorf("a damaged keys.json: %v", err)
	}
	if err := keys.Keep(ctx, o, back); err != nil {
		t.Error(err)
	}
	if again, err := keys.Open(ctx, o); err != nil || derived(t, again) != derived(t, m) {
		t.Errorf("after repair: %v", err)
	}
}

func TestWipe(t *testing.T) {
	m := create(t, options(t, nil, phrase))
	secret, err := keys.Recovery(m)
	if err != nil {
		t.Fatal(err)
	}
	m.Wipe()
	m.Wipe()
	if _, err := m.Derive(keys.Database, "a"); !errors.Is(err, keys.ErrWiped) {
		t.Errorf("Derive: %v", err)
	}
	if _, err := keys.Recovery(m); !errors.Is(err, keys.ErrWiped) {
		t.Errorf("Recovery: %v", err)
	}
	m, _ = keys.FromRecovery(secret)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		if text := fmt.Sprintf(verb, m); strings.Contains(text, "[") || len(text) > 60 {
			t.Errorf("%s prints %q", verb, text)
		}
	}
}

// known is the master key 00 01 … 1f. What comes from it is a format for ever; the
// values were computed apart, with Python's hmac and hashlib.
const knownSheet = "000G0 40R47 0M30J E209D 185GT R38E6 1W81Q 24GK4 2GAHK C5RRE 34D11 P70XS 3RFGB CC6W7"

func TestDerivedKeysAreStable(t *testing.T) {
	m, err := keys.FromRecovery(knownSheet)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range []struct {
		purpose         keys.Purpose
		authority, want string
	}{
		{keys.Database, "commune-40999", "513cea61c1c833253c819349294be7ac9a5b8af37a35b5f757106900936cee77"},
		{keys.Documents, "commune-40999", "5ad9189dff3a133eb69b5c4747c04e5319098022eea48a778c46c37c0745b6d2"},
		{keys.Device, "", "1cd3f33d3d36847d227fb5b455727076b8eb6bff252efb5091703d741662fb98"},
		{keys.Backup, "ccas-40999", "cb285eba373b03af622870cf4091470f6af02f3552407b0a1962108dc2a539f2"},
	} {
		k, err := m.Derive(c.purpose, c.authority)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(k[:]); got != c.want || seen[got] {
			t.Errorf("%s of %q: %s, was %s", c.purpose, c.authority, got, c.want)
		}
		seen[c.want] = true
	}
}

func TestAgeIdentity(t *testing.T) {
	secret := sha256.Sum256([]byte("any"))
	a, err := keys.AgeIdentity(secret[:])
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, a.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "acte"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := age.ParseX25519Identity(a.String())
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(&sealed, b)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(r); string(text) != "acte" {
		t.Errorf("decrypted %q", text)
	}
	if _, err := keys.AgeIdentity(secret[:31]); err == nil {
		t.Error("31 bytes were taken")
	}
}

// The encoding is age's own: it writes any identity it draws as AgeIdentity does.
func TestAgeIdentityIsTheScalar(t *testing.T) {
	const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	for range 20 {
		drawn, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		text := strings.TrimPrefix(drawn.String(), "AGE-SECRET-KEY-1")
		var secret []byte
		var bits, rest uint
		for _, c := range text[:len(text)-6] {
			rest, bits = rest<<5|uint(strings.IndexRune(alphabet, c)), bits+5
			if bits >= 8 {
				bits -= 8
				secret = append(secret, byte(rest>>bits))
			}
		}
		same, err := keys.AgeIdentity(secret)
		if err != nil || same.String() != drawn.String() || same.Recipient().String() != drawn.Recipient().String() {
			t.Fatalf("%v: %s is not %s", err, same, drawn)
		}
	}
}

func TestRecoveryAsTyped(t *testing.T) {
	want, err := keys.FromRecovery(knownSheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{
		strings.ToLower(knownSheet),
		strings.ReplaceAll(knownSheet, " ", ""),
		strings.ReplaceAll(knownSheet, " ", " - ") + "\r\n",
		strings.ReplaceAll(knownSheet, " ", "\u202f"),
		strings.ReplaceAll(knownSheet, "0", "o"),
		strings.NewReplacer("0", "O", "1", "l", "V", "u").Replace(knownSheet),
		strings.ReplaceAll(knownSheet, "1", "I"),
	} {
		m, err := keys.FromRecovery(typed)
		if err != nil || derived(t, m) != derived(t, want) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

// Every single wrong sign, every exchange of neighbours, every exchange of two groups
// is noticed and, but for the last, placed.
func TestRecoveryMistakesAreFound(t *testing.T) {
	signs := []byte(strings.ReplaceAll(knownSheet, " ", ""))
	fault := func(typed []byte) int {
		t.Helper()
		_, err := keys.FromRecovery(string(typed))
		var f *keys.RecoveryFault
		if !errors.Is(err, keys.ErrBadRecoveryCode) || !errors.As(err, &f) {
			t.Fatalf("%s was taken: %v", typed, err)
		}
		return f.Group
	}
	for i := range signs {
		for _, c := range []byte("0123456789ABCDEFGHJKMNPQRSTVWXYZ!é") {
			wrong := bytes.Clone(signs)
			if wrong[i] = c; c == signs[i] {
				continue
			}
			if g := fault(wrong); g != i/5+1 {
				t.Errorf("sign %d as %c: placed in group %d", i, c, g)
			}
		}
		if i+1 < len(signs) && signs[i] != signs[i+1] {
			wrong := bytes.Clone(signs)
			wrong[i], wrong[i+1] = wrong[i+1], wrong[i]
			fault(wrong)
		}
		if g := fault(signs[:i]); g != 0 {
			t.Errorf("only %d signs: placed in group %d", i, g)
		}
	}
	for i := range 14 {
		for j := range i {
			wrong := bytes.Clone(signs)
			copy(wrong[i*5:], signs[j*5:j*5+5])
			copy(wrong[j*5:], signs[i*5:i*5+5])
			fault(wrong)
		}
	}
	fault(append(bytes.Clone(signs), signs[:5]...))
	fault(bytes.Repeat([]byte("A"), 5000))
}

func TestEveryKeyRecovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")
		keyring.MockInit()
		dir, err := os.MkdirTemp("", "keys")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		o := keys.Options{Dir: dir, Keyring: keys.System(), Rand: io.MultiReader(bytes.NewReader(seed), rand.Reader)}
		m, err := keys.Create(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := keys.Recovery(m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := keys.FromRecovery(sheet)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := m.Derive(keys.Backup, "x")
		b, _ := back.Derive(keys.Backup, "x")
		if a != b {
			t.Fatalf("%s gives another key", sheet)
		}
	})
}

func FuzzFromRecovery(f *testing.F) {
	f.Add(knownSheet)
	f.Add(strings.ToLower(knownSheet[:30]))
	f.Add("é\xff\u202f")
	f.Fuzz(func(t *testing.T, typed string) {
		m, err := keys.FromRecovery(typed)
		if err != nil {
			if !errors.Is(err, keys.ErrBadRecoveryCode) {
				t.Fatal(err)
			}
			return
		}
		sheet, err := keys.Recovery(m)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := keys.FromRecovery(sheet); err != nil || derived(t, again) != derived(t, m) {
			t.Fatalf("%q reads as a key whose sheet reads otherwise", typed)
		}
	})
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"format":1,"installation":"000102030405060708090a0b0c0d0e0f","check":"AAAAAAAAAAA=","in_keyring":true}`))
	f.Add([]byte(`{"format":1,"installation":"000102030405060708090a0b0c0d0e0f","check":"AAAAAAAAAAA=","sealed":{"argon2id":{"passes":4000000000,"memory_kib":4294967295,"lanes":255,"salt":"AAAAAAAAAAA="},"nonce":"","box":""}}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "keys.json"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		keyring.MockInit()
		o := keys.Options{Dir: dir, Keyring: keys.System()}
		if !bytes.Contains(content, []byte("memory_kib")) || bytes.Contains(content, []byte("4294967295")) {
			o.Passphrase = func(context.Context) ([]byte, error) { return []byte(phrase), nil }
		}
		if _, err := keys.Open(context.Background(), o); err == nil {
			t.Fatal("a key came out of", string(content))
		}
	})
}

// With a real Secret Service, in dbus-run-session: unlocked (echo | gnome-keyring-daemon
// --unlock --components=secrets; AIRIAL_KEYRING=open), locked by a password and without
// a display to ask for it (AIRIAL_KEYRING=locked), or outside of any session
// (AIRIAL_KEYRING=absent).
func TestRealKeyring(t *testing.T) {
	ctx := context.Background()
	o := options(t, keys.System(), "")
	switch state := os.Getenv("AIRIAL_KEYRING"); state {
	case "absent", "locked":
		want := map[string]error{"absent": keys.ErrNoKeyring, "locked": keys.ErrKeyringLocked}[state]
		if _, err := keys.Create(ctx, o); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	case "open":
		want := derived(t, create(t, o))
		m, err := keys.Open(ctx, o)
		if err != nil || derived(t, m) != want {
			t.Errorf("from the keyring: %v", err)
		}
		var record struct{ Installation string }
		text, err := os.ReadFile(filepath.Join(o.Dir, "keys.json"))
		if err := errors.Join(err, json.Unmarshal(text, &record), o.Keyring.Delete("Airial", record.Installation)); err != nil {
			t.Error(err)
		}
		if _, err := keys.Keyring.Get(keys.System(), "Airial", "nobody"); !errors.Is(err, keys.ErrKeyMissing) {
			t.Errorf("an unknown account: %v", err)
		}
	default:
		t.Skip("AIRIAL_KEYRING is not set: the keyring of this machine is left alone")
	}
}
