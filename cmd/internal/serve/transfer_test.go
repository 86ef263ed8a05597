package serve_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/protocol"
)

// A large file goes by a link from one authority to another while the server is killed on the way, both times: what goes on goes
// on by itself when the server answers again, the receipt counts one download, and the file is as it was. AIRIAL_TRANSFER_GIB says of how many GiB; the
// memory of the server's process and of ours is then told at each tenth.
func TestLargeTransferThroughAServerThatStops(t *testing.T) {
	ctx := t.Context()
	size := int64(40 << 20)
	if gib, err := strconv.ParseInt(os.Getenv("AIRIAL_TRANSFER_GIB"), 10, 64); err == nil {
		size = gib << 30
	}
	dir := t.TempDir()
	alpi(t, 0, dir, "init", "alpi", "127.0.0.1")
	var halls []*office.Hall
	var people, spaces []string
	var p atomic.Pointer[process]
	p.Store(serveProcess(t, dir, "127.0.0.1:0"))
	for _, id := range []string{"210000001", "210000002"} {
		alpi(t, 0, dir, "authority", "add", id, "Collectivité d’essai")
		h := join(t, dir, p.Load().address, id, "secrétariat")
		me, err := h.People.Found(ctx, authority.Authority{ID: id, Name: "Collectivité d’essai", Place: "Essai", Kind: authority.Commune, Population: 400}, authority.Person{FirstName: "Ève", LastName: "Exemple", Roles: []authority.Role{authority.RoleAdministrator}})
		ok(t, err)
		space, err := h.Vault.PersonalSpace(ctx, me)
		ok(t, err)
		exchange(t, h)
		halls, people, spaces = append(halls, h), append(people, me), append(spaces, space)
	}
	path := filepath.Join(t.TempDir(), "Archives numérisées.zip")
	f, err := os.Create(path)
	ok(t, err)
	defer f.Close()
	for at := int64(0); at < size; at += 1 << 20 { // every mebibyte is another; the rest takes no room
		_, err := fmt.Fprintf(io.NewOffsetWriter(f, at), "%d", at)
		ok(t, err)
	}
	ok(t, f.Truncate(size))
	var restarted sync.WaitGroup
	defer restarted.Wait()
	// tenths has the server die when two fifths of the bytes are through, and answer again two seconds later.
	tenths := func(what string) func(done, of int64) {
		told, killed, begun := int64(0), false, time.Now()
		return func(done, of int64) {
			if tenth := done * 10 / of; tenth > told {
				told = tenth
				t.Logf("%s, %d tenths after %s: the server's process holds %d MiB, ours %d MiB", what, tenth, time.Since(begun).Round(time.Second), resident(t, p.Load().Process.Pid), resident(t, os.Getpid()))
			}
			if done*5 > of*2 && !killed {
				killed = true
				was := p.Load()
				ok(t, was.Process.Kill())
				_ = was.Wait() // it was killed
				restarted.Go(func() {
					time.Sleep(2 * time.Second)
					p.Store(serveProcess(t, dir, was.address))
				})
			}
		}
	}
	giver, taker := halls[0], halls[1]
	l, err := giver.MakeLink(ctx, people[0], office.NewLink{Kind: protocol.LinkSend, Space: spaces[0], Title: "Archives", Guest: "Voisins", Expires: time.Now().Add(48 * time.Hour), Max: 1, Paths: []string{path}})
	ok(t, err)
	sending := tenths("sending")
	ok(t, giver.SendFiles(ctx, people[0], l, func(done, total int64, _ string) { sending(done, total) }))
	receiving := tenths("receiving")
	folder, n, err := taker.ReceiveLink(ctx, people[1], l.Guests[0].Address, l.Guests[0].Phrase, func(done, of int, _ string) { receiving(int64(done), int64(of)) })
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	sent, got := sha256.New(), sha256.New()
	_, err = f.Seek(0, io.SeekStart)
	ok(t, err)
	_, err = io.Copy(sent, f)
	ok(t, err)
	came := received(t, taker, people[1], spaces[1], folder)
	whole, err := io.Copy(got, came)
	if err != nil || whole != size || !bytes.Equal(sent.Sum(nil), got.Sum(nil)) {
		t.Fatal(whole, err)
	}
	ok(t, came.Close())
	seen, err := giver.Sync.Links(ctx)
	if err != nil || seen[0].Downloads != 1 || !strings.HasSuffix(events(seen[0]), "begun ended") {
		t.Fatal(seen, err)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func events(l protocol.Link) (all string) {
	for _, e := range l.Log {
		all += e.What + " "
	}
	return strings.TrimSpace(all)
}

// received opens the one file of a folder.
func received(t *testing.T, h *office.Hall, person, space, folder string) vault.Content {
	t.Helper()
	ctx := context.Background()
	there, err := h.Vault.Named(ctx, person, space, "", folder)
	ok(t, err)
	all, _, _, err := h.Vault.List(ctx, person, space, there.ID, vault.After{}, 2)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	c, err := h.Vault.Open(ctx, person, all[0].ID, 0)
	ok(t, err)
	return c
}

// resident is the memory that a process has, in MiB; 0 where it has ended, or the system does not tell as Linux does.
func resident(t *testing.T, pid int) (mib int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &mib); err == nil {
			return mib >> 10
		}
	}
	return 0
}
