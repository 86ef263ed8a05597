package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/client"
)

// Illness is what Examine found of an authority on this computer.
type Illness struct {
	Authority string
	// Opening is why it does not open; nil when it does.
	Opening error
	// Faults are of the database and its documents; Away counts documents that are on the server alone, which is no fault.
	Faults []store.Finding
	Away   int
	// Journal is why the journal does not hold; nil when every hash, signature and chain does, or it was not read.
	Journal error
	// Entries is how many the journal has, Devices how many computers wrote them, Log how far the server's order was verified.
	Entries, Devices int
	Log              int64
}

// Sound tells whether nothing was found.
func (i *Illness) Sound() bool { return i.Opening == nil && i.Journal == nil && len(i.Faults) == 0 }

// Examine reads all that an authority has on this computer, and changes nothing. Its error is that of ctx.
func (o *Office) Examine(ctx context.Context, id string) (i Illness, err error) {
	i.Authority = id
	h, opening := o.Hall(ctx, id)
	if opening != nil {
		i.Opening = opening
		return i, ctx.Err()
	}
	found, err := h.Store.Check(ctx, true)
	if err != nil {
		found = append(found, store.Finding{What: "database", Detail: err.Error()})
	}
	for _, f := range found {
		if f.Missing {
			i.Away++
		} else {
			i.Faults = append(i.Faults, f)
		}
	}
	proof, err := h.Verify(ctx)
	i.Journal, i.Entries, i.Devices, i.Log = err, proof.Entries, proof.Devices, proof.LogSize
	return i, ctx.Err()
}

// RebuildLists makes all that the pages show of an authority anew from its journal, which is not touched.
func (o *Office) RebuildLists(ctx context.Context, id string) error {
	h, err := o.Hall(ctx, id)
	if err != nil {
		return err
	}
	if err := h.Journal.Rebuild(ctx); err != nil {
		return fmt.Errorf("rebuilding the lists: %w", err)
	}
	return nil
}

// The tables without which there is no authority, and those that are made anew from them.
var (
	whole = []string{"entry", "settled", "subject", "log_hash", "setting"}
	anew  = []string{"projection"}
)

// Repair writes the database of an authority anew from its journal, once every entry was read and verified. The damaged file is
// kept beside. Errors: store.ErrDamaged where the journal itself cannot be read whole, journal's where it does not hold.
func (o *Office) Repair(ctx context.Context, id string) (store.Salvaged, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d, e, err := o.enrolled(id)
	if err != nil {
		return store.Salvaged{}, err
	}
	secrets, err := o.secrets(id, d.Salt)
	if err != nil {
		return store.Salvaged{}, err
	}
	if err := o.leave(id); err != nil {
		return store.Salvaged{}, err
	}
	done, err := store.Salvage(ctx, store.Options{Dir: o.hallDir(id), Secrets: secrets, Now: o.o.Now}, whole, anew, func(db *store.DB) error {
		h := o.hall(id, d, db)
		if err := h.join(ctx, e); err != nil {
			return err
		}
		_, err := h.Verify(ctx)
		return err
	})
	if err != nil {
		return done, fmt.Errorf("repairing from the journal: %w", err)
	}
	return done, nil
}

// asideDir holds what a restoration replaced, and what it prepares.
const asideDir = "set-aside"

// PutBack puts a backup in the place of what this computer has of an authority, which is set aside whole. What was sent to the
// server since the backup comes back from there at the next exchange. It gives the folder of what was set aside.
// Errors: those of store.Restore.
func (o *Office) PutBack(ctx context.Context, id, backup string) (aside string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d, _, err := o.enrolled(id)
	if err != nil {
		return "", err
	}
	secrets, err := o.secrets(id, d.Salt)
	if err != nil {
		return "", err
	}
	f, err := os.Open(backup)
	if err != nil {
		return "", fmt.Errorf("opening the backup: %w", err)
	}
	defer f.Close()
	ready := filepath.Join(o.o.Dir, asideDir, id+".ready")
	if err := errors.Join(os.MkdirAll(filepath.Dir(ready), 0o700), os.RemoveAll(ready)); err != nil {
		return "", fmt.Errorf("preparing the restoration: %w", err)
	}
	if err := store.Restore(ctx, f, ready, secrets); err != nil {
		return "", err
	}
	// What else is in the folder is this computer's own: its keys above all.
	if err := carryFiles(o.hallDir(id), ready, deviceFile); err != nil {
		return "", err
	}
	if err := o.leave(id); err != nil {
		return "", err
	}
	aside = filepath.Join(o.o.Dir, asideDir, id+"-"+o.o.Now().UTC().Format("20060102T150405Z"))
	if err := durable.Rename(o.hallDir(id), aside); err != nil {
		return "", fmt.Errorf("setting aside what was here: %w", err)
	}
	if err := durable.Rename(ready, o.hallDir(id)); err != nil {
		return aside, errors.Join(fmt.Errorf("putting the backup in its place: %w", err), durable.Rename(aside, o.hallDir(id)))
	}
	return aside, nil
}

// finishPutBack ends a restoration that was stopped between its two renamings: the authority's folder is away and what replaces
// it is ready.
func (o *Office) finishPutBack() error {
	ready, err := filepath.Glob(filepath.Join(o.o.Dir, asideDir, "*.ready"))
	if err != nil {
		return fmt.Errorf("looking for an unfinished restoration: %w", err)
	}
	for _, from := range ready {
		to := o.hallDir(filepath.Base(from[:len(from)-len(".ready")]))
		if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		if _, err := os.Stat(filepath.Join(from, deviceFile)); err != nil {
			continue // it was not ready
		}
		if err := durable.Rename(from, to); err != nil {
			return fmt.Errorf("finishing a restoration: %w", err)
		}
	}
	return nil
}

func carryFiles(from, to string, names ...string) error {
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), content, 0o600)
		}
		if err != nil {
			return fmt.Errorf("carrying %s over: %w", name, err)
		}
	}
	return nil
}

// enrolled reads what this computer is for an authority.
func (o *Office) enrolled(id string) (d *device, e client.Enrolment, err error) {
	if d, err = o.readDevice(id); err != nil {
		return nil, e, err
	}
	if err := json.Unmarshal(d.Enrolment, &e); err != nil {
		return nil, e, fmt.Errorf("reading the enrolment: %w", err)
	}
	return d, e, nil
}

// leave closes an authority that is open. o.mu is held.
func (o *Office) leave(id string) error {
	h := o.halls[id]
	if h == nil {
		return nil
	}
	delete(o.halls, id)
	return h.close()
}
