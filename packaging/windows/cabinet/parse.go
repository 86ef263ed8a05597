package main

import "math"

// token is a byte (length 1, a literal) or a match. slot is that of its offset: 0 to 2 repeat one of the last three.
type token struct {
	length int32
	slot   int32
	extra  int32 // the formatted offset's place in its slot; a literal's byte
}

// main is the token's symbol of the main tree.
func (t token) main() int {
	if t.length == 1 {
		return int(t.extra)
	}
	return 256 + int(t.slot)*8 + int(min(t.length-shortest, 7))
}

// tail is the token's symbol of the tree of lengths; there is none below 9.
func (t token) tail() (int, bool) { return int(t.length) - 9, t.length >= 9 }

// aligned is the token's symbol of the tree of aligned offsets; there is none where an offset has fewer than three bits.
func (t token) aligned() (int, bool) {
	return int(t.extra & 7), t.length > 1 && slotBits[t.slot] >= 3
}

// slotBase and slotBits say which formatted offsets a slot holds.
var slotBase, slotBits = func() (base, bits [slots]int32) {
	at := int32(0)
	for i := range base {
		base[i] = at
		if i >= 4 {
			bits[i] = min(int32(i)/2-1, 17)
		}
		at += 1 << bits[i]
	}
	return base, bits
}()

// slotOf finds the slot of an offset, and its place in it.
func slotOf(offset int32) (slot, extra int32) {
	formatted := offset + 2
	low, high := int32(0), int32(slots-1)
	for low < high {
		if mid := (low + high + 1) / 2; slotBase[mid] <= formatted {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low, formatted - slotBase[low]
}

// counts is how often each symbol came.
type counts struct {
	main    [mains]float64
	tail    [tails]float64
	aligned [8]float64
}

func (c *counts) add(t token) {
	c.main[t.main()]++
	if s, ok := t.tail(); ok {
		c.tail[s]++
	}
	if s, ok := t.aligned(); ok {
		c.aligned[s]++
	}
}

// fade is the sum of c and of half of what was before it.
func (c *counts) fade(before *counts) *counts {
	sum := *c
	for i, n := range before.main {
		sum.main[i] += n / 2
	}
	for i, n := range before.tail {
		sum.tail[i] += n / 2
	}
	for i, n := range before.aligned {
		sum.aligned[i] += n / 2
	}
	return &sum
}

// prices are what symbols cost, in bits.
type prices struct {
	main    [mains]float32
	tail    [tails]float32
	aligned [8]float32
}

func price(c *counts) *prices {
	p := &prices{}
	entropy(p.main[:], c.main[:])
	entropy(p.tail[:], c.tail[:])
	entropy(p.aligned[:], c.aligned[:])
	return p
}

// entropy prices symbols by how often they came; one that never came may yet.
func entropy(out []float32, counts []float64) {
	const never = 0.3
	sum := 0.0
	for _, n := range counts {
		sum += n + never
	}
	for i, n := range counts {
		out[i] = float32(min(math.Log2(sum/(n+never)), 16))
	}
}

// recent are the last three offsets, the last one first.
type recent [3]int32

// after is what they are once an offset of a slot was used.
func (r recent) after(slot, offset int32) recent {
	switch slot {
	case 0:
		return r
	case 1:
		return recent{r[1], r[0], r[2]}
	case 2:
		return recent{r[2], r[1], r[0]}
	}
	return recent{offset, r[0], r[1]}
}

// step is the cheapest known way to a position of the frame.
type step struct {
	cost   float32
	token  token
	recent recent
}

// chooser chooses the tokens of a frame.
type chooser struct {
	data  []byte
	steps [frame + 1]step
}

// choose gives the cheapest tokens of data[start:end], whose matches are found (those of a position from marks[i] on), and
// the offsets that are the last ones then. No match goes beyond the frame.
func (c *chooser) choose(start, end int, found []match, marks []int32, p *prices, before recent) ([]token, recent) {
	n := end - start
	for i := range c.steps[:n+1] {
		c.steps[i].cost = math.MaxFloat32
	}
	c.steps[0] = step{recent: before}
	for i := 0; i < n; {
		i += c.from(start, i, n, found[marks[i]:marks[i+1]], p)
	}
	var back []token
	for i := n; i > 0; i -= int(c.steps[i].token.length) {
		back = append(back, c.steps[i].token)
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back, c.steps[n].recent
}

// from tries all that may begin at a position; it tells how far the next one to try is.
func (c *chooser) from(start, i, n int, found []match, p *prices) int {
	here := &c.steps[i]
	pos := start + i
	limit := min(longest, n-i)
	literal := token{length: 1, extra: int32(c.data[pos])}
	c.reach(i+1, here.cost+p.main[literal.main()], literal, here.recent)
	long := int32(1)
	for slot := range int32(3) {
		off := here.recent[slot]
		if int(off) > pos || slot > 0 && off == here.recent[0] {
			continue
		}
		length := c.same(pos-int(off), pos, limit)
		next := here.recent.after(slot, off)
		if length >= enough {
			c.match(i, int32(length), slot, 0, 0, p, next)
			return length
		}
		for l := int32(shortest); l <= int32(length); l++ {
			c.match(i, l, slot, 0, 0, p, next)
		}
		long = max(long, int32(length))
	}
	from := int32(shortest)
	for _, m := range found {
		length := min(m.length, int32(limit))
		slot, extra := slotOf(m.offset)
		more := float32(slotBits[slot])
		if slotBits[slot] >= 3 {
			more += p.aligned[extra&7] - 3
		}
		next := here.recent.after(3, m.offset)
		if length >= enough && length > long {
			c.match(i, length, slot, extra, more, p, next)
			if m == found[len(found)-1] {
				return int(length)
			}
		}
		for l := from; l <= length; l++ {
			c.match(i, l, slot, extra, more, p, next)
		}
		from = max(from, length+1)
	}
	return 1
}

func (c *chooser) match(i int, length, slot, extra int32, more float32, p *prices, next recent) {
	t := token{length: length, slot: slot, extra: extra}
	cost := c.steps[i].cost + more + p.main[t.main()]
	if s, ok := t.tail(); ok {
		cost += p.tail[s]
	}
	c.reach(i+int(length), cost, t, next)
}

func (c *chooser) reach(i int, cost float32, t token, r recent) {
	if s := &c.steps[i]; cost < s.cost {
		*s = step{cost, t, r}
	}
}

func (c *chooser) same(a, b, limit int) int {
	n := 0
	for n < limit && c.data[a+n] == c.data[b+n] {
		n++
	}
	return n
}
