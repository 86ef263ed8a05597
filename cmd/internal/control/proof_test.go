package control_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/cmd/internal/control"
)

// A proof bundle holds by programs that are not ours, and by our own; whatever is changed in
// it, even with its list of digests made again, is noticed.
func TestProof(t *testing.T) {
	dir, _ := play(t)
	bundle := filepath.Join(dir, "dossier-de-preuve.zip")
	run := func(path string) (int, string) {
		var out bytes.Buffer
		code := control.Main(t.Context(), []string{"proof", path}, &out, &out)
		return code, out.String()
	}
	code, said := run(bundle)
	if code != 4 || !strings.Contains(said, "Empreintes") || !strings.Contains(said, "prouvées dans le journal du serveur") || !strings.Contains(said, "INDETERMINATE") {
		t.Errorf("exit %d\n%s", code, said)
	}
	files := unzip(t, bundle)
	folder := t.TempDir()
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []string{"sha256sum --quiet -c empreintes.txt", "pdfsig -nocert documents/*.pdf | grep -q 'Signature is Valid'", "for c in preuves/certificats/*.pem; do openssl x509 -noout -in $c || exit 1; done",
		"sh verifier.sh | grep -q 'Tout est vérifié'", "printf x >>documents/lettre-de-commande.pdf; printf x >>documents/lettre-de-commande.pdf; ! sh verifier.sh"} {
		cmd := exec.Command("sh", "-c", c)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", c, err, out)
		}
	}
	for name, change := range map[string]func(map[string][]byte){
		"a file changed": func(f map[string][]byte) { f["LISEZMOI.txt"] = append(f["LISEZMOI.txt"], '!') },
		"a file added":   func(f map[string][]byte) { f["documents/autre.pdf"] = []byte("%PDF-") },
		"a file missing": func(f map[string][]byte) { delete(f, "bordereau.pdf") },
		"an entry changed": func(f map[string][]byte) {
			f["preuves/journal.json"] = bytes.Replace(f["preuves/journal.json"], []byte(`"actor": "`), []byte(`"actor": "x`), 1)
			list(f)
		},
		"a proof changed": func(f map[string][]byte) {
			text := string(f["preuves/journal.json"])
			i := strings.Index(text, `"root": "`) + len(`"root": "`)
			f["preuves/journal.json"] = []byte(text[:i] + strings.Repeat("0", 64) + text[i+64:])
			list(f)
		},
		"no bundle": func(f map[string][]byte) { clear(f) },
	} {
		changed := unzip(t, bundle)
		change(changed)
		path := filepath.Join(t.TempDir(), "changed.zip")
		if err := os.WriteFile(path, rezip(t, changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, said := run(path); code != 1 {
			t.Errorf("%s: exit %d\n%s", name, code, said)
		}
	}
}

// list makes the list of digests again, as who changes a bundle would.
func list(files map[string][]byte) {
	var text strings.Builder
	for name, content := range files {
		if name != "empreintes.txt" {
			digest := sha256.Sum256(content)
			text.WriteString(hex.EncodeToString(digest[:]) + "  " + name + "\n")
		}
	}
	files["empreintes.txt"] = []byte(text.String())
}

func unzip(t *testing.T, path string) map[string][]byte {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	files := map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func rezip(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range files {
		e, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
