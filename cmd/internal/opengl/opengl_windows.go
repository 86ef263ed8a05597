package opengl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// mesa is where the package puts Mesa, beside the program: out of the way of who does not need it.
const mesa = "mesa"

// Settle is called before the window opens, with the arguments of the program; software is the option of that name. A library that
// was loaded under the name of opengl32 stays for the process; so the computer's own is tried in this process, and where it does not
// do, another one is started with the option, which loads Mesa's first. elsewhere says that this other one draws the window. An error
// was told to who is there.
func Settle(software bool, args []string) (elsewhere bool, err error) {
	program, err := os.Executable()
	if err != nil {
		return false, told(fmt.Errorf("se trouver : %w", err))
	}
	library := filepath.Join(filepath.Dir(program), mesa, "opengl32.dll")
	if software {
		if _, err := windows.LoadLibraryEx(library, 0, windows.LOAD_WITH_ALTERED_SEARCH_PATH); err != nil {
			return false, told(fmt.Errorf("charger %s : %w", library, err))
		}
		return false, nil
	}
	if sufficient(version()) {
		return false, nil
	}
	if _, err := os.Stat(library); errors.Is(err, fs.ErrNotExist) {
		return false, told(fmt.Errorf("%s n’est pas là", library))
	}
	c := exec.Command(program, append([]string{"--" + Software}, args...)...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		return false, told(fmt.Errorf("se relancer : %w", err))
	}
	return true, c.Process.Release()
}

// told shows the error in the one window that needs no OpenGL, and gives it back.
func told(err error) error {
	text := "Airial ne peut pas dessiner sa fenêtre : l’affichage de cet ordinateur n’offre pas OpenGL 2.1, et la bibliothèque qui le remplace manque.\n\n" +
		"Vos données sont intactes. Faites réparer l’installation d’Airial (Applications installées, Modifier), ou appelez l’assistance de l’ALPI.\n\n" + err.Error()
	message, caption := windows.StringToUTF16Ptr(text), windows.StringToUTF16Ptr("Airial")
	_, _ = windows.MessageBox(0, message, caption, windows.MB_OK|windows.MB_ICONERROR|windows.MB_SETFOREGROUND)
	return fmt.Errorf("dessiner la fenêtre : %w", err)
}

// pixelFormat is PIXELFORMATDESCRIPTOR (wingdi.h).
type pixelFormat struct {
	size, version         uint16
	flags                 uint32
	pixelType, colourBits byte
	_                     [18]byte  // bits of each colour, of alpha, accumulation, depth and stencil
	_                     [3]uint32 // masks
}

const (
	drawToWindow  = 0x4
	supportOpenGL = 0x20
	doubleBuffer  = 0x1
	glVersion     = 0x1F02
)

// version gives what the OpenGL of this computer says of itself to a window that nobody sees, "" when it gives none.
func version() string {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	user, gdi, gl := windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("gdi32.dll"), windows.NewLazySystemDLL("opengl32.dll")
	if gl.Load() != nil {
		return ""
	}
	class := windows.StringToUTF16Ptr("STATIC")
	window, _, _ := user.NewProc("CreateWindowExW").Call(0, uintptr(unsafe.Pointer(class)), 0, 0, 0, 0, 1, 1, 0, 0, 0, 0)
	if window == 0 {
		return ""
	}
	defer func() { _, _, _ = user.NewProc("DestroyWindow").Call(window) }()
	screen, _, _ := user.NewProc("GetDC").Call(window)
	if screen == 0 {
		return ""
	}
	defer func() { _, _, _ = user.NewProc("ReleaseDC").Call(window, screen) }()
	format := pixelFormat{version: 1, flags: drawToWindow | supportOpenGL | doubleBuffer, colourBits: 32}
	format.size = uint16(unsafe.Sizeof(format))
	number, _, _ := gdi.NewProc("ChoosePixelFormat").Call(screen, uintptr(unsafe.Pointer(&format)))
	if number == 0 {
		return ""
	}
	if set, _, _ := gdi.NewProc("SetPixelFormat").Call(screen, number, uintptr(unsafe.Pointer(&format))); set == 0 {
		return ""
	}
	context, _, _ := gl.NewProc("wglCreateContext").Call(screen)
	if context == 0 {
		return ""
	}
	defer func() { _, _, _ = gl.NewProc("wglDeleteContext").Call(context) }()
	current := gl.NewProc("wglMakeCurrent")
	if made, _, _ := current.Call(screen, context); made == 0 {
		return ""
	}
	defer func() { _, _, _ = current.Call(0, 0) }()
	text, _, _ := gl.NewProc("glGetString").Call(glVersion)
	if text == 0 {
		return ""
	}
	return windows.BytePtrToString(*(**byte)(unsafe.Pointer(&text)))
}
