package deceased

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// pieceSize is what is read at once, and more than any line.
const pieceSize = 1 << 20

// piece is some whole lines of the file.
type piece struct {
	memory []byte
	text   []byte // of memory
	first  bool   // of the file
	err    error  // of the reading, after these lines
	lines  int
	kept   []kept
	done   chan struct{} // closed once the lines are sifted
}

// kept is a line that may be of a birth: its number in the piece, from 1, and its place.
type kept struct{ n, from, to int }

// sieve reads a file piece by piece and sifts the pieces side by side.
type sieve struct {
	inOrder chan *piece
	free    chan *piece
	running sync.WaitGroup
}

func (s *sieve) wait() { s.running.Wait() }

// sift begins to read. Whoever takes the pieces gives each back to free, or ends the context.
func sift(ctx context.Context, file io.Reader, b *Births, workers int) *sieve {
	s := &sieve{inOrder: make(chan *piece, workers+1), free: make(chan *piece, workers+2)}
	for range workers + 2 {
		s.free <- &piece{memory: make([]byte, pieceSize)}
	}
	todo := make(chan *piece, workers+2)
	for range workers {
		own := *b // but what it remembers of sounds
		own.heard = map[string]string{}
		s.running.Go(func() {
			for p := range todo {
				p.sift(&own)
				close(p.done)
			}
		})
	}
	s.running.Go(func() {
		defer close(s.inOrder)
		defer close(todo)
		s.read(ctx, file, todo)
	})
	return s
}

// read fills the pieces that are free, each to its last end of line.
func (s *sieve) read(ctx context.Context, file io.Reader, todo chan<- *piece) {
	var rest []byte // of the line that a piece had begun
	for first := true; ; first = false {
		var p *piece
		select {
		case p = <-s.free:
		case <-ctx.Done():
			return
		}
		n := copy(p.memory, rest)
		more, err := io.ReadFull(file, p.memory[n:])
		n += more
		whole := bytes.LastIndexByte(p.memory[:n], '\n') + 1
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if last || whole == 0 { // no end of line in sight: the line is cut
			whole = n
		}
		rest = append(rest[:0], p.memory[whole:n]...)
		p.text, p.first, p.err, p.lines, p.kept, p.done = p.memory[:whole], first, nil, 0, p.kept[:0], make(chan struct{})
		if err != nil && !last {
			p.err = fmt.Errorf("reading the file of the deceased: %w", err)
		}
		todo <- p // which has room for all pieces
		select {
		case s.inOrder <- p:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// sift keeps the lines that may be of one of the births, and the first of the file, by which it is judged.
func (p *piece) sift(b *Births) {
	for at := 0; at < len(p.text); {
		end := bytes.IndexByte(p.text[at:], '\n')
		next := at + end + 1
		if end < 0 {
			end, next = len(p.text)-at, len(p.text)
		}
		line := bytes.TrimSuffix(p.text[at:at+end], []byte{'\r'})
		p.lines++
		if p.first && p.lines <= trial || b.may(line) {
			p.kept = append(p.kept, kept{p.lines, at, at + len(line)})
		}
		at = next
	}
}
