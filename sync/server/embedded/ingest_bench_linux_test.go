package embedded_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/packaging/bench/pairs"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// BenchmarkIngest pushes batches of small signed entries through the whole server but its socket:
// decompression, JSON, hashes, signatures, places, the Merkle tree, SQLite with synchronous=FULL. Of
// the processor's time, which other programs on the machine do not change, it says what an entry takes
// in all and for its signature alone: per core, the one is the rate, the other its floor.
func BenchmarkIngest(b *testing.B) {
	h := start(b, embedded.Options{Limits: server.Limits{DeviceRequests: 1e6, DeviceBurst: 1e6, AuthorityRequests: 1e6, AuthorityBurst: 1e6}})
	d := h.enrol(b)
	d.last = journal.Entry{}
	pack, err := zstd.NewWriter(nil)
	if err != nil {
		b.Fatal(err)
	}
	batches := make([][]byte, 0, b.N)
	var some []journal.Entry
	for range b.N {
		some = some[:0]
		for i := range protocol.MaxEntries {
			e := d.next(fmt.Sprint(d.last.DeviceSeq))
			e.Kind, e.Data = "folder.noted", []byte(`{"title":"Bon de commande n° 2026-`+strconv.Itoa(i)+`","by":"secrétariat","amount":12345}`)
			e.Hash = e.ComputeHash()
			e.Sig = ed25519.Sign(d.key, e.Hash[:])
			d.last = e
			some = append(some, e)
		}
		text, err := json.Marshal(protocol.Push{Entries: some})
		if err != nil {
			b.Fatal(err)
		}
		batches = append(batches, pack.EncodeAll(text, nil))
	}
	began, cpu := time.Now(), processor(b)
	b.ResetTimer()
	for _, body := range batches {
		r := httptest.NewRequest(http.MethodPost, protocol.PathPush, bytes.NewReader(body))
		r.Header.Set(protocol.Header, "1")
		r.Header.Set("Authorization", "Bearer "+d.token)
		r.Header.Set("Content-Encoding", "zstd")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 || bytes.Contains(w.Body.Bytes(), []byte("refused")) {
			b.Fatalf("%d %.300s", w.Code, w.Body)
		}
	}
	took, used := time.Since(began), processor(b)-cpu
	entries := float64(b.N * protocol.MaxEntries)
	cpu = processor(b)
	for i := range some {
		if !ed25519.Verify(d.key.Public().(ed25519.PublicKey), some[i].Hash[:], some[i].Sig) {
			b.Fatal("a signature does not hold")
		}
	}
	alone := float64((processor(b) - cpu).Microseconds()) / float64(len(some))
	pairs.Add(b, "entries/s", entries/used.Seconds(), 1e6/alone)
	b.ReportMetric(entries/took.Seconds(), "entries/s")
	b.ReportMetric(entries/used.Seconds(), "entries/s/core")
	b.ReportMetric(float64(used.Microseconds())/entries, "µs-cpu/entry")
	b.ReportMetric(alone, "µs-cpu/signature")
}

// processor is the processor's time that this process has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
