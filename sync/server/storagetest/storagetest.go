// Package storagetest holds what any implementation of server.Storage must do.
package storagetest

import (
	"context"
	"errors"
	"fmt"
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
		"forgotten keys never come back": keys, "the trust package only grows": trust, "parcels only grow, each of its kind": parcels,
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
	version, base, err := l.Stream(stream)
	if err != nil {
		return err
	}
	seq, prev, err := l.Chain("d1")
	if err != nil {
		return err
	}
	p := &journal.Placed{Seq: size + 1, Contested: contested, Entry: journal.Entry{
		ID: fmt.Sprint(authority, size), Authority: authority, Stream: stream, Version: version + 1, Base: base, Kind: "thing.noted", Schema: 1,
		Data: []byte(`{}`), Actor: "personne", Device: "d1", DeviceSeq: seq + 1, At: noon, Prev: prev,
	}}
	if contested {
		p.Version = max(version, 1)
	}
	p.Hash = p.ComputeHash()
	hashes, err := tlog.StoredHashes(size, p.Leaf(), l)
	if err != nil {
		return err
	}
	return l.Append(p, hashes)
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
		if p, err := l.Entry(all[2].ID); err != nil || p == nil || p.Hash != all[2].Hash {
			t.Errorf("by id: %+v, %v", p, err)
		}
		p, err := l.Entry("inconnu")
		if p != nil {
			t.Errorf("an unknown id: %+v", p)
		}
		return err
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
	_, cursor, err := s.KeysAfter(ctx, "a", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	put(journal.SubjectKey{Subject: "x", Forgotten: true})
	put(journal.SubjectKey{Subject: "x", Key: []byte{3}})
	changed, _, err := s.KeysAfter(ctx, "a", cursor, 10)
	if err != nil || len(changed) != 1 || !changed[0].Forgotten || changed[0].Key != nil {
		t.Errorf("%+v, %v", changed, err)
	}
	if others, _, err := s.KeysAfter(ctx, "b", 0, 10); err != nil || len(others) != 0 {
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
