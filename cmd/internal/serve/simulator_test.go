package serve_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"alpi40.fr/airial/cmd/internal/serve"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/sync/tdt"
)

// The simulator leaves the certificates that let in, and gives the next deposits their fate.
func TestSimulator(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	dir := t.TempDir()
	said, out := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- serve.Main(ctx, []string{"tdt-simulator", "127.0.0.1:0", dir, "0s", "refus"}, out, out)
		out.Close()
	}()
	words := make([]byte, 4096)
	n, err := said.Read(words)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // what it says next is not looked at
	address := regexp.MustCompile(`https://[0-9.:]+`).FindString(string(words[:n]))
	p12, reading := os.ReadFile(filepath.Join(dir, "collectivite.p12"))
	root, err := os.ReadFile(filepath.Join(dir, "autorite.pem"))
	if err = errors.Join(reading, err); err != nil {
		t.Fatal(err)
	}
	key, leaf, _, err := pkcs12.DecodeChain(p12, "demonstration")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(root)
	c, err := tdt.New(tdt.Options{URL: address, Authorities: pool, Certificate: tls.Certificate{PrivateKey: key, Certificate: [][]byte{leaf.Raw}}})
	if err != nil {
		t.Fatal(err)
	}
	var refusal *handover.Refusal
	if _, err := c.DepositFlow(ctx, "flux.xml", pestest.Example); !errors.As(err, &refusal) {
		t.Errorf("the first: %v", err)
	}
	id, err := c.DepositFlow(ctx, "flux.xml", pestest.Example)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.FollowFlow(ctx, id); err != nil || p.Stage != handover.Answered {
		t.Errorf("%+v %v", p, err)
	}
	c.Close()
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d", code)
	}
}
