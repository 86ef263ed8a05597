package desk

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A computer that was joined to an authority has its database damaged: the safe mode finds it, repairs it from the journal, and the
// desk opens with what was there; the damaged file is kept.
func TestDamagedComputerInTheWindow(t *testing.T) {
	dir := inTheWindow(t, "door")
	const database = "airial/halls/210000001/airial.db"
	path := filepath.Join(dir, database)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 4096)
	_, _ = rand.Read(noise)
	if _, err := f.WriteAt(noise, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	playInTheWindow(t, "door-damaged", dir)
	kept, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(kept) < 2 {
		t.Errorf("the damaged file was not kept: %v %v", kept, err)
	}
}

func (h *hands) doorDamaged() error {
	return h.play([]step{
		{"the passphrase", func() error {
			return errors.Join(h.see("Ouvrir vos données"), h.x("type", "--delay", "25", phrase), h.x("key", "Return"), h.see("Mode de secours"))
		}},
		{"it is examined", func() error {
			return errors.Join(h.click("Vérifier cet ordinateur"), h.see("Réparez-la depuis le journal."))
		}},
		{"it is repaired", func() error {
			return errors.Join(h.click("Réparer depuis le journal"), h.see("la base est réparée, tous les actes sont là."))
		}},
		{"it is sound", func() error {
			return errors.Join(h.click("Vérifier cet ordinateur"), h.see("rien d’anormal"))
		}},
		{"the desk is there", func() error {
			return errors.Join(h.click("Ouvrir comme d’habitude"), h.see("À faire"), h.see("Essai-les-Pins"))
		}},
	})
}
