package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/cryptvfs"
)

func secrets() (s store.Secrets) {
	copy(s.Database[:], "a key for the tests, 32 bytes !!")
	copy(s.Documents[:], "another key for the tests, 32 !!")
	return s
}

func open(t testing.TB, dir string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), store.Options{Dir: dir, Secrets: secrets(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestBlobComesBackAndIsSealed(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	ctx := context.Background()
	content := []byte(strings.Repeat("Délibération n° 12. ", 10_000))
	d, n, err := db.Blobs().Put(ctx, bytes.NewReader(content))
	if err != nil || n != int64(len(content)) || d != store.DigestOf(content) {
		t.Fatalf("%s, %d, %v", d, n, err)
	}
	got, err := db.Blobs().Read(d, int64(len(content)))
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if _, err := db.Blobs().Read(d, 10); !errors.Is(err, store.ErrTooLarge) {
		t.Fatalf("over the limit: %v", err)
	}
	filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			raw, _ := os.ReadFile(path)
			if bytes.Contains(raw, []byte("libération")) {
				t.Errorf("%s holds the text in the clear", e.Name())
			}
			if strings.HasPrefix(e.Name(), ".incoming") {
				t.Errorf("%s was left behind", e.Name())
			}
		}
		return nil
	})
}

func TestBlobThatCannotBeReadLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	broken := io.MultiReader(strings.NewReader("début"), iotestErr{})
	if _, _, err := db.Blobs().Put(context.Background(), broken); err == nil {
		t.Fatal("a broken source was stored")
	}
	left, _ := os.ReadDir(filepath.Join(dir, "blobs"))
	if len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, errors.New("cable pulled") }

func TestAlteredBlobIsReported(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	ctx := context.Background()
	d, err := db.Blobs().PutBytes(ctx, []byte("acte de naissance"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "blobs", d.String()[:2], d.String()+".age")
	raw, _ := os.ReadFile(path)
	raw[len(raw)-1] ^= 1
	os.WriteFile(path, raw, 0o600)
	if err := db.Blobs().Verify(ctx, d); !errors.Is(err, store.ErrDamaged) {
		t.Fatalf("got %v", err)
	}
}

func TestBackupRestoresElsewhere(t *testing.T) {
	db := open(t, t.TempDir())
	ctx := context.Background()
	content := make([]byte, 300_000)
	rand.Read(content)
	d, err := db.Blobs().PutBytes(ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting("commune", "Saint-Airial-des-Pins") }); err != nil {
		t.Fatal(err)
	}
	var backup bytes.Buffer
	if err := db.Backup(ctx, &backup, time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 10, 200, backup.Len() / 2, backup.Len() - 1} {
		dir := filepath.Join(t.TempDir(), "a")
		err := store.Restore(ctx, bytes.NewReader(backup.Bytes()[:cut]), dir, secrets())
		if !errors.Is(err, store.ErrNotBackup) && !errors.Is(err, store.ErrWrongDigest) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if left, _ := filepath.Glob(filepath.Dir(dir) + "/*"); len(left) != 0 {
			t.Fatalf("cut at %d: left %v", cut, left)
		}
	}
	dir := filepath.Join(t.TempDir(), "b")
	if err := store.Restore(ctx, bytes.NewReader(backup.Bytes()), dir, secrets()); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(ctx, bytes.NewReader(backup.Bytes()), dir, secrets()); !errors.Is(err, store.ErrNotEmpty) {
		t.Fatalf("over an authority: %v", err)
	}
	back := open(t, dir)
	got, err := back.Blobs().Read(d, 1<<20)
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	var commune string
	back.View(ctx, func(tx *store.Tx) error { commune, err = tx.Setting("commune"); return err })
	if commune != "Saint-Airial-des-Pins" || err != nil {
		t.Fatalf("%q, %v", commune, err)
	}
	if found, err := back.Check(ctx, true); len(found) != 0 || err != nil {
		t.Fatalf("%v, %v", found, err)
	}
}

