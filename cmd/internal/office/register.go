package office

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
	"alpi40.fr/airial/local/store"
)

// OpenRegister reads the list of a digitised register, whose images stand beside
// it, or a folder of images without one; with the corrections that were made to
// it before.
func (h *Hall) OpenRegister(ctx context.Context, path string) (*manifest.Register, error) {
	here, err := h.Authority(ctx)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening the register: %w", err)
	}
	r := &manifest.Register{Name: filepath.Base(path), Dir: path, Commune: here.Place}
	if !info.IsDir() {
		r.Dir = filepath.Dir(path)
	}
	r.Files = manifest.NewFiles(os.DirFS(r.Dir))
	var list []byte
	if info.IsDir() {
		if r.Lines, err = manifest.Tree(ctx, os.DirFS(path)); err != nil {
			return nil, err
		}
		list = []byte(path)
	} else if r.Lines, list, err = readList(path); err != nil {
		return nil, err
	}
	r.Key = "register/" + store.DigestOf(list).String()
	return r, h.corrected(ctx, r)
}

func readList(path string) ([]manifest.Line, []byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the list: %w", err)
	}
	defer f.Close()
	list, err := io.ReadAll(io.LimitReader(f, manifest.MaxSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the list: %w", err)
	}
	lines, err := manifest.Read(bytes.NewReader(list))
	return lines, list, err
}

// corrected puts the corrections kept back.
func (h *Hall) corrected(ctx context.Context, r *manifest.Register) error {
	var kept []byte
	err := h.Store.View(ctx, func(tx *store.Tx) (err error) { kept, _, err = tx.Kept(r.Key); return err })
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the corrections: %w", err)
	}
	lines, err := manifest.Read(bytes.NewReader(kept))
	if err != nil || len(lines) != len(r.Lines) {
		return err // the folder has other images since: what was corrected is typed again
	}
	for i := range lines {
		lines[i].N = r.Lines[i].N
	}
	r.Lines = lines
	return nil
}

// KeepRegister keeps the corrections made to a list, until it is opened again.
func (h *Hall) KeepRegister(ctx context.Context, r *manifest.Register, lines []manifest.Line) error {
	var b bytes.Buffer
	if err := manifest.Write(&b, lines); err != nil {
		return err
	}
	return h.Store.Update(ctx, func(tx *store.Tx) error { return tx.Keep(r.Key, b.Bytes(), h.office.o.Now()) })
}

// registerBatch is how many acts are kept in one transaction: what an interruption loses at most.
const registerBatch = 64

// ImportRegister keeps the acts of a register, batch by batch; progress tells how many are done. What was kept when it
// stops stays kept, and is left as it is when the import is done again.
func (h *Hall) ImportRegister(ctx context.Context, actor string, scans []civilstatus.Scan, progress func(done, of int)) ([]civilstatus.Outcome, error) {
	var all []civilstatus.Outcome
	for len(all) < len(scans) {
		batch := scans[len(all):min(len(all)+registerBatch, len(scans))]
		outcomes, err := h.Acts.ImportRegister(ctx, actor, batch)
		if err != nil {
			return all, err
		}
		all = append(all, outcomes...)
		progress(len(all), len(scans))
	}
	return all, nil
}
