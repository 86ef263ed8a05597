// Package transfer encrypts what is shared by links (package share tells their form): the secrets of
// a link, its words, and files cut into pieces, sent and fetched with a memory that does not depend
// on their size. A sending that was cut is taken up at the piece where it stopped.
package transfer

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// ErrAltered: what came is not what its sender sealed.
var ErrAltered = errors.New("a file of a link was altered")

// Key is what one member of a link has: the secret in her link, and the passphrase told apart.
type Key struct {
	Secret []byte `json:"secret"` // 32 bytes
	Phrase string `json:"phrase,omitempty"`
}

const secretSize = 32

// letters are those that are not taken for one another, spoken or written.
const letters = "abcdefghjkmnpqrstuvwxyz23456789"

// NewKey draws a secret and a passphrase: three groups of four letters, 59 bits.
func NewKey(rand io.Reader) (k Key, err error) {
	k.Secret = make([]byte, secretSize)
	if _, err := io.ReadFull(rand, k.Secret); err != nil {
		return k, fmt.Errorf("drawing a link's secret: %w", err)
	}
	var phrase strings.Builder
	one := make([]byte, 1)
	for n := 0; n < 12; {
		if _, err := io.ReadFull(rand, one); err != nil {
			return k, fmt.Errorf("drawing a passphrase: %w", err)
		}
		if int(one[0]) >= 256/len(letters)*len(letters) {
			continue // no letter is likelier than another
		}
		if n > 0 && n%4 == 0 {
			phrase.WriteByte('-')
		}
		phrase.WriteByte(letters[int(one[0])%len(letters)])
		n++
	}
	k.Phrase = phrase.String()
	return k, nil
}

// Fragment is what stands after # in the link of somebody who reads.
func (k Key) Fragment() string { return base64.RawURLEncoding.EncodeToString(k.Secret) }

// FragmentFor is Fragment for who only adds: it names the recipient, so that the server cannot put
// another in its place.
func (k Key) FragmentFor(recipient string) string { return k.Fragment() + "." + recipient }

// TokenHash is what the server knows of the key: the SHA-256 of the token, in hexadecimal.
func (k Key) TokenHash() (string, error) {
	token, err := k.Token()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:]), nil
}

// Token is what the member shows to the server.
func (k Key) Token() (string, error) {
	token, err := hkdf.Key(sha256.New, k.Secret, nil, "airial link token 1", 32)
	if err != nil {
		return "", fmt.Errorf("deriving a link's token: %w", err)
	}
	return hex.EncodeToString(token), nil
}

// plainPhrase is a passphrase as it is compared: people leave out dashes and change case.
func plainPhrase(phrase string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(phrase))
}

// How hard scrypt is made, as a power of two: for the passphrase, which a person could hear; for
// what is under the secret alone, whose 256 bits need no such help.
const (
	phraseWork = 17
	secretWork = 8
)

func underPassphrase(pass string, work int, plain []byte) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(pass)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(work)
	return seal(recipient, plain)
}

func seal(to age.Recipient, plain []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return out.Bytes(), nil
}

// Member makes the member who holds a key: with the identity when she reads.
func (k Key) Member(id string, role protocol.LinkRole, identity *age.X25519Identity, words protocol.LinkWords, end time.Time) (m protocol.LinkMember, err error) {
	m = protocol.LinkMember{ID: id, Role: role, Expires: end}
	if m.Token, err = k.TokenHash(); err != nil {
		return m, err
	}
	if role.Reads() {
		if m.Sealed, err = underPassphrase(k.Fragment()+" "+plainPhrase(k.Phrase), phraseWork, []byte(identity.String())); err != nil {
			return m, err
		}
	}
	text, err := json.Marshal(words)
	if err != nil {
		return m, err
	}
	m.Words, err = underPassphrase(k.Fragment(), secretWork, text)
	return m, err
}

// Door is the server, as a link's files pass through it.
type Door interface {
	PutPiece(ctx context.Context, id string, d store.Digest, piece []byte) error
	AddFile(ctx context.Context, id string, f protocol.LinkFile) error
	Piece(ctx context.Context, id string, d store.Digest) ([]byte, error)
}

