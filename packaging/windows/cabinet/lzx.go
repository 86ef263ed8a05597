package main

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// The numbers of LZX in a cabinet ([MS-PATCH], with a window of 2 MB).
const (
	windowBits = 21
	slots      = 50
	frame      = 32 << 10 // what a block of the cabinet holds, which no match leaves
	mains      = 256 + slots*8
	tails      = 249
	pres       = 20
	deepest    = 16 // bits of a symbol
	roomiest   = frame + 6144

	verbatimBlock = 1
	alignedBlock  = 2
)

var errRoom = errors.New("a frame grew beyond what a cabinet takes")

// compress gives the frames of data.
func compress(data []byte) ([][]byte, error) {
	moved := slices.Clone(data)
	moveCalls(moved)
	e := &encoder{size: len(data), running: flat()}
	c := &chooser{data: moved}
	last := recent{1, 1, 1}
	for f := range search(moved) {
		tokens, _ := c.choose(f.start, f.end, f.found, f.marks, price(e.running), last)
		once := count(tokens)
		tokens, last = c.choose(f.start, f.end, f.found, f.marks, price(once.fade(e.running)), last)
		if err := e.take(tokens); err != nil {
			return nil, err
		}
	}
	return e.frames, e.end()
}

// flat counts every symbol a little: nothing is known yet.
func flat() *counts {
	c := &counts{}
	for i := range c.main {
		c.main[i] = 1
	}
	for i := range c.tail {
		c.tail[i] = 1
	}
	return c
}

func count(tokens []token) *counts {
	c := &counts{}
	for _, t := range tokens {
		c.add(t)
	}
	return c
}

// searched is a frame with its matches.
type searched struct {
	start, end int
	found      []match
	marks      []int32
}

// search finds the matches of one frame after the other, ahead of who takes them.
func search(data []byte) <-chan searched {
	out := make(chan searched, 4)
	go func() {
		defer close(out)
		f := newFinder(data)
		for start := 0; start < len(data); start += frame {
			s := searched{start: start, end: min(start+frame, len(data))}
			for pos := start; pos < s.end; pos++ {
				s.marks = append(s.marks, int32(len(s.found)))
				s.found = f.at(pos, s.found)
			}
			s.marks = append(s.marks, int32(len(s.found)))
			out <- s
		}
	}()
	return out
}

// moveCalls has calls of x86 name where they go rather than how far: the same place called twice is then the same bytes.
func moveCalls(data []byte) {
	const call, mostFrames = 0xe8, 32768
	size := int32(len(data))
	for n := 0; n*frame < len(data) && n < mostFrames; n++ {
		piece := data[n*frame : min((n+1)*frame, len(data))]
		for i := 0; i < len(piece)-10; i++ {
			if piece[i] != call {
				continue
			}
			at, far := int32(n*frame+i), int32(binary.LittleEndian.Uint32(piece[i+1:]))
			switch {
			case far >= -at && far < size-at:
				binary.LittleEndian.PutUint32(piece[i+1:], uint32(far+at))
			case far >= size-at && far < size:
				binary.LittleEndian.PutUint32(piece[i+1:], uint32(far-size))
			}
			i += 4
		}
	}
}

// encoder writes blocks; a block is some frames that are alike.
type encoder struct {
	size    int
	frames  [][]byte
	running *counts // what came of late
	block   [][]token
	sums    counts // of the block
	main    [mains]byte
	tail    [tails]byte
}

const mostFrames = 12 // of a block

// take adds a frame to the block, unless two blocks are shorter.
func (e *encoder) take(tokens []token) error {
	c := count(tokens)
	e.running = c.fade(e.running)
	if len(e.block) > 0 {
		const header = 1800 // bits, or so
		both := e.sums
		both.sum(c)
		if len(e.block) == mostFrames || both.bits() > e.sums.bits()+c.bits()+header {
			if err := e.end(); err != nil {
				return err
			}
		}
	}
	e.block = append(e.block, tokens)
	e.sums.sum(c)
	return nil
}

func (c *counts) sum(d *counts) {
	for i, n := range d.main {
		c.main[i] += n
	}
	for i, n := range d.tail {
		c.tail[i] += n
	}
	for i, n := range d.aligned {
		c.aligned[i] += n
	}
}

