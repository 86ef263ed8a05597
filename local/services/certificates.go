package services

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// KindSeen is the entry by which a person's certificate is known on all computers of the town
// hall; its stream is «certificate/<fingerprint>».
const KindSeen = "certificate.seen"

// CertificatePrefix is what the streams of certificates begin with.
const CertificatePrefix = "certificate/"

type seenCertificate struct {
	Certificate
	Person string `json:"person"`
}

// Held is a person's certificate in the calendar, with the request to renew it.
type Held struct {
	Certificate
	Person  string
	Request *Request
}

// NoteCertificate makes a person's certificate known to the other computers; a second time
// writes nothing.
func (c *Counter) NoteCertificate(ctx context.Context, actor, person string, cert Certificate) error {
	if person == "" || cert.Fingerprint == "" {
		return &rule.Refusal{Why: "On ne sait pas à qui est ce certificat.", Cure: "Dites dans les réglages qui travaille sur cet ordinateur."}
	}
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		stream := CertificatePrefix + cert.Fingerprint
		if version, _, err := journal.Head(tx, stream); err != nil || version > 0 {
			return nil, err
		}
		return []journal.Draft{{Stream: stream, Kind: KindSeen, Data: seenCertificate{cert, person}}}, nil
	})
	return err
}

// Certificates gives those that are known and last, or ended less than a year ago, the one that
// ends first before the others. One that a later one of the same person and issuer replaces is left out.
func (c *Counter) Certificates(ctx context.Context) (all []Held, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		found, err := store.All(tx, `SELECT data FROM certificate_seen`, nil, store.Decoded[seenCertificate])
		if err != nil {
			return err
		}
		for _, f := range found {
			replaced := slices.ContainsFunc(found, func(o seenCertificate) bool {
				return o.Person == f.Person && o.Subject == f.Subject && o.End.After(f.End)
			})
			if replaced || f.End.Before(c.j.Now().AddDate(-1, 0, 0)) {
				continue
			}
			h := Held{Certificate: f.Certificate, Person: f.Person}
			if h.Request, err = renewalOf(tx, f.Fingerprint); err != nil {
				return err
			}
			all = append(all, h)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Held) int { return a.End.Compare(b.End) })
	return all, err
}

// Left gives how many days a certificate has, below 0 once it has ended, and whether it is time
// to renew it: advance days ahead, 60 for none.
func (h Held) Left(now time.Time, advance int) (days int, renew bool) {
	if advance <= 0 {
		advance = 60
	}
	days = int(h.End.Sub(now).Hours() / 24)
	if h.End.Before(now) {
		days = min(days, -1)
	}
	return days, days <= advance
}

func certificatesProjection() journal.Projection {
	return journal.Projection{
		Name: "services-certificates", Version: 1, Prefix: CertificatePrefix, Tables: []string{"certificate_seen"},
		Schema: `CREATE TABLE certificate_seen (fingerprint TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			if ev.Kind != KindSeen || !json.Valid(ev.Data) {
				return nil
			}
			_, err := tx.Exec(`INSERT INTO certificate_seen VALUES (?, ?) ON CONFLICT (fingerprint) DO NOTHING`, strings.TrimPrefix(ev.Stream, CertificatePrefix), ev.Data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM certificate_seen WHERE fingerprint = ?`, strings.TrimPrefix(stream, CertificatePrefix))
			return err
		},
	}
}
