//go:build !windows

package opengl

import "os"

// Settle is called before the window opens; software is the option of that name. Elsewhere than on Windows, the system's own OpenGL
// falls back on the processor where it must; the option has it do so at once. elsewhere says that another process draws the window: none
// does here.
func Settle(software bool, _ []string) (elsewhere bool, err error) {
	if !software {
		return false, nil
	}
	return false, os.Setenv("LIBGL_ALWAYS_SOFTWARE", "1")
}
