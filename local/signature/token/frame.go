package token

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

const (
	maxFrame   = 4 << 20
	maxSecret  = 16 << 10
	maxSecrets = 3
)

// request goes to the child. Secrets follow it as frames of their own, so that
// they never pass through an encoder's buffers.
type request struct {
	Op      string
	Module  string
	KeyID   string
	Label   string
	Hash    uint
	PSS     bool
	Salt    int
	Digest  []byte
	Certs   [][]byte
	Always  bool
	Secrets int
}

type response struct {
	Code      string
	Message   string
	Remaining int
	Info      Info
	Keys      []wireKey
	Signature []byte
}

type wireKey struct {
	ID     string
	Cert   []byte
	Chain  [][]byte
	Token  Info
	Always bool
}

func writeFrame(w io.Writer, body []byte) error {
	if len(body) > maxFrame {
		return fmt.Errorf("frame of %d bytes", len(body))
	}
	var head [4]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(body)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}

func readFrame(r io.Reader, limit uint32) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > limit {
		return nil, fmt.Errorf("frame of %d bytes, %d allowed", n, limit)
	}
	body := make([]byte, n)
	_, err := io.ReadFull(r, body)
	return body, err
}

func writeRequest(w io.Writer, req request, secrets ...[]byte) error {
	req.Secrets = len(secrets)
	body, err := json.Marshal(req)
	if err != nil {
		return err
	}
	if err := writeFrame(w, body); err != nil {
		return err
	}
	for _, s := range secrets {
		if len(s) > maxSecret {
			return fmt.Errorf("secret of %d bytes", len(s))
		}
		if err := writeFrame(w, s); err != nil {
			return err
		}
	}
	return nil
}

func readRequest(r io.Reader) (req request, secrets [][]byte, err error) {
	body, err := readFrame(r, maxFrame)
	if err != nil {
		return req, nil, err
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return req, nil, err
	}
	if req.Secrets < 0 || req.Secrets > maxSecrets {
		return req, nil, fmt.Errorf("%d secrets", req.Secrets)
	}
	for range req.Secrets {
		s, err := readFrame(r, maxSecret)
		if err != nil {
			return req, nil, err
		}
		secrets = append(secrets, s)
	}
	return req, secrets, nil
}

func readResponse(r io.Reader) (resp response, err error) {
	body, err := readFrame(r, maxFrame)
	if err != nil {
		return resp, err
	}
	return resp, json.Unmarshal(body, &resp)
}

var codes = map[string]error{
	"unavailable": ErrUnavailable, "no-token": ErrNoToken, "no-key": ErrNoKey, "gone": ErrTokenGone,
	"pin": ErrWrongPIN, "locked": ErrPINLocked, "module": ErrModule, "algorithm": ErrAlgorithm,
}

func (r response) err() error {
	if r.Code == "" {
		return nil
	}
	known, ok := codes[r.Code]
	if !ok {
		known = ErrModule
	}
	if r.Code == "pin" || r.Code == "locked" {
		return &PINError{Err: known, CountLow: r.Info.CountLow, FinalTry: r.Info.FinalTry, Locked: r.Info.Locked, Remaining: r.Remaining}
	}
	return fmt.Errorf("%w: %s", known, r.Message)
}
