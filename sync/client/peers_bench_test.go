package client_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/packaging/bench/pairs"
)

func needs(b *testing.B, program string) {
	b.Helper()
	if _, err := exec.LookPath(program); err != nil {
		b.Skip(program + " is not installed")
	}
}

// freePort is one that nobody listens on.
func freePort(b *testing.B) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// inBackground starts a program until the benchmark ends, and waits until it listens.
func inBackground(b *testing.B, port, program string, args ...string) {
	b.Helper()
	c := exec.Command(program, args...)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			conn.Close()
			return
		}
		if time.Since(began) > 30*time.Second {
			b.Fatalf("%s does not listen: %s", program, said.Bytes())
		}
	}
}

// BenchmarkEntries sends small entries (AIRIAL_BENCH_ENTRIES) to the server, and PouchDB replicates as many documents to
// another behind a server of its own: entries a second, what was written before not counted. The packages of PouchDB
// stand in AIRIAL_BENCH_NODE.
func BenchmarkEntries(b *testing.B) {
	modules := os.Getenv("AIRIAL_BENCH_NODE")
	if modules == "" {
		b.Skip("AIRIAL_BENCH_NODE names no folder of npm packages")
	}
	needs(b, "node")
	n := pairs.Size("AIRIAL_BENCH_ENTRIES", 2000)
	s := start(b)
	l := s.enrol(b, "111111111", "a")
	rounds := 0
	pairs.Compare(b, "entries/s", func() float64 {
		l.many(b, rounds*n, n, nil)
		rounds++
		began := time.Now()
		l.sync(b)
		return float64(n) / time.Since(began).Seconds()
	}, func() float64 {
		c := exec.Command("node", filepath.Join("testdata", "pouchdb.js"), b.TempDir(), fmt.Sprint(n))
		c.Env = append(os.Environ(), "NODE_PATH="+modules)
		out, err := c.Output()
		took, parsed := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil || parsed != nil {
			b.Fatal(err, parsed, string(out))
		}
		return float64(n) / took
	})
}

// BenchmarkFiles sends files of 200 kB (AIRIAL_BENCH_FILES of them; 10,000 are 2 GB) from a laptop to the server, and
// another program sends the same to a server of its own on the same loopback, in turn: MB/s, until the other side says that it has them.
// Ours are encrypted on the way and on the disk, and synced; so does syncthing but for the encryption on the disk, and its
// time holds that of its digests, ours were made when the documents were kept; rsync syncs too, without TLS; rclone does neither.
func BenchmarkFiles(b *testing.B) {
	n, size := pairs.Size("AIRIAL_BENCH_FILES", 300), 200_000
	s := start(b)
	l := s.enrol(b, "111111111", "a")
	folder := b.TempDir()
	fresh := func(dir string) {
		for i := range n {
			content := make([]byte, size)
			rand.Read(content)
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), content, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	fresh(folder)
	rounds := 0
	rate := func(began time.Time) float64 { return float64(n*size) / 1e6 / time.Since(began).Seconds() }
	ours := func() float64 {
		rounds++
		l.many(b, rounds*n, n, func(i int) []store.Digest {
			content, err := os.ReadFile(filepath.Join(folder, fmt.Sprint(i)))
			if err != nil {
				b.Fatal(err)
			}
			// Each round sends files that the server has not got.
			d, err := l.db.Blobs().PutBytes(context.Background(), append(content, byte(rounds), byte(rounds>>8)))
			if err != nil {
				b.Fatal(err)
			}
			return []store.Digest{d}
		})
		began := time.Now()
		if out := l.sync(b); out.Uploaded != n {
			b.Fatalf("%+v", out)
		}
		return rate(began)
	}
	command := func(program string, args ...string) {
		if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
			b.Fatalf("%s: %v: %s", program, err, out)
		}
	}
	b.Run("rsync", func(b *testing.B) {
		needs(b, "rsync")
		port := rsyncDaemon(b)
		pairs.Compare(b, "MB/s", ours, func() float64 {
			rounds++
			began := time.Now()
			command("rsync", "-r", "--fsync", "--whole-file", folder+"/", "rsync://127.0.0.1:"+port+"/to/"+fmt.Sprint(rounds))
			return rate(began)
		})
	})
	b.Run("rclone", func(b *testing.B) {
		needs(b, "rclone")
		port := freePort(b)
		inBackground(b, port, "rclone", "serve", "webdav", b.TempDir(), "--addr", "127.0.0.1:"+port)
		pairs.Compare(b, "MB/s", ours, func() float64 {
			rounds++
			began := time.Now()
			command("rclone", "copy", folder, fmt.Sprintf(":webdav,url='http://127.0.0.1:%s':%d", port, rounds))
			return rate(began)
		})
	})
	b.Run("syncthing", func(b *testing.B) {
		needs(b, "syncthing")
		two := syncthings(b)
		pairs.Compare(b, "MB/s", ours, func() float64 {
			rounds++
			dir := filepath.Join(two.from, fmt.Sprint(rounds))
			if err := os.Mkdir(dir, 0o700); err != nil {
				b.Fatal(err)
			}
			fresh(dir)
			began := time.Now()
			two.bring(b, fmt.Sprint(rounds), n)
			return rate(began)
		})
	})
}

