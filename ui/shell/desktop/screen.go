package desktop

import "github.com/go-gl/glfw/v3.4/glfw"

// Frame is the height of what the system puts around a window, in pixels: a title above all.
const Frame = 32

// Screen is the room that the system leaves for windows on the first screen, in pixels; zero where it does not say. It is
// called on the window's thread, once the window is there: Fyne tells nothing of screens.
func Screen() (width, height int) {
	m := glfw.GetPrimaryMonitor()
	if m == nil {
		return 0, 0
	}
	_, _, width, height = m.GetWorkarea()
	return width, height
}
