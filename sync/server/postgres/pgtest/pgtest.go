// Package pgtest starts a real PostgreSQL for the tests, in a folder of theirs.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var cluster struct {
	once sync.Once
	dir  string // of the socket
	err  error
	stop func()
	n    int
	mu   sync.Mutex
}

// Main runs a package's tests and then stops the PostgreSQL that they started:
// for TestMain. It gives the exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if cluster.stop != nil {
		cluster.stop()
	}
	return code
}

// URL gives an empty base of a PostgreSQL that the tests of a package share.
// The test is skipped where PostgreSQL is not installed.
func URL(t testing.TB) string {
	t.Helper()
	cluster.once.Do(func() { cluster.dir, cluster.stop, cluster.err = start() })
	if os.IsNotExist(cluster.err) {
		t.Skip("PostgreSQL is not installed (packaging/dev/install.sh installs it)")
	}
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	return create(t, "template1")
}

// Log is what that PostgreSQL has said so far.
func Log(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cluster.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Copy gives a base that begins as another of the same package is now; nobody is connected to that one.
func Copy(t testing.TB, url string) string {
	t.Helper()
	c, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return create(t, c.Database)
}

func create(t testing.TB, template string) string {
	t.Helper()
	cluster.mu.Lock()
	cluster.n++
	name := fmt.Sprintf("base%d", cluster.n)
	cluster.mu.Unlock()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY file_copy"); err != nil {
		t.Fatal(err)
	}
	return address(name)
}

func address(base string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&user=airial&sslmode=disable", base, cluster.dir)
}

// start makes a cluster as Debian installs it, and runs it on a socket alone.
func start() (dir string, stop func(), err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", nil, err
	}
	if len(found) == 0 {
		return "", nil, os.ErrNotExist
	}
	sort.Slice(found, func(i, j int) bool { return version(found[i]) < version(found[j]) })
	bin := filepath.Dir(found[len(found)-1])
	if dir, err = os.MkdirTemp(shelf(), "pgtest-"); err != nil {
		return "", nil, err
	}
	attributes, err := as(dir)
	if err != nil {
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "airial", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attributes, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", nil, err
	}
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-c", "listen_addresses=", "-c", "unix_socket_directories="+dir, "-c", "shared_buffers=32MB", "-c", "max_connections=100")
	server.Stdout, server.Stderr, server.Dir = log, log, dir
	server.SysProcAttr = attributes
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT) // it has ended by itself, or ends now
		_ = server.Wait()
		_ = log.Close()
		_ = os.RemoveAll(dir)
	}
	cluster.dir = dir
	for range 200 {
		c, failed := pgx.Connect(context.Background(), address("postgres"))
		if failed == nil {
			return dir, stop, c.Close(context.Background())
		}
		err = failed
		time.Sleep(50 * time.Millisecond)
	}
	said, _ := os.ReadFile(filepath.Join(dir, "log"))
	stop()
	return "", nil, fmt.Errorf("PostgreSQL does not start: %w: %s", err, said)
}

// shelf is a folder in memory where there is room: what PostgreSQL syncs, which is not what these
// tests look at, takes most of their time on a disk. Empty: the ordinary temporary folder.
func shelf() string {
	var free syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &free); err != nil || uint64(free.Bavail)*uint64(free.Bsize) < 1<<30 {
		return ""
	}
	return "/dev/shm"
}

func version(initdb string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb)))) // 0 for a strange folder
	return n
}

// as gives the user for whom PostgreSQL runs: it refuses root, who gives it the account that Debian made.
func as(dir string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		return attributes, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, os.Chown(dir, uid, gid)
}
