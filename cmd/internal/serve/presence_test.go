package serve_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
)

// Who has a text open is told through a PostgreSQL to the laptops that another process answers, to those of her town hall
// alone, however long the name of the text; who left, and who turned to the other process, is told so too.
func TestPresenceBetweenTwoProcesses(t *testing.T) {
	dir, file := t.TempDir(), settings(t, nil)
	alpi(t, 0, dir, "init", "alpi", "127.0.0.1")
	for _, id := range []string{"111111111", "222222222"} {
		alpi(t, 0, dir, "authority", "add", id, "Commune d’essai")
	}
	alpi(t, 0, dir, "migrate", file)
	a, b := serveProcess(t, dir, "127.0.0.1:0"), serveProcess(t, dir, "127.0.0.1:0")
	secretary, mayor, other := join(t, dir, a.address, "111111111", "secrétariat"), join(t, dir, b.address, "111111111", "maire"), join(t, dir, b.address, "222222222", "voisin")
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	ended := make(chan error, 3)
	for _, h := range []*office.Hall{secretary, mayor, other} {
		go func() { ended <- h.Sync.Run(ctx) }()
	}
	defer func() {
		stop()
		for range 3 {
			<-ended
		}
	}()
	sees := func(who *client.Client, want ...string) {
		t.Helper()
		told := who.WatchCompany(ctx)
		for begun := time.Now(); ; {
			var have []string
			for _, p := range who.Company() {
				have = append(have, p.Person+" "+p.Stream)
			}
			if slices.Equal(have, want) {
				t.Logf("told in %s", time.Since(begun).Round(time.Millisecond))
				return
			}
			select {
			case <-told:
			case <-ctx.Done():
				t.Fatalf("she sees %q, not %q", have, want)
			}
		}
	}
	at := func(name string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return name, nil }
	}
	secretary.Sync.Attend("agenda/1", at("eve"))
	sees(mayor.Sync, "eve agenda/1")
	mayor.Sync.Attend("agenda/1", at("maite"))
	sees(secretary.Sync, "maite agenda/1")
	long := "draft/" + strings.Repeat("é", protocol.MaxPresence/2-3)
	secretary.Sync.Attend(long, at("eve"))
	sees(mayor.Sync, "eve "+long)
	if all := other.Sync.Company(); len(all) > 0 {
		t.Errorf("another town hall is told of %+v", all)
	}
	// What is written meanwhile comes as before, by the same way.
	changes, leave := mayor.Journal.Subscribe("essai/")
	defer leave()
	write(t, secretary, "un", []byte("écrit par A"))
	select {
	case <-changes:
	case <-ctx.Done():
		t.Fatal("what the one wrote did not come to the other")
	}
	secretary.Sync.Attend("", nil)
	sees(mayor.Sync)
	secretary.Sync.Attend("minutes/1", at("eve"))
	sees(mayor.Sync, "eve minutes/1")
	// The process that answered her is upgraded: she is there again as soon as it answers.
	address := a.address
	a.end(t)
	again := serveProcess(t, dir, address)
	secretary.Sync.Attend("minutes/2", at("eve"))
	sees(mayor.Sync, "eve minutes/2")
	again.end(t)
	b.end(t)
}
