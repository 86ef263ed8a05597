package office

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/store/keys"
)

// verificationKeys are those by which this computer opens and signs verification messages: derived from its own key, so
// that nothing more is kept; another computer of the authority has others.
func (h *Hall) verificationKeys() (k comedec.Keys, err error) {
	derive := func(label string) ([]byte, error) {
		return hkdf.Key(sha256.New, h.device.Signature, nil, "airial verification "+label+" 1", keys.Size)
	}
	sign, err := derive("sign")
	if err != nil {
		return k, fmt.Errorf("deriving the keys of verifications: %w", err)
	}
	open, err := derive("open")
	if err != nil {
		return k, fmt.Errorf("deriving the keys of verifications: %w", err)
	}
	defer clear(open)
	k.Sign = ed25519.NewKeyFromSeed(sign)
	k.Open, err = keys.AgeIdentity(open)
	return k, err
}

// VerificationCard is how correspondents know this computer.
func (h *Hall) VerificationCard(ctx context.Context) (comedec.Card, error) {
	k, err := h.verificationKeys()
	if err != nil {
		return comedec.Card{}, err
	}
	a, err := h.Authority(ctx)
	return k.Card(a.Name, comedec.TownHall, a.INSEE), err
}

// OpenVerification reads a request, and tells what would be answered; nothing is written.
func (h *Hall) OpenVerification(ctx context.Context, raw []byte) (r comedec.Request, from comedec.Card, x comedec.Examined, err error) {
	k, err := h.verificationKeys()
	if err != nil {
		return r, from, x, err
	}
	if r, from, err = h.Verifications.Open(ctx, raw, k); err != nil {
		return r, from, x, err
	}
	x, err = h.Verifications.Examine(ctx, r, from)
	return r, from, x, err
}

// AnswerVerification answers a request by an officer's word, and gives the sealed answer.
func (h *Hall) AnswerVerification(ctx context.Context, actor, officer, reason string, r comedec.Request, from comedec.Card) ([]byte, error) {
	k, err := h.verificationKeys()
	if err != nil {
		return nil, err
	}
	a, err := h.Verifications.Answer(ctx, actor, officer, reason, r, from)
	if err != nil {
		return nil, err
	}
	return comedec.Seal(a, k, from)
}
