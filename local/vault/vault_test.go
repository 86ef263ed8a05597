package vault_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
)

// laptop is one computer: a real journal on a real file, and its vault.
type laptop struct {
	*vault.Vault
	j        *journal.Journal
	person   string
	exchange *ecdh.PrivateKey
	public   ed25519.PublicKey
}

// hall is an authority with laptops that exchange through the least server there can be.
type hall struct {
	t       testing.TB
	now     time.Time
	laptops []*laptop
	placed  []journal.Placed
	heads   map[string]journal.Entry
	known   map[string]bool
	revoked map[string]bool
}

func newHall(t testing.TB) *hall {
	return &hall{t: t, now: time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC), heads: map[string]journal.Entry{}, known: map[string]bool{}, revoked: map[string]bool{}}
}

func (h *hall) join(name, person string) *laptop {
	h.t.Helper()
	l := &laptop{person: person}
	l.j, l.public = journaltest.OpenKeyed(h.t, name, func() time.Time { h.now = h.now.Add(time.Second); return h.now }, rand.Reader, authority.Projections(), vault.Projections())
	var err error
	if l.exchange, err = ecdh.X25519().GenerateKey(rand.Reader); err != nil {
		h.t.Fatal(err)
	}
	l.Vault, err = vault.New(l.j, vault.Options{Exchange: l.exchange, Rand: rand.Reader, Devices: func(*store.Tx) ([]vault.Device, error) {
		var all []vault.Device
		for _, o := range h.laptops {
			all = append(all, vault.Device{ID: o.j.Device(), Name: o.j.Device(), Exchange: o.exchange.PublicKey().Bytes(), Revoked: h.revoked[o.j.Device()]})
		}
		return all, nil
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.laptops = append(h.laptops, l)
	return l
}

// people founds the authority on a laptop, with those names.
func (h *hall) people(l *laptop, names ...string) {
	h.t.Helper()
	for _, n := range names {
		_, err := l.j.Commit(context.Background(), "installer", func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: "person/" + n, Kind: authority.KindPerson, Data: authority.Person{ID: n, FirstName: "Prénom", LastName: n}}}, nil
		})
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *hall) keyOf(device string) ed25519.PublicKey {
	for _, l := range h.laptops {
		if l.j.Device() == device {
			return l.public
		}
	}
	return nil
}

// exchange sends what a laptop wrote, gives it what others wrote, with their documents, and
// reconciles.
func (h *hall) exchange(l *laptop) {
	h.t.Helper()
	ctx := context.Background()
	for {
		var out []journal.Entry
		var cursor int64
		err := l.j.Store().View(ctx, func(tx *store.Tx) (err error) {
			if cursor, err = journal.Cursor(tx); err == nil {
				out, err = l.j.Outgoing(tx, 0, 10000)
			}
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
		for _, e := range out {
			if h.known[e.ID] {
				continue
			}
			h.known[e.ID] = true
			head := h.heads[e.Stream]
			p := journal.Placed{Entry: e, Seq: int64(len(h.placed) + 1), Contested: e.Version != head.Version+1 || e.Base != head.Hash}
			if !p.Contested {
				h.heads[e.Stream] = e
			}
			h.placed = append(h.placed, p)
		}
		if err := l.j.Receive(ctx, journal.Delivery{Entries: h.placed[cursor:], KeyOf: h.keyOf}); err != nil {
			h.t.Fatal(err)
		}
		h.carry(l)
		if err := l.Refresh(ctx); err != nil {
			h.t.Fatal(err)
		}
		n, err := l.Reconcile(ctx)
		if err != nil {
			h.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// carry copies the documents that a laptop lacks.
func (h *hall) carry(to *laptop) {
	for _, p := range h.placed {
		for _, d := range p.Blobs {
			for _, from := range h.laptops {
				if to.j.Store().Blobs().Has(d) || !from.j.Store().Blobs().Has(d) {
					continue
				}
				r, err := from.j.Store().Blobs().Open(d)
				if err == nil {
					_, _, err = to.j.Store().Blobs().PutAs(context.Background(), d, r)
					err = errors.Join(err, r.Close())
				}
				if err != nil {
					h.t.Fatal(err)
				}
			}
		}
	}
}

func (h *hall) all(times int) {
	for range times {
		for _, l := range h.laptops {
			h.exchange(l)
		}
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, words string) {
	t.Helper()
	if r := rule.Find(err); r == nil || !strings.Contains(r.Why, words) || r.Cure == "" {
		t.Fatalf("got %v, wanted a refusal with %q", err, words)
	}
}

func (l *laptop) put(t testing.TB, space, parent, name, text string) string {
	t.Helper()
	id, err := l.Put(t.Context(), l.person, vault.NewFile{Space: space, Parent: parent, Name: name, Modified: time.Unix(1_700_000_000, 0)}, strings.NewReader(text))
	ok(t, err)
	return id
}

func (l *laptop) text(t testing.TB, id string, version int) string {
	t.Helper()
	c, err := l.Open(t.Context(), l.person, id, version)
	ok(t, err)
	defer c.Close()
	text, err := io.ReadAll(c)
	ok(t, err)
	return string(text)
}

// tree writes out all that a person sees: paths, versions, last content, trash.
func (l *laptop) tree(t testing.TB) string {
	t.Helper()
	var lines []string
	spaces, err := l.Spaces(t.Context(), l.person)
	ok(t, err)
	for _, s := range spaces {
		lines = append(lines, fmt.Sprintf("%s %s %v locked=%v files=%d", s.ID, s.Name, s.Members, s.Locked, s.Files))
		if s.Locked {
			continue
		}
		var walk func(folder, at string)
		walk = func(folder, at string) {
			var after vault.After
			for more := true; more; {
				var page []vault.Item
				var err error
				page, after, more, err = l.List(t.Context(), l.person, s.ID, folder, after, 3)
				ok(t, err)
				for _, i := range page {
					line := fmt.Sprintf("%s%s/%s v%d out=%v conflict=%v", s.ID, at, i.Name, i.Version, i.Out != nil, i.Conflict)
					if !i.Folder {
						line += " " + l.text(t, i.ID, 0)
					}
					lines = append(lines, line)
					if i.Folder {
						walk(i.ID, at+"/"+i.Name)
					}
				}
			}
		}
		walk("", "")
		trash, err := l.Trashed(t.Context(), l.person, s.ID, 1000)
		ok(t, err)
		for _, i := range trash {
			lines = append(lines, s.ID+" trash "+i.Name)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestFilesAndVersions(t *testing.T) {
	h := newHall(t)
	l := h.join("portable", "maire")
	h.people(l, "maire")
	ctx := t.Context()
	space, err := l.PersonalSpace(ctx, "maire")
	ok(t, err)
	if again, err := l.PersonalSpace(ctx, "maire"); err != nil || again != space {
		t.Fatal(again, err)
	}
	folder, err := l.Folder(ctx, "maire", space, "", "Budget")
	ok(t, err)
	id := l.put(t, space, folder, "note.txt", "première")
	ok(t, l.AddVersion(ctx, "maire", id, h.now, strings.NewReader("seconde")))
	ok(t, l.AddVersion(ctx, "maire", id, h.now, strings.NewReader("seconde"))) // the same: no version
	versions, err := l.Versions(ctx, "maire", id)
	if err != nil || len(versions) != 2 || versions[0].Number != 2 || versions[0].Size != 7 {
		t.Fatalf("%+v %v", versions, err)
	}
	ok(t, l.RestoreVersion(ctx, "maire", id, 1))
	if l.text(t, id, 0) != "première" || l.text(t, id, 2) != "seconde" {
		t.Fatal("a version was lost")
	}
	refused(t, l.RestoreVersion(ctx, "maire", id, 3), "déjà la dernière")
	refused(t, l.Place(ctx, "maire", folder, folder, "Budget"), "lui-même")
	_, err = l.Put(ctx, "maire", vault.NewFile{Space: space, Parent: folder, Name: "Note.TXT"}, strings.NewReader(""))
	refused(t, err, "existe déjà")
	ok(t, l.Place(ctx, "maire", id, "", "note finale.txt"))
	ok(t, l.Trash(ctx, "maire", id))
	refused(t, l.AddVersion(ctx, "maire", id, h.now, strings.NewReader("x")), "corbeille")
	l.put(t, space, "", "note finale.txt", "une autre")
	ok(t, l.Restore(ctx, "maire", id))
	if i, err := l.Item(ctx, "maire", id); err != nil || i.Name != "note finale (2).txt" || i.Trashed {
		t.Fatalf("%+v %v", i, err)
	}
	// A file thrown away with its folder comes back at the top.
	inside := l.put(t, space, folder, "dedans.txt", "d")
	ok(t, l.Trash(ctx, "maire", inside))
	ok(t, l.Trash(ctx, "maire", folder))
	ok(t, l.Restore(ctx, "maire", inside))
	if i, err := l.Item(ctx, "maire", inside); err != nil || i.Parent != "" {
		t.Fatalf("%+v %v", i, err)
	}
	// Large contents come back whole, from any place.
	big := bytes.Repeat([]byte("0123456789abcdef"), 300_000)
	bigID, err := l.Put(ctx, "maire", vault.NewFile{Space: space, Name: "gros"}, bytes.NewReader(big))
	ok(t, err)
	c, err := l.Open(ctx, "maire", bigID, 0)
	ok(t, err)
	defer c.Close()
	some := make([]byte, 100_000)
	if _, err := c.ReadAt(some, 1_234_567); err != nil || !bytes.Equal(some, big[1_234_567:1_334_567]) || c.Size() != int64(len(big)) {
		t.Fatal("another content", err)
	}
}

func TestNames(t *testing.T) {
	for name, good := range map[string]bool{"a": true, "été 2026.odt": true, "": false, "  ": false, "a/b": false, `a\b`: false, "..": false, "a\x00b": false, "facture\u202efdp.exe": false, strings.Repeat("é", 128): false, strings.Repeat("é", 127): true} {
		if (vault.CheckName(name) == nil) != good {
			t.Errorf("%q: %v", name, vault.CheckName(name))
		}
	}
}

func TestWhoMay(t *testing.T) {
	const day = authority.Day("2026-03-12")
	s := vault.Space{Kind: vault.Common, Members: []vault.Member{{Person: "m", Role: vault.Manager}, {Person: "w", Role: vault.Writer}, {Person: "r", Role: vault.Reader}, {Person: "p", Role: vault.Writer, Until: "2026-03-11"}}}
	closed, own := s, s
	closed.Closed, own.Kind = true, vault.Personal
	people := []authority.Person{{ID: "m"}, {ID: "w"}, {ID: "r"}, {ID: "n"}, {ID: "gone", Until: "2026-01-01"}}
	for name, c := range map[string]struct {
		err  error
		want string // empty: allowed
	}{
		"a manager reads":                     {vault.MayUse(s, "m", vault.Reader, day), ""},
		"a reader reads":                      {vault.MayUse(s, "r", vault.Reader, day), ""},
		"a reader writes":                     {vault.MayUse(s, "r", vault.Writer, day), "lecture seule"},
		"a writer manages":                    {vault.MayUse(s, "w", vault.Manager, day), "gestionnaires"},
		"a stranger":                          {vault.MayUse(s, "n", vault.Reader, day), "pas ouvert"},
		"past the end":                        {vault.MayUse(s, "p", vault.Reader, day), "pas ouvert"},
		"closed":                              {vault.MayUse(closed, "m", vault.Reader, day), "fermé"},
		"sharing":                             {vault.MayShare(s, "m", vault.Member{Person: "n", Role: vault.Reader}, people, day), ""},
		"sharing, a writer":                   {vault.MayShare(s, "w", vault.Member{Person: "n", Role: vault.Reader}, people, day), "gestionnaires"},
		"sharing with who left":               {vault.MayShare(s, "m", vault.Member{Person: "gone", Role: vault.Reader}, people, day), "en fonction"},
		"sharing with nobody":                 {vault.MayShare(s, "m", vault.Member{Person: "x", Role: vault.Reader}, people, day), "en fonction"},
		"sharing one's own space":             {vault.MayShare(own, "m", vault.Member{Person: "n", Role: vault.Reader}, people, day), "personnel"},
		"an unknown role":                     {vault.MayShare(s, "m", vault.Member{Person: "n", Role: "king"}, people, day), "n’existe pas"},
		"an end that is past":                 {vault.MayShare(s, "m", vault.Member{Person: "n", Role: vault.Reader, Until: "2026-03-11"}, people, day), "passée"},
		"the last manager becomes a reader":   {vault.MayShare(s, "m", vault.Member{Person: "m", Role: vault.Reader}, people, day), "dernier gestionnaire"},
		"the last manager for some days only": {vault.MayShare(s, "m", vault.Member{Person: "m", Role: vault.Manager, Until: "2027-01-01"}, people, day), "dernier gestionnaire"},
		"the last manager leaves":             {vault.MayWithdraw(s, "m", "m", day), "dernier gestionnaire"},
		"a reader leaves":                     {vault.MayWithdraw(s, "r", "r", day), ""},
		"a writer withdraws another":          {vault.MayWithdraw(s, "w", "r", day), "gestionnaires"},
		"withdrawing a stranger":              {vault.MayWithdraw(s, "m", "n", day), "pas membre"},
		"admitting one's own":                 {vault.MayAdmit(s, "r", vault.Waiting{Person: "r"}, day), ""},
		"admitting another's":                 {vault.MayAdmit(s, "r", vault.Waiting{Person: "w"}, day), "gestionnaires"},
		"admitting a stranger's":              {vault.MayAdmit(s, "m", vault.Waiting{Person: "n"}, day), "pas membre"},
		"admitting a revoked one":             {vault.MayAdmit(s, "m", vault.Waiting{Person: "w", Device: vault.Device{Revoked: true}}, day), "révoqué"},
	} {
		if c.want == "" && c.err != nil {
			t.Errorf("%s: %v", name, c.err)
		}
		if c.want != "" && (rule.Find(c.err) == nil || !strings.Contains(rule.Find(c.err).Why, c.want)) {
			t.Errorf("%s: %v, wanted %q", name, c.err, c.want)
		}
	}
}

// Nobody but the members reads a name or a content; withdrawing closes what comes next.
func TestSharingAndWithdrawing(t *testing.T) {
	h := newHall(t)
	m, s, x := h.join("pc-maire", "maire"), h.join("pc-secretaire", "secretaire"), h.join("pc-autre", "autre")
	h.people(m, "maire", "secretaire", "autre")
	ctx := t.Context()
	h.all(1)
	for _, l := range h.laptops {
		ok(t, l.Hold(ctx, l.person))
	}
	h.all(2)
	space, err := m.NewSpace(ctx, "maire", "Marchés publics", vault.Member{Person: "secretaire", Role: vault.Writer})
	ok(t, err)
	id := m.put(t, space, "", "offre confidentielle.txt", "montant secret")
	h.all(2)
	if s.text(t, id, 0) != "montant secret" {
		t.Fatal("the secretary does not read")
	}
	if spaces, err := x.Spaces(ctx, "autre"); err != nil || len(spaces) != 0 {
		t.Fatal("another person sees the space", spaces, err)
	}
	_, err = x.Open(ctx, "maire", id, 0) // even somebody who takes the mayor's name there
	if !errors.Is(err, vault.ErrLocked) {
		t.Fatal(err)
	}
	for _, p := range h.placed {
		if !strings.HasPrefix(p.Stream, "vault") {
			continue
		}
		for _, secret := range []string{"confidentielle", "montant", "Marchés"} {
			if bytes.Contains(p.Data, []byte(secret)) {
				t.Fatalf("%s tells %q", p.Kind, secret)
			}
		}
		for _, d := range p.Blobs {
			sealed, err := m.j.Store().Blobs().Read(d, 1<<20)
			if err != nil || bytes.Contains(sealed, []byte("montant")) {
				t.Fatal("a content travels in the clear", err)
			}
		}
	}
	blobs := countBlobs(h)
	ok(t, m.Share(ctx, "maire", space, vault.Member{Person: "autre", Role: vault.Reader}))
	ok(t, m.Withdraw(ctx, "maire", space, "secretaire"))
	if countBlobs(h) != blobs {
		t.Fatal("sharing has encrypted a content again")
	}
	next := m.put(t, space, "", "suite.txt", "après")
	h.all(2)
	if x.text(t, id, 0) != "montant secret" || x.text(t, next, 0) != "après" {
		t.Fatal("the new member does not read what was there before")
	}
	refused(t, x.Trash(ctx, "autre", id), "lecture seule")
	if spaces, err := s.Spaces(ctx, "secretaire"); err != nil || len(spaces) != 0 {
		t.Fatal("withdrawn, the secretary sees the space", spaces, err)
	}
	_, err = s.Open(ctx, "secretaire", next, 0)
	if err == nil {
		t.Fatal("withdrawn, the secretary reads what came next")
	}
	if found, err := s.Search(ctx, "secretaire", "offre", 10); err != nil || len(found) != 0 {
		t.Fatal("withdrawn, the secretary finds", found, err)
	}
	refused(t, m.Withdraw(ctx, "maire", space, "maire"), "dernier gestionnaire")
}

func countBlobs(h *hall) (n int) {
	for _, l := range h.laptops {
		ok(h.t, l.j.Store().Blobs().List(context.Background(), func(store.Digest) error { n++; return nil }))
	}
	return n
}

// A second computer of a person waits until the first admits it; a revoked one never is.
func TestSecondComputer(t *testing.T) {
	h := newHall(t)
	one, two := h.join("bureau", "maire"), h.join("portable", "maire")
	h.people(one, "maire")
	ctx := t.Context()
	space, err := one.PersonalSpace(ctx, "maire")
	ok(t, err)
	id := one.put(t, space, "", "a.txt", "à moi")
	h.all(2)
	ok(t, two.Hold(ctx, "maire"))
	if again, err := two.PersonalSpace(ctx, "maire"); err != nil || again != space {
		t.Fatal("another space", again, err)
	}
	if spaces, err := two.Spaces(ctx, "maire"); err != nil || len(spaces) != 1 || !spaces[0].Locked {
		t.Fatal(spaces, err)
	}
	h.all(2)
	waiting, err := one.Waiting(ctx, "maire")
	if err != nil || len(waiting) != 1 || waiting[0].Device.ID != "portable" {
		t.Fatal(waiting, err)
	}
	h.revoked["portable"] = true
	refused(t, one.Admit(ctx, "maire", waiting[0]), "plus")
	h.revoked["portable"] = false
	ok(t, one.Admit(ctx, "maire", waiting[0]))
	h.all(1)
	if two.text(t, id, 0) != "à moi" {
		t.Fatal("the second computer does not read")
	}
}

// Two people who write apart are both kept; the lock keeps them from it while there is a line.
func TestTwoVersionsApart(t *testing.T) {
	h := newHall(t)
	a, b := h.join("a", "anne"), h.join("b", "benoit")
	h.people(a, "anne", "benoit")
	ctx := t.Context()
	h.all(1)
	ok(t, b.Hold(ctx, "benoit"))
	h.all(2)
	space, err := a.NewSpace(ctx, "anne", "Commun", vault.Member{Person: "benoit", Role: vault.Manager})
	ok(t, err)
	id := a.put(t, space, "", "discours.odt", "texte")
	h.all(2)
	ok(t, a.AddVersion(ctx, "anne", id, h.now, strings.NewReader("texte d’Anne")))
	ok(t, b.AddVersion(ctx, "benoit", id, h.now, strings.NewReader("texte de Benoît")))
	h.all(2)
	page, _, _, err := b.List(ctx, "benoit", space, "", vault.After{}, 10)
	ok(t, err)
	if len(page) != 2 || a.text(t, id, 0) != "texte d’Anne" || !strings.HasPrefix(page[0].Name, "discours (version de Prénom benoit du 12 mars 2026") || a.text(t, page[0].ID, 0) != "texte de Benoît" {
		t.Fatalf("%+v", page)
	}
	if conflicts := unsettled(t, a.j); conflicts != 0 {
		t.Fatal(conflicts, "wait for a person")
	}
	ok(t, a.TakeOut(ctx, "anne", id))
	h.all(1)
	refused(t, b.AddVersion(ctx, "benoit", id, h.now, strings.NewReader("x")), "en cours de modification")
	ok(t, a.AddVersion(ctx, "anne", id, h.now, strings.NewReader("fini")))
	ok(t, a.GiveBack(ctx, "anne", id))
	h.all(1)
	ok(t, b.AddVersion(ctx, "benoit", id, h.now, strings.NewReader("x")))
	// Thrown away here, worked on there: it stays.
	h.all(1)
	ok(t, a.Trash(ctx, "anne", id))
	ok(t, b.AddVersion(ctx, "benoit", id, h.now, strings.NewReader("encore")))
	h.all(2)
	if i, err := a.Item(ctx, "anne", id); err != nil || i.Trashed || a.text(t, id, 0) != "encore" {
		t.Fatal(i, err)
	}
	// Two names: a person chooses.
	ok(t, a.Place(ctx, "anne", id, "", "un.odt"))
	ok(t, b.Place(ctx, "benoit", id, "", "deux.odt"))
	h.all(2)
	choices, err := a.Choices(ctx, "anne", id)
	if err != nil || len(choices) != 1 || choices[0].Name != "deux.odt" {
		t.Fatal(choices, err)
	}
	ok(t, a.Choose(ctx, "anne", choices[0], true))
	h.all(1)
	if i, err := b.Item(ctx, "benoit", id); err != nil || i.Name != "deux.odt" || i.Conflict {
		t.Fatal(i, err)
	}
}

func unsettled(t testing.TB, j *journal.Journal) (n int) {
	ok(t, j.Store().View(t.Context(), func(tx *store.Tx) error {
		all, err := journal.Conflicts(tx)
		n = len(all)
		return err
	}))
	return n
}

func TestSearch(t *testing.T) {
	h := newHall(t)
	l := h.join("a", "anne")
	h.people(l, "anne")
	ctx := t.Context()
	space, err := l.PersonalSpace(ctx, "anne")
	ok(t, err)
	folder, err := l.Folder(ctx, "anne", space, "", "École")
	ok(t, err)
	id := l.put(t, space, folder, "Devis toiture.pdf", "…")
	unread, err := l.Unread(ctx, 1<<20, 10)
	if err != nil || len(unread) != 1 {
		t.Fatal(unread, err)
	}
	c, err := l.Read(ctx, unread[0])
	ok(t, err)
	ok(t, c.Close())
	ok(t, l.NoteWords(ctx, unread[0], "La charpente sera remplacée à l’été."))
	for words, want := range map[string]bool{"toit": true, "ecole": true, "CHARPENTE": true, "ete": true, "zinc": false, `"`: false} {
		found, err := l.Search(ctx, "anne", words, 10)
		if err != nil || (len(found) > 0) != want {
			t.Errorf("%s: %v %v", words, found, err)
		}
		if words == "CHARPENTE" && (found[0].ID != id || found[0].Where[0] != "École" || found[0].Snippet == "") {
			t.Errorf("%+v", found)
		}
	}
	if found, err := l.Search(ctx, "autre", "toiture", 10); err != nil || len(found) != 0 {
		t.Error("found by somebody else", found, err)
	}
}

// A note is written by two, together and apart: what each wrote is there, and nothing waits for a person.
func TestNote(t *testing.T) {
	h := newHall(t)
	a, b := h.join("a", "anne"), h.join("b", "benoit")
	h.people(a, "anne", "benoit")
	ctx := t.Context()
	h.all(1)
	ok(t, b.Hold(ctx, "benoit"))
	h.all(2)
	space, err := a.NewSpace(ctx, "anne", "Commun", vault.Member{Person: "benoit", Role: vault.Writer})
	ok(t, err)
	id, err := a.NewNote(ctx, "anne", space, "", "Ordre du jour")
	ok(t, err)
	mine, err := a.Note(ctx, "anne", id)
	ok(t, err)
	mine, err = a.WriteNote(ctx, "anne", mine, "1. Budget\n")
	ok(t, err)
	h.all(2)
	his, err := b.Note(ctx, "benoit", id)
	if err != nil || his.Text != "1. Budget\n" {
		t.Fatal(his, err)
	}
	mine, err = a.WriteNote(ctx, "anne", mine, "Séance du 12 mars\n1. Budget\n")
	ok(t, err)
	_, err = b.WriteNote(ctx, "benoit", his, "1. Budget\n2. Voirie\n")
	ok(t, err)
	h.all(2)
	// She goes on from what she had before her eyes: his line is not undone.
	mine, err = a.WriteNote(ctx, "anne", mine, "Séance du 12 mars 2026\n1. Budget\n")
	ok(t, err)
	h.all(2)
	const want = "Séance du 12 mars 2026\n1. Budget\n2. Voirie\n"
	for _, l := range h.laptops {
		ok(t, l.j.Rebuild(ctx))
		ok(t, l.Refresh(ctx))
		if n, err := l.Note(ctx, l.person, id); err != nil || n.Text != want || mine.Text != want {
			t.Fatalf("%s reads %q, %v", l.person, n.Text, err)
		}
		if unsettled(t, l.j) != 0 {
			t.Fatal("a person is asked")
		}
		ok(t, l.IndexNotes(ctx))
		if found, err := l.Search(ctx, l.person, "voirie", 10); err != nil || len(found) != 1 || found[0].ID != id {
			t.Fatal(found, err)
		}
	}
	refused(t, a.AddVersion(ctx, "anne", id, h.now, strings.NewReader("x")), "à plusieurs")
	ok(t, a.Place(ctx, "anne", id, "", "Autre nom"))
	ok(t, a.Trash(ctx, "anne", id))
	_, err = a.WriteNote(ctx, "anne", mine, "x")
	refused(t, err, "corbeille")
	for _, p := range h.placed {
		if strings.HasPrefix(p.Stream, "vaultnote/") && bytes.Contains(p.Data, []byte("Budget")) {
			t.Fatal("a note travels in the clear")
		}
	}
	// Nonsense in somebody's stream spoils nothing.
	_, err = b.j.Commit(ctx, "benoit", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "vaultnote/" + id + ".b", Kind: vault.KindWritten, Data: map[string]any{"update": map[string]any{"key": "x", "data": []byte("y")}}}}, nil
	})
	ok(t, err)
	h.all(2)
	if n, err := a.Note(ctx, "anne", id); err != nil || n.Text != want {
		t.Fatal(n.Text, err)
	}
}

// Folders moved into each other on two laptops are lost on none.
func TestRingOfFolders(t *testing.T) {
	h := newHall(t)
	a, b := h.join("a", "anne"), h.join("b", "anne")
	h.people(a, "anne")
	ctx := t.Context()
	space, err := a.PersonalSpace(ctx, "anne")
	ok(t, err)
	x, err := a.Folder(ctx, "anne", space, "", "X")
	ok(t, err)
	y, err := a.Folder(ctx, "anne", space, "", "Y")
	ok(t, err)
	h.all(2)
	ok(t, b.Hold(ctx, "anne"))
	h.all(2)
	waiting, err := a.Waiting(ctx, "anne")
	ok(t, err)
	ok(t, a.Admit(ctx, "anne", waiting[0]))
	h.all(1)
	ok(t, a.Place(ctx, "anne", x, y, "X"))
	ok(t, b.Place(ctx, "anne", y, x, "Y"))
	h.all(2)
	want := a.tree(t)
	if strings.Count(want, "\n") != 2 || b.tree(t) != want {
		t.Fatalf("a shows\n%s\nb shows\n%s", want, b.tree(t))
	}
}

// AIRIAL_VAULT_HISTORIES asks for more histories than the usual run tries.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", cmp.Or(os.Getenv("AIRIAL_VAULT_HISTORIES"), "20")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// Any history of acts and exchanges on three laptops ends with the same vault, which a rebuild
// gives again; nothing that was put in is lost.
func TestAnyHistoryConverges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := newHall(t)
		people := []string{"anne", "benoit", "chloe"}
		for i, name := range []string{"a", "b", "c"} {
			h.join(name, people[i])
		}
		h.people(h.laptops[0], people...)
		h.all(1)
		ctx := t.Context()
		for _, l := range h.laptops {
			ok(t, l.Hold(ctx, l.person))
		}
		h.all(2)
		space, err := h.laptops[0].NewSpace(ctx, "anne", "Commun", vault.Member{Person: "benoit", Role: vault.Manager}, vault.Member{Person: "chloe", Role: vault.Writer})
		ok(t, err)
		h.laptops[0].put(t, space, "", "f0", "0")
		_, err = h.laptops[0].Folder(ctx, "anne", space, "", "d0")
		ok(t, err)
		h.all(2)
		var written []string
		for step := range rapid.IntRange(1, 16).Draw(r, "steps") {
			l := h.laptops[rapid.IntRange(0, 2).Draw(r, "who")]
			pick := func() (vault.Item, bool) {
				page, _, _, err := l.List(ctx, l.person, space, "", vault.After{}, 100)
				if err != nil || len(page) == 0 {
					return vault.Item{}, false
				}
				return page[rapid.IntRange(0, len(page)-1).Draw(r, "item")], true
			}
			act := func(err error) {
				if err != nil && rule.Find(err) == nil && !errors.Is(err, vault.ErrLocked) && !errors.Is(err, store.ErrNotFound) {
					r.Fatal(err)
				}
			}
			switch rapid.IntRange(0, 8).Draw(r, "what") {
			case 0, 1:
				h.exchange(l)
			case 2:
				text := fmt.Sprint("put", step)
				if _, err := l.Put(ctx, l.person, vault.NewFile{Space: space, Name: fmt.Sprint("f", step)}, strings.NewReader(text)); err == nil {
					written = append(written, text)
				} else {
					act(err)
				}
			case 3, 4:
				if i, there := pick(); there && !i.Folder {
					text := fmt.Sprint("version", step)
					if err := l.AddVersion(ctx, l.person, i.ID, h.now, strings.NewReader(text)); err == nil {
						written = append(written, text)
					} else {
						act(err)
					}
				}
			case 5:
				if i, there := pick(); there {
					act(l.Place(ctx, l.person, i.ID, "", fmt.Sprint("n", step)))
				}
			case 6:
				if i, there := pick(); there {
					act(l.Trash(ctx, l.person, i.ID))
				}
			case 7:
				act(l.Share(ctx, l.person, space, vault.Member{Person: people[rapid.IntRange(0, 2).Draw(r, "whom")], Role: vault.Writer}))
			case 8:
				act(l.Withdraw(ctx, l.person, space, people[rapid.IntRange(1, 2).Draw(r, "whom")]))
			}
		}
		h.all(3)
		for _, l := range h.laptops {
			l.weighs(t, space)
		}
		shared := func(l *laptop) string { return strings.ReplaceAll(l.tree(t), "locked=false", "") }
		want := shared(h.laptops[0])
		for _, l := range h.laptops {
			got := shared(l)
			if strings.Contains(got, "\n") && got != want { // a member, that is
				r.Fatalf("%s shows\n%s\na shows\n%s", l.person, got, want)
			}
			before := got
			ok(t, l.j.Rebuild(ctx))
			ok(t, l.Refresh(ctx))
			l.weighs(t, space)
			if got := shared(l); got != before {
				r.Fatalf("rebuilt, %s shows\n%s\nnot\n%s", l.person, got, before)
			}
		}
		contents := allContents(t, h.laptops[0], space)
		for _, text := range written {
			if !slices.Contains(contents, text) {
				r.Fatalf("%q is lost; there are %q", text, contents)
			}
		}
	})
}

// weighs holds what is told of a space's files against the files that are in it.
func (l *laptop) weighs(t testing.TB, space string) {
	t.Helper()
	spaces, err := l.Spaces(t.Context(), l.person)
	ok(t, err)
	for _, s := range spaces {
		if s.ID != space || s.Locked {
			continue
		}
		page, _, _, err := l.List(t.Context(), l.person, space, "", vault.After{}, 1000)
		ok(t, err)
		files, bytes := 0, int64(0)
		for _, i := range page {
			if !i.Folder {
				files, bytes = files+1, bytes+i.Size
			}
		}
		if s.Files != files || s.Bytes != bytes {
			t.Fatalf("%s is told of %d files, %d bytes; there are %d, %d", l.person, s.Files, s.Bytes, files, bytes)
		}
	}
}

func allContents(t testing.TB, l *laptop, space string) (all []string) {
	page, _, _, err := l.List(t.Context(), l.person, space, "", vault.After{}, 1000)
	ok(t, err)
	trash, err := l.Trashed(t.Context(), l.person, space, 1000)
	ok(t, err)
	for _, i := range append(page, trash...) {
		if i.Folder {
			continue
		}
		versions, err := l.Versions(t.Context(), l.person, i.ID)
		ok(t, err)
		for _, v := range versions {
			all = append(all, l.text(t, i.ID, v.Number))
		}
	}
	return all
}
