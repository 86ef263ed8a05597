package serve

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/comedec/comedectest"
)

const cardFile = "fiche-notaire.json"

// simulateComedec plays a notary's office that verifies civil status, by files: its card, its requests, what it reads.
func simulateComedec(args []string, out io.Writer) error {
	if len(args) < 2 {
		return errUsage
	}
	dir := args[0]
	c, err := comedectest.Open(dir, rand.Reader)
	if err != nil {
		return err
	}
	switch verb := args[1]; {
	case verb == "fiche" && len(args) == 2:
		card, err := c.Card.Write()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, cardFile), card, 0o600)
		}
		if err == nil {
			fmt.Fprintf(out, "%s : à ajouter dans Airial (empreinte %s)\n", filepath.Join(dir, cardFile), c.Card.Fingerprint())
		}
		return err
	case verb == "demande" && len(args) == 7:
		return askComedec(c, dir, args[2:], out)
	case verb == "lire" && len(args) == 4:
		return readComedec(c, args[2], args[3], out)
	}
	return errUsage
}

// askComedec seals a request: the town hall's card, the kind of act, name, first names, day.
func askComedec(c *comedectest.Correspondent, dir string, args []string, out io.Writer) error {
	to, err := readCard(args[0])
	if err != nil {
		return err
	}
	day, err := time.Parse("02/01/2006", args[4])
	if err != nil {
		return fmt.Errorf("%w : « %s » n’est pas un jour", errUsage, args[4])
	}
	id := make([]byte, 6)
	if _, err := io.ReadFull(rand.Reader, id); err != nil {
		return fmt.Errorf("drawing a number: %w", err)
	}
	r := comedec.Request{ID: hex.EncodeToString(id), Act: civilstatus.ActKind(strings.ToUpper(args[1])), LastName: args[2], FirstNames: args[3], Day: authority.DayOf(day), Purpose: "succession"}
	raw, err := c.Ask(r, to, time.Now())
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "demande-"+r.ID+".comedec")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return fmt.Errorf("écriture de la demande : %w", err)
	}
	fmt.Fprintln(out, path)
	return nil
}

func readComedec(c *comedectest.Correspondent, card, answer string, out io.Writer) error {
	from, err := readCard(card)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(answer)
	if err != nil {
		return fmt.Errorf("lecture de la réponse : %w", err)
	}
	a, err := c.Read(raw, from)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n%s, demande %s : %s %s\n", a.Draft, a.Commune, a.Request, a.Outcome, a.Why)
	for _, l := range a.Lines {
		fmt.Fprintf(out, "  %s : %s\n", l.Label, l.Text)
	}
	for _, m := range a.Mentions {
		fmt.Fprintln(out, "  Mention :", m)
	}
	return nil
}

func readCard(path string) (comedec.Card, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return comedec.Card{}, fmt.Errorf("lecture de la fiche : %w", err)
	}
	return comedec.ReadCard(raw)
}
