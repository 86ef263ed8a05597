// Package shelltest is a window for tests of pages: what a page loads comes at once; what it does, at once or when the test says.
package shelltest

import (
	"context"
	"testing"
	"time"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
)

// Host is what a page asks of the window.
type Host struct {
	shell.Host // what a test does not need
	T          testing.TB
	Clock      func() time.Time
	// Hold keeps what is run until Finish, as a slow disk does.
	Hold    bool
	Waiting []shell.Action
	Failed  []error
	// Changed are the page's subscriptions.
	Changed []func()
	text    *lang.Catalogue
}

// New makes one, in French.
func New(t testing.TB, clock func() time.Time) *Host {
	t.Helper()
	text, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	return &Host{T: t, Clock: clock, text: text}
}

// Tell says to the page that something changed elsewhere.
func (h *Host) Tell() {
	for _, f := range h.Changed {
		f()
	}
}

// Finish does what was held, the first asked first.
func (h *Host) Finish() {
	all := h.Waiting
	h.Waiting = nil
	for _, a := range all {
		h.do(a)
	}
}

// Run does an action, or holds it; as the window does, it ignores one that runs already.
func (h *Host) Run(a shell.Action) {
	if !h.Hold {
		h.do(a)
		return
	}
	for _, other := range h.Waiting {
		if other.ID == a.ID {
			return
		}
	}
	h.Waiting = append(h.Waiting, a)
}

func (h *Host) do(a shell.Action) {
	err := a.Run(h.T.Context(), func(int, int, string) {})
	switch {
	case err == nil && a.Done != nil:
		a.Done()
	case err != nil && a.Failed != nil:
		a.Failed(err)
	case err != nil:
		h.Fail(err)
	}
}

// Load queries and applies at once.
func (h *Host) Load(_ string, query func(context.Context) (any, error), apply func(any)) {
	v, err := query(h.T.Context())
	if err != nil {
		h.T.Error(err)
		return
	}
	apply(v)
}

// Fail keeps what was told.
func (h *Host) Fail(err error) { h.Failed = append(h.Failed, err) }

// Changes keeps the subscription.
func (h *Host) Changes(_ []string, changed func()) { h.Changed = append(h.Changed, changed) }

// Text is the French text of a key.
func (h *Host) Text(key string, args ...any) string { return h.text.Text(key, args...) }

// Lang is the French catalogue.
func (h *Host) Lang() *lang.Catalogue { return h.text }

// Now is the test's time.
func (h *Host) Now() time.Time { return h.Clock() }

// Schedule does it at once.
func (h *Host) Schedule(f func()) { f() }

// Toast says nothing.
func (h *Host) Toast(shell.Meaning, string, func()) {}

// Preferences are the defaults, and keep nothing.
func (h *Host) Preferences() shell.Preferences { return defaults{} }

type defaults struct{}

func (defaults) Float(_ string, fallback float64) float64 { return fallback }
func (defaults) SetFloat(string, float64)                 {}
func (defaults) String(_, fallback string) string         { return fallback }
func (defaults) SetString(string, string)                 {}
func (defaults) Bool(_ string, fallback bool) bool        { return fallback }
func (defaults) SetBool(string, bool)                     {}
