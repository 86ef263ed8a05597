package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Document is one thing a person may look for.
type Document struct {
	// Kind and Ref are the page and its argument: «folder», the folder's id.
	Kind, Ref string
	// Stream is the journal's stream that it comes from.
	Stream      string
	Title, Body string
	At          time.Time
}

// Hit is a document found.
type Hit struct {
	Kind, Ref, Title string
	// Snippet is the passage around the words found, which stand between
	// U+2068 and U+2069 (first strong isolate, pop isolate).
	Snippet string
	At      time.Time
}

// Index adds a document to the search, in the place of the one of the same kind and ref.
func (t *Tx) Index(d Document) error {
	// Asked for first: a deletion, were it of nothing, has FTS5 write what it gathered until then.
	var former int64
	err := t.Get(`SELECT place FROM search_document WHERE kind = ? AND ref = ?`, []any{d.Kind, d.Ref}, &former)
	if err == nil {
		_, err = t.Exec(`DELETE FROM search_document WHERE place = ?`, former)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if _, err := t.Exec(`INSERT INTO search_document (kind, ref, stream, title, body, at) VALUES (?, ?, ?, ?, ?, ?)`,
		d.Kind, d.Ref, d.Stream, d.Title, d.Body, d.At.UnixMicro()); err != nil {
		return err
	}
	_, err = t.Exec(`INSERT INTO search_index (rowid, title, body) VALUES (last_insert_rowid(), ?, ?)`, d.Title, d.Body)
	return err
}

// indexAll makes the index anew of all documents.
func (db *DB) indexAll(ctx context.Context) error {
	return db.Update(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO search_index (search_index) VALUES ('rebuild')`)
		return err
	})
}

// Unindex removes what a stream had put into the search.
func (t *Tx) Unindex(stream string) error {
	_, err := t.Exec(`DELETE FROM search_document WHERE stream = ?`, stream)
	return err
}

// TitleOf is the title under which what a stream holds is found; empty when it is not.
func (t *Tx) TitleOf(stream string) (title string, err error) {
	err = t.Get(`SELECT title FROM search_document WHERE stream = ? ORDER BY place LIMIT 1`, []any{stream}, &title)
	if err == ErrNotFound {
		return "", nil
	}
	return title, err
}

// Search finds documents that have all the words, accents and case folded, the
// last one as a beginning; the best first. kind may be empty for all kinds.
func (t *Tx) Search(words, kind string, limit int) ([]Hit, error) {
	match := Match(words)
	if match == "" {
		return nil, nil
	}
	from, err := t.newest(match)
	if err != nil {
		return nil, err
	}
	hits, err := t.best(match, kind, limit, from)
	if err != nil || from == 0 || len(hits) == limit {
		return hits, err
	}
	return t.best(match, kind, limit, 0) // those of this kind are older
}

// Streams gives the streams that hold what Search finds of any kind, the best first, each once.
func (t *Tx) Streams(words string, limit int) (streams []string, err error) {
	match := Match(words)
	if match == "" {
		return nil, nil
	}
	from, err := t.newest(match)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	err = t.Each(`SELECT d.stream FROM search_index CROSS JOIN search_document d ON d.place = search_index.rowid
		WHERE search_index MATCH ?1 AND search_index.rowid >= ?3 AND search_index.rank MATCH 'bm25(4.0, 1.0)'
		ORDER BY search_index.rank LIMIT ?2`, []any{match, limit, from}, func(scan func(...any) error) error {
		var s string
		if err := scan(&s); err != nil {
			return err
		}
		if !seen[s] {
			seen[s] = true
			streams = append(streams, s)
		}
		return nil
	})
	return streams, err
}

// ranked is how many documents are ranked at once: of words that more of them hold, as at the first letters that one types, the
// latest are. Ranking costs some microseconds a document.
const ranked = 2000

// newest gives the place from which on the latest documents that match are; 0 when they are few. A word that few hold answers
// for all of them: the longest is asked first.
func (t *Tx) newest(match string) (from int64, err error) {
	words := strings.Split(match, " ")
	slices.SortStableFunc(words, func(x, y string) int { return len(y) - len(x) })
	if len(words) > 1 {
		words = append(words, match)
	}
	for _, w := range words {
		err := t.Get(`SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?`, []any{w, ranked}, &from)
		if err == ErrNotFound {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return from, nil
}

// best gives what matches from a place on, in its rank: FTS5 sorts before anything else of a document is read, so that a passage is
// cut out of what is given alone.
func (t *Tx) best(match, kind string, limit int, from int64) ([]Hit, error) {
	return All(t, `SELECT d.kind, d.ref, d.title, snippet(search_index, 1, char(0x2068), char(0x2069), '…', 16), d.at
		FROM search_index CROSS JOIN search_document d ON d.place = search_index.rowid
		WHERE search_index MATCH ?1 AND search_index.rowid >= ?4 AND search_index.rank MATCH 'bm25(4.0, 1.0)' AND (?2 = '' OR d.kind = ?2)
		ORDER BY search_index.rank LIMIT ?3`, []any{match, kind, limit, from},
		func(scan func(...any) error) (Hit, error) {
			var h Hit
			var at int64
			err := scan(&h.Kind, &h.Ref, &h.Title, &h.Snippet, &at)
			h.At = time.UnixMicro(at).UTC()
			return h, err
		})
}

// Match makes an FTS5 expression of what a person typed, empty for no words: each word quoted, so that no character is an operator,
// and the last a beginning. The first letter of a second word says nothing yet (thousands of words begin with it) and is left out
// until the next is typed; a figure by itself is the whole number.
func Match(typed string) string {
	words := strings.FieldsFunc(typed, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	words = words[:min(len(words), maxWords)]
	if len(words) == 0 {
		return ""
	}
	beginning := "*"
	if last := []rune(words[len(words)-1]); len(words) > 1 && len(last) == 1 {
		if unicode.IsLetter(last[0]) {
			words = words[:len(words)-1]
		} else {
			beginning = ""
		}
	}
	for i, w := range words {
		words[i] = `"` + w + `"`
	}
	return strings.Join(words, " ") + beginning
}

// maxWords bounds the words that are looked for.
const maxWords = 12
