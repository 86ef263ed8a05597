package gateway_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The SOAP clients of others read the contract and do the whole journey.
func TestClientsOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		probe, run []string
		want       []string
	}{
		"PHP": {[]string{"php", "-r", "exit(class_exists('SoapClient') ? 0 : 1);"}, []string{"php", "testdata/client.php"},
			[]string{"echo=bonjour", "types=Marchés|Airial", "sous-types=Lettres de rejet", "créé=OK PHP-1", "document=OK le même lettre.pdf", "annexe=une annexe", "état=NonLu", "trouvé=PHP-1", "inconnu=KO", "faux=refusé"}},
		"zeep": {[]string{"python3", "-c", "import zeep"}, []string{"python3", "testdata/client.py"},
			[]string{"echo=bonjour", "types=Marchés|Airial", "créé=OK ZEEP-1", "document=OK le même", "état=EnCoursVisa"}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := exec.Command(c.probe[0], c.probe[1:]...).Run(); err != nil {
				t.Skip("this client is not installed")
			}
			d := open(t)
			pdf := filepath.Join(t.TempDir(), "lettre.pdf")
			if err := os.WriteFile(pdf, letter(t, "Lettre"), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(c.run[0], append(c.run[1:], d.url, d.password, pdf)...).CombinedOutput()
			if got := strings.TrimSpace(string(out)); err != nil || got != strings.Join(c.want, "\n") {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
}
