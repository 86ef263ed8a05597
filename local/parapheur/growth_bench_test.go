package parapheur_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// pile makes the secretary's pile as high as n: copies of the entries of one folder, many in a transaction.
func (l *laptop) pile(b *testing.B, n int) {
	b.Helper()
	id, err := l.Import(b.Context(), "secretaire", parapheur.Import{Title: "Dossier", Kind: parapheur.Letter, Route: route, Files: []parapheur.File{{Name: "a.pdf", Content: paper(b)}}})
	if err == nil {
		err = l.Send(b.Context(), "secretaire", id)
	}
	if err != nil {
		b.Fatal(err)
	}
	type entry struct {
		kind string
		data json.RawMessage
		blob string
	}
	var model []entry
	err = l.db.View(b.Context(), func(tx *store.Tx) error {
		return tx.Each(`SELECT kind, data, blobs FROM entry WHERE stream = ? ORDER BY version`, []any{"folder/" + id}, func(scan func(...any) error) error {
			var e entry
			err := scan(&e.kind, &e.data, &e.blob)
			model = append(model, e)
			return err
		})
	})
	if err != nil || len(model) < 2 {
		b.Fatal(len(model), err)
	}
	for at := 1; at < n; at += 500 {
		_, err := l.j.Commit(b.Context(), "secretaire", func(*store.Tx) (drafts []journal.Draft, err error) {
			for i := at; i < min(at+500, n); i++ {
				for _, e := range model {
					d := journal.Draft{Stream: fmt.Sprintf("folder/copy-%07d", i), Kind: e.kind, Data: e.data}
					if err := json.Unmarshal([]byte(e.blob), &d.Blobs); err != nil {
						return nil, err
					}
					drafts = append(drafts, d)
				}
			}
			return drafts, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// The first page of a pile, and its count, do not read the pile.
func BenchmarkPile(b *testing.B) {
	for _, n := range pairs.Sizes(10_000) {
		l := newLaptop(b, "pc")
		l.people(b)
		l.pile(b, n)
		b.Run(fmt.Sprintf("list/%d", n), func(b *testing.B) {
			for b.Loop() {
				if rows, err := l.List(b.Context(), "secretaire", parapheur.ToDo, 100); err != nil || len(rows) != 100 {
					b.Fatal(len(rows), err)
				}
			}
		})
		b.Run(fmt.Sprintf("count/%d", n), func(b *testing.B) {
			for b.Loop() {
				if got, err := l.Count(b.Context(), "secretaire"); err != nil || got != n {
					b.Fatal(got, err)
				}
			}
		})
	}
}
