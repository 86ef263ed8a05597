package main

import (
	"bytes"
	"context"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The real program opens its real window on a virtual screen, goes through its
// pages on the demonstration commune, and ends well; each page has drawn something.
func TestWindowShowsItsPages(t *testing.T) {
	if _, err := exec.LookPath("xvfb-run"); err != nil {
		t.Skip("Xvfb is not installed")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "airial")
	if out, err := exec.Command("go", "build", "-tags", "migrated_fynedo,x11", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "xvfb-run", "-a", "-s", "-screen 0 1366x768x24", program, "--demo", "--screenshots", dir)
	command.Env = append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, page := range []string{"home", "parapheur", "council", "civilstatus", "people", "settings"} {
		content, err := os.ReadFile(filepath.Join(dir, page+".png"))
		if err != nil {
			t.Error(err)
			continue
		}
		picture, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		colours := map[color.Color]bool{}
		for y := 0; y < picture.Bounds().Dy(); y += 2 {
			for x := 0; x < picture.Bounds().Dx(); x += 2 {
				colours[picture.At(x, y)] = true
			}
		}
		if len(colours) < 40 {
			t.Errorf("%s: only %d colours were drawn", page, len(colours))
		}
	}
}
