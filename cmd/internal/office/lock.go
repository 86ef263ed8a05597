package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/protocol"
)

const lockedFile = "locked.age"

// Why a locked authority is not opened, for errors.Is.
var (
	// ErrNotLocked: no revoked authority of that name is on this computer.
	ErrNotLocked = errors.New("no locked authority of that name")
	// ErrWrongLock: the code is of another computer.
	ErrWrongLock = errors.New("the rescue code is another computer's")
)

// revoked locks the authority: its keys are sealed anew so that they open only
// with this computer's master key and the code that its administrator can give
// (Rescue). The other authorities of the computer are not touched. What is open
// stays so until the program ends, which the window asks for.
func (h *Hall) revoked() {
	if err := h.lock(); err != nil {
		h.office.o.Log.Error("locking a revoked authority", "error", err.Error())
	}
}

func (h *Hall) lock() error {
	e, err := h.Enrolment()
	if err != nil {
		return err
	}
	if len(e.Lock) != protocol.LockSize {
		return protocol.ErrBadLock
	}
	lock := e.Lock
	e.Lock = nil
	d := *h.device
	if d.Enrolment, err = json.Marshal(e); err != nil {
		return err
	}
	// The locked copy is on the disk before the open one goes.
	if err := h.office.sealDevice(h.id, lockedFile, lock, &d); err != nil {
		return err
	}
	if err := durable.Remove(filepath.Join(h.office.hallDir(h.id), deviceFile)); err != nil {
		return fmt.Errorf("forgetting the computer's keys: %w", err)
	}
	return durable.SyncDir(h.office.hallDir(h.id))
}

// Locked gives the ids of the authorities that this computer was revoked from
// and still holds locked, sorted.
func (o *Office) Locked() ([]string, error) {
	found, err := filepath.Glob(filepath.Join(o.o.Dir, "halls", "*", lockedFile))
	if err != nil {
		return nil, fmt.Errorf("listing the locked authorities: %w", err)
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = filepath.Base(filepath.Dir(f))
	}
	sort.Strings(ids)
	return ids, nil
}

// Rescue writes what a locked authority holds to a backup that must not exist,
// which Restore opens. The authority stays locked.
// Errors: protocol.ErrBadLock, ErrNotLocked, ErrWrongLock, those of Hall.Backup.
func (o *Office) Rescue(ctx context.Context, id, code, path string) error {
	lock, err := protocol.ParseLock(code)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(o.hallDir(id), lockedFile)); err != nil {
		return fmt.Errorf("authority %s: %w", id, ErrNotLocked)
	}
	d, err := o.openDevice(id, lockedFile, lock)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrongLock, err)
	}
	secrets, err := o.secrets(id, d.Salt)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{Dir: o.hallDir(id), Secrets: secrets, Now: o.o.Now})
	if err != nil {
		return err
	}
	return errors.Join(backup(ctx, db, path, o.o.Now(), nil), db.Close())
}
