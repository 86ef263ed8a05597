package client

import (
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/sync/protocol"
)

// Enrolment is what this laptop is to an authority's server. Lock is a secret.
type Enrolment struct {
	// Server is where it is; Enrolled.Server is its name.
	Server Server `json:"address"`
	protocol.Enrolled
}

// Enrol joins a laptop, by the code an administrator gave. The keys are the
// laptop's own; the server learns their public halves.
// Errors: protocol.ErrBadCode, protocol.ErrSlowDown, ErrOffline, ErrUntrusted, ErrRubbish, protocol.ErrVersion.
func Enrol(ctx context.Context, s Server, code, name string, signature ed25519.PrivateKey, exchange *ecdh.PrivateKey) (Enrolment, error) {
	w, err := newWire(s, nil, nil) // no session, hence no clock
	if err != nil {
		return Enrolment{}, err
	}
	answer, err := ask[protocol.Enrolled](ctx, w, http.MethodPost, protocol.PathEnrol, protocol.Enrol{
		Code: code, Name: name, Signature: signature.Public().(ed25519.PublicKey), Exchange: exchange.PublicKey().Bytes(),
	}, true)
	if err != nil {
		return Enrolment{}, fmt.Errorf("joining: %w", classify(err))
	}
	if answer.Device == "" || answer.Authority == "" || answer.Server == "" || len(answer.LogKey) != ed25519.PublicKeySize || len(answer.Lock) != protocol.LockSize {
		return Enrolment{}, fmt.Errorf("joining: the answer lacks something: %w", ErrRubbish)
	}
	return Enrolment{Server: s, Enrolled: answer}, nil
}

func newWire(s Server, own *tls.Certificate, now func() time.Time) (*wire, error) {
	client, err := newHTTP(s, own)
	if err != nil {
		return nil, err
	}
	bulk, err := newHTTP(s, own)
	if err != nil {
		return nil, err
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("preparing compression: %w", err)
	}
	return &wire{server: s, http: client, bulk: bulk, now: now, encoder: encoder}, nil
}
