package office_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

const ours, theirs = "210000001", "210000002"

func serve(t testing.TB) (*embedded.Server, client.Server) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	o := embedded.Options{Dir: t.TempDir(), Now: time.Now, Rand: rand.Reader}
	if err := embedded.Init(o, "alpi-essai", []string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	s, err := embedded.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{ours, theirs} {
		if err := s.AddAuthority(ctx, server.Authority{ID: id, Name: "Commune d’essai"}); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Error(err)
		}
	})
	return s, client.Server{URL: "https://" + listener.Addr().String(), Certificate: s.Certificate.Certificate[0]}
}

func open(t testing.TB, dir string) *office.Office {
	t.Helper()
	o, err := office.Open(context.Background(), office.Options{
		Dir: dir, Now: time.Now, Rand: rand.Reader,
		Passphrase: func(context.Context) ([]byte, error) { return []byte("une phrase de passe d’essai"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func note(t *testing.T, h *office.Hall, text string, blobs ...store.Digest) {
	t.Helper()
	_, err := h.Journal.Commit(context.Background(), "essai", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "essai/" + text, Kind: "essai.noted", Data: text, Blobs: blobs}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A laptop of two authorities, revoked from one: that one is locked, with what
// it had not sent; the other works on.
func TestRevocationLocksOneAuthorityAndLosesNothing(t *testing.T) {
	s, address := serve(t)
	ctx := context.Background()
	dir := t.TempDir()
	o := open(t, dir)
	device := map[string]string{}
	for _, id := range []string{ours, theirs} {
		code, err := s.NewCode(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		h, err := o.Enrol(ctx, address, code, "portable")
		if err != nil {
			t.Fatal(err)
		}
		e, err := h.Enrolment()
		if err != nil {
			t.Fatal(err)
		}
		device[id] = e.Device
		d, err := h.Store.Blobs().PutBytes(ctx, []byte("un document de "+id))
		if err != nil {
			t.Fatal(err)
		}
		note(t, h, "non envoyé", d)
	}
	if err := s.Revoke(ctx, ours, device[ours]); err != nil {
		t.Fatal(err)
	}
	h, err := o.Hall(ctx, ours)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Sync.Once(ctx); !errors.Is(err, protocol.ErrRevoked) {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}

	o = open(t, dir)
	defer o.Close()
	if ids, err := o.Authorities(); err != nil || len(ids) != 1 || ids[0] != theirs {
		t.Fatalf("open: %v, %v", ids, err)
	}
	if ids, err := o.Locked(); err != nil || len(ids) != 1 || ids[0] != ours {
		t.Fatalf("locked: %v, %v", ids, err)
	}
	if _, err := o.Hall(ctx, ours); !errors.Is(err, office.ErrNoDevice) {
		t.Fatalf("opening the locked one: %v", err)
	}
	if h, err = o.Hall(ctx, theirs); err != nil {
		t.Fatal(err)
	}
	if out, err := h.Sync.Once(ctx); err != nil || out.Sent != 1 || out.Uploaded != 1 {
		t.Fatalf("the other authority: %+v, %v", out, err)
	}

	// Neither a guess nor another computer's code opens it.
	backup := filepath.Join(t.TempDir(), "reprise.age")
	other, err := s.RescueCode(ctx, theirs, device[theirs])
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]error{"": protocol.ErrBadLock, "ABCD-EFGH": protocol.ErrBadLock, other: office.ErrWrongLock} {
		if err := o.Rescue(ctx, ours, code, backup); !errors.Is(err, want) {
			t.Errorf("with %q: %v", code, err)
		}
	}
	if _, err := s.RescueCode(ctx, theirs, device[ours]); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("another authority's device: %v", err)
	}
	if _, err := os.Stat(backup); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
	code, err := s.RescueCode(ctx, ours, device[ours])
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Rescue(ctx, ours, code+"\n", backup); err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(t.TempDir(), "reprise")
	if err := o.Restore(ctx, backup, ours, into); err != nil {
		t.Fatal(err)
	}
	copied, err := o.OpenCopy(ctx, ours, into)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	err = copied.View(ctx, func(tx *store.Tx) error {
		records, err := journal.Stream(tx, "essai/non envoyé")
		if err == nil && len(records) != 1 {
			t.Errorf("%d entries", len(records))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := copied.Blobs().Verify(ctx, store.DigestOf([]byte("un document de "+ours))); err != nil {
		t.Error(err)
	}
}