// BenchmarkNothing is an exchange in which neither side has anything new, and rsync's look at as many files that have not changed.
func BenchmarkNothing(b *testing.B) {
	needs(b, "rsync")
	s := start(b)
	l := s.enrol(b, "111111111", "a")
	l.many(b, 0, 1000, nil)
	l.sync(b)
	folder := b.TempDir()
	for i := range 1000 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(i)), []byte("acte"), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	port := rsyncDaemon(b)
	look := func() {
		if out, err := exec.Command("rsync", "-rt", folder+"/", "rsync://127.0.0.1:"+port+"/to/").CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	look()
	pairs.Times(b, func() { l.sync(b) }, look)
}

// rsyncDaemon is an rsync that takes what it is sent into its module «to».
func rsyncDaemon(b *testing.B) (port string) {
	b.Helper()
	to, configuration := b.TempDir(), filepath.Join(b.TempDir(), "rsyncd.conf")
	text := "use chroot = no\n[to]\npath = " + to + "\nread only = no\nuid = " + strconv.Itoa(os.Getuid()) + "\ngid = " + strconv.Itoa(os.Getgid()) + "\n"
	if err := os.WriteFile(configuration, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	port = freePort(b)
	inBackground(b, port, "rsync", "--daemon", "--no-detach", "--address=127.0.0.1", "--port="+port, "--config="+configuration)
	return port
}

// pair is two syncthings that share a folder, and know of nobody else.
type pair struct{ from, to, gui, key string }

func syncthings(b *testing.B) pair {
	b.Helper()
	home := [2]string{b.TempDir(), b.TempDir()}
	share := [2]string{b.TempDir(), b.TempDir()}
	gui, listen := [2]string{freePort(b), freePort(b)}, [2]string{freePort(b), freePort(b)}
	var id [2]string
	const key = "essai"
	for i := range home {
		if out, err := exec.Command("syncthing", "generate", "--home", home[i]).CombinedOutput(); err != nil {
			b.Fatalf("syncthing: %v: %s", err, out)
		}
		out, err := exec.Command("syncthing", "--home", home[i], "--device-id").Output()
		if err != nil {
			b.Fatal(err)
		}
		id[i] = strings.TrimSpace(string(out))
	}
	for i := range home {
		config := fmt.Sprintf(`<configuration version="36"><folder id="f" path="%[1]s" type="sendreceive" rescanIntervalS="0" fsWatcherEnabled="false"><device id="%[2]s"></device><device id="%[3]s"></device></folder>`+
			`<device id="%[2]s"><address>tcp://127.0.0.1:%[4]s</address></device><device id="%[3]s"><address>tcp://127.0.0.1:%[5]s</address></device>`+
			`<gui enabled="true"><address>127.0.0.1:%[6]s</address><apikey>%[7]s</apikey></gui><options><listenAddress>tcp://127.0.0.1:%[8]s</listenAddress><globalAnnounceEnabled>false</globalAnnounceEnabled>`+
			`<localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled><urAccepted>-1</urAccepted><crashReportingEnabled>false</crashReportingEnabled><autoUpgradeIntervalH>0</autoUpgradeIntervalH></options></configuration>`,
			share[i], id[0], id[1], listen[0], listen[1], gui[i], key, listen[i])
		if err := os.WriteFile(filepath.Join(home[i], "config.xml"), []byte(config), 0o600); err != nil {
			b.Fatal(err)
		}
		b.Setenv("STMONITORED", "yes") // one process, that ends when it is killed
		inBackground(b, gui[i], "syncthing", "serve", "--home", home[i], "--no-browser", "--no-restart", "--no-upgrade")
	}
	p := pair{from: share[0], to: share[1], gui: gui[0], key: key}
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		var all struct {
			Connections map[string]struct{ Connected bool }
		}
		if p.ask(b, http.MethodGet, "/rest/system/connections", &all); all.Connections[id[1]].Connected {
			return p
		}
		if time.Since(began) > time.Minute {
			b.Fatal("the two syncthings do not find one another")
		}
	}
}

// bring has the first look at its folder, and waits until the other has all the files of a new folder there: what it says of the
// other's completion is that of before for a moment.
func (p pair) bring(b *testing.B, folder string, files int) {
	b.Helper()
	p.ask(b, http.MethodPost, "/rest/db/scan?folder=f", nil)
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		all, _ := os.ReadDir(filepath.Join(p.to, folder)) // it is not there at first
		whole := 0
		for _, f := range all {
			if !strings.HasPrefix(f.Name(), ".syncthing.") {
				whole++
			}
		}
		if whole == files {
			return
		}
		if time.Since(began) > 10*time.Minute {
			b.Fatalf("syncthing does not end: %d files of %d", whole, files)
		}
	}
}

func (p pair) ask(b *testing.B, method, path string, answer any) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, "http://127.0.0.1:"+p.gui+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("X-API-Key", p.key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.Fatal(path, resp.Status)
	}
	if answer != nil {
		if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
			b.Fatal(err)
		}
	}
}
