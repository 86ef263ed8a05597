package desktop

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"alpi40.fr/airial/ui/shell"
)

// The file dialogs of Windows are COM objects (shobjidl_core.h): IFileOpenDialog and IFileSaveDialog, which share
// IFileDialog. Their methods are called by their place in the table, which never changes.
const (
	methodRelease      = 2
	methodShow         = 3 // IModalWindow
	methodSetFileTypes = 4 // IFileDialog, to 26
	methodSetOptions   = 9
	methodGetOptions   = 10
	methodSetFileName  = 15
	methodSetTitle     = 17
	methodGetResult    = 20
	methodSetExtension = 22
	methodGetResults   = 27 // IFileOpenDialog
	methods            = 29

	methodGetDisplayName = 5 // IShellItem
	methodGetCount       = 7 // IShellItemArray
	methodGetItemAt      = 8
)

// Options (FILEOPENDIALOGOPTIONS).
const (
	askOverwrite   = 0x2
	pickFolders    = 0x20
	filesOnly      = 0x40 // what has a path
	pickMany       = 0x200
	pathMustExist  = 0x800
	fileMustExist  = 0x1000
	displayPath    = 0x80058000 // SIGDN_FILESYSPATH
	inProcess      = 1          // CLSCTX_INPROC_SERVER
	alreadyReady   = syscall.Errno(windows.S_FALSE)
	mostFiles      = 10_000
	mostExtensions = 50
)

var (
	classOpen     = windows.GUID{Data1: 0xdc1c5a9c, Data2: 0xe88a, Data3: 0x4dde, Data4: [8]byte{0xa5, 0xa1, 0x60, 0xf8, 0x2a, 0x20, 0xae, 0xf7}}
	interfaceOpen = windows.GUID{Data1: 0xd57c7288, Data2: 0xd4ad, Data3: 0x4768, Data4: [8]byte{0xbe, 0x02, 0x9d, 0x96, 0x95, 0x32, 0xd9, 0x60}}
	classSave     = windows.GUID{Data1: 0xc0b4e2f3, Data2: 0xba21, Data3: 0x4773, Data4: [8]byte{0x8d, 0xba, 0x33, 0x5e, 0xc9, 0x46, 0xeb, 0x8b}}
	interfaceSave = windows.GUID{Data1: 0x84bccd23, Data2: 0x5fde, Data3: 0x4cdb, Data4: [8]byte{0xae, 0xa4, 0xaf, 0x64, 0xb8, 0x3d, 0x78, 0xab}}
)

// errGivenUp is what Show returns when the person closes the dialog: HRESULT_FROM_WIN32(ERROR_CANCELLED).
const errGivenUp = syscall.Errno(0x800704c7)

// object is a COM object; it is only ever held by the address that COM gave.
type object struct{ table *[methods]uintptr }

//go:uintptrescapes
func (o *object) call(method int, args ...uintptr) error {
	// An HRESULT has 32 bits, the highest of which tells a failure.
	if r, _, _ := syscall.SyscallN(o.table[method], append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)...); int32(r) < 0 {
		return syscall.Errno(uint32(r))
	}
	return nil
}

func (o *object) release() { _ = o.call(methodRelease) }

// text hands a text to a method.
func (o *object) text(method int, s string) error {
	p, err := windows.UTF16PtrFromString(s)
	if err != nil {
		return fmt.Errorf("writing %q for Windows: %w", s, err)
	}
	return o.call(method, uintptr(unsafe.Pointer(p)))
}

// filter is COMDLG_FILTERSPEC.
type filter struct{ name, spec *uint16 }

// Pick shows the dialog of Windows. Where it cannot be made, the window shows its own.
func (d *Desktop) Pick(ctx context.Context, f shell.Files) (paths []string, err error) {
	err = onDialog(ctx, classOpen, interfaceOpen, func(o *object) error {
		options := uintptr(filesOnly | pathMustExist)
		if f.Folder {
			options |= pickFolders
		} else {
			options |= fileMustExist
		}
		if f.Many {
			options |= pickMany
		}
		if err := prepare(o, f.Title, options); err != nil {
			return err
		}
		if !f.Folder {
			if err := setTypes(o, f.Extensions); err != nil {
				return err
			}
		}
		if given, err := show(o); err != nil || !given {
			return err
		}
		paths, err = results(o)
		return err
	})
	return paths, err
}

// SavePath asks where to write a file.
func (d *Desktop) SavePath(ctx context.Context, title, name string) (path string, err error) {
	err = onDialog(ctx, classSave, interfaceSave, func(o *object) error {
		extension := filepath.Ext(name)
		if err := errors.Join(prepare(o, title, filesOnly|pathMustExist|askOverwrite), o.text(methodSetFileName, name)); err != nil {
			return err
		}
		if extension != "" {
			if err := errors.Join(setTypes(o, []string{extension}), o.text(methodSetExtension, extension[1:])); err != nil {
				return err
			}
		}
		if given, err := show(o); err != nil || !given {
			return err
		}
		var item *object
		if err := o.call(methodGetResult, uintptr(unsafe.Pointer(&item))); err != nil {
			return fmt.Errorf("reading where to save: %w", err)
		}
		defer item.release()
		path, err = pathOf(item)
		return err
	})
	return path, err
}

