// Package storagetest holds what any implementation of server.Storage must do.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

// Run holds an implementation to the interface. open gives an empty storage,
// closed by the test.
func Run(t *testing.T, open func(t *testing.T) server.Storage) {
	for name, check := range map[string]func(*testing.T, context.Context, server.Storage){
		"authorities": authorities, "codes serve once and in time": codes, "revocation stays": revocation,
		"a failed write leaves nothing": atomic, "the log grows without a hole": grows, "authorities have their own logs": apart,
		"forgotten keys never come back": keys, "the trust package only grows": trust, "a token is spent once": spend, "documents": blobs,
		"administrators and their acts": administration, "signs of life": seen, "a device moves as it is": moved, "writers of one log wait for one another": wait, "whole streams": whole, "parcels only grow, each of its kind": parcels,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			ctx := context.Background()
			for _, id := range []string{"a", "b"} {
				if err := s.AddAuthority(ctx, server.Authority{ID: id, Name: "Commune " + id}); err != nil {
					t.Fatal(err)
				}
			}
			check(t, ctx, s)
		})
	}
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func authorities(t *testing.T, ctx context.Context, s server.Storage) {
	if err := s.AddAuthority(ctx, server.Authority{ID: "a", Name: "Encore"}); !errors.Is(err, server.ErrExists) {
		t.Errorf("twice: %v", err)
	}
	if a, err := s.Authority(ctx, "a"); err != nil || a.Name != "Commune a" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := s.Authority(ctx, "c"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	if all, err := s.Authorities(ctx); err != nil || len(all) != 2 || all[0].ID != "a" {
		t.Errorf("%+v, %v", all, err)
	}
	if err := s.Ping(ctx); err != nil {
		t.Error(err)
	}
}

func enrol(t *testing.T, ctx context.Context, s server.Storage, authority, device string) {
	t.Helper()
	code := [32]byte{byte(len(device)), device[0], authority[0]}
	if err := s.AddCode(ctx, server.Code{Hash: code, Authority: authority, Expires: noon.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Enrol(ctx, code, noon, protocol.Device{ID: device, Name: "poste", Signature: make([]byte, 32), Exchange: make([]byte, 32), Enrolled: noon}); err != nil {
		t.Fatal(err)
	}
}

func codes(t *testing.T, ctx context.Context, s server.Storage) {
	for i, late := range []time.Duration{time.Minute, 2 * time.Minute} {
		code := [32]byte{byte(i + 1)}
		if err := s.AddCode(ctx, server.Code{Hash: code, Authority: "a", Expires: noon.Add(time.Minute)}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Enrol(ctx, code, noon.Add(late), protocol.Device{ID: fmt.Sprint("late", i)}); !errors.Is(err, server.ErrBadCode) {
			t.Errorf("after %v: %v", late, err)
		}
	}
	kept := server.Code{Hash: [32]byte{7, 1}, Authority: "a", Expires: noon.Add(30 * 24 * time.Hour), Made: noon, Note: "Lot de décembre"}
	if err := s.AddCode(ctx, kept); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Codes(ctx, "a", noon.Add(29*24*time.Hour)); err != nil || len(all) != 1 || all[0] != kept {
		t.Errorf("%+v, %v", all, err)
	}
	if err := s.DropCode(ctx, "b", kept.Hash); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("taken back by another authority: %v", err)
	}
	if err := s.DropCode(ctx, "a", kept.Hash); err != nil {
		t.Error(err)
	}
	if _, err := s.Enrol(ctx, kept.Hash, noon, protocol.Device{ID: "dropped"}); !errors.Is(err, server.ErrBadCode) {
		t.Errorf("a code that was taken back: %v", err)
	}
	enrol(t, ctx, s, "a", "d1")
	if _, err := s.Enrol(ctx, [32]byte{2, 'd', 'a'}, noon, protocol.Device{ID: "d2"}); !errors.Is(err, server.ErrBadCode) {
		t.Errorf("twice: %v", err)
	}
	if all, err := s.Devices(ctx, "a"); err != nil || len(all) != 1 || all[0].ID != "d1" || !all[0].Enrolled.Equal(noon) {
		t.Errorf("%+v, %v", all, err)
	}
}

func revocation(t *testing.T, ctx context.Context, s server.Storage) {
	enrol(t, ctx, s, "a", "d1")
	if err := s.Revoke(ctx, "b", "d1", noon); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("by another authority: %v", err)
	}
	for i := range 2 {
		if err := s.Revoke(ctx, "a", "d1", noon.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	d, authority, err := s.Device(ctx, "d1")
	if err != nil || authority != "a" || d.Revoked == nil || !d.Revoked.Equal(noon) {
		t.Errorf("%+v, %v", d, err)
	}
}

// add appends an entry of a stream; the storage does not judge signatures.
func add(l server.Log, authority, stream string, contested bool) error {
	size, err := l.Size()
	if err != nil {
		return err
	}
	tips, err := l.Streams([]string{stream})
	if err != nil {
		return err
	}
	tip := tips[stream]
	chain, err := l.Chain("d1")
	if err != nil {
		return err
	}
	p := journal.Placed{Seq: size + 1, Contested: contested, Entry: journal.Entry{
		ID: fmt.Sprint(authority, size), Authority: authority, Stream: stream, Version: int(tip.Number) + 1, Base: tip.Hash, Kind: "thing.noted", Schema: 1,
		Data: []byte(`{}`), Actor: "personne", Device: "d1", DeviceSeq: chain.Number + 1, At: noon, Prev: chain.Hash,
	}}
	if contested {
		p.Version = int(max(tip.Number, 1))
	}
	p.Hash = p.ComputeHash()
	hashes, err := tlog.StoredHashes(size, p.Leaf(), l)
	if err != nil {
		return err
	}
	return l.Append([]journal.Placed{p}, hashes)
}

func atomic(t *testing.T, ctx context.Context, s server.Storage) {
	failed := errors.New("on purpose")
	err := s.Write(ctx, "a", func(l server.Log) error {
		if err := add(l, "a", "thing/1", false); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	err = s.Read(ctx, "a", func(l server.Log) error {
		if n, err := l.Size(); n != 0 || err != nil {
			t.Errorf("%d entries, %v", n, err)
		}
		if add(l, "a", "thing/1", false) == nil {
			t.Error("a reader could write")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func grows(t *testing.T, ctx context.Context, s server.Storage) {
	const n = 20
	var leaves []tlog.Hash
	for i := range n {
		err := s.Write(ctx, "a", func(l server.Log) error { return add(l, "a", fmt.Sprint("thing/", i%3), i%7 == 6) })
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.Read(ctx, "a", func(l server.Log) error {
		all, err := l.Entries(0, n+1)
		if err != nil || len(all) != n {
			t.Fatalf("%d entries, %v", len(all), err)
		}
		for i := range all {
			if all[i].Seq != int64(i+1) || all[i].ComputeHash() != all[i].Hash {
				t.Errorf("entry %d came back as %+v", i, all[i])
			}
			leaves = append(leaves, tlog.RecordHash(all[i].Leaf()))
		}
		root, err := tlog.TreeHash(n, l)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(n, 4, l)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, n, root, 4, leaves[4]); err != nil {
			t.Error(err)
		}
		if page, err := l.Entries(5, 3); err != nil || len(page) != 3 || page[0].Seq != 6 {
			t.Errorf("a page of %d, %v", len(page), err)
		}
		known, err := l.Known([]string{all[2].ID, "inconnu", all[9].ID})
		if err != nil || len(known) != 2 || known[all[2].ID] != (server.Known{Seq: 3, Hash: all[2].Hash}) {
			t.Errorf("by id: %+v, %v", known, err)
		}
		if p, err := l.Entry(all[6].ID); err != nil || p == nil || p.Hash != all[6].Hash || p.Seq != 7 || !p.Contested {
			t.Errorf("an entry by its id: %+v, %v", p, err)
		}
		if p, err := l.Entry("inconnu"); err != nil || p != nil {
			t.Errorf("an unknown id: %+v, %v", p, err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// whole holds that a stream's places are all of its entries, contested ones too, and of its authority alone.
func whole(t *testing.T, ctx context.Context, s server.Storage) {
	for i := range 30 {
		if err := s.Write(ctx, "a", func(l server.Log) error {
			return add(l, "a", fmt.Sprint([]string{"thing/", "other/"}[i%2], i%3), i%10 == 9)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Write(ctx, "b", func(l server.Log) error { return add(l, "b", "thing/0", false) }); err != nil {
		t.Fatal(err)
	}
	err := s.Read(ctx, "a", func(l server.Log) error {
		all, err := l.Entries(0, 100)
		if err != nil {
			return err
		}
		want := map[string][]int64{}
		for _, p := range all {
			want[p.Stream] = append(want[p.Stream], p.Seq)
		}
		same := func(what string, got map[string][]int64, names ...string) {
			t.Helper()
			if len(got) != len(names) {
				t.Errorf("%s: %d streams", what, len(got))
			}
			for _, name := range names {
				if !slices.Equal(got[name], want[name]) {
					t.Errorf("%s: %s stands at %v, not %v", what, name, got[name], want[name])
				}
			}
		}
		got, err := l.Whole([]string{"other/1", "thing/2", "nowhere/1"}, "", 10)
		same("by name", got, "other/1", "thing/2")
		if err != nil {
			return err
		}
		if got, err = l.Whole(nil, "thing/", 10); err != nil {
			return err
		}
		same("by beginning", got, "thing/0", "thing/1", "thing/2")
		if got, err = l.Whole(nil, "thing/", 2); err != nil {
			return err
		}
		same("at most two", got, "thing/0", "thing/1")
		at, err := l.At([]int64{3, 10, 30})
		if err != nil || len(at) != 3 || at[1].Seq != 10 || at[1].Hash != all[9].Hash || !at[1].Contested || at[2].Seq != 30 {
			t.Errorf("at places: %+v, %v", at, err)
		}
		if _, err := l.At([]int64{3, 31}); !errors.Is(err, server.ErrDamaged) {
			t.Errorf("at a place that there is not: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func apart(t *testing.T, ctx context.Context, s server.Storage) {
	for _, id := range []string{"a", "b", "a"} {
		if err := s.Write(ctx, id, func(l server.Log) error { return add(l, id, "thing/1", false) }); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]int64{"a": 2, "b": 1} {
		err := s.Read(ctx, id, func(l server.Log) error {
			n, err := l.Size()
			if n != want {
				t.Errorf("%s has %d entries", id, n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func keys(t *testing.T, ctx context.Context, s server.Storage) {
	put := func(k ...journal.SubjectKey) {
		t.Helper()
		if err := s.PutKeys(ctx, "a", k); err != nil {
			t.Fatal(err)
		}
	}
	put(journal.SubjectKey{Subject: "x", Key: []byte{1}}, journal.SubjectKey{Subject: "y", Key: []byte{2}})
	first, err := s.KeysAfter(ctx, "a", 0, 10)
	if err != nil || len(first) != 2 {
		t.Fatal(first, err)
	}
	cursor := first[1].Place
	put(journal.SubjectKey{Subject: "x", Forgotten: true})
	put(journal.SubjectKey{Subject: "x", Key: []byte{3}})
	changed, err := s.KeysAfter(ctx, "a", cursor, 10)
	if err != nil || len(changed) != 1 || !changed[0].Forgotten || changed[0].Key != nil {
		t.Errorf("%+v, %v", changed, err)
	}
	if others, err := s.KeysAfter(ctx, "b", 0, 10); err != nil || len(others) != 0 {
		t.Errorf("another authority's: %+v, %v", others, err)
	}
}

func trust(t *testing.T, ctx context.Context, s server.Storage) {
	if _, err := s.Trust(ctx); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("none: %v", err)
	}
	for _, row := range []struct {
		version int
		refused error
	}{{3, nil}, {3, server.ErrNotNewer}, {2, server.ErrNotNewer}, {4, nil}} {
		named := server.Published{Version: row.version, Digest: store.DigestOf([]byte{byte(row.version)})}
		if err := s.SetTrust(ctx, named); !errors.Is(err, row.refused) {
			t.Errorf("version %d: %v", row.version, err)
		}
		if got, err := s.Trust(ctx); err != nil || row.refused == nil && got != named || row.refused != nil && got.Version != 3 {
			t.Errorf("after version %d: %+v, %v", row.version, got, err)
		}
	}
}

func parcels(t *testing.T, ctx context.Context, s server.Storage) {
	if _, err := s.Parcel(ctx, "services"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("none: %v", err)
	}
	for _, row := range []struct {
		kind    string
		version int
		refused error
	}{{"services", 3, nil}, {"formulas", 1, nil}, {"services", 3, server.ErrNotNewer}, {"services", 2, server.ErrNotNewer}, {"services", 4, nil}} {
		named := server.Published{Version: row.version, Digest: store.DigestOf([]byte(row.kind + string(rune('0'+row.version))))}
		if err := s.SetParcel(ctx, row.kind, named); !errors.Is(err, row.refused) {
			t.Errorf("%s %d: %v", row.kind, row.version, err)
		}
		if got, err := s.Parcel(ctx, row.kind); err != nil || row.refused == nil && got != named || row.refused != nil && got.Version != 3 {
			t.Errorf("after %s %d: %+v, %v", row.kind, row.version, got, err)
		}
	}
	if all, err := s.Parcels(ctx); err != nil || len(all) != 2 || all["services"].Version != 4 || all["formulas"].Version != 1 {
		t.Errorf("%+v %v", all, err)
	}
}

func spend(t *testing.T, ctx context.Context, s server.Storage) {
	for i, row := range []struct {
		token [32]byte
		now   time.Duration
		fresh bool
	}{{[32]byte{1}, 0, true}, {[32]byte{1}, 0, false}, {[32]byte{2}, 0, true}, {[32]byte{1}, 2 * time.Minute, true}} {
		now := noon.Add(row.now)
		if fresh, err := s.Spend(ctx, row.token, now, now.Add(time.Minute)); err != nil || fresh != row.fresh {
			t.Errorf("row %d: %v %v", i, fresh, err)
		}
	}
}

func blobs(t *testing.T, ctx context.Context, s server.Storage) {
	var some []server.Blob
	var digests []store.Digest
	for i := range 700 {
		d := store.DigestOf(fmt.Append(nil, i))
		digests = append(digests, d)
		if i%2 == 0 {
			some = append(some, server.Blob{Digest: d, Size: int64(i)})
		}
	}
	for range 2 {
		if err := s.NoteBlobs(ctx, "a", some); err != nil {
			t.Fatal(err)
		}
	}
	if lacking, err := s.Lacking(ctx, "a", digests); err != nil || len(lacking) != 350 || lacking[0] != digests[1] {
		t.Errorf("%d lacking, %v", len(lacking), err)
	}
	if lacking, err := s.Lacking(ctx, "b", digests[:3]); err != nil || len(lacking) != 3 {
		t.Errorf("another authority's: %d lacking, %v", len(lacking), err)
	}
	if use, err := s.Use(ctx, "a"); err != nil || use != (server.Use{Count: 350, Bytes: 349 * 350}) {
		t.Errorf("%+v, %v", use, err)
	}
	if use, err := s.Use(ctx, "b"); err != nil || use != (server.Use{}) {
		t.Errorf("%+v, %v", use, err)
	}
	if err := s.ForgetBlobs(ctx, "b", digests[:1]); err != nil {
		t.Fatal(err)
	}
	for _, lost := range []int{0, 1} { // none is lost twice
		if err := s.ForgetBlobs(ctx, "a", digests[2:3]); err != nil {
			t.Fatal(err)
		}
		if lacking, err := s.Lacking(ctx, "a", digests[:3]); err != nil || len(lacking) != 2 {
			t.Errorf("lost %d: %d lacking, %v", lost, len(lacking), err)
		}
	}
	if err := s.NoteBlobs(ctx, "a", some[1:2]); err != nil {
		t.Fatal(err)
	}
	n := 0
	for after := (store.Digest{}); ; {
		page, err := s.BlobsAfter(ctx, "a", after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, b := range page {
			if n++; b.Digest.String() <= after.String() {
				t.Fatal("the list goes back")
			}
			after = b.Digest
		}
	}
	if n != len(some) {
		t.Errorf("%d listed", n)
	}
}

func administration(t *testing.T, ctx context.Context, s server.Storage) {
	a := server.Administrator{Name: "exploitation", Password: "$argon2id$…", TOTP: "ABC", Created: noon}
	if err := s.PutAdministrator(ctx, a); err != nil {
		t.Fatal(err)
	}
	a.Disabled = true
	if err := s.PutAdministrator(ctx, a); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Administrator(ctx, a.Name); err != nil || got != a {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.Administrator(ctx, "personne"); !errors.Is(err, server.ErrNotFound) {
		t.Error(err)
	}
	if list, err := s.Administrators(ctx); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	for i := range 5 {
		seq, err := s.NoteAct(ctx, server.AuditLine{At: noon, Who: a.Name, Act: "device.revoked", Authority: "a", Detail: fmt.Sprint(i)})
		if err != nil || seq != int64(i+1) {
			t.Errorf("line %d: %d %v", i, seq, err)
		}
	}
	if lines, err := s.Acts(ctx, 0, 2); err != nil || len(lines) != 2 || lines[0].Detail != "4" || !lines[0].At.Equal(noon) {
		t.Errorf("%+v, %v", lines, err)
	}
	if lines, err := s.Acts(ctx, 3, 10); err != nil || len(lines) != 2 || lines[1].Seq != 1 {
		t.Errorf("%+v, %v", lines, err)
	}
}

func seen(t *testing.T, ctx context.Context, s server.Storage) {
	enrol(t, ctx, s, "a", "d1")
	for _, v := range []server.Seen{{Device: "d1", At: noon, Cursor: 3, Protocol: 1}, {Device: "d1", At: noon.Add(-time.Hour), Cursor: 1, Protocol: 1}} {
		if err := s.NoteSeen(ctx, []server.Seen{v}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Seen(ctx, "a"); err != nil || len(got) != 1 || got[0].Cursor != 3 || !got[0].At.Equal(noon) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.Seen(ctx, "b"); err != nil || len(got) != 0 {
		t.Errorf("another authority's: %+v, %v", got, err)
	}
}

func moved(t *testing.T, ctx context.Context, s server.Storage) {
	at := noon.Add(time.Hour)
	d := protocol.Device{ID: "d9", Name: "poste", Signature: make([]byte, 32), Exchange: make([]byte, 32), Enrolled: noon}
	for range 2 {
		if err := s.PutDevice(ctx, "b", d); err != nil {
			t.Fatal(err)
		}
		d.Revoked = &at
	}
	got, authority, err := s.Device(ctx, "d9")
	if err != nil || authority != "b" || got.Revoked == nil || !got.Revoked.Equal(at) {
		t.Errorf("%+v %s %v", got, authority, err)
	}
	if err := s.PutPlacedKeys(ctx, "b", []server.PlacedKey{{SubjectKey: journal.SubjectKey{Subject: "x", Key: []byte{1}}, Place: 7}, {SubjectKey: journal.SubjectKey{Subject: "y", Forgotten: true}, Place: 9}}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutKeys(ctx, "b", []journal.SubjectKey{{Subject: "z", Key: []byte{2}}}); err != nil {
		t.Fatal(err)
	}
	if keys, err := s.KeysAfter(ctx, "b", 7, 10); err != nil || len(keys) != 2 || !keys[0].Forgotten || keys[1].Place != 10 {
		t.Errorf("%+v, %v", keys, err)
	}
	codes, err := s.Codes(ctx, "b", noon)
	if err != nil || len(codes) != 0 {
		t.Errorf("%+v, %v", codes, err)
	}
	if err := s.AddCode(ctx, server.Code{Hash: [32]byte{9}, Authority: "b", Expires: at}); err != nil {
		t.Fatal(err)
	}
	if codes, err = s.Codes(ctx, "b", noon); err != nil || len(codes) != 1 || codes[0].Hash != [32]byte{9} {
		t.Errorf("%+v, %v", codes, err)
	}
}

// wait has eight writers add to the same two logs: no place is given twice.
func wait(t *testing.T, ctx context.Context, s server.Storage) {
	const writers, each = 8, 6
	var working sync.WaitGroup
	for w := range writers {
		working.Go(func() {
			for range each {
				id := string("ab"[w%2])
				if err := s.Write(ctx, id, func(l server.Log) error { return add(l, id, fmt.Sprint("thing/", w), false) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	working.Wait()
	for _, id := range []string{"a", "b"} {
		err := s.Read(ctx, id, func(l server.Log) error {
			n, err := l.Size()
			if n != writers*each/2 {
				t.Errorf("%s has %d entries", id, n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
