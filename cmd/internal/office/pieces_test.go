package office_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/sync/timestamp/testauthority"
)

// A bundle of each kind of document is verified by its own script, with programs that are not
// ours; whatever is changed in a piece is noticed.
func TestBundleIsVerifiedWithoutUs(t *testing.T) {
	for _, program := range []string{"sh", "openssl", "pdfsig", "xmlsec1", "sha256sum"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	ctx := t.Context()
	a, err := testauthority.Start(ctx, testauthority.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.Issue(private.Public(), "Maïté FICTIVE")
	if err != nil {
		t.Fatal(err)
	}
	o, h := townHall(t)
	_, err = o.Trust(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root().Raw}))
	if err == nil {
		err = errors.Join(o.KeepCertificates(chain...), o.RefreshEvidence(ctx))
	}
	if err != nil {
		t.Fatal(err)
	}
	printed, err := typeset.SigningSlip{Head: typeset.Head{Authority: typeset.Authority{Name: "Commune d’essai"}, Printed: time.Now()}, Folder: "Un document"}.Typeset(ctx)
	if err != nil {
		t.Fatal(err)
	}
	flow := bytes.ReplaceAll(pestest.Example, []byte("00040099900014"), []byte(ours+"00014"))
	id, err := h.Folders.Import(ctx, demo.Secretary, parapheur.Import{Title: "Trois sortes", Kind: parapheur.Accounting, Route: parapheur.UsualRoute()[1:], Send: true, Files: []parapheur.File{
		{Name: "l'offre.pdf", Content: printed.PDF}, {Name: "prix.ods", Content: []byte("PK\x03\x04 un tableau")}, {Name: "flux.xml", Content: flow}, {Name: "plan.png", Content: []byte("image"), Annex: true}}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := h.Folders.Folder(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	results, err := h.Folders.Sign(ctx, demo.Mayor, parapheur.Lot{Folders: []parapheur.SeenFolder{{ID: id, Seen: f.Seen()}}, Signer: key{private, chain}, Place: "Essai", PostalCode: "40999", Policy: pes.Policy(), Device: "pc"}, nil)
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results)
	}
	raw, err := h.Bundle(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	play := func(change string) (string, error) {
		t.Helper()
		dir := t.TempDir()
		z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range z.File {
			in, err := file.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			if file.Name == change {
				content[len(content)/2] ^= 1
			}
			path := filepath.Join(dir, filepath.FromSlash(file.Name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		root := filepath.Join(dir, "racine.pem")
		if err := os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root().Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "verifier.sh", "racine.pem")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := play("")
	if err != nil || strings.Contains(out, "NON") || strings.Count(out, "oui   la signature n° 1") != 2 || !strings.Contains(out, "xmlsec1 trouve la signature intacte") || !strings.Contains(out, "oui   le certificat de Maïté FICTIVE remonte à une autorité racine") || strings.Count(out, "n’était pas révoqué") != 2 {
		t.Errorf("%v\n%s", err, out)
	}
	for _, change := range []string{"documents/l'offre.pdf", "documents/prix.ods", "documents/flux.xml", "preuves/pieces/l'offre.pdf/signature-1.p7s", "preuves/pieces/prix.ods/signature-1.p7s", "preuves/pieces/l'offre.pdf/signataire-1-1.ocsp", "originaux/flux.xml"} {
		if out, err := play(change); err == nil || strings.Contains(out, "Tout est vérifié") {
			t.Errorf("%s changed:\n%s", change, out)
		}
	}
}
