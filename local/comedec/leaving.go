package comedec

import (
	"encoding/json"
	"fmt"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Annex is the correspondents, for the export of the civil status. The keys of this computer do not leave it.
func Annex() civilstatus.Annex {
	return civilstatus.Annex{
		Name: "correspondents", Tables: []string{"correspondent"},
		Each: func(tx *store.Tx, _ func(string) string, yield func(civilstatus.Piece) error) error {
			return tx.Each(`SELECT data FROM correspondent ORDER BY id`, nil, func(scan func(...any) error) error {
				c, err := store.Decoded[Card](scan)
				if err != nil {
					return err
				}
				return yield(civilstatus.Piece{Data: c})
			})
		},
		Restore: func(piece json.RawMessage) ([]journal.Draft, []civilstatus.Image, error) {
			var c Card
			if err := json.Unmarshal(piece, &c); err != nil || c.Name == "" {
				return nil, nil, fmt.Errorf("reading a correspondent: %q, %w", c.Name, err)
			}
			return []journal.Draft{{Stream: prefix + c.ID(), Kind: KindCard, Data: c}}, nil, nil
		},
	}
}
