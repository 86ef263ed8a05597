package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestInsists(t *testing.T) {
	denied := errors.New("another reason")
	busy := &os.LinkError{Op: "rename", Old: "a", New: "b", Err: heldCodes[0]}
	for _, c := range []struct {
		name    string
		answers []error // the last one goes on
		tried   int
		want    error
	}{
		{"at once", []error{nil}, 1, nil},
		{"held for a moment", []error{busy, busy, busy, nil}, 4, nil},
		{"held for good", []error{busy}, tries, ErrHeld},
		{"the system's own words stay", []error{busy}, tries, heldCodes[0]},
		{"anything else is told at once", []error{denied}, 1, denied},
		{"held, then gone", []error{busy, fs.ErrNotExist}, 2, fs.ErrNotExist},
	} {
		tried, waited := 0, time.Duration(0)
		err := insist(func() error {
			tried++
			return c.answers[min(tried, len(c.answers))-1]
		}, func(d time.Duration) { waited += d })
		if !errors.Is(err, c.want) || tried != c.tried {
			t.Errorf("%s: %v after %d tries", c.name, err, tried)
		}
		if waited > 3*time.Second {
			t.Errorf("%s: waits %s", c.name, waited)
		}
	}
}

func TestRenameAndRemove(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := WriteFile(a, []byte("contenu")); err != nil {
		t.Fatal(err)
	}
	if err := Rename(a, b); err != nil {
		t.Fatal(err)
	}
	if err := Rename(a, b); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := Remove(b); err != nil {
		t.Error(err)
	}
	if err := Remove(b); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
