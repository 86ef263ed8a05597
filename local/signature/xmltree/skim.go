package xmltree

import (
	"bytes"
	"encoding/binary"
)

// Attachments stand in base64, megabytes at a time, and the parser looks at each character.
// It is given the document without the middle of such runs: characters that are the same
// wherever they stand (text, section, comment, value), so that what it sees is well-formed
// exactly when the whole is. Places are then brought back to those of the whole.

// run is the length from which on a run is worth shortening; edge is what is kept at each end.
const (
	run  = 4 << 10
	edge = 32
)

// gap is a cut: place is where, in the short document; cut is how much was left out up to there.
type gap struct{ place, cut int }

// plain are the characters of a run.
var plain = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n") {
		set[c] = true
	}
	return set
}()

// skim gives the document without the middle of its long plain runs; the document itself when it has none.
func skim(text []byte) (short []byte, gaps []gap) {
	done, cut := 0, 0
	for at := 0; at < len(text); {
		next := bytes.IndexByte(text[at:], '<')
		if next < 0 {
			break
		}
		end := at + next
		if next >= run {
			// The run ends at the mark and goes back as far as it is plain.
			start := end
			for start > at && plain[text[start-1]] {
				start--
			}
			if end-start >= run {
				short = append(short, text[done:start+edge]...)
				done = end - edge
				cut += end - start - 2*edge
				gaps = append(gaps, gap{len(short), cut})
			}
		}
		at = end + 1
	}
	if gaps == nil {
		return text, nil
	}
	return append(short, text[done:]...), gaps
}

// places brings growing offsets of the short document back to those of the whole.
type places struct {
	gaps []gap
	cut  int
}

func (p *places) of(offset int64) int32 {
	for len(p.gaps) > 0 && int64(p.gaps[0].place) < offset {
		p.cut, p.gaps = p.gaps[0].cut, p.gaps[1:]
	}
	return int32(offset) + int32(p.cut)
}

// ascii tells whether no byte has its high bit, eight at a time.
func ascii(b []byte) bool {
	for len(b) >= 8 {
		if binary.NativeEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
