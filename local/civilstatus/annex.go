package civilstatus

import (
	"encoding/json"
	"io"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Annex is what another module keeps beside the acts, and leaves with them: the requests for copies, what acts say beyond
// their index, certificates.
type Annex struct {
	// Name is that of its list in etat-civil.json; Tables are where it is kept.
	Name   string
	Tables []string
	// Each gives its pieces, in an order that does not change. named is who an id is of.
	Each func(tx *store.Tx, named func(id string) string, yield func(Piece) error) error
	// Restore gives the entries that make a piece again, all of one stream, and the documents that they name.
	Restore func(piece json.RawMessage) ([]journal.Draft, []Image, error)
	// File is a table for people, with its columns; empty for none.
	File    string
	Words   string // what it is, in LISEZMOI.txt
	Columns []string
}

// Piece is one element of an annex.
type Piece struct {
	Data  any      // as it stands in etat-civil.json
	Row   []string // of the table for people
	Stem  string   // how the names of its documents begin
	Pages []Image
}

// Beside has annexes leave and come back with the acts.
func (r *Registry) Beside(all ...Annex) { r.annexes = append(r.annexes, all...) }

// annex writes the list of an annex, and its table.
func (x *exporter) annex(tx *store.Tx, all io.Writer, a Annex) error {
	list := func(row func([]string) error) error {
		return x.elements(all, a.Name, func(yield func(any) error) error {
			return a.Each(tx, x.named, func(p Piece) error {
				x.out.Beside++
				if err := x.images(p.Stem, p.Pages); err != nil {
					return err
				}
				if err := row(p.Row); err != nil {
					return err
				}
				return yield(p.Data)
			})
		})
	}
	if a.File == "" {
		return list(func([]string) error { return nil })
	}
	return x.file(a.File, func(w io.Writer) error {
		rows := csvWriter(w)
		if err := rows.Write(a.Columns); err != nil {
			return err
		}
		if err := list(rows.Write); err != nil {
			return err
		}
		rows.Flush()
		return rows.Error()
	})
}

// annexed reads a list of an annex back.
func (in *restoring) annexed(d *json.Decoder, a Annex) error {
	return each(d, func(piece json.RawMessage) error {
		drafts, pages, err := a.Restore(piece)
		if err != nil || len(drafts) == 0 {
			return err
		}
		for _, p := range pages {
			if err := in.page(p); err != nil {
				return err
			}
		}
		return in.add(drafts, func(known bool) {
			if !known {
				in.out.Beside++
			}
		})
	})
}