// bits is how long symbols that come so often are, at the least.
func (c *counts) bits() float64 {
	bits := 0.0
	for _, part := range [][]float64{c.main[:], c.tail[:], c.aligned[:]} {
		sum := 0.0
		for _, n := range part {
			sum += n
		}
		for _, n := range part {
			if n > 0 {
				bits += n * math.Log2(sum/n)
			}
		}
	}
	return bits
}

// end writes the block.
func (e *encoder) end() error {
	if len(e.block) == 0 {
		return nil
	}
	frames, mainLengths, tailLengths := e.written(e.block, e.sums)
	if slices.ContainsFunc(frames, func(f []byte) bool { return len(f) > roomiest }) {
		return e.apart()
	}
	e.frames = append(e.frames, frames...)
	e.main, e.tail = mainLengths, tailLengths
	e.block, e.sums = nil, counts{}
	return nil
}

// apart writes each frame of the block as a block: one of them is very unlike the others.
func (e *encoder) apart() error {
	block := e.block
	if len(block) == 1 {
		return errRoom
	}
	for _, tokens := range block {
		e.block, e.sums = [][]token{tokens}, *count(tokens)
		if err := e.end(); err != nil {
			return err
		}
	}
	return nil
}

// written is a block's frames, and the lengths of its codes, from which the next block's are told.
func (e *encoder) written(block [][]token, sums counts) (frames [][]byte, mainLengths [mains]byte, tailLengths [tails]byte) {
	copy(mainLengths[:], codeLengths(sums.main[:], deepest))
	copy(tailLengths[:], codeLengths(sums.tail[:], deepest))
	alignedLengths := codeLengths(sums.aligned[:], 7)
	kind, saved := verbatimBlock, -8*3.0
	for i, n := range sums.aligned {
		saved += n * (3 - float64(alignedLengths[i]))
	}
	if saved > 0 {
		kind = alignedBlock
	}
	size := 0
	for _, tokens := range block {
		for _, t := range tokens {
			size += int(t.length)
		}
	}
	w := &writer{}
	if len(e.frames) == 0 { // calls are moved, in so many bytes
		w.put(1, 1)
		w.put(uint32(e.size)>>16, 16)
		w.put(uint32(e.size)&0xffff, 16)
	}
	w.put(uint32(kind), 3)
	w.put(uint32(size)>>8, 16)
	w.put(uint32(size)&0xff, 8)
	if kind == alignedBlock {
		for _, l := range alignedLengths {
			w.put(uint32(l), 3)
		}
	}
	w.lengths(e.main[:256], mainLengths[:256])
	w.lengths(e.main[256:], mainLengths[256:])
	w.lengths(e.tail[:], tailLengths[:])
	codes := coder{main: codesOf(mainLengths[:]), tail: codesOf(tailLengths[:]), aligned: codesOf(alignedLengths)}
	for _, tokens := range block {
		for _, t := range tokens {
			codes.write(w, t, kind)
		}
		frames = append(frames, w.cut())
	}
	return frames, mainLengths, tailLengths
}

// code is the bits of a symbol.
type code struct {
	bits   uint32
	length int
}

type coder struct{ main, tail, aligned []code }

func (c *coder) write(w *writer, t token, kind int) {
	m := c.main[t.main()]
	w.put(m.bits, m.length)
	if t.length == 1 {
		return
	}
	if s, ok := t.tail(); ok {
		w.put(c.tail[s].bits, c.tail[s].length)
	}
	n := int(slotBits[t.slot])
	if s, ok := t.aligned(); ok && kind == alignedBlock {
		w.put(uint32(t.extra)>>3, n-3)
		w.put(c.aligned[s].bits, c.aligned[s].length)
		return
	}
	w.put(uint32(t.extra), n)
}

// writer writes bits, the highest first, into words of sixteen.
type writer struct {
	out   []byte
	bits  uint64
	count int
}

func (w *writer) put(bits uint32, n int) {
	if n == 0 {
		return
	}
	w.bits = w.bits<<n | uint64(bits)
	w.count += n
	for w.count >= 16 {
		w.count -= 16
		w.out = binary.LittleEndian.AppendUint16(w.out, uint16(w.bits>>w.count))
		w.bits &= 1<<w.count - 1
	}
}

