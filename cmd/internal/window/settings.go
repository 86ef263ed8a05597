package window

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/ui/settings"
	"alpi40.fr/airial/ui/shell"
)

// Settings implements the settings page's office.
type Settings struct{ r *Room }

// Settings gives the settings page's office.
func (r *Room) Settings() Settings { return Settings{r} }

const settingBackup = "backup.last"

// State implements settings.Office.
func (s Settings) State(ctx context.Context) (settings.State, error) {
	seat := s.r.seat()
	e, err := seat.Hall.Enrolment()
	if err != nil {
		return settings.State{}, err
	}
	out := settings.State{Enrolled: true, Server: e.Server.URL, Device: seat.Hall.Device(), Version: office.Version, DataDir: seat.Office.Dir()}
	out.Timestamp, out.FlowSchemas = seat.Office.Timestamp(), seat.Office.FlowSchemas()
	third, err := seat.Hall.ThirdParty(ctx)
	if err != nil {
		return out, err
	}
	out.ThirdParty = settings.ThirdPartyState{URL: third.URL, Login: third.Login, Holder: third.Holder, NotAfter: third.NotAfter}
	if out.Mails, err = seat.mailSettings(ctx); err != nil {
		return out, err
	}
	if out.RemindByMail, err = seat.Hall.RemindsByMail(ctx); err != nil {
		return out, err
	}
	trusted := seat.Office.Trusted()
	out.TrustVersion, out.TrustMade, out.TrustOld = trusted.Version, trusted.Made, trusted.Old
	if out.Watched, err = seat.Hall.Watched(ctx); err != nil {
		return out, err
	}
	for _, c := range seat.Office.Anchors() {
		out.Trusted = append(out.Trusted, c.Subject.CommonName)
	}
	if c, err := seat.chosen(ctx); err == nil {
		out.Module = c.From
	}
	if out.Certificate, err = s.chosenState(ctx, seat, out.Module); err != nil {
		return out, err
	}
	if out.Devices, err = seat.devices(ctx); err != nil {
		return out, err
	}
	err = seat.Hall.Store.View(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(settingBackup)
		if err == nil && text != "" {
			err = out.LastBackup.UnmarshalText([]byte(text))
		}
		return err
	})
	return out, err
}

func certificate(module string, k token.Key) settings.Certificate {
	c := settings.Certificate{Module: module, Slot: k.ID, Label: k.Token.Label, Holder: filepath.Base(module), Store: module == token.StorePath}
	if k.Certificate != nil {
		c.Holder, c.Issuer, c.NotAfter = holder(k), k.Certificate.Issuer.CommonName, k.Certificate.NotAfter
		c.Serial, c.Authenticates = k.Certificate.SerialNumber.Text(16), authenticates(k.Certificate)
		c.Serial = c.Serial[max(0, len(c.Serial)-8):] // enough to tell them apart, and short enough to read
	}
	return c
}

// authenticates tells a certificate that a card holds beside the one that signs: it may sign,
// but is made to say who is there.
func authenticates(c *x509.Certificate) bool {
	return c.KeyUsage&x509.KeyUsageContentCommitment == 0 && slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
}

// devices are the computers of the authority, this one included.
func (s *Seat) devices(ctx context.Context) ([]settings.Device, error) {
	all, err := s.Hall.Sync.Devices(ctx)
	if err != nil {
		return nil, err
	}
	var out []settings.Device
	for _, d := range all {
		out = append(out, settings.Device{Name: d.Name, Here: d.ID == s.Hall.Journal.Device(), Enrolled: d.Enrolled, Revoked: d.Revoked != nil})
	}
	return out, nil
}

// SetRemindByMail implements settings.Office.
func (s Settings) SetRemindByMail(ctx context.Context, on bool) error {
	return explain.Error(s.r.seat().Hall.SetRemindByMail(ctx, on))
}

