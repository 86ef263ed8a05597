package network

import (
	"context"
	"sync"

	"golang.org/x/sys/windows"

	"alpi40.fr/airial/local/bell"
)

var (
	helper = windows.NewLazySystemDLL("iphlpapi.dll")
	notify = helper.NewProc("NotifyAddrChange")
)

// listen hears of addresses that come and go (NotifyAddrChange) until ctx is done. The call waits
// in the system: nothing wakes up while nothing changes.
func listen(ctx context.Context, told chan<- struct{}) {
	if notify.Find() != nil {
		return
	}
	event, err := windows.CreateEvent(nil, 0, 0, nil)
	if err != nil {
		return
	}
	var closing sync.Once
	end := func() { closing.Do(func() { windows.CloseHandle(event) }) }
	defer end()
	stop, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return
	}
	defer windows.CloseHandle(stop)
	defer context.AfterFunc(ctx, func() { windows.SetEvent(stop) })()
	for ctx.Err() == nil {
		var handle windows.Handle
		overlapped := windows.Overlapped{HEvent: event}
		code, _, _ := notify.Call(pointer(&handle), pointer(&overlapped))
		if windows.Errno(code) != windows.ERROR_IO_PENDING {
			return
		}
		which, err := windows.WaitForMultipleObjects([]windows.Handle{event, stop}, false, windows.INFINITE)
		if err != nil || which != windows.WAIT_OBJECT_0 {
			return
		}
		bell.Wake(told)
	}
}

// Windows says what a line costs through COM alone, which is not asked: a person may say it.
func metered(context.Context) bool { return false }

func portal(context.Context) bool { return false }

func privates(context.Context) []Private { return nil }
