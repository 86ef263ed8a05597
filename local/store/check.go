package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Finding is one thing that Check found wrong.
type Finding struct {
	// What is «database», «references» or «document».
	What string `json:"what"`
	// Detail is the technical sentence, for assistance.
	Detail string `json:"detail"`
	// Digest is the document concerned, if one is.
	Digest *Digest `json:"digest,omitempty"`
	// Missing: the document is not here; it may be fetched from the server.
	Missing bool `json:"missing,omitempty"`
}

// Check reads the whole database and, when deep, every document. It changes nothing.
func (db *DB) Check(ctx context.Context, deep bool) ([]Finding, error) {
	var found []Finding
	err := db.View(ctx, func(tx *Tx) error {
		for pragma, what := range map[string]string{"integrity_check": "database", "foreign_key_check": "references"} {
			err := tx.Each("PRAGMA "+pragma, nil, func(scan func(...any) error) error {
				var line string
				if pragma == "foreign_key_check" {
					line = "a row points nowhere"
				} else if err := scan(&line); err != nil {
					return err
				}
				if line != "ok" {
					found = append(found, Finding{What: what, Detail: line})
				}
				return nil
			})
			if err != nil {
				found = append(found, Finding{What: what, Detail: err.Error()})
			}
		}
		documents, err := db.checkDocuments(ctx, tx, deep)
		found = append(found, documents...)
		return err
	})
	return found, err
}

func (db *DB) checkDocuments(ctx context.Context, tx *Tx, deep bool) ([]Finding, error) {
	var found []Finding
	seen := map[Digest]bool{}
	err := tx.Each(`SELECT DISTINCT blobs FROM entry WHERE blobs <> '[]'`, nil, func(scan func(...any) error) error {
		var list string
		if err := scan(&list); err != nil {
			return err
		}
		var digests []Digest
		if err := json.Unmarshal([]byte(list), &digests); err != nil {
			found = append(found, Finding{What: "document", Detail: fmt.Sprintf("a list of documents is unreadable: %v", err)})
			return nil
		}
		for _, d := range digests {
			if seen[d] {
				continue
			}
			seen[d] = true
			if f := db.checkDocument(ctx, d, deep); f != nil {
				found = append(found, *f)
			}
		}
		return ctx.Err()
	})
	return found, err
}

func (db *DB) checkDocument(ctx context.Context, d Digest, deep bool) *Finding {
	if !db.blobs.Has(d) {
		return &Finding{What: "document", Detail: "named by an entry, not on this computer", Digest: &d, Missing: true}
	}
	if !deep {
		return nil
	}
	err := db.blobs.Verify(ctx, d)
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return &Finding{What: "document", Detail: err.Error(), Digest: &d}
}
