package control_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"alpi40.fr/airial/cmd/internal/control"
)

// session gives the test a home of its own, and the folder where its data are.
func session(t *testing.T) (home, data string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the folders of a profile are the system's own there")
	}
	home = t.TempDir()
	t.Setenv("HOME", home)
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(home, "aucun"))
	return home, filepath.Join(home, ".config", "airial")
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestEraseIsAskedTwiceFor(t *testing.T) {
	home, data := session(t)
	database := filepath.Join(data, "halls", "214000001", "airial.db")
	put(t, database, "la base")
	put(t, filepath.Join(data, "halls", "214000001", "device.age"), "les clés")
	put(t, filepath.Join(home, "Documents", "lettre.pdf"), "une lettre")
	for _, args := range [][]string{{"erase"}, {"erase", "--everybody"}, {"erase", "--sure", "tout"}} {
		if told := run(t, 2, args...); len(args) < 3 && (!strings.Contains(told, "rien n’a été effacé") || !strings.Contains(told, data)) {
			t.Errorf("%v: %s", args, told)
		}
		if _, err := os.Stat(database); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
	}
	run(t, 0, "erase", "--sure")
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data stay: %v", err)
	}
	if _, err := os.Stat(filepath.Join(home, "Documents", "lettre.pdf")); err != nil {
		t.Error(err)
	}
	run(t, 0, "erase", "--sure") // there is nothing more, which is what was wanted
}

func TestEraseWaitsForTheWindow(t *testing.T) {
	home, data := session(t)
	database := filepath.Join(data, "halls", "214000001", "airial.db")
	put(t, database, "la base")
	socket := filepath.Join(home, ".cache", "airial", "window.sock")
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if told := run(t, 1, "erase", "--sure"); !strings.Contains(told, "fermez-le d’abord") {
		t.Error(told)
	}
	if _, err := os.Stat(database); err != nil {
		t.Error(err)
	}
}

func TestDoctorAnswersATool(t *testing.T) {
	_, data := session(t)
	ask := func(want int) (h struct {
		Sound       bool
		Folder      string
		Trouble     string
		Authorities []struct{ ID string }
	}) {
		t.Helper()
		var out, fault bytes.Buffer
		if code := control.Main(t.Context(), []string{"doctor", "--json"}, &out, &fault); code != want {
			t.Errorf("exit %d, want %d: %s", code, want, fault.String())
		}
		if err := json.Unmarshal(out.Bytes(), &h); err != nil {
			t.Fatalf("%v: %q", err, out.String())
		}
		return h
	}
	if h := ask(0); !h.Sound || h.Folder != data || h.Authorities == nil {
		t.Errorf("a computer that nobody opened Airial on: %+v", h)
	}
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the doctor made an installation: %v", err)
	}
	put(t, filepath.Join(data, "keys.json"), "{")
	if h := ask(1); h.Sound || !strings.Contains(h.Trouble, "fiche de secours") {
		t.Errorf("damaged keys: %+v", h)
	}
}