// File is a content to send.
type File struct {
	Name     string
	Size     int64
	Modified time.Time
	Content  io.ReaderAt
}

// State is how far a sending has come: what a later one goes on from, for the same content.
type State struct {
	Pieces []store.Digest `json:"pieces,omitempty"`
	Sent   int64          `json:"sent"` // bytes, encrypted
}

// Send encrypts a file to a recipient and sends it, piece after piece. keep is told the state after
// each piece; progress, the bytes done.
func Send(ctx context.Context, door Door, link, recipient string, f File, s State, keep func(State) error, progress func(done int64)) error {
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return fmt.Errorf("reading a link's recipient: %w", err)
	}
	const length = protocol.PieceSize
	buf := make([]byte, min(length, f.Size))
	var sealed bytes.Buffer
	for at := int64(len(s.Pieces)) * length; at < f.Size; at += length {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := buf[:min(length, f.Size-at)]
		if _, err := f.Content.ReadAt(part, at); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading %s: %w", f.Name, err)
		}
		sealed.Reset()
		w, err := age.Encrypt(&sealed, to)
		if err == nil {
			_, err = w.Write(part)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return fmt.Errorf("encrypting %s: %w", f.Name, err)
		}
		d := store.DigestOf(sealed.Bytes())
		if err := door.PutPiece(ctx, link, d, sealed.Bytes()); err != nil {
			return err
		}
		s.Pieces, s.Sent = append(s.Pieces, d), s.Sent+int64(sealed.Len())
		if err := keep(s); err != nil {
			return err
		}
		progress(at + int64(len(part)))
	}
	manifest, err := json.Marshal(protocol.LinkManifest{Name: f.Name, Size: f.Size, Modified: f.Modified.UnixMilli(), Pieces: s.Pieces})
	if err != nil {
		return err
	}
	closed, err := seal(to, manifest)
	if err != nil {
		return err
	}
	return door.AddFile(ctx, link, protocol.LinkFile{Manifest: closed, Pieces: s.Pieces, Size: s.Sent})
}

// Manifest opens what a link's file is. Error: ErrAltered.
func Manifest(f protocol.LinkFile, identity age.Identity) (m protocol.LinkManifest, err error) {
	plain, err := unseal(f.Manifest, identity, protocol.MaxManifest)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(plain, &m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrAltered, err)
	}
	if m.Size < 0 || len(m.Pieces) > protocol.MaxPieces {
		return m, fmt.Errorf("%w: sizes that cannot be", ErrAltered)
	}
	return m, nil
}

func unseal(sealed []byte, identity age.Identity, limit int64) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAltered, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAltered, err)
	}
	if int64(len(plain)) > limit {
		return nil, fmt.Errorf("%w: larger than it says", ErrAltered)
	}
	return plain, nil
}

// Fetch gives the content of a link's file, piece after piece. Errors of reading: those of the door,
// ErrAltered.
func Fetch(ctx context.Context, door Door, link string, m protocol.LinkManifest, identity age.Identity) io.Reader {
	return &fetching{ctx: ctx, door: door, link: link, left: m.Pieces, size: m.Size, identity: identity}
}

type fetching struct {
	ctx      context.Context
	door     Door
	link     string
	left     []store.Digest
	size     int64 // that is still to come
	identity age.Identity
	piece    []byte
}

func (f *fetching) Read(p []byte) (int, error) {
	for len(f.piece) == 0 {
		if len(f.left) == 0 {
			if f.size != 0 {
				return 0, fmt.Errorf("%w: it is not whole", ErrAltered)
			}
			return 0, io.EOF
		}
		sealed, err := f.door.Piece(f.ctx, f.link, f.left[0])
		if err != nil {
			return 0, err
		}
		if f.piece, err = unseal(sealed, f.identity, protocol.MaxPiece); err != nil {
			return 0, err
		}
		f.left, f.size = f.left[1:], f.size-int64(len(f.piece))
	}
	n := copy(p, f.piece)
	f.piece = f.piece[n:]
	return n, nil
}
