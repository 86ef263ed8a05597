package council_test

import (
	"strings"
	"testing"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
)

func TestAnnexesAreDocuments(t *testing.T) {
	pdf := []byte("%PDF-1.7\n")
	for _, c := range []struct {
		name    string
		size    int64
		head    []byte
		refused string // words of the refusal; empty: joined
	}{
		{"plan.pdf", 1 << 20, pdf, ""},
		{"budget.xlsx", 1 << 20, []byte("PK\x03\x04"), ""},
		{"école d’été (n° 2).jpg", 1 << 20, []byte("\xff\xd8"), ""},
		{"facture.pdf.exe", 1 << 20, pdf, "programme"},
		{"Facture.EXE", 1 << 20, nil, "programme"},
		{"devis.docm", 1 << 20, []byte("PK\x03\x04"), "macros"},
		{"plan.pdf", 1 << 20, []byte("MZ\x90\x00"), "programme"},
		{"notice", 1 << 20, []byte("#!/bin/sh"), "programme"},
		{"plan.pdf", 1 << 20, []byte("<html>"), "n’est pas un PDF"},
		{"mairie\u202efdp.exe", 1 << 20, pdf, "invisibles"},
		{"mairie\u202efdp.pdf", 1 << 20, pdf, "invisibles"},
		{"plan\x00.pdf", 1 << 20, pdf, "invisibles"},
		{"plan.pdf", 200 << 20, pdf, "200 Mo"},
		{"plan.pdf", council.MaxAnnex, pdf, ""},
	} {
		err := council.CheckAnnex(c.name, c.size, c.head)
		r := rule.Find(err)
		if c.refused == "" && err != nil || c.refused != "" && (r == nil || !strings.Contains(r.Why, c.refused) || r.Cure == "") {
			t.Errorf("%q, %d bytes: %v", c.name, c.size, err)
		}
	}
}
