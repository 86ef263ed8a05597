package serve_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// BenchmarkPolling has laptops listen to one alpi-server, a process of its own, each on a connection of its
// own, and ask every ten seconds besides, sixty times as often as they do. It gives what a question takes,
// and the server's memory and processor. AIRIAL_LAPTOPS lists how many (500,1000,2000).
func BenchmarkPolling(b *testing.B) {
	for text := range strings.SplitSeq(cmp.Or(os.Getenv("AIRIAL_LAPTOPS"), "250,500,1000,2000"), ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) { polling(b, n) })
	}
}

const every = 10 * time.Second

func polling(b *testing.B, n int) {
	dir := b.TempDir()
	keys := house(b, dir, n)
	p := serveProcess(b, dir, "127.0.0.1:0")
	crt, err := os.ReadFile(filepath.Join(dir, "tls.crt"))
	if err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(crt)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var mu sync.Mutex
	var took []time.Duration
	var working, entering sync.WaitGroup
	gate := make(chan struct{}, 16)
	measured := make(chan struct{})
	for i := range n {
		entering.Add(1)
		working.Go(func() {
			gate <- struct{}{}
			l := &poller{c: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}, address: "https://" + p.address}
			err := l.enter(ctx, fmt.Sprintf("%032x", i), keys[i])
			<-gate
			entering.Done()
			if err != nil {
				b.Error(err)
				return
			}
			defer l.c.CloseIdleConnections()
			working.Go(func() { l.watch(ctx) })
			for turn := time.Duration(i) * every / time.Duration(n); ; turn = every {
				select {
				case <-time.After(turn):
				case <-ctx.Done():
					return
				}
				began := time.Now()
				err := l.ask(ctx, http.MethodGet, protocol.PathPull+"?after=20", nil, nil)
				lasted := time.Since(began)
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					b.Error(err)
					return
				}
				select {
				case <-measured:
					mu.Lock()
					took = append(took, lasted)
					mu.Unlock()
				default: // it warms up
				}
			}
		})
	}
	entering.Wait()
	time.Sleep(every)
	close(measured)
	before, _ := processOf(b, p.Process.Pid)
	time.Sleep(2*every + every/2)
	after, memory := processOf(b, p.Process.Pid)
	stop()
	mu.Lock()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(memory)/(1<<20), "server-MiB")
	b.ReportMetric((after-before)/(2*every+every/2).Seconds(), "cores")
	mu.Unlock()
	working.Wait()
}

// house makes a server with n computers of 560 authorities, each with some entries.
func house(b *testing.B, dir string, n int) []ed25519.PrivateKey {
	ctx := context.Background()
	o := embedded.Options{Dir: dir, Now: time.Now, Rand: rand.Reader}
	if err := embedded.Init(o, "alpi", []string{"127.0.0.1"}); err != nil {
		b.Fatal(err)
	}
	s, err := embedded.Open(ctx, o)
	if err != nil {
		b.Fatal(err)
	}
	keys := make([]ed25519.PrivateKey, n)
	for i := range n {
		id := fmt.Sprintf("%09d", i%560)
		if i < 560 {
			if err := s.AddAuthority(ctx, server.Authority{ID: id, Name: "Commune d’essai"}); err != nil {
				b.Fatal(err)
			}
			err := s.Storage.Write(ctx, id, func(l server.Log) error {
				var some []journal.Placed
				for k := range 20 {
					e := journal.Placed{Seq: int64(k + 1), Entry: journal.Entry{ID: fmt.Sprint(id, k), Authority: id, Stream: fmt.Sprint("essai/", k), Version: 1, Kind: "essai.noted", Schema: 1, Data: []byte(`{}`), Actor: "p", Device: "d", DeviceSeq: int64(k + 1), At: time.Now().UTC()}}
					e.Hash = e.ComputeHash()
					some = append(some, e)
				}
				return server.Append(l, some)
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		public, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		keys[i] = key
		err = s.Storage.PutDevice(ctx, id, protocol.Device{ID: fmt.Sprintf("%032x", i), Name: "poste", Signature: public, Exchange: make([]byte, 32), Enrolled: time.Now().UTC()})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return keys
}

// poller is a laptop that only asks.
type poller struct {
	c              *http.Client
	address, token string
}

func (l *poller) ask(ctx context.Context, method, path string, message, answer any) error {
	var body io.Reader
	if message != nil {
		text, err := json.Marshal(message)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	resp, err := l.open(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != 200 {
		return fmt.Errorf("%s: %s %s", path, resp.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

func (l *poller) open(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, l.address+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set(protocol.Header, strconv.Itoa(protocol.Version))
	r.Header.Set("Authorization", "Bearer "+l.token)
	return l.c.Do(r)
}

func (l *poller) enter(ctx context.Context, id string, key ed25519.PrivateKey) error {
	var c protocol.Challenge
	if err := l.ask(ctx, http.MethodPost, protocol.PathChallenge, protocol.ChallengeRequest{Device: id}, &c); err != nil {
		return err
	}
	var s protocol.Session
	err := l.ask(ctx, http.MethodPost, protocol.PathSession, protocol.SessionRequest{Device: id, Nonce: c.Nonce, Signature: ed25519.Sign(key, protocol.SessionMessage("alpi", c.Nonce))}, &s)
	l.token = s.Token
	return err
}

func (l *poller) watch(ctx context.Context) {
	resp, err := l.open(ctx, http.MethodGet, protocol.PathWatch, nil)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // it ends with the context
}

// processOf gives a process's time of processor, in seconds, and its resident memory, in bytes.
func processOf(b *testing.B, pid int) (seconds float64, memory int64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+2:]))
	for _, i := range []int{11, 12} { // user and system, in hundredths
		n, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			b.Fatal(err)
		}
		seconds += n / 100
	}
	pages, err := strconv.ParseInt(fields[21], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return seconds, pages * int64(os.Getpagesize())
}
