package transfer_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/transfer"
)

// line is a door whose line is down until a moment.
type line struct {
	until time.Time
	fault error
	asked int
}

func (l *line) err() error {
	if l.asked++; time.Now().Before(l.until) {
		return l.fault
	}
	return nil
}
func (l *line) PutPiece(context.Context, string, store.Digest, []byte) error { return l.err() }
func (l *line) AddFile(context.Context, string, protocol.LinkFile) error     { return l.err() }
func (l *line) Piece(context.Context, string, store.Digest) ([]byte, error)  { return nil, l.err() }

// A line that drops is waited for, some minutes and not for ever; what will not pass, and who stops, are not.
func TestALineThatDropsIsWaitedFor(t *testing.T) {
	dropped, refused := errors.New("the line dropped"), errors.New("refused")
	for name, row := range map[string]struct {
		down        time.Duration
		fault, want error
		least, most time.Duration
	}{
		"for a minute":    {time.Minute, dropped, nil, time.Minute, 2 * time.Minute},
		"for an hour":     {time.Hour, dropped, dropped, 5 * time.Minute, 6 * time.Minute},
		"what is no":      {time.Hour, refused, refused, 0, 0},
		"who stops":       {time.Hour, dropped, dropped, 10 * time.Second, 10 * time.Second},
		"what is at once": {0, dropped, nil, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if name == "who stops" {
				var stop context.CancelFunc
				ctx, stop = context.WithTimeout(ctx, 10*time.Second)
				defer stop()
			}
			l := &line{until: time.Now().Add(row.down), fault: row.fault}
			door := transfer.Patient(l, func(err error) bool { return errors.Is(err, dropped) })
			begun := time.Now()
			err := door.PutPiece(ctx, "l", store.Digest{}, nil)
			if took := time.Since(begun); !errors.Is(err, row.want) || took < row.least || took > row.most || l.asked > 25 {
				t.Errorf("%s: %v after %s, asked %d times", name, err, took, l.asked)
			}
		})
	}
}
