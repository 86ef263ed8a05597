package comedec

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// The reasons for which a message is not read; match them with errors.Is.
var (
	// ErrNotMessage: a page, a cut file, another format.
	ErrNotMessage = errors.New("the file is not a verification message")
	// ErrNotForUs: it is sealed to somebody else.
	ErrNotForUs = errors.New("the message is sealed to somebody else")
	// ErrStranger: who signed it is not a correspondent.
	ErrStranger = errors.New("the message is not signed by a known correspondent")
	// ErrSignature: it was changed since it was signed.
	ErrSignature = errors.New("the signature of the message does not hold")
	// ErrCard: the file is not the card of a correspondent.
	ErrCard = errors.New("the file is not a card")
)

// Format names the form of the messages, which is a draft.
const Format = "airial-verification-projet-1"

// MaxMessage bounds a message or a card, in bytes.
const MaxMessage = 1 << 20

const (
	domain  = "airial verification 1\x00"
	maxName = 200
)

// Office is what a correspondent is.
type Office string

// The offices.
const (
	Notary   Office = "notary"
	Titles   Office = "titles" // passports, identity cards
	TownHall Office = "town-hall"
)

// Card is how one side is known to the other: who it is, and its public keys.
type Card struct {
	Format    string            `json:"format"`
	Name      string            `json:"name"`
	Office    Office            `json:"office"`
	Number    string            `json:"number,omitempty"` // CRPCEN of a notary's office, INSEE of a commune
	Key       ed25519.PublicKey `json:"key"`
	Recipient string            `json:"recipient"` // of age
}

// ID recognises a card by its keys.
func (c Card) ID() string {
	sum := sha256.Sum256(append([]byte(c.Recipient+"\x00"), c.Key...))
	return hex.EncodeToString(sum[:16])
}

// Fingerprint is what both sides read to each other before they trust a card.
func (c Card) Fingerprint() string {
	id := strings.ToUpper(c.ID())
	var groups []string
	for at := 0; at < len(id); at += 4 {
		groups = append(groups, id[at:at+4])
	}
	return strings.Join(groups, " ")
}

// ReadCard reads a card. It wraps ErrCard.
func ReadCard(raw []byte) (c Card, err error) {
	if len(raw) > MaxMessage {
		return c, ErrCard
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("%w: %w", ErrCard, err)
	}
	_, err = age.ParseX25519Recipient(c.Recipient)
	known := c.Office == Notary || c.Office == Titles || c.Office == TownHall
	if err != nil || c.Format != Format || len(c.Key) != ed25519.PublicKeySize || !known || strings.TrimSpace(c.Name) == "" || len(c.Name) > maxName || len(c.Number) > maxName {
		return c, errors.Join(ErrCard, err)
	}
	return c, nil
}

// Write gives the card as ReadCard reads it.
func (c Card) Write() ([]byte, error) { return json.MarshalIndent(c, "", "  ") }

// Keys are those of one side.
type Keys struct {
	Sign ed25519.PrivateKey
	Open *age.X25519Identity
}

// Card is the public side of keys.
func (k Keys) Card(name string, o Office, number string) Card {
	return Card{Format: Format, Name: name, Office: o, Number: number, Key: k.Sign.Public().(ed25519.PublicKey), Recipient: k.Open.Recipient().String()}
}

type envelope struct {
	Format string            `json:"format"`
	Body   []byte            `json:"body"`
	Key    ed25519.PublicKey `json:"key"`
	Sig    []byte            `json:"sig"`
}

// signed is what a signature covers: the body, and whom it is sealed to, so that it cannot be sealed again to another.
func signed(body []byte, to string) []byte {
	return append([]byte(domain+to+"\x00"), body...)
}

// Seal signs a message and seals it to who a card is of.
func Seal(message any, k Keys, to Card) ([]byte, error) {
	recipient, err := age.ParseX25519Recipient(to.Recipient)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCard, err)
	}
	body, err := json.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("writing a message: %w", err)
	}
	text, err := json.Marshal(envelope{Format, body, k.Sign.Public().(ed25519.PublicKey), ed25519.Sign(k.Sign, signed(body, to.Recipient))})
	if err != nil {
		return nil, fmt.Errorf("writing a message: %w", err)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("sealing a message: %w", err)
	}
	return out.Bytes(), nil
}

// Unseal opens a message that one of some correspondents signed, into a value. Errors: ErrNotMessage, ErrNotForUs,
// ErrStranger, ErrSignature.
func Unseal(raw []byte, k Keys, from []Card, into any) (Card, error) {
	if len(raw) > MaxMessage {
		return Card{}, fmt.Errorf("%d bytes for %d at most: %w", len(raw), MaxMessage, ErrNotMessage)
	}
	r, err := age.Decrypt(bytes.NewReader(raw), k.Open)
	var other *age.NoIdentityMatchError
	switch {
	case errors.As(err, &other):
		return Card{}, ErrNotForUs
	case err != nil:
		return Card{}, fmt.Errorf("%w: %w", ErrNotMessage, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, MaxMessage))
	if err != nil {
		return Card{}, fmt.Errorf("%w: %w", ErrNotMessage, err)
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil || e.Format != Format {
		return Card{}, errors.Join(ErrNotMessage, err)
	}
	for _, c := range from {
		if !c.Key.Equal(e.Key) {
			continue
		}
		if !ed25519.Verify(c.Key, signed(e.Body, k.Open.Recipient().String()), e.Sig) {
			return c, ErrSignature
		}
		if err := json.Unmarshal(e.Body, into); err != nil {
			return c, fmt.Errorf("%w: %w", ErrNotMessage, err)
		}
		return c, nil
	}
	return Card{}, ErrStranger
}
