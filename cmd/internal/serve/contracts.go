package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// contracts lists what an authority was told of its contracts.
func contracts(ctx context.Context, s *embedded.Server, authority string, out io.Writer) error {
	told := map[string]services.Contract{}
	err := s.Storage.Read(ctx, authority, func(l server.Log) error {
		for after := int64(0); ; {
			entries, err := l.Entries(after, page)
			if err != nil || len(entries) == 0 {
				return err
			}
			for i := range entries {
				after = entries[i].Seq
				if id, is := strings.CutPrefix(entries[i].Stream, services.ContractPrefix); is && !entries[i].Contested && entries[i].Kind == services.KindContract {
					var c services.Contract
					if err := json.Unmarshal(entries[i].Data, &c); err != nil {
						return fmt.Errorf("lecture du contrat %.80q : %w", id, err)
					}
					told[id] = c
				}
			}
		}
	})
	if err != nil {
		return fmt.Errorf("lecture des contrats de %s : %w", authority, err)
	}
	for _, id := range slices.Sorted(maps.Keys(told)) {
		c := told[id]
		until := "sans terme"
		if c.Until != "" {
			until = "jusqu’au " + day(c.Until.Time())
		}
		if c.Ended {
			until = "terminé"
		}
		fmt.Fprintf(out, "%s — %s\n    depuis le %s, %s ; %d document(s)\n", plain(id), plain(c.Title), day(c.Since.Time()), until, len(c.Files))
	}
	if len(told) == 0 {
		fmt.Fprintln(out, "aucun contrat")
	}
	return nil
}

var contractID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)

// tellContract makes a contract known to its authority, with its documents. Error: a refusal.
func tellContract(ctx context.Context, s *embedded.Server, args []string) error {
	authority, id := args[0], args[1]
	if !contractID.MatchString(id) {
		return fmt.Errorf("le numéro %.80q : lettres, chiffres, points et tirets seulement", id)
	}
	text, err := os.ReadFile(args[2])
	if err != nil {
		return fmt.Errorf("lecture du contrat : %w", err)
	}
	c, err := services.ReadContract(text)
	if err != nil {
		return err
	}
	var documents [][]byte
	for _, path := range args[3:] {
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("lecture d’une pièce : %w", err)
		}
		c.Files = append(c.Files, services.File{Name: filepath.Base(path), Digest: store.DigestOf(content), Size: int64(len(content))})
		documents = append(documents, content)
	}
	return s.Tell(ctx, authority, services.ContractPrefix+id, services.KindContract, c, documents...)
}
