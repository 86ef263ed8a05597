package theme

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// Each mark makes another picture, of the size that was asked for. AIRIAL_TEST_SHOTS keeps them to be looked at.
func TestMarkedEmblems(t *testing.T) {
	seen := map[string]bool{}
	for name, mark := range map[string]Mark{"none": NoMark, "dots": DotsMark, "alert": AlertMark} {
		content, err := Marked(64, mark)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if picture.Bounds().Dx() != 64 || picture.Bounds().Dy() != 64 {
			t.Errorf("%s is %v", name, picture.Bounds())
		}
		seen[string(content)] = true
		if dir := os.Getenv("AIRIAL_TEST_SHOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, "tray-"+name+".png"), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d pictures for three states", len(seen))
	}
}