// cut ends a frame at a whole word and gives it.
func (w *writer) cut() []byte {
	if w.count > 0 {
		w.put(0, 16-w.count)
	}
	out := w.out
	w.out = nil
	return out
}

// piece is a symbol of the code that lengths are told by, with the bits that follow it.
type piece struct {
	symbol    int
	more      uint32
	moreCount int
}

// lengths tells the lengths of a code by how they differ from those of the block before.
func (w *writer) lengths(before, now []byte) {
	delta := func(i int) int { return (int(before[i]) - int(now[i]) + 17) % 17 }
	var pieces []piece
	for i := 0; i < len(now); {
		run := 1
		for i+run < len(now) && now[i+run] == now[i] {
			run++
		}
		switch {
		case now[i] == 0 && run >= 20:
			run = min(run, 51)
			pieces = append(pieces, piece{18, uint32(run - 20), 5})
		case now[i] == 0 && run >= 4:
			pieces = append(pieces, piece{17, uint32(run - 4), 4})
		case run >= 4:
			run = min(run, 5)
			pieces = append(pieces, piece{19, uint32(run - 4), 1}, piece{delta(i), 0, 0})
		default:
			run = 1
			pieces = append(pieces, piece{delta(i), 0, 0})
		}
		i += run
	}
	var c [pres]float64
	for _, p := range pieces {
		c[p.symbol]++
	}
	pre := codeLengths(c[:], 15)
	for _, l := range pre {
		w.put(uint32(l), 4)
	}
	codes := codesOf(pre)
	for _, p := range pieces {
		w.put(codes[p.symbol].bits, codes[p.symbol].length)
		w.put(p.more, p.moreCount)
	}
}

// codeLengths gives the lengths of a complete code, none beyond most; all are zero where no symbol came.
func codeLengths(counts []float64, most int) []byte {
	lengths := make([]byte, len(counts))
	var used []int
	for i, n := range counts {
		if n > 0 {
			used = append(used, i)
		}
	}
	switch len(used) {
	case 0:
		return lengths
	case 1: // a code of one symbol is not complete
		lengths[used[0]] = 1
		lengths[(used[0]+1)%len(counts)] = 1
		return lengths
	}
	weights := make([]float64, len(used))
	for i, s := range used {
		weights[i] = counts[s]
	}
	for {
		depths, deep := huffman(weights)
		if deep <= most {
			for i, s := range used {
				lengths[s] = byte(depths[i])
			}
			return lengths
		}
		for i := range weights { // the rarest weigh more
			weights[i] = weights[i]/2 + 1
		}
	}
}

// huffman gives the depth of each weight in Huffman's tree.
func huffman(weights []float64) (depths []int, deep int) {
	n := len(weights)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case weights[a] < weights[b]:
			return -1
		case weights[a] > weights[b]:
			return 1
		}
		return 0
	})
	sum, parent := make([]float64, 2*n-1), make([]int, 2*n-1)
	for i, s := range order {
		sum[i] = weights[s]
	}
	leaf, knot := 0, n
	least := func(made int) int {
		if leaf < n && (knot >= made || sum[leaf] <= sum[knot]) {
			leaf++
			return leaf - 1
		}
		knot++
		return knot - 1
	}
	for made := n; made < 2*n-1; made++ {
		a := least(made)
		b := least(made)
		sum[made] = sum[a] + sum[b]
		parent[a], parent[b] = made, made
	}
	depth := make([]int, 2*n-1)
	depths = make([]int, n)
	for i := 2*n - 3; i >= 0; i-- {
		depth[i] = depth[parent[i]] + 1
		if i < n {
			depths[order[i]] = depth[i]
			deep = max(deep, depth[i])
		}
	}
	return depths, deep
}

// codesOf gives the code of each symbol: shorter ones first, then by symbol.
func codesOf(lengths []byte) []code {
	codes := make([]code, len(lengths))
	next := uint32(0)
	for l := 1; l <= deepest; l++ {
		for s, n := range lengths {
			if int(n) == l {
				codes[s] = code{next, l}
				next++
			}
		}
		next <<= 1
	}
	return codes
}
