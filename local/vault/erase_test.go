package vault_test

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/vault"
)

// What has lain in the trash for a month is erased by a manager, with all its versions and what is in it, on every laptop; what
// another wrote meanwhile without a line is kept, as a file of its own.
func TestErasing(t *testing.T) {
	h := newHall(t)
	a, b := h.join("a", "anne"), h.join("b", "benoit")
	h.people(a, "anne", "benoit")
	ctx := t.Context()
	h.all(1)
	ok(t, b.Hold(ctx, "benoit"))
	h.all(2)
	space, err := a.NewSpace(ctx, "anne", "Commun", vault.Member{Person: "benoit", Role: vault.Writer})
	ok(t, err)
	folder, err := a.Folder(ctx, "anne", space, "", "Vieux")
	ok(t, err)
	deep, err := a.Folder(ctx, "anne", space, folder, "Plus vieux")
	ok(t, err)
	inside := a.put(t, space, deep, "dedans.txt", "au fond")
	id := a.put(t, space, "", "discours.odt", "texte")
	ok(t, a.AddVersion(ctx, "anne", id, h.now, strings.NewReader("texte repris")))
	stays := a.put(t, space, "", "garde.txt", "à garder")
	h.all(2)
	refused(t, a.Erase(ctx, "anne", id), "n’est pas à la corbeille")
	ok(t, a.Trash(ctx, "anne", id))
	ok(t, a.Trash(ctx, "anne", folder))
	refused(t, a.Erase(ctx, "anne", id), "depuis moins de trente jours")
	n, soon, err := a.EmptyTrash(ctx, "anne", space)
	if n != 0 || soon.IsZero() || err != nil && !strings.Contains(err.Error(), "trente jours") {
		t.Fatal(n, soon, err)
	}
	h.all(2)
	h.now = h.now.Add(vault.TrashDelay + time.Hour)
	refused(t, b.Erase(ctx, "benoit", id), "gestionnaires")
	if _, _, err := b.EmptyTrash(ctx, "benoit", space); err == nil {
		t.Fatal("a writer emptied the trash")
	}
	// Benoît takes the file back and writes, without a line, while Anne empties the trash.
	ok(t, b.Restore(ctx, "benoit", id))
	ok(t, b.AddVersion(ctx, "benoit", id, h.now, strings.NewReader("écrit à part")))
	if n, _, err := a.EmptyTrash(ctx, "anne", space); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if all, err := a.Trashed(ctx, "anne", space, 10); err != nil || len(all) != 0 {
		t.Fatal(all, err)
	}
	h.all(3)
	for name, l := range map[string]*laptop{"anne": a, "benoit": b} {
		for _, gone := range []string{id, folder, deep, inside} {
			if _, err := l.Item(ctx, name, gone); err == nil {
				t.Errorf("%s still sees %s", name, gone)
			}
		}
		if found, err := l.Search(ctx, name, "dedans", 10); err != nil || len(found) != 0 {
			t.Errorf("%s still finds %v, %v", name, found, err)
		}
		tree := l.tree(t)
		if !strings.Contains(tree, "écrit à part") || !strings.Contains(tree, "/garde.txt v1") || strings.Contains(tree, "texte repris") {
			t.Errorf("%s sees:\n%s", name, tree)
		}
		digests, err := l.Gone(ctx, 10)
		if err != nil || len(digests) != 3 { // «texte», «texte repris», «au fond»: what was written apart is kept
			t.Errorf("%s lets go of %d contents, %v", name, len(digests), err)
		}
		ok(t, l.LetGo(ctx, digests...))
		if digests, err := l.Gone(ctx, 10); err != nil || len(digests) != 0 {
			t.Errorf("%s would let go again of %d, %v", name, len(digests), err)
		}
	}
	if a.tree(t) != b.tree(t) {
		t.Errorf("%s\n\n%s", a.tree(t), b.tree(t))
	}
	if streams, err := a.Streams(ctx, stays, id); err != nil || len(streams) != 1 {
		t.Errorf("%v, %v", streams, err)
	}
}

// nothing is so many bytes of zero.
type nothing struct{ left int64 }

func (n *nothing) Read(p []byte) (int, error) {
	if n.left == 0 {
		return 0, io.EOF
	}
	read := min(int64(len(p)), n.left)
	clear(p[:read])
	n.left -= read
	return int(read), nil
}

// What a link may carry enters the vault, beyond four gigabytes, and is read at any place; a campaign, for the disk.
func TestLargeFile(t *testing.T) {
	if os.Getenv("AIRIAL_CAMPAIGN") == "" {
		t.Skip("AIRIAL_CAMPAIGN=1 writes a file of more than four gigabytes")
	}
	const size = 4<<30 + 4321
	h := newHall(t)
	a := h.join("a", "anne")
	h.people(a, "anne")
	ctx := t.Context()
	ok(t, a.Hold(ctx, "anne"))
	space, err := a.PersonalSpace(ctx, "anne")
	ok(t, err)
	id, err := a.Put(ctx, "anne", vault.NewFile{Space: space, Name: "film.mp4"}, &nothing{left: size})
	ok(t, err)
	i, err := a.Item(ctx, "anne", id)
	if err != nil || i.Size != size {
		t.Fatal(i.Size, err)
	}
	c, err := a.Open(ctx, "anne", id, 0)
	ok(t, err)
	defer c.Close()
	if end, err := c.Seek(-10, io.SeekEnd); err != nil || end != size-10 {
		t.Fatal(end, err)
	}
	if last, err := io.ReadAll(c); err != nil || len(last) != 10 {
		t.Fatal(len(last), err)
	}
}
