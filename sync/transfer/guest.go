package transfer

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"filippo.io/age"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// What a received link may come to, for errors.Is.
var (
	// ErrNoLink: what was given is no link of a vault.
	ErrNoLink = errors.New("not a link of a vault")
	// ErrLinkOver: it is unknown to its server, closed, or past its end.
	ErrLinkOver = errors.New("the link is no longer in service")
	// ErrPhrase: the passphrase is not the one that goes with it.
	ErrPhrase = errors.New("the passphrase of a link is not this one")
	// ErrLinkRole: it does not let this be done.
	ErrLinkRole = errors.New("the link does not allow this")
	// ErrLinkServer: its server does not answer, or answers nonsense.
	ErrLinkServer = errors.New("the server of a link does not answer")
)

// errPassing: what failed may succeed a moment later.
var errPassing = errors.New("for a moment")

// passing tells whether what a link came to may be over in a moment: its server did not answer.
func passing(err error) bool { return errors.Is(err, errPassing) }

// maxInfo bounds what a server says of a link: the digests of its pieces.
const maxInfo = 64 << 20

// Guest is a link that was received, opened by its guest with a program rather than a browser. It is a Door.
type Guest struct {
	Info  protocol.PublicLink
	Words protocol.LinkWords
	// Identity opens the files, for who reads.
	Identity age.Identity

	base, token, ticket string
	recipient           string
	client              *http.Client
}

// LinkHost gives the https address of the server of a link. Error: ErrNoLink.
func LinkHost(address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || !strings.Contains(u.Path, protocol.PathPublic) || u.Fragment == "" {
		return "", ErrNoLink
	}
	return "https://" + u.Host, nil
}

// OpenLink opens a link that somebody gave, with the passphrase told apart; client reaches its server. Its opening is in the
// link's log. Errors: ErrNoLink, ErrLinkOver, ErrPhrase, ErrLinkServer, ErrAltered.
func OpenLink(ctx context.Context, client *http.Client, address, phrase string) (*Guest, error) {
	if _, err := LinkHost(address); err != nil {
		return nil, err
	}
	base, fragment, _ := strings.Cut(strings.TrimSpace(address), "#")
	secret, recipient, _ := strings.Cut(fragment, ".")
	raw, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(raw) != secretSize {
		return nil, ErrNoLink
	}
	k := Key{Secret: raw, Phrase: phrase}
	g := &Guest{base: strings.TrimSuffix(base, "/"), recipient: recipient, client: client}
	if g.token, err = k.Token(); err != nil {
		return nil, err
	}
	if err := g.ask(ctx, http.MethodGet, "/info", nil, &g.Info, maxInfo); err != nil {
		return nil, err
	}
	words, err := underSecret(g.Info.Words, k.Fragment(), secretWork)
	if err == nil {
		err = json.Unmarshal(words, &g.Words)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: its words", ErrAltered)
	}
	if !g.Info.Role.Reads() {
		if _, err := age.ParseX25519Recipient(recipient); err != nil {
			return nil, ErrNoLink // the server must not choose for whom one encrypts
		}
		return g, nil
	}
	text, err := underSecret(g.Info.Sealed, k.Fragment()+" "+plainPhrase(phrase), phraseWork)
	if err != nil {
		return nil, ErrPhrase
	}
	identity, err := age.ParseX25519Identity(string(text))
	if err != nil {
		return nil, fmt.Errorf("%w: its key", ErrAltered)
	}
	g.Identity, g.recipient = identity, identity.Recipient().String()
	return g, nil
}

// underSecret opens a small age file under a passphrase, of no more work than we put in.
func underSecret(sealed []byte, pass string, work int) ([]byte, error) {
	identity, err := age.NewScryptIdentity(pass)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(work)
	return unseal(sealed, identity, protocol.MaxManifest)
}

// Take begins the download of a file, whose end is told to the link's log by done. Errors: as OpenLink.
func (g *Guest) Take(ctx context.Context, f protocol.LinkFile) (m protocol.LinkManifest, content io.Reader, done func() error, err error) {
	if g.Identity == nil {
		return m, nil, nil, ErrLinkRole
	}
	if m, err = Manifest(f, g.Identity); err != nil {
		return m, nil, nil, err
	}
	var t protocol.LinkTicket
	if err := g.ask(ctx, http.MethodPost, "/begin/"+url.PathEscape(f.ID), nil, &t, 1<<16); err != nil {
		return m, nil, nil, err
	}
	g.ticket = t.Ticket
	return m, Fetch(ctx, Patient(g, passing), "", m, g.Identity), func() error {
		return patiently(ctx, passing, func() error { return g.ask(ctx, http.MethodPost, "/end/"+url.PathEscape(t.Ticket), nil, nil, 0) })
	}, nil
}

// Give sends a file to the link. Errors: as OpenLink.
func (g *Guest) Give(ctx context.Context, f File, progress func(done int64)) error {
	if !g.Info.Role.Adds() {
		return ErrLinkRole
	}
	return Send(ctx, Patient(g, passing), "", g.recipient, f, State{}, func(State) error { return nil }, progress)
}

// PutPiece implements Door.
func (g *Guest) PutPiece(ctx context.Context, _ string, d store.Digest, piece []byte) error {
	return g.ask(ctx, http.MethodPut, "/pieces/"+d.String(), piece, nil, 0)
}

// AddFile implements Door.
func (g *Guest) AddFile(ctx context.Context, _ string, f protocol.LinkFile) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return g.ask(ctx, http.MethodPost, "/files", text, nil, 0)
}

// Piece implements Door. Error: ErrAltered for what has not the digest asked for.
func (g *Guest) Piece(ctx context.Context, _ string, d store.Digest) ([]byte, error) {
	resp, err := g.send(ctx, http.MethodGet, "/pieces/"+d.String(), nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	piece, err := io.ReadAll(io.LimitReader(resp.Body, protocol.MaxPiece+1))
	if err != nil {
		return nil, fmt.Errorf("%w, %w: %w", ErrLinkServer, errPassing, err)
	}
	if store.DigestOf(piece) != d {
		return nil, fmt.Errorf("%w: a piece", ErrAltered)
	}
	return piece, nil
}

func (g *Guest) ask(ctx context.Context, method, path string, body []byte, into any, most int64) error {
	resp, err := g.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, most)).Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrLinkServer, err)
	}
	return nil
}

func (g *Guest) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, g.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, ErrNoLink
	}
	r.Header.Set("Authorization", "Bearer "+g.token)
	if g.ticket != "" {
		r.Header.Set("Airial-Ticket", g.ticket)
	}
	resp, err := g.client.Do(r)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err // the address of a link is a secret
		}
		return nil, fmt.Errorf("%w, %w: %w", ErrLinkServer, errPassing, err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		return nil, ErrLinkOver
	case http.StatusForbidden:
		return nil, ErrLinkRole
	}
	err = fmt.Errorf("%w: status %d", ErrLinkServer, resp.StatusCode)
	if resp.StatusCode >= 500 && resp.StatusCode != http.StatusInsufficientStorage {
		err = fmt.Errorf("%w, %w", err, errPassing)
	}
	return nil, err
}
