package office

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/tdt"
)

// ErrNoCertificate: a file without a certificate and its key, or not of a kind that names a
// town hall on a line.
var ErrNoCertificate = errors.New("no certificate and key")

// ThirdParty is what is said of the trusted third party (tiers de télétransmission) of one
// authority, on this computer.
type ThirdParty struct {
	URL   string `json:"url"`
	Login string `json:"login,omitempty"`
	// Certificate is the .p12 that names the town hall, as it came; Holder and NotAfter are
	// read in it.
	Certificate []byte    `json:"certificate"`
	Holder      string    `json:"holder"`
	NotAfter    time.Time `json:"notAfter"`
	// Authority is the certificate (PEM) of the third party's own authority, when the system
	// does not know it.
	Authority []byte `json:"authority,omitempty"`
}

// thirdPartySecret is what stands in the keyring.
type thirdPartySecret struct {
	Passphrase string `json:"passphrase"`
	Password   string `json:"password,omitempty"`
}

const (
	settingThirdParty = "thirdparty"
	// settingThirdPartySecret holds the secret where there is no keyring: the database is
	// encrypted under the installation's passphrase then.
	settingThirdPartySecret = "thirdparty.secret"
)

func (h *Hall) secretName() string { return "thirdparty-" + h.id }

// ThirdParty gives what is set; its URL is empty when nothing is.
func (h *Hall) ThirdParty(ctx context.Context) (p ThirdParty, err error) {
	err = h.Store.View(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(settingThirdParty)
		if err == nil && text != "" {
			err = json.Unmarshal([]byte(text), &p)
		}
		return err
	})
	if err != nil {
		return p, fmt.Errorf("reading the third party: %w", err)
	}
	return p, nil
}

// SetThirdParty keeps the third party; one without an address is forgotten. The certificate
// may be left out to keep the former one, with its passphrase. Errors: tdt.ErrAddress,
// ErrNoCertificate, token.ErrWrongPIN, ErrNotAuthority.
func (h *Hall) SetThirdParty(ctx context.Context, p ThirdParty, passphrase, password string) error {
	before, err := h.ThirdParty(ctx)
	if err != nil {
		return err
	}
	p.URL, p.Login = strings.TrimSpace(p.URL), strings.TrimSpace(p.Login)
	if p.URL == "" {
		return errors.Join(h.keepThirdParty(ctx, ThirdParty{}), h.keepSecret(ctx, ""))
	}
	secret := thirdPartySecret{Passphrase: passphrase, Password: password}
	if len(p.Certificate) == 0 {
		p.Certificate = before.Certificate
		former, err := h.secret(ctx)
		if err != nil {
			return err
		}
		secret.Passphrase = former.Passphrase
		if password == "" && p.Login == before.Login {
			secret.Password = former.Password
		}
	}
	if len(p.Authority) == 0 {
		p.Authority = before.Authority
	}
	o, leaf, err := p.options(secret)
	if err != nil {
		return err
	}
	if _, err := tdt.New(o); err != nil {
		return err
	}
	p.Holder, p.NotAfter = leaf.Subject.CommonName, leaf.NotAfter
	text, err := json.Marshal(secret)
	if err != nil {
		return fmt.Errorf("keeping the third party: %w", err)
	}
	// The secret first: without it the rest says nothing.
	if err := h.keepSecret(ctx, string(text)); err != nil {
		return err
	}
	return h.keepThirdParty(ctx, p)
}

func (h *Hall) keepThirdParty(ctx context.Context, p ThirdParty) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("keeping the third party: %w", err)
	}
	if p.URL == "" {
		text = nil
	}
	if err := h.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingThirdParty, string(text)) }); err != nil {
		return fmt.Errorf("keeping the third party: %w", err)
	}
	h.carrying.Lock()
	defer h.carrying.Unlock()
	if h.carrying.client != nil {
		h.carrying.client.Close()
	}
	h.carrying.client, h.carrying.trouble = nil, nil
	return nil
}

