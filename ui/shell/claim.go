package shell

// Claim tells whom a pane belongs to: a form that somebody writes in, or what is shown there. What was asked for before and
// comes late covers neither.
type Claim struct {
	writing bool
	turn    int
}

// Take gives the pane to something else from now on; writing: to a form. It gives what tells whether the pane is still its.
func (c *Claim) Take(writing bool) (still func() bool) {
	c.turn++
	c.writing = writing
	turn := c.turn
	return func() bool { return turn == c.turn }
}

// Writing tells whether a form has the pane.
func (c *Claim) Writing() bool { return c.writing }

// Unless gives what to run at the end of something long: then, or instead when the person has begun to write something else
// since.
func (c *Claim) Unless(instead, then func()) func() {
	turn := c.turn
	return func() {
		if c.writing && turn != c.turn {
			instead()
			return
		}
		then()
	}
}
