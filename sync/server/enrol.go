package server

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"alpi40.fr/airial/sync/protocol"
)

const (
	// CodeLife is how long an enrolment code waits for its computer when nobody says otherwise: it
	// is dictated and typed. MaxCodeLife is the longest, for a fleet that is installed in a campaign.
	CodeLife    = 15 * time.Minute
	MaxCodeLife = 30 * 24 * time.Hour
	// MaxCodes is how many are made at once.
	MaxCodes = 100
	// codeBytes give 80 bits: no code is guessed in its life, be it MaxCodeLife, at triesAMinute.
	codeBytes    = 10
	triesAMinute = 10
	maxName      = 100
)

// ErrCodeOptions: a code that lives too long or too short, too many of them, a note too long.
var ErrCodeOptions = errors.New("codes that cannot be made so")

func (s *Server) enrol(w http.ResponseWriter, r *http.Request) {
	if !s.tries.allowed(r.RemoteAddr, s.o.Now()) {
		s.fail(w, r, protocol.Fail(protocol.CodeSlowDown, ""))
		return
	}
	q, err := read[protocol.Enrol](w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if len(q.Signature) != ed25519.PublicKeySize || len(q.Exchange) != 32 || strings.TrimSpace(q.Name) == "" || len(q.Name) > maxName {
		s.fail(w, r, protocol.Fail(protocol.CodeBadRequest, "a key or the name is not as it should be"))
		return
	}
	id := make([]byte, 16)
	if _, err := io.ReadFull(s.o.Rand, id); err != nil {
		s.fail(w, r, fmt.Errorf("drawing a device's id: %w", err))
		return
	}
	now := s.o.Now()
	d := protocol.Device{ID: hex.EncodeToString(id), Name: q.Name, Signature: q.Signature, Exchange: q.Exchange, Enrolled: now.UTC().Truncate(time.Microsecond)}
	a, err := s.o.Storage.Enrol(r.Context(), hashCode(q.Code), now, d)
	if errors.Is(err, ErrBadCode) {
		s.tries.missed(r.RemoteAddr)
		s.fail(w, r, protocol.Fail(protocol.CodeBadCode, ""))
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	lock, err := s.lock(d.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.changed(a.ID)
	answer(w, http.StatusOK, protocol.Enrolled{
		Device: d.ID, Authority: a.ID, Name: a.Name, Server: s.o.Name, LogKey: s.o.LogKey.Public().(ed25519.PublicKey), Lock: lock,
	})
}

// lock is the device's lock: derived from the log key, which never changes, so
// that nothing more is kept.
func (s *Server) lock(device string) ([]byte, error) {
	lock, err := hkdf.Key(sha256.New, s.o.LogKey.Seed(), nil, "airial device lock 1\x00"+device, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the lock of device %s: %w", device, err)
	}
	return lock, nil
}

// RescueCode gives the lock of a revoked device, as people type it: with it and
// the laptop itself, and neither alone, what had not been sent is read again.
// ErrNotFound when the authority has no such device.
func (s *Server) RescueCode(ctx context.Context, authority, device string) (string, error) {
	if _, of, err := s.o.Storage.Device(ctx, device); err != nil || of != authority {
		return "", errors.Join(fmt.Errorf("looking for device %s: %w", device, ErrNotFound), err)
	}
	lock, err := s.lock(device)
	if err != nil {
		return "", err
	}
	return protocol.LockText(lock), nil
}

// hashCode hides a code from who reads the storage. A plain hash is enough: a
// code has 80 random bits and lives a month at most. Looking it up by its
// hash takes no time that depends on the code.
func hashCode(code string) [32]byte {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
	return sha256.Sum256([]byte("airial enrolment code 1\x00" + plain))
}

// plainID is what an authority's id may be: it names folders too.
var plainID = regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`)

// AddAuthority makes an authority known. ErrExists when it is.
func (s *Server) AddAuthority(ctx context.Context, a Authority) error {
	if !plainID.MatchString(a.ID) || a.Name == "" {
		return fmt.Errorf("adding authority %.40q: the id is letters and digits, the name is not empty", a.ID)
	}
	return s.o.Storage.AddAuthority(ctx, a)
}

// CodeOptions say what enrolment codes are for.
type CodeOptions struct {
	// Life is how long a code may wait for its computer; 0: CodeLife. At least CodeLife, at most MaxCodeLife.
	Life time.Duration
	// Count is how many codes are made; 0: one. At most MaxCodes.
	Count int
	// Note is what they are for, in the administrator's words.
	Note string
}

// Checked gives the options with what they leave out. Error: ErrCodeOptions.
func (o CodeOptions) Checked() (CodeOptions, error) {
	if o.Life == 0 {
		o.Life = CodeLife
	}
	if o.Count == 0 {
		o.Count = 1
	}
	o.Note = strings.TrimSpace(o.Note)
	if o.Life < CodeLife || o.Life > MaxCodeLife || o.Count < 1 || o.Count > MaxCodes || utf8.RuneCountInString(o.Note) > maxName || strings.ContainsAny(o.Note, "\x00\n\r") {
		return o, ErrCodeOptions
	}
	return o, nil
}

// NewCode gives a code with which one computer may join the authority within a
// quarter of an hour: «ABCD-EFGH-JKLM-NPQR».
func (s *Server) NewCode(ctx context.Context, authority string) (string, error) {
	codes, err := s.NewCodes(ctx, authority, CodeOptions{})
	if err != nil {
		return "", err
	}
	return codes[0], nil
}

// NewCodes gives codes, each of which lets one computer join the authority, once. They are told here and
// never again: their hashes alone are kept. Error: ErrCodeOptions, ErrNotFound.
func (s *Server) NewCodes(ctx context.Context, authority string, o CodeOptions) ([]string, error) {
	o, err := o.Checked()
	if err != nil {
		return nil, err
	}
	if _, err := s.o.Storage.Authority(ctx, authority); err != nil {
		return nil, fmt.Errorf("making a code for %s: %w", authority, err)
	}
	now := s.o.Now().UTC().Truncate(time.Microsecond)
	codes := make([]string, o.Count)
	for i := range codes {
		random := make([]byte, codeBytes)
		if _, err := io.ReadFull(s.o.Rand, random); err != nil {
			return nil, fmt.Errorf("drawing a code: %w", err)
		}
		text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random)
		if err := s.o.Storage.AddCode(ctx, Code{Hash: hashCode(text), Authority: authority, Expires: now.Add(o.Life), Made: now, Note: o.Note}); err != nil {
			return nil, fmt.Errorf("keeping the code: %w", err)
		}
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
	}
	return codes, nil
}

// Codes gives the codes of an authority that may still serve, the first to end first.
func (s *Server) Codes(ctx context.Context, authority string) ([]Code, error) {
	codes, err := s.o.Storage.Codes(ctx, authority, s.o.Now())
	if err != nil {
		return nil, fmt.Errorf("listing the codes of %s: %w", authority, err)
	}
	return codes, nil
}

// DropCode takes back the code of that mark (see Code.Mark), or the one that is typed whole.
// Error: ErrNotFound.
func (s *Server) DropCode(ctx context.Context, authority, mark string) error {
	codes, err := s.Codes(ctx, authority)
	if err != nil {
		return err
	}
	typed := hashCode(mark)
	for i := range codes {
		if codes[i].Mark() == mark || codes[i].Hash == typed {
			return s.o.Storage.DropCode(ctx, authority, codes[i].Hash)
		}
	}
	return fmt.Errorf("taking back code %.40q: %w", mark, ErrNotFound)
}

// Revoke takes a device's word away; its open watches end.
func (s *Server) Revoke(ctx context.Context, authority, device string) error {
	if err := s.o.Storage.Revoke(ctx, authority, device, s.o.Now()); err != nil {
		return fmt.Errorf("revoking device %s: %w", device, err)
	}
	s.changed(authority)
	return nil
}

// tries counts the wrong codes of each address within a minute.
type tries struct {
	mu    sync.Mutex
	since time.Time
	count map[string]int
}

func newTries() *tries { return &tries{count: map[string]int{}} }

func (t *tries) allowed(address string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if age := now.Sub(t.since); age < 0 || age > time.Minute {
		t.since = now
		clear(t.count)
	}
	return t.count[host(address)] < triesAMinute
}

func (t *tries) missed(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count[host(address)]++
}

func host(address string) string {
	h, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return h
}
