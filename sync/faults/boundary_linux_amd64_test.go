package faults_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// boundaries are the system calls at which a process is made to end: before each of them, what it
// had written is there, and nothing of what it was about to write.
var boundaries = []int{
	unix.SYS_PWRITE64, unix.SYS_WRITE, unix.SYS_FTRUNCATE, unix.SYS_FSYNC, unix.SYS_FDATASYNC,
	unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_UNLINK, unix.SYS_UNLINKAT, unix.SYS_MKDIRAT,
}

// ends draws where processes end. What one that was not killed made of each kind of calls tells where the next may be.
type ends struct {
	r    *rand.Rand
	mu   sync.Mutex
	made map[int]int
	last int // index of boundaries
}

// next gives a kind of calls, each in its turn but for those that are never made, and which of them a process ends at.
func (e *ends) next() (call, n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for range boundaries {
		e.last = (e.last + 1) % len(boundaries)
		if made, known := e.made[boundaries[e.last]]; !known || made > 0 {
			break
		}
	}
	call = boundaries[e.last]
	if made := e.made[call]; made > 0 {
		return call, 1 + e.r.IntN(made+1)
	}
	return call, 1 + e.r.IntN(40)
}

func (e *ends) saw(call, made int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.made[call] = made
}

// endingAt has a process killed in the place of its nth call of one kind. The process gives its test the watch over those
// calls (seccomp's user notification): each waits until the test lets it through. A tracer would stop it at
// every call of every kind, and take several times as long.
func endingAt(t testing.TB, call, n int, saw func(call, made int)) func(*exec.Cmd) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return func(cmd *exec.Cmd) {
		theirs := os.NewFile(uintptr(pair[1]), "watch")
		cmd.ExtraFiles = []*os.File{theirs}
		cmd.Env = append(cmd.Env, "AIRIAL_FAULTS_CALL="+strconv.Itoa(call))
		go func() {
			defer unix.Close(pair[0])
			listener, err := takeWatch(pair[0])
			theirs.Close()
			if err != nil {
				return // it ended before it gave any
			}
			defer unix.Close(listener)
			if made := watch(listener, n); made < n {
				saw(call, made)
			}
		}()
	}
}

// giveWatch makes the calls of one kind of this process wait for who holds the other end of file 3.
func giveWatch(call string) error {
	number, err := strconv.ParseUint(call, 10, 32)
	if err != nil {
		return err
	}
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the call's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(number)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up privileges: %w", err)
	}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH
	listener, _, fault := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&filter)))
	if fault != 0 {
		return fmt.Errorf("giving the watch over calls: %w", fault)
	}
	err = unix.Sendmsg(3, []byte{0}, unix.UnixRights(int(listener)), nil, 0)
	return errors.Join(err, unix.Close(3), unix.Close(int(listener)))
}

// takeWatch receives what giveWatch gave.
func takeWatch(from int) (listener int, err error) {
	if err := unix.SetsockoptTimeval(from, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 30}); err != nil {
		return 0, err
	}
	rights := make([]byte, unix.CmsgSpace(4))
	n := 0
	for err = unix.EINTR; errors.Is(err, unix.EINTR); {
		_, n, _, _, err = unix.Recvmsg(from, make([]byte, 1), rights, unix.MSG_CMSG_CLOEXEC)
	}
	if err != nil {
		return 0, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) != 1 {
		return 0, fmt.Errorf("%d messages: %w", len(messages), err)
	}
	files, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(files) != 1 {
		return 0, fmt.Errorf("%d files: %w", len(files), err)
	}
	return files[0], nil
}

// notice is the kernel's struct seccomp_notif, answer its struct seccomp_notif_resp.
type (
	notice struct {
		id         uint64
		pid, flags uint32
		nr         int32
		arch       uint32
		at         uint64
		args       [6]uint64
	}
	answer struct {
		id    uint64
		value int64
		fault int32
		flags uint32
	}
)

// watch lets calls through until the nth, in whose place it kills the process. It gives how many there were.
func watch(listener, n int) (made int) {
	for {
		polled := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(polled, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return made
		}
		if polled[0].Revents&unix.POLLIN == 0 {
			if polled[0].Revents != 0 {
				return made
			}
			continue
		}
		var asked notice
		if _, _, fault := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&asked))); fault != 0 {
			continue // a signal took the call back: it comes again
		}
		if made++; made == n {
			// The thread waits in its call, and a thread's number is enough: who started the process may not know it yet.
			_ = unix.Kill(int(asked.pid), unix.SIGKILL) // it has ended already: then so
			return made
		}
		let := answer{id: asked.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&let)))
	}
}
