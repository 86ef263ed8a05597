package serve_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/serve"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/comedec/comedectest"
)

// A town hall rehearses with the simulator by files: card, request, answer.
func TestComedecSimulator(t *testing.T) {
	dir := t.TempDir()
	town, err := comedectest.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	card := town.Keys.Card("Mairie de Saint-Airial-des-Pins", comedec.TownHall, "40999")
	text, err := card.Write()
	if err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(dir, "mairie.json")
	if err := os.WriteFile(theirs, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(code int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if got := serve.Main(t.Context(), append([]string{"comedec-simulator"}, args...), &out, &out); got != code {
			t.Fatalf("%v: %d\n%s", args, got, out.String())
		}
		return strings.TrimSpace(out.String())
	}
	sim := filepath.Join(dir, "simulateur")
	run(0, sim, "fiche")
	raw, err := os.ReadFile(filepath.Join(sim, "fiche-notaire.json"))
	if err != nil {
		t.Fatal(err)
	}
	notary, err := comedec.ReadCard(raw)
	if err != nil {
		t.Fatal(err)
	}
	path := run(0, sim, "demande", theirs, "nai", "Exemple", "Camille", "03/05/1994")
	asked, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r comedec.Request
	if from, err := comedec.Unseal(asked, town.Keys, []comedec.Card{notary}, &r); err != nil || from.Office != comedec.Notary || r.Day != "1994-05-03" || r.LastName != "Exemple" {
		t.Fatalf("%+v %v", r, err)
	}
	answer, err := comedec.Seal(comedec.Answer{Format: comedec.Format, Request: r.ID, At: time.Now(), Commune: "Saint-Airial-des-Pins", Outcome: comedec.Given, Lines: []comedec.Line{{Label: "Nom", Text: "EXEMPLE"}}, Mentions: []string{"Mariée à Dax."}, Draft: comedec.Notice}, town.Keys, notary)
	if err != nil {
		t.Fatal(err)
	}
	sealed := filepath.Join(dir, "reponse.comedec")
	if err := os.WriteFile(sealed, answer, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := run(0, sim, "lire", theirs, sealed); !strings.Contains(said, "PROJET") || !strings.Contains(said, "Nom : EXEMPLE") || !strings.Contains(said, "Mariée à Dax.") {
		t.Error(said)
	}
	for _, wrong := range [][]string{{sim}, {sim, "demande", theirs, "NAI", "Exemple", "Camille", "hier"}, {sim, "danse"}} {
		run(2, wrong...)
	}
	run(1, sim, "lire", theirs, theirs)
}
