package civilstatus_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// lived is a registry with something of everything.
func lived(t *testing.T) *civilstatus.Registry {
	t.Helper()
	ctx := context.Background()
	r, _ := open(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	born := birth
	born.ID, born.Usual = "a-born", "d’Usage"
	_, err := r.Import(ctx, "secretaire", born, []civilstatus.Page{{Name: "acte.png", Content: numbered(t, 1)}, {Name: "suite.png", Content: numbered(t, 2)}})
	must(err)
	wed := birth
	wed.ID, wed.Kind, wed.Gender, wed.Number, wed.Year, wed.Date, wed.LastName, wed.FirstName = "b-wed", civilstatus.Marriage, "", "12 bis", 2014, "2014-06-07", "Exemple – Modèle", "Camille Élise – Jean"
	_, err = r.Import(ctx, "secretaire", wed, []civilstatus.Page{{Name: "mariage.png", Content: numbered(t, 3)}})
	must(err)
	old := birth
	old.ID, old.Number, old.Year, old.Date, old.Written = "c-old", "3", 1799, "", "12 brumaire an VIII"
	_, err = r.Import(ctx, "secretaire", old, []civilstatus.Page{{Name: "ancien.png", Content: numbered(t, 4)}})
	must(err)
	must(r.Link(ctx, "secretaire", "a-born", "b-wed"))
	must(r.Part(ctx, "secretaire", "b-wed", "c-old", "deux siècles"))
	notice, err := r.Register(ctx, "secretaire", civilstatus.Incoming{From: "Mairie de Dax", Reference: "26/1", Received: "2026-09-14", Code: "MARIAGE", Fields: wedding, LastName: "Exemple"}, []civilstatus.Page{{Name: "avis.png", Content: numbered(t, 5)}})
	must(err)
	must(r.Match(ctx, "secretaire", notice, "a-born"))
	m, err := r.Prepare(ctx, "secretaire", "a-born", civilstatus.Draft{Code: "MARIAGE", Fields: wedding, Source: "Mairie de Dax", Received: "2026-09-14", Incoming: notice})
	must(err)
	must(r.Affix(ctx, "secretaire", "a-born", m, "maire", "2026-09-15"))
	sent, err := r.Send(ctx, "secretaire", "a-born", m, civilstatus.Outgoing{Kind: civilstatus.Court, To: []string{"Greffe"}, Sent: "2026-09-15", Awaited: true})
	must(err)
	must(r.Receive(ctx, "secretaire", "a-born", m, sent, "2026-09-20", []civilstatus.Page{{Name: "recepisse.png", Content: numbered(t, 6)}}))
	must(r.Rescan(ctx, "secretaire", "a-born", []civilstatus.Page{{Name: "acte2.png", Content: numbered(t, 7)}}))
	_, err = r.Register(ctx, "secretaire", civilstatus.Incoming{From: "Mairie d’Amou", Received: "2026-09-16", LastName: "Introuvable"}, nil)
	must(err)
	f, err := catalogue(t).Find("DECES", civilstatus.Birth)
	must(err)
	f.Text = "Décédé{e} à {lieu}, le {date}."
	must(r.Write(ctx, "maire", f, "circulaire, tableau 3"))
	must(r.Settle(ctx, "maire", civilstatus.Settings{FourEyes: true, ChaseAfter: 20}))
	_, err = r.ReadDeceased(ctx, "secretaire", "deces.txt", strings.NewReader(deceasedLine("EXEMPLE*CAMILLE ELISE/", "19940503", "20200105")), nil)
	must(err)
	return r
}

// files are those of a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(content)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// What is exported and read back elsewhere is equal: the second export has the same bytes, and the sums are those that
// sha256sum reads.
func TestLeavingAirial(t *testing.T) {
	ctx := context.Background()
	first, second := filepath.Join(t.TempDir(), "un"), filepath.Join(t.TempDir(), "deux")
	r := lived(t)
	n, err := r.Export(ctx, first, nil)
	if err != nil || n.Acts != 3 || n.Mentions != 1 || n.Notices != 2 || n.Images != 7 {
		t.Fatalf("%+v, %v", n, err)
	}
	if _, err := r.Export(ctx, first, nil); !errors.Is(err, civilstatus.ErrNotEmpty) {
		t.Errorf("into a folder that has files: %v", err)
	}
	check := exec.Command("sha256sum", "-c", "--quiet", "sha256sums.txt")
	check.Dir = first
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%s %v", out, err)
	}
	elsewhere, _ := open(t)
	for pass, want := range []civilstatus.Restored{{Acts: 3, Notices: 2}, {Known: 3}} {
		if got, err := elsewhere.Restore(ctx, "secretaire", first); err != nil || got != want {
			t.Fatalf("pass %d: %+v, %v", pass, got, err)
		}
	}
	if _, err := elsewhere.Export(ctx, second, nil); err != nil {
		t.Fatal(err)
	}
	if a, b := files(t, first), files(t, second); !reflect.DeepEqual(a, b) {
		for name := range a {
			if a[name] != b[name] {
				t.Errorf("%s:\n%s\n%s", name, a[name], b[name])
			}
		}
		t.Fatal("the two exports differ")
	}
	mine, _ := r.Queue(ctx)
	theirs, _ := elsewhere.Queue(ctx)
	if !reflect.DeepEqual(mine, theirs) {
		t.Errorf("the queue is another:\n%+v\n%+v", mine, theirs)
	}
	golden(t, first)
	damaged(t, first)
	asAList(t, first)
}

