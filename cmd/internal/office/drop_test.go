package office_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pades"
)

// counted reads a document as the window does, without drawing it.
func counted(_ context.Context, pdf []byte) (int, string, error) {
	info, err := pades.Inspect(pdf)
	return info.Pages, "", err
}

// What other software leaves in the watched folder becomes folders, once each; what cannot is
// put aside with its reason; a stop in the middle repeats nothing.
func TestWatchedFolder(t *testing.T) {
	ctx := t.Context()
	s, address := serve(t)
	_, h := laptop(t, s, address, "secrétariat")
	a := authority.Authority{ID: ours, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400}
	me, err := h.People.Found(ctx, a, authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Secrétaire", Roles: []authority.Role{authority.RoleSecretary, authority.RoleMayor}, Since: "2026-01-01"})
	if err == nil {
		err = h.SetPerson(ctx, me)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Folders.PutType(ctx, me, parapheur.FolderType{Name: "Arrêtés", Kind: parapheur.Order, Route: parapheur.UsualRoute()}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put := func(name string, content []byte, age time.Duration) {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600), os.Chtimes(path, time.Now().Add(-age), time.Now().Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	flow := []byte(strings.Replace(string(pestest.Example), "00040099900014", ours+"00014", 1))
	put("lettre.pdf", demo.Letter, time.Minute)
	put("flux.xml", flow, time.Minute)
	put("Arrêtés/arrêté.pdf", append(slices.Clone(demo.Letter), '\n'), time.Minute)
	put("coupé.pdf", demo.Letter[:1000], time.Minute)
	put("encore-écrit.pdf", demo.Letter, 0)
	put("~$verrou.pdf", []byte("x"), time.Minute)
	swept, err := h.Sweep(ctx, dir, counted)
	slices.Sort(swept.Imported)
	if err != nil || !slices.Equal(swept.Imported, []string{"arrêté.pdf", "flux.xml", "lettre.pdf"}) || !slices.Equal(swept.Refused, []string{"coupé.pdf"}) {
		t.Fatalf("%+v %v", swept, err)
	}
	for _, name := range []string{"Importés/lettre.pdf", "Importés/flux.xml", "Arrêtés/Importés/arrêté.pdf", "Refusés/coupé.pdf", "Refusés/coupé.pdf.txt", "encore-écrit.pdf", "~$verrou.pdf"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	kinds := map[string]parapheur.Kind{}
	rows, err := h.Folders.Find(ctx, me, parapheur.Query{}, 10)
	for _, r := range rows {
		kinds[r.Title] = r.Kind
	}
	if err != nil || len(rows) != 3 || kinds["lettre"] != parapheur.Other || kinds["flux"] != parapheur.Accounting || kinds["arrêté"] != parapheur.Order {
		t.Errorf("%v %v", kinds, err)
	}
	// The computer stopped after the import and before the putting away.
	put(".airial-lettre.pdf", demo.Letter, time.Minute)
	if swept, err = h.Sweep(ctx, dir, counted); err != nil || len(swept.Imported) != 1 {
		t.Errorf("%+v %v", swept, err)
	}
	if rows, err := h.Folders.Find(ctx, me, parapheur.Query{}, 10); err != nil || len(rows) != 3 {
		t.Errorf("it was imported twice: %d %v", len(rows), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "Importés", "lettre (2).pdf")); err != nil {
		t.Error(err)
	}
	// A version that imported and sent in two acts was stopped between them: its folder leaves, and
	// no other is made.
	left := append(slices.Clone(demo.Letter), "\n\n"...)
	draft, err := h.Folders.Import(ctx, me, parapheur.Import{Title: "resté", Kind: parapheur.Other, Route: parapheur.UsualRoute(), Files: []parapheur.File{{Name: "resté.pdf", Content: left}}})
	if err != nil {
		t.Fatal(err)
	}
	put(".airial-resté.pdf", left, time.Minute)
	if swept, err = h.Sweep(ctx, dir, counted); err != nil || len(swept.Imported) != 1 {
		t.Errorf("%+v %v", swept, err)
	}
	if f, err := h.Folders.Folder(ctx, draft); err != nil || f.State != parapheur.Running {
		t.Errorf("%+v %v", f, err)
	}
	// An answer of Hélios makes no folder: that of its flow has it, else somebody is told.
	put("acquit.xml", pestest.Receipt, time.Minute)
	if swept, err = h.Sweep(ctx, dir, counted); err != nil || !slices.Equal(swept.Refused, []string{"acquit.xml"}) {
		t.Errorf("%+v %v", swept, err)
	}
	if why, err := os.ReadFile(filepath.Join(dir, "Refusés", "acquit.xml.txt")); err != nil || !strings.Contains(string(why), "PESALR2_EXEMPLE_0001") {
		t.Errorf("%s %v", why, err)
	}
	if rows, err := h.Folders.Find(ctx, me, parapheur.Query{}, 10); err != nil || len(rows) != 4 {
		t.Errorf("%d folders %v", len(rows), err)
	}
	if err := h.SetWatched(ctx, filepath.Join(dir, "nulle part")); !errors.Is(err, office.ErrNotFolder) {
		t.Error(err)
	}
	if err := h.SetWatched(ctx, dir); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Watched(ctx); err != nil || got != dir {
		t.Error(got, err)
	}
	if _, err := h.Deposit(ctx, office.Deposit{Files: []office.DepositFile{{Name: "vide.pdf"}}}, counted); !errors.Is(err, signature.ErrEmpty) {
		t.Error(err)
	}
}
