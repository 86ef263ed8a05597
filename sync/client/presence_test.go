package client_test

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Who looks at a text is told to the other computers of the authority and to no other, forgotten when she leaves it, and
// nowhere in the journal.
func TestWhoLooksAtWhat(t *testing.T) {
	s := start(t)
	a, b, other := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b"), s.enrol(t, "222222222", "autre")
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	ended := make(chan error, 3)
	for _, l := range []*laptop{a, b, other} {
		go func() { ended <- l.Run(ctx) }()
	}
	defer func() {
		stop()
		for range 3 {
			<-ended
		}
	}()
	told := b.WatchCompany(ctx)
	until := func(what string, seen func() bool) {
		t.Helper()
		for !seen() {
			select {
			case <-told:
			case <-ctx.Done():
				t.Fatalf("%s: %+v", what, b.Company())
			}
		}
	}
	eve := func(context.Context) (string, error) { return "eve", nil }
	a.Attend("agenda/1", eve)
	until("she looks at it", func() bool {
		all := b.Company()
		return len(all) == 1 && all[0].Person == "eve" && all[0].Stream == "agenda/1"
	})
	a.Attend("agenda/2", eve)
	until("she looks at another", func() bool { all := b.Company(); return len(all) == 1 && all[0].Stream == "agenda/2" })
	if len(a.Company())+len(other.Company()) > 0 {
		t.Errorf("herself, or another town hall: %+v, %+v", a.Company(), other.Company())
	}
	a.Attend("", nil)
	until("she left", func() bool { return len(b.Company()) == 0 })
	a.Attend("agenda/3", func(context.Context) (string, error) { return "", fmt.Errorf("nobody said who works here") })
	a.Attend("agenda/4", eve)
	until("she came back", func() bool { all := b.Company(); return len(all) == 1 && all[0].Stream == "agenda/4" })
	b.SetOnline(false)
	until("without a line", func() bool { return len(b.Company()) == 0 })
	b.SetOnline(true)
	until("with a line again", func() bool { return len(b.Company()) == 1 })
}
