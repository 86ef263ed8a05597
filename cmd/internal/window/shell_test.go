package window

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/ui/shell"
)

// A clock that is wrong is told before one signs, with a line or without.
func TestAWrongClockIsTold(t *testing.T) {
	offline := fmt.Errorf("exchanging: %w", client.ErrOffline)
	const years = 56 * 365 * 24 * time.Hour
	for _, c := range []struct {
		name string
		s    client.Status
		want shell.SyncError
	}{
		{"right", client.Status{LastSuccess: time.Unix(1, 0)}, shell.SyncFine},
		{"far from the server's", client.Status{Clock: -time.Hour}, shell.SyncClock},
		{"in 1970, without a line", client.Status{Err: offline, Early: years}, shell.SyncClock},
		{"in 1970, before the first exchange", client.Status{Early: years}, shell.SyncClock},
		{"another computer's clock was an hour ahead", client.Status{Err: offline, Early: time.Hour}, shell.SyncOffline},
		{"the server's clock agrees", client.Status{LastSuccess: time.Unix(1, 0), Early: years}, shell.SyncFine},
		{"in 1970, and revoked: the worse is told", client.Status{Err: errors.Join(client.ErrUntrusted), Early: years}, shell.SyncUntrusted},
	} {
		if got := syncError(c.s); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
