package parapheur_test

import (
	"context"
	"testing"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/rule"
)

// A flow of a folder is printed, a page for each bordereau after the first one; anything else is refused.
func TestPrintFlow(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "Flux", Kind: parapheur.Accounting, Route: route, Files: []parapheur.File{{Name: "flux.xml", Content: pestest.Example}, {Name: "lettre.pdf", Content: paper(t)}}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.Folder(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.PrintFlow(ctx, id, f.Documents[0].Digest)
	if err != nil || d.Pages != 4 || len(d.Missing) > 0 {
		t.Errorf("%d pages, missing %q, %v", d.Pages, string(d.Missing), err)
	}
	if _, err := l.PrintFlow(ctx, id, f.Documents[1].Digest); rule.Find(err) == nil {
		t.Errorf("a letter was printed as a flow: %v", err)
	}
}
