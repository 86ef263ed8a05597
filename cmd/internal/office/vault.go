package office

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"alpi40.fr/airial/local/draftimport"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/client"
)

// openVault opens the vault with this computer's own exchange key.
func (h *Hall) openVault(e client.Enrolment) error {
	exchange, err := h.device.exchangeKey()
	if err != nil {
		return err
	}
	self := vault.Device{ID: e.Device, Name: h.device.Name, Exchange: exchange.PublicKey().Bytes()}
	h.Vault, err = vault.New(h.Journal, vault.Options{Exchange: exchange, Rand: h.office.o.Rand, Devices: func(tx *store.Tx) ([]vault.Device, error) {
		known, err := client.DevicesIn(tx)
		if err != nil {
			return nil, err
		}
		all := []vault.Device{self} // before the first exchange, it alone is known
		for _, d := range known {
			if d.ID != self.ID {
				all = append(all, vault.Device{ID: d.ID, Name: d.Name, Exchange: d.Exchange, Revoked: d.Revoked != nil})
			} else {
				all[0].Revoked = d.Revoked != nil
			}
		}
		return all, nil
	}})
	return err
}

// keepVault opens what comes into the vault, and takes its words into the search, until ctx is done.
func (h *Hall) keepVault(ctx context.Context, read Pager) {
	changes, cancel := h.Journal.Subscribe("vault")
	defer cancel()
	if err := h.holdVault(ctx); err != nil && ctx.Err() == nil {
		h.office.o.Log.Warn("the vault", "error", err.Error())
	}
	for {
		err := h.Vault.Refresh(ctx)
		if err == nil {
			err = h.letGoOfVault(ctx)
		}
		if err == nil {
			err = h.readVault(ctx, read)
		}
		if err == nil {
			err = h.Vault.IndexNotes(ctx)
		}
		if err != nil && ctx.Err() == nil {
			h.office.o.Log.Warn("the vault", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
		}
	}
}

// goneAtOnce is how many contents of what was erased are let go of at a time.
const goneAtOnce = 500

// letGoOfVault takes off this computer the contents of what was erased from the vault.
func (h *Hall) letGoOfVault(ctx context.Context) error {
	for {
		gone, err := h.Vault.Gone(ctx, goneAtOnce)
		if err != nil || len(gone) == 0 {
			return err
		}
		done, err := h.Sync.LetGo(ctx, gone...)
		if err == nil {
			err = h.Vault.LetGo(ctx, done...)
		}
		if err != nil || len(done) == 0 {
			return err
		}
	}
}

const settingVaultAway = "vault.away"

// VaultAway gives the folders and files of the vault that a person leaves on the server: their contents are not kept on this
// computer.
func (h *Hall) VaultAway(ctx context.Context) (ids []string, err error) {
	return ids, h.setting(ctx, settingVaultAway, &ids)
}

// SetVaultAway leaves the contents of a folder or file on the server, or has them come back with the next exchanges. What the
// server has kept for less than two days stays until then.
func (h *Hall) SetVaultAway(ctx context.Context, id string, away bool) error {
	ids, err := h.VaultAway(ctx)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(x string) bool { return x == id })
	if away {
		ids = append(ids, id)
	}
	if err := h.keep(ctx, settingVaultAway, ids); err != nil {
		return err
	}
	streams, err := h.Vault.Streams(ctx, id)
	if err != nil {
		return err
	}
	if !away {
		return h.Sync.Want(ctx, streams...)
	}
	for _, s := range streams {
		_, err := h.Sync.Release(ctx, s)
		switch {
		case errors.Is(err, client.ErrOffline), errors.Is(err, client.ErrElsewhere):
			return nil // they leave with the next exchange
		case err != nil:
			return err
		}
	}
	return nil
}

