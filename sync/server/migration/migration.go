// Package migration moves all that a server keeps to another storage, while the
// first goes on answering.
//
// What is there is copied, then what came meanwhile; then writing is stopped, and
// laptops are told to try again a little later; the rest is copied, all is compared,
// and the caller may make the second storage the server's own. A copy that stopped
// is begun again by the same call, and goes on from what it finds.
package migration

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

// End is a storage with its documents.
type End struct {
	Storage server.Storage
	Blobs   server.Blobs
}

// Options say what moves where.
type Options struct {
	From, To End
	// Freeze stops writing to From, for good; reads go on.
	Freeze func(ctx context.Context) error
	// Tell hears what is being done, in French; it may be nil.
	Tell func(words string)
}

// ErrDiffers: what arrived is not what left; nothing was switched.
var ErrDiffers = errors.New("the copy differs from what was copied")

// Report tells what was moved, and compared.
type Report struct {
	Authorities, Devices, Entries, Documents, Bytes int64
	// Links are those sent and asked for; who runs a migration moves them beside it.
	Links int64
}

// page is how many rows are moved at a time.
const page = 500

// Run moves everything and compares it.
func Run(ctx context.Context, o Options) (Report, error) {
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	o.Tell("copie de ce qui est là ; le serveur continue de répondre")
	if err := o.copy(ctx); err != nil {
		return Report{}, err
	}
	o.Tell("copie de ce qui est venu entre-temps")
	if err := o.copy(ctx); err != nil {
		return Report{}, err
	}
	o.Tell("les envois sont suspendus, les lectures continuent ; copie des derniers éléments")
	if err := o.Freeze(ctx); err != nil {
		return Report{}, fmt.Errorf("stopping writing: %w", err)
	}
	if err := o.copy(ctx); err != nil {
		return Report{}, err
	}
	o.Tell("comparaison de tout ce qui a été copié, par empreinte")
	return o.compare(ctx)
}

func (o *Options) copy(ctx context.Context) error {
	authorities, err := o.From.Storage.Authorities(ctx)
	if err != nil {
		return fmt.Errorf("reading the authorities: %w", err)
	}
	for _, a := range authorities {
		if err := o.To.Storage.AddAuthority(ctx, a); err != nil && !errors.Is(err, server.ErrExists) {
			return fmt.Errorf("moving authority %s: %w", a.ID, err)
		}
		for what, move := range map[string]func(context.Context, string) error{"devices": o.devices, "keys": o.keys, "codes": o.codes, "entries": o.entries} {
			if err := move(ctx, a.ID); err != nil {
				return fmt.Errorf("moving the %s of %s: %w", what, a.ID, err)
			}
		}
		if err := o.documents(ctx, a.ID); err != nil {
			return fmt.Errorf("moving the documents of %s: %w", a.ID, err)
		}
	}
	return o.house(ctx)
}

func (o *Options) devices(ctx context.Context, authority string) error {
	devices, err := o.From.Storage.Devices(ctx, authority)
	if err != nil {
		return err
	}
	there, err := o.To.Storage.Devices(ctx, authority)
	if err != nil || protocol.DevicesHash(devices) == protocol.DevicesHash(there) {
		return err
	}
	for _, d := range devices {
		if err := o.To.Storage.PutDevice(ctx, authority, d); err != nil {
			return err
		}
	}
	seen, err := o.From.Storage.Seen(ctx, authority)
	if err != nil {
		return err
	}
	return o.To.Storage.NoteSeen(ctx, seen)
}

func (o *Options) keys(ctx context.Context, authority string) error {
	for after := int64(0); ; {
		keys, err := o.From.Storage.KeysAfter(ctx, authority, after, page)
		if err != nil || len(keys) == 0 {
			return err
		}
		if err := o.To.Storage.PutPlacedKeys(ctx, authority, keys); err != nil {
			return err
		}
		after = keys[len(keys)-1].Place
	}
}

