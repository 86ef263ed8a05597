package control_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/cmd/internal/control"
)

// What towns publish: semicolons and a vote that does not add up are told, each with its cure.
func TestSCDLCheckTellsFaults(t *testing.T) {
	good := filepath.Join("..", "..", "..", "local", "publication", "testdata", "deliberations.csv")
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(bad, []byte(strings.Replace(strings.ReplaceAll(string(raw), ",", ";"), ";9;8;7;1;0;", ";9;8;17;1;0;", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"scdl-check", good}, 0, []string{"1 lignes, dont 1 sans défaut"}},
		{[]string{"scdl-check", bad}, 1, []string{"points-virgules", "font 18 voix, pour 8 votants", "Recomptez", "n’est pas conforme"}},
		{[]string{"scdl-check"}, 2, []string{"FICHIER.csv"}},
		{[]string{"scdl-check", bad + "x"}, 1, []string{"ouverture du fichier"}},
		{[]string{"publish", "export"}, 2, []string{"--to"}},
		{[]string{"publish"}, 2, []string{"publish export"}},
	} {
		var out bytes.Buffer
		if code := control.Main(t.Context(), c.args, &out, &out); code != c.code {
			t.Errorf("%v: exit %d\n%s", c.args, code, out.String())
		}
		for _, want := range c.want {
			if !strings.Contains(strings.ReplaceAll(out.String(), "\u202f", " "), want) {
				t.Errorf("%v lacks %q:\n%s", c.args, want, out.String())
			}
		}
	}
}
