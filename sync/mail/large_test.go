package mail_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"alpi40.fr/airial/local/mailbox"
)

// A mail of 10 GB is told of by its head: it fills neither the memory nor the disk, and holds up no other.
func TestTenGigabytes(t *testing.T) {
	d, a := dovecot(t)
	const size = 10 << 30
	// Dovecot takes both sizes from the name; the file has no blocks behind its beginning.
	name := fmt.Sprintf("1700000001.m,S=%d,W=%d", size, size)
	if err := d.Put(name, message(1, "Voici tout.")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(d.Maildir, "new", name), size); err != nil {
		t.Fatal(err)
	}
	if err := d.Put("1700000002.m", message(2, "Bonjour.")); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b := box(t)
	begun := time.Now()
	if out := pass(t, a, b); out.Fetched != 2 {
		t.Fatalf("%+v", out)
	}
	t.Logf("%v", time.Since(begun))
	runtime.ReadMemStats(&after)
	if taken := int64(after.TotalAlloc) - int64(before.TotalAlloc); taken > 200<<20 {
		t.Errorf("%d MB went through the memory", taken>>20)
	}
	_, all := in(t, b, mailbox.Inbox)
	states := map[string]mailbox.State{}
	for _, m := range all {
		states[m.Subject] = m.State
		if m.State == mailbox.Head && m.Size != size {
			t.Errorf("it is told to have %d bytes", m.Size)
		}
	}
	if len(all) != 2 || states["Demande n° 1"] != mailbox.Head || states["Demande n° 2"] != mailbox.Whole {
		t.Errorf("%v", states)
	}
	for _, m := range all {
		if _, err := b.Message(t.Context(), m.ID); err != nil {
			t.Errorf("%s is not shown: %v", m.Subject, err)
		}
	}
	if out := pass(t, a, b); out.Fetched != 0 {
		t.Errorf("it is fetched again: %+v", out)
	}
}