// Enrol implements settings.Office.
func (s Settings) Enrol(ctx context.Context, server, code string) error {
	_, err := s.r.seat().Office.Enrol(ctx, client.Server{URL: server}, code, s.r.seat().Hall.Device())
	return explain.Error(err)
}

// modules are where vendors put their libraries.
func modules() []string {
	return []string{
		"/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", "/usr/lib/softhsm/libsofthsm2.so",
		`C:\Windows\System32\eTPKCS11.dll`, `C:\Windows\System32\opensc-pkcs11.dll`,
	}
}

// Tokens implements settings.Office. A module that fails does not hide the others.
func (s Settings) Tokens(ctx context.Context, module string) ([]settings.Certificate, error) {
	tried := modules()
	if token.HaveStore {
		tried = append(tried, token.StorePath)
	}
	if module = strings.TrimSpace(module); module != "" {
		tried = []string{module}
	}
	var found []settings.Certificate
	var last error
	for _, m := range tried {
		from, err := provider(m)
		if err != nil {
			last = err
			continue
		}
		all, err := from.Keys(ctx)
		if err != nil {
			last = err
			continue
		}
		for _, k := range all {
			found = append(found, certificate(m, k))
		}
	}
	if len(found) == 0 && module != "" {
		return nil, explain.Error(last)
	}
	return found, nil
}

// UseToken implements settings.Office.
func (s Settings) UseToken(ctx context.Context, c settings.Certificate) error {
	return explain.Error(s.r.seat().choose(ctx, chosenKey{From: c.Module, ID: c.Slot}))
}

// SetWatched implements settings.Office.
func (s Settings) SetWatched(ctx context.Context, dir string) error {
	return explain.Error(s.r.seat().Hall.SetWatched(ctx, dir))
}

// InstallTrust implements settings.Office.
func (s Settings) InstallTrust(ctx context.Context, path string) error {
	raw, err := readFile(path)
	if err == nil {
		_, err = s.r.seat().Office.InstallTrust(ctx, raw)
	}
	return explain.Error(err)
}

// SetTimestamp implements settings.Office.
func (s Settings) SetTimestamp(_ context.Context, address string) error {
	return explain.Error(s.r.seat().Office.SetTimestamp(address))
}

// maxAuthorities is more than a bundle of authorities' certificates has.
const maxAuthorities = 1 << 20

// Trust implements settings.Office.
func (s Settings) Trust(_ context.Context, path string) (names []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the certificates: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxAuthorities))
	if err != nil {
		return nil, fmt.Errorf("reading the certificates: %w", err)
	}
	all, err := s.r.seat().Office.Trust(content)
	for _, c := range all {
		names = append(names, c.Subject.CommonName)
	}
	return names, explain.Error(err)
}

// Backup implements settings.Office.
func (s Settings) Backup(ctx context.Context, dir string, progress shell.Progress) (string, error) {
	seat := s.r.seat()
	path, err := seat.Hall.BackupInto(ctx, dir, func(done, of int) { progress(done, of, "") })
	if err != nil {
		return "", explain.Error(err)
	}
	at, err := s.r.now().MarshalText()
	if err != nil {
		return path, err
	}
	return path, seat.Hall.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingBackup, string(at)) })
}

// RecoverySheet implements settings.Office.
func (s Settings) RecoverySheet() shell.Document {
	seat := s.r.seat()
	return shell.Made("fiche-de-secours.pdf", func(ctx context.Context) ([]byte, error) {
		code, err := seat.Office.Recovery()
		if err != nil {
			return nil, err
		}
		a, err := seat.Hall.Authority(ctx)
		if err != nil {
			return nil, err
		}
		d, err := typeset.RecoverySheet{Head: typeset.Head{Authority: a.Letterhead(), Printed: s.r.now()}, Computer: seat.Hall.Device(), Code: code}.Typeset(ctx)
		return d.PDF, err
	})
}
