package office

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
)

// A file of the vault that is open in the computer's own program lies in the clear while it is
// worked on, in a folder of this authority that this person alone reads: halls/<id>/work/<item>/.
// Each save makes a version. A copy that a stop of the program left there is taken up again at the
// next start: what was saved is never lost.

const workFolder = "work"

// Working is a file in hand.
type Working struct {
	Item string
	// Saved is how many versions were made since it was opened.
	Saved int
	// Err is why the last save could not be taken; the copy stays.
	Err error
}

type bench struct {
	mu  sync.Mutex
	all map[string]*inHand
}

type inHand struct {
	item, actor, path string
	size              int64
	modified          time.Time
	locked            bool // the program had its lock file beside it
	saved             int
	err               error
}

func (h *Hall) workDir(item string) string {
	return filepath.Join(h.office.hallDir(h.id), workFolder, item)
}

// Work takes a file out and gives the path of a copy to open; the same again while it is out here.
// Errors: those of Vault.TakeOut and Vault.Open.
func (h *Hall) Work(ctx context.Context, actor string, i vault.Item) (path string, err error) {
	h.bench.mu.Lock()
	defer h.bench.mu.Unlock()
	if w := h.bench.all[i.ID]; w != nil {
		return w.path, nil
	}
	if err := h.Vault.TakeOut(ctx, actor, i.ID); err != nil {
		return "", err
	}
	if i, err = h.Vault.Item(ctx, actor, i.ID); err != nil { // what is the last version now
		return "", err
	}
	w, err := h.copyOut(ctx, actor, i)
	if err != nil {
		return "", errors.Join(err, h.Vault.GiveBack(ctx, actor, i.ID))
	}
	h.bench.all[i.ID] = w
	bell.Wake(h.taken)
	return w.path, nil
}

func (h *Hall) copyOut(ctx context.Context, actor string, i vault.Item) (*inHand, error) {
	dir := h.workDir(i.ID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making a folder to work in: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, workActor), []byte(actor), 0o600); err != nil {
		return nil, fmt.Errorf("noting who works: %w", err)
	}
	w := &inHand{item: i.ID, actor: actor, path: filepath.Join(dir, FileName(i.Name))}
	c, err := h.Vault.Open(ctx, actor, i.ID, 0)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("writing a copy to work on: %w", err)
	}
	_, err = io.Copy(f, c)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("writing a copy to work on: %w", err)
	}
	return w, w.note()
}

// workActor holds who works, beside the copy.
const workActor = ".airial"

func (w *inHand) note() error {
	info, err := os.Stat(w.path)
	if err == nil {
		w.size, w.modified = info.Size(), info.ModTime()
	}
	return err
}

// FileName is a name that any system takes for a file.
func FileName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, name)
	if clean = strings.Trim(clean, ". "); clean == "" {
		return "document"
	}
	return clean
}

// Working tells whether a file is in hand here.
func (h *Hall) Working(item string) (Working, bool) {
	h.bench.mu.Lock()
	defer h.bench.mu.Unlock()
	w := h.bench.all[item]
	if w == nil {
		return Working{}, false
	}
	return Working{Item: item, Saved: w.saved, Err: w.err}, true
}

// Rest takes the last save, and ends the work: the copy is removed and the file is free.
func (h *Hall) Rest(ctx context.Context, item string) error {
	h.bench.mu.Lock()
	defer h.bench.mu.Unlock()
	w := h.bench.all[item]
	if w == nil {
		return nil
	}
	if err := h.save(ctx, w); err != nil {
		return err
	}
	return h.end(ctx, w)
}

func (h *Hall) end(ctx context.Context, w *inHand) error {
	if err := h.Vault.GiveBack(ctx, w.actor, w.item); err != nil {
		return err
	}
	delete(h.bench.all, w.item)
	if err := os.RemoveAll(h.workDir(w.item)); err != nil {
		return fmt.Errorf("removing the copy worked on: %w", err)
	}
	return nil
}