// golden holds the tables that people read to the letter.
func golden(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"actes.csv", "mentions.csv", "LISEZMOI.txt"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "export-"+name)
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || !bytes.Equal(want, got) {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

// damaged: a page that was changed stops the reading, with a reason, and nothing is lost.
func damaged(t *testing.T, dir string) {
	t.Helper()
	images, _ := filepath.Glob(filepath.Join(dir, "images", "NAI-1994*"))
	kept, _ := os.ReadFile(images[0])
	for what, damage := range map[string]func() error{
		"changed": func() error { return os.WriteFile(images[0], append([]byte("x"), kept...), 0o600) },
		"missing": func() error { return os.Remove(images[0]) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		other, _ := open(t)
		if _, err := other.Restore(context.Background(), "secretaire", dir); rule.Find(err) == nil || what == "changed" && !errors.Is(err, store.ErrWrongDigest) {
			t.Errorf("%s: %v", what, err)
		}
		if err := os.WriteFile(images[0], kept, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	other, _ := open(t)
	if _, err := other.Restore(context.Background(), "secretaire", t.TempDir()); rule.Find(err) == nil {
		t.Errorf("another folder: %v", err)
	}
	cut := t.TempDir()
	if err := os.WriteFile(filepath.Join(cut, "etat-civil.json"), []byte(`{"format":"airial-etat-civil-1","acts":[{"id":"x"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Restore(context.Background(), "secretaire", cut); rule.Find(err) == nil {
		t.Errorf("a cut file: %v", err)
	}
}

// asAList: actes.csv is the list of a digitised register, for Airial and others.
func asAList(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "actes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := manifest.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := manifest.Make(lines, manifest.NewFiles(os.DirFS(dir)), "Saint-Airial-des-Pins")
	if err != nil || plan.Held != 0 || len(plan.Scans) != 3 {
		t.Fatalf("%+v, %v", plan, err)
	}
	r, _ := open(t)
	outcomes, err := r.ImportRegister(context.Background(), "secretaire", plan.Scans)
	for _, o := range outcomes {
		if err != nil || o.Err != nil {
			t.Fatal(o, err)
		}
	}
	for _, want := range []string{"Exemple – Modèle", "d’Usage", "brumaire"} {
		acts, _ := r.List(context.Background(), "", false, 10)
		found := false
		for _, a := range acts {
			found = found || strings.Contains(a.LastName+" "+a.Usual+" "+a.Written, want)
		}
		if !found {
			t.Errorf("%s is lost by the list: %+v", want, acts)
		}
	}
}
