//go:build !windows

package explain_test

import (
	"os/exec"
	"syscall"
)

func unprivileged(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}
