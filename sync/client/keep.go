package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// Keeping is what a person settled about the documents that stay on this laptop. What the town
// hall's rules need, and what was pinned by hand, stays in any case.
type Keeping struct {
	// Months: older documents leave the laptop; 0: none leaves for its age.
	Months int `json:"months"`
	// Floor is the room in bytes that is kept free on the disk: below it the oldest leave.
	Floor int64 `json:"floor"`
}

const (
	settingKeeping = "sync.keeping"
	// usualFloor is what a system needs to go on working without complaint.
	usualFloor = 5 << 30
	// grace is how long a document stays after the server was first known to keep it: a server
	// put back from its last backup has it too.
	grace = 48 * time.Hour
	// letGo stands in the place of the time since when the server keeps a document that nobody is to have any more:
	// the server is not asked about it.
	letGo = -1
	// unasked bounds a document fetched for who opens it.
	unasked = time.Minute
)

// ErrElsewhere: the document is on the server, and cannot be brought now.
var ErrElsewhere = errors.New("the document is on the server")

// Keeping gives what was settled.
func (c *Client) Keeping(ctx context.Context) (k Keeping, err error) {
	k.Floor = usualFloor
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(settingKeeping)
		if err != nil || text == "" {
			return err
		}
		return json.Unmarshal([]byte(text), &k)
	})
	if err != nil {
		return k, fmt.Errorf("reading which documents stay: %w", err)
	}
	return k, nil
}

// SetKeeping settles it; the documents come and go at the next exchange.
func (c *Client) SetKeeping(ctx context.Context, k Keeping) error {
	if k.Months < 0 || k.Floor < 0 {
		return fmt.Errorf("keeping %d months and %d bytes", k.Months, k.Floor)
	}
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	err = c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingKeeping, string(text)) })
	c.kickSmall()
	return err
}

// Pin keeps the documents of a stream on this laptop, or no longer does.
func (c *Client) Pin(ctx context.Context, stream string, on bool) error {
	err := c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		if !on {
			_, err := tx.Exec(`DELETE FROM document_pin WHERE stream = ?`, stream)
			return err
		}
		if _, err := tx.Exec(`INSERT INTO document_pin (stream) VALUES (?) ON CONFLICT DO NOTHING`, stream); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE document SET state = 'wanted' WHERE stream = ? AND state = 'away'`, stream)
		return err
	})
	c.kickSmall()
	return err
}

// Stock is where the authority's documents are.
type Stock struct {
	Here, Away int   // documents
	Bytes      int64 // of those here whose length is known
	Room       int64 // free on the disk
	Pinned     []string
}

// Stock counts them.
func (c *Client) Stock(ctx context.Context) (s Stock, err error) {
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		if err := tx.Get(`SELECT count(*) FILTER (WHERE state IN ('owed', 'kept')), count(*) FILTER (WHERE state = 'away'),
			coalesce(sum(size) FILTER (WHERE state IN ('owed', 'kept')), 0) FROM document`, nil, &s.Here, &s.Away, &s.Bytes); err != nil {
			return err
		}
		s.Pinned, err = store.All(tx, `SELECT stream FROM document_pin ORDER BY stream`, nil, func(scan func(...any) error) (v string, err error) { return v, scan(&v) })
		return err
	})
	if err == nil {
		s.Room, _, err = c.room(Keeping{})
	}
	return s, err
}

// room gives what is free on the disk, and what is to be kept free of it: what was settled, or a twentieth of a disk that is
// itself small.
func (c *Client) room(k Keeping) (free, floor int64, err error) {
	if c.o.Room != nil {
		free, err = c.o.Room()
		return free, k.Floor, err
	}
	free, whole, err := c.o.Journal.Store().Blobs().Room()
	return free, min(k.Floor, whole/20), err
}

// choose decides of what is wanted, and of what was left away, by what was settled: what is
// needed is wanted, what is too old is not.
func (c *Client) choose(ctx context.Context, needed func(*document) bool) error {
	k, err := c.Keeping(ctx)
	if err != nil {
		return err
	}
	away, err := c.documents(ctx, `state = 'away'`)
	if err != nil {
		return err
	}
	away = slices.DeleteFunc(away, func(d document) bool { return !needed(&d) })
	if err := c.set(ctx, stateWanted, []string{stateAway}, digestsOf(away)...); err != nil {
		return err
	}
	shunned, err := c.shunned(ctx)
	if err != nil {
		return err
	}
	if len(shunned) > 0 {
		left, err := c.documents(ctx, `state = 'wanted'`)
		if err != nil {
			return err
		}
		left = slices.DeleteFunc(left, func(d document) bool { return !shunned[d.stream] || needed(&d) || c.isAbsent(d.digest) })
		if err := c.set(ctx, stateAway, []string{stateWanted}, digestsOf(left)...); err != nil {
			return err
		}
	}
	if k.Months == 0 {
		return nil
	}
	old, err := c.documents(ctx, `state = 'wanted' AND at < ?`, c.eldest(k).UnixMicro())
	if err != nil {
		return err
	}
	old = slices.DeleteFunc(old, func(d document) bool { return needed(&d) || c.isAbsent(d.digest) })
	return c.set(ctx, stateAway, []string{stateWanted}, digestsOf(old)...)
}

// isAbsent tells whether the server lacks a document: it cannot be left there.
func (c *Client) isAbsent(d store.Digest) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.absent[d]
}

// shunned are the streams whose documents a person leaves on the server.
func (c *Client) shunned(ctx context.Context) (map[string]bool, error) {
	if c.o.Shunned == nil {
		return nil, nil
	}
	all, err := c.o.Shunned(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking which documents stay on the server: %w", err)
	}
	return all, nil
}

// Want has the documents of streams that were left on the server come with the next exchanges.
func (c *Client) Want(ctx context.Context, streams ...string) error {
	list, err := json.Marshal(streams)
	if err != nil {
		return err
	}
	err = c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE document SET state = 'wanted' WHERE state = 'away' AND stream IN (SELECT value FROM json_each(?))`, string(list))
		return err
	})
	c.kickSmall()
	return err
}

