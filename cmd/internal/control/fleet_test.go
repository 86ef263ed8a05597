package control_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aead.dev/minisign"

	"alpi40.fr/airial/cmd/internal/control"
)

// run runs a command that must end with the code, and gives what it wrote.
func run(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, fault bytes.Buffer
	if code := control.Main(t.Context(), args, &out, &fault); code != want {
		t.Fatalf("%v: exit %d, want %d\n%s%s", args, code, want, out.String(), fault.String())
	}
	return out.String() + fault.String()
}

func TestInventoryOfAnEmptyComputer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "never made")
	var got struct {
		Version, System, Folder string
		Authorities             []string
	}
	if err := json.Unmarshal([]byte(run(t, 0, "inventory", "--json", "--dir", dir)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Version == "" || got.System == "" || got.Folder != dir || got.Authorities == nil || len(got.Authorities) != 0 {
		t.Errorf("%+v", got)
	}
	if told := run(t, 0, "inventory", "--dir", dir); !strings.Contains(told, "aucune encore") {
		t.Error(told)
	}
}

// ALPI makes a provisioning file, and anybody sees what is in it but the code.
func TestProvisioningFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := private.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	publicText, err := public.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	key, code := write("alpi.key", plain), write("code", []byte("K7QF-22MX\n"))
	file, pub := filepath.Join(dir, "mairie.airial"), write("alpi.pub", publicText)
	run(t, 0, "provision", "--server", "https://alpi.exemple.fr", "--authority", "214000001", "--code-file", code, "--key", key, "--out", file)
	shown := run(t, 0, "provision", "--show", file, "--public", pub)
	if !strings.Contains(shown, "https://alpi.exemple.fr") || !strings.Contains(shown, `"enrolCode": true`) || strings.Contains(shown, "K7QF") {
		t.Error(shown)
	}
	if told := run(t, 1, "provision", "--show", file); !strings.Contains(told, "n’a pas la clé") {
		t.Error(told)
	}
	if told := run(t, 1, "provision", "--show", key, "--public", pub); !strings.Contains(told, "n’est pas un fichier de mise en service") {
		t.Error(told)
	}
	run(t, 2, "provision", "--server", "https://alpi.exemple.fr")
	if told := run(t, 1, "provision", "--server", "http://alpi.exemple.fr", "--key", key, "--out", file); !strings.Contains(told, "installateur") {
		t.Error(told)
	}
}
