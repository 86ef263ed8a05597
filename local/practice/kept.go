package practice

import (
	"context"
	"encoding/json"
	"fmt"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Certificates are the one thing of the training that the journal holds: the sheet that somebody earned, and what it says.
// They are kept with the authority's documents, where a training file may take them up.

// KindCertified is the kind of their entries; streams are «practice/<person>».
const (
	KindCertified = "practice.certified"
	prefix        = "practice/"
)

// MaxCertificate bounds a sheet, in bytes.
const MaxCertificate = 4 << 20

// Certificate is one that somebody earned.
type Certificate struct {
	Person    string        `json:"person"` // id
	Name      string        `json:"name"`   // as the sheet says it
	Course    string        `json:"course"` // the commune of the exercises
	Points    int           `json:"points"`
	Of        int           `json:"of"`
	Exercises int           `json:"exercises"`
	Drafts    int           `json:"drafts"` // exercises that rest on a formula that is not verified
	On        authority.Day `json:"on"`
	Document  store.Digest  `json:"document"` // the sheet, a PDF
}

// Projections make the table of the certificates.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "practice", Version: 1, Prefix: prefix, Tables: []string{"practice_certificate"},
		Schema: `CREATE TABLE practice_certificate (stream TEXT NOT NULL, n INTEGER NOT NULL, day TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (stream, n)) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			if ev.Kind != KindCertified {
				return nil
			}
			var c Certificate
			if err := json.Unmarshal(ev.Data, &c); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO practice_certificate (stream, n, day, data) SELECT ?1, coalesce(max(n), 0) + 1, ?2, ?3 FROM practice_certificate WHERE stream = ?1`, ev.Stream, string(c.On), []byte(ev.Data))
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM practice_certificate WHERE stream = ?`, stream)
			return err
		},
	}}
}

// Book is the certificates of one authority on one laptop.
type Book struct{ j *journal.Journal }

// NewBook gives the certificates that a journal holds.
func NewBook(j *journal.Journal) *Book { return &Book{j: j} }

// Keep keeps a certificate with its sheet. One that says the same, of the same day or another, is not kept twice: known.
func (b *Book) Keep(ctx context.Context, actor string, c Certificate, sheet []byte) (known bool, err error) {
	if c.Person == "" || c.Name == "" {
		return false, &rule.Refusal{Why: "L’attestation est nominative : personne n’est désigné sur cet ordinateur.", Cure: "Dites qui travaille ici, puis redemandez-la."}
	}
	if c.Document, err = b.j.Store().Blobs().PutBytes(ctx, sheet); err != nil {
		return false, fmt.Errorf("keeping a certificate: %w", err)
	}
	_, err = b.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		all, err := certificates(tx)
		if err != nil {
			return nil, err
		}
		for _, have := range all {
			if known = have.Person == c.Person && have.Name == c.Name && have.Course == c.Course && have.Points == c.Points && have.Of == c.Of; known {
				return nil, nil
			}
		}
		return []journal.Draft{{Stream: prefix + c.Person, Kind: KindCertified, Data: c, Blobs: []store.Digest{c.Document}}}, nil
	})
	return known, err
}

func certificates(tx *store.Tx) ([]Certificate, error) {
	return store.All(tx, `SELECT data FROM practice_certificate ORDER BY day DESC, stream, n DESC`, nil, store.Decoded[Certificate])
}

// Certificates are those kept, the latest first.
func (b *Book) Certificates(ctx context.Context) (all []Certificate, err error) {
	err = b.j.Store().View(ctx, func(tx *store.Tx) error { all, err = certificates(tx); return err })
	return all, err
}

// Sheet gives the document of a certificate.
func (b *Book) Sheet(c Certificate) ([]byte, error) {
	return b.j.Store().Blobs().Read(c.Document, MaxCertificate)
}
