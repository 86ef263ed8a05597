package office

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
)

// ErrNotFolder: the folder to be watched is not there, or is a file.
var ErrNotFolder = errors.New("not a folder")

// What becomes of the files of a watched folder.
const (
	dropDone    = "Importés"
	dropRefused = "Refusés"
	dropPending = ".airial-" // before the name of a file that is being imported
)

const (
	settingWatched = "parapheur.watched"
	// settled is how long a file must have been left alone before it is taken: its author may
	// still be writing it.
	settled = 3 * time.Second
	// watchEvery is how often the folder is looked at; looking is sure on network drives, where
	// notifications are not.
	watchEvery = 15 * time.Second
)

// Watched is the folder whose files become folders of the parapheur; empty: none.
func (h *Hall) Watched(ctx context.Context) (dir string, err error) {
	err = h.Store.View(ctx, func(tx *store.Tx) (err error) { dir, err = tx.Setting(settingWatched); return err })
	return dir, err
}

// SetWatched keeps which folder is watched; empty: none. Error: ErrNotFolder.
func (h *Hall) SetWatched(ctx context.Context, dir string) error {
	if dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return errors.Join(fmt.Errorf("%s: %w", dir, ErrNotFolder), err)
		}
	}
	err := h.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingWatched, dir) })
	bell.Wake(h.watching)
	return err
}

// Watch imports what comes into the watched folder, until ctx ends. Without such a folder it sleeps.
func (h *Hall) Watch(ctx context.Context, read Pager) {
	for {
		dir, err := h.Watched(ctx)
		if err == nil && dir != "" {
			_, err = h.Sweep(ctx, dir, read)
		}
		if err != nil && ctx.Err() == nil {
			h.office.o.Log.Info("looking at the watched folder", "error", err.Error())
		}
		var again <-chan time.Time
		if err != nil || dir != "" {
			again = time.After(watchEvery)
		}
		select {
		case <-ctx.Done():
			return
		case <-h.watching:
		case <-again:
		}
	}
}

// Swept is what a look at a watched folder did.
type Swept struct{ Imported, Refused []string }

// Sweep imports the files of a folder, each as a folder of the parapheur that leaves on its
// route; a subfolder named as one of the authority's types gives its files that type. What was
// imported is moved to «Importés», what could not be to «Refusés» beside the reason. A file is
// first given a name of work: should the computer stop, the next look goes on, and imports
// nothing twice.
func (h *Hall) Sweep(ctx context.Context, dir string, read Pager) (Swept, error) {
	var out Swept
	types, err := h.Folders.Types(ctx)
	if err != nil {
		return out, err
	}
	places := map[string]string{dir: ""}
	for _, t := range types {
		if sub := filepath.Join(dir, t.Name); !t.Retired && t.Name == filepath.Base(t.Name) {
			places[sub] = t.ID
		}
	}
	for place, kind := range places {
		if err := h.sweep(ctx, place, kind, read, &out); err != nil && !errors.Is(err, os.ErrNotExist) {
			return out, err
		}
	}
	return out, nil
}

func (h *Hall) sweep(ctx context.Context, dir, kind string, read Pager, out *Swept) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking at the watched folder: %w", err)
	}
	for _, e := range entries {
		name, pending := strings.CutPrefix(e.Name(), dropPending)
		info, err := e.Info()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || !e.Type().IsRegular() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || !pending && h.office.o.Now().Sub(info.ModTime()) < settled {
			continue
		}
		work := filepath.Join(dir, dropPending+name)
		if !pending {
			if err := os.Rename(filepath.Join(dir, name), work); err != nil {
				continue // its author still holds it
			}
		}
		failure := h.drop(ctx, work, name, kind, read)
		if ctx.Err() != nil {
			return ctx.Err() // the name of work says that it is still to be done
		}
		to := dropDone
		if failure != nil {
			to = dropRefused
			out.Refused = append(out.Refused, name)
		} else {
			out.Imported = append(out.Imported, name)
		}
		if err := putAway(work, filepath.Join(dir, to), name, failure); err != nil {
			return err
		}
	}
	return nil
}

// drop imports one file, unless a stop came between its import and its putting away.
func (h *Hall) drop(ctx context.Context, path, name, kind string, read Pager) error {
	content, err := readWhole(path)
	if err != nil {
		return err
	}
	there, err := h.Folders.Holding(ctx, store.DigestOf(content))
	switch {
	case err != nil:
		return err
	case there == nil:
		_, err = h.Deposit(ctx, Deposit{Type: kind, Files: []DepositFile{{Name: name, Content: content}}}, read)
		return err
	case there.State == parapheur.Draft:
		// Made by a version that sent folders in a second act, which a stop prevented.
		return h.Folders.Send(ctx, there.Author, there.ID)
	}
	return nil
}

