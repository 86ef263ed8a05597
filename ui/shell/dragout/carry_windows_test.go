package dragout_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"alpi40.fr/airial/ui/shell/dragout"
)

var (
	user32           = windows.NewLazySystemDLL("user32.dll")
	registerClass    = user32.NewProc("RegisterClassExW")
	createWindow     = user32.NewProc("CreateWindowExW")
	destroyWindow    = user32.NewProc("DestroyWindow")
	defWindowProc    = user32.NewProc("DefWindowProcW")
	peekMessage      = user32.NewProc("PeekMessageW")
	dispatchMessage  = user32.NewProc("DispatchMessageW")
	setCursorPos     = user32.NewProc("SetCursorPos")
	mouseEvent       = user32.NewProc("mouse_event")
	keyEvent         = user32.NewProc("keybd_event")
	setForeground    = user32.NewProc("SetForegroundWindow")
	ole32            = windows.NewLazySystemDLL("ole32.dll")
	oleInitialize    = ole32.NewProc("OleInitialize")
	registerDragDrop = ole32.NewProc("RegisterDragDrop")
	revokeDragDrop   = ole32.NewProc("RevokeDragDrop")
	releaseStgMedium = ole32.NewProc("ReleaseStgMedium")
	dragQueryFile    = windows.NewLazySystemDLL("shell32.dll").NewProc("DragQueryFileW")
)

type msg struct {
	window  uintptr
	message uint32
	w, l    uintptr
	time    uint32
	x, y    int32
}

// dropper is another program's window (IDropTarget).
type dropper struct {
	table *[7]uintptr
	takes bool
	over  chan struct{}
	came  []string
}

func (d *dropper) effect(to *uint32) uintptr {
	*to = 0
	if d.takes {
		*to = 1
	}
	select {
	case d.over <- struct{}{}:
	default:
	}
	return 0
}

// drop fetches the files' names as CF_HDROP.
func (d *dropper) drop(data *[1]*[4]uintptr, effect *uint32) uintptr {
	format := struct {
		kind   uint16
		device uintptr
		aspect uint32
		index  int32
		medium uint32
	}{15, 0, 1, -1, 1}
	var medium struct {
		kind   uint32
		handle uintptr
		owner  uintptr
	}
	if r, _, _ := syscall.SyscallN(data[0][3], uintptr(unsafe.Pointer(data)), uintptr(unsafe.Pointer(&format)), uintptr(unsafe.Pointer(&medium))); int32(r) < 0 {
		return r
	}
	n, _, _ := dragQueryFile.Call(medium.handle, 0xffffffff, 0, 0)
	for i := range n {
		name := make([]uint16, 1024)
		dragQueryFile.Call(medium.handle, i, uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)))
		d.came = append(d.came, windows.UTF16ToString(name))
	}
	releaseStgMedium.Call(uintptr(unsafe.Pointer(&medium)))
	*effect = 1
	return 0
}

// The calls of 64 bits: a point is one argument.
var droppers = [7]uintptr{
	syscall.NewCallback(func(d *dropper, _ *windows.GUID, to **dropper) uintptr { *to = d; return 0 }),
	syscall.NewCallback(func(*dropper) uintptr { return 1 }), syscall.NewCallback(func(*dropper) uintptr { return 1 }),
	syscall.NewCallback(func(d *dropper, _, _, _ uintptr, effect *uint32) uintptr { return d.effect(effect) }),
	syscall.NewCallback(func(d *dropper, _, _ uintptr, effect *uint32) uintptr { return d.effect(effect) }),
	syscall.NewCallback(func(*dropper) uintptr { return 0 }),
	syscall.NewCallback(func(d *dropper, data *[1]*[4]uintptr, _, _ uintptr, effect *uint32) uintptr {
		return d.drop(data, effect)
	}),
}

// bench is the window that drags and that of another program, on one thread as windows are.
type bench struct {
	t       *testing.T
	from    uintptr
	target  uintptr
	dropper *dropper
	home    *dropper // the first window's, which takes everything
	queue   chan func()
	ups     int // how often the first window was told that the button went up
}

func onBench(t *testing.T, takes bool) *bench {
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	b := &bench{t: t, queue: make(chan func(), 4), dropper: &dropper{table: &droppers, takes: takes, over: make(chan struct{}, 1)}, home: &dropper{table: &droppers, takes: true}}
	oleInitialize.Call(0)
	class, _ := windows.UTF16PtrFromString("dragout" + t.Name())
	wc := struct {
		size, style                         uint32
		proc                                uintptr
		extra, extra2                       int32
		instance, icon, cursor, brush, menu uintptr
		name                                *uint16
		small                               uintptr
	}{proc: syscall.NewCallback(func(window uintptr, message uint32, w, l uintptr) uintptr {
		if window == b.from && message == 0x0202 {
			b.ups++
		}
		r, _, _ := defWindowProc.Call(window, uintptr(message), w, l)
		return r
	}), brush: 6, name: class}
	wc.size = uint32(unsafe.Sizeof(wc))
	if r, _, err := registerClass.Call(uintptr(unsafe.Pointer(&wc))); r == 0 {
		t.Fatal(err)
	}
	show := func(x, y int) uintptr {
		const popup, visible, topmost = 0x80000000, 0x10000000, 8
		w, _, err := createWindow.Call(topmost, uintptr(unsafe.Pointer(class)), uintptr(unsafe.Pointer(class)), popup|visible, uintptr(x), uintptr(y), 200, 200, 0, 0, 0, 0)
		if w == 0 {
			t.Fatal(err)
		}
		t.Cleanup(func() { destroyWindow.Call(w) })
		return w
	}
	b.from, b.target = show(20, 20), show(300, 20)
	for w, d := range map[uintptr]*dropper{b.target: b.dropper, b.from: b.home} {
		if r, _, _ := registerDragDrop.Call(w, uintptr(unsafe.Pointer(d))); r != 0 {
			t.Fatalf("RegisterDragDrop: %x", r)
		}
		t.Cleanup(func() { revokeDragDrop.Call(w) })
	}
	setForeground.Call(b.from)
	b.pump(200 * time.Millisecond)
	return b
}

