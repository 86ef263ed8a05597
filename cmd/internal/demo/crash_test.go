package demo_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// The same program is the test, the demonstration that is killed, and the
// token's helper.
func TestMain(m *testing.M) {
	if token.RunHelperIfAsked(os.Args[1:], os.Stdin, os.Stdout) {
		return
	}
	if work := os.Getenv("AIRIAL_TEST_DEMO"); work != "" {
		os.Exit(child(work))
	}
	os.Exit(m.Run())
}

const passphrase = "une phrase de passe d’essai"

// What a child may end with.
const (
	exitFull  = 3 // the disk is full, and it says so
	exitOther = 4
)

// child plays the demonstration and tells each entry that it has acknowledged.
func child(work string) int {
	var mu sync.Mutex
	opened := func(h *office.Hall) {
		changes, _ := h.Journal.Subscribe("")
		go func() {
			for c := range changes {
				for _, stream := range c.Streams {
					var records []journal.Record
					_ = h.Store.View(context.Background(), func(tx *store.Tx) (err error) {
						records, err = journal.Stream(tx, stream)
						return err
					})
					mu.Lock()
					for _, r := range records {
						fmt.Println(h.Device()+"\t"+r.ID, r.ServerSeq)
					}
					mu.Unlock()
				}
			}
		}()
	}
	err := demo.Run(context.Background(), demo.Options{
		Out: work + ".out", Work: work, Now: time.Now, Rand: rand.Reader,
		Passphrase: []byte(passphrase), Opened: opened,
	})
	var refused *protocol.Failure
	switch {
	case err == nil:
		return 0
	// A laptop that is short of room leaves on the server what it does not need, and says where it is.
	case store.Full(err), errors.As(err, &refused) && refused.Code == protocol.CodeFull, errors.Is(err, client.ErrElsewhere):
		fmt.Fprintln(os.Stderr, err)
		return exitFull
	}
	fmt.Fprintln(os.Stderr, err)
	return exitOther
}

// told is what a child acknowledged: by laptop, the entries and their places (0: none yet).
type told map[string]map[string]int64

func hear(r io.Reader) told {
	heard := told{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		laptop, rest, ok := strings.Cut(lines.Text(), "\t")
		id, place, both := strings.Cut(rest, " ")
		seq, err := strconv.ParseInt(place, 10, 64)
		if !ok || !both || err != nil {
			continue // a line that the kill cut
		}
		if heard[laptop] == nil {
			heard[laptop] = map[string]int64{}
		}
		heard[laptop][id] = max(heard[laptop][id], seq)
	}
	return heard
}

// reopened holds what a child left on the disk against what it had acknowledged.
func reopened(t *testing.T, work string, heard told) (entries int) {
	t.Helper()
	ctx := context.Background()
	s, err := embedded.Open(ctx, embedded.Options{Dir: filepath.Join(work, "server"), Now: time.Now, Rand: rand.Reader})
	if errors.Is(err, embedded.ErrNotInitialised) && len(heard) == 0 {
		return 0
	}
	if err != nil {
		t.Errorf("the server: %v", err)
		return 0
	}
	defer s.Close()
	folders, _ := filepath.Glob(filepath.Join(work, "laptops", "*"))
	seen := map[string]bool{}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "halls", demo.AuthorityID, "device.age")); err != nil {
			continue // killed before it had joined: nothing was acknowledged
		}
		o, err := office.Open(ctx, office.Options{Dir: folder, Now: time.Now, Rand: rand.Reader,
			Passphrase: func(context.Context) ([]byte, error) { return []byte(passphrase), nil }})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(folder), err)
			continue
		}
		h, err := o.Hall(ctx, demo.AuthorityID)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(folder), errors.Join(err, o.Close()))
			continue
		}
		seen[h.Device()] = true
		entries += holds(t, h, s, heard[h.Device()])
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
	for laptop := range heard {
		if !seen[laptop] {
			t.Errorf("%s acknowledged entries and cannot be opened", laptop)
		}
	}
	return entries
}

