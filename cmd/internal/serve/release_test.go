package serve_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/cmd/internal/serve"
)

// The operator offers a version to the pilots, then to everybody, then takes it back.
func TestReleases(t *testing.T) {
	dir, server := t.TempDir(), filepath.Join(t.TempDir(), "server")
	run := func(code int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if got := serve.Main(t.Context(), append([]string{"--dir", server}, args...), &out, &out); got != code {
			t.Errorf("%v: exit %d, want %d\n%s", args, got, code, out.String())
		}
		return out.String()
	}
	run(0, "init", "alpi", "localhost")
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	msi, notes := write("airial-0.2.0.msi", "programme"), write("notes", "Les tables décennales.\n\nL’arrêté de délégation.\n")
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"release", "list"}, "aucune version", 0},
		{[]string{"release", "add", "0.2.0", "pilote", "100", notes}, "il manque un installateur", 2},
		{[]string{"release", "add", "0.2.0", "pilote", "100", notes, notes}, "ni un .msi ni un .deb", 2},
		{[]string{"release", "add", "0.2.0", "tous", "100", notes, msi}, "ring", 2},
		{[]string{"release", "add", "0.2.0", "pilote", "100", notes, msi}, "pilote 100 %", 0},
		{[]string{"release", "add", "0.2.0", "général", "25%", "-"}, "général 25 %", 0},
		{[]string{"release", "withdraw", "0.3.0"}, "n’est pas dans la liste", 1},
		{[]string{"release", "withdraw", "0.2.0"}, "retirée", 0},
		{[]string{"parcel", "list"}, "installer-windows-amd64-0-2-0 n° ", 0},
	} {
		if out := run(c.code, c.args...); !strings.Contains(out, c.want) {
			t.Errorf("%v: %s", c.args, out)
		}
	}
}
