package dragout

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// OLE's drag (oleidl.h, shlobj_core.h). The object that holds the files is the shell's own, which knows every form that other
// programs ask for; only the source is ours: it says when the drag ends. Both are COM objects, whose methods are called by
// their place in the table.
var (
	ole32              = windows.NewLazySystemDLL("ole32.dll")
	oleInitialize      = ole32.NewProc("OleInitialize")
	oleUninitialize    = ole32.NewProc("OleUninitialize")
	coTaskMemFree      = ole32.NewProc("CoTaskMemFree")
	shell32            = windows.NewLazySystemDLL("shell32.dll")
	shParseDisplayName = shell32.NewProc("SHParseDisplayName")
	shBindToParent     = shell32.NewProc("SHBindToParent")
	shDoDragDrop       = shell32.NewProc("SHDoDragDrop")
	ilFindLastID       = shell32.NewProc("ILFindLastID")
	user32             = windows.NewLazySystemDLL("user32.dll")
	getAsyncKeyState   = user32.NewProc("GetAsyncKeyState")
	getSystemMetrics   = user32.NewProc("GetSystemMetrics")
	getCursorPos       = user32.NewProc("GetCursorPos")
	screenToClient     = user32.NewProc("ScreenToClient")
	windowFromPoint    = user32.NewProc("WindowFromPoint")
	getAncestor        = user32.NewProc("GetAncestor")
	postMessage        = user32.NewProc("PostMessageW")
)

const (
	okay                = 0
	noInterface         = 0x80004002
	isDropped           = 0x00040100 // DRAGDROP_S_DROP
	isCancelled         = 0x00040101 // DRAGDROP_S_CANCEL
	plainCursors        = 0x00040102 // DRAGDROP_S_USEDEFAULTCURSORS
	effectCopy          = 1
	leftHeld            = 1 // MK_LBUTTON
	rightHeld           = 2 // MK_RBUTTON
	leftButton          = 1 // VK_LBUTTON
	rightButton         = 2 // VK_RBUTTON
	buttonsSwap         = 23
	rootWindow          = 2 // GA_ROOT
	leftUp              = 0x0202
	methodRelease       = 2
	methodGetUIObjectOf = 10 // IShellFolder
)

