package demo

import (
	"sync"
	"time"
)

// pastDays is how long before today the demonstration commune began to use Airial.
const pastDays = 21

// Clock is the demonstration's: it begins three weeks ago, is moved forward while
// the past is written, and runs with the real one from Present on. It may be read
// from several goroutines.
type Clock struct {
	real   func() time.Time
	mu     sync.Mutex
	behind time.Duration
}

// NewClock begins three weeks before real's present.
func NewClock(real func() time.Time) *Clock {
	return &Clock{real: real, behind: pastDays * 24 * time.Hour}
}

// Now is the time in the demonstration.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.real().Add(-c.behind)
}

// To moves the clock forward to a moment of the past; it never goes back, nor
// beyond the present.
func (c *Clock) To(moment time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behind = max(0, min(c.behind, c.real().Sub(moment)))
}

// Present ends the past.
func (c *Clock) Present() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behind = 0
}

// office is an hour of work so many days before the present, on the working day
// at or before it.
func (c *Clock) office(daysAgo, hour, minute int) time.Time {
	day := c.real().AddDate(0, 0, -daysAgo)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, -1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, day.Location())
}
