package server

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"alpi40.fr/airial/sync/protocol"
)

const (
	nonceLife   = time.Minute
	sessionLife = time.Hour
)

// challenge draws a nonce. It carries its own end and seal, so that nothing is
// kept for who only asks.
func (s *Server) challenge(w http.ResponseWriter, r *http.Request) {
	if _, err := read[protocol.ChallengeRequest](w, r); err != nil {
		s.fail(w, r, err)
		return
	}
	random := make([]byte, protocol.NonceSize)
	if _, err := io.ReadFull(s.o.Rand, random); err != nil {
		s.fail(w, r, fmt.Errorf("drawing a nonce: %w", err))
		return
	}
	answer(w, http.StatusOK, protocol.Challenge{Nonce: s.seal("nonce", random, s.o.Now().Add(nonceLife)), Server: s.o.Name})
}

func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	q, err := read[protocol.SessionRequest](w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	now := s.o.Now()
	if _, ok := s.unseal("nonce", q.Nonce, now); !ok {
		s.fail(w, r, protocol.Fail(protocol.CodeUnauthorized, "the nonce is unknown or too old"))
		return
	}
	d, _, err := s.o.Storage.Device(r.Context(), q.Device)
	if errors.Is(err, ErrNotFound) {
		s.fail(w, r, protocol.Fail(protocol.CodeUnauthorized, "unknown device"))
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !ed25519.Verify(d.Signature, protocol.SessionMessage(s.o.Name, q.Nonce), q.Signature) {
		s.fail(w, r, protocol.Fail(protocol.CodeUnauthorized, "the nonce is not signed by the device"))
		return
	}
	if !s.shows(r, d) {
		s.fail(w, r, protocol.Fail(protocol.CodeUnauthorized, "the line does not show the device's certificate"))
		return
	}
	if d.Revoked != nil {
		s.fail(w, r, protocol.Fail(protocol.CodeRevoked, ""))
		return
	}
	// Last, so that nothing is written for who does not hold the key.
	fresh, err := s.o.Storage.Spend(r.Context(), sha256.Sum256(q.Nonce), now, now.Add(nonceLife))
	if err == nil && !fresh {
		err = protocol.Fail(protocol.CodeUnauthorized, "the nonce is used")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	expires := now.Add(sessionLife)
	token := base64.RawURLEncoding.EncodeToString(s.seal("session", []byte(d.ID), expires))
	answer(w, http.StatusOK, protocol.Session{Token: token, Expires: expires.UTC(), Now: now.UTC()})
}

// authenticate finds the member that a request's token names. The device is
// read anew each time, so that a revocation holds at once.
func (s *Server) authenticate(r *http.Request) (member, error) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	token, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil {
		return member{}, protocol.Fail(protocol.CodeUnauthorized, "no token")
	}
	id, ok := s.unseal("session", token, s.o.Now())
	if !ok {
		return member{}, protocol.Fail(protocol.CodeUnauthorized, "the session has ended")
	}
	d, authority, err := s.o.Storage.Device(r.Context(), string(id))
	if errors.Is(err, ErrNotFound) {
		return member{}, protocol.Fail(protocol.CodeUnauthorized, "unknown device")
	}
	if err != nil {
		return member{}, err
	}
	if !s.shows(r, d) {
		return member{}, protocol.Fail(protocol.CodeUnauthorized, "the line does not show the device's certificate")
	}
	if d.Revoked != nil {
		return member{}, protocol.Fail(protocol.CodeRevoked, "")
	}
	return member{device: d, authority: authority}, nil
}

// shows tells whether the line shows a certificate of the device's own key, where one is asked for: TLS has
// proved that whoever speaks holds it, so that a token that was taken serves nobody else. The
// certificate's words and dates say nothing: the key is the one that the device enrolled.
func (s *Server) shows(r *http.Request, d protocol.Device) bool {
	if !s.o.ClientCertificates {
		return true
	}
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return false
	}
	key, ok := r.TLS.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	return ok && key.Equal(d.Signature)
}

// seal is body, its end in microseconds, and their HMAC-SHA256 for a purpose.
func (s *Server) seal(purpose string, body []byte, end time.Time) []byte {
	sealed := binary.BigEndian.AppendUint64(append([]byte{}, body...), uint64(end.UnixMicro()))
	return append(sealed, s.mac(purpose, sealed)...)
}

func (s *Server) unseal(purpose string, sealed []byte, now time.Time) (body []byte, ok bool) {
	at := len(sealed) - sha256.Size
	if at < 8 || !hmac.Equal(s.mac(purpose, sealed[:at]), sealed[at:]) {
		return nil, false
	}
	end := time.UnixMicro(int64(binary.BigEndian.Uint64(sealed[at-8 : at])))
	return sealed[:at-8], now.Before(end)
}

func (s *Server) mac(purpose string, body []byte) []byte {
	h := hmac.New(sha256.New, s.o.TokenKey[:])
	_, _ = h.Write([]byte(purpose + "\x00"))
	_, _ = h.Write(body)
	return h.Sum(nil)
}