// pump lets the windows hear what there is, for a while.
func (b *bench) pump(while time.Duration) {
	for end := time.Now().Add(while); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		b.hear()
	}
}

func (b *bench) hear() {
	var m msg
	for {
		r, _, _ := peekMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0, 1)
		if r == 0 {
			break
		}
		dispatchMessage.Call(uintptr(unsafe.Pointer(&m)))
	}
	select {
	case f := <-b.queue:
		f()
	default:
	}
}

func move(x, y int) {
	setCursorPos.Call(uintptr(x), uintptr(y))
	mouseEvent.Call(1, 0, 0, 0, 0) // a move of nothing, so that it is heard
}
func press() { mouseEvent.Call(2, 0, 0, 0, 0) }
func let()   { mouseEvent.Call(4, 0, 0, 0, 0) }

// drag presses the mouse in the window, and begins; hand works it from beside.
func (b *bench) drag(ready func(context.Context) error, hand func(stop func()), names ...string) (paths []string, outcome dragout.Outcome, err error) {
	dir, err := os.MkdirTemp("", "airial-essai-") // Wine cannot remove a folder as the testing package asks for it
	if err != nil {
		b.t.Fatal(err)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			b.t.Fatal(err)
		}
		paths = append(paths, path)
	}
	move(60, 60)
	press()
	b.pump(100 * time.Millisecond)
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	over := make(chan struct{})
	go func() {
		defer close(over)
		outcome, err = dragout.Carry(ctx, dragout.Cargo{Window: b.from, Paths: paths, Ready: ready, OnThread: func(f func()) { b.queue <- f }})
	}()
	go hand(cancel)
	for {
		select {
		case <-over:
			b.pump(100 * time.Millisecond)
			return paths, outcome, err
		default:
			b.hear()
			time.Sleep(2 * time.Millisecond)
		}
	}
}

func there(context.Context) error { return nil }

// onto takes the pointer over the other window until that is told, then does what follows.
func (b *bench) onto(then func()) {
	for i := 0; ; i++ {
		move(360+i%3, 80)
		select {
		case <-b.dropper.over:
			then()
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Files reach another program, and the window knows afterwards that the button is up.
func TestFilesArriveElsewhere(t *testing.T) {
	b := onBench(t, true)
	paths, outcome, err := b.drag(there, func(func()) { b.onto(let) }, "Délibération n° 12.pdf", "plan.txt")
	if err != nil || outcome != dragout.Taken || !slices.Equal(b.dropper.came, paths) {
		t.Errorf("%d, %v: %q came of %q", outcome, err, b.dropper.came, paths)
	}
	if b.ups == 0 {
		t.Error("the window was not told that the button went up")
	}
}

// A program that refuses, home, Escape and the end of the program leave nothing.
func TestGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		takes bool
		hand  func(b *bench, stop func())
		want  error
	}{
		"refused": {false, func(b *bench, _ func()) { b.onto(let) }, nil},
		"home":    {true, func(b *bench, _ func()) { b.onto(func() { move(70, 70); time.Sleep(100 * time.Millisecond); let() }) }, nil},
		"escape": {true, func(b *bench, _ func()) {
			b.onto(func() { keyEvent.Call(0x1b, 1, 0, 0); keyEvent.Call(0x1b, 1, 2, 0) })
		}, nil},
		"the end": {true, func(b *bench, stop func()) { b.onto(func() { stop(); move(370, 90) }) }, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			b := onBench(t, c.takes)
			_, outcome, err := b.drag(there, func(stop func()) { c.hand(b, stop) }, "devis.pdf")
			let()
			if !errors.Is(err, c.want) || outcome != dragout.Nowhere || b.dropper.came != nil || b.home.came != nil {
				t.Errorf("%d, %v: %q came, %q at home", outcome, err, b.dropper.came, b.home.came)
			}
		})
	}
}

// Files that are let go before they are there are not waited for; those that cannot be had are told of.
func TestFilesThatComeLate(t *testing.T) {
	b := onBench(t, true)
	late := func(context.Context) error { let(); time.Sleep(50 * time.Millisecond); return nil }
	if _, outcome, err := b.drag(late, func(func()) {}, "gros.zip"); outcome != dragout.Early || err != nil {
		t.Errorf("%d, %v", outcome, err)
	}
	missing := errors.New("the server is not reached")
	if _, outcome, err := b.drag(func(context.Context) error { return missing }, func(func()) {}, "gros.zip"); outcome != dragout.Nowhere || !errors.Is(err, missing) {
		t.Errorf("%d, %v", outcome, err)
	}
	let()
}