// LetGo takes off this laptop documents that nobody is to have any more, and neither sends nor fetches them from then on.
// done are those that are gone; one that a page still shows goes another time. What the server keeps of them is not touched.
func (c *Client) LetGo(ctx context.Context, digests ...store.Digest) (done []store.Digest, err error) {
	now := c.o.Now().UnixMicro()
	// The mark is on the disk before the file goes: a document is never taken for lost.
	if err := c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		for _, d := range digests {
			if _, err := tx.Exec(`INSERT INTO document (digest, state, stream, place, at, held) VALUES (?, 'away', '', 0, ?, ?)
				ON CONFLICT (digest) DO UPDATE SET state = 'away', upload = '', held = excluded.held`, d[:], now, letGo); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	blobs := c.o.Journal.Store().Blobs()
	for _, d := range digests {
		if blobs.Has(d) {
			if err := blobs.Remove(d); err != nil {
				c.o.Log.Info("a document that was let go of is in use", "error", err.Error())
				continue
			}
		}
		done = append(done, d)
	}
	return done, nil
}

func (c *Client) eldest(k Keeping) time.Time { return c.o.Now().AddDate(0, -k.Months, 0) }

// fitting gives those of some wanted documents for which there is room; the others are left on
// the server, the needed ones apart: a full disk is better told than a folder left unread.
func (c *Client) fitting(ctx context.Context, part []document, needed func(*document) bool) ([]document, error) {
	k, err := c.Keeping(ctx)
	if err != nil {
		return nil, err
	}
	room, floor, err := c.room(k)
	if err != nil {
		return nil, err
	}
	var fits []document
	var left []store.Digest
	for _, d := range part {
		// What has no known length is small, or will be put back.
		if room -= max(d.size, smallDocument/4); room < floor && !needed(&d) {
			left = append(left, d.digest)
			continue
		}
		fits = append(fits, d)
	}
	return fits, c.set(ctx, stateAway, []string{stateWanted}, left...)
}

// Freed is what MakeRoom did.
type Freed struct {
	Documents int
	Bytes     int64
}

// MakeRoom takes off this laptop the documents that need not be here: the old ones, those that a person leaves on the
// server, and the oldest while the disk has too little room. None leaves that the server does not say, at
// that moment, that it keeps, and has kept for two days.
func (c *Client) MakeRoom(ctx context.Context) (freed Freed, err error) {
	k, err := c.Keeping(ctx)
	if err != nil {
		return freed, err
	}
	if err := c.confirm(ctx); err != nil {
		return freed, err
	}
	needed, err := c.needed(ctx)
	if err != nil {
		return freed, err
	}
	may, err := c.documents(ctx, `state = 'kept' AND held BETWEEN 1 AND ? ORDER BY at`, c.o.Now().Add(-grace).UnixMicro())
	if err != nil {
		return freed, err
	}
	may = slices.DeleteFunc(may, func(d document) bool { return needed(&d) })
	room, floor, err := c.room(k)
	if err != nil {
		return freed, err
	}
	shunned, err := c.shunned(ctx)
	if err != nil {
		return freed, err
	}
	var leave []document
	for _, d := range may {
		old := k.Months > 0 && d.at.Before(c.eldest(k))
		if !old && !shunned[d.stream] && room >= floor {
			continue
		}
		leave = append(leave, d)
		if n, err := c.o.Journal.Store().Blobs().Taken(d.digest); err == nil {
			room += n
		}
	}
	for part := range slices.Chunk(leave, window) {
		done, err := c.release(ctx, part)
		freed.Documents, freed.Bytes = freed.Documents+done.Documents, freed.Bytes+done.Bytes
		if err != nil {
			return freed, err
		}
	}
	return freed, nil
}

// Release takes the documents of a stream off this laptop, by hand; what the server has kept for
// less than two days stays.
func (c *Client) Release(ctx context.Context, stream string) (Freed, error) {
	if err := c.Pin(ctx, stream, false); err != nil {
		return Freed{}, err
	}
	may, err := c.documents(ctx, `state = 'kept' AND stream = ? AND held BETWEEN 1 AND ?`, stream, c.o.Now().Add(-grace).UnixMicro())
	if err != nil {
		return Freed{}, err
	}
	return c.release(ctx, may)
}

// release takes documents off this laptop after asking the server anew. One that it has not
// got is owed to it again.
func (c *Client) release(ctx context.Context, documents []document) (freed Freed, err error) {
	lacking, err := c.lacking(ctx, digestsOf(documents))
	if err != nil {
		return freed, fmt.Errorf("asking whether the server keeps them: %w", err)
	}
	var leave, lost []store.Digest
	for i := range documents {
		if d := documents[i].digest; lacking[d] {
			lost = append(lost, d)
		} else {
			leave = append(leave, d)
		}
	}
	if err := c.lose(ctx, lost); err != nil {
		return freed, err
	}
	// The mark is on the disk before the file goes: a document is never taken for lost.
	if err := c.set(ctx, stateAway, []string{stateKept}, leave...); err != nil {
		return freed, err
	}
	blobs := c.o.Journal.Store().Blobs()
	for _, d := range leave {
		n, err := blobs.Taken(d)
		if err == nil {
			err = blobs.Remove(d)
		}
		if err != nil {
			// In use (a page is showing it), or gone already: it leaves another time.
			if err := c.set(ctx, stateKept, []string{stateAway}, d); err != nil {
				return freed, err
			}
			continue
		}
		freed.Documents++
		freed.Bytes += n
	}
	return freed, nil
}

// lose notes that the server has no longer got documents: those that are here are owed to it
// again, the others wanted from whoever has them. What was let go of stays so.
func (c *Client) lose(ctx context.Context, digests []store.Digest) error {
	if len(digests) == 0 {
		return nil
	}
	blobs := c.o.Journal.Store().Blobs()
	return c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		for _, d := range digests {
			state := stateWanted
			if blobs.Has(d) {
				state = stateOwed
			}
			if _, err := tx.Exec(`UPDATE document SET state = ?, held = 0, upload = '' WHERE digest = ? AND held <> ?`, state, d[:], letGo); err != nil {
				return err
			}
		}
		return nil
	})
}

