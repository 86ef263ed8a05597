package bell_test

import (
	"context"
	"testing"

	"alpi40.fr/airial/local/bell"
)

func TestBell(t *testing.T) {
	var b bell.Bell[string]
	b.Ring("nobody listens")
	one, stop := context.WithCancel(t.Context())
	first, second := b.Listen(one, 1), b.Listen(t.Context(), 2)
	for _, v := range []string{"a", "b", "c"} {
		b.Ring(v)
	}
	if got := <-first; got != "a" || len(first) != 0 {
		t.Errorf("%q came first, and %d wait", got, len(first))
	}
	if x, y := <-second, <-second; x != "a" || y != "b" || len(second) != 0 {
		t.Errorf("%q and %q came, and %d wait", x, y, len(second))
	}
	stop()
	<-one.Done()
	for b.Ring("d"); len(first) > 0; b.Ring("d") { // who stopped is forgotten soon
		<-first
	}
	if got := <-second; got != "d" {
		t.Errorf("%q came", got)
	}
}