// holds checks one laptop: its files, its chains, and each acknowledged entry, here and on the server.
func holds(t *testing.T, h *office.Hall, s *embedded.Server, heard map[string]int64) int {
	t.Helper()
	ctx := context.Background()
	if found, err := h.Store.Check(ctx, true); err != nil {
		t.Errorf("%s: %v", h.Device(), err)
	} else {
		for _, f := range found {
			if !f.Missing { // a document that had not arrived yet is no loss
				t.Errorf("%s: %+v", h.Device(), f)
			}
		}
	}
	if _, err := h.Verify(ctx); err != nil {
		t.Errorf("%s: the journal: %v", h.Device(), err)
	}
	err := h.Store.View(ctx, func(tx *store.Tx) error {
		for id := range heard {
			if _, err := journal.Find(tx, id); err != nil {
				t.Errorf("%s: entry %s was acknowledged and is lost: %v", h.Device(), id, err)
			}
		}
		return nil
	})
	if err == nil {
		err = s.Storage.Read(ctx, demo.AuthorityID, func(l server.Log) error {
			for id, seq := range heard {
				p, err := l.Entry(id)
				if err == nil && seq > 0 && (p == nil || p.Seq != seq) {
					t.Errorf("the server had given entry %s place %d and has lost it", id, seq)
				}
			}
			return nil
		})
	}
	if err != nil {
		t.Error(err)
	}
	return len(heard)
}

func times(variable string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return usual
}

// atMost is how many moments of one play are looked at.
const atMost = 20

// Ended at any moment, the laptops and the server keep all that they had acknowledged. AIRIAL_DEMO_KILLS says at how
// many moments; CI tries a hundred.
//
// A play is begun for twenty of them. At each its process is stopped, and what a kill would leave is what is there:
// files are copied, and opened later. The last moment is a kill.
func TestKilledDemonstrationLosesNothing(t *testing.T) {
	var entries atomic.Int64
	kills, stops, done := 0, 0, 0
	for all := times("AIRIAL_DEMO_KILLS", 4); kills+stops+done < all; {
		dir := memory(t)
		p := begin(t, dir)
		var moments []moment
		for n := min(atMost, all-kills-stops-done); n > 1 && p.goesOn(); n-- {
			if m, ok := p.stop(filepath.Join(dir, fmt.Sprint("moment", n))); ok {
				moments = append(moments, m)
			}
		}
		p.goesOn()
		p.cmd.Process.Kill()
		<-p.ended
		switch code := p.cmd.ProcessState.ExitCode(); code {
		case -1:
			kills++
		case 0:
			done++
		default:
			t.Errorf("it ended by itself with %d", code)
		}
		stops += len(moments)
		moments = append(moments, moment{p.work, p.heard(), time.Since(p.began)})
		var looking errgroup.Group
		looking.SetLimit(2)
		for _, m := range moments {
			looking.Go(func() error {
				entries.Add(int64(reopened(t, m.work, m.heard)))
				if t.Failed() {
					return fmt.Errorf("after %s", m.after)
				}
				return os.RemoveAll(m.work)
			})
		}
		if err := looking.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d moments at which it stood still, %d plays to the end, %d acknowledged entries, none lost", kills, stops, done, entries.Load())
}

// memory is a folder that a test may write to at no cost: what a process had written when it was killed is the
// system's, and the disk itself plays no part.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "demo-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// moment is what a play had left at one moment, and what it had acknowledged.
type moment struct {
	work  string
	heard told
	after time.Duration
}

// playing is a demonstration in a process of its own.
type playing struct {
	t     *testing.T
	cmd   *exec.Cmd
	work  string
	said  string // the file it speaks to
	began time.Time
	ended chan struct{}
}

func begin(t *testing.T, dir string) *playing {
	t.Helper()
	p := &playing{t: t, cmd: exec.Command(os.Args[0]), work: filepath.Join(dir, "work"), said: filepath.Join(dir, "said"), began: time.Now(), ended: make(chan struct{})}
	out, err := os.Create(p.said)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p.cmd.Env = append(os.Environ(), "AIRIAL_TEST_DEMO="+p.work)
	p.cmd.Stdout = out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is its state
		close(p.ended)
	}()
	return p
}

