package office_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/server/embedded"
)

// broken overwrites the database of our authority from a share of its length on, for n bytes.
func broken(t *testing.T, dir string, share float64, n int) {
	t.Helper()
	path := filepath.Join(dir, "halls", ours, "airial.db")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, n)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(noise, int64(share*float64(info.Size()))); err != nil {
		t.Fatal(err)
	}
}

// settledCommune makes an authority with three people on a computer, and closes it.
func settledCommune(t *testing.T, dir string) {
	t.Helper()
	ctx := context.Background()
	s, address := serve(t)
	o := open(t, dir)
	h, err := o.Enrol(ctx, address, mustCode(t, s), "Poste")
	if err != nil {
		t.Fatal(err)
	}
	name(t, h, "Un", "Deux", "Trois")
	if err := h.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Index(store.Document{Kind: "mail", Ref: "1", Stream: "mail/1", Title: "Devis toiture", Body: "Voici le devis.", At: time.Unix(1, 0)})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Sync.Once(ctx); err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
}

func name(t *testing.T, h *office.Hall, names ...string) {
	t.Helper()
	for _, n := range names {
		p := authority.NewSecretary("Mme", n, "Essai")
		if _, err := h.People.Put(context.Background(), "essai", p); err != nil {
			t.Fatal(err)
		}
	}
}

func people(t *testing.T, h *office.Hall) int {
	t.Helper()
	all, _, err := h.People.Everyone(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// Wherever a page of the database is overwritten, the computer either still reads all, is repaired from its journal with
// nothing lost, or says that only a backup helps; the damaged file is kept in each case.
func TestRepair(t *testing.T) {
	ctx := context.Background()
	first := t.TempDir()
	settledCommune(t, first)
	repaired, refused := 0, 0
	step := 0.3
	if os.Getenv("AIRIAL_CAMPAIGN") != "" {
		step = 0.02
	}
	for share := 0.0; share < 1; share += step {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(first)); err != nil {
			t.Fatal(err)
		}
		broken(t, dir, share, 4096)
		o := open(t, dir)
		found, err := o.Examine(ctx, ours)
		if err != nil {
			t.Fatal(err)
		}
		done, err := o.Repair(ctx, ours)
		switch {
		case err == nil:
			if _, err := os.Stat(done.Kept); err != nil {
				t.Errorf("at %.2f the damaged file was not kept: %v", share, err)
			}
			again, err := o.Examine(ctx, ours)
			if err != nil || !again.Sound() {
				t.Errorf("at %.2f, repaired: %+v %v", share, again, err)
			}
			h, err := o.Hall(ctx, ours)
			if err != nil {
				t.Fatal(err)
			}
			if n := people(t, h); n != 3 {
				t.Errorf("at %.2f, %d people after the repair", share, n)
			}
			if err := h.Store.View(ctx, func(tx *store.Tx) error {
				found, err := tx.Search("toiture", "", 10)
				if len(found) != 1 && !slices.Contains(done.Lost, "search_document") {
					t.Errorf("at %.2f, the search finds %+v after the repair", share, found)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			repaired++
		case found.Sound():
			t.Errorf("at %.2f nothing was found, and it is not repaired: %v", share, err)
		default:
			if _, err := os.Stat(filepath.Join(dir, "halls", ours, "airial.db")); err != nil {
				t.Errorf("at %.2f: %v", share, err)
			}
			refused++
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d repaired, %d for a backup", repaired, refused)
	if repaired == 0 {
		t.Error("nothing was ever repaired")
	}
}

// A database whose first page is gone is recognised at opening; a backup takes its place, what was here is set aside, and what was done since
// the backup comes back from the server.
func TestPutBack(t *testing.T) {
	ctx := context.Background()
	s, address := serve(t)
	dir := t.TempDir()
	o := open(t, dir)
	h, err := o.Enrol(ctx, address, mustCode(t, s), "Poste")
	if err != nil {
		t.Fatal(err)
	}
	name(t, h, "Un")
	backup := filepath.Join(t.TempDir(), "copie.age")
	if err := h.Backup(ctx, backup, nil); err != nil {
		t.Fatal(err)
	}
	name(t, h, "Deux", "Trois")
	if _, err := h.Sync.Once(ctx); err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	broken(t, dir, 0, 4096)
	o = open(t, dir)
	found, err := o.Examine(ctx, ours)
	if err != nil || found.Opening == nil {
		t.Fatalf("%+v %v", found, err)
	}
	if _, err := o.Repair(ctx, ours); err == nil {
		t.Fatal("a database without its first page was repaired")
	}
	aside, err := o.PutBack(ctx, ours, backup)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(aside, "airial.db")); err != nil {
		t.Error(err)
	}
	if h, err = o.Hall(ctx, ours); err != nil {
		t.Fatal(err)
	}
	if n := people(t, h); n != 1 {
		t.Errorf("%d people in the backup", n)
	}
	if _, err := h.Sync.Once(ctx); err != nil {
		t.Fatal(err)
	}
	if n := people(t, h); n != 3 {
		t.Errorf("%d people after the exchange", n)
	}
	name(t, h, "Quatre")
	if _, err := h.Sync.Once(ctx); err != nil {
		t.Fatal(err)
	}
	if again, err := o.Examine(ctx, ours); err != nil || !again.Sound() {
		t.Errorf("%+v %v", again, err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	// Stopped between the two renamings, a restoration is finished at the next opening.
	ready := filepath.Join(dir, "set-aside", ours+".ready")
	if err := os.Rename(filepath.Join(dir, "halls", ours), ready); err != nil {
		t.Fatal(err)
	}
	o = open(t, dir)
	if _, err := o.Hall(ctx, ours); err != nil {
		t.Error(err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	if _, err := open(t, t.TempDir()).PutBack(ctx, ours, backup); !errors.Is(err, office.ErrNoDevice) {
		t.Error(err)
	}
}

func mustCode(t *testing.T, s *embedded.Server) string {
	t.Helper()
	code, err := s.NewCode(context.Background(), ours)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