func (h *Hall) keepSecret(ctx context.Context, secret string) error {
	return h.keepSecretAs(ctx, h.secretName(), settingThirdPartySecret, secret)
}

// keepSecretAs keeps a secret in the keyring, or as a setting where there is none.
func (h *Hall) keepSecretAs(ctx context.Context, name, setting, secret string) error {
	err := keys.KeepSecret(ctx, h.office.o.keys(), name, secret)
	kept := err == nil
	switch {
	case secret == "" && errors.Is(err, keys.ErrKeyMissing), errors.Is(err, keys.ErrNoKeyring):
	case err != nil:
		return err
	}
	if kept {
		secret = "" // never in two places
	}
	if err := h.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(setting, secret) }); err != nil {
		return fmt.Errorf("keeping a secret: %w", err)
	}
	return nil
}

func (h *Hall) secret(ctx context.Context) (s thirdPartySecret, err error) {
	var text string
	err = h.Store.View(ctx, func(tx *store.Tx) (err error) { text, err = tx.Setting(settingThirdPartySecret); return err })
	if err == nil && text == "" {
		text, err = keys.Secret(ctx, h.office.o.keys(), h.secretName())
		if errors.Is(err, keys.ErrKeyMissing) || errors.Is(err, keys.ErrNoKeyring) {
			return s, fmt.Errorf("%w: %w", handover.ErrNotSet, err)
		}
	}
	if err != nil {
		return s, fmt.Errorf("reading the third party: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("reading the third party: %w", err)
	}
	return s, nil
}

// options opens the certificate.
func (p ThirdParty) options(s thirdPartySecret) (tdt.Options, *x509.Certificate, error) {
	o := tdt.Options{URL: p.URL, Login: p.Login, Password: s.Password}
	if len(p.Certificate) == 0 || len(p.Certificate) > maxProof {
		return o, nil, ErrNoCertificate
	}
	key, leaf, chain, err := pkcs12.DecodeChain(p.Certificate, s.Passphrase)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return o, nil, fmt.Errorf("opening the certificate: %w", token.ErrWrongPIN)
	case err != nil:
		return o, nil, fmt.Errorf("opening the certificate: %w: %w", ErrNoCertificate, err)
	}
	o.Certificate = tls.Certificate{PrivateKey: key, Leaf: leaf, Certificate: [][]byte{leaf.Raw}}
	for _, c := range chain {
		if !trust.SelfSigned(c) { // the root is known there or is not
			o.Certificate.Certificate = append(o.Certificate.Certificate, c.Raw)
		}
	}
	if len(p.Authority) > 0 {
		all, err := authorities(p.Authority)
		if err != nil {
			return o, nil, err
		}
		o.Authorities = x509.NewCertPool()
		for _, c := range all {
			o.Authorities.AddCert(c)
		}
	}
	return o, leaf, nil
}

// tdt gives the client of the third party. Error: handover.ErrNotSet.
func (h *Hall) tdt(ctx context.Context) (*tdt.Client, error) {
	h.carrying.Lock()
	c := h.carrying.client
	h.carrying.Unlock()
	if c != nil {
		return c, nil
	}
	p, err := h.ThirdParty(ctx)
	if err != nil {
		return nil, err
	}
	if p.URL == "" {
		return nil, handover.ErrNotSet
	}
	s, err := h.secret(ctx)
	if err != nil {
		return nil, err
	}
	o, _, err := p.options(s)
	if err != nil {
		return nil, err
	}
	if c, err = tdt.New(o); err != nil {
		return nil, err
	}
	h.carrying.Lock()
	defer h.carrying.Unlock()
	h.carrying.client = c
	return c, nil
}

// TryThirdParty tells whether the third party lets the town hall in.
func (h *Hall) TryThirdParty(ctx context.Context) error {
	c, err := h.tdt(ctx)
	if err != nil {
		return err
	}
	return c.Ready(ctx)
}

