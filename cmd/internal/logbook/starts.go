package logbook

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// startsFile counts the starts, the present one included, that have not come to a working window.
const startsFile = "starts"

// begin notes that a start begins and gives how many before it did not come to their end, in a row.
func begin(dir string) (before int, err error) {
	path := filepath.Join(dir, startsFile)
	content, err := readUpTo(path, 16)
	if err != nil && !os.IsNotExist(err) {
		return 0, fmt.Errorf("reading how the last starts ended: %w", err)
	}
	if n, err := strconv.Atoi(strings.TrimSpace(string(content))); err == nil && n > 0 {
		before = n
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(before+1)), 0o600); err != nil {
		return before, fmt.Errorf("noting the start: %w", err)
	}
	return before, nil
}

// Came notes that this start has come to a working window. A log that is not kept notes nothing.
func (l *Logbook) Came() {
	if l.dir == "" {
		return
	}
	if err := os.Remove(filepath.Join(l.dir, startsFile)); err != nil && !os.IsNotExist(err) {
		l.Log.Info("noting that the start ended well", "error", err.Error())
	}
}