// resend owes again what the server once kept, lacks, and others look for, if it is here.
func (c *Client) resend(ctx context.Context, sought []store.Digest) error {
	blobs := c.o.Journal.Store().Blobs()
	var lost []store.Digest
	for _, d := range sought {
		if !blobs.Has(d) {
			continue
		}
		// What no entry of this authority names is nobody's to ask for.
		kept, err := c.documents(ctx, `digest = ? AND state = 'kept'`, d[:])
		if err != nil {
			return err
		}
		lost = append(lost, digestsOf(kept)...)
	}
	return c.lose(ctx, lost)
}

// confirm asks the server of the documents of which it is not known whether it keeps them: those that are here, and
// those that were left there, which a server put back from a copy may lack. What it lacks and is not here either is
// looked for again.
func (c *Client) confirm(ctx context.Context) error {
	unsure, err := c.documents(ctx, `state IN ('kept', 'away') AND held = 0 LIMIT ?`, 10*protocol.MaxDigests)
	if err != nil || len(unsure) == 0 {
		return err
	}
	lacking, err := c.lacking(ctx, digestsOf(unsure))
	if err != nil {
		return fmt.Errorf("asking whether the server keeps documents: %w", err)
	}
	var there, lost []store.Digest
	for i := range unsure {
		if d := unsure[i].digest; lacking[d] {
			lost = append(lost, d)
		} else {
			there = append(there, d)
		}
	}
	return errors.Join(c.held(ctx, there...), c.seek(ctx, lost))
}

