// Package opengl sees to it that the window can be drawn. Fyne draws by OpenGL 2.1; on Windows, a virtual machine or a remote session
// often has the OpenGL 1.1 of 1997 alone. The package of Airial then brings Mesa, which draws on the processor (packaging/windows/mesa.sh).
package opengl

import "fmt"

// Software is the option of the program that has its window drawn by the processor: what is chosen where the computer's own OpenGL
// does not do, and what an installer may choose where a driver draws badly.
const Software = "software"

// sufficient says whether an OpenGL that gives this version of itself («1.1.0», «4.6.0 NVIDIA 551.23») draws what Fyne draws.
func sufficient(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 2 || major == 2 && minor >= 1
}
