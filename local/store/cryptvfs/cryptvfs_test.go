package cryptvfs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"alpi40.fr/airial/local/store/cryptvfs"
)

const secretWord = "subvention-du-foyer-rural"

func key(name string) [32]byte { return sha256.Sum256([]byte(name)) }

// register gives a VFS that is released, with no file left open, at the test's end.
func register(t testing.TB, k [32]byte) string {
	t.Helper()
	name, release, err := cryptvfs.Register(k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := release(); err != nil {
			t.Error("releasing the VFS:", err)
		}
	})
	return name
}

func source(path, vfs string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(20000)"}, pragmas...), "_txlock": {"immediate"}}
	if vfs != "" {
		q.Set("vfs", vfs)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}).String()
}

var wal = []string{"journal_mode(wal)", "synchronous(full)"}

func open(t testing.TB, path, vfs string, pragmas ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", source(path, vfs, pragmas...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t testing.TB, db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func value[T any](t testing.TB, db *sql.DB, query string, args ...any) (v T) {
	t.Helper()
	if err := db.QueryRow(query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func intact(t testing.TB, db *sql.DB) {
	t.Helper()
	if got := value[string](t, db, "pragma integrity_check"); got != "ok" {
		t.Fatal("integrity_check:", got)
	}
}

// fill writes rows, a search index and a large blob, all with the secret word.
func fill(t testing.TB, db *sql.DB) {
	t.Helper()
	exec(t, db, "create table t(id integer primary key, s text, b blob); create virtual table f using fts5(s)")
	for i := range 50 {
		exec(t, db, "insert into t(s) values(?)", fmt.Sprint(secretWord, i))
		exec(t, db, "insert into f(s) values(?)", fmt.Sprint(secretWord, " ", i))
	}
	exec(t, db, "insert into t(b) values(?)", bytes.Repeat([]byte(secretWord), 40_000))
}

// nothingInClear looks at every file in dir, open connections notwithstanding.
// Descriptors opened here would drop SQLite's POSIX locks when closed, hence the
// test's own process does nothing else meanwhile.
func nothingInClear(t *testing.T, dir string, atLeast ...string) {
	t.Helper()
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen[filepath.Ext(path)] = seen[filepath.Ext(path)] || len(content) > 4096
		seen[strings.TrimPrefix(e.Name(), "a.db")] = len(content) > 512
		for _, word := range []string{secretWord, secretWord[:8], "CREATE", "create table", "SQLite format 3"} {
			if bytes.Contains(content, []byte(word)) {
				t.Errorf("%s holds %q in clear", e.Name(), word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range atLeast {
		if !seen[name] {
			t.Errorf("no content in the %q file: the test looked at nothing", name)
		}
	}
}

func TestNothingInClear(t *testing.T) {
	for _, mode := range []string{"wal", "delete", "persist", "truncate"} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a.db")
			vfs := register(t, key("one"))
			db := open(t, path, vfs, "journal_mode("+mode+")", "synchronous(full)", "cache_size(10)")
			db.SetMaxOpenConns(1)
			fill(t, db)
			if mode == "wal" {
				nothingInClear(t, dir, "", "-wal")
			}
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			// A cache of ten pages spills: database and journal hold half a transaction.
			exec(t, tx, "update t set s = s || s")
			exec(t, tx, "update t set b = zeroblob(900000) where b is not null")
			if mode != "wal" {
				nothingInClear(t, dir, "", "-journal")
			}
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
			intact(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			nothingInClear(t, dir, "")

			db = open(t, path, vfs)
			intact(t, db)
			if n := value[int](t, db, "select count(*) from f where f match '\""+secretWord+"\"'"); n != 50 {
				t.Errorf("search after reopening finds %d of 50", n)
			}
			if b := value[[]byte](t, db, "select b from t where b is not null"); !bytes.Equal(b, bytes.Repeat([]byte(secretWord), 40_000)) {
				t.Error("the blob came back changed")
			}
			db.Close()
		})
	}
}

// The plain database is the control: there the secret shows.
func TestTemporaryFilesAreNotInClear(t *testing.T) {
	for _, c := range []struct {
		name, vfs string
		clear     bool
	}{{"plain", "", true}, {"encrypted", register(t, key("one")), false}} {
		t.Run(c.name, func(t *testing.T) {
			db := open(t, filepath.Join(t.TempDir(), "a.db"), c.vfs, "temp_store(file)", "cache_size(10)", "temp.cache_size(10)")
			db.SetMaxOpenConns(1)
			exec(t, db, "create temp table big(s text)")
			exec(t, db, "with recursive c(i) as (select 1 union all select i+1 from c where i<20000) insert into big select ? || i || hex(zeroblob(400)) from c", secretWord)
			leaks := secretsInDeletedFiles(t)
			if (leaks > 0) != c.clear {
				t.Errorf("%d secrets in clear in temporary files", leaks)
			}
			if n := value[int](t, db, "select count(*) from (select distinct s from big order by s)"); n != 20000 {
				t.Errorf("the temporary table holds %d rows of 20000", n)
			}
			db.Close()
		})
	}
}

// secretsInDeletedFiles counts the secret words in files that this process has
// unlinked, as SQLite does at once with its temporary files; the kernel still shows them.
func secretsInDeletedFiles(t *testing.T) (secrets int) {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(links) == 0 {
		t.Skip("no /proc: open files cannot be looked at")
	}
	seen := false
	for _, link := range links {
		to, err := os.Readlink(link)
		if err != nil || !strings.HasSuffix(to, "(deleted)") {
			continue
		}
		content, err := os.ReadFile(link)
		if err != nil {
			t.Fatal(err)
		}
		seen = seen || len(content) > 1_000_000
		secrets += bytes.Count(content, []byte(secretWord))
	}
	if !seen {
		t.Fatal("no temporary file was found: the test looked at nothing")
	}
	return secrets
}

func TestWrongKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	right, wrong := register(t, key("right")), register(t, key("wrong"))
	db := open(t, path, right, wal...)
	fill(t, db)
	db.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	db = open(t, path, wrong, wal...)
	err = cryptvfs.Explain(db.Ping())
	if !errors.Is(err, cryptvfs.ErrWrongKey) {
		t.Errorf("with another key: %v, want ErrWrongKey", err)
	}
	db.Close()
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the attempt changed the file")
	}

	db = open(t, path, right, wal...)
	intact(t, db)
	db.Close()
}

func TestDamageIsNotAWrongKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	vfs := register(t, key("one"))
	db := open(t, path, vfs)
	fill(t, db)
	db.Close()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[40] ^= 1
	content[20] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db = open(t, path, vfs)
	_, err = db.Exec("select count(*) from t")
	if err == nil || errors.Is(cryptvfs.Explain(err), cryptvfs.ErrWrongKey) {
		t.Errorf("a damaged first page gave %v", err)
	}
	db.Close()
}

func TestPlainDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, path, "")
	fill(t, db)
	db.Close()
	db = open(t, path, register(t, key("one")))
	err := db.Ping()
	var coded *sqlite.Error
	if !errors.As(err, &coded) || coded.Code()&0xff != 26 {
		t.Errorf("a database in the clear gave %v, want SQLITE_NOTADB", err)
	}
	db.Close()
}

func TestReleaseWaitsForConnections(t *testing.T) {
	name, release, err := cryptvfs.Register(key("one"))
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, filepath.Join(t.TempDir(), "a.db"), name)
	exec(t, db, "create table t(a)")
	if err := release(); !errors.Is(err, cryptvfs.ErrInUse) {
		t.Errorf("release with an open connection: %v, want ErrInUse", err)
	}
	exec(t, db, "insert into t values(1)")
	db.Close()
	if err := release(); err != nil {
		t.Error(err)
	}
	if err := release(); err != nil {
		t.Error("releasing again:", err)
	}
	db = open(t, filepath.Join(t.TempDir(), "b.db"), name)
	if err := db.Ping(); err == nil {
		t.Error("the VFS can still be used after its release")
	}
}

// Two files under one key must not show equal pages, and one file opened under two
// registrations must work for both.
func TestTwoFilesTwoRegistrations(t *testing.T) {
	dir := t.TempDir()
	one, two := register(t, key("k")), register(t, key("k"))
	a, b := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	for _, path := range []string{a, b} {
		db := open(t, path, one)
		exec(t, db, "create table t(a); insert into t values('same')")
		db.Close()
	}
	ca, _ := os.ReadFile(a)
	cb, _ := os.ReadFile(b)
	for i := 0; i+16 <= len(ca); i += 16 {
		if bytes.Equal(ca[i:i+16], cb[i:i+16]) {
			t.Fatalf("equal ciphertext at %d in two files", i)
		}
	}
	da, db := open(t, a, one, wal...), open(t, a, two, wal...)
	exec(t, da, "insert into t values('from one')")
	exec(t, db, "insert into t values('from two')")
	if n := value[int](t, da, "select count(*) from t"); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
	da.Close()
	db.Close()
}