// onDialog makes a dialog and works it on a thread of its own, as COM asks; that thread ends with it.
func onDialog(ctx context.Context, class, face windows.GUID, work func(*object) error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is not used again
		done <- withDialog(class, face, work)
	}()
	err := <-done // Windows closes the dialog with the window that owns it
	if err == nil {
		err = ctx.Err()
	}
	return err
}

func withDialog(class, face windows.GUID, work func(*object) error) error {
	if err := windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED|windows.COINIT_DISABLE_OLE1DDE); err != nil && !errors.Is(err, alreadyReady) {
		return fmt.Errorf("%w: %w", shell.ErrNoDialog, err)
	}
	defer windows.CoUninitialize()
	create := windows.NewLazySystemDLL("ole32.dll").NewProc("CoCreateInstance")
	if err := create.Find(); err != nil {
		return fmt.Errorf("%w: %w", shell.ErrNoDialog, err)
	}
	var o *object
	if r, _, _ := create.Call(uintptr(unsafe.Pointer(&class)), 0, inProcess, uintptr(unsafe.Pointer(&face)), uintptr(unsafe.Pointer(&o))); int32(r) < 0 || o == nil {
		return fmt.Errorf("%w: %w", shell.ErrNoDialog, syscall.Errno(uint32(r)))
	}
	defer o.release()
	return work(o)
}

func prepare(o *object, title string, options uintptr) error {
	var now uint32
	if err := o.call(methodGetOptions, uintptr(unsafe.Pointer(&now))); err != nil {
		return fmt.Errorf("preparing the file dialog: %w", err)
	}
	if err := errors.Join(o.call(methodSetOptions, uintptr(now)|options), o.text(methodSetTitle, title)); err != nil {
		return fmt.Errorf("preparing the file dialog: %w", err)
	}
	return nil
}

// setTypes restricts what is shown; Windows shows no matter which case.
func setTypes(o *object, extensions []string) error {
	if len(extensions) == 0 || len(extensions) > mostExtensions {
		return nil
	}
	patterns := make([]string, len(extensions))
	for i, e := range extensions {
		patterns[i] = "*" + e
	}
	all, err := windows.UTF16PtrFromString(strings.Join(patterns, ";"))
	if err != nil {
		return fmt.Errorf("naming the kinds of files: %w", err)
	}
	types := []filter{{all, all}}
	err = o.call(methodSetFileTypes, uintptr(len(types)), uintptr(unsafe.Pointer(&types[0])))
	runtime.KeepAlive(types)
	if err != nil {
		return fmt.Errorf("restricting the file dialog: %w", err)
	}
	return nil
}

// show waits for the person; given is false when she gives up.
func show(o *object) (given bool, err error) {
	switch err := o.call(methodShow, uintptr(owner())); {
	case errors.Is(err, errGivenUp):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("showing the file dialog: %w", err)
	}
	return true, nil
}

// owner is the program's own window, where it is the one in front: the dialog stays over it.
func owner() windows.HWND {
	front := windows.GetForegroundWindow()
	var process uint32
	if _, err := windows.GetWindowThreadProcessId(front, &process); err != nil || process != windows.GetCurrentProcessId() {
		return 0
	}
	return front
}

func results(o *object) ([]string, error) {
	var items *object
	if err := o.call(methodGetResults, uintptr(unsafe.Pointer(&items))); err != nil {
		return nil, fmt.Errorf("reading what was chosen: %w", err)
	}
	defer items.release()
	var n uint32
	if err := items.call(methodGetCount, uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, fmt.Errorf("counting what was chosen: %w", err)
	}
	if n > mostFiles {
		return nil, fmt.Errorf("%d files were chosen, more than %d", n, mostFiles)
	}
	var paths []string
	for i := range n {
		var item *object
		if err := items.call(methodGetItemAt, uintptr(i), uintptr(unsafe.Pointer(&item))); err != nil {
			return nil, fmt.Errorf("reading what was chosen: %w", err)
		}
		path, err := pathOf(item)
		item.release()
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func pathOf(item *object) (string, error) {
	var name *uint16
	if err := item.call(methodGetDisplayName, displayPath, uintptr(unsafe.Pointer(&name))); err != nil {
		return "", fmt.Errorf("reading a path: %w", err)
	}
	defer windows.CoTaskMemFree(unsafe.Pointer(name))
	return windows.UTF16PtrToString(name), nil
}
