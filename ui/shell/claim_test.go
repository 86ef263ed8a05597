package shell

import "testing"

func TestWhatComesLateCoversNoForm(t *testing.T) {
	var c Claim
	first := c.Take(false)
	var did string
	end := c.Unless(func() { did = "instead" }, func() { did = "then" })
	if end(); did != "then" || !first() || c.Writing() {
		t.Errorf("%q", did)
	}
	c.Take(false) // something else is shown: the end still shows its own
	if end(); did != "then" || first() {
		t.Errorf("%q", did)
	}
	form := c.Take(true)
	if end(); did != "instead" || !form() || !c.Writing() {
		t.Errorf("%q", did)
	}
	own := c.Unless(func() { did = "instead" }, func() { did = "own" })
	if own(); did != "own" {
		t.Errorf("what the form itself asked for: %q", did)
	}
}
