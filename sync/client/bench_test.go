package client_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// counted puts a line between that counts the bytes of both ways, handshakes and all.
func counted(t testing.TB, upstream string) (address string, bytes *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	bytes = &atomic.Int64{}
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", upstream)
			if err != nil {
				from.Close()
				continue
			}
			pass := func(a, b net.Conn) {
				io.Copy(a, io.TeeReader(b, counter{bytes}))
				a.Close()
			}
			go pass(from, to)
			go pass(to, from)
		}
	}()
	return listener.Addr().String(), bytes
}

type counter struct{ n *atomic.Int64 }

func (c counter) Write(b []byte) (int, error) { c.n.Add(int64(len(b))); return len(b), nil }

// sizeOf is what a variable says, or the usual: the curves of a night go further.
func sizeOf(variable string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return usual
}

func (l *laptop) many(t testing.TB, from, n int, blobs func(i int) []store.Digest) {
	t.Helper()
	for i := 0; i < n; i += 500 {
		_, err := l.Commit(context.Background(), "personne", func(*store.Tx) (drafts []journal.Draft, err error) {
			for k := i; k < min(i+500, n); k++ {
				d := journal.Draft{Stream: fmt.Sprint("thing/", from+k), Kind: "thing.noted", Data: map[string]string{"Note": "acte"}}
				if blobs != nil {
					d.Blobs = blobs(k)
				}
				drafts = append(drafts, d)
			}
			return drafts, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkNothingNew is an exchange that brings and sends nothing, in a session that has begun.
func BenchmarkNothingNew(b *testing.B) {
	s := start(b)
	l := s.enrol(b, "111111111", "a")
	l.many(b, 0, 1000, nil)
	l.sync(b)
	address, bytes := counted(b, s.address)
	c := l.through(b, "https://"+address, l.e.Server.Certificate)
	if _, err := c.Once(b.Context()); err != nil {
		b.Fatal(err)
	}
	bytes.Store(0)
	for b.Loop() {
		if _, err := c.Once(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(bytes.Load())/float64(b.N), "bytes/exchange")
}

// BenchmarkDelta is one new act among so many: written, sent, and received by another laptop. The
// curve must be flat. AIRIAL_BENCH_GROWTH makes it longer (1000000).
func BenchmarkDelta(b *testing.B) {
	for _, history := range pairs.Sizes(10_000) {
		b.Run(fmt.Sprint(history), func(b *testing.B) {
			s := start(b)
			l, other := s.enrol(b, "111111111", "a"), s.enrol(b, "111111111", "b")
			l.many(b, 0, history, nil)
			l.sync(b)
			other.sync(b)
			n := history
			for b.Loop() {
				n++
				l.note(b, fmt.Sprint(n), "un de plus")
				l.sync(b)
				other.sync(b)
			}
		})
	}
}

// BenchmarkFirstSync is a new laptop of an authority with so many documents: how long until the
// newest fifty can be read, until all acts are there, and until all is. AIRIAL_DOCUMENTS makes it
// larger (100000).
func BenchmarkFirstSync(b *testing.B) {
	s := start(b)
	l := s.enrol(b, "111111111", "a")
	n := sizeOf("AIRIAL_DOCUMENTS", 1000)
	digests := make([]store.Digest, n)
	l.many(b, 0, n, func(i int) []store.Digest {
		content := make([]byte, 3000)
		rand.Read(content)
		d, err := l.db.Blobs().PutBytes(context.Background(), content)
		if err != nil {
			b.Fatal(err)
		}
		digests[i] = d
		return []store.Digest{d}
	})
	l.sync(b)
	for b.Loop() {
		fresh := s.enrol(b, "111111111", "neuf")
		ctx, stop := context.WithCancel(b.Context())
		began := time.Now()
		ended := make(chan error, 1)
		go func() { ended <- fresh.Run(ctx) }()
		since := func(what string, here func() bool) {
			for !here() {
				time.Sleep(5 * time.Millisecond)
			}
			b.ReportMetric(time.Since(began).Seconds(), what)
		}
		since("s-newest", func() bool {
			for _, d := range digests[n-min(n, 50):] {
				if !fresh.db.Blobs().Has(d) {
					return false
				}
			}
			return true
		})
		since("s-acts", func() bool {
			var size int64
			fresh.db.View(b.Context(), func(tx *store.Tx) (err error) { size, err = journal.LogSize(tx); return err })
			return size == int64(n)
		})
		since("s-all", func() bool { return fresh.Status().In == 0 && fresh.db.Blobs().Has(digests[0]) })
		stop()
		<-ended
	}
}
