package control_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/control"
	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/seda"
)

// The archive package of the demonstration's folder holds what was signed and what proves
// it; sha512sum finds the digests of its manifest, and the standard's schema accepts it
// where it is at hand.
func TestArchive(t *testing.T) {
	dir, _ := play(t)
	files := unzip(t, filepath.Join(dir, "paquet-d-archivage.zip"))
	var m struct {
		Objects []struct {
			URI    string `xml:"Uri"`
			Digest string `xml:"MessageDigest"`
			Name   string `xml:"FileInfo>Filename"`
			Format string `xml:"FormatIdentification>FormatId"`
		} `xml:"DataObjectPackage>DataObjectGroup>BinaryDataObject"`
		Root struct {
			Title   string   `xml:"Content>Title"`
			Writers []string `xml:"Content>Writer>FullName"`
			Events  []string `xml:"Content>Event>EventType"`
			Units   []struct {
				Title     string   `xml:"Content>Title"`
				Signers   []string `xml:"Content>Signature>Signer>FullName"`
				Outcomes  []string `xml:"Content>Event>Outcome"`
				Originals []string `xml:"ArchiveUnit>Content>Title"`
			} `xml:"ArchiveUnit"`
		} `xml:"DataObjectPackage>DescriptiveMetadata>ArchiveUnit"`
	}
	if err := xml.Unmarshal(files[seda.Manifest], &m); err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	if err := os.Mkdir(filepath.Join(work, "content"), 0o700); err != nil {
		t.Fatal(err)
	}
	var sums strings.Builder
	formats := map[string]string{}
	for _, o := range m.Objects {
		if err := os.WriteFile(filepath.Join(work, o.URI), files[o.URI], 0o600); err != nil {
			t.Fatal(err)
		}
		sums.WriteString(o.Digest + "  " + o.URI + "\n")
		formats[filepath.Ext(o.Name)] = o.Format
	}
	if len(m.Objects) != len(files)-1 || len(m.Objects) < 5 || !strings.HasPrefix(formats[".pdf"], "fmt/") || formats[".json"] != "fmt/817" {
		t.Errorf("%d objects, %d files, formats %v", len(m.Objects), len(files), formats)
	}
	check := exec.Command("sha512sum", "--quiet", "--strict", "-c", "-")
	check.Dir, check.Stdin = work, strings.NewReader(sums.String())
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sha512sum: %v\n%s", err, out)
	}
	r := m.Root
	if len(r.Writers) != 1 || len(r.Events) < 4 || len(r.Units) != 2 || r.Units[1].Title != "Preuves" {
		t.Fatalf("%+v", r)
	}
	if u := r.Units[0]; len(u.Signers) != 1 || u.Signers[0] != r.Writers[0] || len(u.Outcomes) != 1 || u.Outcomes[0] != "TOTAL-PASSED" || len(u.Originals) != 1 {
		t.Errorf("%+v", u)
	}
	lint(t, files[seda.Manifest])
}

// lint holds a manifest against the schema of SEDA 2.1, among the samples where there are
// some. The two schemas of the W3C that it imports are stood in for by what it uses of them.
func lint(t *testing.T, manifest []byte) {
	t.Helper()
	schema := filepath.Join(os.Getenv("AIRIAL_SAMPLES"), "seda-xsd", "seda-2.1", "seda-2.1-main.xsd")
	if _, err := os.Stat(schema); err != nil {
		t.Log("the schemas of the standard are not here")
		return
	}
	dir := t.TempDir()
	const head = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace=`
	for name, content := range map[string]string{
		"manifest.xml": string(manifest),
		"xml.xsd":      head + `"http://www.w3.org/XML/1998/namespace"><xs:attribute name="lang" type="xs:language"/><xs:attribute name="id" type="xs:ID"/></xs:schema>`,
		"xlink.xsd":    head + `"http://www.w3.org/1999/xlink"><xs:attribute name="href" type="xs:anyURI"/></xs:schema>`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("xmllint", "--nonet", "--noout", "--path", dir, "--schema", schema, filepath.Join(dir, "manifest.xml")).CombinedOutput()
	if err != nil {
		t.Errorf("xmllint: %v\n%s", err, out)
	}
}

// The draft profile is written for the archivist; a command without its file is told how.
func TestArchiveCommand(t *testing.T) {
	var out, fault bytes.Buffer
	if code := control.Main(t.Context(), []string{"archive", "--draft-profile"}, &out, &fault); code != 0 {
		t.Fatalf("exit %d\n%s", code, fault.String())
	}
	if p, err := seda.ReadProfile(out.Bytes()); err != nil || p.Status != "projet" {
		t.Errorf("%+v %v", p, err)
	}
	if code := control.Main(t.Context(), []string{"archive", "dossier"}, &out, &fault); code != 2 {
		t.Errorf("exit %d", code)
	}
}

// archivesFolder makes a folder that has come to its end, and hands it over from the command line.
func archivesFolder(t *testing.T, home, phrase string, run func(want int, args ...string) string) {
	t.Helper()
	finishedFolder(t, home, phrase, "Arrêté de voirie")
	path := filepath.Join(t.TempDir(), "sip.zip")
	if said := run(1, "archive", "--dir", home, "--out", path, "Arrêté inconnu"); !strings.Contains(said, "aucun dossier") {
		t.Error(said)
	}
	if said := run(0, "archive", "--dir", home, "--out", path, "Arrêté de voirie"); !strings.Contains(said, "projet") {
		t.Error(said)
	}
	files := unzip(t, path)
	if len(files) < 4 || !bytes.Contains(files[seda.Manifest], []byte("Arrêté de voirie")) {
		t.Errorf("%d files", len(files))
	}
	lint(t, files[seda.Manifest])
	run(1, "archive", "--dir", home, "--out", path, "Arrêté de voirie") // it is there already
	if err := os.WriteFile(filepath.Join(home, "archives.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := run(1, "archive", "--dir", home, "--out", path+"2", "Arrêté de voirie"); !strings.Contains(said, "archives.json") {
		t.Error(said)
	}
	if _, err := os.Stat(path + "2"); err == nil {
		t.Error("a package was left behind a failure")
	}
}

// finishedFolder makes one, approved by who is alone in the town hall.
func finishedFolder(t *testing.T, home, phrase, title string) {
	t.Helper()
	ctx := t.Context()
	o, err := office.Open(ctx, office.Options{Dir: home, Now: time.Now, Rand: rand.Reader,
		Passphrase: func(context.Context) ([]byte, error) {
			text, err := os.ReadFile(phrase)
			return bytes.TrimSpace(text), err
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	h, err := o.Hall(ctx, "111111111")
	if err != nil {
		t.Fatal(err)
	}
	me, err := h.People.Found(ctx, authority.Authority{ID: "111111111", Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400},
		authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Secrétaire", Roles: []authority.Role{authority.RoleSecretary}, Since: "2026-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := h.Folders.Import(ctx, me, parapheur.Import{Title: title, Kind: parapheur.Order, Route: []parapheur.Step{{Kind: parapheur.Approval, Person: me, Title: "Visa"}},
		Files: []parapheur.File{{Name: "arrêté.pdf", Content: demo.Letter, Pages: 2}}})
	if err == nil {
		err = h.Folders.Send(ctx, me, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := h.Folders.Folder(ctx, id)
	if err == nil {
		err = h.Folders.Approve(ctx, me, id, "", f.Seen())
	}
	if err != nil {
		t.Fatal(err)
	}
}