// codes makes the enrolment codes that wait those of From: one that served meanwhile goes.
func (o *Options) codes(ctx context.Context, authority string) error {
	ever := time.Unix(0, 0)
	here, err := o.From.Storage.Codes(ctx, authority, ever)
	if err != nil {
		return err
	}
	there, err := o.To.Storage.Codes(ctx, authority, ever)
	if err != nil {
		return err
	}
	has := func(codes []server.Code, c *server.Code) bool {
		return slices.ContainsFunc(codes, func(x server.Code) bool { return x.Hash == c.Hash })
	}
	for i := range there {
		if !has(here, &there[i]) {
			if err := o.To.Storage.DropCode(ctx, authority, there[i].Hash); err != nil {
				return err
			}
		}
	}
	for i := range here {
		if !has(there, &here[i]) {
			if err := o.To.Storage.AddCode(ctx, here[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func size(ctx context.Context, s server.Storage, authority string) (n int64, err error) {
	err = s.Read(ctx, authority, func(l server.Log) (err error) { n, err = l.Size(); return err })
	return n, err
}

// entries goes on after the last entry that arrived.
func (o *Options) entries(ctx context.Context, authority string) error {
	after, err := size(ctx, o.To.Storage, authority)
	if err != nil {
		return err
	}
	for {
		var some []journal.Placed
		err := o.From.Storage.Read(ctx, authority, func(l server.Log) (err error) { some, err = l.Entries(after, page); return err })
		if err != nil || len(some) == 0 {
			return err
		}
		for i := range some {
			if some[i].ComputeHash() != some[i].Hash {
				return fmt.Errorf("entry %d: %w", some[i].Seq, journal.ErrHash)
			}
		}
		if err := o.To.Storage.Write(ctx, authority, func(l server.Log) error { return server.Append(l, some) }); err != nil {
			return err
		}
		after = some[len(some)-1].Seq
	}
}

func (o *Options) documents(ctx context.Context, authority string) error {
	return each(ctx, o.From.Storage, authority, func(some []server.Blob) error {
		digests := make([]store.Digest, len(some))
		sizes := map[store.Digest]int64{}
		for i, b := range some {
			digests[i], sizes[b.Digest] = b.Digest, b.Size
		}
		lacking, err := o.To.Storage.Lacking(ctx, authority, digests)
		if err != nil {
			return err
		}
		for _, d := range lacking {
			b := server.Blob{Digest: d, Size: sizes[d]}
			if err := o.document(ctx, authority, b); err != nil {
				return err
			}
			if err := o.To.Storage.NoteBlobs(ctx, authority, []server.Blob{b}); err != nil {
				return err
			}
		}
		return nil
	})
}

// document moves one; its digest is computed on the way.
func (o *Options) document(ctx context.Context, authority string, b server.Blob) error {
	content, err := o.From.Blobs.Open(ctx, authority, b.Digest)
	if err != nil {
		return err
	}
	return errors.Join(o.To.Blobs.Put(ctx, authority, b.Digest, b.Size, content), content.Close())
}

// each lists an authority's documents, a page at a time.
func each(ctx context.Context, s server.Storage, authority string, do func([]server.Blob) error) error {
	for after := (store.Digest{}); ; {
		some, err := s.BlobsAfter(ctx, authority, after, page)
		if err != nil || len(some) == 0 {
			return err
		}
		if err := do(some); err != nil {
			return err
		}
		after = some[len(some)-1].Digest
	}
}

// house moves what is of no authority: the trust package, the parcels, the administrators, what they did.
func (o *Options) house(ctx context.Context) error {
	t, err := o.From.Storage.Trust(ctx)
	if err == nil {
		err = o.trust(ctx, t)
	} else if errors.Is(err, server.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("moving the trust package: %w", err)
	}
	if err := o.parcels(ctx); err != nil {
		return fmt.Errorf("moving the parcels: %w", err)
	}
	administrators, err := o.From.Storage.Administrators(ctx)
	for _, a := range administrators {
		if err == nil {
			err = o.To.Storage.PutAdministrator(ctx, a)
		}
	}
	if err != nil {
		return fmt.Errorf("moving the administrators: %w", err)
	}
	if err := o.acts(ctx); err != nil {
		return fmt.Errorf("moving the administrators' acts: %w", err)
	}
	return nil
}

func (o *Options) trust(ctx context.Context, t server.Published) error {
	if there, err := o.To.Storage.Trust(ctx); err == nil && there == t {
		return nil
	}
	if err := o.shelved(ctx, server.TrustShelf, t.Digest, protocol.MaxTrust); err != nil {
		return err
	}
	return o.To.Storage.SetTrust(ctx, t)
}

func (o *Options) parcels(ctx context.Context) error {
	here, err := o.From.Storage.Parcels(ctx)
	if err != nil {
		return err
	}
	there, err := o.To.Storage.Parcels(ctx)
	if err != nil {
		return err
	}
	for kind, p := range here {
		if there[kind] == p {
			continue
		}
		if err := o.shelved(ctx, server.ParcelShelf, p.Digest, protocol.MaxParcel); err != nil {
			return err
		}
		if err := o.To.Storage.SetParcel(ctx, kind, p); err != nil {
			return err
		}
	}
	return nil
}

// shelved moves what a shelf of the agency's keeps.
func (o *Options) shelved(ctx context.Context, shelf string, d store.Digest, most int64) error {
	content, err := o.From.Blobs.Open(ctx, shelf, d)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(content, most+1))
	if err := errors.Join(err, content.Close()); err != nil {
		return err
	}
	return o.To.Blobs.Put(ctx, shelf, d, int64(len(raw)), bytes.NewReader(raw))
}

// acts goes on after the last line that arrived; the numbers stay the same.
func (o *Options) acts(ctx context.Context) error {
	last, err := o.To.Storage.Acts(ctx, 0, 1)
	if err != nil {
		return err
	}
	var done int64
	if len(last) == 1 {
		done = last[0].Seq
	}
	var lacking []server.AuditLine
	for before := int64(0); ; {
		some, err := o.From.Storage.Acts(ctx, before, page)
		if err != nil {
			return err
		}
		for _, l := range some {
			if l.Seq > done {
				lacking = append(lacking, l)
			}
		}
		if len(some) == 0 || some[len(some)-1].Seq <= done {
			break
		}
		before = some[len(some)-1].Seq
	}
	slices.SortFunc(lacking, func(a, b server.AuditLine) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, l := range lacking {
		if _, err := o.To.Storage.NoteAct(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// compare reads everything again, from where it went.
func (o *Options) compare(ctx context.Context) (Report, error) {
	var r Report
	authorities, err := o.From.Storage.Authorities(ctx)
	if err != nil {
		return r, err
	}
	there, err := o.To.Storage.Authorities(ctx)
	if err != nil {
		return r, err
	}
	if !slices.Equal(authorities, there) {
		return r, fmt.Errorf("the list of the authorities: %w", ErrDiffers)
	}
	for _, a := range authorities {
		if err := o.compareOne(ctx, a.ID, &r); err != nil {
			return r, fmt.Errorf("comparing %s: %w", a.ID, err)
		}
		r.Authorities++
	}
	return r, nil
}

func (o *Options) compareOne(ctx context.Context, authority string, r *Report) error {
	here, err := o.From.Storage.Devices(ctx, authority)
	if err != nil {
		return err
	}
	there, err := o.To.Storage.Devices(ctx, authority)
	if err != nil {
		return err
	}
	if protocol.DevicesHash(here) != protocol.DevicesHash(there) {
		return fmt.Errorf("the devices: %w", ErrDiffers)
	}
	r.Devices += int64(len(here))
	if err := o.compareKeys(ctx, authority); err != nil {
		return err
	}
	n, err := o.compareLogs(ctx, authority)
	if err != nil {
		return err
	}
	r.Entries += n
	return each(ctx, o.From.Storage, authority, func(some []server.Blob) error {
		for _, b := range some {
			if err := o.compareDocument(ctx, authority, b); err != nil {
				return fmt.Errorf("document %s: %w", b.Digest, err)
			}
			r.Documents++
			r.Bytes += b.Size
		}
		return nil
	})
}

func (o *Options) compareDocument(ctx context.Context, authority string, b server.Blob) error {
	content, err := o.To.Blobs.Open(ctx, authority, b.Digest)
	if err != nil {
		return err
	}
	hash := sha256.New()
	n, err := io.Copy(hash, content)
	if err := errors.Join(err, content.Close()); err != nil {
		return err
	}
	if n != b.Size || store.Digest(hash.Sum(nil)) != b.Digest {
		return ErrDiffers
	}
	return nil
}

func (o *Options) compareKeys(ctx context.Context, authority string) error {
	for after := int64(0); ; {
		here, err := o.From.Storage.KeysAfter(ctx, authority, after, page)
		if err != nil {
			return err
		}
		there, err := o.To.Storage.KeysAfter(ctx, authority, after, page)
		if err != nil {
			return err
		}
		same := slices.EqualFunc(here, there, func(a, b server.PlacedKey) bool {
			return a.Place == b.Place && a.Subject == b.Subject && a.Forgotten == b.Forgotten && bytes.Equal(a.Key, b.Key)
		})
		if !same {
			return fmt.Errorf("the keys: %w", ErrDiffers)
		}
		if len(here) == 0 {
			return nil
		}
		after = here[len(here)-1].Place
	}
}

// compareLogs computes the new log's tree again from its entries, and holds it against the old one.
func (o *Options) compareLogs(ctx context.Context, authority string) (n int64, err error) {
	var root tlog.Hash
	err = o.From.Storage.Read(ctx, authority, func(l server.Log) error {
		if n, err = l.Size(); err != nil {
			return err
		}
		root, err = tlog.TreeHash(n, l)
		return err
	})
	if err != nil {
		return 0, err
	}
	err = o.To.Storage.Read(ctx, authority, func(l server.Log) error {
		there, again, err := server.VerifyLog(l)
		if errors.Is(err, server.ErrDamaged) || err == nil && (there != n || again != root) {
			err = errors.Join(fmt.Errorf("the log: %w", ErrDiffers), err)
		}
		return err
	})
	return n, err
}
