package faults_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// between puts a proxy before a server.
func between(t testing.TB, upstream string) *toxiproxy.Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	p := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "line", address, upstream)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// toxic is one thing that is wrong with a line, as the proxy takes it.
type toxic struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Attributes map[string]any `json:"attributes"`
}

func ill(t testing.TB, p *toxiproxy.Proxy, all ...toxic) {
	t.Helper()
	p.Toxics.ResetToxics(context.Background())
	for _, x := range all {
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Toxics.AddToxicJson(strings.NewReader(string(text))); err != nil {
			t.Fatal(err)
		}
	}
}

var (
	latency  = []toxic{{"d", "latency", "downstream", map[string]any{"latency": 150, "jitter": 50}}, {"u", "latency", "upstream", map[string]any{"latency": 150}}}
	kilobits = []toxic{{"d", "bandwidth", "downstream", map[string]any{"rate": 8}}, {"u", "bandwidth", "upstream", map[string]any{"rate": 8}}} // 64 kbit/s
	resets   = []toxic{{"d", "reset_peer", "downstream", map[string]any{"timeout": 0}}}
	cut      = []toxic{{"u", "limit_data", "upstream", map[string]any{"bytes": 9000}}}
	sliced   = []toxic{{"u", "slicer", "upstream", map[string]any{"average_size": 40, "size_variation": 20, "delay": 100}}, {"d", "slicer", "downstream", map[string]any{"average_size": 40, "size_variation": 20, "delay": 100}}}
	halfOpen = []toxic{{"d", "timeout", "downstream", map[string]any{"timeout": 0}}}
)

// A laptop and a server as processes, with a line between them that is ill in each way: what was
// written is on the server once the line is well, once, and the laptop worked all along.
func TestLines(t *testing.T) {
	s := newTown(t, "portable")
	srv := start(t, "server", s.server, "127.0.0.1:0")
	if !srv.ready() {
		t.Fatal("the server did not start")
	}
	line := between(t, srv.address)
	laptop := start(t, "laptop", s.laptops[0], line.Listen)
	if !laptop.ready() {
		t.Fatal("the laptop did not start")
	}
	order := func(text string) string {
		t.Helper()
		answer, ok := laptop.tell(text)
		if !ok {
			t.Fatalf("the laptop is gone at %q", text)
		}
		return answer
	}
	for _, c := range []struct {
		name    string
		toxics  []toxic
		through bool // it goes through all the same
		bytes   string
	}{
		{"latency", latency, true, "5000"},
		{"64 kbit/s", kilobits, true, "9000"},
		{"in shreds", sliced, true, "300"},
		{"resets", resets, false, "5000"},
		{"cut in the middle", cut, false, "60000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			line.Stop() // a line of before is no longer there
			if err := line.Start(); err != nil {
				t.Fatal(err)
			}
			order("sync") // which may be the one that notices
			ill(t, line, c.toxics...)
			order("write a " + c.bytes)
			answer := order("sync")
			if through := strings.HasSuffix(answer, "<nil>"); through != c.through {
				t.Errorf("%s", answer)
			} else if !through && !strings.Contains(answer, " true false ") {
				t.Errorf("not told as a line that dropped: %s", answer)
			}
			ill(t, line)
			if answer := order("sync"); !strings.HasSuffix(answer, "<nil>") {
				t.Errorf("once well: %s", answer)
			}
		})
	}
	t.Run("half open", func(t *testing.T) {
		ill(t, line, halfOpen...)
		if _, err := laptop.in.Write([]byte("sync\n")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		ill(t, line)
		line.Stop() // the other end gives up
		if answer := <-laptop.said; strings.HasSuffix(answer, "<nil>") {
			t.Errorf("%s", answer)
		}
		if err := line.Start(); err != nil {
			t.Fatal(err)
		}
		order("write a 100")
		if answer := order("sync"); !strings.HasSuffix(answer, "<nil>") {
			t.Errorf("once well: %s", answer)
		}
	})
	t.Run("another certificate", func(t *testing.T) {
		strange := httptest.NewUnstartedServer(http.NotFoundHandler())
		strange.Config.ErrorLog = nil
		strange.StartTLS()
		defer strange.Close()
		line.Stop()
		line.Upstream = strange.Listener.Addr().String()
		if err := line.Start(); err != nil {
			t.Fatal(err)
		}
		order("write a 100")
		if answer := order("sync"); !strings.Contains(answer, " false true ") {
			t.Errorf("%s", answer)
		}
		line.Stop()
		line.Upstream = srv.address
		if err := line.Start(); err != nil {
			t.Fatal(err)
		}
		if answer := order("sync"); !strings.HasSuffix(answer, "<nil>") {
			t.Errorf("once well: %s", answer)
		}
	})
	wrote := laptop.acknowledged()
	order("quit")
	laptop.wait()
	srv.kill()
	s.holds(map[string][]string{s.laptops[0]: wrote})
}
