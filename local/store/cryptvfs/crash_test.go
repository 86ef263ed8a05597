package cryptvfs_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"alpi40.fr/airial/local/store/cryptvfs"
)

// crashRuns is how often TestKill kills; a night's run sets AIRIAL_CRASH_RUNS.
func crashRuns(t *testing.T) int {
	text := os.Getenv("AIRIAL_CRASH_RUNS")
	if text == "" {
		return 12
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal("AIRIAL_CRASH_RUNS:", err)
	}
	return n
}

// TestMain lets the test's own program be the child that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("AIRIAL_CRASH_CHILD"); path != "" {
		writeForEver(path, os.Getenv("AIRIAL_CRASH_MODE"))
	}
	os.Exit(m.Run())
}

// writeForEver commits one numbered row after another, with a page's worth of
// content that the number determines, and says each number once it is committed.
func writeForEver(path, mode string) {
	check := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	db, err := openChild(path, mode)
	check(err)
	var last int64
	check(db.QueryRow("select ifnull(max(id), 0) from t").Scan(&last))
	for {
		last++
		tx, err := db.Begin()
		check(err)
		_, err = tx.Exec("insert into t(id, b) values(?, ?)", last, content(last))
		check(err)
		_, err = tx.Exec("insert into f(rowid, s) values(?, ?)", last, fmt.Sprint("rang", last))
		check(err)
		// Rewrites pages of earlier transactions, and frees some.
		_, err = tx.Exec("update t set b = b where id % 17 = ? % 17", last)
		check(err)
		if last%50 == 0 {
			_, err = tx.Exec("delete from t where id < ?", last-100)
			check(err)
		}
		check(tx.Commit())
		fmt.Println(last)
	}
}

func openChild(path, mode string) (*sql.DB, error) {
	vfs, _, err := cryptvfs.Register(key("crash"))
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", source(path, vfs, "journal_mode("+mode+")", "synchronous(full)", "wal_autocheckpoint(30)", "cache_size(20)"))
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// content is as long as its number decides, up to three pages, and cannot be mistaken
// for another's.
func content(id int64) []byte {
	r := rand.New(rand.NewPCG(uint64(id), 7))
	b := make([]byte, 8+r.IntN(12_000))
	binary.BigEndian.PutUint64(b, uint64(id))
	for i := 8; i < len(b); i++ {
		b[i] = byte(r.Uint32())
	}
	return b
}

func prepare(t *testing.T, path, mode string) {
	t.Helper()
	db := open(t, path, register(t, key("crash")), "journal_mode("+mode+")")
	exec(t, db, "create table t(id integer primary key, b blob) strict; create virtual table f using fts5(s)")
	db.Close()
}

// verify opens what a crash left: intact, each row whole, and none missing from the
// last 100 up to acknowledged. It returns the last row's number.
func verify(t *testing.T, path string, acknowledged int64) int64 {
	t.Helper()
	db := open(t, path, register(t, key("crash")), "busy_timeout(1000)")
	defer db.Close()
	intact(t, db)
	exec(t, db, "insert into f(f) values('integrity-check')")
	last := value[int64](t, db, "select ifnull(max(id), 0) from t")
	if last < acknowledged {
		t.Fatalf("row %d was acknowledged, the last is %d", acknowledged, last)
	}
	if n := value[int64](t, db, "select count(*) from f"); n != last {
		t.Fatalf("%d rows in the search index, %d written", n, last)
	}
	rows, err := db.Query("select id, b from t order by id desc")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want := last
	for rows.Next() {
		var id int64
		var b []byte
		if err := rows.Scan(&id, &b); err != nil {
			t.Fatal(err)
		}
		if id != want || !bytes.Equal(b, content(id)) {
			t.Fatalf("row %d where %d should be, or not its content", id, want)
		}
		want--
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if kept := last - want; kept < min(last, 100) {
		t.Fatalf("%d rows before the last are gone", min(last, 100)-kept)
	}
	return last
}

func TestKill(t *testing.T) {
	for _, mode := range []string{"wal", "delete", "persist"} {
		t.Run(mode, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			prepare(t, path, mode)
			r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
			var last int64
			for range crashRuns(t) {
				acknowledged := runAndKill(t, path, mode, time.Duration(20+r.IntN(150))*time.Millisecond)
				last = verify(t, path, max(acknowledged, last))
			}
			if last == 0 {
				t.Error("the child never wrote: the test killed nothing at work")
			}
			t.Log(last, "transactions through", crashRuns(t), "kills")
		})
	}
}

func runAndKill(t *testing.T, path, mode string, after time.Duration) (acknowledged int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	child := osexec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), "AIRIAL_CRASH_CHILD="+path, "AIRIAL_CRASH_MODE="+mode)
	var complaints bytes.Buffer
	child.Stderr = &complaints
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			break
		}
		if acknowledged == 0 {
			// The clock starts with the first commit.
			time.AfterFunc(after, func() { child.Process.Kill() })
		}
		acknowledged = n
	}
	if err := child.Wait(); err == nil || complaints.Len() > 0 {
		t.Fatalf("the child ended by itself: %v %s", err, &complaints)
	}
	return acknowledged
}

