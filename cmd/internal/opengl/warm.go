package opengl

import "github.com/go-gl/glfw/v3.4/glfw"

// Warm has the computer's OpenGL loaded, by a context that nobody sees: the window's own then comes sooner. It is called on the
// program's first thread, once Fyne has begun GLFW (a window was made), and fails in silence: what is wrong shows again, and is told,
// when the window is shown.
func Warm() {
	glfw.WindowHint(glfw.Visible, glfw.False)
	defer glfw.DefaultWindowHints()
	w, err := glfw.CreateWindow(1, 1, "", nil, nil)
	if err != nil {
		return
	}
	defer w.Destroy()
	w.MakeContextCurrent()
	w.SwapBuffers()
	glfw.DetachCurrentContext()
}
