package embedded_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/selfsigned"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

const authority = "111111111"

// house is a server that answers on loopback.
type house struct {
	*embedded.Server
	dir, address string
	roots        *x509.CertPool
}

func start(t testing.TB, o embedded.Options) *house {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Rand = rand.Reader
	if err := embedded.Init(o, "alpi-essai", []string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s, err := embedded.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := s.AddAuthority(ctx, server.Authority{ID: authority, Name: "Commune d’essai"}); err != nil {
		t.Fatal(err)
	}
	roots, err := s.Roots()
	if err != nil {
		t.Fatal(err)
	}
	return &house{Server: s, dir: o.Dir, address: listener.Addr().String(), roots: roots}
}

func (h *house) client(t testing.TB, certificates ...tls.Certificate) *http.Client {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: h.roots, Certificates: certificates}, ForceAttemptHTTP2: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: time.Minute}
}

// own is a certificate of a key, signed by itself.
func own(t testing.TB, key crypto.Signer) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "peu importe"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// device is a computer that speaks the protocol by hand.
type device struct {
	t     testing.TB
	h     *house
	c     *http.Client
	id    string
	token string
	key   ed25519.PrivateKey
	last  journal.Entry
}

func (h *house) enrol(t testing.TB) *device {
	t.Helper()
	code, err := h.NewCode(context.Background(), authority)
	if err != nil {
		t.Fatal(err)
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &device{t: t, h: h, c: h.client(t, own(t, key)), key: key}
	var e protocol.Enrolled
	d.must(200, http.MethodPost, protocol.PathEnrol, protocol.Enrol{Code: code, Name: "poste", Signature: public, Exchange: make([]byte, 32)}, &e)
	d.id = e.Device
	var c protocol.Challenge
	d.must(200, http.MethodPost, protocol.PathChallenge, protocol.ChallengeRequest{Device: d.id}, &c)
	var s protocol.Session
	answer := protocol.SessionRequest{Device: d.id, Nonce: c.Nonce, Signature: ed25519.Sign(key, protocol.SessionMessage("alpi-essai", c.Nonce))}
	d.must(200, http.MethodPost, protocol.PathSession, answer, &s)
	d.must(401, http.MethodPost, protocol.PathSession, answer, nil) // a nonce serves once
	d.token = s.Token
	return d
}

func (d *device) send(method, path string, body io.Reader, header map[string]string) *http.Response {
	d.t.Helper()
	r, err := http.NewRequest(method, "https://"+d.h.address+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set(protocol.Header, strconv.Itoa(protocol.Version))
	r.Header.Set("Authorization", "Bearer "+d.token)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := d.c.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// must sends a message and reads its answer.
func (d *device) must(status int, method, path string, message, answer any) *http.Response {
	d.t.Helper()
	var body io.Reader
	if message != nil {
		text, err := json.Marshal(message)
		if err != nil {
			d.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	resp := d.send(method, path, body, nil)
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		d.t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, text, err)
	}
	if answer != nil {
		if err := json.Unmarshal(text, answer); err != nil {
			d.t.Fatal(err)
		}
	}
	return resp
}

// next makes the device's next entry.
func (d *device) next(stream string) journal.Entry {
	e := journal.Entry{
		ID: fmt.Sprintf("%s-%d", d.id, d.last.DeviceSeq+1), Authority: authority, Stream: "essai/" + stream, Version: 1, Kind: "essai.noted", Schema: 1, Data: []byte(`{}`),
		Actor: "personne", Device: d.id, DeviceSeq: d.last.DeviceSeq + 1, At: time.Now().UTC().Truncate(time.Microsecond), Prev: d.last.Hash,
	}
	e.Hash = e.ComputeHash()
	e.Sig = ed25519.Sign(d.key, e.Hash[:])
	d.last = e
	return e
}

// A certificate that is renewed serves at the next connection, without a stop; files that make no
// sense leave the former one.
func TestCertificateIsReadAgain(t *testing.T) {
	var seconds atomic.Int64
	h := start(t, embedded.Options{Now: func() time.Time { return time.Now().Add(time.Duration(seconds.Load()) * time.Second) }})
	shown := func() []byte {
		t.Helper()
		seconds.Add(60)
		c, err := tls.Dial("tcp", h.address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if v := c.ConnectionState().Version; v != tls.VersionTLS13 {
			t.Errorf("TLS version %x", v)
		}
		return c.ConnectionState().PeerCertificates[0].Raw
	}
	first := shown()
	crt, key, err := selfsigned.Make(rand.Reader, time.Now(), "autre", []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) {
		t.Helper()
		path := filepath.Join(h.dir, name)
		later := time.Now().Add(time.Duration(seconds.Load()) * time.Second)
		if err := errors.Join(os.WriteFile(path, content, 0o600), os.Chtimes(path, later, later)); err != nil {
			t.Fatal(err)
		}
	}
	write("tls.crt", crt) // its key has not come yet
	if !bytes.Equal(shown(), first) {
		t.Error("half a renewal is shown")
	}
	write("tls.key", key)
	block, _ := pem.Decode(crt)
	if !bytes.Equal(shown(), block.Bytes) {
		t.Error("the renewed certificate is not shown")
	}
	write("tls.crt", []byte("rien"))
	if !bytes.Equal(shown(), block.Bytes) {
		t.Error("nonsense took the certificate's place")
	}
	if _, err := tls.Dial("tcp", h.address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}); err == nil {
		t.Error("TLS 1.2 is spoken")
	}
}

// Where computers must show a certificate, it is one of the key that they enrolled: with another, or none, a
// token serves nobody. Who joins has none.
func TestClientCertificates(t *testing.T) {
	h := start(t, embedded.Options{ClientCertificates: true})
	d, other := h.enrol(t), h.enrol(t)
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		with []tls.Certificate
		want int
	}{
		"its own":            {[]tls.Certificate{own(t, d.key)}, 200},
		"none":               {nil, 401},
		"another computer's": {[]tls.Certificate{own(t, other.key)}, 401},
		"of another kind":    {[]tls.Certificate{own(t, stranger)}, 401},
	} {
		client := h.client(t, c.with...)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+h.address+protocol.PathPull, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(protocol.Header, "1")
		r.Header.Set("Authorization", "Bearer "+d.token)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(name, err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	resp, err := h.client(t).Get("https://" + h.address + "/readyz")
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
}

// Who asks too much is told when to come again, whatever it asks; others are heard.
func TestRatesAndQuotas(t *testing.T) {
	h := start(t, embedded.Options{Limits: server.Limits{DeviceRequests: 0.01, DeviceBurst: 3, AuthorityBytes: 1000, DeviceUploads: 1500}})
	d, other := h.enrol(t), h.enrol(t)
	for range 3 {
		d.must(200, http.MethodGet, protocol.PathPull, nil, nil)
	}
	var f protocol.Failure
	resp := d.must(429, http.MethodGet, protocol.PathPull, nil, &f)
	if after, err := strconv.Atoi(resp.Header.Get("Retry-After")); err != nil || after < 50 || after > 100 || f.Code != protocol.CodeTooMany || f.Text == "" {
		t.Errorf("%q %+v", resp.Header.Get("Retry-After"), f)
	}
	other.must(200, http.MethodGet, protocol.PathPull, nil, nil)

	announce := func(size int) *http.Response {
		return d.send(http.MethodPost, protocol.PathUploads, nil, map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": strconv.Itoa(size),
			"Upload-Metadata": protocol.MetaDigest + " " + base64.StdEncoding.EncodeToString([]byte(store.DigestOf(make([]byte, size)).String()))})
	}
	if resp := announce(600); resp.StatusCode != 201 {
		t.Fatal(resp.Status)
	} else if resp := d.send(http.MethodPatch, strings.TrimPrefix(resp.Header.Get("Location"), "https://"+h.address), bytes.NewReader(make([]byte, 600)),
		map[string]string{"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}); resp.StatusCode != 204 {
		t.Fatal(resp.Status)
	}
	for size, want := range map[int]int{450: 507, -1: 400, protocol.MaxBlob + 1: 413} {
		if resp := announceNothing(d, size); resp.StatusCode != want {
			t.Errorf("%d bytes: %s for %d", size, resp.Status, want)
		}
	}
	if resp := announce(600); resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("beyond the day's share: %s", resp.Status)
	}
}

func announceNothing(d *device, size int) *http.Response {
	return d.send(http.MethodPost, protocol.PathUploads, nil, map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": strconv.Itoa(size),
		"Upload-Metadata": protocol.MetaDigest + " " + base64.StdEncoding.EncodeToString([]byte(store.Digest{}.String()))})
}

// What is too large, or would swell, is refused before it is held.
func TestLargeBodies(t *testing.T) {
	h := start(t, embedded.Options{})
	d := h.enrol(t)
	var bomb bytes.Buffer
	z, err := zstd.NewWriter(&bomb)
	if err != nil {
		t.Fatal(err)
	}
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	for range 512 {
		if _, err := z.Write(spaces); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if resp := d.send(http.MethodPost, protocol.PathPush, &bomb, map[string]string{"Content-Encoding": "zstd"}); resp.StatusCode != 400 {
		t.Errorf("a bomb of 512 MB in %d bytes: %s", bomb.Len(), resp.Status)
	}
	if resp := d.send(http.MethodPost, protocol.PathPush, strings.NewReader("{}"), map[string]string{"Content-Encoding": "gzip"}); resp.StatusCode != 400 {
		t.Errorf("an encoding that is not spoken: %s", resp.Status)
	}
	// 10 GB: the answer comes long before they are sent.
	sent := &endless{left: 10 << 30}
	r, err := http.NewRequest(http.MethodPost, "https://"+h.address+protocol.PathPush, sent)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(protocol.Header, "1")
	r.Header.Set("Authorization", "Bearer "+d.token)
	if resp, err := d.c.Do(r); err == nil {
		resp.Body.Close()
		if resp.StatusCode != 400 {
			t.Errorf("10 GB: %s", resp.Status)
		}
	}
	if n := sent.sent.Load(); n > 64<<20 {
		t.Errorf("%d bytes were taken", n)
	}
	d.must(200, http.MethodGet, protocol.PathPull, nil, nil)
}

type endless struct {
	left int64
	sent atomic.Int64
}

func (e *endless) Read(b []byte) (int, error) {
	if e.sent.Add(int64(len(b))) > e.left {
		return 0, io.EOF
	}
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// Who begins a message and stands still is let go; the others are heard meanwhile.
func TestSlowSenders(t *testing.T) {
	h := start(t, embedded.Options{Limits: server.Limits{Stall: 0.3, AtOnce: 4}})
	d := h.enrol(t)
	var open []net.Conn
	for range 8 {
		c, err := tls.Dial("tcp", h.address, &tls.Config{RootCAs: h.roots})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\n%s: 1\r\nContent-Length: 5000\r\n\r\n{", protocol.PathSession, protocol.Header); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	d.must(200, http.MethodGet, protocol.PathPull, nil, nil)
	for _, c := range open {
		if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(c).ReadString('\n')
		if err == nil && !strings.Contains(line, " 400 ") {
			t.Errorf("a still sender is told %q", line)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("a still sender is kept")
		}
	}
}

// A batch is placed whole, in order, once; what is sent again is known.
func TestBatch(t *testing.T) {
	h := start(t, embedded.Options{})
	d := h.enrol(t)
	var push protocol.Push
	for i := range 300 {
		e := d.next(fmt.Sprint(i % 7))
		if i >= 7 {
			e.Version, e.Base = 1+i/7, push.Entries[i-7].Hash
			e.Hash = e.ComputeHash()
			e.Sig = ed25519.Sign(d.key, e.Hash[:])
			d.last = e
		}
		push.Entries = append(push.Entries, e)
	}
	for _, want := range []protocol.Fate{protocol.FateAccepted, protocol.FateKnown} {
		var out protocol.Pushed
		d.must(200, http.MethodPost, protocol.PathPush, push, &out)
		for i, o := range out.Outcomes {
			if o.Fate != want || o.Seq != int64(i+1) {
				t.Fatalf("entry %d: %+v", i, o)
			}
		}
	}
	// A bad signature in the middle stops what follows it, not what is before.
	tail := protocol.Push{Entries: []journal.Entry{d.next("a"), d.next("b"), d.next("c")}}
	tail.Entries[1].Sig = make([]byte, ed25519.SignatureSize)
	var out protocol.Pushed
	d.must(200, http.MethodPost, protocol.PathPush, tail, &out)
	if len(out.Outcomes) != 2 || out.Outcomes[0].Fate != protocol.FateAccepted || out.Outcomes[1].Code != protocol.CodeSignature {
		t.Errorf("%+v", out)
	}
	var pulled protocol.Pulled
	d.must(200, http.MethodGet, protocol.PathPull+"?after=290", nil, &pulled)
	if len(pulled.Entries) != 11 || !pulled.Head.Verify(h.PublicLogKey()) || pulled.Last != 301 {
		t.Errorf("%d entries, head %+v", len(pulled.Entries), pulled.Head)
	}
}

// An id that another device's entry has is refused, and nothing else of the batch is lost.
func TestIDOfAnother(t *testing.T) {
	h := start(t, embedded.Options{})
	a, b := h.enrol(t), h.enrol(t)
	first := a.next("x")
	var out protocol.Pushed
	a.must(200, http.MethodPost, protocol.PathPush, protocol.Push{Entries: []journal.Entry{first}}, &out)
	good, bad := b.next("y"), b.next("z")
	bad.ID = first.ID
	bad.Hash = bad.ComputeHash()
	bad.Sig = ed25519.Sign(b.key, bad.Hash[:])
	out = protocol.Pushed{}
	b.must(200, http.MethodPost, protocol.PathPush, protocol.Push{Entries: []journal.Entry{good, bad}}, &out)
	if len(out.Outcomes) != 2 || out.Outcomes[0].Fate != protocol.FateAccepted || out.Outcomes[0].Seq != 2 || out.Outcomes[1].Code != protocol.CodeRewritten {
		t.Errorf("%+v", out)
	}
}
