package durable

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// hold opens a file as an antivirus does, sharing nothing, and gives what lets it go.
func hold(t *testing.T, path string) func() {
	t.Helper()
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := windows.CreateFile(name, windows.GENERIC_READ, 0, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := windows.CloseHandle(file); err != nil {
			t.Error(err)
		}
	}
}

// A file that is held for a moment is replaced once it is let go; one that is held for good stays what it was, and so does
// everything beside it.
func TestHeldByAnotherProgram(t *testing.T) {
	dir, err := os.MkdirTemp("", "airial-essai-")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "airial.db")
	t.Cleanup(func() { // Wine 8 knows nothing of how Go removes a whole folder
		if err := errors.Join(os.Remove(path), os.Remove(dir)); err != nil {
			t.Error(err)
		}
	})
	write := func(content string) error { return WriteFile(path, []byte(content)) }
	if err := write("hier"); err != nil {
		t.Fatal(err)
	}
	release := hold(t, path)
	time.AfterFunc(300*time.Millisecond, release)
	if err := write("aujourd’hui"); err != nil {
		t.Errorf("held for a moment: %v", err)
	}
	release = hold(t, path)
	if err := write("demain"); !errors.Is(err, ErrHeld) {
		t.Errorf("held for good: %v", err)
	}
	if err := Remove(path); !errors.Is(err, ErrHeld) {
		t.Errorf("removed while it is held: %v", err)
	}
	release()
	got, err := os.ReadFile(path)
	left, _ := os.ReadDir(dir)
	if err != nil || string(got) != "aujourd’hui" || len(left) != 1 {
		t.Errorf("%q, %d files, %v", got, len(left), err)
	}
}