func readWhole(path string) ([]byte, error) {
	content, err := durable.ReadFile(path, parapheur.MaxDocument)
	if err != nil {
		return nil, err
	}
	if len(content) > parapheur.MaxDocument {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), store.ErrTooLarge)
	}
	return content, nil
}

// putAway moves a file, beside the reason for which it was refused when there is one.
func putAway(work, dir, name string, failure error) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("putting the file away: %w", err)
	}
	to := filepath.Join(dir, name)
	for n := 2; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, os.ErrNotExist) {
			break
		}
		extension := filepath.Ext(name)
		to = filepath.Join(dir, fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, extension), n, extension))
	}
	if err := durable.Rename(work, to); err != nil {
		return fmt.Errorf("putting the file away: %w", err)
	}
	if failure == nil {
		return nil
	}
	if err := os.WriteFile(to+".txt", []byte(reason(failure)), 0o644); err != nil {
		return fmt.Errorf("writing why a file was refused: %w", err)
	}
	return nil
}

// reason says why in the words of a rule, else as it came; the window tells it better.
func reason(err error) string {
	if r := rule.Find(err); r != nil {
		return r.Error() + "\n"
	}
	return err.Error() + "\n"
}

// Deposit is files that become one folder without a window.
type Deposit struct {
	// Title is the first file's name when empty; Type is the id of a type, "" for none.
	Title, Type string
	Kind        parapheur.Kind
	Files       []DepositFile
	// External, Deadline and Notes are those of parapheur.Import.
	External string
	Deadline authority.Day
	Notes    []parapheur.Note
}

// DepositFile is one of them.
type DepositFile struct {
	Name    string
	Content []byte
	Annex   bool
}

// Deposit makes a folder and sends it on its route: its type's, else the usual one of what it holds, in one
// act. An answer of Hélios alone makes none: it is noted in the folder of its flow, which is
// given. Errors: those of parapheur.Desk.Import and NoteAnswer.
func (h *Hall) Deposit(ctx context.Context, d Deposit, read Pager) (id string, err error) {
	person, err := h.Person(ctx)
	if err != nil {
		return "", err
	}
	if len(d.Files) == 1 && pes.IsReceipt(d.Files[0].Content) {
		if d.External != "" {
			return "", &rule.Refusal{Why: "C’est une réponse d’Hélios, qui ne se signe pas.", Cure: "Déposez-la dans le dossier surveillé : elle sera notée dans le dossier de son flux."}
		}
		return h.Folders.NoteAnswer(ctx, person, d.Files[0].Name, d.Files[0].Content)
	}
	in := parapheur.Import{Title: d.Title, Kind: d.Kind, Type: d.Type, Route: parapheur.UsualRoute(), Send: true, External: d.External, Deadline: d.Deadline, Notes: d.Notes}
	for _, file := range d.Files {
		f := parapheur.File{Name: file.Name, Content: file.Content, Annex: file.Annex}
		format := parapheur.FormatOf(f.Name, f.Content)
		if format == parapheur.PDF {
			if f.Pages, f.Text, err = read(ctx, f.Content); err != nil {
				return "", err
			}
		}
		if format == parapheur.PES && in.Kind == "" {
			in.Kind = parapheur.Accounting
			if !file.Annex { // it is signed, then transmitted
				in.Route = append(parapheur.UsualRoute()[:1], parapheur.AccountingRoute()...)
			}
		}
		in.Files = append(in.Files, f)
	}
	if in.Title == "" && len(d.Files) > 0 {
		in.Title = strings.TrimSuffix(d.Files[0].Name, filepath.Ext(d.Files[0].Name))
	}
	if in.Kind == "" {
		in.Kind = parapheur.Other
	}
	return h.Folders.Import(ctx, person, in)
}

// TypeNamed gives the id of one of the authority's types by its name; false when none has it.
func (h *Hall) TypeNamed(ctx context.Context, name string) (id string, found bool, err error) {
	types, err := h.Folders.Types(ctx)
	i := slices.IndexFunc(types, func(t parapheur.FolderType) bool { return !t.Retired && strings.EqualFold(t.Name, name) })
	if err != nil || i < 0 {
		return "", false, err
	}
	return types[i].ID, true, nil
}