// TestTornLog cuts, zeroes and garbles the WAL at every place that matters: what
// remains opens as the state after some transaction, with every transaction whose
// frames are all there.
func TestTornLog(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	vfs := register(t, key("crash"))
	db := open(t, path, vfs, append(wal, "wal_autocheckpoint(0)")...)
	db.SetMaxOpenConns(1)
	exec(t, db, "create table t(id integer primary key, b blob)")
	exec(t, db, "pragma wal_checkpoint(truncate)")
	var ends []int64
	for id := range int64(8) {
		exec(t, db, "insert into t values(?, ?)", id, content(id))
		ends = append(ends, fileSize(t, path+"-wal"))
	}
	database, log := readFile(t, path), readFile(t, path+"-wal")
	db.Close()

	const frame = 24 + 4096
	var places []int64
	for at := int64(0); at <= int64(len(log)); at += 1031 { // prime to everything here
		places = append(places, at)
	}
	for at := int64(32); at <= int64(len(log)); at += frame {
		for d := int64(-17); d <= 41; d += 1 {
			places = append(places, at+d)
		}
	}
	for _, at := range places {
		if at < 0 || at > int64(len(log)) {
			continue
		}
		for name, torn := range map[string][]byte{
			"cut":     log[:at],
			"zeroed":  append(bytes.Clone(log[:at]), make([]byte, int64(len(log))-at)...),
			"garbled": garbled(log, at),
		} {
			at := at
			if name == "garbled" && at == int64(len(log)) {
				continue
			}
			want := 0
			for _, end := range ends {
				if end <= at {
					want++
				}
			}
			if n := reopenTorn(t, vfs, dir, database, torn); n != want {
				t.Fatalf("%s at %d: %d transactions, want %d", name, at, n, want)
			}
		}
	}
}

// garbled is the log with one bit changed at the place.
func garbled(log []byte, at int64) []byte {
	b := bytes.Clone(log)
	if at < int64(len(b)) {
		b[at] ^= 0x10
	}
	return b
}

func reopenTorn(t *testing.T, vfs, dir string, database, log []byte) int {
	t.Helper()
	path := filepath.Join(dir, "torn.db")
	for suffix, content := range map[string][]byte{"": database, "-wal": log} {
		if err := os.WriteFile(path+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db := open(t, path, vfs)
	db.SetMaxOpenConns(1)
	defer func() {
		db.Close()
		os.Remove(path + "-shm")
	}()
	intact(t, db)
	rows, err := db.Query("select id, b from t order by id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var id int64
		var b []byte
		if err := rows.Scan(&id, &b); err != nil {
			t.Fatal(err)
		}
		if id != int64(n) || !bytes.Equal(b, content(id)) {
			t.Fatalf("row %d is not what was written", id)
		}
	}
	return n
}

// TestHotJournal breaks off a rollback-journal transaction whose pages are already in
// the database, at every state of the files on the way, and rolls it back.
func TestHotJournal(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	vfs := register(t, key("crash"))
	db := open(t, path, vfs, "journal_mode(delete)", "cache_size(5)")
	db.SetMaxOpenConns(1)
	exec(t, db, "create table t(id integer primary key, b blob)")
	for id := range int64(20) {
		exec(t, db, "insert into t values(?, ?)", id, content(id))
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "update t set b = zeroblob(length(b) + 5000)")
	// The cache of five pages has spilled: journal synced, database half rewritten.
	half, journal := readFile(t, path), readFile(t, path+"-journal")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if whole := readFile(t, path); bytes.Equal(whole, half) || len(journal) < 20_000 {
		t.Fatal("the transaction had not reached the database: the test broke off nothing")
	}

	torn := filepath.Join(dir, "torn.db")
	for suffix, content := range map[string][]byte{"": half, "-journal": journal} {
		if err := os.WriteFile(torn+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db = open(t, torn, vfs)
	defer db.Close()
	intact(t, db)
	for id := range int64(20) {
		if b := value[[]byte](t, db, "select b from t where id = ?", id); !bytes.Equal(b, content(id)) {
			t.Fatalf("row %d was not rolled back", id)
		}
	}
}

// The very first transaction is broken off: the file may hold its head and nothing
// else, with or without a journal.
func TestBrokenOffCreation(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	vfs := register(t, key("crash"))
	db := open(t, path, vfs, "cache_size(5)")
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if size := fileSize(t, path); size != 16 {
		t.Fatalf("after the lock the file has %d bytes, want its head alone", size)
	}
	exec(t, tx, "create table t(b)")
	for id := range int64(20) {
		exec(t, tx, "insert into t values(?)", content(id))
	}
	half, journal := readFile(t, path), readFile(t, path+"-journal")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for _, c := range []struct {
		name              string
		database, journal []byte
	}{
		{"nothing", nil, nil},
		{"part of the head", half[:7], nil},
		{"the head", half[:16], nil},
		{"the head and a journal", half[:16], journal},
		{"pages and a journal", half, journal},
	} {
		os.Remove(path + "-journal")
		if err := os.WriteFile(path, c.database, 0o600); err != nil {
			t.Fatal(err)
		}
		if c.journal != nil {
			if err := os.WriteFile(path+"-journal", c.journal, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		db := open(t, path, vfs, wal...)
		if n := value[int](t, db, "select count(*) from sqlite_schema"); n != 0 {
			t.Errorf("%s: %d tables", c.name, n)
		}
		exec(t, db, "create table u(a); insert into u values(1)")
		intact(t, db)
		db.Close()
		db = open(t, path, vfs)
		if n := value[int](t, db, "select count(*) from u"); n != 1 {
			t.Errorf("%s: the new table has %d rows", c.name, n)
		}
		db.Close()
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
