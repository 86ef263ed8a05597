package journal

import (
	"context"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/store"
)

// What is asked for each entry or key that arrives costs the same whatever the history: each goes by an index.
func TestNothingReadsTheWholeJournal(t *testing.T) {
	db, err := store.Open(context.Background(), store.Options{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, args := range map[string][]any{
		`SELECT data FROM entry WHERE ` + naming + ` LIMIT 1`:                                                                           sealedOf("demande-1"),
		`UPDATE entry SET standing = 'contested' WHERE ` + losing:                                                                       {"x/1", 2},
		`SELECT id FROM entry WHERE ` + numbered:                                                                                        {"d", 1},
		`SELECT id FROM entry WHERE ` + placedWithin:                                                                                    {1, 2},
		`SELECT id FROM entry WHERE id IN (SELECT value FROM json_each(?))`:                                                             {`["x"]`},
		`SELECT id FROM entry INDEXED BY entry_outgoing WHERE device = ? AND device_seq > ? AND server_seq IS NULL ORDER BY device_seq`: {"d", 1},
	} {
		err := db.View(context.Background(), func(tx *store.Tx) error {
			return tx.Each("EXPLAIN QUERY PLAN "+query, args, func(scan func(...any) error) error {
				var id, parent, unused int
				var detail string
				err := scan(&id, &parent, &unused, &detail)
				if strings.HasPrefix(detail, "SCAN entry") {
					t.Errorf("%s: %s", query, detail)
				}
				return err
			})
		})
		if err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}
