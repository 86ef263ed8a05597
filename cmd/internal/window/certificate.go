package window

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/settings"
	"alpi40.fr/airial/ui/shell"
)

const settingCertificate = "signature.certificate"

// knownCertificate is the public part of the chosen key's certificate, as it was last seen: a
// PKCS#12 file shows it only once it is open, and a token may not be plugged in.
type knownCertificate struct {
	chosenKey
	DER  []byte `json:"der"`
	Mark string `json:"mark,omitempty"`
}

// mark recognises the content of a key's file, which a renewed key may have replaced; empty for
// a token, or a file that cannot be read now.
func mark(c chosenKey) string {
	if !isFile(c.From) {
		return ""
	}
	content, err := readKey(c.From)
	if err != nil {
		return ""
	}
	return store.DigestOf(content).String()
}

// remember keeps the certificate of the key that signs.
func (s *Seat) remember(ctx context.Context, c chosenKey, cert *x509.Certificate) error {
	if cert == nil {
		return nil
	}
	if known, err := s.known(ctx, c); err == nil && known != nil && known.Equal(cert) {
		return nil
	}
	return keepSetting(ctx, s.Hall.Store, settingCertificate, knownCertificate{c, cert.Raw, mark(c)})
}

// known gives what was remembered of a key, nil when nothing was.
func (s *Seat) known(ctx context.Context, c chosenKey) (*x509.Certificate, error) {
	var k knownCertificate
	if err := readSetting(ctx, s.Hall.Store, settingCertificate, &k); err != nil || k.chosenKey != c || len(k.DER) == 0 {
		return nil, err
	}
	if now := mark(c); now != "" && now != k.Mark {
		return nil, nil
	}
	cert, err := x509.ParseCertificate(k.DER)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate that was kept: %w", err)
	}
	return cert, nil
}

// chosenCertificate is that of the key that signs, as far as it is known without asking the key.
func (s *Seat) chosenCertificate(ctx context.Context) (*x509.Certificate, error) {
	c, err := s.chosen(ctx)
	if err != nil {
		return nil, err
	}
	return s.known(ctx, c)
}

// Renewal implements the start page's office.
func (r *Room) Renewal(ctx context.Context) (shell.Renewal, error) {
	s := r.seat()
	cert, err := s.chosenCertificate(ctx)
	if err != nil || cert == nil {
		return shell.Renewal{}, explain.Error(err)
	}
	out, err := s.renewal(ctx, cert, r.now())
	return out, explain.Error(err)
}

// renewal is what there is to say of a certificate that ends soon.
func (s *Seat) renewal(ctx context.Context, cert *x509.Certificate, now time.Time) (out shell.Renewal, err error) {
	days, urgency := parapheur.ExpiresSoon(cert.NotAfter, now)
	if urgency < 0 {
		return out, nil
	}
	asked, err := s.Hall.Counter.RenewalOf(ctx, cert)
	if err != nil {
		return out, err
	}
	out = shell.Renewal{Holder: cert.Subject.CommonName, End: cert.NotAfter, Days: days, Urgent: urgency > 0}
	if asked != nil {
		out.Asked, out.State, out.Answered, out.Answer = asked.Asked, string(asked.State), asked.Changed, asked.Answer
	}
	return out, nil
}

// AskRenewal implements the start page's and the settings' offices.
func (r *Room) AskRenewal(ctx context.Context) error {
	s := r.seat()
	cert, err := s.chosenCertificate(ctx)
	if err == nil && cert == nil {
		err = token.ErrNoToken
	}
	if err != nil {
		return explain.Error(err)
	}
	person, err := s.Hall.Person(ctx)
	if err != nil {
		return err
	}
	return explain.Error(s.Hall.Counter.AskRenewal(ctx, person, cert))
}

// AskRenewal implements settings.Office.
func (s Settings) AskRenewal(ctx context.Context) error { return s.r.AskRenewal(ctx) }

// chosenState is what the settings say of the key that signs: what the key tells, else what it
// told when it was last seen.
func (s Settings) chosenState(ctx context.Context, seat *Seat, module string) (c settings.Certificate, err error) {
	_, key, err := seat.key(ctx)
	if err == nil {
		c = certificate(module, key)
	}
	cert, err := seat.chosenCertificate(ctx)
	if err != nil || cert == nil {
		return c, err
	}
	c.Holder, c.Issuer, c.NotAfter = cert.Subject.CommonName, cert.Issuer.CommonName, cert.NotAfter
	c.Renewal, err = seat.renewal(ctx, cert, s.r.now())
	return c, err
}
