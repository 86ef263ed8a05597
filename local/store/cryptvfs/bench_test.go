package cryptvfs_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/packaging/bench/pairs"
)

// BenchmarkWorkload writes and searches as the spike did: 200 transactions of 250
// rows, each row also indexed for search, then 200 searches and a check of the whole.
// The encrypted database and the plain one, in turn; the goal is 1.3 times its time at most.
func BenchmarkWorkload(b *testing.B) {
	encrypted := register(b, key("bench"))
	pairs.Times(b, func() { workload(b, filepath.Join(b.TempDir(), "a.db"), encrypted) }, func() { workload(b, filepath.Join(b.TempDir(), "a.db"), "") })
}

func workload(b *testing.B, path, vfs string) {
	db := open(b, path, vfs, wal...)
	db.SetMaxOpenConns(1)
	exec(b, db, "create table t(id integer primary key, s text, n int); create virtual table f using fts5(s)")
	for k := range 200 {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		for i := range 250 {
			s := fmt.Sprintf("délibération %d subvention salle des fêtes %d forêt", i*k, i)
			exec(b, tx, "insert into t(s,n) values(?,?)", s, i)
			exec(b, tx, "insert into f(s) values(?)", s)
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 200 {
		value[int](b, db, "select count(*) from f where f match ?", fmt.Sprint(i))
	}
	if got := value[string](b, db, "pragma integrity_check"); got != "ok" {
		b.Fatal(got)
	}
	db.Close()
}

// BenchmarkCommit is one small transaction at a time, as the journal writes them.
func BenchmarkCommit(b *testing.B) {
	for _, c := range []struct{ name, vfs string }{{"plain", ""}, {"encrypted", register(b, key("bench"))}} {
		b.Run(c.name, func(b *testing.B) {
			db := open(b, filepath.Join(b.TempDir(), "a.db"), c.vfs, wal...)
			db.SetMaxOpenConns(1)
			exec(b, db, "create table t(id integer primary key, s text)")
			for b.Loop() {
				exec(b, db, "insert into t(s) values('Une écriture du journal, d''environ cent octets, comme elle est écrite à chaque geste.')")
			}
			db.Close()
		})
	}
}

// BenchmarkColdRead reads a database larger than the page cache.
func BenchmarkColdRead(b *testing.B) {
	for _, c := range []struct{ name, vfs string }{{"plain", ""}, {"encrypted", register(b, key("bench"))}} {
		b.Run(c.name, func(b *testing.B) {
			db := open(b, filepath.Join(b.TempDir(), "a.db"), c.vfs, append(wal, "cache_size(100)")...)
			db.SetMaxOpenConns(1)
			exec(b, db, "create table t(id integer primary key, s text)")
			exec(b, db, "with recursive c(i) as (select 1 union all select i+1 from c where i<100000) insert into t(s) select 'une délibération du conseil municipal ' || i from c")
			exec(b, db, "pragma wal_checkpoint(truncate)")
			for b.Loop() {
				value[int](b, db, "select sum(length(s)) from t")
			}
			db.Close()
		})
	}
}
