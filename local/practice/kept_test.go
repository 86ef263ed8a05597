package practice_test

import (
	"bytes"
	"crypto/rand"
	"reflect"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/practice"
	"alpi40.fr/airial/local/rule"
)

// A certificate that was earned is kept with its sheet, once; a better one beside it.
func TestCertificatesAreKept(t *testing.T) {
	ctx := t.Context()
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, practice.Projections())
	b := practice.NewBook(j)
	c := practice.Certificate{Person: "secretaire", Name: "Mme Solène BROUILLON", Course: "Lande-Fictive", Points: 98, Of: 105, Exercises: 30, Drafts: 16, On: "2026-11-28"}
	if _, err := b.Keep(ctx, "secretaire", practice.Certificate{Name: "x"}, nil); rule.Find(err) == nil {
		t.Errorf("nobody's: %v", err)
	}
	for _, want := range []bool{false, true} {
		if known, err := b.Keep(ctx, "secretaire", c, []byte("%PDF-1")); known != want || err != nil {
			t.Fatal(known, err)
		}
	}
	better := c
	better.Points, better.On = 105, "2026-12-01"
	if _, err := b.Keep(ctx, "secretaire", better, []byte("%PDF-2")); err != nil {
		t.Fatal(err)
	}
	all, err := b.Certificates(ctx)
	if err != nil || len(all) != 2 || all[0].Points != 105 {
		t.Fatalf("%+v %v", all, err)
	}
	if sheet, err := b.Sheet(all[1]); err != nil || !bytes.Equal(sheet, []byte("%PDF-1")) {
		t.Errorf("%q %v", sheet, err)
	}
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if again, _ := b.Certificates(ctx); !reflect.DeepEqual(again, all) {
		t.Errorf("rebuilt: %+v", again)
	}
}