// Several programs find the same empty file and all begin: one head wins.
func TestCreatedByManyAtOnce(t *testing.T) {
	for range 10 {
		path := filepath.Join(t.TempDir(), "a.db")
		var wg sync.WaitGroup
		for range 4 {
			db := open(t, path, register(t, key("one")), "journal_mode(delete)")
			wg.Go(func() {
				defer db.Close()
				if _, err := db.Exec("create table if not exists t(a)"); err != nil {
					t.Error(err)
					return
				}
				if _, err := db.Exec("insert into t values(1)"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		db := open(t, path, register(t, key("one")))
		intact(t, db)
		if n := value[int](t, db, "select count(*) from t"); n != 4 {
			t.Errorf("%d rows of 4", n)
		}
		db.Close()
	}
}

func TestReadersBesideAWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	vfs := register(t, key("one"))
	// A small limit makes the writer start its log anew many times.
	w := open(t, path, vfs, append(wal, "wal_autocheckpoint(20)")...)
	w.SetMaxOpenConns(1)
	exec(t, w, "create table t(id integer primary key, a blob, b blob)")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		r := open(t, path, vfs, "query_only(1)")
		wg.Go(func() {
			defer r.Close()
			for {
				select {
				case <-stop:
					return
				default:
				}
				var bad int
				if err := r.QueryRow("select count(*) from t where a is not b").Scan(&bad); err != nil || bad > 0 {
					t.Errorf("a reader saw %d halves, error %v", bad, err)
					return
				}
			}
		})
	}
	for i := range 300 {
		tx, err := w.Begin()
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "insert into t values(?1, randomblob(10), null) on conflict(id) do update set a = randomblob(3000)", i%40)
		exec(t, tx, "update t set b = a where a is not b")
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
	intact(t, w)
	w.Close()
}

func TestVacuumBackupAndModes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	vfs := register(t, key("one"))
	db := open(t, path, vfs, wal...)
	db.SetMaxOpenConns(1)
	fill(t, db)
	for _, step := range []string{
		"delete from t where id % 2", "vacuum", "pragma journal_mode=delete", "insert into t(s) values('x')",
		"pragma page_size=8192", "vacuum", "pragma journal_mode=wal", "insert into t(s) values('y')",
		"pragma wal_checkpoint(truncate)", "pragma journal_mode=persist", "insert into t(s) values('z')",
		"pragma page_size=512", "vacuum", "insert into t(s) values('w')", "pragma journal_mode=wal",
		"update t set s = s || 'v'", "pragma journal_mode=truncate", "delete from t where s like '%1'", "pragma journal_mode=memory",
		"insert into t(s) values('u')", "pragma page_size=65536", "vacuum", "pragma journal_mode=wal", "update t set s = s || 'k'",
	} {
		exec(t, db, step)
		intact(t, db)
	}
	want := value[string](t, db, "select group_concat(id || ifnull(s, length(b))) from t")

	other := register(t, key("other"))
	copied := filepath.Join(dir, "copy.db")
	exec(t, db, "vacuum into ?", source(copied, other))
	backed := filepath.Join(dir, "backup.db")
	backup(t, db, source(backed, other))
	db.Close()
	nothingInClear(t, dir)
	for _, path := range []string{copied, backed} {
		db := open(t, path, other)
		intact(t, db)
		if got := value[string](t, db, "select group_concat(id || ifnull(s, length(b))) from t"); got != want {
			t.Errorf("%s differs from its source", filepath.Base(path))
		}
		db.Close()
	}
}

func backup(t *testing.T, db *sql.DB, to string) {
	t.Helper()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		b, err := c.(interface {
			NewBackup(string) (*sqlite.Backup, error)
		}).NewBackup(to)
		if err != nil {
			return err
		}
		for more := true; more; {
			if more, err = b.Step(3); err != nil {
				return err
			}
		}
		return b.Finish()
	})
	if err != nil {
		t.Fatal("backup:", err)
	}
}

func TestSeveralFilesInOneTransaction(t *testing.T) {
	dir := t.TempDir()
	vfs := register(t, key("one"))
	for _, c := range []struct {
		mode string
		ok   bool
	}{{"wal", true}, {"delete", false}} {
		db := open(t, filepath.Join(dir, c.mode+"1.db"), vfs)
		db.SetMaxOpenConns(1)
		exec(t, db, "attach ? as b", source(filepath.Join(dir, c.mode+"2.db"), vfs))
		exec(t, db, "pragma main.journal_mode="+c.mode)
		exec(t, db, "pragma b.journal_mode="+c.mode)
		exec(t, db, "create table main.t(a)")
		exec(t, db, "create table b.u(a)")
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "insert into t values(1)")
		exec(t, tx, "insert into u values(1)")
		if err := tx.Commit(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.mode, err)
		}
		if n, m := value[int](t, db, "select count(*) from t"), value[int](t, db, "select count(*) from u"); n != m {
			t.Errorf("%s: %d rows in one file and %d in the other", c.mode, n, m)
		}
		db.Close()
	}
}
