package copies

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries of a request that came back from an export: its day and its outcome, which stay, and the rest, which
// is sealed and forgotten like any other.
const (
	KindCounted  = "copy-request.counted"
	KindRestored = "copy-request.restored"
)

// counted is what stays of a request once it is erased.
type counted struct {
	On     authority.Day `json:"on"`
	State  State         `json:"state"`
	Erased bool          `json:"erased,omitempty"`
}

// Annexes are the requests and what was read off acts, for the export of the civil status.
func Annexes() []civilstatus.Annex {
	return []civilstatus.Annex{{
		Name: "requests", Tables: []string{"copy_request"},
		File: "demandes.csv", Words: "une ligne par demande de copie ou d’extrait, tant qu’elle est conservée.",
		Columns: strings.Split("jour;demandeur;adresse;qualite;piece_vue;fondement;acte;forme;nombre;voie;suite;forme_delivree;article;motif;officier;decide_le", ";"),
		Each:    eachRequest, Restore: restoreRequest,
	}, {
		Name: "details", Tables: []string{"copy_details"},
		Each: func(tx *store.Tx, _ func(string) string, yield func(civilstatus.Piece) error) error {
			return tx.Each(`SELECT act, data FROM copy_details ORDER BY act`, nil, func(scan func(...any) error) error {
				var act string
				var data []byte
				if err := scan(&act, &data); err != nil {
					return err
				}
				return yield(civilstatus.Piece{Data: described{act, data}})
			})
		},
		Restore: func(piece json.RawMessage) ([]journal.Draft, []civilstatus.Image, error) {
			var d described
			if err := json.Unmarshal(piece, &d); err != nil || d.Act == "" {
				return nil, nil, fmt.Errorf("reading what an act says: %q, %w", d.Act, err)
			}
			return []journal.Draft{{Stream: details + d.Act, Kind: KindDetailed, Data: d.Details}}, nil, nil
		},
	}}
}

// described is what was read off an act.
type described struct {
	Act     string          `json:"act"`
	Details json.RawMessage `json:"details"`
}

func eachRequest(tx *store.Tx, named func(string) string, yield func(civilstatus.Piece) error) error {
	return tx.Each(`SELECT data FROM copy_request ORDER BY day, id`, nil, func(scan func(...any) error) error {
		r, err := store.Decoded[Request](scan)
		if err != nil {
			return err
		}
		number := ""
		if r.Number > 0 {
			number = strconv.Itoa(r.Number)
		}
		return yield(civilstatus.Piece{Data: r, Row: []string{string(r.On), r.Name, r.Address, string(r.Quality), r.Paper, r.Basis, r.Act, string(r.Kind), number, string(r.Channel),
			string(r.State), string(r.Given), r.Article, r.Reason, named(r.Officer), string(r.Decided)}})
	})
}

func restoreRequest(piece json.RawMessage) ([]journal.Draft, []civilstatus.Image, error) {
	var r Request
	if err := json.Unmarshal(piece, &r); err != nil || r.ID == "" {
		return nil, nil, fmt.Errorf("reading a request: %q, %w", r.ID, err)
	}
	stream := requests + r.ID
	all := []journal.Draft{{Stream: stream, Kind: KindCounted, Data: counted{r.On, r.State, r.Erased}}}
	if !r.Erased {
		all = append(all, journal.Draft{Stream: stream, Kind: KindRestored, Data: r, Subject: stream})
	}
	return all, nil, nil
}