// shunned are the streams of what a person leaves on the server.
func (h *Hall) shunned(ctx context.Context) (map[string]bool, error) {
	ids, err := h.VaultAway(ctx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if err := h.Vault.Refresh(ctx); err != nil { // what has just come is known to be of its folder
		return nil, err
	}
	streams, err := h.Vault.Streams(ctx, ids...)
	out := map[string]bool{}
	for _, s := range streams {
		out[s] = true
	}
	return out, err
}

// holdVault says whose this computer is as soon as that is known, so that what is shared with its
// person later is shared with it too.
func (h *Hall) holdVault(ctx context.Context) error {
	person, err := h.Person(ctx)
	if err != nil || person == "" {
		return err
	}
	return h.Vault.Hold(ctx, person)
}

// Of what is read for the search.
const (
	maxRead    = 64 << 20 // bytes of one file
	readAtOnce = 20
)

// readVault takes the words of files into the search, as many as there are.
func (h *Hall) readVault(ctx context.Context, read Pager) error {
	for {
		unread, err := h.Vault.Unread(ctx, maxRead, readAtOnce)
		if err != nil || len(unread) == 0 {
			return err
		}
		for _, i := range unread {
			text := ""
			if readable(i.Name) {
				content, err := h.vaultContent(ctx, i)
				if err != nil {
					return err
				}
				text = TextOf(ctx, i.Name, content, read)
			}
			if err := h.Vault.NoteWords(ctx, i, text); err != nil {
				return err
			}
		}
	}
}

func (h *Hall) vaultContent(ctx context.Context, i vault.Item) ([]byte, error) {
	c, err := h.Vault.Read(ctx, i)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(c)
	return content, errors.Join(err, c.Close())
}

func readable(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".pdf", ".odt", ".docx", ".txt", ".md", ".csv", ".html", ".xml", ".json":
		return true
	}
	return false
}

// TextOf gives the words of a file by its ending; empty when it has none that can be read.
func TextOf(ctx context.Context, name string, content []byte, read Pager) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".pdf":
		if _, text, err := read(ctx, content); err == nil {
			return text
		}
	case ".odt", ".docx":
		if lines, _, err := draftimport.Lines(content); err == nil {
			var out strings.Builder
			for _, l := range lines {
				out.WriteString(l.Text)
				out.WriteByte('\n')
			}
			return out.String()
		}
	case ".txt", ".md", ".csv", ".html", ".xml", ".json":
		if utf8.Valid(content) {
			return string(content)
		}
		if text, err := charmap.Windows1252.NewDecoder().Bytes(content); err == nil {
			return string(text)
		}
	}
	return ""
}

// AddToVault brings a file of the disk, or a folder with all that is in it, into a folder of the
// vault. What is there already under the same name gets a version. Links are not followed.
func (h *Hall) AddToVault(ctx context.Context, actor, space, parent, path string, each func(name string)) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("adding to the vault: %w", err)
	}
	switch {
	case info.IsDir():
		return h.addFolder(ctx, actor, space, parent, path, each)
	case !info.Mode().IsRegular():
		return nil
	}
	each(info.Name())
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("adding to the vault: %w", err)
	}
	defer f.Close()
	there, err := h.Vault.Named(ctx, actor, space, parent, info.Name())
	if err == nil && !there.Folder {
		return h.Vault.AddVersion(ctx, actor, there.ID, info.ModTime(), f)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	_, err = h.Vault.Put(ctx, actor, vault.NewFile{Space: space, Parent: parent, Name: info.Name(), Modified: info.ModTime()}, f)
	return err
}

func (h *Hall) addFolder(ctx context.Context, actor, space, parent, path string, each func(name string)) error {
	name := filepath.Base(path)
	id := ""
	there, err := h.Vault.Named(ctx, actor, space, parent, name)
	switch {
	case err == nil && there.Folder:
		id = there.ID
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	default:
		if id, err = h.Vault.Folder(ctx, actor, space, parent, name); err != nil {
			return err
		}
	}
	inside, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("adding to the vault: %w", err)
	}
	for _, e := range inside {
		if err := h.AddToVault(ctx, actor, space, id, filepath.Join(path, e.Name()), each); err != nil {
			return err
		}
	}
	return nil
}
