package serve_test

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// killedWhile runs a migration and kills it: at the so-many-th thing that it says, or some time after.
// It tells whether it had ended before.
func killedWhile(t *testing.T, dir, file string, said int, after time.Duration) (ended bool) {
	t.Helper()
	c := exec.Command(os.Args[0], "--dir", dir, "migrate", file)
	c.Env = append(os.Environ(), "ALPI_SERVER_PROCESS=1")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for range said {
		if _, err := lines.ReadString('\n'); err != nil {
			break
		}
	}
	time.Sleep(after)    // somewhere within what it does then; wherever that is, the test holds
	_ = c.Process.Kill() // it may have ended
	_, _ = io.Copy(io.Discard, lines)
	return c.Wait() == nil
}

// A migration killed anywhere and asked again gives what one that was left in peace gives: each entry and
// document once, the codes that wait, the links with their pieces; and nothing that was
// acknowledged meanwhile is lost.
func TestAKilledMigrationGoesOn(t *testing.T) {
	ctx := t.Context()
	dir, file := t.TempDir(), settings(t, nil)
	alpi(t, 0, dir, "init", "alpi", "127.0.0.1")
	alpi(t, 0, dir, "authority", "add", "111111111", "Commune d’essai")
	first := serveProcess(t, dir, "127.0.0.1:0")
	secretary := join(t, dir, first.address, "111111111", "secrétariat")
	for i := range 40 {
		content := make([]byte, 30_000)
		if _, err := rand.Read(content); err != nil {
			t.Fatal(err)
		}
		write(t, secretary, fmt.Sprint("avec document ", i), content)
	}
	for i := range 3 {
		if _, err := secretary.Journal.Commit(ctx, "essai", func(*store.Tx) (drafts []journal.Draft, err error) {
			for k := range 500 {
				drafts = append(drafts, journal.Draft{Stream: fmt.Sprint("essai/", i, "-", k), Kind: "essai.noted", Data: "acte"})
			}
			return drafts, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	exchange(t, secretary)
	token := sha256.Sum256([]byte("jeton d’essai"))
	piece := []byte("un morceau chiffré")
	link, err := secretary.Sync.MakeLink(ctx, protocol.NewLink{Kind: protocol.LinkSend, Expires: time.Now().Add(time.Hour), Recipient: "age1essai",
		Members: []protocol.LinkMember{{ID: "invité", Token: hex.EncodeToString(token[:]), Role: protocol.LinkReads}}})
	if err == nil {
		err = secretary.Sync.PutPiece(ctx, link, store.DigestOf(piece), piece)
	}
	if err == nil {
		err = secretary.Sync.AddFile(ctx, link, protocol.LinkFile{Manifest: []byte("scellé"), Pieces: []store.Digest{store.DigestOf(piece)}, Size: int64(len(piece))})
	}
	if err != nil {
		t.Fatal(err)
	}
	code := alpi(t, 0, dir, "device", "code", "111111111", "30j")

	entries := 1540
	for i, c := range []struct {
		said  int
		after time.Duration
	}{{0, 150 * time.Millisecond}, {1, 100 * time.Millisecond}, {2, 0}, {4, 0}} {
		killedWhile(t, dir, file, c.said, c.after)
		if i == 1 { // the folder takes what comes until it is frozen
			write(t, secretary, "écrit entre deux essais", []byte("pendant le passage"))
			exchange(t, secretary)
			entries++
		}
	}
	if got := alpi(t, 0, dir, "migrate", file); !strings.Contains(got, fmt.Sprintf("1 collectivités, 1 ordinateurs, %d éléments, 41 documents", entries)) {
		t.Fatal(got)
	}
	first.end(t)
	a, b := serveProcess(t, dir, "127.0.0.1:0"), serveProcess(t, dir, first.address)
	mayor := join(t, dir, a.address, "111111111", "maire")
	if out := exchange(t, mayor); out.Received != entries || out.Downloaded != 41 {
		t.Errorf("%+v", out)
	}
	write(t, mayor, "après", []byte("le passage"))
	exchange(t, mayor)
	if out := exchange(t, secretary); out.Received != 1 {
		t.Errorf("%+v", out)
	}
	for _, h := range []*office.Hall{secretary, mayor} {
		if p, err := h.Verify(ctx); err != nil || int(p.LogSize) != entries+1 {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if got := alpi(t, 0, dir, "device", "codes", "111111111"); strings.Count(got, "jusqu’au") != 1 {
		t.Errorf("the codes that wait: %q", got)
	}
	alpi(t, 0, dir, "device", "drop-code", "111111111", code)

	// The link that one process made is given by another, and what is done to it through the one is
	// seen through the other.
	if got := visitLink(t, dir, a.address, link, "jeton d’essai"); got != http.StatusOK {
		t.Errorf("the link says %d", got)
	}
	if content, err := mayor.Sync.Piece(ctx, link, store.DigestOf(piece)); err != nil || string(content) != string(piece) {
		t.Errorf("a piece: %q, %v", content, err)
	}
	if err := secretary.Sync.CloseLink(ctx, link); err != nil { // through b
		t.Fatal(err)
	}
	if got := visitLink(t, dir, a.address, link, "jeton d’essai"); got != http.StatusGone {
		t.Errorf("the closed link says %d", got)
	}
	links, err := mayor.Sync.Links(ctx)
	if err != nil || len(links) != 1 || !links[0].Over || len(links[0].Files) != 1 {
		t.Errorf("%+v, %v", links, err)
	}
	if _, err := mayor.Sync.Piece(ctx, link, store.DigestOf(piece)); err == nil {
		t.Error("its pieces are still there")
	}
	a.end(t)
	b.end(t)
}

// visitLink asks for a link as a browser does.
func visitLink(t *testing.T, dir, address, link, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+protocol.PathPublic+link+"/info", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	served, err := x509.ParseCertificate(certificate(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(served)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
