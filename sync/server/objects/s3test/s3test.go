// Package s3test starts a real S3 store for the tests: versitygw, over a folder.
package s3test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// tool is no dependency of the program: it is built apart, once a machine.
const tool, version = "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"

// The keys of the store.
const AccessKey, SecretKey = "essai", "secret-d-essai"

var gateway struct {
	once     sync.Once
	endpoint string
	err      error
	stop     func()
	n        int
	mu       sync.Mutex
}

// Main runs a package's tests and then stops the store that they started: for
// TestMain. It gives the exit code.
func Main(m *testing.M) int {
	code := m.Run()
	Stop()
	return code
}

// Stop ends the store, if it runs.
func Stop() {
	if gateway.stop != nil {
		gateway.stop()
	}
}

// Bucket gives the address of a store that the tests of a package share, and the
// name of a bucket that is free. The test is skipped where the store cannot be had.
func Bucket(t testing.TB) (endpoint, bucket string) {
	t.Helper()
	gateway.once.Do(func() { gateway.endpoint, gateway.stop, gateway.err = start() })
	if gateway.err != nil {
		t.Skipf("no S3 store could be had: %v", gateway.err)
	}
	gateway.mu.Lock()
	defer gateway.mu.Unlock()
	gateway.n++
	return gateway.endpoint, fmt.Sprintf("airial-%d", gateway.n)
}

func start() (endpoint string, stop func(), err error) {
	program, err := build()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "s3test-")
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return "", nil, err
	}
	c := exec.Command(program, "--port", address, "--region", "us-east-1", "posix", "--sidecar", filepath.Join(dir, "attributes"), data)
	if err := os.Mkdir(filepath.Join(dir, "attributes"), 0o700); err != nil {
		return "", nil, err
	}
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	c.Stdout, c.Stderr, c.Dir = log, log, dir
	if err := c.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = c.Process.Kill() // it has ended by itself, or ends now
		_ = c.Wait()
		_ = log.Close()
		_ = os.RemoveAll(dir)
	}
	endpoint = "http://" + address
	for range 200 {
		resp, failed := http.Get(endpoint)
		if failed == nil {
			return endpoint, stop, resp.Body.Close()
		}
		err = failed
		time.Sleep(50 * time.Millisecond)
	}
	said, _ := os.ReadFile(log.Name())
	stop()
	return "", nil, fmt.Errorf("the store does not start: %w: %s", err, said)
}

// build gives the program, built in the user's cache when it is not there yet.
func build() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "airial", "versitygw-"+version)
	program := filepath.Join(dir, "versitygw")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	// Built beside its place and renamed: two packages' tests may come here at once.
	made, err := os.MkdirTemp(cache, "versitygw-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(made)
	c := exec.CommandContext(ctx, "go", "install", "-trimpath", "-ldflags=-s -w", tool+"@"+version)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GOFLAGS=") {
			c.Env = append(c.Env, v)
		}
	}
	c.Env, c.Dir = append(c.Env, "GOBIN="+made, "CGO_ENABLED=0"), made
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w: %.1000s", tool, err, out)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return program, os.Rename(filepath.Join(made, "versitygw"), program)
}