func TestSearchFoldsAccentsAndTakesBeginnings(t *testing.T) {
	db := open(t, t.TempDir())
	ctx := context.Background()
	err := db.Update(ctx, func(tx *store.Tx) error {
		for ref, title := range map[string]string{"1": "Réfection de la salle des fêtes", "2": "Subvention à l’école", "3": "Coupe de bois en forêt communale"} {
			if err := tx.Index(store.Document{Kind: "deliberation", Ref: ref, Stream: "deliberation/" + ref, Title: title, Body: title, At: time.Unix(1, 0)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]string{
		"fetes": "1", "salle fê": "1", "ECOLE": "2", "foret": "3", "l'école": "2", `"`: "", "sal AND": "", "*": "", "piscine": "",
		"salle z": "1", "école l": "2", "salle 2": "",
	} {
		err := db.View(ctx, func(tx *store.Tx) error {
			hits, err := tx.Search(typed, "", 10)
			got := ""
			for _, h := range hits {
				got += h.Ref
			}
			if got != want {
				t.Errorf("%q finds %q, not %q", typed, got, want)
			}
			if err != nil {
				return err
			}
			streams, err := tx.Streams(typed, 10)
			if got := strings.Join(streams, " "); got != "" && got != "deliberation/"+want || got == "" && want != "" {
				t.Errorf("%q finds the stream %q", typed, got)
			}
			return err
		})
		if err != nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

// A document that comes again takes the place of the former, and the index holds what the documents do.
func TestIndexAgain(t *testing.T) {
	db := open(t, t.TempDir())
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for i, text := range []string{"chêne", "hêtre", "frêne"} {
			for n := range 3 - i {
				if err := tx.Index(store.Document{Kind: "act", Ref: fmt.Sprint(n), Stream: fmt.Sprint("act/", n), Title: text, Body: text, At: time.Unix(1, 0)}); err != nil {
					return err
				}
			}
		}
		if err := tx.Unindex("act/2"); err != nil {
			return err
		}
		// With a rank of 1, FTS5 compares its index with the documents.
		_, err := tx.Exec(`INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]int{"chene": 0, "hetre": 1, "frene": 1} {
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			hits, err := tx.Search(word, "", 10)
			if len(hits) != want {
				t.Errorf("%q: %d found, not %d", word, len(hits), want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// A word that thousands of documents hold finds the best of the latest; those of a kind are found however old they are.
func TestSearchOfAWordThatAllHold(t *testing.T) {
	db := open(t, t.TempDir())
	ctx := context.Background()
	const many = 2200
	err := db.Update(ctx, func(tx *store.Tx) error {
		for i := range many {
			d := store.Document{Kind: "act", Ref: fmt.Sprint(i), Stream: fmt.Sprint("act/", i), Title: "Acte", Body: "le registre de la commune", At: time.Unix(int64(i), 0)}
			if i < 3 {
				d.Kind, d.Body = "deliberation", "le registre"
			}
			if i == many-5 {
				d.Title = "Le registre"
			}
			if err := tx.Index(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]int{"": 8, "act": 8, "deliberation": 3, "folder": 0} {
		err := db.View(ctx, func(tx *store.Tx) error {
			hits, err := tx.Search("reg", kind, 8)
			if err == nil && len(hits) != want {
				t.Errorf("%q: %d found", kind, len(hits))
			}
			for i, h := range hits {
				if !strings.Contains(h.Snippet, "\u2068registre\u2069") || kind != "" && h.Kind != kind || i == 0 && kind != "deliberation" && h.Ref != fmt.Sprint(many-5) {
					t.Errorf("%q: %+v", kind, h)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTextThatIsNoDatabaseIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "airial.db")
	junk := bytes.Repeat([]byte("ceci n'est pas une base "), 1000)
	os.WriteFile(path, junk, 0o600)
	db, err := store.Open(context.Background(), store.Options{Dir: dir, Secrets: secrets(), Now: time.Now})
	if err == nil {
		db.Close()
		t.Fatal("a text file was opened as a database")
	}
	after, _ := os.ReadFile(path)
	if !bytes.Equal(after, junk) {
		t.Fatal("the file was changed")
	}
}

// Who closes waits for who still reads, a page that was loading as its window closed: no key is wiped under a connection.
func TestCloseWaitsForReaders(t *testing.T) {
	db := open(t, t.TempDir())
	reading, read := make(chan struct{}), make(chan error)
	go func() {
		read <- db.View(context.Background(), func(tx *store.Tx) error {
			close(reading)
			time.Sleep(200 * time.Millisecond)
			var n int
			return tx.Get(`SELECT count(*) FROM sqlite_schema`, nil, &n)
		})
	}()
	<-reading
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if err := <-read; err != nil {
		t.Errorf("the one who read: %v", err)
	}
}

func TestCloseTwiceAndUseAfter(t *testing.T) {
	db := open(t, t.TempDir())
	for range 2 {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.View(context.Background(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("reading after the end: %v", err)
	}
	if err := db.Update(context.Background(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("writing after Close: %v", err)
	}
}

func TestWrongKeyIsToldApart(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	other := secrets()
	other.Database[0] ^= 1
	db, err := store.Open(context.Background(), store.Options{Dir: dir, Secrets: other, Now: time.Now})
	if err == nil {
		db.Close()
	}
	if !errors.Is(err, cryptvfs.ErrWrongKey) {
		t.Fatalf("another key: %v", err)
	}
}

// A transaction that is cancelled at any moment leaves none open behind it: who writes or reads next can.
func TestCancelledTransactionsLeaveNothingOpen(t *testing.T) {
	db, err := store.Open(context.Background(), store.Options{Dir: t.TempDir(), Secrets: secrets(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	set := func(ctx context.Context) error {
		return db.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting("x", "y") })
	}
	get := func(ctx context.Context) error {
		return db.View(ctx, func(tx *store.Tx) error { _, err := tx.Setting("x"); return err })
	}
	for i := range 400 {
		ctx, stop := context.WithCancel(context.Background())
		timer := time.AfterFunc(time.Duration(i)*time.Microsecond, stop)
		for ctx.Err() == nil {
			_ = set(ctx) // cancelled, at some point of it
			_ = get(ctx)
		}
		timer.Stop()
		for range 5 { // each reader of the pool
			if err := errors.Join(set(context.Background()), get(context.Background())); err != nil {
				t.Fatalf("after a cancellation: %v", err)
			}
		}
	}
}

// Statements are kept: one whose rows are being read is not the one that the same query gets within.
func TestAQueryWithinItself(t *testing.T) {
	db := open(t, t.TempDir())
	ctx := context.Background()
	if err := db.Update(ctx, func(tx *store.Tx) error {
		return tx.Script("CREATE TABLE n (v INTEGER PRIMARY KEY) STRICT; INSERT INTO n VALUES (1), (2), (3), (4)")
	}); err != nil {
		t.Fatal(err)
	}
	pairsOf := func(tx *store.Tx) error {
		const after = "SELECT v FROM n WHERE v > ? ORDER BY v"
		var got []string
		err := tx.Each(after, []any{0}, func(scan func(...any) error) error {
			var v int
			if err := scan(&v); err != nil {
				return err
			}
			return tx.Each(after, []any{v}, func(scan func(...any) error) error {
				var w int
				err := scan(&w)
				got = append(got, fmt.Sprint(v, w))
				return err
			})
		})
		if want := "1 2,1 3,1 4,2 3,2 4,3 4"; err == nil && strings.Join(got, ",") != want {
			err = fmt.Errorf("%v, want %s", got, want)
		}
		return err
	}
	for range 3 {
		if err := errors.Join(db.View(ctx, pairsOf), db.Update(ctx, pairsOf)); err != nil {
			t.Fatal(err)
		}
	}
}

// A projection that is made anew is read by statements that were prepared before.
func TestKeptStatementsFollowTheSchema(t *testing.T) {
	db := open(t, t.TempDir())
	ctx := context.Background()
	for i := range 3 {
		if err := db.Update(ctx, func(tx *store.Tx) error {
			return tx.Script(fmt.Sprintf("DROP TABLE IF EXISTS p; CREATE TABLE p (%s a TEXT, b TEXT); INSERT INTO p (a, b) VALUES ('%d', 'b')", strings.Repeat("more TEXT, ", i%2), i))
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.View(ctx, func(tx *store.Tx) error {
			var a, b string
			err := tx.Get("SELECT a, b FROM p", nil, &a, &b)
			if err == nil && (a != fmt.Sprint(i) || b != "b") {
				err = fmt.Errorf("%q %q in turn %d", a, b, i)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}
