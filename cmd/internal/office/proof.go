package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Fingerprint is the SHA-256 of all rows of the tables that projections make,
// and of what may be searched: two databases with the same one show the same things.
func Fingerprint(ctx context.Context, db *store.DB) (string, error) {
	var tables []string
	for _, p := range Projections() {
		tables = append(tables, p.Tables...)
	}
	sort.Strings(tables)
	h := sha256.New()
	err := db.View(ctx, func(tx *store.Tx) error {
		for _, t := range tables {
			if err := hashTable(tx, t, h.Write); err != nil {
				return fmt.Errorf("table %s: %w", t, err)
			}
		}
		return hashRows(tx, `SELECT kind || char(31) || ref || char(31) || title || char(31) || body FROM search_document ORDER BY 1`, h.Write)
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

func hashTable(tx *store.Tx, table string, write func([]byte) (int, error)) error {
	var columns string
	if err := tx.Get(`SELECT group_concat('quote("' || name || '")', ' || char(31) || ') FROM pragma_table_info(?)`, []any{table}, &columns); err != nil {
		return err
	}
	return hashRows(tx, `SELECT `+columns+` FROM "`+table+`" ORDER BY 1`, write)
}

func hashRows(tx *store.Tx, query string, write func([]byte) (int, error)) error {
	return tx.Each(query, nil, func(scan func(...any) error) error {
		var row string
		if err := scan(&row); err != nil {
			return err
		}
		_, err := write([]byte(row + "\n"))
		return err
	})
}

// Verify reads the whole journal: chains, signatures, streams, the server's log.
func (h *Hall) Verify(ctx context.Context) (journal.Proof, error) {
	keyOf, err := h.Sync.KeyOf(ctx)
	if err != nil {
		return journal.Proof{}, err
	}
	return h.Journal.Verify(ctx, keyOf)
}
