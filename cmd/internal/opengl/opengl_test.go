package opengl

import "testing"

// Fyne draws by OpenGL 2.1. What drivers say of themselves begins with the version and a blank or a point (OpenGL 2.1, 6.1.5).
func TestSufficient(t *testing.T) {
	for version, want := range map[string]bool{
		"1.1.0":                             false, // Windows without a driver: «GDI Generic»
		"1.4.0 - Build 8.15.10.2697":        false,
		"2.0.6787":                          false,
		"2.1":                               true,
		"2.1.0 - Build 8.15.10.2697":        true,
		"3.3 (Core Profile) Mesa 22.3.6":    true,
		"4.6.0 NVIDIA 551.23":               true,
		"10.0":                              true,
		"":                                  false,
		"OpenGL ES 3.2":                     false,
		"4":                                 false,
		"99999999999999999999.1 of nowhere": false,
	} {
		if got := sufficient(version); got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
}
