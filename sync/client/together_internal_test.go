package client

import (
	"testing"
	"time"

	"alpi40.fr/airial/sync/protocol"
)

// What one message holds: small documents as far as its room goes, which grows on a line that carries it quickly; a large
// one, or one whose length is not known, by itself.
func TestLoads(t *testing.T) {
	const kilo, large = 1000, smallDocument + 1
	many := func(n int, size int64) (all []document) {
		for range n {
			all = append(all, document{size: size})
		}
		return all
	}
	quick, slow, between := quickly/2, slowly+time.Second, quickly
	for _, c := range []struct {
		name string
		took []time.Duration
		left []document
		want int
	}{
		{"a few", nil, many(3, kilo), 3},
		{"as many as fit", nil, many(20, 200*kilo), 5},
		{"no more than a message may hold", nil, many(100, 0), protocol.MaxDocuments},
		{"on a quick line", []time.Duration{quick}, many(20, 200*kilo), 10},
		{"on a quick line, after a while", []time.Duration{quick, quick, quick, quick}, many(30, 200*kilo), 20},
		{"on a line that has become slow", []time.Duration{quick, quick, slow}, many(20, 200*kilo), 5},
		{"on a line that stays as it is", []time.Duration{quick, between}, many(20, 200*kilo), 10},
		{"large ones", []time.Duration{quick, quick}, many(2, large), 1},
		{"a large one after small ones", []time.Duration{quick, quick}, append(many(2, kilo), many(2, large)...), 2},
		{"one whose length is not known", nil, many(2, -1), 1},
		{"one after others whose length is not known", nil, append(many(2, kilo), many(1, -1)...), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := &Client{}
			for _, d := range c.took {
				client.took(d)
			}
			if got := client.loadOf(c.left); got != c.want {
				t.Errorf("%d, not %d", got, c.want)
			}
			if client.sendAlone(true); client.loadOf(c.left) != 1 {
				t.Error("one by one on a line that drops")
			}
		})
	}
}
