package durable

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrHeld tells that another program (an antivirus, a backup, a viewer) holds a file open, and did so through several tries.
var ErrHeld = errors.New("another program holds the file")

// Rename is os.Rename that tries again while another program holds one of the two files: on Windows an antivirus looks at
// each file that was just written, and nobody can replace it meanwhile. Error: ErrHeld.
func Rename(from, to string) error {
	return insist(func() error { return os.Rename(from, to) }, time.Sleep)
}

// Remove is os.Remove that tries again, as Rename does. Error: ErrHeld.
func Remove(path string) error {
	return insist(func() error { return os.Remove(path) }, time.Sleep)
}

// The waits double from shortest on: 2.5 seconds in all, which a look at a file of some megabytes takes at most.
const (
	shortest = 10 * time.Millisecond
	tries    = 9
)

// insist does something again for as long as a file is held, some tries at most.
func insist(do func() error, wait func(time.Duration)) error {
	pause := shortest
	for n := 1; ; n++ {
		err := do()
		if !held(err) {
			return err
		}
		if n == tries {
			return fmt.Errorf("%w: %w", ErrHeld, err)
		}
		wait(pause)
		pause *= 2
	}
}

func held(err error) bool {
	for _, code := range heldCodes {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
