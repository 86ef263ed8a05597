package explain_test

import "os/exec"

func unprivileged(*exec.Cmd) {}
