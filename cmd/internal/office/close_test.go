package office_test

import (
	"context"
	"testing"
	"time"
)

// The program is closed while something in the background asks the office for its services: it ends, and takes nothing with it.
func TestClosingWhileSomethingWorks(t *testing.T) {
	s, address := serve(t)
	o, h := laptop(t, s, address, "secrétariat")
	h.Start(t.Context())
	asked := false
	h.Go(func(ctx context.Context) {
		<-ctx.Done()
		asked = o.Timestamp() == ""
	})
	closed := make(chan error, 1)
	go func() { closed <- o.Close() }()
	select {
	case err := <-closed:
		if err != nil || !asked {
			t.Errorf("%v, %v", err, asked)
		}
	case <-time.After(time.Minute):
		t.Fatal("the program never ends")
	}
}
