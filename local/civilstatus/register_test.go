package civilstatus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

func source(name string, content []byte) civilstatus.Source {
	return civilstatus.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

func scan(number string, pages ...civilstatus.Source) civilstatus.Scan {
	a := birth
	a.Number = number
	return civilstatus.Scan{Act: a, Pages: pages}
}

// numbered is a picture like no other.
func numbered(t testing.TB, n int) []byte {
	return append(picture(t), fmt.Sprint(n)...)
}

func TestARegisterIsImportedOnceHoweverOftenItIsTried(t *testing.T) {
	ctx := context.Background()
	r, j := open(t)
	other := store.DigestOf([]byte("autre"))
	bad := source("4.png", numbered(t, 4))
	bad.Want = &other
	scans := []civilstatus.Scan{scan("1", source("1.png", numbered(t, 1))), scan("2", source("2.png", numbered(t, 2)), source("2b.png", numbered(t, 20))),
		scan("3", source("3.png", []byte("pas une image"))), scan("4", bad), scan("1", source("5.png", numbered(t, 5)))}
	first, err := r.ImportRegister(ctx, "secretaire", scans)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range first {
		if kept := i < 2; kept != (o.Err == nil) || kept != (o.ID != "") || o.Err != nil && rule.Find(o.Err) == nil {
			t.Errorf("%d: %+v", i, o)
		}
	}
	again, err := r.ImportRegister(ctx, "secretaire", scans[:2])
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range again {
		if !o.Known || o.ID != first[i].ID {
			t.Errorf("again, %d: %+v", i, o)
		}
	}
	if o, err := r.ImportRegister(ctx, "secretaire", []civilstatus.Scan{scan("2", source("x.png", numbered(t, 9)))}); err != nil || rule.Find(o[0].Err) == nil {
		t.Errorf("other pages under a number that is taken: %+v, %v", o, err)
	}
	acts, err := r.List(ctx, "", false, 10)
	if err != nil || len(acts) != 2 {
		t.Fatalf("%d acts, %v", len(acts), err)
	}
	a, _ := r.Act(ctx, first[1].ID)
	if kept, err := j.Store().Blobs().Read(a.Images[1].Digest, 1<<20); err != nil || !bytes.Equal(kept, numbered(t, 20)) {
		t.Errorf("the page was changed: %v", err)
	}
}

// A fault of the disk stops the whole: nothing is wrong with the scan, and it is done again later.
// Two acts that are added by hand bear two numbers, or stand in two registers.
func TestAnActAddedByHandHasANumberOfItsOwn(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	add := func(a civilstatus.Act, n int) error {
		_, err := r.Import(ctx, "secretaire", a, []civilstatus.Page{{Name: "acte.png", Content: numbered(t, n)}})
		return err
	}
	if err := add(birth, 1); err != nil {
		t.Fatal(err)
	}
	again := birth
	again.LastName, again.Commune = "Modèle", "SAINT AIRIAL DES PINS"
	for n := range 2 { // the same page, and another
		if err := add(again, n+1); rule.Find(err) == nil || !strings.Contains(err.Error(), "porte déjà le numéro 7 de 1994") {
			t.Errorf("the same number: %v", err)
		}
	}
	again.Number = "7 bis"
	other := birth
	other.Register = "2"
	if err := errors.Join(add(again, 3), add(other, 4)); err != nil {
		t.Error(err)
	}
}

func TestARegisterStopsWithTheDisk(t *testing.T) {
	r, _ := open(t)
	broken := errors.New("support retiré")
	s := scan("1", civilstatus.Source{Name: "1.png", Open: func() (io.ReadCloser, error) { return nil, broken }})
	if _, err := r.ImportRegister(context.Background(), "secretaire", []civilstatus.Scan{scan("2", source("2.png", numbered(t, 2))), s}); !errors.Is(err, broken) {
		t.Fatalf("%v", err)
	}
	if acts, _ := r.List(context.Background(), "", false, 10); len(acts) != 0 {
		t.Errorf("%d acts were kept", len(acts))
	}
}

func TestAnActIsIndexedBeforeItBearsAMention(t *testing.T) {
	ctx := context.Background()
	r, j := open(t)
	s := scan("8", source("8.png", numbered(t, 8)))
	s.Act.LastName, s.Act.FirstName, s.Act.Gender = "", "", ""
	o, err := r.ImportRegister(ctx, "secretaire", []civilstatus.Scan{s})
	if err != nil || o[0].Err != nil {
		t.Fatal(err, o)
	}
	fields := map[string]string{"lieu": "Dax", "date": "12 septembre 2026", "conjoint_prenoms": "Jean", "conjoint_nom": "MODÈLE"}
	if _, err := r.Record(ctx, "secretaire", o[0].ID, "MARIAGE", fields, "avis", "2026-09-14"); rule.Find(err) == nil {
		t.Errorf("a mention agrees with nobody: %v", err)
	}
	for _, in := range []civilstatus.Index{{FirstName: "Élise", Gender: civilstatus.Feminine}, {LastName: "Exemple"}} {
		if err := r.Index(ctx, "secretaire", o[0].ID, in); rule.Find(err) == nil {
			t.Errorf("%+v: %v", in, err)
		}
	}
	if err := r.Index(ctx, "secretaire", o[0].ID, civilstatus.Index{LastName: " Exemple ", FirstName: "Élise", Gender: civilstatus.Feminine, Date: "1994-05-03"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Record(ctx, "secretaire", o[0].ID, "MARIAGE", fields, "avis", "2026-09-14"); err != nil {
		t.Error(err)
	}
	if found, _ := r.List(ctx, "elise exemple", false, 10); len(found) != 1 || !strings.HasPrefix(found[0].LastName, "Exemple") {
		t.Errorf("found %+v", found)
	}
	before, _ := r.Act(ctx, o[0].ID)
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if after, _ := r.Act(ctx, o[0].ID); !reflect.DeepEqual(before, after) {
		t.Errorf("rebuilt: %+v", after)
	}
}

// A number or a year that was mistyped is corrected with the index; not into those of another act.
func TestWhatTellsAnActIsCorrected(t *testing.T) {
	ctx := context.Background()
	r, j := open(t)
	var ids []string
	for n, number := range []string{"7", "8"} {
		a := birth
		a.Number = number
		id, err := r.Import(ctx, "secretaire", a, []civilstatus.Page{{Name: "acte.png", Content: numbered(t, n)}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	book := "Supplément"
	in := civilstatus.Index{LastName: "Exemple", FirstName: "Camille", Gender: civilstatus.Feminine, Date: birth.Date, Number: "7"}
	if err := r.Index(ctx, "secretaire", ids[1], in); rule.Find(err) == nil {
		t.Errorf("the number of another: %v", err)
	}
	in.Year = 94
	if err := r.Index(ctx, "secretaire", ids[1], in); rule.Find(err) == nil {
		t.Errorf("no year: %v", err)
	}
	in.Number, in.Year, in.Register = "12", 1995, &book
	if err := r.Index(ctx, "secretaire", ids[1], in); err != nil {
		t.Fatal(err)
	}
	if found, err := r.Search(ctx, "12 1995 supplement", 5); err != nil || len(found.Acts) != 1 || found.Acts[0].ID != ids[1] {
		t.Errorf("%+v, %v", found, err)
	}
	in.Number, in.Year, in.Register = "", 0, nil
	if err := r.Index(ctx, "secretaire", ids[1], in); err != nil {
		t.Fatal(err)
	}
	before, _ := r.Act(ctx, ids[1])
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if after, _ := r.Act(ctx, ids[1]); !reflect.DeepEqual(before, after) || after.Number != "12" || after.Year != 1995 || after.Register != book {
		t.Errorf("%+v", after)
	}
}

// The indexing desk goes through what is poor, register by register, and comes back to what was passed over.
func TestActsToIndexComeOneAfterTheOther(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	for i, number := range []string{"10", "9", "2 bis", "1"} {
		s := scan(number, source(number+".png", numbered(t, i)))
		s.Act.LastName, s.Act.Gender = "", ""
		if number == "1" {
			s.Act = birth
			s.Act.Number = "1"
		}
		if o, err := r.ImportRegister(ctx, "secretaire", []civilstatus.Scan{s}); err != nil || o[0].Err != nil {
			t.Fatal(err, o)
		}
	}
	var got []string
	after := ""
	for {
		acts, all, err := r.ToIndex(ctx, after, 1)
		if err != nil || all != 3 {
			t.Fatal(all, err)
		}
		if len(acts) == 0 {
			break
		}
		got, after = append(got, acts[0].Number), acts[0].ID
	}
	if strings.Join(got, ", ") != "9, 10, 2 bis" {
		t.Errorf("%v", got)
	}
	acts, _, _ := r.ToIndex(ctx, "", 1)
	if err := r.Index(ctx, "secretaire", acts[0].ID, civilstatus.Index{LastName: "Exemple", Gender: civilstatus.Feminine}); err != nil {
		t.Fatal(err)
	}
	if _, all, _ := r.ToIndex(ctx, "", 1); all != 2 {
		t.Errorf("%d are left", all)
	}
}
