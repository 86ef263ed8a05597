package server

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"alpi40.fr/airial/sync/protocol"
)

// Limits bound what each may ask of one process; what is zero is the default.
type Limits struct {
	// DeviceRequests and AuthorityRequests are a second's, DeviceBurst and AuthorityBurst what may
	// come at once. Documents are bounded by their bytes instead: a first exchange has thousands.
	DeviceRequests    float64 `json:"deviceRequests,omitzero"`    // 50
	DeviceBurst       int     `json:"deviceBurst,omitzero"`       // 500
	AuthorityRequests float64 `json:"authorityRequests,omitzero"` // 200
	AuthorityBurst    int     `json:"authorityBurst,omitzero"`    // 2000
	// DeviceUploads is what one computer may send in documents, in bytes a day.
	DeviceUploads int64 `json:"deviceUploads,omitzero"` // 50 GiB
	// AuthorityBytes is what an authority's documents may take in all.
	AuthorityBytes int64 `json:"authorityBytes,omitzero"` // 200 GiB
	// DeviceAtOnce is how many requests of one computer are in work at the same time.
	DeviceAtOnce int `json:"deviceAtOnce,omitzero"` // 32
	// AtOnce is how many requests of all are; the others wait a moment, then are told to come again.
	// Watches are not counted.
	AtOnce int `json:"atOnce,omitzero"` // 256
	// Stall is how long who sends, or reads, may stand still, in seconds.
	Stall float64 `json:"stall,omitzero"` // 60
	// Watches is how many computers may listen at the same time.
	Watches int `json:"watches,omitzero"` // 20,000
}

func (l Limits) filled() Limits {
	fill(&l.DeviceRequests, 50)
	fill(&l.DeviceBurst, 500)
	fill(&l.AuthorityRequests, 200)
	fill(&l.AuthorityBurst, 2000)
	fill(&l.DeviceAtOnce, 32)
	fill(&l.DeviceUploads, 50<<30)
	fill(&l.AuthorityBytes, 200<<30)
	fill(&l.AtOnce, 256)
	fill(&l.Stall, 60)
	fill(&l.Watches, 20000)
	return l
}

func fill[N int | int64 | float64](n *N, by N) {
	if *n == 0 {
		*n = by
	}
}

// patience is how long a request waits for its place.
const patience = 2 * time.Second

// busyPause is what a server that has too much to do asks laptops to wait.
const busyPause = 5 * time.Second

// gates hold requests to the limits.
type gates struct {
	limits  Limits
	atOnce  chan struct{}
	watches chan struct{}

	mu      sync.Mutex
	buckets map[string]*bucket // by «d»+device or «a»+authority
	swept   time.Time
}

type bucket struct {
	requests *rate.Limiter
	uploads  *rate.Limiter // bytes; nil for an authority
	atOnce   chan struct{} // nil for an authority
	used     time.Time
}

func newGates(l Limits) *gates {
	l = l.filled()
	return &gates{limits: l, atOnce: make(chan struct{}, l.AtOnce), watches: make(chan struct{}, l.Watches), buckets: map[string]*bucket{}}
}

// bucketsFor gives those of a device and of its authority. Those that nobody used for a while are let go:
// they are full again.
func (g *gates) bucketsFor(m member, now time.Time) (device, authority *bucket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.swept) > 10*time.Minute || now.Before(g.swept) {
		g.swept = now
		for k, b := range g.buckets {
			if now.Sub(b.used) > 24*time.Hour {
				delete(g.buckets, k)
			}
		}
	}
	device, authority = g.buckets["d"+m.device.ID], g.buckets["a"+m.authority]
	if device == nil {
		l := g.limits
		device = &bucket{
			requests: rate.NewLimiter(rate.Limit(l.DeviceRequests), l.DeviceBurst), atOnce: make(chan struct{}, l.DeviceAtOnce),
			uploads: rate.NewLimiter(rate.Limit(float64(l.DeviceUploads)/86400), int(l.DeviceUploads)),
		}
		g.buckets["d"+m.device.ID] = device
	}
	if authority == nil {
		authority = &bucket{requests: rate.NewLimiter(rate.Limit(g.limits.AuthorityRequests), g.limits.AuthorityBurst)}
		g.buckets["a"+m.authority] = authority
	}
	device.used, authority.used = now, now
	return device, authority
}

// request lets a member's message through, or says when to come again.
func (g *gates) request(m member, now time.Time) *protocol.Failure {
	device, authority := g.bucketsFor(m, now)
	for _, b := range []*bucket{device, authority} {
		if f := take(b.requests, 1, now, protocol.CodeTooMany, "too many requests"); f != nil {
			return f
		}
	}
	return nil
}

// work gives a member's request its place among those in work; leave gives it back.
func (g *gates) work(ctx context.Context, m member, now time.Time) (leave func(), f *protocol.Failure) {
	device, _ := g.bucketsFor(m, now)
	out, ok := enter(device.atOnce)
	if !ok {
		f := protocol.Fail(protocol.CodeTooMany, "too many requests at once")
		f.RetryAfter = time.Second
		return nil, f
	}
	if f := g.wait(ctx); f != nil {
		out()
		return nil, f
	}
	return func() { <-g.atOnce; out() }, nil
}

// wait takes a place among all those in work.
func (g *gates) wait(ctx context.Context) *protocol.Failure {
	select {
	case g.atOnce <- struct{}{}:
		return nil
	default:
	}
	patience := time.NewTimer(patience)
	defer patience.Stop()
	select {
	case g.atOnce <- struct{}{}:
		return nil
	case <-patience.C:
	case <-ctx.Done():
	}
	return busy("too many requests in work")
}

// upload lets size bytes be sent by a device, or says when.
func (g *gates) upload(m member, size int64, now time.Time) *protocol.Failure {
	device, _ := g.bucketsFor(m, now)
	return take(device.uploads, int(size), now, protocol.CodeTooMany, "too many bytes in a day")
}

func take(l *rate.Limiter, n int, now time.Time, code protocol.Code, detail string) *protocol.Failure {
	r := l.ReserveN(now, n)
	if !r.OK() {
		f := protocol.Fail(code, detail)
		f.RetryAfter = time.Hour
		return f
	}
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		f := protocol.Fail(code, detail)
		f.RetryAfter = wait
		return f
	}
	return nil
}

// enter takes a place among a number; leave gives it back.
func enter(places chan struct{}) (leave func(), ok bool) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, true
	default:
		return nil, false
	}
}

func busy(detail string) *protocol.Failure {
	f := protocol.Fail(protocol.CodeBusy, detail)
	f.RetryAfter = busyPause
	return f
}

// retryAfter says in the header what a failure asks to wait, in whole seconds.
func retryAfter(w http.ResponseWriter, f *protocol.Failure) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((f.RetryAfter+time.Second-1)/time.Second), 10))
	}
}
