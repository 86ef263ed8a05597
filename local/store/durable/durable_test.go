package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"testing/iotest"
	"time"

	"alpi40.fr/airial/local/store/durable"
)

// stuck is a document of which no more comes after some parts: it says so, and waits to be killed.
type stuck struct {
	from  io.Reader
	parts int
}

func (s *stuck) Read(p []byte) (int, error) {
	if s.parts--; s.parts < 0 {
		fmt.Println("stuck")
		time.Sleep(time.Hour)
	}
	return s.from.Read(p[:min(len(p), 1<<12)])
}

// register is a printed register, of a size that is written in several times.
var register = bytes.Repeat([]byte("feuillet "), 1<<16)

func TestMain(m *testing.M) {
	if path := os.Getenv("AIRIAL_TEST_WRITE"); path != "" {
		parts, err := strconv.Atoi(os.Getenv("AIRIAL_TEST_PARTS"))
		if err == nil {
			err = durable.Copy(path, &stuck{bytes.NewReader(register), parts})
		}
		if err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A register is being written when the program is killed, at several places: its file is whole, or what stood there before;
// where nothing stood, nothing does.
func TestKilledInMidWrite(t *testing.T) {
	dir := t.TempDir()
	for _, parts := range []int{0, 1, 40, 144, 1 << 20} {
		for _, before := range [][]byte{nil, []byte("le registre d’hier")} {
			path := filepath.Join(dir, "registre-2026.pdf")
			_ = os.Remove(path)
			if before != nil {
				if err := os.WriteFile(path, before, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c := exec.CommandContext(t.Context(), os.Args[0])
			c.Env = append(os.Environ(), "AIRIAL_TEST_WRITE="+path, "AIRIAL_TEST_PARTS="+strconv.Itoa(parts))
			out, err := c.StdoutPipe()
			if err == nil {
				err = c.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			_, read := out.Read(make([]byte, 1)) // its end: it was written whole
			if read == nil {
				_ = c.Process.Kill()
			}
			_ = c.Wait()
			got, err := os.ReadFile(path)
			switch {
			case read != nil && bytes.Equal(got, register):
			case read == nil && before == nil && errors.Is(err, os.ErrNotExist), read == nil && before != nil && bytes.Equal(got, before):
			default:
				t.Errorf("killed after %d parts: %d bytes are left, %v", parts, len(got), err)
			}
		}
	}
}

// What cannot be read to its end leaves the former content, and nothing beside it.
func TestAReadingThatFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "registre.pdf")
	if err := durable.WriteFile(path, []byte("hier")); err != nil {
		t.Fatal(err)
	}
	if err := durable.Copy(path, io.MultiReader(bytes.NewReader(register), iotest.ErrReader(iotest.ErrTimeout))); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("%v", err)
	}
	got, err := os.ReadFile(path)
	all, _ := os.ReadDir(dir)
	if err != nil || string(got) != "hier" || len(all) != 1 {
		t.Errorf("%q, %d files, %v", got, len(all), err)
	}
}
