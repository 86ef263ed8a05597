package office_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
)

// BenchmarkFirstSync is a new computer of an authority of so many folders, each with its document and as
// many acts as a short route makes: how long until the newest folders and the people are on its
// pages, until the newest fifty documents can be opened, and until all acts are there.
// AIRIAL_DOCUMENTS makes it larger (100000); the documents of the oldest folders then serve several.
func BenchmarkFirstSync(b *testing.B) {
	folders := 2000
	if n, err := strconv.Atoi(os.Getenv("AIRIAL_DOCUMENTS")); err == nil {
		folders = n
	}
	ctx := b.Context()
	s, address := serve(b)
	enrol := func(name string) *office.Hall {
		o := open(b, b.TempDir())
		b.Cleanup(func() { o.Close() })
		code, err := s.NewCode(ctx, ours)
		if err != nil {
			b.Fatal(err)
		}
		h, err := o.Enrol(ctx, address, code, name)
		if err != nil {
			b.Fatal(err)
		}
		return h
	}
	old := enrol("ancien")
	digests, entries := fill(b, old, folders)
	if _, err := old.Sync.Once(ctx); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		fresh := enrol("neuf")
		running, stop := context.WithCancel(ctx)
		began, ended := time.Now(), make(chan error, 1)
		go func() { ended <- fresh.Sync.Run(running) }()
		since := func(what string, here func() bool) {
			for !here() {
				time.Sleep(5 * time.Millisecond)
			}
			b.ReportMetric(time.Since(began).Seconds(), what)
		}
		newest := fmt.Sprint("Dossier de mesure n° ", folders-1)
		since("s-usable", func() bool {
			people, _, err := fresh.People.Everyone(ctx)
			if err != nil || len(people) == 0 {
				return false
			}
			rows, err := fresh.Folders.List(ctx, people[0].ID, parapheur.ToDo, folders)
			return err == nil && len(rows) > 0 && rows[0].Title != "" && titled(rows, newest)
		})
		since("s-newest", func() bool {
			for _, d := range digests[folders-min(50, folders):] {
				if !fresh.Store.Blobs().Has(d) {
					return false
				}
			}
			return true
		})
		since("s-acts", func() bool {
			var size int64
			fresh.Store.View(ctx, func(tx *store.Tx) (err error) { size, err = journal.LogSize(tx); return err })
			return size == int64(entries)
		})
		stop()
		<-ended
	}
}

func titled(rows []parapheur.Row, title string) bool {
	for i := range rows {
		if rows[i].Title == title {
			return true
		}
	}
	return false
}

// manyDocuments is how many of the first, and of the last folders have a document of their own.
const manyDocuments = 2000

// fill makes one folder by hand, and its likes from its entries, many at a time; each has its document.
func fill(b *testing.B, h *office.Hall, folders int) (digests []store.Digest, entries int) {
	b.Helper()
	ctx := b.Context()
	mayor := authority.NewMayor("Mme", "Maïté", "Fictive")
	var err error
	if mayor.ID, err = h.People.Put(ctx, "essai", mayor); err != nil {
		b.Fatal(err)
	}
	if err := h.People.Describe(ctx, mayor.ID, authority.NewCommune(h.ID(), "Commune d’essai", "Essai", "40998", 850)); err != nil {
		b.Fatal(err)
	}
	id, err := h.Folders.Import(ctx, mayor.ID, parapheur.Import{Title: "Dossier modèle", Kind: parapheur.Letter, Route: parapheur.UsualRoute()[1:],
		Files: []parapheur.File{{Name: "lettre.pdf", Content: demo.Letter, Pages: 2}}})
	if err == nil {
		err = h.Folders.Send(ctx, mayor.ID, id)
	}
	if err != nil {
		b.Fatal(err)
	}
	var model []journal.Record
	if err := h.Store.View(ctx, func(tx *store.Tx) (err error) { model, err = journal.Stream(tx, "folder/"+id); return err }); err != nil {
		b.Fatal(err)
	}
	was := store.DigestOf(demo.Letter).String()
	for done := 0; done < folders; done += 500 {
		_, err := h.Journal.Commit(ctx, mayor.ID, func(tx *store.Tx) (drafts []journal.Draft, err error) {
			for i := done; i < min(done+500, folders); i++ {
				if i < manyDocuments || i >= folders-manyDocuments {
					content := append(bytes.Clone(demo.Letter[:min(3000, len(demo.Letter))]), fmt.Sprint("\n% ", i)...)
					d, err := h.Store.Blobs().PutBytes(ctx, content)
					if err != nil {
						return nil, err
					}
					digests = append(digests, d)
				} else {
					digests = append(digests, digests[i%manyDocuments])
				}
				d := digests[i]
				new := h.Journal.NewID()
				for _, r := range model {
					text := strings.NewReplacer(id, new, was, d.String(), "Dossier modèle", fmt.Sprint("Dossier de mesure n° ", i)).Replace(string(r.Data))
					draft := journal.Draft{Stream: "folder/" + new, Kind: r.Kind, Schema: r.Schema, Data: json.RawMessage(text)}
					if len(r.Blobs) > 0 {
						draft.Blobs = []store.Digest{d}
					}
					drafts = append(drafts, draft)
				}
			}
			return drafts, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	err = h.Store.View(ctx, func(tx *store.Tx) error { return tx.Get(`SELECT count(*) FROM entry`, nil, &entries) })
	if err != nil {
		b.Fatal(err)
	}
	return digests, entries
}
