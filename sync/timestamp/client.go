package timestamp

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/digitorus/timestamp"
)

// The reasons for which there is no timestamp; match them with errors.Is.
var (
	ErrUnreachable = errors.New("the timestamp authority cannot be reached")
	ErrGarbage     = errors.New("the answer is not a valid timestamp")
	ErrRefused     = errors.New("the timestamp authority refused")
	ErrWrongDigest = errors.New("the timestamp is of another document")
	ErrWrongNonce  = errors.New("the timestamp answers another request")
	ErrWrongPolicy = errors.New("the timestamp was made under another policy")
	ErrWrongTime   = errors.New("the timestamp's time is not the present time")
)

const maxToken = 256 << 10

// Client asks one RFC 3161 authority over HTTP. It is safe for concurrent use.
type Client struct {
	// URL of the authority.
	URL string
	// HTTP carries the requests and bounds their duration.
	HTTP *http.Client
	// Now is the present time; Rand gives the nonces.
	Now  func() time.Time
	Rand io.Reader
	// Policy, when set, is asked for and must come back.
	Policy asn1.ObjectIdentifier
	// Tolerance is how far genTime may be from Now; zero means ten minutes.
	// A laptop's clock is often wrong: the error says both times.
	Tolerance time.Duration
}

// Timestamp gives the DER of a TimeStampToken (RFC 3161 §2.4.2) over digest,
// made with hash. The token's own signature is checked, and its certificate
// asked to be for timestamps; its chain is not judged here.
func (c *Client) Timestamp(ctx context.Context, digest []byte, hash crypto.Hash) ([]byte, error) {
	if !hash.Available() || len(digest) != hash.Size() {
		return nil, fmt.Errorf("digest of %d bytes: %w", len(digest), ErrWrongDigest)
	}
	nonce, err := rand.Int(c.Rand, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("drawing a nonce: %w", err)
	}
	query := timestamp.Request{HashAlgorithm: hash, HashedMessage: digest, Certificates: true, TSAPolicyOID: c.Policy, Nonce: nonce}
	body, err := query.Marshal()
	if err != nil {
		return nil, fmt.Errorf("encoding the timestamp request: %w", err)
	}
	answer, err := exchange(ctx, c.HTTP, http.MethodPost, c.URL, "application/timestamp-query", body, maxToken)
	if errors.Is(err, errTooLarge) {
		return nil, fmt.Errorf("asking %s: %w: %w", c.URL, ErrGarbage, err)
	}
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w: %w", c.URL, ErrUnreachable, err)
	}
	return c.check(answer, &query)
}

func (c *Client) check(answer []byte, query *timestamp.Request) ([]byte, error) {
	if err := refusal(answer); err != nil {
		return nil, err
	}
	ts, err := timestamp.ParseResponse(answer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGarbage, err)
	}
	if ts.HashAlgorithm != query.HashAlgorithm || !bytes.Equal(ts.HashedMessage, query.HashedMessage) {
		return nil, ErrWrongDigest
	}
	if ts.Nonce == nil || ts.Nonce.Cmp(query.Nonce) != 0 {
		return nil, ErrWrongNonce
	}
	if len(c.Policy) > 0 && !ts.Policy.Equal(c.Policy) {
		return nil, fmt.Errorf("%w: %v", ErrWrongPolicy, ts.Policy)
	}
	if !hasTimestampingCertificate(ts.Certificates) {
		return nil, fmt.Errorf("%w: no certificate for timestamps", ErrGarbage)
	}
	tolerance := c.Tolerance
	if tolerance == 0 {
		tolerance = 10 * time.Minute
	}
	now := c.Now()
	if gap := now.Sub(ts.Time).Abs(); gap > tolerance+ts.Accuracy {
		return nil, fmt.Errorf("%w: timestamp of %s, clock at %s", ErrWrongTime, ts.Time.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return ts.RawToken, nil
}

// refusal reads PKIStatusInfo alone (RFC 3161 §2.4.2), to tell a refusal from rubbish.
func refusal(answer []byte) error {
	var outer struct {
		Status struct {
			Status int
			Rest   asn1.RawValue `asn1:"optional"`
			Fail   asn1.RawValue `asn1:"optional"`
		}
		Token asn1.RawValue `asn1:"optional"`
	}
	if rest, err := asn1.Unmarshal(answer, &outer); err != nil || len(rest) > 0 {
		return ErrGarbage
	}
	if s := outer.Status.Status; s != 0 && s != 1 {
		return fmt.Errorf("%w: status %d", ErrRefused, s)
	}
	return nil
}

func hasTimestampingCertificate(certs []*x509.Certificate) bool {
	for _, cert := range certs {
		if len(cert.ExtKeyUsage) == 1 && cert.ExtKeyUsage[0] == x509.ExtKeyUsageTimeStamping && !cert.IsCA {
			return true
		}
	}
	return false
}

var errTooLarge = errors.New("the answer is too large")

// exchange makes one HTTP exchange whose answer is limit bytes at most.
func exchange(ctx context.Context, client *http.Client, method, url, kind string, body []byte, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP status %s", resp.Status)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(answer)) > limit {
		err = fmt.Errorf("%w: more than %d bytes", errTooLarge, limit)
	}
	return answer, err
}
