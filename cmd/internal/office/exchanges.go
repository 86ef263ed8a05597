package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/proxy"
)

// urgent are the streams for which somebody waits: what is signed, approved, voted.
var urgent = []string{"folder/", "deliberation/", "sitting/", "legality/", "order/"}

// first are the streams that are worked with whatever their age: who people are and what they may do, what the authority settled.
// A new computer receives them before its past.
var first = []string{"authority/", "person/", "delegation/", "foldertype/", "commission/", "numbering/", "civilsettings/", "vaultdevice/", "vaultspace/", "publishing/", "textmodel/", "lexicon/", "matters/"}

// manyFolders is more than wait for anybody.
const manyFolders = 2000

// needed gives the streams whose documents must be on this computer whatever the line: the
// folders that wait for whoever works here, and the sittings of this month and the next.
func (h *Hall) needed(ctx context.Context) (map[string]bool, error) {
	person, err := h.Person(ctx)
	if err != nil {
		return nil, err
	}
	needed := map[string]bool{}
	if person != "" {
		rows, err := h.Folders.List(ctx, person, parapheur.ToDo, manyFolders)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			needed["folder/"+rows[i].ID] = true
		}
	}
	sittings, err := h.Council.Sittings(ctx)
	if err != nil {
		return nil, err
	}
	now := h.office.o.Now()
	from, to := now.AddDate(0, -1, 0), now.AddDate(0, 2, 0)
	for i := range sittings {
		if s := &sittings[i]; s.At.After(from) && s.At.Before(to) {
			needed["sitting/"+s.ID] = true
			for _, item := range s.Agenda {
				needed[streamOf(item)] = true
			}
		}
	}
	return needed, nil
}

func streamOf(item council.Item) string { return "deliberation/" + item.Deliberation }

const (
	proxyFile    = "proxy.json"
	maxProxy     = 64 << 10
	proxyService = "Airial proxy"
)

// readProxy takes the proxy that the installation's folder names, and its password.
func (o *Office) readProxy() error {
	text, err := readSmall(filepath.Join(o.o.Dir, proxyFile), maxProxy)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the proxy: %w", err)
	}
	var s proxy.Settings
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("reading the proxy: %w", err)
	}
	password := ""
	if s.User != "" && o.o.Keyring != nil {
		if password, err = o.o.Keyring.Get(proxyService, s.User); err != nil {
			// It is asked for by the proxy, which says so: the rest works.
			o.o.Log.Info("the proxy's password", "error", err.Error())
		}
	}
	return o.proxy.Set(s, password)
}

// Proxy is how servers are reached.
func (o *Office) Proxy() proxy.Settings { return o.proxy.Settings() }

// SetProxy says how servers are reached. The password goes to the keyring; an empty one keeps that
// which is there. Errors: proxy.ErrAddress, keys.ErrNoKeyring when there is a password and no keyring.
func (o *Office) SetProxy(s proxy.Settings, password string) error {
	if err := s.Check(); err != nil {
		return err
	}
	if s.User != "" {
		var err error
		switch {
		case o.o.Keyring == nil:
			err = keys.ErrNoKeyring
		case password != "":
			err = o.o.Keyring.Set(proxyService, s.User, password)
		default:
			password, err = o.o.Keyring.Get(proxyService, s.User)
		}
		if err != nil {
			return fmt.Errorf("keeping the proxy's password: %w", err)
		}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(o.o.Dir, proxyFile), text); err != nil {
		return fmt.Errorf("keeping the proxy: %w", err)
	}
	return o.proxy.Set(s, password)
}

// through gives a server with the proxy of this computer.
func (o *Office) through(s client.Server) client.Server {
	s.Proxy = o.proxy.Proxy
	return s
}
