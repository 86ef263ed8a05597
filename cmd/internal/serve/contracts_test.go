package serve_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A contract is told to its authority alone, told anew, and refused when its dates do not hold.
func TestContracts(t *testing.T) {
	dir := t.TempDir()
	main := func(want int, args ...string) string {
		t.Helper()
		return alpi(t, want, dir, args...)
	}
	write := func(text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "Convention signée.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	main(0, "init", "alpi", "127.0.0.1")
	main(0, "authority", "add", "111111111", "Commune", "d’essai")
	main(0, "authority", "add", "222222222", "Commune", "voisine")
	if got := main(0, "contracts", "list", "111111111"); !strings.Contains(got, "aucun contrat") {
		t.Error(got)
	}
	good := write(`{"title":"Adhésion au socle","since":"2024-01-01","until":"2026-12-31","renewal":"un an, par tacite reconduction"}`)
	main(0, "contracts", "tell", "111111111", "C-2024.7", good, good)
	if got := main(0, "contracts", "list", "111111111"); !strings.Contains(got, "C-2024.7 — Adhésion au socle\n    depuis le 01/01/2024, jusqu’au 31/12/2026 ; 1 document(s)") {
		t.Error(got)
	}
	main(0, "contracts", "tell", "111111111", "C-2024.7", write(`{"title":"Adhésion au socle","since":"2024-01-01","ended":true}`))
	if got := main(0, "contracts", "list", "111111111"); strings.Count(got, "Adhésion") != 1 || !strings.Contains(got, "terminé ; 0 document(s)") {
		t.Error(got)
	}
	if got := main(0, "contracts", "list", "222222222"); !strings.Contains(got, "aucun contrat") {
		t.Errorf("a neighbour's contract is seen: %s", got)
	}
	if got := main(1, "contracts", "tell", "111111111", "C-8", write(`{"title":"Socle","since":"01/01/2024"}`)); !strings.Contains(got, "Ce contrat ne peut pas être transmis") {
		t.Error(got)
	}
	main(1, "contracts", "tell", "111111111", "../C-8", good)
	main(1, "contracts", "tell", "111111111", "C-8", filepath.Join(dir, "absent.json"))
	main(1, "contracts", "tell", "333333333", "C-8", good)
	main(2, "contracts", "tell", "111111111")
}