// How often the third party is asked about what is on its way: the longer it lasts, the less.
const (
	askSoonest  = 30 * time.Second
	askSeldom   = 15 * time.Minute
	askShare    = 10 // of its age
	carryEvery  = 30 * time.Second
	maxDeferred = 10_000
)

// due tells whether what is on its way since a time is to be asked about now.
func (h *Hall) due(key string, since time.Time) bool {
	now := h.office.o.Now()
	wait := min(max(now.Sub(since)/askShare, askSoonest), askSeldom)
	h.carrying.Lock()
	defer h.carrying.Unlock()
	if last, asked := h.carrying.asked[key]; asked && now.Sub(last) < wait {
		return false
	}
	if h.carrying.asked == nil || len(h.carrying.asked) > maxDeferred {
		h.carrying.asked = map[string]time.Time{}
	}
	h.carrying.asked[key] = now
	return true
}

// Carry does what this computer has to do with the third party; now asks about everything that
// is on its way, whenever it was last asked about. Nothing leaves while a person works offline.
// Errors: client.ErrPaused, handover.ErrNotSet, those of tdt.
func (h *Hall) Carry(ctx context.Context, now bool) (done Carried, err error) {
	if h.Sync.Status().Paused {
		return done, client.ErrPaused
	}
	h.carrying.pass.Lock() // one at a time: the loop, and who is impatient
	defer h.carrying.pass.Unlock()
	person, err := h.Person(ctx)
	if err != nil {
		return done, err
	}
	flowDue, actDue := func(t parapheur.Handover) bool { return h.due(t.ID, t.At) }, h.due
	if now {
		flowDue, actDue = nil, nil
	}
	var flows, acts error
	done.Flows, flows = h.Folders.Carry(ctx, person, carrier[parapheur.Carrier](h), flowDue)
	byItself := h.reviewByItself(ctx)
	done.Acts, acts = h.Legality.Carry(ctx, person, carrier[actes.Carrier](h), actDue)
	err = errors.Join(flows, byItself, acts)
	if done.Acts.Answered > 0 {
		err = errors.Join(err, h.tellReceived(ctx, person, func(f actes.Filing) bool { return f.Device == h.Journal.Device() }))
	}
	h.carrying.Lock()
	defer h.carrying.Unlock()
	if ctx.Err() == nil {
		h.carrying.trouble = err
	}
	return done, err
}

// Carried is what a pass with the third party did.
type Carried struct {
	Flows parapheur.Carried
	Acts  actes.Carried
}

// carrier gives the client of the third party as a module asks for it.
func carrier[C any](h *Hall) func(context.Context) (C, error) {
	return func(ctx context.Context) (c C, err error) {
		client, err := h.tdt(ctx)
		if err != nil {
			return c, err // a nil *tdt.Client is no nil C
		}
		return any(client).(C), nil
	}
}

// CarryTrouble is why the last attempt to reach the third party failed, nil when it did not.
func (h *Hall) CarryTrouble() error {
	h.carrying.Lock()
	defer h.carrying.Unlock()
	return h.carrying.trouble
}

// carryInTime carries after each exchange that went well, so that what leaves is known to all
// first, and asks from time to time about what is on its way: often while something is, else as
// seldom as letters may come.
func (h *Hall) carryInTime(ctx context.Context) {
	changed := h.Sync.Watch(ctx)
	again := time.NewTimer(carryEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-again.C:
		}
		if s := h.Sync.Status(); s.Running || s.Err != nil || s.Paused {
			continue // when it is otherwise, that is a change
		}
		done, err := h.Carry(ctx, false)
		if err != nil && ctx.Err() == nil {
			h.office.o.Log.Info("the third party", "error", err.Error())
		}
		wait := askSeldom
		if err != nil || done.onItsWay() {
			wait = carryEvery
		}
		again.Reset(wait)
	}
}

// onItsWay tells whether something is still to be asked about.
func (c *Carried) onItsWay() bool {
	return c.Flows.Left+c.Flows.Waiting+c.Acts.Left+c.Acts.Waiting > 0
}
