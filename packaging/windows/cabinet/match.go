package main

import "math/bits"

// match is a former place where the same bytes stand: how many, and how far back.
type match struct{ length, offset int32 }

// The effort that is made to find matches.
const (
	depth    = 64  // former places looked at for one position
	enough   = 128 // a match of this length is taken at once
	shortest = 2
	longest  = 257
	farthest = 1<<windowBits - 3
)

// finder finds matches by a binary tree of the places whose four bytes are the same, ordered by what follows them.
type finder struct {
	data  []byte
	two   []int32 // the last place of two bytes; of three, by their hash; of four, which is the root of a tree
	three []int32
	roots []int32
	sons  []int32 // smaller and greater of each place of the window
}

func newFinder(data []byte) *finder {
	table := func(bits int) []int32 {
		t := make([]int32, 1<<bits)
		for i := range t {
			t[i] = -1
		}
		return t
	}
	return &finder{data: data, two: table(16), three: table(threeBits), roots: table(fourBits), sons: table(windowBits + 1)}
}

const (
	threeBits = 18
	fourBits  = 21
)

// at adds the matches of a position to found, longer ones further back, and remembers the position. Positions come in order.
func (f *finder) at(pos int, found []match) []match {
	d := f.data
	limit := min(longest, len(d)-pos)
	if limit < 4 {
		return found
	}
	four := uint32(d[pos]) | uint32(d[pos+1])<<8 | uint32(d[pos+2])<<16 | uint32(d[pos+3])<<24
	h2, h3, h4 := four&0xffff, (four<<8)*0x9e3779b1>>(32-threeBits), four*0x9e3779b1>>(32-fourBits)
	best := 1
	near := func(place int32) {
		off := pos - int(place)
		if place < 0 || off > farthest {
			return
		}
		if n := f.same(int(place), pos, 0, limit); n > best && n >= shortest {
			best = n
			found = append(found, match{int32(n), int32(off)})
		}
	}
	near(f.two[h2])
	near(f.three[h3])
	f.two[h2], f.three[h3] = int32(pos), int32(pos)

	place := f.roots[h4]
	f.roots[h4] = int32(pos)
	const mask = 1<<windowBits - 1
	smaller, greater := 2*(pos&mask), 2*(pos&mask)+1 // where the next smaller and the next greater place are written
	sameSmaller, sameGreater := 0, 0
	for left := depth; ; left-- {
		off := pos - int(place)
		if place < 0 || off > farthest || left == 0 {
			f.sons[smaller], f.sons[greater] = -1, -1
			return found
		}
		sons := 2 * (int(place) & mask)
		n := f.same(int(place), pos, min(sameSmaller, sameGreater), limit)
		if n > best {
			best = n
			found = append(found, match{int32(n), int32(off)})
		}
		if n == limit {
			f.sons[smaller], f.sons[greater] = f.sons[sons], f.sons[sons+1]
			return found
		}
		if d[int(place)+n] < d[pos+n] {
			f.sons[smaller] = place
			smaller, sameSmaller = sons+1, n
			place = f.sons[smaller]
		} else {
			f.sons[greater] = place
			greater, sameGreater = sons, n
			place = f.sons[greater]
		}
	}
}

// same is how many bytes are the same at two places, of which the first n are known to be.
func (f *finder) same(a, b, n, limit int) int {
	d := f.data
	for n+8 <= limit {
		if x := word(d[a+n:]) ^ word(d[b+n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < limit && d[a+n] == d[b+n] {
		n++
	}
	return n
}

func word(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