// goesOn lets the play go on for some time; false: it has ended.
func (p *playing) goesOn() bool {
	select {
	case <-p.ended:
		return false
	case <-time.After(time.Duration(mrand.Int64N(int64(500 * time.Millisecond)))):
		return true
	}
}

// heard is what the play has acknowledged so far.
func (p *playing) heard() told {
	p.t.Helper()
	said, err := os.Open(p.said)
	if err != nil {
		p.t.Fatal(err)
	}
	defer said.Close()
	return hear(said)
}

// stop copies what the play has left at this moment; false: it has ended.
func (p *playing) stop(to string) (m moment, ok bool) {
	p.t.Helper()
	if p.cmd.Process.Signal(syscall.SIGSTOP) != nil {
		return m, false
	}
	defer p.cmd.Process.Signal(syscall.SIGCONT)
	for !p.still() {
		select {
		case <-p.ended:
			return m, false
		case <-time.After(time.Millisecond):
		}
	}
	m = moment{to, p.heard(), time.Since(p.began)}
	if _, err := os.Stat(p.work); err != nil {
		return m, true // it has written nothing yet
	}
	if out, err := exec.Command("cp", "-a", p.work, to).CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %s", err, out)
	}
	return m, true
}

// still tells whether each thread of the play stands still.
func (p *playing) still() bool {
	states, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
	for _, s := range states {
		text, read := os.ReadFile(s)
		_, after, found := strings.Cut(string(text), ") ")
		if read != nil || !found || !strings.HasPrefix(after, "T") {
			return false
		}
	}
	return err == nil && len(states) > 0
}

// On a disk too small, at whatever write it fills: the demonstration ends with
// words, and what it had acknowledged is there. AIRIAL_DISK_SIZES says how many
// sizes are tried.
func TestFullDiskLosesNothing(t *testing.T) {
	if runtime.GOOS != "linux" || exec.Command("unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/mnt").Run() != nil {
		t.Skip("no small file system can be mounted here")
	}
	var full, done atomic.Int64
	sizes := times("AIRIAL_DISK_SIZES", 6)
	t.Run("sizes", func(t *testing.T) {
		for i := range sizes {
			kib := 200 << (8 * i / sizes) * (sizes + 8*i%sizes) / sizes // 200 KiB to 50 MiB, evenly in powers
			t.Run(fmt.Sprintf("%d KiB", kib), func(t *testing.T) {
				t.Parallel()
				dir := memory(t)
				// The disk is copied out before its name space ends.
				script := fmt.Sprintf(`mkdir -p "$1/disk" && mount -t tmpfs -o size=%dk none "$1/disk" || exit 9
AIRIAL_TEST_DEMO="$1/disk/work" "$0"; code=$?
cp -a "$1/disk/work" "$1/copy" 2>/dev/null
exit $code`, kib)
				cmd := exec.Command("unshare", "-Urm", "sh", "-c", script, os.Args[0], dir)
				var fault strings.Builder
				cmd.Stderr = &fault
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				heard := hear(out)
				_ = cmd.Wait()
				switch code := cmd.ProcessState.ExitCode(); code {
				case exitFull:
					full.Add(1)
					t.Log(strings.TrimSpace(fault.String()))
				case 0:
					done.Add(1)
				default:
					t.Errorf("exit %d: %s", code, fault.String())
				}
				if strings.Contains(fault.String(), "panic") {
					t.Error("it panicked")
				}
				if _, err := os.Stat(filepath.Join(dir, "copy")); err == nil {
					reopened(t, filepath.Join(dir, "copy"), heard)
				}
			})
		}
	})
	if full.Load() == 0 {
		t.Error("no disk was full: the test tested nothing")
	}
	t.Logf("%d full disks, %d large enough", full.Load(), done.Load())
}
