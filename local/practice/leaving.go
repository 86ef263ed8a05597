package practice

import (
	"encoding/json"
	"fmt"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Annex is the certificates and their sheets, for the export of the civil status.
func Annex() civilstatus.Annex {
	return civilstatus.Annex{
		Name: "certificates", Tables: []string{"practice_certificate"},
		Each: func(tx *store.Tx, _ func(string) string, yield func(civilstatus.Piece) error) error {
			// All those of a person are one piece: they are one stream.
			of := map[string][]Certificate{}
			var people []string
			err := tx.Each(`SELECT data FROM practice_certificate ORDER BY stream, n`, nil, func(scan func(...any) error) error {
				c, err := store.Decoded[Certificate](scan)
				if err != nil {
					return err
				}
				if of[c.Person] == nil {
					people = append(people, c.Person)
				}
				of[c.Person] = append(of[c.Person], c)
				return nil
			})
			for _, person := range people {
				if err == nil {
					err = yield(civilstatus.Piece{Data: of[person], Stem: "attestation", Pages: sheets(of[person])})
				}
			}
			return err
		},
		Restore: func(piece json.RawMessage) (drafts []journal.Draft, pages []civilstatus.Image, err error) {
			var all []Certificate
			if err := json.Unmarshal(piece, &all); err != nil {
				return nil, nil, fmt.Errorf("reading certificates: %w", err)
			}
			for _, c := range all {
				drafts = append(drafts, journal.Draft{Stream: prefix + c.Person, Kind: KindCertified, Data: c, Blobs: []store.Digest{c.Document}})
			}
			return drafts, sheets(all), nil
		},
	}
}

func sheets(all []Certificate) (pages []civilstatus.Image) {
	for _, c := range all {
		pages = append(pages, civilstatus.Image{Name: "attestation.pdf", Media: "application/pdf", Digest: c.Document})
	}
	return pages
}
