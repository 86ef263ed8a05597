package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// ErrNotPlaced: the server has not given the entry a place yet.
var ErrNotPlaced = errors.New("the entry has no place on the server yet")

// proveTries bounds how often the log may grow while its head is asked for.
const proveTries = 10

// Prove gives the proof, for a third party, that the authority's log holds an entry. The
// server signs the head of the log; the path to it is computed here, from what this laptop
// has verified. Errors: store.ErrNotFound, ErrNotPlaced, and those of an exchange.
func (c *Client) Prove(ctx context.Context, id string) (protocol.Inclusion, error) {
	for range proveTries {
		var cursor, keys int64
		err := c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) {
			if cursor, err = journal.Cursor(tx); err != nil {
				return err
			}
			keys, err = number(tx, settingKeys)
			return err
		})
		if err != nil {
			return protocol.Inclusion{}, err
		}
		answer, err := ask[protocol.Pulled](ctx, c.w, http.MethodGet, fmt.Sprintf("%s?after=%d&keysAfter=%d", protocol.PathPull, cursor, keys), nil, false)
		if err != nil {
			return protocol.Inclusion{}, classify(err)
		}
		// What came meanwhile is taken first; of the head that follows nothing is then left to take.
		if err := c.take(ctx, cursor, &answer); err != nil {
			return protocol.Inclusion{}, classify(err)
		}
		if len(answer.Entries) == 0 {
			return c.proof(ctx, id, &answer)
		}
	}
	return protocol.Inclusion{}, fmt.Errorf("the log grows faster than it is read: %w", ErrOffline)
}

const inclusionWords = "Preuve qu’un élément figure au journal d’une collectivité. 1. leafHash = SHA-256(00 ‖ leaf), où leaf est l’empreinte de l’élément suivie d’un octet. " +
	"2. path mène de leafHash, à l’indice index d’un arbre de size feuilles, à head.root (RFC 6962, RFC 9162 § 2.1.3.2). " +
	"3. head.signature est la signature Ed25519 de signed par logKey. 4. logKey est la clé publique du serveur, que l’agence publie."

func (c *Client) proof(ctx context.Context, id string, answer *protocol.Pulled) (p protocol.Inclusion, err error) {
	p = protocol.Inclusion{Format: protocol.InclusionFormat, Explain: inclusionWords, Head: answer.Head, Size: answer.Head.Size, Devices: answer.Devices,
		LogKey: c.o.Enrolment.LogKey, Signed: answer.Head.Message()}
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		r, err := journal.Find(tx, id)
		if err != nil {
			return err
		}
		if r.ServerSeq == 0 || r.ServerSeq > p.Size {
			return ErrNotPlaced
		}
		p.Entry = journal.Placed{Entry: r.Entry, Seq: r.ServerSeq, Contested: r.Standing == journal.Contested}
		p.Index, p.Leaf = r.ServerSeq-1, p.Entry.Leaf()
		p.LeafHash = journal.Hash(tlog.RecordHash(p.Leaf))
		p.Path, err = journal.Inclusion(tx, r.ServerSeq, p.Size)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("proving entry %.60q: %w", id, err)
	}
	return p, p.Check(c.o.Enrolment.LogKey)
}
