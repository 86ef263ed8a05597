package journal

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"alpi40.fr/airial/local/store"
)

// Proof is what Verify established.
type Proof struct {
	// Entries are those whose chains were followed; Ahead, those that came ahead of their turn,
	// checked by themselves.
	Entries int   `json:"entries"`
	Ahead   int   `json:"ahead,omitempty"`
	Devices int   `json:"devices"`
	LogSize int64 `json:"logSize"`
	Root    Hash  `json:"root"`
}

// Verify reads the whole journal: every hash, signature and chain, the
// versions of every stream (dense from 1), and the Merkle log against the
// entries. The first fault is the error.
func (j *Journal) Verify(ctx context.Context, keyOf func(device string) ed25519.PublicKey) (Proof, error) {
	var p Proof
	err := j.db.View(ctx, func(tx *store.Tx) error {
		if err := verifyChains(tx, keyOf, &p); err != nil {
			return err
		}
		if err := verifyStreams(tx); err != nil {
			return err
		}
		return verifyLog(tx, &p)
	})
	if err != nil {
		return p, fmt.Errorf("verifying the journal: %w", err)
	}
	return p, nil
}

func verifyChains(tx *store.Tx, keyOf func(string) ed25519.PublicKey, p *Proof) error {
	size, err := logSize(tx)
	if err != nil {
		return err
	}
	var prev *Entry
	var verify func(message, sig []byte) bool
	device := ""
	return tx.Each(`SELECT `+columns+` FROM entry ORDER BY device, device_seq`, nil, func(scan func(...any) error) error {
		r, err := scanRecord(scan)
		if err != nil {
			return err
		}
		if r.Device != device {
			device, prev = r.Device, nil
			p.Devices++
			key := keyOf(device)
			if key == nil {
				return fmt.Errorf("device %s: %w", device, ErrUnknownDevice)
			}
			verify = Verifier(key, SeveralOf)
		}
		if err := r.CheckBy(verify); err != nil {
			return err
		}
		if r.ServerSeq > size {
			p.Ahead++
			return nil // it came ahead of its turn: what stands before it in the chain is still to come
		}
		if err := r.Follows(prev); err != nil {
			return err
		}
		e := r.Entry
		prev = &e
		p.Entries++
		return nil
	})
}

func verifyStreams(tx *store.Tx) error {
	if err := tx.Each(`SELECT n.stream, n.version FROM entry n JOIN entry b ON b.stream = n.stream AND b.version = n.version - 1 AND b.standing <> 'contested'
		WHERE n.standing <> 'contested' AND n.base <> b.hash LIMIT 1`, nil, func(scan func(...any) error) error {
		var stream string
		var version int
		if err := scan(&stream, &version); err != nil {
			return err
		}
		return fmt.Errorf("stream %s, version %d: %w", stream, version, ErrBase)
	}); err != nil {
		return err
	}
	return tx.Each(`SELECT stream, max(version), count(*) FROM entry WHERE standing <> 'contested' GROUP BY stream HAVING max(version) <> count(*)`, nil,
		func(scan func(...any) error) error {
			var stream string
			var last, count int
			if err := scan(&stream, &last, &count); err != nil {
				return err
			}
			return fmt.Errorf("stream %s has %d entries up to version %d: %w", stream, count, last, store.ErrDamaged)
		})
}

func verifyLog(tx *store.Tx, p *Proof) (err error) {
	if p.LogSize, err = logSize(tx); err != nil {
		return err
	}
	next := int64(1)
	err = tx.Each(`SELECT `+columns+` FROM entry WHERE server_seq IS NOT NULL AND server_seq <= ? ORDER BY server_seq`, []any{p.LogSize},
		func(scan func(...any) error) error {
			r, err := scanRecord(scan)
			if err != nil {
				return err
			}
			if r.ServerSeq != next {
				return fmt.Errorf("place %d of the log: %w", next, ErrOrder)
			}
			next++
			return matchesLeaf(tx, &Placed{Entry: r.Entry, Seq: r.ServerSeq, Contested: r.Standing == Contested})
		})
	if err != nil {
		return err
	}
	if next != p.LogSize+1 {
		return fmt.Errorf("the log has %d places, %d entries have one: %w", p.LogSize, next-1, ErrLog)
	}
	p.Root, err = Root(tx, p.LogSize)
	return err
}
