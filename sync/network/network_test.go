package network_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"alpi40.fr/airial/sync/network"
)

// answering gives one answer to whatever is asked.
type answering struct{ handler http.HandlerFunc }

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	a.handler(w, r)
	return w.Result(), nil
}

func TestPortals(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    bool
	}{
		"sent elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://portail.camping.test/bienvenue", http.StatusFound)
		}, true},
		"sent to the same name in TLS": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://alpi.test/", http.StatusMovedPermanently)
		}, false},
		"told to sign in": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNetworkAuthenticationRequired)
		}, true},
		"the server itself": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := &network.Line{Get: answering{c.handler}}
			if got := l.Portal(t.Context(), "alpi.test"); got != c.want {
				t.Errorf("%v", got)
			}
		})
	}
}

// An address that comes is told, once the connection has settled; nothing is told while nothing changes.
func TestALineThatComesIsTold(t *testing.T) {
	if runtime.GOOS != "linux" || exec.Command("ip", "address", "add", "127.40.40.40/32", "dev", "lo").Run() != nil {
		t.Skip("this test adds an address to the loopback interface, which it may not do here")
	}
	defer exec.Command("ip", "address", "del", "127.40.40.40/32", "dev", "lo").Run()
	exec.Command("ip", "address", "del", "127.40.40.40/32", "dev", "lo").Run()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	told := (&network.Line{}).Changed(ctx)
	for again := true; again; { // the listening begins in its own time
		if err := exec.Command("ip", "address", "add", "127.40.40.40/32", "dev", "lo").Run(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-told:
			again = false
		case <-time.After(3 * time.Second):
			exec.Command("ip", "address", "del", "127.40.40.40/32", "dev", "lo").Run()
		case <-ctx.Done():
			t.Fatal("a line that came was not told")
		}
	}
}