// save makes a version of what was saved since the last one.
func (h *Hall) save(ctx context.Context, w *inHand) error {
	info, err := os.Stat(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the program is replacing it, or it was moved away
	}
	if err != nil {
		return fmt.Errorf("looking at the copy worked on: %w", err)
	}
	if info.Size() == w.size && info.ModTime().Equal(w.modified) {
		return nil
	}
	f, err := os.Open(w.path)
	if err != nil {
		return fmt.Errorf("reading the copy worked on: %w", err)
	}
	defer f.Close()
	before, err := h.Vault.Item(ctx, w.actor, w.item)
	if err != nil {
		return err
	}
	if err := h.Vault.AddVersion(ctx, w.actor, w.item, info.ModTime(), f); err != nil {
		return err
	}
	if after, err := h.Vault.Item(ctx, w.actor, w.item); err == nil && after.Version > before.Version {
		w.saved++
	}
	w.size, w.modified = info.Size(), info.ModTime()
	return nil
}

// workPause is how often copies in hand are looked at: a save settles between two looks.
const workPause = 2 * time.Second

// keepWorking takes up what was in hand when the program stopped, then makes versions of what is
// saved, until ctx is done. While nothing is in hand it sleeps.
func (h *Hall) keepWorking(ctx context.Context) {
	if err := h.takeUp(ctx); err != nil && ctx.Err() == nil {
		h.office.o.Log.Warn("taking up files in hand", "error", err.Error())
	}
	for {
		var look <-chan time.Time
		if h.worksOn() {
			look = time.After(workPause)
		}
		select {
		case <-ctx.Done():
			return
		case <-h.taken:
			continue
		case <-look:
		}
		h.lookAtBench(ctx)
		if err := h.sweepOnline(ctx); err != nil && ctx.Err() == nil {
			h.office.o.Log.Info("giving back files of the editor", "error", err.Error())
		}
	}
}

// worksOn tells whether a file is in hand here, or the editor's host answers.
func (h *Hall) worksOn() bool {
	h.bench.mu.Lock()
	some := len(h.bench.all) > 0
	h.bench.mu.Unlock()
	h.linking.Lock()
	defer h.linking.Unlock()
	return some || h.online != nil
}

func (h *Hall) lookAtBench(ctx context.Context) {
	h.bench.mu.Lock()
	defer h.bench.mu.Unlock()
	for _, w := range h.bench.all {
		w.err = h.save(ctx, w)
		open := lockedBeside(w.path)
		if w.err == nil && w.locked && !open { // the program has closed it
			w.err = h.end(ctx, w)
		}
		w.locked = open
	}
}

// lockedBeside tells whether LibreOffice or Word has its lock file beside a file that it has open.
func lockedBeside(path string) bool {
	dir, name := filepath.Split(path)
	owner := "~$" + name
	if runes := []rune(name); len(runes) > 8 { // Word leaves out the first two letters of a long name
		owner = "~$" + string(runes[2:])
	}
	for _, lock := range []string{".~lock." + name + "#", owner, "~$" + name} {
		if _, err := os.Stat(filepath.Join(dir, lock)); err == nil {
			return true
		}
	}
	return false
}

// takeUp puts back in hand the copies that a stop left.
func (h *Hall) takeUp(ctx context.Context) error {
	left, err := os.ReadDir(filepath.Join(h.office.hallDir(h.id), workFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for copies worked on: %w", err)
	}
	h.bench.mu.Lock()
	defer h.bench.mu.Unlock()
	var errs []error
	for _, e := range left {
		errs = append(errs, h.takeUpOne(ctx, e.Name()))
	}
	return errors.Join(errs...)
}

func (h *Hall) takeUpOne(ctx context.Context, item string) error {
	actor, err := os.ReadFile(filepath.Join(h.workDir(item), workActor))
	if err != nil {
		return fmt.Errorf("reading who worked: %w", err)
	}
	i, err := h.Vault.Item(ctx, string(actor), item)
	if errors.Is(err, store.ErrNotFound) {
		return nil // of another life of this folder: left for a person to look at
	}
	if err != nil {
		return err
	}
	w := &inHand{item: item, actor: string(actor), path: filepath.Join(h.workDir(item), FileName(i.Name))}
	h.bench.all[item] = w // nothing is known of the copy: it is compared with the last version
	return h.save(ctx, w)
}
