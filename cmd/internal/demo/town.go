package demo

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/signature/token/softtoken"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
	"alpi40.fr/airial/sync/timestamp/testauthority"
)

// Letter is the document that the demonstration sends round when none is given:
// an order letter made by a word processor.
//
//go:embed documents/lettre-de-commande.pdf
var Letter []byte

// documents are those of the folders of the last weeks; see documents/sources.
//
//go:embed documents/*.pdf
var documents embed.FS

// PIN is that of the demonstration's tokens; they sign nothing of value.
const PIN = "1234"

// Town is the surroundings of the demonstration: the server and the authority.
type Town struct {
	Server    *embedded.Server
	Authority *testauthority.Authority
	address   string
	dir       string
	// Keyring is that of the laptops; nil: they have none.
	Keyring keys.Keyring
	// passphrase of the laptops; each has its own when nil.
	passphrase []byte
	now        func() time.Time
	rand       io.Reader
	log        *slog.Logger
	stop       context.CancelFunc
	served     chan error
}

// Open starts the demonstration's server and its certification authority in dir,
// which may hold those of an earlier day: the server keeps what it knows.
func Open(ctx context.Context, dir string, now func() time.Time, rand io.Reader, log *slog.Logger) (*Town, error) {
	t := &Town{dir: dir, now: now, rand: rand, log: log}
	o := embedded.Options{Dir: filepath.Join(dir, "server"), Now: now, Rand: rand, Log: log}
	s, err := embedded.Open(ctx, o)
	if errors.Is(err, embedded.ErrNotInitialised) {
		if err = embedded.Init(o, "alpi-demonstration", []string{"127.0.0.1", "localhost"}); err == nil {
			s, err = embedded.Open(ctx, o)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("starting the demonstration's server: %w", err)
	}
	t.Server = s
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listening on loopback: %w", err), s.Close())
	}
	serving, stop := context.WithCancel(ctx)
	t.address, t.stop, t.served = listener.Addr().String(), stop, make(chan error, 1)
	go func() { t.served <- s.Serve(serving, listener) }()
	if t.Authority, err = testauthority.Start(ctx, testauthority.Options{Now: now, Rand: rand}); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the demonstration's authority: %w", err), t.Close())
	}
	a := Commune()
	err = s.AddAuthority(ctx, server.Authority{ID: a.ID, Name: a.Name})
	if err != nil && !errors.Is(err, server.ErrExists) {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Close stops everything.
func (t *Town) Close() error {
	var errs []error
	if t.Authority != nil {
		errs = append(errs, t.Authority.Close())
	}
	t.stop()
	errs = append(errs, <-t.served, t.Server.Close())
	return errors.Join(errs...)
}

// Address is how laptops find and recognise the server.
func (t *Town) Address() client.Server {
	return client.Server{URL: "https://" + t.address, Certificate: t.Server.Certificate.Certificate[0]}
}

// Outside are the authority's services.
func (t *Town) Outside() office.Outside {
	return office.Outside{TimestampURL: t.Authority.URLs().Timestamp, Anchors: []*x509.Certificate{t.Authority.Root()}}
}

// Laptop makes an installation in dir/laptops/name and joins the commune.
func (t *Town) Laptop(ctx context.Context, name, label, person string) (*office.Office, *office.Hall, error) {
	passphrase := t.passphrase
	if passphrase == nil {
		random := make([]byte, 16)
		if _, err := io.ReadFull(t.rand, random); err != nil {
			return nil, nil, fmt.Errorf("drawing a passphrase: %w", err)
		}
		passphrase = fmt.Appendf(nil, "%x", random)
	}
	o, err := office.Open(ctx, office.Options{
		Dir: filepath.Join(t.dir, "laptops", name), Now: t.now, Rand: t.rand, Log: t.log, Outside: t.Outside(), Keyring: t.Keyring,
		// Without a keyring, the demonstration leaves no key in the computer's: the laptops live as long as it does.
		Passphrase: func(context.Context) ([]byte, error) { return bytes.Clone(passphrase), nil },
	})
	if err != nil {
		return nil, nil, err
	}
	code, err := t.Server.NewCode(ctx, AuthorityID)
	if err != nil {
		return nil, nil, errors.Join(err, o.Close())
	}
	h, err := o.Enrol(ctx, t.Address(), code, label)
	if err == nil {
		err = h.SetPerson(ctx, person)
	}
	if err != nil {
		return nil, nil, errors.Join(err, o.Close())
	}
	return o, h, nil
}

// Settle writes who the commune is and who its people are, once.
func Settle(ctx context.Context, h *office.Hall) error {
	if _, err := h.Authority(ctx); err == nil {
		return nil
	}
	if err := h.People.Describe(ctx, Secretary, Commune()); err != nil {
		return err
	}
	for _, p := range People() {
		if _, err := h.People.Put(ctx, Secretary, p); err != nil {
			return fmt.Errorf("adding %s: %w", p.Name(), err)
		}
	}
	return nil
}

// Token makes a software PKCS#11 token for a person, certified by the
// demonstration's authority: RSA-3072, or ECDSA P-256. Where SoftHSM is not
// installed (Windows) it is a .p12 file: the code is the same.
func (t *Town) Token(ctx context.Context, name string, useRSA bool) (token.Provider, error) {
	var key crypto.Signer
	var err error
	if useRSA {
		key, err = rsa.GenerateKey(t.rand, 3072)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), t.rand)
	}
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	chain, err := t.Authority.Issue(key.Public(), name)
	if err != nil {
		return nil, fmt.Errorf("certifying %s: %w", name, err)
	}
	if _, err := softtoken.Module(); errors.Is(err, token.ErrUnavailable) {
		file, err := pkcs12.Modern2023.Encode(key, chain[0], chain[1:], PIN)
		if err != nil {
			return nil, fmt.Errorf("writing the key of %s: %w", name, err)
		}
		return token.NewPKCS12(file, t.rand)
	}
	// The certificate's digest is a name that any file system takes.
	folder := filepath.Join(t.dir, "tokens", store.DigestOf(chain[0].Raw).String()[:16])
	return softtoken.Provision(ctx, softtoken.Options{
		Folder: folder, Label: "Jeton de démonstration", PIN: []byte(PIN), SOPIN: []byte("12345678"), Key: key, Certificates: chain,
	})
}

// session opens a token's only key for a lot.
func session(ctx context.Context, p token.Provider) (token.Session, error) {
	all, err := p.Keys(ctx)
	if err != nil {
		return nil, err
	}
	return p.Open(ctx, all[0].ID, []byte(PIN))
}
