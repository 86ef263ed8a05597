package window

import (
	"context"
	"errors"
	"io"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/store"
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
	if key, err := seat.key(ctx); err == nil {
		out.Certificate = certificate("", key)
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
	return settings.Certificate{Module: module, Slot: k.ID, Label: k.Token.Label, Holder: k.Certificate.Subject.CommonName,
		Issuer: k.Certificate.Issuer.CommonName, NotAfter: k.Certificate.NotAfter}
}

// Enrol implements settings.Office.
func (s Settings) Enrol(ctx context.Context, server, code string) error {
	_, err := s.r.seat().Office.Enrol(ctx, client.Server{URL: server}, code, s.r.seat().Hall.Device())
	return explain.Error(err)
}

// modules are where vendors put their libraries.
var modules = []string{
	"/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", "/usr/lib/softhsm/libsofthsm2.so",
	`C:\Windows\System32\eTPKCS11.dll`, `C:\Windows\System32\opensc-pkcs11.dll`,
}

// Tokens implements settings.Office. A module that fails does not hide the others.
func (s Settings) Tokens(ctx context.Context, module string) ([]settings.Certificate, error) {
	tried := modules
	if module = strings.TrimSpace(module); module != "" {
		tried = []string{module}
	}
	var found []settings.Certificate
	var last error
	for _, m := range tried {
		all, err := (&token.PKCS11{Module: m}).Keys(ctx)
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
func (s Settings) UseToken(_ context.Context, c settings.Certificate) error {
	seat := s.r.seat()
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if c.Module != "" {
		seat.Token = &token.PKCS11{Module: c.Module}
	}
	return nil
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

var errRestoreElsewhere = errors.New("restoring is done by airialctl")

// Restore implements settings.Office. An authority that is open is never
// replaced under the feet of who works in it.
func (s Settings) Restore(context.Context, string, shell.Progress) error {
	return &explain.Told{Cause: errRestoreElsewhere, What: "Une collectivité ouverte n’est pas remplacée pendant qu’on y travaille.", Safe: explain.NothingChanged,
		Todo: "Fermez Airial, puis lancez : airialctl restore --from FICHIER --to DOSSIER."}
}

// RecoverySheet implements settings.Office.
func (s Settings) RecoverySheet() shell.Document {
	o := s.r.seat().Office
	return shell.Document{Name: "feuille-de-recuperation.txt", Open: func(context.Context) (io.ReadCloser, error) {
		code, err := o.Recovery()
		text := "AIRIAL — FEUILLE DE RÉCUPÉRATION\n\nCe code rend l’accès aux données de cet ordinateur si sa clé est perdue.\nImprimez cette feuille, mettez-la sous enveloppe cachetée à la mairie, et effacez le fichier.\n\n" + code + "\n"
		return io.NopCloser(strings.NewReader(text)), err
	}}
}
