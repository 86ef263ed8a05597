package office_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/seda"
)

// A folder is archived once its route has ended, under the profile of the authority, else of
// the installation, else the draft; a profile that is none stops it.
func TestArchive(t *testing.T) {
	ctx := t.Context()
	s, address := serve(t)
	code, err := s.NewCode(ctx, ours)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := open(t, dir)
	defer o.Close()
	h, err := o.Enrol(ctx, address, code, "secrétariat")
	if err != nil {
		t.Fatal(err)
	}
	me, err := h.People.Found(ctx, authority.Authority{ID: ours, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400},
		authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Secrétaire", Roles: []authority.Role{authority.RoleSecretary}, Since: "2026-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := h.Folders.Import(ctx, me, parapheur.Import{
		Title: "Règlement <du> marché", Kind: parapheur.Order, Route: []parapheur.Step{{Kind: parapheur.Approval, Person: me, Title: "Visa"}},
		Files: []parapheur.File{{Name: "arrêté.pdf", Content: demo.Letter, Pages: 2}, {Name: "plan.pdf", Content: append([]byte(nil), append(demo.Letter, '\n')...), Pages: 2, Annex: true}},
	})
	if err == nil {
		err = h.Folders.Send(ctx, me, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Archive(ctx, id, io.Discard); rule.Find(err) == nil {
		t.Fatalf("a running folder was archived: %v", err)
	}
	f, err := h.Folders.Folder(ctx, id)
	if err == nil {
		err = h.Folders.Approve(ctx, me, id, "", f.Seen())
	}
	if err != nil {
		t.Fatal(err)
	}
	manifest := func() string {
		t.Helper()
		var out bytes.Buffer
		if err := h.Archive(ctx, id, &out); err != nil {
			t.Fatal(err)
		}
		r, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		in, err := r.Open(seda.Manifest)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	text := manifest()
	for _, want := range []string{"PROJET-CONVENTION", "PROJET-DUA-1-CONSERVER", "Règlement &lt;du&gt; marché", "<Filename>plan.pdf<", "<DocumentType>annexe<", "Visa donné", "<Filename>bordereau.pdf<", "<Filename>journal.json<"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	put := func(name, agreement string) {
		t.Helper()
		text := strings.Replace(string(seda.DraftText()), "PROJET-CONVENTION", agreement, 1)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("archives.json", "IC-TOUTES")
	if text := manifest(); !strings.Contains(text, "<ArchivalAgreement>IC-TOUTES<") {
		t.Error("the installation's profile is not followed")
	}
	put("archives-"+ours+".json", "IC-NOUS")
	if text := manifest(); !strings.Contains(text, "<ArchivalAgreement>IC-NOUS<") {
		t.Error("the authority's profile is not followed")
	}
	put("archives-"+ours+".json", "")
	if err := h.Archive(ctx, id, io.Discard); !errors.Is(err, seda.ErrProfile) {
		t.Errorf("%v", err)
	}
}
