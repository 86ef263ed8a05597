//go:build !windows

package opengl

import "os"

// Settle is called before the window opens, with the arguments of the program. Elsewhere than on Windows, the system's own OpenGL falls
// back on the processor where it must; the option has it do so at once. elsewhere says that another process draws the window: none does here.
func Settle(args []string) (elsewhere bool, err error) {
	if !chosen(args) {
		return false, nil
	}
	return false, os.Setenv("LIBGL_ALWAYS_SOFTWARE", "1")
}
