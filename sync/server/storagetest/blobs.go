package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	tus "github.com/tus/tusd/v2/pkg/handler"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/server"
)

// RunBlobs holds an implementation of server.Blobs to its interface. open gives an empty one.
func RunBlobs(t *testing.T, open func(t *testing.T) server.Blobs) {
	for name, check := range map[string]func(*testing.T, context.Context, server.Blobs){
		"kept and given back": kept, "a wrong digest keeps nothing": wrongDigest, "authorities have their own documents": ownBlobs, "read from the middle": ranges,
	} {
		t.Run(name, func(t *testing.T) { check(t, context.Background(), open(t)) })
	}
}

func put(t *testing.T, ctx context.Context, b server.Blobs, authority string, content []byte) store.Digest {
	t.Helper()
	d := store.DigestOf(content)
	if err := b.Put(ctx, authority, d, int64(len(content)), bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	return d
}

func get(t *testing.T, ctx context.Context, b server.Blobs, authority string, d store.Digest) []byte {
	t.Helper()
	r, err := b.Open(ctx, authority, d)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return content
}

func kept(t *testing.T, ctx context.Context, b server.Blobs) {
	if err := b.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 1 << 20, 17<<20 + 3} {
		content := bytes.Repeat([]byte("délibération "), size/13+1)[:size]
		d := store.DigestOf(content)
		if has, err := b.Has(ctx, "a", d); has || err != nil {
			t.Errorf("%d bytes, before: %v %v", size, has, err)
		}
		for range 2 {
			put(t, ctx, b, "a", content)
		}
		if has, err := b.Has(ctx, "a", d); !has || err != nil {
			t.Errorf("%d bytes, after: %v %v", size, has, err)
		}
		if got := get(t, ctx, b, "a", d); !bytes.Equal(got, content) {
			t.Errorf("%d bytes came back as %d", size, len(got))
		}
	}
}

// wrongDigest: neither a lie, nor too much, nor too little takes the place of a document.
func wrongDigest(t *testing.T, ctx context.Context, b server.Blobs) {
	d := put(t, ctx, b, "a", []byte("le vrai"))
	for _, lie := range []struct {
		content string
		size    int64
	}{{"le faux", 7}, {"le vrai et plus", 7}, {"le vrai et plus", 15}, {"le v", 4}, {"le v", 7}, {"", 7}} {
		if err := b.Put(ctx, "a", d, lie.size, strings.NewReader(lie.content)); !errors.Is(err, store.ErrWrongDigest) {
			t.Errorf("%q for %d bytes: %v", lie.content, lie.size, err)
		}
	}
	if got := get(t, ctx, b, "a", d); string(got) != "le vrai" {
		t.Errorf("it became %q", got)
	}
	unknown := store.DigestOf([]byte("inconnu"))
	if err := b.Put(ctx, "a", unknown, 4, strings.NewReader("faux")); !errors.Is(err, store.ErrWrongDigest) {
		t.Error(err)
	}
	if has, err := b.Has(ctx, "a", unknown); has || err != nil {
		t.Errorf("a lie is kept: %v %v", has, err)
	}
	torn := io.MultiReader(strings.NewReader("le v"), broken{})
	if err := b.Put(ctx, "a", d, 7, torn); !errors.Is(err, errBroken) {
		t.Errorf("a reader that breaks: %v", err)
	}
}

var errBroken = errors.New("the reader broke on purpose")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

func ownBlobs(t *testing.T, ctx context.Context, b server.Blobs) {
	d := put(t, ctx, b, "a", []byte("à soi"))
	if has, err := b.Has(ctx, "b", d); has || err != nil {
		t.Errorf("another authority has it: %v %v", has, err)
	}
	if _, err := b.Open(ctx, "b", d); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("another authority opens it: %v", err)
	}
}

func ranges(t *testing.T, ctx context.Context, b server.Blobs) {
	content := make([]byte, 3<<20)
	for i := range content {
		content[i] = byte(i / 1000)
	}
	d := put(t, ctx, b, "a", content)
	r, err := b.Open(ctx, "a", d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := r.Seek(0, io.SeekEnd); n != int64(len(content)) || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	for _, at := range []int64{2 << 20, 5, 3<<20 - 7} {
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		some := make([]byte, 7)
		if _, err := io.ReadFull(r, some); err != nil || !bytes.Equal(some, content[at:at+7]) {
			t.Errorf("from %d: %v %v", at, some, err)
		}
	}
}

// RunUploads holds an implementation of server.Uploads to its interface; open gives the same
// uploads each time, as several processes see them.
func RunUploads(t *testing.T, open func(t *testing.T) server.Uploads) {
	ctx := context.Background()
	composer := func() *tus.StoreComposer {
		c := tus.NewStoreComposer()
		open(t).UseIn(c)
		return c
	}
	one, other := composer(), composer()
	if _, err := one.Core.GetUpload(ctx, "a-inconnu"); !errors.Is(err, tus.ErrNotFound) {
		t.Errorf("an unknown upload: %v", err)
	}
	content := bytes.Repeat([]byte("0123456789"), 300)
	if _, err := one.Core.NewUpload(ctx, tus.FileInfo{ID: "a-1", Size: int64(len(content)), MetaData: tus.MetaData{"sha256": "x"}}); err != nil {
		t.Fatal(err)
	}
	for i, at := 0, 0; at < len(content); i++ {
		c := []*tus.StoreComposer{one, other}[i%2]
		u, err := c.Core.GetUpload(ctx, "a-1")
		if err != nil {
			t.Fatal(err)
		}
		info, err := u.GetInfo(ctx)
		if err != nil || info.Offset != int64(at) || info.Size != int64(len(content)) || info.MetaData["sha256"] != "x" {
			t.Fatalf("at %d: %+v %v", at, info, err)
		}
		// The line drops within the piece; a piece sent again is not taken twice.
		piece := content[at:min(at+700, len(content))]
		n, err := u.WriteChunk(ctx, int64(at), bytes.NewReader(piece))
		if err != nil || n != int64(len(piece)) {
			t.Fatalf("%d kept, %v", n, err)
		}
		at += len(piece)
	}
	u, err := other.Core.GetUpload(ctx, "a-1")
	if err != nil {
		t.Fatal(err)
	}
	r, err := u.GetReader(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	if err := other.Terminater.AsTerminatableUpload(u).Terminate(ctx); err != nil {
		t.Error(err)
	}
	if _, err := one.Core.GetUpload(ctx, "a-1"); !errors.Is(err, tus.ErrNotFound) {
		t.Errorf("taken away: %v", err)
	}
	for i := range 2 {
		if _, err := one.Core.NewUpload(ctx, tus.FileInfo{ID: fmt.Sprint("a-old", i), Size: 10, MetaData: tus.MetaData{}}); err != nil {
			t.Fatal(err)
		}
		if err := open(t).Sweep(ctx, time.Date(2000+100*i, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		_, err := one.Core.GetUpload(ctx, fmt.Sprint("a-old", i))
		if gone := errors.Is(err, tus.ErrNotFound); gone != (i == 1) {
			t.Errorf("swept %d: %v", i, err)
		}
	}
}
