//go:build !windows

package desktop

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	"alpi40.fr/airial/ui/shell"
)

// Open opens a file with the program the person chose for its kind.
func (d *Desktop) Open(ctx context.Context, path string) error {
	tool := "xdg-open"
	if runtime.GOOS == "darwin" {
		tool = "open"
	}
	return start(ctx, tool, path)
}

// Print hands a PDF to the system's default printer.
func (d *Desktop) Print(ctx context.Context, path string) error { return start(ctx, "lp", "--", path) }

func start(ctx context.Context, tool string, args ...string) error {
	if out, err := exec.CommandContext(ctx, tool, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("running %s: %w: %s", tool, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Pick shows the desktop's file dialog where zenity is there to do it.
func (d *Desktop) Pick(ctx context.Context, f shell.Files) ([]string, error) {
	args := []string{"--file-selection", "--separator=\n", "--title=" + f.Title}
	if f.Folder {
		args = append(args, "--directory")
	}
	if f.Many {
		args = append(args, "--multiple")
	}
	if len(f.Extensions) > 0 {
		patterns := make([]string, len(f.Extensions))
		for i, e := range f.Extensions {
			patterns[i] = "*" + e + " *" + strings.ToUpper(e)
		}
		args = append(args, "--file-filter="+strings.Join(patterns, " "))
	}
	return zenity(ctx, args)
}

// SavePath asks where to write a file.
func (d *Desktop) SavePath(ctx context.Context, title, name string) (string, error) {
	paths, err := zenity(ctx, []string{"--file-selection", "--save", "--confirm-overwrite", "--title=" + title, "--filename=" + name})
	if err != nil || len(paths) == 0 {
		return "", err
	}
	return paths[0], nil
}

func zenity(ctx context.Context, args []string) ([]string, error) {
	tool, err := exec.LookPath("zenity")
	if err != nil {
		return nil, shell.ErrNoDialog
	}
	out, err := exec.CommandContext(ctx, tool, args...).Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == 1: // given up
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("showing the file dialog: %w", err)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n"), nil
}
