// airialctl is Airial without a window. On Windows a program has a window or a terminal, not both: this one has the terminal and
// starts airial.exe, which stands beside it and holds the commands, so that they are installed once.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	signal.Ignore(os.Interrupt) // airial.exe hears it and ends; its code is then given
	here, err := os.Executable()
	if err == nil {
		c := exec.Command(filepath.Join(filepath.Dir(here), "airial.exe"), append([]string{"ctl"}, os.Args[1:]...)...)
		c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
		err = c.Run()
	}
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		os.Exit(ended.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "airialctl : airial.exe doit être dans le même dossier.", err)
		os.Exit(1)
	}
}