// seek is lose for documents that the server has just said that it lacks.
func (c *Client) seek(ctx context.Context, lost []store.Digest) error {
	c.mu.Lock()
	for _, d := range lost {
		c.absent[d] = true
	}
	c.mu.Unlock()
	return c.lose(ctx, lost)
}

// bring fetches a document for who opens it and finds that it is not here. It touches no table:
// whoever opens it may be holding the database. Exchanges note later that it is here.
func (c *Client) bring(d store.Digest) error {
	c.mu.Lock()
	paused, ctx := c.status.Paused, c.online
	c.mu.Unlock()
	if paused {
		return fmt.Errorf("%w: %w", ErrElsewhere, ErrPaused)
	}
	ctx, stop := context.WithTimeout(ctx, unasked)
	defer stop()
	c.first.enter()
	defer c.first.leave()
	_, _, err := c.fetch(ctx, d, true, false)
	switch {
	case err == nil:
		c.mu.Lock()
		c.brought = append(c.brought, d)
		c.mu.Unlock()
		c.kickSmall()
		return nil
	case errors.Is(err, protocol.ErrNotFound):
		return fmt.Errorf("its own laptop has not sent it: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrElsewhere, classify(err))
}

// settleHere notes documents that are here though they were taken to be elsewhere: brought for
// who opened them, or, the first time, whatever a crash left unnoted.
func (c *Client) settleHere(ctx context.Context) error {
	c.mu.Lock()
	brought, first := c.brought, !c.settled
	c.brought, c.settled = nil, true
	c.mu.Unlock()
	if first {
		elsewhere, err := c.documents(ctx, `state IN ('wanted', 'away')`)
		if err != nil {
			return err
		}
		brought = append(brought, digestsOf(elsewhere)...)
	}
	here := map[store.Digest]int64{}
	for _, d := range brought {
		if n, err := c.size(d); err == nil {
			here[d] = n
		}
	}
	return c.arrived(ctx, here)
}

// roomInTime makes room, at most once an hour.
func (c *Client) roomInTime(ctx context.Context) error {
	now := c.o.Now()
	c.mu.Lock()
	due := now.Sub(c.madeRoom) >= time.Hour || now.Before(c.madeRoom)
	if due {
		c.madeRoom = now
	}
	c.mu.Unlock()
	if !due {
		return nil
	}
	if _, err := c.MakeRoom(ctx); err != nil {
		return fmt.Errorf("making room: %w", err)
	}
	return nil
}
