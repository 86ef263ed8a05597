package simulation_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// Six programs live in this one and leave much behind: the collector's work is paid in memory, of which there is enough.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