var (
	interfaceUnknown = windows.GUID{Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
	interfaceSource  = windows.GUID{Data1: 0x121, Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
	interfaceFolder  = windows.GUID{Data1: 0x214e6, Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
	interfaceData    = windows.GUID{Data1: 0x10e, Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
)

// Carry waits until the files are there, then has OLE drag them on the window's thread, which does nothing else meanwhile. It
// returns ctx's error once that is done.
func Carry(ctx context.Context, c Cargo) (Outcome, error) {
	if err := c.Ready(ctx); err != nil {
		return Nowhere, err
	}
	type end struct {
		outcome Outcome
		err     error
	}
	ended := make(chan end, 1)
	c.OnThread(func() {
		outcome, err := carry(ctx, c)
		ended <- end{outcome, err}
	})
	select {
	case e := <-ended:
		return e.outcome, e.err
	case <-ctx.Done(): // the drag ends by it too, unless the window's thread does
		return Nowhere, ctx.Err()
	}
}

// carry runs on the window's thread.
func carry(ctx context.Context, c Cargo) (outcome Outcome, err error) {
	if !held() {
		return Early, nil
	}
	if r, _, _ := oleInitialize.Call(0); failed(r) {
		return Nowhere, fmt.Errorf("preparing OLE: %w", syscall.Errno(uint32(r)))
	}
	defer oleUninitialize.Call()
	files, err := dataObject(c.Paths)
	if err != nil {
		return Nowhere, err
	}
	defer files.release()
	s := newSource(ctx, c.Window)
	var pin runtime.Pinner
	pin.Pin(s)
	defer pin.Unpin()
	var effect uint32
	r, _, _ := shDoDragDrop.Call(c.Window, uintptr(unsafe.Pointer(files)), uintptr(unsafe.Pointer(s)), effectCopy, uintptr(unsafe.Pointer(&effect)))
	letGoOf(c.Window)
	switch {
	case ctx.Err() != nil:
		return Nowhere, ctx.Err()
	case failed(r):
		return Nowhere, fmt.Errorf("dragging files: %w", syscall.Errno(uint32(r)))
	case r == isDropped && effect&effectCopy != 0:
		return Taken, nil
	}
	return Nowhere, nil
}

func failed(r uintptr) bool { return int32(r) < 0 }

// held tells whether the button that drags is down; a left-handed person's is the other one.
func held() bool {
	button := uintptr(leftButton)
	if swapped, _, _ := getSystemMetrics.Call(buttonsSwap); swapped != 0 {
		button = rightButton
	}
	state, _, _ := getAsyncKeyState.Call(button)
	return int16(state) < 0
}

// letGoOf tells the window that the button went up: OLE took that from it.
func letGoOf(window uintptr) {
	var at struct{ x, y int32 }
	getCursorPos.Call(uintptr(unsafe.Pointer(&at)))
	screenToClient.Call(window, uintptr(unsafe.Pointer(&at)))
	postMessage.Call(window, leftUp, 0, uintptr(uint32(at.y)<<16|uint32(at.x)&0xffff))
}

// object is a COM object; it is only ever held by the address that COM gave.
type object struct {
	table *[methodGetUIObjectOf + 1]uintptr
}

func (o *object) release() {
	_, _, _ = syscall.SyscallN(o.table[methodRelease], uintptr(unsafe.Pointer(o)))
}

// dataObject is the shell's object for files of one folder.
func dataObject(paths []string) (*object, error) {
	last := make([]uintptr, len(paths))
	for i, path := range paths {
		item, err := itemOf(path)
		if err != nil {
			return nil, err
		}
		defer coTaskMemFree.Call(item)
		last[i] = item
	}
	var folder, files *object
	r, _, _ := shBindToParent.Call(last[0], uintptr(unsafe.Pointer(&interfaceFolder)), uintptr(unsafe.Pointer(&folder)), 0)
	if failed(r) {
		return nil, fmt.Errorf("opening the folder of the files: %w", syscall.Errno(uint32(r)))
	}
	defer folder.release()
	for i, item := range last {
		last[i], _, _ = ilFindLastID.Call(item)
	}
	r, _, _ = syscall.SyscallN(folder.table[methodGetUIObjectOf], uintptr(unsafe.Pointer(folder)), 0, uintptr(len(last)), uintptr(unsafe.Pointer(&last[0])),
		uintptr(unsafe.Pointer(&interfaceData)), 0, uintptr(unsafe.Pointer(&files)))
	if failed(r) {
		return nil, fmt.Errorf("making the object of the files: %w", syscall.Errno(uint32(r)))
	}
	return files, nil
}

// itemOf is the shell's name for a file, to be freed.
func itemOf(path string) (item uintptr, err error) {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, fmt.Errorf("writing %q for Windows: %w", path, err)
	}
	if r, _, _ := shParseDisplayName.Call(uintptr(unsafe.Pointer(p)), 0, uintptr(unsafe.Pointer(&item)), 0, 0); failed(r) {
		return 0, fmt.Errorf("naming %s for the shell: %w", path, syscall.Errno(uint32(r)))
	}
	return item, nil
}

// source says when the drag ends (IDropSource). OLE holds it no longer than the drag lasts: nothing is counted.
type source struct {
	table  *[5]uintptr
	ctx    context.Context
	window uintptr
}

// methods are made once: Windows never gives their memory back.
var methods = sync.OnceValue(func() *[5]uintptr {
	counted := syscall.NewCallback(func(*source) uintptr { return 1 })
	return &[5]uintptr{syscall.NewCallback((*source).query), counted, counted, syscall.NewCallback((*source).goOn), syscall.NewCallback(func(*source, uintptr) uintptr { return plainCursors })}
})

func newSource(ctx context.Context, window uintptr) *source {
	return &source{table: methods(), ctx: ctx, window: window}
}

// query is QueryInterface.
func (s *source) query(id *windows.GUID, to **source) uintptr {
	if *id != interfaceUnknown && *id != interfaceSource {
		*to = nil
		return noInterface
	}
	*to = s
	return okay
}

// goOn is QueryContinueDrag: Escape, another button and the end of the program give up; so does letting go over our own window.
func (s *source) goOn(escape, keys uintptr) uintptr {
	switch {
	case uint32(escape) != 0, keys&rightHeld != 0, s.ctx.Err() != nil:
		return isCancelled
	case keys&leftHeld != 0:
		return okay
	case atHome(s.window):
		return isCancelled
	}
	return isDropped
}

// atHome tells whether the pointer is over a window.
func atHome(window uintptr) bool {
	var at struct{ x, y int32 }
	getCursorPos.Call(uintptr(unsafe.Pointer(&at)))
	under, _, _ := windowFromPoint.Call(uintptr(uint32(at.x)) | uintptr(uint32(at.y))<<32)
	root, _, _ := getAncestor.Call(under, rootWindow)
	return under == window || root == window
}
